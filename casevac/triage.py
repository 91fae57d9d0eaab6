"""Triage by Ten Second Triage, START and SALT: a category, or UNKNOWN and what is missing for one."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from casevac.errors import BadMessage
from casevac.terms import Algorithm, Category

INPUTS: dict[Algorithm, tuple[str, ...]] = {
    Algorithm.TEN_SECOND: ("walking", "severe_bleeding", "talking", "penetrating_torso", "breathing"),
    Algorithm.START: (
        "can_walk",
        "breathing",
        "breathing_after_airway",  # once the airway was opened
        "respiratory_rate",  # per minute
        "radial_pulse",
        "capillary_refill_s",  # seconds
        "obeys_commands",
    ),
    Algorithm.SALT: (
        "breathing",  # after the life-saving interventions
        "obeys_or_purposeful",
        "peripheral_pulse",
        "respiratory_distress",
        "haemorrhage_controlled",
        "likely_to_survive",  # with the means at hand
        "minor_injuries_only",
    ),
}
"""What each algorithm asks, in its order: yes or no, but for the two named with their unit."""

NUMBERS = ("respiratory_rate", "capillary_refill_s")
FAST_BREATHING = 30.0  # per minute; exactly 30 is not fast
SLOW_REFILL_S = 2.0  # exactly 2 s is not slow
WORDS = {"yes": True, "true": True, "y": True, "no": False, "false": False, "n": False}
UNSAID = ("", "unknown", "?")
Value = bool | float | str | None


class Assessment(NamedTuple):
    """What an algorithm says; UNKNOWN with `missing`, when an answer that it needs is not there.

    `not_breathing` is Ten Second Triage's last box. It is no category: the card tells to start CPR if
    means allow and leaves death to a clinician. DEAD would say what nobody may say here, and T1 would
    send a vehicle past someone who can be saved. So the category is UNKNOWN, which goes right after
    T1, nothing is missing, and this flag says why.
    """

    category: Category
    missing: tuple[str, ...]
    steps: tuple[str, ...]  # in words, in the order they were taken
    not_breathing: bool = False


class _Walk:
    """One way through an algorithm: what was answered, what was not, what was found, in words."""

    def __init__(self, inputs: Mapping[str, Value], questions: Mapping[str, str]) -> None:
        self._inputs, self._questions = inputs, questions
        self.missing: list[str] = []
        self.steps: list[str] = []

    def answer(self, name: str, *, needed: bool = True) -> bool | None:
        """Yes, no, or None and noted as missing."""
        value = self._inputs.get(name)
        if value is None:
            if needed:
                self.lacks(name)
            return None
        self.steps.append(f"{self._words(name)} {'yes' if value else 'no'}")
        return bool(value)

    def number(self, name: str) -> float | None:
        """The number, or None."""
        value = self._inputs.get(name)
        if value is None:
            return None
        self.steps.append(f"{self._words(name)} {float(value):g}")
        return float(value)

    def lacks(self, name: str) -> None:
        """Note that an answer is needed and was not given."""
        self.missing.append(name)
        self.steps.append(f"{self._words(name)} not known")

    def _words(self, name: str) -> str:
        return self._questions.get(name) or f"{name.replace('_', ' ')}?"


def assess(
    algorithm: Algorithm,
    inputs: Mapping[str, Value],
    *,
    expectant_allowed: bool = False,
    questions: Mapping[str, str] | None = None,
) -> Assessment:
    """What the algorithm says of these inputs; those named in INPUTS, None or left out when not known.

    The questions are asked in order up to the first decisive one. Where one before it has no answer,
    the result is UNKNOWN and names all that is missing on the way. T4 (expectant) is given only where
    it is allowed, else T1. `questions` are the words of questions by input. Raises BadMessage for an
    algorithm without rules, an input it does not ask for, or a value that is no answer.
    """
    if algorithm not in RULES:
        raise BadMessage(f"{algorithm.value} has no rules; give one of {', '.join(sorted(RULES))}")
    walk = _Walk(checked(algorithm, inputs), questions or {})
    found, why = RULES[algorithm](walk)
    if walk.missing:
        return Assessment(Category.UNKNOWN, tuple(walk.missing), (*walk.steps, "cannot be decided yet"))
    if found == Category.T4 and not expectant_allowed:
        found, why = Category.T1, f"{why}; T4 is not authorised in this mission: T1"
    silent = algorithm == Algorithm.TEN_SECOND and found == Category.UNKNOWN
    return Assessment(found, (), (*walk.steps, why), silent)


def checked(algorithm: Algorithm, inputs: Mapping[str, Value]) -> dict[str, Value]:
    """The inputs as yes, no or number; raises BadMessage for unknown names and values in words."""
    known = INPUTS.get(algorithm, ())
    if strange := sorted(set(inputs) - set(known)):
        raise BadMessage(
            f"{algorithm.value} does not ask for {', '.join(strange)}; it asks for {', '.join(known)}"
        )
    return {name: _answer(name, value) for name, value in inputs.items()}


def _answer(name: str, value: Value) -> Value:
    if isinstance(value, str):
        word = value.strip().casefold()
        if word in UNSAID:
            return None
        value = WORDS.get(word, value)
    if value is None:
        return None
    if name in NUMBERS:
        if isinstance(value, bool | str) or not 0 <= value < 1000:
            raise BadMessage(f"{name} must be a number, not {value!r}")
        return float(value)
    if not isinstance(value, bool):
        raise BadMessage(f"{name} must be yes or no, not {value!r}")
    return value


Found = tuple[Category, str]


def _ten_second(walk: _Walk) -> Found:
    """NHS England, Ten Second Triage Tool (2023): no physiology, for any responder."""
    if walk.answer("walking"):
        return Category.T3, "walks: T3"
    if walk.answer("severe_bleeding"):
        return Category.T1, "bleeds severely: pressure, tourniquet, packing; T1"
    talking = walk.answer("talking")
    if talking:
        if walk.answer("penetrating_torso"):
            return Category.T1, "talks, penetrating injury of the torso: T1"
        return Category.T2, "talks, no penetrating injury of the torso: T2"
    if walk.answer("breathing"):
        return Category.T1, "breathes but does not talk: recovery position; T1"
    return Category.UNKNOWN, "not breathing: CPR if means allow; only a clinician declares death"


def _start(walk: _Walk) -> Found:
    """START (respiration, perfusion, mental status; "30, 2, can do")."""
    if walk.answer("can_walk"):
        return Category.T3, "walks: T3"
    if walk.answer("breathing") is False:
        if walk.answer("breathing_after_airway"):
            return Category.T1, "breathes once the airway is open: T1"
        return Category.DEAD, "does not breathe with an open airway: dead"
    if _fast(walk):
        return Category.T1, f"breathes faster than {FAST_BREATHING:g} a minute: T1"
    return _start_circulation(walk)


def _fast(walk: _Walk) -> bool | None:
    rate = walk.number("respiratory_rate")
    if rate is None:
        walk.lacks("respiratory_rate")
        return None
    return rate > FAST_BREATHING


def _start_circulation(walk: _Walk) -> Found:
    if _perfused(walk) is False:
        return Category.T1, "no radial pulse or capillary refill over 2 s: control bleeding; T1"
    if walk.answer("obeys_commands") is False:
        return Category.T1, "does not obey simple commands: T1"
    return Category.T2, "breathing, pulse and mind suffice: T2"


def _perfused(walk: _Walk) -> bool | None:
    """Either sign suffices (refill cannot be read in the cold and dark); a bad one decides."""
    pulse, refill = walk.answer("radial_pulse", needed=False), walk.number("capillary_refill_s")
    if pulse is False or (refill is not None and refill > SLOW_REFILL_S):
        return False
    if pulse is None and refill is None:
        walk.lacks("radial_pulse")
        return None
    return True


SALT_GOOD = {
    "obeys_or_purposeful": True,
    "peripheral_pulse": True,
    "respiratory_distress": False,
    "haemorrhage_controlled": True,
}


def _salt(walk: _Walk) -> Found:
    """SALT's assessment, after the global sort and the life-saving interventions."""
    if walk.answer("breathing") is False:
        return Category.DEAD, "does not breathe after the life-saving interventions: dead"
    said = {name: walk.answer(name, needed=False) for name in SALT_GOOD}
    if any(value is not None and value != SALT_GOOD[name] for name, value in said.items()):
        if walk.answer("likely_to_survive"):
            return Category.T1, "in danger and likely to survive: T1"
        return Category.T4, "in danger and not likely to survive with the means at hand: T4"
    for name, value in said.items():
        if value is None:
            walk.lacks(name)
    if walk.answer("minor_injuries_only"):
        return Category.T3, "minor injuries only: T3"
    return Category.T2, "no danger now, more than minor injuries: T2"


RULES: dict[Algorithm, Callable[[_Walk], Found]] = {
    Algorithm.TEN_SECOND: _ten_second,
    Algorithm.START: _start,
    Algorithm.SALT: _salt,
}


def algorithm_of(text: str) -> Algorithm:
    """The algorithm of a name in any case; CLINICAL for none. Raises BadMessage naming the known ones."""
    word = text.strip().casefold().replace(" ", "_").replace("-", "_")
    if not word:
        return Algorithm.CLINICAL
    if word in {one.value for one in Algorithm}:
        return Algorithm(word)
    raise BadMessage(f"no triage algorithm {text[:40]!r}; give {', '.join(_names(Algorithm))}")


def _names(algorithms: Sequence[Algorithm] | type[Algorithm]) -> list[str]:
    return [one.value for one in algorithms]

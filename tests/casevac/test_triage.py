"""Triage algorithms against their published tables; what is not known is never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac.errors import BadMessage
from casevac.mission import UNVERIFIED, Profile
from casevac.terms import Algorithm, Category
from casevac.triage import INPUTS, NUMBERS, algorithm_of, assess

T1, T2, T3, T4, DEAD, UNKNOWN = (Category(one) for one in ("T1", "T2", "T3", "T4", "DEAD", "UNKNOWN"))
TST, START, SALT = Algorithm.TEN_SECOND, Algorithm.START, Algorithm.SALT


def given_inputs(algorithm: Algorithm, text: str) -> dict[str, bool | float]:
    """`can_walk- breathing+ respiratory_rate=20` as inputs."""
    found: dict[str, bool | float] = {}
    for word in text.split():
        name, _, number = word.partition("=")
        found[name.rstrip("+-")] = float(number) if number else word.endswith("+")
    return found


CALM = "can_walk- breathing+ respiratory_rate=20 radial_pulse+"
SOUND = "breathing+ obeys_or_purposeful+ peripheral_pulse+ respiratory_distress- haemorrhage_controlled+"
TABLE = [
    (TST, "walking+", T3),
    (TST, "walking- severe_bleeding+", T1),
    (TST, "walking- severe_bleeding- talking+ penetrating_torso+", T1),
    (TST, "walking- severe_bleeding- talking+ penetrating_torso-", T2),
    (TST, "walking- severe_bleeding- talking- breathing+", T1),
    (TST, "walking- severe_bleeding- talking- breathing-", UNKNOWN),  # not breathing, and not called dead
    (START, "can_walk+", T3),
    (START, "can_walk- breathing- breathing_after_airway+", T1),
    (START, "can_walk- breathing- breathing_after_airway-", DEAD),
    (START, "can_walk- breathing+ respiratory_rate=31", T1),
    (START, "can_walk- breathing+ respiratory_rate=30 radial_pulse+ obeys_commands+", T2),  # exactly 30
    (START, "can_walk- breathing+ respiratory_rate=30.5", T1),
    (START, "can_walk- breathing+ respiratory_rate=20 radial_pulse-", T1),
    (
        START,
        "can_walk- breathing+ respiratory_rate=20 capillary_refill_s=2 obeys_commands+",
        T2,
    ),  # exactly 2 s
    (START, "can_walk- breathing+ respiratory_rate=20 capillary_refill_s=2.1", T1),
    (START, f"{CALM} capillary_refill_s=3", T1),  # either bad sign decides
    (START, f"{CALM} obeys_commands-", T1),
    (START, f"{CALM} obeys_commands+", T2),
    (SALT, "breathing-", DEAD),
    (SALT, f"{SOUND} minor_injuries_only+", T3),
    (SALT, f"{SOUND} minor_injuries_only-", T2),
    (SALT, "breathing+ obeys_or_purposeful- likely_to_survive+", T1),
    (SALT, "breathing+ peripheral_pulse- likely_to_survive+", T1),
    (SALT, "breathing+ respiratory_distress+ likely_to_survive+", T1),
    (SALT, "breathing+ haemorrhage_controlled- likely_to_survive-", T4),
]


@pytest.mark.parametrize(("algorithm", "text", "category"), TABLE)
def test_the_published_table(algorithm, text, category):
    found = assess(algorithm, given_inputs(algorithm, text), expectant_allowed=True)
    assert (found.category, found.missing) == (category, ())
    assert found.steps


MISSING = [
    (TST, "", ("walking", "severe_bleeding", "talking", "breathing")),
    (TST, "severe_bleeding+", ("walking",)),
    (TST, "walking- severe_bleeding- talking+", ("penetrating_torso",)),
    (START, "", ("can_walk", "breathing", "respiratory_rate", "radial_pulse", "obeys_commands")),
    (START, "can_walk- breathing-", ("breathing_after_airway",)),
    (START, "breathing+ respiratory_rate=40", ("can_walk",)),  # who walks is T3 however fast he breathes
    (START, f"{CALM}", ("obeys_commands",)),
    (SALT, "breathing+ obeys_or_purposeful-", ("likely_to_survive",)),
    (SALT, SOUND, ("minor_injuries_only",)),
    (SALT, "breathing+ obeys_or_purposeful+ peripheral_pulse+ minor_injuries_only+",
     ("respiratory_distress", "haemorrhage_controlled")),
]  # fmt: skip


@pytest.mark.parametrize(("algorithm", "text", "missing"), MISSING)
def test_what_cannot_be_decided_names_what_is_missing(algorithm, text, missing):
    found = assess(algorithm, given_inputs(algorithm, text))
    assert (found.category, found.missing) == (UNKNOWN, missing)


def test_one_who_does_not_breathe_is_flagged_and_not_called_dead():
    found = assess(TST, given_inputs(TST, "walking- severe_bleeding- talking- breathing-"))
    assert found.not_breathing
    assert found.category == UNKNOWN
    assert "only a clinician declares death" in found.steps[-1]
    assert not assess(TST, {}).not_breathing


def test_expectant_is_given_only_where_the_mission_authorises_it():
    inputs = given_inputs(SALT, "breathing+ peripheral_pulse- likely_to_survive-")
    assert assess(SALT, inputs).category == T1
    assert "not authorised" in assess(SALT, inputs).steps[-1]
    assert assess(SALT, inputs, expectant_allowed=True).category == T4
    assert not Profile().expectant_allowed


def test_the_words_of_salt_are_those_of_the_profile_and_marked_unverified():
    found = assess(
        SALT, {"breathing": True, "peripheral_pulse": False}, questions={"peripheral_pulse": "Pulse felt?"}
    )
    assert "Pulse felt? no" in found.steps
    assert set(Profile().salt_questions) <= set(INPUTS[SALT])
    assert "salt_questions" in UNVERIFIED


@pytest.mark.parametrize(
    ("algorithm", "inputs", "words"),
    [
        (TST, {"walks": True}, "does not ask for walks; it asks for walking, severe_bleeding"),
        (TST, {"walking": "maybe"}, "walking must be yes or no"),
        (TST, {"walking": 1.0}, "walking must be yes or no"),
        (START, {"respiratory_rate": "fast"}, "respiratory_rate must be a number"),
        (START, {"respiratory_rate": True}, "respiratory_rate must be a number"),
        (START, {"respiratory_rate": -3.0}, "respiratory_rate must be a number"),
        (START, {"respiratory_rate": float("nan")}, "respiratory_rate must be a number"),
        (Algorithm.CLINICAL, {}, "clinical has no rules; give one of salt, start, ten_second"),
    ],
)
def test_an_input_that_cannot_be_used_says_why(algorithm, inputs, words):
    with pytest.raises(BadMessage, match=words):
        assess(algorithm, inputs)


def test_algorithms_go_by_their_names_in_any_spelling():
    assert [algorithm_of(one) for one in ("Ten Second", "START", "salt", "")] == [
        TST,
        START,
        SALT,
        Algorithm.CLINICAL,
    ]
    with pytest.raises(BadMessage, match="no triage algorithm 'MITT'; give ten_second, start"):
        algorithm_of("MITT")


@st.composite
def inputs(draw):
    algorithm = draw(st.sampled_from((TST, START, SALT)))
    value = {
        name: st.none() | (st.floats(0, 60) if name in NUMBERS else st.booleans())
        for name in INPUTS[algorithm]
    }
    return algorithm, draw(st.fixed_dictionaries(value))


@given(inputs(), st.data())
def test_knowing_more_never_makes_a_decided_one_unknown(case, data):
    algorithm, less = case
    more = {name: value for name, value in less.items() if value is not None}
    for name in less:
        if less[name] is None:
            added = data.draw(st.none() | (st.floats(0, 60) if name in NUMBERS else st.booleans()))
            more |= {} if added is None else {name: added}
    before, after = assess(algorithm, less), assess(algorithm, more)
    decided = before.category != UNKNOWN or before.not_breathing
    assert not (decided and after.missing)
    assert set(before.missing) <= set(INPUTS[algorithm])


@given(inputs(), st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_does_not_matter(case, shuffle):
    algorithm, told = case
    turned = list(told.items())
    shuffle.shuffle(turned)
    words = {True: "yes", False: "No"}
    said = {name: words[value] if isinstance(value, bool) else value for name, value in turned}
    assert assess(algorithm, told) == assess(algorithm, dict(turned)) == assess(algorithm, said)

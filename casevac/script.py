"""The script of an exercise: incidents, what is done at the scene, standby rounds of idle vehicles."""

import msgspec

from casevac.errors import BadFile
from casevac.terms import Category, Step


class Hurt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One casualty of an incident; the seconds count from the alert."""

    category: Category
    what: str
    triaged_s: float = 20.0
    bleeding_control_s: float | None = None  # None: nobody at the scene does it


class Incident(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that happens `at_s` after the start of each run, told by one alert."""

    id: str
    at_s: float
    who: str
    what: str
    place: str
    lon: float
    lat: float
    casualties: tuple[Hurt, ...]
    injured_before_s: float = 90.0  # so long before the alert
    uncertainty_m: float = 200.0
    speaker: str = ""  # told by radio when there is one


class Round(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an idle vehicle drives to and fro: lon, lat of the turning points, and how long it waits."""

    vehicle: str
    points: tuple[tuple[float, float], ...]
    pause_s: float = 30.0


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole exercise. `repeat_s`: the incidents happen again after so long, None for once."""

    about: str
    incidents: tuple[Incident, ...]
    rounds: tuple[Round, ...] = ()
    repeat_s: float | None = None
    surgery_after_hand_over_s: float = 240.0


class Cue(msgspec.Struct, frozen=True):
    """Something the exercise has to report, `at_s` after its start.

    `casualty` counts within the incident, from 0; without one it is the alert itself.
    """

    at_s: float
    incident: str
    run: int
    casualty: int | None = None
    step: Step | None = None  # None with a casualty: its triage


def read_script(text: bytes) -> Script:
    """The script from JSON; raises BadFile naming what is wrong."""
    try:
        script = msgspec.json.decode(text, type=Script)
    except msgspec.DecodeError as fault:
        raise BadFile(f"the exercise script cannot be used: {fault}") from fault
    if script.repeat_s is not None and script.repeat_s <= max((i.at_s for i in script.incidents), default=0):
        raise BadFile("the exercise script repeats before its last incident; give a longer repeat_s")
    return script


def cues(script: Script, after_s: float, upto_s: float) -> tuple[Cue, ...]:
    """What has to be reported with `after_s < at_s <= upto_s`, in order; pure."""
    found = []
    for run in range(_runs(script, upto_s)):
        begin = run * (script.repeat_s or 0.0)
        for incident in script.incidents:
            found += [_shifted(cue, begin, run) for cue in _cues_of(incident)]
    return tuple(sorted((cue for cue in found if after_s < cue.at_s <= upto_s), key=_order))


def _runs(script: Script, upto_s: float) -> int:
    return 1 if script.repeat_s is None else int(max(0.0, upto_s) // script.repeat_s) + 1


def _cues_of(incident: Incident) -> list[Cue]:
    found = [Cue(incident.at_s, incident.id, 0)]
    for index, hurt in enumerate(incident.casualties):
        found.append(Cue(incident.at_s + hurt.triaged_s, incident.id, 0, index))
        if hurt.bleeding_control_s is not None:
            at_s = incident.at_s + hurt.bleeding_control_s
            found.append(Cue(at_s, incident.id, 0, index, Step.BLEEDING_CONTROL))
    return found


def _shifted(cue: Cue, begin: float, run: int) -> Cue:
    return Cue(cue.at_s + begin, cue.incident, run, cue.casualty, cue.step)


def _order(cue: Cue) -> tuple[float, int, str, int, str]:
    return (cue.at_s, cue.run, cue.incident, -1 if cue.casualty is None else cue.casualty, cue.step or "")

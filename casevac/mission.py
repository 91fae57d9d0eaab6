"""A mission and its profile: clocks, needs and times as data, never as code."""

import msgspec

from casevac.terms import Capability, Category, MissionKind


def _usual_needs() -> dict[Category, tuple[Capability, ...]]:
    surgery, resuscitation = (Capability.DCS,), (Capability.RESUS,)
    return {
        Category.T1: surgery,
        Category.T2: surgery,
        Category.T3: resuscitation,
        Category.T4: resuscitation,
        Category.DEAD: (),
        Category.UNKNOWN: surgery,
    }


class Profile(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a mission sets: limits in seconds from the injury, needs by category, handling times.

    The 10-1-2 limits: BMJ Military Health, "The 10-1-2 timeline"; other defaults are estimates
    that each mission replaces with what it measured.
    """

    name: str = "10-1-2"
    bleeding_control_s: float = 600.0
    advanced_care_s: float = 3600.0
    surgery_s: float = 7200.0
    unknown_injury_s: float = 1800.0  # an injury of unknown time happened at most this long before the alert
    needs: dict[Category, tuple[Capability, ...]] = msgspec.field(default_factory=_usual_needs)
    spoken_place_m: float = 1000.0  # a place told by radio lies within this, unless the speaker says
    loading_s: float = 180.0
    hand_over_s: float = 300.0
    surgery_preparation_s: float = 900.0
    speed_factor: float = 1.0
    acceptance_s: float = 120.0  # a task unanswered for longer is late
    season: str = "dry"
    auto_answer_s: float | None = None  # an exercise may answer by itself after this many seconds
    note: str = ""


class Mission(msgspec.Struct, frozen=True):
    """Every row, event and message belongs to one."""

    id: str
    name: str
    kind: MissionKind
    profile: Profile

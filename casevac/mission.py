"""A mission and its profile: clocks, needs and times as data, never as code."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from casevac.dialect import Dialect
from casevac.terms import (
    Affiliation,
    Capability,
    Category,
    MissionKind,
    Precedence,
    Role,
    Urgency,
    WarnedAtAlert,
)

Severity = Annotated[float, Meta(ge=0, le=100)]
Factor = Annotated[float, Meta(ge=0.01, le=1)]
AS_OF_RIGHT = (
    Affiliation.UN_MILITARY,
    Affiliation.UN_POLICE,
    Affiliation.UN_CIVILIAN,
    Affiliation.UNKNOWN,
)


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


def _usual_staleness() -> dict[str, float]:
    hour = 3600.0
    return {
        "accepting": 24 * hour,
        "reason": 24 * hour,
        "beds": 6 * hour,
        "tables": 2 * hour,
        "queue": 2 * hour,
        "stock": 12 * hour,
        "blood": 12 * hour,
        "capabilities": 168 * hour,
        "readiness": hour,
    }


def _usual_precedences() -> dict[Category, Precedence]:
    return {
        Category.T1: Precedence.URGENT,
        Category.T2: Precedence.PRIORITY,
        Category.T3: Precedence.ROUTINE,
        Category.T4: Precedence.ROUTINE,
        Category.DEAD: Precedence.CONVENIENCE,
        Category.UNKNOWN: Precedence.UNKNOWN,
    }


def _usual_limits() -> dict[Precedence, float]:
    return {
        Precedence.URGENT: 3600.0,
        Precedence.URGENT_SURGICAL: 3600.0,
        Precedence.PRIORITY: 14400.0,
        Precedence.ROUTINE: 86400.0,
    }


def _usual_questions() -> dict[str, str]:
    return {
        "obeys_or_purposeful": "Obeys commands or makes purposeful movements?",
        "peripheral_pulse": "Has a peripheral pulse?",
        "respiratory_distress": "In respiratory distress?",
        "haemorrhage_controlled": "Is major haemorrhage controlled?",
    }


UNVERIFIED = ("precedence_of", "salt_questions", "tourniquet_alert_s")
"""Values of a profile that nobody has compared with their source; an administrator is told so."""


def _usual_patience() -> dict[Urgency, float]:
    return {Urgency.NOW: 600.0, Urgency.HOUR: 3600.0, Urgency.DAY: 86400.0}


class Authority(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who may launch which vehicles, by words that a vehicle's kind or operator is matched with."""

    name: str
    may_launch: tuple[str, ...] = ()  # as "air", "ground", or whose the vehicle is
    verified: bool = False  # somebody compared it with the policy in force


class FixBounds(msgspec.Struct, frozen=True, omit_defaults=True):
    """From when on a reported position is flagged. All are estimates of ours, for a mission to replace."""

    inaccurate_m: float = 100.0  # satellite fixes are better than this; what is not comes from elsewhere
    blurred_m: float = 1000.0  # made vague on purpose, or by a mobile network
    stale_fix_s: float = 300.0  # from the fix to its sending
    jump_ground_ms: float = 70.0  # 250 km/h: no ambulance on any road of the profiles
    jump_air_ms: float = 150.0  # 540 km/h: above every helicopter and turboprop
    jump_ms: float = 300.0  # of a device whose vehicle is not known
    refused_m: float = 20_000.0  # a vehicle known no better than this is not sent


class Profile(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a mission sets: limits in seconds from the injury, needs by category, handling times.

    The 10-1-2 limits: BMJ Military Health, "The 10-1-2 timeline". The limits of precedence, counted
    from the first report: ATP 5-0.2-1, table G-30. Other defaults are estimates that each mission
    replaces with what it measured; UNVERIFIED names those that still need a look at their source.
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
    surgery_case_s: float = 5400.0  # a table is taken for so long by each case
    speed_factor: float = 1.0
    acceptance_s: float = 120.0  # a task unanswered for longer is late
    stale_s: dict[str, float] = msgspec.field(default_factory=_usual_staleness)  # older is a risk, by kind
    lost_tracker_s: float = 300.0  # a vehicle at work that is silent for longer may be lost
    range_margin: float = 0.2  # share of a vehicle's way that must be left in its range
    season: str = "dry"
    vehicles: tuple[
        dict[str, Any], ...
    ] = ()  # vehicle profiles of its own, in the form of data/profiles.json
    auto_answer_s: float | None = None  # an exercise may answer by itself after this many seconds
    dialects: dict[str, Dialect] = {}  # letters of the 9-line, by name; the shipped ones when it opens
    nine_line: str = "us-atp"  # the dialect of whoever names none
    expectant_allowed: bool = False  # T4 may be given only where the mission authorises it
    precedence_of: dict[Category, Precedence] = msgspec.field(
        default_factory=_usual_precedences
    )  # unverified
    precedence_limits: dict[Precedence, float] = msgspec.field(default_factory=_usual_limits)  # seconds
    salt_questions: dict[str, str] = msgspec.field(default_factory=_usual_questions)  # wording unverified
    tourniquet_alert_s: float = 7200.0  # a tourniquet on for longer is told; unverified
    authorities: tuple[Authority, ...] = ()
    approval: dict[str, tuple[str, ...]] = {}  # kind or operator -> who may approve
    approval_due_s: float = 300.0  # an approval outstanding for longer is an alarm
    warn_at_alert: tuple[WarnedAtAlert, ...] = tuple(WarnedAtAlert)
    eligible: tuple[Affiliation, ...] = AS_OF_RIGHT  # evacuated as of right; not checked against any policy
    unplanned_s: float = 120.0  # a living casualty without a plan for longer is an alarm; an estimate
    alarm_patience_s: float = (
        120.0  # an alarm that nobody acknowledged for longer is more insistent; an estimate
    )
    acknowledge_s: float = 120.0  # an alert that nobody acknowledged or planned for longer is; an estimate
    answer_due_s: dict[Urgency, float] = msgspec.field(default_factory=_usual_patience)
    fixes: FixBounds = FixBounds()  # what of a position is flagged; estimates
    threat_severity: Severity | None = None  # of a threat told without one; None: nobody passes it by road
    weather_speed_factor: Factor = 0.5  # of the speed by road in weather told without one; an estimate
    latencies: dict[str, tuple[float, float]] = {}  # guessed seconds (middle, nine in ten) by step; estimates
    note: str = ""


class Mission(msgspec.Struct, frozen=True):
    """Every row, event and message belongs to one."""

    id: str
    name: str
    kind: MissionKind
    profile: Profile


class Rights(NamedTuple):
    """What the holder of a device may report; `facility` is the one whose board it runs."""

    role: Role = Role.TRACKER
    facility: str | None = None


TRACKER = Rights()


_NOBODY: Mapping[str, str] = MappingProxyType({})


class Enrolment(NamedTuple):
    """For which mission a device speaks, and with which rights; `revoked`: it was cut off.

    Of one whose dialect is not ours: `topics`, the MQTT filters that are its alone; `mapping`, the map of its
    messages as JSON; `speaks_for`, the devices under it by the ids that it has for them.
    """

    mission: str
    rights: Rights = TRACKER
    revoked: bool = False
    dialect: str = "casevac"
    topics: tuple[str, ...] = ()
    mapping: str = ""
    speaks_for: Mapping[str, str] = _NOBODY


def unverified(profile: Profile) -> list[str]:
    """What of a profile nobody has compared with its source, in words: ask before you rely on it."""
    known = {one.name.casefold() for one in profile.authorities if one.verified}
    named = [one.name for one in profile.authorities]
    named += [name for names in profile.approval.values() for name in names]
    open_ones = dict.fromkeys(name for name in named if name.casefold() not in known)
    letters = [name for name, one in sorted(profile.dialects.items()) if not one.verified]
    return [
        *UNVERIFIED,
        "eligible (who is evacuated as of right)",
        *(f"authority {name}" for name in open_ones),
        *(f"approval of {word}" for word, names in profile.approval.items() if set(names) & set(open_ones)),
        *(f"dialect {name}" for name in letters),
    ]

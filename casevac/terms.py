"""The field's words: categories, capabilities, states, each with UNKNOWN where the field may not know."""

from enum import StrEnum


class MissionKind(StrEnum):
    """A live mission or an exercise; the two never mix."""

    LIVE = "live"
    EXERCISE = "exercise"


class Source(StrEnum):
    """Where an event came from."""

    DEVICE = "device"
    VOICE = "voice"
    PAGE = "page"
    SYSTEM = "system"
    IMPORT = "import"


class Category(StrEnum):
    """Triage category of a casualty."""

    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
    T4 = "T4"
    DEAD = "DEAD"
    UNKNOWN = "UNKNOWN"


class Capability(StrEnum):
    """What a treatment facility can do; capability, not level, decides a destination."""

    FIRST_AID = "FIRST_AID"
    RESUS = "RESUS"
    DCR = "DCR"
    DCS = "DCS"
    ICU = "ICU"
    VENT = "VENT"
    BLOOD = "BLOOD"
    LAB = "LAB"
    XRAY = "XRAY"
    CT = "CT"
    DENTAL = "DENTAL"
    ORTHO = "ORTHO"
    OBGYN = "OBGYN"
    NEURO = "NEURO"
    BURN = "BURN"
    ISOLATION = "ISOLATION"
    AMET = "AMET"
    HLS_DAY = "HLS_DAY"
    HLS_NIGHT = "HLS_NIGHT"


class SiteKind(StrEnum):
    """A place of the rescue chain that is no treatment facility."""

    LANDING = "landing"
    EXCHANGE = "exchange"
    COLLECTION = "collection"


class VehicleKind(StrEnum):
    """How a vehicle moves."""

    GROUND = "ground"
    AIR = "air"


class VehicleState(StrEnum):
    """What a vehicle is doing."""

    AVAILABLE = "available"
    TASKED = "tasked"
    TO_PICKUP = "to_pickup"
    ON_SCENE = "on_scene"
    TO_FACILITY = "to_facility"
    OUT_OF_SERVICE = "out_of_service"


class CasualtyState(StrEnum):
    """How far a casualty has come along the rescue chain."""

    REPORTED = "reported"
    ASSESSED = "assessed"
    PLANNED = "planned"
    LOADED = "loaded"
    HANDED_OVER = "handed_over"
    IN_SURGERY = "in_surgery"
    CLOSED = "closed"


class Step(StrEnum):
    """A step of the 10-1-2 guideline, counted from the injury."""

    BLEEDING_CONTROL = "bleeding_control"
    ADVANCED_CARE = "advanced_care"
    SURGERY = "surgery"


class ClockStatus(StrEnum):
    """How a step of 10-1-2 stands."""

    MET = "met"
    LATE = "late"  # done, after its limit
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"  # p90 misses the limit
    WILL_BREACH = "will_breach"  # p50 misses the limit
    BREACHED = "breached"  # limit passed, not done
    NO_PLAN = "no_plan"
    NOT_NEEDED = "not_needed"  # this casualty needs no such step


class Mode(StrEnum):
    """How a leg is travelled."""

    GROUND = "ground"
    AIR = "air"
    FOOT = "foot"


class Purpose(StrEnum):
    """What a leg is for."""

    TO_PICKUP = "to_pickup"
    TO_EXCHANGE = "to_exchange"
    TO_FACILITY = "to_facility"


class LegState(StrEnum):
    """How far a leg has come."""

    PLANNED = "planned"
    STARTED = "started"
    DONE = "done"

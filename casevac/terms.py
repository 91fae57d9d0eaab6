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


class Surface(StrEnum):
    """What an aircraft lands on."""

    PAVED = "paved"
    GRASS = "grass"
    GRAVEL = "gravel"
    EARTH = "earth"
    SAND = "sand"
    SNOW = "snow"
    WATER = "water"


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
    AT_FACILITY = "at_facility"
    OUT_OF_SERVICE = "out_of_service"


class CasualtyState(StrEnum):
    """How far a casualty has come along the rescue chain, in the order of the chain."""

    REPORTED = "reported"
    ACKNOWLEDGED = "acknowledged"
    ASSESSED = "assessed"
    REQUESTED = "requested"  # a 9-line that can be launched on has been sent
    ASSET_WARNED = "asset_warned"
    PLANNED = "planned"  # a rescue chain is ordered; an approval may still be missing
    DENIED = "denied"
    APPROVED = "approved"
    LAUNCHED = "launched"
    ON_SCENE = "on_scene"
    LOADED = "loaded"
    EN_ROUTE = "en_route"
    ARRIVED = "arrived"  # at a treatment facility, not handed over yet
    HANDED_OVER = "handed_over"
    IN_SURGERY = "in_surgery"
    STABILISED = "stabilised"
    RETURNED_TO_DUTY = "returned_to_duty"
    EVACUATED_OUT = "evacuated_out"
    DECEASED = "deceased"
    CANCELLED = "cancelled"  # a false alarm, or the same person under another id


class Outcome(StrEnum):
    """How the care of a casualty went on or ended."""

    STABILISED = "stabilised"
    RETURNED_TO_DUTY = "returned_to_duty"
    EVACUATED_OUT = "evacuated_out"
    DECEASED = "deceased"
    CANCELLED = "cancelled"


class Precedence(StrEnum):
    """Who is evacuated first. Letters differ from force to force: only these words are stored."""

    URGENT = "urgent"
    URGENT_SURGICAL = "urgent_surgical"
    PRIORITY = "priority"
    ROUTINE = "routine"
    CONVENIENCE = "convenience"
    UNKNOWN = "unknown"


class Affiliation(StrEnum):
    """Whose a casualty is: who may be evacuated as of right, and who by a decision."""

    UN_MILITARY = "un_military"
    UN_POLICE = "un_police"
    UN_CIVILIAN = "un_civilian"
    HOST_FORCE = "host_force"
    LOCAL_CIVILIAN = "local_civilian"
    DETAINEE = "detainee"
    OTHER = "other"
    UNKNOWN = "unknown"


class AgeGroup(StrEnum):
    """Adult or child."""

    ADULT = "adult"
    CHILD = "child"
    UNKNOWN = "unknown"


class Algorithm(StrEnum):
    """A triage algorithm, or a clinician's own judgement."""

    TEN_SECOND = "ten_second"
    START = "start"
    SALT = "salt"
    CLINICAL = "clinical"
    UNKNOWN = "unknown"


class Treatment(StrEnum):
    """What was done for a casualty."""

    TOURNIQUET = "tourniquet"
    TOURNIQUET_RELEASED = "tourniquet_released"
    WOUND_PACKING = "wound_packing"
    PRESSURE_DRESSING = "pressure_dressing"
    AIRWAY = "airway"
    CHEST_SEAL = "chest_seal"
    NEEDLE_DECOMPRESSION = "needle_decompression"
    OXYGEN = "oxygen"
    VENTILATION = "ventilation"
    FLUIDS = "fluids"
    BLOOD = "blood"
    MEDICATION = "medication"
    SPLINT = "splint"
    HYPOTHERMIA_PREVENTION = "hypothermia_prevention"
    CPR = "cpr"
    OTHER = "other"


class Equipment(StrEnum):
    """What a pick-up needs, or a vehicle carries."""

    HOIST = "hoist"
    EXTRACTION = "extraction"
    VENTILATOR = "ventilator"
    BLOOD = "blood"
    OTHER = "other"


class Accepting(StrEnum):
    """Whether a facility takes casualties in."""

    OPEN = "open"
    DIVERTING = "diverting"  # takes nobody new in; those inside stay
    CLOSED = "closed"


class Bed(StrEnum):
    """Kinds of beds."""

    WARD = "ward"
    HDU = "hdu"
    ICU = "icu"
    ISOLATION = "isolation"


class Stock(StrEnum):
    """Countable means of a facility beside beds and operating tables."""

    VENTILATORS = "ventilators"  # free
    OXYGEN_HOURS = "oxygen_hours"
    FUEL_HOURS = "fuel_hours"  # of the generator
    MEDICAL_STAFF = "medical_staff"  # on duty


class TeamKind(StrEnum):
    """Teams that go with a vehicle."""

    AMET = "amet"  # aero-medical evacuation team
    MEDICAL = "medical"
    SURGICAL = "surgical"  # forward surgical team
    ESCORT = "escort"
    LITTER = "litter"


class AssetKind(StrEnum):
    """Whoever can be warned of a request."""

    VEHICLE = "vehicle"
    TEAM = "team"
    FACILITY = "facility"


class WarnedAtAlert(StrEnum):
    """What is warned at once when an alert comes, before anybody approves anything."""

    AIRCRAFT = "aircraft"
    MEDICAL_TEAM = "medical_team"
    ESCORT = "escort"
    FACILITY = "facility"


class ApprovalState(StrEnum):
    """How the launch of a chain stands."""

    NOT_NEEDED = "not_needed"
    AWAITING = "awaiting"
    APPROVED = "approved"
    DENIED = "denied"


class Severity(StrEnum):
    """How soon somebody must look at an alarm."""

    CRITICAL = "critical"  # a life or the whole chain is at stake now
    WARNING = "warning"
    NOTICE = "notice"


class EntryFlag(StrEnum):
    """How much an entry of the watch log matters to the next watch."""

    NOTE = "note"
    IMPORTANT = "important"  # it goes into the hand-over brief
    URGENT = "urgent"


class HazardKind(StrEnum):
    """What stands in the way."""

    CLOSURE = "closure"  # nobody passes
    WEATHER = "weather"  # slow on the ground; nobody flies through
    THREAT = "threat"  # weighed by its severity; without one nobody passes
    SLOW = "slow"  # everybody is slower there
    ONEWAY = "oneway"  # driven only in the direction of its line
    BRIDGE = "bridge"  # nobody passes over the bridges there; the other roads are open


class Urgency(StrEnum):
    """How soon a question must be answered."""

    NOW = "now"
    HOUR = "hour"
    DAY = "day"


class Role(StrEnum):
    """What the holder of a device may report beside its own position."""

    TRACKER = "tracker"  # a vehicle, a patrol, a medic: everything about casualties and its own task
    FACILITY = "facility"  # the same, and the board of its facility
    COORDINATOR = "coordinator"  # the same for every facility, and every decision


class Guarantee(StrEnum):
    """What the store promises of a device's messages, by how it was last seen to send."""

    A = "A"  # numbered: what is receipted is stored, once; what is not is sent again by the device
    B = "B"  # QoS 1 without numbers: the broker keeps it while ingest is away, within its bounds; no receipt
    C = "C"  # QoS 0 without numbers: best effort, nobody keeps it on the way


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


class Security(StrEnum):
    """Enemy at the pick-up site."""

    NONE = "none"
    POSSIBLE = "possible"
    IN_AREA = "in_area"
    ESCORT_REQUIRED = "escort_required"
    UNKNOWN = "unknown"


class Marking(StrEnum):
    """How the pick-up site is marked."""

    PANELS = "panels"
    PYROTECHNICS = "pyrotechnics"
    SMOKE = "smoke"
    NONE = "none"
    OTHER = "other"
    UNKNOWN = "unknown"


class Contamination(StrEnum):
    """Contamination of the pick-up site."""

    NONE = "none"
    NUCLEAR = "nuclear"
    BIOLOGICAL = "biological"
    CHEMICAL = "chemical"
    RADIOLOGICAL = "radiological"
    UNKNOWN = "unknown"

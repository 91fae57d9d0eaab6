"""The mission and its means: facilities, sites, vehicles, teams, devices, and what stands in the way."""

from typing import Any, ClassVar

import msgspec

from casevac.events.shape import (
    Body,
    Count,
    Lat,
    Lon,
    Metres,
    Name,
    Percent,
    Point,
    Seconds,
    Text,
    Time,
    Told,
)
from casevac.mission import Factor, Profile, Severity
from casevac.terms import (
    Accepting,
    Bed,
    Capability,
    Equipment,
    HazardKind,
    MissionKind,
    Mode,
    Role,
    Stock,
    TeamKind,
    VehicleKind,
    VehicleState,
)


class MissionOpened(Body, frozen=True, tag="mission_opened"):
    """A mission began."""

    name: Name
    mission_kind: MissionKind
    profile: Profile


class RoadsChosen(Body, frozen=True, tag="roads_chosen"):
    """The mission drives on this network from now on."""

    name: Name
    digest: str


class VehicleProfileAdded(Body, frozen=True, tag="vehicle_profile_added"):
    """The mission has a vehicle profile of its own, whole, in the form of `data/profiles.json`.

    A later one of the same name replaces it, and a shipped one of that name. Without values it is taken back:
    the shipped one of that name counts again.
    """

    name: Name
    values: dict[str, Any]


class FacilityRegistered(Body, frozen=True, tag="facility_registered"):
    """A treatment facility (MTF) with what it can do; a later event with the same id replaces it.

    Its beds are ward beds unless its board tells of other kinds. None: nobody knows.
    """

    id: Name
    name: Name
    lon: Lon
    lat: Lat
    level: Text = ""
    capabilities: tuple[Capability, ...] = ()
    beds_staffed: int | None = None
    beds_free: int | None = None
    tables: int | None = None  # staffed operating tables
    open: bool = True
    source: Text = ""
    source_date: Text = ""
    demonstration: bool = False


class VehicleRegistered(Body, frozen=True, tag="vehicle_registered"):
    """A vehicle or aircraft with places for casualties and the device it carries."""

    id: Name
    callsign: Name
    vehicle_kind: VehicleKind
    profile: Name
    litters: int = 1
    seats: int = 0
    medical_crew: bool = True
    equipment: tuple[Equipment, ...] | None = None  # None: nobody knows
    readiness_s: Seconds = 0.0  # from the order to setting out
    range_km: Metres | None = None
    operator: Text = ""  # whose it is, as the mission's launch authorities name it
    device: Name | None = None
    home_name: Text = ""
    home_lon: Lon | None = None
    home_lat: Lat | None = None
    demonstration: bool = False


class TeamRegistered(Body, frozen=True, tag="team_registered"):
    """A medical team, an escort or a litter team: an entity of its own, with a place or a vehicle."""

    id: Name
    name: Name
    team_kind: TeamKind
    members: Count = 1
    readiness_s: Seconds = 0.0
    facility: Name | None = None  # where it stands by
    vehicle: Name | None = None  # with which it always goes
    lon: Lon | None = None
    lat: Lat | None = None
    device: Name | None = None
    demonstration: bool = False


class DeviceEnrolled(Body, frozen=True, tag="device_enrolled"):
    """A tracker may speak; without a vehicle it is shown under its own name."""

    name: Name
    vehicle: Name | None = None
    role: Role = Role.TRACKER
    facility: Name | None = None  # whose board it runs
    revoked: bool = False  # it was cut off: neither heard nor told anything
    dialect: Name = "casevac"  # how its messages are read
    under: tuple[Text, ...] = ()  # GATEWAY ID: the gateways that speak for it, and what it is called there


class DeviceStatusChanged(Body, frozen=True, tag="device_status_changed"):
    """A device came on line or its last will spoke."""

    online: bool


class ClockJudged(Body, frozen=True, tag="clock_judged"):
    """A device's clock was judged anew: what comes from now on is corrected by it, what is stored stays."""

    name: Name
    offset_s: float  # how far it is ahead of ours; 0: right again
    messages: int  # on how many that rests
    what: Text = ""  # the offset in words, and whether it is corrected


class VehicleStatusChanged(Body, frozen=True, tag="vehicle_status_changed"):
    """A vehicle said what it is doing; without `vehicle` it is the reporting device's own."""

    state: VehicleState
    vehicle: Name | None = None
    reason: Text = ""
    speaker: Text = ""
    told_by: ClassVar[Role | None] = Role.TRACKER


class VehicleConditionReported(Told, frozen=True, kw_only=True, tag="vehicle_condition_reported"):
    """What a vehicle can still do; without `vehicle` it is the reporting device's own. None: not told."""

    vehicle: Name | None = None
    range_km: Metres | None = None  # kilometres it can still go
    fuel_percent: Percent | None = None
    duty_ends_at: Time | None = None  # the crew must rest from then on
    ready_in_s: Seconds | None = None
    equipment: tuple[Equipment, ...] | None = None
    litters: Count | None = None
    seats: Count | None = None


class TeamStatusChanged(Told, frozen=True, kw_only=True, tag="team_status_changed"):
    """Where a team is and whether it can go."""

    team: Name
    ready: bool | None = None
    vehicle: Name | None = None  # it boarded this one; an empty word is not allowed: `left` says it left
    left: bool = False
    duty_ends_at: Time | None = None


class BedCount(msgspec.Struct, frozen=True, omit_defaults=True):
    """Beds of one kind; None: not told. More may be occupied than are staffed: then it is overcrowded."""

    bed: Bed = Bed.WARD
    staffed: Count | None = None
    free: Count | None = None
    occupied: Count | None = None


class BloodStock(msgspec.Struct, frozen=True, omit_defaults=True):
    """Units of one blood group that expire together."""

    group: Name
    units: Count
    expires_at: Time | None = None


class FacilityStatusReported(Told, frozen=True, kw_only=True, tag="facility_status_reported"):
    """The board of a facility, whole or in part: what is None was not told and stays as it was.

    Without `facility` it is the reporting device's own. What is told is as of the event's time.
    """

    facility: Name | None = None
    accepting: Accepting | None = None
    reason: Text = ""
    beds: tuple[BedCount, ...] = ()
    tables: Count | None = None  # staffed operating tables
    tables_busy_until: tuple[Time, ...] | None = None  # when each busy table is free again
    queue: Count | None = None  # cases that wait for a table
    stocks: dict[Stock, float] = msgspec.field(default_factory=dict)
    blood: tuple[BloodStock, ...] | None = None  # all of it
    capabilities: tuple[Capability, ...] | None = None  # all it can do now
    told_by: ClassVar[Role | None] = Role.FACILITY


class BedReserved(Told, frozen=True, kw_only=True, tag="bed_reserved"):
    """A bed is kept for a casualty until it comes, or until a time."""

    facility: Name
    casualty: Name
    bed: Bed = Bed.WARD
    reservation: Text = ""  # minted at the door
    chain: Text = ""
    until: Time | None = None
    told_by: ClassVar[Role | None] = Role.FACILITY


class BedReleased(Told, frozen=True, kw_only=True, tag="bed_released"):
    """A reservation is given up."""

    reservation: Name
    reason: Text = ""
    told_by: ClassVar[Role | None] = Role.FACILITY


class HazardReported(Told, frozen=True, kw_only=True, tag="hazard_reported"):
    """What stands in the way: a circle, or a line with `radius_m` to both sides, or a polygon.

    On the ground: a closure lets nobody pass, `bridge` nobody over the bridges there; a threat with a
    severity counts each second in it (1 + severity) times where ways are compared, and lets nobody pass
    without one, unless the mission sets what such a threat weighs; weather and `slow` leave speed_factor
    of the speed; `oneway` is driven only in the order of its line. Nobody flies through any of them.
    """

    id: Text = ""  # minted at the door
    hazard_kind: HazardKind
    name: Text = ""
    affects: tuple[Mode, ...] = (Mode.GROUND,)
    lon: Lon
    lat: Lat
    radius_m: Metres = 100.0
    line: tuple[Point, ...] = ()
    polygon: tuple[Point, ...] = ()
    severity: Severity | None = None  # of a threat
    speed_factor: Factor | None = None  # of `slow` and weather; None: what the mission sets for weather
    since: Time | None = None  # it begins then; None: it is there
    until: Time | None = None
    source: Text = ""  # where it is known from, as a patrol, a report, a drone
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class HazardLifted(Told, frozen=True, kw_only=True, tag="hazard_lifted"):
    """A hazard is over."""

    id: Name
    reason: Text = ""
    told_by: ClassVar[Role | None] = Role.COORDINATOR

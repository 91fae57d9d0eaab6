"""What happened: every event of the log, past tense, typed, with its schema version."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from casevac.errors import BadMessage
from casevac.mission import Profile
from casevac.terms import (
    Capability,
    Category,
    MissionKind,
    Mode,
    Purpose,
    SiteKind,
    Source,
    VehicleKind,
    VehicleState,
)

SCHEMA = 1

Lon = Annotated[float, Meta(ge=-180, le=180)]
Lat = Annotated[float, Meta(ge=-90, le=90)]
Metres = Annotated[float, Meta(ge=0, le=1_000_000)]
Seconds = Annotated[float, Meta(ge=0, le=10_000_000)]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
Text = Annotated[str, Meta(max_length=2000)]
Time = Annotated[datetime, Meta(tz=True)]


class Body(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind"):
    """What one kind of event tells; `kind` in JSON is its tag."""

    from_field: ClassVar[bool] = False  # may a device or a radio call report it?


# --- the mission and its means


class MissionOpened(Body, frozen=True, tag="mission_opened"):
    """A mission began."""

    name: Name
    mission_kind: MissionKind
    profile: Profile


class RoadsChosen(Body, frozen=True, tag="roads_chosen"):
    """The mission drives on this network from now on."""

    name: Name
    digest: str


class FacilityRegistered(Body, frozen=True, tag="facility_registered"):
    """A treatment facility (MTF) with what it can do; a later event with the same id replaces it."""

    id: Name
    name: Name
    lon: Lon
    lat: Lat
    level: Text = ""
    capabilities: tuple[Capability, ...] = ()
    beds_staffed: int = 0
    beds_free: int = 0
    tables: int = 0
    open: bool = True
    source: Text = ""
    source_date: Text = ""
    demonstration: bool = False


class SiteRegistered(Body, frozen=True, tag="site_registered"):
    """A landing site, exchange point or collection point."""

    id: Name
    name: Name
    site_kind: SiteKind
    lon: Lon
    lat: Lat
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
    device: Name | None = None
    home_name: Text = ""
    home_lon: Lon | None = None
    home_lat: Lat | None = None
    demonstration: bool = False


class DeviceEnrolled(Body, frozen=True, tag="device_enrolled"):
    """A tracker may speak; without a vehicle it is shown under its own name."""

    name: Name
    vehicle: Name | None = None


class DeviceStatusChanged(Body, frozen=True, tag="device_status_changed"):
    """A device came on line or its last will spoke."""

    online: bool


# --- the casualty


class AlertRaised(Body, frozen=True, tag="alert_raised"):
    """The four facts: who calls, where, how many, what. It opens a request and its casualties."""

    who: Name
    what: Text
    how_many: Annotated[int, Meta(ge=1, le=500)]
    lon: Lon
    lat: Lat
    request: Name = ""  # minted at the door when the caller has none
    casualties: tuple[Name, ...] = ()  # ZAP ids, as many as `how_many`; minted at the door when missing
    place: Text = ""
    uncertainty_m: Metres | None = None
    injury_at: Time | None = None
    injury_uncertainty_s: Seconds | None = None
    speaker: Text = ""
    from_field: ClassVar[bool] = True


class CasualtyReported(Body, frozen=True, tag="casualty_reported"):
    """One casualty, new or known, with place and injury time."""

    lon: Lon
    lat: Lat
    casualty: Name = ""  # ZAP id; minted at the door when missing
    request: Name = ""
    uncertainty_m: Metres | None = None
    injury_at: Time | None = None
    injury_uncertainty_s: Seconds | None = None
    category: Category = Category.UNKNOWN
    what: Text = ""
    speaker: Text = ""
    from_field: ClassVar[bool] = True


class CasualtyTriaged(Body, frozen=True, tag="casualty_triaged"):
    """A triage category was decided."""

    casualty: Name
    category: Category
    algorithm: Text = ""
    by: Text = ""
    speaker: Text = ""
    from_field: ClassVar[bool] = True


class BleedingControlled(Body, frozen=True, tag="bleeding_controlled"):
    """The 10 of 10-1-2 was done."""

    casualty: Name
    by: Text = ""
    speaker: Text = ""
    from_field: ClassVar[bool] = True


class AdvancedCareStarted(Body, frozen=True, tag="advanced_care_started"):
    """The 1 of 10-1-2 was done: enhanced care by medical personnel began."""

    casualty: Name
    by: Text = ""
    speaker: Text = ""
    from_field: ClassVar[bool] = True


class SurgeryStarted(Body, frozen=True, tag="surgery_started"):
    """The 2 of 10-1-2 was done: damage-control surgery began."""

    casualty: Name
    by: Text = ""
    speaker: Text = ""
    from_field: ClassVar[bool] = True


class CasualtyLoaded(Body, frozen=True, tag="casualty_loaded"):
    """A vehicle took a casualty aboard; without `vehicle` it is the reporting device's own."""

    casualty: Name
    vehicle: Name | None = None
    speaker: Text = ""
    from_field: ClassVar[bool] = True


class CasualtyHandedOver(Body, frozen=True, tag="casualty_handed_over"):
    """A casualty was handed to a facility or to another vehicle."""

    casualty: Name
    facility: Name | None = None
    vehicle: Name | None = None
    speaker: Text = ""
    from_field: ClassVar[bool] = True


class VehicleStatusChanged(Body, frozen=True, tag="vehicle_status_changed"):
    """A vehicle said what it is doing; without `vehicle` it is the reporting device's own."""

    state: VehicleState
    vehicle: Name | None = None
    reason: Text = ""
    speaker: Text = ""
    from_field: ClassVar[bool] = True


# --- decisions and tasks


class Stop(msgspec.Struct, frozen=True, omit_defaults=True):
    """One end of a leg; `id` names the facility, site or request it is."""

    name: str
    lon: Lon
    lat: Lat
    id: str = ""


class Leg(msgspec.Struct, frozen=True, omit_defaults=True, rename={"start": "from", "end": "to"}):
    """One vehicle's way between two stops, as planned; times in seconds of travel, then as instants."""

    mode: Mode
    vehicle: str
    purpose: Purpose
    start: Stop
    end: Stop
    path: tuple[tuple[float, float], ...]
    metres: float
    seconds_p50: float
    seconds_p90: float
    depart_at: Time
    arrive_p50_at: Time
    arrive_p90_at: Time
    estimated: bool = False
    casualties: tuple[str, ...] = ()


class Option(msgspec.Struct, frozen=True, omit_defaults=True):
    """One ranked answer to a request, with its reasons."""

    id: str
    rank: int
    summary: str
    vehicles: tuple[str, ...]
    facility: str
    casualties: tuple[str, ...]
    pickup_p50_at: Time
    arrive_p50_at: Time
    arrive_p90_at: Time
    verdict: str
    estimated: bool
    legs: tuple[Leg, ...]
    reasons: tuple[str, ...] = ()


class Refusal(msgspec.Struct, frozen=True):
    """What was not chosen, and why."""

    what: str
    why: str


class Hashes(msgspec.Struct, frozen=True):
    """What a decision rested on, so that it can be recomputed."""

    network: str
    profile: str
    hazards: str
    policy: str
    software: str


class OptionsComputed(Body, frozen=True, tag="options_computed"):
    """The options shown to the coordinator and everything they were computed from."""

    decision: Name
    request: Name
    now: Time
    seen_seq: int
    hashes: Hashes
    positions: dict[str, tuple[float, float]]  # vehicle -> lon, lat as seen then
    options: tuple[Option, ...]
    refused: tuple[Refusal, ...] = ()


class ChainPlanned(Body, frozen=True, tag="chain_planned"):
    """A coordinator chose an option: this is the rescue chain now."""

    chain: Name
    request: Name
    decision: Name
    option: Name
    facility: Name
    vehicles: tuple[Name, ...]
    casualties: tuple[Name, ...]
    legs: tuple[Leg, ...]


class VehicleTasked(Body, frozen=True, tag="vehicle_tasked"):
    """A vehicle has its orders; the tasking part publishes them to its device."""

    task: Name
    chain: Name
    request: Name
    vehicle: Name
    casualties: tuple[Name, ...]
    legs: tuple[Leg, ...]


class TaskAccepted(Body, frozen=True, tag="task_accepted"):
    """The crew accepted."""

    task: Name
    speaker: Text = ""
    from_field: ClassVar[bool] = True


class TaskDeclined(Body, frozen=True, tag="task_declined"):
    """The crew cannot do it."""

    task: Name
    reason: Text = ""
    speaker: Text = ""
    from_field: ClassVar[bool] = True


class TaskFinished(Body, frozen=True, tag="task_finished"):
    """The crew finished its task."""

    task: Name
    speaker: Text = ""
    from_field: ClassVar[bool] = True


class TaskCancelled(Body, frozen=True, tag="task_cancelled"):
    """A coordinator took the task back."""

    task: Name
    reason: Text = ""


AnyBody = (
    MissionOpened
    | RoadsChosen
    | FacilityRegistered
    | SiteRegistered
    | VehicleRegistered
    | DeviceEnrolled
    | DeviceStatusChanged
    | AlertRaised
    | CasualtyReported
    | CasualtyTriaged
    | BleedingControlled
    | AdvancedCareStarted
    | SurgeryStarted
    | CasualtyLoaded
    | CasualtyHandedOver
    | VehicleStatusChanged
    | OptionsComputed
    | ChainPlanned
    | VehicleTasked
    | TaskAccepted
    | TaskDeclined
    | TaskFinished
    | TaskCancelled
)
KINDS: dict[str, type[Body]] = {str(kind.__struct_config__.tag): kind for kind in AnyBody.__args__}
FIELD_KINDS = frozenset(tag for tag, kind in KINDS.items() if kind.from_field)


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the log: what happened, with its three times, who says so and by what way.

    `key` makes an append idempotent: the same key is stored once. `seq` and `recorded_at`
    are given by the store.
    """

    mission: str
    body: AnyBody
    actor: str
    source: Source
    occurred_at: Time
    received_at: Time
    sent_at: Time | None = None
    recorded_at: Time | None = None
    device_at: Time | None = None  # the device's own, uncorrected time
    device: str | None = None
    epoch: int | None = None
    n: int | None = None
    key: str | None = None
    seq: int | None = None
    schema: int = SCHEMA

    @property
    def kind(self) -> str:
        """The tag of the body, as `casualty_loaded`."""
        return str(self.body.__struct_config__.tag)


def house_event(
    mission: str, body: AnyBody, now: datetime, actor: str, source: Source, key: str | None = None
) -> Event:
    """What this house itself tells now: it happens, is sent and is received at one instant."""
    return Event(
        mission=mission,
        body=body,
        actor=actor,
        source=source,
        occurred_at=now,
        sent_at=now,
        received_at=now,
        key=key,
    )


def body_from(kind: str, fields: dict[str, Any]) -> AnyBody:
    """The typed body of an event of `kind`; raises BadMessage in words when it does not fit."""
    if kind not in KINDS:
        raise BadMessage(f"unknown kind of event {kind[:40]!r}; known: {', '.join(sorted(FIELD_KINDS))}")
    try:
        body: AnyBody = msgspec.convert({**fields, "kind": kind}, AnyBody, strict=True)
    except msgspec.ValidationError as fault:
        raise BadMessage(f"{kind}: {fault}") from fault
    return body


def fields_of(body: AnyBody) -> dict[str, Any]:
    """The body as JSON-ready values without its kind; the reverse of `body_from`."""
    fields: dict[str, Any] = msgspec.to_builtins(body)
    fields.pop("kind")
    return fields


def in_words(event: Event) -> str:
    """The event as one line for the watch log."""
    words = event.kind.replace("_", " ")
    named = [
        str(value)
        for field in (
            "casualty",
            "vehicle",
            "facility",
            "request",
            "task",
            "name",
            "what",
            "state",
            "category",
        )
        if (value := getattr(event.body, field, None))
    ]
    return f"{words}: {', '.join(named)}" if named else words

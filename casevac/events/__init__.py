"""What happened: every event of the log, past tense, typed, with its schema version."""

from datetime import datetime
from typing import Any, cast

import msgspec

from casevac.errors import BadMessage
from casevac.events.casualty import (
    AdvancedCareStarted,
    BleedingControlled,
    CasualtiesMerged,
    CasualtiesSplit,
    CasualtyHandedOver,
    CasualtyLoaded,
    CasualtyReported,
    CasualtyTriaged,
    EligibilityDecided,
    MistReported,
    OutcomeDecided,
    PrecedenceDecided,
    QuestionAnswered,
    QuestionAsked,
    RecordWithdrawn,
    SurgeryStarted,
    TreatmentGiven,
    VitalsTaken,
)
from casevac.events.chain import (
    AnswerOrdered,
    AssetAnswered,
    AssetWarned,
    CancelOrdered,
    ChainPlanned,
    ChainRerouted,
    ChainsConfirmed,
    DivertOrdered,
    Due,
    Hashes,
    InboundAnswered,
    LaunchApproved,
    LaunchDenied,
    Leg,
    Limit,
    Option,
    OptionsComputed,
    OrderSettled,
    Promise,
    RecallAcknowledged,
    Refusal,
    Road,
    Stop,
    TaskAccepted,
    TaskCancelled,
    TaskDeclined,
    TaskFinished,
    VehicleTasked,
)
from casevac.events.means import (
    BedCount,
    BedReleased,
    BedReserved,
    BloodStock,
    ClockJudged,
    DeviceEnrolled,
    DeviceStatusChanged,
    FacilityRegistered,
    FacilityStatusReported,
    HazardLifted,
    HazardReported,
    MissionOpened,
    RoadsChosen,
    TeamRegistered,
    TeamStatusChanged,
    VehicleConditionReported,
    VehicleProfileAdded,
    VehicleRegistered,
    VehicleStatusChanged,
)
from casevac.events.plan import PlanLocked, PlanReleased, PolicyChosen
from casevac.events.request import (
    AlertAcknowledged,
    AlertRaised,
    MethaneSent,
    NineLineSent,
    ReadBackConfirmed,
    RequestsMerged,
    RequestsSplit,
    RequestStoodDown,
)
from casevac.events.shape import Body, Count, Lat, Lon, Metres, Name, Point, Reason, Seconds, Text, Time, Told
from casevac.events.site import Obstacle, SiteRegistered, SiteTold
from casevac.events.watch import (
    LONGEST_BRIEF,
    AlarmAcknowledged,
    AlarmCleared,
    AlarmRaised,
    ShiftHandedOver,
    ShiftTakenOver,
    WatchEntryMade,
)
from casevac.terms import Role, Source

SCHEMA = 1

AnyBody = (
    MissionOpened
    | RoadsChosen
    | VehicleProfileAdded
    | FacilityRegistered
    | SiteRegistered
    | SiteTold
    | VehicleRegistered
    | TeamRegistered
    | DeviceEnrolled
    | DeviceStatusChanged
    | ClockJudged
    | VehicleStatusChanged
    | VehicleConditionReported
    | TeamStatusChanged
    | FacilityStatusReported
    | BedReserved
    | BedReleased
    | HazardReported
    | HazardLifted
    | CasualtyReported
    | CasualtyTriaged
    | BleedingControlled
    | AdvancedCareStarted
    | SurgeryStarted
    | CasualtyLoaded
    | CasualtyHandedOver
    | PrecedenceDecided
    | MistReported
    | VitalsTaken
    | TreatmentGiven
    | RecordWithdrawn
    | OutcomeDecided
    | EligibilityDecided
    | CasualtiesMerged
    | CasualtiesSplit
    | QuestionAsked
    | QuestionAnswered
    | AlertRaised
    | AlertAcknowledged
    | ReadBackConfirmed
    | NineLineSent
    | MethaneSent
    | RequestStoodDown
    | RequestsMerged
    | RequestsSplit
    | OptionsComputed
    | ChainPlanned
    | ChainRerouted
    | ChainsConfirmed
    | VehicleTasked
    | TaskAccepted
    | TaskDeclined
    | TaskFinished
    | TaskCancelled
    | RecallAcknowledged
    | AssetWarned
    | AssetAnswered
    | LaunchApproved
    | LaunchDenied
    | InboundAnswered
    | AnswerOrdered
    | DivertOrdered
    | CancelOrdered
    | OrderSettled
    | AlarmRaised
    | AlarmAcknowledged
    | AlarmCleared
    | WatchEntryMade
    | ShiftHandedOver
    | ShiftTakenOver
    | PolicyChosen
    | PlanLocked
    | PlanReleased
)

__all__ = [
    "FIELD_KINDS",
    "KINDS",
    "LONGEST_BRIEF",
    "SCHEMA",
    "TOLD_BY",
    "AdvancedCareStarted",
    "AlarmAcknowledged",
    "AlarmCleared",
    "AlarmRaised",
    "AlertAcknowledged",
    "AlertRaised",
    "AnswerOrdered",
    "AnyBody",
    "AssetAnswered",
    "AssetWarned",
    "BedCount",
    "BedReleased",
    "BedReserved",
    "BleedingControlled",
    "BloodStock",
    "Body",
    "CancelOrdered",
    "CasualtiesMerged",
    "CasualtiesSplit",
    "CasualtyHandedOver",
    "CasualtyLoaded",
    "CasualtyReported",
    "CasualtyTriaged",
    "ChainPlanned",
    "ChainRerouted",
    "ChainsConfirmed",
    "ClockJudged",
    "Count",
    "DeviceEnrolled",
    "DeviceStatusChanged",
    "DivertOrdered",
    "Due",
    "EligibilityDecided",
    "Event",
    "FacilityRegistered",
    "FacilityStatusReported",
    "Hashes",
    "HazardLifted",
    "HazardReported",
    "InboundAnswered",
    "Lat",
    "LaunchApproved",
    "LaunchDenied",
    "Leg",
    "Limit",
    "Lon",
    "MethaneSent",
    "Metres",
    "MissionOpened",
    "MistReported",
    "Name",
    "NineLineSent",
    "Obstacle",
    "Option",
    "OptionsComputed",
    "OrderSettled",
    "OutcomeDecided",
    "PlanLocked", "PlanReleased", "Point", "PolicyChosen",
    "PrecedenceDecided",
    "Promise",
    "QuestionAnswered",
    "QuestionAsked",
    "ReadBackConfirmed",
    "Reason",
    "RecallAcknowledged",
    "RecordWithdrawn",
    "Refusal",
    "RequestStoodDown",
    "RequestsMerged",
    "RequestsSplit",
    "Road",
    "RoadsChosen",
    "Seconds",
    "ShiftHandedOver",
    "ShiftTakenOver",
    "SiteRegistered",
    "SiteTold",
    "Stop",
    "SurgeryStarted",
    "TaskAccepted",
    "TaskCancelled",
    "TaskDeclined",
    "TaskFinished",
    "TeamRegistered",
    "TeamStatusChanged",
    "Text",
    "Time",
    "Told",
    "TreatmentGiven",
    "VehicleConditionReported",
    "VehicleProfileAdded",
    "VehicleRegistered",
    "VehicleStatusChanged",
    "VehicleTasked",
    "VitalsTaken",
    "WatchEntryMade",
    "body_from",
    "fields_of",
    "house_event",
    "in_words",
    "stored_body",
]  # fmt: skip

KINDS: dict[str, type[Body]] = {str(kind.__struct_config__.tag): kind for kind in AnyBody.__args__}
TOLD_BY: dict[str, Role] = {tag: kind.told_by for tag, kind in KINDS.items() if kind.told_by is not None}
"""Kinds that a device or a radio call may report, with the role that a device needs for it."""
FIELD_KINDS = frozenset(TOLD_BY)


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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


_decoders: dict[str, msgspec.json.Decoder[AnyBody]] = {
    kind: cast("msgspec.json.Decoder[AnyBody]", msgspec.json.Decoder(body)) for kind, body in KINDS.items()
}


def stored_body(kind: str, told: str) -> AnyBody:
    """The typed body from its stored JSON; raises BadMessage when it does not fit."""
    try:
        return _decoders[kind].decode(told)
    except (KeyError, msgspec.ValidationError) as fault:
        raise BadMessage(f"the stored {kind} cannot be read: {fault}") from fault


def fields_of(body: AnyBody) -> dict[str, Any]:
    """The body as JSON-ready values without its kind; the reverse of `body_from`."""
    fields: dict[str, Any] = msgspec.to_builtins(body)
    fields.pop("kind")
    return fields


WORTH_SAYING = (
    "casualty", "kept", "merged", "asset", "vehicle", "team", "facility", "request", "chain", "task", "name",
    "policy", "authority", "what", "state", "category", "precedence", "treatment", "outcome",
    "reservation", "question",
)  # fmt: skip

SAID_IN_FULL = {
    "alarm_raised": ("severity", "subject", "words"),
    "alarm_acknowledged": ("alarm",),
    "alarm_cleared": ("alarm",),
    "watch_entry_made": ("text",),
    "shift_handed_over": ("outgoing", "incoming"),
    "shift_taken_over": ("incoming",),
}
"""Kinds of the watch, whose lines hold other fields than those."""


def in_words(event: Event) -> str:
    """The event as one line for the watch log."""
    words = event.kind.replace("_", " ")
    if (said := SAID_IN_FULL.get(event.kind)) is not None:
        told = [str(value) for field in said if (value := getattr(event.body, field, None))]
        return f"{words}: {', '.join(told)}"
    named = [str(value) for field in WORTH_SAYING if (value := getattr(event.body, field, None))]
    return f"{words}: {', '.join(named)}" if named else words

"""Payloads of our own dialect to typed readings and back; pure: no clock, no socket, no random.

Topics are `casevac/v1/NAME/{report|event|status|batch|task|notice|receipt}`; payloads are JSON, of a batch
deflated JSON.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from casevac.errors import BadMessage
from casevac.events import FIELD_KINDS, AnyBody, DeviceStatusChanged, Lat, Lon, body_from
from casevac.mission import Enrolment
from casevac.offset import RIGHT
from casevac.position import Position
from casevac.terms import Source
from tracker import allowed, batch, torn

ROOT = "casevac/v1"
LARGEST_PAYLOAD = 1 << 20  # bytes of one message; what is larger reaches nobody
UNNUMBERED = -1
"""Epoch of a report that carries no number; its n is then drawn from its content."""
RELAYED = -2
"""Epoch of a report of which others relay copies that differ in what they add, as the time of hearing it: its
sender's own number says that they are one."""
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_WHOLE = 2**63 - 1
FAULTS = (UnicodeError, RecursionError, ValueError, OverflowError)
"""What hostile bytes raise beside BadMessage and what msgspec has of its own."""
_WORDS = (
    ("Input data was truncated", "the payload is empty or cut short"),
    ("`datetime` with a timezone component", "a time with its zone, as 2026-11-22T04:59:00Z"),
    ("`datetime`", "a time as 2026-11-22T04:59:00Z"),
    ("`float | null`", "a number"),
    ("`float`", "a number"),
    ("`int | null`", "a whole number"),
    ("`int`", "a whole number"),
    ("`str`", "text"),
)

Epoch = Annotated[int, Meta(ge=0, le=_WHOLE)]
Number = Annotated[int, Meta(ge=1, le=_WHOLE)]
Time = Annotated[datetime, Meta(tz=True)]
Altitude = Annotated[float, Meta(ge=-1000, le=100_000)]
Accuracy = Annotated[float, Meta(ge=0, le=1_000_000)]
Speed = Annotated[float, Meta(ge=0, le=1500)]
Course = Annotated[float, Meta(ge=0, le=360)]
Battery = Annotated[float, Meta(ge=0, le=100)]


class ReportFields(msgspec.Struct, frozen=True, gc=False):
    """A position report as it is sent."""

    at: Time
    lon: Lon
    lat: Lat
    epoch: Epoch | None = None
    n: Number | None = None
    sent: Time | None = None
    alt: Altitude | None = None
    accuracy: Accuracy | None = None
    speed: Speed | None = None
    course: Course | None = None
    battery: Battery | None = None


_REPORTS = msgspec.json.Decoder(ReportFields)


class EventHead(msgspec.Struct, frozen=True):
    """What every event has beside the fields of its kind."""

    at: Time
    kind: str
    epoch: Epoch | None = None
    n: Number | None = None
    sent: Time | None = None


class _Numbers(msgspec.Struct, frozen=True):
    epoch: Epoch
    n: Number


class StatusFields(msgspec.Struct, frozen=True):
    """A status as it is sent."""

    online: bool


class Message(msgspec.Struct, frozen=True, gc=False):
    """A payload as it came: where from, what, when; a receiver acknowledges it by `token`, if not 0.

    `batched` is a report out of a batch, which is receipted by runs.
    """

    topic: str
    payload: bytes
    received_at: datetime
    token: int = 0
    batched: bool = False


class Report(msgspec.Struct, frozen=True, gc=False):
    """A readable position report."""

    position: Position


@dataclass(frozen=True)
class FieldEvent:
    """A readable event of a device, numbered like a report; `digest` tells a resend from a reuse."""

    mission: str
    device: str
    epoch: int
    n: int
    digest: bytes
    body: AnyBody
    occurred_at: datetime
    device_at: datetime
    sent_at: datetime | None
    received_at: datetime
    source: Source = Source.DEVICE


@dataclass(frozen=True)
class Status:
    """A device came or went."""

    mission: str
    device: str
    online: bool
    at: datetime


@dataclass(frozen=True)
class Unreadable:
    """A payload to be set aside, with its number where that can be read."""

    reason: str
    device: str | None = None
    epoch: int | None = None
    n: int | None = None


class Kept(NamedTuple):
    """Something that a device told and we have no use for yet: kept as it came, under a word."""

    mission: str
    device: str
    dialect: str
    what: str
    at: datetime
    raw: bytes
    battery: float | None = None  # per cent, where it tells that: the device's next position has it


Reading = Report | FieldEvent | Status | Unreadable | Kept


def number(said: Report | FieldEvent) -> tuple[str, int, int]:
    """Device, epoch and n; the epoch is UNNUMBERED where the device gave none."""
    if isinstance(said, Report):
        fix = said.position
        return fix.device, fix.epoch, fix.n
    return said.device, said.epoch, said.n


def content(said: Report | FieldEvent) -> object:
    """What a resend repeats; the time of sending it may renew."""
    if isinstance(said, FieldEvent):
        return said.digest
    fix = said.position
    measured = (fix.altitude, fix.accuracy, fix.speed, fix.course, fix.battery)
    return fix.at, fix.lon, fix.lat, measured


def read(message: Message, enrolled: Mapping[str, Enrolment]) -> Reading:
    """What a message says; `enrolled` tells of each device its mission and rights. Never raises."""
    device, channel = split(message.topic)
    if device is None or channel not in _READERS:
        return Unreadable("topic is not casevac/v1/NAME/report, /event, /status or /batch", device)
    known = enrolled.get(device)
    if known is None:
        reason = f"device {device[:40]} is not enrolled; run: casevac device add {device[:40]}"
        return Unreadable(reason, device, *_numbers(message.payload))
    if known.revoked and channel != "status":
        return Unreadable(_revoked(device), device, *_numbers(message.payload))
    try:
        return _READERS[channel](known, device, message)
    except (BadMessage, msgspec.MsgspecError, *FAULTS) as fault:
        return Unreadable(in_words(fault), device, *_numbers(message.payload))


def opened(message: Message, enrolled: Mapping[str, Enrolment]) -> list[Message]:
    """A batch as messages of its single reports; any other message, or a batch beyond reading, is itself."""
    device, channel = split(message.topic)
    known = enrolled.get(device or "")
    if device is None or channel != "batch" or known is None or known.revoked:
        return [message]
    try:
        reports = batch.unpack(message.payload)
    except BadMessage:
        return [message]  # `read` says why
    return [Message(topic(device, "report"), one, message.received_at, batched=True) for one in reports]


@lru_cache(maxsize=10_000)
def split(topic: str) -> tuple[str | None, str]:
    """The device and the channel of a topic of ours; None and nothing of any other."""
    parts = topic.split("/")
    if len(parts) != 4 or "/".join(parts[:2]) != ROOT:
        return None, ""
    return parts[2], parts[3]


def in_words(fault: Exception) -> str:
    """What is wrong with a message, in one line."""
    if isinstance(fault, RecursionError):
        return "nested too deeply"
    told = str(fault).split("\n", 1)[0][:300]
    for term, word in _WORDS:
        told = told.replace(term, word)
    what, at, field = told.rpartition(" - at `$.")
    return f"{field.rstrip('`')}: {what}" if at else told


def _numbers(payload: bytes) -> tuple[int | None, int | None]:
    """The number of a message that is wrong elsewhere; more tolerant than the dialect (NaN, for one)."""
    try:
        told = json.loads(payload)
    except (RecursionError, ValueError):
        return torn.numbers(payload) or (None, None)
    try:
        numbers = msgspec.convert(told, _Numbers)
    except (msgspec.MsgspecError, RecursionError):
        return None, None
    return numbers.epoch, numbers.n


def _report(known: Enrolment, device: str, message: Message) -> Report:
    told = _REPORTS.decode(message.payload)
    received_at = message.received_at
    at, sent = _instant(told.at), _instant(told.sent) if told.sent else None
    corrected_at, flags = RIGHT.corrected(at, sent, received_at)
    epoch, n = told.epoch, told.n
    if epoch is None or n is None:
        epoch, n = _key(epoch, n, _digest("report", msgspec.to_builtins(told)))
    return Report(
        Position(
            mission=known.mission,
            device=device,
            epoch=epoch,
            n=n,
            at=at,
            corrected_at=corrected_at,
            sent_at=sent,
            received_at=received_at,
            lon=told.lon,
            lat=told.lat,
            altitude=told.alt,
            accuracy=told.accuracy,
            speed=told.speed,
            course=told.course,
            battery=told.battery,
            flags=flags,
        )
    )


def _event(known: Enrolment, device: str, message: Message) -> FieldEvent:
    fields = msgspec.json.decode(message.payload, type=dict[str, Any])
    head = msgspec.convert(fields, EventHead)
    if head.kind not in FIELD_KINDS:
        raise BadMessage(
            f"a device cannot report {head.kind[:40]!r}; known: {', '.join(sorted(FIELD_KINDS))}"
        )
    allowed.may_report(known.rights, head.kind)
    allowed.refuse_nul(fields)
    digest = _digest("event", fields)
    epoch, n = _key(head.epoch, head.n, digest)
    body = {name: value for name, value in fields.items() if name not in ("epoch", "n", "at", "sent", "kind")}
    sent = _instant(head.sent) if head.sent else None
    allowed.zap_ids_only(head.kind, body)
    allowed.own_facility_only(known.rights, head.kind, body)
    return FieldEvent(
        mission=known.mission,
        device=device,
        epoch=epoch,
        n=n,
        digest=digest,
        body=body_from(head.kind, body),
        occurred_at=RIGHT.corrected(_instant(head.at), sent, message.received_at)[0],
        device_at=_instant(head.at),
        sent_at=sent,
        received_at=message.received_at,
    )


def _status(known: Enrolment, device: str, message: Message) -> Status:
    words = {b"online": True, b"1": True, b"offline": False, b"0": False, b"": False}
    plain = message.payload.strip().lower()
    online = words.get(plain)
    if online is None:
        online = msgspec.json.decode(message.payload, type=StatusFields).online
    if online and known.revoked:  # its last will is heard: it is gone
        raise BadMessage(_revoked(device))
    return Status(known.mission, device, online, message.received_at)


def _revoked(device: str) -> str:
    return f"device {device[:40]} is revoked"


def _batch(_known: Enrolment, _device: str, message: Message) -> Unreadable:
    batch.unpack(message.payload)
    return Unreadable("a batch that was not opened")


_READERS: dict[str, Callable[[Enrolment, str, Message], Reading]] = {
    "report": _report,
    "event": _event,
    "status": _status,
    "batch": _batch,
}


def _instant(at: datetime) -> datetime:
    if not _EARLIEST <= at <= _LATEST:
        raise BadMessage(f"time {at.isoformat()} is outside 2000 to 2100")
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def _digest(channel: str, fields: dict[str, Any]) -> bytes:
    """Content without the time of sending, which a resend may renew."""
    said = {name: fields[name] for name in sorted(fields) if name != "sent" and fields[name] is not None}
    return hashlib.sha256(channel.encode() + msgspec.json.encode(said, order="deterministic")).digest()[:16]


def _key(epoch: int | None, n: int | None, digest: bytes) -> tuple[int, int]:
    """The number given by the device; without one, a number drawn from the content."""
    if epoch is not None and n is not None:
        return epoch, n
    if epoch is not None or n is not None:
        raise BadMessage("epoch and n belong together: give both or neither")
    return UNNUMBERED, int.from_bytes(digest[:8], "big") >> 1


def online(state: bool) -> bytes:
    """The payload of /status."""
    return msgspec.json.encode({"online": state})


def status_event(device_online: bool) -> DeviceStatusChanged:
    """The event that a change of /status is."""
    return DeviceStatusChanged(online=device_online)


def device_of(topic: str) -> str | None:
    """The device that a topic of ours names; None for any other topic."""
    return split(topic)[0]


def topic(device: str, channel: str) -> str:
    """The topic of a device's channel."""
    return f"{ROOT}/{device}/{channel}"

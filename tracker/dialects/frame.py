"""What every dialect is made of: who speaks, what was told, and the reading that comes of it; pure."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from casevac.enrolled import Speaker
from casevac.errors import BadMessage
from casevac.events import FIELD_KINDS, body_from
from casevac.offset import RIGHT
from casevac.position import Position
from tracker import allowed
from tracker.wire import UNNUMBERED, FieldEvent, Message, Reading, Report

_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_EARLIEST_S, _LATEST_S = _EARLIEST.timestamp(), _LATEST.timestamp()

Read = Callable[[Message, Speaker], list[Reading]]
"""What a message says. Raises BadMessage (or what msgspec raises), which sets the message aside."""


class Dialect(NamedTuple):
    """One dialect: how it is called, read and heard.

    `topics`: MQTT filters on which a device of it writes, `reads` those it may read; `{name}` stands for its
    login. `gateway`: it speaks for devices that are enrolled under it, never for itself.
    """

    title: str
    read: Read
    topics: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    gateway: bool = False


class Told(msgspec.Struct, gc=False):
    """A position as a dialect told it, in our units: degrees, metres, m/s, degrees true, per cent.

    `flags`: what the dialect itself knows to be wrong, as `quality.BLURRED`. `epoch`: RELAYED when copies of
    the same packet may differ in what they tell.
    """

    at: datetime
    lon: float
    lat: float
    sent: datetime | None = None
    altitude: float | None = None
    accuracy: float | None = None
    speed: float | None = None
    course: float | None = None
    battery: float | None = None
    flags: tuple[str, ...] = ()
    epoch: int = UNNUMBERED


def report(speaker: Speaker, device: str, message: Message, told: Told, same: bytes) -> Report:
    """A reading of a position. `same`: what is equal when the same packet comes by another way, so that it is
    stored once. Raises BadMessage for a value that no place or vehicle has."""
    lon, lat = told.lon, told.lat
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
        raise BadMessage(f"lon {lon:.9g}, lat {lat:.9g} is no place on the earth")
    _check(told)
    received_at = message.received_at
    corrected_at, flags = RIGHT.corrected(told.at, told.sent, received_at)
    return Report(
        Position(
            mission=speaker.known.mission,
            device=device,
            epoch=told.epoch,
            n=drawn(same),
            at=told.at,
            corrected_at=corrected_at,
            sent_at=told.sent,
            received_at=received_at,
            lon=lon,
            lat=lat,
            altitude=told.altitude,
            accuracy=told.accuracy,
            speed=told.speed,
            course=told.course,
            battery=told.battery,
            flags=(*told.flags, *flags) if told.flags else flags,
        )
    )


def _check(told: Told) -> None:
    speed, course, battery = told.speed, told.course, told.battery
    altitude, accuracy = told.altitude, told.accuracy
    if speed is not None and not 0.0 <= speed <= 1500.0:
        raise BadMessage(f"speed {speed:.9g} m/s is none that anything has")
    if course is not None and not 0.0 <= course <= 360.0:
        raise BadMessage(f"course {course:.9g} is not within 0 to 360 degrees")
    if battery is not None and not 0.0 <= battery <= 100.0:
        raise BadMessage(f"battery {battery:.9g} is not within 0 to 100 per cent")
    if altitude is not None and not -1000.0 <= altitude <= 100_000.0:
        raise BadMessage(f"altitude {altitude:.9g} m is none that anything has")
    if accuracy is not None and not 0.0 <= accuracy <= 1_000_000.0:
        raise BadMessage(f"accuracy {accuracy:.9g} m is none that a fix has")


class Happened(NamedTuple):
    """An event as a dialect told it: fields as `casevac contract KIND` names them."""

    kind: str
    fields: dict[str, Any]
    at: datetime
    sent: datetime | None = None


def event(speaker: Speaker, device: str, message: Message, told: Happened, same: bytes) -> FieldEvent:
    """A reading of an event that `device` may tell by its own rights; raises BadMessage. `same` as for
    `report`: it numbers the event, so that it happened once however often it comes."""
    known = speaker.enrolled.get(device, speaker.known)
    if told.kind not in FIELD_KINDS:
        raise BadMessage(f"a device cannot report {told.kind[:40]!r}")
    allowed.may_report(known.rights, told.kind)
    body = dict(told.fields)
    allowed.refuse_nul(body)
    allowed.zap_ids_only(told.kind, body)
    allowed.own_facility_only(known.rights, told.kind, body)
    return FieldEvent(
        mission=known.mission,
        device=device,
        epoch=UNNUMBERED,
        n=drawn(same),
        digest=blake2b(same, digest_size=16).digest(),
        body=body_from(told.kind, body),
        occurred_at=RIGHT.corrected(told.at, told.sent, message.received_at)[0],
        device_at=told.at,
        sent_at=told.sent,
        received_at=message.received_at,
    )


def drawn(same: bytes) -> int:
    """The number of what has none: drawn from its content, 63 bits."""
    return int.from_bytes(blake2b(same, digest_size=8).digest(), "big") >> 1


def in_our_time(at: datetime) -> datetime:
    """An instant of any zone in UTC; raises BadMessage outside 2000 to 2100."""
    if not _EARLIEST <= at <= _LATEST:
        raise BadMessage(f"time {at.isoformat()} is outside 2000 to 2100")
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def instant(seconds: float) -> datetime:
    """POSIX seconds as an instant; raises BadMessage outside 2000 to 2100."""
    if not _EARLIEST_S <= seconds <= _LATEST_S:
        known = f"{seconds:.9g}" if math.isfinite(seconds) else "nothing"
        raise BadMessage(f"time {known} in seconds since 1970 is outside 2000 to 2100")
    return datetime.fromtimestamp(seconds, UTC)

"""OwnTracks JSON, by MQTT or HTTP: the phone app works unchanged; pure.

Formats: the OwnTracks booklet, https://owntracks.org/booklet/tech/json/ and .../tech/http/. Speed is in km/h,
`tst` is the time of the fix in POSIX seconds, `created_at` when the message was built.
"""

import struct
from typing import Annotated

import msgspec
from msgspec import Meta

from casevac.enrolled import Speaker
from casevac.errors import BadMessage
from casevac.events import Lat, Lon
from tracker.dialects.frame import Dialect, Told, instant, report
from tracker.wire import Accuracy, Altitude, Battery, Course, Kept, Message, Reading, Status, Unreadable

NAME = "owntracks"
FRESH_S = 300.0  # a location made so shortly before it came says that its phone is on line
_KMH = Annotated[float, Meta(ge=0, le=5400)]
_SAME = struct.Struct("<ddd").pack


class _Place(msgspec.Struct, gc=False):
    tst: float
    lat: Lat
    lon: Lon
    acc: Accuracy | None = None
    alt: Altitude | None = None
    batt: Battery | None = None
    cog: Course | None = None
    vel: _KMH | None = None
    created_at: float | None = None


class _Location(_Place, tag_field="_type", tag="location", gc=False):
    """Where it is."""


class _Transition(msgspec.Struct, tag_field="_type", tag="transition", gc=False):
    """It entered or left a region; where, is optional."""

    tst: float
    event: str
    lat: Lat | None = None
    lon: Lon | None = None
    acc: Accuracy | None = None


class _LastWill(msgspec.Struct, tag_field="_type", tag="lwt", gc=False):
    """The broker lost it."""

    tst: float | None = None


class _Waypoint(msgspec.Struct, tag_field="_type", tag="waypoint", gc=False):
    """A region that its owner made; numbers may come as text."""

    desc: str
    tst: float


class _Other(msgspec.Struct, gc=False):
    kind: str = msgspec.field(name="_type")


_read = msgspec.json.Decoder(_Location | _Transition | _LastWill | _Waypoint).decode
_read_other = msgspec.json.Decoder(_Other).decode
_WHY = {
    "encrypted": "its payload is encrypted with a key that we do not have: let TLS protect it, and take the"
    " encryption key out of the app",
    "cmd": "a command to a phone says nothing of where it is",
}


def read(message: Message, speaker: Speaker) -> list[Reading]:
    """A location or a transition as a position, a last will as going off line, a waypoint kept.

    Any other `_type` is set aside by its name. A payload of no bytes is what the app's friends are deleted
    with: it says nothing.
    """
    if not message.payload:
        return []
    try:
        told = _read(message.payload)
    except msgspec.ValidationError:
        return [_named(message, speaker)]
    device = speaker.itself_or(_id(message.topic))
    mission = speaker.known.mission
    if isinstance(told, _LastWill):
        return [Status(mission, device, False, message.received_at)]
    at = instant(told.tst)
    if isinstance(told, _Location):
        return _location(message, speaker, device, told)
    word = "transition" if isinstance(told, _Transition) else "waypoint"
    kept = Kept(mission, device, NAME, word, at, message.payload)
    if isinstance(told, _Waypoint) or told.lat is None or told.lon is None:
        return [kept]
    place = Told(at, told.lon, told.lat, accuracy=told.acc)
    return [report(speaker, device, message, place, _SAME(told.tst, told.lon, told.lat)), kept]


def _location(message: Message, speaker: Speaker, device: str, told: _Location) -> list[Reading]:
    speed = told.vel
    place = Told(
        instant(told.tst),
        told.lon,
        told.lat,
        None if told.created_at is None else instant(told.created_at),
        told.alt,
        told.acc,
        None if speed is None else speed / 3.6,
        told.cog,
        told.batt,
    )
    said = report(speaker, device, message, place, _SAME(told.tst, told.lon, told.lat))
    if message.received_at.timestamp() - told.tst > FRESH_S:
        return [said]
    return [said, Status(speaker.known.mission, device, True, message.received_at)]


def _named(message: Message, speaker: Speaker) -> Unreadable:
    """Why a message is not taken: its own words where its type is one of ours, else the type's name."""
    kind = _read_other(message.payload).kind
    if kind in ("location", "transition", "lwt", "waypoint"):
        _read(message.payload)  # raises what is wrong with it
    why = _WHY.get(kind, "it says nothing that is kept")
    return Unreadable(f"OwnTracks {kind[:40]!r}: {why}", speaker.name)


def _id(topic: str) -> str:
    """USER/DEVICE of a topic owntracks/USER/DEVICE[/CHANNEL]; raises BadMessage."""
    parts = topic.split("/")
    if len(parts) < 3:
        raise BadMessage("topic is not owntracks/USER/DEVICE")
    return f"{parts[1]}/{parts[2]}"


DIALECT = Dialect(
    "OwnTracks, the phone app, by MQTT or HTTP",
    read,
    topics=("owntracks/{name}/#",),
    reads=("owntracks/{name}/+/cmd",),
)

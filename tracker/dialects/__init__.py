"""The dialects that devices speak: one table, and one door through which every message is read; pure."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from casevac.enrolled import Enrolled, Speaker
from casevac.errors import BadMessage
from casevac.mission import Enrolment
from tracker import wire
from tracker.dialects import atak, cbor, mapped, meshtastic, owntracks
from tracker.dialects.frame import Dialect
from tracker.dialects.mapping import Map
from tracker.wire import Message, Reading, Unreadable

OWN = "casevac"
_OURS = f"{wire.ROOT}/"

DIALECTS: dict[str, Dialect] = {
    OWN: Dialect("our own: JSON, or CBOR for thin links", lambda message, who: [_own(message, who.enrolled)]),
    owntracks.NAME: owntracks.DIALECT,
    meshtastic.NAME: meshtastic.DIALECT,
    mapped.NAME: mapped.DIALECT,
    atak.NAME: atak.DIALECT,
}
"""By the name under which a device is enrolled."""


def read(message: Message, enrolled: Mapping[str, Enrolment]) -> list[Reading]:
    """Everything a message says, in its order; what is not readable says so. Never raises."""
    if message.topic.startswith(_OURS):
        return [_own(message, enrolled)]
    speaker = enrolled.speaker(message.topic) if isinstance(enrolled, Enrolled) else None
    if speaker is None:
        who = f"who speaks on {message.topic[:80]} is not enrolled"
        return [Unreadable(f"{who}; run: casevac device add NAME --dialect DIALECT")]
    known = speaker.known
    dialect = DIALECTS.get(known.dialect)
    if known.revoked:
        return [Unreadable(f"device {speaker.name} is revoked", speaker.name)]
    if dialect is None:
        why = f"{speaker.name} speaks {known.dialect[:40]!r}, which this version does not know"
        return [Unreadable(why, speaker.name)]
    return _said(dialect, message, speaker)


def filters(enrolled: Enrolled) -> tuple[str, ...]:
    """The MQTT filters by which everybody is heard whose dialect is not ours: where they are the usual ones,
    in the form for all devices of the dialect, so that the next one is heard at once."""
    found: set[str] = set()
    for name, known in enrolled.items():
        if known.topics:
            usual = DIALECTS[known.dialect].topics if known.dialect in DIALECTS else ()
            broad = {one.format(name=name): _for_all(one) for one in usual}
            found.update(broad.get(one, one) for one in known.topics)
    return tuple(sorted(found))


def _for_all(usual: str) -> str:
    """The filter for whatever name: a + stands alone between two /."""
    return "/".join("+" if "{name}" in part else part for part in usual.split("/"))


def tried(one: Map, payload: bytes, topic: str | None, now: datetime) -> list[Reading]:
    """What a payload would say by a map of a gateway that may speak for every device it names; never raises.

    Without a topic one is made that fits the map.
    """
    message = Message(topic or mapped.made_topic(one, payload), payload, now)
    return _said(mapped.DIALECT, message, mapped.anyone(one))


def _said(dialect: Dialect, message: Message, speaker: Speaker) -> list[Reading]:
    try:
        return dialect.read(message, speaker)
    except (BadMessage, msgspec.MsgspecError, *wire.FAULTS) as fault:
        return [Unreadable(wire.in_words(fault), speaker.name)]


def _own(message: Message, enrolled: Mapping[str, Enrolment]) -> Reading:
    """What our own dialect says, as JSON or as CBOR."""
    if not cbor.is_cbor(message.payload):
        return wire.read(message, enrolled)
    try:
        plain = cbor.as_json(message.payload)
    except BadMessage as fault:
        return Unreadable(str(fault), wire.device_of(message.topic))
    return wire.read(msgspec.structs.replace(message, payload=plain), enrolled)

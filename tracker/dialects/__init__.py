"""The dialects that devices speak: one table, and one door through which every message is read; pure."""

from collections.abc import Mapping

import msgspec

from casevac.enrolled import Enrolled
from casevac.errors import BadMessage
from casevac.mission import Enrolment
from tracker import wire
from tracker.dialects import atak, owntracks
from tracker.dialects.frame import Dialect
from tracker.wire import Message, Reading, Unreadable

OWN = "casevac"
_OURS = f"{wire.ROOT}/"

DIALECTS: dict[str, Dialect] = {
    OWN: Dialect(
        "our own: JSON, or CBOR for thin links", lambda message, who: [wire.read(message, who.enrolled)]
    ),
    owntracks.NAME: owntracks.DIALECT,
    atak.NAME: atak.DIALECT,
}
"""By the name under which a device is enrolled."""


def read(message: Message, enrolled: Mapping[str, Enrolment]) -> list[Reading]:
    """Everything a message says, in its order; what is not readable says so. Never raises."""
    if message.topic.startswith(_OURS):
        return [wire.read(message, enrolled)]
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
    try:
        return dialect.read(message, speaker)
    except (BadMessage, msgspec.MsgspecError, *wire.FAULTS) as fault:
        return [Unreadable(wire.in_words(fault), speaker.name)]

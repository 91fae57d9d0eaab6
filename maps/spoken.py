"""A position told by radio: stored like a report of the vehicle itself, with source voice."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from casevac.coordination import Desk, asked, check_heard
from casevac.entities import Json
from casevac.errors import BadMessage, Unknown
from casevac.picture import Picture
from casevac.position import Position
from casevac.store import commands, fixes
from maps.frames import position_json

EPOCH = -2  # no device counts below 0, so spoken numbers never meet theirs
_KNOWN = frozenset(("vehicle", "lon", "lat", "uncertainty_m", "speaker"))


def speak_position(desk: Desk, picture: Picture, fields: Mapping[str, Any], at: datetime | None) -> Json:
    """Store where a vehicle says it is, and who told it; the same under the same key stores nothing new.

    Raises BadMessage in words, Unknown for a vehicle nobody knows, NotPossible for the key of another
    command.
    """
    _complete(picture, fields, at, desk.now)
    digest = asked("position", fields, at)
    key = desk.stored_key
    fix = Position(
        mission=desk.mission,
        device=str(fields["vehicle"]),
        epoch=EPOCH,
        n=_number(key),
        at=at or desk.now,
        corrected_at=min(at or desk.now, desk.now),
        received_at=desk.now,
        lon=float(fields["lon"]),
        lat=float(fields["lat"]),
        accuracy=float(fields.get("uncertainty_m", picture.mission.profile.spoken_place_m)),
        source="voice",
        speaker=str(fields["speaker"]).strip(),
        sent_at=desk.now,
    )
    with desk.db:
        if key is None or commands.claim(desk.db, key, digest, 0):
            fixes.append(desk.db, [fix])
    return {"position": position_json(picture, fix)}


def _complete(picture: Picture, fields: Mapping[str, Any], at: datetime | None, now: datetime) -> None:
    if not str(fields.get("speaker") or "").strip():
        raise BadMessage("say who spoke on the radio: speaker is missing")
    if missing := [name for name in ("vehicle", "lon", "lat") if fields.get(name) in (None, "")]:
        raise BadMessage(f"a position needs a vehicle and a place: {', '.join(missing)} is missing")
    if strange := sorted(set(fields) - _KNOWN):
        raise BadMessage(f"position does not know {', '.join(strange)}; it knows {', '.join(sorted(_KNOWN))}")
    if fields["vehicle"] not in picture.vehicles:
        raise Unknown(f"no vehicle {fields['vehicle']!r} in this mission; look at the list and try again")
    spread = fields.get("uncertainty_m", 0)
    if not isinstance(spread, int | float) or not 0 <= spread <= 1_000_000:
        raise BadMessage("uncertainty_m must be metres from 0 to 1000000")
    check_heard(at, now)


def _number(key: str | None) -> int:
    """A number drawn from the idempotency key, or a random one."""
    drawn = hashlib.blake2b(key.encode(), digest_size=8).digest() if key else secrets.token_bytes(8)
    return int.from_bytes(drawn, "big") >> 1 or 1

"""A position told by radio: stored like a report of the vehicle itself, with source voice."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from casevac.coordination import Desk
from casevac.entities import Json
from casevac.errors import BadMessage, NotPossible, Unknown
from casevac.picture import Picture
from casevac.position import CLOCK_TOLERANCE, Position
from casevac.store import fixes
from maps.frames import position_json

EPOCH = -2  # no device counts below 0, so spoken numbers never meet theirs
_KNOWN = frozenset(("vehicle", "lon", "lat", "uncertainty_m", "speaker"))


def speak_position(desk: Desk, picture: Picture, fields: Mapping[str, Any], at: datetime | None) -> Json:
    """Store where a vehicle says it is; the same idempotency key again stores nothing new.

    Raises BadMessage in words, Unknown for a vehicle nobody knows.
    """
    _complete(picture, fields, at, desk.now)
    told = msgspec.json.encode([fields[name] for name in ("vehicle", "lon", "lat")])
    digest = hashlib.blake2b(told, digest_size=16).digest()
    fix = Position(
        mission=desk.mission,
        device=str(fields["vehicle"]),
        epoch=EPOCH,
        n=_number(desk.key),
        at=at or desk.now,
        corrected_at=min(at or desk.now, desk.now),
        received_at=desk.now,
        lon=float(fields["lon"]),
        lat=float(fields["lat"]),
        digest=digest,
        accuracy=float(fields.get("uncertainty_m", picture.mission.profile.spoken_place_m)),
        source="voice",
    )
    with desk.db:
        claimed = fixes.claim(desk.db, {(fix.device, fix.epoch, fix.n): digest})
        if claimed.reused:
            raise NotPossible("this Idempotency-Key belongs to another position; use a new one")
        fixes.append(desk.db, [fix] if claimed.new else [])
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
    if at is not None and at > now + CLOCK_TOLERANCE:
        raise BadMessage(f"{at:%H:%M:%SZ} is in the future; give the time at which it happened, in UTC")


def _number(key: str | None) -> int:
    """A number drawn from the idempotency key, or a random one."""
    drawn = hashlib.blake2b(key.encode(), digest_size=8).digest() if key else secrets.token_bytes(8)
    return int.from_bytes(drawn, "big") >> 1 or 1

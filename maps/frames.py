"""What crosses the wire between maps and the page: JSON values and encoded stream frames. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from casevac.entities import GROUPS, Json, entities, instant
from casevac.mission import Mission
from casevac.picture import Picture, vehicle_of
from casevac.position import Position
from casevac.quality import spread_m

LOG_LINES = 50


def cursor(epoch: str, seq: int) -> str:
    """The id of a frame: what a reader gives back to resume."""
    return f"{epoch}-{seq}"


def read_cursor(text: str) -> tuple[str, int] | None:
    """Epoch and seq of a frame's id, or None when it is not one."""
    epoch, dash, number = text.strip().rpartition("-")
    if not dash or not epoch or not (number.isascii() and number.isdigit()) or len(number) > 18:
        return None
    return epoch, int(number)


def frame(event: str, body: object, at: str = "") -> bytes:
    """One server-sent event; the body is JSON on one line. NaN cannot pass: it becomes null."""
    head = f"id: {at}\nevent: {event}\ndata: " if at else f"event: {event}\ndata: "
    return head.encode() + msgspec.json.encode(body) + b"\n\n"


def mission_json(mission: Mission) -> Json:
    """The mission as the page's banner needs it."""
    profile = mission.profile
    return {
        "id": mission.id,
        "name": mission.name,
        "kind": mission.kind.value,
        "speed_factor": profile.speed_factor,
        "note": profile.note,
    }


def position_json(picture: Picture, fix: Position) -> Json:
    """One latest position; `at` is by our corrected time, `vehicle` who carries the device.

    `uncertainty_m` is the radius of one that is too vague for a point, else 0.
    """
    return {
        "device": fix.device,
        "vehicle": vehicle_of(picture, fix.device),
        "lon": fix.lon,
        "lat": fix.lat,
        "at": instant(fix.corrected_at),
        "received_at": instant(fix.received_at),
        "speed": fix.speed,
        "course": fix.course,
        "accuracy": fix.accuracy,
        "battery": fix.battery,
        "source": fix.source,
        "speaker": fix.speaker,
        "flags": list(fix.flags),
        "uncertainty_m": round(spread_m(fix)),
        "mission": fix.mission,
    }


def positions_json(picture: Picture, fixes: Iterable[Position]) -> list[Json]:
    """Positions in a fixed order."""
    return [position_json(picture, fix) for fix in sorted(fixes, key=lambda fix: fix.device)]


def snapshot_json(
    epoch: str,
    picture: Picture,
    positions: Mapping[str, Position],
    log: Iterable[Json],
    now: datetime,
    alarms: Mapping[str, Json | None] | None = None,
) -> dict[str, Any]:
    """The whole picture at an instant: what a page starts from, live or in replay.

    Live the `alarms` are those that every viewer was told last, so that the end of each is told too.
    """
    found = entities(picture, now, positions)
    if alarms is not None:
        found["alarms"] = {key: look for key, look in alarms.items() if look is not None}
    return {
        "epoch": epoch,
        "seq": picture.seq,
        "server_time": instant(now),
        "mission": mission_json(picture.mission),
        "entities": {group: found.get(group, {}) for group in GROUPS},
        "positions": positions_json(picture, positions.values()),
        "log": list(log)[-LOG_LINES:],
    }

"""Writes what the page's tests of its decoder read: python -m tests.maps.vectors

Frames of the encoder beside the positions that a second reader found in them, maps/web/test/moves.json.
"""

import json
import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from casevac.picture import empty
from casevac.plain import instant
from casevac.position import Position
from maps.moves import Deltas, row
from tests.maps.unpack import Reader

PLACE = Path(__file__).parents[2] / "maps" / "web" / "test" / "moves.json"
START = datetime(2026, 3, 1, 6, tzinfo=UTC)
TICKS, DEVICES = 12, 16


def made() -> list[dict[str, object]]:
    """Frames: a keyframe of nothing, then moves, jumps, unknown figures, a keyframe in between."""
    lot = random.Random(6)
    lane, reader, picture = Deltas(), Reader(), empty("ex")
    told = [lane.key(instant(START))]
    for tick in range(TICKS):
        rows = {f"d{n}": row(picture, _fix(lot, n, tick)) for n in range(DEVICES) if lot.random() < 0.4}
        body = lane.frame(rows, instant(START))
        told += [body] if body else []
        told += [lane.key(instant(START))] if tick == TICKS // 2 else []
    return [{"frame": body, "positions": _plain(reader.take(body))} for body in told]


def _fix(lot: random.Random, n: int, tick: int) -> Position:
    at = START + timedelta(milliseconds=1000 * tick + lot.randrange(900))
    course, away = lot.choice([None, 360.0, lot.uniform(0, 360)]), lot.choice([1e-4, 1e-4, 60.0])
    return Position(
        mission="ex",
        device=f"d{n}",
        epoch=1,
        n=tick,
        at=at,
        corrected_at=at,
        received_at=at + timedelta(milliseconds=lot.randrange(5000)),
        lon=-170.0 + 8 * n + away * lot.random(),
        lat=-80.0 + 3 * n + away * lot.random() / 2,
        accuracy=lot.choice([None, 5.0, lot.uniform(0, 300)]),
        speed=lot.choice([None, 0.0, lot.uniform(0, 320)]),
        course=course,
        battery=lot.choice([None, 80.0, math.nan]),
        source=lot.choice(["device", "device", "voice"]),
        speaker=lot.choice([None, None, "PATROL <3>"]),
        flags=lot.choice([(), (), ("jump",)]),
    )


def _plain(found: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    def text(value: object) -> object:
        return (
            value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            if isinstance(value, datetime)
            else value
        )

    return {name: {key: text(value) for key, value in one.items()} for name, one in found.items()}


if __name__ == "__main__":
    PLACE.write_text(json.dumps(made(), separators=(",", ":")) + "\n")

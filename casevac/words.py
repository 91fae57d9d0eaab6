"""Durations, instants, distances and guarantees as a coordinator reads them."""

import math
from datetime import UTC, datetime

from casevac.terms import Guarantee

GUARANTEES = {
    Guarantee.A: ("A receipted", "has epoch and n, sent again until a receipt names n: stored, once"),
    Guarantee.B: (
        "B broker",
        "QoS 1 without n: kept by the broker while the door is away, within bounds; no receipt",
    ),
    Guarantee.C: ("C best effort", "QoS 0 without n: what is lost on the way is lost"),
}
"""A class of guarantee in words, and what is promised to whom."""


def minutes(seconds: float) -> str:
    """Whole minutes, rounded up: `12 min`, from two hours on `3 h 05 min`."""
    whole = math.ceil(seconds / 60)
    return f"{whole} min" if whole < 120 else f"{whole // 60} h {whole % 60:02d} min"


def clock_time(at: datetime) -> str:
    """Hours and minutes in UTC, as `14:05Z`."""
    return f"{at.astimezone(UTC):%H:%M}Z"


def km(metres: float) -> str:
    """Kilometres: `0.4 km`, from ten on without a fraction."""
    return f"{metres / 1000:.1f} km" if metres < 10_000 else f"{metres / 1000:.0f} km"


def drift(offset_s: float) -> str:
    """How far a clock is out, as `3.0 days slow`, `12 min ahead`; `right` for none."""
    if not offset_s:
        return "right"
    size, way = abs(offset_s), "ahead" if offset_s > 0 else "slow"
    if size >= 2 * 86_400:
        return f"{size / 86_400:.1f} days {way}"
    return f"{minutes(size)} {way}" if size >= 120 else f"{size:.0f} s {way}"

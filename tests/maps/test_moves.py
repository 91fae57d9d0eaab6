"""Compact differences against the plain JSON of the same positions, to the quanta that are promised."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from casevac.picture import empty
from casevac.position import Position
from maps.frames import position_json
from maps.moves import Deltas, row
from tests.maps.unpack import Reader

PICTURE = empty("ex")
START = datetime(2026, 3, 1, 6, tzinfo=UTC)
NAMES = ("lon", "lat", "speed", "course", "accuracy", "battery")
QUANTA = (0.5e-6, 0.5e-6, 0.125, 0.5, 0.5, 0.5)


def figures(most: float) -> st.SearchStrategy[float | None]:
    return st.none() | st.floats(0, most)


@st.composite
def positions(draw: st.DrawFn) -> Position:
    at = START + timedelta(milliseconds=draw(st.integers(-(10**9), 10**9) | st.integers(0, 3000)))
    return Position(
        mission="ex",
        device=draw(st.sampled_from(["a", "b", "c", "d", "élan <b>", "\u202eright"])),
        epoch=1,
        n=1,
        at=at,
        corrected_at=at,
        received_at=at + timedelta(milliseconds=draw(st.integers(-5000, 10**7))),
        lon=draw(st.floats(-180, 180)),
        lat=draw(st.floats(-90, 90)),
        accuracy=draw(figures(1e5)),
        speed=draw(figures(400)),
        course=draw(figures(360)),
        battery=draw(figures(100)),
        source=draw(st.sampled_from(["device", "voice"])),
        speaker=draw(st.sampled_from([None, "PATROL 3"])),
        flags=draw(st.sampled_from([(), ("jump",), ("blurred", "inaccurate")])),
    )


def same(told: dict, fix: Position) -> bool:
    """True when a reader's position is the plain one to the quanta."""
    plain = position_json(PICTURE, fix)
    late = [fix.corrected_at - told["at"], fix.received_at - told["received_at"]]
    for name, quantum in zip(NAMES, QUANTA, strict=True):
        was, now = plain[name], told[name]
        if (was is None) != (now is None):
            return False
        apart = abs(was - now) if was is not None else 0
        if min(apart, abs(apart - 360) if name == "course" else apart) > quantum + 1e-9:
            return False
    whole = ("device", "vehicle", "source", "speaker", "flags", "uncertainty_m", "mission")
    return all(plain[name] == told[name] for name in whole) and all(
        timedelta(0) <= one < timedelta(milliseconds=101) for one in late
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(positions(), max_size=8), min_size=1, max_size=6), st.integers(0, 5))
def test_a_reader_holds_the_latest_whenever_it_joins(ticks: list[list[Position]], joins: int) -> None:
    lane, first, late = Deltas(), Reader(), Reader()
    first.take(lane.key("t"))
    truth: dict[str, Position] = {}
    held: dict[str, dict] = {}
    held_late: dict[str, dict] = {}
    for tick, fixes in enumerate(ticks):
        news = {fix.device: fix for fix in fixes}
        truth |= news
        told = lane.frame({device: row(PICTURE, fix) for device, fix in news.items()}, "t")
        if told is not None:
            held |= first.take(told)
            if late.n >= 0:
                held_late |= late.take(told)
        if tick == joins:
            held_late = late.take(lane.key("t"))
    assert held.keys() == truth.keys()
    assert all(same(held[device], fix) for device, fix in truth.items())
    if late.n >= 0:
        assert held_late == held


def test_what_did_not_change_is_not_told() -> None:
    lane, fix = Deltas(), _fix()
    assert lane.frame({"a": row(PICTURE, fix)}, "t") is not None
    assert lane.frame({"a": row(PICTURE, fix)}, "t") is None
    assert lane.n == 1


def _fix() -> Position:
    return Position(
        mission="ex", device="a", epoch=1, n=1, at=START, corrected_at=START, received_at=START, lon=19, lat=5
    )

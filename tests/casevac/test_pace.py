"""Speeds told in a wrong unit, against the way: winding roads, stops, turning back and silence are none."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from casevac.pace import Pace, gone
from casevac.position import Position

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
DEGREE_M = 111_320.0


def fix(seconds: float, east_m: float, north_m: float, speed: float | None) -> Position:
    at = NOW + timedelta(seconds=seconds)
    lon, lat = 18.5 + east_m / DEGREE_M / math.cos(math.radians(4.4)), 4.4 + north_m / DEGREE_M
    return Position(
        mission="m", device="d", epoch=-1, n=1, at=at, corrected_at=at, received_at=at, lon=lon,
        lat=lat, speed=speed,
    )  # fmt: skip


def along(fixes: Iterable[Position]) -> Pace | None:
    pace = None
    for one in fixes:
        pace = gone(pace, one)
    return pace


def driving(factor: float, every_s: float, *, winding: float = 0.0, count: int = 200) -> list[Position]:
    """14 m/s to the east, told `factor` times, swinging `winding` metres to either side."""
    return [
        fix(n * every_s, 14 * n * every_s, winding * math.sin(14 * n * every_s / 150), 14 * factor)
        for n in range(count)
    ]


@pytest.mark.parametrize("every_s", [1, 30, 120])
def test_a_speed_in_a_wrong_unit_is_found_at_any_interval(every_s: float) -> None:
    for factor, sign in ((3.6, 1), (1 / 3.6, -1)):
        pace = along(driving(factor, every_s))
        assert pace is not None
        assert pace.wrong
        assert pace.odd * sign > 0


@pytest.mark.parametrize("every_s", [1, 30, 120])
def test_a_right_speed_on_a_winding_road_is_right(every_s: float) -> None:
    pace = along(driving(1.3, every_s, winding=120))
    assert pace is not None
    assert pace.odd == 0


def test_one_stretch_decides_nothing_and_one_that_agrees_ends_the_doubt() -> None:
    wrong = driving(3.6, 30, count=3)
    pace = along(wrong)
    assert pace is not None
    assert 0 < pace.odd < 3
    right = [fix(90 + n * 30, 840 + n * 420, 0, 14.0) for n in range(3)]
    pace = along([*wrong, *right])
    assert pace is not None
    assert not pace.odd


def test_who_circles_stands_or_is_silent_is_not_doubted() -> None:
    circling = [fix(n * 5, 100 * math.cos(n / 1.4), 100 * math.sin(n / 1.4), 14.0) for n in range(300)]
    standing = [fix(n * 5, 3 * (n % 2), 0, 0.2) for n in range(300)]
    silent = [fix(n * 900, n * 5000, 0, 0.0) for n in range(50)]
    untold = [fix(n * 30, n * 420, 0, None) for n in range(50)]
    for way in (circling, standing, silent, untold):
        pace = along(way)
        assert pace is None or not pace.wrong


def test_what_comes_late_changes_nothing() -> None:
    fixes = driving(1.0, 10, count=20)
    pace = along(fixes)
    assert gone(pace, fixes[3]) is pace


def test_over_the_date_line() -> None:
    told = [
        Position(
            mission="m", device="d", epoch=-1, n=1, at=NOW + timedelta(seconds=60 * n),
            corrected_at=NOW + timedelta(seconds=60 * n), received_at=NOW,
            lon=(179.9 + n * 0.01 + 180) % 360 - 180, lat=0.0, speed=18.5,
        )
        for n in range(30)
    ]  # fmt: skip
    pace = along(told)
    assert pace is not None
    assert pace.odd == 0

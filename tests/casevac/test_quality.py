"""Flags of reported positions, and what a doubtful one means for those who are sent."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac.fleet import placed, start_of, vehicles_for
from casevac.mission import FixBounds
from casevac.picture import Picture, empty
from casevac.position import Position
from casevac.quality import (
    BLURRED,
    INACCURATE,
    JUMP,
    STALE,
    Past,
    blur_m,
    doubt,
    look,
    past_of,
    spread_m,
    top_speed,
)
from casevac.terms import VehicleKind
from casevac.view import View
from tests.casevac.scenes import A, after, alert, ambulance, told

BOUNDS = FixBounds()
GROUND = top_speed(BOUNDS, VehicleKind.GROUND, 1.0)
BRIA = (21.98633, 6.54233)


def fix(at_s: float = 0.0, lon: float = BRIA[0], lat: float = BRIA[1], **more: Any) -> Position:
    at = after(at_s)
    fields: dict[str, Any] = {"corrected_at": at, "received_at": at, "sent_at": at, **more}
    return Position(mission="M", device="AMB", epoch=1, n=1, at=at, lon=lon, lat=lat, **fields)


def flags_of(*fixes: Position, top_ms: float = GROUND) -> list[tuple[str, ...]]:
    """The flags of reports that came one after the other."""
    found, past = [], None
    for one in fixes:
        flags, past = look(BOUNDS, top_ms, past, one)
        found.append(flags)
    return found


def test_a_good_report_earns_no_flag() -> None:
    assert (
        flags_of(fix(0, accuracy=8.0), fix(5, lon=21.98701, accuracy=9.0), fix(10, lon=21.98777)) == [()] * 3
    )


@pytest.mark.parametrize(
    ("more", "flags"),
    [
        ({"accuracy": 100.0}, ()),
        ({"accuracy": 101.0}, (INACCURATE,)),
        ({"accuracy": 2500.0}, (INACCURATE, BLURRED)),
        ({"sent_at": after(301)}, (STALE,)),
        ({"sent_at": after(299)}, ()),
        ({"sent_at": None, "received_at": after(9e4)}, ()),  # late, but nobody says that it was sent late
        ({"lon": 21.99, "lat": 6.54}, (BLURRED,)),
        ({"lon": 22.0, "lat": 7.0}, (BLURRED,)),
        ({"lon": 21.99}, ()),  # one round coordinate is chance
        ({"lon": 21.986, "lat": 6.542}, ()),  # so are two of three decimals, once
    ],
)
def test_what_a_report_says_of_itself(more: dict[str, Any], flags: tuple[str, ...]) -> None:
    assert flags_of(fix(**more)) == [flags]


def test_three_decimals_are_a_blur_when_they_come_again() -> None:
    blurred = [fix(at, lon=round(21.986 + at / 1e4, 3), lat=6.542) for at in (0.0, 10.0, 20.0)]
    assert flags_of(*blurred) == [(), (BLURRED,), (BLURRED,)]
    assert flags_of(blurred[0], fix(5), blurred[1]) == [()] * 3


def test_a_jump_is_what_the_vehicle_cannot_do() -> None:
    km_10 = 0.0905
    assert flags_of(fix(0), fix(60, lon=BRIA[0] + km_10)) == [(), (JUMP,)]
    assert flags_of(fix(0), fix(600, lon=BRIA[0] + km_10)) == [(), ()]
    air = top_speed(BOUNDS, VehicleKind.AIR, 1.0)
    assert flags_of(fix(0), fix(100, lon=BRIA[0] + km_10), top_ms=air) == [(), ()]
    exercise = top_speed(
        BOUNDS, VehicleKind.GROUND, 10.0
    )  # vehicles that move ten times as fast as real ones
    assert flags_of(fix(0), fix(60, lon=BRIA[0] + km_10), top_ms=exercise) == [(), ()]
    assert top_speed(BOUNDS, None, 1.0) == 300.0


def test_the_report_after_a_jump_is_believed_and_so_is_a_second_one_over_there() -> None:
    far = BRIA[0] + 1.00001
    assert flags_of(fix(0), fix(10, lon=far), fix(20)) == [(), (JUMP,), ()]
    assert flags_of(fix(0), fix(10, lon=far), fix(20, lon=far), fix(30)) == [(), (JUMP,), (), (JUMP,)]


def test_across_the_date_line_is_near() -> None:
    assert flags_of(fix(0, lon=179.99991), fix(10, lon=-179.99991)) == [(), ()]


def test_a_late_report_is_measured_against_the_newest_and_does_not_replace_it() -> None:
    newest = past_of(fix(3600))
    flags, past = look(BOUNDS, GROUND, newest, fix(0, lon=BRIA[0] + 0.5001, sent_at=None))
    assert (flags, past) == ((), newest)
    flags, _ = look(BOUNDS, GROUND, newest, fix(3590, lon=BRIA[0] + 0.5001, sent_at=None))
    assert flags == (JUMP,)


@given(st.floats(-180, 180), st.floats(-90, 90), st.integers(0, 3))
def test_a_blurred_place_lies_within_its_radius(lon: float, lat: float, decimals: int) -> None:
    shown = fix(lon=round(lon, decimals), lat=round(lat, decimals))
    east, north = (shown.lon - lon) * 111_320, (shown.lat - lat) * 111_320
    assert (east**2 + north**2) ** 0.5 <= blur_m(shown) * 1.001


@given(
    st.lists(
        st.tuples(
            st.floats(-1e6, 1e6), st.floats(-180, 180), st.floats(-90, 90), st.none() | st.floats(0, 1e6)
        ),
        max_size=20,
    )
)
def test_any_reports_are_judged(reports: list[tuple[float, float, float, float | None]]) -> None:
    past: Past | None = None
    for at, lon, lat, accuracy in reports:
        flags, past = look(BOUNDS, GROUND, past, fix(at, lon=lon, lat=lat, accuracy=accuracy))
        assert set(flags) <= {INACCURATE, BLURRED, STALE, JUMP}
        assert len(set(flags)) == len(flags)


def view(*, lon: float, lat: float, flags: tuple[str, ...], **more: Any) -> View:
    picture: Picture = told(empty("M"), (0, ambulance("AMB")), (0, alert("R", A)))
    return View(picture, after(60), {"AMB": fix(30, lon=lon, lat=lat, flags=flags, **more)}, by_vehicle=True)


def test_a_blurred_vehicle_counts_with_its_radius_and_one_known_to_degrees_starts_at_home() -> None:
    near = view(lon=22.01, lat=6.53, flags=(BLURRED,))
    vehicle = near.picture.vehicles["AMB"]
    known = placed(near, "AMB")
    assert known is not None and round(spread_m(known)) == 787
    assert doubt(known) == "has a position known to 0.8 km only"
    start = start_of(near, vehicle)
    assert start is not None and (start.lon, start.lat) == (22.01, 6.53)
    far = view(lon=22.0, lat=7.0, flags=(BLURRED,))
    start = start_of(far, vehicle)
    assert start is not None and start.name == "home of AMB"


def test_a_vehicle_too_vague_and_without_a_home_is_refused_with_the_reason() -> None:
    far = view(lon=22.0, lat=7.0, flags=(BLURRED,))
    card = ambulance("AMB-2", lon=None, lat=None)  # type: ignore[arg-type]  # a vehicle without a home
    picture = told(far.picture, (0, card))
    lost = View(picture, far.now, {"AMB-2": fix(30, lon=22.0, lat=7.0, flags=(BLURRED,))}, by_vehicle=True)
    poi = start_of(far, far.picture.vehicles["AMB"])
    assert poi is not None
    _, _, refused = vehicles_for(lost, [lost.picture.casualties[A]], poi)
    assert [one.why for one in refused if one.what == "AMB-2"] == ["is known to 79 km only and has no home"]


def test_a_jump_and_a_wide_accuracy_are_told_in_words() -> None:
    assert doubt(fix(flags=(JUMP,))) == "was last reported where it cannot have got to in the time"
    assert doubt(fix(flags=(INACCURATE,), accuracy=450.0)) == "has a position known to 0.5 km only"
    assert doubt(fix(accuracy=8.0)) == ""
    assert spread_m(fix(accuracy=8.0)) == 0.0
    assert spread_m(fix(accuracy=1000.0, source="voice")) == 1000.0

"""When a vague place is reached: the earliest and the latest over its circle."""

import pytest

from casevac.shipped import shipped
from casevac.vague import Circle, between_s, octant, samples, spreads_s
from geo.errors import UnknownProfile, Unreachable
from geo.lonlat import LonLat, distance_m
from geo.national import read_geojson
from geo.profile import load_profiles
from geo.routing import Router

BRIA, BAMBARI, SEA = LonLat(21.98633, 6.54233), LonLat(20.67565, 5.76795), LonLat(0.0, 0.0)


@pytest.fixture(scope="module")
def router() -> Router:
    roads = read_geojson(shipped("roads_car.geojson"))
    return Router(roads, load_profiles(shipped("profiles.json")), max_snap_m=20_000.0)


def test_a_circle_is_tried_at_its_middle_and_rim():
    points = samples(Circle(BRIA, 5000.0))
    assert points[0] == BRIA
    assert [round(distance_m(BRIA, one)) for one in points[1:]] == [5000] * 8
    assert samples(Circle(BRIA, 10.0)) == [BRIA]
    assert octant(BRIA, points[2]) == "NE"


def test_a_point_has_the_times_of_its_route(router):
    route = router.route(BRIA, BAMBARI, "ambulance")
    spread = between_s(router, Circle(BRIA, 0.0), Circle(BAMBARI, 0.0), "ambulance")
    assert (spread.low, spread.high) == pytest.approx((route.seconds_p50, route.seconds_p90))
    assert (spread.samples, spread.skipped) == (1, 0)


def test_the_wider_the_circle_the_wider_the_range(router):
    spreads = [
        between_s(router, Circle(BRIA, 0.0), Circle(BAMBARI, radius), "ambulance")
        for radius in (0, 5000, 15_000)
    ]
    lows, highs = [one.low for one in spreads], [one.high for one in spreads]
    assert lows == sorted(lows, reverse=True) and highs == sorted(highs)
    route = router.route(BRIA, BAMBARI, "ambulance")
    assert lows[2] < route.seconds_p50 < route.seconds_p90 < highs[2]


def test_each_of_several_origins_has_its_own(router):
    near = LonLat(20.7, 5.78)
    both = spreads_s(router, [BRIA, near], Circle(BAMBARI, 2000.0), "ambulance")
    assert both == [
        between_s(router, Circle(one, 0.0), Circle(BAMBARI, 2000.0), "ambulance") for one in (BRIA, near)
    ]
    assert spreads_s(router, [BRIA], Circle(SEA, 5000.0), "ambulance") == [None]


def test_points_off_the_roads_are_left_out_and_counted(router):
    spread = between_s(router, Circle(BRIA, 0.0), Circle(BAMBARI, 60_000.0), "ambulance")
    assert spread.samples == 9
    assert 0 < spread.skipped < 9
    with pytest.raises(Unreachable, match="nothing within that circle"):
        between_s(router, Circle(BRIA, 0.0), Circle(SEA, 5000.0), "ambulance")
    with pytest.raises(UnknownProfile):
        between_s(router, Circle(BRIA, 0.0), Circle(BAMBARI, 5000.0), "unicorn")


def test_two_vague_ends_widen_it_more(router):
    one = between_s(router, Circle(BRIA, 0.0), Circle(BAMBARI, 5000.0), "ambulance")
    two = between_s(router, Circle(BRIA, 5000.0), Circle(BAMBARI, 5000.0), "ambulance")
    assert two.low <= one.low and two.high > one.high


def test_a_flight_too(router):
    spread = between_s(router, Circle(BRIA, 0.0), Circle(BAMBARI, 20_000.0), "helicopter")
    cruise = router.profiles["helicopter"].cruise_kmh / 3.6
    point = between_s(router, Circle(BRIA, 0.0), Circle(BAMBARI, 0.0), "helicopter")
    assert point.low - spread.low == pytest.approx(20_000 / cruise, rel=0.05)
    with pytest.raises(Unreachable):
        between_s(router, Circle(BRIA, 0.0), Circle(SEA, 0.0), "helicopter")

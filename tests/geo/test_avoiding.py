"""Closed areas: against an oracle without the closed roads, a real bridge, the demo's roads, on foot."""

import math
import random

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.area import band, circle, digest, polygon
from geo.errors import BadArea, BadPlace, UnknownProfile, Unreachable
from geo.foot import carry
from geo.lonlat import GEOD, LonLat, distance_m
from geo.roads import Roads
from geo.routing import Router
from geo.terms import BRIDGE
from tests.geo.oracle import arcs_of, least, node, pairs, unbound

BRIA, IPPY, BAMBARI = LonLat(21.98633, 6.54233), LonLat(21.20, 6.25), LonLat(20.67565, 5.76795)


# --- areas


def test_a_circle_holds_what_lies_within_its_radius_in_any_direction():
    area = circle("C", -8.6, 41.1, 1000.0)
    for azimuth in range(0, 360, 7):
        inside, outside = (GEOD.fwd(-8.6, 41.1, azimuth, metres)[:2] for metres in (999.5, 1010.0))
        assert area.holds(LonLat(*inside))
        assert not area.holds(LonLat(*outside))


def test_a_line_has_half_its_width_on_either_side():
    area = band("B", [(20.0, 45.0), (20.0, 46.0)], 2000.0)
    for azimuth in (90, 270):
        assert area.holds(LonLat(*GEOD.fwd(20.0, 45.5, azimuth, 985)[:2]))
        assert not area.holds(LonLat(*GEOD.fwd(20.0, 45.5, azimuth, 1015)[:2]))


def test_a_polygon_is_met_by_a_path_that_only_crosses_it():
    area = polygon("P", [(20, 5), (21, 5), (21, 6), (20, 6)])
    assert area.meets([LonLat(19, 5.5), LonLat(22, 5.5)])
    assert not area.meets([LonLat(19, 5.5), LonLat(19.9, 7)])
    assert area.meets([LonLat(20.5, 5.5)])


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda: circle("X", 10, 5, 0), BadArea),
        (lambda: circle("X", 10, 5, math.nan), BadArea),
        (lambda: circle("X", 10, 95, 10), BadPlace),
        (lambda: band("X", [(10, 5)], 10), BadArea),
        (lambda: polygon("X", [(10, 5), (11, 5), (10, 5)]), BadArea),
        (lambda: polygon("X", [(-179, 5), (179, 5), (179, 6)]), BadArea),
    ],
)
def test_what_is_no_area_is_refused_in_one_line(make, fault):
    with pytest.raises(fault) as told:
        make()
    assert "\n" not in str(told.value)


def test_the_digest_goes_by_the_areas_not_by_their_order():
    one, two = circle("A", 10, 5, 100), band("B", [(10, 5), (11, 5)], 50)
    assert digest([one, two]) == digest([two, one]) != digest([one])


# --- against the oracle


def without(roads: Roads, profile, shut) -> dict:
    """The oracle's arcs on a network that never had the shut stretches."""
    kept = np.flatnonzero(~shut)
    names = ("tail", "head", "metres", "highway", "surface", "motor", "foot", "maxspeed", "flags", "fixed_s")
    names += ("hgv", "motorcycle", "smoothness", "maxweight", "maxheight", "maxwidth")
    return arcs_of(Roads({**roads.arrays, **{name: roads.arrays[name][kept] for name in names}}), profile)


@pytest.mark.parametrize("engine", ["cch", "scipy", "networkx"])
@pytest.mark.parametrize(
    ("name", "profile"), [("andorra-2023", "ambulance"), ("andorra-2016", "litter-team")]
)
def test_routes_round_areas_agree_with_an_oracle_without_the_closed_roads(
    extract, profiles, engine, name, profile
):
    roads, chance = extract(name), random.Random(4)
    middle = [node(roads, chance.randrange(roads.nodes)) for _ in range(6)]
    areas = [circle(f"C{i}", *place, 150 + 200 * i) for i, place in enumerate(middle)]
    shut = shapely.intersects(roads.lines(), shapely.union_all([each.shape for each in areas]))
    assert shut.sum() > 10
    router = Router(roads, unbound(profiles), engine=engine).avoiding(areas)
    arcs, compared, parted = without(roads, profiles[profile], shut), 0, 0
    for a, b in pairs(roads, arcs, 25, seed=9):
        expected = least(arcs, a, b)
        try:
            route = router.route(node(roads, a), node(roads, b), profile)
        except Unreachable as fault:
            assert math.isinf(expected), fault
            parted += 1
            continue
        assert not any(each.meets(route.path) for each in areas)
        if route.access_m < 1.0:
            assert route.seconds_p50 == pytest.approx(expected, rel=1e-6, abs=0.01)
            compared += 1
    assert compared > 8


def test_the_table_is_the_routes_round_areas_too(extract, profiles):
    roads, chance = extract("andorra-2023"), random.Random(8)
    places = [node(roads, chance.randrange(roads.nodes)) for _ in range(8)]
    areas = [circle("HERE", *places[0], 400), circle("C", *places[1], 60), circle("D", 1.52, 42.51, 900)]
    router = Router(roads, profiles).avoiding(areas)
    table = router.table(places, places[::-1], "ambulance")
    for i, a in enumerate(places):
        for j, b in enumerate(places[::-1]):
            try:
                route = router.route(a, b, "ambulance")
            except Unreachable as fault:
                assert math.isinf(table.seconds_p50[i, j])
                assert table.reasons[i, j].partition(" closure ")[0] in str(fault)
            else:
                assert table.seconds_p50[i, j] == pytest.approx(route.seconds_p50, rel=1e-6)
    assert "the way is closed by HERE" in table.reasons[0, 1]


# --- a real bridge


def test_a_closed_bridge_sends_the_ambulance_over_another_one(extract, profiles):
    """Porto's bridges over the Douro: with the one on the best way closed, the way is another and longer."""
    roads = extract("porto")
    router, north, south = Router(roads, profiles), LonLat(-8.6110, 41.1455), LonLat(-8.6090, 41.1330)
    best = router.route(north, south, "ambulance")
    over = max(
        (arc for arc in best.arcs if roads.flags[arc.stretch] & BRIDGE and "Ponte" in arc.name),
        key=lambda arc: arc.metres,
    )
    shape = [tuple(point) for point in roads.shape(over.stretch).tolist()]
    closed = router.avoiding([band("BRIDGE-1", shape, 10.0)])
    around = closed.route(north, south, "ambulance")
    assert around.seconds_p50 > best.seconds_p50
    assert over.stretch not in {arc.stretch for arc in around.arcs}
    assert closed.digest != router.digest == roads.digest
    assert router.route(north, south, "ambulance") == best
    ring = [LonLat(*GEOD.fwd(*south, azimuth, 900)[:2]) for azimuth in range(0, 361, 5)]
    with pytest.raises(Unreachable, match="no way but through the closure RING"):
        router.avoiding([band("RING", ring, 30)]).route(north, south, "ambulance")


# --- the demo's roads


def test_a_closure_between_towns_parts_them_and_is_named(national, profiles):
    router = Router(national, profiles)
    whole = router.route(BRIA, BAMBARI, "ambulance")
    for i, (a, b) in enumerate(zip(whole.path, whole.path[1:], strict=False)):
        if distance_m(a, b) < 5000:
            continue
        middle = (a.lon + b.lon) / 2, (a.lat + b.lat) / 2
        closed = router.avoiding([circle(f"BRIDGE-{i}", *middle, 500)])
        table = closed.table([BRIA], [BAMBARI], "ambulance")
        if math.isfinite(table.seconds_p50[0, 0]):
            assert table.seconds_p50[0, 0] > whole.seconds_p50
        else:
            assert f"no way but through the closure BRIDGE-{i}" in table.reasons[0, 0]


def test_every_road_out_of_a_town_closed_is_told(national, profiles):
    wall = [LonLat(*GEOD.fwd(*BRIA, azimuth, 8000)[:2]) for azimuth in range(0, 361, 10)]
    closed = Router(national, profiles).avoiding([band("CORDON", wall, 400)])
    with pytest.raises(Unreachable, match="no way but through the closure CORDON"):
        closed.route(BRIA, BAMBARI, "ambulance")
    within = LonLat(*GEOD.fwd(*BRIA, 200, 50)[:2])
    assert closed.route(BRIA, within, "ambulance").metres < 200


def test_the_near_part_of_a_closed_road_may_still_be_used(national, profiles):
    """The lines of this network are as long as the way between towns: a bridge out closes not all of it."""
    router = Router(national, profiles)
    path = router.route(BRIA, BAMBARI, "ambulance").path
    along = shapely.LineString(path[:2])
    near, far = (LonLat(*along.interpolate(f, normalized=True).coords[0]) for f in (0.1, 0.5))
    closed = router.avoiding([circle("BRIDGE-1", *far, 300)])
    assert closed.route(BRIA, near, "ambulance") == router.route(BRIA, near, "ambulance")
    with pytest.raises(Unreachable, match="the way is closed by BRIDGE-1"):
        closed.route(BRIA, far, "ambulance")
    for profile in ("ambulance", "litter-team"):
        reasons = closed.table([near], [far], profile).reasons
        assert "closed by BRIDGE-1" in reasons[0, 0]


def test_the_same_areas_give_the_same_router_and_none_gives_the_whole(national, profiles):
    router, one, two = Router(national, profiles), circle("A", 20, 5, 100), circle("B", 21, 5, 100)
    assert router.avoiding([]) is router
    assert router.avoiding([one, two]) is router.avoiding([two, one])
    assert router.avoiding([one]).avoiding([two]) is router.avoiding([one, two])
    assert router.avoiding([one]).net("ambulance").costs.p50 is router.net("ambulance").costs.p50
    assert len({router.digest, router.avoiding([one]).digest, router.avoiding([two]).digest}) == 3


@given(
    st.lists(st.tuples(st.integers(0, 4000), st.integers(30, 900)), min_size=1, max_size=4),
    st.integers(0, 999),
)
@example(closed=[(1249, 30)], seed=542)
@example(closed=[(228, 276)], seed=934)
@settings(max_examples=25, deadline=None)
def test_a_closure_never_makes_a_way_quicker_from_the_same_road(extract, profiles, closed, seed):
    roads, chance = extract("andorra-2016"), random.Random(seed)
    if ("andorra",) not in _ROUTERS:
        _ROUTERS["andorra",] = Router(roads, profiles)
    router = _ROUTERS["andorra",]
    places = [node(roads, chance.randrange(roads.nodes)) for _ in range(4)]
    areas = [circle(f"C{i}", *node(roads, n % roads.nodes), metres) for i, (n, metres) in enumerate(closed)]
    before = router.table(places, places, "ambulance")
    after = router.avoiding(areas).table(places, places, "ambulance")
    for i, j in np.argwhere(after.seconds_p50 < before.seconds_p50 - ROUNDING_S).tolist():
        # only where the nearest road now leads nowhere, and the longer walk to another one pays
        led, leads = (
            each.route(places[i], places[j], "ambulance") for each in (router, router.avoiding(areas))
        )
        assert leads.access_m > led.access_m
    for (i, j), why in after.reasons.items():
        parted = math.isfinite(before.seconds_p50[i, j])
        assert parted == ("closure" in why or "closed by" in why)


_ROUTERS: dict = {}
ROUNDING_S = 0.5  # ways are compared in whole milliseconds an arc


def test_the_road_nearest_to_a_place_is_one_that_is_open(extract, profiles):
    roads = extract("porto")
    router, place = Router(roads, profiles), LonLat(-8.61, 41.15)
    point, away = router.road_point(place, "ambulance")
    shut = circle("C", *point, 5.0)
    other, farther = router.avoiding([shut]).road_point(place, "ambulance")
    assert not shut.holds(other)
    assert away <= farther <= away + 500


# --- on foot


def test_a_litter_goes_by_path_or_across_whichever_is_sooner(national, profiles):
    router = Router(national, profiles)
    place = LonLat(*GEOD.fwd(*BRIA, 45, 1000)[:2])
    point, away = router.road_point(place, "ambulance")
    found = carry(router, place, point, "litter-team")
    assert away == pytest.approx(distance_m(place, point), rel=1e-3)
    assert found.seconds_p90 > found.seconds_p50 > distance_m(place, point) / (5 / 3.6)
    assert found.path[0] == place
    with pytest.raises(Unreachable, match="more than the 5 km that a team can carry"):
        carry(router, place, LonLat(*GEOD.fwd(*BRIA, 45, 9000)[:2]), "litter-team")
    with pytest.raises(UnknownProfile, match="does not walk"):
        carry(router, place, point, "ambulance")


def test_a_litter_does_not_go_through_a_closure(national, profiles):
    router, place = Router(national, profiles), LonLat(*GEOD.fwd(*BRIA, 45, 1000)[:2])
    wall = [LonLat(*GEOD.fwd(*place, azimuth, 300)[:2]) for azimuth in range(0, 361, 10)]
    with pytest.raises(Unreachable, match="on foot is closed by WALL"):
        carry(router.avoiding([band("WALL", wall, 20)]), place, BRIA, "litter-team")

"""Why a way is the way: pieces add up; the direct road that was not taken; with and without hazards."""

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.area import band, circle
from geo.errors import OffNetwork, UnknownProfile
from geo.explain import explain, side_by_side, spelt_far, spelt_time, why_not
from geo.hazards import Hazard
from geo.lonlat import LonLat
from geo.routing import Router
from tests.geo.drawn import at, roads_of, town
from tests.geo.oracle import node
from tests.geo.test_hazards import hazard_sets

TOWN = town(7, seed=3)
# A straight road of 20 km with a longer one round it to the north, and a longer one still to the south.
START, END, MID = at(0, 0), at(20_000, 0), at(10_000, 0)
LINES = [
    ("STRAIGHT", [(0, 0), (20_000, 0)]),
    ("NORTH", [(0, 0), (10_000, 8_000), (20_000, 0)]),
    ("SOUTH", [(0, 0), (10_000, -14_000), (20_000, 0)]),
]


@pytest.fixture(scope="module")
def router(profiles) -> Router:
    return Router(roads_of(LINES), profiles)


@pytest.fixture(scope="module")
def seasons(profiles) -> list[Router]:
    """By day and night, dry and wet."""
    every = itertools.product(("dry", "wet"), (False, True))
    return [Router(TOWN, profiles, season=season, night=night) for season, night in every]


def closure(name: str = "Bridge at Sibut") -> Hazard:
    return Hazard("C", name, "closure", circle(name, *MID, 200))


def names(route) -> list[str]:
    """Roads of a route, without what only snapping rounds off."""
    return list(dict.fromkeys(arc.name for arc in route.arcs if arc.metres > 5.0))


# --- pieces


@given(hazard_sets(most=4), st.integers(0, 10_000))
@settings(max_examples=200, deadline=None)
def test_the_pieces_of_an_explanation_add_up_to_the_route(seasons, hazards, seed):
    chance = random.Random(seed)
    router = chance.choice(seasons).under(hazards)
    a, b = (node(TOWN, chance.randrange(TOWN.nodes)) for _ in range(2))
    told = side_by_side(router, a, b, "ambulance")
    if told.now is None:
        assert told.reason
        return
    found = explain(router, told.now, "ambulance")
    total = sum(piece.seconds for piece in found.pieces) + found.walk_s
    assert total == pytest.approx(told.now.seconds_p50, rel=1e-9, abs=1e-6)
    assert sum(piece.exposure_s for piece in found.pieces) == pytest.approx(told.now.exposure_s, abs=1e-6)
    assert sum(piece.danger_s for piece in found.pieces) == pytest.approx(told.now.danger_s, abs=1e-6)
    assert not any(piece.closed for piece in found.pieces)
    assert all(piece.slow_s >= -1e-9 and piece.danger_s >= 0 for piece in found.pieces)
    assert "\n" not in found.words


def test_a_summary_tells_season_slow_zone_and_threat(profiles):
    roads = roads_of(LINES[:1])
    slow = Hazard("S", "Flood at the ford", "slow", circle("S", *MID, 3000), speed_factor=0.5)
    threat = Hazard("T", "Ambush", "threat", circle("T", *MID, 2000), severity=4)
    router = Router(roads, profiles, season="wet").under([slow, threat])
    route = router.route(START, END, "ambulance")
    found = explain(router, route, "ambulance")
    assert "dry and by day" in found.words
    assert "more for 'Flood at the ford'" in found.words
    assert "inside 'Ambush' (severity 4)" in found.words
    (piece,) = found.pieces
    assert piece.slow_s == pytest.approx(0.3 * (piece.base_s + piece.season_s), rel=0.01)
    assert piece.danger_s == pytest.approx(4 * piece.exposure_s)
    assert piece.season_s >= 0.0


def test_a_way_across_the_ground_is_said_to_be_one(router):
    route = router.route(at(10_000, 900), at(10_050, 900), "ambulance")
    assert route.arcs == ()
    assert "straight across the ground" in explain(router, route, "ambulance").words


# --- why not the direct road


def test_a_closed_road_is_named_with_what_closes_it_and_how_far_from_the_start(router):
    found = why_not(router.under([closure()]), START, END, "ambulance")
    assert names(found.route) == ["NORTH"]
    (other,) = found.others
    assert (other.kind, other.label) == ("open", "STRAIGHT")
    assert [each.name for each in other.closed] == ["Bridge at Sibut"]
    assert other.closed[0].metres == pytest.approx(9_800, abs=30)
    assert other.now_s == math.inf
    quicker = spelt_time(found.route.seconds_p50 - other.free_s)
    shorter = spelt_far(found.route.metres - other.route.metres)
    assert found.words == (
        f"STRAIGHT is {quicker} quicker and {shorter} shorter "
        "but is closed by 'Bridge at Sibut' 9.8 km from the start"
    )
    back = why_not(router.under([closure()]), at(20_000, 0), at(2_000, 0), "ambulance")
    assert back.others[0].closed[0].metres == pytest.approx(9_800, abs=30)


def test_a_threat_on_the_direct_road_is_told_with_what_it_counts(router):
    under = router.under([Hazard("T", "Ambush", "threat", circle("T", *MID, 3000), severity=9)])
    found = why_not(under, START, END, "ambulance")
    assert names(found.route) == ["NORTH"]
    (other,) = found.others
    assert other.closed == ()
    assert other.now_s == pytest.approx(other.free_s)
    assert "inside 'Ambush' (severity 9), which counts as" in found.words


def test_a_slow_zone_on_the_direct_road_is_told_with_what_it_costs(router):
    under = router.under([Hazard("S", "Mud", "slow", circle("S", *MID, 5000), speed_factor=0.1)])
    found = why_not(under, START, END, "ambulance")
    assert names(found.route) == ["NORTH"]
    assert "is slowed by 'Mud' by" in found.words
    assert "so takes" in found.words


def test_a_one_way_route_is_told_to_who_would_go_against_it(router):
    line = Hazard("O", "MSR TIGER", "oneway", band("O", [START, END], 60))
    against = why_not(router.under([line]), END, START, "ambulance")
    assert names(against.route) == ["NORTH"]
    assert "closed by 'MSR TIGER'" in against.words
    assert names(why_not(router.under([line]), START, END, "ambulance").route) == ["STRAIGHT"]


def test_a_road_closed_in_the_wet_season_is_told_in_the_wet_season_only(profiles):
    roads = roads_of(LINES, wet="STRAIGHT")
    wet = why_not(Router(roads, profiles, season="wet"), START, END, "ambulance")
    assert names(wet.route) == ["NORTH"]
    assert wet.others[0].kind == "dry"
    assert "STRAIGHT" in wet.words
    assert "closed by the wet season" in wet.words
    dry = why_not(Router(roads, profiles), START, END, "ambulance")
    assert dry.others == ()
    assert dry.words == "no way is shorter or quicker: it is the direct one"


def test_without_any_way_the_direct_roads_and_what_closes_them_are_told(profiles):
    router = Router(roads_of(LINES[:1]), profiles).under([closure()])
    found = why_not(router, START, END, "ambulance")
    assert found.route is None
    assert "no way for ambulance" in found.words
    assert "STRAIGHT would take" in found.words
    assert "closed by 'Bridge at Sibut'" in found.words


def test_places_off_the_network_and_unknown_vehicles_are_refused(router):
    with pytest.raises(OffNetwork):
        why_not(router, LonLat(0, 0), END, "ambulance")
    with pytest.raises(UnknownProfile):
        why_not(router, START, END, "hovercraft")


@given(hazard_sets(most=4), st.integers(0, 10_000))
@settings(max_examples=100, deadline=None)
def test_what_was_rejected_is_closed_or_costs_no_less(seasons, hazards, seed):
    """The way chosen has the least cost: every other is closed, or as dear with its threats."""
    chance = random.Random(seed)
    router = chance.choice(seasons).under(hazards)
    a, b = (node(TOWN, chance.randrange(TOWN.nodes)) for _ in range(2))
    found = why_not(router, a, b, "ambulance")
    if found.route is None:
        return
    mine = found.route.seconds_p50 + found.route.danger_s
    for other in found.others:
        assert bool(other.closed) == math.isinf(other.now_s)
        assert other.now_s + sum(piece.danger_s for piece in other.pieces) >= mine * (1 - 1e-6) - 1.0


# --- side by side


def test_side_by_side_tells_what_hazards_cost_and_which(router):
    found = side_by_side(router.under([closure()]), START, END, "ambulance")
    assert (names(found.now), names(found.without)) == (["NORTH"], ["STRAIGHT"])
    assert found.hazards == ("Bridge at Sibut",)
    assert "for 'Bridge at Sibut'" in found.words
    calm = side_by_side(router, START, END, "ambulance")
    assert calm.now == calm.without
    assert calm.words.startswith("no hazard is on the way")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (3599, "1 h 00 min"),
        (3660, "1 h 01 min"),
        (7500, "2 h 05 min"),
    ],
)
def test_times_are_spelt_as_they_are_said(seconds, told):
    assert spelt_time(seconds) == told


@pytest.mark.parametrize(
    ("metres", "told"), [(7, "7 m"), (994, "994 m"), (996, "1.0 km"), (19_900, "19.9 km"), (61_400, "61 km")]
)
def test_distances_are_spelt_as_they_are_said(metres, told):
    assert spelt_far(metres) == told

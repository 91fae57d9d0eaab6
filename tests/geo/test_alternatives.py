"""Other ways: really different, not much longer, sensible piece by piece, and the same on every engine."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.alternatives import Limits, alternatives
from geo.area import circle
from geo.errors import GeoError, Unreachable
from geo.hazards import Hazard
from geo.lonlat import LonLat
from geo.routing import Router
from tests.geo.drawn import at, roads_of, town
from tests.geo.oracle import arcs_of, least, node
from tests.geo.test_hazards import hazard_sets

TOWN = town(9, seed=8)


@pytest.fixture(scope="module")
def whole(profiles) -> Router:
    return Router(TOWN, profiles)


def driven(route) -> list[tuple[int, bool]]:
    return [(arc.stretch, arc.end > arc.begin) for arc in route.arcs]


def cost(route) -> float:
    return route.seconds_p50 + route.danger_s


def shared(best, other) -> float:
    """The part of the best way's seconds that the other drives too, told by the pieces of both."""
    mine = {(arc.stretch, arc.end > arc.begin) for arc in other.arcs}
    total = sum(arc.seconds for arc in best.arcs)
    return sum(arc.seconds for arc in best.arcs if (arc.stretch, arc.end > arc.begin) in mine) / total


@given(hazard_sets(most=3), st.integers(0, 10_000))
@settings(max_examples=150, deadline=None)
def test_other_ways_keep_the_limits_under_any_hazards(whole, hazards, seed):
    chance = random.Random(seed)
    router = whole.under(hazards)
    a, b = (node(TOWN, chance.randrange(TOWN.nodes)) for _ in range(2))
    try:
        best = router.route(a, b, "ambulance")
    except Unreachable:
        with pytest.raises(Unreachable):
            alternatives(router, a, b, "ambulance")
        return
    limits = Limits(ways=4, shared=0.5, longer=0.3)
    found = alternatives(router, a, b, "ambulance", limits)
    assert found[0].route == best
    assert (found[0].shared, found[0].longer) == (1.0, 0.0)
    assert len(found) <= 4
    costs = [cost(each.route) for each in found]
    assert costs == sorted(costs)
    for each in found[1:]:
        assert each.route.path[0] == best.path[0]
        assert each.route.path[-1] == best.path[-1]
        assert len(set(driven(each.route))) == len(each.route.arcs)
        assert each.shared <= 0.5
        assert cost(each.route) <= 1.3 * cost(best) + 0.1
        assert all(router.laid.clear(arc.stretch, arc.begin, arc.end) for arc in each.route.arcs)
    for i, each in enumerate(found):
        for other in found[:i]:
            assert set(driven(each.route)) != set(driven(other.route))


def test_what_is_shared_is_what_the_pieces_tell(profiles):
    router, compared = Router(TOWN, profiles), 0
    for seed in range(40):
        chance = random.Random(seed)
        a, b = (node(TOWN, chance.randrange(TOWN.nodes)) for _ in range(2))
        best, *others = alternatives(router, a, b, "ambulance") if a != b else (None,)
        for each in others:
            assert each.shared == pytest.approx(shared(best.route, each.route), abs=1e-6)
            assert each.longer == pytest.approx(cost(each.route) / cost(best.route) - 1.0, abs=1e-3)
            compared += 1
    assert compared > 40


def test_no_way_goes_round_a_block_for_the_sake_of_it(profiles):
    """Every piece of a way up to a tenth of the best one is, by an oracle, the quickest between its ends."""
    router, arcs, looked = Router(TOWN, profiles), arcs_of(TOWN, profiles["ambulance"]), 0
    for seed in range(30):
        chance = random.Random(seed)
        a, b = (node(TOWN, chance.randrange(TOWN.nodes)) for _ in range(2))
        found = alternatives(router, a, b, "ambulance")
        for each in found[1:]:
            inner = [arc for arc in each.route.arcs if {arc.begin, arc.end} == {0.0, 1.0}]
            run = np.concatenate(([0.0], np.cumsum([arc.seconds for arc in inner])))
            for i in range(len(inner)):
                j = max(
                    i + 1,
                    int(np.searchsorted(run, run[i] + found[0].route.seconds_p50 / 10, side="right")) - 1,
                )
                ends = [
                    int((TOWN.tail if (arc.end > arc.begin) == first else TOWN.head)[arc.stretch])
                    for arc, first in ((inner[i], True), (inner[j - 1], False))
                ]
                assert run[j] - run[i] <= least(arcs, *ends) + 0.01 * (j - i)
                looked += 1
    assert looked > 200


def test_the_engines_find_the_same_ways(profiles):
    routers = [Router(TOWN, profiles, engine=engine) for engine in ("cch", "scipy", "networkx")]
    for seed in range(12):
        chance = random.Random(seed)
        a, b = (node(TOWN, chance.randrange(TOWN.nodes)) for _ in range(2))
        one, *others = (alternatives(router, a, b, "ambulance") for router in routers)
        for other in others:
            assert [driven(each.route) for each in one] == [driven(each.route) for each in other]
        assert one == alternatives(routers[0], a, b, "ambulance")


def test_two_roads_round_a_lake_are_both_told(profiles):
    shores = [("NORTH", [(0, 0), (5000, 2000), (10_000, 0)]), ("SOUTH", [(0, 0), (5000, -2500), (10_000, 0)])]
    roads = roads_of([*shores, ("IN", [(-2000, 0), (0, 0)]), ("OUT", [(10_000, 0), (12_000, 0)])])
    router = Router(roads, profiles)
    found = alternatives(router, at(-2000, 0), at(12_000, 0), "ambulance")
    assert [[arc.name for arc in each.route.arcs] for each in found] == [
        ["IN", "NORTH", "OUT"],
        ["IN", "SOUTH", "OUT"],
    ]
    assert 0.2 < found[1].shared < 0.35
    assert 0.0 < found[1].longer < 0.1
    closed = router.under([Hazard("C", "c", "closure", circle("C", *at(5000, 2000), 50))])
    only = alternatives(closed, at(-2000, 0), at(12_000, 0), "ambulance")
    assert [[arc.name for arc in each.route.arcs] for each in only] == [["IN", "SOUTH", "OUT"]]


def test_a_place_on_the_same_road_or_across_the_ground_has_one_way(profiles):
    router = Router(TOWN, profiles)
    shape = TOWN.shape(0)
    a, b = LonLat(*shape[0]), LonLat(*(0.7 * shape[0] + 0.3 * shape[1]))
    assert len(alternatives(router, a, b, "ambulance")) == 1
    assert len(alternatives(router, a, a, "ambulance")) == 1
    far = node(TOWN, TOWN.nodes - 1)
    assert len(alternatives(router, a, far, "ambulance", Limits(ways=1))) == 1


@pytest.mark.parametrize(
    "values",
    [{"ways": 0}, {"ways": 11}, {"shared": -0.1}, {"shared": float("nan")}, {"longer": 1.1}, {"local": 0.0}],
)
def test_limits_that_mean_nothing_are_refused(values):
    with pytest.raises(GeoError, match="alternatives"):
        Limits(**values)


def test_a_real_city_has_other_ways_between_most_places(extract, profiles):
    roads = extract("porto")
    router, chance, told = Router(roads, profiles), random.Random(5), []
    for _ in range(12):
        a, b = (node(roads, chance.randrange(roads.nodes)) for _ in range(2))
        try:
            found = alternatives(router, a, b, "ambulance")
        except Unreachable:
            continue
        told.append(len(found))
        for each in found[1:]:
            assert shared(found[0].route, each.route) <= 0.65  # parts of streets at the ends come on top
    assert sum(each >= 2 for each in told) >= 0.75 * len(told)

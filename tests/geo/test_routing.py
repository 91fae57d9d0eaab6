"""The Router against an independent Dijkstra, networkx, and the facts of the ground."""

import math
import random
import statistics
from itertools import pairwise
from typing import ClassVar

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.costs import costs
from geo.dijkstra import ScipyEngine
from geo.ends import INF, ends
from geo.engines import ENGINES
from geo.errors import BadPlace, GeoError, OffNetwork, UnknownProfile, Unreachable
from geo.lonlat import LonLat, distance_m
from geo.osm import import_extract
from geo.roads import Roads
from geo.routing import Router
from geo.snapping import nearest
from tests.geo.conftest import shared
from tests.geo.oracle import agreed, arcs_of, least, node, taxi_distances, unbound


@pytest.mark.parametrize(
    ("name", "profile", "count"),
    [("porto", "ambulance", 12), ("douala", "truck", 12), ("andorra-2023", "ambulance-4x4", 60),
     ("andorra-2016", "litter-team", 40), ("andorra-2013", "motorbike", 60), ("bangladesh", "ambulance", 60)],
)  # fmt: skip
def test_routes_agree_with_an_independent_dijkstra(extract, profiles, name, profile, count):
    roads = extract(name)
    right, reached = agreed(roads, Router(roads, unbound(profiles)), profile, count)
    assert right == count
    assert reached >= count * 0.4


@pytest.mark.parametrize(("name", "used"), [("andorra-2023", ENGINES), ("porto", ("cch", "scipy"))])
def test_engines_agree(extract, profiles, name, used):
    roads = extract(name)
    places = [node(roads, n) for n in random.Random(3).sample(range(roads.nodes), 12)]
    routers = [Router(roads, profiles, engine=each) for each in used]
    one, *others = (each.table(places, places, "ambulance") for each in routers)
    for other in others:
        assert np.allclose(one.seconds_p50, other.seconds_p50, atol=0.1)
        assert one.reasons == other.reasons
    assert np.isfinite(one.seconds_p50).sum() > 60
    for a, b in pairwise(places):
        told = {round(way.seconds_p50) for each in routers if (way := _route(each, a, b)) is not None}
        assert len(told) <= 1


def _route(router, a, b):
    try:
        return router.route(a, b, "ambulance")
    except Unreachable:
        return None


def test_start_and_end_along_a_stretch(extract, profiles):
    """Places between nodes: the oracle gets them as nodes of their own."""
    roads = extract("andorra-2023")
    router, arcs = Router(roads, unbound(profiles)), arcs_of(roads, profiles["ambulance"])
    weights, chance, compared = costs(roads, profiles["ambulance"], "dry"), random.Random(5), 0
    open_ = np.flatnonzero(weights.passable)
    for _ in range(60):
        ends = []
        for _ in range(2):
            shape = shapely.LineString(roads.shape(int(chance.choice(open_))))
            point = shape.interpolate(chance.random(), normalized=True)
            ends.append(nearest(roads, weights.passable, LonLat(point.x, point.y), 5000))
        expected = _between(roads, arcs, weights, ends)
        if math.isinf(expected):
            continue
        route = router.route(ends[0].point, ends[1].point, "ambulance")
        compared += 1
        assert route.seconds_p50 == pytest.approx(expected, rel=1e-4, abs=0.5)
    assert compared > 40


def _between(roads, arcs, weights, ends) -> float:
    a, b = ends
    best = math.inf
    if a.stretch == b.stretch:
        along = weights.p50[2 * a.stretch + (b.fraction < a.fraction)]
        best = along * abs(b.fraction - a.fraction)
    for arc, start, part in _sides(roads, a, leaving=True):
        for brc, end, qart in _sides(roads, b, leaving=False):
            if np.isfinite(weights.p50[arc]) and np.isfinite(weights.p50[brc]):
                best = min(best, weights.p50[arc] * part + least(arcs, start, end) + weights.p50[brc] * qart)
    return best


def _sides(roads, anchor, *, leaving):
    e, f = anchor.stretch, anchor.fraction
    tail, head = int(roads.tail[e]), int(roads.head[e])
    return (
        [(2 * e, head, 1 - f), (2 * e + 1, tail, f)]
        if leaving
        else [(2 * e, tail, f), (2 * e + 1, head, 1 - f)]
    )


# A one-way ring 1-2-3-4 with a two-way spur to 5.
RING = """<osm version="0.6">
<node id="1" version="1" lon="10.00" lat="5.00"/><node id="2" version="1" lon="10.01" lat="5.00"/>
<node id="3" version="1" lon="10.01" lat="5.01"/><node id="4" version="1" lon="10.00" lat="5.01"/>
<node id="5" version="1" lon="9.99" lat="5.00"/><node id="6" version="1" lon="10.30" lat="5.00"/>
<node id="7" version="1" lon="10.31" lat="5.00"/><node id="8" version="1" lon="10.005" lat="5.0005"/>
<node id="9" version="1" lon="10.006" lat="5.0005"/>
<way id="1" version="1"><nd ref="1"/><nd ref="2"/>
 <tag k="highway" v="primary"/><tag k="oneway" v="yes"/></way>
<way id="2" version="1"><nd ref="3"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="oneway" v="-1"/></way>
<way id="3" version="1"><nd ref="3"/><nd ref="4"/><nd ref="1"/>
 <tag k="highway" v="primary"/><tag k="oneway" v="yes"/></way>
<way id="4" version="1"><nd ref="5"/><nd ref="1"/><tag k="highway" v="primary"/></way>
<way id="5" version="1"><nd ref="6"/><nd ref="7"/><tag k="highway" v="primary"/></way>
<way id="6" version="1"><nd ref="8"/><nd ref="9"/><tag k="highway" v="service"/></way>
</osm>"""


@pytest.fixture(scope="module")
def ring(tmp_path_factory) -> Roads:
    path = tmp_path_factory.mktemp("ring") / "ring.osm"
    path.write_text(RING)
    return import_extract(path)


def test_one_way_streets_are_obeyed_by_vehicles_and_not_by_walkers(ring, profiles):
    router = Router(ring, profiles)
    ahead, behind = LonLat(10.008, 5.0), LonLat(10.002, 5.0)
    with_it, against = router.route(behind, ahead, "ambulance"), router.route(ahead, behind, "ambulance")
    assert with_it.metres == pytest.approx(distance_m(behind, ahead), rel=1e-3)
    assert len(with_it.arcs) == 1
    around = 2 * (distance_m(LonLat(10, 5), LonLat(10.01, 5)) + distance_m(LonLat(10, 5), LonLat(10, 5.01)))
    assert against.metres == pytest.approx(around - with_it.metres, rel=1e-3)
    walked = router.route(ahead, behind, "litter-team")
    assert walked.metres == pytest.approx(with_it.metres, rel=1e-3)


def test_route_is_drawn_and_summed_arc_by_arc(ring, profiles):
    route = Router(ring, profiles).route(LonLat(9.99, 5.0001), LonLat(10.005, 5.01), "ambulance")
    assert route.metres == pytest.approx(sum(arc.metres for arc in route.arcs) + route.access_m)
    assert route.metres == pytest.approx(
        sum(distance_m(a, b) for a, b in zip(route.path, route.path[1:], strict=False)), rel=1e-3
    )
    assert route.path[0] == LonLat(9.99, 5.0001) and route.path[-1] == LonLat(10.005, 5.01)
    assert route.access_m == pytest.approx(11.06, abs=0.1)
    walking = route.access_m / (profiles["ambulance"].access_kmh / 3.6)
    assert route.seconds_p50 == pytest.approx(sum(arc.seconds for arc in route.arcs) + walking)
    assert route.seconds_p90 > route.seconds_p50 * 1.2
    assert not route.estimated


def test_a_fragment_next_to_the_road_does_not_trap_a_place(ring, profiles):
    """The nearest way leads nowhere: the road 55 m farther stands in; an island 30 km off does not."""
    router, on_fragment = Router(ring, profiles), LonLat(10.0055, 5.0006)
    route = router.route(on_fragment, LonLat(9.99, 5.0), "ambulance")
    assert 60 < route.access_m < 80
    table = router.table([on_fragment], [LonLat(9.99, 5.0), LonLat(10.305, 5.0)], "ambulance")
    assert table.seconds_p50[0, 0] == pytest.approx(route.seconds_p50)
    assert table.metres[0, 0] == pytest.approx(route.metres)
    assert "no road or ferry joins" in table.reasons[0, 1]


def test_same_place_and_same_stretch(ring, profiles):
    router, place = Router(ring, profiles), LonLat(10.005, 5.0)
    assert router.route(place, place, "ambulance").seconds_p50 == pytest.approx(0, abs=0.01)
    assert router.table([place], [place], "ambulance").metres[0, 0] == pytest.approx(0, abs=0.01)


def test_islands_are_out_of_reach_with_a_reason(extract, profiles):
    roads = extract("bangladesh")
    router = Router(roads, profiles)
    net = router.net("ambulance")
    islands = net.islands[: roads.nodes]
    first, second = np.argsort(np.bincount(islands))[::-1][:2]
    here, there = (node(roads, int(np.flatnonzero(islands == each)[0])) for each in (first, second))
    with pytest.raises(Unreachable, match="no road or ferry joins") as fault:
        router.route(here, there, "ambulance")
    assert "flight leg" in str(fault.value) and "\n" not in str(fault.value)
    (reach,) = router.nearest(here, [there], "ambulance", k=1)
    assert math.isinf(reach.seconds_p50) and str(fault.value).startswith(f"{reach.reason}; the nearest point")


def test_a_point_in_the_sea_says_how_far_the_road_is(extract, profiles):
    router = Router(extract("porto"), profiles)
    sea, town = LonLat(-9.35, 41.15), LonLat(-8.61, 41.15)
    with pytest.raises(OffNetwork, match=r"is 5\d km from the nearest road.*within 5 km"):
        router.route(sea, town, "ambulance")
    with pytest.raises(OffNetwork):
        router.nearest(sea, [town], "ambulance", k=1)
    table = router.table([town, sea], [town], "ambulance")
    assert table.seconds_p50[0, 0] == 0 and math.isinf(table.seconds_p50[1, 0])
    assert "nearest road" in table.reasons[1, 0]


def test_max_snap_is_a_limit_on_the_way_to_the_road(ring, profiles):
    place = LonLat(9.99, 4.98)  # 2.2 km south of the spur's end
    assert (
        Router(ring, profiles, max_snap_m=2500).route(place, LonLat(9.99, 5.0), "ambulance").access_m > 2000
    )
    with pytest.raises(OffNetwork, match=r"is 2\.2 km from the nearest road.*within 0\.3 km"):
        Router(ring, profiles, max_snap_m=300).route(place, LonLat(9.99, 5.0), "ambulance")


@pytest.mark.parametrize("place", [(math.nan, 5.0), (10.0, 91.0), (181.0, 5.0), (10.0, math.inf)])
def test_bad_places_are_refused_everywhere(ring, profiles, place):
    router, good, bad = Router(ring, profiles), LonLat(10, 5), LonLat(*place)
    for ask in (
        lambda: router.route(bad, good, "ambulance"),
        lambda: router.route(good, bad, "ambulance"),
        lambda: router.table([good], [bad], "ambulance"),
        lambda: router.nearest(bad, [good], "ambulance", 1),
    ):
        with pytest.raises(BadPlace):
            ask()


def test_unknown_words_are_refused(ring, profiles):
    router = Router(ring, profiles)
    for name in ("tank", "helicopter"):
        with pytest.raises(UnknownProfile, match=name):
            router.route(LonLat(10, 5), LonLat(10, 5.01), name)
    with pytest.raises(GeoError, match="season"):
        Router(ring, profiles, season="spring")
    with pytest.raises(GeoError, match="engine"):
        Router(ring, profiles, engine="magic")


def test_table_is_the_routes(extract, profiles):
    roads = extract("andorra-2023")
    router, chance = Router(roads, profiles), random.Random(11)
    west, south, east, north = roads.bounds
    places = [LonLat(chance.uniform(west, east), chance.uniform(south, north)) for _ in range(9)]
    table = router.table(places[:5], places, "ambulance")
    for i, a in enumerate(places[:5]):
        for j, b in enumerate(places):
            try:
                route = router.route(a, b, "ambulance")
            except (OffNetwork, Unreachable) as fault:
                assert math.isinf(table.seconds_p50[i, j]) and str(fault).startswith(table.reasons[i, j])
                continue
            row = table.seconds_p50[i, j], table.seconds_p90[i, j], table.metres[i, j]
            assert row == pytest.approx((route.seconds_p50, route.seconds_p90, route.metres), rel=1e-6)
            assert (i, j) not in table.reasons


class Counting(ScipyEngine):
    """Counts its searches."""

    searches: ClassVar[list[bool]] = []

    def search(self, nodes, offsets, *, reverse):
        self.searches.append(reverse)
        return super().search(nodes, offsets, reverse=reverse)


def test_one_search_a_place_of_the_shorter_side_where_every_search_is_a_long_one(extract, profiles):
    roads = extract("douala")
    engine = Router(roads, profiles, engine="scipy").net("ambulance").engine
    counting, chance = Counting(engine.ground, engine.weights), random.Random(2)
    many = ends(12, [(place, chance.randrange(roads.nodes), 5) for place in range(12)])
    few = ends(2, [(place, chance.randrange(roads.nodes), 0) for place in range(2)])
    there = counting.table(many, few)
    assert counting.searches == [True, True]
    counting.searches.clear()
    back = counting.table(few, many)
    assert counting.searches == [False, False]
    assert (there.cost == back.cost.T).all()  # this extract has no one-way streets
    assert (there.cost < INF).any()


def test_places_closer_together_than_to_the_road_are_reached_straight(ring, profiles):
    router, place, beside = Router(ring, profiles), LonLat(9.99, 4.99), LonLat(9.9901, 4.99)
    route = router.route(place, beside, "ambulance")
    assert route.metres == route.access_m == pytest.approx(distance_m(place, beside))
    assert route.path == (place, beside) and route.arcs == ()
    assert route.seconds_p50 == pytest.approx(route.metres / (4 / 3.6))
    table = router.table([place, beside], [place, beside], "ambulance")
    assert table.metres.tolist() == [[0.0, pytest.approx(route.metres)], [pytest.approx(route.metres), 0.0]]
    assert table.seconds_p90[0, 1] == pytest.approx(route.seconds_p90)


def test_a_long_way_to_the_road_is_an_estimate(ring, profiles):
    """Both ends count together: 332 m each are too much, one alone is not."""
    router, off, on = Router(ring, profiles), LonLat(9.992, 4.997), LonLat(9.998, 5.0)
    far = LonLat(9.998, 5.003)
    assert not router.route(off, on, "ambulance").estimated
    assert not router.route(on, far, "ambulance").estimated
    both = router.route(off, far, "ambulance")
    assert both.access_m > 500
    assert both.estimated


def test_a_long_way_straight_across_is_an_estimate(ring, profiles):
    router, place = Router(ring, profiles), LonLat(9.99, 4.99)
    assert not router.route(place, LonLat(9.994, 4.99), "ambulance").estimated
    assert router.route(place, LonLat(9.996, 4.99), "ambulance").estimated


def test_empty_lists(ring, profiles):
    router = Router(ring, profiles)
    assert router.table([], [], "ambulance").seconds_p50.shape == (0, 0)
    assert router.table([LonLat(10, 5)], [], "ambulance").metres.shape == (1, 0)
    assert router.nearest(LonLat(10, 5), [], "ambulance", 3) == []


def test_nearest_comes_soonest_first_and_unreachable_last(ring, profiles):
    places = [
        LonLat(10.305, 5.0),
        LonLat(10.01, 5.005),
        LonLat(9.995, 5.0),
        LonLat(10.002, 5.0),
        LonLat(0, 0),
    ]
    found = Router(ring, profiles).nearest(LonLat(9.99, 5.0), places, "ambulance", k=2)
    assert [each.index for each in found] == [2, 3, 0, 4]
    assert [each.reason is None for each in found] == [True, True, False, False]


@pytest.fixture(scope="module")
def andorra(extract, profiles) -> Router:
    return Router(extract("andorra-2016"), profiles)


places = st.tuples(st.integers(0, 4700), st.integers(0, 4700), st.integers(0, 4700))


@given(places)
@settings(max_examples=40, deadline=None)
def test_no_detour_is_quicker(andorra, chosen):
    a, b, c = (node(andorra.roads, n) for n in chosen)
    table = andorra.table([a, b], [b, c], "ambulance")
    (ab, ac), (_, bc) = table.seconds_p50
    walk = andorra.table([b], [b], "ambulance").seconds_p50[0, 0]
    if np.isfinite([ab, ac, bc]).all() and walk < 1e-6:
        assert ac <= ab + bc + 0.5  # ways are compared in whole milliseconds an arc
    assert (table.seconds_p90 >= table.seconds_p50).all()


@given(places)
@settings(max_examples=30, deadline=None)
def test_on_foot_there_and_back_take_as_long(andorra, chosen):
    a, b, _ = (node(andorra.roads, n) for n in chosen)
    table = andorra.table([a, b], [a, b], "litter-team")
    there, back = table.seconds_p50[0, 1], table.seconds_p50[1, 0]
    assert there == pytest.approx(back, rel=1e-9) or (math.isinf(there) and math.isinf(back))
    straight = distance_m(a, b)
    if math.isfinite(there):
        assert table.metres[0, 1] >= straight * 0.999 - 1


def test_taxi_tracks_lie_on_the_network(extract, profiles):
    roads = extract("porto")
    away = taxi_distances(roads, profiles["ambulance"], shared("tracks", "porto_taxi_sample_st4ml.csv"))[::4]
    assert len(away) > 3000
    assert statistics.median(away) < 10
    assert statistics.quantiles(away, n=20)[-1] < 100

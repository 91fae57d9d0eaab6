"""Reach: against the router's own tables, cut at the rim, nested, never shrinking, by road and by air."""

import math
from itertools import pairwise

import networkx
import numpy as np
import pytest
import shapely
import shapely.ops
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.area import band, circle
from geo.detour import course
from geo.errors import BadPlace, GeoError, OffNetwork, UnknownProfile, Unreachable
from geo.flown import Pad, disc_m, discs, fetched_s, flown_s
from geo.hazards import Hazard
from geo.interchange import to_geodataframe, to_networkx
from geo.lonlat import GEOD, LonLat, distance_m, distances_m
from geo.ports import ports
from geo.reach import Isochrone, Wanted, by_air, places_s, reach
from geo.routing import Router
from geo.samples import samples
from geo.swept import Source, on_network, swept

TOWN = LonLat(1.5211, 42.5063)  # Andorra la Vella
OTHERS = [LonLat(1.4880, 42.4640), LonLat(1.5800, 42.5400), LonLat(1.6500, 42.5650)]


@pytest.fixture(scope="module")
def andorra(extract, profiles):
    return Router(extract("andorra-2023"), profiles)


@pytest.fixture(scope="module")
def places(andorra):
    """Places all over the network, most of them off the road."""
    chance, (west, south, east, north) = np.random.default_rng(5), andorra.roads.bounds
    return [
        LonLat(float(x), float(y))
        for x, y in zip(chance.uniform(west, east, 80), chance.uniform(south, north, 80), strict=True)
    ]


@pytest.mark.parametrize("inward", [False, True])
@pytest.mark.parametrize("profile", ["ambulance", "litter-team"])
def test_one_search_says_what_the_table_says(andorra, places, inward, profile):
    near = [one for one in places if _near_road(andorra, one, profile)]
    found = swept(andorra, [Source(TOWN)], profile, inward=inward)
    mine = places_s(andorra, found, near, 5000.0)
    table = andorra.table(near, [TOWN], profile) if inward else andorra.table([TOWN], near, profile)
    theirs = table.seconds_p50.ravel()
    reached = np.isfinite(mine)
    assert reached.sum() > 20
    far = np.asarray([distance_m(TOWN, one) > 5000 for one in near])
    assert np.allclose(mine[reached & far], theirs[reached & far], atol=0.2)  # whole thousandths, each arc


def _near_road(router: Router, place: LonLat, profile: str) -> bool:
    try:
        return router.road_point(place, profile)[1] < 1500
    except OffNetwork:
        return False


def test_of_several_sources_the_soonest_counts(andorra, places):
    near = [one for one in places if _near_road(andorra, one, "ambulance")]
    late = [Source(one, 120.0 * number) for number, one in enumerate(OTHERS)]
    together = places_s(andorra, swept(andorra, late, "ambulance"), near, 5000.0)
    alone = [places_s(andorra, swept(andorra, [one], "ambulance"), near, 5000.0) for one in late]
    assert np.allclose(together, np.minimum.reduce(alone))


def test_stretches_are_cut_at_the_share_that_is_reached(andorra):
    found, limit = swept(andorra, [Source(TOWN)], "ambulance"), 400.0
    parts = found.parts(limit)
    inner = [(e, a, b) for e, a, b in parts if 0.0 < a < 1.0 or 0.0 < b < 1.0]
    assert len(inner) > 20
    for e, a, b in inner:
        middle = np.asarray([a, (a + b) / 2, b])
        seconds = found.at(np.full(3, e), middle)
        assert (seconds <= limit + 1e-6).all()
        for end, outward in ((a, -1e-4), (b, 1e-4)):
            if 0.0 < end < 1.0:
                beyond = found.at(np.asarray([e]), np.asarray([end + outward]))[0]
                assert beyond > limit or any(p[0] == e and p[1] <= end + outward <= p[2] for p in parts)
    shares = {e: 0.0 for e, _, _ in parts}
    for e, a, b in parts:
        shares[e] += b - a
    fine = samples(andorra.roads, found.reached(limit), 2.0)
    counted = fine.metres[found.seconds(fine) <= limit].sum()
    assert found.metres(limit) == pytest.approx(counted, rel=2e-3)
    assert sum(float(andorra.roads.metres[e]) * s for e, s in shares.items()) == pytest.approx(
        found.metres(limit)
    )


def test_lines_are_as_long_as_the_parts(andorra):
    found = swept(andorra, [Source(TOWN)], "ambulance")
    drawn = sum(GEOD.line_length(*np.asarray(one.coords).T) for one in found.lines(300.0))
    assert drawn == pytest.approx(found.metres(300.0), rel=0.01)


def test_samples_stand_for_the_whole_network(andorra):
    roads = andorra.roads
    found = samples(roads, np.arange(roads.stretches), 25.0)
    assert found.metres.sum() == pytest.approx(float(roads.metres.sum()), rel=1e-4)
    assert ((found.share >= 0) & (found.share <= 1)).all()
    assert (np.diff(found.stretch) >= 0).all()


@given(
    minutes=st.lists(st.integers(1, 45), min_size=2, max_size=4, unique=True),
    count=st.integers(1, 2),
    inward=st.booleans(),
)
@settings(max_examples=12, deadline=None)
def test_a_longer_time_holds_a_shorter_one_and_more_sources_never_take_away(andorra, minutes, count, inward):
    wanted = Wanted("ambulance", tuple(60.0 * one for one in minutes), inward=inward)
    few = reach(andorra, [Source(one) for one in OTHERS[:count]], wanted).isochrones
    many = reach(andorra, [Source(one) for one in OTHERS], wanted).isochrones
    for short, long in pairwise(few):
        assert short.seconds < long.seconds
        assert short.area.within(long.area)
        assert short.road_m <= long.road_m
    for one, other in zip(few, many, strict=True):
        assert one.area.is_valid
        assert one.area.within(other.area)
        assert one.road_m <= other.road_m + 1e-6


def test_all_road_that_is_reached_lies_inside_and_off_road_nothing_too_far(andorra):
    found = reach(andorra, [Source(TOWN)], Wanted("ambulance", (600.0,)))
    area, roads = found.isochrones[0].area, found.swept
    points = samples(andorra.roads, roads.reached(600.0), 5.0)
    seconds = roads.seconds(points)
    inside = shapely.contains_xy(area, points.lon, points.lat)
    assert inside[seconds <= 590.0].mean() > 0.999
    chance, (west, south, east, north) = np.random.default_rng(3), area.bounds
    lons, lats = chance.uniform(west, east, 300), chance.uniform(south, north, 300)
    within = shapely.contains_xy(area, lons, lats)
    assert 30 < within.sum() < 270
    on_road = shapely.MultiPoint(np.column_stack((points.lon, points.lat))[seconds <= 600.0])
    for lon, lat in zip(lons[within], lats[within], strict=True):
        nearest = shapely.ops.nearest_points(on_road, shapely.Point(lon, lat))[0]
        assert distance_m(LonLat(lon, lat), LonLat(nearest.x, nearest.y)) <= 500.0 + 75.0


def test_there_and_back_differ_where_streets_are_one_way(extract, profiles):
    porto = Router(extract("porto"), profiles)
    wanted = Wanted("ambulance", (300.0,))
    here = [Source(LonLat(-8.6193, 41.1470))]
    out = reach(porto, here, wanted).isochrones[0]
    back = reach(porto, here, wanted._replace(inward=True)).isochrones[0]
    assert out.area.symmetric_difference(back.area).area > 0.05 * out.area.area
    assert sum(len(one.interiors) for one in out.area.geoms) > 5  # what lies between the streets stays open


def test_nothing_is_reached_in_or_through_a_closed_area(andorra):
    closed = circle("slide", 1.5300, 42.5120, 600.0)
    open_one = reach(andorra, [Source(TOWN)], Wanted("ambulance", (900.0,))).isochrones[0]
    shut = andorra.avoiding([closed])
    found = reach(shut, [Source(TOWN)], Wanted("ambulance", (900.0,)))
    assert found.isochrones[0].road_m < open_one.road_m
    step = math.sqrt(2) * 50.0 / 111_320.0
    assert not found.isochrones[0].area.intersects(shapely.buffer(closed.shape, -step))
    lines = shapely.union_all(found.swept.lines(900.0))
    assert lines.intersection(shapely.buffer(closed.shape, -1e-7)).is_empty
    there = [LonLat(1.5800, 42.5400), LonLat(1.5330, 42.5000)]
    mine = places_s(shut, found.swept, there, 5000.0)
    assert np.allclose(mine, shut.table([TOWN], there, "ambulance").seconds_p50[0], atol=0.2)


def test_nine_in_ten_reach_less(andorra):
    wanted = Wanted("ambulance", (600.0,))
    half = reach(andorra, [Source(TOWN)], wanted).isochrones[0]
    most = reach(andorra, [Source(TOWN)], wanted._replace(p90=True)).isochrones[0]
    assert most.area.within(half.area)
    assert most.road_m < half.road_m


@pytest.mark.parametrize(
    ("source", "wanted", "fault"),
    [
        (LonLat(math.nan, 42.5), Wanted("ambulance", (60.0,)), BadPlace),
        (LonLat(42.5, 1.52), Wanted("ambulance", (60.0,)), OffNetwork),
        (TOWN, Wanted("hovercraft", (60.0,)), UnknownProfile),
        (TOWN, Wanted("helicopter", (60.0,)), UnknownProfile),
        (TOWN, Wanted("ambulance", ()), GeoError),
        (TOWN, Wanted("ambulance", (0.0,)), GeoError),
        (TOWN, Wanted("ambulance", (math.inf,)), GeoError),
        (TOWN, Wanted("ambulance", (math.nan,)), GeoError),
        (TOWN, Wanted("ambulance", (60.0,), access_m=math.nan), GeoError),
        (TOWN, Wanted("ambulance", (60.0,), access_m=-1.0), GeoError),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_line(andorra, source, wanted, fault):
    with pytest.raises(fault) as told:
        reach(andorra, [Source(source)], wanted)
    assert "\n" not in str(told.value)


def test_sources_off_the_network_are_named(andorra):
    kept, reasons = on_network(andorra, [Source(TOWN), Source(LonLat(10.0, 10.0))], "ambulance")
    assert kept == [Source(TOWN)]
    assert "km from the nearest road" in reasons[1]
    with pytest.raises(GeoError):
        reach(andorra, [], Wanted("ambulance", (60.0,)))


# --- by air


def test_a_disc_is_what_is_left_of_the_time_after_the_overhead(profiles):
    flies = profiles["helicopter-night"]
    assert disc_m(flies, flies.overhead_s) == 0.0
    assert disc_m(flies, flies.overhead_s + 3600.0) == pytest.approx(flies.cruise_kmh * 1000.0)
    assert disc_m(flies, 1e6) == pytest.approx(flies.range_km * (1 - flies.reserve) * 1000.0)
    area = discs([Pad(LonLat(20.0, 6.0), 600.0)], flies, 600.0 + flies.overhead_s + 1800.0)
    radius = flies.cruise_kmh * 500.0
    for azimuth in range(0, 360, 15):
        inside, outside = (GEOD.fwd(20.0, 6.0, azimuth, radius * k)[:2] for k in (0.999, 1.01))
        assert area.contains(shapely.Point(inside))
        assert not area.contains(shapely.Point(outside))
    assert discs([Pad(LonLat(20.0, 6.0), 600.0)], flies, 500.0).is_empty


def test_a_flight_there_and_on_stays_within_one_range(profiles):
    flies = profiles["helicopter-night"]
    base, door = Pad(LonLat(20.0, 6.0), 60.0), Pad(LonLat(21.0, 6.0), 30.0)
    east = [LonLat(20.0 + k, 6.0) for k in (0.5, 2.0, 3.0, 8.0)]

    def far(place):
        return distances_m(east, [place])

    out = flown_s([base], flies, far)
    seconds = fetched_s([base], [door], flies, far)
    most = flies.range_km * (1 - flies.reserve) * 1000.0
    for i in range(len(east)):
        way = far(base.place)[i] + far(door.place)[i]
        if way > most:
            assert seconds[i] == np.inf
        else:
            assert seconds[i] == pytest.approx(90.0 + 2 * flies.overhead_s + way * 3.6 / flies.cruise_kmh)
            assert out[i] < seconds[i]
    assert np.isfinite(seconds[:2]).all()
    assert seconds[3] == np.inf


def test_what_flies_by_day_only_is_refused_by_night(profiles):
    pads = [Pad(LonLat(20.0, 6.0))]
    with pytest.raises(Unreachable):
        discs(pads, profiles["helicopter"], 3600.0, night=True)
    with pytest.raises(UnknownProfile):
        discs(pads, profiles["ambulance"], 3600.0)
    with pytest.raises(GeoError):
        flown_s([], profiles["helicopter"], lambda place: np.zeros(1))
    with pytest.raises(GeoError):
        discs([Pad(LonLat(179.5, 6.0))], profiles["helicopter"], 7200.0)


def test_what_flies_is_added_to_what_drives(andorra, profiles):
    grown = reach(andorra, [Source(TOWN)], Wanted("ambulance", (1200.0, 2400.0))).isochrones
    both = by_air(grown, [Pad(TOWN)], profiles["helicopter-night"])
    for one, other in zip(grown, both, strict=True):
        assert other.area.area >= one.area.area
        assert one.area.difference(other.area).area < 1e-12


# --- for other libraries


@pytest.mark.parametrize("profile", ["ambulance", "litter-team"])
def test_dijkstra_of_networkx_agrees_with_the_router(andorra, profile):
    """From a place to others: over the split junctions, with the parts of stretches at both ends."""
    graph, net = to_networkx(andorra, profile), andorra.net(profile)
    ends = [LonLat(1.4880, 42.4640), LonLat(1.5800, 42.5400), LonLat(1.6500, 42.5650), LonLat(1.54, 42.52)]
    places = [[andorra._anchor(net, one)] for one in (TOWN, *ends)]
    leave, come = ports(net, places[:1], leaving=True), ports(net, places[1:], leaving=False)
    starts = zip(leave.ends.node.tolist(), leave.sums[0].tolist(), strict=True)
    graph.add_weighted_edges_from((("start", node, one) for node, one in starts), weight="seconds")
    found = networkx.single_source_dijkstra_path_length(graph, "start", weight="seconds")
    theirs = np.full(len(ends), np.inf)
    rows = zip(come.ends.place.tolist(), come.ends.node.tolist(), come.sums[0].tolist(), strict=True)
    for place, node, more in rows:
        theirs[place] = min(theirs[place], found.get(node, np.inf) + more)
    assert np.allclose(theirs, andorra.table([TOWN], ends, profile).seconds_p50[0], atol=0.5)
    assert (theirs > 60).all()


def test_edges_say_what_they_are_and_what_is_closed(andorra):
    closed = andorra.avoiding([circle("slide", 1.5300, 42.5120, 600.0)])
    graph = to_networkx(closed, "ambulance")
    shut = [told for _, _, told in graph.edges(data=True) if told["closed"]]
    assert shut
    assert all(told["seconds"] == math.inf for told in shut)
    assert set(shut[0]) == {
        "stretch", "seconds", "p90", "metres", "name", "ref", "highway", "surface", "closed",
    }  # fmt: skip
    start, end, _, told = next(iter(graph.edges(keys=True, data=True)))
    junctions = {graph.nodes[one]["junction"] for one in (start, end)}
    assert junctions == {int(side[told["stretch"]]) for side in (closed.roads.tail, closed.roads.head)}
    junction = graph.nodes[start]["junction"]
    assert graph.nodes[start]["lon"] == pytest.approx(float(closed.roads.node_x[junction]) * 1e-7)


def test_stretches_as_a_frame(andorra):
    frame = to_geodataframe(andorra.roads, andorra, "ambulance")
    assert frame.crs.to_epsg() == 4326
    assert len(frame) == andorra.roads.stretches
    assert frame["metres"].sum() == pytest.approx(float(andorra.roads.metres.sum()), rel=1e-5)
    for e in (0, 17, len(frame) - 1):
        assert frame.loc[e, "highway"] == andorra.roads.words("highway", e)
        assert frame.loc[e, "name"] == andorra.roads.words("name", e)
        assert np.allclose(np.asarray(frame.geometry[e].coords), andorra.roads.shape(e))
    oneway = frame[frame["forward"] & ~frame["backward"] & np.isfinite(frame["seconds_along"])]
    assert len(oneway) > 50
    assert np.isinf(oneway["seconds_against"]).all()
    assert set(to_geodataframe(andorra.roads).columns).isdisjoint({"seconds_along", "closed"})


# --- under hazards that are no closures


def test_a_slow_zone_and_a_one_way_route_cost_time_and_a_threat_does_not(andorra):
    around_town = circle("zone", *TOWN, 1500.0)
    far = [LonLat(1.4880, 42.4640), LonLat(1.5800, 42.5400)]
    usual = places_s(andorra, swept(andorra, [Source(TOWN)], "ambulance"), far, 5000.0)
    slow = andorra.under([Hazard("S", "slow", "slow", around_town, speed_factor=0.5)])
    found = swept(slow, [Source(TOWN)], "ambulance")
    slower = places_s(slow, found, far, 5000.0)
    assert (slower > usual + 30).all()
    assert np.allclose(slower, slow.table([TOWN], far, "ambulance").seconds_p50[0], rtol=0.02)
    threat = andorra.under([Hazard("T", "threat", "threat", around_town, severity=9.0)])
    assert np.allclose(places_s(threat, swept(threat, [Source(TOWN)], "ambulance"), far, 5000.0), usual)


def test_a_one_way_route_is_open_one_way(andorra):
    found = swept(andorra, [Source(TOWN)], "ambulance")
    whole = [e for e, a, b in found.parts(300.0) if (a, b) == (0, 1) and andorra.roads.metres[e] > 300.0]
    e = next(e for e in whole if np.isfinite(found.up[e]) and np.isfinite(found.down[e]))
    shape = [LonLat(*point) for point in andorra.roads.shape(e).tolist()]
    along = andorra.under([Hazard("W", "way", "oneway", band("way", shape, 20.0))])
    against = andorra.under([Hazard("W", "way", "oneway", band("way", shape[::-1], 20.0))])
    for router, up in ((along, True), (against, False)):
        bounded = swept(router, [Source(TOWN)], "ambulance")
        assert (bounded.shut_down if up else bounded.shut_up)[0, e] <= 1.0
        assert (bounded.shut_up if up else bounded.shut_down)[0, e] == 2.0


def test_what_is_reached_by_air_lies_round_closed_areas(profiles):
    flies, town = profiles["helicopter-night"], Pad(LonLat(20.0, 6.0))
    seconds = flies.overhead_s + 1800.0
    closed = circle("storm", 20.3, 6.0, 15_000.0)
    free, less = discs([town], flies, seconds), discs([town], flies, seconds, closed=[closed])
    assert less.within(free.buffer(1e-9))
    assert less.disjoint(closed.shape.buffer(-1e-6))
    lost = free.difference(less).difference(closed.shape)
    rim = LonLat(20.0 + (free.bounds[2] - 20.0) * 0.999, 6.0)
    assert lost.contains(shapely.Point(rim))  # straight behind it, at the very end of the range
    just_behind, west = shapely.Point(20.48, 6.0), shapely.Point(19.5, 6.0)
    assert less.contains(just_behind)  # one flies round it in time
    assert less.contains(west)
    reach = disc_m(flies, seconds)
    for place in (rim, LonLat(20.48, 6.0)):
        way = course(town.place, place, [closed], flies.margin_m).metres
        assert (way <= reach) == less.contains(shapely.Point(place))
    grown = by_air((Isochrone(seconds, shapely.MultiPolygon(), 0.0),), [town], flies, closed=[closed])
    assert grown[0].area.equals_exact(less, 1e-9)
    elsewhere = circle("far", 30.0, 6.0, 15_000.0)
    assert discs([town], flies, seconds, closed=[elsewhere]).equals(free)
    assert discs([town], flies, seconds, closed=[circle("over it", 20.0, 6.0, 500.0)]).is_empty

"""Snapshots under hazards: in any order, in any thread, always whole; how near one comes all the same."""

import math
import random
import threading

import numpy as np
import pytest

from geo.area import band, circle, polygon
from geo.ends import INF, alone
from geo.errors import BadArea, BadHazard, BadPlace, OffNetwork, Unreachable
from geo.hazards import Hazard
from geo.hierarchy import CchEngine
from geo.land import land
from geo.lonlat import GEOD, LonLat, distance_m
from geo.roads import Roads
from geo.routing import Router
from geo.terms import BRIDGE
from tests.geo.drawn import at, roads_of
from tests.geo.oracle import node

BRIA, BAMBARI = LonLat(21.98633, 6.54233), LonLat(20.67565, 5.76795)
BANGUI, OBO = LonLat(18.55496, 4.36122), LonLat(26.49211, 5.39586)


def mixed(roads: Roads, seed: int, count: int) -> list[Hazard]:
    """Hazards of every kind, spread over a network; many of them overlap."""
    chance, found = random.Random(seed), []
    for i in range(count):
        middle = node(roads, chance.randrange(roads.nodes))
        area = circle(f"H{i}", *middle, chance.choice([60, 200, 900]))
        shape = [tuple(point) for point in roads.shape(chance.randrange(roads.stretches)).tolist()]
        found.append(
            [
                Hazard(f"h{i}", f"H{i}", "closure", area),
                Hazard(f"h{i}", f"H{i}", "threat", area, severity=chance.choice([0.5, 3, 100])),
                Hazard(f"h{i}", f"H{i}", "slow", area, speed_factor=chance.choice([0.2, 0.7])),
                Hazard(f"h{i}", f"H{i}", "closure", area, bridges_only=True),
                Hazard(f"h{i}", f"H{i}", "oneway", band(f"H{i}", shape, 30)),
            ][i % 5]
        )
    return found


@pytest.mark.parametrize("profile", ["ambulance", "litter-team"])
def test_a_thousand_changes_leave_the_same_weights_bit_by_bit(extract, profiles, profile):
    roads, chance = extract("andorra-2016"), random.Random(1)
    router, pool = Router(roads, profiles), mixed(extract("andorra-2016"), 2, 12)
    whole = router.net(profile).engine.weights
    known: dict[frozenset[str], np.ndarray] = {}
    for _ in range(1000):
        chosen = chance.sample(pool, chance.randrange(1, len(pool)))
        some = chance.randrange(len(chosen))
        under = router.under(chosen[:some]).under(chosen[some:])
        weights = under.net(profile).engine.weights
        assert np.array_equal(known.setdefault(frozenset(each.id for each in chosen), weights), weights)
    assert len(known) > 300
    assert np.array_equal(router.under([]).net(profile).engine.weights, whole)
    anew = Router(roads, profiles)
    assert np.array_equal(anew.net(profile).engine.weights, whole)
    for _ in range(10):
        chosen = chance.sample(pool, 6)
        one, other = router.under(chosen).net(profile).engine, anew.under(chosen[::-1]).net(profile).engine
        assert np.array_equal(one.weights, other.weights)


def test_what_is_customised_in_part_answers_as_what_is_customised_in_full(extract, profiles):
    roads, chance = extract("andorra-2023"), random.Random(3)
    router, pool = Router(roads, profiles), mixed(extract("andorra-2023"), 4, 20)
    places = [node(roads, chance.randrange(roads.nodes)) for _ in range(12)]
    for _ in range(15):
        under = router.under(chance.sample(pool, chance.randrange(1, 20)))
        net = under.net("ambulance")
        full = CchEngine(net.ground, net.engine.weights)
        scipy = Router(roads, profiles, engine="scipy").under(under.laid.hazards)
        asked = [chance.randrange(net.ground.graph.nodes) for _ in range(3)]
        for start in asked:
            ends = alone(start)
            assert np.array_equal(net.engine.tree(ends), full.tree(ends))
        table = under.table(places, places, "ambulance")
        other = scipy.table(places, places, "ambulance")
        weighed = [each.seconds_p50 + each.danger_s for each in (table, other)]
        assert np.allclose(*weighed, atol=1.0)
        assert set(table.reasons) == set(other.reasons)


def test_readers_never_see_a_mixed_network_while_a_thousand_closures_come_and_go(extract, profiles):
    roads, chance = extract("andorra-2016"), random.Random(5)
    router, pool = Router(roads, profiles), mixed(extract("andorra-2016"), 6, 10)
    places = [node(roads, chance.randrange(roads.nodes)) for _ in range(6)]
    published, seen, done = [router], [], threading.Event()
    sets: dict[str, tuple[Hazard, ...]] = {router.digest: ()}

    def read(turn: int) -> None:
        own = random.Random(turn)
        while not done.is_set():
            now = published[0]
            pair = own.sample(places, 2)
            table = now.table(pair, places, "ambulance")
            seen.append((now.digest, tuple(pair), table.seconds_p50.tobytes(), table.danger_s.tobytes()))

    readers = [threading.Thread(target=read, args=(turn,)) for turn in range(4)]
    for each in readers:
        each.start()
    for _ in range(1000):
        now = router.under(chance.sample(pool, chance.randrange(1, len(pool))))
        sets[now.digest] = now.laid.hazards
        published[0] = now
    done.set()
    for each in readers:
        each.join()
    assert len({digest for digest, *_ in seen}) > 20
    calm = Router(roads, profiles)
    for digest, pair, p50, danger in seen if len(seen) < 3000 else chance.sample(seen, 3000):
        table = calm.under(sets[digest]).table(pair, places, "ambulance")
        assert (table.seconds_p50.tobytes(), table.danger_s.tobytes()) == (p50, danger)


def test_old_snapshots_answer_as_before(extract, profiles):
    roads = extract("andorra-2016")
    router, pool = Router(roads, profiles), mixed(extract("andorra-2016"), 8, 30)
    a, b = node(roads, 10), node(roads, 900)
    kept = [router, *(router.under(pool[: i + 1]) for i in range(30))]
    first = [_told(each, a, b) for each in kept]
    assert [_told(each, a, b) for each in kept] == first
    assert router.under(pool[:1]) is not kept[1]  # long forgotten, and made anew
    assert _told(router.under(pool[:1]), a, b) == first[1]


def _told(router: Router, a: LonLat, b: LonLat):
    try:
        return router.route(a, b, "ambulance")
    except Unreachable as fault:
        return str(fault)


# --- what hazards of each kind do to a way


def test_a_threat_is_exposure_and_never_time(national, profiles):
    router = Router(national, profiles)
    whole = router.route(BRIA, BAMBARI, "ambulance")
    middle = whole.path[len(whole.path) // 2]
    threat = Hazard("t", "AMBUSH", "threat", circle("AMBUSH", *middle, 5000), severity=2.0)
    under = router.under([threat]).route(BRIA, BAMBARI, "ambulance")
    assert under.seconds_p50 == pytest.approx(whole.seconds_p50)
    hit = [arc for arc in under.arcs if arc.threats]
    assert {arc.threats for arc in hit} == {("AMBUSH",)} and {arc.severity for arc in hit} == {2.0}
    assert under.exposure_s == pytest.approx(sum(arc.exposure_s for arc in hit))
    assert under.exposure_s > 0
    assert under.danger_s == pytest.approx(2.0 * under.exposure_s)
    assert whole.exposure_s == whole.danger_s == 0
    table = router.under([threat]).table([BRIA], [BAMBARI], "ambulance")
    assert (table.exposure_s[0, 0], table.danger_s[0, 0]) == pytest.approx((under.exposure_s, under.danger_s))
    assert table.seconds_p50[0, 0] == pytest.approx(under.seconds_p50)


def test_a_threat_is_gone_round_when_the_way_round_costs_less(extract, profiles):
    roads = extract("porto")
    router, north, south = Router(roads, profiles), LonLat(-8.6110, 41.1455), LonLat(-8.6090, 41.1330)
    best = router.route(north, south, "ambulance")
    over = max((arc for arc in best.arcs if roads.flags[arc.stretch] & BRIDGE), key=lambda arc: arc.metres)
    shape = [tuple(point) for point in roads.shape(over.stretch).tolist()]
    threat = Hazard("t", "SNIPER", "threat", band("SNIPER", shape, 60.0), severity=100.0)
    under = router.under([threat])
    around = under.route(north, south, "ambulance")
    assert over.stretch not in {arc.stretch for arc in around.arcs}
    assert around.seconds_p50 > best.seconds_p50
    assert around.seconds_p50 + around.danger_s < best.seconds_p50 + 100 * over.seconds


def test_a_slow_road_takes_longer_and_the_arc_tells_both_times(national, profiles):
    router = Router(national, profiles)
    whole = router.route(BRIA, BAMBARI, "ambulance")
    box = polygon("MUD", [(20, 5), (23, 5), (23, 7), (20, 7)])
    slow = router.under([Hazard("s", "MUD", "slow", box, speed_factor=0.5)]).route(BRIA, BAMBARI, "ambulance")
    assert slow.seconds_p50 == pytest.approx(2 * whole.seconds_p50, rel=0.02)
    assert slow.seconds_p90 == pytest.approx(2 * whole.seconds_p90, rel=0.02)
    for arc in slow.arcs:
        assert arc.slow == ("MUD",) and arc.seconds == pytest.approx(2 * arc.base_s)
    wet = Router(national, profiles, season="wet").route(BRIA, BAMBARI, "ambulance")
    assert sum(arc.seconds for arc in wet.arcs) > sum(arc.base_s for arc in wet.arcs)


def test_no_threat_closes_a_road_however_long_the_walk(national, profiles):
    """A hundred times the weeks on foot across the country are more than costs can hold."""
    router = Router(national, profiles)
    country = polygon("WAR", [(14, 2), (28, 2), (28, 12), (14, 12)])
    war = Hazard("w", "WAR", "threat", country, severity=100.0)
    for profile in ("litter-team", "ambulance"):
        calm = router.route(BANGUI, OBO, profile)
        under = router.under([war])
        route = under.route(BANGUI, OBO, profile)
        table = under.table([BANGUI, BRIA], [OBO], profile)
        assert table.reasons == {}
        assert route.seconds_p50 == pytest.approx(calm.seconds_p50, rel=0.01)
        assert route.exposure_s == pytest.approx(sum(arc.seconds for arc in route.arcs))
        assert table.danger_s[0, 0] == pytest.approx(100 * route.exposure_s, rel=1e-6)


def test_a_military_one_way_route_is_driven_one_way_only(extract, profiles):
    roads = extract("andorra-2023")
    router = Router(roads, profiles)
    a, b = LonLat(1.5218, 42.5075), LonLat(1.5320, 42.5090)
    there, back = router.route(a, b, "ambulance"), router.route(b, a, "ambulance")
    line = [(p.lon, p.lat) for p in there.path]
    under = router.under([Hazard("o", "MSR", "oneway", band("MSR", line, 30.0))])
    assert under.route(a, b, "ambulance").seconds_p50 == pytest.approx(there.seconds_p50, abs=1.0)
    assert under.laid.closed[[arc.arc for arc in back.arcs]].any()
    around = under.route(b, a, "ambulance")
    assert around.seconds_p50 > back.seconds_p50
    assert not under.laid.closed[[arc.arc for arc in around.arcs if {arc.begin, arc.end} == {0.0, 1.0}]].any()


# --- how near


def test_how_near_one_comes_to_a_closed_bridge_is_told_and_can_be_driven(national, profiles):
    router = Router(national, profiles)
    path = router.route(BRIA, BAMBARI, "ambulance").path
    far = LonLat((path[1].lon + path[2].lon) / 2, (path[1].lat + path[2].lat) / 2)
    closed = router.avoiding([circle("BRIDGE-1", *far, 700)])
    with pytest.raises(
        Unreachable, match=r"closed by BRIDGE-1.*the nearest point you can drive to is"
    ) as told:
        closed.route(BRIA, far, "ambulance")
    near = LonLat(*told.value.closest)
    assert told.value.short_m == pytest.approx(distance_m(near, far)) == pytest.approx(700, abs=40)
    assert closed.route(BRIA, near, "ambulance").path[-1] == near
    assert closed.nearest_reachable(BRIA, far, "ambulance").point == near
    walked = closed.nearest_reachable(BRIA, far, "litter-team")
    assert "you can walk to" in walked.words


def test_how_near_one_comes_to_an_island(extract, profiles):
    roads = extract("bangladesh")
    router = Router(roads, profiles)
    islands = router.net("ambulance").islands[: roads.nodes]
    first, second = np.argsort(np.bincount(islands))[::-1][:2]
    here, there = (node(roads, int(np.flatnonzero(islands == each)[0])) for each in (first, second))
    near = router.nearest_reachable(here, there, "ambulance")
    assert near.metres == pytest.approx(distance_m(near.point, there), rel=0.01)
    route = router.route(here, near.point, "ambulance")
    assert route.path[-1] == near.point and route.access_m <= 500.0  # the walk to another road at the start
    everywhere = [node(roads, int(n)) for n in np.flatnonzero(islands == first)]
    assert near.metres <= min(distance_m(each, there) for each in everywhere) + 1.0


def test_a_reachable_place_is_as_near_as_its_road(extract, profiles):
    roads = extract("andorra-2023")
    router, chance = Router(roads, profiles), random.Random(7)
    for _ in range(10):
        a, b = (node(roads, chance.randrange(roads.nodes)) for _ in range(2))
        try:
            route = router.route(a, b, "ambulance")
        except Unreachable:
            continue
        assert router.nearest_reachable(a, b, "ambulance").metres <= max(1.0, route.access_m)


# --- bad input leaves everything as it was


def test_bad_places_and_hazards_are_named_and_change_nothing(extract, profiles):
    roads = extract("porto")
    router, town = Router(roads, profiles), LonLat(-8.61, 41.15)
    before = router.net("ambulance").engine.weights
    for bad in (LonLat(math.nan, 41), LonLat(-8.6, math.inf), LonLat(41.15, -98.61)):
        with pytest.raises(BadPlace):
            router.nearest_reachable(town, bad, "ambulance")
        with pytest.raises(BadPlace):
            router.nearest_reachable(bad, town, "ambulance")
    swapped = LonLat(41.15, -8.61)
    with pytest.raises(OffNetwork, match="from the nearest road"):
        router.route(swapped, town, "ambulance")
    assert router.nearest_reachable(town, swapped, "ambulance").metres > 1e6
    one = Hazard("h", "A", "closure", circle("A", *town, 100))
    with pytest.raises(BadHazard, match="two different hazards"):
        router.under([one, Hazard("h", "B", "closure", circle("B", *town, 200))])
    with pytest.raises((BadHazard, BadArea)):
        router.under([Hazard("t", "T", "threat", one.area, severity=math.inf)])
    assert np.array_equal(router.net("ambulance").engine.weights, before)
    assert router.under([]) is router and router.whole is router
    assert router.under([one]).under([]) is not router and router.under([one]).whole is router


def test_hazards_off_the_network_change_no_way(extract, profiles):
    roads = extract("porto")
    router = Router(roads, profiles)
    far = router.under([Hazard("f", "FAR", "closure", circle("FAR", 20.0, 5.0, 1000))])
    assert np.array_equal(far.net("ambulance").engine.weights, router.net("ambulance").engine.weights)
    assert far.digest != router.digest
    a, b = (LonLat(*GEOD.fwd(-8.61, 41.15, azimuth, 2000)[:2]) for azimuth in (0, 120))
    assert far.route(a, b, "ambulance") == router.route(a, b, "ambulance")


@pytest.mark.filterwarnings("error")
def test_a_hazard_where_one_may_drive_one_way_only_leaves_every_figure_a_number(profiles):
    roads = roads_of([("one", [(0, 0), (1000, 0)]), ("two", [(1000, 0), (1000, 900), (0, 0)])])
    roads.arrays["flags"].setflags(write=True)
    roads.arrays["flags"][0] &= ~np.uint16(2)  # not against the line
    slow = Hazard("s", "S", "slow", circle("S", *at(400, 0), 150.0), speed_factor=0.5)
    threat = Hazard("t", "T", "threat", circle("T", *at(1000, 900), 50.0), severity=2)
    route = Router(roads, profiles).under([slow, threat]).route(at(500, 0), at(300, 0), "ambulance")
    assert route.metres > 1000
    assert 0 < route.exposure_s < route.danger_s < math.inf


def test_a_place_with_its_numbers_exchanged_is_told_so(profiles):
    router = Router(roads_of([("one", [(0, 0), (1000, 0), (1000, 900)])]), profiles)
    here = at(500, 0)
    with pytest.raises(OffNetwork, match=r"; or is 20\.004\d*,5 meant\? Longitude comes first$"):
        router.route(LonLat(here.lat, here.lon), here, "ambulance")
    with pytest.raises(OffNetwork, match=r"or use a flight leg$"):
        router.route(LonLat(5.0, 40.0), here, "ambulance")


def test_what_is_closed_of_each_arc_is_what_each_stretch_tells_of_it(extract, profiles):
    roads = extract("andorra-2023")
    under = Router(roads, profiles).under(mixed(roads, 7, 20))
    found, closed = land(under, "ambulance"), 0
    for stretch in under.laid.touched.tolist():
        for way in (0, 1):
            cuts = [
                (float(at.first[row]), float(at.last[row]))
                for one, at, row in under.laid.over(stretch)
                if one.kind == "closure" or (one.kind == "oneway" and (1 - 2 * way) * at.along[row] < 0)
            ]
            told = float(found.first[2 * stretch + way]), float(found.last[2 * stretch + way])
            assert told == (min((a for a, _ in cuts), default=2.0), max((b for _, b in cuts), default=-1.0))
            closed += bool(cuts)
    untouched = np.setdiff1d(np.arange(roads.stretches), under.laid.touched)
    assert (found.first[2 * untouched] == 2.0).all()
    assert (found.last[2 * untouched + 1] == -1.0).all()
    assert closed > 5


@pytest.mark.parametrize("threat", [False, True])
def test_a_long_way_through_a_slow_zone_is_found_and_told_by_its_time(profiles, threat):
    """1200 km of road at a twentieth of the speed take longer than a cost can tell."""
    lines = [("long", [(x * 50_000.0, 0.0), ((x + 1) * 50_000.0, 0.0)]) for x in range(24)]
    router = Router(roads_of(lines), profiles)
    zone = polygon("mud", [at(-1e5, -1e4), at(1.3e6, -1e4), at(1.3e6, 1e4), at(-1e5, 1e4)])
    mud = [Hazard("mud", "mud", "slow", zone, speed_factor=0.05)]
    if threat:
        mud.append(Hazard("mines", "mines", "threat", zone, severity=10.0))
    start, end, profile = at(1000.0, 0.0), at(1_199_000.0, 0.0), "ambulance"
    usual, slow = router.route(start, end, profile), router.under(mud).route(start, end, profile)
    assert slow.seconds_p50 == pytest.approx(20.0 * usual.seconds_p50, rel=0.01)
    told = router.under(mud).table([start], [end], profile)
    assert told.reasons == {}
    assert told.seconds_p50[0, 0] == pytest.approx(slow.seconds_p50, rel=1e-3)
    assert slow.seconds_p50 * 1000.0 * profiles[profile].speed_factor > INF

"""Hazards on roads: in whatever order they come and go the same arrays; counting points agrees; bad input."""

import itertools
import math
import random

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.area import Area, band, circle, polygon
from geo.errors import BadArea, BadHazard, BadPlace
from geo.hazards import NOTHING, Hazard, laid, shutting
from geo.lonlat import GEOD, LonLat
from geo.placing import placed
from geo.terms import BRIDGE
from tests.geo.drawn import at, roads_of, town

TOWN = town(7, seed=3)
ARRAYS = ("touched", "shut", "slower", "danger", "inside", "severity")
MILES = st.integers(-300, 2700)
POINT = st.tuples(MILES, MILES)


@st.composite
def areas(draw, kinds=("circle", "line", "polygon")) -> Area:
    kind = draw(st.sampled_from(kinds))
    if kind == "circle":
        return circle("C", *at(*draw(POINT)), draw(st.floats(1.0, 900.0)))
    if kind == "line":
        ends = draw(st.lists(POINT, min_size=2, max_size=4, unique=True))
        return band("L", [at(*each) for each in ends], draw(st.floats(2.0, 300.0)))
    x, y = draw(POINT)
    corners = draw(
        st.lists(
            st.tuples(st.integers(-800, 800), st.integers(-800, 800)), min_size=3, max_size=7, unique=True
        )
    )
    try:
        return polygon("P", [at(x + dx, y + dy) for dx, dy in corners])
    except BadArea:  # corners on a line
        return circle("C", *at(x, y), 100.0)


@st.composite
def hazard_sets(draw, most: int = 6) -> list[Hazard]:
    found = []
    for i in range(draw(st.integers(0, most))):
        kind = draw(st.sampled_from(("closure", "threat", "slow", "oneway")))
        area = draw(areas(("line",)) if kind == "oneway" else areas())
        more = {
            "threat": {"severity": draw(st.sampled_from((0.0, 0.5, 3.0, 100.0)))},
            "slow": {"speed_factor": draw(st.sampled_from((0.01, 0.3, 0.5, 1.0)))},
        }.get(kind, {})
        found.append(Hazard(f"H{i}", f"name {i}", kind, area, **more))
    return found


def same(one, other) -> bool:
    pairs = ((getattr(one, name), getattr(other, name)) for name in ARRAYS)
    return all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in pairs)


# --- order


@given(hazard_sets(), st.randoms(use_true_random=False))
@settings(max_examples=1500, deadline=None)
def test_the_order_of_hazards_changes_not_one_bit(hazards, chance):
    turned = list(hazards)
    chance.shuffle(turned)
    one, other = laid(TOWN, hazards), laid(TOWN, [*turned, *turned[:2]])
    assert same(one, other)
    assert one.digest == other.digest
    assert one.hazards == other.hazards


def test_a_thousand_applied_and_removed_bring_back_the_same_weights():
    """Weights kept up to date by what changed are at every step, bit for bit, those made from nothing."""
    chance, every = random.Random(11), np.arange(2 * TOWN.stretches)
    base = np.random.default_rng(5).uniform(1.0, 90.0, 2 * TOWN.stretches)

    def weights(laid_now, arcs):
        load = laid_now.loads(arcs)
        return np.where(load.shut, np.inf, base[arcs] * (load.slower + load.danger))

    stock = [
        Hazard(f"T{i}", "t", "threat", circle("T", *at(400 * i, 900), 700 + 50 * i), severity=i)
        for i in range(6)
    ]
    stock += [
        Hazard(f"S{i}", "s", "slow", circle("S", *at(900, 300 * i), 800), speed_factor=0.1 + i / 10)
        for i in range(6)
    ]
    stock += [Hazard(f"C{i}", "c", "closure", circle("C", *at(500 * i, 500 * i), 250)) for i in range(5)]
    stock += [Hazard("O", "o", "oneway", band("O", [at(0, 0), at(2400, 0)], 200.0))]
    now, before, kept = {}, laid(TOWN, []), weights(laid(TOWN, []), every)
    untouched = kept.copy()
    for _ in range(1000):
        one = chance.choice(stock)
        if now.pop(one.id, None) is None:
            now[one.id] = one
        after = laid(TOWN, now.values())
        arcs = after.arcs_changed(before)
        kept[arcs] = weights(after, arcs)
        assert kept.tobytes() == weights(after, every).tobytes()
        before = after
    nothing = laid(TOWN, [])
    arcs = nothing.arcs_changed(before)
    kept[arcs] = weights(nothing, arcs)
    assert kept.tobytes() == untouched.tobytes() == base.tobytes()


def test_only_what_differs_has_changed():
    wide = Hazard("A", "a", "threat", circle("A", *at(1200, 1200), 800), severity=2)
    inner = Hazard("B", "b", "threat", circle("B", *at(1200, 1200), 300), severity=1)
    assert len(laid(TOWN, [wide]).arcs_changed(NOTHING)) > 10
    assert len(laid(TOWN, [wide, inner]).arcs_changed(laid(TOWN, [wide]))) == 0
    assert len(laid(TOWN, [wide]).arcs_changed(laid(TOWN, [wide]))) == 0


# --- against counting points


@given(hazard_sets(most=4))
@settings(max_examples=150, deadline=None)
def test_shares_agree_with_counting_points_along_every_stretch(hazards):
    """At each of 400 points of a stretch the highest severity and the lowest factor that hold there."""
    found, shares = laid(TOWN, hazards), (np.arange(400) + 0.5) / 400
    shapes = {each.id: each.area.shape for each in hazards}
    slowest = min((each.speed_factor for each in hazards), default=1.0)
    worst = max((each.severity for each in hazards), default=0.0) + 1.0
    for e in range(0, TOWN.stretches, 5):
        line = TOWN.tree.geometries[e]
        points = shapely.line_interpolate_point(line, shares, normalized=True)
        severity, factor = np.full(400, -1.0), np.ones(400)
        for each in hazards:
            held = shapely.intersects(shapes[each.id], points)
            if each.kind == "threat":
                severity[held] = np.maximum(severity[held], each.severity)
            if each.kind == "slow":
                factor[held] = np.minimum(factor[held], each.speed_factor)
        shut = any(each.kind == "closure" and shapely.intersects(shapes[each.id], line) for each in hazards)
        load = found.loads(np.asarray([2 * e]))
        assert load.shut[0] >= shut
        near = {"abs": 4 * len(hazards) / 400 / slowest, "rel": 1e-9}  # a sliver may lie between two points
        assert load.slower[0] == pytest.approx(np.mean(1 / factor), **near)
        assert load.inside[0] == pytest.approx(np.mean((severity >= 0) / factor), **near)
        near["abs"] *= worst
        assert load.danger[0] == pytest.approx(np.mean(np.maximum(severity, 0) / factor), **near)


@given(hazard_sets(most=4), st.integers(0, TOWN.stretches - 1), st.floats(0.01, 0.99))
@settings(max_examples=400, deadline=None)
def test_the_parts_of_a_stretch_add_up_to_all_of_it(hazards, stretch, share):
    found = laid(TOWN, hazards)
    whole = found.loads(np.asarray([2 * stretch]))
    parts = [found.part(stretch, 0.0, share), found.part(stretch, 1.0, share)]
    for name in ("slower", "danger", "inside"):
        total = share * getattr(parts[0], name) + (1 - share) * getattr(parts[1], name)
        assert total == pytest.approx(float(getattr(whole, name)[0]), rel=1e-9, abs=1e-9)


# --- each kind

ROAD = roads_of(
    [("MAIN", [(0, 0), (1000, 0)]), ("SIDE", [(500, 400), (520, 0.0)]), ("NEXT", [(1000, 0), (2000, 0)])]
)


def stretch(roads, name: str) -> int:
    return next(e for e in range(roads.stretches) if roads.words("name", e) == name)


def test_a_stretch_partly_in_a_threat_counts_by_the_part_inside():
    box = polygon("T", [at(250, -50), at(750, -50), at(750, 50), at(250, 50)])
    found, main = laid(ROAD, [Hazard("T", "t", "threat", box, severity=4)]), stretch(ROAD, "MAIN")
    load = found.loads(np.asarray([2 * main, 2 * main + 1]))
    assert load.danger == pytest.approx([2.0, 2.0], rel=1e-4)
    assert load.inside == pytest.approx([0.5, 0.5], rel=1e-4)
    assert load.slower.tolist() == [1.0, 1.0]
    assert found.part(main, 0.0, 0.2) == (1.0, 0.0, 0.0)
    assert found.part(main, 0.4, 0.6) == (1.0, 4.0, 1.0)


def test_overlapping_zones_count_once_and_slow_seconds_are_longer_under_threat():
    main = stretch(ROAD, "MAIN")
    half = polygon("A", [at(-10, -50), at(500, -50), at(500, 50), at(-10, 50)])
    whole = circle("B", *at(500, 0), 2000)
    threats = [Hazard("1", "", "threat", half, severity=9), Hazard("2", "", "threat", whole, severity=1)]
    slow = Hazard("3", "", "slow", half, speed_factor=0.5)
    load = laid(ROAD, [*threats, slow]).loads(np.asarray([2 * main]))
    assert load.slower[0] == pytest.approx(1.5, rel=1e-4)  # half of it takes twice as long
    assert load.danger[0] == pytest.approx(9.0 * 1.0 + 1.0 * 0.5, rel=1e-4)
    assert load.inside[0] == pytest.approx(1.5, rel=1e-4)


def test_a_closure_leaves_the_ends_of_a_road_and_its_names():
    main = stretch(ROAD, "MAIN")
    found = laid(ROAD, shutting([circle("BRIDGE", *at(500, 0), 20), circle("MINE", *at(700, 0), 20)]))
    assert found.closed[[2 * main, 2 * main + 1]].all()
    assert found.clear(main, 0.0, 0.4)
    assert found.clear(main, 1.0, 0.8)
    assert not found.clear(main, 0.0, 0.55)
    assert not found.clear(main, 0.6, 0.6)  # between two closures nobody comes
    assert sorted(found.along([main])) == ["BRIDGE", "MINE"]
    assert found.around(at(500, 5)) == ["BRIDGE"]
    assert found.across(at(500, 100), at(500, -100)) == ["BRIDGE"]
    assert not found.open_across(at(500, 100), at(500, -100))


def test_a_one_way_route_shuts_only_what_runs_against_its_line():
    line = band("MSR", [at(-100, 3), at(1000, -3), at(2100, 3)], 40.0)
    for turned in (False, True):
        points = line.points[::-1] if turned else line.points
        found = laid(ROAD, [Hazard("O", "MSR", "oneway", band("MSR", points, 40.0))])
        for name in ("MAIN", "NEXT"):
            e = stretch(ROAD, name)
            forward = ROAD.shape(e)[-1, 0] > ROAD.shape(e)[0, 0]
            assert found.closed[[2 * e, 2 * e + 1]].tolist() == [forward == turned, forward != turned]
            begin, end = (0.2, 0.8) if forward != turned else (0.8, 0.2)
            assert found.clear(e, begin, end)
            assert not found.clear(e, end, begin)
            assert found.clear(e, 0.5, 0.5)
        side = stretch(ROAD, "SIDE")
        assert not found.closed[[2 * side, 2 * side + 1]].any()
        assert found.along([side]) == []
        assert found.open_across(at(500, 100), at(500, -100))


@given(areas(("line",)))
@settings(max_examples=200, deadline=None)
def test_a_one_way_route_turned_round_shuts_the_other_directions(line):
    turned = band("L", line.points[::-1], 2 * line.metres)
    one, other = (laid(TOWN, [Hazard("O", "o", "oneway", each)]).closed for each in (line, turned))
    assert (one[0::2] == other[1::2]).all()
    assert (one[1::2] == other[0::2]).all()
    assert not (one[0::2] & one[1::2]).any()


def test_a_line_out_and_back_on_one_road_leaves_it_open_both_ways():
    there_and_back = band("O", [at(0, 0), at(1000, 0), at(0, 1)], 40.0)
    assert laid(ROAD, [Hazard("O", "o", "oneway", there_and_back)]).along([stretch(ROAD, "MAIN")]) == []


def test_a_one_way_route_along_part_of_a_long_road_shuts_it_against_the_line():
    long = roads_of([("LONG", [(0, 0), (50_000, 0)])])
    found = laid(long, [Hazard("O", "o", "oneway", band("O", [at(20_000, 0), at(24_000, 0)], 100.0))])
    assert found.closed.tolist() == [False, True]
    assert found.clear(0, 0.3, 0.0)
    assert not found.clear(0, 0.9, 0.1)


def test_bridges_only_shuts_bridges_and_no_ground():
    river = roads_of([("WEST", [(0, 0), (400, 0)]), ("DECK", [(400, 0), (600, 0)])], DECK=BRIDGE)
    flood = Hazard("F", "flood", "closure", circle("F", *at(400, 0), 300), bridges_only=True)
    found = laid(river, [flood])
    assert [river.words("name", int(e)) for e in found.touched] == ["DECK"]
    assert found.areas == ()
    assert found.open_across(at(300, 200), at(300, -200))
    assert (
        laid(river, [Hazard("F", "f", "closure", circle("F", *at(0, 0), 50), bridges_only=True)]).idle != ()
    )


def test_a_hazard_off_the_network_touches_nothing_and_says_so():
    far = Hazard("FAR", "far", "closure", circle("FAR", 40.0, 40.0, 500))
    found = laid(TOWN, [far])
    assert [each.id for each in found.idle] == ["FAR"]
    assert len(found.arcs_changed(NOTHING)) == 0
    assert found.digest != laid(TOWN, []).digest == ""


@given(areas())
@settings(max_examples=300, deadline=None)
def test_the_cut_of_a_closure_is_where_the_area_begins_and_ends(area):
    found = placed(TOWN, area)
    touching = np.flatnonzero(shapely.intersects(area.shape, TOWN.tree.geometries))
    assert found.stretches.tolist() == touching.tolist()
    narrow = math.cos(math.radians(area.points[0].lat))  # shares are measured where degrees are square
    outline, *lines = (
        shapely.transform(each, lambda xy: xy * (narrow, 1.0))
        for each in (area.shape, *TOWN.tree.geometries[found.stretches])
    )
    for row, line in enumerate(lines):
        for share in (found.first[row], found.last[row]):
            point = shapely.line_interpolate_point(line, share, normalized=True)
            assert shapely.distance(outline, point) < 1e-9
        for beyond in (found.first[row] - 1e-6, found.last[row] + 1e-6):
            if 0.0 <= beyond <= 1.0:
                point = shapely.line_interpolate_point(line, beyond, normalized=True)
                assert not shapely.intersects(outline, point)


def test_a_ring_road_is_cut_where_it_is():
    ring = roads_of(
        [("RING", [(0, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 0)]), ("IN", [(0, 0), (-500, 0)])]
    )
    e = stretch(ring, "RING")
    for x, y, inside in ((0, 500, (0.8, 0.95)), (500, 0, (0.05, 0.2))):
        found = placed(ring, circle("C", *at(x, y), 100))
        row = found.at(e)
        assert row is not None
        assert inside[0] < found.first[row] < found.last[row] < inside[1]
    found = placed(ring, polygon("P", [at(-50, 100), at(50, 100), at(50, -50), at(-50, -50)]))
    assert sum(b - a for a, b in found.pieces(found.at(e))) == pytest.approx(150 / 4000, rel=1e-2)


# --- an outline drawn in a hurry


def test_every_loop_of_an_outline_that_crosses_itself_is_inside():
    eight = polygon("8", [at(0, 0), at(100, 100), at(100, 0), at(0, 100)])
    assert eight.holds(at(10, 50))
    assert eight.holds(at(90, 50))
    assert not eight.holds(at(50, 90))
    star = [at(100 * math.sin(4 * math.pi * i / 5), 100 * math.cos(4 * math.pi * i / 5)) for i in range(5)]
    assert polygon("star", star).holds(at(0, 0))
    assert all(polygon("star", star[i:] + star[:i]).holds(at(1, 1)) for i in range(5))


def test_a_hole_drawn_with_a_cut_stays_a_hole():
    outer = [(0, 0), (300, 0), (300, 300), (0, 300), (0, 0)]
    inner = [(100, 100), (100, 200), (200, 200), (200, 100), (100, 100)]
    keyhole = polygon("K", [at(*point) for point in (*outer, *inner, (0, 0))])
    assert keyhole.holds(at(50, 150))
    assert not keyhole.holds(at(150, 150))


# --- bad input

GOOD = circle("G", 20.0, 5.0, 100.0)
LINE = band("L", [(20.0, 5.0), (20.1, 5.0)], 100.0)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "threat", "severity": math.nan}, {"kind": "threat", "severity": math.inf},
        {"kind": "threat", "severity": -0.1}, {"kind": "threat", "severity": 100.5},
        {"kind": "threat", "severity": "3"}, {"kind": "threat", "severity": True},
        {"kind": "slow", "speed_factor": math.nan}, {"kind": "slow", "speed_factor": 0.0},
        {"kind": "slow", "speed_factor": -0.5}, {"kind": "slow", "speed_factor": 1.01},
        {"kind": "slow", "speed_factor": math.inf}, {"kind": "slow", "speed_factor": 1e-9},
        {"kind": "slow", "severity": 2.0}, {"kind": "threat", "speed_factor": 0.5},
        {"kind": "threat", "bridges_only": True}, {"kind": "oneway"}, {"kind": "flood"}, {"kind": ""},
        {"kind": "closure", "id": ""},
        {"kind": "closure", "area": Area("A", "circle", (LonLat(math.nan, 5.0),), 100.0)},
        {"kind": "closure", "area": Area("A", "circle", (LonLat(5.0, 95.0),), 100.0)},
        {"kind": "closure", "area": Area("A", "circle", (), 100.0)},
        {"kind": "closure", "area": Area("A", "circle", (LonLat(20.0, 5.0),), math.inf)},
        {"kind": "closure", "area": Area("A", "polygon", (LonLat(20.0, 5.0),))},
        {"kind": "closure", "area": Area("A", "ring", (LonLat(20.0, 5.0),))},
        {"kind": "closure", "area": Area("A", "line", [(20.0, 5.0), (20.1, 5.0)], 50.0)},
    ],
)  # fmt: skip
def test_what_is_no_hazard_is_refused_in_one_line(values):
    with pytest.raises(BadHazard) as told:
        Hazard(**{"id": "H", "name": "the ford", "area": GOOD, **values})
    assert "\n" not in str(told.value)
    assert "H" in str(told.value) or "the ford" in str(told.value)


@pytest.mark.parametrize(
    ("make", "fault", "words"),
    [
        (lambda: polygon("X", [(20, 5), (21, math.nan), (21, 6)]), BadPlace, "two numbers"),
        (lambda: polygon("X", [(5, 95), (6, 95), (6, 96)]), BadPlace, "longitude first"),
        (lambda: polygon("X", [(20, 5), (21, 5), (22, 5)]), BadArea, "on one line"),
        (lambda: polygon("X", [(20, 5), (20, 5), (20, 5)]), BadArea, "3 different points"),
        (lambda: polygon("X", []), BadArea, "3 different points"),
        (lambda: polygon("X", [(-179, 5), (179, 5), (179, 6)]), BadArea, "two areas"),
        (lambda: circle("X", 179.99, 5, 10_000), BadArea, "two areas"),
        (lambda: circle("X", -179.99, 5, 10_000), BadArea, "two areas"),
        (lambda: band("X", [(179.9, 5), (180, 5)], 10_000), BadArea, "two areas"),
        (lambda: circle("X", 10, 89.99, 10_000), BadArea, "pole"),
        (lambda: circle("X", 10, -89.99, 10_000), BadArea, "pole"),
        (lambda: band("X", [(10, 89.9), (11, 89.99)], 10_000), BadArea, "pole"),
    ],
)
def test_an_area_over_the_edge_of_the_map_is_refused_with_what_to_do(make, fault, words):
    with pytest.raises(fault, match=words) as told:
        make()
    assert "\n" not in str(told.value)


def test_a_refused_set_leaves_everything_as_it_was():
    good = [Hazard("A", "a", "closure", circle("A", *at(800, 800), 300))]
    before = laid(TOWN, good)
    twice = [*good, Hazard("A", "another", "threat", GOOD, severity=1)]
    for order in itertools.permutations(twice):
        with pytest.raises(BadHazard, match="two different hazards have the id A"):
            laid(TOWN, order)
    assert same(before, laid(TOWN, good))


# --- real roads


def test_zones_on_a_real_city_hold_tens_of_thousands_of_stretches(extract):
    roads = extract("porto")
    wide = polygon("W", [LonLat(*GEOD.fwd(-8.6, 41.15, azimuth, 6500)[:2]) for azimuth in range(0, 360, 3)])
    threat, slow = (
        Hazard("T", "t", "threat", wide, severity=3),
        Hazard("S", "s", "slow", wide, speed_factor=0.5),
    )
    closed = Hazard("C", "c", "closure", circle("C", -8.61, 41.15, 60))
    one, other = laid(roads, [threat, slow, closed]), laid(roads, [closed, slow, threat])
    assert len(one.touched) > 20_000
    assert same(one, other)
    inner = np.flatnonzero(shapely.contains_properly(wide.shape, roads.tree.geometries))
    load = one.loads(2 * inner)
    assert (load.slower == 2.0).all()
    assert (load.danger == 6.0).all()
    assert (load.inside == 2.0).all()
    changed = one.arcs_changed(laid(roads, [threat, slow]))
    assert 0 < len(changed) < 200
    outside = np.setdiff1d(np.arange(roads.stretches), one.touched)
    rest = one.loads(2 * outside)
    assert not rest.shut.any()
    assert (rest.slower == 1.0).all()


def test_where_many_hazards_lie_is_looked_up_once():
    roads = town(6, 1)
    spots = [circle(f"{i}", *at(10.0 * i, 5.0 * i), 20.0) for i in range(700)]
    hazards = [Hazard(f"h{i}", each.name, "closure", each) for i, each in enumerate(spots)]
    first, again = laid(roads, hazards), laid(roads, hazards)
    assert all(a is b for a, b in zip(first.places, again.places, strict=True))

"""Flights round areas: never in, never shorter than straight, the same both ways, as short as an oracle's."""

import dataclasses
import json
import math
from itertools import pairwise

import networkx
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.air import Airspace, Threat, flight, usable_km
from geo.area import band, circle, polygon
from geo.detour import course, metres_round
from geo.errors import BadProfile, Unreachable
from geo.lonlat import GEOD, LonLat, bearing_deg, distance_m, geodesic, midway
from geo.profile import load_profiles
from tests.geo.conftest import ROOT

A, B = LonLat(20.0, 5.0), LonLat(23.0, 6.5)
BANGUI, BRIA = LonLat(18.55496, 4.36122), LonLat(21.98633, 6.54233)
MARGIN_M = 500.0


def off(place, bearing, metres):
    return LonLat(*GEOD.fwd(place.lon, place.lat, bearing, metres)[:2])


def fine(path, step_m=200.0):
    """The way as it is kept: straight in degrees between its points, looked at closely."""
    return np.vstack([
        np.linspace(a, b, 2 + int(distance_m(a, b) / step_m)) for a, b in pairwise(path)
    ]) if len(path) > 1 else np.asarray(path)  # fmt: skip


def inside(path, areas):
    points = fine(path)
    return [each.name for each in areas if shapely.contains_xy(each.shape, points[:, 0], points[:, 1]).any()]


@st.composite
def areas(draw, least=1, most=6):
    """Circles, bands and polygons, self-crossing ones too, scattered over the way from A to B."""
    found = []
    for i in range(draw(st.integers(least, most))):
        middle = off(
            midway(A, B, draw(st.floats(0.0, 1.0))), draw(st.floats(0, 360)), draw(st.floats(0, 60_000))
        )
        kind, size = draw(st.sampled_from(["circle", "line", "polygon"])), draw(st.floats(2_000, 70_000))
        if kind == "circle":
            found.append(circle(f"c{i}", *middle, size))
            continue
        turns = draw(st.lists(st.integers(0, 359), min_size=3, max_size=7, unique=True))
        if draw(st.booleans()):
            turns.sort()
        points = [off(middle, turn, size * draw(st.floats(0.3, 1.0))) for turn in turns]
        found.append(band(f"l{i}", points, size / 5) if kind == "line" else polygon(f"p{i}", points))
    return found


def free(found, *places, metres=3 * MARGIN_M):
    """True when no area comes near any of the places."""
    return not any(
        each.holds(place) or _gap(each, place) < metres for each in found for place in places
    )  # fmt: skip


def _gap(area, place):
    flat = pyproj.Transformer.from_crs(
        4326, f"+proj=aeqd +lon_0={place.lon} +lat_0={place.lat}", always_xy=True
    )
    shape = shapely.transform(
        shapely.segmentize(area.shape, 0.02), lambda xy: np.column_stack(flat.transform(xy[:, 0], xy[:, 1]))
    )
    return shapely.distance(shape, shapely.Point(0, 0))


def oracle_m(start, end, found, margin_m):
    """The shortest way through points close along the widened outlines, on another plane; None: no way."""
    middle = midway(start, end, 0.5)
    flat = pyproj.Transformer.from_crs(
        4326, f"+proj=aeqd +lon_0={middle.lon} +lat_0={middle.lat}", always_xy=True
    )

    def project(xy):
        return np.column_stack(flat.transform(xy[:, 0], xy[:, 1]))

    shapes = [shapely.transform(shapely.segmentize(each.shape, 0.02), project) for each in found]
    shapes = [shapely.make_valid(each) for each in shapes]
    shut = shapely.union_all([shapely.buffer(each, margin_m * 0.8) for each in shapes])
    wide = shapely.simplify(
        shapely.union_all([shapely.buffer(each, margin_m) for each in shapes]), margin_m / 20
    )
    nodes = np.vstack([
        shapely.get_coordinates(shapely.segmentize(shapely.boundary(wide), 8_000.0)),
        project(np.array([start, end])),
    ])  # fmt: skip
    back = np.column_stack(flat.transform(nodes[:, 0], nodes[:, 1], direction="INVERSE"))
    one, other = np.triu_indices(len(nodes), 1)
    lines = shapely.linestrings(np.stack((nodes[one], nodes[other]), axis=1))
    shapely.prepare(shut)
    seen = ~shapely.intersects(shut, lines)
    one, other = one[seen], other[seen]
    metres = GEOD.inv(back[one, 0], back[one, 1], back[other, 0], back[other, 1])[2]
    joined = networkx.Graph()
    joined.add_nodes_from(range(len(nodes)))
    joined.add_weighted_edges_from(zip(one.tolist(), other.tolist(), metres.tolist(), strict=True))
    try:
        return networkx.dijkstra_path_length(joined, len(nodes) - 2, len(nodes) - 1)
    except networkx.NetworkXNoPath:
        return None


@settings(max_examples=150, deadline=None)
@given(areas())
def test_keeps_out_never_shorter_and_the_same_both_ways(found):
    assume(free(found, A, B, metres=1.0))
    try:
        there = course(A, B, found, MARGIN_M)
    except Unreachable as fault:
        with pytest.raises(Unreachable) as again:
            course(B, A, found, MARGIN_M)
        assert "\n" not in str(fault) and type(again.value) is type(fault)
        return
    assert inside(there.path, found) == []
    assert there.path[0] == A and there.path[-1] == B
    assert there.metres >= distance_m(A, B) * (1 - 1e-12)
    hops = [distance_m(a, b) for a, b in pairwise(there.path)]
    assert sum(hops) == pytest.approx(there.metres) and max(hops) <= 50_001
    back = course(B, A, found, MARGIN_M)
    assert (back.metres, back.path[::-1], back.around) == (there.metres, there.path, there.around)


@settings(max_examples=150, deadline=None)
@given(areas(), areas(most=3))
def test_areas_it_does_not_meet_change_nothing(found, others):
    assume(free([*found, *others], A, B, metres=1.0))
    try:
        before = course(A, B, found, MARGIN_M)
    except Unreachable:
        return
    lines = (shapely.LineString(before.path), shapely.LineString(geodesic(A, B, 5_000)))
    near = 3 * MARGIN_M / 111_195
    far = [each for each in others if not any(shapely.dwithin(each.shape, line, near) for line in lines)]
    after = course(A, B, [*far, *found], MARGIN_M)
    assert after.metres == pytest.approx(before.metres, rel=1e-4)
    assert set(before.around) <= set(after.around) or after.path == before.path


@settings(max_examples=60, deadline=None)
@given(areas(most=4))
def test_as_short_as_an_oracle_says(found):
    assume(free(found, A, B))
    expected = oracle_m(A, B, found, MARGIN_M)
    if expected is None:
        with pytest.raises(Unreachable):
            course(A, B, found, 2 * MARGIN_M)
        return
    metres = course(A, B, found, MARGIN_M).metres
    assert expected * 0.99 <= metres <= expected * 1.01


@given(st.floats(0, 359), st.floats(10_000, 900_000))
def test_nothing_in_the_way_is_the_geodesic(bearing, metres):
    end = off(A, bearing, metres)
    aside = circle("aside", *off(midway(A, end, 0.5), bearing_deg(A, end) + 90, 20_000), 15_000)
    found = course(A, end, [aside] if metres < 200_000 else [], MARGIN_M)
    assert (
        np.asarray(found.path) == pytest.approx(np.asarray(geodesic(A, end, 50_000))) and found.around == ()
    )
    assert found.metres == pytest.approx(distance_m(A, end), rel=1e-12)


def test_a_circle_costs_two_tangents_and_an_arc():
    middle, radius, half = midway(A, B, 0.5), 40_000.0, distance_m(A, B) / 2
    wide = radius + MARGIN_M
    expected = 2 * (math.sqrt(half**2 - wide**2) + wide * math.asin(wide / half))
    found = course(A, B, [circle("storm", *middle, radius)], MARGIN_M)
    assert found.metres == pytest.approx(expected, rel=0.003) and found.around == ("storm",)


def test_overlapping_and_touching_areas_are_gone_round_together():
    middle, across = midway(A, B, 0.5), bearing_deg(A, B) + 90
    wall = [circle(f"w{i}", *off(middle, across, 20_000.0 * i), 11_000) for i in range(-3, 5)]
    found = course(A, B, wall, MARGIN_M)
    assert inside(found.path, wall) == [] and "w0" in found.around and "w-3" in found.around
    alone = course(A, B, wall[3:4], MARGIN_M)
    assert found.metres > alone.metres > distance_m(A, B)


def test_out_of_a_bay_and_out_of_a_ring():
    bay = polygon("bay", [off(A, turn, 30_000) for turn in range(40, 321, 10)]
                  + [off(A, turn, 15_000) for turn in range(320, 39, -10)])  # fmt: skip
    west = off(A, 270, 100_000)
    found = course(A, west, [bay], MARGIN_M)
    assert inside(found.path, [bay]) == [] and found.metres > 1.05 * distance_m(A, west)
    ring = [band("ring", [off(A, turn, 30_000) for turn in range(0, 371, 10)], 4_000)]
    with pytest.raises(Unreachable, match="ring leaves no way round"):
        course(A, west, ring, MARGIN_M)
    near = off(A, 270, 10_000)
    assert course(A, near, ring, MARGIN_M).metres == pytest.approx(10_000)


@pytest.mark.parametrize(("place", "word"), [(A, "start"), (B, "end")])
def test_an_end_in_an_area_is_said(place, word):
    with pytest.raises(Unreachable, match=f"storm lies over the {word} of the flight"):
        course(A, B, [circle("storm", *place, 5_000)])


@pytest.mark.parametrize("metres", [0.5, 20.0, 150.0, 400.0])
def test_an_end_beside_an_area_flies_away_from_it_or_says_why(metres):
    wall = circle("wall", *off(A, bearing_deg(A, B) + 180, 10_000 + metres + 10), 10_000)
    if wall.holds(A):
        pytest.fail("the place lies in it")
    away = course(A, B, [wall], MARGIN_M)
    assert away.metres == pytest.approx(distance_m(A, B), rel=1e-6)
    behind = off(A, bearing_deg(A, B) + 180, 100_000)
    found = course(A, behind, [wall], MARGIN_M)
    assert inside(found.path, [wall]) == []


def test_what_is_not_served_says_so():
    fiji, tonga = LonLat(178.4, -18.1), LonLat(-175.2, -21.1)
    storm = circle("storm", 179.0, -18.5, 20_000)
    assert course(fiji, tonga, [circle("far", 170.0, -18.0, 20_000)]).metres == pytest.approx(
        distance_m(fiji, tonga)
    )
    assert course(fiji, tonga, [circle("Darwin", 130.0, -19.0, 50_000)]).around == ()
    with pytest.raises(Unreachable, match=r"storm .*180th meridian"):
        course(fiji, tonga, [storm])
    east = circle("east", -178.0, -19.8, 20_000)
    with pytest.raises(Unreachable, match=r"east .*180th meridian"):
        course(fiji, tonga, [east])
    with pytest.raises(Unreachable, match="85 degrees"):
        course(LonLat(0, 84.0), LonLat(120, 84.0), [circle("ice", 60.0, 87.0, 20_000)])
    with pytest.raises(Unreachable, match="too large"):
        course(A, B, [polygon("half", [(21.0, -80), (22.0, -80), (22.0, 80), (21.0, 80)])])


# --- the flight


def test_the_flight_tells_what_it_went_round_and_what_that_costs(profiles):
    plain = dataclasses.replace(profiles["helicopter"], overhead_s=0.0)
    storm = circle("storm", *midway(BRIA, BANGUI, 0.5), 50_000)
    straight, found = flight(BRIA, BANGUI, plain), flight(BRIA, BANGUI, plain, airspace=Airspace([storm]))
    assert found.around == ("storm",) and not storm.meets(found.path)
    assert found.longer_m == pytest.approx(found.metres - straight.metres) and found.longer_m > 5_000
    assert found.seconds_p50 == pytest.approx(found.metres * 3.6 / 220)
    assert straight.longer_m == 0.0 and straight.around == ()


def test_range_counts_the_way_it_must_fly(profiles):
    helicopter = profiles["helicopter"]
    assert distance_m(BRIA, BANGUI) < usable_km(helicopter) * 1000
    storm = circle("storm", *midway(BRIA, BANGUI, 0.5), 120_000)
    with pytest.raises(
        Unreachable, match=r"km round storm \(450 km straight\) is beyond the 468 km .*add a stop"
    ):
        flight(BRIA, BANGUI, helicopter, airspace=Airspace([storm]))
    with pytest.raises(Unreachable, match="add 2 stops with fuel"):
        flight(BRIA, off(BRIA, 90, 1_200_000), helicopter)


def test_an_accepted_threat_is_told_and_costs_no_time(profiles):
    plain = dataclasses.replace(profiles["helicopter"], overhead_s=0.0)
    middle = midway(BRIA, BANGUI, 0.5)
    wide, narrow = (
        Threat(circle("wide", *middle, 40_000), 2.0),
        Threat(circle("narrow", *middle, 10_000), 5.0),
    )
    straight, found = (
        flight(BRIA, BANGUI, plain),
        flight(BRIA, BANGUI, plain, airspace=Airspace(accepted=[wide, narrow])),
    )
    assert (found.metres, found.seconds_p50, found.path) == (
        straight.metres,
        straight.seconds_p50,
        straight.path,
    )
    by_name = {one.name: one for one in found.exposure}
    assert by_name["wide"].seconds == pytest.approx(80_000 * 3.6 / 220, rel=0.01)
    assert by_name["narrow"].weighed == pytest.approx(5 * 20_000 * 3.6 / 220, rel=0.01)
    assert found.exposed_s == pytest.approx(by_name["wide"].seconds)
    assert found.weighed_s == pytest.approx(5 * by_name["narrow"].seconds + 2 * (
        by_name["wide"].seconds - by_name["narrow"].seconds), rel=1e-6)  # fmt: skip
    around = flight(BRIA, BANGUI, plain, airspace=Airspace([narrow.area], [wide]))
    assert around.around == ("narrow",) and 0 < around.exposed_s < around.seconds_p50


STRIPS = {
    "Birao": LonLat(22.7169, 10.2364), "Bria": LonLat(21.9894, 6.52778), "Bangui": LonLat(18.5188, 4.39848),
    "Obo": LonLat(26.48722, 5.40389), "Bouar": LonLat(15.637, 5.958), "Bambari": LonLat(20.6475, 5.84694),
}  # fmt: skip
WORKED = {  # kilometres and minutes of flight between these strips at 220 km/h
    ("Birao", "Bria"): (420, 115), ("Birao", "Bangui"): (797, 217), ("Bria", "Bangui"): (451, 123),
    ("Obo", "Bria"): (513, 140), ("Bouar", "Bangui"): (363, 99), ("Bambari", "Bria"): (167, 45),
}  # fmt: skip


@pytest.mark.parametrize("way", WORKED)
def test_worked_times(profiles, way):
    plain = dataclasses.replace(profiles["helicopter"], overhead_s=0.0, range_km=2000)
    found, (km, minutes) = flight(STRIPS[way[0]], STRIPS[way[1]], plain), WORKED[way]
    assert found.metres / 1000 == pytest.approx(km, rel=0.006)  # those are of a sphere
    assert found.seconds_p50 / 60 == pytest.approx(minutes, rel=0.01)


@pytest.mark.parametrize(
    ("change", "word"),
    [({"margin_m": 5}, "margin_m is 5"), ({"landing_m": -1}, "landing_m is -1"),
     ({"slope_deg": 95}, "slope_deg is 95"), ({"slope_most_deg": 3}, "slope_most_deg is 3"),
     ({"check_days": "often"}, "check_days")],
)  # fmt: skip
def test_senseless_values_of_an_aircraft_are_named(change, word):
    document = json.loads((ROOT / "data" / "profiles.json").read_text())
    aircraft = next(one for one in document["profiles"] if one["name"] == "helicopter")
    aircraft.update(change)
    with pytest.raises(BadProfile, match=word):
        load_profiles(document)


# --- from one place to many


@settings(max_examples=60, deadline=None)
@given(areas(most=3), st.lists(st.tuples(st.floats(19.5, 23.5), st.floats(4.5, 7.0)), min_size=3, max_size=8))
def test_metres_to_many_points_are_those_of_single_courses(closed, points):
    found = metres_round(A, np.asarray(points), closed, MARGIN_M)
    for metres, point in zip(found.tolist(), points, strict=True):
        try:
            way = course(A, LonLat(*point), closed, MARGIN_M)
        except Unreachable:
            continue  # the margin may shut what is open without it
        assert metres >= distance_m(A, LonLat(*point)) * (1 - 1e-9)
        assert metres <= way.metres * 1.001 + 10 * MARGIN_M
        assert metres >= way.metres * 0.999 - 10 * MARGIN_M


def test_a_place_or_a_point_in_an_area_has_no_way_and_far_areas_do_not_matter():
    ring, far = circle("ring", *midway(A, B, 0.5), 40_000.0), circle("far", -150.0, -5.0, 50_000.0)
    points = np.asarray([midway(A, B, 0.5), B, midway(A, B, 0.1)])
    inside, behind, before = metres_round(A, points, [ring, far], MARGIN_M).tolist()
    assert (inside, before) == (math.inf, distance_m(A, LonLat(*points[2])))
    assert behind == pytest.approx(course(A, B, [ring], MARGIN_M).metres, rel=1e-3)
    assert behind > distance_m(A, B) + 1000
    assert np.isinf(metres_round(midway(A, B, 0.5), points, [ring], MARGIN_M)).all()
    assert metres_round(A, points, [], MARGIN_M)[1] == distance_m(A, B)

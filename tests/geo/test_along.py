"""So many kilometres along a road: the demo's roads, drawn ones with gaps, a real extract."""

import networkx as nx
import numpy as np
import pytest

from geo.along import Tracks
from geo.errors import OffNetwork, Unreachable
from geo.lonlat import LonLat, distance_m
from geo.osm import import_extract
from geo.towns import towns


@pytest.fixture(scope="module")
def car(national):
    return Tracks(national), {one.name: one.place for one in towns(national)}


def test_a_road_in_the_middle_goes_two_ways_and_towards_chooses(car):
    tracks, at = car
    on = tracks.called("rn2")
    points = tracks.points(on, at["Sibut"], 15_000, 5_000)
    assert len(points) == 2
    there = tracks.towards(on, points, at["Sibut"], at["Bambari"])
    back = tracks.towards(on, points, at["Sibut"], at["Bangui"])
    assert len(there) == len(back) == 1 and there != back
    assert distance_m(there[0], at["Bambari"]) < distance_m(at["Sibut"], at["Bambari"])
    assert distance_m(back[0], at["Bangui"]) < distance_m(at["Sibut"], at["Bangui"])


def test_from_its_end_a_road_goes_one_way(car):
    tracks, at = car
    assert len(tracks.points(tracks.called("RN 8"), at["Sibut"], 15_000, 5_000)) == 1
    either = [
        tracks.points(tracks.called(name), at["Sibut"], 15_000, 5_000)
        for name in ("Sibut - Bambari", "bambari - SIBUT")
    ]
    assert either[0] == either[1]


def test_the_point_moves_on_with_the_kilometres(car):
    tracks, at = car
    on = tracks.called("Sibut - Bambari")
    far = [
        distance_m(at["Sibut"], tracks.points(on, at["Sibut"], km * 1000.0, 5_000)[0]) for km in (5, 50, 150)
    ]
    assert far == sorted(far)
    assert far[2] < 150_000  # a road is never shorter than the straight line


def test_what_the_road_does_not_do(car):
    tracks, at = car
    with pytest.raises(OffNetwork):
        tracks.points(tracks.called("RN2"), at["Bria"], 15_000, 5_000)
    with pytest.raises(Unreachable, match=r"that road goes .* km from there, not 9000"):
        tracks.points(tracks.called("Sibut - Bambari"), at["Sibut"], 9_000_000, 5_000)
    assert not tracks.called("RN99").any()
    assert not tracks.called("").any()


def test_between_two_places_by_the_shortest_way(car):
    tracks, at = car
    point = tracks.between(at["Bria"], at["Bambari"], 15_000, 5_000)
    assert distance_m(point, at["Bria"]) < 15_000
    assert distance_m(point, at["Bambari"]) < distance_m(at["Bria"], at["Bambari"])
    with pytest.raises(Unreachable, match="km long, not 900"):
        tracks.between(at["Bria"], at["Bambari"], 900_000, 5_000)


# RN1 from 1 to 2; a roundabout without the name from 2 to 3; RN1 goes on to 4. A side road at 2.
GAP = """<?xml version='1.0' encoding='UTF-8'?><osm version="0.6">
<node id="1" version="1" lon="10.00" lat="5.0"/><node id="2" version="1" lon="10.02" lat="5.0"/>
<node id="3" version="1" lon="10.0205" lat="5.0"/><node id="4" version="1" lon="10.05" lat="5.0"/>
<node id="5" version="1" lon="10.02" lat="5.05"/>
<way id="1" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/>
 <tag k="ref" v="RN1;A2"/></way>
<way id="2" version="1"><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/></way>
<way id="3" version="1"><nd ref="3"/><nd ref="4"/><tag k="highway" v="primary"/><tag k="ref" v="RN1"/></way>
<way id="4" version="1"><nd ref="2"/><nd ref="5"/><tag k="highway" v="track"/></way>
</osm>"""


@pytest.fixture
def gap(tmp_path) -> Tracks:
    (tmp_path / "gap.osm").write_text(GAP)
    return Tracks(import_extract(tmp_path / "gap.osm"))


@pytest.mark.parametrize("metres", [1_000, 2_200, 2_250, 4_000])
def test_a_short_piece_under_another_name_is_crossed_not_left(gap, metres):
    start = LonLat(10.0, 5.0)
    (point,) = gap.points(gap.called("rn 1"), start, metres, 100)
    assert distance_m(start, point) == pytest.approx(metres, abs=2)
    assert point.lat == pytest.approx(5.0)


def test_one_of_several_numbers_is_enough(gap):
    assert np.flatnonzero(gap.called("A2")).tolist() == np.flatnonzero(gap.called("RN1")).tolist()[:1]


def test_points_of_a_real_road_are_as_far_as_another_search_says(extract):
    roads = extract("porto")
    tracks = Tracks(roads)
    on = tracks.called("A 28")
    assert on.sum() > 50
    at = int(roads.tail[np.flatnonzero(on)[0]])
    start = LonLat(float(roads.node_x[at]) * 1e-7, float(roads.node_y[at]) * 1e-7)
    graph = nx.Graph()
    for e in np.flatnonzero(on).tolist():
        graph.add_edge(int(roads.tail[e]), int(roads.head[e]), weight=float(roads.metres[e]))
    far = nx.single_source_dijkstra_path_length(graph, at)
    metres = max(far.values()) / 2
    nodes = {node: LonLat(float(roads.node_x[node]) * 1e-7, float(roads.node_y[node]) * 1e-7) for node in far}
    points = tracks.points(on, start, metres, 100)
    beside = [[far[node] for node, at in nodes.items() if distance_m(point, at) < 600] for point in points]
    known = [ends for ends in beside if ends]  # on the piece that hangs together by its number alone
    assert known
    assert all(min(abs(one - metres) for one in ends) < 700 for ends in known)

"""The demo's national roads: connected, sourced, honest about what is estimated."""

import json
import math
import re
from itertools import pairwise

import pytest

from geo.drawing import roads_geojson
from geo.errors import BadExtract, OffNetwork
from geo.lonlat import LonLat, distance_m
from geo.national import read_geojson
from geo.routing import Router
from tests.geo.conftest import ROOT

LINES = json.loads((ROOT / "data" / "roads_car.geojson").read_text())
README = (ROOT / "data" / "README.md").read_text()
TOWNS = {
    "Bangui": (18.55496, 4.36122), "Bossembélé": (17.65, 5.26667), "Bouar": (15.59599, 5.93404),
    "Bossangoa": (17.45518, 6.49263), "Paoua": (16.44059, 7.24269), "Berbérati": (15.79216, 4.26116),
    "Sibut": (19.07389, 5.71801), "Kaga-Bandoro": (19.18744, 6.98961), "Batangafo": (18.2833, 7.30082),
    "Ndélé": (20.64728, 8.41091), "Birao": (22.78818, 10.28488), "Bambari": (20.67565, 5.76795),
    "Bria": (21.98633, 6.54233), "Bangassou": (22.81838, 4.74132), "Zémio": (25.13614, 5.03144),
    "Obo": (26.49211, 5.39586),
}  # fmt: skip
PLACES = {name: LonLat(*at) for name, at in TOWNS.items()}


def test_it_starts_dry_and_connected(national, profiles):
    assert national.largest_component == national.nodes
    names = list(PLACES.values())
    for profile in ("ambulance", "ambulance-4x4", "truck", "motorbike", "litter-team"):
        table = Router(national, profiles).table(names, names, profile)
        assert table.reasons == {}
        assert (table.seconds_p50 < math.inf).all()


@pytest.mark.parametrize(
    ("ends", "km", "within"),
    [(("Bangui", "Bouar"), 452, 1), (("Bangui", "Bambari"), 400, 15), (("Bangui", "Bria"), 595, 15),
     (("Bangui", "Kaga-Bandoro"), 341, 5), (("Bangassou", "Obo"), 616, 1), (("Bambari", "Birao"), 690, 1),
     (("Bangui", "Obo"), 1320, 100)],
)  # fmt: skip
def test_published_distances(national, profiles, ends, km, within):
    route = Router(national, profiles).route(PLACES[ends[0]], PLACES[ends[1]], "ambulance")
    assert route.metres / 1000 == pytest.approx(km, abs=within)


def test_estimates_are_marked_on_the_arrival(national, profiles):
    router = Router(national, profiles)
    known, guessed = (router.route(PLACES["Bangui"], PLACES[end], "ambulance") for end in ("Bouar", "Birao"))
    assert not known.estimated and guessed.estimated
    assert {arc.ref for arc in known.arcs} == {"RN1", "RN3"}
    assert {arc.surface for arc in known.arcs} == {"paved"}
    assert any(arc.estimated for arc in guessed.arcs) and not all(arc.estimated for arc in guessed.arcs)


def test_every_figure_has_its_source_in_the_readme():
    keys = set(re.findall(r"`([a-z0-9.-]+)`", README))
    for feature in LINES["features"]:
        facts = feature["properties"]
        assert facts["km"] > 0 and facts["name"] and facts["wet"] in ("open", "closed")
        for column in ("km_source", "surface_source", "wet_source", "road_source"):
            text = re.sub(r"^share of .*: ", "", facts.get(column, "estimated"))
            for key in re.split(r", less | and ", text):
                assert key in keys or key in ("estimated", "geodesic x 1.2"), (facts["name"], column, key)
        if facts["km_source"].startswith("geodesic"):
            assert facts["estimated"]


def test_lengths_are_no_shorter_than_straight_and_estimates_follow_the_stated_factor():
    for feature in LINES["features"]:
        facts, points = feature["properties"], [LonLat(*each) for each in feature["geometry"]["coordinates"]]
        straight = sum(distance_m(a, b) for a, b in pairwise(points)) / 1000
        assert 1.0 <= facts["km"] / straight < 1.5, facts["name"]
        if facts["km_source"] == "geodesic x 1.2":
            assert facts["km"] == pytest.approx(straight * 1.2, abs=0.1)


def test_the_wet_season_closes_and_slows(national, profiles):
    dry, wet = Router(national, profiles), Router(national, profiles, season="wet")
    for end in ("Bouar", "Bria", "Ndélé"):
        a, b = (each.route(PLACES["Bangui"], PLACES[end], "ambulance") for each in (dry, wet))
        assert b.seconds_p50 > a.seconds_p50 and b.seconds_p90 / b.seconds_p50 > a.seconds_p90 / a.seconds_p50
    with pytest.raises(OffNetwork, match="wet season every road near it is closed"):
        wet.route(PLACES["Bangui"], PLACES["Birao"], "ambulance")


def test_network_as_geojson(national):
    whole = roads_geojson(national)
    assert len(whole["features"]) == national.stretches and not whole["truncated"]
    assert sum(each["properties"]["estimated"] for each in whole["features"]) >= 8
    assert all(each["properties"]["passable"] for each in whole["features"])
    wet = roads_geojson(national, season="wet")
    assert sum(not each["properties"]["passable"] for each in wet["features"]) == 6
    json.dumps(whole)
    near = roads_geojson(national, bbox=(18.4, 4.2, 18.8, 4.6), limit=3)
    assert {each["properties"]["ref"] for each in near["features"]} <= {"RN1", "RN2", "RN6"}
    assert roads_geojson(national, classes=["motorway"])["features"] == []
    assert roads_geojson(national, limit=2)["truncated"]


LINE = {"type": "LineString", "coordinates": [[18.0, 5.0], [19.0, 5.0]]}


@pytest.mark.parametrize(
    ("document", "word"),
    [
        ("{", "not a GeoJSON"), ("{}", "features"), ('{"features": []}', "no lines"),
        ({"geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": {}}, "feature 1 is a Point"),
        ({"geometry": None, "properties": {}}, "not a GeoJSON"),
        ({"geometry": {**LINE, "coordinates": [[18, 5], [19, 91]]}, "properties": {}}, "latitude 91"),
        ({"geometry": {**LINE, "coordinates": [[18, 5], [None, 1]]}, "properties": {}}, "not a GeoJSON"),
        ({"geometry": LINE, "properties": {"km": -3}}, "km is -3"),
        ({"geometry": LINE, "properties": {"km": "far"}}, "far"),
        ({"geometry": LINE, "properties": {"surface": "cheese"}}, "surface is 'cheese'"),
        ({"geometry": LINE, "properties": {"wet": "maybe"}}, "wet is 'maybe'"),
    ],
)  # fmt: skip
def test_bad_lines_are_named(tmp_path, document, word):
    path = tmp_path / "lines.geojson"
    path.write_text(document if isinstance(document, str) else json.dumps({"features": [document]}))
    with pytest.raises(BadExtract, match=word) as fault:
        read_geojson(path)
    assert "lines.geojson" in str(fault.value) and "\n" not in str(fault.value)


def test_a_line_without_kilometres_has_its_own_length(tmp_path):
    path = tmp_path / "lines.geojson"
    path.write_text(json.dumps({"features": [{"geometry": LINE, "properties": {}}]}))
    roads = read_geojson(path)
    assert roads.metres[0] == pytest.approx(distance_m(LonLat(18, 5), LonLat(19, 5)), rel=1e-6)
    with pytest.raises(BadExtract, match="cannot read"):
        read_geojson(tmp_path / "none.geojson")

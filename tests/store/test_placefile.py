"""Place files of each format, and each kind of bad one: named in words, the rest imported."""

import json
from pathlib import Path

import geopandas
import pytest
from shapely.geometry import Point, Polygon

from casevac.errors import BadFile
from casevac.events import FacilityRegistered, SiteRegistered, TeamRegistered, VehicleRegistered
from casevac.store.placefile import read_places
from casevac.terms import Capability, Equipment, SiteKind, TeamKind, VehicleKind

ROWS = [
    {
        "name": "North", "level": "2", "capabilities": "RESUS, DCS", "beds_staffed": 20, "beds_free": 12,
        "tables": 1, "open": True, "source": "public report", "source_date": "2025-01-01",
        "demonstration": True, "geometry": Point(21.5, 6.5),
    },
    {
        "name": "South", "level": "1", "capabilities": "FIRST_AID|RESUS", "beds_staffed": 5, "beds_free": 5,
        "tables": 0, "open": False, "source": "public report", "source_date": "2025-01-01",
        "demonstration": True, "geometry": Point(21.6, 4.5),
    },
]  # fmt: skip


def frame(rows=ROWS, crs="EPSG:4326") -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(rows, crs=crs)


@pytest.mark.filterwarnings("ignore:.*10 char", "ignore:.*laundered")  # a Shapefile cuts names off
@pytest.mark.parametrize("name", ["places.geojson", "places.gpkg", "places.shp"])
def test_every_vector_format_gives_the_same_places(tmp_path: Path, name: str):
    frame().to_file(tmp_path / name)
    found = read_places(tmp_path / name)
    assert found.faults == ()
    north, south = found.bodies
    assert isinstance(north, FacilityRegistered)
    assert (north.id, north.name, north.lon, north.lat, north.level) == ("north", "North", 21.5, 6.5, "2")
    assert north.capabilities == (Capability.RESUS, Capability.DCS)
    assert (north.beds_staffed, north.beds_free, north.tables) == (20, 12, 1)
    assert (north.open, south.open, north.demonstration) == (True, False, True)
    assert (north.source, north.source_date) == ("public report", "2025-01-01")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_with_lon_and_lat(tmp_path: Path, separator: str):
    lines = [
        ["name", "longitude", "Lat", "capabilities", "tables"],
        ["Hôpital Est", "22.0", "5.5", "RESUS|DCS", "2"],
    ]
    path = tmp_path / "places.csv"
    path.write_text("\n".join(separator.join(line) for line in lines), encoding="utf-8-sig")
    (found,) = read_places(path).bodies
    assert (found.id, found.name, found.lon, found.lat, found.tables) == (
        "hôpital-est", "Hôpital Est", 22.0, 5.5, 2,
    )  # fmt: skip


def test_another_coordinate_system_becomes_wgs_84(tmp_path: Path):
    frame().to_crs("EPSG:32634").to_file(tmp_path / "utm.gpkg")
    north = read_places(tmp_path / "utm.gpkg").bodies[0]
    assert (north.lon, north.lat) == pytest.approx((21.5, 6.5), abs=1e-7)


def test_a_shape_gives_a_point_inside_it(tmp_path: Path):
    camp = Polygon([(21, 6), (22, 6), (22, 7), (21, 7)])
    frame([{**ROWS[0], "geometry": camp}]).to_file(tmp_path / "camp.geojson")
    found = read_places(tmp_path / "camp.geojson").bodies[0]
    assert camp.contains(Point(found.lon, found.lat))


def test_facilities_sites_and_vehicles_in_one_file(tmp_path: Path):
    rows = [
        ROWS[0],
        {"name": "Strip", "site_kind": "landing", "geometry": Point(20, 5)},
        {
            "callsign": "AMB-1", "vehicle_kind": "ground", "profile": "ambulance", "litters": 2,
            "geometry": Point(20, 5), "home_name": "Depot",
        },
    ]  # fmt: skip
    frame(rows).to_file(tmp_path / "all.geojson")
    found = read_places(tmp_path / "all.geojson")
    assert found.faults == ()
    assert [type(one) for one in found.bodies] == [FacilityRegistered, SiteRegistered, VehicleRegistered]
    _, strip, ambulance = found.bodies
    assert strip.site_kind == SiteKind.LANDING
    assert (ambulance.id, ambulance.vehicle_kind) == ("AMB-1", VehicleKind.GROUND)
    assert (ambulance.home_name, ambulance.home_lon, ambulance.home_lat) == ("Depot", 20.0, 5.0)


def test_teams_and_what_vehicles_carry(tmp_path: Path):
    rows = [
        {
            "callsign": "HELI", "vehicle_kind": "air", "profile": "helicopter", "litters": 4,
            "equipment": "hoist, ventilator", "readiness_s": 900, "range_km": "550,5", "operator": "UN",
            "geometry": Point(20, 5),
        },
        {
            "name": "AMET 1", "team_kind": "AMET", "members": 3, "vehicle": "HELI", "readiness_s": 600,
            "geometry": Point(20, 5),
        },
        {"name": "Escort 1", "team_kind": "escort", "facility": "north", "geometry": None},
    ]  # fmt: skip
    frame(rows).to_file(tmp_path / "means.geojson")
    found = read_places(tmp_path / "means.geojson")
    assert found.faults == ()
    heli, amet, escort = found.bodies
    assert heli.equipment == (Equipment.HOIST, Equipment.VENTILATOR)
    assert (heli.readiness_s, heli.range_km, heli.operator) == (900, 550.5, "UN")
    assert isinstance(amet, TeamRegistered)
    assert (amet.id, amet.team_kind, amet.members, amet.vehicle) == ("amet-1", TeamKind.AMET, 3, "HELI")
    assert (amet.lon, amet.lat, amet.readiness_s) == (20.0, 5.0, 600)
    assert (escort.lon, escort.facility, escort.members) == (None, "north", 1)


def test_what_is_not_told_of_a_facility_is_not_zero(tmp_path: Path):
    path = tmp_path / "p.csv"
    path.write_text(
        "name,lon,lat,capabilities,beds_staffed,beds_free,tables\nA,20,5,DCS,,,\nB,20,5,DCS,4,0,0\n"
    )
    known, counted = read_places(path).bodies
    assert (known.beds_staffed, known.beds_free, known.tables) == (None, None, None)
    assert (counted.beds_staffed, counted.beds_free, counted.tables) == (4, 0, 0)


def test_a_facility_without_coordinates_is_named_and_the_rest_imported(tmp_path: Path):
    frame([ROWS[0], {**ROWS[1], "geometry": None}]).to_file(tmp_path / "half.geojson")
    found = read_places(tmp_path / "half.geojson")
    assert [one.name for one in found.bodies] == ["North"]
    assert found.faults == ("row 2 (South): has no coordinates; add them to the file and import it again",)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("", "5"), "has no coordinates"),
        (("NaN", "5"), "is not a place"),
        (("20", "91"), "latitude 91 is outside -90 to 90"),
        (("200", "5"), "longitude 200 is outside"),
        (("east", "5"), "lon is no number: 'east'"),
    ],
)
def test_bad_coordinates_are_named(tmp_path: Path, cells, words):
    path = tmp_path / "p.csv"
    good = "Good,20,5,DCS"
    path.write_text(f"name,lon,lat,capabilities\nBad,{cells[0]},{cells[1]},DCS\n{good}\n")
    found = read_places(path)
    assert [one.name for one in found.bodies] == ["Good"]
    assert found.faults[0].startswith("row 1 (Bad): ")
    assert words in found.faults[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"capabilities": "DCS, TELEPORT"}, "unknown capability 'TELEPORT'; known: FIRST_AID, RESUS"),
        ({"beds_free": -1}, "beds_free is -1; give a whole number"),
        ({"beds_free": 24}, "has 24 free of 20 staffed beds; correct the numbers"),
        ({"team_kind": "choir"}, "unknown team kind 'choir'; known: amet, medical"),
        ({"callsign": "V", "equipment": "winch"}, "unknown equipment 'winch'; known: hoist"),
        ({"callsign": "V", "range_km": "far"}, "range_km is no number: 'far'"),
        ({"callsign": "V", "readiness_s": -1}, "readiness_s is -1; give a number"),
        ({"tables": 1.5}, "tables is 1.5; give a whole number"),
        ({"open": "perhaps"}, "open is 'perhaps'; give true or false"),
        ({"name": ""}, "has no name"),
        ({"name": "x" * 99}, "facility_registered"),
        ({"capabilities": None, "level": None}, "is neither a facility"),
    ],
)
def test_a_row_with_a_bad_value_is_named(tmp_path: Path, change, words):
    frame([{**ROWS[0], **change}, ROWS[1]]).to_file(tmp_path / "p.geojson")
    found = read_places(tmp_path / "p.geojson")
    assert [one.name for one in found.bodies] == ["South"]
    assert words in found.faults[0]


def test_an_id_used_twice_is_named(tmp_path: Path):
    frame([ROWS[0], ROWS[0]]).to_file(tmp_path / "p.geojson")
    found = read_places(tmp_path / "p.geojson")
    assert len(found.bodies) == 1
    assert found.faults == ("row 2 (North): has the id 'north' of row 1",)


def test_an_unknown_kind_of_site_is_named(tmp_path: Path):
    frame([{"name": "P", "site_kind": "port", "geometry": Point(20, 5)}]).to_file(tmp_path / "p.geojson")
    assert "unknown site kind 'port'" in read_places(tmp_path / "p.geojson").faults[0]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("gone.geojson", None, "there is no file"),
        ("noise.geojson", b"\x00\x01\x02 not json", "is not a place file"),
        ("cut.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Fea', "is not a place file"),
        ("noise.gpkg", b"SQLite? no", "is not a place file"),
        ("noise.shp", b"\x00" * 50, "is not a place file"),
        ("noise.csv", b"\xff\xfe\x00\x81name", "is not a CSV file in UTF-8"),
        ("empty.csv", b"", "is not a CSV file in UTF-8"),
        ("plain.csv", b"name,capabilities\nA,DCS\n", "has no columns lon and lat; it has name"),
        ("bare.csv", b"name,lon,lat\n", "holds no places"),
        ("bare.geojson", b'{"type": "FeatureCollection", "features": []}', "bare.geojson"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name, content, words):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadFile, match=words) as fault:
        read_places(path)
    assert name in str(fault.value)
    assert "\n" not in str(fault.value)


def test_a_truncated_geopackage_is_named(tmp_path: Path):
    frame().to_file(tmp_path / "whole.gpkg")
    path = tmp_path / "cut.gpkg"
    path.write_bytes((tmp_path / "whole.gpkg").read_bytes()[:5000])
    with pytest.raises(BadFile, match=r"cut\.gpkg"):
        read_places(path)


def test_a_list_of_capabilities_in_geojson(tmp_path: Path):
    feature = {
        "type": "Feature",
        "properties": {"id": "h", "name": "H", "capabilities": ["RESUS", "DCS"]},
        "geometry": {"type": "Point", "coordinates": [21.0, 6.0]},
    }
    path = tmp_path / "p.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert read_places(path).bodies[0].capabilities == (Capability.RESUS, Capability.DCS)

"""Names of places from files of the user's own: read, kept, replaced; and faulty rows."""

import json
from pathlib import Path

import pytest

from casevac.errors import BadFile
from casevac.picture import empty
from casevac.shipped import shipped
from casevac.store import networks, placenames
from casevac.whereabouts import find

CSV = """name;lon;lat;kind;radius_m;aliases;name:fr
Gbôkô;20,5;6,5;village;;Boko|Mboko;Gbôkô-Centre
Checkpoint 4;20.6;6.6;;250;;
;20;5;;;;
Far;200;5;;;;
Nowhere;;;;;;
Wide;20;5;;-3;;
Odd;20;5;;big;;
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "names.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def test_good_rows_are_read_and_faulty_ones_named(table):
    found = placenames.read_names(table)
    boko, checkpoint = found.entries
    assert boko.names == ("Gbôkô", "Boko", "Mboko", "Gbôkô-Centre")
    assert (boko.kind, boko.radius_m, boko.place, boko.source) == (
        "village",
        1000.0,
        (20.5, 6.5),
        "names.csv",
    )
    assert (checkpoint.kind, checkpoint.radius_m) == ("place", 250.0)
    assert [fault.split(":")[0] for fault in found.faults] == [
        "row 3 (no name)",
        "row 4 (Far)",
        "row 5 (Nowhere)",
        "row 6 (Wide)",
        "row 7 (Odd)",
    ]


def test_geojson_too(tmp_path):
    path = tmp_path / "n.geojson"
    point = {"type": "Point", "coordinates": [20.5, 6.5]}
    features = [{"type": "Feature", "geometry": point, "properties": {"name": "Ndélé", "kind": "TOWN"}}]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    (entry,) = placenames.read_names(path).entries
    assert (entry.name, entry.kind, entry.radius_m) == ("Ndélé", "town", 2000.0)


def test_they_are_kept_for_the_mission_and_replaced_by_file(tmp_path, table):
    home, other = tmp_path / "home", tmp_path / "other.csv"
    other.write_text("name,lon,lat\nZemio,25.1,5.0\n", encoding="utf-8")
    assert placenames.mission_names(home, "m") == []
    before = placenames.stamp(home, "m")
    placenames.import_names(home, "m", table)
    placenames.import_names(home, "m", other)
    assert [one.name for one in placenames.mission_names(home, "m")] == ["Gbôkô", "Checkpoint 4", "Zemio"]
    table.write_text("name,lon,lat\nNew,20,6\n", encoding="utf-8")
    placenames.import_names(home, "m", table)
    assert [one.name for one in placenames.mission_names(home, "m")] == ["Zemio", "New"]
    assert placenames.mission_names(home, "another") == []
    assert placenames.stamp(home, "m") != before


def test_a_file_without_a_usable_row_replaces_nothing(tmp_path, table):
    home = tmp_path / "home"
    placenames.import_names(home, "m", table)
    table.write_text("name,lon,lat\n,20,6\n", encoding="utf-8")
    assert placenames.import_names(home, "m", table).faults
    assert len(placenames.mission_names(home, "m")) == 2
    table.write_text("name,lon,lat\n", encoding="utf-8")
    with pytest.raises(BadFile, match="holds no places"):
        placenames.import_names(home, "m", table)


def test_any_mission_name_has_a_file_of_its_own(tmp_path):
    files = {placenames.names_file(tmp_path, name) for name in ("north", "North", "../x", "a/b", "é" * 300)}
    assert len(files) == 5
    assert {one.parent for one in files} == {tmp_path / "places"}


def test_a_damaged_file_says_what_to_do(tmp_path, table):
    home = tmp_path / "home"
    placenames.import_names(home, "m", table)
    placenames.names_file(home, "m").write_bytes(b"x")
    with pytest.raises(BadFile, match="damaged; delete that file, then import it again"):
        placenames.mission_names(home, "m")


def test_all_that_a_mission_knows(tmp_path, table):
    home = tmp_path / "home"
    roads = networks.import_network(home, "car", shipped("roads_car.geojson"))
    placenames.import_names(home, "m", table)
    ground = placenames.ground(home, "m", roads, 20_000.0)
    assert find(empty("m"), "mboko", ground).name == "Mboko (Gbôkô)"
    assert find(empty("m"), "checkpoint 4", ground).uncertainty_m == 250.0
    assert find(empty("m"), "bambari", ground).kind == "town"

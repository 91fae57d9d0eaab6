"""The basemap's vector tiles, read by a decoder that is not ours, from real extracts and the demo's roads."""

import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import mapbox_vector_tile
import pytest
import shapely
from click.testing import CliRunner

from casevac.events import RoadsChosen
from casevac.roof.cli import main
from casevac.shipped import shipped
from casevac.store import accounts, drawings, networks, tiles
from casevac.store.connection import Connection, connect
from geo.errors import BadExtract
from tests.maps.door import Door, serving, wait_for
from tests.maps.mission import BANGUI, Story

OSM = Path(__file__).parents[3] / "shared" / "data" / "osm"
ANDORRA, PORTO = OSM / "andorra-2023.osm.pbf", OSM / "porto.osm.pbf"
real = pytest.mark.skipif(not OSM.is_dir(), reason="the test extracts are not here")


def at(lon: float, lat: float, zoom: int) -> tuple[int, int, int]:
    """The tile of a place."""
    n = 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return zoom, int((lon + 180) / 360 * n), int(y * n)


def features(body: bytes, layer: str) -> list[dict[str, Any]]:
    decoded = mapbox_vector_tile.decode(body)
    return list(decoded.get(layer, {"features": []})["features"])


@pytest.fixture
def db(database_url: str) -> Iterator[Connection]:
    found = connect(database_url)
    yield found
    found.close()


def drawn(db: Connection, home: Path, source: Path, name: str = "net") -> str:
    roads = networks.import_network(home, name, source)
    with db:
        return drawings.draw(db, name, roads, source).key


def casevac(url: str, home: Path, *words: str) -> str:
    environment = {"CASEVAC_DATABASE_URL": url, "CASEVAC_HOME": str(home)}
    found = CliRunner().invoke(main, list(words), env=environment)
    assert found.exit_code == 0, found.output
    return found.output


def test_the_demo_roads_are_in_the_tile_of_their_town(db: Connection, tmp_path: Path) -> None:
    key = drawn(db, tmp_path, shipped("roads_car.geojson"))
    body = tiles.tile(db, key, *at(*BANGUI, 8))
    roads = [one["properties"] for one in features(body, "roads")]
    assert {one["class"] for one in roads} <= {"primary", "secondary"}
    assert any(one.get("ref") == "RN1" for one in roads)
    names = [one["properties"]["name"] for one in features(body, "places")]
    assert "Bangui" in names


def test_a_road_closed_in_the_wet_season_and_an_estimated_one_say_so(db: Connection, tmp_path: Path) -> None:
    key = drawn(db, tmp_path, shipped("roads_car.geojson"))
    told = [one["properties"] for one in features(tiles.tile(db, key, *at(20.5, 6.5, 5)), "roads")]
    assert any(one.get("dry_only") for one in told)
    assert any(one.get("estimated") for one in told)
    assert any(not one.get("dry_only") for one in told)


@real
def test_andorra_has_water_and_places_at_every_zoom_that_shows_them(db: Connection, tmp_path: Path) -> None:
    key = drawn(db, tmp_path, ANDORRA)
    town = (1.5218, 42.5075)
    near = tiles.tile(db, key, *at(*town, 14))
    kinds = {one["properties"]["kind"] for one in features(near, "water")}
    assert "river" in kinds
    assert any(one["properties"].get("bridge") for one in features(near, "roads"))
    far = features(tiles.tile(db, key, *at(*town, 8)), "places")
    assert "Andorra la Vella" in {one["properties"]["name"] for one in far}
    classes = {one["properties"]["class"] for one in features(tiles.tile(db, key, *at(*town, 8)), "roads")}
    assert "primary" in classes
    assert not classes & {"residential", "footway", "steps", "service"}


@real
def test_limits_and_fords_are_told(db: Connection, tmp_path: Path) -> None:
    key = drawn(db, tmp_path, PORTO)
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT ST_X(p), ST_Y(p), (told->>'max_height_m')::float FROM (SELECT told, ST_Transform("
            "ST_PointOnSurface(geom), 4326) p FROM drawn WHERE drawing = %s AND level = 0 AND layer = 'roads'"
            " AND told ? 'max_height_m') limited LIMIT 1",
            (key,),
        )
        lon, lat, height = cursor.fetchone()
    roads = features(tiles.tile(db, key, *at(lon, lat, 14)), "roads")
    assert height in {one["properties"].get("max_height_m") for one in roads}


@real
def test_a_line_in_a_tile_lies_where_the_road_is(db: Connection, tmp_path: Path) -> None:
    """Coordinates of the decoded tile, brought back to degrees, lie within two metres of the network."""
    key = drawn(db, tmp_path, ANDORRA)
    roads = networks.open_network(tmp_path, "net")
    zoom, x, y = at(1.5218, 42.5075, 14)
    lines = [
        one["geometry"]["coordinates"]
        for one in features(tiles.tile(db, key, zoom, x, y), "roads")
        if one["geometry"]["type"] == "LineString"
    ]
    known = roads.tree
    for line in lines[:40]:
        for px, py in line:
            if not (0 < px < 4096 and 0 < py < 4096):
                continue  # cut at the edge
            lon = (x + px / 4096) / 2**zoom * 360 - 180
            lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (y + 1 - py / 4096) / 2**zoom))))
            nearest = known.geometries[known.nearest(shapely.Point(lon, lat))]
            assert nearest.distance(shapely.Point(lon, lat)) < 2e-5


@real
def test_the_same_again_changes_nothing_and_another_file_replaces_it(db: Connection, tmp_path: Path) -> None:
    first = drawn(db, tmp_path, ANDORRA)
    assert drawn(db, tmp_path, ANDORRA) == first
    other = drawn(db, tmp_path, OSM / "andorra-2013.osm.pbf")
    assert other != first
    assert drawings.by_key(db, first) is None
    with db.cursor() as cursor:
        cursor.execute("SELECT count(*) FILTER (WHERE drawing = %s), count(*) FROM drawn", (other,))
        mine, every = cursor.fetchone()
    assert mine == every > 0


def test_an_import_draws_and_a_removal_forgets(database_url: str, db: Connection, tmp_path: Path) -> None:
    said = casevac(
        database_url, tmp_path, "roads", "import", str(shipped("roads_car.geojson")), "--name", "n"
    )
    assert "Drawn on the map" in said
    roads = networks.open_network(tmp_path, "n")
    found = drawings.of_network(db, "n", roads.digest)
    assert found is not None
    assert found.has["roads"] > 10
    db.rollback()
    casevac(database_url, tmp_path, "roads", "remove", "n")
    assert drawings.of_network(db, "n", roads.digest) is None
    assert networks.names(tmp_path) == []


def test_a_network_in_use_is_not_removed(story: Story) -> None:
    environment = {"CASEVAC_DATABASE_URL": story.url, "CASEVAC_HOME": str(story.home)}
    said = CliRunner().invoke(main, ["roads", "remove", "car"], env=environment)
    assert said.exit_code != 0
    assert "casevac roads use OTHER" in said.output
    assert networks.names(story.home) == ["car"]


def test_the_door_serves_tiles_that_may_be_kept_for_good(still_door: Door) -> None:
    told = still_door.get("/api/basemap")
    assert told["state"] == "drawn"
    zoom, x, y = at(*BANGUI, 6)
    address = told["tiles"].format(z=zoom, x=x, y=y)
    found = still_door.http.get(f"/{address}")
    assert found.status_code == 200
    assert "immutable" in found.headers["cache-control"]
    assert "private" in found.headers["cache-control"]
    assert features(found.content, "roads")
    again = still_door.http.get(f"/{address}", headers={"if-none-match": found.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = still_door.http.get(f"/{address}", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == found.content
    sea = still_door.http.get("/" + told["tiles"].format(z=6, x=0, y=30))
    assert (sea.status_code, sea.content) == (204, b"")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("{key}/15/0/0", 422),
        ("{key}/-1/0/0", 422),
        ("{key}/3/8/0", 422),
        ("{key}/3/0/-1", 422),
        ("{key}/3/0/99999999999999999999999999", 422),
        ("{key}/x/0/0", 422),
        ("{key}/3/0/0'--", 422),
        ("0000/3/0/0", 404),
        ("'; DROP TABLE drawn; --/3/0/0", 404),
        ("%F0%9F%92%A3/3/0/0", 404),
        ("{long}/3/0/0", 422),
    ],
)
def test_a_bad_address_is_told_in_words(still_door: Door, address: str, status: int) -> None:
    key = still_door.get("/api/basemap")["key"]
    path = address.replace("{key}", key).replace("{long}", "a" * 3000)
    found = still_door.http.get(f"/api/tiles/{path}.mvt")
    assert found.status_code == status, found.text
    assert found.json()["message"]
    assert still_door.get("/api/basemap")["state"] == "drawn"


def test_nobody_sees_a_tile_without_a_login(story: Story) -> None:
    with serving(story) as door:
        address = door.get("/api/basemap")["tiles"].format(z=5, x=17, y=15)
        db = story.db()
        with db:
            accounts.add(db, "amina", accounts.AccountRole.VIEWER, "a long enough password")
        db.close()
        found = httpx.get(f"{door.url}/{address}".replace("//api", "/api"))
        assert found.status_code == 401
        assert found.json()["error"] == "LoginNeeded"


def test_a_network_of_before_says_what_to_do(story: Story) -> None:
    db = story.db()
    with db:
        drawings.drop(db, "car")
    db.close()
    with serving(story) as door:
        told = door.get("/api/basemap")
    assert told["state"] == "roads_only"
    assert "casevac roads import FILE --name car --use" in told["message"]


def test_another_network_has_another_address(story: Story, tmp_path: Path) -> None:
    other = tmp_path / "fewer.geojson"
    roads = json.loads(shipped("roads_car.geojson").read_text(encoding="utf-8"))
    roads["features"].pop()
    other.write_text(json.dumps(roads), encoding="utf-8")
    with serving(story) as door:
        before = door.get("/api/basemap")["key"]
        db = story.db()
        key = drawn(db, story.home, other, "fewer")
        db.close()
        digest = networks.open_network(story.home, "fewer").digest
        story.happen(RoadsChosen(name="fewer", digest=digest))
        door.http.get("/api/health")
        wait_for(lambda: door.get("/api/basemap")["key"] == key)
        assert key != before


@real
def test_a_damaged_extract_draws_nothing_and_keeps_what_was(db: Connection, tmp_path: Path) -> None:
    good = drawn(db, tmp_path, ANDORRA)
    cut = tmp_path / "cut.osm.pbf"
    shutil.copyfile(ANDORRA, cut)
    cut.chmod(0o600)
    with cut.open("r+b") as file:
        file.truncate(1_500_000)
    roads = networks.open_network(tmp_path, "net")
    with pytest.raises(BadExtract, match="download the extract again"), db:
        drawings.draw(db, "net", roads, cut)
    assert drawings.by_key(db, good) is not None

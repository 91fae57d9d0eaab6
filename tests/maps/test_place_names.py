"""Places by name over HTTP and on the command line: found, listed, ambiguous, vague."""

import json
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from casevac.roof.cli import main
from casevac.store import placenames
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story

NAMES = "name,lon,lat,kind,aliases\nGbôkô,20.0,6.0,village,\nGboko,24.0,6.0,village,\nPoste 4,19.2,5.8,,P4\n"


@pytest.fixture
def names(tmp_path: Path) -> Path:
    path = tmp_path / "names.csv"
    path.write_text(NAMES, encoding="utf-8")
    return path


def refused(door: Door, **query: str) -> httpx.Response:
    return door.http.get("/api/place", params=query)


def casevac(story: Story, *words: str) -> Result:
    environment = {"CASEVAC_DATABASE_URL": story.url, "CASEVAC_HOME": str(story.home)}
    return CliRunner().invoke(main, list(words), env=environment)


def test_a_found_place_says_how_sure_it_is(door: Door) -> None:
    told = door.get("/api/place", text="bossembele")
    assert (told["name"], told["kind"], told["uncertainty_m"]) == ("Bossembélé", "town", 2000)
    assert {"lon", "lat", "mgrs", "source"} <= set(told)
    told = door.get("/api/place", text="18.55,4.36")
    assert (told["name"], told["kind"], told["uncertainty_m"]) == (None, "coordinates", 0)
    told = door.get("/api/place", text="12 km NE of Bambari")
    assert told["uncertainty_m"] == pytest.approx(5792, abs=2)


def test_names_imported_while_the_door_is_open_are_known_at_once(
    door: Door, story: Story, names: Path
) -> None:
    assert refused(door, text="p4").status_code == 404
    placenames.import_names(story.home, story.id, names)
    assert door.get("/api/place", text="p4")["name"] == "P4 (Poste 4)"
    unsure = refused(door, text="gboko", near="20.5,6.0")
    assert unsure.status_code == 409
    told = unsure.json()
    assert told["error"] == "AmbiguousPlace"
    assert [one["name"] for one in told["candidates"]] == ["Gbôkô", "Gboko"]
    assert told["candidates"][0]["distance_m"] == pytest.approx(55_000, rel=0.02)
    assert door.get("/api/place", text=told["candidates"][1]["mgrs"])["lon"] == pytest.approx(24.0, abs=1e-4)


def test_a_misspelt_name_gets_suggestions(door: Door) -> None:
    unknown = refused(door, text="Bambarri")
    assert unknown.status_code == 404
    assert unknown.json()["candidates"][0]["name"] == "Bambari"


def test_a_damaged_file_of_names_hinders_no_coordinates(door: Door, story: Story, names: Path) -> None:
    placenames.import_names(story.home, story.id, names)
    placenames.names_file(story.home, story.id).write_bytes(b"x")
    assert door.get("/api/place", text="18.55,4.36")["lon"] == 18.55
    fault = refused(door, text="bambari")
    assert (fault.status_code, fault.json()["error"]) == (422, "BadFile")


def test_typing_ahead(door: Door) -> None:
    told = door.get("/api/places/search", q="sib", limit=5)
    assert [(one["name"], one["match"]) for one in told] == [
        ("Sibut clinic", "prefix"),
        ("Sibut airfield", "prefix"),
        ("Sibut", "prefix"),
    ]
    assert door.get("/api/places/search", q="") == []
    assert door.http.get("/api/places/search", params={"q": "b", "limit": 0}).status_code == 422


def test_a_vague_end_makes_the_time_a_range(door: Door) -> None:
    sure = door.get("/api/route", **{"from": "18.55,4.36", "to": "19.08,5.73"})
    assert "eta_range_s" not in sure
    told = door.get("/api/route", **{"from": "18.55,4.36", "to": "5 km N of Bambari"})
    low, high = told["eta_range_s"]
    assert low < told["seconds_p50"] <= told["seconds_p90"] < high
    assert (told["from"]["kind"], told["to"]["kind"]) == ("coordinates", "bearing")
    flown = door.get("/api/route", **{"from": "bangui", "to": "Damara", "profile": "helicopter-night"})
    assert flown["eta_range_s"][0] < flown["seconds_p50"]


def test_an_alert_at_a_vague_place_is_as_uncertain(door: Door) -> None:
    alert = {"who": "P3", "what": "mine", "how_many": 1}
    given = [
        ({"place": "12 km NE of Bambari"}, 5792),
        ({"place": "Bambari"}, 2000),
        ({"place": "Bambari", "uncertainty_m": 50}, 50),
        ({"place": "Bambari", "speaker": "P3"}, 2000),
        ({"place": "20.67565,5.76795", "speaker": "P3"}, 1000),
        ({"place": "20.67565,5.76795"}, None),
        ({"place": "34NDM6408937563"}, None),
    ]
    for more, expected in given:
        told = door.post("/api/requests", alert | more).json()
        assert told["request"]["uncertainty_m"] == pytest.approx(expected, abs=2), more
    assert door.post("/api/requests", alert | {"place": "Bambarri"}).status_code == 404
    wait_for(lambda: len(door.get("/api/requests")) == len(given))


def test_the_command_line_finds_places(story: Story, names: Path) -> None:
    done = casevac(story, "places", "names", str(names))
    assert (done.exit_code, done.stdout) == (0, "3 place names are known in mission ex.\n")
    found = json.loads(casevac(story, "places", "find", "p4", "--json").stdout)
    assert (found["name"], found["lon"]) == ("P4 (Poste 4)", 19.2)
    said = casevac(story, "places", "find", "12 km NE of Bambari").stdout
    assert said.startswith("12 km 045 from Bambari (bearing): 34N") and said.endswith("within 5.8 km\n")
    unsure = casevac(story, "places", "find", "Gboko", "--near", "20,6")
    assert unsure.exit_code != 0
    assert "may be 2 places" in str(unsure.exception) + unsure.output
    table = casevac(story, "places", "search", "bambarri").stdout
    assert "Bambari" in table and "typo" in table
    assert json.loads(casevac(story, "places", "search", "zzz", "--json").stdout) == []
    west = json.loads(casevac(story, "places", "find", "-8.6,41.1", "--json").stdout)
    assert west["lon"] == -8.6


def test_routes_and_the_nearest_take_names(story: Story) -> None:
    found = casevac(story, "route", "Bambari", "RN2 km 15 from Damara towards Sibut", "--json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert told["eta_range_s"][0] < told["eta_range_s"][1]
    said = casevac(story, "route", "18.55,4.36", "Damara").stdout
    assert "as Damara (within 2.0 km) is known no better" in said
    near = casevac(story, "nearest", "bambari", "--need", "DCS", "--json")
    assert json.loads(near.stdout)[0]["usable"]

"""Reach and coverage over HTTP, on the command line, in files and on a page that is looked at."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas
import pandas
import pytest
import shapely
from click.testing import CliRunner, Result

from casevac.events import FacilityRegistered, FacilityStatusReported
from casevac.roof.cli import main
from casevac.terms import Accepting, Capability
from maps.server import STATIC
from tests.maps.browser import browsing, shot
from tests.maps.door import Door
from tests.maps.mission import Story, soon

NASTY = "</script><img src=x onerror=alert()>`${document.title=2}`{{7*7}}{% endraw %}"


def areas(told: dict) -> dict[float, shapely.Geometry]:
    return {
        one["properties"]["minutes"]: shapely.geometry.shape(one["geometry"])
        for one in told["features"]
        if one["properties"]["kind"] == "reach"
    }


def test_the_reach_of_able_facilities(still_door: Door) -> None:
    found = still_door.http.get("/api/reach", params={"need": "DCS", "minutes": "10,20"})
    assert found.headers["content-type"] == "application/geo+json"
    told = found.json()
    assert told["about"]["direction"] == "in"
    assert told["about"]["left_out"] == {"sibut": "has no DCS"}
    drawn = areas(told)
    assert list(drawn) == [20.0, 10.0]
    assert drawn[10.0].within(drawn[20.0])
    assert drawn[10.0].contains(shapely.Point(18.55, 4.36))
    named = {one["properties"]["id"] for one in told["features"] if one["properties"]["kind"] == "from"}
    assert named == {"bangui", "bria"}


def test_the_reach_of_a_place_is_away_from_it_by_the_air_too(still_door: Door) -> None:
    query = {"from": "19.08,5.72", "minutes": "15", "profile": "ambulance"}
    road = still_door.get("/api/reach", **query)
    both = still_door.get("/api/reach", **query, air="helicopter-night")
    assert road["about"]["direction"] == "out"
    assert areas(both)[15.0].area > 5 * areas(road)[15.0].area


@pytest.mark.parametrize(
    ("path", "query", "status", "words"),
    [
        ("reach", {"from": "atlantis"}, 404, "atlantis"),
        ("reach", {"minutes": "soon"}, 422, "minutes are numbers"),
        ("reach", {"minutes": "0"}, 422, "more than 0"),
        ("reach", {"from": "19.08,5.72", "profile": "rocket"}, 422, "no vehicle profile"),
        ("reach", {"need": "MAGIC"}, 422, "no capability"),
        ("reach", {"from": "sibut", "need": "DCS"}, 409, "sibut has no DCS"),
        ("reach", {"speed": "9"}, 422, "speed is not known here"),
        ("coverage", {"bbox": "1,2,3"}, 422, "west,south,east,north"),
        ("coverage", {"bbox": "22,4,18,8"}, 422, "west before east"),
        ("coverage", {"bbox": "nan,4,18,8"}, 422, "is not a place"),
        ("reach", {"from": "19.08,5.72", "access_m": "99"}, 422, "access_m"),
        ("coverage", {"access_m": "0.01"}, 422, "access_m"),
        ("coverage", {"bbox": "18.5,4.3,18.50001,4.30001"}, 422, "smaller than what is told apart"),
        ("coverage", {"patrol": "0,-89;0,89;" * 5}, 422, "km at a time"),
        ("coverage", {"patrol": "19.08,5.72;" * 400}, 422, "at most 4000 characters"),
        ("coverage", {"patrol": "19.08,5.72"}, 422, "at least two places"),
    ],
)
def test_what_cannot_be_answered_says_why(
    still_door: Door, path: str, query: dict[str, str], status: int, words: str
) -> None:
    found = still_door.http.get(f"/api/{path}", params=query)
    assert (found.status_code, words in found.json()["message"]) == (status, True), found.text


def test_the_coverage_of_the_mission(still_door: Door) -> None:
    told = still_door.get("/api/coverage", patrol="18.7,4.96;18.55,4.36")
    cases = [one["properties"] for one in told["features"] if one["properties"]["kind"] == "coverage"]
    assert len(cases) == 16
    assert {(one["season"], one["light"], one["bound"]) for one in cases} >= {("wet", "night", "p90")}
    assert all(0 <= one["share_area"] <= 1 for one in cases)
    assert cases[0]["share_patrols"] is not None
    assert {one["step"] for one in told["about"]["latencies"]} >= {"alert", "decision", "launch"}
    assert told["about"]["left_out"]["sibut"] == "has no DCS"


def test_the_past_is_answered_as_it_was_known(door: Door, story: Story) -> None:
    before = datetime.now(UTC)
    story.happen(FacilityStatusReported(facility="bria", accepting=Accepting.CLOSED))
    past = door.get("/api/reach", need="DCS", minutes="10", at=before.isoformat())
    assert set(past["about"]["left_out"]) == {"sibut"}


# --- on the command line


def command(story: Story, *words: str) -> Result:
    env = {"CASEVAC_DATABASE_URL": story.url, "CASEVAC_HOME": str(story.home)}
    return CliRunner().invoke(main, list(words), env=env)


REACH = ("reach", "bangui", "--to", "--minutes", "10,30")
COVER = ("coverage", "--bbox", "18,4,20,6")


@pytest.mark.parametrize("words", [REACH, COVER], ids=["reach", "coverage"])
@pytest.mark.parametrize("name", ["out.gpkg", "out.geojson"])
def test_layers_are_written_and_marked(
    still: Story, tmp_path: Path, name: str, words: tuple[str, ...]
) -> None:
    out, what = tmp_path / name, words[0]
    done = command(still, *words, "--out", str(out))
    assert done.exit_code == 0, done.output
    assert {"reach": "30 min", "coverage": "advanced"}[what] in done.output
    layers = list(geopandas.list_layers(out)["name"])
    if name.endswith("gpkg"):
        assert layers == [f"EXERCISE_{what}", f"EXERCISE_{what}_from"]
    frame = pandas.concat([geopandas.read_file(out, layer=each) for each in layers])
    assert frame.crs.to_epsg() == 4326
    assert set(frame["mission_kind"]) == {"EXERCISE"}
    holds_what_is_told(frame, told_by(still, words))
    again = command(still, *words, "--out", str(out))
    assert again.exit_code == 1
    assert "exists already" in again.output


def told_by(story: Story, words: tuple[str, ...]) -> list[dict[str, Any]]:
    """The same features from the command, as JSON."""
    features: list[dict[str, Any]] = json.loads(command(story, *words, "--json").stdout)["features"]
    return features


def holds_what_is_told(frame: geopandas.GeoDataFrame, features: list[dict[str, Any]]) -> None:
    """Every area and point with all its values, those of none left empty."""
    assert len(frame) == len(features)
    for kind in ("MultiPolygon", "Point"):
        mine = [one for one in features if one["geometry"]["type"] == kind]
        rows = frame[frame.geom_type == kind]
        assert len(rows) == len(mine) > 0
        for (_, row), one in zip(rows.iterrows(), mine, strict=True):
            assert shapely.geometry.shape(one["geometry"]).equals_exact(row.geometry, 1e-9)
            for key, value in one["properties"].items():
                found = row[key]
                assert pandas.isna(found) if value is None else found == value, key


def test_the_table_and_the_json_of_the_coverage(still: Story, tmp_path: Path) -> None:
    patrols = tmp_path / "patrols.geojson"
    lines = geopandas.GeoDataFrame(
        {"name": ["north"]}, geometry=[shapely.LineString([(18.55, 4.36), (18.7, 4.96)])], crs=4326
    )
    lines.to_file(patrols)
    out = tmp_path / "cover.gpkg"
    words = ("coverage", "--bbox", "18,4,20,6", "--patrols", str(patrols), "--out", str(out))
    done = command(still, *words)
    assert done.exit_code == 0, done.output
    assert "advanced" in done.output
    assert "estimated" in done.output
    assert "patrols" in done.output
    assert set(geopandas.list_layers(out)["name"]) == {"EXERCISE_coverage", "EXERCISE_coverage_from"}
    told = json.loads(command(still, "coverage", "--bbox", "18,4,20,6", "--json").stdout)
    assert told["about"]["km2"] > 40_000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("reach", "bangui", "--out", "x.png"), ".geojson"),
        (("coverage", "--area", "/nowhere.gpkg"), "there is no file"),
        (("coverage", "--patrols", __file__), "no vector file"),
        (("reach", "bangui", "--air", "ambulance"), "does not fly"),
    ],
)
def test_a_fault_is_one_line(still: Story, words: tuple[str, ...], said: str) -> None:
    done = command(still, *words)
    assert done.exit_code == 1
    assert said in done.output
    assert len(done.output.strip().splitlines()) == 1


# --- to look at


@pytest.mark.skipif(not (STATIC / "index.html").exists(), reason="the page is not built")
def test_the_page_shows_areas_legend_and_names_and_runs_nothing_foreign(story: Story, tmp_path: Path) -> None:
    story.happen(
        FacilityRegistered(
            id="nasty", name=NASTY, lon=18.7, lat=4.9, capabilities=(Capability.DCS,), tables=1, beds_free=3
        ),
        at=soon(-5),
    )
    for what, words in (("reach", ("bangui,nasty", "--minutes", "10,20,30")), ("coverage", ())):
        out = tmp_path / f"{what}.html"
        done = command(story, what, *words, "--out", str(out))
        assert done.exit_code == 0, done.output
        with browsing() as watched:
            page = watched.context.new_page()
            page.goto(out.as_uri())
            page.wait_for_selector(".leaflet-overlay-pane canvas")
            assert page.title().startswith("Casevac ")
            assert page.locator(".exercise").inner_text() == "EXERCISE"
            assert page.locator(".told tr").count() >= 3
            names = page.locator(".casevac-name").all_inner_texts()
            assert NASTY in names
            assert "Bangui Level 2" in names
            shot(page, tmp_path / f"{what}.png")
            assert not watched.complaints
            assert not watched.strangers()

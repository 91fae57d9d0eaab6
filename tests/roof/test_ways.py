"""Routes, hazards and vehicle profiles on the command line, on a real store and real roads."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from casevac import events as e
from casevac.terms import VehicleKind
from tests.maps.mission import Story, begin
from tests.roof.test_tellings import called, told

NORTH = ("18.55,4.36", "19.08,5.73")  # Bangui to Sibut
DAMARA = ("--lon", "18.7", "--lat", "4.96", "--radius-m", "3000")


@pytest.fixture
def story(database_url, home) -> Story:
    return begin(database_url, home.path)


def way(story: Story, *options: str) -> dict:
    return told(story, "route", *NORTH, *options)


def said(story: Story, *words: str) -> str:
    done = called(story, *words)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_hazard_is_added_listed_with_its_source_and_lifted(story):
    added = told(
        story, "hazard", "add", "--hazard-kind", "threat", "--severity", "20", "--name", "ZULU",
        "--source", "drone", "--actor", "amina", "--since", "2026-11-22T05:00:00Z", *DAMARA,
    )  # fmt: skip
    (key,) = added["entities"]["hazards"]
    listed = said(story, "hazard", "list")
    assert "weighed (20)" in listed
    assert "drone, amina" in listed
    assert told(story, "hazard", "show", key)["author"] == "amina"
    said(story, "hazard", "lift", key, "--reason", "gone")
    assert told(story, "hazard", "show", key)["lifted_at"] is not None
    assert "weighed" not in said(story, "hazard", "list")  # it is none any more
    assert "--speed-factor" in said(story, "hazard", "report", "--help")
    assert "casevac hazard add --hazard-kind bridge" in said(story, "hazard", "add", "--help")


@pytest.mark.parametrize(
    ("words", "say"),
    [
        (("--hazard-kind", "threat", "--severity", "101"), "severity"),
        (("--hazard-kind", "closure", "--severity", "1"), "a closure has no severity"),
        (("--hazard-kind", "slow"), "which share of the speed is left"),
        (("--hazard-kind", "oneway"), "told as a line"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_stored(story, words, say):
    before = story.count("SELECT count(*) FROM events")
    for verb in ("add", "preview"):
        done = called(story, "hazard", verb, *words, *DAMARA)
        assert done.exit_code == 1
        assert say in done.stderr
        assert done.stderr.count("\n") == 1
    assert story.count("SELECT count(*) FROM events") == before


def test_a_route_says_why_it_is_as_it_is(story):
    plain = way(story)
    told(story, "hazard", "add", "--hazard-kind", "slow", "--speed-factor", "0.25", "--name", "DUST", *DAMARA)
    slow = way(story, "--explain", "--compare", "--why", "--alternatives", "2")
    assert slow["seconds_p50"] > plain["seconds_p50"]
    assert sum(arc["slow_s"] for arc in slow["explained"]["arcs"]) > 60
    assert slow["without_hazards"]["seconds_p50"] == plain["seconds_p50"]
    assert way(story, "--ignore-hazards")["seconds_p50"] == plain["seconds_p50"]
    text = said(story, "route", *NORTH, "--explain", "--compare", "--why", "--alternatives", "2")
    for words in ("by day", "With and without hazards:", "Why not another way:", "Risk: DUST slows"):
        assert words in text
    assert "estimated" in said(story, "route", *NORTH)


def test_why_there_is_no_way_is_an_answer_when_it_is_asked(story):
    place = ("--lon", "19.08", "--lat", "5.73", "--radius-m", "3000")
    told(story, "hazard", "add", "--hazard-kind", "closure", "--name", "ZULU", *place)
    done = called(story, "route", *NORTH)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "ZULU" in done.stderr
    asked = way(story, "--why", "--compare")
    assert (asked["seconds_p50"], asked["path"]) == (None, [])
    assert "ZULU" in asked["why_not"]["words"]
    assert asked["without_hazards"]["seconds_p50"] > 0
    assert "Why not another way: " in said(story, "route", *NORTH, "--why")


def test_season_and_hour_count(story):
    day, night = way(story, "--at", "2026-11-22T11:00:00Z"), way(story, "--at", "2026-11-22T23:00:00Z")
    assert (day["night"], night["night"]) == (False, True)
    assert night["seconds_p50"] > day["seconds_p50"]
    wet = way(story, "--season", "wet", "--at", "2026-11-22T11:00:00Z", "--explain")
    assert wet["seconds_p50"] > day["seconds_p50"]
    assert sum(arc["season_s"] for arc in wet["explained"]["arcs"]) > 0


def test_a_mission_adds_a_vehicle_profile_without_code(story, tmp_path: Path):
    file = tmp_path / "quad.json"
    kmh = dict.fromkeys(("motorway", "trunk", "primary", "secondary", "tertiary"), 30)
    file.write_text(json.dumps({"name": "quad", "like": "ambulance", "label": "Quad", "speeds": kmh}))
    assert "vehicle profile quad" in said(story, "profile", "add", str(file))
    assert (sources(story)["quad"], sources(story)["ambulance"]) == ("mission", "shipped")
    assert told(story, "profile", "show", "quad")["speeds"]["primary"] == 30
    assert "Quad" in said(story, "profile", "show", "quad")
    assert way(story, "--profile", "quad")["seconds_p50"] > way(story)["seconds_p50"]
    assert "quad" in said(story, "profile", "list")
    assert "no vehicle profile quad of its own any more" in said(story, "profile", "remove", "quad")
    assert "quad" not in sources(story)
    again = called(story, "profile", "remove", "ambulance")
    assert (again.exit_code, "of its own (none)" in again.stderr) == (1, True)


def test_a_profile_of_its_own_that_a_vehicle_goes_by_stays(story, tmp_path: Path):
    file = tmp_path / "quad.json"
    file.write_text(
        json.dumps([{"name": "quad", "like": "ambulance"}, {"name": "ambulance", "like": "truck"}])
    )
    said(story, "profile", "add", str(file))
    card = e.VehicleRegistered(
        id="q-1", callsign="Q", vehicle_kind=VehicleKind.GROUND, profile="quad", litters=1,
        home_lon=18.6, home_lat=4.4,
    )  # fmt: skip
    story.happen(card)
    refused = called(story, "profile", "remove", "quad")
    assert (refused.exit_code, "q-1 goes by the profile quad" in refused.stderr) == (1, True)
    said(story, "profile", "remove", "ambulance")  # the shipped one counts again
    assert (sources(story)["quad"], sources(story)["ambulance"]) == ("mission", "shipped")


def sources(story) -> dict[str, str]:
    found = json.loads(called(story, "profile", "list", "--json").stdout)
    return {one["name"]: one["source"] for one in found}


def test_a_hazard_that_touches_no_road_is_told_with_a_warning(story):
    bush = ("hazard", "add", "--hazard-kind", "closure", "--name", "bush", "--radius-m", "50")
    done = called(story, *bush, "--lon", "22.0", "--lat", "9.0", "--json")
    assert (done.exit_code, done.stderr.strip()) == (0, "bush touches no road: is it where you meant?")
    assert "hazards" in json.loads(done.stdout)["entities"]
    road = called(story, *bush, "--lon", "18.7", "--lat", "4.96", "--radius-m", "3000")
    assert (road.exit_code, road.stderr) == (0, "")


@pytest.mark.parametrize("more", [(), ("--explain",)])
def test_one_street_is_one_row_of_the_table(story, more):
    ends = ("18.55,4.36", "15.6,5.95", *more)  # Bangui to Bouar
    found = told(story, "route", *ends)
    arcs = found["explained"]["arcs"] if more else found["arcs"]
    rows = [line.split("│")[1:-1] for line in said(story, "route", *ends).splitlines() if "│" in line]
    shown = [(row[0], *(row[3:] if not more else row[-1:])) for row in rows]
    assert all(one != other for one, other in pairwise(shown))
    assert 0 < len(rows) < len(arcs)
    km = sum(float(row[1]) for row in rows)
    assert km == pytest.approx(sum(arc["metres"] for arc in arcs) / 1000, abs=0.05 * len(rows) + 0.01)


def test_a_hazard_with_exchanged_numbers_is_refused(story):
    before = story.count("SELECT count(*) FROM events")
    corners = ("--polygon", "4.9,18.6", "--polygon", "4.9,18.8", "--polygon", "5.1,18.7")
    done = called(
        story, "hazard", "add", "--hazard-kind", "closure", "--lon", "4.96", "--lat", "18.7", *corners
    )
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "off the road network; or is 18.6,4.9 meant? Longitude comes first" in done.stderr
    assert story.count("SELECT count(*) FROM events") == before


@pytest.mark.parametrize(
    ("text", "say"),
    [
        ("nonsense", "no JSON"),
        ("[]", "no vehicle profile"),
        ('{"name": "x"}', "needs name and kind"),
        ('{"name": "x", "like": "tank"}', "like is 'tank'"),
        ('{"name": "x", "like": "ambulance", "speeds": {"primary": -1}}', "speeds primary is -1"),
        ('{"name": "x", "like": "ambulance", "speeds": {"primary": NaN}}', "speeds primary is nan"),
        ('{"name": "x", "like": "ambulance", "speeds": {"moon": 10}}', "moon"),
        ('{"name": "x", "like": "ambulance", "speeds": {"primary": true}}', "speeds primary is 'True'"),
        ('{"name": "x", "like": "ambulance", "obeys_turns": "maybe"}', "obeys_turns is 'maybe', not true"),
        ('{"name": "x", "like": ["ambulance"]}', "like is '['ambulance']'"),
        ('{"name": "", "like": "ambulance"}', "on one line, not ''"),
        ('{"name": "two\\nlines", "like": "ambulance"}', "on one line"),
        ('{"name": "x", "like": "ambulance", "label": "\\u0000"}', "a character that no text may hold"),
    ],
)
def test_a_profile_that_cannot_be_used_is_named_and_nothing_changes(story, tmp_path: Path, text, say):
    file = tmp_path / "wrong.json"
    file.write_text(text)
    before = story.count("SELECT count(*) FROM events")
    done = called(story, "profile", "add", str(file))
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert say in done.stderr
    assert story.count("SELECT count(*) FROM events") == before


def test_what_a_hazard_would_do_is_told_in_plain_words(story):
    text = said(story, "hazard", "preview", "--hazard-kind", "closure", *DAMARA)
    assert "No chain under way would change" in text
    lost = said(story, "hazard", "preview", "--hazard-kind", "closure", "--lon", "22", "--lat", "9")
    assert "It touches no road" in lost
    shown = told(story, "hazard", "preview", "--hazard-kind", "closure", *DAMARA)
    assert (shown["touches_roads"], shown["changed"]) == (True, [])

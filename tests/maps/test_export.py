"""Exports: whole, pseudonymous, harmless in a spreadsheet, and a replay that needs no network."""

import re
from datetime import timedelta
from pathlib import Path

import geopandas
import pandas
import pytest
from click.testing import CliRunner, Result
from playwright.sync_api import expect

from casevac.events import AlertRaised, CasualtyTriaged, FacilityRegistered, VehicleRegistered
from casevac.mission import Mission, Profile
from casevac.roof.cli import main
from casevac.store import missions
from casevac.terms import Category, MissionKind, VehicleKind
from casevac.zap import zap
from maps.server import STATIC
from tests.maps.browser import browsing, shot, until
from tests.maps.mission import Story, soon

NASTY = "</script><img src=x onerror=\"document.title='owned'\">"
FORMULA = '=HYPERLINK("http://evil.example")'


@pytest.fixture
def told(story: Story) -> Story:
    """An exercise with everything a file must not let out."""
    alert = AlertRaised(
        who="John Smith",
        what=f"his name is Jane Doe {NASTY}",
        how_many=2,
        lon=19.1,
        lat=5.75,
        request="R-1",
        casualties=(zap(11), zap(12)),
        place="behind Smith's farm",
        speaker="Sergeant Miller",
    )
    story.happen(alert, CasualtyTriaged(casualty=zap(11), category=Category.T1, by="Doctor Brown"))
    story.happen(
        FacilityRegistered(id="nasty", name=NASTY, lon=19.5, lat=6.0),
        VehicleRegistered(
            id=FORMULA[:80], callsign=NASTY, vehicle_kind=VehicleKind.GROUND, profile="ambulance"
        ),
    )
    for step in range(12):
        story.move("amb-1", 18.8 + step * 0.02, 5.1 + step * 0.03, at=soon(step - 30))
    story.move(FORMULA[:80], 18.9, 5.0)
    story.load(zap(11), "amb-1")
    return story


def export(story: Story, *words: str) -> Result:
    environment = {"CASEVAC_DATABASE_URL": story.url, "CASEVAC_HOME": str(story.home)}
    return CliRunner().invoke(main, ["export", *words], env=environment)


def interval() -> tuple[str, str]:
    return soon(-600).isoformat(), soon(600).isoformat()


PEOPLE = ("Smith", "Jane", "Miller", "Brown", "farm")


def test_the_log_as_csv_holds_ids_and_terms_only(told: Story, tmp_path: Path) -> None:
    out = tmp_path / "log.csv"
    found = export(told, "log", *interval(), str(out))
    assert found.exit_code == 0, found.output
    assert "EXERCISE" in found.output
    text = out.read_text()
    assert not any(name in text for name in PEOPLE)
    rows = pandas.read_csv(out)
    assert rows.columns[0] == "mission_kind"
    assert set(rows["mission_kind"]) == {"EXERCISE"}
    assert set(rows.loc[rows["kind"] == "casualty_triaged", "casualty"]) == {zap(11)}
    assert len(rows) == told.count("SELECT count(*) FROM events")


def test_tracks_as_csv_are_harmless_in_a_spreadsheet(told: Story, tmp_path: Path) -> None:
    out = tmp_path / "tracks.csv"
    assert export(told, "tracks", *interval(), str(out)).exit_code == 0
    rows = pandas.read_csv(out)
    assert len(rows) == told.count("SELECT count(*) FROM positions")
    cells = [str(cell) for cell in rows.to_numpy().ravel() if isinstance(cell, str)]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


@pytest.mark.parametrize("what", ["log", "tracks"])
def test_a_geopackage_has_points(told: Story, tmp_path: Path, what: str) -> None:
    out = tmp_path / "out.gpkg"
    assert export(told, what, *interval(), str(out)).exit_code == 0
    assert list(geopandas.list_layers(out)["name"]) == [f"EXERCISE_{what}"]
    rows = geopandas.read_file(out)
    assert set(rows["mission_kind"]) == {"EXERCISE"}
    assert rows.crs.to_epsg() == 4326
    points = rows[~rows.geometry.isna()].geometry
    assert len(points) > 0
    assert points.x.between(-180, 180).all()
    assert not any(name in str(rows.to_dict()) for name in PEOPLE)


@pytest.mark.parametrize("suffix", [".csv", ".gpkg"])
def test_a_live_mission_is_not_called_an_exercise(told: Story, tmp_path: Path, suffix: str) -> None:
    db = told.db()
    with db:
        missions.open_mission(db, Mission("real", "Real", MissionKind.LIVE, Profile()), soon(0))
    db.close()
    real = Story(told.url, told.home, "real")
    real.move("amb-1", 18.8, 5.1)
    out = tmp_path / f"tracks{suffix}"
    found = export(told, "tracks", *interval(), str(out), "--mission", "real")
    assert found.exit_code == 0, found.output
    rows = pandas.read_csv(out) if suffix == ".csv" else geopandas.read_file(out, layer="tracks")
    assert set(rows["mission_kind"]) == {"LIVE"}
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("start", "end", "name", "words"),
    [
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", "x.csv", "FROM is after TO"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "x.csv", "FROM is the same as TO"),
        ("2000-01-01T00:00:00Z", "2000-01-02T00:00:00Z", "x.csv", "nothing was recorded"),
        ("yesterday", "2026-01-01T00:00:00Z", "x.csv", "no time"),
        ("2000-01-01T00:00:00Z", "2999-01-02T00:00:00Z", "x.doc", ".gpkg or .csv"),
        ("2000-01-01T00:00:00Z", "2999-01-02T00:00:00Z", "none/x.csv", "no directory"),
    ],
)
def test_a_wrong_export_is_named(
    story: Story, tmp_path: Path, start: str, end: str, name: str, words: str
) -> None:
    found = export(story, "log", start, end, str(tmp_path / name))
    assert found.exit_code == 1
    assert words in found.output
    assert found.output.count("\n") == 1
    assert not list(tmp_path.glob("*.csv"))


def test_a_file_is_overwritten_only_by_force(told: Story, tmp_path: Path) -> None:
    out = tmp_path / "log.csv"
    out.write_text("mine")
    found = export(told, "log", *interval(), str(out))
    assert (found.exit_code, out.read_text()) == (1, "mine")
    assert "--force" in found.output
    assert export(told, "log", *interval(), str(out), "--force").exit_code == 0
    assert out.read_text() != "mine"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["log.csv"]


@pytest.mark.skipif(not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build")
def test_a_replay_plays_with_the_network_off(told: Story, tmp_path: Path) -> None:
    out = tmp_path / "replay.html"
    start = soon(0) - timedelta(seconds=60)
    assert export(told, "replay", start.isoformat(), soon(1).isoformat(), str(out)).exit_code == 0
    text = out.read_text(encoding="utf-8")
    assert not any(name in text for name in PEOPLE)
    loads = re.findall(r'(?:src|href)\s*=\s*["\']?(?!#|data:)([^"\'> ]+)', text.split("<script>", 1)[0])
    assert not loads
    assert not re.findall(r"https?://(?:cdn|[a-z.]*jsdelivr|[a-z.]*cloudflare|code\.jquery)[^ ]*", text)
    with browsing() as watched:
        page = watched.context.new_page()
        watched.context.set_offline(True)
        page.goto(out.as_uri())
        until(page, "window.casevacReplay")
        expect(page.locator(".banner")).to_contain_text("EXERCISE")
        before = page.evaluate("window.casevacReplay.assets()")
        page.locator("input[type=range]").evaluate(
            "slider => { slider.value = slider.max; slider.dispatchEvent(new Event('input')); }"
        )
        until(page, "window.casevacReplay.assets().find(one => one.id === 'amb-1').at")
        after = page.evaluate("window.casevacReplay.assets()")
        moved = {one["id"]: one["at"] for one in after}
        assert {one["id"]: one["at"] for one in before}["amb-1"] is None
        assert moved["amb-1"] == pytest.approx([19.02, 5.43])
        expect(page.locator(".panel")).to_contain_text(zap(11))
        page.locator("input[type=range]").evaluate(
            "slider => { slider.value = slider.min; slider.dispatchEvent(new Event('input')); }"
        )
        page.locator("select").select_option("60")
        page.get_by_role("button", name="Play").click()
        until(page, "window.casevacReplay.at() > Number(document.querySelector('input').min)")
        until(page, "document.querySelector('.player button').textContent === 'Play'")
        assert page.evaluate("document.querySelectorAll('.mark').length") > 4
        shot(page, tmp_path / "replay.png")
        assert page.title() != "owned"
        assert watched.complaints == []
        assert watched.requests == [out.as_uri()]

"""The tools on the map in a real browser: palette, measuring, drawing with preview, undo, two at once."""

import math
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from geo.lonlat import LonLat, distance_m
from maps.server import STATIC
from tests.maps.browser import Watched, shot, until
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story
from tests.maps.test_page import LIVE

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
DAMARA = (18.7, 4.96)
BANGUI = (18.55, 4.36)


def opened(watched: Watched, door: Door) -> Page:
    page = watched.context.new_page()
    page.goto(door.url)
    until(page, LIVE)
    return page


def hazards(door: Door) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = door.get("/api/hazards")
    return found


def palette(page: Page, text: str, key: str = "Control+k") -> None:
    page.keyboard.press(key)
    expect(page.get_by_test_id("palette-field")).to_be_focused()
    page.keyboard.type(text)


def on_map(page: Page, lon: float, lat: float) -> tuple[float, float]:
    """Pixels of a place in the window."""
    found = page.evaluate("at => window.casevac.layer.screen(at[0], at[1])", [lon, lat])
    box = page.locator(".map-box").bounding_box()
    assert box is not None
    return box["x"] + found[0], box["y"] + found[1]


def under_way(door: Door, story: Story) -> None:
    """One chain from the far road to the hospital, its ambulance known."""
    story.move("amb-1", 18.7, 4.97)
    story.move("amb-2", 18.7, 4.97)
    alert = door.post("/api/requests", {"who": "P", "what": "mine", "how_many": 1, "lon": 19.1, "lat": 5.75})
    request = alert.json()["request"]["id"]
    wait_for(lambda: request in {one["id"] for one in door.get("/api/requests")})
    found = door.post(f"/api/requests/{request}/options", {}).json()
    ground = next(one for one in found["options"] if any(leg["mode"] == "ground" for leg in one["legs"]))
    body = {"decision": found["decision"], "option": ground["id"]}
    assert door.post(f"/api/requests/{request}/task", body).status_code == 201


def test_the_palette_goes_anywhere_by_keyboard_alone(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    story.move("amb-1", 18.8, 5.1)
    page = opened(watched, door)
    until(page, "window.casevac.layer.assets().some(one => one.id === 'amb-1')")
    palette(page, "amb 1")
    expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("AMB 1")
    shot(page, tmp_path / "palette.png")
    page.keyboard.press("Enter")
    until(page, "window.casevac.state().selected?.id === 'amb-1'")
    palette(page, "33N XF 12345 67890".replace("XF", "YF"), "g")
    expect(page.locator("#palette-list li").first).to_contain_text("MGRS")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("place-mark")).to_contain_text("33N YF 12345 67890")
    shot(page, tmp_path / "mark.png")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("place-mark")).to_be_hidden()
    palette(page, "sibut", "/")
    expect(page.locator("#palette-list")).to_contain_text("Sibut clinic")
    page.keyboard.press("Escape")
    palette(page, "zzzqqq")
    expect(page.get_by_test_id("palette").locator(".note")).to_contain_text("You can type")
    page.keyboard.press("Escape")
    palette(page, "new alert")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("alert-form")).to_be_visible()


def test_a_distance_is_that_of_the_ellipsoid(door: Door, watched: Watched, tmp_path: Path) -> None:
    page = opened(watched, door)
    page.keyboard.press("e")
    for lon, lat in (BANGUI, DAMARA, (19.08, 5.73)):
        page.locator("[name=measure-point]").fill(f"{lon},{lat}")
        page.keyboard.press("Enter")
    told = page.get_by_test_id("measure-total").inner_text()
    places = [LonLat(*one) for one in (BANGUI, DAMARA, (19.08, 5.73))]
    metres = distance_m(places[0], places[1]) + distance_m(places[1], places[2])
    found = re.search(r"([\d.]+) km", told)
    assert found is not None
    assert float(found[1]) == pytest.approx(metres / 1000, abs=0.06)
    expect(page.get_by_test_id("measure-legs").locator("li")).to_have_count(2)
    shot(page, tmp_path / "measure.png")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("measure")).to_be_hidden()


def test_a_closure_is_previewed_applied_and_undone(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    under_way(door, story)
    page = opened(watched, door)
    until(page, "window.casevac.state().counts.chains === 1")
    page.keyboard.press("x")
    shot(page, tmp_path / "menu.png")
    page.get_by_test_id("draw-menu").get_by_text("Closure").click()
    x, y = on_map(page, 18.85, 5.25)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y + 3)
    page.mouse.move(x + 40, y + 4)
    expect(page.get_by_test_id("draw-preview")).to_contain_text(re.compile(r"\+\d|NO WAY"))
    assert hazards(door) == []  # a preview stores nothing
    shot(page, tmp_path / "preview.png")
    page.mouse.up()
    wait_for(lambda: len(hazards(door)) == 1)
    told = hazards(door)[0]
    assert told["kind"] == "closure"
    assert told["radius_m"] > 1000
    expect(page.get_by_test_id("undo-bar")).to_contain_text("Applied")
    shot(page, tmp_path / "applied.png")
    page.keyboard.press("Control+z")
    wait_for(lambda: hazards(door)[0]["lifted_at"] is not None)


def test_a_closure_is_drawn_by_keys_and_changed_by_another_meanwhile(
    door: Door, watched: Watched, tmp_path: Path
) -> None:
    page = opened(watched, door)
    palette(page, "draw closure")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("crosshair")).to_be_focused()
    page.keyboard.press("Enter")  # the middle
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")  # the rim
    page.keyboard.press("Enter")  # applied
    wait_for(lambda: len(hazards(door)) == 1)
    mine = hazards(door)[0]
    palette(page, mine["name"])  # its grid: the place comes first, then the closure
    page.keyboard.press("ArrowDown")
    expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("hazard")
    page.keyboard.press("Enter")
    seq = page.evaluate("window.casevac.state().seq")
    page.get_by_test_id("hazard-bar").get_by_text("Change").click()
    assert door.post("/api/hazards", {**as_told(mine), "name": "THEIRS"}).status_code == 201
    expect(page.get_by_test_id("draw-clash")).to_contain_text("changed it")
    shot(page, tmp_path / "clash.png")
    refused = door.post(f"/api/hazards?expected_seq={seq}", {**as_told(mine), "name": "MINE"})
    assert refused.status_code == 409
    assert "was changed since you looked" in refused.json()["message"]
    page.get_by_test_id("draw-clash").get_by_text("Take theirs").click()
    expect(page.locator("[name=draw-name]")).to_have_value("THEIRS")


def test_a_landing_site_and_an_incident_are_begun_with_the_right_button(
    door: Door, watched: Watched, tmp_path: Path
) -> None:
    page = opened(watched, door)
    x, y = on_map(page, *DAMARA)
    page.mouse.click(x, y, button="right")
    page.get_by_test_id("draw-menu").get_by_text("Landing site").click()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_test_id("draw-trouble")).to_contain_text("needs a name")
    page.locator("[name=draw-name]").fill("HLS 4")
    page.keyboard.press("Enter")
    wait_for(lambda: any(one["name"] == "HLS 4" for one in door.get("/api/sites")))
    site = next(one for one in door.get("/api/sites") if one["name"] == "HLS 4")
    assert (site["lon"], site["lat"]) == pytest.approx(DAMARA, abs=0.02)
    page.mouse.click(x, y, button="right")
    page.get_by_test_id("draw-menu").get_by_text("Incident").click()
    expect(page.locator("[name=where]")).to_have_value(re.compile("^3[34]N"))


def test_a_zone_is_pulled_by_hand_picked_and_lifted(door: Door, watched: Watched, tmp_path: Path) -> None:
    page = opened(watched, door)
    palette(page, "draw threat")
    page.keyboard.press("Enter")
    page.locator("[name=draw-shape]").select_option("polygon")
    page.locator("[name=draw-freehand]").check()
    x, y = on_map(page, *DAMARA)
    page.mouse.move(x + 60, y)
    page.mouse.down()
    for step in range(1, 60):
        turn = 2 * math.pi * step / 60
        page.mouse.move(x + 60 * math.cos(turn), y + 60 * math.sin(turn))
    page.mouse.up()
    shot(page, tmp_path / "freehand.png")
    page.keyboard.press("Enter")
    wait_for(lambda: len(hazards(door)) == 1)
    corners = hazards(door)[0]["geometry"]["coordinates"][0]
    assert 8 <= len(corners) <= 40  # of sixty
    until(page, "window.casevac.state().counts.hazards === 1")
    page.mouse.click(x, y + 20)
    expect(page.get_by_test_id("hazard-bar")).to_contain_text("threat")
    shot(page, tmp_path / "chosen.png")
    page.get_by_test_id("hazard-bar").get_by_text("Lift").click()
    wait_for(lambda: hazards(door)[0]["lifted_at"] is not None)
    page.keyboard.press("Control+z")  # the lift is undone
    wait_for(lambda: hazards(door)[0]["lifted_at"] is None)


def test_rings_stand_round_an_asset_and_go(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    story.move("amb-1", 18.8, 5.1)
    page = opened(watched, door)
    palette(page, "amb 1")
    page.keyboard.press("Enter")
    palette(page, "range rings")
    page.keyboard.press("Enter")
    page.locator("[name=ring-radii]").fill("10 20")
    page.locator("[name=ring-unit]").select_option("min")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Show rings").click()
    expect(page.get_by_test_id("rings").locator(".trouble")).to_contain_text("Speed")
    page.locator("[name=ring-speed]").fill("120 kt")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("rings").locator("li")).to_contain_text("AMB 1: 10 min, 20 min")
    shot(page, tmp_path / "rings.png")
    page.get_by_role("button", name="Remove rings round AMB 1").click()
    expect(page.get_by_test_id("rings").locator("li")).to_have_count(0)


def as_told(one: dict[str, Any]) -> dict[str, Any]:
    kept = {name: one[name] for name in ("id", "name", "affects", "lon", "lat", "radius_m")}
    return {**kept, "hazard_kind": one["kind"]}


def test_an_outline_that_crosses_itself_stays_and_is_named(
    door: Door, watched: Watched, tmp_path: Path
) -> None:
    page = opened(watched, door)
    palette(page, "draw threat")
    page.keyboard.press("Enter")
    page.locator("[name=draw-shape]").select_option("polygon")
    page.locator(".draw-panel summary").click()
    page.locator("[name=draw-paste]").fill("POLYGON((18 5, 19 6, 19 5, 18 6, 18 5))")
    page.get_by_text("Take over").click()
    expect(page.get_by_test_id("draw-trouble")).to_contain_text("crosses itself")
    page.get_by_role("button", name="Apply").click()
    assert hazards(door) == []
    shot(page, tmp_path / "crossing.png")
    page.locator("[name=draw-paste]").fill("POLYGON((179 5, -179 5, -179 6, 179 6, 179 5))")
    page.get_by_text("Take over").click()
    expect(page.get_by_test_id("draw-trouble")).to_contain_text("180th meridian")
    corners = ", ".join(wheel(20_000))
    page.locator("[name=draw-paste]").fill(f"POLYGON(({corners}))")
    page.get_by_text("Take over").click()
    expect(page.get_by_test_id("draw-size")).to_contain_text("20000 corners become")
    expect(page.get_by_test_id("draw-trouble")).to_be_hidden()
    page.get_by_role("button", name="Apply").click()
    wait_for(lambda: len(hazards(door)) == 1)
    assert len(hazards(door)[0]["geometry"]["coordinates"][0]) <= 402


def wheel(corners: int) -> list[str]:
    """A round zone with a ragged edge, its first corner again at the end."""
    told = [
        f"{18.7 + (0.1 + 0.001 * (n % 3)) * math.cos(2 * math.pi * n / corners):.7f}"
        f" {5 + (0.1 + 0.001 * (n % 3)) * math.sin(2 * math.pi * n / corners):.7f}"
        for n in range(corners)
    ]
    return [*told, told[0]]


def test_a_zone_of_twenty_thousand_corners_told_over_http_is_refused_by_name(door: Door) -> None:
    ring = [[18.7 + n / 1e6, 5.0] for n in range(20_000)]
    body = {"hazard_kind": "threat", "lon": 18.7, "lat": 5.0, "polygon": ring}
    refused = door.post("/api/hazards", body)
    assert refused.status_code == 413
    assert refused.json()["error"] == "TooLarge"


def test_without_a_server_drawing_works_and_waits(door: Door, watched: Watched, tmp_path: Path) -> None:
    page = opened(watched, door)
    away = re.compile(r"/api/hazards")
    page.route(away, lambda route: route.abort())
    palette(page, "draw closure")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("draw-preview")).to_contain_text("needs the server")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("undo-bar")).to_contain_text("waits for the server")
    expect(page.get_by_test_id("queue-badge")).to_contain_text("1 not sent")
    shot(page, tmp_path / "waits.png")
    page.unroute(away)
    wait_for(lambda: len(hazards(door)) == 1)
    watched.complaints.clear()  # the browser says that it was cut off

"""The live layer of the map in a real browser: pixels where an asset is, following, clusters, red light."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from casevac.terms import VehicleKind
from maps.server import STATIC
from tests.maps.browser import Watched, shot, until
from tests.maps.door import Door
from tests.maps.mission import Story, new_vehicle

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
LIVE = "window.casevac && window.casevac.state().link === 'LIVE' && document.querySelector('.wait').hidden"
ASSET = "id => window.casevac.layer.assets().find(one => one.id === id)"
# The share of pixels of the layer that are painted in a square of 12 CSS pixels round a point.
PAINTED = """([x, y]) => {
  const canvas = document.querySelector('.assets-canvas');
  const ratio = window.devicePixelRatio;
  const side = Math.round(12 * ratio);
  const pixels = canvas.getContext('2d').getImageData((x - 6) * ratio, (y - 6) * ratio, side, side).data;
  return pixels.filter((value, index) => index % 4 === 3 && value > 200).length / (side * side);
}"""


def opened(watched: Watched, door: Door, *ids: str) -> Page:
    """The page, live, with these on the map."""
    page = watched.context.new_page()
    page.goto(door.url)
    until(page, LIVE)
    for name in ids:
        until(page, ASSET, name)
    return page


def test_pixels_are_where_an_asset_is_and_go_with_it(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    story.move("amb-1", 19.6, 5.2)
    page = opened(watched, door, "amb-1")
    before = page.evaluate(ASSET, "amb-1")
    until(page, f"at => ({PAINTED})(at) > 0.9", [before["x"], before["y"]])
    story.move("amb-1", 20.9, 4.6)
    until(page, f"x => ({ASSET})('amb-1').x > x + 40", before["x"])
    after = page.evaluate(ASSET, "amb-1")
    until(page, f"at => ({PAINTED})(at) > 0.9", [after["x"], after["y"]])
    assert page.evaluate(PAINTED, [before["x"] - 20, before["y"] + 25]) == 0
    shot(page, tmp_path / "moved.png")


def test_what_is_followed_stays_in_the_middle_until_the_map_is_dragged(
    door: Door, story: Story, watched: Watched
) -> None:
    story.move("amb-1", 19.6, 5.2)
    page = opened(watched, door, "amb-1")
    badge = page.get_by_test_id("follow-badge")
    page.keyboard.press("s")
    expect(page.locator("body")).to_contain_text("Choose something on the map first", use_inner_text=True)
    place = page.evaluate(ASSET, "amb-1")
    box = page.locator(".map-box").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + place["x"], box["y"] + place["y"])
    until(page, "window.casevac.state().selected?.id === 'amb-1'")
    page.keyboard.press("s")
    expect(badge).to_contain_text("Following AMB 1", use_inner_text=True)
    story.move("amb-1", 20.3, 4.9)
    middle = f"([x, y]) => {{ const one = ({ASSET})('amb-1'); return Math.hypot(one.x - x, one.y - y) < 2; }}"
    until(page, middle, [box["width"] / 2, box["height"] / 2])
    page.mouse.move(box["x"] + 300, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 380, box["y"] + 340, steps=6)
    page.mouse.up()
    expect(badge).to_be_hidden()
    assert not page.evaluate(middle, [box["width"] / 2, box["height"] / 2])


def test_a_click_on_a_crowd_opens_it_and_keys_go_through_the_marks(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    names = [f"crowd-{n}" for n in range(6)]
    story.happen(*(new_vehicle(name, name.upper(), VehicleKind.GROUND, "ambulance") for name in names))
    for n, name in enumerate(names):
        story.move(name, 20.2 + 0.01 * n, 4.8)
    page = opened(watched, door, *names)
    box = page.locator(".map-box").bounding_box()
    assert box is not None
    apart = f"Math.abs(({ASSET})('crowd-0').x - ({ASSET})('crowd-5').x)"
    crowded = page.evaluate(apart)
    crowd = page.evaluate(ASSET, "crowd-2")
    shot(page, tmp_path / "crowd.png")
    page.mouse.click(box["x"] + crowd["x"], box["y"] + crowd["y"])
    until(page, f"before => {apart} > 2.5 * before", crowded)
    assert page.evaluate("window.casevac.state().selected") is None
    seen = set()
    for _ in range(12):
        page.keyboard.press(".")
        chosen = page.evaluate("window.casevac.state().selected")
        seen.add(chosen["id"])
    assert set(names) <= seen
    page.keyboard.press(",")
    assert page.evaluate("window.casevac.state().selected") != chosen
    shot(page, tmp_path / "apart.png")

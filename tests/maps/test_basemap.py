"""The basemap in a real browser: tiles, layers, grid, readout, and the map of a browser without WebGL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from maps.server import STATIC
from tests.maps.browser import Watched, browsing, shot, until
from tests.maps.door import Door
from tests.maps.mission import Story
from tests.maps.test_page import LIVE

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
NO_WEBGL = ("--disable-webgl", "--disable-webgl2", "--disable-3d-apis")
DRAWN = "window.casevac.map.drawn().length > 0"


@pytest.fixture(params=["webgl", "canvas"])
def ground(request: pytest.FixtureRequest) -> Iterator[tuple[str, Watched]]:
    """A browser with WebGL and one without; neither complains nor asks anybody else."""
    with browsing(flags=NO_WEBGL if request.param == "canvas" else ()) as found:
        yield str(request.param), found
        assert found.complaints == []
        assert found.strangers() == []


def opened(watched: Watched, door: Door) -> Page:
    page = watched.context.new_page()
    page.goto(door.url)
    until(page, LIVE)
    until(page, DRAWN)
    return page


def view(page: Page) -> dict[str, float]:
    found: dict[str, float] = page.evaluate("window.casevac.map.view()")
    return found


def colours(page: Page) -> int:
    """How many colours the ground shows: a blank map has one or two."""
    found: int = page.evaluate(
        "() => { const from = document.querySelector('.ground canvas');"
        " const to = document.createElement('canvas');"
        " to.width = 300; to.height = 200;"
        " const pen = to.getContext('2d');"
        " pen.drawImage(from, 0, 0, from.width, from.height, 0, 0, 300, 200);"
        " const data = new Uint32Array(pen.getImageData(0, 0, 300, 200).data.buffer);"
        " return new Set(data).size; }"
    )
    return found


def test_the_network_is_drawn_and_the_map_is_moved_by_keys(
    still_door: Door, ground: tuple[str, Watched], tmp_path: Path
) -> None:
    kind, watched = ground
    page = opened(watched, still_door)
    assert any("/api/tiles/" in url for url in watched.requests)
    if kind == "canvas":
        expect(page.locator("body")).to_contain_text("no WebGL")
        assert page.evaluate("document.createElement('canvas').getContext('webgl2')") is None
        until(
            page, "window.casevac.map.drawn().some(one => one.endsWith('major') || one.endsWith('estimated'))"
        )
        assert colours(page) > 20
    until(page, "window.casevac.layer.assets().some(one => one.id === 'bria')")
    before = view(page)
    page.locator(".ground canvas").first.focus()
    page.keyboard.press("ArrowRight")
    until(page, "lon => window.casevac.map.view().lon > lon + 0.01", before["lon"])
    page.keyboard.press("+")
    until(page, "zoom => window.casevac.map.view().zoom > zoom + 0.9", before["zoom"])
    page.keyboard.press("-")
    until(page, "zoom => window.casevac.map.view().zoom < zoom + 0.1", before["zoom"])
    shot(page, tmp_path / f"{kind}.png")


def test_the_map_is_pulled_and_zoomed_by_the_mouse(still_door: Door, ground: tuple[str, Watched]) -> None:
    _, watched = ground
    page = opened(watched, still_door)
    before = view(page)
    box = page.locator(".ground").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 120, y, steps=6)
    page.mouse.up()
    until(page, "lon => window.casevac.map.view().lon > lon + 0.1", before["lon"])
    page.mouse.wheel(0, -600)
    until(page, "zoom => window.casevac.map.view().zoom > zoom + 0.2", before["zoom"])


def test_a_mark_is_chosen_on_the_map_without_webgl_too(still_door: Door, ground: tuple[str, Watched]) -> None:
    _, watched = ground
    page = opened(watched, still_door)
    until(page, "window.casevac.layer.assets().some(one => one.id === 'bria')")
    mark = page.evaluate("window.casevac.layer.assets().find(one => one.id === 'bria')")
    box = page.locator(".ground").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + mark["x"], box["y"] + mark["y"])
    until(page, "window.casevac.state().selected?.id === 'bria'")


def test_layers_are_hidden_and_dimmed_by_keyboard_and_remembered(
    still_door: Door, ground: tuple[str, Watched], tmp_path: Path
) -> None:
    kind, watched = ground
    page = opened(watched, still_door)
    page.keyboard.press("j")
    panel = page.get_by_test_id("layers")
    expect(panel).to_be_visible()
    expect(panel.locator("[data-layer=roads]")).to_be_focused()
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(panel.locator("[data-layer=grid]")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator(".grid-canvas")).to_be_visible()
    panel.locator("[data-layer=facilities]").uncheck()
    until(page, "!window.casevac.layer.assets().some(one => one.kind === 'facility')")
    panel.get_by_test_id("dim").press("End")
    shot(page, tmp_path / f"layers-{kind}.png")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.reload()
    until(page, LIVE)
    expect(page.locator(".grid-canvas")).to_be_visible()
    page.keyboard.press("j")
    expect(panel.locator("[data-layer=facilities]")).not_to_be_checked()
    assert panel.get_by_test_id("dim").input_value() == "100"


def test_the_readout_changes_its_form_and_keeps_it(still_door: Door, ground: tuple[str, Watched]) -> None:
    _, watched = ground
    page = opened(watched, still_door)
    readout = page.get_by_test_id("readout")
    shapes = (
        r"\d\d[A-Z] [A-Z]{2} \d{5} \d{5}",
        r"\d+\.\d{5},\d+\.\d{5}",
        r"\d\d°\d\d'",
        r"\d\d[A-Z] \d{6} \d+",
    )
    for shape in shapes:
        until(
            page,
            "shape => new RegExp(shape).test(document.querySelector('.readout-words').textContent)",
            shape,
        )
        readout.focus()
        page.keyboard.press("Enter")
    readout.click()
    page.reload()
    until(page, LIVE)
    until(page, r"/^\d+\.\d{5},\d+\.\d{5}$/.test(document.querySelector('.readout-words').textContent)")


def test_a_fault_of_the_tiles_is_seen_and_the_rest_goes_on(
    story: Story, door: Door, ground: tuple[str, Watched]
) -> None:
    _, watched = ground
    page = opened(watched, door)
    db = story.db()
    with db, db.cursor() as cursor:
        cursor.execute("DROP TABLE drawn")
    db.close()
    page.evaluate("window.casevac.map.jump(19.08, 5.73, 11)")
    expect(page.locator("body")).to_contain_text("The background map has a fault")
    until(page, LIVE)
    watched.complaints.clear()  # the browser's own word of the answer

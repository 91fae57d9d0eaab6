"""A browser without WebGL still shows where everybody is, the way of each chain, closures and borders."""

import json
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import pytest
from playwright.sync_api import Page

from maps.server import STATIC
from tests.maps.browser import Watched, browsing, shot, until
from tests.maps.door import Door
from tests.maps.mission import Story
from tests.maps.test_basemap import NO_WEBGL
from tests.maps.test_closing import closure, running
from tests.maps.test_page import LIVE

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
CELL, VIEW = "10_0", (18.6, 4.4, 8.0)
# Of places [lon, lat] on the screen, the share with a pixel like `rgb` (null: any painted one) within 4 px.
SHARE = """([canvas, places, rgb, aside]) => {
  const from = document.querySelector(canvas);
  const [ratio, pen] = [from.width / from.clientWidth, from.getContext("2d")];
  const near = ([lon, lat]) => {
    const [x, y] = window.casevac.layer.screen(lon, lat);
    const data = pen.getImageData((x + aside - 4) * ratio, (y - 4) * ratio, 9 * ratio, 9 * ratio).data;
    for (let i = 0; i < data.length; i += 4) {
      const like = rgb ? rgb.every((value, k) => Math.abs(value - data[i + k]) < 14) : true;
      if (data[i + 3] > 60 && like) return true;
    }
    return false;
  };
  const seen = places.filter(([lon, lat]) => {
    const [x, y] = window.casevac.layer.screen(lon, lat);
    return x > 20 && y > 20 && x < from.clientWidth - 100 && y < from.clientHeight - 20;
  });
  return seen.length < 5 ? null : seen.filter(near).length / seen.length;
}"""
BORDER = [0x66, 0x79, 0x8A]  # of the night theme


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A browser without WebGL whose complaints fail the test."""
    with browsing(flags=NO_WEBGL) as found:
        yield found
        assert found.complaints == []
        assert found.strangers() == []


def share(page: Page, canvas: str, places: list[list[float]], rgb: list[int] | None, aside: int = 0) -> float:
    found = page.evaluate(SHARE, [canvas, places, rgb, aside])
    assert found is not None, "they are not on the screen"
    return float(found)


def borders() -> list[list[float]]:
    """Corners of the borders of one cell of the shipped basemap, in degrees."""
    shapes = json.loads((STATIC / "basemap" / f"{CELL}.json").read_text(encoding="utf-8"))
    lines = [zip(accumulate(line[::2]), accumulate(line[1::2]), strict=True) for line in shapes["borders"]]
    return [[x * shapes["step"], y * shapes["step"]] for line in lines for x, y in line]


def test_assets_ways_closures_and_borders_are_drawn(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    chain = running(door, story)
    page = watched.context.new_page()
    page.goto(door.url)
    until(page, LIVE)
    assert page.evaluate("document.createElement('canvas').getContext('webgl2')") is None
    until(page, "window.casevac.layer.assets().some(one => one.id === 'amb-1')")
    way = chain["legs"][-1]["path"]
    until(page, f"places => ({SHARE})(['.ways-canvas', places, null, 0]) > 0.6", way)
    assert share(page, ".ways-canvas", way, None, aside=60) < 0.3

    shut = closure(chain)
    assert door.post("/api/hazards", shut).status_code == 201
    until(
        page,
        "Object.keys(window.casevac.state().counts).length && window.casevac.state().counts.hazards === 1",
    )
    page.evaluate("at => window.casevac.map.jump(...at)", [shut["lon"], shut["lat"], 12])
    until(page, f"({SHARE})(['.ways-canvas', Array(5).fill([{shut['lon']}, {shut['lat']}]), null, 0]) === 1")
    shot(page, tmp_path / "closure.png")

    page.evaluate("at => window.casevac.map.jump(...at)", list(VIEW))
    until(
        page, f"([places, rgb]) => ({SHARE})(['.ground canvas', places, rgb, 0]) > 0.4", [borders(), BORDER]
    )
    assert share(page, ".ground canvas", borders(), BORDER, aside=-45) < 0.25
    shot(page, tmp_path / "borders.png")

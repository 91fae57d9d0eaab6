"""The frame of the map's bench: complete figures from few assets; what is missing is said."""

import json
import shutil
import subprocess
import sys

import pytest

from maps.server import STATIC
from tests.bench.map import PARTS, ROOT
from tests.bench.map_page import WEB, chromium, opened, served

needs_node = pytest.mark.skipif(
    shutil.which("npx") is None or not (WEB / "node_modules").is_dir() or not STATIC.is_dir(),
    reason="build the page: cd maps/web && npm ci && npm run build",
)


def bench(*words: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "tests.bench.map", *words]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)


@needs_node
@pytest.mark.parametrize("part", ["paint", "watch"])
def test_every_figure_of_a_part_is_told(part: str) -> None:
    done = bench("--quick", "--only", part)
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["bench"] == "map"
    assert all(last["figures"][key] > 0 for key in PARTS[part].keys)
    assert last["figures"]["quick"] is True


def test_a_part_that_there_is_none_of_is_named() -> None:
    done = bench("--only", "paint,weather")
    assert done.returncode == 2
    assert "no such part: weather" in done.stderr


@needs_node
def test_in_red_light_nothing_of_the_layer_shines_green_or_blue() -> None:
    share = """theme => { bench.wear(theme);
      const canvas = document.querySelector('.assets-canvas');
      const all = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      let [painted, other] = [0, 0];
      for (let at = 0; at < all.length; at += 4) if (all[at + 3] > 200) {
        painted++;
        other += Math.max(all[at + 1], all[at + 2]) > 0.85 * all[at] + 12;
      }
      return other / painted; }"""
    with served() as url, chromium() as browser, opened(browser, url, []) as page:
        page.evaluate("() => bench.start('none', 0)")
        page.evaluate("() => bench.watch(300)")
        assert page.evaluate(share, "night") > 0.2
        assert page.evaluate(share, "red") < 0.001

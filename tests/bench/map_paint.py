"""From the call with new places to the screen: our canvas, OpenLayers' canvas, MapLibre's setData.

All draw the same above the same MapLibre basemap (no tiles but the shipped land and borders), 1280 x 800:
every asset moves each second and has

* a symbol: the same images for all three, 38 x 38 pixels, never left out;
* a name: right of its symbol where neither a symbol nor a name stands; ours also tries left, below and
  above, which is more work. Names have a halo;
* a trail of 12 fixes, and a line ahead of it along its course. Lines are as wide for all: 2 pixels, the
  line ahead with a dark casing, up to 2,500 assets; 1 pixel and no casing above.

OpenLayers: a vector layer of points (names decluttered, icons as obstacles) and one of lines, without a
spatial index, styles made once, coordinates replaced, then `renderSync`: it draws in the call as ours does.
MapLibre: three GeoJSON sources, told as drawn by its `idle` event. A text node is put into the page when
the engine has drawn, and the browser's own Element Timing says when the frame that holds it was presented;
this is the same for all. The engines take turns in the same run, each in a window of its own. Figures are
ratios of medians; `*_ms` are for the eye.
"""

import statistics

from playwright.sync_api import Browser

from tests.bench.map import quick
from tests.bench.map_page import chromium, opened, served
from tests.bench.routing_timing import Figures, Wrong, say

COUNTS = {"1k": 1000, "5k": 5000, "10k": 10_000}
ENGINES = ("ours", "openlayers", "setdata")
ROUNDS = 3
UPDATES = {"ours": 15, "openlayers": 15, "setdata": 5}  # a round
NOT_AT = {("setdata", "5k")}  # nothing is asked of it there
EVERY_MS = 1000


def figures() -> Figures:
    """painted_vs_openlayers_1k, _5k, _10k, painted_vs_setdata_1k, _10k."""
    found: Figures = {}
    with served() as url, chromium() as browser:
        for name, count in COUNTS.items():
            found |= compared(browser, url, name, count // 20 if quick() else count)
    return found


def compared(browser: Browser, url: str, name: str, count: int) -> Figures:
    """The engines in turn at one number of assets."""
    taken: dict[str, list[float]] = {engine: [] for engine in ENGINES if (engine, name) not in NOT_AT}
    for turn in range(1 if quick() else ROUNDS):
        for engine, times in taken.items():
            times.extend(painted(browser, url, engine, count))
            say(f"   {count} assets, round {turn + 1}, {engine}: {statistics.median(times):.1f} ms")
    medians = {engine: statistics.median(times) for engine, times in taken.items()}
    told: Figures = {f"painted_{engine}_{name}_ms": round(ms, 1) for engine, ms in medians.items()}
    for other in taken:
        if other != "ours":
            told[f"painted_vs_{other}_{name}"] = round(medians["ours"] / medians[other], 3)
    return told


def painted(browser: Browser, url: str, engine: str, count: int) -> list[float]:
    """Milliseconds of each update of a fresh page."""
    faults: list[str] = []
    with opened(browser, url, faults) as page:
        troubles = page.evaluate("([engine, count]) => bench.start(engine, count)", [engine, count])
        page.evaluate("() => bench.run(2, 200)")  # what is made once is made
        updates, every = (2, 200) if quick() else (UPDATES[engine], EVERY_MS)
        taken = page.evaluate("([updates, every]) => bench.run(updates, every)", [updates, every])
    if faults or troubles:
        raise Wrong(f"{engine} did not draw: {'; '.join([*faults, *troubles])}")
    return [float(one["ms"]) for one in taken]

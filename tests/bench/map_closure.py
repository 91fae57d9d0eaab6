"""A closure released on the map until the new chains are painted, in the real page on Porto's roads, as JSON.

python -m tests.bench.map_closure [PORTO.osm.pbf]
"""

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from casevac import coordination
from casevac import events as e
from casevac.store import log
from casevac.store.connection import Connection, connect
from tests.bench.closure import EXTRACT, Door, _on_way, _served
from tests.bench.town import MISSION, Town, enough, say, town_of, under_way
from tests.maps.browser import browsing, until

RUNS = 3
WARM = 2  # closures before the first that counts: nobody opens the page in the moment of the closure
PULL_PX = 7.0
PATIENCE_S = 60.0
LIVE = (
    "window.casevac && window.casevac.state().link === 'LIVE' && window.casevac.state().mission"
    " && document.querySelector('.wait').hidden"
)
WATCH = (
    "() => { window.benchReleased = 0; window.addEventListener('mouseup',"
    " () => { window.benchReleased = performance.now(); }, true); }"
)
ON_MAP = "at => document.elementFromPoint(at[0], at[1])?.classList.contains('maplibregl-canvas')"
PREVIEWED = "document.querySelector('.preview:not([aria-busy]) :is(li, p:not(.note))') !== null"
SENT = (
    "released => performance.getEntriesByType('resource').filter(one => one.name.includes('/api/hazards?')"
    " && one.startTime >= released).map(one => [one.startTime - released, one.responseEnd - released])"
)


class NothingLed(Exception):
    """A closure that led no chain another way, or under a panel, is none of those that are measured."""


def figures(extract: Path = EXTRACT) -> dict[str, float]:
    """closure_ms (median of the runs) and what else is worth knowing; milliseconds."""
    with town_of(extract) as town:
        db = connect(town.url)
        say(f"{under_way(town, db)} live chains")
        with _served(town) as door, browsing() as watched:
            page = watched.context.new_page()
            page.goto(str(door.http.base_url))
            until(page, LIVE)
            until(page, "window.casevac.state().counts.chains > 0")
            page.evaluate(WATCH)
            told = _runs(town, db, door, page)
        db.close()
    return told


def _runs(town: Town, db: Connection, door: Door, page: Page) -> dict[str, float]:
    painted: list[float] = []
    answered: list[float] = []
    led: list[int] = []
    turn = 0
    while len(painted) < WARM + RUNS:
        try:
            ms, answer_ms, chains = _closed(town, db, page, turn)
        except NothingLed:
            say(f"closure {turn} led nobody another way")
        else:
            say(f"closure {turn}: painted after {ms:.0f} ms, {chains} chains led another way")
            painted.append(ms)
            answered.append(answer_ms)
            led.append(chains)
        _lift(door)
        turn += 1
        time.sleep(2.0)
    return {
        "closure_ms": round(statistics.median(painted[WARM:]), 1),
        "closure_ms_max": round(max(painted[WARM:]), 1),
        "closure_ms_first": round(painted[0], 1),
        "closure_answer_ms": round(statistics.median(answered[WARM:]), 1),
        "closure_chains_live": enough(town, db),
        "closure_chains_rerouted_mean": round(statistics.mean(led[WARM:]), 2),
    }


def _closed(town: Town, db: Connection, page: Page, turn: int) -> tuple[float, float, int]:
    """Milliseconds from the release of the pointer until the ways were painted and until the command was
    answered; how many chains were led another way."""
    place = _on_way(town, coordination.looked_at(town.desk(db)), turn)
    before = log.head(db)
    db.rollback()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("draw: closure")
    page.keyboard.press("Enter")
    x, y = _on_page(page, place["lon"], place["lat"])
    if not page.evaluate(ON_MAP, [x, y]):
        raise NothingLed
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + PULL_PX, y)
    until(page, PREVIEWED)  # whoever draws looks at it
    page.mouse.up()
    released = page.evaluate("() => window.benchReleased")
    seq, led = _led(db, before)
    found = until(page, "seq => window.casevac.layer.painted().find(one => one.seq >= seq)", seq)
    at = float(found["at"])  # type: ignore[index]  # the page's own JSON
    (sent, answer_ms), *_ = until(page, SENT, released)  # type: ignore[misc]  # the page's own JSON
    say(f"sent after {sent:.0f} ms, answered after {answer_ms:.0f} ms")
    return at - float(released), answer_ms, led


def _on_page(page: Page, lon: float, lat: float) -> tuple[float, float]:
    found: Any = page.evaluate("at => window.casevac.layer.screen(at[0], at[1])", [lon, lat])
    box = page.locator(".map-box").bounding_box()
    if box is None:
        raise RuntimeError("the page shows no map")
    return box["x"] + float(found[0]), box["y"] + float(found[1])


def _led(db: Connection, before: int) -> tuple[int, int]:
    """The last event of what followed the closure, and how many chains it led another way."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        with db:
            told = log.read(db, MISSION, after=before)
        done = [one for one in told if isinstance(one.body, e.ChainRerouted | e.ChainsConfirmed)]
        if done:
            led = [one for one in done if isinstance(one.body, e.ChainRerouted)]
            if not led:
                raise NothingLed
            return max(one.seq or 0 for one in led), len(led)
        time.sleep(0.02)
    raise TimeoutError("the chains were not recomputed")


def _lift(door: Door) -> None:
    for one in door.http.get("/api/hazards").json():
        if one["lifted_at"] is None:
            door.http.post(f"/api/hazards/{one['id']}/lift", json={}).raise_for_status()


def main(arguments: list[str]) -> None:
    """Print one line of JSON."""
    told = figures(Path(arguments[0]) if arguments else EXTRACT)
    sys.stdout.write(json.dumps({"bench": "map_closure", "figures": told}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

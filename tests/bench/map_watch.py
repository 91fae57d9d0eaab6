"""A watch at the map: how soon the page answers to a hand, and whether its memory grows in twelve hours.

`inp_p98_ms`: the real page from the real server, 1,000 vehicles whose fixes are stored once a second;
clicks, keys and drags are sent as real input through the browser's own protocol, and the browser's Event
Timing tells how long each took from the hand to the next paint (what took less than 16 ms is not told and
counted as 16). Median of three pages. `heap_growth_ratio`: the live layer with the page's own fold and
scene takes 43,200 seconds of a watch (60 of 200 vehicles report each second, an event each five: requests
and casualties come and go, states and themes change, the pointer wanders) as fast as it can; the heap after
forced collections at the end against the first hour.
"""

import itertools
import random
import statistics
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page

from casevac.position import Position
from casevac.roof.home import Home
from casevac.roof.part import alone
from casevac.roof.postgres import Cluster
from casevac.store import fixes, missions, seen
from casevac.store.connection import Connection, connect
from casevac.store.migrate import upgrade
from casevac.terms import VehicleKind
from tests.bench.map import quick
from tests.bench.map_page import chromium, opened, served
from tests.bench.routing_timing import Figures, Wrong, say
from tests.maps.browser import until
from tests.maps.door import serving
from tests.maps.mission import Story, begin, new_vehicle
from tests.ports import next_free

VEHICLES = 1000
PAGES = 3
HOUR_S = 3600
WATCH_S = 12 * HOUR_S
STRIDE_S = 600
UNTOLD_MS = 16.0  # Event Timing tells of nothing shorter
LISTEN = """() => {
  window.told = new Map();
  new PerformanceObserver(list => { for (const one of list.getEntries()) {
    const [id, known] = [one.interactionId, window.told.get(one.interactionId) ?? 0];
    if (id) window.told.set(id, Math.max(one.duration, known));
  } }).observe({ type: 'event', durationThreshold: 16, buffered: false });
  window.before = performance.interactionCount;
}"""
TOLD = "() => ({ slow: [...window.told.values()], all: performance.interactionCount - window.before })"
LIVE = "window.casevac && window.casevac.state().link === 'LIVE' && document.querySelector('.wait').hidden"


def figures() -> Figures:
    """inp_p98_ms, heap_growth_ratio."""
    return inp() | heap()


@dataclass
class Fleet:
    """Vehicles that are stored at a new place each second until it is told to stop."""

    story: Story
    count: int
    stop: threading.Event = field(default_factory=threading.Event)
    late: int = 0

    def register(self) -> None:
        """Vehicles and their devices."""
        names = [f"v{number}" for number in range(self.count)]
        self.story.happen(
            *(new_vehicle(name, name.upper(), VehicleKind.GROUND, "ambulance") for name in names)
        )
        db = self.story.db()
        with db:
            for name in names:
                missions.enrol(db, self.story.id, name, name, datetime.now(UTC))
        db.close()

    def run(self) -> None:
        """A fix of each a second."""
        chance = random.Random(7)
        places = [
            (18.2 + 4.2 * chance.random(), 4.3 + 2.8 * chance.random(), chance.random() * 360)
            for _ in range(self.count)
        ]
        db = connect(self.story.url)
        for n in itertools.count(1):
            begun = datetime.now(UTC)
            places = [(lon + 0.001 * chance.uniform(-1, 1), lat + 0.001, way) for lon, lat, way in places]
            with db:
                self._store(db, n, places)
            spent = (datetime.now(UTC) - begun).total_seconds()
            self.late += spent > 1
            if self.stop.wait(max(0.0, 1 - spent)):
                break
        db.close()

    def _store(self, db: Connection, n: int, places: list[tuple[float, float, float]]) -> None:
        now = datetime.now(UTC)
        new = [
            Position(
                mission=self.story.id,
                device=f"v{number}",
                epoch=1,
                n=n,
                at=now,
                corrected_at=now,
                received_at=now,
                lon=lon,
                lat=lat,
                speed=12.0,
                course=way,
            )
            for number, (lon, lat, way) in enumerate(places)
        ]
        seen.claim(db, seen.blocks([(one.device, 1, n) for one in new]))
        fixes.append(db, new)


@contextmanager
def sailing(count: int) -> Iterator[str]:
    """A server of a mission whose vehicles move each second: its address."""
    with tempfile.TemporaryDirectory(prefix="casevac-bench-") as directory:
        home = Home(Path(directory) / "home")
        home.prepare()
        cluster = Cluster(home, next_free(15432))
        with alone(cluster):
            upgrade(cluster.url())
            story = begin(cluster.url(), home.path)
            fleet = Fleet(story, count)
            fleet.register()
            mover = threading.Thread(target=fleet.run)
            mover.start()
            try:
                with serving(story) as door:
                    yield door.url
            finally:
                fleet.stop.set()
                mover.join()
                if fleet.late:
                    say(f"   the fleet was late {fleet.late} times: this machine is busy")


def inp() -> Figures:
    """Input to next paint."""
    count = VEHICLES // 20 if quick() else VEHICLES
    found = []
    with sailing(count) as url, chromium() as browser:
        for _ in range(1 if quick() else PAGES):
            faults: list[str] = []
            with opened_live(browser, url, faults) as page:
                until(page, f"window.casevac.state().positions >= {count}")
                found.append(p98(page, rounds=2 if quick() else 12))
            if faults:
                raise Wrong(f"the page complained: {'; '.join(faults)}")
            say(f"   inp p98 {found[-1]:.0f} ms")
    return {"inp_p98_ms": round(statistics.median(found), 1)}


@contextmanager
def opened_live(browser: Browser, url: str, faults: list[str]) -> Iterator[Page]:
    """The real page, live."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(url)
    until(page, LIVE)
    yield page
    context.close()


def p98(page: Page, rounds: int) -> float:
    """Milliseconds of the slowest but two in a hundred of all clicks, keys and drags."""
    page.evaluate(LISTEN)
    box = page.locator(".map-box").bounding_box() or {"x": 0, "y": 0, "width": 800, "height": 600}
    chance = random.Random(11)
    for _ in range(rounds):
        for _ in range(4):
            page.mouse.click(
                box["x"] + box["width"] * chance.uniform(0.1, 0.8),
                box["y"] + box["height"] * chance.uniform(0.2, 0.8),
            )
            page.wait_for_timeout(chance.uniform(120, 330))
        for key in ("d", "c", "l", ".", "s", "Escape", "f"):
            page.keyboard.press(key)
            page.wait_for_timeout(chance.uniform(120, 330))
        drag(page, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, chance)
    page.wait_for_timeout(1500)
    told = page.evaluate(TOLD)
    slow = [float(one) for one in told["slow"]]
    every = sorted([*slow, *[UNTOLD_MS] * max(0, int(told["all"]) - len(slow))])
    say(f"   {len(every)} inputs, {len(slow)} of them 16 ms or longer, longest {every[-1]:.0f} ms")
    return every[min(len(every) - 1, int(0.98 * len(every)))]


def drag(page: Page, x: float, y: float, chance: random.Random) -> None:
    """The map is dragged some way."""
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(6):
        page.mouse.move(x + 12 * step * chance.uniform(-1, 1), y + 8 * step)
    page.mouse.up()
    page.wait_for_timeout(200)


def heap() -> Figures:
    """Bytes after a watch against its first hour."""
    faults: list[str] = []
    hour, whole, stride = (HOUR_S, WATCH_S, STRIDE_S) if not quick() else (100, 300, 50)
    with served() as url, chromium() as browser, opened(browser, url, faults) as page:
        page.evaluate("() => bench.start('none', 0)")
        first = 0.0
        for done in range(stride, whole + 1, stride):
            page.evaluate("ticks => bench.watch(ticks)", stride)
            if done == hour:
                first = used(page)
            if done % hour == 0:
                say(f"   {done} s of the watch: {used(page) / 1e6:.1f} MB")
        last = used(page)
    if faults:
        raise Wrong(f"the page complained: {'; '.join(faults)}")
    return {"heap_growth_ratio": round(last / first, 3), "heap_mb": round(last / 1e6, 1)}


def used(page: Page) -> float:
    """Bytes of the page's heap after collection."""
    session = page.context.new_cdp_session(page)
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    told = session.send("Runtime.getHeapUsage")
    session.detach()
    return float(told["usedSize"]) + float(told.get("backingStorageSize", 0))

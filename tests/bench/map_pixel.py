"""From a message at the broker to a pixel of the page, with 1,000 devices reporting once a second.

python -m tests.bench.map_pixel

Broker, ingest, store and serve are the product's own processes, the page is the built one in Chromium. A
pixel has changed when a symbol covers the middle of the place where it must appear: a look at the canvas
itself every 25 ms (50 on each of 20 pages), whatever the page says of itself, and then the frame after it.
(A look in every frame would make 20 pages draw frames without end, of which nobody's page has to.) Both
clocks are this machine's.

`pixel_*`: position reports of one more device. `pixel_p99_ms_vsat`: alerts, for 20 viewers behind one link
of 256 kbit/s that they share and a round trip of 600 ms, each with a stream of its own. Eight of them are
pages, each in a window of its own (of pages in one window only that in front is given frames at once, the
others after up to a second); the others take over the link what a page takes, and draw nothing: twenty
people have twenty machines, and this one has to draw without a graphics card. CASEVAC_BENCH_PAGES=20 makes
pages of all. `vsat_had_p99_ms` is when the others had each alert. 1 to 3 s lie between an alert that all
pages show and the next. `reconnect_*`: a page whose link was cut for 30 s while alerts came; seconds until
it has all that is stored and positions go on, events that it then lacks or has twice. Each is measured three
times; the median is told. The cut comes last: it leaves 90 alerts that nobody has answered.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

import httpx
import paho.mqtt.client as mqtt
from playwright.sync_api import Page

from casevac.events import FacilityRegistered, house_event
from casevac.mission import Profile
from casevac.roof import ours
from casevac.roof.part import alone
from casevac.roof.parts import Command, Row
from casevac.store import log
from casevac.store.connection import connect
from casevac.terms import Source
from casevac.zap import zap
from tests.bench.convoy import Convoy
from tests.bench.map import quick
from tests.bench.place import MISSION, Place, opened, say
from tests.faults.proxy import Proxy, Weather
from tests.maps.browser import CONTROLLED, Watched, browsing, until
from tests.ports import next_free

VSAT = Weather(latency_s=0.3, bits_per_s=256_000)
FAR = Weather(latency_s=VSAT.latency_s)  # while the files of 20 pages are fetched, once
APART = 0.008  # degrees between neighbours of the fleet, which stays south of the probes
FRAME = ((17.55, 3.95), (18.9, 5.3))  # two facilities stand here, so that every page shows all between
CORNERS = ("south-west", "north-east")
LEFT, RIGHT, BOTTOM, TOP = 17.62, 18.7, 4.65, 5.2  # where probes appear
COLUMNS, ROWS = 5, 6
ASIDE_LON, ASIDE_LAT = 18.85, 3.97
LATEST_S = 30.0
LIVE = "window.casevac && window.casevac.state().link === 'LIVE' && window.casevac.assets !== null"
FAST = "window.casevac.state().lane === 0.1"
WATCH = """
([spots, every]) => {
  const canvas = document.querySelector(".assets-canvas"), pen = canvas.getContext("2d");
  const scale = canvas.width / canvas.clientWidth;
  const covered = ({ x, y }) => {
    const { data } = pen.getImageData((x - 5) * scale, (y - 5) * scale, 10 * scale, 10 * scale);
    let full = 0;
    for (let k = 3; k < data.length; k += 4) if (data[k] > 160) full += 1;
    return full > 0.55 * data.length / 4;
  };
  const told = (window.casevacBench = { wanted: -1, seen: [] });
  const shown = (spot) => told.seen.push([spot, performance.timeOrigin + performance.now()]);
  const look = () => {
    if (told.wanted < 0 || !covered(spots[told.wanted])) return;
    const spot = told.wanted;
    told.wanted = -1;
    requestAnimationFrame(() => shown(spot));
  };
  setInterval(look, every);
  return spots.filter(covered).length;
}
"""


class Spot(NamedTuple):
    """A place where something is to appear."""

    lon: float
    lat: float


@contextmanager
def _served(place: Place) -> Iterator[int]:
    """The part that serves the page, as its own process; its port."""
    port = next_free(18400)
    settings = place.environment() | {"CASEVAC_HTTP_PORT": str(port)}
    part = Command(
        place.home, Row("serve", "casevac-tool", http=True), lambda: ours.environment(settings), port
    )
    with alone(part, 60.0):
        yield port


class Field:
    """Devices that say what the bench wants, by one connection of the house."""

    def __init__(self, place: Place) -> None:
        self._numbers: dict[str, int] = {}
        user, _, password = place.house().partition(":")
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "bench-field")
        self._client.username_pw_set(user, password)
        self._client.connect("127.0.0.1", place.broker.port)
        self._client.loop_start()

    def close(self) -> None:
        """No more."""
        self._client.disconnect()
        self._client.loop_stop()

    def stand(self, device: str, at: Spot) -> float:
        """A report of this place; when it was published, ms since 1970."""
        return self._say(device, "report", {"lon": at.lon, "lat": at.lat, "speed": 12, "course": 90})

    def alert(self, device: str, at: Spot, number: int) -> float:
        """An alert at this place."""
        body = {"kind": "alert_raised", "who": f"P{number}", "what": "mine", "how_many": 1, "lon": at.lon,
                "lat": at.lat, "request": f"R-{number}", "casualties": [zap(number)]}  # fmt: skip
        return self._say(device, "event", body)

    def _say(self, device: str, topic: str, body: dict[str, object]) -> float:
        number = self._numbers[device] = self._numbers.get(device, 0) + 1
        told = {"epoch": 1, "n": number, "at": datetime.now(UTC).isoformat(), **body}
        begin = time.time() * 1000.0
        self._client.publish(f"casevac/v1/{device}/{topic}", json.dumps(told), qos=1)
        return begin


def _frame(place: Place) -> None:
    """Two facilities, which every page shows at first."""
    now = datetime.now(UTC)
    told = [
        FacilityRegistered(id=name, name=name, lon=lon, lat=lat, level="L1", capabilities=())
        for name, (lon, lat) in zip(CORNERS, FRAME, strict=True)
    ]
    db = connect(place.database_url)
    with db:
        log.append(db, [house_event(MISSION, body, now, "bench", Source.SYSTEM) for body in told])
    db.close()


def _spots() -> list[Spot]:
    """Places so far apart that no name covers another place."""
    across, along = (RIGHT - LEFT) / (COLUMNS - 1), (TOP - BOTTOM) / (ROWS - 1)
    return [Spot(LEFT + across * i, BOTTOM + along * k) for k in range(ROWS) for i in range(COLUMNS)]


class Thin(NamedTuple):
    """A round behind the thin link, ms at p99: until the pages showed an alert, until the others had it."""

    pixel_ms: float
    had_ms: float


class Bench:
    """A running place, its field and its pages."""

    def __init__(self, place: Place, field: Field, watched: Watched, port: int) -> None:
        self.place, self.field, self.watched, self.port = place, field, watched, port
        self.alerts = 0

    def page(self, port: int | None = None) -> Page:
        """A page, live and with all its files, that shows the frame."""
        return self.ready(self._open(self.watched, port or self.port))

    def pages(self, port: int, many: int) -> list[Page]:
        """Pages of so many viewers, each in a window of its own."""
        found = [self._open(self.watched.beside(), port) for _ in range(many)]
        return [self.ready(page) for page in found]

    def _open(self, watched: Watched, port: int) -> Page:
        page = watched.context.new_page()
        page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
        return page

    def ready(self, page: Page) -> Page:
        """Wait until it is."""
        until(page, LIVE)
        until(page, CONTROLLED)
        frame = (
            "(names) => names.every((name) => window.casevac.layer.assets().some((one) => one.id === name))"
        )
        until(page, frame, arg=list(CORNERS))
        page.locator("header .mission").click()  # or a banner would ask for a click, and move the map
        page.wait_for_timeout(1500)  # the camera has come to rest
        return page

    def watch(self, page: Page, spots: Sequence[Spot], up_px: float, every_ms: int = 25) -> None:
        """Look so often for symbols so far above places; none of them is covered yet."""
        marks = {one["id"]: one for one in page.evaluate("window.casevac.layer.assets()")}
        (west, south), (east, north) = FRAME
        low, high = (marks[name] for name in CORNERS)
        pixels = [
            {
                "x": low["x"] + (lon - west) / (east - west) * (high["x"] - low["x"]),
                "y": low["y"] + (lat - south) / (north - south) * (high["y"] - low["y"]) - up_px,
            }
            for lon, lat in spots
        ]
        if (covered := page.evaluate(WATCH, [pixels, every_ms])) != 0:
            raise SystemExit(f"{covered} of the places that are watched are covered from the start")

    def alert(self, at: Spot) -> float:
        """One more alert."""
        self.alerts += 1
        return self.field.alert(self.place.names[0], at, self.alerts)


def _appeared(pages: Sequence[Page], spot: int, say_it: Callable[[], float]) -> list[float]:
    """Milliseconds from saying it until each page shows it."""
    for page in pages:
        page.evaluate("(spot) => { window.casevacBench.seen = []; window.casevacBench.wanted = spot; }", spot)
    begin = say_it()
    found = []
    for page in pages:
        end = time.monotonic() + LATEST_S
        while not (seen := page.evaluate("window.casevacBench.seen")):
            if time.monotonic() > end:
                raise SystemExit(f"a page did not show place {spot} within {LATEST_S:.0f} s")
            page.wait_for_timeout(20)
        found.append(seen[0][1] - begin)
    return found


def _p(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def reports(bench: Bench, many: int) -> tuple[float, float]:
    """p50 and p99 in ms from a position report to its pixel, on one page in the fast lane."""
    spots, dice = _spots()[::4], random.Random(3)
    page, probe = bench.page(), bench.place.names[1]
    until(page, FAST)
    bench.watch(page, spots, 0)
    bench.field.stand(probe, spots[0])
    time.sleep(1)
    found: list[float] = []
    for turn in range(1, many + 1):
        found += _appeared(
            [page], turn % len(spots), partial(bench.field.stand, probe, spots[turn % len(spots)])
        )
        time.sleep(dice.uniform(0.1, 0.4))
    bench.field.stand(probe, Spot(ASIDE_LON, ASIDE_LAT))  # out of the way of the next
    time.sleep(1)
    page.close()
    return _p(found, 0.5), _p(found, 0.99)


@contextmanager
def _others(port: int, many: int) -> Iterator[Callable[[], dict[str, list[float]]]]:
    """So many viewers who are no pages; the call ends them and tells when each had each alert."""
    command = [sys.executable, "-m", "tests.bench.far_viewers", str(port), str(many)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def end() -> dict[str, list[float]]:
            told, _ = process.communicate("\n", timeout=60)
            requests: dict[str, list[float]] = json.loads(told)["requests"]
            return requests

        try:
            yield end
        finally:
            process.kill()


def thin(bench: Bench, size: "Size", round_: int) -> Thin:
    """Alerts for all viewers behind one thin link."""
    spots, others = _spots()[round_ * size.alerts :][: size.alerts], size.viewers - size.pages
    with Proxy(bench.port) as link:
        link.mend(FAR)
        pages = bench.pages(link.port, size.pages)
        for page in pages:
            bench.watch(page, spots, 27, every_ms=50)
        with _others(link.port, others) as end:
            time.sleep(10)  # until they have their first picture
            link.mend(VSAT)
            time.sleep(20)  # lanes are chosen by what the link carries
            found, said = _alerts(bench, pages, spots)
            had = end()
        late = [at - said[name] for name, heard in had.items() if name in said for at in heard]
        if len(late) != others * size.alerts:
            raise SystemExit(f"{len(late)} of {others * size.alerts} alerts came to the others")
        told = Thin(_p(found, 0.99), _p(late, 0.99) if late else 0.0)
        say(f"   behind the link, {size.pages} pages: p50 {_p(found, 0.5):.0f}, p99 {told.pixel_ms:.0f} ms;"
            f" the others had it, p99 {told.had_ms:.0f} ms; {link.received} B")  # fmt: skip
        for page in pages:
            page.context.close()
    return told


def _alerts(
    bench: Bench, pages: Sequence[Page], spots: Sequence[Spot]
) -> tuple[list[float], dict[str, float]]:
    """Milliseconds until each page showed each alert; by request when it was said."""
    dice = random.Random(5)
    found: list[float] = []
    said: dict[str, float] = {}

    def alert(spot: Spot) -> float:
        at = bench.alert(spot)
        said[f"R-{bench.alerts}"] = at
        return at

    for number, spot in enumerate(spots):
        found += _appeared(pages, number, partial(alert, spot))
        time.sleep(dice.uniform(1.0, 3.0))
    return found, said


def reconnect(bench: Bench, cut_s: float) -> tuple[float, int]:
    """Seconds from the return of the link until the page has everything; events missing or twice."""
    db = connect(bench.place.database_url)
    with Proxy(bench.port) as link:
        page = bench.page(link.port)
        with db:
            before = log.head(db)
        link.cut()
        for _ in range(int(cut_s)):
            bench.alert(Spot(ASIDE_LON, ASIDE_LAT))
            time.sleep(1)
        time.sleep(cut_s - int(cut_s))
        with db:
            wanted = [one.seq for one in log.read(db, MISSION, after=before)]
        begin = time.monotonic()
        link.mend()
        while (took := time.monotonic() - begin) < LATEST_S:
            told = page.evaluate("window.casevac.state()")
            if told["seq"] >= wanted[-1] and told["connected"]:
                break
            time.sleep(0.01)
        bench.alert(Spot(ASIDE_LON, ASIDE_LAT))  # a line more: what came before it would not come after
        until(page, "(seq) => window.casevac.state().seq > seq", arg=wanted[-1])
        lines = page.evaluate("window.casevac.state()")["log"]
        page.close()
    db.close()
    missed = len(set(wanted[-40:]) - set(lines)) + len(lines) - len(set(lines))
    return took, missed


class Size(NamedTuple):
    """How much is measured."""

    assets: int = 1000
    viewers: int = 20
    pages: int = int(os.environ.get("CASEVAC_BENCH_PAGES", "8"))  # of them
    rounds: int = 3
    reports: int = 80
    alerts: int = 10
    cut_s: float = 30.0


QUICK = Size(assets=40, viewers=4, pages=2, rounds=1, reports=4, alerts=3, cut_s=2.0)


def figures() -> dict[str, float]:
    """pixel_p50_ms, pixel_p99_ms, pixel_p99_ms_vsat, vsat_had_p99_ms, reconnect_s, reconnect_missed."""
    return measured(QUICK if quick() else Size())


def measured(size: Size) -> dict[str, float]:
    """The same at a size."""
    fast: list[tuple[float, float]] = []
    slow: list[Thin] = []
    back: list[tuple[float, int]] = []
    with (
        opened(size.assets + 2, Profile(speed_factor=10_000.0)) as place,  # no place is too far for a second
        place.ingest(),
        _served(place) as port,
        Convoy(
            place,
            "fleet",
            "--rate",
            size.assets,
            "--apart",
            APART,
            "--deaf",
            names=place.names[2:],
        ),
        browsing() as watched,
    ):
        field = Field(place)
        _frame(place)
        bench = Bench(place, field, watched, port)
        httpx.get(f"http://127.0.0.1:{port}/api/health").raise_for_status()
        for _ in range(size.rounds):
            fast.append(reports(bench, size.reports))
            say(f"   report to pixel: p50 {fast[-1][0]:.0f}, p99 {fast[-1][1]:.0f} ms")
        for round_ in range(size.rounds):
            slow.append(thin(bench, size, round_))
        for _ in range(size.rounds):
            back.append(reconnect(bench, size.cut_s))
            say(f"   after {size.cut_s:.0f} s without a link: {back[-1][0]:.2f} s, missed {back[-1][1]}")
        field.close()
    return {
        "pixel_p50_ms": round(statistics.median(one[0] for one in fast), 1),
        "pixel_p99_ms": round(statistics.median(one[1] for one in fast), 1),
        "pixel_p99_ms_vsat": round(statistics.median(one.pixel_ms for one in slow), 1),
        "vsat_had_p99_ms": round(statistics.median(one.had_ms for one in slow), 1),
        "reconnect_s": round(statistics.median(one[0] for one in back), 2),
        "reconnect_missed": sum(one[1] for one in back),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"bench": "map_pixel", "figures": figures()}) + "\n")

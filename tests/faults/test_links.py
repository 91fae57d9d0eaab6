"""The reference tracker over bad links to the real broker and field door: all stored, exactly once.

All links are mistreated at the same time, so that the file takes as long as its slowest one. The cut
lasts CASEVAC_CUT_S seconds (`make fault-cut` takes 30 minutes of it).
"""

import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.field import Field
from tests.faults.proxy import Proxy, Weather
from tests.tracker.listener import Listener, until
from tracker.device import Device
from tracker.spool import Spool

CUT_S = float(os.environ.get("CASEVAC_CUT_S", "45"))
REPORTS = 60
PATIENCE_S = 150.0
LON, STEP = 18.5, 0.001

Script = Callable[["Trip"], None]


class Trip(threading.Thread):
    """One tracker behind a link of its own, driven by a script until all it reported is receipted."""

    def __init__(self, ground: Field, name: str, place: Path, script: Script) -> None:
        super().__init__(daemon=True, name=name)
        self.link = Proxy(ground.broker.port)
        self._url = f"mqtt://{name}:{ground.enrol(name)}@127.0.0.1"
        self._place, self._script = place / name, script
        self.reported = 0
        self.left = -1

    def run(self) -> None:
        """The whole trip."""
        with self.link:
            self.device = Device(self.name, f"{self._url}:{self.link.port}", Spool(self._place))
            self.device.start()
            self._script(self)
            until(lambda: self.device.unreceipted() == 0, PATIENCE_S)
            self.left = self.device.unreceipted()
            self.device.close()

    def report(self, times: int, every_s: float = 0.1) -> None:
        """Report, always further east."""
        for _ in range(times):
            self.reported += 1
            self.device.report(datetime.now(UTC), LON + STEP * self.reported, 4.4)
            time.sleep(every_s)

    def settle(self) -> None:
        """Wait until all is receipted: the link is up and in use."""
        assert until(lambda: self.device.unreceipted() == 0, PATIENCE_S)


def in_weather(weather: Weather, every_s: float = 0.1) -> Script:
    """A trip in one weather from end to end."""

    def script(trip: Trip) -> None:
        trip.link.weather = weather
        trip.report(REPORTS, every_s)

    return script


def half_open(trip: Trip) -> None:
    trip.report(10)
    trip.settle()
    trip.link.blackhole()
    trip.report(20)
    time.sleep(5)
    trip.link.mend()
    trip.report(20)


def cut(trip: Trip) -> None:
    trip.report(10)
    trip.settle()
    trip.link.cut()
    trip.report(int(CUT_S), every_s=1.0)
    trip.link.mend()
    trip.report(10)


SCRIPTS: dict[str, Script] = {
    "delay": in_weather(Weather(latency_s=0.6, jitter_s=0.2)),
    "stalls": in_weather(Weather(stalls=0.05)),
    "resets": in_weather(Weather(resets=0.1)),
    "thin": in_weather(Weather(bits_per_s=9600), every_s=0.5),
    "all-at-once": in_weather(Weather(0.6, 0.2, 64_000, stalls=0.05, resets=0.03)),
    "half-open": half_open,
    "cut": cut,
}


@pytest.fixture(scope="module")
def trips(common_ground: Field, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Trip]]:
    """Every link, under way."""
    place = tmp_path_factory.mktemp("spools")
    under_way = {name: Trip(common_ground, name, place, script) for name, script in SCRIPTS.items()}
    for trip in under_way.values():
        trip.start()
    yield under_way
    for trip in under_way.values():
        trip.join()


@pytest.mark.timeout(CUT_S + 2 * PATIENCE_S + 60)
@pytest.mark.parametrize("name", SCRIPTS)
def test_all_that_was_reported_is_stored_exactly_once(
    trips: dict[str, Trip], common_ground: Field, name: str
) -> None:
    trip = trips[name]
    trip.join()
    assert trip.left == 0
    assert common_ground.rows(name) == Counter(range(1, trip.reported + 1))
    assert common_ground.mark(name) == pytest.approx(LON + STEP * trip.reported)


def numbered(n: int, at: datetime, sent: datetime) -> dict[str, object]:
    return {"epoch": 1, "n": n, "at": at.isoformat(), "lon": n / 10, "lat": 4.4, "sent": sent.isoformat()}


def test_any_order_over_72_h_and_a_fifth_sent_twice(common_ground: Field) -> None:
    chance, now, many = random.Random(72), datetime.now(UTC), 600
    start = now - timedelta(hours=72)
    reports = [numbered(n, start + timedelta(hours=72) * n / many, now) for n in range(1, many + 1)]
    sent = reports + chance.sample(reports, many // 5)
    chance.shuffle(sent)
    tracker = Listener("shuffled", common_ground.enrol("shuffled"), common_ground.broker.port)
    for one in sent:
        tracker.send("report", json.dumps(one).encode())
    assert until(lambda: tracker.stored() == set(range(1, many + 1)))
    tracker.close()
    assert common_ground.rows("shuffled") == Counter(range(1, many + 1))
    assert common_ground.mark("shuffled") == many / 10


@pytest.mark.parametrize("days", [3, -3])
def test_a_clock_three_days_wrong_and_then_put_right(common_ground: Field, days: int) -> None:
    name = "clock-ahead" if days > 0 else "clock-behind"
    tracker = Listener(name, common_ground.enrol(name), common_ground.broker.port)
    for n in range(1, 21):
        clock = datetime.now(UTC) + timedelta(days=days if n <= 15 else 0)
        tracker.send("report", json.dumps(numbered(n, clock, clock)).encode())
        time.sleep(0.05)
        if n == 15:
            assert until(lambda: tracker.stored() == set(range(1, 16)))
            assert common_ground.mark(name) == 1.5
    assert until(lambda: tracker.stored() == set(range(1, 21)))
    tracker.close()
    assert common_ground.rows(name) == Counter(range(1, 21))
    assert common_ground.mark(name) == 2.0

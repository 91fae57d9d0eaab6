"""The reference tracker (tracker.device, tracker.spool) with 72 hours waiting, behind a link of 64 kbit/s.

The link is the proxy of the fault tests with that rate each way and nothing else. What waits is 26,000
positions of one vehicle, one each 10 s: it drives, slows down, stands, turns, and its fixes are noisy, so
that a batch compresses as it would in the field.
"""

import math
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from casevac.zap import zap
from tests.bench.place import Place, say
from tests.faults.proxy import Proxy, Weather
from tracker.device import Device, position
from tracker.spool import Spool

REPORTS = 26_000  # 72 h at one each 10 s
EVERY_S = 10
BITS_PER_S = 64_000
_DOWN_S = (17.0, 26.0, 41.0)  # breaks of the link, long enough that the client's pauses have grown
_LONGEST_S = 900.0
_CHUNK = 2000
_DEGREE_M = 111_320.0


def track(reports: int, end: datetime, dice: random.Random) -> Iterator[tuple[str, dict[str, object]]]:
    """Positions of a vehicle up to `end`, as a spool takes them."""
    lon, lat, course, speed, battery = 18.55, 4.36, 70.0, 12.0, 100.0
    standing = 0
    for place in range(reports):
        if standing == 0 and dice.random() < 0.004:
            standing = dice.randrange(30, 360)  # 5 minutes to an hour
        standing = max(standing - 1, 0)
        speed = 0.0 if standing else min(max(speed + dice.gauss(0, 1.5), 2.0), 22.0)
        course = (course + dice.gauss(0, 12)) % 360
        metres = speed * EVERY_S
        lat += metres * math.cos(math.radians(course)) / _DEGREE_M
        lon += metres * math.sin(math.radians(course)) / _DEGREE_M
        battery = max(battery - 0.0035, 5.0)
        at = end - timedelta(seconds=EVERY_S * (reports - 1 - place))
        noise = [dice.gauss(0, 3.0) / _DEGREE_M for _ in range(2)]
        yield (
            "report",
            position(
                at, lon + noise[0], lat + noise[1], speed=speed, course=course,
                accuracy=dice.choice((4.0, 5.0, 6.0, 8.0, 12.0)), battery=round(battery),
            ),
        )  # fmt: skip


def _full(place: Place, name: str, reports: int) -> Spool:
    """A spool that holds so many positions."""
    spool = Spool(place.home.path.parent / "spools" / f"{name}.db")
    waiting = list(track(reports, datetime.now(UTC), random.Random(7)))
    for start in range(0, reports, _CHUNK):
        spool.add_many(waiting[start : start + _CHUNK])
    return spool


@contextmanager
def _tracker(place: Place, name: str, port: int, spool: Spool) -> Iterator[Device]:
    """The reference tracker, started and closed again."""
    device = Device(name, f"mqtt://{name}:{quote(place.password(name), safe='')}@127.0.0.1:{port}", spool)
    device.start()
    try:
        yield device
    finally:
        device.close()


def _seconds_until(test: Callable[[], bool], every_s: float = 0.01) -> float:
    begin = time.monotonic()
    while not test():
        if time.monotonic() - begin > _LONGEST_S:
            raise SystemExit(f"not done after {_LONGEST_S:.0f} s")
        time.sleep(every_s)
    return time.monotonic() - begin


def drain(place: Place, reports: int = REPORTS) -> dict[str, float]:
    """Seconds until the whole outbox is receipted over the thin link, and bytes a report on it."""
    name = place.names[0]
    spool = _full(place, name, reports)
    with Proxy(place.broker.port) as link, place.ingest():
        link.cut()
        with _tracker(place, name, link.port, spool) as device:
            link.mend(Weather(bits_per_s=BITS_PER_S))
            took = _seconds_until(lambda: not device.unreceipted())
            sent, received, again = link.sent, link.received, device.resent_bytes
    spool.close()
    say(f"outbox: {reports} reports in {took:.1f} s, {sent} B up ({again} B twice), {received} B down")
    return {
        "outbox_drain_s_64kbit": round(took, 1),
        "bytes_per_report_batched": round(sent / reports, 1),
    }


def first_event(place: Place, reports: int = REPORTS) -> float:
    """Seconds from the return of the thin link to the receipt of a casualty event, the worst of a few.

    The outbox is waiting as well; the link was down for longer than the client's longest pause grows to.
    """
    name = place.names[1]
    spool = _full(place, name, reports)
    found: list[float] = []
    with Proxy(place.broker.port) as link, place.ingest():
        link.cut()
        with _tracker(place, name, link.port, spool) as device:
            for number, down_s in enumerate(_DOWN_S):
                time.sleep(down_s)
                _casualty(device, number)
                if len(spool.positions(1)) != 1:
                    raise SystemExit("the outbox was empty before the event")
                link.mend(Weather(bits_per_s=BITS_PER_S))
                found.append(_seconds_until(lambda: not spool.events(1)))
                link.cut()
    spool.close()
    say(f"first casualty event after the link is back: {[round(one, 2) for one in found]} s")
    return round(max(found), 2)


def _casualty(device: Device, number: int) -> None:
    now = datetime.now(UTC)
    device.event(
        now, "casualty_reported", casualty=zap(number + 1), lon=18.6, lat=4.4,
        injury_at=now - timedelta(minutes=2), injury_uncertainty_s=60, category="T1",
    )  # fmt: skip


def rows_per_s(place: Place, reports: int = REPORTS) -> float:
    """Reports a second of one tracker that drains its outbox without any link between."""
    name = place.names[2]
    spool = _full(place, name, reports)
    with place.ingest(), _tracker(place, name, place.broker.port, spool) as device:
        took = _seconds_until(lambda: not device.unreceipted())
    spool.close()
    say(f"draining locally: {reports} reports in {took:.2f} s")
    return round(reports / took)

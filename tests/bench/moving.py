"""A fleet that drives, written to the store: python -m tests.bench.moving URL SHARE EVENTS

1,000 assets with course, speed, accuracy and battery. Each drives for about three minutes at 2 to 25 m/s, its
course and speed wandering, then parks for so long that SHARE of them drive at any time; a parked one says
nothing. Reported places are a metre off (1 sigma, white: worse for compact differences than a receiver's,
whose errors last). All of one second are one transaction with what `casevac ingest` stores by; MQTT is left
out here, for it is measured by tests.bench.ingest. EVENTS of the log are told a second.
"""

import sys
import time
from datetime import UTC, datetime

import numpy as np

from casevac.events import DeviceStatusChanged, Event
from casevac.position import Position
from casevac.store import fixes, log, seen
from casevac.store.connection import Connection, connect
from casevac.terms import Source

ASSETS = 1000
MISSION = "bench"
METRES = 111_320.0
NOISE_M = 1.0
DRIVE_S = 180.0


def name(number: int) -> str:
    """Of a device."""
    return f"ASSET-{number:04}"


class Fleet:
    """Where everybody is; `share` of them drive."""

    def __init__(self, share: float, seed: int = 6) -> None:
        self.dice = np.random.default_rng(seed)
        self.share = share
        self.lon, self.lat = 20 + self.dice.random(ASSETS), 5 + self.dice.random(ASSETS)
        self.course, self.speed = self.dice.random(ASSETS) * 360, self.dice.uniform(5, 20, ASSETS)
        self.accuracy = self.dice.uniform(3, 12, ASSETS)
        self.drives = self.dice.random(ASSETS) < share
        self.n = 0

    def second(self) -> list[int]:
        """Drive on for a second; who reports."""
        self.n += 1
        dice = self.dice
        lot = dice.random(ASSETS)
        if self.share < 1:
            starts = self.share / (1 - self.share) / DRIVE_S
            self.drives = np.where(self.drives, lot > 1 / DRIVE_S, lot < starts)
        self.course = (self.course + dice.normal(0, 4, ASSETS)) % 360
        self.speed = np.clip(self.speed + dice.normal(0, 0.5, ASSETS), 2, 25)
        self.accuracy = np.clip(self.accuracy + dice.normal(0, 0.3, ASSETS), 2, 30)
        way, angle = np.where(self.drives, self.speed, 0), np.radians(self.course)
        self.lon = self.lon + way * np.sin(angle) / METRES / np.cos(np.radians(self.lat))
        self.lat = self.lat + way * np.cos(angle) / METRES
        return [int(number) for number in np.nonzero(self.drives)[0]]

    def fix(self, number: int, at: datetime) -> Position:
        """The report of one."""
        east, north = self.dice.normal(0, NOISE_M / METRES, 2)
        return Position(
            mission=MISSION,
            device=name(number),
            epoch=1,
            n=self.n,
            at=at,
            corrected_at=at,
            received_at=datetime.now(UTC),
            lon=float(self.lon[number] + east),
            lat=float(self.lat[number] + north),
            accuracy=round(float(self.accuracy[number]), 1),
            speed=round(float(self.speed[number]), 2),
            course=round(float(self.course[number]), 1),
            battery=float(100 - self.n // 300 % 100),
        )


def write(url: str, share: float, events: int) -> None:
    """Reports once a second, for ever; the first second tells of everybody."""
    fleet, db = Fleet(share), connect(url)
    due = time.monotonic()
    first = True
    while True:
        who = fleet.second()
        now = datetime.now(UTC)
        told = [fleet.fix(number, now) for number in (range(ASSETS) if first else who)]
        with db:
            seen.claim(db, seen.blocks([(one.device, one.epoch, one.n) for one in told]))
            fixes.append(db, told)
        first = False
        for step in range(events):
            _sleep_until(due + (step + 0.5) / events)
            _tell(db, online=step % 2 == 0)
        due += 1.0
        _sleep_until(due)


def _tell(db: Connection, *, online: bool) -> None:
    now = datetime.now(UTC)
    event = Event(
        mission=MISSION,
        body=DeviceStatusChanged(online=online),
        actor="bench",
        source=Source.SYSTEM,
        occurred_at=now,
        received_at=now,
    )
    with db:
        log.append(db, [event])


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


if __name__ == "__main__":
    write(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))

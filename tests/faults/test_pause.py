"""Parts that freeze for ten seconds under load (SIGSTOP, SIGCONT): nothing lost, no vehicle tasked twice."""

import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import psutil
import pytest

from casevac.events import (
    AlertRaised,
    AnyBody,
    ChainPlanned,
    Event,
    TaskCancelled,
    VehicleRegistered,
    VehicleTasked,
)
from casevac.roof import ours
from casevac.roof.postgres import running
from casevac.roof.process import found, lives_in
from casevac.store import log
from casevac.store.connection import connect
from casevac.terms import Source, VehicleKind
from tests.faults.house import MISSION, House
from tests.tracker.listener import Listener, until
from tracker.device import Device
from tracker.spool import Spool

PAUSE_S = 10.0
FROZEN = ("ingest", "broker", "database", "tasking")
EVERY_S = 0.05
ZAP = "ZGDF-7KWT"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    there = House(tmp_path / "home")
    there.open()
    yield there
    there.close()


def processes(house: House, part: str) -> list[psutil.Process]:
    """Every process of a part, a server's own children included."""
    home = house.system.home
    tests = {
        "database": lives_in(home.cluster, "postgres"),
        "broker": lives_in(home.broker, "mosquitto"),
    }
    return found(tests.get(part) or ours.marked(home, part))


def say(house: House, *bodies: AnyBody) -> None:
    now = datetime.now(UTC)
    db = connect(running(house.system.home).url())
    told = [
        Event(mission=MISSION, body=body, actor="t", source=Source.PAGE, occurred_at=now, received_at=now)
        for body in bodies
    ]
    with db:
        log.append(db, told)
    db.close()


def order(house: House, task: str, instead_of: str = "") -> None:
    """Task the ambulance anew, in place of what it does."""
    ended = (TaskCancelled(task=instead_of, reason="another comes first"),) if instead_of else ()
    plan = ChainPlanned(
        chain=f"c-{task}", request="r", decision="d", option="1", facility="F", vehicles=(), casualties=(),
        legs=(),
    )  # fmt: skip
    legs: dict[str, tuple[str, ...]] = {"casualties": (), "legs": ()}
    say(house, *ended, plan, VehicleTasked(task=task, chain=plan.chain, request="r", vehicle="amb-1", **legs))


def orders(crew: Listener) -> list[str]:
    """The tasks its device was told, each once however often it came in a row."""
    heard = [json.loads(raw)["task"] for topic, raw in crew.heard if topic.endswith("/task") and raw]
    return [task for task, _ in groupby(heard)]


class Reporter(threading.Thread):
    """A tracker that reports all the time."""

    def __init__(self, name: str, url: str, place: Path) -> None:
        super().__init__(daemon=True)
        self.device = Device(name, url, Spool(place))
        self.stopped = threading.Event()
        self.reported = 0

    def run(self) -> None:
        self.device.start()
        while not self.stopped.wait(EVERY_S):
            self.reported = self.device.report(datetime.now(UTC), 18.5, 4.4)


def stored(house: House, name: str) -> Counter[int]:
    db = connect(running(house.system.home).url())
    with db, db.cursor() as cursor:
        cursor.execute("SELECT n FROM positions WHERE device = %s", (name,))
        found = Counter(n for (n,) in cursor)
    db.close()
    return found


def test_a_part_that_freezes_for_ten_seconds_loses_nothing_and_tasks_nobody_twice(
    house: House, tmp_path: Path
) -> None:
    accounts = house.enrol(4)
    (crew_name, password), *others = accounts.items()
    reporters = [
        Reporter(name, f"mqtt://{name}:{secret}@127.0.0.1:{house.port}", tmp_path / name)
        for name, secret in others
    ]
    ambulance = VehicleRegistered(
        id="amb-1", callsign="AMB-1", vehicle_kind=VehicleKind.GROUND, profile="ambulance", device=crew_name
    )
    alert = AlertRaised(who="P", what="mine", how_many=1, lon=1, lat=2, request="r", casualties=(ZAP,))
    say(house, ambulance, alert)
    crew = Listener(crew_name, password, house.port)
    for reporter in reporters:
        reporter.start()
    order(house, "t-0")
    for number, part in enumerate(FROZEN, start=1):
        assert until(lambda: orders(crew)[-1:] == [f"t-{number - 1}"], 60)  # noqa: B023  asked at once
        freeze(house, part, number)
    assert until(lambda: orders(crew)[-1:] == [f"t-{len(FROZEN)}"], 60)
    for reporter in reporters:
        reporter.stopped.set()
        reporter.join()
    assert until(lambda: not any(reporter.device.unreceipted() for reporter in reporters), 120)
    for reporter in reporters:
        reporter.device.close()
        assert stored(house, reporter.device.name) == Counter(range(1, reporter.reported + 1))
    crew.close()
    assert orders(crew) == [f"t-{number}" for number in range(len(FROZEN) + 1)]


def freeze(house: House, part: str, number: int) -> None:
    """Stop a part for PAUSE_S; meanwhile, while the store answers, the ambulance is tasked anew."""
    frozen = processes(house, part)
    assert frozen
    for one in frozen:
        one.send_signal(signal.SIGSTOP)
    if part != "database":
        order(house, f"t-{number}", f"t-{number - 1}")
    time.sleep(PAUSE_S)
    for one in frozen:
        with suppress(psutil.NoSuchProcess):
            one.send_signal(signal.SIGCONT)
    if part == "database":
        order(house, f"t-{number}", f"t-{number - 1}")

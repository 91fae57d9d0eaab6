"""How many TAK clients one door feeds without loss: `cot_clients` of `make bench-dialects`.

`python -m tests.bench.cot_clients [--clients N] [--assets N] [--seconds S]` starts a store and `casevac cot`
of its own, moves the assets once a second, and has that many clients read everything. A client has lost
what another was sent and it was not. Progress on standard error, the last line is JSON.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from casevac.events import Event, VehicleRegistered
from casevac.mission import Mission, Profile
from casevac.position import Position
from casevac.roof import ours
from casevac.roof.home import Home
from casevac.roof.part import alone
from casevac.roof.ports import next_free
from casevac.roof.postgres import Cluster
from casevac.store import fixes, log, missions
from casevac.store.connection import connect
from casevac.store.migrate import upgrade
from casevac.terms import MissionKind, Source, VehicleKind
from tests.bench.atak import position
from tracker.dialects import cot

CLIENTS, ASSETS, SECONDS, WARM_S = 200, 200, 30, 8
_SEEN = re.compile(rb'uid="(casevac\.m\.vehicle\.V\d+)" type="[^"]*" time="([^"]*)"')


class Reader(asyncio.Protocol):
    """A client that reads everything: which fix of which asset came, and how old it was."""

    def __init__(self, number: int) -> None:
        self.number, self.rest = number, b""
        self.seen: set[tuple[bytes, bytes]] = set()
        self.ages: list[float] = []
        self.keeps = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        now = datetime.now(UTC)
        transport.write(cot.write(position(self.number, now, 18.5, 4.3)))  # type: ignore[attr-defined]  # a stream

    def data_received(self, data: bytes) -> None:
        text = self.rest + data
        end = text.rfind(b"</event>") + 8
        self.rest, whole = text[end:] if end > 7 else text, text[: max(end, 0)] if end > 7 else b""
        now = time.time()
        for uid, at in _SEEN.findall(whole):
            if self.keeps and (uid, at) not in self.seen:
                self.seen.add((uid, at))
                self.ages.append(now - datetime.fromisoformat(at.decode()).timestamp())


@contextmanager
def _house(assets: int, clients: int) -> Iterator[tuple[str, int]]:
    """A store with so many vehicles and devices, and the door as a process of its own."""
    with tempfile.TemporaryDirectory() as place:
        home = Home(Path(place))
        home.prepare()
        shift = int(os.environ.get("CASEVAC_TEST_PORTS", "0"))
        with alone(cluster := Cluster(home, next_free(17432 + shift))):
            upgrade(cluster.url())
            _fill(cluster.url(), assets, clients)
            port = next_free(18087 + shift)
            environment = ours.environment(
                {
                    "CASEVAC_HOME": str(home.path),
                    "CASEVAC_DATABASE_URL": cluster.url(),
                    "CASEVAC_COT_PORT": str(port),
                }
            )
            door = subprocess.Popen(ours.argv("cot"), env=environment)
            try:
                yield cluster.url(), port
            finally:
                door.send_signal(signal.SIGTERM)
                door.wait(30)


def _fill(url: str, assets: int, clients: int) -> None:
    now = datetime.now(UTC)
    with closing(connect(url)) as db, db:
        missions.open_mission(db, Mission("m", "Bench", MissionKind.EXERCISE, Profile()), now)
        missions.enrol(db, "m", "tak", None, now)
        for one in range(clients):
            missions.enrol(db, "m", f"c{one}", None, now)
        for one in range(assets):
            missions.enrol(db, "m", f"t{one}", f"V{one}", now)
        with db.cursor() as cursor:
            cursor.execute("UPDATE devices SET dialect = 'cot', topics = '{cot/tak/#}' WHERE name = 'tak'")
            for one in range(clients):
                cursor.execute(
                    "INSERT INTO foreign_ids VALUES ('tak', %s, %s)", (f"ANDROID-{one:016x}", f"c{one}")
                )
        bodies = [
            VehicleRegistered(
                id=f"V{one}", callsign=f"V{one}", vehicle_kind=VehicleKind.GROUND, profile="ambulance"
            )
            for one in range(assets)
        ]
        log.append(
            db,
            [
                Event(mission="m", body=body, actor="b", source=Source.PAGE, occurred_at=now, received_at=now)
                for body in bodies
            ],
        )
        fixes.make_days(db, now.date())


def _move(url: str, assets: int, stop: threading.Event) -> None:
    """Every asset somewhere else, once a second."""
    with closing(connect(url)) as db:
        turn = 0
        while not stop.wait(max(0.0, 1.0 - time.time() % 1.0)):
            now, turn = datetime.now(UTC).replace(microsecond=0), turn + 1
            some = [
                Position(
                    mission="m", device=f"t{one}", epoch=1, n=turn, at=now, corrected_at=now, received_at=now,
                    lon=18.5 + one * 1e-3 + turn * 1e-5, lat=4.3, speed=11.0, course=90.0,
                )
                for one in range(assets)
            ]  # fmt: skip
            with db:
                fixes.store(db, fixes.ready(db, some, None))


async def _read(port: int, clients: int, seconds: float) -> list[Reader]:
    loop = asyncio.get_running_loop()
    readers = [Reader(number) for number in range(clients)]
    deadline = time.monotonic() + 60
    for reader in readers:
        while True:
            try:
                await loop.create_connection(lambda reader=reader: reader, "127.0.0.1", port)  # type: ignore[misc]  # lambda
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.2)
    await asyncio.sleep(WARM_S)
    for reader in readers:
        reader.keeps = True
    await asyncio.sleep(seconds)
    for reader in readers:
        reader.keeps = False
    await asyncio.sleep(0.5)
    return readers


def clients_fed(clients: int, assets: int, seconds: float) -> dict[str, float]:
    """How many clients were fed without loss, what was lost, how old a fix was when a client had it."""
    stop = threading.Event()
    with _house(assets, clients) as (url, port):
        mover = threading.Thread(target=_move, args=(url, assets, stop), daemon=True)
        mover.start()
        try:
            readers = asyncio.run(_read(port, clients, seconds))
        finally:
            stop.set()
            mover.join(10)
    turns = sorted({at for reader in readers for _, at in reader.seen})[1:-1]  # the first and last were cut
    inside = set(turns)
    each = [{pair for pair in reader.seen if pair[1] in inside} for reader in readers]
    all_seen = set[tuple[bytes, bytes]]().union(*each)
    whole = sum(1 for one in each if len(one) == len(all_seen) and one)
    ages = sorted(age for reader in readers for age in reader.ages)
    return {
        "cot_clients": whole if whole == clients else 0,
        "cot_clients_asked": clients,
        "cot_clients_lost": sum(len(all_seen) - len(one) for one in each),
        "cot_clients_seconds": len(turns),
        "cot_clients_fixes_each": statistics.median(len(one) for one in each) if each else 0,
        "cot_clients_p50_ms": round(1000 * ages[len(ages) // 2]) if ages else -1,
        "cot_clients_p99_ms": round(1000 * ages[len(ages) * 99 // 100]) if ages else -1,
    }


def measured() -> dict[str, float]:
    """With as many clients and assets as are wanted, for half a minute."""
    return clients_fed(CLIENTS, ASSETS, SECONDS)


def main() -> None:
    """Measure, print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--assets", type=int, default=ASSETS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    asked = parser.parse_args()
    figures = clients_fed(asked.clients, asked.assets, asked.seconds)
    sys.stdout.write(json.dumps({"bench": "cot_clients", "figures": figures}) + "\n")


if __name__ == "__main__":
    main()

"""Figures of the log as JSON: how fast it folds, how soon a restart with a million events is ready.

python -m tests.bench.log [EVENTS]
"""

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import msgspec
import psutil

from casevac import events as e
from casevac.mission import Mission, Profile
from casevac.picture import Picture, empty, fold
from casevac.roof.home import Home
from casevac.roof.part import alone
from casevac.roof.ports import next_free
from casevac.roof.postgres import Cluster
from casevac.store import log, snapshots
from casevac.store.connection import Connection, connect
from casevac.store.migrate import upgrade
from casevac.store.missions import open_mission
from casevac.terms import Category, MissionKind, Mode, Purpose, Source, Treatment, VehicleState
from casevac.zap import zap
from maps.hub import Hub
from maps.tail import Tail

EVENTS = 1_000_000
FOLDED = 200_000  # of them timed in memory
RUNS = 3
PAGE = 50_000
MISSION = "long"
FLEET = 40
START = datetime(2026, 1, 1, tzinfo=UTC)
ROUNDS_OF_VITALS = 8


def story(number: int, dice: random.Random) -> Iterator[e.AnyBody]:
    """Everything told of one casualty, from the alert to the table: 34 events."""
    name, vehicle, task = zap(number), f"AMB-{number % FLEET:02}", f"T-{number}"
    yield e.AlertRaised(
        who="PATROL 3", what="mine strike", how_many=1, lon=20 + dice.random(), lat=5 + dice.random(),
        request=f"R-{number}", casualties=(name,),
    )  # fmt: skip
    yield e.AlertAcknowledged(request=f"R-{number}")
    yield e.CasualtyTriaged(casualty=name, category=Category.T2, algorithm="ten_second")
    yield e.TreatmentGiven(casualty=name, treatment=Treatment.TOURNIQUET, site="left leg")
    yield e.BleedingControlled(casualty=name)
    yield e.MistReported(casualty=name, mechanism="blast", injuries="left leg", signs="weak pulse")
    yield e.NineLineSent(request=f"R-{number}", pickup="34NFN0939121654", litter=1, ambulatory=0)
    yield e.CasualtyTriaged(casualty=name, category=Category.T1, algorithm="start")
    yield _plan(number, name, vehicle)
    yield e.VehicleTasked(
        task=task, chain=f"C-{number}", request=f"R-{number}", vehicle=vehicle, casualties=(name,), legs=()
    )
    yield e.TaskAccepted(task=task)
    for state in (VehicleState.TO_PICKUP, VehicleState.ON_SCENE):
        yield e.VehicleStatusChanged(vehicle=vehicle, state=state)
    yield e.CasualtyLoaded(casualty=name, vehicle=vehicle)
    yield e.AdvancedCareStarted(casualty=name)
    yield e.VehicleStatusChanged(vehicle=vehicle, state=VehicleState.TO_FACILITY)
    for _ in range(ROUNDS_OF_VITALS):
        yield e.VitalsTaken(casualty=name, pulse=dice.randrange(60, 140), systolic=dice.randrange(70, 130))
    for kind in (Treatment.FLUIDS, Treatment.MEDICATION, Treatment.OXYGEN):
        yield e.TreatmentGiven(casualty=name, treatment=kind)
    yield e.VehicleStatusChanged(vehicle=vehicle, state=VehicleState.AT_FACILITY)
    yield e.CasualtyHandedOver(casualty=name, facility=f"MTF-{number % 6}")
    yield e.TaskFinished(task=task)
    yield e.VehicleStatusChanged(vehicle=vehicle, state=VehicleState.AVAILABLE)
    yield e.SurgeryStarted(casualty=name)
    yield e.DeviceStatusChanged(online=bool(number % 2))
    yield e.FacilityStatusReported(facility=f"MTF-{number % 6}", tables=2, queue=number % 4)


def _plan(number: int, name: str, vehicle: str) -> e.ChainPlanned:
    """A chain of two legs."""
    scene, door = e.Stop("scene", 20.5, 5.5, f"R-{number}"), e.Stop("MTF", 21.0, 6.0, f"MTF-{number % 6}")
    ends = ((Purpose.TO_PICKUP, (door, scene), ()), (Purpose.TO_FACILITY, (scene, door), (name,)))
    legs = tuple(
        e.Leg(
            mode=Mode.GROUND, vehicle=vehicle, purpose=purpose, start=start, end=end,
            path=((start.lon, start.lat), (end.lon, end.lat)), metres=80_000.0, seconds_p50=4000.0,
            seconds_p90=6000.0, depart_at=START, arrive_p50_at=START, arrive_p90_at=START, casualties=aboard,
        )
        for purpose, (start, end), aboard in ends
    )  # fmt: skip
    return e.ChainPlanned(
        chain=f"C-{number}", request=f"R-{number}", decision=f"D-{number}", option="1",
        facility=f"MTF-{number % 6}", vehicles=(vehicle,), casualties=(name,), legs=legs,
    )  # fmt: skip


def told(events: int) -> Iterator[e.Event]:
    """So many events, told by devices a second apart."""
    dice, bodies = random.Random(1), iter(())
    for n in range(1, events + 1):
        body = next(bodies, None)
        while body is None:
            bodies = story(n, dice)
            body = next(bodies, None)
        at = START + timedelta(seconds=n)
        yield e.Event(
            mission=MISSION, body=body, actor="TRK", source=Source.DEVICE, occurred_at=at, sent_at=at,
            received_at=at, device=f"TRK-{n % FLEET}", epoch=1, n=n, seq=n, key=f"TRK:{n}",
        )  # fmt: skip


def store(db: Connection, events: Iterator[e.Event]) -> None:
    """Copy events into the log, numbered and locked by its own trigger."""
    page: list[str] = []
    for event in events:
        page.append(_row(event))
        if len(page) == PAGE:
            _copy(db, page)
    if page:
        _copy(db, page)


def _row(event: e.Event) -> str:
    at, body = event.occurred_at.isoformat(), json.dumps(e.fields_of(event.body)).replace("\\", "\\\\")
    cells = (
        event.mission,
        event.kind,
        at,
        at,
        at,
        event.actor,
        "device",
        event.device,
        1,
        event.n,
        event.key,
        1,
    )
    return "\t".join((*map(str, cells), body))


def _copy(db: Connection, page: list[str]) -> None:
    with db, db.cursor() as cursor:
        cursor.copy_expert(
            "COPY events (mission, kind, occurred_at, sent_at, received_at, actor, source, device, epoch, n,"
            " key, schema, body) FROM STDIN",
            StringIO("\n".join(page) + "\n"),
        )
    page.clear()


def median_s(act: Callable[[], object]) -> float:
    """Median seconds of a few runs."""
    took = []
    for _ in range(RUNS):
        start = time.perf_counter()
        act()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def folding() -> dict[str, float]:
    """Events folded a second, and how that compares with decoding the same bodies from JSON."""
    events = list(told(FOLDED))
    lines = [msgspec.json.encode(event.body) for event in events]
    decoder = msgspec.json.Decoder(e.AnyBody)
    fold_s = median_s(lambda: fold(empty(MISSION), events))
    decode_s = median_s(lambda: [decoder.decode(line) for line in lines])
    return {
        "fold_events_per_s": round(FOLDED / fold_s),
        "fold_vs_decode": round(fold_s / decode_s, 2),
    }


def prepared(db: Connection, events: int) -> Picture:
    """The log of so many events, with a snapshot as old as it may become."""
    with db:
        open_mission(db, Mission(MISSION, "A long mission", MissionKind.EXERCISE, Profile()), START)
    store(db, told(events))
    picture = empty(MISSION)
    upto = log.head(db) - snapshots.EVERY
    while page := log.read(db, MISSION, after=picture.seq, upto=upto, limit=PAGE):
        picture = fold(picture, page)
    snapshots.keep(db, {MISSION: picture}, picture.seq)
    return picture


def restarts(url: str) -> dict[str, float]:
    """Seconds until a new web process has the picture: as it is, and with the snapshots taken away."""
    found = {"restart_s_1m_events": statistics.median(_restart(url) for _ in range(RUNS))}
    db = connect(url)
    with db, db.cursor() as cursor:
        cursor.execute("DELETE FROM snapshots")
    db.close()
    whole = _restart(url)
    return {**found, "restart_vs_whole_fold": round(found["restart_s_1m_events"] / whole, 3)}


def _restart(url: str) -> float:
    ready = subprocess.run(
        [sys.executable, "-m", "tests.bench.log", "--restart", url],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(ready.stdout)


def restart(url: str) -> float:
    """Seconds from the start of this process until the live tail has told the whole picture."""
    hub = Hub()
    tail = Tail(url, hub.hear)
    tail.start()
    while not hub.rooms:
        time.sleep(0.02)
    ready = time.time() - psutil.Process().create_time()
    tail.stop()
    return round(ready, 2)


def main(arguments: list[str]) -> None:
    """Print one line of JSON."""
    if arguments[:1] == ["--restart"]:
        sys.stdout.write(f"{restart(arguments[1])}\n")
        return
    events = int(arguments[0]) if arguments else EVENTS
    figures: dict[str, float] = folding()
    with tempfile.TemporaryDirectory() as place:
        home = Home(Path(place) / "home")
        home.prepare()
        server = Cluster(home, next_free(15432))
        with alone(server):
            url = server.url("postgres")
            upgrade(url)
            db = connect(url)
            begin = time.perf_counter()
            picture = prepared(db, events)
            db.close()
            sys.stderr.write(f"{events} events stored in {time.perf_counter() - begin:.0f} s\n")
            figures |= {"events": events, "casualties": len(picture.casualties), **restarts(url)}
    sys.stdout.write(json.dumps({"bench": "log", "figures": figures}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

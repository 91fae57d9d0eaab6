"""A closure posted over HTTP until all live chains on Porto's roads are recomputed and committed, as JSON.

python -m tests.bench.closure [PORTO.osm.pbf]
"""

import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psutil

from casevac import coordination
from casevac import events as e
from casevac.chain import Chain
from casevac.coordination import Desk
from casevac.errors import NotPossible
from casevac.mission import Mission, Profile
from casevac.picture import Picture
from casevac.position import Position
from casevac.roof import ours
from casevac.roof.home import Home
from casevac.roof.part import alone
from casevac.roof.parts import Command, Row
from casevac.roof.postgres import Cluster
from casevac.store import fixes, log, seen
from casevac.store.connection import Connection, connect
from casevac.store.migrate import upgrade
from casevac.store.missions import enrol, open_mission
from casevac.store.networks import import_network, mission_router
from casevac.terms import Capability, Category, LegState, MissionKind, Mode, SiteKind, Source, VehicleKind
from casevac.view import View
from casevac.ways import left
from casevac.zap import zap
from geo.roads import Roads
from geo.routing import Router
from tests.ports import next_free

SHARED = Path(os.environ.get("CASEVAC_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
EXTRACT = SHARED / "osm" / "porto.osm.pbf"
MISSION = "porto"
CHAINS = 20
CLOSURES = 80
STANDING = 3  # closures that hold at a time; the oldest is lifted before the next
RADIUS_M = 40.0
PATIENCE_S = 30.0
BOX = (-8.69, 41.12, -8.52, 41.24)
SURGERY = (Capability.RESUS, Capability.DCR, Capability.DCS)
HOSPITALS = ((-8.6181, 41.1472), (-8.5831, 41.1833), (-8.6626, 41.1828))
HELIPORTS = ((-8.6190, 41.1480), (-8.5840, 41.1840), (-8.6620, 41.1835), (-8.6000, 41.2150))
WORDS = ("chain_rerouted", "chains_confirmed")


def say(text: str) -> None:
    """Progress, on standard error."""
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")
    sys.stderr.flush()


@dataclass
class Town:
    """A mission under way on real roads, in a store and a home of its own."""

    url: str
    home: Path
    router: Router
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    number: int = 0

    def desk(self, db: Connection, known: Picture | None = None) -> Desk:
        """A coordinator's."""
        return Desk(db, MISSION, datetime.now(UTC), "bench", known=known)

    def happen(self, db: Connection, *bodies: e.AnyBody) -> None:
        """Committed events."""
        now = datetime.now(UTC)
        with db:
            log.append(db, [e.house_event(MISSION, body, now, "bench", Source.SYSTEM) for body in bodies])

    def move(self, db: Connection, places: dict[str, tuple[float, float]]) -> None:
        """Committed positions of vehicles, which carry a device of their own name."""
        now, told = datetime.now(UTC), []
        for name, (lon, lat) in places.items():
            self.number += 1
            told.append(
                Position(
                    mission=MISSION, device=name, epoch=1, n=self.number, at=now, corrected_at=now,
                    received_at=now, lon=lon, lat=lat, speed=12.0,
                )
            )  # fmt: skip
        with db:
            seen.claim(db, seen.blocks([(one.device, 1, one.n) for one in told]))
            fixes.append(db, told)


def measure(extract: Path = EXTRACT, closures: int = CLOSURES) -> dict[str, float]:
    """closure_http_ms_p50, closure_http_ms_p99 and what else is worth knowing; milliseconds."""
    with _town(extract) as town:
        db = connect(town.url)
        say(f"{_under_way(town, db)} live chains")
        with _served(town) as door:
            figures = _closed_and_lifted(town, db, door, closures)
        db.close()
    return figures


# --- the mission


@contextmanager
def _town(extract: Path) -> Iterator[Town]:
    with tempfile.TemporaryDirectory(prefix="casevac-bench-") as place, ExitStack() as stack:
        home = Home(Path(place) / "home")
        home.prepare()
        cluster = Cluster(home, next_free(15432))
        stack.enter_context(alone(cluster))
        upgrade(cluster.url())
        db = connect(cluster.url())
        with db:
            mission = Mission(MISSION, "Porto", MissionKind.EXERCISE, Profile())
            open_mission(db, mission, datetime.now(UTC))
        say("importing the roads")
        roads = import_network(home.path, "porto", extract)
        town = Town(cluster.url(), home.path, Router(roads, {}))
        _equip(town, db, roads)
        town.router = mission_router(home.path, coordination.present(town.desk(db)))
        db.close()
        yield town


def _equip(town: Town, db: Connection, roads: Roads) -> None:
    """Hospitals, landing sites, ambulances of three kinds, helicopters and their trackers."""
    kinds = ("ambulance", "ambulance-4x4", "ambulance")
    vehicles = [(f"AMB-{n:02}", VehicleKind.GROUND, kinds[n % 3], _somewhere(town)) for n in range(26)]
    vehicles += [(f"HELI-{n}", VehicleKind.AIR, "helicopter-night", HELIPORTS[-1]) for n in range(2)]
    with db:
        for name, *_ in vehicles:
            enrol(db, MISSION, name, name, datetime.now(UTC))
    town.happen(
        db,
        e.RoadsChosen(name="porto", digest=roads.digest),
        *(
            e.FacilityRegistered(
                id=f"mtf-{n}", name=f"Hospital {n}", lon=lon, lat=lat, level="L2", capabilities=SURGERY,
                beds_staffed=60, beds_free=50, tables=8,
            )
            for n, (lon, lat) in enumerate(HOSPITALS)
        ),
        *(
            e.SiteRegistered(id=f"hls-{n}", name=f"HLS {n}", site_kind=SiteKind.LANDING, lon=lon, lat=lat)
            for n, (lon, lat) in enumerate(HELIPORTS)
        ),
        e.SiteRegistered(id="axp", name="AXP", site_kind=SiteKind.EXCHANGE, lon=-8.6300, lat=41.1700),
        *(
            e.VehicleRegistered(
                id=name, callsign=name, vehicle_kind=kind, profile=profile, litters=2, seats=2, device=name,
                home_name="base", home_lon=lon, home_lat=lat,
            )
            for name, kind, profile, (lon, lat) in vehicles
        ),
    )  # fmt: skip


def _somewhere(town: Town) -> tuple[float, float]:
    west, south, east, north = BOX
    return round(town.dice.uniform(west, east), 5), round(town.dice.uniform(south, north), 5)


def _under_way(town: Town, db: Connection) -> int:
    """Requests answered by real options of all kinds, their vehicles on their way; how many chains run."""
    for number in range(2 * CHAINS):
        picture = coordination.present(town.desk(db))
        if len(View(picture, datetime.now(UTC)).active) >= CHAINS:
            break
        lon, lat = _somewhere(town)
        request, name = f"R-{number}", zap(9000 + number)
        town.happen(
            db,
            e.AlertRaised(who="PATROL", what="mine", how_many=1, lon=lon, lat=lat, request=request,
                          casualties=(name,)),
            e.CasualtyTriaged(casualty=name, category=Category.T1),
        )  # fmt: skip
        _task(town, db, request)
    view = coordination.looked_at(town.desk(db))
    for turn, chain in enumerate(view.active):
        _set_out(town, db, view, (chain, turn))
    return len(view.active)


def _task(town: Town, db: Connection, request: str) -> None:
    """The best option with an aircraft, of two vehicles or of one, in turn; the first where there is none."""
    decided = coordination.computed(coordination.options(town.desk(db), town.router, request))
    found = sorted(decided.options, key=lambda one: (-len(one.vehicles), one.rank))
    if town.dice.random() < 0.7:
        found = sorted(found, key=lambda one: (len(one.vehicles), one.rank))
    for option in found:
        try:
            coordination.task(town.desk(db), decided.decision, option.id, town.router)
        except NotPossible:
            continue
        return


def _set_out(town: Town, db: Connection, view: View, which: tuple[Chain, int]) -> None:
    """Every chain is on its way; of two in three the casualty is aboard and on the way to the door."""
    chain, turn = which
    legs = [leg for leg in chain.plan.legs if leg.mode == Mode.GROUND]
    tasks = [one for one in view.picture.tasks.values() if one.chain == chain.id]
    town.happen(db, *(e.TaskAccepted(task=one.id) for one in tasks))
    leg = legs[0]
    carrying = [one for one in legs if one.casualties]
    if turn % 3 and carrying and not any(one.mode == Mode.FOOT for one in chain.plan.legs):
        leg = carrying[0]
        town.happen(db, *(e.CasualtyLoaded(casualty=one, vehicle=leg.vehicle) for one in leg.casualties))
    share = town.dice.uniform(0.05, 0.4)
    town.move(db, {leg.vehicle: leg.path[int(share * (len(leg.path) - 1))]})


# --- the figure


class Door(NamedTuple):
    """The part that serves, and its process."""

    http: httpx.Client
    process: psutil.Process

    def cpu_ms(self) -> float:
        """Milliseconds of processor that the part has used."""
        used = self.process.cpu_times()
        return 1000.0 * float(used.user + used.system)


@contextmanager
def _served(town: Town) -> Iterator[Door]:
    """The real part that serves the page, as its own process."""
    port = next_free(18400)
    settings = {
        "CASEVAC_HOME": str(town.home),
        "CASEVAC_DATABASE_URL": town.url,
        "CASEVAC_HTTP_PORT": str(port),
    }
    row = Row("serve", "casevac-tool", http=True)
    part = Command(Home(town.home), row, lambda: ours.environment(settings), port)
    where = f"http://127.0.0.1:{port}"
    with alone(part, PATIENCE_S) as child, httpx.Client(base_url=where, timeout=PATIENCE_S) as http:
        http.get("/api/health").raise_for_status()
        process = psutil.Process(child.pid)
        _idle(process)
        yield Door(http, process)


def _idle(process: psutil.Process) -> None:
    """Until the part has made its roads ready: it has nothing to do for a second."""
    begin = time.perf_counter()
    while process.cpu_percent(1.0) > 10.0 and time.perf_counter() - begin < PATIENCE_S:
        continue
    say(f"ready after {time.perf_counter() - begin:.1f} s")


def _closed_and_lifted(town: Town, db: Connection, door: Door, closures: int) -> dict[str, float]:
    closed: list[float] = []
    lifted: list[float] = []
    led: list[int] = []
    open_ones: list[str] = []
    cpu = [door.cpu_ms()]
    for turn in range(closures):
        view = coordination.looked_at(town.desk(db))
        body = {
            "hazard_kind": "closure",
            "radius_m": RADIUS_M,
            "name": f"C{turn}",
            **_on_way(town, view, turn),
        }
        ms, chains, told = _posted(town, db, door.http, ("/api/hazards", body))
        closed.append(ms)
        led.append(chains)
        open_ones.append(_hazard(told))
        if len(open_ones) > STANDING:
            lifted.append(_posted(town, db, door.http, (f"/api/hazards/{open_ones.pop(0)}/lift", {}))[0])
        if turn % 5 == 4:
            _advance(town, db)
        cpu.append(door.cpu_ms())
    say(f"closures {[round(ms) for ms in closed]}")
    say(f"cpu {[round(b - a) for a, b in pairwise(cpu)]}")
    say(f"lifts {[round(ms) for ms in lifted]}")
    return {
        "closure_http_ms_first": round(closed[0], 1),
        "closure_http_ms_p50": round(statistics.median(closed), 1),
        "closure_http_ms_p99": round(_p99(closed), 1),
        "lift_http_ms_p50": round(statistics.median(lifted), 1),
        "lift_http_ms_p99": round(_p99(lifted), 1),
        "closure_and_lift_cpu_ms": round((cpu[-1] - cpu[0]) / closures, 1),
        "chains_live": len(coordination.looked_at(town.desk(db)).active),
        "chains_rerouted_mean": round(statistics.mean(led), 2),
        "chains_rerouted_max": max(led),
        "closures": len(closed),
    }


def _p99(values: Sequence[float]) -> float:
    """The value that 99 of 100 do not exceed; of fewer than a hundred the greatest."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]


def _on_way(town: Town, view: View, turn: int) -> dict[str, float]:
    """A place on what is left of the way of one chain."""
    chain = view.active[turn % len(view.active)]
    paths = [one.path for one in left(view, chain) if len(one.path) > 3 and one.leg.mode == Mode.GROUND]
    path = town.dice.choice(paths) if paths else chain.plan.legs[-1].path
    lon, lat = path[int(town.dice.uniform(0.3, 0.8) * (len(path) - 1))]
    return {"lon": lon, "lat": lat}


def _hazard(told: dict[str, Any]) -> str:
    return str(next(iter(told["entities"]["hazards"])))


def _posted(
    town: Town, db: Connection, http: httpx.Client, what: tuple[str, dict[str, Any]]
) -> tuple[float, int, dict[str, Any]]:
    """Milliseconds from the sending of a POST until a second connection sees every live chain recomputed;
    how many were led another way, and the answer."""
    before = log.head(db)
    running = {one.id for one in View(coordination.present(town.desk(db)), datetime.now(UTC)).active}
    db.rollback()
    begin = time.perf_counter()
    answer = http.post(what[0], json=what[1])
    while True:
        with db:
            told = log.read(db, MISSION, after=before, kinds=WORDS)
        ms = (time.perf_counter() - begin) * 1000.0
        led = {one.body.chain for one in told if isinstance(one.body, e.ChainRerouted)}
        kept = {key for one in told if isinstance(one.body, e.ChainsConfirmed) for key in one.body.chains}
        if running <= led | kept:
            answer.raise_for_status()
            return ms, len(led), answer.json()
        if ms > PATIENCE_S * 1000.0:
            raise TimeoutError(f"not recomputed: {sorted(running - led - kept)}; {answer.text[:200]}")


def _advance(town: Town, db: Connection) -> None:
    """The vehicles under way drive on a little."""
    view = coordination.looked_at(town.desk(db))
    places = {}
    for chain in view.active:
        done, _ = view.travelled(chain)
        for one in left(view, chain):
            if done[one.number].state == LegState.STARTED and len(one.path) > 6:
                places[one.leg.vehicle] = one.path[2]
    town.move(db, places)


def main(arguments: list[str]) -> None:
    """Print one line of JSON."""
    figures = measure(Path(arguments[0]) if arguments else EXTRACT)
    sys.stdout.write(json.dumps({"bench": "closure", "figures": figures}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

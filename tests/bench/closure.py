"""A closure posted over HTTP until all live chains on Porto's roads are recomputed and committed, as JSON.

python -m tests.bench.closure [PORTO.osm.pbf]
"""

import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psutil

from casevac import coordination
from casevac import events as e
from casevac.roof import ours
from casevac.roof.home import Home
from casevac.roof.part import alone
from casevac.roof.parts import Command, Row
from casevac.store import log
from casevac.store.connection import Connection, connect
from casevac.terms import (
    LegState,
    Mode,
)
from casevac.view import View
from casevac.ways import left
from tests.bench.town import MISSION, Town, enough, say, town_of, under_way
from tests.ports import next_free

SHARED = Path(os.environ.get("CASEVAC_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
EXTRACT = SHARED / "osm" / "porto.osm.pbf"
CLOSURES = 80
STANDING = 3  # closures that hold at a time; the oldest is lifted before the next
RADIUS_M = 40.0
PATIENCE_S = 60.0
QUIET_S, BUSY_PERCENT = 3, 15.0
WORDS = ("chain_rerouted", "chains_confirmed")


def measure(extract: Path = EXTRACT, closures: int = CLOSURES) -> dict[str, float]:
    """closure_http_ms_p50, closure_http_ms_p99 and what else is worth knowing; milliseconds."""
    with town_of(extract) as town:
        db = connect(town.url)
        say(f"{under_way(town, db)} live chains")
        with _served(town) as door:
            figures = _closed_and_lifted(town, db, door, closures)
        db.close()
    return figures


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
    """Until the part has made its roads ready: it has nothing to do for some seconds."""
    begin = time.perf_counter()
    quiet = 0
    while quiet < QUIET_S and time.perf_counter() - begin < PATIENCE_S:
        quiet = quiet + 1 if process.cpu_percent(1.0) < BUSY_PERCENT else 0
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
    kinds = Counter(
        tuple(leg.mode.value for leg in one.plan.legs) for one in coordination.looked_at(town.desk(db)).active
    )
    say(f"chains {dict(kinds)}")
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
        "chains_live": enough(town, db),
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

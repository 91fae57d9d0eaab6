"""The kill matrix: `make bench-faults [ROUNDS=n] [INGEST=n]`.

kill -9 of {ingest, serve, broker, database, tasking} x {idle, 1,000 reports a second, backfill}, each
ROUNDS times (17: 51 process kills of each, 255 in all), on a whole installation of its own with 500
devices. What was sent and receipted is told by the load generator's own fsynced record
(tests/bench/fleet.py), what is stored by SQL at the end.

Recovery of ingest, broker and database: from the kill to the first receipt of a report that was first
published after the part was gone. Of serve: to the first page answered with 200. Of tasking: until its
part is ready.

Prints a line for each kill on standard error and the figures as one line of JSON. Exit code 1 when a
receipted report is not stored, a report is stored twice, or one was never receipted. Ctrl-C ends the
kills early; what was done is still counted.
"""

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from tests.bench.record import load
from tests.faults.house import House, Load, wait

PARTS = ("ingest", "serve", "broker", "database", "tasking")
LOADS = ("idle", "live", "backfill")
DEVICES = 500
ROUNDS = 17
REPORTS = 1_000_000  # at least so many in a full run
LIVE_RATE = 1000
PROBE_RATE = 20  # after a kill at rest: somebody must report to see that receipts flow
BACKLOG = 6000  # what 500 devices bring when they come back together
BACKFILL_RATE = 200  # what they report meanwhile
INTO_BACKFILL_S = 0.4  # the kill falls while the backlog flows
LIVE_S = 7.5  # a turn under load lasts at least so long, an idle one
IDLE_S = 3.0
SETTLED = 500  # unreceipted reports that are merely on their way


class Matrix:
    """One run: kills, recoveries, counts."""

    def __init__(self, house: House, fleet: Load) -> None:
        self._house, self._fleet = house, fleet
        self.recovery_s: defaultdict[str, list[float]] = defaultdict(list)
        self.kills = 0

    def run(self, rounds: int, parts: Sequence[str], loads: Sequence[str]) -> None:
        """Every part under every load, so many rounds; the other parts die between two deaths of one."""
        whole = rounds * len(parts) * len(loads)
        for _turn, under, part in product(range(rounds), loads, parts):
            seconds = self.strike(part, under)
            self.recovery_s[part].append(seconds)
            self.kills += 1
            receipted = self._fleet.state.get("receipted", 0)
            say(f"{self.kills}/{whole} {under}: {part} back {seconds:.2f} s after the kill; "
                f"{receipted} receipted")  # fmt: skip

    def strike(self, part: str, under: str) -> float:
        """Kill one part under a load; seconds until it was at work again, after the dust has settled."""
        began = time.monotonic()
        self._prepare(under)
        self._fleet.skip()
        name = self._name(part)
        killed_us = time.time_ns() // 1000
        pid = self._house.kill(name)
        gone_us = time.time_ns() // 1000
        self._fleet.order(f"rate {_rate(under)}", "go")
        seconds = (self._back_us(part, name, pid, gone_us) - killed_us) / 1e6
        if under == "idle":
            self._fleet.order("pause")
        left = (IDLE_S if under == "idle" else LIVE_S) - (time.monotonic() - began)
        time.sleep(max(left, 0))
        wait(lambda: self._house.all_ready() and self._fleet.connected(DEVICES), "rest", every_s=0.05)
        wait(lambda: self._fleet.settled(SETTLED), "the receipts of what waited", every_s=0.05)
        return seconds

    def _prepare(self, under: str) -> None:
        if under == "live":
            self._fleet.order(f"rate {LIVE_RATE}", "go")
            time.sleep(0.3)
        if under == "backfill":
            self._fleet.order(f"rate {BACKFILL_RATE}", "go", "drop", f"backlog {BACKLOG}")
            time.sleep(INTO_BACKFILL_S)

    def _name(self, part: str) -> str:
        """The part's name in this installation: several ingest processes are killed in turn."""
        alike = sorted(name for name in self._house.parts() if name.split("-")[0] == part)
        return alike[len(self.recovery_s[part]) % len(alike)]

    def _back_us(self, part: str, name: str, pid: int, gone_us: int) -> int:
        """When it gave its first sign of work after it was gone; microseconds since 1970."""
        if part == "serve":
            wait(lambda: answered(self._house.url()), part)
        elif part == "tasking":
            wait(lambda: self._ready_again(name, pid), part)
        else:
            wait(lambda: self._fleet.first_receipt(gone_us) is not None, part)
            return self._fleet.first_receipt(gone_us) or 0
        return time.time_ns() // 1000

    def _ready_again(self, name: str, pid: int) -> bool:
        now = self._house.parts().get(name, {})
        return now.get("state") == "ready" and now.get("pid") != pid

    def at_least(self, reports: int) -> None:
        """Go on under load until so many are receipted."""
        if self._fleet.state.get("receipted", 0) < reports:
            self._fleet.order(f"rate {2 * LIVE_RATE}", "go")
            wait(lambda: self._fleet.state.get("receipted", 0) >= reports, "the rest of the reports", 900)

    def figures(self) -> dict[str, float]:
        """Counts of the record against the store, and the recoveries."""
        record = load(self._fleet.place)
        rows = self._house.stored(record)
        once = np.unique(rows)
        receipted = np.unique(record.receipted)
        told = {
            "attempted": len(record.sent),
            "receipted": len(receipted),
            "stored": len(once),
            "lost": len(np.setdiff1d(receipted, once)),
            "duplicated": len(rows) - len(once),
            "recovered": len(np.setdiff1d(once, receipted)),
            "refused": len(record.refused),
            "kills": self.kills,
        }
        worst = {f"recovery_s_{part}": round(max(took), 2) for part, took in self.recovery_s.items()}
        middle = {
            f"recovery_s_{part}_median": round(statistics.median(took), 2)
            for part, took in self.recovery_s.items()
        }
        return {**told, **worst, **middle}


def _rate(under: str) -> int:
    return {"idle": PROBE_RATE, "live": LIVE_RATE, "backfill": BACKFILL_RATE}[under]


def answered(url: str) -> bool:
    """Is the page answered with 200?"""
    place = urlsplit(url)
    door = http.client.HTTPConnection(place.hostname or "", place.port, timeout=5)
    try:
        door.request("GET", "/")
        return door.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        door.close()


def say(line: str) -> None:
    """Progress."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def main() -> None:
    """Run the matrix and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="kills of each part under each load")
    parser.add_argument("--ingest", type=int, default=1, help="ingest processes on a shared subscription")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part; may be repeated")
    parser.add_argument("--load", choices=LOADS, action="append", help="only under this load, likewise")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder) / "home", asked.ingest)
        house.open()
        fleet = Load(house.port, house.enrol(DEVICES), Path(folder) / "record")
        try:
            wait(lambda: fleet.connected(DEVICES), "the devices", every_s=0.1)
            matrix = Matrix(house, fleet)
            with suppress(KeyboardInterrupt):
                matrix.run(asked.rounds, asked.part or PARTS, asked.load or LOADS)
                if not asked.part and not asked.load:
                    matrix.at_least(REPORTS * asked.rounds // ROUNDS)
            held = fleet.finish()
            figures = matrix.figures()
        except SystemExit:
            say(house.last_words())
            raise
        finally:
            fleet.close()
            house.close()
    print(json.dumps({"bench": "faults", "figures": figures}))  # noqa: T201  the result
    sys.exit(1 if held or figures["lost"] or figures["duplicated"] else 0)


if __name__ == "__main__":
    main()

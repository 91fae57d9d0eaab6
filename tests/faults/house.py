"""The installation under the matrix, its 500 accounts, and the load generator that reports to it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import psycopg2

from casevac.roof.broker import Broker
from casevac.roof.broker import running as running_broker
from casevac.roof.files import read_json
from casevac.roof.postgres import running as running_cluster
from casevac.store import missions
from casevac.store.connection import connect
from tests.bench.record import NUMBERS, SHIFT, Recorded
from tests.ports import next_free
from tests.roof.installation import Installation

MISSION = "faults"
_RECEIPT = np.dtype([("key", "<u8"), ("came_us", "<u8"), ("took_us", "<u8")])


def wait(condition: Callable[[], bool], what: str, seconds: float = 120.0, every_s: float = 0.01) -> None:
    """Return as soon as the condition holds; ends the run when it does not within so many seconds."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise SystemExit(f"{what} did not come within {seconds:.0f} s")
        time.sleep(every_s)


class House:
    """A whole installation of its own, seen from outside: processes, ports, rows."""

    def __init__(self, place: Path, ingests: int = 1) -> None:
        # Below the ports of outgoing connections, one of which could take that of a part that is down.
        wanted = {"CASEVAC_HTTP_PORT": 18080, "CASEVAC_MQTT_PORT": 18830, "CASEVAC_COT_PORT": 18087}
        chosen = {name: os.environ.get(name) or str(next_free(port)) for name, port in wanted.items()}
        self.system = Installation(place, **chosen)
        self._ingests = ingests
        self.port = 0

    def open(self) -> None:
        """Start every part and open a mission; raises what `casevac up` says."""
        more = ("--ingest", str(self._ingests)) if self._ingests > 1 else ()
        self.system.up("--mission", "none", *more)
        opened = self.system.run("mission", "open", MISSION, "--kind", "exercise")
        assert opened.returncode == 0, opened.stderr
        self.port = self._broker.port

    def close(self) -> None:
        """Stop every part."""
        self.system.remove()

    def last_words(self) -> str:
        """The end of every part's log."""
        logs = sorted(self.system.home.log.glob("*.log"))
        return "\n".join(f"--- {log.name}\n" + "\n".join(log.read_text().splitlines()[-8:]) for log in logs)

    def enrol(self, devices: int) -> dict[str, str]:
        """Accounts of so many devices: name to password."""
        issued = self._broker.add_devices([f"fault-{number:03}" for number in range(devices)])
        db = connect(running_cluster(self.system.home).url())
        with db:
            for name in issued:
                missions.enrol(db, MISSION, name, None, datetime.now(UTC))
        db.close()
        return issued

    @property
    def _broker(self) -> Broker:
        return running_broker(self.system.home)

    def parts(self) -> dict[str, dict[str, Any]]:
        """Name, state and process of every part, as the supervisor last wrote them."""
        told: dict[str, dict[str, Any]] = read_json(self.system.home.parts).get("parts", {})
        return told

    def all_ready(self) -> bool:
        """Is every part at work?"""
        return all(part["state"] == "ready" for part in self.parts().values())

    def kill(self, name: str) -> int:
        """kill -9 of a part's process; its number, returned when it and its children are gone.

        A server of PostgreSQL that lost its postmaster may commit what it has at hand before it ends.
        """
        pid = int(self.parts()[name]["pid"])
        ending = [pid, *(child.pid for child in psutil.Process(pid).children())]
        os.kill(pid, signal.SIGKILL)
        wait(lambda: not any(map(_runs, ending)), f"the end of {name}", 30, every_s=0.0005)
        return pid

    def url(self) -> str:
        """The operations-centre page."""
        return f"http://127.0.0.1:{self.system.environment['CASEVAC_HTTP_PORT']}/"

    def stored(self, record: Recorded) -> "np.ndarray[Any, np.dtype[np.uint64]]":
        """What the store itself holds of this record, as its keys; one for each row, [rows]."""
        index = {name: place for place, name in enumerate(record.names)}
        db = psycopg2.connect(running_cluster(self.system.home).url())
        with db, db.cursor("rows") as cursor:
            cursor.itersize = 50_000
            cursor.execute("SELECT device, n FROM positions WHERE epoch = %s", (record.epoch,))
            keys = np.fromiter((index[name] << SHIFT | (n & NUMBERS) for name, n in cursor), np.uint64)
        db.close()
        return keys


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Load:
    """The load generator as the process of its own that it is: orders in, states and its record out."""

    def __init__(self, port: int, accounts: dict[str, str], place: Path) -> None:
        names = place.with_suffix(".json")
        names.write_text(json.dumps(accounts))
        self.place = place
        words = ["--port", str(port), "--accounts", str(names), "--devices", str(len(accounts))]
        words += ["--rate", "0.001", "--seconds", "0", "--record", str(place), "--patience", "300"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.fleet", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.state: dict[str, Any] = {}
        self._ear = threading.Thread(target=self._listen, daemon=True)
        self._ear.start()
        self._read_to = 0

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.state = json.loads(line)

    def order(self, *lines: str) -> None:
        """Give it lines on its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write("".join(f"{line}\n" for line in lines))
        self._process.stdin.flush()

    def connected(self, devices: int) -> bool:
        """Are so many devices connected?"""
        return bool(self.state.get("connected", 0) >= devices)

    def settled(self, most: int) -> bool:
        """Does it hold fewer than so many without a receipt, and has it said so just now?"""
        return bool(self.state.get("held", most) < most and time.time() - self.state["t"] < 1.5)

    def skip(self) -> None:
        """Receipts that are on record by now are of no more interest to `first_receipt`."""
        self._read_to = self._size()

    def first_receipt(self, after_us: int) -> int | None:
        """When the first receipt came of a report first published after `after_us`; None while there is none.

        A receipt that was on its way before the kill, or of a report that waited, proves nothing.
        """
        with (self.place / "receipted.bin").open("rb") as file:
            file.seek(self._read_to)
            raw = file.read(self._size() - self._read_to)
        rows = np.frombuffer(raw, _RECEIPT)
        new = rows[rows["came_us"] - rows["took_us"] > after_us]
        return int(new["came_us"].min()) if len(new) else None

    def _size(self) -> int:
        size = (self.place / "receipted.bin").stat().st_size
        return size - size % _RECEIPT.itemsize

    def finish(self) -> int:
        """Stop numbering, wait for the last receipts; the exit code (0: nothing is held any more)."""
        self.order("stop")
        return self._process.wait(400)

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()

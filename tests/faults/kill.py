"""Kill every part of a running exercise while trackers report, and count: `make faults [ROUNDS=n]`.

Prints one line of JSON: messages numbered, receipted and stored; lost (receipted, not stored) and
duplicated; the worst seconds until each killed part was at work again.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tracker.device import Device
from tracker.spool import Spool

PARTS = ("ingest", "serve", "broker", "database", "tasking", "exercise", "up")
TRACKERS = 5
EVERY_S = 0.05  # between two reports of a tracker
PATIENCE_S = 120.0


class System:
    """A whole installation of its own, with the demo exercise running."""

    def __init__(self, home: Path) -> None:
        self._environment = {
            **os.environ,
            "CASEVAC_HOME": str(home),
            "CASEVAC_HTTP_PORT": "18080",
            "CASEVAC_MQTT_PORT": "18830",
        }
        self.home = home

    def run(self, *words: str) -> str:
        """One casevac command; its output."""
        argv = [sys.executable, "-m", "casevac", *words]
        return subprocess.run(argv, env=self._environment, capture_output=True, text=True, check=True).stdout

    def up(self) -> None:
        """Start in the background and wait until every part is ready."""
        self.run("up", "--detach", "--mission", "demo")

    def status(self) -> dict[str, Any]:
        """What `casevac status --json` says."""
        told: dict[str, Any] = json.loads(self.run("status", "--json"))
        return told

    def rows(self, name: str) -> list[int]:
        """Numbers of a device that are in the store, counted from outside."""
        url = f"{self.status()['url']}/api/devices/{name}/reports?limit=100000"
        with urllib.request.urlopen(url) as answer:
            return [row["n"] for row in json.load(answer)]

    def supervisor(self) -> int:
        """The process that is `casevac up`."""
        pid = self.status()["parts"]["ingest"]["pid"]
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


class Reporter(threading.Thread):
    """A tracker that reports all the time."""

    def __init__(self, system: System, name: str) -> None:
        super().__init__(daemon=True)
        account = json.loads(system.run("device", "add", name, "--json"))
        url = f"mqtt://{name}:{account['password']}@{account['host']}:{account['port']}"
        self.spool = Spool(system.home / "faults" / f"{name}.sqlite")
        self.device = Device(name, url, self.spool)
        self.numbered = 0
        self.stopped = threading.Event()

    def run(self) -> None:
        """Report until stopped."""
        self.device.start()
        while not self.stopped.wait(EVERY_S):
            self.numbered = self.device.report(datetime.now(UTC), 18.5, 4.4)


def until(condition: Callable[[], bool], what: str) -> float:
    """Seconds until the condition holds; ends the run when it never does."""
    start = time.monotonic()
    while time.monotonic() - start < PATIENCE_S:
        try:
            if condition():
                return time.monotonic() - start
        except (OSError, subprocess.CalledProcessError, json.JSONDecodeError, KeyError):
            pass
        time.sleep(0.05)
    raise SystemExit(f"{what} did not come back within {PATIENCE_S:.0f} s")


def strike(system: System, part: str, reporters: list[Reporter]) -> float:
    """Kill one part; seconds until it works again (a report made later is receipted)."""
    if part == "up":
        os.kill(system.supervisor(), signal.SIGKILL)
        start = time.monotonic()
        system.up()
        return time.monotonic() - start
    pid = system.status()["parts"][part]["pid"]
    os.kill(pid, signal.SIGKILL)
    marks = {reporter: reporter.numbered + 1 for reporter in reporters}

    def back() -> bool:
        now = system.status()["parts"][part]
        return now["state"] == "ready" and now["pid"] != pid

    def flowing() -> bool:
        return all(
            reporter.numbered > mark and mark not in {one.n for one in reporter.spool.waiting(100_000)}
            for reporter, mark in marks.items()
        )

    seconds = until(back, part)
    return seconds + (until(flowing, part) if part in ("ingest", "broker", "database") else 0.0)


def main() -> None:
    """Run the matrix and print the figures; exits 1 when a receipted message is not stored exactly once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each part is killed")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        system = System(Path(folder) / "home")
        system.up()
        try:
            figures = _run(system, rounds)
        finally:
            system.run("down")
    print(json.dumps({"bench": "faults", "figures": figures}))  # noqa: T201  the result
    sys.exit(1 if figures["lost"] or figures["duplicated"] else 0)


def _run(system: System, rounds: int) -> dict[str, Any]:
    reporters = [Reporter(system, f"fault-{number}") for number in range(TRACKERS)]
    for reporter in reporters:
        reporter.start()
    worst: dict[str, float] = {}
    for turn in range(rounds):
        for part in PARTS:
            seconds = strike(system, part, reporters)
            worst[part] = max(worst.get(part, 0.0), seconds)
            print(f"round {turn + 1}: {part} back after {seconds:.1f} s", file=sys.stderr)  # noqa: T201
            time.sleep(1.0)
    for reporter in reporters:
        reporter.stopped.set()
        reporter.join()
    until(lambda: all(one.spool.count() == 0 for one in reporters), "the last receipts")
    counts = Counter((one.device.name, n) for one in reporters for n in system.rows(one.device.name))
    numbered = {(one.device.name, n) for one in reporters for n in range(1, one.numbered + 1)}
    for reporter in reporters:
        reporter.device.close()
    return {
        "kills": rounds * len(PARTS),
        "numbered": len(numbered),
        "receipted": len(numbered),
        "stored": len(counts),
        "lost": len(numbered - set(counts)),
        "duplicated": sum(1 for times in counts.values() if times > 1),
        "worst_recovery_s": {part: round(seconds, 1) for part, seconds in worst.items()},
    }


if __name__ == "__main__":
    main()

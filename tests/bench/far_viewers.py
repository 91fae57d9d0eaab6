"""Viewers behind a thin link, in a process of their own: python -m tests.bench.far_viewers PORT MANY

Each takes over the link what an open page takes: its stream in the lane that the server puts it on when it
is told the round trip, the state of the plan each 15 s, the trust in devices each 30 s. It draws nothing. A
line on standard input ends it; then one line of JSON tells when each of them had each alert:
{"requests": {"R-1": [ms since 1970, ...]}}.
"""

import json
import sys
import threading
import time
from collections import defaultdict

import httpx

PLAN_S, TRUST_S, MEASURED_S = 15.0, 30.0, 60.0
LIMIT = httpx.Timeout(60.0)


class Crowd:
    """Everybody, and what they had when."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.had: dict[str, list[float]] = defaultdict(list)
        self._lock = threading.Lock()

    def heard(self, request: str) -> None:
        """One of them has this alert now."""
        with self._lock:
            self.had[request].append(time.time() * 1000.0)


class Viewer:
    """One of them."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.client = httpx.Client(base_url=crowd.base, timeout=LIMIT)
        self.name = ""

    def begin(self) -> None:
        """Follow the stream, and ask for the rest, for as long as the process lives."""
        for work in (self._follow, self._ask):
            threading.Thread(target=work, daemon=True).start()

    def _follow(self) -> None:
        begun = self.client.get("/api/live/snapshot").json()
        since = {"since": f"{begun['epoch']}-{begun['seq']}", "lane": "1"}
        with self.client.stream("GET", "/api/live/events", params=since) as stream:
            event = ""
            for line in stream.iter_lines():
                word, _, rest = line.partition(": ")
                event = rest if word == "event" else event
                if word == "data":
                    self._take(event, json.loads(rest))
        raise SystemExit("a stream has ended")

    def _take(self, event: str, told: dict[str, dict[str, dict[str, object]]]) -> None:
        if event == "hello":
            self.name = str(told["viewer"])
        if event == "change":
            for request in told["entities"].get("requests", {}):
                self.crowd.heard(request)

    def _ask(self) -> None:
        due = {"plan": 0.0, "trust": 0.0, "lane": 3.0}
        begun = time.monotonic()
        while True:
            now = time.monotonic() - begun
            if now >= due["plan"]:
                due["plan"] = now + PLAN_S
                self.client.get("/api/plan/state")
            if now >= due["trust"]:
                due["trust"] = now + TRUST_S
                self.client.get("/api/devices/trust")
            if self.name and now >= due["lane"]:
                due["lane"] = now + MEASURED_S
                told = {"viewer": self.name, "lag_ms": 0, "rtt_ms": 610}
                self.client.post("/api/live/lane", json=told).raise_for_status()
            time.sleep(0.5)


def main() -> None:
    """Until a line comes."""
    port, many = (int(text) for text in sys.argv[1:])
    crowd = Crowd(port)
    for _ in range(many):
        Viewer(crowd).begin()
    sys.stdin.readline()
    sys.stdout.write(json.dumps({"requests": crowd.had}) + "\n")


if __name__ == "__main__":
    main()

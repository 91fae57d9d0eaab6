"""What the live map costs on the wire and how many may watch it: python -m tests.bench.map_live [--only PART]

Real PostGIS, `casevac serve` as its process, the fleet in another (tests/bench/moving.py), the readers in a
third (tests/bench/watching.py); everything is private to the run.

kb_per_min: bytes of the HTTP answer, chunk heads included, in a minute on the 1 s lane after its keyframe, of
1,000 assets of which 30 % drive, heartbeats and all. Beside it, of the same minute: whole positions of who
moved, as JSON, plain (`json_kb`) and gzip (`json_gzip_kb`), and all positions each second as GeoJSON
(`geojson_kb`). What the reader holds in the end is
compared with the store's latest, to the quanta (`kb_exact`: share of assets that are the same).

viewers: the largest number of streams on the 1 s lane, 1,000 assets reporting each second and two events a
second, at which the p99 of events and of positions frames is at most 1 s and every reader gets its frames;
server, readers, writer and store share the machine. `viewers_limit` says what ended the search.
"""

import argparse
import json
import os
import re
import select
import socket
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from casevac.mission import Mission, Profile
from casevac.roof import ours
from casevac.roof.home import Home
from casevac.roof.part import alone
from casevac.roof.postgres import Cluster
from casevac.store import fixes
from casevac.store.connection import connect
from casevac.store.migrate import upgrade
from casevac.store.missions import enrol, open_mission
from casevac.terms import MissionKind
from tests.bench.moving import ASSETS, MISSION, name
from tests.bench.place import say
from tests.maps.unpack import Reader as Unpacked
from tests.ports import next_free

MINUTE_S = 60.0
STEPS = (500, 1000, 2000, 3000, 4000, 5000, 6000)
MEASURED_S, SETTLE_S = 10.0, 4.0
MOST_MS = 1000.0
FRAMES_SHARE = 0.85  # of the frames due, per reader: fewer, and it was served more seldom than at 1 Hz
PATIENCE_S = 60.0
PARTS = ("kb", "viewers")


class Site:
    """A served store with a fleet in it."""

    def __init__(self, url: str, port: int, server: "subprocess.Popen[bytes]") -> None:
        self.url, self.port, self.server = url, port, server


@contextmanager
def site(share: float, events: int) -> Iterator[Site]:
    """For the length of a block; `share` of the fleet drives, so many events are told a second."""
    with tempfile.TemporaryDirectory(prefix="casevac-bench-") as directory, ExitStack() as stack:
        home = Home(Path(directory) / "home")
        home.prepare()
        cluster = Cluster(home, next_free(15432))
        stack.enter_context(alone(cluster))
        upgrade(cluster.url())
        _enrol(cluster.url())
        port = next_free(8400)
        settings = {"CASEVAC_HOME": str(home.path), "CASEVAC_DATABASE_URL": cluster.url()}
        env = {**os.environ, **ours.environment(settings)}
        command = [sys.executable, "-m", "casevac", "serve", "--port", str(port)]
        server = stack.enter_context(_process(command, env=env))
        writer = [sys.executable, "-m", "tests.bench.moving", cluster.url(), str(share), str(events)]
        stack.enter_context(_process(writer))
        _await_fleet(port)
        yield Site(cluster.url(), port, server)


def _enrol(url: str) -> None:
    db, now = connect(url), datetime.now(UTC)
    with db:
        open_mission(db, Mission(MISSION, "Bench", MissionKind.EXERCISE, Profile()), now)
        for number in range(ASSETS):
            enrol(db, MISSION, name(number), None, now)
    db.close()


@contextmanager
def _process(command: list[str], **options: Any) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_fleet(port: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            told = httpx.get(f"http://127.0.0.1:{port}/api/live/snapshot", timeout=PATIENCE_S)
            if told.status_code == 200 and len(told.json()["positions"]) == ASSETS:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    raise SystemExit("the fleet did not come")


# --- bytes


class Stream:
    """One reader that counts bytes on the wire by kind of frame."""

    def __init__(self, port: int, query: str, *, gzip: bool) -> None:
        self.gzip = gzip
        self.socket = socket.create_connection(("127.0.0.1", port))
        coding = "Accept-Encoding: gzip\r\n" if gzip else ""
        self.socket.sendall(
            f"GET /api/live/events{query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{coding}\r\n".encode()
        )
        self.rest, self.head = b"", True
        self.sizes: dict[str, int] = {}
        self.bodies: list[dict[str, Any]] = []

    def read(self) -> None:
        """What came."""
        self.rest += self.socket.recv(1 << 20)
        if self.head:
            _, end, rest = self.rest.partition(b"\r\n\r\n")
            if not end:
                return
            self.head, self.rest = False, rest
        while True:
            size, end, rest = self.rest.partition(b"\r\n")
            if not end or len(rest) < (length := int(size, 16)) + 2:
                return
            self._chunk(rest[:length], len(size) + 4 + length)
            self.rest = rest[length + 2 :]

    def _chunk(self, body: bytes, wire: int) -> None:
        if self.gzip and body.startswith(b"\x1f\x8b"):
            body = body[10:]
        told = zlib.decompressobj(-15).decompress(body) if self.gzip and body else body
        for frame in told.split(b"\n\n"):
            found = re.search(rb"event: (\w+)\ndata: (.*)", frame)
            if found is None:
                continue
            kind = found[1].decode()
            self.sizes[kind] = self.sizes.get(kind, 0) + wire
            wire = 0
            if kind == "moves":
                self.bodies.append(json.loads(found[2]))


def kilobytes() -> dict[str, float]:
    """kb_per_min and what it is compared with."""
    with site(0.3, 0) as place:
        streams = {
            "moves": Stream(place.port, "?lane=1", gzip=True),
            "json_gzip": Stream(place.port, "", gzip=True),
            "json": Stream(place.port, "", gzip=False),
        }
        _pump(streams, 3.0)
        for one in streams.values():
            one.sizes.clear()
        _pump(streams, MINUTE_S)
        sizes = {which: dict(one.sizes) for which, one in streams.items()}
        say(f"bytes by frame: {sizes}")
        exact, geojson = _exact(place, streams["moves"])
        moving = sum(body["count"] for body in streams["moves"].bodies[-50:]) / 50
    return {
        "kb_per_min": round(sum(sizes["moves"].values()) / 1000, 1),
        "json_gzip_kb": round(sum(sizes["json_gzip"].values()) / 1000, 1),
        "json_kb": round(sum(sizes["json"].values()) / 1000, 1),
        "geojson_kb": round(geojson * MINUTE_S / 1000, 1),
        "kb_moving": round(moving),
        "kb_exact": exact,
    }


def _pump(streams: dict[str, Stream], seconds: float) -> None:
    end = time.monotonic() + seconds
    by_socket = {one.socket: one for one in streams.values()}
    while (left := end - time.monotonic()) > 0:
        for door in select.select(list(by_socket), [], [], left)[0]:
            by_socket[door].read()


def _exact(place: Site, stream: Stream) -> tuple[float, int]:
    """The share of assets that the reader holds as the store does; bytes of all of them as GeoJSON."""
    reader, held = Unpacked(), {}
    for body in stream.bodies:
        held |= reader.take(body)
    db = connect(place.url)
    latest = fixes.latest(db, MISSION)
    db.close()
    newest = max(one["at"] for one in held.values())
    told = [one for one in latest.values() if one.corrected_at <= newest]  # those it can have heard of
    same = [
        abs(held[one.device]["lon"] - one.lon) <= 0.51e-6
        and abs(held[one.device]["lat"] - one.lat) <= 0.51e-6
        for one in told
    ]
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(one["lon"], 6), round(one["lat"], 6)]},
            "properties": {key: value for key, value in one.items() if key not in ("lon", "lat")},
        }
        for one in held.values()
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, default=str, separators=(",", ":"))
    return round(sum(same) / len(same), 4), len(text)


# --- viewers


def viewers(steps: tuple[int, ...] = STEPS) -> dict[str, float | str]:
    """The largest number of viewers that holds."""
    found: dict[str, float | str] = {"viewers": 0, "viewers_limit": "the search ended there"}
    command = [sys.executable, "-m", "tests.bench.watching"]
    with site(1.0, 2) as place, ExitStack() as stack:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        crowd = stack.enter_context(_process([*command, str(place.port)], **pipes))
        for many in steps:
            opened = _ask(crowd, f"open {many}")
            time.sleep(SETTLE_S)
            load = _Load(place.server.pid, crowd.pid)
            told = _ask(crowd, f"measure {MEASURED_S}")
            why = _why_not(told)
            say(f"{many} viewers: {told}; opened in {opened.get('seconds')} s; {load.words()}")
            if why:  # once more: a machine may stumble
                load = _Load(place.server.pid, crowd.pid)
                told = _ask(crowd, f"measure {MEASURED_S}")
                why = _why_not(told)
                say(f"{many} viewers again: {told}; {load.words()}")
            if why:
                found["viewers_limit"] = f"at {many}: {why}; {load.words()}"
                break
            found |= {
                "viewers": many,
                "viewers_event_p50_ms": round(told["change"]["p50_ms"]),
                "viewers_event_p99_ms": round(told["change"]["p99_ms"]),
                "viewers_positions_p99_ms": round(told["moves"]["p99_ms"]),
            }
    return found


class _Load:
    """CPU of the server, of the readers and of the machine since it was made."""

    def __init__(self, server: int, crowd: int) -> None:
        self._processes = {"server": psutil.Process(server), "readers": psutil.Process(crowd)}
        for one in self._processes.values():
            one.cpu_percent()
        psutil.cpu_percent()
        self._words = ""

    def words(self) -> str:
        """Per cent of one core, and of the whole machine."""
        if not self._words:
            parts = [f"{which} {one.cpu_percent():.0f} %" for which, one in self._processes.items()]
            self._words = f"{', '.join(parts)} of a core, machine {psutil.cpu_percent():.0f} %"
        return self._words


def _ask(crowd: "subprocess.Popen[bytes]", line: str) -> dict[str, Any]:
    if crowd.stdin is None or crowd.stdout is None:
        raise SystemExit("the readers have no pipes")
    crowd.stdin.write(line.encode() + b"\n")
    crowd.stdin.flush()
    answer = crowd.stdout.readline()
    return json.loads(answer) if answer else {"lost": "all: the readers ended"}


def _why_not(told: dict[str, Any]) -> str:
    """What does not hold; empty when all does."""
    if told.get("lost"):
        return f"{told['lost']} streams were lost"
    for kind, words in (("change", "an event"), ("moves", "a positions frame")):
        one = told[kind]
        if one["p99_ms"] is None or one["p99_ms"] > MOST_MS:
            return f"p99 of {words} is {one['p99_ms'] or 0:.0f} ms"
    due = told["viewers"] * MEASURED_S
    if told["moves"]["number"] < FRAMES_SHARE * due:
        return f"{told['moves']['number'] / due:.2f} of the frames due came"
    return ""


def figures() -> dict[str, float]:
    """Both, for the bench of the whole map."""
    told = {**kilobytes(), **viewers()}
    say(f"viewers: {told['viewers_limit']}")
    return {key: value for key, value in told.items() if not isinstance(value, str)}


def main() -> None:
    """One line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--steps", help="numbers of viewers, comma between")
    options = parser.parse_args()
    told: dict[str, float | str] = {}
    if options.only != "viewers":
        told |= kilobytes()
    if options.only != "kb":
        told |= viewers(tuple(map(int, options.steps.split(","))) if options.steps else STEPS)
    sys.stdout.write(json.dumps({"bench": "map_live", "figures": told}) + "\n")


if __name__ == "__main__":
    main()

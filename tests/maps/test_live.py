"""The live stream: exactly once, resumable, bounded, alive through a restart of the store."""

import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg2
import pytest

from casevac.events import AlertRaised, DeviceStatusChanged
from casevac.roof.home import Home
from casevac.roof.part import alone
from casevac.roof.postgres import Cluster
from casevac.store.connection import connect
from casevac.store.migrate import upgrade
from casevac.zap import zap
from maps.tail import News, Tail, Trouble, await_notice
from tests.maps.door import Door, Reader, serving, wait_for
from tests.maps.mission import Story, begin
from tests.maps.unpack import Reader as Unpacked
from tests.ports import next_free


def test_snapshot_has_the_shape_of_the_contract(door: Door, story: Story) -> None:
    story.move("amb-1", 18.8, 5.1)
    wait_for(lambda: door.get("/api/live/snapshot")["positions"])
    told = door.get("/api/live/snapshot")
    assert set(told) == {"epoch", "seq", "server_time", "mission", "entities", "positions", "log"}
    assert told["mission"]["kind"] == "exercise"
    assert told["mission"]["speed_factor"] == 10.0
    groups = {
        "casualties",
        "vehicles",
        "facilities",
        "sites",
        "requests",
        "chains",
        "questions",
        "alarms",
        "teams",
        "hazards",
    }
    assert set(told["entities"]) == groups
    assert told["positions"][0]["vehicle"] == "amb-1"
    assert told["server_time"].endswith("Z")


def test_every_event_comes_once_across_a_reconnect(door: Door, story: Story) -> None:
    start = door.get("/api/live/snapshot")
    first = Reader(door.url, since=f"{start['epoch']}-{start['seq']}").start()
    told = [story.alert().seq for _ in range(5)]
    wait_for(lambda: len(first.seqs()) == 5)
    first.close()
    told += [story.alert().seq for _ in range(5)]
    second = Reader(door.url, last_event_id=first.ids[-1], since="nonsense").start()
    told += [story.alert().seq for _ in range(5)]
    wait_for(lambda: len(first.seqs()) + len(second.seqs()) >= 15)
    assert first.seqs() + second.seqs() == told
    assert not second.of("reset")
    second.close()
    wait_for(lambda: door.get("/api/health")["live"]["viewers"] == 0)


def test_a_new_process_resumes_what_the_old_one_told(story: Story) -> None:
    with serving(story) as door:
        first = Reader(door.url).start()
        seqs = [story.alert().seq for _ in range(3)]
        wait_for(lambda: len(first.seqs()) == 3)
    assert first.ended.wait(60)  # an open stream ends with its server
    seqs += [story.alert().seq for _ in range(3)]
    with serving(story) as door:
        second = Reader(door.url, last_event_id=first.ids[-1]).start()
        wait_for(lambda: len(second.seqs()) == 3)
    assert first.seqs() + second.seqs() == seqs


@pytest.mark.parametrize("since", ["00000000-3", "{epoch}-999999", "word", "{epoch}-"])
def test_what_cannot_be_resumed_is_reset_and_ends(door: Door, since: str) -> None:
    epoch = door.get("/api/live/snapshot")["epoch"]
    reader = Reader(door.url, since=since.format(epoch=epoch)).start()
    assert reader.ended.wait(60)
    assert [event for event, _ in reader.frames] == ["reset"]
    assert reader.frames[0][1]["epoch"] == epoch


def test_a_cursor_from_before_the_kept_frames_is_reset(door: Door, story: Story) -> None:
    epoch = door.get("/api/live/snapshot")["epoch"]
    story.happen(*(DeviceStatusChanged(online=n % 2 == 0) for n in range(1100)))
    wait_for(lambda: door.get("/api/live/snapshot")["seq"] > 1100)
    reader = Reader(door.url, since=f"{epoch}-2").start()
    assert reader.ended.wait(60)
    assert [event for event, _ in reader.frames] == ["reset"]


def test_eight_viewers_get_the_same_frames(door: Door, story: Story) -> None:
    readers = [Reader(door.url).start() for _ in range(8)]
    seqs = [story.alert().seq for _ in range(4)]
    wait_for(lambda: all(len(reader.seqs()) == 4 for reader in readers))
    assert all(reader.seqs() == seqs for reader in readers)
    assert all(reader.of("change") == readers[0].of("change") for reader in readers)
    for reader in readers:
        reader.close()


def test_positions_come_as_latest_values(door: Door, story: Story) -> None:
    reader = Reader(door.url).start()
    for step in range(30):
        story.move("amb-1", 18.8 + step / 1000, 5.1)
    story.move("phone", 19.5, 5.9)

    def latest() -> dict[str, float]:
        return {p["device"]: p["lon"] for frame in reader.of("positions") for p in frame["positions"]}

    wait_for(lambda: latest() == {"amb-1": pytest.approx(18.829), "phone": 19.5})
    last = [p for frame in reader.of("positions") for p in frame["positions"]]
    assert {p["device"]: p["vehicle"] for p in last} == {"amb-1": "amb-1", "phone": None}
    assert sum(p["device"] == "amb-1" for p in last) < 30  # coalesced
    reader.close()


def test_a_forecast_that_slips_is_told_without_an_event(door: Door, story: Story) -> None:
    alert = story.alert()
    story.move("amb-1", 18.8, 5.1)
    wait_for(lambda: door.get("/api/live/snapshot")["positions"])
    options = door.post(f"/api/requests/{alert.body.request}/options", {}).json()
    chosen = {"decision": options["decision"], "option": options["options"][0]["id"]}
    assert door.post(f"/api/requests/{alert.body.request}/task", chosen).status_code == 201
    wait_for(lambda: door.get("/api/live/snapshot")["seq"] == story.count("SELECT max(seq) FROM events"))
    reader = Reader(door.url).start()
    before = len(reader.seqs())

    def slipped() -> bool:
        told = [frame.get("entities", {}).get("chains", {}) for frame in reader.of("positions")]
        ends = {leg["arrive_p50_at"] for chains in told for c in chains.values() for leg in c["legs"]}
        return len(ends) > 4  # two legs, told at least three times

    wait_for(slipped)
    assert len(reader.seqs()) == before
    reader.close()


def test_a_slow_viewer_is_reset_and_delays_nobody(door: Door, story: Story) -> None:
    assert door.server is not None
    door.server.hub.patience_s = 600.0  # a busy machine takes longer for what follows than a viewer may
    epoch = door.get("/api/live/snapshot")["epoch"]
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    slow.connect(("127.0.0.1", door.port))
    slow.sendall(b"GET /api/live/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    wait_for(lambda: door.get("/api/health")["live"]["viewers"] == 1)
    quick = Reader(door.url).start()
    seqs: list[int] = []
    for _ in range(15):
        bodies = [_long_alert(story) for _ in range(150)]
        seqs += [event.seq or 0 for event in story.happen(*bodies)]
        wait_for(partial(_has_seen, quick, len(seqs)))
    assert quick.seqs() == seqs
    slow.settimeout(60)
    told = bytearray()
    while more := slow.recv(1 << 16):
        told += more
        if b"event: reset" in told[-4096:] or told.endswith(b"0\r\n\r\n"):
            break
    assert b"event: reset" in told
    assert epoch.encode() in told[told.rindex(b"event: reset") :]
    slow.close()
    quick.close()


def _has_seen(reader: Reader, count: int) -> bool:
    return len(reader.seqs()) == count


def _long_alert(story: Story) -> AlertRaised:
    n = next(story.numbers)
    return AlertRaised(
        who="P", what="x" * 2000, how_many=1, lon=19, lat=5, request=f"R-{n}", casualties=(zap(n),)
    )


def test_an_event_read_just_before_a_fault_is_still_told_once(door: Door, story: Story) -> None:
    reader = Reader(door.url).start()
    _make(story.url, "ALTER TABLE latest_positions RENAME TO hidden_positions")
    seqs = []
    for _ in range(200):  # some of them are read in the very step that then fails
        seqs.append(story.alert().seq)
        time.sleep(0.02)
    _make(story.url, "ALTER TABLE hidden_positions RENAME TO latest_positions")
    seqs.append(story.alert().seq)
    wait_for(lambda: seqs[-1] in reader.seqs())
    assert reader.seqs() == seqs
    reader.close()


def test_viewers_outlive_a_killed_store(tmp_path: Path) -> None:
    home = Home(tmp_path / "own")
    home.prepare()
    cluster = Cluster(home, next_free(15700))
    with alone(cluster) as child:
        _make(cluster.url("postgres"), "CREATE DATABASE own")
        _make(cluster.url("own"), "CREATE EXTENSION postgis")
        upgrade(cluster.url("own"))
        story = begin(cluster.url("own"), home.path)
        with serving(story) as door:
            reader = Reader(door.url).start()
            seqs = [story.alert().seq]
            wait_for(lambda: len(reader.seqs()) == 1)
            child.kill()
            child.wait()
            wait_for(lambda: door.http.get("/api/health").json()["status"] == "down")
            refused = door.http.get("/api/casualties")
            assert refused.status_code == 503
            assert refused.json()["error"] == "StoreUnreachable"
            with alone(cluster):
                seqs.append(story.alert().seq)
                wait_for(lambda: len(reader.seqs()) == 2)
                assert reader.seqs() == seqs
                assert not reader.ended.is_set()
                assert not reader.of("reset")
                wait_for(lambda: door.get("/api/health")["status"] == "ok")
            reader.close()


def test_a_store_that_hangs_is_told_by_health_all_the_same(tmp_path: Path) -> None:
    """Stopped, not dead: connections stay open and nothing ever answers; more ask than there are threads."""
    home = Home(tmp_path / "own")
    home.prepare()
    cluster = Cluster(home, next_free(15700))
    with alone(cluster) as child:
        _make(cluster.url("postgres"), "CREATE DATABASE own")
        _make(cluster.url("own"), "CREATE EXTENSION postgis")
        upgrade(cluster.url("own"))
        with serving(begin(cluster.url("own"), home.path)) as door:
            wait_for(lambda: door.get("/api/health")["status"] == "ok")
            door.get("/api/missions")  # a connection that lies idle in the pool
            server = psutil.Process(child.pid)
            server.suspend()  # first of all: from now on it has no new children
            stopped = [server, *server.children()]
            for process in stopped[1:]:
                process.suspend()
            try:
                with _many(f"{door.url}/api/missions", 60):
                    for _ in range(3):
                        told = door.http.get("/api/health", timeout=60).json()
                        assert told["status"] == "down"
                        assert "answer" in told["store"]["trouble"]
            finally:
                for process in stopped:
                    process.resume()
            wait_for(lambda: door.get("/api/health")["status"] == "ok")


@contextmanager
def _many(url: str, number: int) -> Iterator[None]:
    """So many GETs of `url` under way, none of which is waited for."""
    place = urlsplit(url)
    doors = [socket.create_connection((place.hostname, place.port)) for _ in range(number)]
    for one in doors:
        one.sendall(f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
    yield
    for one in doors:
        one.close()


def test_a_notice_that_came_with_a_read_is_not_waited_for(database_url: str) -> None:
    db, other = connect(database_url, autocommit=True), connect(database_url, autocommit=True)
    db.cursor().execute("LISTEN casevac_live")
    other.cursor().execute("NOTIFY casevac_live")
    wait_for(lambda: db.cursor().execute("SELECT 1") or db.notifies)
    bell, rope = os.pipe()
    waiting = threading.Thread(target=await_notice, args=(db, bell, 3600.0), daemon=True)
    waiting.start()
    waiting.join(60)
    alive = waiting.is_alive()
    os.write(rope, b"x")  # whatever came out, the thread ends
    waiting.join()
    assert not alive
    assert not db.notifies
    for one in (bell, rope):
        os.close(one)
    db.close()
    other.close()


def test_each_outage_is_logged_once_and_so_is_its_end(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    """The log's table is hidden from the running tail, twice, each time for several attempts."""
    told: list[object] = []
    tail = Tail(story.url, told.append)

    def heard(kind: type, since: int) -> list[object]:
        return [one for one in told[since:] if isinstance(one, kind)]

    tail.start()
    wait_for(lambda: told)
    for _ in range(2):
        since = len(told)
        _make(story.url, "ALTER TABLE events RENAME TO hidden")
        wait_for(partial(_more_than_3, partial(heard, Trouble, since)))
        since = len(told)
        _make(story.url, "ALTER TABLE hidden RENAME TO events")
        wait_for(partial(heard, News, since))
    wait_for(lambda: caplog.text.count("answers again") == 2)
    tail.stop()
    lines = [record.getMessage() for record in caplog.records if record.name == "maps.tail"]
    assert ["answers again" in line for line in lines] == [False, True, False, True]


def _more_than_3(heard: Callable[[], list[object]]) -> bool:
    return len(heard()) > 3


def _make(url: str, statement: str) -> None:
    db = psycopg2.connect(url)
    db.autocommit = True
    db.cursor().execute(statement)
    db.close()


@pytest.mark.parametrize("lane", ["0.1", "1", "2", "5"])
def test_a_lane_tells_what_the_plain_stream_tells(door: Door, story: Story, lane: str) -> None:
    told = Laned(door.url, lane=lane).start()
    plain = Reader(door.url).start()
    for step in range(5):
        story.move("amb-1", 18.8 + step / 1000, 5.1)
        time.sleep(0.1)
    story.move("phone", 19.5, 5.9, flags=("jump",))
    late = Laned(door.url, lane=lane).start()  # begins with a keyframe, and then follows
    last = story.move("amb-1", 18.9, 5.2)

    def arrived() -> bool:
        return all(
            one.held.get("amb-1", {}).get("lon") == last.lon and "phone" in one.held for one in (told, late)
        )

    wait_for(arrived)
    assert told.held == late.held
    latest = {p["device"]: p for p in door.get("/api/live/snapshot")["positions"]}
    for device, found in told.held.items():
        whole = ("lon", "lat", "vehicle", "flags", "source", "speed", "course", "mission", "battery")
        assert {name: found[name] for name in whole} == {name: latest[device][name] for name in whole}
    assert told.of("hello")[0]["lane"] == float(lane)
    assert not plain.of("moves")
    for one in (told, late, plain):
        one.close()


def test_all_on_a_lane_get_the_same_bytes(door: Door, story: Story) -> None:
    wires = [_wire(door) for _ in range(3)]
    wait_for(lambda: door.get("/api/health")["live"]["viewers"] == 3)
    for step in range(3):
        story.move("amb-1", 18.8 + step / 1000, 5.1)
        wait_for(partial(_is_at, door, 18.8 + step / 1000))
    end = story.alert()
    found = [_chunks(wire, f'"seq":{end.seq}'.encode()) for wire in wires]
    for kind in ("change", "moves"):
        told = [[body for one, body in each if one == kind] for each in found]
        assert told[0] == told[1] == told[2]
        assert told[0]
    for wire in wires:
        wire.close()


def _is_at(door: Door, lon: float) -> bool:
    return any(one["lon"] == lon for one in door.get("/api/live/snapshot")["positions"])


def test_a_stream_can_be_read_with_and_without_compression(door: Door, story: Story) -> None:
    seq = story.alert().seq
    for options in ([], ["--compressed"]):
        command = ["curl", "-sN", *options, f"{door.url}/api/live/events?since={_before(door, seq)}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as curl:
            assert curl.stdout is not None
            lines = [curl.stdout.readline() for _ in range(8)]
            curl.terminate()
        assert "event: hello\n" in lines
        assert f"id: {_before(door, seq).rpartition('-')[0]}-{seq}\n" in lines


def test_a_lane_that_is_none_is_refused_in_words(door: Door) -> None:
    for lane in ("3", "fast", "-1", "1e9", "0.1;DROP", "½"):
        refused = door.http.get("/api/live/events", params={"lane": lane})
        assert refused.status_code == 422
        assert refused.json()["error"] == "BadMessage"
        assert "0.1, 1, 2 or 5 seconds" in refused.json()["message"]
    assert door.http.get("/api/live/events", params={"since": "x" * 100}).status_code == 422


def test_a_page_that_lags_is_put_on_a_slower_lane_and_one_near_by_on_the_fast_one(
    door: Door, story: Story
) -> None:
    reader = Laned(door.url, lane="1").start()
    viewer = reader.of("hello")[0]["viewer"]
    told = [
        door.post("/api/live/lane", {"viewer": viewer, "lag_ms": 20_000}).json()["lane"] for _ in range(4)
    ]
    assert told == [2, 5, 5, 5]
    story.move("amb-1", 18.8, 5.1)
    wait_for(lambda: reader.held.get("amb-1", {}).get("lon") == 18.8)
    assert [frame["lane"] for frame in reader.of("lane")] == [2, 5]
    near = Laned(door.url, lane="1").start()
    measured = {"viewer": near.of("hello")[0]["viewer"], "lag_ms": 3, "rtt_ms": 5}
    assert door.post("/api/live/lane", measured).json() == {"lane": 0.1}
    story.move("amb-1", 18.81, 5.1)
    wait_for(lambda: near.held["amb-1"]["lon"] == 18.81)
    for hostile in ({"viewer": "x" * 99, "lag_ms": 1}, {"viewer": viewer, "lag_ms": -1}, {"viewer": viewer}):
        assert door.post("/api/live/lane", hostile).status_code == 422
    assert door.post("/api/live/lane", {"viewer": "nobody", "lag_ms": 1}).status_code == 404
    reader.close()
    near.close()


def test_the_snapshot_is_compressed_for_who_takes_that(door: Door) -> None:
    plain = door.http.get("/api/live/snapshot", headers={"accept-encoding": "identity"})
    packed = door.http.get("/api/live/snapshot", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.json()["entities"] == packed.json()["entities"]
    assert int(packed.headers["content-length"]) * 3 < int(plain.headers["content-length"])


@pytest.mark.parametrize(("hard", "told"), [(20_000, ""), (1500, "about 1000 people can watch at once")])
def test_serve_raises_its_open_file_limit_and_says_when_it_cannot(hard: int, told: str) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        pytest.skip("this system allows fewer open files than the test needs")
    script = (
        "import logging, resource; logging.basicConfig();"
        f" resource.setrlimit(resource.RLIMIT_NOFILE, (256, {hard}));"
        " from maps.server import raise_files; raise_files();"
        " print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"({hard}, {hard})"
    assert told in done.stderr
    assert bool(done.stderr) == bool(told)


class Laned(Reader):
    """A reader of a lane; holds the positions it was told."""

    def __init__(self, url: str, lane: str) -> None:
        super().__init__(url)
        self.query = {"lane": lane}
        self._moves = Unpacked()
        self._read_to = 0
        self._held: dict[str, dict[str, Any]] = {}

    @property
    def held(self) -> dict[str, dict[str, Any]]:
        while self._read_to < len(self.frames):
            event, body = self.frames[self._read_to]
            self._read_to += 1
            if event == "moves":
                self._held |= self._moves.take(body)
        return self._held


def _before(door: Door, seq: int | None) -> str:
    return f"{door.get('/api/live/snapshot')['epoch']}-{(seq or 0) - 1}"


def _wire(door: Door) -> socket.socket:
    """A stream as bytes."""
    wire = socket.create_connection(("127.0.0.1", door.port), 60)
    wire.sendall(b"GET /api/live/events?lane=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n")
    return wire


def _chunks(wire: socket.socket, until: bytes) -> list[tuple[str, bytes]]:
    """Kind and bytes of every chunk until one that holds `until`; each is decoded by itself."""
    found: list[tuple[str, bytes]] = []
    file = wire.makefile("rb")
    while True:
        line = file.readline()
        if not re.fullmatch(rb"[0-9a-f]+\r\n", line):
            continue  # the answer's head
        body = file.read(int(line, 16))
        file.readline()
        told = b"" if body.startswith(b"\x1f\x8b") else zlib.decompressobj(-15).decompress(body)
        kinds = re.findall(rb"event: (\w+)", told)
        found += [(kinds[0].decode(), body)] if len(kinds) == 1 else []
        if until in told:
            return found

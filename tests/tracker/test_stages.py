"""What ingest counts: exact from many threads, written to a file that a reader can trust."""

import json
import threading
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as some

from casevac.aside import MOST_SHOWN, WORDS, shown, word_of
from tests.tracker.conftest import Door
from tests.tracker.listener import until
from tests.tracker.test_ingest import report
from tracker.stages import BUCKETS_S, Stages, Teller


def test_counts_from_many_threads_are_exact() -> None:
    stages = Stages()

    def work() -> None:
        for _ in range(1000):
            stages.count("offered", 2)
            stages.set_aside("number reused")
            stages.limited("trk-1")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = stages.snapshot()
    assert told["offered"] == 16_000
    assert told["set_aside"]["number_reused"] == 8000
    assert (told["limited"], told["limited_devices"]) == (8000, {"trk-1": 8000})


@given(some.lists(some.floats(0, 200), min_size=1, max_size=200))
def test_every_latency_is_in_its_bucket(ages: list[float]) -> None:
    stages, now = Stages(), 1_800_000_000.0
    received = [now - age for age in ages]
    stages.committed(received, now)
    latency = stages.snapshot()["latency"]
    bounds = [*BUCKETS_S, float("inf")]
    wanted = [0] * len(bounds)
    for at in received:
        wanted[next(place for place, bound in enumerate(bounds) if now - at <= bound)] += 1
    assert latency["counts"] == wanted
    assert stages.snapshot()["batch"] == {"last": len(ages), "largest": len(ages)}


def test_only_words_of_a_small_vocabulary_are_counted() -> None:
    said = {
        "number reused": "number_reused",
        "lat: Expected a number <= 90.0": "unreadable",
        "device x is not enrolled; run: casevac device add x": "unknown_device",
        "device x is revoked": "revoked",
        "a tracker cannot report launch_approved; it needs the role coordinator": "not_allowed",
        "task T-1 belongs to amb-2": "not_allowed",
        "the store refused it: value too long": "refused_by_store",
        "too large: 2 MiB": "too_large",
    }
    assert {reason: word_of(reason) for reason in said} == said
    assert {word_of(word) for word in WORDS} == set(WORDS)
    stages = Stages()
    for reason in said:
        stages.set_aside(reason)
    assert set(stages.snapshot()["set_aside"]) == set(WORDS)


@given(some.binary(max_size=3 * MOST_SHOWN))
def test_any_payload_can_be_shown(raw: bytes) -> None:
    told = shown(raw)
    assert (told.text is None) != (told.hex is None)
    assert told.size == len(raw)
    assert told.cut == (len(raw) > MOST_SHOWN)
    assert told.text is None or all(letter.isprintable() or letter in "\n\t" for letter in told.text)


def test_a_long_text_is_cut_between_its_letters() -> None:
    told = shown("é".encode() * 3000, 2001)
    assert told.text == "é" * 1000
    assert told.cut


def test_the_file_is_written_every_second_and_at_the_end(tmp_path: Path) -> None:
    stages, file = Stages(), tmp_path / "ingest-1.json"
    with Teller(stages, file):
        assert until(file.exists)
        first = json.loads(file.read_text())["at"]
        assert until(lambda: json.loads(file.read_text())["at"] > first)
        stages.holds(7, time.time() - 100)
    told = json.loads(file.read_text())
    assert told["backlog"] == 7
    assert told["oldest_unacknowledged_s"] >= 100
    assert [one.name for one in tmp_path.iterdir()] == ["ingest-1.json"]
    with Teller(stages, tmp_path / "gone" / "ingest-1.json"):  # a disk that takes nothing stops nobody
        pass


def test_the_running_door_counts_what_it_does(door: Door) -> None:
    tracker = door.enrol("trk-1")
    tracker.send("report", report(1))
    assert until(lambda: 1 in tracker.stored())
    tracker.send("report", report(1, lon=19))
    tracker.send("report", report(2, lat=91))
    tracker.send("report", b"{")
    tracker.send("event", {**report(3), "kind": "launch_approved", "chain": "T-1", "authority": "me"})
    tracker.send("event", {**report(4), "kind": "alert_raised", "who": "p", "what": "mine", "how_many": 1})
    assert until(lambda: 4 in tracker.stored() and len(tracker.refused()) == 3)
    again = report(5)
    for _ in range(3):
        tracker.send("report", again)
    # The gauges are told four times a second, and a batch's latency after its receipts.
    assert until(lambda: door.ingest.stages.snapshot()["duplicates"] == 2)
    assert until(lambda: sum(door.ingest.stages.snapshot()["latency"]["counts"]) == 9)
    assert until(lambda: door.ingest.stages.snapshot()["backlog"] == 0)
    told = door.ingest.stages.snapshot()
    assert (told["offered"], told["reports"], told["events"], told["stored"]) == (9, 2, 1, 3)
    waiting = {word: count for word, count in told["set_aside"].items() if count}
    assert waiting == {"number_reused": 1, "unreadable": 2, "not_allowed": 1}
    assert (told["backlog"], told["oldest_unacknowledged_s"], told["fault"]) == (0, 0.0, None)
    assert sum(told["latency"]["counts"]) == 9

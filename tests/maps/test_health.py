"""Health, metrics and what was set aside: what a watch-keeper, a program and a coordinator are told."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from casevac.store import asides
from casevac.store.connection import connect
from maps.condition import Disk, reasons, total
from tests.maps.door import Door, Reader, serving, wait_for
from tests.maps.mission import Story
from tracker.stages import Stages

ROOM = Disk(50_000_000_000, 100_000_000_000, 50.0, low=False)


def told(stages: Stages, **change: Any) -> dict[str, Any]:
    """What the roof hands on of one process of ingest."""
    return {**stages.snapshot(), "age_s": 0.2, "stale": False, **change}


def busy() -> Stages:
    """A process that has worked."""
    stages, now = Stages(), time.time()
    stages.count("offered", 12)
    stages.count("reports", 7)
    stages.count("events", 2)
    stages.count("duplicates")
    stages.set_aside("lat: Expected a number <= 90.0")
    stages.set_aside("device TRK-SECRET is not enrolled; run: casevac device add TRK-SECRET")
    stages.limited("TRK-SECRET")
    stages.committed([now - 0.004, now - 0.03, now - 120], now)
    return stages


class Installation:
    """What the door is told of an installation, changed by the test."""

    def __init__(self) -> None:
        self.parts = {"ingest": {"state": "ready", "address": None, "pid": 1, "restarts": 2}}
        self.figures: dict[str, Any] = {"ingest": {"ingest": told(busy())}, "broker": None}


@pytest.fixture
def installation() -> Installation:
    return Installation()


@pytest.fixture
def watched(story: Story, installation: Installation) -> Iterator[Door]:
    with serving(story, parts=lambda: installation.parts, stages=lambda: installation.figures) as door:
        wait_for(lambda: door.get("/api/health")["status"] == "ok")
        yield door


def test_health_tells_the_figures_of_every_stage(watched: Door) -> None:
    health = wait_for(lambda: [told for told in [watched.get("/api/health")] if told["status"] == "ok"])[0]
    assert health["reasons"] == []
    sums = health["stages"]["total"]
    assert (sums["offered"], sums["stored"], sums["duplicates"], sums["limited"]) == (12, 9, 1, 1)
    assert sums["set_aside"] | {"unreadable": 1, "unknown_device": 1} == sums["set_aside"]
    assert sum(sums["set_aside"].values()) == 2
    assert health["stages"]["ingest"]["ingest"]["latency"]["counts"][-1] == 1
    assert health["disk"]["total_bytes"] > health["disk"]["free_bytes"] > 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"backlog": 40, "oldest_unacknowledged_s": 11.2}, "ingest holds 40 messages .* oldest for 11 s"),
        ({"backlog": 3, "fault": "the store's disk is full"}, "ingest holds 3 messages .*: the store's disk"),
        ({"stale": True, "age_s": 7.0}, "ingest has told nothing for 7 s"),
    ],
)  # fmt: skip
def test_an_ingest_that_does_not_take_degrades_it_with_the_reason(change: dict[str, Any], said: str) -> None:
    (why,) = reasons(None, {}, {"ingest": {"ingest": told(busy(), **change)}, "broker": None}, ROOM)
    assert re.match(said, why)
    lame = {"ingest": {"state": "restarting"}}
    stale = {"ingest": {"ingest": told(busy(), stale=True, age_s=7.0)}}
    assert reasons(None, lame, stale, ROOM) == ("ingest is restarting",)


def test_a_full_disk_and_a_broker_that_drops_are_told() -> None:
    full = ROOM._replace(free_bytes=420_000_000, free_percent=0.4, low=True)
    figures = {"ingest": {}, "broker": {"queue": 100_000, "dropped": 9, "dropped_lately": 7}}
    said = reasons(None, {}, figures, full)
    assert said[0] == "the disk is nearly full: 420 MB (0.4 %) left"
    assert said[1].startswith("the broker dropped 7 messages in the last minute")
    assert reasons(None, {}, {"ingest": {}, "broker": {"dropped": 9, "dropped_lately": 0}}, ROOM) == ()


def test_the_sum_of_several_processes() -> None:
    late = told(busy(), oldest_unacknowledged_s=3.5)
    sums = total({"ingest": told(busy()), "ingest-2": late})
    assert (sums["stored"], sums["oldest_unacknowledged_s"]) == (18, 3.5)
    assert sums["set_aside"]["unreadable"] == 2
    assert total({})["offered"] == 0


def test_every_open_page_is_told_at_once_and_a_new_one_too(watched: Door, installation: Installation) -> None:
    reader = Reader(watched.url).start()
    held = told(busy(), backlog=5, fault="PostgreSQL does not answer")
    installation.figures = {"ingest": {"ingest": held}, "broker": None}
    said = ["ingest holds 5 messages without receipt: PostgreSQL does not answer"]
    wait_for(lambda: any(beat["trouble"] == said for beat in reader.of("heartbeat")))
    late = Reader(watched.url).start()
    wait_for(lambda: any(beat["trouble"] == said for beat in late.of("heartbeat")))
    installation.figures = {"ingest": {"ingest": told(busy())}, "broker": None}
    wait_for(lambda: reader.of("heartbeat")[-1]["trouble"] == [])
    reader.close()
    late.close()


def test_metrics_are_the_same_figures_without_names(watched: Door, installation: Installation) -> None:
    installation.figures["broker"] = {"queue": 4, "clients": 3, "dropped": 2, "dropped_lately": 0}
    answer = watched.http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    found = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    part = ("part", "ingest")
    assert found["casevac_ingest_offered_total", part] == 12
    assert found["casevac_ingest_stored_total", ("kind", "report"), part] == 7
    assert found["casevac_ingest_set_aside_total", part, ("reason", "unknown_device")] == 1
    assert found["casevac_ingest_limited_total", part] == 1
    assert found["casevac_ingest_latency_seconds_bucket", ("le", "0.005"), part] == 1
    assert found["casevac_ingest_latency_seconds_bucket", ("le", "+Inf"), part] == 3
    assert found["casevac_part_restarts_total", part] == 2
    assert found["casevac_broker_dropped_total",] == 2
    assert found["casevac_events_total",] == watched.get("/api/health")["store"]["seq"]
    assert found["casevac_disk_free_bytes",] > 0
    assert found["casevac_degraded",] == 0
    assert "SECRET" not in answer.text


POISON = (
    ("trk-1", b'{"epoch":1,"n":1,"lat":91}', "lat: Expected a number <= 90.0"),
    ("trk-1", b"\xff\x00\x01", "not JSON"),
    ("trk-2", "\u202egnp.exe".encode(), "number reused"),
    ("trk-2", b"x" * 5000, "JSON is malformed"),
)


def test_what_was_set_aside_is_seen_by_device_and_reason_and_safe_to_show(
    watched: Door, story: Story
) -> None:
    db = connect(story.url)
    with db:
        for device, raw, why in POISON:
            asides.set_aside(db, [asides.Aside(f"casevac/v1/{device}/report", device, None, why, raw)])
    db.close()
    everything = watched.get("/api/set-aside")
    assert [one["device"] for one in everything] == ["trk-2", "trk-2", "trk-1", "trk-1"]
    long, bidi, binary, plain = everything
    assert (long["text"], long["size"], long["cut"]) == ("x" * 2000, 5000, True)
    assert (bidi["text"], bidi["hex"][:8]) == (None, "e2 80 ae")
    assert (binary["text"], binary["hex"]) == (None, "ff 00 01")
    assert (plain["text"], plain["reason"]) == (POISON[0][1].decode(), "unreadable")
    assert [one["id"] for one in watched.get("/api/set-aside", device="trk-1", limit=1)] == [binary["id"]]
    assert watched.get("/api/set-aside", reason="number_reused") == [bidi]
    assert watched.get("/api/set-aside", reason="expected a NUMBER") == [plain]
    assert watched.get("/api/set-aside", resolved=True) == []
    assert watched.get("/api/health")["set_aside_reasons"] == {"unreadable": 3, "number_reused": 1}
    assert watched.http.get("/api/set-aside", params={"limit": 5000}).status_code == 422

"""Whatever order, repetition, delay or split the same messages come in, the store ends up the same."""

import itertools
import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casevac.mission import Enrolment, Mission, Profile
from casevac.picture import fold
from casevac.roof.broker import Broker
from casevac.state import empty
from casevac.store import asides, fixes, log, missions
from casevac.store.connection import Connection, connect
from casevac.terms import MissionKind
from tests.tracker.conftest import Door
from tests.tracker.listener import Listener, until
from tracker import intake
from tracker.ingest import Ingest
from tracker.wire import Message

THEN = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
ZAP = "ZGDF-7KWT"
_story = itertools.count(1)


def told(device: str, channel: str, delay_s: float = 0, **fields: object) -> Message:
    return Message(
        f"casevac/v1/{device}/{channel}",
        json.dumps(fields).encode(),
        THEN + timedelta(days=1, seconds=delay_s),
    )


def at(seconds: float) -> str:
    return (THEN + timedelta(seconds=seconds)).isoformat()


def _messages() -> list[tuple[str, str, dict[str, object]]]:
    """Reports with and without numbers, some of one instant, over a border of blocks; events of a case."""
    said: list[tuple[str, str, dict[str, object]]] = []
    for place, n in enumerate((1, 2, 1023, 1024, 1025)):
        lap = {"epoch": 1, "n": n, "at": at(60 * min(place, 3)), "lon": 18 + place, "lat": 4.4, "speed": 3}
        said.append(("a", "report", lap))
    said += [("b", "report", {"at": at(10 * k), "lon": 19, "lat": 4 + k}) for k in range(3)]
    case = {"epoch": 1, "at": at(5), "who": "P", "what": "mine", "how_many": 1, "lon": 19, "lat": 5}
    alert = {**case, "n": 3, "kind": "alert_raised", "request": "R-1", "casualties": [ZAP]}
    said.append(("a", "event", alert))
    for n, category in ((4, "T2"), (5, "T1")):
        triage = {"epoch": 1, "n": n, "at": at(n), "kind": "casualty_triaged", "casualty": ZAP}
        said.append(("a", "event", {**triage, "category": category}))
    move = {"at": at(30), "kind": "vehicle_status_changed", "vehicle": "b", "state": "to_pickup"}
    said.append(("b", "event", move))
    return said


MESSAGES = _messages()


def state(db: Connection, mission: str) -> object:
    """All that a page shows or an export has, without when it came and under which mission."""
    with db:
        tracks = fixes.track(db, mission, THEN - timedelta(days=1), THEN + timedelta(days=1))
        marks = fixes.latest(db, mission)
        events = [one for one in log.read(db, mission) if one.device]
        picture = fold(empty(mission), log.read(db, mission))
    rows = sorted(
        (one.device[0], one.epoch, one.n, one.at, one.lon, one.lat, one.speed or 0) for one in tracks
    )
    return (
        rows,
        {name[0]: (one.epoch, one.n, one.lon, one.lat, one.at) for name, one in marks.items()},
        sorted((one.kind, one.occurred_at, one.epoch, max(one.epoch, 0) * one.n) for one in events),
        sorted(picture.requests),
        {zap: [entry.value.category for entry in one.triages] for zap, one in picture.casualties.items()},
    )


def store(db: Connection, parts: Sequence[Sequence[tuple[int, float]]]) -> object:
    """A mission of its own hears the messages of these numbers, a batch a part; the state that results."""
    mission = f"m{next(_story)}"
    with db:
        missions.open_mission(db, Mission(mission, "Test", MissionKind.EXERCISE, Profile()), THEN)
    names = {name: f"{name}-{mission}" for name in "ab"}
    enrolled = {name: Enrolment(mission) for name in names.values()}
    for part in parts:
        batch = []
        for which, delay_s in part:
            name, channel, fields = MESSAGES[which]
            spoken = {**fields, "vehicle": names["b"]} if "vehicle" in fields else fields
            batch.append(told(names[name], channel, delay_s, **spoken))
        if batch:
            intake.take(db, batch, enrolled, {})
    return state(db, mission)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(len(MESSAGES))),
    again=st.lists(st.integers(0, len(MESSAGES) - 1), max_size=12),
    cuts=st.sets(st.integers(0, len(MESSAGES) + 12), max_size=6),
    delays=st.lists(st.floats(0, 250_000), min_size=8, max_size=8),
)
def test_any_order_repetition_delay_and_split_gives_the_same_state(
    db: Connection, order: list[int], again: list[int], cuts: set[int], delays: list[float]
) -> None:
    plain = store(db, [[(which, 0.0)] for which in range(len(MESSAGES))])
    came = [(which, delays[place % 8]) for place, which in enumerate([*order, *again])]
    borders = [0, *sorted(cut for cut in cuts if cut < len(came)), len(came)]
    assert store(db, [came[start:end] for start, end in itertools.pairwise(borders)]) == plain
    assert len(plain[0]) == 8


def test_a_number_used_twice_is_refused_in_the_same_and_in_a_later_batch(db: Connection) -> None:
    with db:
        missions.open_mission(db, Mission("m", "Test", MissionKind.EXERCISE, Profile()), THEN)
    enrolled = {"a": Enrolment("m")}
    first = {"epoch": 1, "n": 7, "at": at(0), "lon": 18, "lat": 4}
    moved = told("a", "report", **{**first, "lon": 19})
    later = told("a", "report", **{**first, "at": at(1)})
    quicker = told("a", "report", **first, speed=1)
    alert = told("a", "event", **{**first, "kind": "alert_raised", "who": "p", "what": "w", "how_many": 1})
    same = intake.take(db, [told("a", "report", **first), moved, told("a", "report", **first)], enrolled, {})
    assert (same["a", 1].stored, same["a", 1].refused) == ({7}, {7: "number reused"})
    for other in (moved, later, quicker, alert):
        again = intake.take(db, [other], enrolled, {})
        assert (again["a", 1].stored, again["a", 1].refused) == (set(), {7: "number reused"})
    resent = intake.take(db, [told("a", "report", 5, **first, sent=at(9))], enrolled, {})
    assert (resent["a", 1].stored, resent["a", 1].refused) == ({7}, {})
    with db:
        assert len(fixes.reports(db, "a", 10)) == 1
        assert sum(asides.counts(db).values()) == 4


def test_an_event_under_the_number_of_another_is_refused(db: Connection) -> None:
    with db:
        missions.open_mission(db, Mission("m", "Test", MissionKind.EXERCISE, Profile()), THEN)
    enrolled = {"a": Enrolment("m")}
    event = {"epoch": 1, "n": 2**63 - 1, "at": at(0), "kind": "vehicle_status_changed", "state": "available"}
    other = told("a", "event", **{**event, "state": "to_pickup"})
    for message, stored in (
        (told("a", "event", **event), True),
        (other, False),
        (told("a", "event", **event), True),
    ):
        receipt = intake.take(db, [message], enrolled, {})["a", 1]
        assert (bool(receipt.stored), bool(receipt.refused)) == (stored, not stored)
    with db:
        assert len(log.read(db, "m", kinds=["vehicle_status_changed"])) == 1


def test_a_resent_report_without_number_does_not_move_the_mark(db: Connection) -> None:
    """Its clock is ahead, so it counts as made when it came; the second coming is no news."""
    with db:
        missions.open_mission(db, Mission("m", "Test", MissionKind.EXERCISE, Profile()), THEN)
    enrolled = {"a": Enrolment("m")}
    ahead = {"at": "2026-12-24T00:00:00Z", "lon": 1, "lat": 1}
    for message in (told("a", "report", 0, **ahead), told("a", "report", 10, at=at(86_405), lon=2, lat=2),
                    told("a", "report", 20, **ahead)):  # fmt: skip
        intake.take(db, [message], enrolled, {})
    with db:
        assert fixes.latest(db, "m")["a"].lon == 2
        assert len(fixes.reports(db, "a", 10)) == 2


def test_two_processes_on_one_shared_subscription_store_exactly_once(
    broker: Broker, database_url: str
) -> None:
    db = connect(database_url, autocommit=True)
    missions.open_mission(db, Mission("m", "Test", MissionKind.EXERCISE, Profile()), THEN)
    parts = [Ingest(database_url, broker.url("casevac-ingest"), number=k, of=2) for k in (1, 2)]
    ready = [threading.Event() for _ in parts]
    threads = [
        threading.Thread(target=part.run, args=(at_work.set,))
        for part, at_work in zip(parts, ready, strict=True)
    ]
    for thread in threads:
        thread.start()
    assert all(one.wait(60) for one in ready)
    names = [f"trk-{k}" for k in range(4)]
    for name in names:
        missions.enrol(db, "m", name, None, THEN)
    passwords = broker.add_devices(names)
    trackers = [Listener(name, passwords[name], broker.port) for name in names]
    now = datetime.now(UTC).isoformat()
    for n in range(1, 301):
        for tracker in trackers:
            for _ in range(2 if n % 5 == 0 else 1):
                tracker.send("report", {"epoch": 1, "n": n, "at": now, "lon": n / 10, "lat": 4})
            if n % 50 == 0:
                move = {"kind": "vehicle_status_changed", "state": "available"}
                tracker.send("event", {"epoch": 2, "n": n, "at": now, **move})
    assert until(lambda: all(tracker.stored() == set(range(1, 301)) for tracker in trackers), 120)
    assert until(lambda: len(log.read(db, "m", kinds=["vehicle_status_changed"])) == 24)
    for tracker in trackers:
        tracker.close()
        assert len(fixes.reports(db, tracker.name, 1000)) == 306
    for part in parts:
        part.stop()
    for thread in threads:
        thread.join(60)
    shares = [part.stages.snapshot()["offered"] for part in parts]
    assert all(isinstance(share, int) and share > 100 for share in shares)
    db.close()


def done_with(ingest: Ingest) -> int:
    """How many messages are stored or let go."""
    told = ingest.stages.snapshot()
    return sum(told[name] for name in ("stored", "limited"))


def test_a_flood_of_one_device_does_not_delay_another(broker: Broker, database_url: str) -> None:
    """Both wait at the broker when ingest begins: the quiet one need not wait until the flood is stored."""
    db = connect(database_url, autocommit=True)
    missions.open_mission(db, Mission("m", "Test", MissionKind.EXERCISE, Profile()), THEN)
    names = ["flood", "quiet"]
    for name in names:
        missions.enrol(db, "m", name, None, THEN)
    first = Ingest(database_url, broker.url("casevac-ingest"))
    ready = threading.Event()
    thread = threading.Thread(target=first.run, args=(ready.set,))
    thread.start()
    assert ready.wait(60)
    first.stop()
    thread.join(60)
    assert not thread.is_alive()  # its session stays: the broker keeps what comes now
    passwords = broker.add_devices(names)
    flood, quiet = (Listener(name, passwords[name], broker.port) for name in names)
    now = datetime.now(UTC).isoformat()
    for n in range(1, 20_001):
        flood.send("report", {"epoch": 1, "n": n, "at": now, "lon": 18, "lat": 4})
    assert until(flood.sent_all, 120)
    for n in range(1, 11):
        quiet.send("report", {"epoch": 1, "n": n, "at": now, "lon": 19, "lat": 4})
    second = Ingest(database_url, broker.url("casevac-ingest"))
    thread = threading.Thread(target=second.run, args=(lambda: None,))
    thread.start()
    assert until(lambda: quiet.stored() == set(range(1, 11)), 120)
    assert until(lambda: done_with(second) == 20_010, 120)  # all that the broker kept
    second.stop()
    thread.join(60)
    limited = second.stages.snapshot()["limited_devices"]
    kept = len(fixes.reports(db, "flood", 30_000))
    assert limited == {"flood": 20_000 - kept}
    assert kept < 20_000
    assert until(lambda: len(flood.stored()) == kept)
    for one in (flood, quiet):
        one.close()
    db.close()


def test_events_are_stored_while_positions_flood(door: Door) -> None:
    tracker = door.enrol("trk-1")
    now = datetime.now(UTC).isoformat()
    for n in range(1, 901):
        tracker.send("report", {"epoch": 1, "n": n, "at": now, "lon": 18, "lat": 4})
    alert = {"kind": "alert_raised", "who": "p", "what": "mine", "how_many": 1, "lon": 1, "lat": 2}
    tracker.send("event", {"epoch": 2, "n": 1, "at": now, **alert})
    assert until(
        lambda: any(1 in receipt["stored"] and receipt["epoch"] == 2 for receipt in tracker.receipts)
    )
    assert until(lambda: len(tracker.stored()) == 900)

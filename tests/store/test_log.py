"""The log: order of commit, no late commit skipped, append-only, idempotent, one chain a vehicle."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import psycopg2
import pytest

from casevac.errors import AlreadyTasked, NotPossible, StoreUnreachable, Unknown
from casevac.events import (
    AlertRaised,
    ChainPlanned,
    Event,
    TaskCancelled,
    TaskDeclined,
    TaskFinished,
    VehicleTasked,
)
from casevac.mission import Mission, Profile
from casevac.store import log, missions, pseudonyms
from casevac.store.connection import Connection, connect
from casevac.terms import MissionKind, Source
from casevac.zap import is_zap

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


@pytest.fixture
def db(database_url: str) -> Iterator[Connection]:
    connection = connect(database_url)
    with connection:
        missions.open_mission(connection, Mission("m", "Test", MissionKind.EXERCISE, Profile()), NOW)
    yield connection
    connection.close()


def event(body: object, key: str | None = None) -> Event:
    return Event(
        mission="m", body=body, actor="t", source=Source.PAGE, occurred_at=NOW, received_at=NOW, key=key
    )


def finished(task: str) -> Event:
    return event(TaskFinished(task=task))


def test_events_come_back_as_they_were_appended(db: Connection) -> None:
    with db:
        stored = log.append(db, [finished("a"), finished("b")])
    again = log.read(db, "m", after=stored[0].seq - 1)
    assert [one.body for one in again] == [TaskFinished(task="a"), TaskFinished(task="b")]
    assert again == stored
    assert again[0].recorded_at is not None


def test_a_late_commit_is_never_skipped(db: Connection, database_url: str) -> None:
    """The second appender must not get a number that a reader could see before the first commits."""
    early, reader = connect(database_url), connect(database_url, autocommit=True)
    start = log.head(reader)
    log.append(early, [finished("early, commits late")])
    done = threading.Event()

    def append_and_commit() -> None:
        with db:
            log.append(db, [finished("late, would commit first")])
        done.set()

    other = threading.Thread(target=append_and_commit)
    other.start()
    seen: list[str] = []
    cursor = start

    def tail() -> None:
        nonlocal cursor
        for one in log.read(reader, "m", after=cursor):
            cursor = one.seq or 0
            seen.append(one.body.task)

    for _ in range(20):
        tail()
        done.wait(0.02)
    assert not done.is_set()
    assert seen == []
    early.commit()
    other.join(60)
    tail()
    assert seen == ["early, commits late", "late, would commit first"]


def test_a_rolled_back_append_leaves_a_gap_and_nothing_else(db: Connection) -> None:
    log.append(db, [finished("never")])
    db.rollback()
    with db:
        (stored,) = log.append(db, [finished("kept")])
    assert [one.body.task for one in log.read(db, "m", kinds=["task_finished"])] == ["kept"]
    assert stored.seq > 2


def test_many_interleaved_writers_lose_nothing(db: Connection, database_url: str) -> None:
    seen: list[int] = []
    writers = 4
    each = 40

    def write(name: int) -> None:
        mine = connect(database_url)
        for turn in range(each):
            if turn % 5 == 0:
                log.append(mine, [finished("rolled back")])
                mine.rollback()
            with mine:
                log.append(mine, [finished(f"{name}-{turn}")])
        mine.close()

    threads = [threading.Thread(target=write, args=(name,)) for name in range(writers)]
    for thread in threads:
        thread.start()
    cursor = log.head(db)
    start = cursor
    while any(thread.is_alive() for thread in threads) or log.read(db, after=cursor):
        for one in log.read(db, after=cursor):
            cursor = one.seq or 0
            seen.append(cursor)
        db.commit()
    stored = [one.seq for one in log.read(db, after=start)]
    assert seen == stored
    assert len(seen) + sum(1 for _ in log.read(db, upto=start, kinds=["task_finished"])) == writers * each


def test_the_same_key_is_stored_once(db: Connection) -> None:
    with db:
        (first,) = log.append(db, [event(TaskFinished(task="a"), key="k")])
        (second,) = log.append(db, [event(TaskFinished(task="other"), key="k")])
    assert second == first


@pytest.mark.parametrize(
    "statement", ["UPDATE events SET actor = 'x'", "DELETE FROM events", "TRUNCATE events"]
)
def test_the_log_is_append_only(db: Connection, statement: str) -> None:
    with pytest.raises(psycopg2.Error, match="append-only"), db:
        db.cursor().execute(statement)


def chain(name: str, vehicle: str, casualty: str) -> list[Event]:
    planned = ChainPlanned(
        chain=name, request="r", decision="d", option="o", facility="f",
        vehicles=(vehicle,), casualties=(casualty,), legs=(),
    )  # fmt: skip
    tasked = VehicleTasked(
        task=f"t-{name}", chain=name, request="r", vehicle=vehicle, casualties=(casualty,), legs=()
    )
    return [event(planned), event(tasked)]


def test_two_coordinators_cannot_task_the_same_vehicle_or_casualty(db: Connection, database_url: str) -> None:
    other = connect(database_url)
    with db:
        log.append(db, chain("c1", "amb-1", "z1"))
    with pytest.raises(AlreadyTasked, match="amb-1"), other:
        log.append(other, chain("c2", "amb-1", "z2"))
    with pytest.raises(AlreadyTasked, match="z1"), other:
        log.append(other, chain("c3", "amb-2", "z1"))
    assert len(log.read(db, kinds=["chain_planned"])) == 1


def test_a_race_of_two_coordinators_has_one_winner(db: Connection, database_url: str) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def coordinate(name: str) -> None:
        mine = connect(database_url)
        start.wait()
        try:
            with mine:
                log.append(mine, chain(name, "amb-1", f"z-{name}"))
            outcomes.append("tasked")
        except AlreadyTasked:
            outcomes.append("refused")

    threads = [threading.Thread(target=coordinate, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["refused", "tasked"]


def test_a_finished_task_frees_its_vehicle(db: Connection) -> None:
    with db:
        log.append(db, chain("c1", "amb-1", "z1"))
        log.append(db, [event(TaskFinished(task="t-c1"))])
        log.append(db, chain("c2", "amb-1", "z2"))
    assert len(log.read(db, kinds=["chain_planned"])) == 2


def test_missions_and_devices(db: Connection) -> None:
    with db:
        missions.open_mission(db, Mission("live", "Live", MissionKind.LIVE, Profile(speed_factor=2)), NOW)
        missions.enrol(db, "m", "trk", None, NOW)
        missions.enrol(db, "m", "trk", None, NOW)
    assert missions.mission(db).id == "live"
    assert missions.mission(db, "live").profile.speed_factor == 2
    assert missions.devices(db) == {"trk": "m"}
    assert len(log.read(db, kinds=["device_enrolled"])) == 1
    with pytest.raises(Unknown, match="no mission 'nowhere'"):
        missions.mission(db, "nowhere")
    with pytest.raises(NotPossible, match="belongs to mission m"), db:
        missions.enrol(db, "live", "trk", None, NOW)


def test_a_device_goes_back_to_its_first_vehicle(db: Connection) -> None:
    for vehicle in ("V1", "V1", "V2", "V2", "V1", None, "V1"):
        with db:
            missions.enrol(db, "m", "trk", vehicle, NOW)
    told = [one.body.vehicle for one in log.read(db, kinds=["device_enrolled"])]
    assert told == ["V1", "V2", "V1", None, "V1"]


def test_a_store_that_does_not_answer_is_named() -> None:
    with pytest.raises(StoreUnreachable, match="nothing is lost"):
        connect("postgresql://nobody@127.0.0.1:1/none")


def test_every_event_survives_the_store_byte_for_byte(db: Connection) -> None:
    body = chain("c", "v", "z")[1].body
    with db:
        (stored,) = log.append(db, [event(body)])
    assert msgspec.json.encode(stored.body) == msgspec.json.encode(body)


def test_a_zap_id_is_never_issued_twice(db: Connection) -> None:
    alert = AlertRaised(who="a", what="b", how_many=1, lon=1, lat=2, request="r", casualties=("ZGDF-7KWT",))
    with db:
        log.append(db, [event(alert)])
        assert not pseudonyms.keep(db, ["ZGDF-7KWT"])
        minted = {pseudonyms.mint(db) for _ in range(200)}
    assert len(minted) == 200
    assert all(is_zap(one) for one in minted)


def test_a_late_word_of_an_old_task_frees_nobody_of_the_new_chain(db: Connection) -> None:
    with db:
        log.append(db, chain("c1", "amb-1", "z1"))
        log.append(db, [event(TaskFinished(task="t-c1"))])
        log.append(db, chain("c2", "amb-1", "z2"))
        log.append(db, [event(TaskFinished(task="t-c1"))])
    with pytest.raises(AlreadyTasked, match="amb-1"), db:
        log.append(db, chain("c3", "amb-1", "z3"))


def test_the_last_finished_task_frees_whom_it_left_behind(db: Connection) -> None:
    with db:
        log.append(db, chain("c1", "amb-1", "z1"))
        log.append(db, [event(TaskFinished(task="t-c1"))])
        log.append(db, chain("c2", "amb-2", "z1"))
    with pytest.raises(AlreadyTasked, match="z1"), db:
        log.append(db, chain("c3", "amb-3", "z1"))


@pytest.mark.parametrize("end", [TaskCancelled(task="t-c1"), TaskDeclined(task="t-c1")])
def test_a_broken_chain_frees_the_vehicle_that_waited_for_its_approval(db: Connection, end: object) -> None:
    planned, tasked = chain("c1", "amb-1", "z1")
    both = event(msgspec.structs.replace(planned.body, vehicles=("amb-1", "heli")))
    with db:
        log.append(db, [both, tasked, event(end)])
        log.append(db, chain("c2", "heli", "z1"))
    assert len(log.read(db, kinds=["chain_planned"])) == 2

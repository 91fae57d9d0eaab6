"""Several processes of ingest share what comes: each message stored once, nothing stranded."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from casevac.mission import Mission, Profile
from casevac.roof.broker import Broker
from casevac.store import fixes, log, missions, trust
from casevac.store.connection import Connection, connect
from casevac.terms import Guarantee, MissionKind
from tests.tracker.listener import Listener, until
from tests.tracker.test_ingest import report
from tests.tracker.test_rights import waits
from tracker.ingest import Ingest
from tracker.leaving import leave

MANY = 60


@pytest.fixture
def db(database_url: str) -> Iterator[Connection]:
    opened = connect(database_url, autocommit=True)
    missions.open_mission(opened, Mission("m", "Test", MissionKind.EXERCISE, Profile()), datetime.now(UTC))
    yield opened
    opened.close()


@pytest.fixture
def listener(db: Connection, broker: Broker) -> Iterator[Callable[[str], Listener]]:
    opened: list[Listener] = []

    def enrol(name: str) -> Listener:
        missions.enrol(db, "m", name, None, datetime.now(UTC))
        opened.append(Listener(name, broker.add_devices([name])[name], broker.port))
        return opened[-1]

    yield enrol
    for one in opened:
        one.close()


@contextmanager
def taking(url: str, broker: Broker, number: int, of: int) -> Iterator[Ingest]:
    """One process's worth of ingest, for the length of a block."""
    ingest = Ingest(url, broker.url("casevac-ingest"), number=number, of=of)
    ready = threading.Event()
    thread = threading.Thread(target=ingest.run, args=(ready.set,))
    thread.start()
    try:
        assert ready.wait(60)
        yield ingest
    finally:
        ingest.stop()
        thread.join(60)
        assert not thread.is_alive()


def unnumbered(i: int) -> dict:
    plain = {name: value for name, value in report(1).items() if name not in ("epoch", "n")}
    return {**plain, "at": (datetime.now(UTC) - timedelta(seconds=i)).isoformat()}


def test_two_share_the_work_and_each_message_is_stored_once(
    database_url: str, db: Connection, broker: Broker, listener: Callable[[str], Listener]
) -> None:
    trackers = [listener(f"trk-{k}") for k in range(4)]
    with taking(database_url, broker, 1, 2) as first, taking(database_url, broker, 2, 2) as second:
        for n in range(1, MANY + 1):
            for one in trackers:
                one.send("report", report(n))
        assert until(lambda: all(len(one.stored()) == MANY for one in trackers))
        shares = [one.stages.snapshot()["reports"] for one in (first, second)]
    assert all(share > 0 for share in shares)
    assert sum(shares) == MANY * len(trackers)
    for one in trackers:
        numbers = sorted(row["n"] for row in fixes.reports(db, one.name, 1000))
        assert numbers == list(range(1, MANY + 1))


def test_who_comes_and_goes_is_told_once_however_many_share(
    database_url: str, db: Connection, broker: Broker, listener: Callable[[str], Listener]
) -> None:
    tracker = listener("trk-1")
    wanted: list[bool] = []
    with taking(database_url, broker, 1, 2), taking(database_url, broker, 2, 2):
        for turn in range(6):
            tracker.send("status", b"online" if turn % 2 == 0 else b"offline")
            wanted.append(turn % 2 == 0)
        states = lambda: [one.body.online for one in log.read(db, kinds=["device_status_changed"])]  # noqa: E731
        assert until(lambda: states() == wanted)


@pytest.mark.parametrize("left", [1, 2])
def test_from_two_to_fewer_nothing_is_stranded(
    left: int, database_url: str, db: Connection, broker: Broker, listener: Callable[[str], Listener]
) -> None:
    """Reports without a number: nobody sends them again."""
    tracker = listener("trk-1")
    with taking(database_url, broker, 1, 2), taking(database_url, broker, 2, 2):
        pass
    with taking(database_url, broker, left, 2):
        for i in range(MANY):
            tracker.send("report", unnumbered(i))
        tracker.send("report", report(1))
        tracker.send("report", report(2))
        assert until(tracker.sent_all)
        assert until(tracker.stored)
    found = leave(database_url, broker.url("casevac-ingest"), 3 - left)
    assert until(lambda: len(fixes.reports(db, "trk-1", 1000)) == MANY + 2)
    assert found > 0  # the broker went on giving the absent one its share
    assert leave(database_url, broker.url("casevac-ingest"), 3 - left) == 0
    with taking(database_url, broker, 1, 1) as alone:
        for n in range(3, MANY):
            tracker.send("report", report(n))
        assert until(lambda: len(tracker.stored()) == MANY - 1)
        assert alone.stages.snapshot()["duplicates"] == 0


def test_what_is_brought_home_minds_who_was_cut_off_meanwhile(
    database_url: str, db: Connection, broker: Broker, listener: Callable[[str], Listener]
) -> None:
    """The rights of a batch are read once; it waits for a lock while they change."""
    kept, cut = listener("trk-1"), listener("trk-2")
    with taking(database_url, broker, 1, 1):
        pass
    for one in (kept, cut):
        one.send("report", report(1))
        assert until(one.sent_all)
    url, found = broker.url("casevac-ingest"), []
    with closing(connect(database_url)) as holder:
        holder.cursor().execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
        thread = threading.Thread(target=lambda: found.append(leave(database_url, url, 1)))
        thread.start()
        assert until(lambda: waits(db, "relation"))
        with db.cursor() as cursor:
            cursor.execute("UPDATE devices SET revoked_at = now() WHERE name = 'trk-2'")
        holder.rollback()
        thread.join(60)
    assert found and found[0] >= 2
    assert until(lambda: kept.stored() == {1} and cut.refused() == {1: "device trk-2 is revoked"})
    assert set(fixes.latest(db, "m")) == {"trk-1"}


def test_what_is_brought_home_was_kept_by_the_broker_and_counts_as_such(
    database_url: str, db: Connection, broker: Broker, listener: Callable[[str], Listener]
) -> None:
    tracker = listener("trk-1")
    with taking(database_url, broker, 1, 2), taking(database_url, broker, 2, 2):
        pass
    for i in range(MANY):
        tracker.send("report", unnumbered(i))
    assert until(tracker.sent_all)
    url = broker.url("casevac-ingest")
    assert sum(leave(database_url, url, number) for number in (1, 2)) > 0
    assert trust.kept(db)["trk-1"].guarantee == Guarantee.B

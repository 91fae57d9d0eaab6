"""Rights hold at the commit, not before it; what the store chokes on is set aside; days are made ahead."""

import json
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest

from casevac.store import asides, fixes, log, logins, missions
from casevac.store.connection import Connection, connect
from tests.tracker.conftest import Door
from tests.tracker.listener import until
from tests.tracker.test_ingest import report
from tracker import intake, reread
from tracker.wire import Message


def told(device: str, n: int, channel: str = "report", **change: object) -> Message:
    raw = json.dumps(report(n, **change)).encode()
    return Message(f"casevac/v1/{device}/{channel}", raw, datetime.now(UTC))


def waits(db: Connection, what: str) -> bool:
    """True while somebody waits for a lock of this kind."""
    with db.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = %s)", (what,))
        row = cursor.fetchone()
    return bool(row and row[0])


def test_a_device_cut_off_after_the_rights_were_read_is_not_stored(door: Door) -> None:
    for name in ("amb-1", "amb-2"):
        missions.enrol(door.db, "m", name, None, datetime.now(UTC))
    with closing(connect(door.database_url)) as db:
        before = missions.enrolments(db)
        db.commit()
        logins.revoke(door.db, "amb-1", datetime.now(UTC), "t")
        with pytest.raises(intake.RightsChanged):
            intake.take(db, [told("amb-1", 1), told("amb-2", 1)], before, {})
        assert fixes.latest(db, "m") == {}
        after = missions.enrolments(db)
        db.commit()
        receipts = intake.take(db, [told("amb-1", 1), told("amb-2", 1)], after, {})
        assert receipts["amb-1", 1].refused == {1: "device amb-1 is revoked"}
        assert set(fixes.latest(db, "m")) == {"amb-2"}
        logins.admitted(door.db, "amb-1", None)
        with pytest.raises(intake.RightsChanged):  # nor is one refused that was let in again
            intake.take(db, [told("amb-1", 2)], after, {})


def test_cutting_off_waits_for_the_batch_at_hand_and_nothing_is_stored_after_it(door: Door) -> None:
    amb = door.enrol("amb-1")
    amb.send("report", report(1))
    assert until(lambda: 1 in amb.stored())
    holder, cutter = connect(door.database_url), connect(door.database_url)
    holder.cursor().execute("LOCK TABLE seen IN ACCESS EXCLUSIVE MODE")
    amb.send("report", report(2))
    assert until(lambda: waits(door.db, "relation"))  # the batch is in the midst of its transaction

    def cut_off() -> None:
        with cutter:
            logins.revoke(cutter, "amb-1", datetime.now(UTC), "t")

    thread = threading.Thread(target=cut_off)
    thread.start()
    assert until(lambda: waits(door.db, "advisory") or not thread.is_alive())
    assert thread.is_alive()
    holder.rollback()
    thread.join(20)
    assert not thread.is_alive()
    assert until(lambda: 2 in amb.stored())
    amb.send("report", report(3))
    assert until(lambda: amb.refused().get(3) == "device amb-1 is revoked")
    (cut,) = [one for one in log.read(door.db, "m", kinds=["device_enrolled"]) if one.body.revoked]
    assert fixes.latest(door.db, "m")["amb-1"].n == 2
    assert cut.seq is not None
    holder.close()
    cutter.close()


def test_reading_again_minds_who_was_cut_off_meanwhile(door: Door) -> None:
    """The rights of a page are read once; its messages wait for a lock while they change."""
    with closing(connect(door.database_url)) as db, closing(connect(door.database_url)) as holder:
        intake.take(db, [told("amb-1", 1), told("amb-2", 1)], {}, {})
        for name in ("amb-1", "amb-2"):
            missions.enrol(door.db, "m", name, None, datetime.now(UTC))
        done: list[reread.Reread] = []
        holder.cursor().execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
        thread = threading.Thread(target=lambda: done.append(reread.again(db, asides.Wanted())))
        thread.start()
        assert until(lambda: waits(door.db, "relation"))
        with door.db.cursor() as cursor:
            cursor.execute("UPDATE devices SET revoked_at = now() WHERE name = 'amb-1'")
        holder.rollback()
        thread.join(20)
        assert done[0].stored == 1
        assert set(fixes.latest(door.db, "m")) == {"amb-2"}


def test_an_event_that_breaks_the_question_whose_task_it_is_is_set_aside(door: Door) -> None:
    """No field of the dialect can do it, so the store is made to refuse the question itself."""
    with door.db.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION choke() RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN"
            " IF current_query() LIKE '%vehicle_tasked%T-POISON%' THEN"
            "  RAISE EXCEPTION 'chokes' USING ERRCODE = '22000'; END IF; RETURN true; END $$;"
            "ALTER TABLE events RENAME TO kept_events;"
            "CREATE VIEW events AS SELECT * FROM kept_events WHERE choke()"
        )
    amb = door.enrol("amb-1")
    for n, task in enumerate(("T-1", "T-POISON", "T-2"), start=1):
        amb.send("event", {**report(n), "kind": "task_accepted", "task": task})
    assert until(lambda: amb.stored() == {1, 3} and 2 in amb.refused())
    assert amb.refused()[2] == "the store refused it: chokes"


def test_what_came_before_without_a_number_is_a_duplicate_not_stored(door: Door) -> None:
    plain = door.enrol("plain")
    at = datetime.now(UTC) - timedelta(minutes=1)
    old = {"at": at.isoformat(), "lon": 18.5, "lat": 4.3}

    def counts() -> dict[str, object]:
        return {name: door.ingest.stages.snapshot()[name] for name in ("reports", "duplicates")}

    plain.send("report", old)
    assert until(lambda: counts() == {"reports": 1, "duplicates": 0})
    plain.send("report", old)
    assert until(lambda: counts() == {"reports": 1, "duplicates": 1})
    plain.send("report", {**old, "lon": 18.6})
    assert until(lambda: counts() == {"reports": 2, "duplicates": 1})


def test_a_withheld_receipt_is_not_counted(door: Door) -> None:
    quiet, other = door.enrol("quiet"), door.enrol("other")
    missions.withhold(door.db, "quiet", datetime.now(UTC) + timedelta(minutes=5))
    other.send("event", {**report(1), "kind": "alert_raised", "who": "p", "what": "mine", "how_many": 1})
    assert until(lambda: 1 in other.stored())  # an event makes ingest read all rights anew
    assert until(lambda: door.ingest.stages.snapshot()["batches"] == 1)
    quiet.send("event", {**report(1), "kind": "alert_raised", "who": "p", "what": "mine", "how_many": 1})
    assert until(lambda: len(log.read(door.db, "m", kinds=["alert_raised"])) == 2)
    assert until(lambda: door.ingest.stages.snapshot()["batches"] == 2)
    assert quiet.receipts == []
    assert door.ingest.stages.snapshot()["receipts"] == 1


def test_the_coming_days_have_their_partitions_before_any_report_of_them(door: Door) -> None:
    today = datetime.now(UTC).date()
    names = [f"positions_{today + timedelta(days=ahead):%Y%m%d}" for ahead in range(4)]

    def there() -> bool:
        with door.db.cursor() as cursor:
            cursor.execute("SELECT bool_and(to_regclass(name) IS NOT NULL) FROM unnest(%s) name", (names,))
            row = cursor.fetchone()
        return bool(row and row[0])

    assert until(there)
    assert fixes.latest(door.db, "m") == {}


def test_days_are_made_without_waiting_before_those_who_store(door: Door) -> None:
    with closing(connect(door.database_url)) as reader, closing(connect(door.database_url)) as db:
        reader.cursor().execute("SELECT count(*) FROM positions")  # as an export that takes long
        with pytest.raises(psycopg2.errors.LockNotAvailable), db:
            fixes.make_days(db, datetime.now(UTC).date() + timedelta(days=4))
        reader.rollback()
        with db:
            fixes.make_days(db, datetime.now(UTC).date() + timedelta(days=4))


def test_a_lock_that_is_not_given_is_an_outage_and_nothing_is_lost(door: Door) -> None:
    amb = door.enrol("amb-1")
    with door.db.cursor() as cursor, closing(connect(door.database_url)) as holder:
        cursor.execute("SELECT current_database()")
        (name,) = cursor.fetchone() or ("",)
        cursor.execute(f"ALTER DATABASE {name} SET lock_timeout = '200ms'")
        holder.cursor().execute("LOCK TABLE positions IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid NOT IN (%s, %s)",
            (name, door.db.info.backend_pid, holder.info.backend_pid),
        )
        for n in range(1, 40):
            amb.send("report", report(n))
        assert until(lambda: "lock timeout" in str(door.ingest.stages.snapshot()["fault"]))
        assert amb.stored() == set()
        holder.rollback()
        assert until(lambda: amb.stored() == set(range(1, 40)))
    assert len(fixes.reports(door.db, "amb-1", 100)) == 39

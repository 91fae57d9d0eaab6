"""What was set aside is read again after a fix: stored once, marked, never deleted."""

import json
import threading
from datetime import UTC, datetime

from click.testing import CliRunner

from casevac.mission import Rights
from casevac.roof.cli import main
from casevac.store import asides, fixes, log, logins, missions
from casevac.store.asides import Wanted
from casevac.store.connection import connect
from casevac.terms import Role
from tests.tracker.conftest import Door
from tests.tracker.listener import Listener, until
from tests.tracker.test_ingest import report
from tracker.batch import pack, whole
from tracker.reread import again

ALERT = {"kind": "alert_raised", "who": "p", "what": "mine", "how_many": 1}


def stranger(door: Door, name: str) -> Listener:
    """A device with a password that nobody has enrolled."""
    return Listener(name, door.broker.add_devices([name])[name], door.broker.port)


def enrol(door: Door, name: str, role: Role = Role.TRACKER) -> None:
    missions.enrol(door.db, "m", name, None, datetime.now(UTC), Rights(role))


def test_after_the_device_is_enrolled_its_messages_are_stored_exactly_once(door: Door) -> None:
    early = stranger(door, "trk-9")
    for n in (1, 2, 3):
        early.send("report", report(n))
    early.send("event", {**report(4), **ALERT})
    early.send("report", b"{")
    assert until(lambda: sum(asides.counts(door.db).values()) == 5)
    enrol(door, "trk-9")

    dry = again(door.db, Wanted(), dry_run=True)
    assert (dry.stored, dict(+dry.refused)) == (4, {"unreadable": 1})
    assert fixes.reports(door.db, "trk-9", 10) == []

    real = again(door.db, Wanted())
    assert (real.stored, dict(+real.refused)) == (4, {"unreadable": 1})
    assert sorted(row["n"] for row in fixes.reports(door.db, "trk-9", 10)) == [1, 2, 3, 4]
    assert len(log.read(door.db, kinds=["alert_raised"])) == 1
    assert [one.reason for one in asides.listed(door.db, Wanted())] != []
    assert asides.counts(door.db) == {"unknown_device": 1}
    resolved = asides.listed(door.db, Wanted(resolved=True))
    assert len(resolved) == 4
    assert all(one.resolved_at and one.times == 1 for one in resolved)
    assert again(door.db, Wanted()).stored == 0
    early.send("report", report(5))  # and its door goes on
    assert until(lambda: 5 in early.stored())
    early.close()


def test_a_batch_is_read_again_as_its_reports_and_a_bad_row_of_it_stays(door: Door) -> None:
    early = stranger(door, "trk-9")
    at = "2026-11-22T05:00:00Z"
    rows = [{"n": n, "at": at, "lon": 18.5, "lat": 91.0 if n == 7 else 4.3} for n in range(1, 21)]
    early.send("batch", pack(1, [whole(json.dumps(row).encode()) for row in rows]))
    assert until(lambda: asides.counts(door.db) == {"unknown_device": 1})
    enrol(door, "trk-9")
    assert again(door.db, Wanted(), dry_run=True).stored == 1
    assert again(door.db, Wanted()).stored == 1
    numbers = sorted(row["n"] for row in fixes.reports(door.db, "trk-9", 100))
    assert numbers == [n for n in range(1, 21) if n != 7]
    (bad,) = asides.listed(door.db, Wanted())
    assert (bad.word, bad.topic) == ("unreadable", "casevac/v1/trk-9/report")
    early.close()


def test_many_replays_beside_a_resending_device_store_each_once(door: Door) -> None:
    early = stranger(door, "trk-9")
    sent = [report(n) for n in range(1, 401)]
    for one in sent:
        early.send("report", one)
    assert until(lambda: sum(asides.counts(door.db).values()) == 400)
    enrol(door, "trk-9")

    def replay() -> None:
        db = connect(door.database_url)
        again(db, Wanted(device="trk-9"))
        db.close()

    threads = [threading.Thread(target=replay) for _ in range(3)]
    for thread in threads:
        thread.start()
    for one in sent:
        early.send("report", one)
    for thread in threads:
        thread.join()
    assert until(lambda: len(early.stored()) == 400)
    assert sorted(row["n"] for row in fixes.reports(door.db, "trk-9", 1000)) == list(range(1, 401))
    again(door.db, Wanted())
    assert sum(asides.counts(door.db).values()) == 0
    early.close()


def test_what_stays_refused_stays_with_its_reason_and_a_taken_number_is_not_tried(door: Door) -> None:
    tracker = door.enrol("brd-1")
    tracker.send("report", report(1))
    assert until(lambda: 1 in tracker.stored())
    tracker.send("report", report(1, lon=19))
    order = {**report(2), "kind": "launch_approved", "chain": "T-1", "authority": "me"}
    tracker.send("event", order)
    assert until(lambda: len(tracker.refused()) == 2)
    told = again(door.db, Wanted())
    assert (told.stored, dict(+told.refused)) == (0, {"number_reused": 1, "not_allowed": 1})
    assert [one.times for one in asides.listed(door.db, Wanted())] == [1, 1]

    enrol(door, "brd-1", Role.COORDINATOR)
    told = again(door.db, Wanted(device="brd-1", reason="not_allowed"))
    assert (told.stored, dict(+told.refused)) == (1, {})
    assert len(log.read(door.db, kinds=["launch_approved"])) == 1
    assert asides.counts(door.db) == {"number_reused": 1}


def test_what_came_while_a_device_was_cut_off_is_read_only_when_it_is_asked_for(door: Door) -> None:
    """Who sent it is not known: the device may have been in other hands."""
    enrol(door, "trk-1")
    with door.db:
        logins.revoke(door.db, "trk-1", datetime.now(UTC), "test")
    thief = stranger(door, "trk-1")
    thief.send("report", report(1))
    assert until(lambda: asides.counts(door.db) == {"revoked": 1})
    with door.db:
        logins.admitted(door.db, "trk-1", None)
    for wanted in (Wanted(), Wanted(device="trk-1")):
        told = again(door.db, wanted)
        assert (told.stored, dict(+told.refused)) == (0, {"revoked": 1})
    assert fixes.reports(door.db, "trk-1", 10) == []
    assert again(door.db, Wanted(reason="revoked")).stored == 1
    thief.close()


def test_the_same_message_that_is_refused_once_more_waits_again(door: Door) -> None:
    poison = asides.Aside("casevac/v1/x/report", "x", None, "not JSON", b"{")
    asides.set_aside(door.db, [poison])
    asides.resolve(door.db, [one.id for one in asides.listed(door.db, Wanted())])
    assert sum(asides.counts(door.db).values()) == 0
    asides.set_aside(door.db, [poison])
    (one,) = asides.listed(door.db, Wanted())
    assert (one.times, one.resolved_at) == (2, None)


def test_on_the_command_line(door: Door) -> None:
    early = stranger(door, "trk-9")
    early.send("report", report(1))
    early.send("report", b"\x1b[31m[/red]")
    assert until(lambda: sum(asides.counts(door.db).values()) == 2)
    early.close()
    enrol(door, "trk-9")
    here = {"CASEVAC_DATABASE_URL": door.database_url}

    def run(*words: str) -> str:
        done = CliRunner().invoke(main, list(words), env=here)
        assert done.exit_code == 0, done.output
        return done.output

    listed = json.loads(run("aside", "list", "--json"))
    assert {one["reason"] for one in listed} == {"unknown_device"}
    assert "1b 5b 33" in run("aside", "list", "--device", "trk-9")
    assert "unknown_device" in run("aside", "show", str(listed[0]["id"]))
    assert run("ingest", "--replay-rejects", "--device", "trk-8") == "0 are read and stored.\n"
    said = run("ingest", "--replay-rejects", "--reason", "unknown_device", "--dry-run")
    assert said == "1 would be read and stored.\n1 stay set aside: unreadable\n"
    assert run("ingest", "--replay-rejects") == said.replace("would be", "are")
    assert len(json.loads(run("aside", "list", "--resolved", "--json"))) == 1
    for wrong in (["ingest", "--dry-run"], ["ingest", "--number", "2"], ["aside", "show", "99"]):
        assert CliRunner().invoke(main, wrong, env=here).exit_code != 0

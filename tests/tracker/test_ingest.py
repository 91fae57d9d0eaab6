"""The field door with a real broker and a real PostGIS: stored, then receipted; never neither."""

import json
import subprocess
import threading
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest

from casevac.mission import Mission, Profile
from casevac.roof.ports import next_free
from casevac.store import asides, fixes, log, missions
from casevac.store.connection import connect
from casevac.terms import MissionKind
from tests.tracker.conftest import Door
from tests.tracker.listener import Listener, until
from tracker.ingest import Ingest
from tracker.tasking import Tasking


def report(n: int, **change: object) -> dict:
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return {"epoch": 1, "n": n, "at": at, "lon": 18.55, "lat": 4.36, **change}


def test_one_report_is_one_row_and_a_receipt_that_comes_after_the_row(door: Door) -> None:
    """With mosquitto_pub and mosquitto_sub, as a stranger would."""
    tracker = door.enrol("trk-1")
    tracker.close()
    login = ["-h", "127.0.0.1", "-p", str(door.broker.port), "-u", "trk-1", "-P", tracker.password]
    body = json.dumps(report(1))
    for _ in range(2):
        listen = subprocess.Popen(
            ["mosquitto_rr", *login, "-t", "casevac/v1/trk-1/report", "-e", "casevac/v1/trk-1/receipt",
             "-m", body, "-q", "1", "-W", "15"],
            stdout=subprocess.PIPE,
        )  # fmt: skip
        receipt = json.loads(listen.communicate(timeout=20)[0])
        assert receipt["stored"] == [1]
        assert receipt["refused"] == []
        assert len(fixes.reports(door.db, "trk-1", 10)) == 1


def test_the_same_number_with_another_body_is_set_aside_and_refused(door: Door) -> None:
    tracker = door.enrol("trk-1")
    tracker.send("report", report(7))
    assert until(lambda: 7 in tracker.stored())
    tracker.send("report", report(7, lon=19))
    assert until(lambda: 7 in tracker.refused())
    assert tracker.refused()[7] == "number reused"
    assert len(fixes.reports(door.db, "trk-1", 10)) == 1
    assert asides.count(door.db) == 1


def test_poison_disturbs_nobody(door: Door) -> None:
    tracker, other = door.enrol("trk-1"), door.enrol("trk-2")
    for poison in (b"", b"{", b"[" * 50_000, b"\xff" * 1000, b"x" * (1 << 20)):
        tracker.send("report", poison)
        tracker.send("event", poison)
    tracker.send("report", report(1, lat=91))
    tracker.send("report", report(2))
    other.send("report", report(1))
    assert until(lambda: 2 in tracker.stored() and 1 in other.stored())
    assert "lat" in tracker.refused()[1]
    assert until(lambda: asides.count(door.db) == 11)


def test_events_and_reports_share_one_counter(door: Door) -> None:
    tracker = door.enrol("trk-1")
    at = report(0)["at"]
    alert = {
        "epoch": 1, "n": 2, "at": at, "kind": "alert_raised", "who": "PATROL 3", "what": "mine, two down",
        "how_many": 2, "lon": 18.6, "lat": 4.4,
    }  # fmt: skip
    tracker.send("report", report(1))
    tracker.send("event", alert)
    tracker.send("event", alert)
    tracker.send("report", report(2))
    assert until(lambda: tracker.stored() == {1, 2} and 2 in tracker.refused())
    (stored,) = log.read(door.db, "m", kinds=["alert_raised"])
    assert stored.body.who == "PATROL 3"
    assert len(set(stored.body.casualties)) == 2
    assert stored.body.request
    assert (stored.actor, stored.source, stored.key) == ("trk-1", "device", "trk-1:1:2")


def test_a_report_without_number_is_stored_once(door: Door) -> None:
    tracker = door.enrol("trk-1")
    plain = {name: value for name, value in report(1).items() if name not in ("epoch", "n")}
    for _ in range(3):
        tracker.send("report", plain)
    tracker.send("report", report(9))
    assert until(lambda: 9 in tracker.stored())
    assert len(fixes.reports(door.db, "trk-1", 10)) == 2


def test_the_last_will_is_an_event_once_a_change(door: Door) -> None:
    tracker = door.enrol("trk-1")
    for payload in (b'{"online":true}', b'{"online":true}', b"offline", b"offline", b"online"):
        tracker.send("status", payload)
        tracker.send("report", report(len(tracker.heard) + 1))
    states = lambda: [one.body.online for one in log.read(door.db, kinds=["device_status_changed"])]  # noqa: E731
    assert until(lambda: states() == [True, False, True])


def test_nothing_is_acknowledged_while_the_store_is_away_and_all_is_stored_after(door: Door) -> None:
    tracker = door.enrol("trk-1")
    tracker.send("report", report(1))
    assert until(lambda: 1 in tracker.stored())
    name = door.db.info.dbname
    admin = psycopg2.connect(door.database_url.replace(f"/{name}", "/postgres"))
    admin.autocommit = True
    cursor = admin.cursor()
    cursor.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
    for n in range(2, 30):
        tracker.send("report", report(n))
    assert not until(lambda: len(tracker.stored()) > 1, seconds=2)
    cursor.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
    assert until(lambda: tracker.stored() == set(range(1, 30)))
    fresh = psycopg2.connect(door.database_url)
    assert len(fixes.reports(fresh, "trk-1", 100)) == 29
    fresh.close()
    admin.close()


def test_what_the_store_itself_refuses_is_found_and_the_rest_is_stored(door: Door) -> None:
    """A check that the wire does not know: PostgreSQL refuses one row of a batch."""
    with door.db.cursor() as cursor:
        cursor.execute("ALTER TABLE positions ADD CONSTRAINT no_nines CHECK (altitude IS DISTINCT FROM 999)")
    tracker = door.enrol("trk-1")
    for n in range(1, 12):
        tracker.send("report", report(n, alt=999 if n == 5 else 100))
    assert until(lambda: tracker.stored() == set(range(1, 12)) - {5} and 5 in tracker.refused())
    assert "the store refused it" in tracker.refused()[5]


@pytest.mark.parametrize("clock", ["2026-11-25T00:00:00Z", "2099-01-01T00:00:00Z"])
def test_a_wrong_clock_does_not_freeze_the_mark(door: Door, clock: str) -> None:
    tracker = door.enrol("trk-1")
    tracker.send("report", report(1, at=clock, lon=1))
    assert until(lambda: 1 in tracker.stored())
    tracker.send("report", report(2, lon=2))
    assert until(lambda: 2 in tracker.stored())
    assert fixes.latest(door.db, "m")["trk-1"].lon == 2


def test_an_alert_that_names_a_casualty_twice_harms_nobody(door: Door) -> None:
    tracker = door.enrol("trk-1")
    alert = {
        "kind": "alert_raised", "who": "P", "what": "mine", "how_many": 2, "lon": 1, "lat": 2,
        "casualties": ["ZGDF-7KWT", "zgdf 7kwt"],
    }  # fmt: skip
    tracker.send("event", {**report(1), **alert})
    tracker.send("report", report(2))
    assert until(lambda: 2 in tracker.stored() and 1 in tracker.refused())
    assert "named twice" in tracker.refused()[1]


def test_a_delay_on_the_way_moves_no_time(door: Door) -> None:
    """What waited in a queue tells when it happened; only a clock ahead of ours is surely wrong."""
    tracker = door.enrol("trk-1")
    then = "2026-01-05T10:00:00Z"
    body = {"kind": "vehicle_status_changed", "state": "available", "at": then, "sent": then}
    tracker.send("event", {**report(1), **body})
    tracker.send("report", report(2, at=then, sent=then))
    assert until(lambda: tracker.stored() == {1, 2})
    (stored,) = log.read(door.db, "m", kinds=["vehicle_status_changed"])
    assert stored.occurred_at == stored.device_at == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert fixes.latest(door.db, "m")["trk-1"].flags == ("delayed",)


def test_all_parts_may_share_one_account_of_a_broker_of_the_users_own(
    database_url: str, tmp_path: Path
) -> None:
    """Such a broker does not make the user name the client id; no part may push another out."""
    port = next_free(23883)
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    server = subprocess.Popen(["mosquitto", "-c", str(config)], stderr=subprocess.DEVNULL)
    url = f"mqtt://casevac:secret@127.0.0.1:{port}"
    db = connect(database_url, autocommit=True)
    missions.open_mission(db, Mission("m", "Test", MissionKind.LIVE, Profile()), datetime.now(UTC))
    missions.enrol(db, "m", "trk-1", None, datetime.now(UTC))
    parts = [Ingest(database_url, url), Tasking(database_url, url)]
    at_work = [threading.Event() for _ in parts]
    threads = [
        threading.Thread(target=part.run, args=(ready.set,))
        for part, ready in zip(parts, at_work, strict=True)
    ]
    for thread in threads:
        thread.start()
    assert all(ready.wait(30) for ready in at_work)
    tracker = Listener("trk-1", "", port)
    for n in range(1, 101):
        tracker.send("report", report(n, lon=n / 10))
    assert until(lambda: tracker.stored() == set(range(1, 101)))
    tracker.close()
    for part in parts:
        part.stop()
    for thread in threads:
        thread.join(20)
    server.terminate()
    server.wait(10)
    db.close()

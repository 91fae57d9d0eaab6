"""The field door with a real broker and a real PostGIS: stored, then receipted; never neither."""

import json
import subprocess
import threading
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest

from casevac.events import VehicleTasked, house_event
from casevac.mission import Mission, Profile, Rights
from casevac.store import asides, fixes, log, missions
from casevac.store.connection import connect
from casevac.terms import MissionKind, Role, Source
from tests.ports import next_free
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
             "-m", body, "-q", "1", "-W", "60"],
            stdout=subprocess.PIPE,
        )  # fmt: skip
        receipt = json.loads(listen.communicate(timeout=90)[0])
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
    assert sum(asides.counts(door.db).values()) == 1


def test_a_device_that_lost_its_spool_opens_another_request(door: Door) -> None:
    tracker = door.enrol("trk-1")
    alert = {"kind": "alert_raised", "who": "p", "what": "mine", "how_many": 1}
    tracker.send("event", {**report(1), **alert})
    tracker.send("event", {**report(1), **alert, "epoch": 2, "what": "crash"})
    assert until(lambda: len(log.read(door.db, kinds=["alert_raised"])) == 2)
    opened = {one.body.request for one in log.read(door.db, kinds=["alert_raised"])}
    assert len(opened) == 2


def test_poison_disturbs_nobody(door: Door) -> None:
    tracker, other = door.enrol("trk-1"), door.enrol("trk-2")
    for poison in (b"", b"{", b"[" * 50_000, b"\xff" * 1000, b"x" * (1 << 20)):
        tracker.send("report", poison)
        tracker.send("event", poison)
    tracker.send("report", report(1, lat=91))
    tracker.send("report", report(2))
    other.send("report", report(1))
    assert until(lambda: 2 in tracker.stored() and 1 in other.stored() and 1 in tracker.refused())
    assert "lat" in tracker.refused()[1]
    assert until(lambda: sum(asides.counts(door.db).values()) == 11)


def test_what_an_algorithm_says_is_added_at_the_door_and_no_decision_is_lost(door: Door) -> None:
    tracker = door.enrol("trk-1")
    told = {"epoch": 1, "at": report(0)["at"], "kind": "casualty_triaged", "casualty": "ZGDF-7KWT"}
    silent = {"walking": False, "severe_bleeding": True}
    tracker.send("event", {**told, "n": 1, "algorithm": "ten_second", "inputs": silent})
    tracker.send("event", {**told, "n": 2, "algorithm": "start", "inputs": {"breathing": True}})
    tracker.send(
        "event", {**told, "n": 3, "algorithm": "start", "inputs": {"colour": True}, "category": "T2"}
    )
    tracker.send("event", {**told, "n": 4, "algorithm": "start", "inputs": {"colour": True}})
    assert until(lambda: tracker.stored() == {1, 2, 3} and 4 in tracker.refused())
    assert "start does not ask for colour; it asks for can_walk" in tracker.refused()[4]
    stored = [one.body for one in log.read(door.db, "m", kinds=["casualty_triaged"])]
    found = {one.algorithm + one.category: (one.suggested, one.missing) for one in stored}
    missing = ("can_walk", "respiratory_rate", "radial_pulse", "obeys_commands")
    assert found == {"ten_secondT1": ("T1", ()), "startUNKNOWN": ("UNKNOWN", missing), "startT2": (None, ())}


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
    assert until(lambda: 2 in tracker.stored())  # reports and events come over lanes of their own
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
    tracker.send("report", report(2, at=then, sent=then, lon=18.55496, lat=4.36122))
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
    assert all(ready.wait(60) for ready in at_work)
    tracker = Listener("trk-1", "", port)
    for n in range(1, 101):
        tracker.send("report", report(n, lon=n / 10))
    assert until(lambda: tracker.stored() == set(range(1, 101)))
    tracker.close()
    for part in parts:
        part.stop()
    for thread in threads:
        thread.join(60)
    server.terminate()
    server.wait(60)
    db.close()


def test_a_role_is_heard_from_the_moment_it_is_given(door: Door) -> None:
    """Refused as a tracker, taken as a facility's device, refused again when the role is taken back."""
    board = door.enrol("board")

    def tell(n: int) -> None:
        said = {"epoch": 1, "n": n, "at": report(0)["at"], "kind": "facility_status_reported", "tables": n}
        board.send("event", said)

    tell(1)
    assert until(lambda: 1 in board.refused())
    why = "a tracker cannot report facility_status_reported; it needs the role facility"
    assert board.refused()[1] == why
    rights = Rights(Role.FACILITY, "mtf-a")
    missions.enrol(door.db, "m", "board", None, datetime.now(UTC), rights)
    tell(2)
    assert until(lambda: 2 in board.stored())
    (stored,) = log.read(door.db, "m", kinds=["facility_status_reported"])
    assert (stored.body.facility, stored.body.tables) == ("mtf-a", 2)
    missions.enrol(door.db, "m", "board", None, datetime.now(UTC))
    tell(3)
    assert until(lambda: 3 in board.refused())
    assert sum(asides.counts(door.db).values()) == 2
    enrolled = log.read(door.db, "m", kinds=["device_enrolled"])
    assert [one.body.role for one in enrolled] == ["tracker", "facility", "tracker"]


def test_a_tracker_answers_for_its_own_vehicle_only(door: Door) -> None:
    mine, stranger, centre = door.enrol("amb-1"), door.enrol("stranger"), door.enrol("centre")
    missions.enrol(door.db, "m", "centre", None, datetime.now(UTC), Rights(Role.COORDINATOR))
    orders = VehicleTasked(task="T-1", chain="C", request="R", vehicle="amb-1", casualties=(), legs=())
    with door.db:
        log.append(door.db, [house_event("m", orders, datetime.now(UTC), "t", Source.PAGE)])
    at = report(0)["at"]
    for n, told in enumerate(
        ({"kind": "task_declined", "task": "T-1"}, {"kind": "vehicle_status_changed", "vehicle": "amb-1",
         "state": "out_of_service"}), start=1,
    ):  # fmt: skip
        stranger.send("event", {"epoch": 1, "n": n, "at": at, **told})
        centre.send("event", {"epoch": 1, "n": n, "at": at, **told})
    assert until(lambda: len(stranger.refused()) == 2)
    assert stranger.refused()[1] == "task T-1 belongs to amb-1"
    assert "stranger is bound to no vehicle" in stranger.refused()[2]
    mine.send("event", {"epoch": 1, "n": 1, "at": at, "kind": "task_accepted", "task": "T-1"})
    stranger.send("event", {"epoch": 1, "n": 3, "at": at, "kind": "task_accepted", "task": "T-NONE"})
    assert until(lambda: 1 in mine.stored() and 3 in stranger.stored() and {1, 2} <= set(centre.stored()))


def test_a_9_line_from_a_device_opens_a_request_with_its_casualties(door: Door) -> None:
    tracker = door.enrol("trk-1")
    nine = {
        "epoch": 1, "n": 1, "at": report(0)["at"], "kind": "nine_line_sent", "pickup": "34NFN0939121654",
        "precedences": {"urgent": 2}, "litter": 2, "ambulatory": 1,
    }  # fmt: skip
    tracker.send("event", nine)
    tracker.send("event", {**nine, "n": 2, "precedences": {"A": 2}})
    assert until(lambda: 1 in tracker.stored() and 2 in tracker.refused())
    (body,) = [one.body for one in log.read(door.db, "m") if one.kind == "nine_line_sent"]
    assert len(set(body.casualties)) == 3
    assert body.request
    assert round(body.lon, 3) == 21.989
    assert "'A'" in tracker.refused()[2]

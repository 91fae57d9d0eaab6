"""Wrong clocks and doubtful positions at the real door: corrected, logged once, flagged; what is promised."""

import time
from datetime import UTC, datetime, timedelta

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from casevac.events import VehicleRegistered
from casevac.events import house_event as told
from casevac.picture import empty, fold
from casevac.position import Position
from casevac.quality import Past
from casevac.store import fixes, log, missions, trust
from casevac.terms import Guarantee, Source, VehicleKind
from tests.tracker.conftest import Door
from tests.tracker.listener import Listener, until
from tracker.judging import Judge, Looked
from tracker.wire import Message, Report

ZAP = "ZGDF-7KWT"
DAYS_3 = timedelta(days=3)


def stamp(ahead: timedelta) -> str:
    return (datetime.now(UTC) + ahead).isoformat().replace("+00:00", "Z")


class Wrong:
    """A device whose clock is ahead by so much; it numbers what it sends."""

    def __init__(self, listener: Listener, ahead: timedelta) -> None:
        self.listener, self.ahead, self.n = listener, ahead, 0

    def send(self, channel: str, **fields: object) -> int:
        self.n += 1
        at = stamp(self.ahead)
        self.listener.send(channel, {"epoch": 1, "n": self.n, "at": at, "sent": at, **fields})
        return self.n

    def report(self) -> int:
        return self.send("report", lon=18.55496 + self.n / 1e4, lat=4.36122)

    def tell(self, kind: str, **fields: object) -> int:
        number = self.send("event", kind=kind, **fields)
        assert until(lambda: number in self.listener.stored())
        return number


def test_clocks_three_days_wrong_do_not_disorder_the_chain_nor_stop_the_mark(door: Door) -> None:
    slow = Wrong(door.enrol("slow"), -DAYS_3)
    fast = Wrong(door.enrol("fast", "amb-1"), DAYS_3)
    judged_of = lambda: [one.body.name for one in log.read(door.db, kinds=["clock_judged"])]  # noqa: E731
    began = time.monotonic()
    while set(judged_of()) != {"slow", "fast"} and time.monotonic() < began + 90:
        slow.report()
        fast.report()
        time.sleep(0.5)
    before = datetime.now(UTC)
    slow.tell("casualty_reported", casualty=ZAP, lon=18.55, lat=4.36)
    fast.tell("casualty_loaded", casualty=ZAP)
    slow.tell("bleeding_controlled", casualty=ZAP)
    fast.tell("casualty_handed_over", casualty=ZAP, facility="mtf-a")
    kinds = ["casualty_reported", "casualty_loaded", "bleeding_controlled", "casualty_handed_over"]
    chain = [one for one in log.read(door.db, "m") if one.kind in kinds]
    assert [one.kind for one in sorted(chain, key=lambda one: one.occurred_at)] == kinds
    assert all(abs(one.occurred_at - before) < timedelta(seconds=60) for one in chain)
    assert all(one.device_at and abs(one.device_at - before) > timedelta(days=2) for one in chain)
    casualty = fold(empty("m"), log.read(door.db, "m")).casualties[ZAP]
    assert casualty.facility == "mtf-a"

    for one in (slow, fast):
        name = one.listener.name
        last = one.report()
        assert until(lambda last=last, one=one: last in one.listener.stored())
        mark = fixes.latest(door.db, "m")[name]
        assert (mark.n, mark.flags) == (last, ("clock",))
        assert abs(mark.corrected_at - mark.received_at) < timedelta(seconds=30)
        kept = trust.kept(door.db)[name].clock
        assert abs(kept.offset - one.ahead) < timedelta(seconds=5)
    assert sorted(judged_of()) == ["fast", "slow"]  # once each
    words = {one.body.name: one.body.what for one in log.read(door.db, kinds=["clock_judged"])}
    assert words == {"slow": "3.0 days slow", "fast": "3.0 days ahead"}


def test_a_process_that_begins_takes_over_what_was_judged(door: Door) -> None:
    door.enrol("slow")
    with door.db.cursor() as cursor:
        cursor.execute("UPDATE devices SET clock_offset_s = -86400, clock_judged_at = now(), guarantee = 'A'")
    received = datetime.now(UTC)
    sent = received - timedelta(days=1)
    fix = Position(
        mission="m", device="slow", epoch=1, n=1, at=sent, sent_at=sent, corrected_at=sent,
        received_at=received, lon=18.55496, lat=4.36122, flags=("delayed",),
    )  # fmt: skip
    looked = Judge().look(door.db, [(Message("t", b"", received, 1), Report(fix))])
    (said,) = looked.said
    assert isinstance(said, Report)
    assert (said.position.corrected_at, said.position.flags) == (received, ("clock",))
    assert looked.keep() == []


def test_of_two_processes_that_judge_the_same_one_logs_it(door: Door) -> None:
    door.enrol("slow")
    clock = trust.judged(timedelta(hours=-5), datetime.now(UTC))
    assert trust.keep(door.db, "slow", clock, None) is not None
    nearly = trust.judged(timedelta(hours=-5, seconds=4), datetime.now(UTC))
    assert trust.keep(door.db, "slow", nearly, None) is None
    assert trust.kept(door.db)["slow"].clock.offset == timedelta(hours=-5)


def test_doubtful_positions_are_stored_with_their_flags(door: Door) -> None:
    tracker = door.enrol("amb-1")
    card = VehicleRegistered(id="AMB", callsign="AMB", vehicle_kind=VehicleKind.GROUND, profile="ambulance")
    missions.enrol(door.db, "m", "amb-1", "AMB", datetime.now(UTC))
    log.append(door.db, [told("m", card, datetime.now(UTC), "t", Source.PAGE)])
    now = datetime.now(UTC)
    places = [(18.55496, {}), (18.95496, {}), (18.55501, {"accuracy": 240}), (18.56, {}), (18.55502, {})]
    for n, (lon, more) in enumerate(places, start=1):
        at = (now - timedelta(seconds=100 - 10 * n)).isoformat()
        lat = 4.36 if lon == 18.56 else 4.36122
        tracker.send("report", {"epoch": 1, "n": n, "at": at, "lon": lon, "lat": lat, **more})
        assert until(lambda n=n: n in tracker.stored())
    flags = {row["n"]: row["flags"] for row in fixes.reports(door.db, "amb-1", 9)}
    assert flags == {1: [], 2: ["jump"], 3: ["inaccurate"], 4: ["blurred"], 5: []}


def test_how_a_device_sends_is_what_it_is_promised(door: Door) -> None:
    tracker = door.enrol("trk-1")
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="trk-2")
    missions.enrol(door.db, "m", "trk-2", None, datetime.now(UTC))
    client.username_pw_set("trk-2", door.broker.add_devices(["trk-2"])["trk-2"])
    client.connect("127.0.0.1", door.broker.port)
    client.loop_start()
    promised = lambda name: trust.kept(door.db)[name].guarantee  # noqa: E731
    assert promised("trk-1") is None
    plain = {"lon": 18.55496, "lat": 4.36122}
    tracker.send("report", {"epoch": 1, "n": 1, "at": stamp(timedelta(0)), **plain})
    assert until(lambda: promised("trk-1") == Guarantee.A)
    for qos, expected in ((0, Guarantee.C), (1, Guarantee.B), (0, Guarantee.C)):
        body = f'{{"at":"{stamp(timedelta(0))}","lon":18.55496,"lat":4.36122}}'
        client.publish("casevac/v1/trk-2/report", body, qos=qos)
        assert until(lambda expected=expected: promised("trk-2") == expected)
    client.loop_stop()
    client.disconnect()


def test_of_two_writers_the_one_that_ends_later_does_not_set_a_device_back(door: Door) -> None:
    door.enrol("amb-1")
    judge = Judge()

    def looked(second: int) -> Looked:
        at = datetime(2026, 11, 22, 5, 0, second, tzinfo=UTC)
        fix = Position(
            mission="m", device="amb-1", epoch=1, n=second, at=at, corrected_at=at, received_at=at,
            lon=18.123457, lat=4.123457,
        )  # fmt: skip
        return judge.look(door.db, [(Message("casevac/v1/amb-1/report", b"", at, 1), Report(fix))])

    def past() -> Past:
        settled = judge.settled("amb-1")
        assert settled is not None
        return settled.past

    first, second = looked(10), looked(20)
    second.kept()
    newest = past()
    first.kept()
    assert past() == newest
    judge.went({"amb-1": Past(newest.at - timedelta(seconds=5), 18.0, 4.0)})
    assert past() == newest
    judge.went({"amb-1": Past(newest.at + timedelta(seconds=5), 18.0, 4.0)})
    assert past().lon == 18.0

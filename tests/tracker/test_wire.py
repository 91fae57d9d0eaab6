"""The wire: every payload becomes a reading or a named refusal; nothing raises."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac.events import AlertRaised, CasualtyLoaded
from tracker import wire
from tracker.wire import FieldEvent, Message, Report, Status, Unreadable

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
GOOD = {"epoch": 1, "n": 4, "at": "2026-11-22T04:59:30Z", "lon": 18.55, "lat": 4.36}
ZAP = "ZGDF-7KWT"


def read(payload: bytes | dict, channel: str = "report", device: str = "trk-1") -> wire.Reading:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return wire.read(Message(f"casevac/v1/{device}/{channel}", raw, NOW), {"trk-1": "m"})


def test_a_report_is_read_with_all_its_times_and_units() -> None:
    said = read(
        {**GOOD, "sent": "2026-11-22T04:59:58Z", "speed": 13.9, "course": 270, "battery": 81, "alt": 400}
    )
    assert isinstance(said, Report)
    fix = said.position
    assert (fix.mission, fix.device, fix.epoch, fix.n, fix.lon, fix.lat) == ("m", "trk-1", 1, 4, 18.55, 4.36)
    assert (fix.speed, fix.course, fix.battery, fix.altitude) == (13.9, 270, 81, 400)
    assert fix.at == fix.corrected_at == NOW - timedelta(seconds=30)
    assert fix.flags == ()


@pytest.mark.parametrize(
    ("change", "reason", "numbered"),
    [
        ({"lat": 91}, "lat: Expected a number <= 90", True),
        ({"lon": -181}, "lon: Expected a number >= -180", True),
        ({"lon": float("nan")}, "malformed", True),
        ({"lat": float("inf")}, "malformed", True),
        ({"lon": "18.55"}, "lon: Expected a number, got text", True),
        ({"at": "yesterday"}, "at: ", True),
        ({"at": "2026-11-22T04:59:30"}, "with its zone", True),
        ({"at": "0001-01-01T00:00:00Z"}, "outside 2000 to 2100", True),
        ({"n": 0}, "n: Expected a whole number >= 1", False),
        ({"n": 2**70}, "n: ", False),
        ({"epoch": -1}, "epoch: ", False),
        ({"n": None}, "epoch and n belong together", False),
        ({"lat": None}, "lat: ", True),
    ],
)
def test_a_wrong_report_is_named_and_its_number_kept(change: dict, reason: str, numbered: bool) -> None:
    said = read({**GOOD, **change})
    assert isinstance(said, Unreadable)
    assert reason in said.reason
    assert ((said.epoch, said.n) == (1, 4)) is numbered


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"\x00", b"{", b"null", b"[]", b"7", b'"x"', b"\xff\xfe", b"[" * 100_000, b"{" * 100_000,
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000, b" " * (1 << 20),
        b'{"lon":1e999,"lat":1e-999}', b"9" * 100_000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("channel", ["report", "event"])
def test_hostile_payloads_are_set_aside(payload: bytes, channel: str) -> None:
    said = read(payload, channel)
    assert isinstance(said, Unreadable)
    assert said.reason


@given(st.binary(max_size=200), st.sampled_from(["report", "event", "status", "task", "x"]))
def test_no_bytes_raise(payload: bytes, channel: str) -> None:
    read(payload, channel)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.none()
            | st.integers()
            | st.floats()
            | st.text(max_size=20)
            | st.lists(st.integers(), max_size=2)
            for name in (
                "epoch",
                "n",
                "at",
                "lon",
                "lat",
                "kind",
                "casualty",
                "who",
                "what",
                "how_many",
                "sent",
            )
        },
    ),
    st.sampled_from(["report", "event"]),
)
def test_no_json_raises(fields: dict, channel: str) -> None:
    read(json.dumps(fields).encode("utf-8", "surrogatepass"), channel)


def test_the_digest_ignores_the_time_of_sending_and_the_order_of_fields() -> None:
    one = read({**GOOD, "sent": "2026-11-22T04:59:40Z"})
    two = read({**dict(reversed(GOOD.items())), "sent": "2026-11-22T04:59:50Z"})
    other = read({**GOOD, "lon": 18.56})
    assert isinstance(one, Report) and isinstance(two, Report) and isinstance(other, Report)
    assert one.position.digest == two.position.digest != other.position.digest


def test_a_report_without_number_is_keyed_by_its_content() -> None:
    plain = {name: value for name, value in GOOD.items() if name not in ("epoch", "n")}
    one, two, other = read(plain), read(plain), read({**plain, "lat": 4.37})
    assert isinstance(one, Report) and isinstance(two, Report) and isinstance(other, Report)
    assert one.position.epoch == wire.UNNUMBERED
    assert one.position.n == two.position.n != other.position.n


def test_clocks_are_corrected_within_bounds_and_flagged() -> None:
    ahead = read({**GOOD, "at": "2026-11-25T05:00:00Z"})
    known = read({**GOOD, "at": "2026-11-25T04:58:00Z", "sent": "2026-11-25T05:00:00Z"})
    behind = read({**GOOD, "at": "2026-11-19T04:58:00Z", "sent": "2026-11-19T05:00:00Z"})
    late = read({**GOOD, "at": "2026-11-21T05:00:00Z", "sent": "2026-11-22T05:00:00Z"})
    assert isinstance(ahead, Report) and ahead.position.corrected_at == NOW
    assert isinstance(known, Report)
    assert (known.position.corrected_at, known.position.flags) == (NOW - timedelta(minutes=2), ("clock",))
    assert isinstance(behind, Report)  # a slow clock or a slow link: nobody can tell, so nothing moves
    assert (behind.position.corrected_at, behind.position.flags) == (behind.position.at, ("delayed",))
    assert isinstance(late, Report) and late.position.corrected_at == NOW - timedelta(days=1)
    assert late.position.flags == ()


def test_events_carry_typed_bodies() -> None:
    loaded = read({**GOOD, "kind": "casualty_loaded", "casualty": "zgdf7kwt"}, "event")
    alert = read({**GOOD, "kind": "alert_raised", "who": "P1", "what": "mine", "how_many": 2}, "event")
    assert isinstance(loaded, FieldEvent) and loaded.body == CasualtyLoaded(casualty=ZAP)
    assert isinstance(alert, FieldEvent) and isinstance(alert.body, AlertRaised)
    assert alert.occurred_at == NOW - timedelta(seconds=30)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kind": "casualty_loaded", "casualty": "John Smith"}, "is no ZAP id"),
        ({"kind": "casualty_loaded", "casualty": "ZGDF-7KWX"}, "is no ZAP id"),
        (
            {"kind": "alert_raised", "who": "a", "what": "b", "how_many": 2, "casualties": [ZAP, ZAP]},
            "named twice",
        ),
        ({"kind": "mission_opened", "name": "x"}, "a device cannot report"),
        ({"kind": "options_computed"}, "a device cannot report"),
        ({"kind": "casualty_triaged", "casualty": ZAP, "category": "P1"}, "category"),
        ({"kind": "alert_raised", "who": "a\x00", "what": "b", "how_many": 1}, "NUL"),
        ({"kind": "alert_raised", "who": "a", "what": "b", "how_many": 10**9}, "how_many"),
    ],
)
def test_wrong_events_are_named(fields: dict, reason: str) -> None:
    said = read({**GOOD, **fields}, "event")
    assert isinstance(said, Unreadable)
    assert reason in said.reason
    assert (said.epoch, said.n) == (1, 4)


def test_status_is_read_from_a_last_will_in_json_or_plain_words() -> None:
    for payload, online in (
        (b'{"online":true}', True),
        (b"offline", False),
        (b"", False),
        (wire.online(True), True),
    ):
        said = read(payload, "status")
        assert isinstance(said, Status)
        assert said.online is online


def test_strangers_and_wrong_topics_are_named() -> None:
    assert "not enrolled" in read(GOOD, device="nobody").reason  # type: ignore[union-attr]
    assert isinstance(wire.read(Message("casevac/v2/trk-1/report", b"{}", NOW), {"trk-1": "m"}), Unreadable)
    assert isinstance(wire.read(Message("casevac/v1/trk-1/report/x", b"{}", NOW), {"trk-1": "m"}), Unreadable)


def test_the_receipt_names_exact_numbers() -> None:
    told = msgspec.json.decode(wire.receipt(1, [5, 4], {6: "lat: wrong"}, NOW))
    assert told == {
        "epoch": 1,
        "stored": [4, 5],
        "refused": [{"n": 6, "reason": "lat: wrong"}],
        "server_time": "2026-11-22T05:00:00Z",
    }

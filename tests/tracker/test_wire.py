"""The wire: every payload becomes a reading or a named refusal; nothing raises."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac.duties import DUTIES
from casevac.events import TOLD_BY, AlertRaised, CasualtyLoaded
from casevac.mission import Enrolment, Rights
from casevac.terms import Role
from tracker import downlink, wire
from tracker.wire import FieldEvent, Message, Report, Status, Unreadable

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
GOOD = {"epoch": 1, "n": 4, "at": "2026-11-22T04:59:30Z", "lon": 18.55, "lat": 4.36}
ZAP = "ZGDF-7KWT"
ENROLLED = {"trk-1": Enrolment("m")}


def read(payload: bytes | dict, channel: str = "report", device: str = "trk-1") -> wire.Reading:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return wire.read(Message(f"casevac/v1/{device}/{channel}", raw, NOW), ENROLLED)


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


def test_the_content_ignores_the_time_of_sending_and_the_order_of_fields() -> None:
    plain = {name: value for name, value in GOOD.items() if name not in ("epoch", "n")}
    one = read({**plain, "sent": "2026-11-22T04:59:40Z"})
    two = read({**dict(reversed(plain.items())), "sent": "2026-11-22T04:59:50Z"})
    other = read({**plain, "lon": 18.56})
    assert isinstance(one, Report) and isinstance(two, Report) and isinstance(other, Report)
    assert one.position.n == two.position.n != other.position.n


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
    assert "not enrolled" in read(GOOD, device="nobody").reason
    assert isinstance(wire.read(Message("casevac/v2/trk-1/report", b"{}", NOW), ENROLLED), Unreadable)
    assert isinstance(wire.read(Message("casevac/v1/trk-1/report/x", b"{}", NOW), ENROLLED), Unreadable)


def test_the_receipt_names_exact_numbers() -> None:
    told = msgspec.json.decode(downlink.receipt(1, [5, 4], {6: "lat: wrong"}, NOW))
    assert told == {
        "epoch": 1,
        "stored": [4, 5],
        "refused": [{"n": 6, "reason": "lat: wrong"}],
        "server_time": "2026-11-22T05:00:00Z",
    }


PATROL = Rights()
HOSPITAL = Rights(Role.FACILITY, "mtf-bria")
CENTRE = Rights(Role.COORDINATOR)


def told(rights: Rights, kind: str, **fields: object) -> wire.Reading:
    body = {"epoch": 1, "n": 4, "at": "2026-11-22T04:59:30Z", "kind": kind, **fields}
    message = Message("casevac/v1/trk-1/event", json.dumps(body).encode(), NOW)
    return wire.read(message, {"trk-1": Enrolment("m", rights)})


@pytest.mark.parametrize("kind", sorted(TOLD_BY))
@pytest.mark.parametrize("rights", [PATROL, HOSPITAL, CENTRE], ids=lambda rights: rights.role)
def test_a_device_may_tell_what_its_role_allows_and_no_more(rights: Rights, kind: str) -> None:
    duty = next(one for one in DUTIES if one.kind == kind)
    fields = dict(duty.shown_example)
    if rights.facility and fields.get("facility"):
        fields["facility"] = rights.facility
    fields["asset"] = rights.facility or fields.get("asset", "AMB-01")
    if kind not in ("asset_answered", "asset_warned"):
        del fields["asset"]
    said = told(rights, kind, **fields)
    ranks = [Role.TRACKER, Role.FACILITY, Role.COORDINATOR]
    if ranks.index(rights.role) >= ranks.index(TOLD_BY[kind]):
        assert isinstance(said, FieldEvent), said
    else:
        assert isinstance(said, Unreadable)
        assert said.reason == f"a {rights.role} cannot report {kind}; it needs the role {TOLD_BY[kind]}"
        assert (said.epoch, said.n) == (1, 4)


def test_the_device_of_a_facility_speaks_for_it_alone() -> None:
    said = told(HOSPITAL, "facility_status_reported", tables=2)
    assert isinstance(said, FieldEvent)
    assert said.body.facility == "mtf-bria"
    other = told(HOSPITAL, "facility_status_reported", tables=2, facility="mtf-bangui")
    assert isinstance(other, Unreadable)
    assert "speaks for facility mtf-bria, not for 'mtf-bangui'" in other.reason
    here = told(HOSPITAL, "casualty_handed_over", casualty=ZAP)
    onward = told(HOSPITAL, "casualty_handed_over", casualty=ZAP, vehicle="AMB-01")
    assert (here.body.facility, onward.body.facility) == ("mtf-bria", None)
    elsewhere = told(HOSPITAL, "casualty_handed_over", casualty=ZAP, facility="mtf-bangui")
    assert isinstance(elsewhere, Unreadable)
    assert "speaks for facility mtf-bria" in elsewhere.reason
    foreign = told(HOSPITAL, "inbound_answered", chain="C-1", facility="mtf-bangui", accepts=True)
    assert isinstance(foreign, Unreadable)
    ready = told(HOSPITAL, "asset_answered", request="R-1", ready=True)
    assert ready.body.asset == "mtf-bria"
    assert isinstance(told(HOSPITAL, "asset_answered", request="R-1", ready=True, asset="AMB-01"), Unreadable)


def test_a_coordinator_names_the_facility() -> None:
    missing = told(CENTRE, "facility_status_reported", tables=2)
    assert isinstance(missing, Unreadable)
    assert "facility is missing" in missing.reason
    assert isinstance(told(CENTRE, "facility_status_reported", tables=2, facility="mtf-bria"), FieldEvent)


@pytest.mark.parametrize(
    ("kind", "field"),
    [("alert_raised", "casualties"), ("nine_line_sent", "casualties"), ("methane_sent", "zaps")],
)
def test_no_list_of_casualties_carries_a_name(kind: str, field: str) -> None:
    fields = {"who": "p", "what": "w", "how_many": 1, "lon": 1, "lat": 2} if kind == "alert_raised" else {}
    about = {"epoch": 1, "n": 4, "at": GOOD["at"], "kind": kind, **fields}
    said = read({**about, field: ["John Doe"]}, "event")
    assert isinstance(said, Unreadable)
    good = read({**about, field: [ZAP.lower()]}, "event")
    assert isinstance(good, FieldEvent)
    assert getattr(good.body, field) == (ZAP,)


@pytest.mark.parametrize("field", ["kept", "merged"])
def test_whoever_is_merged_goes_by_zap_id(field: str) -> None:
    ids = {"kept": ZAP, "merged": "0000-0011"}
    assert isinstance(told(CENTRE, "casualties_merged", **ids), FieldEvent)
    named = told(CENTRE, "casualties_merged", **ids | {field: "John Smith"})
    assert isinstance(named, Unreadable)
    assert "ZAP id" in named.reason
    assert isinstance(told(CENTRE, "requests_merged", kept="R-1", merged="R-2"), FieldEvent)

"""Whatever comes on whatever topic: readings, or a fault by name; who speaks on which topic; CBOR as JSON."""

import json
from datetime import UTC, datetime, timedelta

import cbor2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac.enrolled import Enrolled, fault_of, overlap, spoken_on
from casevac.mission import Enrolment
from tracker import dialects, wire
from tracker.dialects import cbor
from tracker.wire import Kept, Message, Reading, Report, Status, Unreadable

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
TST = 1795323550  # 04:59:10
KNOWN = Enrolled(
    {
        "AMINA": Enrolment("m", dialect="owntracks", topics=("owntracks/AMINA/#",)),
        "MUSA": Enrolment("m", dialect="owntracks", topics=("owntracks/MUSA/#",), revoked=True),
        "ODD": Enrolment("m", dialect="of tomorrow", topics=("odd/#",)),
        "BRIDGE": Enrolment(
            "m", dialect="owntracks", topics=("bridged/+/+",), speaks_for={"u/phone": "TRK-1"}
        ),
        "TRK-1": Enrolment("m"),
    }
)
PLACE = {"_type": "location", "tst": TST, "lat": 4.3612, "lon": 18.5551}


def read(payload: object, topic: str = "owntracks/AMINA/nexus") -> list[Reading]:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return dialects.read(Message(topic, raw, NOW), KNOWN)


def reason(payload: object, topic: str = "owntracks/AMINA/nexus") -> str:
    (said,) = read(payload, topic)
    assert isinstance(said, Unreadable), said
    return said.reason


def fix(payload: object, topic: str = "owntracks/AMINA/nexus") -> wire.Position:
    said = read(payload, topic)[0]
    assert isinstance(said, Report), said
    return said.position


def test_speed_is_in_km_an_hour_and_times_are_of_the_fix_and_of_the_message() -> None:
    told = fix({**PLACE, "vel": 72, "created_at": TST + 5})
    assert (told.speed, told.epoch) == (20.0, wire.UNNUMBERED)
    assert told.at == datetime(2026, 11, 22, 4, 59, 10, tzinfo=UTC)
    assert told.sent_at == told.at + timedelta(seconds=5)
    assert fix(PLACE).speed is None


def test_what_the_phone_kept_for_hours_is_late_and_says_nothing_of_its_line() -> None:
    (said,) = read({**PLACE, "tst": TST - 7200, "created_at": TST - 7190})
    assert isinstance(said, Report)
    assert said.position.flags == ("delayed",)
    assert said.position.corrected_at == said.position.at


def test_the_same_location_is_the_same_number_and_another_is_not() -> None:
    numbers = [
        fix({**PLACE, **more}).n for more in ({}, {"batt": 5, "t": "u"}, {"lat": 4.36121}, {"tst": TST + 1})
    ]
    assert numbers[0] == numbers[1]
    assert len(set(numbers)) == 3


def test_a_transition_is_a_position_and_kept() -> None:
    said = read({**PLACE, "_type": "transition", "event": "leave", "acc": 30, "wtst": 1, "desc": "camp"})
    assert [type(one) for one in said] == [Report, Kept]
    (kept,) = read({"_type": "transition", "event": "enter", "acc": 30, "wtst": 1, "tst": TST})
    assert isinstance(kept, Kept)
    assert kept.what == "transition"


def test_a_last_will_and_a_deleted_friend() -> None:
    (gone,) = read({"_type": "lwt", "tst": 1})
    assert gone == Status("m", "AMINA", False, NOW)
    assert read(b"") == []


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"_type": "encrypted", "data": "x"}, "OwnTracks 'encrypted': its payload is encrypted with a key"),
        ({"_type": "cmd", "action": "dump"}, "OwnTracks 'cmd': a command to a phone"),
        ({"_type": "card", "tid": "am"}, "OwnTracks 'card': it says nothing that is kept"),
        ({"_type": "x" * 500}, "OwnTracks 'xxxxxxxx"),
        ({"lat": 1, "lon": 2, "tst": TST}, "missing required field `_type`"),
        ({**PLACE, "lat": 90.5}, "lat: Expected a number <= 90"),
        ({**PLACE, "lon": "18"}, "lon: Expected a number, got text"),
        ({**PLACE, "tst": 5}, "outside 2000 to 2100"),
        ({**PLACE, "tst": TST * 1000}, "outside 2000 to 2100"),
        ({**PLACE, "vel": -1}, "vel: Expected a number >= 0"),
        ({**PLACE, "vel": 99999}, "vel: Expected a number <= 5400"),
        ({**PLACE, "cog": 361}, "cog: Expected a number <= 360"),
        ({**PLACE, "created_at": 7}, "outside 2000 to 2100"),
        ([PLACE], "got `array`"),
        (b"{", "cut short"),
        (b"\xff", "malformed"),
        (b"[" * 100_000, ""),
        (b'{"_type":' * 20_000, ""),
    ],
)
def test_what_cannot_be_is_named(payload: object, words: str) -> None:
    assert words in reason(payload)


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("owntracks/NOBODY/x", "who speaks on owntracks/NOBODY/x is not enrolled; run: casevac device add"),
        ("owntracks", "is not enrolled"),
        ("", "is not enrolled"),
        ("$SYS/x", "is not enrolled"),
        ("owntracks/MUSA/x", "device MUSA is revoked"),
        ("odd/x", "ODD speaks 'of tomorrow', which this version does not know"),
        ("owntracks/AMINA", "topic is not owntracks/USER/DEVICE"),
        ("bridged/v/phone", "BRIDGE may speak for no 'v/phone'"),
    ],
)
def test_who_speaks_is_told_by_the_topic(topic: str, words: str) -> None:
    assert words in reason(PLACE, topic)
    assert fix(PLACE, "bridged/u/phone").device == "TRK-1"


@given(
    st.binary(max_size=300),
    st.sampled_from(["owntracks/AMINA/x", "casevac/v1/TRK-1/report", "bridged/u/phone"]),
)
def test_no_bytes_cause_anything_but_readings(raw: bytes, topic: str) -> None:
    for said in dialects.read(Message(topic, raw, NOW), KNOWN):
        assert not isinstance(said, Unreadable) or "\n" not in said.reason


def test_a_new_phone_is_heard_by_the_filter_of_all_phones() -> None:
    assert dialects.filters(KNOWN) == ("bridged/+/+", "odd/#", "owntracks/+/#")


WORDS = st.sampled_from(["a", "b", "+"])
FILTER = st.builds(
    lambda words, rest: "/".join([*words, *rest]),
    st.lists(WORDS, min_size=1, max_size=4),
    st.sampled_from([[], ["#"]]),
)


def matches(told: str, topic: str) -> bool:
    """As the MQTT specification has it, word by word."""
    ours, theirs = told.split("/"), topic.split("/")
    for place, word in enumerate(ours):
        if word == "#":
            return True
        if place >= len(theirs) or word not in ("+", theirs[place]):
            return False
    return len(ours) == len(theirs)


@given(st.lists(FILTER, min_size=1, max_size=4), st.lists(st.sampled_from("ab"), min_size=1, max_size=5))
def test_a_topic_is_of_whose_filter_matches_it(told: list[str], words: list[str]) -> None:
    topic = "/".join(words)
    known = Enrolled({f"d{n}": Enrolment("m", topics=(one,)) for n, one in enumerate(told)})
    found = known.speaker(topic)
    assert (found is not None) == any(matches(one, topic) for one in told)
    assert found is None or any(matches(one, topic) for one in known[found.name].topics)
    hit = [one for one in told if matches(one, topic)]
    assert all(overlap(one, other) for one in hit for other in hit)


def test_a_topic_that_may_be_anothers_is_found() -> None:
    assert spoken_on(KNOWN, "NEW", ["owntracks/+/x"]) == "AMINA"
    assert spoken_on(KNOWN, "AMINA", ["owntracks/AMINA/#"]) == ""
    assert spoken_on(KNOWN, "NEW", ["other/#"]) == ""
    assert fault_of("gw/+/up/#") == ""
    assert [
        bool(fault_of(one)) for one in ("#", "+/a", "a/#/b", "a+/b", "a b", "", "casevac/v1/x", "$x", "a\n")
    ] == [True] * 9


REPORT = {
    "epoch": 1, "n": 5, "at": "2026-11-22T04:59:30Z", "sent": "2026-11-22T04:59:31Z", "lon": 18.5512345,
    "lat": 4.3612345, "alt": 394.5, "accuracy": 4.5, "speed": 13.91, "course": 271.5, "battery": 81,
}  # fmt: skip


@pytest.mark.parametrize("payload", [cbor.pack(REPORT), cbor2.dumps(REPORT)])
def test_a_report_in_cbor_is_the_report_in_json(payload: bytes) -> None:
    assert len(cbor.pack(REPORT)) < 60 < len(json.dumps(REPORT)) / 3
    topic = "casevac/v1/TRK-1/report"
    assert read(payload, topic) == read(REPORT, topic)
    thin = {name: value for name, value in REPORT.items() if name not in ("epoch", "n")}
    assert read(cbor.pack(thin), topic) == read(thin, topic)  # the number drawn from its content too


def test_an_event_and_a_status_in_cbor() -> None:
    alert = {"kind": "alert_raised", "at": "2026-11-22T04:59:30Z", "who": "p", "what": "mine", "how_many": 1}
    for channel, told in (("event", alert), ("status", {"online": True})):
        topic = f"casevac/v1/TRK-1/{channel}"
        assert read(cbor2.dumps(told), topic) == read(told, topic)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\xa1\x61a", "CBOR: premature end"),
        (b"\xa1\x61a" * 100_000, "CBOR: maximum container nesting depth"),
        (b"\xa1\x61a\xd8\x23\x61\x28", "CBOR: error decoding semantic tag"),
        (b"\xa1\x61a\xc2\x5a\x00\x10\x00\x00" + b"\xff" * (1 << 20), "CBOR: error decoding semantic tag"),
        (b"\xa1\x61a\xd8\x1c\x81\xd8\x1d\x00", "CBOR: error decoding semantic tag"),
        (b"\xa1\xa0\x01", "CBOR: it holds what JSON has no word for"),
        (b"\xa1\x61a\xf7", "CBOR: it holds what JSON has no word for"),
        (b"\xa2\x00\x01\x00\x02", "CBOR: error decoding map: Duplicate map key"),
        (b"\xa1\x18\x63\x01", "CBOR: no field 99"),
        (b"\xa2\x00\x01\x61a\x01", "CBOR: no field a"),
        (b"\xa1\x03\xf9\x7e\x00", "CBOR: lon by its number is a whole number"),
        (b"\xa1\x02\x1b\xff\xff\xff\xff\xff\xff\xff\xff", "CBOR: at is milliseconds since 1970"),
        (cbor2.dumps({3: 2**60, 4: 0, 2: TST * 1000}), "lon: Expected a number <= 180"),
        (b"\xa0", "missing required field `at`"),
    ],
)
def test_hostile_cbor_is_named(raw: bytes, words: str) -> None:
    assert words in reason(raw, "casevac/v1/TRK-1/report")


@given(
    st.dictionaries(
        st.integers(-2, 12) | st.text(max_size=5),
        st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=5) | st.none() | st.booleans(),
        max_size=8,
    )
)
def test_no_cbor_causes_anything_but_readings(told: dict) -> None:
    (said,) = read(cbor2.dumps(told), "casevac/v1/TRK-1/report")
    assert isinstance(said, Report | Unreadable)
    assert msgspec.json.encode(said.position if isinstance(said, Report) else said.reason)

"""Maps of strangers' JSON: whatever they say, a position or a fault by name; what units and times mean."""

import json
import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac.enrolled import Enrolled
from casevac.errors import BadMessage
from casevac.mission import Enrolment
from casevac.shipped import shipped
from tracker import dialects
from tracker.dialects import mapping
from tracker.wire import Kept, Message, Reading, Report, Unreadable

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
PLAIN = {
    "name": "plain",
    "topic": "gw/{id}",
    "fields": {
        "at": {"pointer": "/t", "format": "unix s"},
        "lon": {"pointer": "/lon", "unit": "deg"},
        "lat": {"pointer": "/lat", "unit": "deg"},
        "speed": {"pointer": "/v", "unit": "km/h"},
        "battery": {"pointer": "/b", "unit": "of 1"},
    },
}
GOOD = {"t": 1795323550, "lon": 18.5551, "lat": 4.3612, "v": 36, "b": 0.5}
LON_LAT = st.sampled_from(["lon", "lat"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["t", "lon", "lat", "v", "b", "a"]), inner)
    ),
    max_leaves=12,
)


def changed(**fields: object) -> dict:
    told = {**PLAIN, "fields": {**PLAIN["fields"], **{key: value for key, value in fields.items() if value}}}
    return {**told, "fields": {key: one for key, one in told["fields"].items() if fields.get(key, one)}}


def read(one: dict, payload: object, topic: str = "gw/7") -> list[Reading]:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    gateway = Enrolment(
        "m", dialect="mapped", topics=("gw/#",), mapping=json.dumps(one), speaks_for={"7": "D-7", "8": "D-8"}
    )
    known = Enrolled({"GW": gateway, "D-7": Enrolment("m"), "D-8": Enrolment("m", revoked=True)})
    return dialects.read(Message(topic, raw, NOW), known)


def reason(one: dict, payload: object, topic: str = "gw/7") -> str:
    (said,) = read(one, payload, topic)
    assert isinstance(said, Unreadable), said
    return said.reason


def test_a_position_comes_in_our_units() -> None:
    (said,) = read(PLAIN, GOOD)
    assert isinstance(said, Report)
    fix = said.position
    assert (fix.device, fix.lon, fix.lat, fix.speed, fix.battery) == ("D-7", 18.5551, 4.3612, 10.0, 50.0)
    assert fix.at == datetime(2026, 11, 22, 4, 59, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "told", "meant"),
    [
        ({"pointer": "/v", "unit": "m/s"}, 10, 10.0),
        ({"pointer": "/v", "unit": "kn"}, "36", 18.52),
        ({"pointer": "/v", "unit": "mph"}, 10, 4.4704),
        ({"pointer": ["/none", "/v"], "unit": "cm/s"}, 250, 2.5),
        ({"pointer": "/v", "unit": "km/h", "part": 1}, "1, 36 ,2", 10.0),
        ({"pointer": "/v/0/x~1y", "unit": "m/s"}, [{"x/y": 3}], 3.0),
        ({"pointer": "/v", "unit": "km/h"}, None, None),
    ],
)
def test_a_speed_is_what_its_unit_says(field: dict, told: object, meant: float | None) -> None:
    (said,) = read(changed(speed=field), {**GOOD, "v": told})
    assert isinstance(said, Report)
    assert said.position.speed == pytest.approx(meant)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("unix s", 1795323550), ("unix s", "1795323550"), ("unix ms", 1795323550000),
        ("unix us", 1795323550e6),
        ("iso", "2026-11-22T04:59:10Z"), ("iso", "2026-11-22T06:59:10.000000000+02:00"),
        ("%d.%m.%Y %H:%M:%S", "22.11.2026 04:59:10"), ("%Y-%m-%dT%H:%M:%S%z", "2026-11-22T05:59:10+0100"),
    ],
)  # fmt: skip
def test_a_time_is_what_its_format_says(form: str, told: object) -> None:
    (said,) = read(changed(at={"pointer": "/t", "format": form}), {**GOOD, "t": told})
    assert isinstance(said, Report)
    assert said.position.at == datetime(2026, 11, 22, 4, 59, 10, tzinfo=UTC)


def test_a_gateway_without_a_clock_tells_when_it_was_heard() -> None:
    (said,) = read(changed(at={"format": "received", "pointer": "/t"}), {"lon": 18.5, "lat": 4.3})
    assert isinstance(said, Report)
    assert said.position.at == NOW


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lat": None}, "lat: nothing at /lat"),
        ({"lat": "north"}, "lat: 'north' is no number"),
        ({"lat": True}, "lat: 'True' is no number"),
        ({"lat": [1]}, "lat: '[1]' is no number"),
        ({"lat": 94}, "lon 18.5551, lat 94 is no place on the earth"),
        ({"lon": "nan"}, "is no place on the earth"),
        ({"lon": 0, "lat": 0}, "no fix: lon and lat are both 0"),
        ({"t": 5}, "is outside 2000 to 2100"),
        ({"t": "inf"}, "time nothing in seconds since 1970 is outside"),
        ({"t": "now"}, "at: 'now' is no number"),
        ({"t": 1795323550000}, "is outside 2000 to 2100"),
        ({"v": -1}, "speed -0.277777778 m/s is none that anything has"),
        ({"v": 1e9}, "is none that anything has"),
        ({"b": 50}, "battery 5000 is not within 0 to 100 per cent"),
    ],
)
def test_what_cannot_be_is_named(change: dict, words: str) -> None:
    assert words in reason(PLAIN, {**GOOD, **change})


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b"null", b"7", b"[]"]
)
def test_hostile_bytes_are_named(raw: bytes) -> None:
    assert reason(PLAIN, raw)


def test_a_device_that_is_not_under_the_gateway_or_was_cut_off_is_not_heard() -> None:
    assert "GW may speak for no '9'; run: casevac device add NAME --under GW --id 9" in reason(
        PLAIN, GOOD, "gw/9"
    )
    assert reason(PLAIN, GOOD, "gw/8") == "device D-8 is revoked"
    both = {**PLAIN, "id": "/who"}
    assert "may speak for that one only" in reason(both, {**GOOD, "who": "9"})
    assert "nothing that names a device at /who" in reason(both, GOOD)
    assert isinstance(read(both, {**GOOD, "who": 7})[0], Report)
    assert "is not enrolled" in reason(PLAIN, GOOD, "elsewhere/7")


def test_an_array_of_positions_is_as_many_readings_and_its_time_may_stand_above() -> None:
    many = {
        **PLAIN,
        "each": "/list",
        "fields": {**PLAIN["fields"], "at": {"pointer": "^/t", "format": "unix s"}},
    }
    said = read(many, {"t": 1795323550, "list": [{"lon": 18.5, "lat": 4.0 + n / 10} for n in range(5)]})
    assert [one.position.lat for one in said if isinstance(one, Report)] == [4.0, 4.1, 4.2, 4.3, 4.4]
    assert reason(many, {"t": 1795323550, "list": {}}) == "/list is no array"
    assert "1000 at most" in reason(many, {"t": 1795323550, "list": [{}] * 1001})


def test_what_the_map_does_not_mean_is_kept_and_not_read() -> None:
    (said,) = read({**PLAIN, "only": [{"pointer": "/kind", "one_of": ["fix", 2]}]}, {"kind": "battery low"})
    assert isinstance(said, Kept)
    assert (said.device, said.raw) == ("D-7", b'{"kind": "battery low"}')
    assert isinstance(
        read({**PLAIN, "only": [{"pointer": "/kind", "one_of": [2]}]}, {**GOOD, "kind": 2})[0], Report
    )


def test_the_same_packet_has_the_same_number_whatever_its_gateway_says_of_the_time() -> None:
    same, times = {**PLAIN, "same": ["/count"]}, ((1795323550, 4), (1795323552, 4), (1795323550, 5))
    told = [read(same, {**GOOD, "t": at, "count": count})[0] for at, count in times]
    first, again, other = [one.position.n for one in told if isinstance(one, Report)]
    assert first == again != other


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "A B"}, "name 'A B'"),
        ({"topic": "#"}, "a topic begins with a word of its own"),
        ({"topic": "casevac/v1/+/report"}, "not with casevac"),
        ({"topic": "$SYS/x"}, "not with casevac, $"),
        ({"topic": "gw/{who}"}, "only {gateway} and {id} stand for something"),
        ({"topic": "gw/x y"}, "without blanks"),
        ({"topic": "gw/x"}, "say where the device's id stands"),
        ({"topic": "gw/{id}/a#"}, "# stands alone and last"),
        ({"fields": {}}, "fields: at is missing"),
        (
            {"fields": changed(lat=None)["fields"] | {"lat": {"pointer": "/lat"}}},
            "lat: unit '' is none of deg",
        ),
        (
            {"fields": changed(at={"pointer": "/t", "format": "soon"})["fields"]},
            "at: format 'soon' is none of iso",
        ),
        (changed(lat={"pointer": "lat", "unit": "deg"}), "'lat' is no JSON Pointer"),
        (changed(lat={"pointer": "/a~2", "unit": "deg"}), "~ is written ~0"),
        (changed(lat={"pointer": [], "unit": "deg"}), "lat: give 1 to 5 pointers"),
        (changed(height={"pointer": "/h", "unit": "m"}), "this is no map"),
        ({"colour": "red"}, "unknown field `colour`"),
    ],
)
def test_a_wrong_map_says_what_is_wrong(change: dict, words: str) -> None:
    with pytest.raises(BadMessage) as fault:
        mapping.read_map(json.dumps({**PLAIN, **change}))
    assert words in str(fault.value)
    assert words in reason({**PLAIN, **change}, GOOD)


@given(JSON)
def test_no_json_is_anything_but_a_position_or_a_fault_in_words(payload: object) -> None:
    for one in (PLAIN, {**PLAIN, "each": "/a"}):
        for said in read(one, payload):
            if isinstance(said, Report):
                fix = said.position
                assert -180 <= fix.lon <= 180 and -90 <= fix.lat <= 90
                assert fix.speed is None or math.isfinite(fix.speed)
            else:
                assert isinstance(said, Unreadable)
                assert "\n" not in said.reason


@pytest.mark.parametrize("path", sorted(shipped("gateways").glob("*.json")), ids=lambda path: path.stem)
def test_a_shipped_map_can_be_read_and_written_again(path) -> None:
    one = mapping.read_map(path.read_bytes())
    assert one.name == path.stem
    assert mapping.read_map(mapping.written(one)) == one
    assert one.source

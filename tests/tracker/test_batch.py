"""Batches: what is packed is unpacked exactly, in any order and part; every fault is one line in words."""

import csv
import itertools
import json
import random
import zlib
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casevac.errors import BadMessage
from geo.lonlat import LonLat, bearing_deg, distance_m
from tests.geo.conftest import shared
from tracker import batch
from tracker.device import position

EPOCH = 1_732_270_000_000
START = datetime(2026, 11, 20, tzinfo=UTC)


def body(n: int, at: datetime, lon: float, lat: float, **more: float | None) -> bytes:
    return msgspec.json.encode({"epoch": EPOCH, "n": n, **position(at, lon, lat, **more)})


def packed(bodies: list[bytes], sent: datetime | None = None) -> bytes:
    return batch.pack(EPOCH, [batch.whole(one) for one in bodies], sent)


reports = st.builds(
    body,
    n=st.integers(1, 2**40),
    at=st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    alt=st.none() | st.floats(-1000, 100_000),
    accuracy=st.none() | st.floats(0, 1_000_000),
    speed=st.none() | st.floats(0, 1500),
    course=st.none() | st.floats(0, 360),
    battery=st.none() | st.floats(0, 100),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(reports, min_size=1, max_size=30, unique_by=lambda one: json.loads(one)["n"]), st.randoms())
def test_a_batch_is_its_reports_in_any_order_and_any_part(bodies: list[bytes], chance: random.Random) -> None:
    chance.shuffle(bodies)
    part = bodies[: chance.randint(1, len(bodies))]
    for some in (bodies, part):
        found = batch.unpack(packed(some))
        expected = sorted((msgspec.json.decode(one) for one in some), key=lambda one: one["n"])
        assert [_same(msgspec.json.decode(one)) for one in found] == [_same(one) for one in expected]


def _same(said: dict) -> dict:
    return {**said, "at": datetime.fromisoformat(said["at"])}


def test_the_time_of_sending_goes_with_each_report() -> None:
    sent = START + timedelta(hours=1)
    (one,) = batch.unpack(packed([body(1, START, 18.5, 4.4)], sent))
    assert json.loads(one)["sent"] == "2026-11-20T01:00:00.000Z"


@pytest.mark.parametrize(
    "fields",
    [
        {"at": "2026-11-20T00:00:00.000001Z", "lon": 1.0, "lat": 1.0},
        {"at": "2026-11-20T00:00:00Z", "lon": 1.00000001, "lat": 1.0},
        {"at": "2026-11-20T00:00:00Z", "lon": 1.0, "lat": 1.0, "speed": 1.234},
        {"at": "2026-11-20T00:00:00", "lon": 1.0, "lat": 1.0},
        {"at": "2026-11-20T00:00:00Z", "lon": 1.0},
    ],
)
def test_what_a_batch_cannot_carry_exactly_is_not_packed(fields: dict) -> None:
    with pytest.raises(BadMessage):
        batch.whole(json.dumps({"n": 1, **fields}).encode())


def test_a_stranger_may_send_it_as_plain_json_or_deflated() -> None:
    told = {
        "epoch": 1,
        "fields": ["n", "at", "lon", "lat", "speed"],
        "rows": [
            [4, 1_795_323_570_000, 185_500_000, 43_600_000, 1390],
            [1, 10_000, 12_500, -800, None],
            [1, 1, 1, 1, 10],
        ],
    }
    plain = json.dumps(told).encode()
    first, second, third = (json.loads(one) for one in batch.unpack(plain))
    assert first == {
        "epoch": 1,
        "n": 4,
        "at": "2026-11-22T04:59:30Z",
        "lon": 18.55,
        "lat": 4.36,
        "speed": 13.9,
    }
    assert second == {"epoch": 1, "n": 5, "at": "2026-11-22T04:59:40Z", "lon": 18.55125, "lat": 4.35992}
    assert third["speed"] == 14.0  # null says nothing and adds nothing
    assert batch.unpack(zlib.compress(plain)) == batch.unpack(plain)


GOOD = packed(
    [body(n, START + timedelta(seconds=10 * n), 18.5 + n / 1000, 4.4, speed=n / 10) for n in range(1, 40)]
)


def test_a_payload_cut_at_any_byte_is_one_fault_in_words() -> None:
    for end in range(len(GOOD)):
        with pytest.raises(BadMessage, match="batch: "):
            batch.unpack(GOOD[:end])
    plain = zlib.decompress(GOOD)
    for end in range(len(plain)):
        with pytest.raises(BadMessage, match="batch: "):
            batch.unpack(plain[:end])


@given(st.binary(max_size=300) | st.builds(zlib.compress, st.binary(max_size=300)))
def test_no_bytes_at_all_cause_anything_but_a_fault_in_words(payload: bytes) -> None:
    with pytest.raises(BadMessage, match="batch: "):
        batch.unpack(payload)


@given(st.data())
def test_a_changed_byte_is_a_fault_or_other_reports(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(GOOD) - 1))
    changed = GOOD[:place] + bytes([data.draw(st.integers(0, 255))]) + GOOD[place + 1 :]
    try:
        found = batch.unpack(changed)
    except BadMessage as fault:
        assert "\n" not in str(fault)
    else:
        assert found == batch.unpack(GOOD)  # the checksum lets no other content through


def told(**other: object) -> bytes:
    usual = {"epoch": 1, "fields": ["n", "at", "lon", "lat"], "rows": [[1, 1_795_323_570_000, 1, 1]]}
    return zlib.compress(json.dumps({**usual, **other}).encode())


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "empty or cut short"),
        (b"hello", "neither zlib nor JSON"),
        (zlib.compress(b" " * 2_000_000), "more than 1 MiB"),
        (zlib.compress(b"[" * 1_000_000), "batch: "),
        (zlib.compress(zlib.compress(b" " * 50_000_000)), "batch: "),
        (b"{" + b" " * (1 << 20), "more than 1 MiB"),
        (GOOD + b"x", "follows the end"),
        (told(rows=[]), "no rows"),
        (told(rows=[[1, 1, 1, 1]] * 5001), "<= 5000"),
        (told(rows=[[1, 1, 1]]), "row 1 has 3 values for 4 fields"),
        (told(rows=[[1, 1, 1, "x"]]), "Expected `int | null`"),
        (told(rows=[[1, 1, 1, 1.5]]), "Expected `int | null`"),
        (told(rows=[[1, 1, 1, True]]), "Expected `int | null`"),
        (told(rows=[[1, 1, 1, 10**40]]), "batch: "),
        (told(rows={"a": 1}), "Expected `array`"),
        (told(rows=[1, 2]), "Expected `array`"),
        (told(fields=["n", "at", "lon"]), "fields lacks lat"),
        (told(fields=["n", "at", "lon", "lat", "who"]), "unknown field 'who'"),
        (told(fields=["n", "at", "lon", "lat", "lat"]), "named twice"),
        (told(epoch=None), "Expected `int`"),
        (told(epoch=-1), "Expected `int` >= 0"),
        (zlib.compress(b"{}"), "missing required field"),
        (zlib.compress(b'{"epoch":1,"fields":["n"],"rows":[[NaN]]}'), "batch: "),
        (zlib.compress(b'{"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}"), "batch: "),
        (zlib.compress(b'{"epoch":1,"fields":["\xed\xa0\x80"],"rows":[]}'), "batch: "),
    ],
)
def test_what_is_wrong_with_a_batch_is_told_in_words(payload: bytes, words: str) -> None:
    with pytest.raises(BadMessage) as caught:
        batch.unpack(payload)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_value_out_of_its_range_is_left_to_the_reader_of_the_report() -> None:
    rows = [[1, 2**61, 0, 910_000_000], [1, 1_795_323_570_000 - 2**61, 1, -910_000_000 + 43_600_000]]
    bad, good = (json.loads(one) for one in batch.unpack(told(rows=rows)))
    assert (bad["n"], bad["lat"]) == (1, 91.0)
    assert "ms since 1970" in bad["at"]
    assert (good["n"], good["lat"], good["at"]) == (2, 4.36, "2026-11-22T04:59:30Z")


def test_a_real_track_costs_few_bytes_a_report() -> None:
    """Real trips, their fixes told every 10 s, in the batches that a device sends over a thin link."""
    bodies = real_track(3000)
    sizes = [len(packed(bodies[start : start + 300], START)) for start in range(0, len(bodies), 300)]
    assert sum(sizes) / len(bodies) <= 14
    assert len(packed(bodies, START)) / len(bodies) <= 12


def real_track(most: int) -> list[bytes]:
    with shared("tracks", "porto_taxi_sample_st4ml.csv").open() as file:
        trips = [row["shape"][12:-1].split(", ") for row in csv.DictReader(file)]
    fixes = [LonLat(*map(float, point.split())) for trip in trips for point in trip]
    chance, found = random.Random(1), []
    for n, (a, b) in enumerate(itertools.pairwise(fixes[: most + 1]), 1):
        at = START + timedelta(seconds=10 * n, milliseconds=chance.randint(0, 40))
        found.append(
            body(
                n, at, b.lon, b.lat, speed=round(min(distance_m(a, b) / 10, 60), 1),
                course=round(bearing_deg(a, b) % 360, 1), accuracy=round(abs(chance.gauss(6, 2))),
                battery=90 - n // 100,
            )
        )  # fmt: skip
    return found

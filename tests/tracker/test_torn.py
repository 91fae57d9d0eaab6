"""What nobody can read is refused by its number where that is sure, and by none where it is not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.tracker.conftest import Door
from tests.tracker.listener import until
from tests.tracker.test_ingest import report
from tracker import torn

DEEP = b"[" * 10_000 + b"]" * 10_000
LONG = b"1" * 5001
HEAD = b'{"epoch":3,"n":14,"at":"2026-11-22T05:00:00Z",'
FAR = b" " * torn.HEAD


@pytest.mark.parametrize(
    "payload",
    [
        HEAD + b'"lon":18,"lat":' + LONG + b"}",
        HEAD + b'"lon":18,"what":' + DEEP + b"}",
        HEAD + b'"what":"caf\xe9"}',
        HEAD + b'"what":"two\nlines"}',
        HEAD + b'"lat":4.3,}',
        b' { "lon" : 18.5 , "x" : {"n":7,"epoch":{}} , "n" : 14,\t"epoch" :3, "lat":' + LONG + b"}",
        b'{"x":[{"n":7},["n",1]],"epoch":3,"n":14,"what":' + DEEP + b"}",
        b'{"what":"\\"n\\":7, ","epoch":3,"n":14,"lat":' + LONG + b"}",
        HEAD + b'"lat":' + LONG + b"}" + FAR,
    ],
    ids=range(9),
)
def test_a_number_in_front_is_found(payload: bytes) -> None:
    assert torn.numbers(payload) == (3, 14)


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"{", b"[]", b'"n"', b"\xff", b'[{"epoch":3,"n":14}]', b'{"epoch":3}', b'{"epoch":3,"n":14',
        b'{"epoch":3,"n":14,', b'{"epoch":3,"n":14, ', b'{"epoch":3,"n":14,"lat":1',
        b'{"epoch":3,"x":{"n":14}}', b'{"x":{"epoch":3,"n":14}}', b'{"x":[{"epoch":3,"n":14}]}',
        b'{"epoch":3,"n":14,"n":15}', b'{"epoch":3,"n":14,"\\u006e":15}', b'{"epoch":3,"n":14}{"n":15}',
        b'{"epoch":3,"n":14.0}', b'{"epoch":3,"n":1e1}', b'{"epoch":3,"n":-1}', b'{"epoch":3,"n":0}',
        b'{"epoch":3,"n":014}', b'{"epoch":3,"n":"14"}', b'{"epoch":3,"n":[14]}', b'{"epoch":3,"n":{"n":14}}',
        b'{"epoch":3,"n":9223372036854775808}', b'{"epoch":3,"n":14 15}', b'{"epoch":3,"n" 14}',
        b'{"epoch":3,"n"::14}', b'{"epoch":3,"n":14]', b'{"x":[},"epoch":3,"n":14}',
        b'{"what":"say "hi","epoch":3,"n":14,"x":""}', b'{"what":"x\\","epoch":3,"n":14}',
        HEAD + b'"lat":' + LONG + b',"n":15}', HEAD + b'"lat":' + LONG + b',"\\u006e":15}',
        HEAD + b'"x":"' + b"a" * (torn.HEAD - len(HEAD) - 9) + b'","n"' + b":15}",
        HEAD[:-1] + b"}" + FAR + b"x", FAR + HEAD + b'"lat":' + LONG + b"}",
        b'{"x":' + DEEP + b',"epoch":3,"n":14}',
    ],
)  # fmt: skip
def test_what_is_doubtful_has_no_number(payload: bytes) -> None:
    assert torn.numbers(payload) is None


@given(some.binary(max_size=300) | some.text('{}[]",:\\n1epoch ', max_size=120).map(str.encode))
def test_no_bytes_raise(payload: bytes) -> None:
    torn.numbers(payload)


_KEYS = some.sampled_from(["epoch", "n", "x", "lat", 'a"n"'])
_VALUES = some.recursive(
    some.integers(-3, 10**20)
    | some.text('n":,{}[]\\ 1', max_size=8)
    | some.none()
    | some.floats(allow_nan=False),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(some.dictionaries(_KEYS, _VALUES, max_size=5), some.integers(0, 6000), some.booleans())
def test_of_what_can_be_read_it_says_the_truth_or_nothing(
    fields: dict[str, object], padding: int, in_front: bool
) -> None:
    padded = {"pad": "p" * padding} | fields if in_front else fields | {"pad": "p" * padding}
    found = torn.numbers(json.dumps(padded).encode())
    assert found in (None, (fields.get("epoch"), fields.get("n")))


@given(some.dictionaries(_KEYS, _VALUES, max_size=5), some.data())
def test_what_is_cut_short_has_no_number(fields: dict[str, object], data: some.DataObject) -> None:
    raw = json.dumps(fields).encode()
    assert torn.numbers(raw[: data.draw(some.integers(0, len(raw) - 1))]) is None


def test_the_door_refuses_by_number_what_nobody_can_read(door: Door) -> None:
    tracker = door.enrol("trk-1")
    for n, wrong in enumerate((b'"lat":' + LONG, b'"x":' + DEEP, b'"at":"caf\xe9"'), start=1):
        tracker.send("report", json.dumps(report(n)).encode()[:-1] + b"," + wrong + b"}")
        tracker.send("event", b'{"epoch":2,"n":%d,"kind":"alert_raised",' % n + wrong + b"}")

    def refused() -> set[tuple[int, int]]:
        return {(told["epoch"], one["n"]) for told in tracker.receipts for one in told["refused"]}

    assert until(lambda: refused() == {(epoch, n) for epoch in (1, 2) for n in (1, 2, 3)})

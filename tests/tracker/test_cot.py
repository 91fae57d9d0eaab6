"""Cursor on Target and the TAK protocol: what is written is read again, in pieces of any size."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from casevac.errors import BadMessage
from casevac.events import NineLineSent
from casevac.request import Request, Version
from casevac.terms import Equipment, Precedence
from tracker.cot.frames import Board, Sight
from tracker.cot.shown import ALL, Item
from tracker.dialects import atak, cot, medevac, tak
from tracker.dialects.cot import Cot, Node

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
texts = st.text(st.characters(codec="utf-8"), max_size=30)
named = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=30)
instants = st.integers(946_684_800_000, 4_102_444_800_000).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)


@st.composite
def events(draw: st.DrawFn) -> Cot:
    detail = [
        Node("contact", {"callsign": draw(named)}),
        Node("track", {"speed": "1.5", "course": "90.0"}),
        Node("remarks", {}, [], draw(named)),
        Node("other", {"said": draw(texts)}, [Node("inner", {"more": draw(texts)})]),
    ]
    return Cot(
        uid=draw(named), type="a-f-G-U-C", how="m-g", time=draw(instants), start=draw(instants),
        stale=draw(instants), lat=draw(st.floats(-90, 90)), lon=draw(st.floats(-180, 180)),
        hae=draw(st.none() | st.floats(-400, 90_000)), ce=draw(st.none() | st.floats(0, 9000)), detail=detail,
    )  # fmt: skip


def usual(text: str) -> str:
    """A text as XML gives it back: what it may not hold is replaced, an attribute's blanks are blanks."""
    return cot.read(cot.write(one(callsign=text))).callsign


def one(callsign: str = "A", uid: str = "u-1") -> Cot:
    return Cot(
        uid=uid, type="a-f-G-U-C", how="m-g", time=NOW, start=NOW, stale=NOW, lat=1.0, lon=2.0,
        detail=[Node("contact", {"callsign": callsign})],
    )  # fmt: skip


@given(events())
def test_what_is_written_is_read_again_in_both_forms(told: Cot) -> None:
    xml, protobuf = cot.read(cot.write(told)), tak.read(tak.write(told))
    for found in (xml, protobuf):
        assert (found.uid, found.type, found.time, found.start, found.stale) == (
            told.uid, told.type, told.time, told.start, told.stale,
        )  # fmt: skip
        assert found.lat == pytest.approx(told.lat, abs=1e-7)
        assert found.lon == pytest.approx(told.lon, abs=1e-7)
        assert (found.ce is None) == (told.ce is None)
        assert found.figure("track", "speed") == 1.5
        assert found.child("other") is not None
    assert xml.callsign == protobuf.callsign or told.callsign != usual(told.callsign)


@given(st.lists(events(), max_size=4), st.lists(st.booleans(), min_size=4, max_size=4), st.integers(1, 700))
def test_a_stream_is_cut_into_the_same_events_whatever_the_pieces(
    told: list[Cot], forms: list[bool], size: int
) -> None:
    stream = b"".join(
        tak.streamed(tak.write(each)) if protobuf else cot.write(each) + b"\n"
        for each, protobuf in zip(told, forms, strict=False)
    )
    frames, found = tak.Frames(), []
    for start in range(0, len(stream), size):
        found += frames.feed(stream[start : start + size])
    assert [frame.read().uid for frame in found] == [each.uid for each in told]
    assert [frame.protobuf for frame in found] == forms[: len(told)]


def test_frames_are_as_the_protocol_says() -> None:
    assert tak.meshed(b"")[:3].hex() == "bf01bf"
    assert tak.streamed(b"x" * 300)[:3].hex() == "bfac02"
    assert tak.unmeshed(tak.meshed(b"abc")) == b"abc"


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        (b"\xbf\xff\xff\xff\xff\x7f", "too large"),
        (b"\xbf\x01\xbf\x0a\x00", "frames of a mesh on a stream"),
        (b"GET / HTTP/1.1\r\n", "begins with < or 0xbf"),
        (b"\xbf" + b"\xff" * 20, "more than ten bytes"),
        (b"<event " + b"x" * 300_000, "too large"),
    ],
)
def test_a_stream_that_cannot_be_followed_is_named(stream: bytes, words: str) -> None:
    with pytest.raises(BadMessage, match=words):
        tak.Frames().feed(stream)


@given(st.binary(max_size=400))
def test_garbage_is_named_and_nothing_else_happens(garbage: bytes) -> None:
    for read in (cot.read, tak.read, atak.decoded):
        try:
            read(garbage)
        except BadMessage as fault:
            assert str(fault)


def test_a_9_line_is_written_as_it_was_read() -> None:
    told = NineLineSent(
        request="R-1", frequency="41.25", callsign="MEDIC 2", precedences={Precedence.URGENT_SURGICAL: 2},
        equipment=(Equipment.HOIST, Equipment.VENTILATOR), litter=2, ambulatory=0,
        security=medevac.SECURITY[3], marking=medevac.MARKING[4], marking_detail="flag",
        patients={"prisoner": 1}, terrain="slope N", remarks="soon",
    )  # fmt: skip
    node = medevac.write(told, "MEDIC 2", [{"title": "ZMIST1", "z": "ZGDF-7KWT", "m": "Blast"}])
    assert node.attributes["security"] == "3"
    found = medevac.read(node.attributes, [row.attributes for row in node.children[0].children])
    assert found.notes == []
    assert found.extra == {}
    known = {name: value for name, value in found.lines.items() if name != "remarks"}
    assert NineLineSent(request="R-1", remarks="soon", **known) == told
    assert medevac.casualties(found, "m", "u")[0] == "ZGDF-7KWT"  # a ZAP id of ours stays what it is


def test_ids_are_the_same_whenever_the_same_is_told_again() -> None:
    found = medevac.read({"litter": "2"}, [{"title": "ZMIST5", "m": "Blast"}])
    zaps = medevac.casualties(found, "m", "u")
    assert len(zaps) == 5
    assert zaps == medevac.casualties(found, "m", "u")
    assert not set(zaps) & set(medevac.casualties(found, "n", "u"))


def test_what_a_whole_telling_leaves_out_is_none_only_where_it_was_told() -> None:
    first = NineLineSent(request="R", whole=True, precedences={Precedence.URGENT: 2}, litter=1, ambulatory=1)
    second = NineLineSent(request="R", whole=True, extra={"a": "b"})
    versions = tuple(
        Version((NOW + timedelta(seconds=n), "s", n), "d", told) for n, told in enumerate((first, second))
    )
    merged = Request("R", nine_lines=versions).nine_line
    assert merged is not None
    assert (merged.precedences, merged.litter, merged.ambulatory) == ({}, 0, 0)
    assert merged.equipment is None  # nobody ever told: it is missing, not none
    assert merged.extra == {"a": "b"}


def test_each_client_is_sent_what_it_has_not_and_what_is_gone() -> None:
    board, sight = Board(), Sight()
    public, secret = Item(one(uid="v"), frozenset((ALL,)), 1), Item(one(uid="c"), frozenset(("chief",)), 1)
    turn = board.show([public, secret], NOW)
    assert [piece.cot.uid for piece in sight.public(turn).some] == ["v"]
    assert sight.private(turn, frozenset((ALL,)), NOW) == []
    assert [piece.cot.uid for piece in sight.private(turn, frozenset((ALL, "chief")), NOW)] == ["c"]
    turn = board.show([public, secret], NOW + timedelta(seconds=1))
    assert sight.public(turn).some == ()  # nothing changed
    assert sight.private(turn, frozenset(("chief",)), NOW) == []
    left = sight.private(turn, frozenset((ALL,)), NOW)  # it may see it no more
    assert [(piece.cot.type, piece.cot.uid) for piece in left] == [("t-x-d-d", "c")]
    turn = board.show([replace_same(public, 2)], NOW + timedelta(seconds=2))
    assert [piece.cot.uid for piece in sight.public(turn).some] == ["v"]
    turn = board.show([], NOW + timedelta(seconds=3))
    assert [(piece.cot.type, piece.cot.uid) for piece in sight.public(turn).some] == [("t-x-d-d", "v")]
    late = Sight()
    turn = board.show([public], NOW + timedelta(seconds=4))
    board.show([public], NOW + timedelta(seconds=5))
    turn = board.show([public], NOW + timedelta(seconds=6))
    assert [piece.cot.uid for piece in late.public(turn).some] == ["v"]  # all of it, whenever one comes
    assert turn.whole.xml is turn.whole.xml  # encoded once


def replace_same(item: Item, same: object) -> Item:
    return item._replace(same=same, cot=replace(item.cot, lat=3.0))

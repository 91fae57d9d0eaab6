"""MQTT 5 packets: what is written is read again however it is cut; foreign bytes are named, never raised."""

import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import packets
from tracker.packets import Control, Malformed, Parser
from tracker.wire import Message

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def incoming(topic: str, payload: bytes, number: int, properties: bytes = b"") -> bytes:
    """A PUBLISH as a broker sends it: QoS 1 with a number, QoS 0 with 0."""
    name = topic.encode()
    head = struct.pack(">H", len(name)) + name + (struct.pack(">H", number) if number else b"")
    size = bytes([len(properties)]) if len(properties) < 128 else bytes([len(properties) & 127 | 128, 1])
    return packets.packet(0x32 if number else 0x30, head + size + properties + payload)


publishes = st.tuples(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.binary(max_size=300),
    st.integers(0, 65535),
    st.sampled_from([b"", b"\x01\x01", bytes([0x26, 0, 1, 65, 0, 1, 66]) * 20]),
)


@given(st.lists(publishes, max_size=20), st.lists(st.integers(1, 50), max_size=40))
def test_messages_are_read_whole_however_the_stream_is_cut(
    sent: list[tuple[str, bytes, int, bytes]], cuts: list[int]
) -> None:
    stream = packets.PINGREQ_BYTES + b"".join(incoming(*one) for one in sent)
    parser, messages, controls = Parser(7, 1 << 20), [], []
    position = 0
    for size in [*cuts, len(stream)]:
        some, others = parser.feed(stream[position : position + size], NOW)
        messages += some
        controls += others
        position += size
    assert [(one.topic, one.payload) for one in messages] == [(topic, payload) for topic, payload, *_ in sent]
    tokens = [one.token for one in messages]
    assert [token & 0xFFFF for token in tokens] == [number for *_, number, _ in sent]
    assert all(token >> 32 == 7 for token in tokens if token)
    assert controls == [Control(12, b"")]


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_else_than_malformed(junk: bytes) -> None:
    for read in (
        lambda: Parser(1, 1000).feed(junk, NOW),
        lambda: packets.accepted(junk),
        lambda: packets.refused(junk),
    ):
        try:
            read()
        except Malformed as fault:
            assert str(fault)


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (b"\x32\xff\xff\xff\xff\x01", "four bytes"),
        (b"\x32\xff\xff\xff\x7f", "above the"),
        (b"\x34\x07\x00\x01a\x00\x01\x00x", "never asked for"),
        (b"\x36\x07\x00\x01a\x00\x01\x00x", "never asked for"),
        (b"\x32\x04\x00\x01a\x00", "cut short"),
        (b"\x30\x03\x00\x01a", "cut short"),
        (b"\x30\x00", "topic"),
        (b"\x30\x04\x00\x01a\x09", "beyond it"),
        (b"\x30\x03\x00\x00\x00", "topic"),
        (b"\x30\x05\x00\x02\xc3\x28\x00", "UTF-8"),
    ],
)
def test_what_is_wrong_with_a_stream_is_said(stream: bytes, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        Parser(1, 1 << 20).feed(stream, NOW)


def test_a_refusal_is_told_in_words() -> None:
    with pytest.raises(Malformed, match="user name or password is wrong"):
        packets.accepted(b"\x00\x86\x00")
    assert packets.accepted(b"\x00\x00\x06\x13\x00\x14\x21\x00\x0a") == {0x13: 20, 0x21: 10}
    assert packets.refused(b"\x00\x01\x00\x01\x87") == [0x87]
    assert packets.reason(0x8E) == "another client came with our name"
    assert packets.reason(0x42) == "reason 0x42"


def test_acknowledgements_of_one_connection_only_go_out_in_one_run() -> None:
    messages, _ = Parser(3, 1 << 20).feed(incoming("a", b"", 5) + incoming("a", b"", 65535), NOW)
    older, _ = Parser(2, 1 << 20).feed(incoming("a", b"", 6), NOW)
    tokens = [one.token for one in (*older, *messages, Message("a", b"", NOW))]
    assert packets.pubacks(tokens, 3) == b"\x40\x02\x00\x05\x40\x02\xff\xff"

"""Lanes by measured link: slower when frames wait, faster after a while, then ever more seldom."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac.errors import BadMessage
from casevac.picture import empty
from casevac.position import Position
from maps.frames import frame
from maps.hub import MOST_FAST, Room
from maps.pace import FAST, HOLD_S, LANES_S, USUAL, Pace, lane_of
from maps.piece import Piece, accepts_gzip
from maps.scene import Change, Scene
from maps.tail import Batch
from tests.maps.unpack import Reader

AT = datetime(2026, 3, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize("text", ["0.1", "1", "1.0", "2", "5", " 5 "])
def test_a_lane_is_read(text: str) -> None:
    assert LANES_S[lane_of(text)] == float(text)


@given(st.text(max_size=60))
def test_any_other_word_is_refused_in_one_line(text: str) -> None:
    try:
        assert LANES_S[lane_of(text)] in LANES_S
    except BadMessage as fault:
        assert "\n" not in str(fault)
        assert len(str(fault)) < 400


def test_one_late_frame_is_no_reason_and_two_are() -> None:
    pace = Pace()
    assert not pace.missed(1.0)
    pace.kept(2.0)
    assert not pace.missed(3.0)
    assert pace.missed(4.0)
    assert LANES_S[pace.lane] == 2


def test_a_lane_that_was_too_fast_is_tried_ever_more_seldom() -> None:
    pace, now, waits = Pace(), 0.0, []
    for _ in range(6):
        while not pace.missed(now):
            now += 1.0
        began = now
        while not pace.kept(now):
            now += 1.0
        waits.append(now - began)
        now += 1.0
    assert waits[0] == pytest.approx(HOLD_S)
    assert waits == sorted(waits)
    assert waits[-1] > 8 * waits[0]


@given(st.lists(st.tuples(st.floats(0, 30), st.sampled_from("mktn")), max_size=80))
def test_it_stays_on_a_lane_and_never_gains_the_fast_one_by_itself(steps: list[tuple[float, str]]) -> None:
    pace, now = Pace(), 0.0
    for passed, what in steps:
        now += passed
        before = pace.lane
        if what in "mk":
            changed = pace.missed(now) if what == "m" else pace.kept(now)
        else:
            lag_ms, rtt_ms = (9000, 5) if what == "t" else (10, 600)
            changed = pace.told(now, lag_ms, rtt_ms, room_on_fast=True)
        assert changed == (pace.lane != before)
        assert USUAL <= pace.lane < len(LANES_S)


def test_the_fast_lane_is_for_the_near_and_only_while_there_is_room() -> None:
    assert not Pace().told(0, 5, 400, room_on_fast=True)
    assert not Pace().told(0, 400, 5, room_on_fast=True)
    assert not Pace().told(0, 5, 5, room_on_fast=False)
    pace = Pace()
    assert pace.told(0, 5, 5, room_on_fast=True)
    assert pace.lane == FAST
    assert pace.missed(1) or pace.missed(2)
    pace.kept(10_000)
    assert pace.lane == USUAL


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("notgzip", False),
    ],
)
def test_who_takes_gzip(header: str, takes: bool) -> None:
    assert accepts_gzip(header) is takes


class Line:
    """A connection whose other end may stop reading."""

    def __init__(self) -> None:
        self.stalled = False
        self.taken = bytearray()
        self.was_cut = False

    def write(self, body: bytes) -> None:
        while body:
            size, _, body = body.partition(b"\r\n")
            self.taken += body[: int(size, 16)]
            body = body[int(size, 16) + 2 :]

    def cut(self) -> None:
        self.was_cut = True

    def kinds(self) -> list[str]:
        return [one.split(b"\n")[0].decode() for one in self.taken.split(b"event: ")[1:]]


def test_a_viewer_that_stalls_gets_one_keyframe_and_every_event_and_a_slower_lane() -> None:
    async def story() -> None:
        room = _room()
        viewer, line = room.join("", USUAL), Line()
        viewer.attach(line)
        line.stalled = True
        for tick in range(1, 7):
            _step(room, tick, event=True)
        assert line.kinds() == ["hello", "moves", "positions"]
        line.stalled = False
        viewer.flush()
        late = line.kinds()[3:]
        assert late.count("change") == 6
        assert late.count("moves") == 1
        assert late.count("lane") == 2  # it had missed five frames
        assert viewer.lane.seconds == 5
        assert _held(line)["a"]["lon"] == 6.0

    asyncio.run(story())


def test_a_viewer_that_keeps_up_costs_one_write_a_frame_and_all_share_the_bytes() -> None:
    async def story() -> None:
        room = _room()
        lines = [Line() for _ in range(3)]
        for line in lines:
            room.join("", USUAL).attach(line)
        for tick in range(1, 5):
            _step(room, tick, event=False)
        told = [line.taken[line.taken.index(b"event: moves") :] for line in lines]
        assert told[0] == told[1] == told[2]
        assert lines[0].kinds().count("moves") == 5
        assert _held(lines[0])["a"]["lon"] == 4.0

    asyncio.run(story())


def test_who_takes_nothing_for_long_is_given_up() -> None:
    async def story() -> None:
        room = _room()
        viewer, line = room.join("", USUAL), Line()
        viewer.attach(line)
        room.sweep(0.0)
        assert not line.was_cut
        line.stalled = True
        _step(room, 1, event=True)
        room.sweep(3600.0)
        assert not line.was_cut
        room.sweep(-1.0)
        assert line.was_cut
        assert viewer.ended.done()

    asyncio.run(story())


def test_the_fast_lane_has_so_many_seats() -> None:
    async def story() -> None:
        room = _room()
        seats = [room.join("", FAST).lane.seconds for _ in range(MOST_FAST + 3)]
        assert seats == [0.1] * MOST_FAST + [1.0] * 3
        assert room.shortest_s == 0.1

    asyncio.run(story())


def _room() -> Room:
    return Room(Scene("aa", empty("ex"), {"a": _fix(0)}, (), {}))


def _step(room: Room, tick: int, *, event: bool) -> None:
    """A position moves, and an event is told; every lane is due."""
    scene = room.scene._replace(positions={"a": _fix(tick)})
    changes = [Change(tick + 1, Piece(frame("change", {"log": []}, f"aa-{tick + 1}")))] if event else []
    room.add(Batch("ex", changes, [_fix(tick)], {}, scene))
    for lane in room.lanes.values():
        lane.hurry()
    room.tick()


def _fix(tick: int) -> Position:
    return Position(
        mission="ex",
        device="a",
        epoch=1,
        n=tick,
        at=AT,
        corrected_at=AT,
        received_at=AT,
        lon=float(tick),
        lat=5.0,
    )


def _held(line: Line) -> dict[str, dict[str, object]]:
    reader, held = Reader(), {}
    for one in bytes(line.taken).split(b"\n\n"):
        if one.startswith(b"event: moves\ndata: "):
            held |= reader.take(msgspec.json.decode(one[len(b"event: moves\ndata: ") :]))
    return held


def test_who_has_become_far_leaves_the_fast_lane_and_comes_back_when_near_again() -> None:
    pace = Pace()
    assert pace.told(0, 5, 5, room_on_fast=True)
    assert not pace.told(1, 250, 5, room_on_fast=True)
    assert pace.told(2, 350, 900, room_on_fast=True)
    assert pace.told(7, 350, 900, room_on_fast=True)
    assert LANES_S[pace.lane] == 2
    assert not pace.told(12, 350, 900, room_on_fast=True)
    assert not pace.kept(1000)
    assert not pace.told(1001, 5, 5, room_on_fast=True)
    assert pace.kept(2000)
    assert pace.told(2001, 5, 5, room_on_fast=True)
    assert pace.lane == FAST

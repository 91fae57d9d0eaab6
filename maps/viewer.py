"""One open stream: a bounded queue of frames that were encoded once, written straight to its connection."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from maps.lanes import Lane
from maps.pace import Pace
from maps.piece import GZIP_HEAD, Piece, chunk

if TYPE_CHECKING:
    from maps.hub import Room

RING_FRAMES = 1000  # so far back a viewer can resume
RING_BYTES = 16_000_000
MOST_FRAMES = RING_FRAMES + 200  # a viewer further behind is told to begin again
MOST_BYTES = 2 * RING_BYTES  # frames are shared with the ring and the other viewers
AT_ONCE = 65_536  # bytes handed over before we look whether the connection still takes them


class Line(Protocol):
    """The connection behind a stream."""

    @property
    def stalled(self) -> bool:
        """True while it holds so much unsent that it wants no more."""

    def write(self, body: bytes) -> None:
        """Hand over bytes; never waits."""

    def cut(self) -> None:
        """End it without a word."""


class _Entry:
    """A frame in a queue; None when a later one replaced it."""

    __slots__ = ("catch_up", "piece")

    def __init__(self, piece: Piece | None, *, catch_up: bool = False) -> None:
        self.piece = piece
        self.catch_up = catch_up  # made when its turn comes, from what is true then


class Viewer:
    """Log frames are every one in order; of positions only the latest that the connection has room for.

    While its connection keeps up a frame is one write of bytes that all share, and no task wakes.
    """

    def __init__(self, room: "Room", lane: Lane, pace: Pace, *, gzip: bool = False) -> None:
        self.room = room
        self.id = secrets.token_urlsafe(9)
        self.lane = lane
        self.pace = pace
        self.gzip = gzip
        self.over = False
        self.ended = asyncio.get_running_loop().create_future()
        self._line: Line | None = None
        self._queue: deque[_Entry] = deque()
        self._bytes = 0
        self._frames = 0
        self._positions: _Entry | None = None
        self._forecasts: _Entry | None = None
        self._heartbeat: _Entry | None = None
        self._stalled_at: float | None = None

    # --- the connection

    def attach(self, line: Line) -> None:
        """The answer's head is sent: what waits may follow."""
        self._line = line
        if self.gzip:
            line.write(chunk(GZIP_HEAD))
        self.flush()

    def flush(self) -> None:
        """Hand over what waits, as far as the connection takes it."""
        if self._line is None:
            return
        while self._queue and not self._line.stalled:
            self._line.write(self._take())
        self._stalled_at = time.monotonic() if self._queue else None
        if not self._queue:
            self._frames = self._bytes = 0
            if self.over:
                self._finish()

    def gone(self) -> None:
        """The client hung up."""
        self.over = True
        self._line = None
        self._queue.clear()
        self._finish()

    def stuck(self, patience_s: float) -> bool:
        """True when the connection has taken nothing for so long."""
        return self._stalled_at is not None and time.monotonic() - self._stalled_at > patience_s

    def cut(self) -> None:
        """Give the connection up."""
        if self._line is not None:
            self._line.cut()
        self.gone()

    def _finish(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    # --- what it is told

    def log(self, pieces: Iterable[Piece]) -> None:
        """Add frames none of which may be missed; too many unsent end in a reset."""
        for piece in pieces:
            if self._put(_Entry(piece)):
                self._bytes += len(piece)
                self._frames += 1
        if self._frames > MOST_FRAMES or self._bytes > MOST_BYTES:
            self.reset("this connection is too slow: events waited too long")

    def positions(self, piece: Piece) -> bool:
        """Tell a lane's frame, or replace unsent ones by all positions; False when that was needed."""
        if self._positions is not None:
            self.catch_up()
            return False
        entry = _Entry(piece)
        if self._put(entry):
            self._positions = entry
        return True

    def forecasts(self, piece: Piece) -> None:
        """Tell entities whose forecasts moved, or replace unsent ones by all of them."""
        if self._forecasts is not None or (self._positions is not None and self._positions.catch_up):
            self.catch_up()
            return
        entry = _Entry(piece)
        if self._put(entry):
            self._forecasts = entry

    def catch_up(self) -> None:
        """Tell every position and every moving forecast when the turn comes."""
        for one in (self._positions, self._forecasts):
            if one is not None:
                one.piece, one.catch_up = None, False
        self._forecasts = None
        entry = _Entry(None, catch_up=True)
        self._positions = entry if self._put(entry) else None

    def heartbeat(self, piece: Piece) -> None:
        """Add a heartbeat, in place of one that waits still."""
        if self._heartbeat is not None:
            self._heartbeat.piece = piece
            return
        entry = _Entry(piece)
        if self._put(entry):
            self._heartbeat = entry

    def reset(self, why: str) -> None:
        """Forget the queue; the viewer must fetch the snapshot again."""
        self._queue.clear()
        self._positions = self._forecasts = self._heartbeat = None
        self._bytes = self._frames = 0
        self._put(_Entry(self.room.reset_frame(why)))
        self.end()

    def end(self) -> None:
        """No more after what is queued."""
        self.over = True
        self.flush()

    # --- the queue

    def _put(self, entry: _Entry) -> bool:
        """Write at once what the connection has room for; True when it waits."""
        line = self._line
        if line is not None and not self._queue and not line.stalled:
            line.write(self._bytes_of(entry))
            return False
        self._queue.append(entry)
        if line is not None and self._stalled_at is None:
            self._stalled_at = time.monotonic()
        return True

    def _take(self) -> bytes:
        """The next frames as one piece."""
        told: list[bytes] = []
        size = 0
        while self._queue and size < AT_ONCE:
            entry = self._queue.popleft()
            told.append(self._bytes_of(entry))
            size += len(told[-1])
            if entry is self._positions:
                self._positions = None
            elif entry is self._forecasts:
                self._forecasts = None
            elif entry is self._heartbeat:
                self._heartbeat = None
            elif entry.piece is not None:
                self._frames -= 1
                self._bytes -= len(entry.piece)
        return b"".join(told)

    def _bytes_of(self, entry: _Entry) -> bytes:
        if entry.catch_up:
            return b"".join(piece.wire(gzip=self.gzip) for piece in self.room.everything(self.lane))
        return entry.piece.wire(gzip=self.gzip) if entry.piece is not None else b""

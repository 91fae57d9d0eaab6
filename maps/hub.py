"""Fan-out in memory: rooms of viewers, each with a bounded queue of frames that were encoded once."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime

from casevac.entities import instant
from casevac.errors import StoreUnreachable, Unknown
from maps.frames import frame, positions_json, read_cursor
from maps.scene import Change, Scene
from maps.tail import Batch, News, Trouble

HEARTBEAT_S = 10.0
RING_FRAMES = 1000  # so far back a viewer can resume
RING_BYTES = 16_000_000
MOST_FRAMES = RING_FRAMES + 200  # a viewer further behind is told to begin again
MOST_BYTES = 2 * RING_BYTES  # frames are shared with the ring and the other viewers
FIRST_READ_S = 10.0
PATIENCE_S = 30.0  # a viewer that takes nothing for so long has gone


class _Entry:
    """A frame in a queue; None when a later one replaced it."""

    __slots__ = ("catch_up", "frame")

    def __init__(self, encoded: bytes | None, *, catch_up: bool = False) -> None:
        self.frame = encoded
        self.catch_up = catch_up  # encoded when its turn comes, from what is true then


class Viewer:
    """One open stream. Log frames are every one in order; only the latest positions frame is kept."""

    def __init__(self, room: "Room") -> None:
        self.room = room
        self.wake = asyncio.Event()
        self.over = False
        self._queue: deque[_Entry] = deque()
        self._bytes = 0
        self._frames = 0
        self._positions: _Entry | None = None
        self._heartbeat: _Entry | None = None

    def log(self, frames: Iterable[bytes]) -> None:
        """Add frames none of which may be missed; too many unsent end in a reset."""
        for encoded in frames:
            self._queue.append(_Entry(encoded))
            self._bytes += len(encoded)
            self._frames += 1
        if self._frames > MOST_FRAMES or self._bytes > MOST_BYTES:
            self.reset("this connection is too slow: events waited too long")
        self.wake.set()

    def positions(self, encoded: bytes) -> None:
        """Replace unsent positions; they are then told whole, from the latest."""
        if self._positions is not None:
            self.catch_up()
            return
        self._positions = _Entry(encoded)
        self._queue.append(self._positions)
        self.wake.set()

    def catch_up(self) -> None:
        """Tell every position and every moving forecast when the turn comes."""
        if self._positions is not None:
            self._positions.frame, self._positions.catch_up = None, False
        self._positions = _Entry(None, catch_up=True)
        self._queue.append(self._positions)
        self.wake.set()

    def heartbeat(self, encoded: bytes) -> None:
        """Add a heartbeat, in place of one that waits still."""
        if self._heartbeat is not None:
            self._heartbeat.frame = encoded
            return
        self._heartbeat = _Entry(encoded)
        self._queue.append(self._heartbeat)
        self.wake.set()

    def reset(self, why: str) -> None:
        """Forget the queue; the viewer must fetch the snapshot again."""
        self._queue.clear()
        self._queue.append(_Entry(self.room.reset_frame(why)))
        self._bytes = self._frames = 0
        self.end()

    def end(self) -> None:
        """No more after what is queued."""
        self.over = True
        self.wake.set()

    def take(self, most: int = 256_000) -> bytes:
        """The next frames as one chunk; empty when nothing waits."""
        chunk: list[bytes] = []
        size = 0
        while self._queue and size < most:
            encoded = self._next()
            size += len(encoded)
            chunk.append(encoded)
        if not self._queue:
            self.wake.clear()
            self._frames = self._bytes = 0
        return b"".join(chunk)

    def _next(self) -> bytes:
        entry = self._queue.popleft()
        encoded = self.room.everything() if entry.catch_up else entry.frame or b""
        if entry is self._positions:
            self._positions = None
        elif entry is self._heartbeat:
            self._heartbeat = None
        elif entry.frame is not None:
            self._frames -= 1
            self._bytes -= len(entry.frame)
        return encoded

    @property
    def done(self) -> bool:
        """True when the stream ends and everything was taken."""
        return self.over and not self._queue


class Room:
    """The viewers of one mission and the frames from which they can resume."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.complaints: tuple[str, ...] = ()  # what is wrong with the installation, in words
        self.viewers: set[Viewer] = set()
        self._ring: deque[Change] = deque()
        self._ring_bytes = 0
        self._first = scene.picture.seq  # the oldest cursor that can be resumed from
        self._everything: tuple[Scene, bytes] | None = None

    @property
    def seq(self) -> int:
        """The last event told."""
        return self.scene.picture.seq

    def begin(self, changes: list[Change], scene: Scene) -> None:
        """The frames before the first viewer."""
        self._first = changes[0].seq - 1 if changes else scene.picture.seq
        self._keep(changes)
        self.scene = scene

    def add(self, changes: list[Change], positions: bytes | None, scene: Scene) -> None:
        """Tell every viewer."""
        self._keep(changes)
        self.scene = scene
        for viewer in tuple(self.viewers):
            if viewer.over:
                continue
            if changes:
                viewer.log(change.frame for change in changes)
            if positions is not None and not viewer.over:
                viewer.positions(positions)

    def _keep(self, changes: list[Change]) -> None:
        self._ring.extend(changes)
        self._ring_bytes += sum(len(change.frame) for change in changes)
        while len(self._ring) > RING_FRAMES or self._ring_bytes > RING_BYTES:
            gone = self._ring.popleft()
            self._ring_bytes -= len(gone.frame)
            self._first = gone.seq

    def join(self, since: str) -> Viewer:
        """A new viewer; `since` is the id of the last frame it has seen, or empty."""
        viewer = Viewer(self)
        self.viewers.add(viewer)
        if since and (why := self._cannot_resume(since)):
            viewer.reset(why)
            return viewer
        viewer.log([self._hello()])
        known = read_cursor(since)
        if known is not None:
            for change in self._ring:
                if change.seq > known[1]:
                    viewer.log([change.frame])
        if self.complaints:
            viewer.heartbeat(self._heartbeat())
        if not viewer.over:
            viewer.catch_up()
        return viewer

    def _cannot_resume(self, since: str) -> str:
        known = read_cursor(since)
        if known is None:
            return "the place to resume from cannot be read; it looks like 9f3a1c20-412"
        epoch, seq = known
        if epoch != self.scene.epoch:
            return "this store is another one than before"
        if seq > self.seq:
            return "the place to resume from is ahead of the log"
        return "the place to resume from is too old" if seq < self._first else ""

    def _hello(self) -> bytes:
        return frame("hello", {"epoch": self.scene.epoch, "seq": self.seq, "server_time": _now()})

    def reset_frame(self, why: str) -> bytes:
        """The frame that tells a viewer to fetch the snapshot again."""
        return frame("reset", {"epoch": self.scene.epoch, "seq": self.seq, "reason": why})

    def everything(self) -> bytes:
        """Every position and moving forecast as one frame, encoded once for all who are late."""
        if self._everything is None or self._everything[0] is not self.scene:
            scene = self.scene
            body = {
                "server_time": _now(),
                "positions": positions_json(scene.picture, scene.positions.values()),
                "entities": scene.moving,
            }
            self._everything = (scene, frame("positions", body))
        return self._everything[1]

    def heartbeat(self, trouble: str | None) -> None:
        """Tell every viewer that we live, and whether the store answers."""
        encoded = self._heartbeat(trouble)
        for viewer in tuple(self.viewers):
            if not viewer.over:
                viewer.heartbeat(encoded)

    def _heartbeat(self, trouble: str | None = None) -> bytes:
        store = "away" if trouble else "ok"
        body = {"seq": self.seq, "server_time": _now(), "store": store, "trouble": self.complaints}
        return frame("heartbeat", body)


class Hub:
    """All rooms. Its methods run on the event loop, except those that say otherwise."""

    def __init__(self) -> None:
        self.rooms: dict[str, Room] = {}
        self.latest: tuple[str, ...] = ()
        self.trouble: str | None = None
        self.complaints: tuple[str, ...] = ()
        self.closing = False
        self.patience_s = PATIENCE_S
        self._loaded = False
        self._heard = threading.Event()

    def hear(self, told: News | Trouble) -> None:
        """Take what the tail has read."""
        if isinstance(told, Trouble):
            self.trouble = told.why
            self._heard.set()
            return
        if told.fresh:
            self._begin_again(told)
        else:
            for batch in told.batches:
                self._add(batch)
        self.latest = told.latest
        self.trouble = None
        self._loaded = True
        self._heard.set()

    def _begin_again(self, told: News) -> None:
        before, self.rooms = self.rooms, {}
        for batch in told.batches:
            self._open(batch)
        for name, room in before.items():
            room.scene = self.rooms[name].scene if name in self.rooms else room.scene
            for viewer in tuple(room.viewers):
                viewer.reset("this store is another one than before")

    def _add(self, batch: Batch) -> None:
        if batch.mission in self.rooms:
            self.rooms[batch.mission].add(batch.changes, batch.positions, batch.scene)
        else:
            self._open(batch)

    def _open(self, batch: Batch) -> None:
        room = self.rooms[batch.mission] = Room(batch.scene)
        room.complaints = self.complaints
        room.begin(batch.changes, batch.scene)

    async def beat(self) -> None:
        """Heartbeats for ever."""
        while not self.closing:
            await asyncio.sleep(HEARTBEAT_S)
            self._beat()

    def _beat(self) -> None:
        for room in self.rooms.values():
            room.heartbeat(self.trouble)

    def complain(self, reasons: tuple[str, ...]) -> None:
        """Tell every viewer at once what is wrong with the installation, when that has changed."""
        if reasons == self.complaints:
            return
        self.complaints = reasons
        for room in self.rooms.values():
            room.complaints = reasons
        self._beat()

    def close(self) -> None:
        """End every stream; the viewers come back to whoever serves next."""
        self.closing = True
        for room in self.rooms.values():
            for viewer in room.viewers:
                viewer.end()

    @property
    def viewers(self) -> int:
        """How many streams are open."""
        return sum(len(room.viewers) for room in self.rooms.values())

    # --- for any thread

    def room(self, mission: str | None) -> Room:
        """The room of a mission, or of the latest opened; raises Unknown, StoreUnreachable."""
        self.check()
        rooms, wanted = self.rooms, mission or next(iter(self.latest), "")
        if wanted not in rooms:
            known = ", ".join(self.latest) or "none yet"
            raise Unknown(f"no mission {wanted!r}; known: {known}" if wanted else "no mission is open yet")
        return rooms[wanted]

    def check(self) -> None:
        """Raises StoreUnreachable while the store does not answer or was not read yet."""
        if self.trouble is not None:
            raise StoreUnreachable(self.trouble)
        if not self._loaded:
            raise StoreUnreachable("the store is being read; try again in a moment")

    def wait(self) -> None:
        """Wait for the first word of the tail; not on the event loop."""
        self._heard.wait(FIRST_READ_S)


def _now() -> str | None:
    return instant(datetime.now(UTC))

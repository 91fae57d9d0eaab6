"""Fan-out in memory: rooms of viewers, each on a lane, all of them told bytes that were encoded once."""

import asyncio
import threading
import time
from collections import deque
from datetime import UTC, datetime

from casevac.entities import instant
from casevac.errors import StoreUnreachable, Unknown
from maps.frames import frame, read_cursor
from maps.lanes import Lane
from maps.pace import FAST, LANES_S, USUAL, Pace
from maps.piece import Piece
from maps.scene import Change, Entities, Scene
from maps.tail import Batch, News, Trouble
from maps.viewer import RING_BYTES, RING_FRAMES, Viewer

HEARTBEAT_S = 10.0
FIRST_READ_S = 10.0
PATIENCE_S = 30.0  # a viewer that takes nothing for so long has gone
MOST_FAST = 64  # viewers of a mission on the lane of 0.1 s


class Room:
    """The viewers of one mission and the frames from which they can resume."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.complaints: tuple[str, ...] = ()  # what is wrong with the installation, in words
        self.viewers: set[Viewer] = set()
        self.lanes: dict[tuple[int, bool], Lane] = {}
        self._ring: deque[Change] = deque()
        self._ring_bytes = 0
        self._first = scene.picture.seq  # the oldest cursor that can be resumed from
        self._moving: tuple[Scene, Piece] | None = None

    @property
    def seq(self) -> int:
        """The last event told."""
        return self.scene.picture.seq

    def begin(self, changes: list[Change], scene: Scene) -> None:
        """The frames before the first viewer."""
        self._first = changes[0].seq - 1 if changes else scene.picture.seq
        self._keep(changes)
        self.scene = scene

    def add(self, batch: Batch) -> None:
        """Tell every viewer of events and forecasts; positions wait for the lanes' next tick."""
        self._keep(batch.changes)
        self.scene = batch.scene
        for lane in self.lanes.values():
            lane.moved(fix.device for fix in batch.moved)
        log = [change.piece for change in batch.changes]
        forecasts = _forecasts(batch.forecasts) if batch.forecasts else None
        for viewer in tuple(self.viewers) if log or forecasts else ():
            if log and not viewer.over:
                viewer.log(log)
            if forecasts is not None and not viewer.over:
                viewer.forecasts(forecasts)

    def tick(self) -> None:
        """Tell positions on every lane whose time has come."""
        clock = time.monotonic()
        for lane in tuple(self.lanes.values()):
            if (told := lane.tick(self.scene, clock)) is not None:
                for viewer in tuple(lane.viewers):
                    self._tell(viewer, told, clock)

    def _tell(self, viewer: Viewer, told: Piece, clock: float) -> None:
        if viewer.over:
            return
        pace = viewer.pace
        if viewer.positions(told):
            changed = pace.lane > pace.fastest and pace.kept(clock)
        else:
            changed = pace.missed(clock)
        if changed:
            self.place(viewer)

    def _keep(self, changes: list[Change]) -> None:
        self._ring.extend(changes)
        self._ring_bytes += sum(len(change.piece) for change in changes)
        while len(self._ring) > RING_FRAMES or self._ring_bytes > RING_BYTES:
            gone = self._ring.popleft()
            self._ring_bytes -= len(gone.piece)
            self._first = gone.seq

    # --- viewers

    def join(self, since: str, lane: int | None = None, *, gzip: bool = False) -> Viewer:
        """A new viewer; `since` is the id of the last frame it has seen, or empty.

        `lane`: the one to begin on, compact; None: whole positions, every second.
        """
        asked = USUAL if lane is None else lane
        if asked == FAST and not self.room_on_fast:
            asked = USUAL
        pace = Pace(asked, fastest=min(asked, USUAL), since=time.monotonic())
        viewer = Viewer(self, self._lane(asked, compact=lane is not None), pace, gzip=gzip)
        self.viewers.add(viewer)
        if since and (why := self._cannot_resume(since)):
            viewer.reset(why)
            return viewer
        viewer.lane.join(viewer, self.scene)
        viewer.log([self._hello(viewer)])
        known = read_cursor(since)
        if known is not None:
            viewer.log(change.piece for change in self._ring if change.seq > known[1])
        if self.complaints:
            viewer.heartbeat(self._heartbeat())
        if not viewer.over:
            viewer.catch_up()
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """It is gone."""
        self.viewers.discard(viewer)
        viewer.lane.viewers.discard(viewer)

    def place(self, viewer: Viewer) -> None:
        """Put a viewer on the lane of its pace; it is told so, and every position anew."""
        viewer.lane.viewers.discard(viewer)
        viewer.lane = self._lane(viewer.pace.lane, compact=viewer.lane.compact)
        viewer.lane.join(viewer, self.scene)
        viewer.log([Piece(frame("lane", {"lane": viewer.lane.seconds, "server_time": _now()}))])
        if not viewer.over:
            viewer.catch_up()

    def _lane(self, index: int, *, compact: bool) -> Lane:
        if (index, compact) not in self.lanes:
            self.lanes[index, compact] = Lane(index, compact=compact)
        return self.lanes[index, compact]

    @property
    def room_on_fast(self) -> bool:
        """True while one more viewer may have ten frames a second."""
        return sum(len(lane.viewers) for lane in self.lanes.values() if lane.index == FAST) < MOST_FAST

    @property
    def shortest_s(self) -> float:
        """The period of the fastest lane that has a viewer."""
        return min((lane.seconds for lane in self.lanes.values() if lane.viewers), default=LANES_S[USUAL])

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

    # --- frames

    def _hello(self, viewer: Viewer) -> Piece:
        body = {
            "epoch": self.scene.epoch,
            "seq": self.seq,
            "server_time": _now(),
            "viewer": viewer.id,
            "lane": viewer.lane.seconds,
        }
        return Piece(frame("hello", body))

    def reset_frame(self, why: str) -> Piece:
        """The frame that tells a viewer to fetch the snapshot again."""
        return Piece(frame("reset", {"epoch": self.scene.epoch, "seq": self.seq, "reason": why}))

    def everything(self, lane: Lane) -> tuple[Piece, Piece]:
        """Every position and moving forecast, encoded once for all who are late."""
        if self._moving is None or self._moving[0] is not self.scene:
            self._moving = (self.scene, _forecasts(self.scene.moving))
        return lane.key(self.scene), self._moving[1]

    def heartbeat(self, trouble: str | None) -> None:
        """Tell every viewer that we live, and whether the store answers."""
        told = self._heartbeat(trouble)
        for viewer in tuple(self.viewers):
            if not viewer.over:
                viewer.heartbeat(told)

    def _heartbeat(self, trouble: str | None = None) -> Piece:
        store = "away" if trouble else "ok"
        body = {"seq": self.seq, "server_time": _now(), "store": store, "trouble": self.complaints}
        return Piece(frame("heartbeat", body))

    def sweep(self, patience_s: float) -> None:
        """Give up the viewers that take nothing any more."""
        for viewer in tuple(self.viewers):
            if viewer.stuck(patience_s):
                viewer.cut()


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
            self._tick()
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
        self._tick()

    def _tick(self) -> None:
        for room in self.rooms.values():
            room.tick()

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
            self.rooms[batch.mission].add(batch)
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
            for room in self.rooms.values():
                room.sweep(self.patience_s)

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
            for viewer in tuple(room.viewers):
                viewer.end()

    @property
    def viewers(self) -> int:
        """How many streams are open."""
        return sum(len(room.viewers) for room in self.rooms.values())

    @property
    def every_s(self) -> float:
        """How often positions are wanted."""
        return min((room.shortest_s for room in self.rooms.values()), default=LANES_S[USUAL])

    def viewer(self, name: str) -> Viewer:
        """An open stream by the id that its hello told; raises Unknown."""
        for room in self.rooms.values():
            for viewer in room.viewers:
                if viewer.id == name:
                    return viewer
        raise Unknown("no stream of that id is open")

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


def _forecasts(entities: Entities) -> Piece:
    """Entities whose forecasts moved, as a positions frame without positions."""
    return Piece(frame("positions", {"server_time": _now(), "positions": [], "entities": entities}))


def _now() -> str | None:
    return instant(datetime.now(UTC))

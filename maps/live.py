"""The live picture: a snapshot to start from, and a stream of everything after it."""

import asyncio
import gzip
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, Field

from casevac.errors import StoreUnreachable, Unknown
from maps.desk import At, MissionId, answer
from maps.examples import LANE, SNAPSHOT, STREAM, shown
from maps.frames import snapshot_json
from maps.gate import Gate, Ticket
from maps.login import ticket_of
from maps.pace import lane_of
from maps.piece import accepts_gzip
from maps.scene import Scene
from maps.viewer import Viewer

MOST_VIEWERS = 8000
SNAPSHOT_FOR_S = 1.0  # so long the same bytes serve all who begin; they follow from its seq on
router = APIRouter(prefix="/api/live", tags=["live"])


class _Snapshots:
    """The latest snapshot of each mission, encoded and compressed once for a crowd that comes together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[Scene, float, bytes, bytes]] = {}

    def of(self, scene: Scene) -> tuple[bytes, bytes]:
        """JSON, plain and gzip."""
        mission = scene.picture.mission.id
        with self._lock:
            kept = self._kept.get(mission)
            if kept is None or kept[0] is not scene or time.monotonic() - kept[1] > SNAPSHOT_FOR_S:
                body = snapshot_json(
                    scene.epoch,
                    scene.picture,
                    scene.positions,
                    scene.log,
                    datetime.now(UTC),
                    scene.moving["alarms"],
                )
                plain = msgspec.json.encode(body)
                kept = self._kept[mission] = (
                    scene,
                    time.monotonic(),
                    plain,
                    gzip.compress(plain, 6, mtime=0),
                )
            return kept[2], kept[3]


_snapshots = _Snapshots()


@router.get("/snapshot", responses=shown(SNAPSHOT))
def snapshot(desk: At, mission: MissionId = None, accept_encoding: Annotated[str, Header()] = "") -> Response:
    """The whole picture now; follow it from EPOCH-SEQ on with /api/live/events."""
    plain, packed = _snapshots.of(desk.scene(mission))
    headers = {"cache-control": "no-store", "vary": "accept-encoding"}
    if accepts_gzip(accept_encoding):
        return Response(packed, 200, {**headers, "content-encoding": "gzip"}, "application/json")
    return Response(plain, 200, headers, "application/json")


@router.get("/events", response_class=Response, responses=STREAM)
async def events(
    desk: At,
    request: Request,
    mission: MissionId = None,
    since: Annotated[str, Query(max_length=80, description="EPOCH-SEQ of the last event seen.")] = "",
    lane: Annotated[
        str, Query(max_length=80, description="Seconds, 0.1, 1, 2 or 5: compact positions, from there on.")
    ] = "",
    last_event_id: Annotated[str, Header(max_length=80)] = "",
) -> Response:
    """Server-sent events: every log event once and in order, positions as latest values.

    Last-Event-ID wins over `since`. The id of a change is EPOCH-SEQ; a reader that gives back one that
    cannot be resumed from is told `reset`, and so is one whose session has ended. With `lane` positions come
    as compact differences (frames `moves`) as often as the link bears, else whole and every second.
    """
    wanted = lane_of(lane) if lane else None
    await asyncio.to_thread(desk.hub.wait)
    room = desk.hub.room(mission)
    if desk.hub.closing or desk.hub.viewers >= MOST_VIEWERS:
        raise StoreUnreachable("no more viewers can be served now; try again in a moment")
    packed = accepts_gzip(request.headers.get("accept-encoding", ""))
    join = partial(room.join, last_event_id or since, wanted, gzip=packed)
    return Stream(desk.gate, ticket_of(request), join)


class Measured(BaseModel):
    """What a page has measured of its stream."""

    viewer: str = Field(max_length=40, description="As its hello told.")
    lag_ms: float = Field(ge=0, le=86_400_000, description="How much later than usual its frames come.")
    rtt_ms: float | None = Field(default=None, ge=0, le=86_400_000, description="A round trip.")


@router.post("/lane", responses=shown(LANE))
async def lane(desk: At, request: Request, measured: Measured) -> Response:
    """A page tells how its link is, and is put on the lane for it; the answer is that lane in seconds."""
    viewer = desk.hub.viewer(measured.viewer)
    if not desk.gate.follows(ticket_of(request), viewer):
        raise Unknown("no stream of that id is open")
    room, now = viewer.room, time.monotonic()
    if viewer.pace.told(now, measured.lag_ms, measured.rtt_ms, room_on_fast=room.room_on_fast):
        room.place(viewer)
    return answer({"lane": viewer.lane.seconds})


class Stream(Response):
    """An open stream of frames that were encoded already; ends when the viewer goes or must begin again.

    Its body is written straight to the connection (maps/terse.py); this task only waits for the end.
    """

    media_type = "text/event-stream"

    def __init__(self, gate: Gate, ticket: Ticket, join: Callable[[], Viewer]) -> None:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no", "vary": "accept-encoding"}
        super().__init__(headers=headers)
        del self.headers["content-length"]
        self._gate = gate
        self._ticket = ticket
        self._join = join

    async def __call__(
        self,
        scope: Any,  # noqa: ANN401  ASGI
        _receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Send until the end."""
        viewer, line = self._join(), scope["state"]["line"]
        if viewer.gzip:
            self.headers["content-encoding"] = "gzip"
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            with self._gate.following(self._ticket, viewer):
                line.follow(viewer)
                await viewer.ended
        finally:
            line.unfollow()
            viewer.room.leave(viewer)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

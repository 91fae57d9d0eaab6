"""The live picture: a snapshot to start from, and a stream of everything after it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from casevac.errors import StoreUnreachable
from maps.desk import At, MissionId, answer
from maps.examples import SNAPSHOT, STREAM, shown
from maps.frames import snapshot_json
from maps.gate import Gate, Ticket
from maps.hub import Room, Viewer
from maps.login import ticket_of

MOST_VIEWERS = 2000
router = APIRouter(prefix="/api/live", tags=["live"])


@router.get("/snapshot", responses=shown(SNAPSHOT))
def snapshot(desk: At, mission: MissionId = None) -> Response:
    """The whole picture now; follow it from EPOCH-SEQ on with /api/live/events."""
    scene = desk.scene(mission)
    now = datetime.now(UTC)
    told = answer(
        snapshot_json(scene.epoch, scene.picture, scene.positions, scene.log, now, scene.moving["alarms"])
    )
    told.headers["cache-control"] = "no-store"
    return told


@router.get("/events", response_class=Response, responses=STREAM)
async def events(
    desk: At,
    request: Request,
    mission: MissionId = None,
    since: Annotated[str, Query(max_length=80, description="EPOCH-SEQ of the last event seen.")] = "",
    last_event_id: Annotated[str, Header(max_length=80)] = "",
) -> Response:
    """Server-sent events: every log event once and in order, positions as latest values.

    Last-Event-ID wins over `since`. The id of a change is EPOCH-SEQ; a reader that gives back one that
    cannot be resumed from is told `reset`, and so is one whose session has ended.
    """
    await asyncio.to_thread(desk.hub.wait)
    room = desk.hub.room(mission)
    if desk.hub.closing or desk.hub.viewers >= MOST_VIEWERS:
        raise StoreUnreachable("this server takes no more viewers now; try again in a moment")
    return Stream(desk.gate, ticket_of(request), room, last_event_id or since, desk.hub.patience_s)


class Stream(Response):
    """An open stream of frames that were encoded already; ends when the viewer goes or must begin again."""

    media_type = "text/event-stream"

    def __init__(self, gate: Gate, ticket: Ticket, room: Room, since: str, patience_s: float) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._gate = gate
        self._ticket = ticket
        self._room = room
        self._since = since
        self._patience_s = patience_s

    async def __call__(
        self,
        scope: Any,  # noqa: ANN401  ASGI
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """Send until the end."""
        viewer = self._room.join(self._since)
        watch = asyncio.create_task(_watch(receive, viewer))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            with self._gate.following(self._ticket, viewer):
                await self._flow(viewer, send)
        finally:
            self._room.viewers.discard(viewer)
            watch.cancel()

    async def _flow(self, viewer: Viewer, send: Callable[[Any], Awaitable[None]]) -> None:
        with suppress(TimeoutError):
            while not viewer.done:
                chunk = viewer.take()
                if chunk:
                    async with asyncio.timeout(self._patience_s):
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
                elif not viewer.over:
                    await viewer.wake.wait()
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _watch(receive: Callable[[], Awaitable[Any]], viewer: Viewer) -> None:
    """End the viewer when its client goes."""
    while (await receive())["type"] != "http.disconnect":
        pass
    viewer.room.viewers.discard(viewer)
    viewer.end()

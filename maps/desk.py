"""What every request may use: the live hub, the store, the routers; and how answers are written."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Query, Request, Response

from casevac import coordination
from casevac.errors import StoreUnreachable
from casevac.picture import vehicle_of
from casevac.store.connection import Connection
from casevac.terms import Source
from casevac.view import View
from maps.condition import Lookout
from maps.frames import position_json
from maps.hub import Hub
from maps.past import Past
from maps.pool import Pool
from maps.routers import Routers
from maps.scene import Scene

ACTOR = "watch-keeper"


@dataclass(frozen=True)
class Desk:
    """One running door."""

    hub: Hub
    pool: Pool
    past: Past
    routers: Routers
    static: Path
    lookout: Lookout

    def scene(self, mission: str | None) -> Scene:
        """The live picture of a mission; raises Unknown, StoreUnreachable."""
        self.hub.wait()
        return self.hub.room(mission).scene

    def device(self, name: str, mission: str) -> dict[str, Any]:
        """An enrolled device as the live picture has it."""
        self.hub.wait()
        scene = self.hub.room(mission).scene
        fix = scene.positions.get(name)
        return {
            "name": name,
            "mission": mission,
            "vehicle": vehicle_of(scene.picture, name),
            "position": position_json(scene.picture, fix) if fix is not None else None,
        }

    def view(self, mission: str | None) -> View:
        """The live picture looked at now."""
        scene = self.scene(mission)
        return View(scene.picture, datetime.now(UTC), scene.positions)


def fresh(desk: Desk, mission: str | None) -> View:
    """The picture with all that is stored by now, which the live one may not hold for a moment yet.

    While the store does not answer it is the live one.
    """
    scene = desk.scene(mission)
    picture = scene.picture
    with suppress(StoreUnreachable), desk.pool.lend() as db:
        picture = coordination.present(commanding(db, scene, None))
    return View(picture, datetime.now(UTC), scene.positions)


def desk_of(request: Request) -> Desk:
    """The desk of the app that serves this request."""
    desk: Desk = request.app.state.desk
    return desk


At = Annotated[Desk, Depends(desk_of)]
MissionId = Annotated[
    str | None, Query(alias="mission", max_length=80, description="Default: the mission opened last.")
]


def answer(body: object, status: int = 200) -> Response:
    """JSON; numbers that are not numbers become null."""
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def commanding(
    db: Connection, scene: Scene, key: str | None, source: Source = Source.PAGE
) -> coordination.Desk:
    """A coordinator's desk on this connection; `key` makes the command idempotent."""
    return coordination.Desk(
        db=db,
        mission=scene.picture.mission.id,
        now=datetime.now(UTC),
        actor=ACTOR,
        source=source,
        key=key or None,
        door="http",
        known=scene.picture,
    )

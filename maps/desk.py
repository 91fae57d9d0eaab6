"""What every request may use: the live hub, the store, the routers; and how answers are written."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
from fastapi import Depends, Query, Request, Response

from casevac import coordination, rerouting
from casevac.access import Person
from casevac.errors import CasevacError, StoreUnreachable
from casevac.events import Event
from casevac.picture import Picture, fold, vehicle_of
from casevac.store import log
from casevac.store.connection import Connection
from casevac.terms import Source
from casevac.view import View
from geo.errors import GeoError
from geo.roads import Roads
from maps.condition import Lookout
from maps.frames import position_json
from maps.gate import ANYBODY, Gate
from maps.hub import Hub
from maps.past import Past
from maps.pool import Pool
from maps.routers import Routers
from maps.scene import Scene
from maps.tilery import Tilery

HAZARD_REPORTED = "hazard_reported"
Hears = Callable[[str, str, str, bytes], None]
"""Takes a message of a phone: user, password, its name, payload. Raises WrongLogin, StoreUnreachable."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Desk:
    """One running door, as whoever asks sees it; `person` is who asks."""

    hub: Hub
    pool: Pool
    past: Past
    routers: Routers
    static: Path
    lookout: Lookout
    gate: Gate
    tiles: Tilery
    person: Person = ANYBODY
    hears: Hears | None = None

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
        picture = coordination.present(commanding(desk, db, scene, None))
    return View(picture, datetime.now(UTC), scene.positions)


def desk_of(request: Request) -> Desk:
    """The desk of the app that serves this request, for the person that `login.allowed` has let in."""
    desk: Desk = request.app.state.desk
    return replace(desk, person=getattr(request.state, "person", ANYBODY))


At = Annotated[Desk, Depends(desk_of)]
MissionId = Annotated[
    str | None, Query(alias="mission", max_length=80, description="Default: the mission opened last.")
]


class Sight(NamedTuple):
    """What whoever tells something has seen: the last event, and the keys of commands of its own."""

    seq: int | None = None
    own: tuple[str, ...] = ()


def _sight(
    expected_seq: Annotated[
        int | None,
        Query(
            ge=0,
            le=2**62,
            description="The last event seen by whoever tells this. When another changed the same after it,"
            " the answer is 409 ChangedMeanwhile with `changes`: look again, send it without this, or not.",
        ),
    ] = None,
    own: Annotated[
        str, Query(max_length=4000, description="With it: Idempotency-Keys of one's own, by comma.")
    ] = "",
) -> Sight:
    return Sight(expected_seq, tuple(key for key in own.split(",") if key))


Seen = Annotated[Sight, Depends(_sight)]
UNSEEN = Sight()


def answer(body: object, status: int = 200) -> Response:
    """JSON; numbers that are not numbers become null."""
    return Response(msgspec.json.encode(body), status, media_type="application/json")


def commanding(
    desk: Desk, db: Connection, scene: Scene, key: str | None, seen: Sight = UNSEEN
) -> coordination.Desk:
    """The desk of whoever asks on this connection; `key` makes the command idempotent.

    With `seen` whatever another changed since then stops a telling.
    """
    return coordination.Desk(
        db=db,
        mission=scene.picture.mission.id,
        now=datetime.now(UTC),
        actor=desk.person.name,
        source=Source.PAGE,
        key=key or None,
        door="http",
        seen=seen.seq,
        own=seen.own,
        known=scene.picture,
    )


def roads_for(desk: Desk, scene: Scene, kind: str) -> Roads | None:
    """The mission's roads, for a kind whose place they judge; a hazard is told without them too."""
    if kind != HAZARD_REPORTED or scene.picture.roads is None:
        return None
    try:
        return desk.routers.of(scene.picture).roads
    except (CasevacError, GeoError):  # what is wrong with the roads is said where they are asked for
        return None


def rerouted(desk: Desk, scene: Scene, commander: coordination.Desk, told: Sequence[Event]) -> list[Event]:
    """Running chains led round what was just told to be closed, or back where it was lifted.

    What was told is stored already: a fault here is logged, and what follows by itself tries it again.
    """
    if not any(rerouting.concerns(event) for event in told) or scene.picture.roads is None:
        return []
    try:
        return rerouting.reroute(commander, desk.routers.of(scene.picture))
    except (CasevacError, GeoError) as fault:
        _log.warning("the roads of running chains could not be looked at: %s", fault)
        return []


def caught_up(db: Connection, scene: Scene, told: Sequence[Event]) -> Picture:
    """The live picture with what was stored before this was told, which it may not hold for a moment yet."""
    first = min((event.seq for event in told if event.seq is not None), default=1)
    known = scene.picture
    return fold(known, log.read(db, known.mission.id, after=known.seq, upto=first - 1))

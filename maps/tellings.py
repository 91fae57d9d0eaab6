"""What may be told over HTTP: a route for each row of the table of duties, one way through for all."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response

from casevac import coordination
from casevac.duties import DUTIES, Duty, find
from casevac.errors import BadMessage
from casevac.events import Event, Time
from casevac.picture import fold
from casevac.preview import foreseen, off_roads, preview_json
from casevac.terms import Source
from casevac.told import changed_json
from geo.roads import Roads
from maps import examples, examples_ways
from maps.commands import NO_KEY, Key
from maps.desk import (
    At,
    Desk,
    MissionId,
    Seen,
    answer,
    caught_up,
    commanding,
    fresh,
    rerouted,
    roads_for,
)
from maps.examples import shown
from maps.scene import Scene
from maps.shapes import request_body

router = APIRouter(prefix="/api")
HAZARD = find("hazard", "report")


async def _raw(request: Request) -> bytes:
    return await request.body()


Raw = Annotated[bytes, Depends(_raw)]
Id = Annotated[str, Path(max_length=80)]


def fields_in(raw: bytes) -> dict[str, Any]:
    """The fields of a JSON body; an empty one has none. Raises BadMessage."""
    if not raw.strip():
        return {}
    try:
        told: dict[str, Any] = msgspec.json.decode(raw, type=dict[str, Any])
    except RecursionError as fault:
        raise BadMessage("the body is nested too deeply") from fault
    except UnicodeDecodeError as fault:
        raise BadMessage("the body is not UTF-8") from fault
    except msgspec.MsgspecError as fault:
        raise BadMessage(f"the body is no JSON object: {str(fault).partition(' - at')[0]}") from fault
    return told


def heard_at(told: dict[str, Any]) -> datetime | None:
    """When it happened, taken out of what was told; None: now. Raises BadMessage."""
    given = told.pop("at", None)
    if given in (None, ""):
        return None
    try:
        return msgspec.convert(given, Time)
    except msgspec.ValidationError as fault:
        raise BadMessage("at must be a time with its zone, as 2026-11-22T04:59:00Z") from fault


def placed(desk: Desk, scene: Scene, duty: Duty, told: dict[str, Any]) -> dict[str, Any]:
    """What was told, with lon and lat where only a place was given; one told by radio is a vague one."""
    spoken = scene.picture.mission.profile.spoken_place_m if told.get("speaker") else 0.0

    def find(text: str) -> tuple[float, float, float]:
        found = desk.routers.find(scene.picture, text)
        return found.place.lon, found.place.lat, max(spoken, found.uncertainty_m)

    return duty.with_place(told, find)


class Caller(NamedTuple):
    """Under what key a command comes, and what whoever sends it has seen."""

    key: Key
    seen: Seen


def _caller(seen: Seen, key: Key = NO_KEY) -> Caller:
    return Caller(key, seen)


By = Annotated[Caller, Depends(_caller)]


def _tell(desk: Desk, duty: Duty, named: str | None, raw: bytes, scene: Scene, by: Caller) -> Response:
    told = fields_in(raw)
    at = heard_at(told)
    if named is not None and duty.field in told:
        raise BadMessage(f"{duty.field} is told by the address; leave it out of the body")
    if said := sorted(set(duty.preset) & set(told)):
        raise BadMessage(f"{duty.verb} says {', '.join(said)} by itself; leave it out of the body")
    fields = placed(desk, scene, duty, duty.fields(named, told))
    roads = roads_for(desk, scene, duty.kind)
    with desk.pool.lend() as db:
        commander = commanding(desk, db, scene, by.key, by.seen)
        if fields.get("speaker"):
            commander = replace(commander, source=Source.VOICE)
        events = coordination.tell(commander, duty.kind, fields, at, roads)
        followed = rerouted(desk, scene, commander, events)
        before = caught_up(db, scene, events) if followed else scene.picture
    changed = changed_json(before, events, commander.now, scene.positions, followed)
    return answer(changed | _warnings(scene, roads, events), 201)


def _warnings(scene: Scene, roads: Roads | None, events: Sequence[Event]) -> dict[str, Any]:
    """What whoever told it should look at again; nothing where there is nothing."""
    if roads is None:
        return {}
    found = off_roads(fold(scene.picture, events), roads, events)
    return {"warnings": found} if found else {}


@router.post(
    "/hazards/preview",
    tags=["hazard"],
    responses=shown(examples_ways.PREVIEW),
    openapi_extra={"requestBody": request_body(HAZARD, with_id=False)},
)
def preview(desk: At, raw: Raw, mission: MissionId = None) -> Response:
    """What a hazard would do to the chains under way if it were reported now: nothing is stored.

    Of each chain that it changes: which legs, how much later and farther they go, or why no way is left.
    """
    told = fields_in(raw)
    heard_at(told)  # it must be an instant; what counts is now
    view = fresh(desk, mission)
    fields = placed(desk, desk.scene(mission), HAZARD, told)
    return answer(preview_json(view, foreseen(view, desk.routers.of(view.picture), fields, desk.person.name)))


def _with_id(duty: Duty) -> Callable[..., Response]:
    def tell(desk: At, id: Id, raw: Raw, by: By, mission: MissionId = None) -> Response:  # noqa: A002
        return _tell(desk, duty, id, raw, desk.scene(mission), by)

    return tell


def _without_id(duty: Duty) -> Callable[..., Response]:
    def tell(desk: At, raw: Raw, by: By, mission: MissionId = None) -> Response:
        return _tell(desk, duty, None, raw, desk.scene(mission), by)

    return tell


def _add(duty: Duty, path: str) -> None:
    with_id = "{id}" in path
    name = duty.shown_id or ""
    line = {**examples.LINE, "kind": duty.kind, "text": f"{duty.kind.replace('_', ' ')}: {name}"}
    router.add_api_route(
        path,
        _with_id(duty) if with_id else _without_id(duty),
        methods=["POST"],
        status_code=201,
        summary=duty.summary,
        operation_id=f"{duty.noun}_{duty.verb}{'' if with_id else '_new'}".replace("-", "_"),
        tags=[duty.noun],
        responses=shown({"events": [line], "entities": {}}, 201),
        openapi_extra={"requestBody": request_body(duty, with_id=with_id)},
    )


for _duty in DUTIES:
    for _path in _duty.paths:
        _add(_duty, _path)

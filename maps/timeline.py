"""What happened to one casualty, vehicle, facility or request: every event of the log about it."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from casevac.entities import instant
from casevac.events import Event
from casevac.mentions import story_ids, tells_of
from casevac.store import finding
from casevac.told import kept_as, log_line, one_json
from maps import examples
from maps.desk import At, Desk, MissionId, answer, fresh
from maps.examples import AT, shown

MOST = 500
GROUPS = ("casualties", "vehicles", "facilities", "requests")
router = APIRouter(prefix="/api", tags=["look"])
Id = Annotated[str, Path(max_length=80)]
Limit = Annotated[int, Query(ge=1, le=MOST, description="The newest so many.")]


def told_of(desk: Desk, group: str, key: str, limit: int, mission: str | None) -> dict[str, Any]:
    """The newest events about an entity, oldest first; `cut` when there are older ones. Raises Unknown."""
    view = fresh(desk, mission)
    key = kept_as(view, group, key)
    one_json(view, group, key)
    ids = story_ids(view, group, key)
    with desk.pool.lend() as db, db:
        found = finding.naming(db, view.picture.mission.id, ids, limit + 1)
    lines = [_line(event) for event in found if tells_of(event, ids)]
    return {"id": key, "lines": lines[-limit:], "cut": len(found) > limit}


def _line(event: Event) -> dict[str, Any]:
    """A line of the watch log with when this house knew it, which is later than when it happened."""
    return {**log_line(event), "known_at": instant(event.recorded_at), "device": event.device}


def _one(group: str) -> Callable[..., Response]:
    def read(desk: At, id: Id, limit: Limit = MOST, mission: MissionId = None) -> Response:  # noqa: A002
        return answer(told_of(desk, group, id, limit, mission))

    return read


for _group in GROUPS:
    router.add_api_route(
        f"/{_group}/{{id}}/timeline",
        _one(_group),
        summary="Every event about it, oldest first: what happened when, when it was known, and who said so.",
        operation_id=f"{_group}_timeline",
        responses=shown(
            {"id": "R-7K2QXM", "lines": [{**examples.LINE, "known_at": AT, "device": None}], "cut": False}
        ),
    )

"""Replay: what the log tells of the past, and the whole picture of any past instant as known then."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime

from casevac.entities import instant
from casevac.errors import NotPossible
from casevac.store import fixes
from maps import examples
from maps.desk import At, MissionId, answer
from maps.examples import shown
from maps.frames import snapshot_json

router = APIRouter(prefix="/api/replay", tags=["replay"])


@router.get("/range", responses=shown(examples.RANGE))
def span(desk: At, mission: MissionId = None) -> Response:
    """From when to when there is something to see, and the events worth jumping to."""
    known = desk.scene(mission).picture.mission.id
    with desk.pool.lend() as db:
        first, marks = desk.past.span(db, known)
    if first is None:
        raise NotPossible(f"nothing has happened in mission {known} yet")
    return answer({"from": instant(first), "to": instant(datetime.now(UTC)), "marks": marks})


@router.get("/picture", responses=shown(examples.SNAPSHOT))
def picture(
    desk: At,
    at: Annotated[AwareDatetime, Query(examples=["2026-11-22T05:00:00Z"])],
    mission: MissionId = None,
) -> Response:
    """The snapshot of a past instant, from what had been recorded and received by then."""
    scene = desk.scene(mission)
    with desk.pool.lend() as db:
        known = desk.past.at(db, scene.picture.mission.id, at)
        positions = fixes.as_known_at(db, scene.picture.mission.id, at)
    return answer(snapshot_json(scene.epoch, known.picture, positions, known.lines, at))

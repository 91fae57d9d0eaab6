"""The watch log page by page, the hand-over brief, and the hand-overs that were signed."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from casevac.brief import brief_json, made, text
from casevac.errors import BadMessage, Unknown
from casevac.store import log
from casevac.store.log import Asked
from maps import examples_watchlog as examples
from maps.desk import At, MissionId, answer, fresh
from maps.diary import TOPICS, shift_json, signed_brief, watch_line
from maps.examples import shown
from maps.interval import moment

router = APIRouter(prefix="/api", tags=["watch"])
MOST_LINES = 200
Short = Annotated[str, Query(max_length=200)]
When = Annotated[str | None, Query(max_length=40, examples=["2026-11-22T05:00:00Z"])]
BEGINNING = 2**62  # no event has such a number: from the newest on


@router.get("/log", responses=shown(examples.LOG))
def lines(  # noqa: PLR0913, PLR0917  the parameters of the address
    desk: At,
    mission: MissionId = None,
    before: Annotated[
        int, Query(ge=0, description="Older than this event; default: the newest.")
    ] = BEGINNING,
    limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = 100,
    topic: Annotated[str, Query(max_length=40, description=f"One of: {', '.join(TOPICS)}.")] = "",
    q: Short = "",
    who: Short = "",
    since: When = None,
    until: When = None,
) -> Response:
    """The log of the watch, the newest first: what people wrote and what happened, as it was recorded."""
    if topic and topic not in TOPICS:
        raise BadMessage(f"no topic {topic[:40]!r}; give one of: {', '.join(TOPICS)}")
    picture = desk.scene(mission).picture
    asked = Asked(TOPICS.get(topic), q.strip(), who.strip(), _at(since), _at(until))
    with desk.pool.lend() as db:
        found = log.page(db, picture.mission.id, before, limit + 1, asked)
    told = [watch_line(event, picture) for event in found[:limit]]
    return answer({"lines": told, "more": len(found) > limit})


def _at(told: str | None) -> datetime | None:
    return moment(told) if told else None


@router.get("/brief", responses=shown(examples.BRIEF))
def brief(desk: At, mission: MissionId = None, since: When = None) -> Response:
    """The hand-over brief of now; `since` is where its period begins, the last hand-over unless told."""
    found = made(fresh(desk, mission), _at(since), desk.hub.complaints)
    return answer({**brief_json(found), "text": text(found)})


@router.get("/shifts", responses=shown([examples.SHIFT]))
def shifts(desk: At, mission: MissionId = None) -> Response:
    """Every hand-over of the watch, the newest first, without its brief."""
    picture = fresh(desk, mission).picture
    known = [shift_json(picture, key) for key in picture.shifts]
    return answer(sorted(known, key=lambda one: one["at"] or "", reverse=True))


@router.get("/shifts/{id}", responses=shown(examples.SHIFT | {"brief": "HAND-OVER BRIEF"}))
def shift(desk: At, id: Annotated[str, Path(max_length=80)], mission: MissionId = None) -> Response:  # noqa: A002
    """One hand-over with the brief as it was signed."""
    picture = fresh(desk, mission).picture
    if id not in picture.shifts:
        raise Unknown(f"no hand-over {id[:40]!r} in this mission; look at the list and try again")
    with desk.pool.lend() as db:
        return answer({**shift_json(picture, id), "brief": signed_brief(db, picture.mission.id, id)})

"""What is within reach, and the coverage of the golden hour, as GeoJSON layers."""

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from casevac.coverage import WHEN, Patrol, Question, coverage
from casevac.covered import coverage_json, guesses
from casevac.latency import latencies
from casevac.reachable import Asked, about_reach, minutes_of, needs_of, reach_json, reachable, starts_of
from casevac.store import fixes
from casevac.store.networks import farthest_walk_m
from casevac.view import View
from geo.reach import Wanted
from maps import examples_reach
from maps.area import box_of, line_of, round_roads, villages_in
from maps.desk import At, Desk
from maps.examples import shown
from maps.interval import utc
from maps.routers import usual_profile

router = APIRouter(prefix="/api", tags=["look"])


class _Question(BaseModel):
    """What every question of this module may say."""

    model_config = ConfigDict(extra="forbid")
    access_m: float | None = Field(None, ge=100, le=20_000, description="Farthest from a road, metres.")
    at: AwareDatetime | None = Field(None, description="As known then; default now.")
    mission: str | None = Field(None, max_length=80, description="Default: the mission opened last.")


class ReachQuestion(_Question):
    """From where, to where, by what."""

    from_: str = Field("", alias="from", max_length=400, description="Facility ids, or places; ; between.")
    need: str = Field("", max_length=200, description="Codes, by comma.", examples=["DCS"])
    minutes: str = Field("30,60,120", max_length=100)
    profile: str | None = Field(None, max_length=80, description="Default: the mission's ambulances.")
    direction: Literal["", "in", "out"] = Field("", description="in: to the facility, its default.")
    bound: Literal["p50", "p90"] = "p50"
    air: str = Field("", max_length=80, description="A profile that flies as well.")


class CoverageQuestion(_Question):
    """Of which land, and what else is looked at."""

    need: str = Field("DCS", max_length=200, description="Codes, by comma.")
    bbox: str = Field("", max_length=100, description="west,south,east,north; default round the roads.")
    patrol: list[str] = Field([], max_length=20, description="LON,LAT;LON,LAT;... or grids.")


@router.get("/reach", responses=shown(examples_reach.REACH))
def reach(desk: At, asked: Annotated[ReachQuestion, Query()]) -> Response:
    """The area within so many minutes of places or facilities, under the hazards of that instant.

    `direction=out` is from there to a casualty, `in` from a casualty to there; default `in` for facilities.
    """
    view = _view(desk, asked)
    ways = desk.routers.of(view.picture)
    starts, left_out = starts_of(
        view, asked.from_, needs_of(asked.need), lambda text: desk.routers.find(view.picture, text).place
    )
    wanted = Wanted(
        asked.profile or usual_profile(view.picture, ways),
        minutes_of(asked.minutes),
        inward=asked.direction == "in" or (not asked.direction and all(one.id for one in starts)),
        p90=asked.bound == "p90",
        access_m=asked.access_m or farthest_walk_m(ways.roads),
    )
    found, notes = reachable(view, ways, starts, Asked(wanted, asked.air))
    return _layer(reach_json(found, starts, about_reach(wanted, ways.season, view.now, left_out, notes)))


@router.get("/coverage", responses=shown(examples_reach.COVERAGE))
def golden_hour(desk: At, asked: Annotated[CoverageQuestion, Query()]) -> Response:
    """Where a casualty has advanced care and surgery in time, counted from the injury.

    Shares of the land, its roads, its villages and patrol routes, dry and wet, day and night, middle and
    nine in ten. What passes before a vehicle moves is measured in this mission, else estimated.
    """
    view = _view(desk, asked)
    whole = desk.routers.of(view.picture)
    routers = {when: whole.as_of(when[0], night=when[1]) for when in WHEN}
    roads = routers["dry", False].roads
    area = box_of(asked.bbox) if asked.bbox else round_roads(roads)
    villages = villages_in(desk.routers.known(view.picture)[0].names, area)
    walks = tuple(Patrol(f"route {number}", line_of(text)) for number, text in enumerate(asked.patrol, 1))
    walk = asked.access_m or farthest_walk_m(roads)
    wanted = Question(area, walk, tuple(needs_of(asked.need)), villages, walks)
    return _layer(coverage_json(coverage(view, routers, wanted, latencies(view, guesses()))))


def _layer(body: object) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/geo+json")


def _view(desk: Desk, asked: _Question) -> View:
    """The mission now, or as it was known at an instant."""
    if asked.at is None:
        return desk.view(asked.mission)
    at, known = utc(asked.at), desk.scene(asked.mission).picture.mission.id
    with desk.pool.lend() as db:
        picture = desk.past.at(db, known, at).picture
        positions = fixes.as_known_at(db, known, at)
    return View(picture, at, positions)

"""What may be asked: entities, roads, routes, the nearest facilities, a place by its name."""

from datetime import UTC, datetime
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Response

from casevac.hour import by_light
from casevac.itinerary import MOST_OTHERS, Asked, itinerary, itinerary_json
from casevac.nearest import Search, capable, modes_in
from casevac.reachable import needs_of
from casevac.store import missions as stored
from casevac.store.networks import own_names, real_profiles
from casevac.told import near_json, place_json, profiles_json
from casevac.whereabouts import search
from geo.mgrs import read_place
from maps import examples, examples_ways
from maps.desk import At, MissionId, answer, fresh
from maps.examples import shown
from maps.frames import mission_json
from maps.interval import moment
from maps.routers import usual_profile

router = APIRouter(prefix="/api", tags=["look"])
Where = Annotated[str, Query(max_length=120, examples=["19.08,5.72"])]
Instant = Annotated[
    str | None,
    Query(description="Begun then, under the hazards then; default now.", examples=["2026-11-22T05:00:00Z"]),
]
Profile = Annotated[str | None, Query(max_length=80, description="Default: the mission's ambulances.")]


@router.get("/missions", responses=shown([examples.MISSION]))
def missions(desk: At) -> Response:
    """All missions, the one opened last first."""
    with desk.pool.lend() as db:
        return answer([mission_json(one) for one in stored.missions(db)])


@router.get("/roads", responses=shown(examples.ROADS))
def roads(desk: At, mission: MissionId = None) -> Response:
    """The network of the mission as GeoJSON lines; `passable` as of its season, estimated ones marked."""
    picture = desk.scene(mission).picture
    if picture.roads is None:
        return answer(examples.ROADS)
    drawn = desk.routers.drawn(desk.routers.of(picture))
    return Response(drawn, media_type="application/geo+json", headers={"cache-control": "no-cache"})


@router.get("/profiles", responses=shown([examples_ways.PROFILE]))
def profiles(desk: At, mission: MissionId = None) -> Response:
    """Every vehicle profile that a route may be asked for: shipped or the mission's own, and how sure."""
    told = desk.scene(mission).picture.mission.profile
    return answer(profiles_json(real_profiles(told), own_names(told)))


@router.get("/place", responses=shown(examples_ways.PLACE))
def place(
    desk: At,
    text: Where,
    mission: MissionId = None,
    near: Annotated[str | None, Query(max_length=120, examples=["19.08,5.72"])] = None,
) -> Response:
    """What place a text means: coordinates, a grid, a name, `12 km NE of NAME`, `ROAD km 15 from NAME`.

    It is somewhere within `uncertainty_m`. A name of several places is a fault (409) with `candidates`;
    `near` (LON,LAT or a grid) gives their distances.
    """
    beside = read_place(near) if near else None
    return answer(place_json(desk.routers.find(desk.scene(mission).picture, text, beside)))


@router.get("/places/search", responses=shown([examples_ways.PLACE | {"match": "prefix"}]))
def search_places(
    desk: At,
    q: Annotated[str, Query(max_length=120, examples=["sib"])],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    mission: MissionId = None,
) -> Response:
    """Places whose name is, begins with, has a word that begins with, or nearly is what was typed."""
    picture = desk.scene(mission).picture
    found = search(picture, q, desk.routers.known(picture)[0], limit)
    return answer([place_json(place) | {"match": match} for place, match in found])


@router.get("/route", responses=shown(examples_ways.WAY))
def route(  # noqa: PLR0913, PLR0917  the parameters of the address
    desk: At,
    from_: Annotated[str, Query(alias="from", max_length=120, examples=["18.55,4.36"])],
    to: Where,
    profile: Profile = None,
    mission: MissionId = None,
    at: Instant = None,
    season: Annotated[Literal["dry", "wet"] | None, Query(description="Default: the mission's.")] = None,
    avoid: Annotated[bool, Query(description="False: as if there were no hazards.")] = True,
    alternatives: Annotated[int, Query(ge=0, le=MOST_OTHERS, description="Ways that really differ.")] = 0,
    explain: Annotated[
        bool, Query(description="Every arc: dry by day, season, night, slow, threat.")
    ] = False,
    compare: Annotated[bool, Query(description="The way without hazards beside it.")] = False,
    why: Annotated[bool, Query(description="Why not a more direct way.")] = False,
) -> Response:
    """The quickest way between two places under the hazards then; a flight for a profile that flies.

    Time (middle and 90 % bound), metres and exposure to threats are apart. `risks` names what it passes
    and what begins before it is past it. When an end is vague, `eta_range_s` is the earliest and the latest
    arrival over its circle, in seconds.
    """
    picture = fresh(desk, mission).picture  # a hazard told a moment ago counts
    ends = desk.routers.find(picture, from_), desk.routers.find(picture, to)
    begun = moment(at) if at else datetime.now(UTC)
    ways = by_light(desk.routers.of(picture), ends[0].place, begun, season)
    name = profile or usual_profile(picture, ways)
    asked = Asked(name, begun, avoid, alternatives, explain=explain, compare=compare, why=why)
    return answer(itinerary_json(itinerary(ways, picture, ends, asked)))


class Means(NamedTuple):
    """By what a facility is to be reached."""

    profile: str | None
    modes: str
    with_patient: bool


def _means(
    profile: Profile = None,
    modes: Annotated[
        str, Query(max_length=40, description="ground, air, or both by comma (the default).")
    ] = "",
    with_patient: Annotated[
        bool,
        Query(description="Vehicles are with the patient already; false: the mission's own free ones come."),
    ] = True,
) -> Means:
    return Means(profile, modes, with_patient)


Using = Annotated[Means, Depends(_means)]


@router.get("/nearest", responses=shown(examples_ways.NEAREST))
def nearest(
    desk: At,
    at: Where,
    means: Using,
    need: Annotated[str, Query(max_length=200, examples=["DCS"], description="Codes, by comma.")] = "",
    k: Annotated[int, Query(ge=0, le=50)] = 3,
    mission: MissionId = None,
) -> Response:
    """The k facilities that can treat these needs, soonest first by road or air, then every other with the
    reason. What nobody told of a facility, or too long ago, is among its `risks`.
    """
    view = desk.view(mission)
    ways = desk.routers.of(view.picture)
    name = means.profile or usual_profile(view.picture, ways)
    where = desk.routers.find(view.picture, at).place
    asked = Search(where, tuple(needs_of(need)), k, name, modes_in(means.modes), means.with_patient)
    found = capable(view, ways, asked)
    return answer([near_json(one) for one in found])

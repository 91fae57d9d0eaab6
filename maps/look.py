"""What may be asked: entities, roads, routes, the nearest facilities, a place by its name."""

from datetime import UTC, datetime
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Query, Response

from casevac.daylight import is_night
from casevac.errors import BadMessage
from casevac.nearest import Asked, capable, modes_in
from casevac.store import missions as stored
from casevac.terms import Capability
from casevac.told import near_json, place_json, spread_json
from casevac.vague import between_s
from casevac.whereabouts import search
from geo.air import Flight, flight
from geo.answers import Route
from geo.lonlat import LonLat
from geo.mgrs import read_place
from geo.routing import Router
from maps import examples
from maps.answers import way_json
from maps.desk import At, MissionId, answer
from maps.examples import shown
from maps.frames import mission_json
from maps.routers import usual_profile

router = APIRouter(prefix="/api", tags=["look"])
Where = Annotated[str, Query(max_length=120, examples=["19.08,5.72"])]
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


@router.get("/place", responses=shown(examples.PLACE))
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


@router.get("/places/search", responses=shown([examples.PLACE | {"match": "prefix"}]))
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


@router.get("/route", responses=shown(examples.WAY))
def route(
    desk: At,
    from_: Annotated[str, Query(alias="from", max_length=120, examples=["18.55,4.36"])],
    to: Where,
    profile: Profile = None,
    mission: MissionId = None,
) -> Response:
    """The quickest way between two places, begun now; a flight for a profile that flies.

    When an end is vague, `eta_range_s` is the earliest and the latest arrival over its circle, in seconds.
    """
    picture = desk.scene(mission).picture
    start, end = desk.routers.find(picture, from_), desk.routers.find(picture, to)
    ways, now = desk.routers.of(picture), datetime.now(UTC)
    name = profile or usual_profile(picture, ways)
    night = is_night(start.place.lon, start.place.lat, now)
    told = way_json(_way(ways, start.place, end.place, name, night=night), name, now)
    if start.circle.vague or end.circle.vague:
        spread = between_s(ways, start.circle, end.circle, name, night=night)
        told |= {"eta_range_s": spread_json(spread), "eta_skipped": spread.skipped}
    return answer(told | {"from": place_json(start), "to": place_json(end)})


def _way(ways: Router, start: LonLat, end: LonLat, profile: str, *, night: bool) -> Route | Flight:
    if profile in ways.profiles and ways.profiles[profile].kind == "air":
        return flight(start, end, ways.profiles[profile], night=night)
    return ways.route(start, end, profile)


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


@router.get("/nearest", responses=shown(examples.NEAREST))
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
    asked = Asked(where, tuple(_needs(need)), k, name, modes_in(means.modes), means.with_patient)
    found = capable(view, ways, asked)
    return answer([near_json(one) for one in found])


def _needs(text: str) -> list[Capability]:
    words = [word.strip().upper() for word in text.split(",") if word.strip()]
    known = {one.value for one in Capability}
    if wrong := [word for word in words if word not in known]:
        raise BadMessage(f"no capability {wrong[0][:40]!r}; known: {', '.join(sorted(known))}")
    return [Capability(word) for word in words]

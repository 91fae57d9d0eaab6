"""What may be asked: entities, roads, routes, the nearest facilities, a place by its name."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from casevac.daylight import is_night
from casevac.entities import Json, of_view
from casevac.errors import BadMessage
from casevac.nearest import nearest as nearest_facilities
from casevac.store import missions as stored
from casevac.terms import Capability
from casevac.told import near_json
from geo.air import flight
from geo.mgrs import to_mgrs
from maps import examples
from maps.answers import way_json
from maps.desk import At, Desk, MissionId, answer
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


@router.get("/casualties", responses=shown([examples.CASUALTY]))
def casualties(desk: At, mission: MissionId = None) -> Response:
    """Every casualty with its three clocks."""
    return _all(desk, mission, "casualties")


@router.get("/vehicles", responses=shown([examples.VEHICLE]))
def vehicles(desk: At, mission: MissionId = None) -> Response:
    """Every vehicle and aircraft."""
    return _all(desk, mission, "vehicles")


@router.get("/facilities", responses=shown([examples.FACILITY]))
def facilities(desk: At, mission: MissionId = None) -> Response:
    """Every treatment facility with capabilities, beds and who is on the way."""
    return _all(desk, mission, "facilities")


@router.get("/sites", responses=shown([examples.SITE]))
def sites(desk: At, mission: MissionId = None) -> Response:
    """Landing sites, exchange points and collection points."""
    return _all(desk, mission, "sites")


@router.get("/requests", responses=shown([examples.REQUEST]))
def requests(desk: At, mission: MissionId = None) -> Response:
    """Every request for evacuation."""
    return _all(desk, mission, "requests")


@router.get("/chains", responses=shown([examples.CHAIN]))
def chains(desk: At, mission: MissionId = None) -> Response:
    """Every rescue chain with its legs and forecasts."""
    return _all(desk, mission, "chains")


def _all(desk: Desk, mission: str | None, group: str) -> Response:
    found: dict[str, Json | None] = of_view(desk.view(mission)).get(group, {})
    return answer(list(found.values()))


@router.get("/roads", responses=shown(examples.ROADS))
def roads(desk: At, mission: MissionId = None) -> Response:
    """The network of the mission as GeoJSON lines; `passable` as of its season, estimated ones marked."""
    picture = desk.scene(mission).picture
    if picture.roads is None:
        return answer(examples.ROADS)
    drawn = desk.routers.drawn(desk.routers.of(picture))
    return Response(drawn, media_type="application/geo+json", headers={"cache-control": "no-cache"})


@router.get("/place", responses=shown(examples.PLACE))
def place(desk: At, text: Where, mission: MissionId = None) -> Response:
    """What place a text means: LON,LAT, a military grid, or the name of a facility, site or town."""
    where, name = desk.routers.find(desk.scene(mission).picture, text)
    found = {"lon": where.lon, "lat": where.lat, "mgrs": to_mgrs(where), "name": name or None}
    return answer(found)


@router.get("/route", responses=shown(examples.ROUTE))
def route(
    desk: At,
    from_: Annotated[str, Query(alias="from", max_length=120, examples=["18.55,4.36"])],
    to: Where,
    profile: Profile = None,
    mission: MissionId = None,
) -> Response:
    """The quickest way between two places, begun now; a flight for a profile that flies."""
    picture = desk.scene(mission).picture
    start, end = desk.routers.find(picture, from_)[0], desk.routers.find(picture, to)[0]
    ways, now = desk.routers.of(picture), datetime.now(UTC)
    name = profile or usual_profile(picture, ways)
    flies = name in ways.profiles and ways.profiles[name].kind == "air"
    if flies:
        night = is_night(start.lon, start.lat, now)
        return answer(way_json(flight(start, end, ways.profiles[name], night=night), name, now))
    return answer(way_json(ways.route(start, end, name), name, now))


@router.get("/nearest", responses=shown(examples.NEAREST))
def nearest(
    desk: At,
    at: Where,
    need: Annotated[str, Query(max_length=200, examples=["DCS"], description="Codes, by comma.")] = "",
    k: Annotated[int, Query(ge=0, le=50)] = 3,
    profile: Profile = None,
    mission: MissionId = None,
) -> Response:
    """The k facilities that can treat these needs, soonest first, then every other with the reason."""
    view = desk.view(mission)
    ways = desk.routers.of(view.picture)
    name = profile or usual_profile(view.picture, ways)
    where = desk.routers.find(view.picture, at)[0]
    found = nearest_facilities(view, ways, where, _needs(need), k, name)
    return answer([near_json(one) for one in found])


def _needs(text: str) -> list[Capability]:
    words = [word.strip().upper() for word in text.split(",") if word.strip()]
    known = {one.value for one in Capability}
    if wrong := [word for word in words if word not in known]:
        raise BadMessage(f"no capability {wrong[0][:40]!r}; known: {', '.join(sorted(known))}")
    return [Capability(word) for word in words]

"""What is within reach of places or capable facilities now, by road and by air: from words to GeoJSON."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import shapely
from shapely.geometry import mapping

from casevac import hazard
from casevac.daylight import is_night
from casevac.errors import BadMessage, NotPossible
from casevac.hour import roads
from casevac.mtf import Facility, may_take
from casevac.posture import Door, landings
from casevac.terms import Capability, Mode
from casevac.view import View
from geo.errors import GeoError, OffNetwork
from geo.flown import Pad
from geo.lonlat import LonLat
from geo.reach import Isochrone, Wanted, by_air, checked, reach
from geo.routing import Router
from geo.swept import Source, on_network

Json = dict[str, Any]
Find = Callable[[str], LonLat]


class Start(NamedTuple):
    """What an isochrone is drawn round: a facility by its id, or a place (no id)."""

    id: str
    name: str
    place: LonLat


class Starts(NamedTuple):
    """The starts, and by id why facilities that were looked at are none."""

    starts: tuple[Start, ...]
    left_out: Mapping[str, str]


def minutes_of(text: str) -> tuple[float, ...]:
    """Seconds from `30,60,120`; raises BadMessage, GeoError for a time that makes no sense."""
    try:
        return checked([float(word) * 60.0 for word in text.split(",") if word.strip()])
    except ValueError as fault:
        raise BadMessage(f"minutes are numbers by comma, as 30,60,120; not {text[:40]!r}") from fault


def starts_of(view: View, text: str, needs: Sequence[Capability], find: Find) -> Starts:
    """From `mtf-bria,mtf-bangui`, a place, or several of either with semicolons between.

    Without a text every facility that may take one casualty with the needs now. With needs, a facility that
    may not is left out. Raises NotPossible when none is left, and what `find` raises.
    """
    known = {key: one for key, one in view.picture.facilities.items() if one.registered is not None}
    places, named = list[Start](), list[str]()
    for part in filter(None, (part.strip() for part in text.split(";"))):
        ids = [word.strip() for word in part.split(",")]
        if all(one in known for one in ids):
            named += ids
        else:
            places.append(Start("", part, find(part)))
    wanted = dict.fromkeys(named) if text.strip() else dict.fromkeys(sorted(known))
    against = {key: _against(view, known[key], needs) for key in wanted} if needs or not text.strip() else {}
    left_out = {key: why for key, why in against.items() if why}
    fit = [_start(known[key]) for key in wanted if key not in left_out]
    if not fit and not places:
        why = "; ".join(f"{key} {said}" for key, said in left_out.items()) or "none is registered"
        raise NotPossible(f"no facility to reckon from: {why[:400]}")
    return Starts((*fit, *places), left_out)


def _against(view: View, one: Facility, needs: Sequence[Capability]) -> str:
    return "; ".join(may_take(view.standing(one), [needs], view.now).against)


def _start(one: Facility) -> Start:
    return Start(one.id, one.card.name, LonLat(one.card.lon, one.card.lat))


class Asked(NamedTuple):
    """Times, a profile (one that flies: by air alone), whether to the starts, and one that flies as well."""

    wanted: Wanted
    air: str = ""


def reachable(
    view: View, router: Router, starts: Sequence[Start], asked: Asked
) -> tuple[tuple[Isochrone, ...], tuple[str, ...]]:
    """The isochrones under the hazards and in the light of now, shortest first; notes on what is not in them.

    Raises OffNetwork when no start is near a road, UnknownProfile, Unreachable (by night), BadPlace.
    """
    wanted, notes = asked.wanted, list[str]()
    flies = _flies(router, wanted.profile)
    if flies:
        grown = tuple(Isochrone(one, shapely.MultiPolygon(), 0.0) for one in checked(wanted.seconds))
    else:
        ways = roads(router, view.picture, starts[0].place, view.now, *_bound(router, wanted.profile))
        notes += ["by night: slower than by day"] if ways.night else []
        near, off = on_network(ways, [Source(one.place) for one in starts], wanted.profile)
        if not near:
            raise OffNetwork(next(iter(off.values()), "give at least one place or facility"))
        notes += [f"{starts[index].name} is left out: {why}" for index, why in off.items()]
        grown = reach(ways, near, wanted).isochrones
    flying = wanted.profile if flies else asked.air
    if not flying:
        return grown, tuple(notes)
    return _flown(view, router, starts, (flying, wanted.p90), grown, notes)


def _bound(router: Router, profile: str) -> tuple[Mode, ...]:
    """In which modes such a vehicle, or who walks, goes."""
    walks = profile in router.profiles and router.profiles[profile].kind == "foot"
    return hazard.WALKING if walks else hazard.DRIVING


def _flies(router: Router, name: str) -> bool:
    return name in router.profiles and router.profiles[name].kind == "air"


def _flown(
    view: View, router: Router, starts: Sequence[Start], by: tuple[str, bool],
    grown: tuple[Isochrone, ...], notes: list[str],
) -> tuple[tuple[Isochrone, ...], tuple[str, ...]]:  # fmt: skip
    """The isochrones with what an aircraft adds: a facility by the site that serves it, a place by itself."""
    name, p90 = by
    if not _flies(router, name):
        raise GeoError(f"the profile '{name}' does not fly; for --air name one that does")
    profile = router.profiles[name]
    doors = [Door(one.id, one.name, one.place, surgery=True, care=True) for one in starts if one.id]
    served = landings(view, doors, profile.speed_factor, p90=p90)
    notes += [f"{one.name} has no landing site near it" for one in doors if one.id not in served]
    pads = [*served.values(), *(Pad(one.place) for one in starts if not one.id)]
    night = any(is_night(*pad.place, view.now) for pad in pads)
    closed = hazard.areas(view.picture, view.now, Mode.AIR)
    found = by_air(grown, pads, profile, night=night, p90=p90, closed=closed)
    return found, tuple(notes)


def needs_of(text: str) -> list[Capability]:
    """Capabilities from `DCS,ICU`; raises BadMessage."""
    words = [word.strip().upper() for word in text.split(",") if word.strip()]
    known = {one.value for one in Capability}
    if wrong := [word for word in words if word not in known]:
        raise BadMessage(f"no capability {wrong[0][:40]!r}; known: {', '.join(sorted(known))}")
    return [Capability(word) for word in words]


def about_reach(
    wanted: Wanted, season: str, now: datetime, left_out: Mapping[str, str], notes: Sequence[str]
) -> Json:
    """What the isochrones are of."""
    return {
        "profile": wanted.profile,
        "direction": "in" if wanted.inward else "out",
        "bound": "p90" if wanted.p90 else "p50",
        "season": season,
        "access_m": wanted.access_m,
        "at": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "left_out": dict(left_out),
        "notes": list(notes),
    }


def reach_json(isochrones: Sequence[Isochrone], starts: Sequence[Start], about: Mapping[str, object]) -> Json:
    """A FeatureCollection: an area for each time, longest first, as they are drawn; then the starts."""
    areas = [
        feature(
            one.area,
            {
                "kind": "reach",
                "minutes": round(one.seconds / 60.0, 3),
                "km2": round(one.km2, 3),
                "road_km": round(one.road_m / 1000.0, 3),
            },
        )
        for one in reversed(isochrones)
    ]
    points = [
        feature(shapely.Point(one.place), {"kind": "from", "id": one.id, "name": one.name}) for one in starts
    ]
    return {"type": "FeatureCollection", "about": {**about, "estimated": True}, "features": areas + points}


def feature(shape: shapely.MultiPolygon | shapely.Point, told: Mapping[str, object]) -> Json:
    """A GeoJSON feature."""
    return {"type": "Feature", "properties": dict(told), "geometry": mapping(shape)}

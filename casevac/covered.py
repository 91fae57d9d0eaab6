"""A coverage as GeoJSON and as rows, the same over HTTP, on the command line and in a file."""

from collections.abc import Iterator
from typing import Any

import msgspec
import shapely

from casevac.coverage import CARE, WHEN, Cover, Coverage, Share
from casevac.errors import BadFile
from casevac.latency import STEPS, WORDS, Guess
from casevac.reachable import feature
from casevac.shipped import shipped

Json = dict[str, Any]
LABELS = {CARE: "advanced care"}


class _Guessed(msgspec.Struct, frozen=True):
    name: str
    p50_s: float
    p90_s: float


class _Guesses(msgspec.Struct, frozen=True):
    latencies: tuple[_Guessed, ...]


def guesses() -> dict[str, Guess]:
    """The shipped estimates of every step before a vehicle moves; raises BadFile."""
    path = shipped("latencies.json")
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Guesses)
    except (OSError, msgspec.MsgspecError) as fault:
        raise BadFile(f"{path.name} holds no latencies: {fault}") from fault
    return {one.name: (one.p50_s, one.p90_s) for one in found.latencies}


def coverage_json(found: Coverage) -> Json:
    """A FeatureCollection: an area for each cover, and what all rest on in `about`."""
    areas = (feature(one.area, {"kind": "coverage", **properties(one)}) for one in found.covers)
    return {
        "type": "FeatureCollection",
        "about": about(found),
        "features": [feature(found.land, {"kind": "land"}), *areas, *_points(found)],
    }


def _points(found: Coverage) -> Iterator[Json]:
    """Vehicles and facilities that count."""
    for one in found.counts.stands:
        yield feature(shapely.Point(one.place), {"kind": "vehicle", "id": one.id, "name": one.id})
    for door in found.counts.doors:
        yield feature(shapely.Point(door.place), {"kind": "facility", "id": door.id, "name": door.name})


def about(found: Coverage) -> Json:
    """All that the figures rest on."""
    return {
        "estimated": True,
        "km2": round(found.km2, 1),
        "road_km": round(found.road_km, 1),
        "latencies": [
            {"step": key, "words": WORDS[key], "p50_s": round(one.p50_s, 1), "p90_s": round(one.p90_s, 1),
             "count": one.times, "estimated": one.estimated}
            for key, one in ((step, found.latencies[step]) for step in STEPS)
        ],
        "vehicles": [
            {"id": one.id, "profile": one.profile, "medical": one.medical, "lon": one.place.lon,
             "lat": one.place.lat, "moves_p50_s": round(one.p50_s, 1), "moves_p90_s": round(one.p90_s, 1)}
            for one in found.counts.stands
        ],
        "facilities": [
            {"id": one.id, "name": one.name, "surgery": one.surgery, "advanced_care": one.care,
             "lon": one.place.lon, "lat": one.place.lat}
            for one in found.counts.doors
        ],
        "left_out": found.counts.left_out,
        "notes": list(found.notes),
        "missed": {f"{label(one)}": list(one.missed) for one in found.covers if one.missed},
    }  # fmt: skip


def label(one: Cover) -> str:
    """What a cover is of, in words, as `surgery, wet, night, nine in ten`."""
    light, bound = "night" if one.night else "day", "nine in ten" if one.p90 else "middle"
    return f"{LABELS.get(one.step, one.step)}, {one.season}, {light}, {bound}"


def properties(one: Cover) -> Json:
    """A cover without its area, shares from 0 to 1."""
    share = {f"share_{name}": _rounded(value) for name, value in one.share._asdict().items()}
    light, bound = "night" if one.night else "day", "p90" if one.p90 else "p50"
    return {"step": one.step, "season": one.season, "light": light, "bound": bound,
            "limit_minutes": one.limit_s / 60.0, **share}  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)


def rows(found: Coverage) -> Iterator[tuple[str, ...]]:
    """A line for each step of care, limit and bound: shares of dry day, dry night, wet day, wet night."""
    kinds = [
        name for name in Share._fields if any(getattr(one.share, name) is not None for one in found.covers)
    ]
    keys = dict.fromkeys((one.step, one.limit_s, one.p90) for one in found.covers)
    for step, limit_s, p90 in keys:
        mine = {(one.season, one.night): one for one in found.covers if (one.step, one.p90) == (step, p90)}
        for kind in kinds:
            bound = "9 in 10" if p90 else "half"
            cells = (_percent(getattr(mine[key].share, kind)) for key in WHEN if key in mine)
            yield (f"{LABELS.get(step, step)} {limit_s / 60:.0f} min", bound, kind, *cells)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"

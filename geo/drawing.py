"""Routes and networks as lines: cut a shape, string a path, list a network as GeoJSON."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.lonlat import LonLat
from geo.ports import Step
from geo.roads import Roads
from geo.terms import BARRIER, CLASS_CODE, DRY_ONLY, ESTIMATED


def path(roads: Roads, steps: Sequence[Step]) -> list[LonLat]:
    """Points of the steps one after another, without repeats."""
    drawn = [np.zeros((0, 2)), *(_drawn(roads, step) for step in steps)]
    points = np.concatenate(drawn)
    fresh = np.ones(len(points), dtype=bool)
    fresh[1:] = (points[1:] != points[:-1]).any(axis=1)
    return [LonLat(lon, lat) for lon, lat in points[fresh].tolist()]


def _drawn(roads: Roads, step: Step) -> NDArray[np.float64]:
    shape = roads.shape(step.arc // 2)
    if {step.begin, step.end} == {0.0, 1.0}:
        return shape if step.begin < step.end else shape[::-1]
    return cut(shape, step.begin, step.end)


def cut(shape: NDArray[np.float64], begin: float, end: float) -> NDArray[np.float64]:
    """Part of a shape [k, 2] between two shares of its length, in the order from begin to end."""
    if begin > end:
        return cut(shape, end, begin)[::-1]
    if begin <= 0.0 and end >= 1.0:
        return shape
    steps = np.hypot(np.diff(shape[:, 0]) * np.cos(np.radians(shape[0, 1])), np.diff(shape[:, 1]))
    run = np.concatenate(([0.0], np.cumsum(steps)))
    if run[-1] <= 0.0:
        return shape
    share = run / run[-1]
    inner = shape[(share > begin) & (share < end)]
    sides = [[np.interp(f, share, shape[:, 0]), np.interp(f, share, shape[:, 1])] for f in (begin, end)]
    return np.vstack((sides[:1], inner, sides[1:]))


def roads_geojson(
    roads: Roads,
    *,
    bbox: tuple[float, float, float, float] | None = None,
    classes: Collection[str] | None = None,
    limit: int = 20_000,
    season: str = "dry",
) -> dict[str, Any]:
    """GeoJSON FeatureCollection of the network: one line a stretch, higher classes first, at most `limit`.

    bbox is west, south, east, north in degrees. `passable` is false for a road closed in this season;
    `truncated` on the collection says whether the limit left any out.
    """
    chosen = np.arange(roads.stretches) if bbox is None else np.sort(roads.tree.query(shapely.box(*bbox)))
    chosen = chosen[(roads.flags[chosen] & BARRIER) == 0]
    if classes is not None:
        codes = [CLASS_CODE[word] for word in classes if word in CLASS_CODE]
        chosen = chosen[np.isin(roads.highway[chosen], codes)]
    ranked = chosen[np.argsort(roads.highway[chosen], kind="stable")]
    features = [_feature(roads, int(e), season) for e in ranked[:limit]]
    return {"type": "FeatureCollection", "features": features, "truncated": len(ranked) > limit}


def _feature(roads: Roads, e: int, season: str) -> dict[str, Any]:
    flags = int(roads.flags[e])
    properties = {
        "class": roads.words("highway", e),
        "name": roads.words("name", e),
        "ref": roads.words("ref", e),
        "surface": roads.words("surface", e),
        "km": round(float(roads.metres[e]) / 1000.0, 3),
        "estimated": bool(flags & ESTIMATED),
        "passable": not (season == "wet" and flags & DRY_ONLY),
        "source": roads.words("source", e),
    }
    line = {"type": "LineString", "coordinates": np.round(roads.shape(e), 7).tolist()}
    return {"type": "Feature", "id": e, "properties": properties, "geometry": line}

"""At which zoom of a map a thing is drawn, and how coarsely: Web Mercator, levels of detail, room."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

RADIUS_M = 6_378_137.0
WORLD_M = 2.0 * np.pi * RADIUS_M
FARTHEST_LAT = 85.05
DEEPEST = 14  # the closest zoom that tiles are made for; a map stretches these farther in
_TILE_PX = 512
_SOONER = 3  # zooms by which something rare may come before its usual zoom


class Level(NamedTuple):
    """One level of detail: the zooms it serves, and by how many metres of the map a line may be off."""

    number: int
    first: int
    last: int
    off_m: float


LEVELS = (Level(0, 13, DEEPEST, 0.0), Level(1, 11, 12, 6.0), Level(2, 8, 10, 30.0), Level(3, 0, 7, 250.0))


class Marks(NamedTuple):
    """Things of one layer and level: from which zooms [k] on they are drawn, properties [k], shapes [k]."""

    layer: str
    level: int
    zooms: list[int]
    told: list[dict[str, object]]
    shapes: NDArray[np.object_]


def level_of(zoom: int) -> Level:
    """The level that a zoom of 0 to DEEPEST is drawn from."""
    return next(one for one in LEVELS if one.first <= zoom <= one.last)


def pixel_m(zoom: float) -> float:
    """Metres of the map (at the equator) of one pixel."""
    return float(WORLD_M / _TILE_PX / 2.0**zoom)


def mercator(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees [k, 2] to metres of Web Mercator (EPSG:3857); latitudes beyond its edge are put on it."""
    lat = np.radians(np.clip(points[:, 1], -FARTHEST_LAT, FARTHEST_LAT))
    return np.column_stack(
        (np.radians(points[:, 0]) * RADIUS_M, np.log(np.tan(np.pi / 4 + lat / 2)) * RADIUS_M)
    )


def sooner(
    count: Mapping[str, int], usual: Mapping[str, int], most: float, box: NDArray[np.float64]
) -> dict[str, int]:
    """The zoom from which each kind is drawn: its usual one, or up to three before where there is room.

    count: how many there are of each kind; `most` may stand in a tile on average, those that come sooner
    included; box: west, south, east, north in metres of the map.
    """
    found: dict[str, int] = {}
    before = 0
    width, height = np.maximum(box[2:] - box[:2], 1.0)
    for kind in sorted(count, key=lambda one: usual[one]):
        before += count[kind]
        room = [
            zoom
            for zoom in range(max(0, usual[kind] - _SOONER), usual[kind])
            if before <= most * max(1.0, width / (WORLD_M / 2**zoom)) * max(1.0, height / (WORLD_M / 2**zoom))
        ]
        found[kind] = room[0] if room else usual[kind]
    return found


def thinned(shapes: NDArray[np.object_], level: Level) -> NDArray[np.object_]:
    """Shapes as coarse as a level wants them; areas stay areas, or become empty."""
    if not level.off_m or not len(shapes):
        return shapes
    simple: NDArray[np.object_] = shapely.simplify(shapes, level.off_m)
    return simple

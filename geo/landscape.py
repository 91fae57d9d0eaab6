"""Water and land of an OpenStreetMap extract (.osm.pbf) as it is drawn on a map, level by level of detail."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import osmium
import osmium.filter
import osmium.geom
import osmium.osm
import shapely
from numpy.typing import NDArray

from geo.errors import BadExtract
from geo.zooms import DEEPEST, LEVELS, Level, Marks, mercator, pixel_m, thinned

Progress = Callable[[str, int, int], None]
_KEYS = ("natural", "waterway", "landuse")
_WATER = {"natural": ("water",), "waterway": ("riverbank", "dock"), "landuse": ("reservoir", "basin")}
_LAND: dict[str, dict[str, tuple[str, ...]]] = {
    "wetland": {"natural": ("wetland",)},
    "wood": {"natural": ("wood",), "landuse": ("forest",)},
    "built": {"landuse": ("residential", "industrial", "commercial", "retail")},
}
_LINES = {"river": 7, "canal": 10, "stream": 12}  # from which zoom on
_LAND_ZOOM = 9
_LEAST_PX = 3.0  # a side of the smallest area that is drawn
_AT_ONCE = 2000
_DRY_WORDS = ("no", "")


class _Shape(NamedTuple):
    layer: str
    kind: str
    name: str
    dries: bool
    wkb: str


def landscape(path: Path, progress: Progress = lambda _what, _done, _of: None) -> Iterator[Marks]:
    """Layers `water` (areas, and rivers as lines) and `land` (wetland, woods, built-up), in small parts.

    Shapes are metres of Web Mercator. What has no usable outline is left out. Raises BadExtract.
    """
    waiting: list[_Shape] = []
    done = 0
    for shape in _shapes(Path(path)):
        waiting.append(shape)
        if len(waiting) == _AT_ONCE:
            done += len(waiting)
            progress("drawing water and land", done, 0)
            yield from _marks(waiting)
            waiting = []
    yield from _marks(waiting)


def _shapes(path: Path) -> Iterator[_Shape]:
    made = osmium.geom.WKBFactory()
    wanted = osmium.filter.KeyFilter(*_KEYS)
    reading = (
        osmium.FileProcessor(str(path)).with_locations("flex_mem").with_areas(wanted).with_filter(wanted)
    )
    try:
        for each in reading:
            found: tuple[str, str] | None = None
            if not isinstance(each, osmium.osm.Area | osmium.osm.Way):
                continue
            told = {tag.k: tag.v for tag in each.tags}
            if isinstance(each, osmium.osm.Area):
                found, outline = _area(told), partial(made.create_multipolygon, each)
            elif told.get("waterway") in _LINES:
                found, outline = ("water", told["waterway"]), partial(made.create_linestring, each)
            if found is not None and (wkb := _tried(outline)):
                name = told.get("name", "").replace("\x00", "")
                yield _Shape(*found, name, _dries(told), wkb)
    except (RuntimeError, OSError, ValueError) as fault:
        raise BadExtract(f"{path} is cut short or damaged ({fault}); download the extract again") from fault


def _tried(outline: Callable[[], str]) -> str:
    """WKB of an object; empty when the extract lacks its points or they make no shape."""
    try:
        return outline()
    except (RuntimeError, ValueError):  # pyosmium has one fault for all these
        return ""


def _area(told: Mapping[str, str]) -> tuple[str, str] | None:
    if any(told.get(key) in words for key, words in _WATER.items()):
        return "water", "area"
    for kind, tags in _LAND.items():
        if any(told.get(key) in words for key, words in tags.items()):
            return "land", kind
    return None


def _dries(told: Mapping[str, str]) -> bool:
    return any(told.get(key, "no") not in _DRY_WORDS for key in ("intermittent", "seasonal"))


def _marks(shapes: list[_Shape]) -> Iterator[Marks]:
    if not shapes:
        return
    outlines = shapely.from_wkb([one.wkb for one in shapes], on_invalid="ignore")
    drawn = np.asarray(shapely.transform(outlines, mercator), dtype=object)
    drawn = np.where(shapely.is_valid(drawn), drawn, shapely.make_valid(drawn))
    areas = shapely.get_dimensions(drawn) == 2
    zooms = np.asarray([_LINES.get(one.kind, DEEPEST) for one in shapes])
    zooms[areas] = _area_zooms(shapely.area(drawn[areas]))
    zooms[[one.layer == "land" for one in shapes]] = np.maximum(
        _LAND_ZOOM, zooms[[one.layer == "land" for one in shapes]]
    )
    told = [_told(one) for one in shapes]
    for layer in ("water", "land"):
        mine = np.asarray([one.layer == layer for one in shapes]) & (zooms <= DEEPEST)
        for level in LEVELS:
            shown = np.flatnonzero(mine & (zooms <= level.last))
            if len(shown):
                yield _level(layer, level, shown, zooms, told, drawn)


def _level(
    layer: str,
    level: Level,
    shown: NDArray[np.int64],
    zooms: NDArray[np.int64],
    told: list[dict[str, object]],
    drawn: NDArray[np.object_],
) -> Marks:
    shapes = thinned(drawn[shown], level)
    kept = ~(shapely.is_empty(shapes) | shapely.is_missing(shapes))
    rows = shown[kept].tolist()
    return Marks(layer, level.number, [int(zooms[i]) for i in rows], [told[i] for i in rows], shapes[kept])


def _told(one: _Shape) -> dict[str, object]:
    told: dict[str, object] = {"kind": one.kind}
    told |= {"name": one.name} if one.name else {}
    return told | ({"dries": True} if one.dries else {})


def _area_zooms(area_m2: NDArray[np.float64]) -> NDArray[np.int64]:
    """The zoom at which an area is some pixels wide."""
    side = np.maximum(np.sqrt(area_m2), 0.01)
    zooms = np.ceil(np.log2(_LEAST_PX * pixel_m(0) / side)).astype(np.int64)
    return np.maximum(zooms, 0)

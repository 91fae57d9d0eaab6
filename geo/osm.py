"""OpenStreetMap extract (.osm.pbf) to a road network."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import osmium.filter
import osmium.osm

from geo.assemble import MISSING, Points, assemble
from geo.errors import BadExtract
from geo.gazetteer import ARRAY, RADIUS_M, Entry, packed
from geo.lonlat import LonLat
from geo.placetags import read_name
from geo.roads import DEGREES, Roads
from geo.tags import WayTags, read_way

# progress(what is being done, how much is done, of how much or 0 when unknown)
Progress = Callable[[str, int, int], None]
_TELL_EVERY = 5000
_ROAD_KEYS = ("highway", "route")
_PLACE_KEYS = ("place", "aeroway", "man_made", "ford", "bridge:name")
_PBF_FIRST = b"\x0a\x09OSMHeader"


def import_extract(path: Path, progress: Progress = lambda _what, _done, _of: None) -> Roads:
    """Read every way that anybody can drive, walk or sail along, and the places with a name beside them.

    The places are one more array of the network, by the name geo.gazetteer.ARRAY; its digest leaves them
    out. Raises BadExtract.
    """
    path = Path(path)
    _look(path)
    ways, named = _Ways(), _Named()
    try:
        for each in _read(path):
            named.take(each)
            if not isinstance(each, osmium.osm.Way):
                continue
            ways.take(each)
            if len(ways.highway) % _TELL_EVERY == 0:
                progress("ways", len(ways.highway), 0)
    except (RuntimeError, OSError, ValueError) as fault:
        raise BadExtract(f"{path} is cut short or damaged ({fault}); download the extract again") from fault
    progress("cutting at junctions", 0, len(ways.highway))
    roads = _built(path, ways)
    roads = Roads({**roads.arrays, ARRAY: packed(named.entries())}, roads.about)
    progress("done", roads.stretches, roads.stretches)
    return roads


def _look(path: Path) -> None:
    """Tell a missing or foreign file before osmium does, in words."""
    try:
        with path.open("rb") as source:
            start = source.read(4 + len(_PBF_FIRST))
    except OSError as fault:
        raise BadExtract(
            f"cannot read {path}: {fault.strerror}; give the path of an .osm.pbf extract"
        ) from fault
    if not start:
        raise BadExtract(f"{path} is empty; download the extract again")
    if path.name.endswith(".pbf") and start[4:] != _PBF_FIRST:
        raise BadExtract(
            f"{path} is not an OpenStreetMap .osm.pbf extract; download one, for example from a mirror"
        )


def _read(path: Path) -> Iterator[osmium.osm.Node | osmium.osm.Way]:
    wanted = osmium.filter.KeyFilter(*_ROAD_KEYS, *_PLACE_KEYS)
    reading = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
    for each in reading.with_locations("flex_mem").with_filter(wanted):
        if isinstance(each, osmium.osm.Node | osmium.osm.Way):
            yield each


@dataclass
class _Named:
    """Every place with a name read so far."""

    found: dict[tuple[str, tuple[str, ...], LonLat], None] = field(default_factory=dict)

    def take(self, each: osmium.osm.Node | osmium.osm.Way) -> None:
        if "highway" in each.tags and not isinstance(each, osmium.osm.Way):
            return  # a crossing, a bus stop
        if "highway" in each.tags and "bridge" not in each.tags:
            return
        named = read_name({tag.k: tag.v for tag in each.tags})
        place = None if named is None else _middle(each)
        if named is not None and place is not None:
            self.found[(*named, place)] = None

    def entries(self) -> list[Entry]:
        return [
            Entry(names, kind, place, RADIUS_M[kind], "OpenStreetMap") for kind, names, place in self.found
        ]


def _middle(each: osmium.osm.Node | osmium.osm.Way) -> LonLat | None:
    """Where a node is, or the middle of what a way spans; None when the extract lacks its points."""
    points = [each.location] if isinstance(each, osmium.osm.Node) else [node.location for node in each.nodes]
    known = [(point.x, point.y) for point in points if point.valid()]
    if not known:
        return None
    xs, ys = zip(*known, strict=True)
    return LonLat(round((min(xs) + max(xs)) / 2 * DEGREES, 7), round((min(ys) + max(ys)) / 2 * DEGREES, 7))


@dataclass
class _Ways:
    """Everything read so far, in flat arrays of machine numbers."""

    way: "array[int]" = field(default_factory=lambda: array("q"))
    ref: "array[int]" = field(default_factory=lambda: array("q"))
    x: "array[int]" = field(default_factory=lambda: array("q"))
    y: "array[int]" = field(default_factory=lambda: array("q"))
    highway: list[WayTags] = field(default_factory=list)
    texts: dict[str, int] = field(default_factory=lambda: {"": 0})

    def take(self, way: osmium.osm.Way) -> None:
        tags = read_way({tag.k: tag.v for tag in way.tags})
        if tags is None:
            return
        number = len(self.highway)
        for point in way.nodes:
            place = point.location
            self.way.append(number)
            self.ref.append(point.ref)
            self.x.append(place.x)
            self.y.append(place.y)
        self.highway.append(tags)

    def text(self, words: str) -> int:
        return self.texts.setdefault(words, len(self.texts))


def _built(path: Path, ways: _Ways) -> Roads:
    points = Points(*(np.frombuffer(each, dtype=np.int64) for each in (ways.way, ways.ref, ways.x, ways.y)))
    missing = int(np.count_nonzero(points.x == MISSING))
    if not ways.highway:
        raise BadExtract(f"{path} holds no roads; use an extract that has ways tagged 'highway'")
    if missing > len(points.x) // 2:
        raise BadExtract(
            f"{path} lacks the positions of most road points; use an extract sorted nodes before ways"
        )
    columns: dict[str, Any] = {
        name: [getattr(each, name) for each in ways.highway]
        for name in ("highway", "surface", "motor", "foot", "maxspeed", "flags")
    }
    columns["fixed_s"] = np.asarray([each.fixed_s for each in ways.highway], dtype=np.float64)
    columns["name"] = [ways.text(each.name) for each in ways.highway]
    columns["ref"] = [ways.text(each.ref) for each in ways.highway]
    columns["source"] = np.full(len(ways.highway), ways.text("OpenStreetMap contributors, ODbL"))
    about = {"from": path.name, "ways": len(ways.highway), "missing_points": missing}
    return assemble(points, columns, list(ways.texts), about)

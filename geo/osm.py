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
from geo.roads import Roads
from geo.tags import WayTags, read_way

# progress(what is being done, how much is done, of how much or 0 when unknown)
Progress = Callable[[str, int, int], None]
_TELL_EVERY = 5000
_PBF_FIRST = b"\x0a\x09OSMHeader"


def import_extract(path: Path, progress: Progress = lambda _what, _done, _of: None) -> Roads:
    """Read every way that anybody can drive, walk or sail along. Raises BadExtract."""
    path = Path(path)
    _look(path)
    ways = _Ways()
    try:
        for way in _read(path):
            ways.take(way)
            if len(ways.highway) % _TELL_EVERY == 0:
                progress("ways", len(ways.highway), 0)
    except (RuntimeError, OSError, ValueError) as fault:
        raise BadExtract(f"{path} is cut short or damaged ({fault}); download the extract again") from fault
    progress("cutting at junctions", 0, len(ways.highway))
    roads = _built(path, ways)
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


def _read(path: Path) -> Iterator[osmium.osm.Way]:
    wanted = osmium.filter.KeyFilter("highway", "route")
    reading = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
    for way in reading.with_locations("flex_mem").with_filter(wanted):
        if isinstance(way, osmium.osm.Way):
            yield way


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

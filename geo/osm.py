"""OpenStreetMap extract (.osm.pbf) to a road network."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import osmium
import osmium.filter
import osmium.osm

from geo.assemble import MISSING, Points, Signs, assemble
from geo.barriers import NodeTags, read_node
from geo.errors import BadExtract
from geo.gazetteer import ARRAY, RADIUS_M, Entry, packed
from geo.lonlat import LonLat
from geo.placetags import read_name
from geo.restrictions import Restriction, read_restriction
from geo.roads import DEGREES, Roads
from geo.tags import WAY_KEYS, WayTags, read_way

# progress(what is being done, how much is done, of how much or 0 when unknown)
Progress = Callable[[str, int, int], None]
_TELL_EVERY = 5000
_PLACE_KEYS = ("place", "aeroway", "man_made", "ford", "bridge:name")
_WANTED = (
    (osmium.osm.NODE, ("barrier", "highway", *_PLACE_KEYS)),
    (osmium.osm.WAY, ("highway", "route", *_PLACE_KEYS)),
    (osmium.osm.RELATION, ("type",)),
)
_PBF_FIRST = b"\x0a\x09OSMHeader"


def import_extract(path: Path, progress: Progress = lambda _what, _done, _of: None) -> Roads:
    """Read every way that anybody can drive, walk or sail along, and the places with a name beside them.

    The places are one more array of the network, by the name geo.gazetteer.ARRAY; its digest leaves them
    out. Raises BadExtract.
    """
    path = Path(path)
    _look(path)
    found = _Found()
    try:
        for each in _read(path):
            found.take(each)
            if len(found.row) % _TELL_EVERY == 0 and isinstance(each, osmium.osm.Way):
                progress("ways", len(found.row), 0)
    except (RuntimeError, OSError, ValueError) as fault:
        raise BadExtract(f"{path} is cut short or damaged ({fault}); download the extract again") from fault
    progress("cutting at junctions", 0, len(found.row))
    roads = _built(path, found)
    roads = Roads({**roads.arrays, ARRAY: packed(found.named.entries())}, roads.about)
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


def _read(path: Path) -> Iterator["_Object"]:
    reading = osmium.FileProcessor(str(path)).with_locations("flex_mem")
    for kind, keys in _WANTED:
        wanted = osmium.filter.KeyFilter(*keys)
        wanted.enable_for(kind)
        reading.with_filter(wanted)
    return cast("Iterator[_Object]", iter(reading))  # no areas and no changesets were asked for


_Object = osmium.osm.Node | osmium.osm.Way | osmium.osm.Relation


def _tags(each: "_Object") -> dict[str, str]:
    """The tags, by the calls under pyosmium's own iterator: that one takes five times as long."""
    tags = each.tags._pyosmium_data
    place, following = tags.tags_begin(), tags.tags_next
    return dict(following(place) for _ in range(tags.tags_size()))


@dataclass
class _Named:
    """Every place with a name read so far."""

    found: dict[tuple[str, tuple[str, ...], LonLat], None] = field(default_factory=dict)

    def take(self, each: osmium.osm.Node | osmium.osm.Way, tags: dict[str, str]) -> None:
        """Keep the place if the tags make it one."""
        if "highway" in tags and not isinstance(each, osmium.osm.Way):
            return  # a crossing, a bus stop
        named = read_name(tags)
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


def _numbers() -> "array[int]":
    return array("q")


@dataclass
class _Found:
    """Everything read so far, in flat arrays of machine numbers. Equal tags are read once."""

    ref: "array[int]" = field(default_factory=_numbers)
    x: "array[int]" = field(default_factory=_numbers)
    y: "array[int]" = field(default_factory=_numbers)
    size: "array[int]" = field(default_factory=_numbers)  # points of each way
    number: "array[int]" = field(default_factory=_numbers)
    row: "array[int]" = field(default_factory=_numbers)  # of each way in rows
    name: "array[int]" = field(default_factory=_numbers)
    title: "array[int]" = field(default_factory=_numbers)
    rows: list[WayTags] = field(default_factory=list)
    known: dict[tuple[tuple[str, str], ...], int] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=lambda: {"": 0})
    barriers: dict[int, NodeTags] = field(default_factory=dict)
    turns: list[Restriction] = field(default_factory=list)
    told: "Counter[str]" = field(default_factory=Counter)
    unread: "Counter[str]" = field(default_factory=Counter)
    named: _Named = field(default_factory=_Named)

    def take(self, each: _Object) -> None:
        """Read one object of the extract."""
        tags = _tags(each)
        if isinstance(each, osmium.osm.Way):
            if "highway" not in tags or "bridge" in tags:
                self.named.take(each, tags)
            self._way(each, tags)
        elif isinstance(each, osmium.osm.Node):
            self.named.take(each, tags)
            self._node(each, tags)
        elif tags.get("type", "").startswith("restriction"):
            members = [(member.role, member.type, member.ref) for member in each.members]
            self.turns.extend(read_restriction(tags, members, self.told))

    def _node(self, each: osmium.osm.Node, tags: dict[str, str]) -> None:
        if "barrier" not in tags and "ford" not in tags and tags.get("highway") != "ford":
            return
        barrier = read_node(tags)
        if barrier is not None:
            self.barriers[each.id] = barrier
            self.unread.update(barrier.unread)

    def _way(self, way: osmium.osm.Way, tags: dict[str, str]) -> None:
        key = tuple(pair for pair in tags.items() if pair[0] in WAY_KEYS)
        row = self.known.get(key)
        if row is None:
            row = self._row(key)
        if row < 0:
            return
        nodes, size = way.nodes, len(way.nodes)
        points, at = nodes._pyosmium_data, nodes._list.get  # as in _tags
        ref, x, y = self.ref.append, self.x.append, self.y.append
        for i in range(size):
            point = at(points, i)
            place = point.location
            ref(point.ref)
            x(place.x)
            y(place.y)
        self.size.append(size)
        self.number.append(way.id)
        self.row.append(row)
        self.name.append(self.text(tags.get("name", "")))
        self.title.append(self.text(tags.get("ref", "")))
        if self.rows[row].unread:
            self.unread.update(self.rows[row].unread)

    def _row(self, key: tuple[tuple[str, str], ...]) -> int:
        """The row of tags that are new; -1 where nothing can move."""
        read = read_way(dict(key))
        self.known[key] = -1 if read is None else len(self.rows)
        if read is not None:
            self.rows.append(read)
        return self.known[key]

    def text(self, words: str) -> int:
        """The number of a text."""
        return self.texts.setdefault(words, len(self.texts))


def _built(path: Path, found: _Found) -> Roads:
    if not found.row:
        raise BadExtract(f"{path} holds no roads; use an extract that has ways tagged 'highway'")
    way = np.repeat(np.arange(len(found.row)), _array(found.size))
    points = Points(way, _array(found.ref), _array(found.x), _array(found.y))
    missing = int(np.count_nonzero(points.x == MISSING))
    if missing > len(points.x) // 2:
        raise BadExtract(
            f"{path} lacks the positions of most road points; use an extract sorted nodes before ways"
        )
    row = _array(found.row)
    columns: dict[str, Any] = {
        name: np.asarray(values)[row]
        for name, values in zip(WayTags._fields, zip(*found.rows, strict=True), strict=True)
        if name != "unread"
    }
    columns["name"], columns["ref"] = _array(found.name), _array(found.title)
    columns["source"] = np.full(len(row), found.text("OpenStreetMap contributors, ODbL"))
    about = {
        "from": path.name,
        "ways": len(row),
        "missing_points": missing,
        "unread": dict(sorted(found.unread.items())),
        "restrictions": dict(sorted(found.told.items())),
    }
    return assemble(points, columns, list(found.texts), about, _signs(found))


def _signs(found: _Found) -> Signs:
    nodes = sorted(found.barriers)
    rows = zip(*(found.barriers[each] for each in nodes), strict=True)
    barriers = dict(zip(NodeTags._fields, rows, strict=False)) if nodes else {}
    barriers.pop("unread", None)
    return Signs(np.asarray(nodes, dtype=np.int64), barriers, _array(found.number), found.turns)


def _array(numbers: "array[int]") -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.frombuffer(numbers, dtype=np.int64)

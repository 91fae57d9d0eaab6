"""Importing an extract, PBF to flat arrays, against reading it; and whether it grows with the size alone."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import osmium
import osmium.osm.mutable

from geo.osm import import_extract
from tests.bench.routing_timing import Entrant, Figures, Missing, median_ms, race, ratio, say

ROUNDS, TIMES = 9, 4
APART = 10_000_000_000  # between the numbers of copies; OpenStreetMap has used a hundredth of it
EXTRACT = "porto.osm.pbf"
SMALL = "andorra-2013.osm.pbf"  # for a look


def read(path: Path) -> None:
    """The whole file with the place of every node of a way: pyosmium's plainest loop."""
    for _ in osmium.FileProcessor(str(path)).with_locations():
        pass


class _Looking(osmium.SimpleHandler):
    """Looks at every point of every way, by the older interface."""

    def way(self, way: osmium.osm.Way) -> None:
        for node in way.nodes:
            _ = node.location.x


class _Idle(osmium.SimpleHandler):
    """Is called for every way and does nothing."""

    def way(self, _way: osmium.osm.Way) -> None:
        pass


def copied(source: Path, target: Path, times: int) -> None:
    """So many towns side by side that have nothing in common."""
    with osmium.SimpleWriter(str(target), overwrite=True) as writer:
        for kind in (osmium.osm.NODE, osmium.osm.WAY, osmium.osm.RELATION):
            for copy in range(times):
                for each in osmium.FileProcessor(str(source), kind):
                    writer.add(_moved(each, copy * APART))


def _moved(each: "osmium.osm.OSMEntity", by: int) -> "osmium.osm.mutable.OSMObject":
    if isinstance(each, osmium.osm.Way):
        return osmium.osm.mutable.Way(each, id=each.id + by, nodes=[node.ref + by for node in each.nodes])
    if isinstance(each, osmium.osm.Relation):
        members = [(member.type, member.ref + by, member.role) for member in each.members]
        return osmium.osm.mutable.Relation(each, id=each.id + by, members=members)
    return osmium.osm.mutable.Node(each, id=each.id + by)


def measured(extracts: Path, *, quick: bool) -> Figures:
    """Ratios of medians; kernels are warm, for the first round is not timed."""
    extract = extracts / (SMALL if quick else EXTRACT)
    if not extract.exists():
        raise Missing(f"the extract {extract} is not there: give the folder of the test data with --data")
    rounds = 2 if quick else ROUNDS
    with tempfile.TemporaryDirectory(prefix="casevac-bench-") as scratch:
        wide = Path(scratch) / "wide.osm.pbf"
        copied(extract, wide, TIMES)
        say("   in turn")
        seconds = race(list(_entrants(extract, wide)), rounds, lambda _answer: None)
    own = seconds["import"]
    return {
        "import_vs_read": ratio(own, seconds["read"]),
        "import_vs_handler_reading_places": ratio(own, seconds["looking"]),
        "import_vs_idle_handler": ratio(own, seconds["idle"]),
        "import_ms": median_ms(own),
        "import_read_ms": median_ms(seconds["read"]),
        f"import_{TIMES}_times_the_size": ratio(seconds["import wide"], own),
        f"read_{TIMES}_times_the_size": ratio(seconds["read wide"], seconds["read"]),
    }


def _entrants(extract: Path, wide: Path) -> Iterator[Entrant]:
    yield Entrant("import", lambda _: import_extract(extract))
    yield Entrant("read", lambda _: read(extract))
    yield Entrant("looking", lambda _: _Looking().apply_file(str(extract), locations=True))
    yield Entrant("idle", lambda _: _Idle().apply_file(str(extract), locations=True))
    yield Entrant("import wide", lambda _: import_extract(wide))
    yield Entrant("read wide", lambda _: read(wide))

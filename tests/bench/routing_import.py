"""Importing an extract, PBF to flat arrays, against reading it; and whether it grows with the size alone."""

from collections.abc import Iterator
from pathlib import Path

import osmium

from geo.osm import import_extract
from tests.bench.importing import bare, growth
from tests.bench.routing_timing import Entrant, Figures, Missing, median_ms, race, ratio, say

ROUNDS = 15
EXTRACT = "porto.osm.pbf"
SMALL = "andorra-2013.osm.pbf"  # for a look


class _Looking(osmium.SimpleHandler):
    """Looks at every point of every way, by pyosmium's older interface."""

    def way(self, way: osmium.osm.Way) -> None:
        for node in way.nodes:
            _ = node.location.x


class _Idle(osmium.SimpleHandler):
    """Is called for every way and does nothing."""

    def way(self, _way: osmium.osm.Way) -> None:
        pass


def measured(extracts: Path, *, quick: bool) -> Figures:
    """Ratios of medians; kernels are warm, for the first round is not timed. The order is no part of it."""
    extract = extracts / (SMALL if quick else EXTRACT)
    if not extract.exists():
        raise Missing(f"the extract {extract} is not there: give the folder of the test data with --data")
    seconds = race(list(_entrants(extract)), 2 if quick else ROUNDS, lambda _answer: None)
    say("   four times as much")
    own = seconds["import"]
    return {
        "import_vs_read": ratio(own, seconds["read"]),
        "import_vs_handler_reading_places": ratio(own, seconds["looking"]),
        "import_vs_idle_handler": ratio(own, seconds["idle"]),
        "import_ms": median_ms(own),
        "import_read_ms": median_ms(seconds["read"]),
        "import_growth": growth(extract),  # four times as much, over four times the seconds: 1 is linear
    }


def _entrants(extract: Path) -> Iterator[Entrant]:
    """The import, pyosmium's plainest loop over the file with places of nodes, and two handlers of ways."""
    yield Entrant("import", lambda _: import_extract(extract))
    yield Entrant("read", lambda _: bare(extract), compared=False)
    yield Entrant("looking", lambda _: _Looking().apply_file(str(extract), locations=True), compared=False)
    yield Entrant("idle", lambda _: _Idle().apply_file(str(extract), locations=True), compared=False)

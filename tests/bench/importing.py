"""How long an import takes beside a bare reading of the file: python -m tests.bench.importing EXTRACT..."""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import osmium

from geo.osm import import_extract
from geo.turns import graph

ROUNDS = 7
_APART = 100_000_000_000  # between the numbers of one copy and the next


def bare(path: Path) -> int:
    """Every object of the file with the places of its nodes, and nothing done with it."""
    count = 0
    for _ in osmium.FileProcessor(str(path)).with_locations():
        count += 1
    return count


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def measured(path: Path) -> dict[str, Any]:
    """Median seconds of both, taken in turns, their ratio, and what came of it."""
    roads = import_extract(path)  # warm
    runs = [(_seconds(lambda: bare(path)), _seconds(lambda: import_extract(path))) for _ in range(ROUNDS)]
    read_s, import_s = (statistics.median(each) for each in zip(*runs, strict=True))
    with_turns = graph(roads)
    return {
        "read_s": round(read_s, 3),
        "import_s": round(import_s, 3),
        "import_vs_read": round(import_s / read_s, 2),
        "shape_points": len(roads.shape_x),
        "import_us_a_point": round(import_s / len(roads.shape_x) * 1e6, 3),
        "graph_s": round(statistics.median(_seconds(lambda: graph(roads)) for _ in range(ROUNDS)), 4),
        "nodes_more": round(with_turns.nodes / roads.nodes - 1, 5),
        "arcs_more": round(len(with_turns.arc) / (2 * roads.stretches) - 1, 5),
        "restrictions": roads.about["restrictions"],
        "unread": roads.about["unread"],
    }


def copies(path: Path, times: int, target: Path) -> Path:
    """An extract with all of this one `times` over, side by side."""
    with osmium.SimpleWriter(str(target)) as out:
        for kind in (osmium.osm.NODE, osmium.osm.WAY):
            for k in range(times):
                for each in osmium.FileProcessor(str(path), kind):
                    number = each.id + k * _APART
                    if isinstance(each, osmium.osm.Node):
                        place = each.location.lon + k, each.location.lat
                        out.add_node(each.replace(id=number, location=place))
                    else:
                        nodes = [node.ref + k * _APART for node in each.nodes]
                        out.add_way(each.replace(id=number, nodes=nodes))
    return target


def growth(path: Path) -> float:
    """Seconds of importing four times as much, over four times the seconds of it once; 1 is linear."""
    with tempfile.TemporaryDirectory() as folder:
        one, four = (copies(path, k, Path(folder) / f"{k}.osm.pbf") for k in (1, 4))
        import_extract(one)
        runs = [
            (_seconds(lambda: import_extract(one)), _seconds(lambda: import_extract(four))) for _ in range(3)
        ]
    once, more = (statistics.median(each) for each in zip(*runs, strict=True))
    return round(more / once / 4, 2)


def import_vs_read(paths: Sequence[Path]) -> dict[str, Any]:
    """Figures of each extract by name, and how the time of an import grows with the size of the first."""
    figures = {path.name.partition(".")[0]: measured(path) for path in paths}
    return {**figures, "growth": growth(paths[0])}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(import_vs_read([Path(each) for each in sys.argv[1:]]), indent=1) + "\n")

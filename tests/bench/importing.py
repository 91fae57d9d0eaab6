"""How long an import takes beside a bare reading of the file: python -m tests.bench.importing EXTRACT..."""

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import osmium

from geo.osm import import_extract
from geo.turns import graph

ROUNDS = 7


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


def import_vs_read(paths: Sequence[Path]) -> dict[str, Any]:
    """Figures of each extract by name, and how the time of an import grows with its points.

    `growth`: seconds a point of the largest extract over those of the median one; 1 is linear.
    """
    figures = {path.name.partition(".")[0]: measured(path) for path in paths}
    by_size = sorted(figures.values(), key=lambda each: int(each["shape_points"]))
    usual = statistics.median(each["import_us_a_point"] for each in by_size)
    return {**figures, "growth": round(by_size[-1]["import_us_a_point"] / usual, 2)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(import_vs_read([Path(each) for each in sys.argv[1:]]), indent=1) + "\n")

"""Import and routing figures of real extracts as JSON: python -m tests.bench.roads DIR_OF_EXTRACTS."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from geo.osm import import_extract
from geo.profile import load_profiles
from geo.roads import Roads
from geo.routing import Router
from tests.geo.oracle import agreed, node, taxi_distances, unbound

EXTRACTS = {
    "porto": "porto.osm.pbf",
    "andorra-2023": "andorra-2023.osm.pbf",
    "bangladesh-clip": "bangladesh-clip-gost.osm.pbf",
    "douala": "douala-neatnet.osm.pbf",
}
PAIRS = 40
PROFILES = Path(__file__).parents[2] / "data" / "profiles.json"


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that an act takes, and what it gives."""
    start = time.perf_counter()
    given = act()
    return round(time.perf_counter() - start, 3), given


def measured(path: Path) -> dict[str, Any]:
    """Figures of one extract."""
    seconds, roads = timed(lambda: import_extract(path))
    router = Router(roads, load_profiles(PROFILES))
    right, reached = agreed(roads, Router(roads, unbound(load_profiles(PROFILES))), "ambulance", PAIRS)
    places = [node(roads, int(n)) for n in np.linspace(0, roads.nodes - 1, 100)]
    one, _ = timed(lambda: router.table(places[:1], places[:50], "ambulance"))
    many, _ = timed(lambda: router.table(places, places, "ambulance"))
    return {
        "import_s": seconds,
        "nodes": roads.nodes,
        "stretches": roads.stretches,
        "arcs": roads.arcs,
        "largest_component": round(roads.largest_component / roads.nodes, 4),
        "agree_with_dijkstra": f"{right}/{PAIRS}",
        "pairs_with_a_way": reached,
        "table_1x50_s": one,
        "table_100x100_s": many,
    }


def taxi_median(folder: Path, roads: Roads) -> float | None:
    """Median metres of the taxi fixes from the Porto roads, where the tracks are there."""
    tracks = folder.parent / "tracks" / "porto_taxi_sample_st4ml.csv"
    if not tracks.exists():
        return None
    return round(statistics.median(taxi_distances(roads, load_profiles(PROFILES)["ambulance"], tracks)), 2)


def main(folder: Path) -> None:
    """Measure every extract that is there and print one line."""
    figures: dict[str, Any] = {n: measured(folder / f) for n, f in EXTRACTS.items() if (folder / f).exists()}
    if "porto" in figures:
        figures["porto"]["taxi_median_m"] = taxi_median(folder, import_extract(folder / EXTRACTS["porto"]))
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

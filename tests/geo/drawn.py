"""Small road networks drawn for one test: straight or bent lines between points in metres round 20 E, 5 N."""

import json
import random
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from geo.lonlat import GEOD, LonLat
from geo.national import read_geojson
from geo.roads import Roads

LON, LAT = 20.0, 5.0
_EAST = GEOD.inv(LON, LAT, LON + 0.01, LAT)[2] / 0.01
_NORTH = GEOD.inv(LON, LAT, LON, LAT + 0.01)[2] / 0.01
Point = tuple[float, float]


def at(x: float, y: float) -> LonLat:
    """The place so many metres east and north of the middle."""
    return LonLat(LON + x / _EAST, LAT + y / _NORTH)


def roads_of(lines: Iterable[tuple[str, Sequence[Point]]], wet: str = "", **flags: int) -> Roads:
    """Roads from (name, points in metres); flags add bits to those of a name; `wet` closes one then."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": name, "surface": "paved", "class": "primary"}
            | ({"wet": "closed"} if name == wet else {}),
            "geometry": {"type": "LineString", "coordinates": [list(at(*point)) for point in points]},
        }
        for name, points in lines
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        roads = read_geojson(path)
    bits = np.asarray([flags.get(roads.words("name", e), 0) for e in range(roads.stretches)])
    return Roads({**roads.arrays, "flags": (roads.flags | bits).astype(np.uint16)}, roads.about)


def town(side: int, seed: int, spacing: float = 400.0) -> Roads:
    """A crooked grid of side x side junctions, some streets missing, some bent, a few diagonals."""
    chance = random.Random(seed)
    corner = {
        (i, j): (spacing * (i + chance.uniform(-0.3, 0.3)), spacing * (j + chance.uniform(-0.3, 0.3)))
        for i in range(side)
        for j in range(side)
    }
    lines = []
    for (i, j), here in corner.items():
        for k, step in enumerate(((1, 0), (0, 1), (1, 1))):
            there = corner.get((i + step[0], j + step[1]))
            if there is None or chance.random() < (0.1, 0.1, 0.8)[k]:
                continue
            bend = [((here[0] + there[0]) / 2 + chance.uniform(-90, 90), (here[1] + there[1]) / 2)]
            lines.append((f"{i}.{j}.{k}", [here, *(bend if chance.random() < 0.4 else []), there]))
    return roads_of(lines)

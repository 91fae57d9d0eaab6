"""Land and borders from our own basemap files, for maps that are drawn outside the page."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from casevac.errors import BadFile

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


class Ground(NamedTuple):
    """GeoJSON geometries."""

    land: dict[str, Any]
    coast: dict[str, Any]
    borders: dict[str, Any]


def drawn(static: Path, box: Box) -> Ground:
    """Land polygons, coast and border lines of the cells that a box touches.

    Raises BadFile when the page, which brings the basemap, is not built.
    """
    land: list[Any] = []
    coast: list[Any] = []
    borders: list[Any] = []
    overview = _read(static / "basemap" / "overview.json")
    for name in _cells(box, overview["cellDegrees"], set(overview["cells"])):
        cell = _read(static / "basemap" / f"{name}.json")
        land += [[_ring(ring, cell["step"]) for ring in rings] for rings in cell["land"]]
        coast += [_ring(line, cell["step"]) for line in cell["coast"]]
        borders += [_ring(line, cell["step"]) for line in cell["borders"]]
    return Ground(
        {"type": "MultiPolygon", "coordinates": land},
        {"type": "MultiLineString", "coordinates": coast},
        {"type": "MultiLineString", "coordinates": borders},
    )


@lru_cache(maxsize=64)
def _read(path: Path) -> Any:  # noqa: ANN401  JSON
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise BadFile(
            f"the basemap file {path.name} is missing; build the page: cd maps/web && npm ci && npm run build"
        ) from fault


def _cells(box: Box, degrees: int, known: set[str]) -> list[str]:
    west, south, east, north = (int(side // degrees) * degrees for side in box)
    wanted = (f"{x}_{y}" for x in range(west, east + 1, degrees) for y in range(south, north + 1, degrees))
    return [name for name in wanted if name in known]


def _ring(deltas: list[int], step: float) -> list[tuple[float, float]]:
    """Lon, lat pairs of a ring whose points are differences in whole steps."""
    ring = []
    x = y = 0
    for dx, dy in zip(deltas[::2], deltas[1::2], strict=False):
        x, y = x + dx, y + dy
        ring.append((round(x * step, 4), round(y * step, 4)))
    return ring

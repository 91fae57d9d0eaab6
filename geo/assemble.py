"""Ways with their points to a road network: cut at junctions only, the rest stays shape (vectorised)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.crossings import with_barriers
from geo.lonlat import GEOD
from geo.restrictions import Net, Restriction, packed, resolved
from geo.roads import DEGREES, Roads, build

MISSING = 2147483647  # coordinate of a point that the extract does not hold
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Points:
    """Points of all ways in order: way [p] rises, ref [p] tells points apart, x and y [p] in 1e-7 degrees."""

    way: Ints
    ref: Ints
    x: Ints
    y: Ints


@dataclass(frozen=True)
class Signs:
    """What stands at nodes: barriers and fords, by number of the node [b] (rising), and turn restrictions.

    barriers holds the columns [b] of the stretch that each becomes; number [w] is each way's own number.
    """

    node: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    barriers: Mapping[str, Any] = field(default_factory=dict)
    number: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    turns: Sequence[Restriction] = ()


NO_SIGNS = Signs()


def assemble(
    points: Points,
    ways: Mapping[str, Any],
    texts: Sequence[str],
    about: Mapping[str, Any],
    signs: Signs = NO_SIGNS,
) -> Roads:
    """Road network from points and the columns of their ways (arrays over ways; `km` a published length)."""
    run, kept = _runs(points)
    ref, x, y, way = points.ref[kept], points.x[kept], points.y[kept], points.way[kept]
    start, end = _cuts(ref, run, signs.node)
    shape, first = _shapes(start, end)
    metres, drawn = _lengths(x[shape], y[shape], first), way[start] if len(start) else way[:0]
    ends = np.concatenate((start, end))
    used, at, node = np.unique(ref[ends], return_index=True, return_inverse=True)
    place = ends[at]
    columns: dict[str, Any] = {
        name: np.asarray(values)[drawn] for name, values in ways.items() if name != "km"
    }
    columns.update(
        node_x=x[place], node_y=y[place], tail=node[: len(start)], head=node[len(start) :],
        metres=_published(metres, drawn, ways.get("km")),
        shape_first=first, shape_x=x[shape], shape_y=y[shape], texts=list(texts),
    )  # fmt: skip
    columns["fixed_s"] = _shared(columns["fixed_s"], columns["metres"], drawn)
    columns = with_barriers(columns, used, signs.node, signs.barriers)
    if not signs.turns:
        return build(columns, about)
    ends_of = (columns["tail"], columns["head"], np.asarray(columns["flags"], dtype=np.int64))
    bans, told = resolved(Net(*ends_of, drawn, signs.number, used), signs.turns)
    counts = Counter(about.get("restrictions", {}))
    counts.update(told)
    return build({**columns, **packed(bans)}, {**about, "restrictions": dict(sorted(counts.items()))})


def _runs(points: Points) -> tuple[Ints, NDArray[np.intp]]:
    """Unbroken runs of known points: run number of each kept point, and which points are kept."""
    known = points.x != MISSING
    breaks = np.ones(len(known), dtype=bool)
    breaks[1:] = (points.way[1:] != points.way[:-1]) | ~known[:-1]
    run = np.cumsum(breaks)
    repeated = np.zeros(len(known), dtype=bool)
    repeated[1:] = ~breaks[1:] & (points.ref[1:] == points.ref[:-1])
    kept = np.flatnonzero(known & ~repeated)
    long_enough = np.bincount(run[kept], minlength=int(run[-1]) + 1 if len(run) else 1) > 1
    kept = kept[long_enough[run[kept]]]
    return run[kept], kept


def _cuts(ref: Ints, run: Ints, marked: Ints) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last point of every stretch: cut where a run ends and where points are shared or marked."""
    if not len(ref):
        empty = np.empty(0, dtype=np.intp)
        return empty, empty
    found, inverse, uses = np.unique(ref, return_inverse=True, return_counts=True)
    junction = ((uses > 1) | np.isin(found, marked))[inverse]
    ends = np.flatnonzero(run[1:] != run[:-1])
    junction[np.concatenate(([0], ends + 1, ends, [len(ref) - 1]))] = True
    at = np.flatnonzero(junction)
    same = run[at[1:]] == run[at[:-1]]
    return at[:-1][same], at[1:][same]


def _shapes(start: NDArray[np.intp], end: NDArray[np.intp]) -> tuple[NDArray[np.intp], Ints]:
    """Positions of the shape points of all stretches, one after another, and where each begins [m + 1]."""
    sizes = end - start + 1
    first = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    within = np.arange(first[-1]) - np.repeat(first[:-1], sizes)
    return np.repeat(start, sizes) + within, first


def _lengths(x: Ints, y: Ints, first: Ints) -> NDArray[np.float64]:
    """Geodesic length of every stretch, metres."""
    lon, lat = x * DEGREES, y * DEGREES
    steps = np.zeros(len(lon))
    if len(lon) > 1:
        steps[1:] = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2]
    steps[first[:-1]] = 0.0
    total = np.concatenate(([0.0], np.cumsum(steps)))
    return np.asarray(total[first[1:]] - total[first[:-1]])


def _published(metres: NDArray[np.float64], way: Ints, km: Sequence[float] | None) -> NDArray[np.float64]:
    """Lengths with the published kilometres of a way, where given, shared out over its stretches."""
    if km is None:
        return metres
    return _shared(np.asarray(km, float)[way] * 1000.0, metres, way)


def _shared(wanted: NDArray[np.float64], metres: NDArray[np.float64], way: Ints) -> NDArray[np.float64]:
    """The part of a whole way's value that falls on each stretch, by its length; NaN keeps the length."""
    if not len(way):
        return metres
    whole = np.bincount(way, weights=metres)[way]
    part = wanted * np.divide(metres, whole, out=np.zeros_like(metres), where=whole > 0)
    return np.where(np.isnan(wanted), metres, part)

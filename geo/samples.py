"""Points along all roads, each for the short part of road around it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.roads import DEGREES, Roads

Floats = NDArray[np.float64]
_DEGREE_M = 111_320.0


class Samples(NamedTuple):
    """Middles of parts of stretches [k]: stretch (rising), share from its tail, place, metres of the part."""

    stretch: NDArray[np.int64]
    share: Floats
    lon: Floats
    lat: Floats
    metres: Floats


def samples(roads: Roads, stretches: NDArray[np.int64], step_m: float) -> Samples:
    """Of these stretches (rising), in parts of at most step_m as drawn. Lengths are as published."""
    first = roads.shape_first
    size = (first[stretches + 1] - first[stretches]).astype(np.int64)
    begin = np.concatenate(([0], np.cumsum(size)))
    at = np.arange(begin[-1]) + np.repeat(first[stretches] - begin[:-1], size)
    x, y = roads.shape_x[at] * DEGREES, roads.shape_y[at] * DEGREES
    owner = np.repeat(np.arange(len(stretches)), size)
    side = np.flatnonzero(owner[1:] == owner[:-1])  # from each point to the next of the same stretch
    narrow = np.cos(np.radians(y[side]))
    drawn = np.hypot((x[side + 1] - x[side]) * narrow, y[side + 1] - y[side]) * _DEGREE_M
    total = np.bincount(owner[side], weights=drawn, minlength=len(stretches))
    parts = np.maximum(1, np.ceil(drawn / step_m)).astype(np.int64)
    run = np.concatenate(([0.0], np.cumsum(drawn)))[:-1]
    run -= np.concatenate(([0.0], np.cumsum(total)))[:-1][owner[side]]
    which = np.repeat(np.arange(len(side)), parts)
    number = np.arange(len(which)) - np.repeat(np.cumsum(parts) - parts, parts)
    middle = (number + 0.5) / parts[which]
    mine = owner[side][which]
    length = np.where(total > 0, total, 1.0)[mine]
    share = np.clip((run[which] + middle * drawn[which]) / length, 0.0, 1.0)
    published = np.asarray(roads.metres, dtype=np.float64)[stretches][mine]
    metres = published * (drawn[which] / parts[which]) / length
    a, b = side[which], side[which] + 1
    lon, lat = x[a] + middle * (x[b] - x[a]), y[a] + middle * (y[b] - y[a])
    return Samples(np.asarray(stretches, dtype=np.int64)[mine], share, lon, lat, metres)

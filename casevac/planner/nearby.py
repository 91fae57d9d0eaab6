"""Who and what is near whom: where a search looks first."""

from typing import NamedTuple

import numpy as np

from casevac.planner.packed import Packed
from casevac.planner.state import Grid

PEOPLE = 12  # neighbours of each


class Near(NamedTuple):
    """Of each casualty, the quickest first, -1 ends: facilities that can do what it needs; others."""

    places: Grid  # (C, F + 1)
    people: Grid  # (C, up to PEOPLE + 1)


def nearby(p: Packed) -> Near:
    """By the quickest profile that any vehicle has."""
    people, places = len(p.casualties), len(p.facilities)
    used = np.unique(p.vehicles["profile"])
    stops = p.casualties["stop"]
    quickest = p.seconds[used].min(axis=0) if len(used) else np.full(p.seconds.shape[1:], np.inf, np.float32)
    there = quickest[np.ix_(stops, p.facilities["stop"])].astype(np.float64)
    able = (p.facilities["able"][None, :] & p.casualties["need"][:, None]) == p.casualties["need"][:, None]
    there[~able | ~np.isfinite(there) | (p.facilities["beds"][None, :] <= 0)] = np.inf
    among = quickest[np.ix_(stops, stops)].astype(np.float64)
    np.fill_diagonal(among, np.inf)
    return Near(_first(there, places), _first(among, min(PEOPLE, max(people - 1, 0))))


def _first(cost: np.ndarray[tuple[int, int], np.dtype[np.float64]], many: int) -> Grid:
    """The columns of least cost in order (rows, many + 1), -1 from the first that is inf."""
    order = np.argsort(cost, axis=1, kind="stable")[:, :many]
    lost = ~np.isfinite(np.take_along_axis(cost, order, axis=1))
    ends = np.full((len(cost), 1), -1, np.int64)
    return np.ascontiguousarray(np.hstack([np.where(lost, -1, order), ends]).astype(np.int64))

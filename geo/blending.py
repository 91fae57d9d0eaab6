"""Zones that overlap on stretches of road: the highest severity and lowest speed at each point, summed."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from geo.placing import Floats, Placed, Rows


class Load(NamedTuple):
    """On each second without hazards: seconds to drive it, seconds comparing adds, seconds inside threats."""

    slower: float
    danger: float
    inside: float


class Covered(NamedTuple):
    """One zone: rows [k] of its stretches, where it lies; severity -1 is no threat, factor 1 not slow."""

    rows: Rows
    at: Placed
    severity: float
    factor: float


class Blend(NamedTuple):
    """Of n stretches: Load by column, and the highest severity that touches each."""

    slower: Floats
    danger: Floats
    inside: Floats
    severity: Floats


def blended(n: int, zones: Sequence[Covered]) -> Blend:
    """What n stretches bear under zones; stretches that lie in zones as a whole need no cutting."""
    level, factor, severity = np.full(n, -1.0), np.ones(n), np.zeros(n)
    for each in zones:
        rows = each.rows[each.at.share >= 1.0]
        level[rows] = np.maximum(level[rows], each.severity)
        factor[rows] = np.minimum(factor[rows], each.factor)
        touched = each.rows[each.at.share > 0.0]
        severity[touched] = np.maximum(severity[touched], each.severity)
    slower = 1.0 / factor
    found = Blend(slower, slower * np.maximum(level, 0.0), np.where(level >= 0.0, slower, 0.0), severity)
    pieces = [(each, each.at) for each in zones if len(each.at.row)]
    if not pieces:
        return found
    row = np.concatenate([each.rows[at.row] for each, at in pieces])
    begin = np.concatenate([at.begin for _, at in pieces])
    end = np.concatenate([at.end for _, at in pieces])
    kind = np.repeat(
        [(each.severity, each.factor) for each, _ in pieces], [len(at.row) for _, at in pieces], 0
    )
    cut, sums = _summed((row, begin, end), kind, level, factor)
    for column, values in zip(found[:3], sums, strict=True):
        column[cut] = values
    return found


def _summed(
    pieces: tuple[Rows, Floats, Floats], kind: Floats, level: Floats, factor: Floats
) -> tuple[Rows, tuple[Floats, Floats, Floats]]:
    """The rows that pieces cut, and the three sums over each; kind [p, 2] is severity and factor.

    Every stretch is cut at all ends of pieces; between two cuts the zones above it are the same.
    """
    row, begin, end = pieces
    cut = np.unique(row)
    rows = np.concatenate((row, row, cut, cut))
    at = np.concatenate((begin, end, np.zeros(len(cut)), np.ones(len(cut))))
    order = np.lexsort((at, rows))
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (np.diff(rows[order]) != 0) | (np.diff(at[order]) != 0)
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(fresh) - 1
    rows, at = rows[order][fresh], at[order][fresh]
    width = np.append(np.where(np.diff(rows) == 0, np.diff(at), 0.0), 0.0)
    severity, speed = level[rows], factor[rows]
    count = number[len(row) : 2 * len(row)] - number[: len(row)]
    run = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    spans = np.repeat(number[: len(row)], count) + run
    np.maximum.at(severity, spans, np.repeat(kind[:, 0], count))
    np.minimum.at(speed, spans, np.repeat(kind[:, 1], count))
    time = width / speed
    first = np.flatnonzero(np.concatenate(([True], np.diff(rows) != 0)))
    danger, inside = time * np.maximum(severity, 0.0), np.where(severity >= 0.0, time, 0.0)
    return cut, (np.add.reduceat(time, first), np.add.reduceat(danger, first), np.add.reduceat(inside, first))


def mixed(zones: Sequence[tuple[float, float, float, float]], low: float, high: float) -> Load:
    """The load on one stretch between two shares of it, under zones (begin, end, severity, factor)."""
    if high <= low:
        return Load(1.0, 0.0, 0.0)
    cuts = sorted({low, high, *(min(max(edge, low), high) for zone in zones for edge in zone[:2])})
    slower = danger = inside = 0.0
    for a, b in pairwise(cuts):
        over = [zone for zone in zones if zone[0] <= a and zone[1] >= b]
        time = (b - a) / (high - low) / min((zone[3] for zone in over), default=1.0)
        severity = max((zone[2] for zone in over), default=-1.0)
        slower += time
        danger += time * max(severity, 0.0)
        inside += time if severity >= 0.0 else 0.0
    return Load(slower, danger, inside)

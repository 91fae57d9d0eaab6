"""What columns of the graph's arcs add up to along many least ways at once.

The way from a source to a target climbs from both to a node above them. What each climb adds up to by then is
worked out once and shared by all pairs that meet there.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.cch.climbing import _relax, _unpack
from geo.cch.compiled import compiled
from geo.cch.metric import Metric
from geo.cch.topology import Chordal
from geo.cch.weighing import INF, Weights

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.uint8]
Levels = NDArray[np.uint16] | NDArray[np.int32]
_AT_ONCE = 4_000_000  # numbers of scratch


def sums(metric: Metric, sources: ArrayLike, targets: ArrayLike, pairs: Ints, columns: Floats) -> Floats:
    """Sums [k, c] of columns [a, c] along the least ways of pairs [k, 2] (rows of sources and of targets).

    Sources and targets are graph nodes. Every pair must have a way.
    """
    t, p = metric.topology, metric.pages
    found = np.zeros((len(pairs), columns.shape[1]))
    by_arc = np.ascontiguousarray(columns)
    used, rows = zip(*(np.unique(pairs[:, side], return_inverse=True) for side in (0, 1)), strict=True)
    pairs = np.column_stack(rows).astype(np.int32)
    ends = [
        t.rank[np.asarray(each, dtype=np.int64)[own]]
        for each, own in zip((sources, targets), used, strict=True)
    ]
    step = max(1, _AT_ONCE // max(1, t.net.height * (columns.shape[1] + 3)))
    for begin in range(0, len(ends[0]), step):
        for other in range(0, len(ends[1]), step):
            inside = (pairs[:, 0] // step == begin // step) & (pairs[:, 1] // step == other // step)
            chosen = np.flatnonzero(inside)
            if not len(chosen):
                continue
            some, others = ends[0][begin : begin + step], ends[1][other : other + step]
            found[chosen] = _summed(t.net, p, some, others, pairs[chosen] % step, by_arc)
    return found


@compiled
def _climb(v: int, first: Ints, level: Levels, parent: Ints, depth: Ints, both: Ints, falls: int, row: Ints,
           by: Ints, lower: Ints) -> None:  # fmt: skip
    """Least weights from v to all above it by depth, with the arc and the lower node of the last step."""
    row[:] = INF
    row[depth[v]], by[depth[v]] = 0, -1
    while v >= 0:
        if row[depth[v]] < INF:
            _relax(v, row[depth[v]], first, level, both, falls, row, by, lower)
        v = parent[v]


@compiled
def _add(k: int, falls: int, by: Ints, lower: Ints, known: Flags, total: Floats, columns: Floats, given: Ints,
         graph: Ints, slot: Ints, weights: Ints, first: Ints, head: Ints, depth: Ints, below: Ints, low: Ints,
         arc: Ints, both: Ints, chain: Ints, out: Ints) -> Ints:  # fmt: skip
    """Work out the sums of one climb up to depth k and of all on the way; gives scratch for unpacked arcs."""
    count = 0
    while not known[k]:
        if by[k] < 0:
            known[k] = 1
            break
        chain[count] = k
        count += 1
        k = depth[lower[k]]
    for i in range(count - 1, -1, -1):
        k = chain[i]
        end = -1
        while end < 0:
            end = _unpack(lower[k], by[k], falls, given, graph, slot, weights, head, below, low, arc,
                          both, out, 0)  # fmt: skip
            if end < 0:
                out = np.empty(4 * len(out), np.int32)
        before = depth[lower[k]]
        for c in range(total.shape[1]):
            total[k, c] = total[before, c]
        for j in range(end):
            for c in range(total.shape[1]):
                total[k, c] += columns[out[j], c]
        known[k] = 1
    return out


@compiled
def _summed(net: Chordal, on: Weights, sources: Ints, targets: Ints, pairs: Ints, columns: Floats) -> Floats:
    first, level, parent, depth, both = net.first, net.level, net.parent, net.depth, on.both
    given, graph, slot, weights = net.given, net.graph, net.slot, on.weights
    head, below, low, arc, height = net.head, net.below, net.low, net.arc, net.height
    s, t, c = len(sources), len(targets), columns.shape[1]
    rows, by, lower = (
        np.empty((s + t, height), np.int32), np.empty((s + t, height), np.int32),
        np.empty((s + t, height), np.int32),
    )  # fmt: skip
    known, total = np.zeros((s + t, height), np.uint8), np.zeros((s + t, height, c))
    out, chain = np.empty(1 << 14, np.int32), np.empty(height, np.int32)
    for i in range(s):
        _climb(sources[i], first, level, parent, depth, both, 0, rows[i], by[i], lower[i])
    for i in range(t):
        _climb(targets[i], first, level, parent, depth, both, 1, rows[s + i], by[s + i], lower[s + i])
    found = np.empty((len(pairs), c))
    for k in range(len(pairs)):
        i, j = pairs[k, 0], s + pairs[k, 1]
        at = _meeting(sources[pairs[k, 0]], targets[pairs[k, 1]], parent, depth, rows[i], rows[j])
        out = _add(at, 0, by[i], lower[i], known[i], total[i], columns, given, graph, slot, weights, first,
                   head, depth, below, low, arc, both, chain, out)  # fmt: skip
        out = _add(at, 1, by[j], lower[j], known[j], total[j], columns, given, graph, slot, weights, first,
                   head, depth, below, low, arc, both, chain, out)  # fmt: skip
        for column in range(c):
            found[k, column] = total[i, at, column] + total[j, at, column]
    return found


@compiled
def _meeting(v: int, w: int, parent: Ints, depth: Ints, row: Ints, other: Ints) -> int:
    """Depth of the node above both where their climbs meet."""
    while v != w:
        if v < w:
            v = parent[v]
        else:
            w = parent[w]
    least, at = 2 * INF, depth[v]
    for k in range(depth[v], -1, -1):
        if row[k] + other[k] < least:
            least, at = row[k] + other[k], k
    return int(at)

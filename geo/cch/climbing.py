"""Kernels that answer: climbs to the root, where two meet, the way unpacked, one sweep to all.

All ends of arcs that leave a node lie on its way to the root, at different depths. So what a climb has found
is a row by depth, a few hundred numbers that stay in the fastest memory, and two rows meet in one pass.

What is asked often takes its arrays one by one: to unpack a tuple of them costs as much as a short climb.
"""

import numpy as np
from numpy.typing import NDArray

from geo.cch.compiled import compiled
from geo.cch.topology import Chordal
from geo.cch.weighing import INF, ONE, TWO, Weights, first_common

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Levels = NDArray[np.uint16] | NDArray[np.int32]


@compiled
def climb(v: int, offset: int, first: Ints, level: Levels, parent: Ints, depth: Ints, weight: Ints,
          falls: int, row: Ints, way: Ints) -> None:  # fmt: skip
    """Least weights from v (offset already spent) to every node on its way to the root, by depth.

    row, way [depth of v + 1 at least]: the weights, INF where none leads, and the nodes themselves.
    """
    row[: depth[v] + 1] = INF
    row[depth[v]] = offset
    for k in range(depth[v], -1, -1):
        way[k] = v
        d = row[k]
        if d < INF:
            for a in range(np.uint64(first[v]), np.uint64(first[v + 1])):
                there = np.int32(d + weight[TWO * a + np.uint64(falls)])
                if there < row[level[a]]:
                    row[level[a]] = there
        v = parent[v]


@compiled
def climb_all(start: Ints, offset: Ints, begin: Longs, first: Ints, level: Levels, parent: Ints, depth: Ints,
              weight: Ints, falls: int, rows: Ints, ways: Ints) -> None:  # fmt: skip
    """Climbs from several nodes; row and way of the k-th lie from begin[k] to begin[k + 1]."""
    for k in range(len(start)):
        row, way = rows[begin[k] : begin[k + 1]], ways[begin[k] : begin[k + 1]]
        climb(start[k], offset[k], first, level, parent, depth, weight, falls, row, way)


@compiled
def _meet(a: Ints, b: Ints, way_a: Ints, way_b: Ints) -> int:
    """Least sum of two rows over the nodes that both ways have; INF at most."""
    low, high = 0, min(len(a), len(b))  # the ways part once, going away from the root
    while low < high:
        middle = (low + high) // 2
        if way_a[middle] == way_b[middle]:
            low = middle + 1
        else:
            high = middle
    least = np.int32(INF)
    for k in range(low):
        least = min(least, np.int32(a[k] + b[k]))
    return int(least)


@compiled
def meet_all(rows: Ints, ways: Ints, begin: Longs, back_rows: Ints, back_ways: Ints, back: Longs,
             out: Ints) -> None:  # fmt: skip
    """Least weight of every way from a first row to a second: out [first rows, second rows]."""
    for i in range(len(begin) - 1):
        row, way = rows[begin[i] : begin[i + 1]], ways[begin[i] : begin[i + 1]]
        for j in range(len(back) - 1):
            other, its = back_rows[back[j] : back[j + 1]], back_ways[back[j] : back[j + 1]]
            out[i, j] = _meet(row, other, way, its)


@compiled
def _relax(
    v: int, d: int, first: Ints, level: Levels, weight: Ints, falls: int, row: Ints, by: Ints, from_: Ints
) -> None:
    for a in range(np.uint64(first[v]), np.uint64(first[v + 1])):
        there = np.int32(d + weight[TWO * a + np.uint64(falls)])
        if there < row[level[a]]:
            row[level[a]], by[level[a]], from_[level[a]] = there, a, v


@compiled
def _relax_plain(v: int, d: int, first: Ints, level: Levels, weight: Ints, falls: int, row: Ints) -> None:
    for a in range(np.uint64(first[v]), np.uint64(first[v + 1])):
        there = np.int32(d + weight[TWO * a + np.uint64(falls)])
        if there < row[level[a]]:
            row[level[a]] = there


@compiled
def cost_between(
    s: int, t: int, first: Ints, level: Levels, parent: Ints, depth: Ints, both: Ints, height: int
) -> int:
    """Least weight from s to t, INF at most."""
    ahead, back = np.full(height, INF, np.int32), np.full(height, INF, np.int32)
    ahead[depth[s]], back[depth[t]] = 0, 0
    while s != t:
        if s < t:
            _relax_plain(s, ahead[depth[s]], first, level, both, 0, ahead)
            s = parent[s]
        else:
            _relax_plain(t, back[depth[t]], first, level, both, 1, back)
            t = parent[t]
        if s < 0 or t < 0:
            return INF
    least = INF
    for k in range(depth[s], -1, -1):
        least = min(least, ahead[k] + back[k])
        if ahead[k] < least:
            _relax_plain(s, ahead[k], first, level, both, 0, ahead)
        if back[k] < least:
            _relax_plain(s, back[k], first, level, both, 1, back)
        s = parent[s]
    return least


@compiled
def _find_way(s: int, t: int, first: Ints, level: Levels, parent: Ints, depth: Ints, both: Ints,
              rows: Ints) -> tuple[int, int]:  # fmt: skip
    """Least weight from s to t and the depth where both climbs meet, -1 without a way.

    rows [7, height] is scratch, and holds the climbs: weight, arc, lower node of the last step, each way.
    """
    ahead, back = rows[0], rows[1]
    ahead[:], back[:] = INF, INF
    ahead[depth[s]], back[depth[t]] = 0, 0
    rows[2, depth[s]], rows[3, depth[t]] = -1, -1
    while s != t:
        if s < t:
            _relax(s, ahead[depth[s]], first, level, both, 0, ahead, rows[2], rows[4])
            s = parent[s]
        else:
            _relax(t, back[depth[t]], first, level, both, 1, back, rows[3], rows[5])
            t = parent[t]
        if s < 0 or t < 0:
            return INF, -1
    least, at = INF, -1
    for k in range(depth[s], -1, -1):
        if ahead[k] + back[k] < least:
            least, at = ahead[k] + back[k], k
        if ahead[k] < least:
            _relax(s, ahead[k], first, level, both, 0, ahead, rows[2], rows[4])
        if back[k] < least:
            _relax(s, back[k], first, level, both, 1, back, rows[3], rows[5])
        s = parent[s]
    return least, at


@compiled
def _plain(v: int, at: int, wanted: int, given: Ints, graph: Ints, slot: Ints, weights: Ints) -> int:
    """The graph arc of v in this slot that weighs so much, -1 without one."""
    for k in range(given[v], given[v + 1]):
        if slot[k] == at and weights[graph[k]] == wanted:
            return int(graph[k])
    return -1


@compiled
def _unpack(v: int, a: int, falls: int, given: Ints, graph: Ints, slot: Ints, weights: Ints,
            head: Ints, below: Ints, low: Ints, arc: Ints, both: Ints, out: Ints,
            at: int) -> int:  # fmt: skip
    """Graph arcs of one arc of v (falls: 1 when it is travelled downward) into out from `at`; the end.

    Returns -1 when out is too short.
    """
    stack = np.empty((3, 64), np.int32)
    stack[0, 0], stack[1, 0], stack[2, 0], top = v, a, falls, 1
    while top:
        top -= 1
        v, a, falls = stack[0, top], stack[1, top], stack[2, top]
        wanted = both[2 * a + falls]
        plain = _plain(v, 2 * a + falls, wanted, given, graph, slot, weights)
        if plain >= 0:
            if at == len(out):
                return -1
            out[at] = plain
            at += 1
            continue
        first_i, first_j, end_i, end_j = first_common(v, head[a], below, low)
        i, j, stop, last = np.uint64(first_i), np.uint64(first_j), np.uint64(end_i), np.uint64(end_j)
        while i < stop and j < last:
            if low[i] < low[j]:
                i += ONE
            elif low[i] > low[j]:
                j += ONE
            else:
                x, y = TWO * np.uint64(arc[i]), TWO * np.uint64(arc[j])
                if (both[y + ONE] + both[x] if falls else both[x + ONE] + both[y]) == wanted:
                    # what is travelled last lies lowest
                    late, soon = (arc[i], arc[j]) if falls else (arc[j], arc[i])
                    if top + 2 > stack.shape[1]:
                        stack = np.concatenate((stack, np.empty_like(stack)), axis=1)
                    stack[0, top], stack[1, top], stack[2, top] = low[i], late, 0
                    stack[0, top + 1], stack[1, top + 1], stack[2, top + 1] = low[i], soon, 1
                    top += 2
                    break
                i += ONE
                j += ONE
    return at


@compiled
def way_between(s: int, t: int, given: Ints, graph: Ints, slot: Ints, weights: Ints, first: Ints, head: Ints,
                level: Levels, parent: Ints, depth: Ints, below: Ints, low: Ints, arc: Ints, both: Ints,
                rows: Ints, out: Ints) -> tuple[int, int]:  # fmt: skip
    """Least weight from s to t and how many graph arcs, written to out; -1 arcs when out is too short."""
    least, at = _find_way(s, t, first, level, parent, depth, both, rows)
    if at < 0:
        return INF, 0
    chain, count, k = rows[6], 0, at
    while rows[2, k] >= 0:
        chain[count] = k
        count += 1
        k = depth[rows[4, k]]
    end = 0
    for i in range(count - 1, -1, -1):
        k = chain[i]
        end = _unpack(rows[4, k], rows[2, k], 0, given, graph, slot, weights, head, below, low, arc, both,
                      out, end)  # fmt: skip
        if end < 0:
            return least, -1
    k = at
    while rows[3, k] >= 0:
        end = _unpack(rows[5, k], rows[3, k], 1, given, graph, slot, weights, head, below, low, arc, both,
                      out, end)  # fmt: skip
        if end < 0:
            return least, -1
        k = depth[rows[5, k]]
    return least, end


@compiled
def sweep(net: Chordal, on: Weights, falls: int, out: Ints) -> None:
    """From climbs to the root to all nodes: out [n] holds INF but on those ways, and then the least weights.

    Nodes fall from the last, so a node comes after all above it, and the row by depth holds just its way up.
    """
    first, level, depth, weight, height = net.first, net.level, net.depth, on.both, net.height
    row = np.full(height, INF, np.int32)
    for v in range(len(out) - 1, -1, -1):
        least = out[v]
        for a in range(np.uint64(first[v]), np.uint64(first[v + 1])):
            least = min(least, np.int32(row[level[a]] + weight[TWO * a + np.uint64(falls)]))
        row[depth[v]] = least
        out[v] = least


@compiled
def nodes_over(start: Ints, parent: Ints, depth: Ints, height: int, over: Ints, at: Ints) -> int:
    """All nodes on the ways of `start` [k], falling, to the root, each after all above it: into `over`.

    Returns how many; at [k] says where each of `start` is. A way comes down from one that came before, for
    what subtrees hold are runs of numbers; last by depth is the way before.
    """
    last, where, count = np.full(height, -1, np.int32), np.empty(height, np.int32), 0
    for k in range(len(start)):
        v, low = start[k], depth[start[k]]
        top = low
        while v >= 0 and last[top] != v:
            last[top] = v
            v, top = parent[v], top - 1
        for d in range(top + 1, low + 1):
            over[count], where[d] = last[d], count
            count += 1
        at[k] = where[low]
    return count


@compiled
def sweep_over(over: Ints, first: Ints, level: Levels, depth: Ints, weight: Ints, falls: int, rows: Ints,
               ways: Ints, begin: Longs, out: Ints, height: int) -> None:  # fmt: skip
    """The same for some nodes that `nodes_over` tells: least weights out [climbs, over] from each climb."""
    its = np.full(height, INF, np.int32)
    for i in range(len(begin) - 1):
        row, way = rows[begin[i] : begin[i + 1]], ways[begin[i] : begin[i + 1]]
        for k in range(len(over)):
            v = np.uint64(over[k])
            d = depth[v]
            least = row[d] if d < len(way) and way[d] == over[k] else np.int32(INF)
            for a in range(np.uint64(first[v]), np.uint64(first[v + ONE])):
                least = min(least, np.int32(its[level[a]] + weight[TWO * a + np.uint64(falls)]))
            its[d] = least
            out[i, k] = least

"""Kernels that customise: from weights of graph arcs to weights of all arcs of the hierarchy.

`both` [2 A] are the int32 weights of each arc to its head and back, INF where closed. Sums of two stay
within int32, for INF is below 2**30. An arc weighs the least of its graph arcs and of its lower triangles,
the ways between its ends over a node below both.

Inner kernels take arrays one by one: taken from a tuple at every call, each would be counted there and back.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.cch.compiled import compiled
from geo.cch.topology import Chordal

Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]
Place = int | np.uint64
Levels = NDArray[np.uint16] | NDArray[np.int32]
INF = 2**30 - 1
# Places counted without a sign need no look whether they count from the end: a tenth of the time.
ONE, TWO, SIX = np.uint64(1), np.uint64(2), np.uint64(6)


class Weights(NamedTuple):
    """Weights of the graph arcs, `weights` [a]; of all arcs of the hierarchy, `both` [2 A]: up, down."""

    weights: Ints
    both: Ints


class Marks(NamedTuple):
    """Scratch of partial customisation, zero before and after: arcs [A], nodes [n], blocks [n / 64 + 1]."""

    arcs: Bytes
    nodes: Bytes
    blocks: Bytes


@compiled
def given_weights(begin: int, end: int, given: Ints, graph: Ints, slot: Ints, weights: Ints,
                  first: Ints, both: Ints) -> None:  # fmt: skip
    """Arcs of the nodes begin to end with the weights of their graph arcs alone."""
    for a in range(first[begin], first[end]):
        both[2 * a] = INF
        both[2 * a + 1] = INF
    for k in range(given[begin], given[end]):
        a, w = slot[k] >> 1, weights[graph[k]]
        if slot[k] & 1:
            both[2 * a + 1] = min(both[2 * a + 1], w)
        else:
            both[2 * a] = min(both[2 * a], w)


@compiled
def weigh_node(v: int, first: Ints, level: Levels, below: Ints, low: Ints, arc: Ints,
               both: Ints, place: Ints) -> None:  # fmt: skip
    """Lower the arcs of one node by all of their lower triangles; `place` [height] is scratch."""
    a0, a1 = first[v], first[v + 1]
    if a0 == a1:
        return
    for a in range(a0, a1):
        place[level[a]] = a
    for k in range(np.uint64(below[v]), np.uint64(below[v + 1])):
        x = np.uint64(arc[k])
        back, forth = both[TWO * x + ONE], both[TWO * x]
        for y in range(x + ONE, np.uint64(first[np.uint64(low[k]) + ONE])):
            at = TWO * np.uint64(place[level[y]])
            there, here = np.int32(back + both[TWO * y]), np.int32(forth + both[TWO * y + ONE])
            if there < both[at]:
                both[at] = there
            if here < both[at + ONE]:
                both[at + ONE] = here


@compiled
def weigh(net: Chordal, begin: int, end: int, on: Weights) -> None:
    """All arcs of the nodes begin to end; every node below them is done."""
    first, level, below, low, arc, both = net.first, net.level, net.below, net.low, net.arc, on.both
    place = np.zeros(net.height, np.int32)
    given_weights(begin, end, net.given, net.graph, net.slot, on.weights, first, both)
    for v in range(begin, end):
        weigh_node(v, first, level, below, low, arc, both, place)


@compiled
def find(w: int, begin: int, end: int, rising: Ints) -> int:
    """The first place from begin to end whose number, they rise, is not below w; end without one."""
    while begin < end:
        middle = (begin + end) // 2
        if rising[middle] < w:
            begin = middle + 1
        else:
            end = middle
    return begin


@compiled
def first_common(v: int, w: int, below: Ints, low: Ints) -> tuple[int, int, int, int]:
    """Where to begin and end looking for nodes below both v and w, v the lower, in the lists of each."""
    k, end, j, last = below[v], below[v + 1], below[w], below[w + 1]
    if k < end:
        j = find(low[k], j, last, low)
    return k, j, end, last


@compiled
def _given_arc(v: int, a: int, given: Ints, graph: Ints, slot: Ints, weights: Ints) -> tuple[int, int]:
    """Least weight of the graph arcs of one arc, up and down."""
    there, here = INF, INF
    for k in range(given[v], given[v + 1]):
        if slot[k] >> 1 == a:
            if slot[k] & 1:
                here = min(here, weights[graph[k]])
            else:
                there = min(there, weights[graph[k]])
    return there, here


@compiled
def weigh_arc(v: int, a: int, given: Ints, graph: Ints, slot: Ints, weights: Ints, head: Ints,
              below: Ints, low: Ints, arc: Ints, both: Ints) -> None:  # fmt: skip
    """One arc of a node anew."""
    there, here = _given_arc(v, a, given, graph, slot, weights)
    first_k, first_j, end_k, end_j = first_common(v, head[a], below, low)
    k, j, end, last = np.uint64(first_k), np.uint64(first_j), np.uint64(end_k), np.uint64(end_j)
    while k < end and j < last:
        if low[k] < low[j]:
            k += ONE
        elif low[k] > low[j]:
            j += ONE
        else:
            x, y = TWO * np.uint64(arc[k]), TWO * np.uint64(arc[j])
            there, here = min(there, both[x + ONE] + both[y]), min(here, both[y + ONE] + both[x])
            k += ONE
            j += ONE
    both[2 * a], both[2 * a + 1] = there, here


@compiled
def _mark(v: int, a: int, flags: Bytes, nodes: Bytes, blocks: Bytes) -> None:
    flags[a], nodes[v], blocks[v >> 6] = 1, 1, 1


@compiled
def _spread(v: int, changed: Ints, count: int, old: Ints, first: Ints, head: Ints, both: Ints,
            flags: Bytes, nodes: Bytes, blocks: Bytes) -> None:  # fmt: skip
    """Mark the arcs above whose weight may rest, now or before, on the changed arcs of a node.

    `changed` are arcs, count of them; old [2, deg] holds what all arcs of the node weighed, up and down.
    """
    a0, a1 = np.uint64(first[v]), np.uint64(first[v + 1])
    for c in range(count):
        x = np.uint64(changed[c])
        w = head[x]
        for y in range(a0, x):
            if both[TWO * y] != old[0, y - a0] or both[TWO * y + ONE] != old[1, y - a0]:
                continue  # changed too: done from there
            p = np.uint64(head[y])
            e, end = np.uint64(first[p]) + (x - y - ONE), np.uint64(first[p + ONE]) - (a1 - x - ONE)
            while e < end:  # seldom more than a step or two
                middle = (e + end) >> ONE
                if head[middle] < w:
                    e = middle + ONE
                else:
                    end = middle
            if not flags[e] and _matters(e, y, x, a0, old, both):
                flags[e], nodes[p], blocks[p >> SIX] = 1, 1, 1
        p = np.uint64(w)
        e = np.uint64(first[p])
        for y in range(x + ONE, a1):
            while head[e] != head[y]:  # all heads after x are heads of p too, both rise
                e += ONE
            if not flags[e] and _matters(e, x, y, a0, old, both):
                flags[e], nodes[p], blocks[p >> SIX] = 1, 1, 1


@compiled
def _matters(e: Place, i: Place, j: Place, a0: Place, old: Ints, both: Ints) -> bool:
    """Whether arc e may weigh less over the node of arcs i and j than it does, or weighed what that was."""
    there, here = both[TWO * i + ONE] + both[TWO * j], both[TWO * j + ONE] + both[TWO * i]
    was_there, was_here = old[1, i - a0] + old[0, j - a0], old[1, j - a0] + old[0, i - a0]
    now_there, now_here = both[TWO * e], both[TWO * e + ONE]
    return bool(
        there < now_there
        or (was_there == now_there and there != was_there)
        or here < now_here
        or (was_here == now_here and here != was_here)
    )


@compiled
def _weigh_marked(v: int, given: Ints, graph: Ints, slot: Ints, weights: Ints, first: Ints, head: Ints,
                  level: Levels, below: Ints, low: Ints, arc: Ints, both: Ints, flags: Bytes,
                  place: Ints, old: Ints, changed: Ints) -> int:  # fmt: skip
    """Weigh the marked arcs of a node anew; those that changed come into `changed`, how many is returned."""
    a0, a1 = np.uint64(first[v]), np.uint64(first[v + 1])
    marked = 0
    for a in range(a0, a1):
        old[0, a - a0], old[1, a - a0] = both[TWO * a], both[TWO * a + ONE]
        marked += flags[a]
    whole = 3 * marked > 2 * (
        first[v + 1] - first[v]
    )  # then one sweep over all is quicker than lists for each
    if whole:
        given_weights(v, v + 1, given, graph, slot, weights, first, both)
        weigh_node(v, first, level, below, low, arc, both, place)
    count = 0
    for a in range(a0, a1):
        if flags[a]:
            if not whole:
                weigh_arc(v, int(a), given, graph, slot, weights, head, below, low, arc, both)
            flags[a] = 0
        if both[TWO * a] != old[0, a - a0] or both[TWO * a + ONE] != old[1, a - a0]:
            changed[count] = a
            count += 1
    return count


@compiled
def weigh_again(net: Chordal, arcs: Ints, of: Ints, lower: Ints, on: Weights, marks: Marks, log: Ints) -> int:
    """Customise after the weights of these graph arcs changed; exactly what a full customisation gives.

    Arcs that changed come into `log` and how many is returned; when they outgrow it, all nodes left are
    weighed in full, and -1 returned.
    """
    given, graph, slot, weights = net.given, net.graph, net.slot, on.weights
    first, head, level, below, low, arc, both = (
        net.first, net.head, net.level, net.below, net.low, net.arc, on.both
    )  # fmt: skip
    flags, nodes, blocks = marks.arcs, marks.nodes, marks.blocks
    place, changed = np.zeros(net.height, np.int32), np.zeros(net.height, np.int32)
    old, logged = np.zeros((2, net.height), np.int32), 0
    for g in arcs:
        if of[g] >= 0:
            _mark(lower[g], of[g] >> 1, flags, nodes, blocks)
    for block in range(len(blocks)):
        if not blocks[block]:
            continue
        if logged + 64 * net.height > len(log):
            flags[:], nodes[:], blocks[:] = 0, 0, 0
            weigh(net, 64 * block, len(nodes), on)
            return -1
        for v in range(64 * block, min(64 * block + 64, len(nodes))):
            if nodes[v]:
                nodes[v] = 0
                count = _weigh_marked(v, given, graph, slot, weights, first, head, level, below, low, arc,
                                      both, flags, place, old, changed)  # fmt: skip
                _spread(v, changed, count, old, first, head, both, flags, nodes, blocks)
                log[logged : logged + count] = changed[:count]
                logged += count
        blocks[block] = 0
    return logged

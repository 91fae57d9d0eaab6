"""Kernels that customise: from weights of graph arcs to weights of all arcs of the hierarchy.

`up` and `down` [A] are int32 weights of each arc towards its head and back, INF where closed. Sums of two stay
within int32, for INF is below 2**30. An arc weighs the least of its graph arcs and of its lower triangles, the
ways between its ends over a node below both.
"""

import numpy as np
from numpy.typing import NDArray

from geo.cch.compiled import compiled

Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]
INF = 2**30 - 1
MANY = 4  # of so many arcs of a node one must be weighed again before all are, in one sweep


@compiled
def given_weights(begin: int, end: int, given: Ints, graph: Ints, slot: Ints, weights: Ints,
                  first: Ints, up: Ints, down: Ints) -> None:  # fmt: skip
    """Arcs of the nodes begin to end with the weights of their graph arcs alone."""
    for a in range(first[begin], first[end]):
        up[a] = INF
        down[a] = INF
    for k in range(given[begin], given[end]):
        a, w = slot[k] >> 1, weights[graph[k]]
        if slot[k] & 1:
            down[a] = min(down[a], w)
        else:
            up[a] = min(up[a], w)


@compiled
def weigh_node(v: int, first: Ints, level: Ints, below: Ints, low: Ints, arc: Ints,
               up: Ints, down: Ints, place: Ints) -> None:  # fmt: skip
    """Lower the arcs of one node by all of their lower triangles; `place` [height] is scratch."""
    a0, a1 = first[v], first[v + 1]
    if a0 == a1:
        return
    for a in range(a0, a1):
        place[level[a]] = a
    for k in range(below[v], below[v + 1]):
        x = arc[k]
        back, forth = down[x], up[x]
        for y in range(x + 1, first[low[k] + 1]):
            a = place[level[y]]
            there, here = np.int32(back + up[y]), np.int32(forth + down[y])
            if there < up[a]:
                up[a] = there
            if here < down[a]:
                down[a] = here


@compiled
def weigh(begin: int, end: int, given: Ints, graph: Ints, slot: Ints, weights: Ints, first: Ints, level: Ints,
          below: Ints, low: Ints, arc: Ints, up: Ints, down: Ints, height: int) -> None:  # fmt: skip
    """All arcs of the nodes begin to end; every node below them is done."""
    place = np.zeros(height, np.int32)
    given_weights(begin, end, given, graph, slot, weights, first, up, down)
    for v in range(begin, end):
        weigh_node(v, first, level, below, low, arc, up, down, place)


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
def find(w: int, begin: int, end: int, head: Ints) -> int:
    """The first arc from begin to end, by rising heads, whose head is not below w; end without one."""
    while begin < end:
        middle = (begin + end) // 2
        if head[middle] < w:
            begin = middle + 1
        else:
            end = middle
    return begin


@compiled
def weigh_arc(v: int, a: int, given: Ints, graph: Ints, slot: Ints, weights: Ints, first: Ints, head: Ints,
              below: Ints, low: Ints, arc: Ints, up: Ints, down: Ints) -> None:  # fmt: skip
    """One arc of a node anew."""
    there, here = _given_arc(v, a, given, graph, slot, weights)
    before, after, w = a - first[v], first[v + 1] - a, head[a]
    for k in range(below[v], below[v + 1]):
        x = arc[k]
        back, forth = down[x], up[x]
        if back >= there and forth >= here:
            continue
        end = first[low[k] + 1]  # heads after x are heads of v too: few places are left to look at
        y = find(w, max(x + 1, end - after), min(end, x + 1 + before), head)
        if y < end and head[y] == w:
            there, here = min(there, back + up[y]), min(here, forth + down[y])
    up[a], down[a] = there, here


@compiled
def _mark(v: int, a: int, flags: Bytes, nodes: Bytes, blocks: Bytes) -> None:
    flags[a], nodes[v], blocks[v >> 6] = 1, 1, 1


@compiled
def _spread(v: int, changed: Ints, count: int, old: Ints, first: Ints, head: Ints, up: Ints, down: Ints,
            flags: Bytes, nodes: Bytes, blocks: Bytes) -> None:  # fmt: skip
    """Mark the arcs above whose weight may rest, now or before, on the changed arcs of a node.

    `changed` are arcs, count of them; old [2, deg] holds what all arcs of the node weighed, up and down.
    """
    a0, a1 = first[v], first[v + 1]
    for c in range(count):
        x = changed[c]
        for y in range(a0, a1):
            if y == x:
                continue
            i, j = min(x, y), max(x, y)
            p = head[i]
            e = find(head[j], first[p] + (j - i - 1), first[p + 1] - (a1 - j - 1), head)
            if flags[e]:
                continue
            there, here = down[i] + up[j], down[j] + up[i]
            was_there, was_here = old[1, i - a0] + old[0, j - a0], old[1, j - a0] + old[0, i - a0]
            if (there < up[e] or (was_there == up[e] and there != was_there)
                    or here < down[e] or (was_here == down[e] and here != was_here)):  # fmt: skip
                _mark(p, e, flags, nodes, blocks)


@compiled
def _weigh_marked(v: int, given: Ints, graph: Ints, slot: Ints, weights: Ints, first: Ints, head: Ints,
                  level: Ints, below: Ints, low: Ints, arc: Ints, up: Ints, down: Ints, flags: Bytes,
                  place: Ints, old: Ints, changed: Ints) -> int:  # fmt: skip
    """Weigh the marked arcs of a node anew; those that changed come into `changed`, how many is returned."""
    a0, a1 = first[v], first[v + 1]
    marked = 0
    for a in range(a0, a1):
        old[0, a - a0], old[1, a - a0] = up[a], down[a]
        marked += flags[a]
    if marked * MANY > a1 - a0:
        given_weights(v, v + 1, given, graph, slot, weights, first, up, down)
        weigh_node(v, first, level, below, low, arc, up, down, place)
    count = 0
    for a in range(a0, a1):
        if flags[a] and marked * MANY <= a1 - a0:
            weigh_arc(v, a, given, graph, slot, weights, first, head, below, low, arc, up, down)
        flags[a] = 0
        if up[a] != old[0, a - a0] or down[a] != old[1, a - a0]:
            changed[count] = a
            count += 1
    return count


@compiled
def weigh_again(arcs: Ints, of: Ints, lower: Ints, given: Ints, graph: Ints, slot: Ints, weights: Ints,
                first: Ints, head: Ints, level: Ints, below: Ints, low: Ints, arc: Ints, up: Ints, down: Ints,
                flags: Bytes, nodes: Bytes, blocks: Bytes, height: int, log: Ints) -> int:  # fmt: skip
    """Customise after the weights of these graph arcs changed; exactly what a full customisation gives.

    flags [A], nodes [n], blocks [n / 64 + 1] are scratch, zero before and after. Arcs that changed come into
    `log` [A], how many is returned.
    """
    place, changed = np.zeros(height, np.int32), np.zeros(height, np.int32)
    old, logged = np.zeros((2, height), np.int32), 0
    for g in arcs:
        if of[g] >= 0:
            _mark(lower[g], of[g] >> 1, flags, nodes, blocks)
    for block in range(len(blocks)):
        if not blocks[block]:
            continue
        blocks[block] = 0
        for v in range(64 * block, min(64 * block + 64, len(nodes))):
            if nodes[v]:
                nodes[v] = 0
                count = _weigh_marked(v, given, graph, slot, weights, first, head, level, below, low, arc,
                                      up, down, flags, place, old, changed)  # fmt: skip
                _spread(v, changed, count, old, first, head, up, down, flags, nodes, blocks)
                log[logged : logged + count] = changed[:count]
                logged += count
    return logged

"""The chordal graph under an order: elimination tree, arcs upward and downward; no weights in it.

Dibbelt, Strasser, Wagner: Customizable Contraction Hierarchies, ACM JEA 21 (2016). Nodes are numbered anew,
0 to n - 1, so that every arc of the hierarchy leads upward to a higher number, every subtree of the
elimination tree is a run of numbers, and all ends of arcs that leave a node lie on its way to the root.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.cch.compiled import compiled

Ints = NDArray[np.int32]
Levels = NDArray[np.uint16] | NDArray[np.int32]
Run = tuple[int, int]
Parts = tuple[list[list[Run]], list[Run]]
_PARTS = 16  # a subtree with at most this share of the work is customised by one thread
_LEAST = 32  # a subtree with less than this part of that is left to whoever does what lies above


class Chordal(NamedTuple):
    """What kernels walk on: n nodes, A arcs (each for both directions), a arcs of the graph they stand for.

    parent [n] in the elimination tree, -1 at a root; depth [n]; height: nodes on the longest way to a root.
    Arcs of v upward are first[v] to first[v + 1], by rising `head` [A]; `level` [A] is the depth of the head.
    Arcs that come up to v are below[v] to below[v + 1]: `low` [A] the lower node, rising, `arc` [A] the arc.
    Graph arcs whose lower end is v: given[v] to given[v + 1]; `graph` [a] which, `slot` [a] twice the arc of
    the hierarchy, one more where the graph arc leads downward.
    """

    parent: Ints
    depth: Ints
    height: int
    first: Ints
    head: Ints
    level: Levels
    below: Ints
    low: Ints
    arc: Ints
    given: Ints
    graph: Ints
    slot: Ints


@dataclass(frozen=True, eq=False)
class Topology:
    """A hierarchy and the graph it was made for: rank [n] is the number of each graph node.

    By graph arc: `of` [a] is its slot, `lower` [a] its lower end; both are -1 for a loop.
    """

    rank: Ints
    net: Chordal
    of: Ints
    lower: Ints

    @property
    def nodes(self) -> int:
        """How many nodes."""
        return len(self.rank)

    @property
    def arcs(self) -> int:
        """How many arcs of the hierarchy, each for both directions."""
        return len(self.net.head)

    @cached_property
    def node(self) -> Ints:
        """Graph node of each number [n]."""
        back = np.empty(self.nodes, dtype=np.int32)
        back[self.rank] = np.arange(self.nodes, dtype=np.int32)
        return back

    @cached_property
    def parts(self) -> Parts:
        """Runs of nodes to customise: subtrees that stand apart, the heaviest first, then all above them."""
        begin, end, steps, apart = _runs(self.net, _PARTS)
        runs = [(int(b), int(e)) for b, e in zip(begin, end, strict=True)]
        heaviest = np.argsort(-steps, kind="stable")
        return [[runs[i]] for i in heaviest if apart[i]], [run for i, run in enumerate(runs) if not apart[i]]


def topology(nodes: int, tail: Ints, head: Ints, rank: Ints) -> Topology:
    """The hierarchy of a graph, tail and head [a], under an order, rank [nodes]; 0.5 s a million nodes."""
    # arrays of a mapped file may be read only, which would be another kind to the compiler
    tail, head, rank = (np.require(each, np.int32, ["C", "W"]) for each in (tail, head, rank))
    rank = _renumbered(nodes, tail, head, rank)
    given, ends, graph = _given(nodes, tail, head, rank, True)
    parent, first, up = _filled(given, ends)
    heads, below, lower, arc = _both_ways(first, up)
    del up
    depth = _depths(parent)
    slot, of, low = _slots(given, ends, graph, first, heads, rank[tail] > rank[head])
    level = _level(depth, heads)
    height = int(depth.max()) + 1 if nodes else 0
    net = Chordal(parent, depth, height, first, heads, level, below, lower, arc, given, graph, slot)
    return Topology(rank, net, of, low)


def _renumbered(nodes: int, tail: Ints, head: Ints, rank: Ints) -> Ints:
    """The same order, but for nodes that do not see each other: every subtree of elimination a run."""
    first, ends, _ = _given(nodes, tail, head, rank, False)
    return _postorder(_elimination(first, ends))[rank]


def _level(depth: Ints, head: Ints) -> Levels:
    """Depth of the head of each arc; half as wide where that is enough, for climbs read little else."""
    if len(depth) == 0 or int(depth.max()) < 2**16:
        return np.asarray(depth[head], dtype=np.uint16)
    return depth[head]


@compiled
def _given(nodes: int, tail: Ints, head: Ints, rank: Ints, upward: bool) -> tuple[Ints, Ints, Ints]:
    """Graph arcs by their lower end (the higher one if not upward), loops left out, in their own order.

    Returns first [nodes + 1], the other ends and which arcs.
    """
    first, arcs = np.zeros(nodes + 1, np.int32), 0
    for g in range(len(tail)):
        a, b = rank[tail[g]], rank[head[g]]
        if a != b:
            first[(min(a, b) if upward else max(a, b)) + 1] += 1
            arcs += 1
    for v in range(nodes):
        first[v + 1] += first[v]
    fill, ends, which = first[:nodes].copy(), np.empty(arcs, np.int32), np.empty(arcs, np.int32)
    for g in range(len(tail)):
        a, b = rank[tail[g]], rank[head[g]]
        if a != b:
            own, other = (min(a, b), max(a, b)) if upward else (max(a, b), min(a, b))
            ends[fill[own]], which[fill[own]] = other, g
            fill[own] += 1
    return first, ends, which


@compiled
def _elimination(first: Ints, lower: Ints) -> Ints:
    """Parent of each node in the elimination tree (Liu 1990), from the lower neighbours of each node."""
    n = len(first) - 1
    parent, jump = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    for v in range(n):
        for k in range(first[v], first[v + 1]):
            u = lower[k]
            while jump[u] != -1 and jump[u] != v:
                above = jump[u]
                jump[u] = v
                u = above
            if jump[u] == -1:
                jump[u] = v
                parent[u] = v
    return parent


@compiled
def _postorder(parent: Ints) -> Ints:
    """New number of each node: children before parents, every subtree a run."""
    n = len(parent)
    child, sibling = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    for v in range(n - 1, -1, -1):
        if parent[v] >= 0:
            sibling[v] = child[parent[v]]
            child[parent[v]] = v
    number, count = np.empty(n, np.int32), 0
    stack, top = np.empty(n, np.int32), 0
    for root in range(n):
        if parent[root] >= 0:
            continue
        stack[0], top = root, 1
        while top:
            v = stack[top - 1]
            if child[v] >= 0:
                stack[top] = child[v]
                child[v] = sibling[child[v]]
                top += 1
            else:
                number[v] = count
                count += 1
                top -= 1
    return number


@compiled
def _filled(given: Ints, ends: Ints) -> tuple[Ints, Ints, Ints]:
    """Parents, and the upward arcs of every node with those that contracting adds, each once, unsorted."""
    n = len(given) - 1
    parent, first = np.full(n, -1, np.int32), np.zeros(n + 1, np.int32)
    child, sibling = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    seen, up = np.full(n, -1, np.int32), np.empty(3 * len(ends) + 16, np.int32)
    at = 0
    for v in range(n):
        most, c = given[v + 1] - given[v], child[v]
        while c >= 0:
            most += first[c + 1] - first[c]
            c = sibling[c]
        if at + most > len(up):
            wider = np.empty(2 * len(up) + most, np.int32)
            wider[:at] = up[:at]
            up = wider
        seen[v] = v
        least = n
        for k in range(given[v], given[v + 1]):
            w = ends[k]
            if seen[w] != v:
                seen[w] = v
                up[at] = w
                at += 1
                least = min(least, w)
        c = child[v]
        while c >= 0:
            for k in range(first[c], first[c + 1]):
                w = up[k]
                if seen[w] != v:
                    seen[w] = v
                    up[at] = w
                    at += 1
                    least = min(least, w)
            c = sibling[c]
        first[v + 1] = at
        if least < n:
            parent[v] = least
            sibling[v] = child[least]
            child[least] = v
    return parent, first, up[:at].copy()


@compiled
def _both_ways(first: Ints, up: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Upward arcs by rising head, and the arcs that come up to each node by rising tail."""
    n, arcs = len(first) - 1, len(up)
    below = np.zeros(n + 1, np.int32)
    for k in range(arcs):
        below[up[k] + 1] += 1
    for v in range(n):
        below[v + 1] += below[v]
    fill, low = below[:n].copy(), np.empty(arcs, np.int32)
    for v in range(n):
        for k in range(first[v], first[v + 1]):
            low[fill[up[k]]] = v
            fill[up[k]] += 1
    fill, head, arc = first[:n].copy(), np.empty(arcs, np.int32), np.empty(arcs, np.int32)
    for w in range(n):
        for k in range(below[w], below[w + 1]):
            head[fill[low[k]]] = w
            arc[k] = fill[low[k]]
            fill[low[k]] += 1
    return head, below, low, arc


@compiled
def _depths(parent: Ints) -> Ints:
    """Steps to the root of each node."""
    n = len(parent)
    depth = np.zeros(n, np.int32)
    for v in range(n - 1, -1, -1):
        if parent[v] >= 0:
            depth[v] = depth[parent[v]] + 1
    return depth


@compiled
def _slots(
    given: Ints, ends: Ints, graph: Ints, first: Ints, head: Ints, down: NDArray[np.bool_]
) -> tuple[Ints, Ints, Ints]:
    """Where each graph arc puts its weight: by its lower end, by graph arc; and the lower end itself."""
    slot, of = np.empty(len(ends), np.int32), np.full(len(down), -1, np.int32)
    lower = np.full(len(down), -1, np.int32)
    for v in range(len(given) - 1):
        for k in range(given[v], given[v + 1]):
            a, b = first[v], first[v + 1]
            while b - a > 1:  # the head is there: the greatest not above it
                middle = (a + b) // 2
                if head[middle] <= ends[k]:
                    a = middle
                else:
                    b = middle
            slot[k] = 2 * a + (1 if down[graph[k]] else 0)
            of[graph[k]], lower[graph[k]] = slot[k], v
    return slot, of, lower


@compiled
def _runs(net: Chordal, parts: int) -> tuple[Ints, Ints, NDArray[np.int64], NDArray[np.bool_]]:
    """Runs of nodes, begin and end, that make up all: whole subtrees of little work, and what is between.

    With each its steps of customising, and whether it is a subtree, so stands apart from the others.
    """
    n = len(net.parent)
    steps, size, total = np.zeros(n, np.int64), np.ones(n, np.int32), 0
    for v in range(n):
        own = net.first[v + 1] - net.first[v] + 1
        for k in range(net.below[v], net.below[v + 1]):
            own += net.first[net.low[k] + 1] - net.arc[k] + 3
        steps[v] += own
        total += own
        if net.parent[v] >= 0:
            steps[net.parent[v]] += steps[v]
            size[net.parent[v]] += size[v]
    most = 2 * parts * _LEAST + 2
    begins, ends = np.empty(most, np.int32), np.empty(most, np.int32)
    work, apart = np.zeros(most, np.int64), np.zeros(most, np.bool_)
    count, end = 0, n
    while end > 0:  # from the last run to the first
        begin, work[count] = end, 0
        while begin > 0:
            v = begin - 1
            if steps[v] * parts > total:
                begin -= 1
            elif steps[v] * parts * _LEAST < total:
                begin -= size[v]
            else:
                break
        if begin == end:
            begin, work[count], apart[count] = end - size[end - 1], steps[end - 1], True
        begins[count], ends[count] = begin, end
        count, end = count + 1, begin
    return (
        begins[:count][::-1].copy(),
        ends[:count][::-1].copy(),
        work[:count][::-1].copy(),
        apart[:count][::-1].copy(),
    )

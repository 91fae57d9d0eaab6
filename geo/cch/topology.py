"""The chordal graph under an order: elimination tree, arcs upward and downward; no weights in it.

Dibbelt, Strasser, Wagner: Customizable Contraction Hierarchies, ACM JEA 21 (2016). Nodes are numbered anew,
0 to n - 1, so that every arc of the hierarchy leads upward to a higher number, every subtree of the elimination
tree is a run of numbers, and all ends of arcs that leave a node lie on its way to the root.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geo.cch.compiled import compiled

Ints = NDArray[np.int32]
Run = tuple[int, int]
_PARTS = 16  # a subtree with at most this share of the work is customised by one thread


@dataclass(frozen=True, eq=False)
class Topology:
    """n nodes, A arcs of the hierarchy (each for both directions), a arcs of the graph they stand for.

    rank [n] number of each graph node; parent [n] in the elimination tree, -1 at a root; depth [n].
    Arcs of v upward are first[v] to first[v + 1], by rising `head` [A]; `level` [A] is the depth of the head.
    Arcs that come up to v are listed from below[v] to below[v + 1]: `low` [A] the lower node, `arc` [A] the arc.
    Graph arcs whose lower end is v: given[v] to given[v + 1]; `graph` [a] which, `slot` [a] twice the arc of
    the hierarchy, one more where the graph arc leads downward. `of` [a] is the slot by graph arc, -1 for a loop.
    """

    rank: Ints
    parent: Ints
    depth: Ints
    first: Ints
    head: Ints
    level: Ints
    below: Ints
    low: Ints
    arc: Ints
    given: Ints
    graph: Ints
    slot: Ints
    of: Ints

    @property
    def nodes(self) -> int:
        """How many nodes."""
        return len(self.rank)

    @property
    def arcs(self) -> int:
        """How many arcs of the hierarchy, each for both directions."""
        return len(self.head)

    @cached_property
    def node(self) -> Ints:
        """Graph node of each number [n]."""
        back = np.empty(self.nodes, dtype=np.int32)
        back[self.rank] = np.arange(self.nodes, dtype=np.int32)
        return back

    @cached_property
    def height(self) -> int:
        """Nodes on the longest way to a root."""
        return int(self.depth.max()) + 1 if self.nodes else 0

    @cached_property
    def lower(self) -> Ints:
        """Lower node of each graph arc [a], -1 for a loop."""
        lower = np.full(len(self.of), -1, dtype=np.int32)
        lower[self.graph] = np.repeat(np.arange(self.nodes, dtype=np.int32), np.diff(self.given))
        return lower

    @cached_property
    def parts(self) -> tuple[list[list[Run]], list[Run]]:
        """Runs of nodes to customise: subtrees that stand apart, the heaviest first, then all above them."""
        work = np.concatenate(([0], np.cumsum(_work(self.first, self.below, self.low, self.arc))))
        sizes = _sizes(self.parent)
        top = np.arange(self.nodes)
        whole = work[top + 1] - work[top + 1 - sizes] <= work[-1] // _PARTS
        under = whole & ~np.where(self.parent >= 0, whole[self.parent], False)
        trees = [(int(v) + 1 - int(sizes[v]), int(v) + 1) for v in np.flatnonzero(under)]
        edges = np.flatnonzero(np.diff(np.concatenate(([True], whole, [True]))))
        above = [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]
        trees.sort(key=lambda run: int(work[run[0]] - work[run[1]]))
        return [[run] for run in trees], above


def topology(nodes: int, tail: Ints, head: Ints, rank: Ints) -> Topology:
    """The hierarchy of a graph, tail and head [a], under an order, rank [nodes]; about 1 s a million nodes."""
    low, high = _oriented(tail, head, rank)
    number = _postorder(_elimination(*_rows(nodes, high, low)))
    rank = number[rank]
    low, high = _oriented(tail, head, rank)
    given, ends, graph = _rows_of(nodes, low, high)
    parent, first, up = _filled(given, ends)
    first, heads, below, lower, arc = _both_ways(first, up)
    depth = _depths(parent)
    slot = _slots(given, ends, graph, first, heads, _downward(tail, head, rank))
    of = np.full(len(tail), -1, dtype=np.int32)
    of[graph] = slot
    return Topology(rank, parent, depth, first, heads, depth[heads], below, lower, arc, given, graph, slot, of)


def _oriented(tail: Ints, head: Ints, rank: Ints) -> tuple[Ints, Ints]:
    """Lower and higher number of the ends of every graph arc."""
    a, b = rank[tail], rank[head]
    return np.minimum(a, b), np.maximum(a, b)


def _downward(tail: Ints, head: Ints, rank: Ints) -> NDArray[np.bool_]:
    down: NDArray[np.bool_] = rank[tail] > rank[head]
    return down


def _rows_of(nodes: int, low: Ints, high: Ints) -> tuple[Ints, Ints, Ints]:
    """Arcs by their lower end, loops left out: first [nodes + 1], higher ends, which arc."""
    kept = np.flatnonzero(low != high).astype(np.int32)
    by_row = kept[np.argsort(low[kept], kind="stable")]
    first = np.concatenate(([0], np.cumsum(np.bincount(low[by_row], minlength=nodes))))
    return first.astype(np.int32), high[by_row], by_row


def _rows(nodes: int, low: Ints, high: Ints) -> tuple[Ints, Ints]:
    first, ends, _ = _rows_of(nodes, low, high)
    return first, ends


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
def _both_ways(first: Ints, up: Ints) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Upward arcs by rising head, and the arcs that come up to each node by rising tail (two transpositions)."""
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
    return first, head, below, low, arc


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
) -> Ints:
    """Where each graph arc, by its lower end, puts its weight."""
    slot = np.empty(len(ends), np.int32)
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
    return slot


@compiled
def _work(first: Ints, below: Ints, low: Ints, arc: Ints) -> NDArray[np.int64]:
    """Steps of customising each node."""
    n = len(first) - 1
    work = np.zeros(n, np.int64)
    for v in range(n):
        steps = first[v + 1] - first[v] + 1
        for k in range(below[v], below[v + 1]):
            steps += first[low[k] + 1] - arc[k] + 3
        work[v] = steps
    return work


@compiled
def _sizes(parent: Ints) -> Ints:
    """Nodes of each subtree."""
    sizes = np.ones(len(parent), np.int32)
    for v in range(len(parent)):
        if parent[v] >= 0:
            sizes[parent[v]] += sizes[v]
    return sizes

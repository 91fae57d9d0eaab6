"""Graphs of the routing bench: a country's topology seeded weights, real cities, a small town."""

import lzma
import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.bench.routing_timing import Missing, say

Ints = NDArray[np.int32]
CLOSED = 2**30 - 1  # weight of an arc that is shut
SEED = 20_260_101
MEDIAN_M, SPREAD = 150.0, 0.7  # of the lognormal lengths
SPEEDS_KMH = (25.0, 45.0, 65.0, 85.0, 105.0)
BY_DIRECTION = 0.1  # each direction takes up to so much more or less
CITIES = {"porto": "porto.osm.pbf", "douala": "douala-neatnet.osm.pbf"}


@dataclass(frozen=True)
class Net:
    """A directed graph: tail, head, weight [a] (1 .. CLOSED), and the place of each node in the order [n]."""

    tail: Ints
    head: Ints
    weight: Ints
    rank: Ints

    @property
    def nodes(self) -> int:
        """How many."""
        return len(self.rank)

    @property
    def arcs(self) -> int:
        """How many, shut ones too."""
        return len(self.tail)

    def save(self, path: Path) -> None:
        """As plain arrays."""
        np.savez(path, tail=self.tail, head=self.head, weight=self.weight, rank=self.rank)

    @cached_property
    def _out(self) -> tuple[list[int], list[int], list[int]]:
        """First outgoing arc of each node in the arcs sorted by tail, those arcs, and their heads."""
        order = np.argsort(self.tail, kind="stable")
        first = np.concatenate(([0], np.cumsum(np.bincount(self.tail, minlength=self.nodes))))
        return first.tolist(), order.tolist(), self.head[order].tolist()

    @cached_property
    def used(self) -> Ints:
        """Nodes that one can come to and leave."""
        open_ = self.weight < CLOSED
        return np.intersect1d(self.tail[open_], self.head[open_])

    def near(self, node: int, many: int) -> list[int]:
        """The first `many` arcs met by going out from a node in all directions; fewer on an island."""
        first, arcs, heads = self._out
        seen, queue, found = {node}, deque([node]), list[int]()
        while queue and len(found) < many:
            here = queue.popleft()
            found += arcs[first[here] : first[here + 1]]
            for head in heads[first[here] : first[here + 1]]:
                if head not in seen:
                    seen.add(head)
                    queue.append(head)
        return found[:many]

    def spots(self, rng: np.random.Generator, many: int, spots: int) -> Ints:
        """`many` arcs in so many spots at random places, sorted; scattered when there are as many spots."""
        if spots >= many:
            return np.sort(rng.choice(self.arcs, many, replace=False)).astype(np.int32)
        found: set[int] = set()
        while len(found) < many:
            found.update(self.near(int(rng.integers(self.nodes)), math.ceil(many / spots)))
        return np.sort(np.fromiter(found, dtype=np.int32))[:many]


def load(path: Path) -> Net:
    """What `Net.save` wrote."""
    with np.load(path) as arrays:
        return Net(arrays["tail"], arrays["head"], arrays["weight"], arrays["rank"])


def country(path: Path) -> Net:
    """The topology of Florida (PACE format, undirected), each edge two arcs with seeded weights."""
    if not path.exists():
        raise Missing(f"the graph {path} is not there: give the folder of the test data with --data")
    with lzma.open(path) as source:
        edges = np.array(source.read().split()[2:], dtype=np.int64)
    nodes, pairs = int(edges[0]), edges[2:].reshape(-1, 2) - 1
    return weighed(nodes, pairs)


def grid(side: int) -> Net:
    """Streets of a town of side x side corners, a tenth of them missing."""
    rng = np.random.default_rng(SEED)
    node = np.arange(side * side).reshape(side, side)
    across = np.column_stack((node[:, :-1].ravel(), node[:, 1:].ravel()))
    down = np.column_stack((node[:-1].ravel(), node[1:].ravel()))
    pairs = np.concatenate((across, down))
    return weighed(side * side, pairs[rng.random(len(pairs)) > 0.1])


def weighed(nodes: int, pairs: NDArray[np.int64]) -> Net:
    """Arcs both ways of undirected edges [m, 2], in centiseconds that differ by direction; ordered."""
    rng = np.random.default_rng(SEED)
    metres = rng.lognormal(math.log(MEDIAN_M), SPREAD, len(pairs))
    kmh = np.asarray(SPEEDS_KMH)[rng.integers(len(SPEEDS_KMH), size=len(pairs))]
    either = np.repeat(metres * 360.0 / kmh, 2)
    weight = np.rint(either * rng.uniform(1 - BY_DIRECTION, 1 + BY_DIRECTION, len(either)))
    weight = np.clip(weight, 1, CLOSED - 1).astype(np.int32)
    return ordered(nodes, pairs.ravel(), pairs[:, ::-1].ravel(), weight)


def city(extract: Path) -> Net:
    """A real network with the milliseconds of an ambulance in the dry season."""
    from geo.osm import import_extract  # noqa: PLC0415  (pulls in half of geo, which the memory of others would show)
    from geo.roads import Roads  # noqa: PLC0415  (likewise)

    if not extract.exists():
        raise Missing(f"the extract {extract} is not there: give the folder of the test data with --data")
    roads: Roads = import_extract(extract)
    return ordered(roads.nodes, *road_arcs(roads))


def road_arcs(roads: object) -> tuple[Ints, Ints, Ints]:
    """Tails, heads and milliseconds of the two arcs 2e and 2e + 1 of every stretch."""
    from geo.costs import costs  # noqa: PLC0415  (as above)
    from geo.profile import load_profiles  # noqa: PLC0415  (as above)

    profile = load_profiles(Path(__file__).parents[2] / "data" / "profiles.json")["ambulance"]
    seconds = costs(roads, profile, "dry").p50  # type: ignore[arg-type]  # a Roads, not named above
    weight = np.full(len(seconds), CLOSED, dtype=np.int32)
    open_ = np.isfinite(seconds)
    weight[open_] = np.clip(np.rint(seconds[open_] * 1000), 1, CLOSED - 1)
    ends = np.column_stack((roads.tail, roads.head)).astype(np.int32)  # type: ignore[attr-defined]
    return ends.ravel(), ends[:, ::-1].ravel(), weight


def ordered(nodes: int, tail: NDArray[np.integer], head: NDArray[np.integer], weight: Ints) -> Net:
    """The graph with our order, whose seconds are told."""
    from geo.cch.order import rank  # noqa: PLC0415  (the wheel's memory is measured without it)

    ends = np.ascontiguousarray(tail, dtype=np.int32), np.ascontiguousarray(head, dtype=np.int32)
    start = time.perf_counter()
    net = Net(*ends, weight, rank(nodes, *ends))
    say(f"order of {nodes} nodes, {net.arcs} arcs: {time.perf_counter() - start:.2f} s")
    return net


def pairs(net: Net, many: int, seed: int = SEED) -> list[tuple[int, int]]:
    """Seeded pairs of nodes."""
    rng = np.random.default_rng(seed)
    return list(zip(rng.choice(net.used, many).tolist(), rng.choice(net.used, many).tolist(), strict=True))


def places(net: Net, many: int, seed: int) -> list[int]:
    """Seeded nodes, all different."""
    chosen: Sequence[int] = np.random.default_rng(seed).choice(net.used, many, replace=False).tolist()
    return list(chosen)

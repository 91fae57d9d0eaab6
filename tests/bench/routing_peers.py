"""What a user would pick instead, at a closure: networkx, scipy and pgRouting beside our hierarchy."""

import statistics
from collections.abc import Iterator

import networkx as nx
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from tests.bench.routing_against import CLOSURE, SPOTS
from tests.bench.routing_graphs import CLOSED, SEED, Ints, Net, places
from tests.bench.routing_ours import Ours
from tests.bench.routing_pgrouting import PgRouting, opened
from tests.bench.routing_timing import Entrant, Figures, median_ms, race, say

ROUNDS, TARGETS = 5, 50
BLOCK = (
    20  # closures of ours in a round: one of a millisecond, seconds after the last, is a look at cold caches
)


class Scipy:
    """Compressed rows; a shut arc costs infinity."""

    name = "scipy"

    def __init__(self, net: Net) -> None:
        numbered = csr_array((np.arange(1, net.arcs + 1), (net.tail, net.head)), shape=(net.nodes, net.nodes))
        self._place = np.empty(net.arcs, dtype=np.int64)  # of an arc among the matrix's values
        self._place[numbered.data - 1] = np.arange(net.arcs)
        weight = np.where(net.weight >= CLOSED, np.inf, net.weight)[numbered.data - 1]
        self._rows = csr_array((weight, numbered.indices, numbered.indptr), shape=numbered.shape)

    def after(self, arcs: Ints, weight: Ints, source: int, targets: list[int]) -> list[int]:
        """Change weights in place, one search over everything, and the targets' costs."""
        self.put(arcs, weight)
        costs = dijkstra(self._rows, indices=source)[targets]
        return [int(each) if np.isfinite(each) else CLOSED for each in costs]

    def put(self, arcs: Ints, weight: Ints) -> None:
        """Change weights in place."""
        self._rows.data[self._place[arcs]] = np.where(weight >= CLOSED, np.inf, weight)


class Networkx:
    """A DiGraph; a shut arc is removed."""

    name = "networkx"

    def __init__(self, net: Net) -> None:
        self._net = net
        self._graph: nx.DiGraph[int] = nx.DiGraph()
        self._graph.add_nodes_from(range(net.nodes))
        self._graph.add_weighted_edges_from(self.edges(np.flatnonzero(net.weight < CLOSED)))

    def edges(self, arcs: Ints) -> list[tuple[int, int, int]]:
        """Tail, head and weight of arcs."""
        columns = (self._net.tail[arcs], self._net.head[arcs], self._net.weight[arcs])
        return list(zip(*(each.tolist() for each in columns), strict=True))

    def after(self, edges: list[tuple[int, int, int]], source: int, targets: list[int]) -> list[int]:
        """Remove arcs, one search over everything, and the targets' costs."""
        self._graph.remove_edges_from(edges)
        costs = nx.single_source_dijkstra_path_length(self._graph, source)
        return [costs.get(each, CLOSED) for each in targets]

    def put(self, edges: list[tuple[int, int, int]]) -> None:
        """Put removed arcs back."""
        self._graph.add_weighted_edges_from(edges)


class Closing:
    """Closures of 400 arcs in some spots, each then one to 50, as every engine is told of them."""

    def __init__(self, net: Net, rounds: int) -> None:
        rng = np.random.default_rng(SEED + 5)
        self._net = net
        self._arcs = [net.spots(rng, CLOSURE, SPOTS) for _ in range(rounds + BLOCK)]
        self._shut = np.full(CLOSURE, CLOSED, dtype=np.int32)
        self._sources, self._targets = places(net, rounds, SEED + 6), places(net, TARGETS, SEED + 7)

    def ours(self) -> Iterator[Entrant]:
        """Once, and many times in a row."""
        engine, rounds = Ours(self._net), len(self._sources)
        wanted = np.asarray(self._targets, dtype=np.int32)

        def block(n: int) -> None:
            for each in self._arcs[rounds:]:
                engine.after(each, self._shut, self._sources[n], wanted)

        def once(n: int) -> list[int]:
            found: list[int] = engine.after(self._arcs[n], self._shut, self._sources[n], wanted).tolist()
            return found

        yield Entrant("ours", once)
        yield Entrant("block", block, compared=False)

    def scipy(self) -> Entrant:
        """Closed in its matrix."""
        engine, arcs = Scipy(self._net), self._arcs
        return Entrant(
            "scipy",
            lambda n: engine.after(arcs[n], self._shut, self._sources[n], self._targets),
            lambda n: engine.put(arcs[n], self._net.weight[arcs[n]]),
        )

    def networkx(self) -> Entrant:
        """Taken out of its graph."""
        engine = Networkx(self._net)
        removed = [engine.edges(each) for each in self._arcs]
        return Entrant(
            "networkx",
            lambda n: engine.after(removed[n], self._sources[n], self._targets),
            lambda n: engine.put(removed[n]),
        )

    def pgrouting(self, engine: PgRouting) -> Entrant:
        """Closed in its table."""
        there = [engine.rows(each, self._shut) for each in self._arcs]
        back = [engine.rows(each, self._net.weight[each]) for each in self._arcs]
        return Entrant(
            "pgrouting",
            lambda n: engine.after(there[n], self._sources[n], self._targets),
            lambda n: engine.put(back[n]),
        )


def measured(net: Net, *, quick: bool) -> Figures:
    """How many times as quick ours is from a closure to a fresh 1 -> 50; every peer must be there."""
    rounds = 2 if quick else ROUNDS
    with opened(net) as server:
        say(f"   pgRouting {server.version} has the edges")
        closing = Closing(net, rounds)
        entrants = (*closing.ours(), closing.scipy(), closing.networkx(), closing.pgrouting(server))
        say("   in turn")
        seconds = race(entrants, rounds, lambda answer: answer)
    own = statistics.median(seconds.pop("block")) / BLOCK
    figures: Figures = {
        "close400_beside_peers_ms": median_ms([own]),
        "close400_once_after_peers_ms": median_ms(seconds.pop("ours")),
    }
    for name, taken in seconds.items():
        figures[f"close400_speedup_vs_{name}"] = round(statistics.median(taken) / own, 1)
        figures[f"close400_{name}_ms"] = median_ms(taken)
    return figures

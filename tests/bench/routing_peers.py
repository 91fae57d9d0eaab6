"""What a user would pick instead, at a closure: networkx, scipy and pgRouting beside our hierarchy."""

import statistics

import networkx as nx
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from tests.bench.routing_against import CLOSURE, SPOTS
from tests.bench.routing_graphs import CLOSED, SEED, Ints, Net, places
from tests.bench.routing_ours import Ours
from tests.bench.routing_pgrouting import opened
from tests.bench.routing_timing import Entrant, Figures, median_ms, race, say

ROUNDS, TARGETS = 5, 50


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


def measured(net: Net, *, quick: bool) -> Figures:
    """How many times as quick ours is from a closure to a fresh 1 -> 50; every peer must be there."""
    rounds = 2 if quick else ROUNDS
    with opened(net) as pgrouting:
        say(f"   pgRouting {pgrouting.version} has the edges")
        rng = np.random.default_rng(SEED + 5)
        arcs = [net.spots(rng, CLOSURE, SPOTS) for _ in range(rounds)]
        shut = np.full(CLOSURE, CLOSED, dtype=np.int32)
        sources, targets = places(net, rounds, SEED + 6), places(net, TARGETS, SEED + 7)
        starts = [np.asarray([each], dtype=np.int32) for each in sources]
        wanted = np.asarray(targets, dtype=np.int32)
        ours, scipy, networkx = Ours(net), Scipy(net), Networkx(net)
        removed = [networkx.edges(each) for each in arcs]
        there = [pgrouting.rows(each, shut) for each in arcs]
        back = [pgrouting.rows(each, net.weight[each]) for each in arcs]
        entrants = (
            Entrant("ours", lambda n: ours.after(arcs[n], shut, starts[n], wanted)[0].tolist()),
            Entrant(
                "scipy",
                lambda n: scipy.after(arcs[n], shut, sources[n], targets),
                lambda n: scipy.put(arcs[n], net.weight[arcs[n]]),
            ),
            Entrant(
                "networkx",
                lambda n: networkx.after(removed[n], sources[n], targets),
                lambda n: networkx.put(removed[n]),
            ),
            Entrant(
                "pgrouting",
                lambda n: pgrouting.after(there[n], sources[n], targets),
                lambda n: pgrouting.put(back[n]),
            ),
        )
        say("   in turn")
        seconds = race(entrants, rounds, lambda answer: answer)
    own = statistics.median(seconds.pop("ours"))
    figures: Figures = {"close400_beside_peers_ms": median_ms([own])}
    for name, taken in seconds.items():
        figures[f"close400_speedup_vs_{name}"] = round(statistics.median(taken) / own, 1)
        figures[f"close400_{name}_ms"] = median_ms(taken)
    return figures

"""What turn restrictions cost: a city without them, with split nodes, and with every arc a node."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.cch.metric import customise
from geo.cch.query import matrix, pin
from geo.cch.topology import topology
from geo.osm import import_extract
from geo.roads import Roads
from geo.turns import graph
from tests.bench.routing_against import CLOSURE, SPOTS
from tests.bench.routing_expanded import expanded
from tests.bench.routing_graphs import CLOSED, SEED, Ints, Net, ordered, places, road_arcs
from tests.bench.routing_timing import Entrant, Figures, Missing, median_ms, race, ratio, say

ROUNDS, TARGETS = 101, 50
EXTRACT = "porto.osm.pbf"
SMALL = "andorra-2023.osm.pbf"  # for a look
Rows = Sequence[NDArray[np.int64]]


class Way:
    """A network in one of its forms: its graph, and what stands for a road node and for a road arc in it.

    begin(node) gives nodes and what is spent there; ends(node) gives nodes; arcs(road arcs) gives arcs.
    """

    def __init__(
        self,
        net: Net,
        begin: Callable[[int], tuple[Ints, Ints]],
        ends: Callable[[int], Ints],
        arcs: Callable[[Ints], Ints],
    ) -> None:
        self.net, self.begin, self.ends, self.arcs = net, begin, ends, arcs
        self.topology = topology(net.nodes, net.tail, net.head, net.rank)
        self.metric = customise(self.topology, net.weight)

    def after(self, closed: Ints, source: tuple[Ints, Ints], targets: tuple[Ints, Ints]) -> Ints:
        """Shut arcs, then the least cost to each target (its nodes begin where `targets` says)."""
        changed = self.metric.changed(closed, np.full(len(closed), CLOSED, dtype=np.int32))
        costs = matrix(pin(changed, *source), pin(changed, targets[0], reverse=True))
        least: Ints = np.minimum.reduceat(costs.min(axis=0), targets[1])
        return least

    def targets(self, nodes: Sequence[int]) -> tuple[Ints, Ints]:
        """Nodes of all targets, and where those of each begin."""
        each = [self.ends(node) for node in nodes]
        first = np.concatenate(([0], np.cumsum([len(nodes) for nodes in each])))[:-1]
        return np.concatenate(each), first.astype(np.int32)

    @property
    def megabytes(self) -> float:
        """Of the hierarchy and one metric."""
        return (_bytes(self.topology) + _bytes(self.metric.pages)) / 1e6


def _bytes(thing: object) -> int:
    """Of all arrays in an array, a tuple or a dataclass."""
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    if dataclasses.is_dataclass(thing):
        thing = tuple(getattr(thing, each.name) for each in dataclasses.fields(thing))
    return sum(_bytes(each) for each in thing) if isinstance(thing, tuple) else 0


def _several(first: NDArray[np.integer], of: Ints, arcs: Ints) -> Ints:
    """All that stand for some arcs, from rows."""
    return np.concatenate([of[first[arc] : first[arc + 1]] for arc in arcs.tolist()])


def _rows(key: NDArray[np.integer], many: int) -> tuple[NDArray[np.int64], Ints]:
    """Which places hold each key below `many`."""
    order = np.argsort(key, kind="stable").astype(np.int32)
    return np.concatenate(([0], np.cumsum(np.bincount(key, minlength=many)))), order


def plain(roads: Roads) -> Way:
    """Without restrictions."""
    net, none = ordered(roads.nodes, *road_arcs(roads)), np.zeros(1, dtype=np.int32)

    def itself(node: int) -> Ints:
        return np.asarray([node], dtype=np.int32)

    return Way(net, lambda node: (itself(node), none), itself, lambda arcs: arcs)


def split(roads: Roads) -> Way:
    """The product's own graph, everybody bound."""
    made, none = graph(roads), np.zeros(1, dtype=np.int32)
    weight = np.where(made.ban != 0, CLOSED, road_arcs(roads)[2][made.arc]).astype(np.int32)
    first, copies = _rows(made.origin, roads.nodes)
    return Way(
        ordered(made.nodes, made.tail, made.head, weight),
        lambda node: (np.asarray([node], dtype=np.int32), none),
        lambda node: copies[first[node] : first[node + 1]],
        lambda arcs: _several(made.first, made.of, arcs),
    )


def edges(roads: Roads) -> Way:
    """Every arc that is open to the profile a node. One sets out with the first arc spent."""
    tail, head, weight = road_arcs(roads)
    open_ = np.flatnonzero(weight < CLOSED)
    place = np.full(len(weight), -1)
    place[open_] = np.arange(len(open_))
    bans = {
        tuple(place[roads.ban_arc[a:b]].tolist())
        for a, b in zip(roads.ban_first[:-1].tolist(), roads.ban_first[1:].tolist(), strict=True)
    }
    made = expanded(tail[open_], head[open_], {ban for ban in bans if min(ban) >= 0})
    leaving, out = _rows(tail[open_], roads.nodes)
    coming, into = _rows(head[open_][made.last], roads.nodes)
    standing, turns = _rows(open_[made.arc], len(weight))

    def begin(node: int) -> tuple[Ints, Ints]:
        states = out[leaving[node] : leaving[node + 1]]
        return states, weight[open_[states]]

    return Way(
        ordered(len(made.last), made.tail, made.head, weight[open_[made.arc]]),
        begin,
        lambda node: into[coming[node] : coming[node + 1]],
        lambda arcs: _several(standing, turns, arcs),
    )


def measured(extracts: Path, *, quick: bool) -> Figures:
    """A closure of 400 road arcs, then one to 50, in each form; sizes of each."""
    extract = extracts / (SMALL if quick else EXTRACT)
    if not extract.exists():
        raise Missing(f"the extract {extract} is not there: give the folder of the test data with --data")
    roads = import_extract(extract)
    ways = {"plain": plain(roads), "turns": split(roads), "edges": edges(roads)}
    say("   in turn")
    closing = race(
        _closing(ways, 3 if quick else ROUNDS), 3 if quick else ROUNDS, lambda costs: costs.tolist()
    )
    full = race(
        [
            Entrant(name, lambda _, way=way: customise(way.topology, way.net.weight))  # type: ignore[misc]  # bound now
            for name, way in ways.items()
        ],
        3 if quick else 31,
        lambda _metric: None,
    )
    return _told(ways, closing, full) | {"turn_bans": len(roads.ban_binds)}


def _told(ways: dict[str, Way], closing: dict[str, list[float]], full: dict[str, list[float]]) -> Figures:
    found: Figures = {}
    bare = ways["plain"]
    for name, way in ways.items():
        found |= {
            f"close400_{name}_ms": median_ms(closing[name]),
            f"customise_{name}_ms": median_ms(full[name]),
            f"nodes_{name}": way.net.nodes,
            f"arcs_{name}": way.net.arcs,
            f"hierarchy_arcs_{name}": way.topology.arcs,
            f"megabytes_{name}": round(way.megabytes, 1),
        }
        if way is not bare:
            found |= {
                f"close400_{name}_vs_plain": ratio(closing[name], closing["plain"]),
                f"arcs_{name}_vs_plain": round(way.net.arcs / bare.net.arcs, 4),
                f"hierarchy_arcs_{name}_vs_plain": round(way.topology.arcs / bare.topology.arcs, 4),
                f"memory_{name}_vs_plain": round(way.megabytes / bare.megabytes, 4),
                f"customise_{name}_vs_plain": ratio(full[name], full["plain"]),
            }
    return found


def _closing(ways: dict[str, Way], rounds: int) -> list[Entrant]:
    base = ways["plain"].net
    rng = np.random.default_rng(SEED + 8)
    closed = [base.spots(rng, CLOSURE, SPOTS) for _ in range(rounds)]
    chosen = places(base, rounds + TARGETS, SEED + 9)
    sources, targets = chosen[:rounds], chosen[rounds:]

    def entrant(name: str, way: Way) -> Entrant:
        arcs, starts = [way.arcs(each) for each in closed], [way.begin(each) for each in sources]
        wanted = way.targets(targets)
        return Entrant(
            name, lambda n: way.after(arcs[n], starts[n], wanted), compared=way is not ways["plain"]
        )

    return [entrant(name, way) for name, way in ways.items()]

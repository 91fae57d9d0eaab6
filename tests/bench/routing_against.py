"""Our hierarchy against the wheel on one network: every task of a routing engine, in turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tests.bench.routing_graphs import CLOSED, SEED, Ints, Net, pairs, places
from tests.bench.routing_ours import Ours
from tests.bench.routing_timing import Entrant, Figures, Wrong, median_ms, race, ratio, say
from tests.bench.routing_wheel import Wheel, costs_told, shut

SPOTS = 20  # areas that a change lies in, unless said otherwise
THREAT, CLOSURE = 40_000, 400  # arcs


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    pairs: int = 1000
    block: int = 50  # pairs between two looks at the clock
    passes: int = 5  # over all pairs
    rows: int = 51  # of 1 -> 50, each of them `block` sources
    rounds: int = 31  # of everything of a millisecond or more
    many: int = 100  # places of a matrix
    threat: int = THREAT


QUICK = Size(pairs=100, passes=1, rows=3, rounds=3, many=20, threat=1000)


class Against:
    """Both engines on one network, and what was found; keys get `suffix`."""

    def __init__(self, net: Net, size: Size, suffix: str = "") -> None:
        self._net, self._size, self._suffix = net, size, suffix
        self.ours, self.wheel = Ours(net), Wheel(net)
        self.figures: Figures = {}
        self._targets = places(net, 50, SEED + 1)
        self._rng = np.random.default_rng(SEED + 2)

    def all(self) -> Figures:
        """Every task."""
        self.figures |= self._named({"nodes": self._net.nodes, "arcs": self._net.arcs})
        for task in (
            self.pairs,
            self.one_to_many,
            self.matrix,
            self.one_to_all,
            self.customise,
            self.changes,
        ):
            say(f"   {task.__name__}{self._suffix}")
            task()
        return self.figures

    def _named(self, figures: Figures) -> Figures:
        return {f"{name}{self._suffix}": value for name, value in figures.items()}

    def _record(self, name: str, seconds: dict[str, list[float]], calls: int = 1) -> None:
        self.figures |= self._named(
            {
                f"{name}_vs_wheel": ratio(seconds["ours"], seconds["wheel"]),
                f"{name}_ms": median_ms(seconds["ours"], calls),
                f"{name}_wheel_ms": median_ms(seconds["wheel"], calls),
            }
        )

    def pairs(self) -> None:
        """Point to point, cost alone and with the arcs of the way."""
        size, wheel, ours = self._size, self.wheel, self.ours
        all_ = pairs(self._net, size.pairs)
        blocks = [all_[at : at + size.block] for at in range(0, len(all_), size.block)]
        query = wheel.query()
        costs = (
            Entrant("ours", lambda n: ours.costs(blocks[n % len(blocks)])),
            Entrant("wheel", lambda n: wheel.costs(query, blocks[n % len(blocks)])),
        )
        ways = (
            Entrant("ours", lambda n: ours.ways(blocks[n % len(blocks)])),
            Entrant("wheel", lambda n: wheel.ways(query, blocks[n % len(blocks)])),
        )
        rounds = size.passes * len(blocks)
        self._record("p2p_cost", race(costs, rounds, _costs, warm=len(blocks)), size.block)
        self._record("p2p_path", race(ways, rounds, self._ways, warm=len(blocks)), size.block)

    def _ways(self, answer: object) -> list[int]:
        """The costs, each proved by its arcs."""
        found: Sequence[tuple[int | None, Sequence[int]]] = answer  # type: ignore[assignment]  # of `ways`
        told = costs_told([cost for cost, _ in found])
        for cost, (_, arcs) in zip(told, found, strict=True):
            along = int(self._net.weight[np.asarray(arcs, dtype=np.int64)].sum())
            if cost < CLOSED and along != cost:
                raise Wrong(f"the arcs of a way cost {along}, not {cost}")
        return told

    def one_to_many(self) -> None:
        """One to 50, the targets pinned before."""
        size, ours, wheel = self._size, self.ours, self.wheel
        own = ours.pinned(np.asarray(self._targets, dtype=np.int32))
        pinned = wheel.pinned(self._targets)
        sources = [places(self._net, size.block, SEED + 10 + n) for n in range(size.rows)]
        arrays = [[np.asarray([each], dtype=np.int32) for each in block] for block in sources]
        entrants = (
            Entrant("ours", lambda n: ours.rows(own, arrays[n])),
            Entrant("wheel", lambda n: wheel.rows(pinned, sources[n])),
        )
        self._record("one_to_50", race(entrants, size.rows, _rows), size.block)

    def matrix(self) -> None:
        """Many to many, from nothing."""
        ours, wheel, many = self.ours, self.wheel, self._size.many
        lists = [(places(self._net, many, 100 + n), places(self._net, many, 200 + n)) for n in range(15)]
        arrays = [(np.asarray(s, dtype=np.int32), np.asarray(t, dtype=np.int32)) for s, t in lists]
        entrants = (
            Entrant("ours", lambda n: ours.table(*arrays[n % len(arrays)])),
            Entrant("wheel", lambda n: wheel.table(*lists[n % len(lists)])),
        )
        self._record("matrix", race(entrants, self._size.rounds, _rows))

    def one_to_all(self) -> None:
        """The wheel's way is to pin every node; that is not timed."""
        ours, wheel = self.ours, self.wheel
        everywhere = wheel.all_pinned()
        sources = places(self._net, self._size.rounds, SEED + 3)
        arrays = [np.asarray([each], dtype=np.int32) for each in sources]
        entrants = (
            Entrant("ours", lambda n: ours.tree(arrays[n])),
            Entrant("wheel", lambda n: everywhere.distances_from(sources[n])),
        )
        self._record("one_to_all", race(entrants, self._size.rounds, _costs))

    def customise(self) -> None:
        """A whole new profile: every weight another."""
        ours, wheel, closed = self.ours, self.wheel, self._net.weight >= CLOSED
        factor = self._rng.uniform(0.5, 2, self._net.arcs)
        other = np.maximum(self._net.weight * factor, 1).astype(np.int32)
        profiles = [np.where(closed, CLOSED, each).astype(np.int32) for each in (other, self._net.weight)]
        lists = [shut(each.tolist()) for each in profiles]
        entrants = (
            Entrant("ours", lambda n: ours.customised(profiles[n % 2])),
            Entrant("wheel", lambda n: wheel.customised(lists[n % 2])),
        )
        self._record("customise", race(entrants, self._size.rounds, lambda _metric: None))

    def changes(self) -> None:
        """Shut arcs, or make them three times as dear; then one to 50 on fresh weights."""
        many = min(self._size.threat, self._net.arcs // 8)
        for arcs, name, weight in ((CLOSURE, "close400", _shut), (many, "threat40k", _tripled)):
            for spots, where in ((SPOTS, ""), (1, "_one_area"), (arcs, "_scattered")):
                self._record(f"{name}{where}", self._changed(arcs, spots, weight))

    def _changed(self, many: int, spots: int, weight: Callable[[Ints], Ints]) -> dict[str, list[float]]:
        rounds, ours, wheel = self._size.rounds, self.ours, self.wheel
        arcs = [self._net.spots(self._rng, many, spots) for _ in range(rounds)]
        new = [weight(self._net.weight[each]) for each in arcs]
        there = [dict(zip(a.tolist(), shut(w.tolist()), strict=True)) for a, w in zip(arcs, new, strict=True)]
        back = [dict(zip(a.tolist(), shut(self._net.weight[a].tolist()), strict=True)) for a in arcs]
        sources = places(self._net, rounds, SEED + 4)
        targets = np.asarray(self._targets, dtype=np.int32)
        starts = [np.asarray([each], dtype=np.int32) for each in sources]
        entrants = (
            Entrant("ours", lambda n: ours.after(arcs[n], new[n], starts[n], targets)),
            Entrant(
                "wheel",
                lambda n: wheel.after(there[n], sources[n], self._targets),
                lambda n: wheel.restore(back[n]),
            ),
        )
        return race(entrants, rounds, _costs)


def _shut(weight: Ints) -> Ints:
    return np.full(len(weight), CLOSED, dtype=np.int32)


def _tripled(weight: Ints) -> Ints:
    """Three times, saturated; what is shut stays shut."""
    wide = np.minimum(weight.astype(np.int64) * 3, CLOSED - 1)
    return np.where(weight >= CLOSED, CLOSED, wide).astype(np.int32)


def _costs(answer: object) -> list[int]:
    """A row of costs, as an array of one row or a list."""
    if isinstance(answer, np.ndarray):
        return [int(each) for each in answer.ravel().tolist()]
    return costs_told(answer)  # type: ignore[arg-type]  # a list of the wheel or of ours


def _rows(answer: object) -> list[list[int]]:
    return [_costs(row) for row in answer]  # type: ignore[attr-defined]  # a matrix or a list of rows


def measured(net: Net, *, quick: bool, suffix: str = "") -> Figures:
    """All figures of one network; `ratio` of medians, milliseconds of both."""
    return Against(net, QUICK if quick else Size(), suffix).all()

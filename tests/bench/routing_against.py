"""Our hierarchy against the wheel on one network: every task of a routing engine, in turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from geo.cch.metric import Metric
from tests.bench.routing_graphs import CLOSED, SEED, Ints, Net, pairs, places
from tests.bench.routing_ours import Ours
from tests.bench.routing_timing import Entrant, Figures, Wrong, median_ms, nothing, race, ratio, say
from tests.bench.routing_wheel import Wheel, costs_told, shut

SPOTS = 20  # areas that a change lies in, unless said otherwise
THREAT, CLOSURE = 40_000, 400  # arcs
HELD = 9  # snapshots of a whole network that are held at once


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
        self.net, self._size, self._suffix = net, size, suffix
        self.ours, self.wheel = Ours(net), Wheel(net)
        self.figures: Figures = {}
        self.targets = places(net, 50, SEED + 1)
        self.rng = np.random.default_rng(SEED + 2)

    def all(self) -> Figures:
        """Every task."""
        self.figures |= self._named({"nodes": self.net.nodes, "arcs": self.net.arcs})
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
        all_ = pairs(self.net, size.pairs)
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
            along = int(self.net.weight[np.asarray(arcs, dtype=np.int64)].sum())
            if cost < CLOSED and along != cost:
                raise Wrong(f"the arcs of a way cost {along}, not {cost}")
        return told

    def one_to_many(self) -> None:
        """One to 50, the targets pinned before."""
        size, ours, wheel = self._size, self.ours, self.wheel
        own = ours.pinned(np.asarray(self.targets, dtype=np.int32))
        pinned = wheel.pinned(self.targets)
        sources = [places(self.net, size.block, SEED + 10 + n) for n in range(size.rows)]
        arrays = [[np.asarray([each], dtype=np.int32) for each in block] for block in sources]
        entrants = (
            Entrant("ours", lambda n: ours.rows(own, arrays[n])),
            Entrant("wheel", lambda n: wheel.rows(pinned, sources[n])),
        )
        self._record("one_to_50", race(entrants, size.rows, _rows), size.block)

    def matrix(self) -> None:
        """Many to many, from nothing."""
        ours, wheel, many = self.ours, self.wheel, self._size.many
        lists = [(places(self.net, many, 100 + n), places(self.net, many, 200 + n)) for n in range(15)]
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
        sources = places(self.net, self._size.rounds, SEED + 3)
        arrays = [np.asarray([each], dtype=np.int32) for each in sources]
        entrants = (
            Entrant("ours", lambda n: ours.tree(arrays[n])),
            Entrant("wheel", lambda n: everywhere.distances_from(sources[n])),
        )
        self._record("one_to_all", race(entrants, self._size.rounds, _costs))

    def customise(self) -> None:
        """A whole new profile: every weight another."""
        ours, wheel, closed = self.ours, self.wheel, self.net.weight >= CLOSED
        factor = self.rng.uniform(0.5, 2, self.net.arcs)
        other = np.maximum(self.net.weight * factor, 1).astype(np.int32)
        profiles = [np.where(closed, CLOSED, each).astype(np.int32) for each in (other, self.net.weight)]
        lists = [shut(each.tolist()) for each in profiles]
        entrants = (
            Entrant("ours", lambda n: ours.customised(profiles[n % 2])),
            Entrant("wheel", lambda n: wheel.customised(lists[n % 2])),
        )
        self._record("customise", race(entrants, self._size.rounds, lambda _metric: None))

    def changes(self) -> None:
        """Shut arcs, or make them three times as dear; then one to 50 on fresh weights."""
        many = min(self._size.threat, self.net.arcs // 8)
        for arcs, name, weight in ((CLOSURE, "close400", _shut), (many, "threat40k", _tripled)):
            for spots, where in ((SPOTS, ""), (1, "_one_area"), (arcs, "_scattered")):
                task = Change(self, self._size.rounds, arcs, spots, weight)
                self._record(f"{name}{where}", task.run(task.anew))
        task = Change(self, self._size.rounds, CLOSURE, SPOTS, _shut)
        self._record("close400_in_a_row", task.run(task.onward, task.taken_back))
        task = Change(self, min(self._size.rounds, HELD), CLOSURE, SPOTS, _shut)
        self._record("close400_all_held", task.run(task.held))


class Change:
    """Arcs that change in each round, and what is asked then."""

    def __init__(
        self, both: Against, rounds: int, many: int, spots: int, weight: Callable[[Ints], Ints]
    ) -> None:
        self._net, self._ours, self._wheel, self._rounds = both.net, both.ours, both.wheel, rounds
        self._arcs = [both.net.spots(both.rng, many, spots) for _ in range(rounds)]
        self._old = [both.net.weight[each] for each in self._arcs]
        self._new = [weight(each) for each in self._old]
        self._sources = places(both.net, rounds, SEED + 4)
        self._targets = both.targets
        self._wanted = np.asarray(both.targets, dtype=np.int32)
        self._kept: list[Metric] = []

    def run(
        self, act: Callable[[int], object], after: Callable[[int], None] = nothing
    ) -> dict[str, list[float]]:
        """Ours, by one of the ways below, and the wheel, which changes its one metric in place and back."""
        there, back = self._updates(self._new), self._updates(self._old)
        entrants = (
            Entrant("ours", act, after),
            Entrant(
                "wheel",
                lambda n: self._wheel.after(there[n], self._sources[n], self._targets),
                lambda n: self._wheel.restore(back[n]),
            ),
        )
        return race(entrants, self._rounds, _costs)

    def _updates(self, weights: list[Ints]) -> list[dict[int, int]]:
        each = zip(self._arcs, weights, strict=True)
        return [dict(zip(arcs.tolist(), shut(new.tolist()), strict=True)) for arcs, new in each]

    def anew(self, n: int) -> Ints:
        """From one snapshot that stays; what comes of it is let go."""
        return self._ours.after(self._arcs[n], self._new[n], self._sources[n], self._wanted)

    def onward(self, n: int) -> Ints:
        """From the last snapshot, which is let go."""
        self._ours.metric, costs = self._next(n)
        return costs

    def taken_back(self, n: int) -> None:
        """The weights from before, by one more change."""
        self._ours.metric = self._ours.metric.changed(self._arcs[n], self._old[n])

    def held(self, n: int) -> Ints:
        """From one snapshot, and somebody holds on to all that came of it: no memory comes back."""
        changed, costs = self._next(n)
        self._kept.append(changed)
        return costs

    def _next(self, n: int) -> tuple[Metric, Ints]:
        return self._ours.next(self._arcs[n], self._new[n], self._sources[n], self._wanted)


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

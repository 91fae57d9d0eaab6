"""Turn restrictions of OpenStreetMap to forbidden sequences of road arcs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.terms import BACKWARD, BARRIER, FORWARD, VEHICLES, bound

_EVERY_MOTOR = frozenset(("vehicle", "motor_vehicle"))
_HOURS = ("restriction:conditional", "day_on", "day_off", "hour_on", "hour_off")
_MOST_VIA = 40  # stretches on a way in between; more is a mistake


class Restriction(NamedTuple):
    """One sign: ways by their OpenStreetMap number, the node in between or the ways in between, and its word.

    only: everything but the way to `into` is forbidden; u_turn: it is the way back that is forbidden; binds:
    bits of geo.terms.
    """

    out_of: tuple[int, ...]
    via_node: int | None
    via_ways: tuple[int, ...]
    into: tuple[int, ...]
    only: bool
    u_turn: bool
    binds: int


Member = tuple[str, str, int]
"""Role, type (n, w, r) and number of a member of a relation."""
Bans = dict[tuple[int, ...], int]
"""Bits of whom it binds, by forbidden sequence of road arcs."""


def read_restriction(
    tags: Mapping[str, str], members: Sequence[Member], told: Counter[str]
) -> Iterator[Restriction]:
    """The signs that a relation stands for; what is left out is counted by its reason in `told`."""
    if any(key in tags for key in _HOURS) or any(key.endswith(":conditional") for key in tags):
        told["at_some_hours"] += 1
        if "restriction" not in tags or any(key in tags for key in _HOURS[1:]):
            return
    parts = _parts(members)
    for word, binding in _words(tags):
        no, only = word.startswith("no_"), word.startswith("only_")
        if not binding:
            told["binds_others"] += 1
        elif not (no or only):
            told["unread"] += 1
        elif parts is None:
            told["incomplete"] += 1
        else:
            yield Restriction(*parts, only, word == "no_u_turn", binding)


def _parts(
    members: Sequence[Member],
) -> tuple[tuple[int, ...], int | None, tuple[int, ...], tuple[int, ...]] | None:
    out_of = tuple(ref for role, kind, ref in members if role == "from" and kind == "w")
    into = tuple(ref for role, kind, ref in members if role == "to" and kind == "w")
    nodes = [ref for role, kind, ref in members if role == "via" and kind == "n"]
    ways = tuple(ref for role, kind, ref in members if role == "via" and kind == "w")
    if not out_of or not into or bool(ways) == bool(nodes) or len(nodes) > 1:
        return None
    return out_of, nodes[0] if nodes else None, ways, into


def _words(tags: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Each word of a restriction and whom it binds."""
    excepted = {word.strip() for word in tags.get("except", "").split(";")}
    for key, word in tags.items():
        kind, _, vehicle = key.partition(":")
        if kind == "restriction" and vehicle != "conditional":
            vehicle = vehicle or tags.get("type", "").partition(":")[2]
            yield word.strip(), _binding(vehicle, excepted)


def _binding(vehicle: str, excepted: set[str]) -> int:
    if excepted & _EVERY_MOTOR:
        return 0
    every = not vehicle or vehicle in _EVERY_MOTOR
    return bound([each for each in VEHICLES if (every or each == vehicle) and each not in excepted], excepted)


@dataclass(frozen=True)
class Net:
    """A cut network as far as signs need it: way [m] rises, number [w] is each way's OpenStreetMap number."""

    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    flags: NDArray[np.int64]
    way: NDArray[np.int64]
    number: NDArray[np.int64]
    node_ref: NDArray[np.int64]  # [nodes of the extract, rising] their numbers; nodes of barriers come after


def resolved(net: Net, signs: Sequence[Restriction]) -> tuple[Bans, Counter[str]]:
    """Forbidden sequences of road arcs, and how many signs were kept or left out, by reason."""
    told: Counter[str] = Counter()
    find = _Finder(net, signs)
    bans: Bans = {}
    for sign in signs:
        ways = [path for a in sign.out_of for b in sign.into for path in find.paths(sign, a, b, told)]
        told["kept"] += bool(ways)
        for path in _forbidden(find, sign, ways):
            bans[path] = bans.get(path, 0) | sign.binds
    told["no_exit"] += _freed(find, bans)
    return _held(bans), told


def _forbidden(
    find: "_Finder", sign: Restriction, ways: Sequence[tuple[int, ...]]
) -> Iterator[tuple[int, ...]]:
    """The ways themselves, or all that leave them early when they are the only ones."""
    if not sign.only:
        yield from ways
        return
    onward: dict[tuple[int, ...], set[int]] = {}
    for path in ways:
        for k in range(1, len(path)):
            onward.setdefault(path[:k], set()).add(path[k])
    for begun, kept in onward.items():
        yield from ((*begun, arc) for arc in find.leaving(begun[-1]) if arc not in kept)


def _freed(find: "_Finder", bans: Bans) -> int:
    """Take back what leaves no way on from somewhere, by mistake; how many sequences that were."""
    after: dict[tuple[int, ...], set[int]] = {}
    for path in bans:
        after.setdefault(path[:-1], set()).add(path[-1])
    freed = 0
    for begun in sorted(after, key=lambda each: (len(each), each)):
        shut = set().union(*(after.get(begun[k:], ()) for k in range(len(begun))))
        exits = {arc for arc in find.leaving(begun[-1]) if find.driven(arc)}
        if exits and exits <= shut:
            for arc in after.pop(begun):
                del bans[(*begun, arc)]
                freed += 1
    return freed


def _held(bans: Bans) -> Bans:
    """The bans, and turning round on a way in between, which would shake a sequence off."""
    held = dict(bans)
    for path, binding in bans.items():
        for k in range(2, len(path)):
            back = (*path[:k], path[k - 1] ^ 1)
            held[back] = held.get(back, 0) | binding
    return held


class _Finder:
    """Looks up arcs of ways at nodes."""

    def __init__(self, net: Net, signs: Sequence[Restriction]) -> None:
        self._net = net
        order = np.argsort(net.number, kind="stable")
        self._numbers, self._index = net.number[order], order
        drawn = np.flatnonzero(net.flags & BARRIER == 0)
        self._plain = len(drawn)  # barrier stretches come after those of the ways
        self._out: dict[int, list[int]] = {}
        wanted = {ref for sign in signs for ref in (*sign.out_of, *sign.via_ways)}
        self._gather(wanted)

    def _gather(self, ways: set[int]) -> None:
        """Arcs that leave any node of these ways."""
        near = np.zeros(
            int(max(self._net.tail.max(initial=0), self._net.head.max(initial=0))) + 1, dtype=bool
        )
        for way in ways:
            part = self._stretches(way)
            near[self._net.tail[part]] = near[self._net.head[part]] = True
        ahead, back = np.flatnonzero(near[self._net.tail]) * 2, np.flatnonzero(near[self._net.head]) * 2 + 1
        arcs = np.sort(np.concatenate((ahead, back)))
        for node, arc in zip(self._tail(arcs).tolist(), arcs.tolist(), strict=True):
            self._out.setdefault(node, []).append(arc)

    def _tail(self, arcs: NDArray[np.int64]) -> NDArray[np.int64]:
        tails: NDArray[np.int64] = np.where(
            arcs % 2 == 0, self._net.tail[arcs // 2], self._net.head[arcs // 2]
        )
        return tails

    def _stretches(self, way: int) -> slice:
        at = int(np.searchsorted(self._numbers, way))
        if at == len(self._numbers) or self._numbers[at] != way:
            return slice(0, 0)
        drawn = self._net.way[: self._plain]
        index = int(self._index[at])
        return slice(int(np.searchsorted(drawn, index)), int(np.searchsorted(drawn, index, side="right")))

    def _arcs(self, way: int) -> list[int]:
        """The arcs of a way that may be driven."""
        part = self._stretches(way)
        return [arc for arc in range(2 * part.start, 2 * part.stop) if self.driven(arc)]

    def driven(self, arc: int) -> bool:
        """True when the signs of its way let vehicles drive the arc."""
        return bool(int(self._net.flags[arc // 2]) & (BACKWARD if arc % 2 else FORWARD))

    def start(self, arc: int) -> int:
        """Where an arc begins."""
        return int((self._net.head if arc % 2 else self._net.tail)[arc // 2])

    def leaving(self, arc: int) -> list[int]:
        """All arcs that leave the node where an arc ends."""
        return self._out.get(self.start(arc ^ 1), [])

    def paths(self, sign: Restriction, out_of: int, into: int, told: Counter[str]) -> list[tuple[int, ...]]:
        """The sequences that a sign speaks of between two of its ways; none, with a reason, if unclear."""
        coming, going = self._arcs(out_of), self._arcs(into)
        between = [self._arcs(way) for way in sign.via_ways]
        if not coming or not going or not all(between):
            told["incomplete"] += 1
            return []
        if sign.via_node is not None:
            found = self._at_node(sign, coming, going)
        else:
            found = self._along(coming, [arc for arcs in between for arc in arcs], going)
        if not found:
            told["unclear"] += 1
        return found

    def _at_node(self, sign: Restriction, coming: list[int], going: list[int]) -> list[tuple[int, ...]]:
        node = int(np.searchsorted(self._net.node_ref, sign.via_node or 0))
        if node == len(self._net.node_ref) or self._net.node_ref[node] != sign.via_node:
            return []
        first = [arc for arc in coming if self.start(arc ^ 1) == node]
        last = [arc for arc in going if self.start(arc) == node]
        if sign.u_turn and coming == going:
            return [(arc, arc ^ 1) for arc in first if arc ^ 1 in last]
        return [(first[0], last[0])] if len(first) == len(last) == 1 else []

    def _along(self, coming: list[int], between: list[int], going: list[int]) -> list[tuple[int, ...]]:
        """The shortest sequence of arcs of the ways in between that joins the other two."""
        before = {self.start(arc ^ 1): arc for arc in reversed(coming)}
        after = {self.start(arc): arc for arc in reversed(going)}
        ends = Counter([*(self.start(a ^ 1) for a in coming), *(~self.start(a) for a in going)])
        lines = [[arc] for arc in between if self.start(arc) in before]
        for _ in range(_MOST_VIA):
            whole = [line for line in lines if self.start(line[-1] ^ 1) in after]
            if whole:
                line = whole[0]
                begin, end = self.start(line[0]), self.start(line[-1] ^ 1)
                clear = len(whole) == 1 and ends[begin] == 1 and ends[~end] == 1
                return [(before[begin], *line, after[end])] if clear else []
            lines = [
                [*line, arc]
                for line in lines
                for arc in between
                if self.start(arc) == self.start(line[-1] ^ 1) and arc ^ 1 != line[-1] and arc not in line
            ]
        return []


def packed(bans: Bans) -> dict[str, NDArray[np.generic]]:
    """The arrays of geo.roads.Roads for these bans, in the order of their sequences."""
    order = sorted(bans)
    first = np.concatenate(([0], np.cumsum([len(path) for path in order]))).astype(np.int64)
    arcs = np.asarray([arc for path in order for arc in path], dtype=np.int32)
    return {"ban_first": first, "ban_arc": arcs, "ban_binds": np.asarray([bans[p] for p in order], np.uint16)}

"""The graph that obeys turn restrictions: nodes are split where the way one came by matters (vectorised)."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.profile import Profile
from geo.roads import Roads
from geo.terms import binds

Ints = NDArray[np.int64]
_Kind = TypeVar("_Kind", np.int64, np.uint16)
_NO = -1
_FREE = 0  # the state of one who has begun no forbidden sequence


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes and arcs to search. Node v below roads.nodes is the road's own; others are copies of it.

    tail, head, arc int32 [a]: graph arcs and the road arc (2e, 2e + 1) that each stands for; graph arc i
    below 2m is road arc i from the road's own node, so that without restrictions these are all there are.
    ban uint16 [a]: bits (geo.terms.binds) of those who may not drive it, 0 nobody. origin int32 [nodes]: the
    road node. first int32 [2m + 1], of int32 [a]: the graph arcs of road arc x are
    of[first[x] : first[x + 1]], rising.
    """

    nodes: int
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    arc: NDArray[np.int32]
    ban: NDArray[np.uint16]
    origin: NDArray[np.int32]
    first: NDArray[np.int32]
    of: NDArray[np.int32]

    def shut(self, profile: Profile) -> NDArray[np.bool_]:
        """Graph arcs [a] that turn restrictions close to a profile, whatever the road is like."""
        if profile.kind != "ground" or not profile.obeys_turns:
            return np.zeros(len(self.ban), dtype=bool)
        shut: NDArray[np.bool_] = (self.ban & np.uint16(binds(profile.vehicle, profile.exempt))) != 0
        return shut


def graph(roads: Roads) -> Graph:
    """The same graph for equal roads, for every profile. A copy of a node is a sequence that has been begun.

    Forbidden sequences are followed as Aho and Corasick (1975) look for words in a text: a state is what was
    driven last, as far as it begins a sequence; a sequence that is complete is a banned arc.
    """
    n, m = roads.nodes, roads.stretches
    tail, head = _both(roads.tail, roads.head), _both(roads.head, roads.tail)
    states = _States(roads)
    road = np.arange(2 * m)
    begun = states.child(np.full(2 * m, _FREE), road)
    heads = np.where(begun == _NO, head, n + begun - 1)
    origin = head[states.last[1:]]
    froms, arcs = _onward(tail, origin)
    after, ban = states.follow(froms + 1, arcs)
    every = np.concatenate((road, arcs))
    order = np.argsort(every, kind="stable")
    return Graph(
        n + len(origin),
        np.concatenate((tail, n + froms)).astype(np.int32),
        np.concatenate((heads, np.where(after == _FREE, head[arcs], n + after - 1))).astype(np.int32),
        every.astype(np.int32),
        np.concatenate((np.zeros(2 * m), ban)).astype(np.uint16),
        np.concatenate((np.arange(n), origin)).astype(np.int32),
        np.concatenate(([0], np.cumsum(np.bincount(every, minlength=2 * m)))).astype(np.int32),
        order.astype(np.int32),
    )


def _both(ahead: NDArray[np.int32], back: NDArray[np.int32]) -> Ints:
    return np.column_stack((ahead, back)).ravel().astype(np.int64)


def _onward(tail: Ints, origin: Ints) -> tuple[Ints, Ints]:
    """For each copied node, in order: its index, once for each road arc that leaves it, and that arc."""
    near = np.zeros(int(tail.max(initial=0)) + 1, dtype=bool)
    near[origin] = True
    arcs = np.flatnonzero(near[tail])
    arcs = arcs[np.argsort(tail[arcs], kind="stable")]
    begin, end = (np.searchsorted(tail[arcs], origin, side=side) for side in ("left", "right"))
    many = end - begin
    froms = np.repeat(np.arange(len(origin)), many)
    within = np.arange(len(froms)) - np.repeat(np.cumsum(many) - many, many)
    return froms, arcs[begin[froms] + within]


class _States:
    """The automaton: state 0 is free, every other the beginning of a sequence; all arrays by state.

    last: the arc that was driven last; back: the longest other state that the same driving has begun.
    """

    def __init__(self, roads: Roads) -> None:
        self._wide = 2 * max(1, roads.stretches)
        self._key, self._to = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        self._end, self._binds = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint16)
        first = roads.ban_first.astype(np.int64)
        size, arcs = np.diff(first), roads.ban_arc.astype(np.int64)
        self.last, self.back = np.full(1, _NO, dtype=np.int64), np.zeros(1, dtype=np.int64)
        state = np.zeros(len(size), dtype=np.int64)
        self._longest = int(size.max(initial=1)) - 1
        for step in range(self._longest):
            going = np.flatnonzero(size > step + 1)
            state[going] = self._grow(state[going], arcs[first[going] + step])
        self._end, at = np.unique(state * self._wide + arcs[first[1:] - 1], return_inverse=True)
        self._binds = np.zeros(len(self._end), dtype=np.uint16)
        np.bitwise_or.at(self._binds, at, roads.ban_binds)

    def _grow(self, state: Ints, arc: Ints) -> Ints:
        """One more level: the states after these arcs."""
        key, at = np.unique(state * self._wide + arc, return_inverse=True)
        parent, last = key // self._wide, key % self._wide
        fresh = len(self.last) + np.arange(len(key))
        back = np.where(parent == _FREE, _FREE, self.follow(self.back[parent], last)[0])
        self.last, self.back = np.append(self.last, last), np.append(self.back, back)
        keys, to = np.append(self._key, key), np.append(self._to, fresh)
        order = np.argsort(keys)
        self._key, self._to = keys[order], to[order]
        grown: Ints = fresh[at]
        return grown

    def child(self, state: Ints, arc: Ints) -> Ints:
        """The state that a sequence goes on to, -1 where none does."""
        return _found(self._key, self._to, state * self._wide + arc, _NO)

    def follow(self, state: Ints, arc: Ints) -> tuple[Ints, NDArray[np.uint16]]:
        """The state after driving an arc, and whom the arc is banned to there."""
        here, after = state.copy(), self.child(state, arc)
        ban = np.zeros(len(state), dtype=np.uint16)
        while True:
            ban |= _found(self._end, self._binds, here * self._wide + arc, 0)
            more = here != _FREE
            if not more.any():
                break
            here = self.back[here]
            after = np.where(after == _NO, self.child(here, arc), after)
        return np.where(after == _NO, _FREE, after), ban


def _found(keys: Ints, values: NDArray[_Kind], wanted: Ints, otherwise: int) -> NDArray[_Kind]:
    """The value beside each wanted key, `otherwise` where there is none; keys rise."""
    given = np.full(len(wanted), otherwise, dtype=values.dtype)
    if len(keys):
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        same = keys[at] == wanted
        given[same] = values[at[same]]
    return given

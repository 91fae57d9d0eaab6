"""The other way to obey turn restrictions: every arc a node, every allowed turn an arc; plain Python."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
State = tuple[int, ...]


@dataclass(frozen=True)
class Expanded:
    """States that one can be in: each road arc, and what was driven last where a longer ban has begun.

    tail, head, arc int32 [t]: an allowed turn from a state to a state, and the road arc driven after it;
    last int32 [states]: the road arc of a state. The states of road arcs come first, as numbered.
    """

    tail: Ints
    head: Ints
    arc: Ints
    last: Ints


def expanded(tail: Ints, head: Ints, bans: set[State]) -> Expanded:
    """Turns between the arcs of a graph, tail and head [a], without those that end a banned sequence."""
    begun = {ban[:k] for ban in bans for k in range(2, len(ban))}
    states: list[State] = [(arc,) for arc in range(len(tail))] + sorted(begun)
    number = {state: place for place, state in enumerate(states)}
    concerned = {arc for ban in bans for arc in ban}
    onward: dict[int, list[int]] = defaultdict(list)
    for arc, node in enumerate(tail.tolist()):
        onward[node].append(arc)
    turns: list[tuple[int, int, int]] = []
    ends = head.tolist()
    for place, state in enumerate(states):
        for arc in onward[ends[state[-1]]]:
            if arc not in concerned:
                turns.append((place, arc, arc))
                continue
            driven = [(*state, arc)[k:] for k in range(len(state) + 1)]  # the longest first
            if not any(each in bans for each in driven):
                turns.append((place, next(number[each] for each in driven if each in number), arc))
    columns = np.asarray(turns, dtype=np.int32).reshape(-1, 3).T
    last = np.asarray([state[-1] for state in states], dtype=np.int32)
    return Expanded(*(np.ascontiguousarray(each) for each in columns), last)

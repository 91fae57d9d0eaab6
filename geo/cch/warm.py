"""Compiles every kernel for this machine: `python -m geo.cch.warm`, run at install; once done, a second."""

import sys
from collections.abc import Callable
from functools import cache

import numpy as np

from geo.cch import query
from geo.cch.compiled import compiled_now
from geo.cch.metric import INF, Metric, customise
from geo.cch.order import rank
from geo.cch.summing import sums
from geo.cch.topology import Topology, topology

COMPILING = "compiling the routing kernels for this machine, once: about half a minute"


def warm(tell: Callable[[str], None]) -> bool:
    """Load all kernels, compiling what is not on disk; tells so as soon as it is seen. True if any was."""
    told = False
    for act in _acts():
        act()
        if not told and compiled_now():
            told = True
            tell(COMPILING)
    return told


@cache
def once(tell: Callable[[str], None]) -> bool:
    """The same, the first time that this process asks."""
    return warm(tell)


def _acts() -> list[Callable[[], object]]:
    """Every kernel at work on three nodes, in steps."""
    tail, head = np.array([0, 1, 2, 1], np.int32), np.array([1, 2, 1, 0], np.int32)
    made: list[Topology] = []
    found: list[Metric] = []
    ends = np.array([0]), np.array([2])
    pairs, columns = np.zeros((1, 2), np.int32), np.ones((4, 1))
    return [
        lambda: made.append(topology(3, tail, head, rank(3, tail, head))),
        lambda: found.append(customise(made[0], [1, 1, 1, 1])),
        lambda: found.append(found[0].changed([0], [INF])),
        lambda: query.cost(found[0], 0, 2),
        lambda: query.path(found[0], 0, 2),
        lambda: query.matrix(query.pin(found[0], ends[0]), query.pin(found[0], ends[1], reverse=True)),
        lambda: query.from_few(found[0], ends[0], query.choose(made[0], ends[1])),
        lambda: query.one_to_all(found[0], [0]),
        lambda: sums(found[0], *ends, pairs, columns),
        lambda: made[0].parts,
    ]


def _say(line: str) -> None:
    sys.stderr.write(f"-- {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    warm(_say)

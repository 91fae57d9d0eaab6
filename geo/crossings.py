"""Barriers and fords at nodes become stretches of no length between roads that meet there (vectorised)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_LIKE = ("highway", "surface", "name", "ref", "source")  # as the road beside it
_NOTHING = ("maxspeed", "smoothness", "metres", "fixed_s")


def with_barriers(
    columns: Mapping[str, Any], used: Ints, node: Ints, barriers: Mapping[str, Any]
) -> dict[str, Any]:
    """Columns of stretches with a star of stretches of no length at each node that is a barrier.

    used [n] are the rising numbers of the nodes, node [b] those of the barriers, which have a column of
    `barriers` each. The end of every road that meets there moves to a node of its own; where two roads meet,
    one stretch joins them, else one leads from the middle to each. New nodes come after the others.
    """
    spokes, kind, keeps = _spokes(columns, used, node)
    if not len(spokes):
        return dict(columns)
    m, n = len(columns["tail"]), len(used)
    ends = np.concatenate((columns["tail"], columns["head"]))
    centre, fresh = ends[spokes], n + np.arange(len(spokes))
    ends[spokes] = fresh
    made = {**columns, "tail": np.append(ends[:m], centre), "head": np.append(ends[m:], fresh)}
    for name in ("node_x", "node_y"):
        made[name] = np.append(columns[name], np.asarray(columns[name])[centre])
        side = np.asarray(columns[name])[centre]
        shape = f"shape{name[4:]}"
        made[shape] = np.append(columns[shape], np.repeat(side, 2))
    total = columns["shape_first"][-1]
    made["shape_first"] = np.append(columns["shape_first"], total + 2 * np.arange(1, len(spokes) + 1))
    beside = keeps % m
    for name in _LIKE:
        made[name] = np.append(columns[name], np.asarray(columns[name])[beside])
    for name in _NOTHING:
        made[name] = np.append(columns[name], np.zeros(len(spokes), dtype=np.asarray(columns[name]).dtype))
    for name, values in barriers.items():
        made[name] = np.append(columns[name], np.asarray(values)[kind])
    return made


def _spokes(columns: Mapping[str, Any], used: Ints, node: Ints) -> tuple[Ints, Ints, Ints]:
    """Road ends that move away (tails 0 to m - 1, heads from m on), their barrier, and the end beside it."""
    none = np.empty(0, dtype=np.int64)
    if not len(node) or not len(used):
        return none, none, none
    at = np.minimum(np.searchsorted(used, node), len(used) - 1)
    barrier = np.full(len(used), -1)
    found = used[at] == node
    barrier[at[found]] = np.flatnonzero(found)
    ends = np.concatenate((columns["tail"], columns["head"]))
    there = np.flatnonzero(barrier[ends] >= 0)
    there = there[np.argsort(ends[there], kind="stable")]
    _, first, many = np.unique(ends[there], return_index=True, return_counts=True)
    meeting = np.repeat(many, many)
    foremost = np.zeros(len(there), dtype=bool)
    foremost[first] = True
    moved = there[(meeting > 2) | (meeting == 2) & ~foremost]
    return moved, barrier[ends[moved]], moved

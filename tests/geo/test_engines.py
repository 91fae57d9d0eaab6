"""The three engines: equal to the last unit on graphs of every shape, whole and after changes."""

import os
import subprocess
import sys

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.ends import INF, NONE, Ends, ends
from geo.engines import ENGINES, making
from geo.ground import Ground
from geo.turns import Graph
from tests.geo.conftest import ROOT

WEIGHTS = st.one_of(st.integers(1, 9), st.integers(1, 10**6), st.sampled_from([INF, INF - 1, INF // 2]))


@st.composite
def graphs(draw):
    """Nodes and arcs: loops, parallel arcs, pieces apart, closed arcs and arcs as heavy as can be."""
    nodes = draw(st.integers(1, 9))
    node = st.integers(0, nodes - 1)
    return nodes, draw(st.lists(st.tuples(node, node, WEIGHTS), max_size=30))


def places(draw, nodes: int) -> Ends:
    """Up to three places, some of which meet the graph nowhere."""
    count = draw(st.integers(0, 3))
    if not count:
        return ends(0, [])
    port = st.tuples(st.integers(0, count - 1), st.integers(0, nodes - 1), st.integers(0, 50))
    return ends(count, draw(st.lists(port, max_size=6)))


def ground_of(nodes: int, arcs: list[tuple[int, int, int]]) -> Ground:
    tail, head, _ = (np.asarray(column, dtype=np.int32) for column in zip(*arcs, strict=True)) if arcs else (
        np.zeros(0, np.int32),
    ) * 3  # fmt: skip
    own = np.arange(len(arcs), dtype=np.int32)
    first = np.arange(len(arcs) + 1, dtype=np.int32)
    free = np.zeros(len(arcs), np.uint16)
    return Ground(Graph(nodes, tail, head, own, free, np.arange(nodes, dtype=np.int32), first, own))


def weights_of(arcs) -> np.ndarray:
    return np.asarray([weight for _, _, weight in arcs], dtype=np.int32)


def least(nodes: int, arcs, starts: dict[int, int]) -> list[int]:
    """Bellman and Ford, in plain numbers."""
    cost = [starts.get(node, INF) for node in range(nodes)]
    for _ in range(nodes):
        for tail, head, weight in arcs:
            if weight < INF and cost[tail] < INF:
                cost[head] = min(cost[head], cost[tail] + weight, INF)
    return cost


def expected(nodes: int, arcs, sources: Ends, targets: Ends) -> np.ndarray:
    found = np.full((sources.places, targets.places), INF, dtype=np.int64)
    for i, node, before in zip(*(each.tolist() for each in sources[1:]), strict=True):
        cost = least(nodes, arcs, {node: 0})
        for j, end, after in zip(*(each.tolist() for each in targets[1:]), strict=True):
            if cost[end] < INF:
                found[i, j] = min(found[i, j], before + cost[end] + after)
    return found


@given(st.data(), graphs())
@settings(max_examples=2500, deadline=None)
def test_tables_ways_and_trees_are_equal_to_the_last_unit(data, given_graph):
    nodes, arcs = given_graph
    ground, weights = ground_of(nodes, arcs), weights_of(arcs)
    sources, targets = places(data.draw, nodes), places(data.draw, nodes)
    wanted = expected(nodes, arcs, sources, targets)
    columns = np.stack((weights.astype(float), np.ones(len(weights))))
    starts = {node: min(o for _, n, o in rows(sources) if n == node) for _, node, _ in rows(sources)}
    for name in ENGINES:
        engine = making(name)(ground, weights)
        cells = engine.table(sources, targets, columns)
        assert cells.cost.tolist() == wanted.tolist(), name
        check_cells(cells, sources, targets)
        assert engine.tree(sources).tolist() == least(nodes, arcs, starts), name
        turned = [(head, tail, weight) for tail, head, weight in arcs]
        assert engine.tree(sources, reverse=True).tolist() == least(nodes, turned, starts), name
        check_paths(engine, (nodes, arcs), (sources, targets), cells)


def rows(one: Ends) -> list[tuple[int, int, int]]:
    return list(zip(*(each.tolist() for each in one[1:]), strict=True))


def check_cells(cells, sources: Ends, targets: Ends) -> None:
    """Ports belong to their places; what the ways add up to is what they cost."""
    for i, j in np.ndindex(cells.cost.shape):
        if cells.cost[i, j] >= INF:
            assert cells.source[i, j] == cells.target[i, j] == NONE
            assert cells.sums[:, i, j].tolist() == [0, 0]
            continue
        s, t = cells.source[i, j], cells.target[i, j]
        assert sources.place[s] == i and targets.place[t] == j
        assert cells.sums[0, i, j] + sources.offset[s] + targets.offset[t] == cells.cost[i, j]


def check_paths(engine, graph, sides, cells) -> None:
    arcs = graph[1]
    for i, j in np.ndindex(cells.cost.shape):
        one, other = only(sides[0], i), only(sides[1], j)
        way = engine.path(one, other)
        if cells.cost[i, j] >= INF:
            assert way is None
            continue
        at, spent = int(one.node[way.source]), int(one.offset[way.source] + other.offset[way.target])
        for arc in way.arcs.tolist():
            assert arcs[arc][0] == at
            at, spent = arcs[arc][1], spent + arcs[arc][2]
        assert at == other.node[way.target] and spent == way.cost == cells.cost[i, j]


def only(one: Ends, place: int) -> Ends:
    return ends(1, [(0, node, offset) for at, node, offset in rows(one) if at == place])


@given(st.data(), graphs())
@settings(max_examples=600, deadline=None)
def test_a_changed_engine_is_one_made_anew_and_the_former_stays(data, given_graph):
    nodes, arcs = given_graph
    ground, weights = ground_of(nodes, arcs), weights_of(arcs)
    every = ends(nodes, [(node, node, 0) for node in range(nodes)])
    chosen = np.asarray(
        data.draw(st.lists(st.integers(0, max(0, len(arcs) - 1)), unique=True)), dtype=np.int64
    )
    chosen = chosen[chosen < len(arcs)]
    fresh = np.asarray([data.draw(WEIGHTS) for _ in chosen], dtype=np.int32)
    after = weights.copy()
    after[chosen] = fresh
    for name in ENGINES:
        engine = making(name)(ground, weights)
        before = engine.table(every, every).cost
        changed = engine.changed(chosen, fresh)
        assert changed.weights.tolist() == after.tolist()
        assert (
            changed.table(every, every).cost == making(name)(ground, after).table(every, every).cost
        ).all()
        back = changed.changed(chosen, weights[chosen])
        assert (back.table(every, every).cost == before).all() and (back.weights == weights).all()
        assert (engine.table(every, every).cost == before).all() and (engine.weights == weights).all()


def test_places_without_ports_and_no_places():
    ground = ground_of(2, [(0, 1, 5)])
    for name in ENGINES:
        engine = making(name)(ground, np.asarray([5], dtype=np.int32))
        nowhere, here = ends(2, []), ends(1, [(0, 0, 7)])
        assert engine.table(nowhere, here).cost.tolist() == [[INF], [INF]]
        assert engine.table(here, nowhere).cost.tolist() == [[INF, INF]]
        assert engine.table(ends(0, []), here).cost.shape == (0, 1)
        assert engine.path(ends(1, []), here) is None
        assert engine.tree(ends(1, [])).tolist() == [INF, INF]
        assert engine.tree(here).tolist() == [7, 12]


def test_without_compiled_code_scipy_answers_and_it_is_told():
    line = (
        "import logging; logging.basicConfig(); from geo.engines import making; print(making('cch').__name__)"
    )
    told = subprocess.run(
        [sys.executable, "-c", line], env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert told.stdout.strip() == "ScipyEngine"
    assert "a hundred times slower" in told.stderr

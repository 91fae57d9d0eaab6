"""The hierarchy against scipy's Dijkstra and another engine: costs, ways, snapshots, threads, bad input."""

import gc
import threading

import numpy as np
import pytest
import routingkit_cch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.cch.metric import INF, Metric, customise
from geo.cch.order import rank
from geo.cch.query import choose, cost, from_few, matrix, one_to_all, path, pin
from geo.cch.summing import sums
from geo.cch.topology import topology
from geo.errors import GeoError


@st.composite
def graphs(draw):
    """Nodes, arcs with parallels and loops, weights of which some are closed, few enough for many ties."""
    nodes = draw(st.integers(1, 14))
    ends = st.integers(0, nodes - 1)
    arcs = draw(st.lists(st.tuples(ends, ends, st.integers(1, 9) | st.just(INF)), max_size=40))
    columns = np.array(arcs, dtype=np.int64).reshape(-1, 3)
    tail, head, weights = (columns[:, k].astype(np.int32) for k in range(3))
    return nodes, tail, head, weights


def least(nodes, tail, head, weights) -> np.ndarray:
    """Least weights between all nodes by Dijkstra; INF without a way."""
    dense = np.full((nodes, nodes), np.inf)
    for a, b, w in zip(tail, head, weights, strict=True):
        if a != b and w < INF:
            dense[a, b] = min(dense[a, b], w)
    rows, cols = np.nonzero(np.isfinite(dense))
    found = dijkstra(csr_array((dense[rows, cols], (rows, cols)), shape=(nodes, nodes)))
    return np.where(np.isfinite(found), found, INF).astype(np.int64)


def made(nodes, tail, head, weights, order=None) -> Metric:
    return customise(
        topology(nodes, tail, head, rank(nodes, tail, head) if order is None else order), weights
    )


def grid(side: int, seed: int = 1):
    """A grid of streets, both ways, some missing, with weights that differ by direction."""
    chance, at = np.random.default_rng(seed), np.arange(side * side).reshape(side, side)
    ends = np.concatenate(
        [np.stack((at[:, :-1], at[:, 1:]), -1).reshape(-1, 2), np.stack((at[:-1], at[1:]), -1).reshape(-1, 2)]
    )
    ends = ends[chance.random(len(ends)) < 0.85]
    tail, head = (np.concatenate((ends[:, k], ends[:, 1 - k])).astype(np.int32) for k in (0, 1))
    return side * side, tail, head, chance.integers(50, 5000, len(tail)).astype(np.int32)


@given(graphs(), st.randoms(use_true_random=False))
@settings(max_examples=1500, deadline=None)
def test_every_question_has_the_oracles_answer_under_any_order(graph, chance):
    nodes, tail, head, weights = graph
    order = np.array(chance.sample(range(nodes), nodes), dtype=np.int32)
    metric, expected = made(*graph, order), least(*graph)
    every = np.arange(nodes)
    assert (matrix(pin(metric, every), pin(metric, every, reverse=True)) == expected).all()
    some = [*every[::2], *every[:1]]  # one of them twice, in no order of the hierarchy
    chosen = choose(metric.topology, some)
    assert (from_few(metric, every, chosen) == expected[:, some]).all()
    assert (from_few(metric, every, chosen, reverse=True) == expected[some].T).all()
    for s in range(nodes):
        assert (one_to_all(metric, [s]) == expected[s]).all()
        assert (one_to_all(metric, [s], reverse=True) == expected[:, s]).all()
        for t in range(nodes):
            assert cost(metric, s, t) == expected[s, t]
            found, arcs = path(metric, s, t)
            assert found == expected[s, t]
            if found < INF:
                assert weights[arcs].sum() == found
                assert [s, *head[arcs]] == [*tail[arcs], t]


@given(graphs(), st.lists(st.tuples(st.integers(0, 39), st.integers(1, 9) | st.just(INF)), max_size=12))
@settings(max_examples=1500, deadline=None)
def test_partial_customisation_is_the_full_one(graph, changes):
    weights = graph[3]
    new = {a % len(weights): w for a, w in changes} if len(weights) else {}
    before = made(*graph)
    kept = [each.copy() for each in before.pages]
    after = before.changed(list(new), list(new.values()))
    wanted = weights.copy()
    wanted[list(new)] = list(new.values())
    full = customise(before.topology, wanted)
    assert (after.pages.both == full.pages.both).all()
    assert (after.weights == wanted).all()
    assert all((old == now).all() for old, now in zip(kept, before.pages, strict=True))


@pytest.mark.parametrize("share", [0.001, 0.02, 0.5])
def test_partial_is_full_on_a_town_whether_little_changes_or_most(share):
    nodes, tail, head, weights = grid(60)
    metric, chance = made(nodes, tail, head, weights), np.random.default_rng(3)
    for _ in range(4):
        arcs = np.flatnonzero(chance.random(len(tail)) < share)
        new = np.where(chance.random(len(arcs)) < 0.3, INF, chance.integers(1, 9000, len(arcs)))
        metric = metric.changed(arcs, new)
        assert (metric.pages.both == customise(metric.topology, metric.weights).pages.both).all()


def test_a_thousand_closures_laid_and_lifted_leave_no_trace():
    nodes, tail, head, weights = grid(30)
    first = made(nodes, tail, head, weights)
    metric, chance, closed = first, np.random.default_rng(7), set()
    for _ in range(1000):
        arc = int(chance.integers(len(tail)))
        metric = metric.changed([arc], [weights[arc] if arc in closed else INF])
        closed ^= {arc}
    back = list(closed)
    metric = metric.changed(back, weights[back])
    assert (metric.pages.both == first.pages.both).all()
    assert (metric.weights == weights).all()


def test_every_one_of_a_thousand_lifts_brings_the_first_snapshot_back():
    nodes, tail, head, weights = grid(30)
    first = metric = made(nodes, tail, head, weights)
    chance, both = np.random.default_rng(13), first.pages.both.copy()
    for _ in range(1000):
        arcs = chance.choice(len(tail), int(chance.integers(1, 40)), replace=False)
        closed = metric.changed(arcs, np.full(len(arcs), INF))
        assert (closed.pages.both != both).any()
        metric = closed.changed(arcs, weights[arcs])
        assert (metric.pages.both == both).all()
        assert (metric.weights == weights).all()
    assert (first.pages.both == both).all()


def test_snapshots_that_somebody_holds_keep_their_weights_when_memory_is_used_again():
    nodes, tail, head, weights = grid(20)
    base, chance, held = made(nodes, tail, head, weights), np.random.default_rng(11), []
    metric = base
    for turn in range(60):
        arcs = chance.choice(len(tail), 5, replace=False)
        metric = (base if turn % 7 == 0 else metric).changed(arcs, np.full(5, INF))
        if turn % 4 == 0:
            held.append((metric, metric.weights, metric.pages.both.copy()))
        if turn % 10 == 0:
            gc.collect()
    for each, its, both in held:
        assert (each.weights == its).all()
        assert (each.pages.both == both).all()
        assert (customise(each.topology, its).pages.both == both).all()


def test_readers_never_see_a_mixture_while_closures_are_laid():
    nodes, tail, head, weights = grid(24)
    base = made(nodes, tail, head, weights)
    current, stop, wrong, asked = [base], threading.Event(), [], [0] * 4
    ends = np.arange(0, nodes, 40)

    def read(reader: int) -> None:
        while not stop.is_set():
            metric = current[0]
            found = matrix(pin(metric, ends), pin(metric, ends, reverse=True))
            _, arcs = path(metric, int(ends[0]), int(ends[-1]))
            spent = int(metric.weights[arcs].sum()) if len(arcs) else INF
            again = matrix(pin(metric, ends), pin(metric, ends, reverse=True))
            if spent != found[0, -1] or (found != again).any():
                wrong.append(reader)
            asked[reader] += 1

    readers = [threading.Thread(target=read, args=(k,)) for k in range(4)]
    for each in readers:
        each.start()
    chance = np.random.default_rng(5)
    for turn in range(1000):
        arc = int(chance.integers(len(tail)))
        current[0] = (base if turn % 50 == 0 else current[0]).changed([arc], [INF])
    stop.set()
    for each in readers:
        each.join()
    assert not wrong
    assert min(asked) > 0


def test_another_engine_agrees_on_a_town():
    nodes, tail, head, weights = grid(50)
    metric = made(nodes, tail, head, weights)
    theirs = routingkit_cch.CCH(metric.topology.node.tolist(), tail.tolist(), head.tolist(), False)
    query = routingkit_cch.CCHQuery(routingkit_cch.CCHMetric(theirs, weights.tolist()))
    chance = np.random.default_rng(2)
    for s, t in chance.integers(0, nodes, (500, 2)).tolist():
        found = query.run(s, t).distance
        assert cost(metric, s, t) == (INF if found is None else found)


def test_columns_add_up_along_the_ways_of_pairs():
    nodes, tail, head, weights = grid(25)
    metric, chance = made(nodes, tail, head, weights), np.random.default_rng(4)
    sources, targets = chance.integers(0, nodes, 9), chance.integers(0, nodes, 7)
    cells = matrix(pin(metric, sources), pin(metric, targets, reverse=True))
    pairs = np.argwhere(cells < INF).astype(np.int32)
    columns = np.stack((weights, np.ones(len(weights))), axis=1).astype(np.float64)
    found = sums(metric, sources, targets, pairs, columns)
    assert (found[:, 0] == cells[pairs[:, 0], pairs[:, 1]]).all()
    lengths = [len(path(metric, sources[i], targets[j])[1]) for i, j in pairs]
    assert np.count_nonzero(found[:, 1] == lengths) > 0.9 * len(pairs)  # ties may be broken otherwise


def test_weights_and_arcs_that_are_none_are_refused_and_nothing_changes():
    nodes, tail, head, weights = grid(6)
    metric = made(nodes, tail, head, weights)
    for arcs, new in [
        ([0], [0]),
        ([0], [-5]),
        ([0], [INF + 1]),
        ([0], [2**40]),
        ([len(tail)], [1]),
        ([-1], [1]),
    ]:
        with pytest.raises(GeoError):
            metric.changed(arcs, new)
    for wrong in (weights[:-1], np.zeros_like(weights), np.full(len(weights), 2**31)):
        with pytest.raises(GeoError):
            customise(metric.topology, wrong)
    assert (metric.weights == weights).all()


def test_weights_near_the_limit_do_not_overflow():
    nodes, tail, head = 4, np.array([0, 1, 2], np.int32), np.array([1, 2, 3], np.int32)
    metric = made(nodes, tail, head, [INF - 1, INF - 1, 5])
    assert [cost(metric, s, t) for s, t in ((0, 1), (0, 2), (0, 3), (1, 3), (3, 0))] == [
        INF - 1, INF, INF, INF, INF,
    ]  # fmt: skip
    assert one_to_all(metric, [0]).tolist() == [0, INF - 1, INF, INF]


@pytest.mark.parametrize("nodes", [0, 1, 3])
def test_a_network_without_arcs(nodes):
    none = np.empty(0, np.int32)
    metric = made(nodes, none, none, none)
    assert one_to_all(metric, list(range(nodes))[:1]).tolist() == ([0] + [INF] * (nodes - 1) if nodes else [])


def test_a_way_of_many_shortcuts_within_each_other_is_unpacked_whole():
    """Nodes along one road, contracted from one end to the other: every shortcut lies in the next."""
    nodes = 5000
    tail, head = np.arange(nodes - 1, dtype=np.int32), np.arange(1, nodes, dtype=np.int32)
    order = np.concatenate(([nodes - 1], np.arange(nodes - 1))).astype(np.int32)
    metric = made(nodes, tail, head, np.ones(nodes - 1, np.int32), order)
    found, arcs = path(metric, 0, nodes - 1)
    assert found == nodes - 1
    assert arcs.tolist() == list(range(nodes - 1))

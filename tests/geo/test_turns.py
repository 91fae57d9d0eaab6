"""The graph of split nodes: against arcs as states, a plain reading of sequences, and its own promises."""

import heapq
import math
import random
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.costs import costs
from geo.ends import INF, alone
from geo.roads import DEGREES, Roads, build
from geo.routing import Router
from geo.terms import ACCESS_CODE, CLASS_CODE, EVERYBODY, EXEMPT, SURFACE_CODE, VEHICLES, binds, bound
from geo.turns import Graph, graph
from tests.geo.conftest import EXTRACTS, shared
from tests.geo.expanded import Expanded
from tests.geo.oracle import node as place
from tests.geo.walked import Walked


@pytest.mark.parametrize(
    ("name", "profile", "sources"),
    [("andorra-2016", "ambulance", 2), ("andorra-2023", "truck", 2), ("porto", "ambulance", 1)],
)
def test_ways_agree_with_arcs_as_states(extract, profiles, name, profile, sources):
    roads, expanded = extract(name), Expanded(shared("osm", EXTRACTS[name]), profiles[profile])
    router, chance = Router(roads, {profile: profiles[profile]}), random.Random(11)
    by_place = {(round(x / DEGREES), round(y / DEGREES)): ref for ref, (x, y) in expanded.place.items()}
    where = list(zip(roads.node_x.tolist(), roads.node_y.tolist(), strict=True))
    many, split = Counter(where), graph(roads)
    open_ = np.flatnonzero(costs(roads, profiles[profile], "dry").passable)
    alone = [n for n in np.unique(roads.tail[open_]).tolist() if many[where[n]] == 1]
    # places beside turn restrictions, where the two could differ
    near = sorted({int(n) for n in split.origin[roads.nodes :]} & set(alone))
    compared = 0
    for origin in chance.sample(near, min(sources, len(near))) + chance.sample(alone, sources):
        targets = chance.sample(alone, 60) + chance.sample(near, min(60, len(near)))
        wanted = [by_place[where[each]] for each in targets]
        found = expanded.least(by_place[where[origin]], set(wanted))
        table = router.table([place(roads, origin)], [place(roads, each) for each in targets], profile)
        for ref, ours in zip(wanted, table.seconds_p50[0].tolist(), strict=True):
            if ref in found:  # else the Router may walk to another road
                assert ours == pytest.approx(found[ref], rel=1e-4, abs=0.1), (origin, ref)
                compared += 1
    assert compared > 100


def test_turn_restrictions_matter_on_real_roads(extract, profiles):
    """The same search without them is quicker somewhere: what the test above compares is not nothing."""
    roads = extract("porto")
    with_signs = graph(roads)
    assert with_signs.nodes - roads.nodes > 250
    assert len(with_signs.arc) / (2 * roads.stretches) < 1.02
    banned = np.flatnonzero(with_signs.shut(profiles["ambulance"]))
    assert len(banned) > 300
    assert not with_signs.shut(profiles["litter-team"]).any()


def network(ends: list[tuple[int, int]], bans: dict[tuple[int, ...], int], **more: object) -> Roads:
    """Primary roads between numbered nodes; `more` columns take the place of those made here."""
    m, n = len(ends), max(max(pair) for pair in ends) + 1
    order = sorted(bans)
    columns = {name: np.zeros(m) for name in ("maxspeed", "fixed_s", "name", "ref", "source")}
    columns |= {"highway": np.full(m, CLASS_CODE["primary"]), "surface": np.full(m, SURFACE_CODE["paved"])}
    columns |= dict.fromkeys(("motor", "foot"), np.full(m, ACCESS_CODE["yes"]))
    columns |= {"flags": np.full(m, 3), "metres": 100.0 + 17.0 * np.arange(m)}
    columns |= {"tail": [a for a, _ in ends], "head": [b for _, b in ends]}
    columns |= {"node_x": np.arange(n), "node_y": np.arange(n), "shape_first": 2 * np.arange(m + 1)}
    columns |= dict.fromkeys(("shape_x", "shape_y"), np.zeros(2 * m))
    columns |= {"ban_first": np.concatenate(([0], np.cumsum([len(path) for path in order])))}
    columns |= {
        "ban_arc": [arc for path in order for arc in path],
        "ban_binds": [bans[path] for path in order],
    }
    return build({**columns, **more, "texts": [""]}, {})


@st.composite
def networks(draw) -> Roads:
    """A few roads and sequences of arcs that follow one another, forbidden to somebody."""
    n = draw(st.integers(2, 6))
    end = st.integers(0, n - 1)
    ends = [*((i, i + 1) for i in range(n - 1)), *draw(st.lists(st.tuples(end, end), max_size=7))]
    return network(ends, draw(signs(ends)))


@st.composite
def signs(draw, ends: list[tuple[int, int]]) -> dict[tuple[int, ...], int]:
    """Sequences of arcs that follow one another, and whom each binds."""
    start = [pair[side] for pair in ends for side in (0, 1)]
    bans = {}
    for _ in range(draw(st.integers(0, 6))):
        path = [draw(st.integers(0, len(start) - 1))]
        for _ in range(draw(st.integers(1, 3))):
            here = start[path[-1] ^ 1]
            path.append(draw(st.sampled_from([arc for arc, node in enumerate(start) if node == here])))
        bans[tuple(path)] = draw(
            st.sampled_from([EVERYBODY, bound(["hgv"], []), bound(VEHICLES, ["emergency"])])
        )
    return bans


def taken(roads: Roads, profile) -> list[float]:
    """What each road arc takes where every road is a primary one, open both ways."""
    return np.repeat(roads.metres * 3.6 / (profile.speeds["primary"] * profile.speed_factor), 2).tolist()


def plain(roads: Roads, profile, origin: int, weights: list[float]) -> dict[int, float]:
    """Least weight by road node; a state is the last few arcs, in which each sequence is looked for.

    weights [2m] of road arcs, inf where one is shut.
    """
    bit = binds(profile.vehicle, profile.exempt)
    first = roads.ban_first.tolist()
    paths = [tuple(roads.ban_arc[a:b].tolist()) for a, b in pairwise(first)]
    bans = [path for path, who in zip(paths, roads.ban_binds.tolist(), strict=True) if who & bit]
    if not profile.obeys_turns:
        bans = []
    longest = max([len(path) for path in bans], default=1)
    start = [int(roads.arrays[end][e]) for e in range(roads.stretches) for end in ("tail", "head")]
    least, done, heap = {}, set(), [(0.0, (), origin)]
    while heap:
        spent, driven, node = heapq.heappop(heap)
        if (driven, node) in done:
            continue
        done.add((driven, node))
        least.setdefault(node, spent)
        for arc in (arc for arc, begin in enumerate(start) if begin == node and weights[arc] < math.inf):
            line = (*driven, arc)
            if not any(line[-len(path) :] == path for path in bans):
                after = line[-longest + 1 :] if longest > 1 else ()
                heapq.heappush(heap, (spent + weights[arc], after, start[arc ^ 1]))
    return least


def told(split: Graph, tree: np.ndarray) -> dict[int, float]:
    """The least of a tree over the graph by road node, those alone that are reached."""
    found: dict[int, float] = {}
    for node in np.flatnonzero(tree < INF).tolist():
        road = int(split.origin[node])
        found[road] = min(int(tree[node]), found.get(road, math.inf))
    return found


@given(roads=networks(), who=st.sampled_from(["ambulance", "truck", "motorbike", "litter-team"]))
@settings(max_examples=400, deadline=None)
def test_split_nodes_are_a_plain_reading_of_the_sequences(profiles, roads, who):
    walked, net = Walked(roads, graph(roads), profiles[who]), Router(roads, profiles).net(who)
    each_s = taken(roads, profiles[who])
    each_ms = [round(one * 1000.0 * profiles[who].speed_factor) for one in each_s]
    assert net.unit_ms == 1
    for origin in range(roads.nodes):
        least, _ = walked.tree(origin)
        tree = net.engine.tree(alone(origin))
        wanted = [least.get(node, math.inf) for node in range(walked.graph.nodes)]
        assert net.seconds(tree) == pytest.approx(wanted, abs=0.1)  # of every copy; whole ms add up
        assert told(walked.graph, tree) == plain(roads, profiles[who], origin, each_ms)
        found = {}
        for node, seconds in least.items():
            road = int(walked.graph.origin[node])
            found[road] = min(seconds, found.get(road, math.inf))
        assert found == pytest.approx(plain(roads, profiles[who], origin, each_s))


@given(roads=networks())
@settings(max_examples=100, deadline=None)
def test_what_a_graph_promises(roads):
    one, again = graph(roads), graph(roads)
    m = roads.stretches
    for name in ("tail", "head", "arc", "ban", "origin", "first", "of"):
        assert (getattr(one, name) == getattr(again, name)).all()
    assert (one.arc[: 2 * m] == np.arange(2 * m)).all() and not one.ban[: 2 * m].any()
    assert (one.origin[: roads.nodes] == np.arange(roads.nodes)).all() and len(one.origin) == one.nodes
    start = np.column_stack((roads.tail, roads.head)).ravel()
    assert (one.origin[one.tail] == start[one.arc]).all()
    assert (one.origin[one.head] == start[one.arc ^ 1]).all()
    for arc in range(2 * m):
        of = one.of[one.first[arc] : one.first[arc + 1]]
        assert (one.arc[of] == arc).all() and (np.diff(of) > 0).all() and of[0] == arc
    assert one.first[-1] == len(one.of) == len(one.arc)
    if not len(roads.ban_binds):
        assert one.nodes == roads.nodes and len(one.arc) == 2 * m


def test_every_bit_is_of_one_kind_of_vehicle():
    words = [tuple(w for i, w in enumerate(EXEMPT) if k >> i & 1) for k in range(1 << len(EXEMPT))]
    bits = [binds(vehicle, each) for vehicle in VEHICLES for each in words]
    assert sum(bits) == EVERYBODY == bound(VEHICLES, []) and len(set(bits)) == len(bits)
    assert bound(VEHICLES, ["emergency"]) & binds("hgv", ["emergency", "military"]) == 0
    assert bound(["hgv"], ["emergency"]) == binds("hgv") | binds("hgv", ["military"])

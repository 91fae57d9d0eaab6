"""Turn restrictions, one-way roads and all kinds of hazards at once: the costs against a plain walk."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.ends import INF, alone, ends
from geo.hazards import laid
from geo.profile import Profile
from geo.roads import DEGREES, Roads
from geo.routing import Router
from geo.terms import ACCESS_CODE, BACKWARD, FORWARD, FREE_EMERGENCY, SURFACE_CODE
from tests.geo.drawn import at
from tests.geo.test_hazards import hazard_sets
from tests.geo.test_turns import network, plain, signs, told

WHO = ("ambulance", "truck", "motorbike", "litter-team")
DIRECTIONS = (FORWARD | BACKWARD, FORWARD | BACKWARD, FORWARD, BACKWARD, FORWARD | FREE_EMERGENCY)
ROUGH = ("paved", "soft")


@st.composite
def networks(draw) -> Roads:
    """Straight roads between junctions a kilometre apart, some of one direction, some soft, with signs."""
    n = draw(st.integers(3, 7))
    node = st.integers(0, n - 1)
    pairs = st.tuples(node, node).filter(lambda pair: pair[0] != pair[1])
    lines = [*((i, i + 1) for i in range(n - 1)), *draw(st.lists(pairs, max_size=6))]
    where = [at(1000.0 * (i % 3) + 70.0 * i, 900.0 * (i // 3)) for i in range(n)]
    x, y = (np.array([round(place[k] / DEGREES) for place in where]) for k in (0, 1))
    of = np.array(lines).ravel()
    m = len(lines)
    drawn = {
        "flags": draw(st.lists(st.sampled_from(DIRECTIONS), min_size=m, max_size=m)),
        "surface": [SURFACE_CODE[draw(st.sampled_from(ROUGH))] for _ in lines],
        "foot": [ACCESS_CODE[draw(st.sampled_from(("yes", "yes", "no")))] for _ in lines],
    }
    shape = {"node_x": x, "node_y": y, "shape_x": x[of], "shape_y": y[of]}
    return network(lines, draw(signs(lines)), **shape, **{k: np.asarray(v) for k, v in drawn.items()})


def weights(roads: Roads, profile: Profile, hazards: list) -> list[float]:
    """Thousandths of a second that each road arc counts, inf where one may not go, read arc by arc."""
    loads, found = laid(roads, hazards).loads(np.arange(2 * roads.stretches)), []
    surface = {SURFACE_CODE[word]: profile.surface["dry"].get(word, 1.0) for word in ROUGH}
    for arc in range(2 * roads.stretches):
        e, flags = arc // 2, int(roads.flags[arc // 2])
        free = not profile.obeys_oneway or (flags & FREE_EMERGENCY and "emergency" in profile.exempt)
        speed = profile.speeds["primary"] * surface[int(roads.surface[e])] * profile.speed_factor
        barred = profile.kind == "foot" and roads.foot[e] == ACCESS_CODE["no"]
        if loads.shut[arc] or barred or not speed or not (free or flags & (BACKWARD if arc % 2 else FORWARD)):
            found.append(math.inf)
            continue
        takes = float(roads.metres[e]) * 3.6 / speed
        counted = (float(loads.slower[arc]) + float(loads.danger[arc])) * (profile.speed_factor * 1000.0)
        found.append(max(1, round(takes * counted)))
    return found


@given(roads=networks(), hazards=hazard_sets(most=4), who=st.sampled_from(WHO))
@settings(max_examples=1000, deadline=None)
def test_everything_at_once_costs_what_a_plain_walk_finds(profiles, roads, hazards, who):
    net = Router(roads, profiles).under(hazards).net(who)
    graph, own = net.ground.graph, weights(roads, profiles[who], hazards)
    assert net.unit_ms == 1
    every = range(roads.nodes)
    wanted = [plain(roads, profiles[who], origin, own) for origin in every]
    copies = [(int(graph.origin[node]), node, 0) for node in range(graph.nodes)]
    table = net.engine.table(ends(roads.nodes, [(n, n, 0) for n in every]), ends(roads.nodes, copies)).cost
    assert table.tolist() == [[one.get(node, INF) for node in every] for one in wanted]
    for node in every:
        assert told(graph, net.engine.tree(alone(node))) == wanted[node]
        to = ends(1, [(0, copy, 0) for road, copy, _ in copies if road == node])
        back = net.engine.tree(to, reverse=True)[: roads.nodes]
        assert back.tolist() == [one.get(node, INF) for one in wanted]

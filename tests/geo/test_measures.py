"""Weights and lengths on signs, and that no tag whatever breaks an import."""

from itertools import pairwise

import osmium
import osmium.osm.mutable as osm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.barriers import read_node
from geo.measures import length, weight
from geo.osm import import_extract
from geo.tags import WAY_KEYS, read_way
from geo.turns import graph


@pytest.mark.parametrize(
    ("text", "tenths"),
    [
        ("3.5", 35), ("3,5 t", 35), ("3.5 t", 35), ("7.5t", 75), ("3500 kg", 35), ("3500", 35), ("6000 lbs", 27),
        ("10 st", 91), ("12 tons", 120), ("0.1", 1), ("7.5;12", 75), ("none", 0), ("", 0), ("unsigned", 0),
        ("heavy", None), ("0", None), ("-3", None), ("900", None), ("1e9", None), ("9" * 30, None),
    ],
)  # fmt: skip
def test_weights(text, tenths):
    assert weight(text) == tenths


@pytest.mark.parametrize(
    ("text", "tenths"),
    [
        ("2.1", 21), ("2.1 m", 21), ("3.48", 34), ("350 cm", 35), ("12'6\"", 38), ("9 ft", 27), ("10'", 30),
        ("default", 0), ("below_default", 0), ("low", None), ("0", None), ("99", None),
    ],
)  # fmt: skip
def test_lengths(text, tenths):
    assert length(text) == tenths


words = st.one_of(
    st.text(max_size=30), st.sampled_from(["yes", "no", "3.5", "-1", "private", "00:30", "9" * 400])
)
tags = st.dictionaries(st.sampled_from([*sorted(WAY_KEYS), "barrier", "locked"]), words, max_size=8)


@given(tags=tags)
@settings(max_examples=500)
def test_no_tags_of_a_way_or_node_break_an_import(tags):
    way, node = read_way({"highway": "track", **tags}), read_node(tags)
    for codes in (way, node):
        if codes is not None:
            assert all(
                isinstance(each, int | float | tuple) and (each == () or each >= 0) for each in codes[:-1]
            )
            assert codes.maxweight <= 2000 and codes.maxheight <= 255 and codes.maxwidth <= 255
            assert codes.flags < 65536
            assert set(codes.unread) <= {*WAY_KEYS, "barrier"}


member = st.tuples(st.sampled_from("nwr"), st.integers(1, 7), st.sampled_from(["from", "via", "to", ""]))
sign = st.fixed_dictionaries(
    {"type": st.sampled_from(["restriction", "restriction:hgv", "restriction:"])},
    optional={
        "restriction": st.sampled_from(
            ["no_left_turn", "only_straight_on", "no_u_turn", "no_entry", "only_", "?"]
        ),
        "restriction:hgv": st.just("no_left_turn"),
        "except": st.sampled_from(["hgv", "emergency;psv", ";;"]),
    },
)


@given(signs=st.lists(st.tuples(sign, st.lists(member, max_size=6)), max_size=12), barrier=st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_turn_restriction_breaks_an_import(tmp_path_factory, signs, barrier):
    """Whatever is said of a small cross: what is kept is a sequence that can be driven."""
    path = tmp_path_factory.mktemp("signs") / "signs.osm.pbf"
    with osmium.SimpleWriter(str(path)) as out:
        for n, place in enumerate([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1)], 1):
            kind = {"barrier": "block"} if barrier and n == 1 else {}
            out.add_node(osm.Node(id=n, location=(place[0] / 1000, place[1] / 1000), tags=kind, version=1))
        for n, nodes in enumerate([(2, 1), (1, 3), (4, 1, 5), (2, 6, 4), (2, 2), (1, 4, 2, 1)], 1):
            out.add_way(osm.Way(id=n, nodes=nodes, tags={"highway": "primary"}, version=1))
        for n, (said, members) in enumerate(signs, 1):
            listed = [(kind, ref, role) for kind, ref, role in members]
            out.add_relation(osm.Relation(id=n, members=listed, tags=said, version=1))
    roads = import_extract(path)
    first, ends = roads.ban_first.tolist(), [(roads.tail, roads.head), (roads.head, roads.tail)]
    for a, b in pairwise(first):
        arcs = roads.ban_arc[a:b].tolist()
        assert len(arcs) >= 2
        for one, after in pairwise(arcs):
            assert ends[one % 2][1][one // 2] == ends[after % 2][0][after // 2]
    assert (roads.ban_binds > 0).all()
    assert len(graph(roads).arc) >= 2 * roads.stretches

"""Extracts to networks and network files: every real extract, a drawn one, damaged ones."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import BadExtract, BadRoadsFile
from geo.osm import import_extract
from geo.roads import Roads
from geo.terms import BACKWARD, FORWARD, ROUNDABOUT
from tests.geo.conftest import EXTRACTS, shared

# Two ways cross at node 3; a loop road; a one-way against its drawing; a ferry; a way with a missing point.
DRAWN = """<?xml version='1.0' encoding='UTF-8'?><osm version="0.6">
<node id="1" version="1" lon="10.00" lat="5.0"/><node id="2" version="1" lon="10.01" lat="5.001"/>
<node id="3" version="1" lon="10.02" lat="5.0"/><node id="4" version="1" lon="10.03" lat="5.0"/>
<node id="5" version="1" lon="10.02" lat="5.01"/><node id="6" version="1" lon="10.02" lat="4.99"/>
<node id="7" version="1" lon="10.04" lat="5.01"/><node id="8" version="1" lon="10.04" lat="4.99"/>
<node id="9" version="1" lon="10.10" lat="5.0"/>
<way id="1" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="3"/><nd ref="4"/>
 <tag k="highway" v="primary"/><tag k="name" v="Rue Première"/>
 <tag k="ref" v="RN1"/><tag k="maxspeed" v="30 mph"/></way>
<way id="2" version="1"><nd ref="5"/><nd ref="3"/><nd ref="6"/>
 <tag k="highway" v="track"/><tag k="oneway" v="-1"/></way>
<way id="3" version="1"><nd ref="4"/><nd ref="7"/><nd ref="8"/><nd ref="4"/>
 <tag k="highway" v="residential"/><tag k="junction" v="roundabout"/></way>
<way id="4" version="1"><nd ref="4"/><nd ref="9"/>
 <tag k="route" v="ferry"/><tag k="duration" v="00:30"/></way>
<way id="5" version="1"><nd ref="6"/><nd ref="99"/><nd ref="8"/><nd ref="9"/>
 <tag k="highway" v="service"/></way>
<way id="6" version="1"><nd ref="1"/><nd ref="9"/><tag k="route" v="bus"/></way>
</osm>"""


@pytest.fixture
def drawn(tmp_path: Path) -> Roads:
    path = tmp_path / "drawn.osm"
    path.write_text(DRAWN)
    return import_extract(path)


def test_ways_are_cut_at_junctions_only(drawn):
    # way 1: 1-3, 3-4; way 2: 5-3, 3-6; way 3: the loop at 4; way 4: 4-9; way 5: 8-9 (node 99 is missing).
    # Node 8 is an inner point of the loop and an end of way 5, so that the loop falls into 4-8 and 8-4.
    assert drawn.stretches == 8
    assert drawn.nodes == 7
    assert drawn.about["missing_points"] == 1
    assert len(drawn.shape(0)) == 3
    assert drawn.words("name", 0) == "Rue Première"
    assert drawn.words("ref", 1) == "RN1"
    assert drawn.maxspeed[0] == 48


def test_directions_and_ferry(drawn):
    by_class = {drawn.words("highway", e): int(drawn.flags[e]) for e in range(drawn.stretches)}
    assert by_class["track"] == BACKWARD
    assert by_class["residential"] == FORWARD | ROUNDABOUT
    assert by_class["primary"] == FORWARD | BACKWARD
    ferry = next(e for e in range(drawn.stretches) if drawn.words("highway", e) == "ferry")
    assert drawn.fixed_s[ferry] == 1800


def test_a_published_time_is_shared_out_over_the_pieces(tmp_path):
    path = tmp_path / "ferry.osm"
    crossing = '<way id="7" version="1"><nd ref="5"/><nd ref="7"/><tag k="highway" v="path"/></way></osm>'
    joined = '<way id="4" version="1"><nd ref="4"/><nd ref="7"/><nd ref="9"/>'
    text = DRAWN.replace('<way id="4" version="1"><nd ref="4"/><nd ref="9"/>', joined)
    path.write_text(text.replace("</osm>", crossing))
    roads = import_extract(path)
    ferry = [e for e in range(roads.stretches) if roads.words("highway", e) == "ferry"]
    assert len(ferry) == 2
    assert roads.fixed_s[ferry].sum() == pytest.approx(1800)
    assert (roads.fixed_s[ferry] > 100).all()


@pytest.mark.parametrize("name", EXTRACTS)
def test_every_extract_becomes_a_sound_network(extract, name):
    roads = extract(name)
    assert roads.nodes > 1000
    assert 0.7 < roads.largest_component / roads.nodes <= 1.0
    first = np.asarray(roads.shape_first)
    assert (np.diff(first) >= 2).all()
    for end, at in (("tail", first[:-1]), ("head", first[1:] - 1)):
        node = roads.arrays[end]
        assert (roads.node_x[node] == roads.shape_x[at]).all()
        assert (roads.node_y[node] == roads.shape_y[at]).all()
    assert (roads.metres >= 0).all() and np.isfinite(roads.metres).all()
    assert roads.metres.max() < 50_000


def test_counts_of_a_known_extract(extract):
    # 169,618 arcs and 76,382 nodes are published for this extract, without self-loops and parallel arcs.
    roads = extract("douala")
    assert abs(roads.arcs - 169_618) < 200
    assert abs(roads.nodes - 76_382) < 100


def test_progress_is_told(tmp_path):
    path, told = tmp_path / "drawn.osm", []
    path.write_text(DRAWN)
    import_extract(path, lambda what, done, of: told.append((what, done, of)))
    assert told[-1][0] == "done" and told[-1][1] == told[-1][2] == 8


def test_saved_and_opened_is_the_same(extract, tmp_path):
    roads, path = extract("andorra-2023"), tmp_path / "andorra.roads"
    roads.save(path)
    again = Roads.open(path, verify=True)
    assert again.digest == roads.digest
    assert again.about["from"] == "andorra-2023.osm.pbf"
    for name, array in roads.arrays.items():
        assert (array == again.arrays[name]).all() and not again.arrays[name].flags.writeable
    assert [each.name for each in tmp_path.iterdir()] == ["andorra.roads"]


def test_the_digest_tells_networks_apart(extract):
    assert len({extract(name).digest for name in ("andorra-2013", "andorra-2016", "andorra-2023")}) == 3


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("stored")
    (folder / "drawn.osm").write_text(DRAWN)
    import_extract(folder / "drawn.osm").save(folder / "drawn.roads")
    return folder / "drawn.roads"


@given(share=st.floats(0, 0.9999))
@settings(max_examples=60, deadline=None)
def test_a_truncated_network_file_is_refused(stored, share):
    cut = stored.with_name("cut.roads")
    whole = stored.read_bytes()
    cut.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BadRoadsFile, match=r"cut\.roads") as fault:
        Roads.open(cut)
    assert "import" in str(fault.value) and "\n" not in str(fault.value)


def test_a_damaged_or_foreign_network_file_is_refused(stored, tmp_path):
    whole = bytearray(stored.read_bytes())
    whole[-70] ^= 0xFF
    (tmp_path / "damaged.roads").write_bytes(whole)
    with pytest.raises(BadRoadsFile, match="damaged"):
        Roads.open(tmp_path / "damaged.roads", verify=True)
    (tmp_path / "long.roads").write_bytes(stored.read_bytes() + b"x")
    (tmp_path / "text.roads").write_text("not a network")
    for name, word in (
        ("long.roads", "longer"),
        ("text.roads", "not a road network"),
        ("none.roads", "cannot read"),
    ):
        with pytest.raises(BadRoadsFile, match=word):
            Roads.open(tmp_path / name)


@pytest.mark.parametrize("version", [1, 3])
def test_a_network_file_of_another_version_is_refused(stored, tmp_path, version):
    whole = bytearray(stored.read_bytes())
    assert whole[15] == 2
    whole[15] = version
    (tmp_path / "old.roads").write_bytes(whole)
    with pytest.raises(BadRoadsFile, match=r"old\.roads is of another version.*; import the extract again"):
        Roads.open(tmp_path / "old.roads")


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process may grow beyond 2,000 bytes; be short, pytest's own log is one of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_failed_save_leaves_the_old_file(stored, tmp_path):
    path, roads = tmp_path / "kept.roads", Roads.open(stored)
    path.write_bytes(b"the old network")
    with full_disk(), pytest.raises(BadRoadsFile, match="cannot write"):
        roads.save(path)
    assert path.read_bytes() == b"the old network"
    assert [each.name for each in tmp_path.iterdir()] == ["kept.roads"]


@pytest.mark.parametrize("size", [0, 3, 10, 100, 5_000, 200_000, 550_000])
def test_a_truncated_extract_is_refused(tmp_path, size):
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(shared("osm", "andorra-2013.osm.pbf").read_bytes()[:size])
    with pytest.raises(BadExtract, match=r"cut\.osm\.pbf") as fault:
        import_extract(path)
    assert "download" in str(fault.value) and "\n" not in str(fault.value)


def test_wrong_files_are_refused(tmp_path):
    (tmp_path / "letter.osm.pbf").write_text("Dear colleague, the roads are bad.")
    (tmp_path / "empty.osm").write_text('<osm version="0.6"></osm>')
    (tmp_path / "torn.osm").write_text(DRAWN[:900])
    for name, word in (
        ("letter.osm.pbf", "not an OpenStreetMap"),
        ("empty.osm", "no roads"),
        ("torn.osm", "cut short"),
        ("none.osm.pbf", "cannot read"),
    ):
        with pytest.raises(BadExtract, match=word):
            import_extract(tmp_path / name)

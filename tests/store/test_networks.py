"""Network files of an installation: the order comes with them, damaged ones are refused by name."""

import random
from pathlib import Path

import numpy as np
import pytest

from casevac.shipped import shipped
from casevac.store.networks import import_network, network_file, open_network
from geo import container
from geo.errors import BadRoadsFile
from geo.ground import ground
from geo.lonlat import LonLat
from geo.profile import load_profiles
from geo.roads import Roads
from geo.routing import Router

BANGUI, BRIA = LonLat(18.55, 4.36), LonLat(21.98633, 6.54233)


def imported(home: Path) -> Roads:
    return import_network(home, "car", shipped("roads_car.geojson"))


def seconds(roads: Roads) -> float:
    router = Router(roads, load_profiles(shipped("profiles.json")), max_snap_m=20_000.0)
    return router.route(BANGUI, BRIA, "ambulance").seconds_p50


def without_rank(roads: Roads) -> Roads:
    return Roads({name: array for name, array in roads.arrays.items() if name != "rank"}, roads.about)


def with_rank(home: Path, rank: np.ndarray) -> Roads:
    file = network_file(home, "car")
    arrays, about = container.load(file)
    container.save(file, {**arrays, "rank": rank}, about)
    return open_network(home, "car")


def test_the_order_is_made_at_import_and_kept_beside_the_roads(tmp_path):
    roads = imported(tmp_path)
    assert "rank" in roads.arrays
    assert np.array_equal(ground(roads).topology.rank, ground(without_rank(roads)).topology.rank)
    backwards = with_rank(tmp_path, np.ascontiguousarray(roads.arrays["rank"][::-1]))
    assert not np.array_equal(ground(backwards).topology.rank, ground(roads).topology.rank)
    assert backwards.digest == roads.digest
    assert seconds(backwards) == pytest.approx(seconds(roads), abs=0.01)


@pytest.mark.parametrize("wrong", ["twice", "beyond", "short", "kind"])
def test_an_order_that_is_none_is_made_anew(tmp_path, wrong):
    roads = imported(tmp_path)
    good = np.array(roads.arrays["rank"])
    twice, beyond = good.copy(), good.copy()
    twice[0] = twice[1]
    beyond[0] = 2**30
    rank = {"twice": twice, "beyond": beyond, "short": good[:-1], "kind": good.astype(np.float64)}[wrong]
    found = with_rank(tmp_path, rank)
    assert found.arrays["rank"].shape == rank.shape
    assert np.array_equal(ground(found).topology.rank, ground(roads).topology.rank)


@pytest.mark.parametrize("array", ["tail", "head", "metres", "ban_first", "highway"])
def test_a_file_of_which_a_bit_flipped_is_refused(tmp_path, array):
    imported(tmp_path)
    file = network_file(tmp_path, "car")
    arrays, _ = container.load(file)
    part = arrays[array].tobytes()
    whole = bytearray(file.read_bytes())
    whole[whole.find(part) + len(part) // 2] ^= 0x40
    file.write_bytes(whole)
    with pytest.raises(BadRoadsFile, match="damaged: its digest differs; import the extract again"):
        open_network(tmp_path, "car")


@pytest.mark.parametrize(
    ("part", "otherwise"),
    [
        (b'"|u1", [', b'"|u1", ]'),  # no JSON
        (b'"|u1", [', b'"|z9", ['),  # no kind of number
        (b'"|u1", [', b'"|(1", ['),
        (b'"<i4", [', b'"<i8", ['),  # not so much in the file
        (b'"<i4", [', b'"  O", ['),
        (b'"<i4", [', b"null , ["),
        (b'"bytes": ', b'"bytes":-'),
        (b'"bytes": ', b'"bytes":"'),
        (b'"about": {', b'"about": ['),
    ],
)
def test_a_header_of_which_bytes_are_others_is_refused_by_name(tmp_path, part, otherwise):
    imported(tmp_path)
    file = network_file(tmp_path, "car")
    whole = bytearray(file.read_bytes())
    at = whole.find(part)
    assert at > 0
    whole[at : at + len(part)] = otherwise
    file.write_bytes(whole)
    with pytest.raises(BadRoadsFile, match="again"):
        open_network(tmp_path, "car")


def test_whatever_byte_of_the_header_is_another_the_file_is_refused_or_the_same(tmp_path):
    roads = imported(tmp_path)
    file = network_file(tmp_path, "car")
    good = file.read_bytes()
    chance, size = random.Random(1), 1500
    for _ in range(300):
        bad = bytearray(good)
        bad[chance.randrange(24, size)] = chance.randrange(256)
        file.write_bytes(bad)
        try:
            assert open_network(tmp_path, "car").digest == roads.digest
        except BadRoadsFile as fault:
            assert "again" in str(fault)

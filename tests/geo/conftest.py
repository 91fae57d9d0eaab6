"""Real extracts, imported once a test run, and the demo's own network and vehicles."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from geo.national import read_geojson
from geo.osm import import_extract
from geo.profile import Profile, load_profiles
from geo.roads import Roads

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("CASEVAC_SHARED_DATA", ROOT.parent / "shared" / "data"))
EXTRACTS = {
    "porto": "porto.osm.pbf",
    "andorra-2013": "andorra-2013.osm.pbf",
    "andorra-2016": "andorra-2016.osm.pbf",
    "andorra-2023": "andorra-2023.osm.pbf",
    "bangladesh": "bangladesh-clip-gost.osm.pbf",
    "douala": "douala-neatnet.osm.pbf",
}


def shared(*parts: str) -> Path:
    """A file of the shared test data, or skip."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"test data not there: {path}")
    return path


@cache
def _imported(path: Path) -> Roads:
    return import_extract(path)


@pytest.fixture(scope="session")
def extract() -> Callable[[str], Roads]:
    """extract("porto") -> Roads, imported once."""
    return lambda name: _imported(shared("osm", EXTRACTS[name]))


@pytest.fixture(scope="session")
def profiles() -> dict[str, Profile]:
    return load_profiles(ROOT / "data" / "profiles.json")


@pytest.fixture(scope="session")
def national() -> Roads:
    return read_geojson(ROOT / "data" / "roads_car.geojson")

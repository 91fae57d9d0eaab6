"""The shipped vehicles."""

import pytest

from geo.profile import Profile, load_profiles
from tests.geo.conftest import ROOT


@pytest.fixture(scope="session")
def profiles() -> dict[str, Profile]:
    return load_profiles(ROOT / "data" / "profiles.json")

"""Daylight, whereabouts, the version."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from casevac import __version__
from casevac.daylight import is_night, sun_height_deg
from casevac.errors import UnknownPlace
from casevac.events import SiteRegistered
from casevac.picture import empty
from casevac.terms import SiteKind
from casevac.whereabouts import find
from geo.errors import BadPlace
from tests.casevac.scenes import ambulance, told


@pytest.mark.parametrize(
    ("lon", "lat", "at", "height"),
    [
        (0.0, 0.0, datetime(2026, 3, 20, 12, 7, 30, tzinfo=UTC), 89.9),  # equinox noon at the equator
        (0.0, 51.48, datetime(2026, 6, 21, 12, 2, tzinfo=UTC), 61.95),  # 90 - 51.48 + 23.43
        (0.0, 51.48, datetime(2026, 12, 21, 11, 58, tzinfo=UTC), 15.09),  # 90 - 51.48 - 23.43
        (18.55, 4.36, datetime(2026, 3, 20, 22, 53, tzinfo=UTC), -85.6),  # its midnight
    ],
)
def test_the_height_of_the_sun(lon, lat, at, height):
    assert sun_height_deg(lon, lat, at) == pytest.approx(height, abs=0.3)


def test_night_in_bangui():
    hours = [hour for hour in range(24) if is_night(18.55, 4.36, datetime(2026, 11, 22, hour, tzinfo=UTC))]
    assert hours == [0, 1, 2, 3, 4, 17, 18, 19, 20, 21, 22, 23]


@pytest.mark.parametrize(
    ("text", "lon", "name"),
    [
        ("20.1,5.2", 20.1, ""),
        ("34NBK2462686631", 18.5188, ""),
        ("north  STRIP", 20.5, "North Strip"),
        ("s1", 20.5, "North Strip"),
        ("North", 20.5, "North Strip"),
        ("home of V", 21.98633, "home of V"),
    ],
)
def test_a_text_becomes_a_place(text, lon, name):
    site = SiteRegistered(id="s1", name="North Strip", site_kind=SiteKind.LANDING, lon=20.5, lat=6.5)
    found = find(told(empty("M"), (0, site), (0, ambulance("V"))), text)
    assert found.name == name
    assert found.place.lon == pytest.approx(lon, abs=1e-3)


def test_an_unknown_name_says_what_is_accepted():
    with pytest.raises(UnknownPlace, match="no place 'Atlantis' is known; give LON,LAT, a grid"):
        find(empty("M"), "Atlantis")
    with pytest.raises(BadPlace, match="91"):
        find(empty("M"), "20,91")


def test_the_program_and_its_package_have_one_version():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == __version__

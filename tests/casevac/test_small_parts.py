"""Daylight, access, whereabouts."""

from datetime import UTC, datetime

import pytest

from casevac.access import MEDICAL, WATCH_KEEPER, Viewer, shown
from casevac.daylight import is_night, sun_height_deg
from casevac.entities import entities
from casevac.errors import UnknownPlace
from casevac.events import SiteRegistered
from casevac.picture import empty
from casevac.terms import SiteKind
from casevac.whereabouts import find
from geo.errors import BadPlace
from tests.casevac.scenes import A, after, alert, ambulance, told


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


def test_a_watch_keeper_sees_all_and_an_outsider_nothing():
    found = entities(told(empty("M"), (0, alert("R", A))), after(1))
    assert shown(found, "M", WATCH_KEEPER) == found
    assert shown(found, "M", Viewer(missions=frozenset({"N"}))) == {}


def test_without_medical_access_place_and_custody_stay():
    found = entities(told(empty("M"), (0, alert("R", A))), after(1))
    plain = shown(found, "M", Viewer(medical=False))["casualties"][A]
    assert set(found["casualties"][A]) - set(plain) == set(MEDICAL)
    assert plain["lon"] == found["casualties"][A]["lon"]
    assert shown({"casualties": {A: None}}, "M", Viewer(medical=False)) == {"casualties": {A: None}}


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

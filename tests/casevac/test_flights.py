"""A flight asked for as a way: dark where it sets out then and where it arrives later; its landing sites."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from casevac import events as e
from casevac.daylight import is_night
from casevac.itinerary import Asked, itinerary
from casevac.terms import SiteKind
from casevac.vague import Sky
from casevac.whereabouts import Found, find
from geo.errors import Unreachable
from geo.lonlat import LonLat
from tests.casevac.scenes import NOW, after, told
from tests.casevac.test_landing import GOOD, MAST

BRIA, BAMBARI = LonLat(21.98633, 6.54233), LonLat(20.67565, 5.76795)
FIELD = replace(GOOD, id="F", name="Field", site_kind=SiteKind.LANDING, lon=21.5, lat=6.2)
MINUTE = timedelta(minutes=1)


def fly(router, picture, ends, at=NOW, profile="helicopter", **more):
    places = tuple(one if isinstance(one, Found) else Found(one, "") for one in ends)
    return itinerary(router, picture, places, Asked(profile, at, **more))


def turning(place, dark):
    """The first minute after NOW at which it has just become dark there, or light."""
    hours = (NOW + n * MINUTE for n in range(1, 2 * 1440))
    return next(at for at in hours if is_night(*place, at) == dark != is_night(*place, at - MINUTE))


@pytest.mark.parametrize("before", [2 * MINUTE, -MINUTE])
def test_who_needs_daylight_does_not_arrive_in_the_dark(demo, router, before):
    at = turning(BRIA, dark=True) - before
    assert not is_night(*BAMBARI, at)
    with pytest.raises(
        Unreachable, match=r"^helicopter does not fly by night and would arrive in the dark at"
    ):
        fly(router, demo, (BAMBARI, BRIA), at)
    with pytest.raises(Unreachable, match="arrive in the dark"):
        fly(router, demo, (BAMBARI, Found(BRIA, "", 500.0)), at)
    assert fly(router, demo, (BAMBARI, BRIA), at, "helicopter-night").way is not None
    assert fly(router, demo, (BAMBARI, BRIA), at - 120 * MINUTE).way is not None


def test_an_end_that_is_light_by_then_is_no_night(demo, router):
    at = turning(BRIA, dark=False) + MINUTE
    assert is_night(*BAMBARI, at)
    assert fly(router, demo, (BRIA, BAMBARI), at).way is not None
    with pytest.raises(Unreachable, match="does not fly by night; wait"):
        fly(router, demo, (BAMBARI, BRIA), at)
    assert not Sky().dark(BAMBARI)


@pytest.mark.parametrize("away", [0.0, 0.00003])
def test_a_known_landing_site_says_whether_it_suits(demo, router, away):
    picture = told(demo, (0, replace(FIELD, obstacles=(MAST,), wires=True)))
    there = LonLat(FIELD.lon + away, FIELD.lat)
    for ends in ((BRIA, there), (there, BRIA), (BRIA, find(picture, "Field"))):
        with pytest.raises(
            Unreachable, match=r"^Field mast .* is within the 25 m .*; choose another landing"
        ):
            fly(router, picture, ends, avoid=False)
    risky = told(demo, (0, replace(FIELD, wires=True)))
    assert "Field has wires across or beside it" in fly(router, risky, (BRIA, there)).risks
    far = LonLat(FIELD.lon + 0.001, FIELD.lat)
    assert fly(router, risky, (BRIA, far)).risks == ()


def test_a_site_is_judged_by_the_light_at_the_landing(demo, router):
    picture = told(demo, (0, replace(FIELD, by_night=False)))
    at = turning(LonLat(FIELD.lon, FIELD.lat), dark=True) - MINUTE
    end = find(picture, "Field")
    with pytest.raises(Unreachable, match="Field is not to be used by night"):
        fly(router, picture, (BAMBARI, end), at, "helicopter-night")
    assert fly(router, picture, (BAMBARI, end), at - 120 * MINUTE, "helicopter-night").way is not None


def test_who_drives_to_a_landing_site_is_told_nothing_of_landing(demo, router):
    site = e.SiteRegistered(id="G", name="Ground", site_kind=SiteKind.LANDING, lon=BRIA.lon, lat=BRIA.lat)
    assert fly(router, told(demo, (0, site)), (BAMBARI, BRIA), after(60), "ambulance").risks == ()

"""The nearest capable facilities across ground and air, from the boards as they are."""

import pytest
from msgspec.structs import replace

from casevac import events as e
from casevac.daylight import is_night
from casevac.errors import BadMessage
from casevac.nearest import Search, capable, modes_in, nearest
from casevac.terms import Accepting, Bed, Capability, HazardKind, Mode, VehicleKind, VehicleState
from casevac.told import near_json
from casevac.view import View
from geo.errors import OffNetwork, UnknownProfile
from geo.lonlat import LonLat
from tests.casevac.scenes import NOW, after, ambulance, told

BAMBARI, BRIA = LonLat(20.67, 5.77), LonLat(21.98633, 6.54233)
DCS = (Capability.DCS,)
GROUND, AIR = (Mode.GROUND,), (Mode.AIR,)


def ask(picture, router, place=BAMBARI, at=0.0, **more):
    """By facility, in the order of the answer; by road unless said otherwise."""
    fields = {"needs": DCS, "k": 50, "modes": GROUND, **more}
    return {
        one.facility.id: one for one in capable(View(picture, after(at)), router, Search(place, **fields))
    }


def idle(picture):
    """Nobody of the mission can go."""
    out = (e.VehicleStatusChanged(vehicle=key, state=VehicleState.OUT_OF_SERVICE) for key in picture.vehicles)
    return told(picture, *((1, body) for body in out))


def by_air(router):
    """The profile of an aircraft that flies by night and day."""
    return next(name for name, one in sorted(router.profiles.items()) if one.kind == "air" and one.night)


@pytest.fixture
def flying(demo, router):
    """The demo with one aircraft of its own."""
    heli = e.VehicleRegistered(
        id="H1", callsign="H1", vehicle_kind=VehicleKind.AIR, profile=by_air(router), litters=4,
        home_lon=20.65, home_lat=5.85,
    )  # fmt: skip
    kept = {key: one for key, one in demo.vehicles.items() if one.card.vehicle_kind != VehicleKind.AIR}
    return told(replace(demo, vehicles=kept), (0, heli))


def test_by_road_alone_it_is_what_it_was(flying, router):
    view = View(flying, NOW)
    found = capable(view, router, Search(BAMBARI, DCS, 3, "ambulance", GROUND))
    assert found == nearest(view, router, BAMBARI, DCS, 3, "ambulance")
    assert all(one.mode == Mode.GROUND and one.route is not None for one in found if not one.reasons)
    best = found[0]
    assert best.seconds_p50 == pytest.approx(best.route.seconds_p50, rel=0.001)
    assert [ride.seconds_p50 for ride in best.legs] == [best.seconds_p50]


def test_across_both_each_comes_by_what_is_sooner(flying, router):
    every = ask(flying, router, BRIA, modes=(Mode.GROUND, Mode.AIR))
    both = {key: one for key, one in every.items() if not one.reasons}
    road, air = (ask(flying, router, BRIA, modes=modes) for modes in (GROUND, AIR))
    for key, one in both.items():
        times = [each[key].seconds_p50 for each in (road, air) if each[key].seconds_p50 is not None]
        assert one.seconds_p50 == min(times)
    assert {one.mode for one in both.values()} == {Mode.GROUND, Mode.AIR}
    assert [one.seconds_p50 for one in both.values()] == sorted(one.seconds_p50 for one in both.values())


def test_a_flight_has_its_drive_to_the_site_and_says_where_it_lands(flying, router):
    found = capable(View(flying, NOW), router, Search(BAMBARI, DCS, 1, modes=AIR))[0]
    assert [ride.mode for ride in found.legs][-1] == Mode.AIR
    assert found.legs[0].mode in (Mode.GROUND, Mode.FOOT)
    assert found.legs[-1].end.id == found.facility.id
    assert found.route is not None  # the way by road, for comparison
    assert found.route.seconds_p50 > found.seconds_p50
    legs = sum(ride.seconds_p50 for ride in found.legs)
    assert found.seconds_p50 == pytest.approx(legs + flying.mission.profile.hand_over_s, abs=0.5)
    assert any(line.startswith("lands at ") for line in found.notes)
    told_as = near_json(found)
    assert (told_as["mode"], len(told_as["legs"])) == ("air", len(found.legs))


def test_own_vehicles_come_first_from_where_they_are(flying, router):
    """Only AMB is free and it stands at Bria: its way to Bambari is counted in."""
    picture = told(idle(flying), (2, ambulance("AMB", *BRIA)))
    there = ask(picture, router, at=5)["mtf-bria"]
    come = ask(picture, router, at=5, with_patient=False)["mtf-bria"]
    way = router.table([BRIA], [BAMBARI], "ambulance").seconds_p50[0, 0]
    assert come.legs[-1].vehicle == "AMB"
    assert [one.vehicle for one in there.legs] == [""]
    assert come.seconds_p50 - there.seconds_p50 > 0.95 * way


def test_without_a_free_vehicle_nothing_can_be_reached_and_each_says_why(flying, router):
    found = ask(idle(flying), router, at=5, with_patient=False, modes=(Mode.GROUND, Mode.AIR))
    assert found
    assert all(one.reasons and one.seconds_p50 is None for one in found.values())


def test_a_closed_or_incapable_house_says_so_with_its_times(flying, router):
    first, second, *_ = (key for key, one in ask(flying, router).items() if not one.reasons)
    shut = told(
        flying,
        (1, e.FacilityStatusReported(facility=first, accepting=Accepting.CLOSED, reason="no power")),
        (2, e.FacilityStatusReported(facility=second, tables=0)),
    )
    found = ask(shut, router, at=5)
    assert found[first].reasons == ("is closed: no power",)
    assert found[second].reasons == ("has no staffed operating table",)
    assert found[first].seconds_p50 is not None


def test_a_board_of_long_ago_is_a_risk(flying, router):
    first = next(iter(ask(flying, router)))
    beds = (e.BedCount(bed=Bed.WARD, staffed=9, free=9),)
    old = told(flying, (1, e.FacilityStatusReported(facility=first, tables=2, queue=0, beds=beds)))
    fresh, stale = (ask(old, router, at=at)[first] for at in (60, 9 * 86_400))
    assert not fresh.reasons
    assert len(stale.risks) > len(fresh.risks)


def test_a_queue_in_theatre_is_told(flying, router):
    first = next(iter(ask(flying, router, BRIA)))
    queued = told(flying, (1, e.FacilityStatusReported(facility=first, tables=1, queue=4)))
    found = ask(queued, router, BRIA, at=5)[first]
    assert found.table_free_at > found.arrive_p50_at
    assert ask(queued, router, BRIA, at=5, needs=(Capability.RESUS,))[first].table_free_at is None


def test_what_is_closed_now_is_closed_here(flying, router):
    best = next(iter(ask(flying, router).values()))
    lon, lat = best.route.path[len(best.route.path) // 2]
    ford = {"hazard_kind": HazardKind.CLOSURE, "name": "ford", "lon": lon, "lat": lat, "radius_m": 3000}
    found = ask(told(flying, (1, e.HazardReported(id="Z", **ford))), router, at=2)[best.facility.id]
    assert found.reasons or found.seconds_p50 > best.seconds_p50


def test_modes_are_read_by_comma():
    assert modes_in("") == modes_in("air, ground") == (Mode.GROUND, Mode.AIR)
    assert modes_in("Air") == (Mode.AIR,)
    with pytest.raises(BadMessage, match="no mode 'sea'"):
        modes_in("ground,sea")


def test_wrong_questions_are_refused_by_name(flying, router):
    with pytest.raises(UnknownProfile):
        capable(View(flying, NOW), router, Search(BAMBARI, DCS, profile="tank"))
    with pytest.raises(OffNetwork):
        capable(View(flying, NOW), router, Search(LonLat(-30.0, 0.0), DCS))


def dusk(place):
    """The first minute of that day at which it is dark there."""
    return next(at for at in range(0, 86_400, 60) if is_night(*place, after(at)))


def test_who_needs_daylight_does_not_land_after_dusk(flying, router):
    """Two minutes before it is dark at Bria somebody at Bambari asks for it."""
    at = dusk(BRIA) - 120
    heli = flying.vehicles["H1"].card
    by_day = told(flying, (1, replace(heli, profile="helicopter")))
    refused = ask(by_day, router, at=at, modes=AIR)["mtf-bria"]
    assert refused.reasons[-1].startswith("helicopter does not fly by night and would land in the dark at ")
    assert (refused.mode, refused.risks) == (Mode.AIR, ())
    driven = ask(by_day, router, at=at, modes=(Mode.GROUND, Mode.AIR))["mtf-bria"]
    assert (driven.mode, driven.reasons) == (Mode.GROUND, ())
    earlier = ask(by_day, router, at=at - 4 * 3600, modes=AIR)["mtf-bria"]
    assert (earlier.mode, earlier.reasons) == (Mode.AIR, ())
    able = ask(flying, router, at=at, modes=AIR)["mtf-bria"]
    assert (able.mode, able.reasons) == (Mode.AIR, ())
    assert any(line.startswith("lands in the dark at ") for line in able.risks)

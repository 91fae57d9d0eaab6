"""Why a running chain is no longer sound: nothing while it is, one line for each thing that changed."""

import pytest
from msgspec.structs import replace

from casevac import events as e
from casevac.replan import reasons
from casevac.terms import Capability, Category, HazardKind, Mode, VehicleState
from casevac.view import View
from tests.casevac.scenes import A, B, after, seen, told
from tests.casevac.test_divert import ALOFT, DRIVE, running
from tests.casevac.ways import F, table, world

T1, T3 = Category.T1, Category.T3


@pytest.fixture
def sound():
    return running(world(T1), table(DRIVE))


def why(picture, now=60.0, positions=None, day_only=frozenset()):
    return reasons(View(picture, after(now), positions), picture.chains["C1"], day_only)


def test_a_sound_chain_has_no_reason(sound):
    assert why(sound) == []
    loaded = told(sound, (320, e.CasualtyLoaded(casualty=A, vehicle="V1")))
    assert why(loaded, 400, {"V1": seen(21.2, 6.0, 390)}) == []


def closure(**more) -> e.HazardReported:
    fields = {
        "id": "Z1",
        "hazard_kind": HazardKind.CLOSURE,
        "name": "BRIDGE-1",
        "lon": 21.5,
        "lat": 6.0,
        **more,
    }
    return e.HazardReported(**fields)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (replace(F, open=False), "Field hospital is closed"),
        (replace(F, capabilities=(Capability.RESUS,)), "Field hospital has no DCS"),
        (replace(F, beds_free=0), "Field hospital has 0 free beds beyond those on the way, 1 needed"),
        (
            e.InboundAnswered(chain="C1", facility="F", accepts=False, reason="no surgeon"),
            "Field hospital refuses those on their way to it: no surgeon",
        ),
        (e.VehicleStatusChanged(state=VehicleState.OUT_OF_SERVICE, vehicle="V1"), "V1 is out of service"),
        (e.LaunchDenied(chain="C1", authority="DMS", reason="weather"), "DMS denies the launch: weather"),
        (closure(), "BRIDGE-1 lies on the way of V1 to Field hospital"),
        (closure(line=((21.7, 5.9), (21.7, 6.1))), "BRIDGE-1 lies on the way of V1 to Field hospital"),
    ],
)
def test_each_change_is_told(sound, body, line):
    assert line in why(told(sound, (30, body)))


def test_what_does_not_concern_it_is_not_told(sound):
    other = told(
        sound,
        (30, closure(lat=7.0)),
        (31, closure(id="Z2", affects=(Mode.AIR,))),
        (32, closure(id="Z3", until=after(50))),
        (33, closure(id="Z4")),
        (34, e.HazardLifted(id="Z4")),
        (35, e.VehicleStatusChanged(state=VehicleState.OUT_OF_SERVICE, vehicle="V2")),
        (36, e.LaunchDenied(chain="C1", authority="DMS", reason="weather")),
        (37, e.LaunchApproved(chain="C1", authority="DMS")),
    )
    assert why(other) == []


def test_a_closure_already_passed_is_no_reason(sound):
    loaded = told(sound, (320, e.CasualtyLoaded(casualty=A, vehicle="V1")), (330, closure()))
    long = replace(
        loaded.chains["C1"].plan,
        legs=tuple(
            replace(leg, path=((21.0, 6.0), (21.4, 6.0), (21.6, 6.0), (22.0, 6.0))) if leg.casualties else leg
            for leg in loaded.chains["C1"].plan.legs
        ),
    )
    drawn = told(loaded, (5.5, long))
    assert why(drawn, 400, {"V1": seen(21.3, 6.0, 390)}) != []
    assert why(drawn, 700, {"V1": seen(21.7, 6.0, 690)}) == []


def test_somebody_got_worse_and_needs_more():
    picture = running(world(T3), table({("V1", "poi"): 60, ("poi", "M"): 60, ("poi", "F"): 5000}))
    assert picture.chains["C1"].plan.facility == "M"
    assert why(picture) == []
    worse = told(picture, (70, e.CasualtyTriaged(casualty=A, category=T1)))
    assert f"{A} is T1 by now and needs DCS" in why(worse, 80)


def test_a_vehicle_under_way_that_falls_silent(sound):
    loaded = told(sound, (320, e.CasualtyLoaded(casualty=A, vehicle="V1")))
    assert why(loaded, 1000, {"V1": seen(21.2, 6.0, 900)}) == []
    assert "V1 has not been heard of for 16 min" in why(loaded, 1860, {"V1": seen(21.2, 6.0, 900)})


def test_daylight_runs_out_for_an_aircraft_without_night_flying():
    picture = running(world(T1), table({("V1", "poi"): 60, ("poi", "X"): 60}, ALOFT))
    assert why(picture, day_only=frozenset(["helicopter"])) == []
    late = 9 * 3600  # 18:00 UTC, hours after sunset there
    assert any(
        "H does not fly by night" in line for line in why(picture, late, day_only=frozenset(["helicopter"]))
    )
    assert not any("night" in line for line in why(picture, late))


def test_a_limit_that_was_to_be_kept_is_going_to_be_missed(sound):
    assert any(f"{A}: surgery may come" in line for line in why(sound, 6000))


def test_a_chain_that_runs_no_more_has_no_reasons(sound):
    done = told(sound, (900, e.CasualtyHandedOver(casualty=A, facility="F")), (901, replace(F, open=False)))
    assert why(done, 950) == []


def test_others_on_the_way_count_at_the_door(sound):
    more = told(
        sound,
        (20, e.CasualtyReported(lon=22, lat=6, casualty=B, request="Q", category=T1)),
        (21, replace(F, beds_free=1)),
    )
    assert why(more) == []

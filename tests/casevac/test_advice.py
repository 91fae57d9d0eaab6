"""Birao, 420 km from the nearest surgery, at real speed: what cannot be, and what would help."""

import re

import pytest
from msgspec.structs import replace

from casevac import events as e
from casevac.basis import NO_HAZARDS, hashes
from casevac.drawn import drawn, thin, thinned
from casevac.fleet import choice
from casevac.plan import Answer, answer
from casevac.roadbook import travel
from casevac.terms import Category, HazardKind, Mode
from casevac.view import View
from casevac.weigh import weigh
from geo.area import circle
from geo.lonlat import LonLat, distance_m
from geo.profile import with_speed_factor
from geo.routing import Router
from tests.casevac.scenes import NOW, A, B, C, after, ambulance, told
from tests.casevac.test_plan import NEAR_BRIA, hurt

TOWN, STRIP = {"lon": 22.75, "lat": 10.27}, {"lon": 22.72, "lat": 10.24}
BY_HAND = {"loading_s": 180.0, "hand_over_s": 300.0, "surgery_preparation_s": 900.0, "surgery_case_s": 5400.0}


@pytest.fixture(scope="module")
def real(demo, router):
    """The demo's means at the speed of real vehicles."""
    opened = demo.opened.value
    profile = replace(opened.profile, speed_factor=1.0, **BY_HAND)
    slow = Router(router.roads, with_speed_factor(router.profiles, 1.0), season="dry", max_snap_m=20_000)
    return told(demo, (-1, replace(opened, profile=profile))), slow


def asked(picture, router, now=10.0) -> Answer:
    view = View(picture, after(now))
    wanted = choice(view, "R")
    return answer(view, wanted, travel(router, view, wanted))


def test_birao_is_still_answered_and_what_would_help_is_told(real):
    picture, router = real
    found = asked(hurt(picture, Category.T1, **TOWN), router)
    best = found.options[0]
    assert best.verdict == "breach"
    assert best.facility == "mtf-bria"
    told_first, *helps = found.advice
    surgery = best.promises[0].surgery_p50_at
    assert (
        "surgery within 2 h 00 min of injury (by 10:59Z) cannot be reached by evacuation alone" in told_first
    )
    assert re.search(
        f"the soonest is at Bria Level 2 at {surgery:%H:%M}Z, 11 h 0[01] min after injury", told_first
    )
    assert [line.split(" would")[0].split(",")[0] for line in helps] == [
        "a ground vehicle (ambulance-4x4) at Birao Level 1",
        "a forward surgical team and a ground vehicle (ambulance-4x4) at Birao Level 1",
        "resuscitation at Birao Level 1 with a ground vehicle (ambulance-4x4) posted there in 47 min",
    ]
    assert helps[1].endswith("in time")
    assert helps[2].endswith("in time for advanced care; it has no blood: send some there")


def test_what_is_advised_comes_true_when_it_is_there(real):
    """With the vehicle and the surgical team that were advised, surgery begins when the advice said."""
    picture, router = real
    scene = hurt(picture, Category.T1, **TOWN)
    line = next(one for one in asked(scene, router).advice if "forward surgical team" in one)
    promised = re.search(r"at (\d\d:\d\d)Z: in time", line).group(1)
    birao = scene.facilities["mtf-birao"].card
    able = scene.facilities["mtf-bria"].card.capabilities
    helped = told(
        scene,
        (2, replace(birao, capabilities=able, tables=1)),
        (3, ambulance("AMB-B", lon=birao.lon, lat=birao.lat, profile="ambulance-4x4")),
    )
    made = asked(helped, router).options
    assert (made[0].facility, made[0].verdict) == ("mtf-birao", "within 2 h")
    assert min(f"{one.promises[0].surgery_p50_at:%H:%M}" for one in made) <= promised
    assert asked(helped, router).advice == ()


def test_an_aircraft_near_by_is_advised_with_the_time_it_would_give(real):
    picture, router = real
    found = asked(hurt(picture, Category.T1, **STRIP), router)
    assert found.options[0].summary == "on foot to Birao airfield (FEFI), then HELI-2 to Bria Level 2"
    (line,) = [one for one in found.advice if one.startswith("an aircraft (")]
    promised = re.search(r"at (\d\d:\d\d)Z", line).group(1)
    moved = replace(
        picture.vehicles["HELI-2"].card, id="HELI-9", callsign="HELI-9", home_lon=22.7169, home_lat=10.2364
    )
    best = asked(told(hurt(picture, Category.T1, **STRIP), (2, moved)), router).options[0]
    assert best.vehicles == ("HELI-9",)
    # the advice takes the loading of a vehicle, a litter team hands over, which takes longer here
    late = (best.promises[0].surgery_p50_at - after(10)).total_seconds()
    hours, minutes = (int(part) for part in promised.split(":"))
    assert abs(late - ((hours - 9) * 3600 + minutes * 60)) < 600


def test_night_flying_is_advised_where_only_the_night_forbids(real):
    picture, router = real
    blind = [replace(picture.vehicles[v].card, profile="helicopter") for v in ("HELI-1", "HELI-2")]
    scene = told(hurt(picture, Category.T1, **STRIP), *((2, one) for one in blind))
    night = asked(scene, router, now=11 * 3600)
    assert any(re.match(r"HELI-\d with night flying would bring surgery at", line) for line in night.advice)
    assert all(leg.mode != Mode.AIR for one in night.options for leg in one.legs)
    assert not any("night flying" in line for line in asked(scene, router).advice)


def test_where_the_queue_is_the_cause_another_table_is_advised(real):
    picture, router = real
    found = asked(hurt(picture, Category.T1, Category.T2, **NEAR_BRIA), router)
    assert found.advice[0].startswith(f"{B}: surgery within 2 h 00 min of injury")
    assert "with the operating tables there are" in found.advice[0]
    assert found.advice[1].startswith(
        "another operating table and team at Bria Level 2 would let it begin at 10:0"
    )


def test_no_advice_while_a_limit_is_kept(demo, router):
    assert asked(hurt(demo, Category.T1, Category.T2, Category.T3), router).advice == ()


# --- what stands in the way


def hazard(**more) -> e.HazardReported:
    fields = {"id": "Z", "hazard_kind": HazardKind.CLOSURE, "name": "BRIDGE-1", "radius_m": 500.0, **more}
    return e.HazardReported(**fields)


def test_a_closed_road_sends_another_vehicle_or_says_so(demo, router):
    scene = hurt(demo, Category.T1)
    free = asked(scene, router)
    assert free.options[0].vehicles == ("AMB-01",)
    near = told(scene, (2, hazard(lon=21.9268, lat=6.5209)))
    closed = asked(near, router)
    assert all(v not in one.vehicles for one in closed.options for v in ("AMB-01", "AMB-02"))
    assert closed.options[0].vehicles[0] == "AMB-07"  # from the other side of the bridge
    within = told(scene, (2, hazard(**NEAR_BRIA)))
    assert asked(within, router).options == ()
    assert any("the way is closed by BRIDGE-1" in one.why for one in asked(within, router).refused)
    over = told(near, (3, e.HazardLifted(id="Z")))
    assert asked(over, router).options == free.options
    assert (
        asked(told(scene, (2, hazard(lon=21.9268, lat=6.5209, until=after(5)))), router).options
        == free.options
    )


def test_mines_on_the_path_stop_the_litter_team_and_not_the_ambulance(demo, router):
    """Casualties off the road are carried to it; where nobody may walk, the ambulance must come to them."""
    scene = hurt(demo, Category.T1, lon=21.90, lat=6.48)
    assert any(leg.mode == Mode.FOOT for one in asked(scene, router).options for leg in one.legs)
    mined = told(scene, (2, hazard(name="MINES", affects=(Mode.FOOT,), lon=21.90, lat=6.48, radius_m=50.0)))
    found = asked(mined, router)
    assert found.options
    assert all(leg.mode != Mode.FOOT for one in found.options for leg in one.legs)
    assert found.options[0].legs[0].mode == Mode.GROUND


def test_aircraft_fly_round_weather(demo, router, script):
    incident = next(one for one in script.incidents if one.id == "alindao-east")
    scene = hurt(demo, Category.T1, lon=incident.lon, lat=incident.lat)
    storm = hazard(
        hazard_kind=HazardKind.WEATHER,
        name="STORM",
        affects=(Mode.AIR,),
        lon=21.6,
        lat=5.8,
        radius_m=60_000.0,
    )
    assert "HELI-2" in asked(scene, router).options[0].vehicles
    view = View(told(scene, (2, storm)), after(10))
    ways = travel(router, view, choice(view, "R"))
    before = travel(router, View(scene, after(10)), choice(view, "R"))
    longer = {way: ways.hops[way].metres - before.hops[way].metres for way in ways.around if way in ways.hops}
    assert longer and all(metres > 0 for metres in longer.values())
    assert all(words.startswith("round STORM, ") for words in ways.around.values())
    assert ways.around.keys().isdisjoint(ways.reasons)
    flown = 0
    for option in answer(view, choice(view, "R"), ways).options:
        whole = drawn(router, view, option)
        for leg in (*whole.legs, *thinned(whole).legs):
            if leg.mode == Mode.AIR:
                flown += 1
                assert not circle("STORM", 21.6, 5.8, 60_000).meets([LonLat(*p) for p in leg.path])
        if "HELI-2" in option.vehicles:
            assert any("HELI-2 flies round STORM" in why for why in option.reasons)
    assert flown


def test_a_decision_names_the_hazards_it_rests_on(demo, router):
    scene = hurt(demo, Category.T1)
    one, other = View(scene, NOW), View(told(scene, (0, hazard(lon=21.9, lat=6.5))), after(1))
    assert hashes(router, one).hazards == NO_HAZARDS != hashes(router, other).hazards
    assert hashes(router, one).network == hashes(router, other).network == router.digest


# --- small decisions


def test_stored_ways_are_thin_and_stay_near_the_real_ones(demo, router):
    view = View(hurt(demo, Category.T1), after(10))
    for option in weigh(view, router, "R").options:
        whole = drawn(router, view, option)
        assert thinned(whole).legs[0].path == option.legs[0].path
        for leg, full in zip(option.legs, whole.legs, strict=True):
            assert (leg.path[0], leg.path[-1]) == (full.path[0], full.path[-1])
            assert len(leg.path) <= len(full.path)


def test_thinning_moves_a_line_by_no_more_than_it_says():
    wavy = tuple((21.0 + i * 1e-4, 6.0 + 5e-5 * (-1) ** i) for i in range(400))
    kept = thin(wavy)
    assert len(kept) < 20
    assert (kept[0], kept[-1]) == (wavy[0], wavy[-1])
    corner = ((21.0, 6.0), (21.01, 6.0), (21.01, 6.01))
    assert thin(corner) == corner
    assert distance_m(LonLat(*corner[0]), LonLat(*corner[1])) > 1000


def test_three_casualties_near_bria_are_taken_together(real):
    """The demo's first incident, as a coordinator reads it."""
    picture, router = real
    best = asked(hurt(picture, Category.T1, Category.T2, Category.T3, **NEAR_BRIA), router).options[0]
    assert (best.summary, set(best.casualties)) == ("AMB-01 to Bria Level 2", {A, B, C})
    assert best.capability[:2] == ("RESUS: Bria Level 2", "DCS: Bria Level 2 (1 operating table)")
    assert "AMB-01 has not reported a position: taken to be at its home" in best.risks

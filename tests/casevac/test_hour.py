"""By night the roads are slower, wherever a way is asked for; a threat is told apart; flights go round."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from casevac import events as e
from casevac import hazard
from casevac.drawn import drawn
from casevac.entities import leg_json
from casevac.fleet import choice
from casevac.hour import airspace, by_light, roads
from casevac.nearest import nearest
from casevac.plan import answer
from casevac.preview import preview
from casevac.reachable import Asked, reachable, starts_of
from casevac.roadbook import travel
from casevac.terms import Capability, Category, HazardKind, Mode
from casevac.told import options_json
from casevac.travel import POI
from casevac.view import View
from geo.area import circle
from geo.foot import carry
from geo.hazards import Hazard
from geo.lonlat import LonLat
from geo.reach import Wanted
from tests.casevac.scenes import NOW, after, told
from tests.casevac.test_divert import tasked
from tests.casevac.test_plan import hurt

NIGHT = timedelta(hours=13)  # 22:00 UTC: dark where it is 22 degrees east
BRIA, BAMBARI = LonLat(21.98633, 6.54233), LonLat(20.67565, 5.76795)


def reported(kind: HazardKind = HazardKind.THREAT, **more) -> e.HazardReported:
    place = {"lon": 21.5, "lat": 6.3, "radius_m": 8000.0}
    return e.HazardReported(**{"id": "H", "name": "ZULU", "hazard_kind": kind, **place, **more})


def test_the_hour_decides_and_the_same_roads_are_made_once(router):
    day, night = by_light(router, BRIA, NOW), by_light(router, BRIA, NOW + NIGHT)
    assert day is router
    assert (night.night, night.season, night.roads) == (True, router.season, router.roads)
    assert by_light(night, BRIA, NOW) is router
    assert by_light(router, BRIA, NOW + NIGHT) is night
    slow, usual = (one.route(BRIA, BAMBARI, "ambulance").seconds_p50 for one in (night, router))
    assert slow > 1.05 * usual
    assert by_light(router, BRIA, NOW, "wet").season == "wet"


def test_hazards_stay_when_the_hour_changes(demo, router):
    picture = told(demo, (1, reported(HazardKind.CLOSURE)))
    day = roads(router, picture, BRIA, after(2), *hazard.DRIVING)
    night = day.as_of(day.season, night=True)
    assert [one.id for one in night.laid.hazards] == [one.id for one in day.laid.hazards] == ["H"]
    assert night is roads(router, picture, BRIA, after(2) + NIGHT, *hazard.DRIVING)
    assert night.whole is router.as_of(router.season, night=True)


def test_plans_drawings_and_the_nearest_go_by_the_hour(demo, router):
    picture = hurt(demo, Category.T1)
    views = [View(picture, at) for at in (after(10), after(10) + NIGHT)]
    day, night = (travel(router, view, choice(view, "R")) for view in views)
    driven = [way for way in day.hops if way[0] == "ambulance" and POI in way and way in night.hops]
    longer = [night.hops[way].seconds_p50 - day.hops[way].seconds_p50 for way in driven]
    assert driven and min(longer) >= 0 and max(longer) > 60
    near = [nearest(view, router, LonLat(21.8, 6.45), [Capability.DCS], 1, "ambulance")[0] for view in views]
    assert near[1].seconds_p50 > near[0].seconds_p50
    assert near[1].route.seconds_p50 > near[0].route.seconds_p50
    for view, ways in zip(views, (day, night), strict=True):
        for option in answer(view, choice(view, "R"), ways).options:
            assert [leg.metres for leg in drawn(router, view, option).legs] == [
                leg.metres for leg in option.legs
            ]


def test_reach_shrinks_by_night_and_says_so(demo, router):
    asked = Asked(Wanted("ambulance", (1800.0 / router.profiles["ambulance"].speed_factor,)))
    found = []
    for at in (after(10), after(10) + NIGHT):
        view = View(demo, at)
        starts, _ = starts_of(view, "mtf-bria", [], lambda text: BRIA)
        isochrones, notes = reachable(view, router, starts, asked)
        found.append((isochrones[0].road_m, any("by night" in one for one in notes)))
    assert found[1][0] < found[0][0]
    assert [by_night for _, by_night in found] == [False, True]


# --- threats


def test_a_leg_of_a_plan_tells_its_exposure_beside_its_time(demo, router):
    calm = hurt(demo, Category.T1)
    grave = told(calm, (1, reported(severity=0.5, lon=BRIA.lon, lat=BRIA.lat)))
    options = []
    for picture in (calm, grave):
        view = View(picture, after(10))
        options.append(answer(view, choice(view, "R"), travel(router, view, choice(view, "R"))).options[0])
    safe, risky = ([leg for leg in one.legs if leg.mode == Mode.GROUND] for one in options)
    assert all(leg.exposure_s == leg.danger_s == 0 for leg in safe)
    exposed = [leg for leg in risky if leg.exposure_s]
    assert exposed
    for leg in exposed:
        assert leg.danger_s == pytest.approx(0.5 * leg.exposure_s)
        assert leg.exposure_s <= leg.seconds_p50 + 1
        assert leg_json(leg)["exposure_s"] == round(leg.exposure_s, 1)
    body = e.OptionsComputed(
        decision="D", request="R", now=NOW, seen_seq=1, hashes=e.Hashes("", "", "", "", ""), positions={},
        options=(options[1],),
    )  # fmt: skip
    total = sum(leg.exposure_s for leg in options[1].legs)
    assert options_json(body)["options"][0]["exposure_s"] == pytest.approx(total, abs=0.1)


def test_whoever_carries_across_a_threat_is_told_and_weighed_as_on_a_road(router):
    start, end = LonLat(21.5, 6.9), LonLat(21.51, 6.9)
    far = router.under([])
    plain = carry(far, start, end, "litter-team")
    threat = Hazard("T", "T", "threat", circle("T", 21.505, 6.9, 200.0), severity=3.0)
    under = carry(router.under([threat]), start, end, "litter-team")
    assert plain.across and (plain.exposure_s, plain.danger_s) == (0.0, 0.0)
    assert under.seconds_p50 == plain.seconds_p50
    assert 0.2 * under.seconds_p50 < under.exposure_s < 0.5 * under.seconds_p50
    assert under.danger_s == pytest.approx(3.0 * under.exposure_s)


# --- flights


def test_a_preview_tells_how_much_longer_a_flight_round_it_takes(demo, router, script):
    incident = next(one for one in script.incidents if one.id == "alindao-east")
    picture = hurt(demo, Category.T1, lon=incident.lon, lat=incident.lat)
    view = View(picture, after(5))
    best = answer(view, choice(view, "R"), travel(router, view, choice(view, "R")))
    flying = next(one for one in best.options if any(leg.mode == Mode.AIR for leg in one.legs))
    running = tasked(picture, best, 5, option=flying.id)
    view = View(running, after(6))
    (chain,) = running.chains.values()
    leg = max((leg for leg in chain.plan.legs if leg.mode == Mode.AIR), key=lambda each: each.metres)
    middle = ((leg.start.lon + leg.end.lon) / 2, (leg.start.lat + leg.end.lat) / 2)
    storm = reported(HazardKind.WEATHER, affects=(Mode.AIR,), lon=middle[0], lat=middle[1], radius_m=10_000.0)
    (touched,) = preview(view, router, storm).changed
    detour = next(one for one in touched.detours if one.leg == leg)
    assert detour.later_s > 1
    assert detour.farther_m > 1000
    over = replace(storm, lon=leg.end.lon, lat=leg.end.lat, radius_m=3000.0)
    shut = [one for each in preview(view, router, over).changed for one in each.detours if one.leg == leg]
    assert "ZULU" in shut[0].why_not
    assert airspace(told(running, (6, storm)), after(7)).closed[0].name == "ZULU"

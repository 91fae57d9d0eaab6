"""Running chains are led round what is closed, on a small real network; what is left alone stays."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from casevac import events as e
from casevac.alarms import alarms
from casevac.chain import on_path
from casevac.detours import detours
from casevac.drawn import points
from casevac.entities import touched
from casevac.picture import Picture, empty
from casevac.terms import Category, HazardKind, LegState, Mode, Purpose, VehicleState
from casevac.view import View
from casevac.ways import due, left, standing
from geo.lonlat import LonLat
from geo.national import read_geojson
from geo.profile import load_profiles
from geo.routing import Router
from tests.casevac.scenes import A, B, after, alert, ambulance, seen, told
from tests.casevac.ways import SURGERY

WEST, EAST, NORTH, SOUTH = (21.0, 6.0), (21.2, 6.0), (21.1, 6.06), (21.1, 5.92)
DOOR = (21.3, 6.0)
LINES = [
    [WEST, (21.05, 6.0), (21.1, 6.0), (21.15, 6.0), EAST],
    [WEST, NORTH, EAST],
    [WEST, SOUTH, EAST],
    [EAST, (21.25, 6.0), DOOR],
]
SCENE, BASE = e.Stop("the scene", *EAST, "R"), e.Stop("base", *WEST)
F = e.FacilityRegistered(id="F", name="Field hospital", lon=DOOR[0], lat=DOOR[1], capabilities=SURGERY,
                         beds_free=9, tables=1)  # fmt: skip
ON_STRAIGHT = {"lon": 21.15, "lat": 6.0, "radius_m": 300.0}
ON_NORTH = {"lon": 21.1, "lat": 6.06, "radius_m": 300.0}
ON_SOUTH = {"lon": 21.1, "lat": 5.92, "radius_m": 300.0}
AT_DOOR = {"lon": 21.25, "lat": 6.0, "radius_m": 300.0}


@pytest.fixture(scope="module")
def router(tmp_path_factory: pytest.TempPathFactory) -> Router:
    features = [
        {
            "type": "Feature",
            "properties": {"class": "primary"},
            "geometry": {"type": "LineString", "coordinates": line},
        }
        for line in LINES
    ]
    path = tmp_path_factory.mktemp("roads") / "lines.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    profiles = load_profiles(Path(__file__).parents[2] / "data" / "profiles.json")
    return Router(read_geojson(path), profiles)


def leg(
    router: Router, vehicle: str, ends: tuple[e.Stop, e.Stop], at: float, aboard: tuple[str, ...] = ()
) -> e.Leg:
    start, end = ends
    way = router.route(LonLat(start.lon, start.lat), LonLat(end.lon, end.lat), "ambulance")
    return e.Leg(
        mode=Mode.GROUND, vehicle=vehicle, purpose=Purpose.TO_FACILITY if aboard else Purpose.TO_PICKUP,
        start=start, end=end, path=points(way.path), metres=way.metres,
        seconds_p50=way.seconds_p50, seconds_p90=way.seconds_p90, depart_at=after(at),
        arrive_p50_at=after(at + way.seconds_p50), arrive_p90_at=after(at + way.seconds_p90),
        casualties=aboard,
    )  # fmt: skip


def chain(router: Router, name: str, vehicle: str, zap: str, start: e.Stop = BASE) -> list[e.AnyBody]:
    door = e.Stop("Field hospital", *DOOR, "F")
    legs = (
        leg(router, vehicle, (start, SCENE), 10), leg(router, vehicle, (SCENE, door), 2000, (zap,)),
    )  # fmt: skip
    plan = e.ChainPlanned(
        chain=name, request="R", decision="D", option="1", facility="F", vehicles=(vehicle,),
        casualties=(zap,), legs=legs,
    )  # fmt: skip
    orders = e.VehicleTasked(
        task=f"T{name}", chain=name, request="R", vehicle=vehicle, casualties=(zap,), legs=legs
    )
    return [plan, orders]


@pytest.fixture
def two(router: Router) -> Picture:
    """C1 comes from the west, C2 from beside the scene; both go on to the door in the east."""
    means = [F, ambulance("V1", *WEST), ambulance("V2", *EAST), alert("R", A, B, lon=EAST[0], lat=EAST[1])]
    triage = [e.CasualtyTriaged(casualty=one, category=Category.T1) for one in (A, B)]
    near = e.Stop("near", 21.19, 6.0)
    picture = told(empty("M"), *((0, body) for body in (*means, *triage)))
    plans = [*chain(router, "C1", "V1", A), *chain(router, "C2", "V2", B, near)]
    return told(picture, *((5, body) for body in plans))


def closure(name: str = "Z1", **more) -> e.HazardReported:
    fields = {"hazard_kind": HazardKind.CLOSURE, "name": f"bridge {name}", **ON_STRAIGHT, **more}
    return e.HazardReported(id=name, **fields)


def led(picture: Picture, router: Router, at: float, positions=None) -> tuple[Picture, dict[str, e.AnyBody]]:
    """The picture with the new roads, and what was told of them by its kind or its chain."""
    view = View(picture, after(at), positions)
    bodies = detours(view, router, due(view))
    by = {one.chain if isinstance(one, e.ChainRerouted) else "kept": one for one in bodies}
    assert len(by) == len(bodies)
    return told(picture, *((at, body) for body in bodies)), by


def test_who_is_touched_is_led_round_and_the_other_confirmed(two, router):
    closed = told(two, (20, closure()))
    assert [one.id for one in due(View(closed, after(21)))] == ["C1", "C2"]
    picture, said = led(closed, router, 21)
    assert said.keys() == {"C1", "kept"}
    assert said["kept"].chains == ("C2",)
    road, plan = said["C1"].roads[0], picture.chains["C1"].plan
    assert [one.leg for one in said["C1"].roads] == [0]
    assert NORTH in road.path
    before = two.chains["C1"].plan.legs[0]
    assert road.seconds_p50 > before.seconds_p50
    assert plan.legs[0].path == road.path
    assert plan.legs[1] == two.chains["C1"].plan.legs[1]
    assert (plan.legs[0].depart_at, plan.legs[0].arrive_p90_at) == (before.depart_at, before.arrive_p90_at)
    assert picture.chains["C2"].plan == two.chains["C2"].plan
    assert "by another road" in said["C1"].what
    assert "bridge Z1" in said["C1"].what


def test_every_forecast_and_clock_is_told_with_the_new_road(two, router):
    closed = told(two, (20, closure()))
    picture, said = led(closed, router, 21)
    view = View(picture, after(21))
    _, arrivals = view.travelled(view.picture.chains["C1"])
    assert [one.p50_at for one in said["C1"].due] == [at.p50_at.replace(microsecond=0) for at in arrivals]
    later = View(two, after(21)).travelled(two.chains["C1"])[1]
    assert all(one.p50_at > was.p50_at for one, was in zip(said["C1"].due, later, strict=True))
    assert {(one.casualty, one.step) for one in said["C1"].clocks} == {
        (A, clock.step) for clock in view.clocks(picture.casualties[A])
    }
    told_at = {one.step: (one.p50_at, one.p90_at) for one in said["C1"].clocks}
    for clock in view.clocks(picture.casualties[A]):
        assert told_at[clock.step] == (clock.expected or (None, None))


def test_once_looked_at_nothing_is_due_until_something_changes(two, router):
    assert due(View(two, after(19))) == ()
    picture, _ = led(told(two, (20, closure())), router, 21)
    assert due(View(picture, after(22))) == ()
    assert standing(picture, after(22)) == picture.chains["C2"].standing
    again = told(picture, (30, closure(radius_m=200.0)))
    assert len(due(View(again, after(31)))) == 2


def test_a_hazard_that_is_over_by_itself_is_news_too(two, router):
    picture, said = led(told(two, (20, closure(until=after(100)))), router, 21)
    assert "C1" in said
    assert due(View(picture, after(99))) == ()
    back, said = led(picture, router, 101)
    assert said["C1"].roads[0].path == two.chains["C1"].plan.legs[0].path
    assert "bridge Z1 lifted" in said["C1"].what
    assert due(View(back, after(102))) == ()


def under_way(picture: Picture) -> Picture:
    return told(picture, (12, e.TaskAccepted(task="TC1")),
                (13, e.VehicleStatusChanged(state=VehicleState.TO_PICKUP, vehicle="V1")))  # fmt: skip


def test_a_vehicle_that_has_passed_goes_on(two, router):
    picture = told(under_way(two), (400, closure()))
    assert led(picture, router, 401, {"V1": seen(21.17, 6.0, 399)})[1].keys() == {"kept"}


def test_a_vehicle_under_way_gets_its_road_from_where_it_is(two, router):
    picture = told(under_way(two), (100, closure()))
    here = {"V1": seen(21.06, 6.0, 99)}
    led_on, said = led(picture, router, 101, here)
    road = said["C1"].roads[0]
    assert road.path[0] == (21.06, 6.0)
    assert NORTH in road.path or SOUTH in road.path
    view = View(led_on, after(101), here)
    done, arrivals = view.travelled(view.picture.chains["C1"])
    assert done[0].state == LegState.STARTED
    assert (arrivals[0].p50_at - after(99)).total_seconds() == pytest.approx(road.seconds_p50, abs=1)
    assert led_on.tasks["TC1"].legs == two.tasks["TC1"].legs  # what was ordered stays what was ordered
    ahead = left(view, view.picture.chains["C1"])[0]
    assert ahead.start == (21.06, 6.0)


def test_without_a_way_left_the_chain_says_so_and_is_free_again_when_one_opens(two, router):
    every = [closure("Z1"), closure("Z2", **ON_NORTH), closure("Z3", **ON_SOUTH)]
    picture, said = led(told(two, *((20, one) for one in every)), router, 21)
    assert said["C1"].roads[0].why
    assert "no way left" in said["C1"].what
    view = View(picture, after(22))
    found = [one for one in alarms(view) if one.kind == "chain_blocked"]
    assert [(one.subject, one.severity.value) for one in found] == [("C1", "critical")]
    assert "V1 has no way left to the scene" in found[0].words
    assert picture.chains["C1"].plan == two.chains["C1"].plan
    opened, said = led(told(picture, (30, e.HazardLifted(id="Z3"))), router, 31)
    assert SOUTH in said["C1"].roads[0].path
    assert not [one for one in alarms(View(opened, after(32))) if one.kind == "chain_blocked"]
    assert not opened.chains["C1"].blocked


def test_what_is_blocked_for_the_same_reason_is_not_told_twice(two, router):
    every = [closure("Z1"), closure("Z2", **ON_NORTH), closure("Z3", **ON_SOUTH)]
    picture, _ = led(told(two, *((20, one) for one in every)), router, 21)
    elsewhere = told(picture, (30, closure("Z4", lon=25.0)))
    assert led(elsewhere, router, 31)[1].keys() == {"kept"}


def test_a_road_opened_again_is_taken_only_where_it_saves_a_minute(two, router):
    picture, said = led(told(two, (20, closure())), router, 21)
    gain = said["C1"].roads[0].seconds_p50 - two.chains["C1"].plan.legs[0].seconds_p50
    assert gain > 60
    back, said = led(told(picture, (30, e.HazardLifted(id="Z1"))), router, 31)
    assert back.chains["C1"].plan == two.chains["C1"].plan
    assert said["kept"].chains == ("C2",)
    nearly = told(two, (20, closure("Z9", **ON_NORTH)))
    aside, said = led(nearly, router, 21)
    assert said.keys() == {"kept"}
    assert led(told(aside, (30, e.HazardLifted(id="Z9"))), router, 31)[1].keys() == {"kept"}


def test_a_slow_road_is_kept_where_there_is_no_better_and_takes_longer(two, router):
    slow = e.HazardReported(
        id="S", hazard_kind=HazardKind.SLOW, name="mud", speed_factor=0.5, **AT_DOOR | {"radius_m": 3000.0}
    )
    picture, said = led(told(two, (20, slow)), router, 21)
    assert said.keys() == {"C1", "C2"}
    road, was = said["C2"].roads[-1], two.chains["C2"].plan.legs[1]
    assert road.seconds_p50 > 1.2 * was.seconds_p50
    assert all(on_path(road.path, *point)[0] >= 0.0 for point in was.path)
    assert "on its road" in said["C2"].what
    assert picture.chains["C2"].plan.legs[1].seconds_p50 == road.seconds_p50


def test_a_closure_in_the_air_or_elsewhere_changes_no_road(two, router):
    for body in (closure(affects=(Mode.AIR,)), closure(lat=7.0)):
        assert led(told(two, (20, body)), router, 21)[1].keys() == {"kept"}


def test_a_chain_that_is_over_is_not_looked_at(two, router):
    ended = told(two, (15, e.TaskCancelled(task="TC1", reason="no need")), (20, closure()))
    assert [one.id for one in due(View(ended, after(21)))] == ["C2"]


def test_only_what_changes_is_drawn_again(two, router):
    closed = told(two, (20, closure()))
    picture, _ = led(closed, router, 21)
    assert touched(closed, picture)["chains"] == {"C1"}


def test_a_place_beside_a_path_splits_it():
    path = ((21.0, 6.0), (21.1, 6.0), (21.1, 6.0), (21.2, 6.0))
    assert on_path(path, 21.05, 6.001) == (pytest.approx(0.25, abs=0.001), 1)
    assert on_path(path, 21.15, 6.0) == (pytest.approx(0.75, abs=0.001), 3)
    assert on_path(path, 20.0, 6.0)[0] == 0.0
    assert on_path(path, 22.0, 6.0) == (pytest.approx(1.0), 3)
    shares = [on_path(path, 21.0 + step / 50, 6.0)[0] for step in range(11)]
    assert all(a < b for a, b in pairwise(shares))


def test_by_night_the_new_road_takes_the_time_of_the_night(two, router):
    night_s = 13 * 3600.0
    times = [
        led(told(two, (at, closure())), router, at + 1)[1]["C1"].roads[0].seconds_p50 for at in (20, night_s)
    ]
    assert times[1] > 1.05 * times[0]


def test_a_threat_on_a_road_that_stays_is_told_with_it_and_gone_when_it_is_lifted(two, router):
    threat = closure(hazard_kind=HazardKind.THREAT, severity=0.1, radius_m=1000.0)
    picture, said = led(told(two, (20, threat)), router, 21)
    (road, *_) = said["C1"].roads
    assert (road.leg, "on its road" in said["C1"].what) == (0, True)
    assert "in threat zones" in said["C1"].what
    assert road.danger_s == pytest.approx(0.1 * road.exposure_s)
    leg = picture.chains["C1"].plan.legs[0]
    assert (leg.exposure_s, leg.seconds_p50) == (road.exposure_s, two.chains["C1"].plan.legs[0].seconds_p50)
    lifted, said = led(told(picture, (30, e.HazardLifted(id="Z1"))), router, 31)
    assert said["C1"].roads[0].exposure_s == lifted.chains["C1"].plan.legs[0].exposure_s == 0.0


def test_what_is_told_anew_and_still_stands_is_not_called_lifted(two, router):
    picture, _ = led(told(two, (20, closure())), router, 21)
    moved = told(picture, (30, closure(**ON_NORTH)))
    _, said = led(moved, router, 31)
    assert "bridge Z1" in said["C1"].what
    assert "lifted" not in said["C1"].what


def test_a_chain_that_is_planned_anew_has_none_of_the_roads_of_its_former_plan(two, router):
    led_round, said = led(told(two, (20, closure())), router, 21)
    assert led_round.chains["C1"].roads
    anew = chain(router, "C1", "V1", A)[0]
    planned = told(led_round, (30, anew)).chains["C1"]
    assert (planned.roads, planned.looked, planned.plan) == ({}, None, anew)
    late = told(two, (30, anew), (21, said["C1"])).chains["C1"]
    assert (late.roads, late.looked) == (planned.roads, planned.looked)
    assert [one.id for one in due(View(told(led_round, (30, anew)), after(31)))] == ["C1"]

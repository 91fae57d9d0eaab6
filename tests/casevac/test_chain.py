"""Chains: exchange points join, progress follows events, forecasts follow positions."""

from datetime import timedelta

import msgspec
import networkx as nx
import pytest

from casevac import chain as chains
from casevac.chain import Progress, forecast, graph, late, share_done
from casevac.entities import entities
from casevac.events import (
    CasualtyHandedOver,
    CasualtyLoaded,
    ChainPlanned,
    FacilityRegistered,
    Stop,
    TaskAccepted,
    TaskCancelled,
    TaskDeclined,
    TaskFinished,
    VehicleStatusChanged,
    VehicleTasked,
)
from casevac.mission import Profile
from casevac.picture import Picture, empty
from casevac.terms import LegState, Purpose, VehicleState
from casevac.view import View
from tests.casevac.scenes import NOW, A, B, after, alert, ambulance, leg, seen, told

POI, SITE, DOOR = Stop("scene", 21.0, 6.0, "R"), Stop("strip", 21.1, 6.0, "S"), Stop("F", 22.0, 6.0, "F")
HOME, PAD = Stop("home", 20.9, 6.0, "AMB"), Stop("pad", 21.5, 6.0, "HELI")
PROFILE = Profile(loading_s=100, hand_over_s=50)
PLANNED = Progress(LegState.PLANNED)


def exchange(helicopter_s: float = 2000.0):
    return (
        leg("AMB", Purpose.TO_PICKUP, (HOME, POI), (600, 700)),
        leg("AMB", Purpose.TO_EXCHANGE, (POI, SITE), (300, 400), (A,)),
        leg("HELI", Purpose.TO_EXCHANGE, (PAD, SITE), (helicopter_s, helicopter_s + 10)),
        leg("HELI", Purpose.TO_FACILITY, (SITE, DOOR), (1000, 1100), (A,)),
    )


def under_way(legs=None, *more) -> Picture:
    legs = legs or exchange()
    vehicles = tuple(dict.fromkeys(one.vehicle for one in legs))
    plan = ChainPlanned(
        chain="C", request="R", decision="D", option="1", facility="F", vehicles=vehicles,
        casualties=(A,), legs=legs,
    )  # fmt: skip
    orders = [
        VehicleTasked(
            task=f"T-{v}",
            chain="C",
            request="R",
            vehicle=v,
            casualties=(A,),
            legs=tuple(one for one in legs if one.vehicle == v),
        )
        for v in vehicles
    ]
    return told(
        empty("M"),
        *((0, ambulance(v)) for v in vehicles),
        (0, FacilityRegistered(id="F", name="F", lon=22, lat=6)),
        (0, alert("R", A, injury_at=NOW)),
        (1, plan),
        *((1, order) for order in orders),
        *more,
    )


def states(picture: Picture, now: float = 5000):
    done, _ = View(picture, after(now)).travelled(picture.chains["C"])
    return [one.state.value for one in done]


def test_an_exchange_point_joins_both_vehicles():
    assert set(graph(exchange()).edges) == {(0, 1), (1, 3), (2, 3)}


def test_a_vehicle_that_passes_by_is_not_waited_for():
    legs = (*exchange(), leg("AMB-2", Purpose.TO_EXCHANGE, (POI, SITE), (50_000, 60_000), (B,)))
    assert set(graph(legs).predecessors(3)) == {1, 2}


@pytest.mark.parametrize("helicopter_s", [100.0, 2000.0])
def test_the_later_of_both_decides_when_the_aircraft_leaves(helicopter_s):
    legs = exchange(helicopter_s)
    arrivals = forecast(legs, [PLANNED] * 4, {}, PROFILE, NOW)
    there = max(600 + 100 + 300, helicopter_s)
    assert arrivals[3].depart_at == after(there + 50)
    assert arrivals[3].p50_at == after(there + 50 + 1000)


@pytest.mark.parametrize("helicopter_s", [100.0, 1500.0, 9000.0])
def test_the_forecast_is_the_longest_path(helicopter_s):
    legs = exchange(helicopter_s)
    weighted = nx.DiGraph()
    for i, j in graph(legs).edges:
        dwell = 0 if not legs[j].casualties else 50 if j == 3 else 100
        weighted.add_edge(i, j, weight=legs[i].seconds_p50 + dwell)
    longest = nx.dag_longest_path_length(weighted) + legs[3].seconds_p50
    assert forecast(legs, [PLANNED] * 4, {}, PROFILE, NOW)[3].p50_at == after(longest)


def test_a_leg_that_waits_never_departs_in_the_past():
    arrivals = forecast(exchange(), [PLANNED] * 4, {}, PROFILE, after(9000))
    assert all(arrival.depart_at >= after(9000) for arrival in arrivals)
    assert arrivals[0].p50_at == after(9600)


def test_the_leg_under_way_is_measured_by_the_position_on_its_path():
    started = [Progress(LegState.STARTED, after(0)), PLANNED, PLANNED, PLANNED]
    quarter = {"AMB": seen(20.925, 6.0005, 200)}
    arrival = forecast(exchange(), started, quarter, PROFILE, after(210))[0]
    assert arrival.p50_at == pytest.approx(after(200 + 450), abs=timedelta(seconds=1))
    assert arrival.p90_at == pytest.approx(after(200 + 525), abs=timedelta(seconds=1))


def test_a_position_from_before_the_leg_tells_nothing():
    started = [Progress(LegState.STARTED, after(100)), PLANNED, PLANNED, PLANNED]
    old = {"AMB": seen(21.0, 6.0, 50)}
    assert forecast(exchange(), started, old, PROFILE, after(150))[0].p50_at == after(700)


def test_no_forecast_lies_in_the_past():
    started = [Progress(LegState.STARTED, after(0)), PLANNED, PLANNED, PLANNED]
    assert forecast(exchange(), started, {}, PROFILE, after(4000))[0].p50_at == after(4000)


@pytest.mark.parametrize(
    ("lon", "lat", "share"), [(20.0, 5.0, 0.0), (21.5, 5.1, 0.75), (23.0, 5.0, 1.0), (20.5, 4.9, 0.25)]
)
def test_the_share_of_a_path_behind_a_place(lon, lat, share):
    path = [(20.0, 5.0), (21.0, 5.0), (21.0, 5.0), (22.0, 5.0)]
    assert share_done(path, lon, lat) == pytest.approx(share, abs=1e-3)


def test_a_path_of_one_place_has_no_length():
    assert share_done([(20.0, 5.0), (20.0, 5.0)], 21.0, 5.0) == 0.0


def test_legs_follow_what_the_crews_report():
    picture = under_way()
    assert states(picture) == ["planned"] * 4
    picture = told(picture, (10, TaskAccepted(task="T-AMB")))
    assert states(picture) == ["started", "planned", "planned", "planned"]
    picture = told(picture, (600, VehicleStatusChanged(state=VehicleState.ON_SCENE, vehicle="AMB")))
    assert states(picture) == ["done", "planned", "planned", "planned"]
    picture = told(picture, (700, CasualtyLoaded(casualty=A, vehicle="AMB")))
    assert states(picture) == ["done", "started", "planned", "planned"]
    picture = told(picture, (1100, CasualtyHandedOver(casualty=A, vehicle="HELI")))
    assert states(picture) == ["done", "done", "done", "started"]
    picture = told(picture, (2100, CasualtyHandedOver(casualty=A, facility="F")))
    assert states(picture) == ["done"] * 4
    assert View(picture, after(3000)).chain_status["C"] == "finished"


def guessed(*which: int):
    legs = exchange()
    return tuple(msgspec.structs.replace(one, estimated=index in which) for index, one in enumerate(legs))


@pytest.mark.parametrize(("which", "told_so"), [((), False), ((0,), True), ((2,), True), ((3,), True)])
def test_a_casualty_says_when_its_forecast_rests_on_estimates(which, told_so):
    assert entities(under_way(guessed(*which)), after(5))["casualties"][A]["forecast_estimated"] is told_so


def test_an_estimated_leg_that_is_done_is_no_estimate_any_more():
    on_scene = VehicleStatusChanged(state=VehicleState.ON_SCENE, vehicle="AMB")
    assert not _estimated(under_way(guessed(0), (600, on_scene)))
    assert _estimated(under_way(guessed(0, 3), (600, on_scene)))
    assert not _estimated(under_way(guessed(0, 3), (600, CasualtyHandedOver(casualty=A, facility="F"))))
    assert not _estimated(under_way(guessed(0, 3), (600, TaskDeclined(task="T-AMB"))))


def _estimated(picture: Picture) -> bool:
    return entities(picture, after(700))["casualties"][A]["forecast_estimated"]


def test_a_hand_over_nobody_else_reported_still_ends_the_chain():
    picture = told(under_way(), (2100, CasualtyHandedOver(casualty=A, facility="F")))
    assert View(picture, after(3000)).chain_status["C"] == "finished"
    assert states(picture)[3] == "done"


def test_a_report_from_before_the_task_moves_no_leg():
    picture = told(under_way(), (-50, VehicleStatusChanged(state=VehicleState.ON_SCENE, vehicle="AMB")))
    assert states(picture)[0] == "planned"


@pytest.mark.parametrize(
    ("bodies", "status"),
    [
        ([], "active"),
        ([TaskFinished(task="T-AMB")], "active"),
        ([TaskFinished(task="T-AMB"), TaskFinished(task="T-HELI")], "finished"),
        ([TaskDeclined(task="T-AMB")], "cancelled"),
        ([TaskFinished(task="T-AMB"), TaskCancelled(task="T-HELI")], "cancelled"),
    ],
)
def test_a_chain_is_as_good_as_its_tasks(bodies, status):
    picture = told(under_way(), *((20, body) for body in bodies))
    assert View(picture, after(30)).chain_status["C"] == status


def test_late_names_the_legs_behind_the_bound_they_were_planned_with():
    picture = under_way()
    view = View(picture, after(60))
    chain = picture.chains["C"]
    assert late(chain, *view.travelled(chain))[0].leg == 1  # the plan's own instants were made without waits
    on_time = View(under_way((exchange()[0],)), after(30))
    assert late(on_time.picture.chains["C"], *on_time.travelled(on_time.picture.chains["C"])) == ()
    behind = View(under_way((exchange()[0],)), after(500))
    found = late(behind.picture.chains["C"], *behind.travelled(behind.picture.chains["C"]))
    assert [(one.leg, one.seconds) for one in found] == [(0, 500 + 600 - 700)]
    assert "AMB will arrive at scene 7 min later" in found[0].words


def test_a_task_without_an_answer_becomes_overdue():
    task = under_way().tasks["T-AMB"]
    assert chains.unanswered(task, PROFILE, after(100)) == 0
    assert chains.unanswered(task, PROFILE, after(1 + 120 + 30)) == 30
    accepted = told(under_way(), (5, TaskAccepted(task="T-AMB"))).tasks["T-AMB"]
    assert chains.unanswered(accepted, PROFILE, after(999)) == 0

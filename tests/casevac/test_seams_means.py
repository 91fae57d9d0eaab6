"""Where plans meet means: what is checked at the moment of tasking, beds that are given back, equipment."""

import pytest

from casevac import events as e
from casevac import orders, reactions
from casevac.errors import NotPossible
from casevac.fleet import choice
from casevac.mission import Profile
from casevac.picture import empty
from casevac.plan import answer
from casevac.roadbook import travel
from casevac.score import Score, verdict
from casevac.terms import Accepting, Affiliation, Bed, Capability, Category, Equipment, MissionKind
from casevac.vehicle import Trip, unsure
from casevac.view import View
from tests.casevac.duty_scenes import Numbered, decision, hospital, outsider, planned, scene, seen
from tests.casevac.scenes import A, B, C, after, alert, ambulance, told
from tests.casevac.ways import PLACE, table, world


def beds(free: int) -> e.FacilityStatusReported:
    return e.FacilityStatusReported(facility="F", beds=(e.BedCount(bed=Bed.WARD, staffed=9, free=free),))


def plan(picture, at: float = 100.0):
    return orders.plan_task(picture, decision(), "1", after(at), Numbered())


# --- at the moment of tasking


@pytest.mark.parametrize(
    ("since", "why"),
    [
        (beds(1), "facility F has 1 free beds beyond those on the way, 2 needed by now"),
        (
            e.FacilityStatusReported(facility="F", accepting=Accepting.DIVERTING, reason="no power"),
            "facility F is diverting: no power by now",
        ),
        (
            e.FacilityStatusReported(facility="F", accepting=Accepting.CLOSED, reason="shelled"),
            "facility F is closed: shelled by now",
        ),
        (
            e.FacilityStatusReported(facility="F", capabilities=(Capability.RESUS,)),
            "facility F has no DCS by now",
        ),
    ],
)
def test_what_changed_at_the_facility_since_the_options_forbids_the_task(since, why):
    assert plan(scene())
    with pytest.raises(NotPossible, match=f"{why}; ask for options again"):
        plan(scene((50, since)))


def test_a_bed_kept_for_somebody_else_is_not_there_and_ones_own_is():
    picture = scene((10, beds(2)), (11, outsider(C, Affiliation.UN_MILITARY)))
    other = e.BedReserved(reservation="B1", facility="F", casualty=C)
    with pytest.raises(NotPossible, match="1 free beds beyond those reserved or on the way, 2 needed"):
        plan(told(picture, (20, other)))
    own = [e.BedReserved(reservation=f"B-{zap}", facility="F", casualty=zap) for zap in (A, B)]
    assert plan(told(picture, *((15, one) for one in own)))
    first = told(picture, *((15, one) for one in own), (20, other))  # the third promise is the one too many
    assert plan(first)
    late = told(picture, (12, other), *((15, one) for one in own))
    with pytest.raises(NotPossible, match="needed by now"):
        plan(late)


# --- beds given back


def kept(picture) -> list[str]:
    return [one.id for one in View(picture, after(500)).wards.kept.get("F", ())]


def given_back(picture, at: float = 300.0) -> list[tuple[str, str]]:
    due = reactions.due(seen(picture, at))
    return [(d.body.reservation, d.body.reason) for d in due if isinstance(d.body, e.BedReleased)]


@pytest.mark.parametrize("chain", ["C", ""])
@pytest.mark.parametrize(
    ("end", "why"),
    [
        (e.LaunchDenied(authority="DMS", chain="C", reason="no crew"), "cancelled: denied by DMS: no crew"),
        (e.TaskDeclined(task="T1", reason="broken"), "cancelled"),
        (e.TaskCancelled(task="T1", reason="not needed"), "cancelled"),
        (e.RequestStoodDown(request="R", reason="false alarm"), "cancelled: stood down: false alarm"),
    ],
)
def test_a_bed_kept_for_a_chain_that_broke_is_given_back_once(chain, end, why):
    bed = e.BedReserved(reservation="B1", facility="F", casualty=A, chain=chain)
    picture = planned((150, bed))
    assert given_back(picture) == []
    broken = told(picture, (200, end))
    assert given_back(broken) == [("B1", f"chain C is {why}")]
    assert kept(broken) == ["B1"]
    stored = told(broken, (300, e.BedReleased(reservation="B1", reason=why)))
    assert kept(stored) == [] and given_back(stored) == []


def test_a_bed_is_given_back_when_another_chain_leads_elsewhere_and_stays_when_it_leads_there():
    bed = e.BedReserved(reservation="B1", facility="F", casualty=A)
    picture = planned((150, bed))
    plan_c = picture.chains["C"].plan
    fields = {name: getattr(plan_c, name) for name in plan_c.__struct_fields__}
    away = e.ChainPlanned(**{**fields, "chain": "C2", "facility": "G", "replaces": "C"})
    there = e.ChainPlanned(**{**fields, "chain": "C2", "replaces": "C"})
    assert given_back(told(picture, (200, away))) == [("B1", "chain C is replaced")]
    assert given_back(told(picture, (200, there))) == []


def test_a_bed_kept_after_the_chain_had_ended_stays():
    picture = planned((150, e.TaskDeclined(task="T1", reason="broken")))
    again = told(picture, (200, e.BedReserved(reservation="B2", facility="F", casualty=A)))
    assert given_back(again) == [] and kept(again) == ["B2"]


# --- line 4


def refused(picture) -> dict[str, str]:
    return {one.what: one.why for one in choice(seen(picture, 60), "R").refused}


def test_a_vehicle_that_lacks_what_line_4_asks_for_is_refused_and_an_unknown_one_is_a_risk():
    nine = e.NineLineSent(request="R", equipment=(Equipment.EXTRACTION, Equipment.BLOOD, Equipment.HOIST))
    bare = ambulance("BARE", lon=21.1, lat=6.0, equipment=(Equipment.BLOOD,))
    full = ambulance("FULL", lon=21.1, lat=6.0, equipment=(Equipment.BLOOD, Equipment.EXTRACTION))
    picture = scene((1, bare), (1, full))
    assert {"BARE", "FULL", "V"}.isdisjoint(refused(picture))
    asked = told(picture, (30, nine))
    assert refused(asked)["BARE"] == "has no extraction"
    assert {"FULL", "V", "HELI"}.isdisjoint(refused(asked))
    no_hoist = e.VehicleConditionReported(vehicle="HELI", equipment=(Equipment.EXTRACTION, Equipment.BLOOD))
    assert refused(told(asked, (40, no_hoist)))["HELI"] == "has no hoist"
    v = asked.vehicles["V"]
    assert unsure(v, Trip(equipment=(Equipment.BLOOD,))) == ["nobody told whether it carries blood"]


# --- risks and verdicts


def best(view: View, ways) -> e.Option:
    wanted = choice(view, "R")
    assert wanted is not None
    return answer(view, wanted, ways).options[0]


ROAD = {("poi", "F"): 900.0, ("V1", "poi"): 600.0}


def test_an_aircraft_that_needs_approval_is_a_risk_that_names_who_may_give_it():
    flown = table({}, {("H", "S"): 300, ("S", "L"): 600}, {("poi", "S"): 60})
    picture = world(Category.T1, vehicles=())
    guarded = Profile(approval={"air": ("DMS", "FMedO")})
    opened = e.MissionOpened(name="m", mission_kind=MissionKind.LIVE, profile=guarded)
    assert not any("approval" in risk for risk in best(seen(picture, 60), flown).risks)
    risks = best(seen(told(picture, (2, opened)), 60), flown).risks
    assert "H needs the approval of DMS or FMedO" in risks


def test_a_crew_that_must_rest_before_the_end_is_a_risk():
    def condition(at: float):
        return e.VehicleConditionReported(vehicle="V1", duty_ends_at=after(at))

    picture = world(Category.T1, vehicles=("V1",), heli=False)
    tired = best(seen(told(picture, (2, condition(900))), 60), table(ROAD)).risks
    assert any(risk.startswith("V1 has a crew that must rest from 09:15Z, the way ends at") for risk in tired)
    fresh = best(seen(told(picture, (2, condition(7200))), 60), table(ROAD)).risks
    assert not any("must rest" in risk for risk in fresh)


def test_equipment_that_nobody_told_of_is_a_risk_of_the_option():
    picture = told(
        world(Category.T1, vehicles=("V1",), heli=False),
        (2, e.NineLineSent(request="R", equipment=(Equipment.BLOOD,))),
    )
    risks = best(seen(picture, 60), table(ROAD)).risks
    assert "V1: nobody told whether it carries blood" in risks


def test_a_vague_place_is_told_as_a_range_of_minutes_where_roads_are_known():
    picture = world(Category.T1, vehicles=("V1",), heli=False)
    vague = told(picture, (3, alert("R", A, uncertainty_m=3000.0, **PLACE)))
    risks = best(seen(vague, 60), table(ROAD, spreads={"V1": (240.0, 1500.0)})).risks
    assert "the place is known to 3.0 km: V1 may take from 4 min to 25 min to them" in risks


def test_the_range_of_a_vague_place_comes_from_the_roads(router):
    picture = told(
        empty("M"),
        (0, ambulance("NEAR")),
        (0, hospital("F", 21.98)),
        (1, alert("R", A, lon=20.67565, lat=5.76795, uncertainty_m=5000.0)),
    )
    view = seen(picture, 60)
    found = travel(router, view, choice(view, "R")).spreads["NEAR"]
    exact = told(picture, (2, alert("R", A, lon=20.67565, lat=5.76795, uncertainty_m=50.0)))
    hop = travel(router, seen(exact, 60), choice(seen(exact, 60), "R"))
    assert hop.spreads == {}
    at_centre = hop.hop("ambulance", "vehicle NEAR", "poi")
    assert found[0] <= at_centre.seconds_p50 <= found[1]


@pytest.mark.parametrize(
    ("limit", "words"), [(7200.0, "within 2 h"), (3600.0, "within 1 h"), (5400.0, "within 1 h 30 min")]
)
def test_the_verdict_names_the_limit_of_the_mission(limit, words):
    opened = e.MissionOpened(name="m", mission_kind=MissionKind.LIVE, profile=Profile(surgery_s=limit))
    picture = told(world(Category.T1, vehicles=("V1",), heli=False), (2, opened))
    assert (
        best(seen(picture, 60), table({**ROAD, ("poi", "F"): 300.0, ("V1", "poi"): 120.0})).verdict == words
    )
    assert verdict(Score(()), 1800.0) == "within 30 min"

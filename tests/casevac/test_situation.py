"""The picture as the planner's problem: what may be chosen, what is frozen, what no plan may break."""

from datetime import timedelta

import numpy as np
import pytest
from msgspec.structs import replace

from casevac import events as e
from casevac.coordination import decided
from casevac.errors import Unknown
from casevac.fleet import choice
from casevac.grid import Grid
from casevac.orders import plan_task
from casevac.picture import Picture
from casevac.planner.check import broken
from casevac.planner.policy import UnknownPolicy, cost
from casevac.planner.problem import NOBODY
from casevac.planning import quick, searched
from casevac.policies import between, chosen, frontier, known, named
from casevac.situation import PLENTY, situation
from casevac.terms import Accepting, Bed, Category, HazardKind, VehicleState
from casevac.view import View
from casevac.weigh import weighed
from casevac.zap import zap
from tests.casevac.plans import looked, planned
from tests.casevac.scenes import NOW, after, alert, seen, told

HERE, THERE = (21.86721, 6.49951), (20.67565, 5.76795)
T1, T2, T3 = Category.T1, Category.T2, Category.T3


def hurt(picture: Picture, request: str, at: tuple[float, float], *categories: Category) -> Picture:
    """An alert with so many casualties, triaged."""
    first = 100 * (1 + len(picture.requests))
    zaps = [zap(first + n) for n in range(len(categories))]
    picture = told(picture, (0, alert(request, *zaps, lon=at[0], lat=at[1])))
    words = [
        (1.0, e.CasualtyTriaged(casualty=one, category=c)) for one, c in zip(zaps, categories, strict=True)
    ]
    return told(picture, *words)


@pytest.fixture
def two(demo: Picture) -> Picture:
    """Two scenes far from each other."""
    return hurt(hurt(demo, "R-1", HERE, T1, T2, T3), "R-2", THERE, T1, T2)


def row(found, vehicle: str) -> int:
    return next(n for n, one in enumerate(found.vehicles) if one.vehicle.id == vehicle)


def house(found, facility: str) -> int:
    return next(n for n, one in enumerate(found.facilities) if one.id == facility)


# --- what is in it


def test_everybody_who_waits_and_every_means_is_a_row(two, router):
    view, found = looked(two, router)
    people, places = found.problem.casualties, found.problem.facilities
    assert [one.casualty.triage for one in found.waiting] == [T1, T1, T2, T2, T3]
    assert people.category.tolist() == [0, 0, 1, 1, 2]
    assert people.lies.tolist() == [True, True, True, True, False]
    assert people.operated.tolist() == [True, True, True, True, False]
    assert (people.ordered_vehicle == NOBODY).all()
    hurt_at = found.epoch + timedelta(seconds=float(people.injured[0]))
    assert hurt_at == view.clocks(found.waiting[0].casualty)[2].target.first - timedelta(
        seconds=view.profile.surgery_s
    )
    assert len(found.vehicles) == sum(one.registered is not None for one in two.vehicles.values())
    assert places.beds.max() <= PLENTY
    assert found.problem.now == (after(60) - found.epoch).total_seconds()


def test_plans_of_it_keep_every_limit(two, router):
    view, found = looked(two, router)
    policy, _ = chosen(view.picture)
    first = quick(found, policy)
    better = searched(found, policy, first, 0.05, lambda: False)
    for one in (first, better):
        assert broken(found.problem, one.plan) == []
        assert np.isfinite(one.fates.arrival).all()
    costs = [cost(found.problem, one.fates, policy, one.plan) for one in (first, better)]
    assert costs[1] <= costs[0]


def test_an_order_is_for_one_scene_so_no_trip_goes_from_one_to_another(two, router):
    _, found = looked(two, router)
    stops = {one.request: int(found.problem.casualties.stop[n]) for n, one in enumerate(found.waiting)}
    here, there = stops["R-1"], stops["R-2"]
    assert np.isinf(found.problem.roads.seconds[:, here, there]).all()
    door = found.problem.facilities.stop[house(found, "mtf-bria")]
    assert np.isfinite(found.problem.roads.seconds[:, here, door]).any()


def test_a_house_over_capacity_has_no_bed_and_a_closed_one_can_do_nothing(two, router):
    full = told(
        two,
        (2, e.FacilityStatusReported(
            facility="mtf-bria", beds=(e.BedCount(bed=Bed.WARD, staffed=20, occupied=24),))),
        (3, e.FacilityStatusReported(facility="mtf-bangui", accepting=Accepting.CLOSED, reason="shelled")),
    )  # fmt: skip
    _, found = looked(full, router)
    places = found.problem.facilities
    assert places.beds[house(found, "mtf-bria")] == 0
    assert places.able[house(found, "mtf-bangui")] == 0
    made = planned(full, router)
    assert {one.facility for one in made.lines}.isdisjoint({"mtf-bria", "mtf-bangui"})
    assert any("Bria Level 2 is over capacity (24 of 20 beds)" in word for word in made.troubles)


def test_who_is_not_triaged_yet_is_planned_as_one_who_may_be_a_t1(demo, router):
    picture = told(demo, (0, alert("R-1", zap(1), lon=HERE[0], lat=HERE[1])))
    _, found = looked(picture, router)
    assert found.problem.casualties.category.tolist() == [0]


def test_nobody_dead_or_ineligible_takes_a_place(demo, router):
    picture = hurt(demo, "R-1", HERE, T1, Category.DEAD)
    _, found = looked(picture, router)
    assert [one.casualty.triage for one in found.waiting] == [T1]


# --- what is frozen


def ordered(two: Picture, router) -> tuple[Picture, e.ChainPlanned]:
    """A chain for the first scene as somebody ordered it."""
    view = View(two, after(10))
    wanted = choice(view, "R-1")
    assert wanted is not None
    decision = decided(view, router, "R-1", weighed(view, router, wanted))
    numbers = iter(range(1, 100))
    bodies = plan_task(two, decision, "1", after(10), lambda: f"N{next(numbers)}")
    return told(two, *((10, body) for body in (decision, *bodies))), bodies[0]


def test_an_order_that_nobody_acted_on_may_still_be_changed_at_a_cost(two, router):
    picture, chain = ordered(two, router)
    _, found = looked(picture, router, 20)
    people = found.problem.casualties
    mine = [n for n, one in enumerate(found.waiting) if one.casualty.id in chain.casualties]
    assert len(mine) == len(chain.casualties)
    assert {one.chain for one in found.waiting} == {"", chain.chain}
    assert (people.ordered_vehicle[mine] != NOBODY).all()
    assert set(people.ordered_end[mine].tolist()) == {house(found, chain.facility)}


def test_a_trip_that_began_is_frozen_its_vehicle_free_where_and_when_it_ends(two, router):
    picture, chain = ordered(two, router)
    vehicle = chain.vehicles[0]
    task = next(key for key, one in picture.tasks.items() if one.vehicle == vehicle)
    begun = told(picture, (30, e.TaskAccepted(task=task)))
    view, found = looked(begun, router, 40)
    assert {one.casualty.id for one in found.waiting}.isdisjoint(chain.casualties)
    comes = found.vehicles[row(found, vehicle)]
    last = [leg for leg in chain.legs if leg.vehicle == vehicle][-1]
    assert (comes.start.id, comes.chain) == (last.end.id, chain.chain)
    assert comes.free_at > view.now
    surgical = [z for z in chain.casualties if begun.casualties[z].triage in (T1, T2)]
    queue = found.problem.facilities.queue_facility.tolist()
    assert queue.count(house(found, chain.facility)) == len(surgical)
    made = planned(begun, router, 40)
    again = [one for one in made.lines if vehicle in one.vehicles]
    assert all(not one.can_approve and "under way" in one.why_not for one in again)


# --- locks


def test_a_lock_binds_a_casualty_to_its_house_and_a_vehicle_stays_out(two, router):
    first = zap(100)
    free = planned(two, router)
    went = next(one.facility for one in free.lines if first in one.casualties)
    other = "mtf-bangui" if went != "mtf-bangui" else "mtf-bria"
    locked = told(
        two,
        (5, e.PlanLocked(casualty=first, facility=other, by="amina")),
        (5, e.PlanLocked(vehicle="AMB-01", reason="engine")),
    )
    made = planned(locked, router)
    (line,) = [one for one in made.lines if first in one.casualties]
    assert line.facility == other
    assert any("is locked to" in word for word in line.reasons)
    assert all("AMB-01" not in one.vehicles for one in made.lines)
    assert [one.words for one in made.locks]
    released = told(locked, (9, e.PlanReleased(casualty=first)), (9, e.PlanReleased(vehicle="AMB-01")))
    assert planned(released, router).locks == ()


def test_words_on_locks_fold_the_same_in_any_order(two):
    words = [(5.0, e.PlanLocked(vehicle="AMB-01")), (9.0, e.PlanReleased(vehicle="AMB-01"))]
    assert told(two, *words).locks == told(two, *reversed(words)).locks
    policies = [(5.0, e.PolicyChosen(policy="lives_saved")), (9.0, e.PolicyChosen(policy="p1_first"))]
    assert told(two, *policies).policy == told(two, *reversed(policies)).policy
    assert told(two, (1.0, e.PlanLocked())).oddities


# --- roads


def test_ways_are_looked_up_once_and_anew_when_a_road_is_closed(two, router):
    grid = Grid()
    view = View(two, after(60))
    first = situation(view, router, grid)
    again = situation(View(two, after(70)), router, grid)
    assert np.array_equal(first.problem.roads.seconds, again.problem.roads.seconds)
    lon, lat = HERE
    kind = HazardKind.CLOSURE
    closure = e.HazardReported(id="H", hazard_kind=kind, name="bridge", lon=lon, lat=lat, radius_m=3000)
    shut = told(two, (5, closure))
    closed = situation(View(shut, after(80)), router, grid)
    stop = int(closed.problem.casualties.stop[0])
    assert closed.waiting[0].request == "R-1"
    ground = [n for n, one in enumerate(closed.vehicles) if not closed.problem.vehicles.flies[n]]
    kinds = np.unique(closed.problem.vehicles.profile[ground])
    starts = closed.problem.vehicles.start[ground]
    assert not np.array_equal(
        first.problem.roads.seconds[kinds][:, starts, stop],
        closed.problem.roads.seconds[kinds][:, starts, stop],
    )
    lifted = told(shut, (90, e.HazardLifted(id="H")))
    open_again = situation(View(lifted, after(100)), router, grid)
    assert np.array_equal(first.problem.roads.seconds, open_again.problem.roads.seconds)


def test_a_vehicle_that_moved_is_planned_from_where_it_is(two, router):
    grid = Grid()
    before = situation(View(two, after(60)), router, grid)
    moved = situation(View(two, after(61), {"AMB-01": seen(*THERE)}, by_vehicle=True), router, grid)
    one = moved.vehicles[row(moved, "AMB-01")]
    assert (one.start.lon, one.start.lat) == THERE
    stop = int(moved.problem.casualties.stop[0])
    kind = int(moved.problem.vehicles.profile[row(moved, "AMB-01")])

    def way(found):
        start = int(found.problem.vehicles.start[row(found, "AMB-01")])
        return float(found.problem.roads.seconds[kind, start, stop])

    assert way(moved) != way(before)


def test_the_dark_is_known_ahead(two, router):
    _, found = looked(two, router)
    dark = found.problem.roads.dark
    assert len(dark) >= 1
    assert (dark[:, 0] < dark[:, 1]).all()
    lasts_h = (dark[0, 1] - dark[0, 0]) / 3600
    assert 8 < lasts_h < 14  # near the equator
    assert dark[0, 0] > (NOW - found.epoch).total_seconds()


# --- words


def test_a_nearer_house_with_a_full_theatre_is_named_with_its_delay(demo, router):
    picture = told(
        hurt(demo, "R-1", HERE, T1), (2, e.FacilityStatusReported(facility="mtf-bria", tables=1, queue=30))
    )
    made = planned(picture, router)
    (line,) = made.lines
    assert line.facility != "mtf-bria"
    assert any(
        word.startswith("to ") and "not the nearer Bria Level 2: its table is free" in word
        for word in line.reasons
    ), line.reasons
    assert 2 <= len(line.alternatives) <= 3
    assert any(one.facility == "mtf-bria" for one in line.alternatives)


def test_what_would_help_is_counted_by_planning_again(demo, router):
    picture = hurt(demo, "R-1", HERE, T1, T1, T1, T1, T1, T1)
    for name in ("mtf-bangui", "mtf-kaga-bandoro", "mtf-bouar"):
        if name in picture.facilities:
            shut = e.FacilityStatusReported(facility=name, accepting=Accepting.CLOSED, reason="shelled")
            picture = told(picture, (3, shut))
    busy = told(picture, (4, e.FacilityStatusReported(facility="mtf-bria", tables=1, queue=20)))
    made = planned(busy, router, whole=True)
    figures = made.figures
    assert figures.surgery_in_time < figures.surgical
    assert made.helps, made.troubles
    best = made.helps[0]
    assert best.in_time > best.now_in_time == figures.surgery_in_time
    assert f"would bring {best.in_time} of {best.of} to surgery within" in best.words
    assert any("out of reach for" in word for word in made.troubles)


def test_without_vehicles_everybody_stays_with_the_reason(two, router):
    out = [
        (2.0, e.VehicleStatusChanged(vehicle=key, state=VehicleState.OUT_OF_SERVICE)) for key in two.vehicles
    ]
    made = planned(told(two, *out), router)
    assert made.lines == ()
    assert {one.why for one in made.left} == {"no vehicle can be planned"}
    assert made.troubles[0].startswith("no vehicle at all can be planned: ")


def test_the_same_line_has_the_same_id_in_another_plan(two, router):
    first = planned(two, router)
    again = planned(two, router, 61, plan="P-2", before=first, seconds=0.0)
    assert {one.id for one in first.lines} == {one.id for one in again.lines}


# --- policies


def test_the_policy_is_the_missions_and_an_unknown_one_is_named(two):
    assert chosen(two)[1].name == "p1_first"
    other = told(two, (5, e.PolicyChosen(policy="lives_saved", version="1", by="amina")))
    policy, rule = chosen(other)
    assert (policy.name, rule.by, rule.since) == ("lives_saved", "amina", after(5))
    with pytest.raises(UnknownPolicy, match="p1_first"):
        named("best")
    with pytest.raises(UnknownPolicy):
        chosen(told(two, (5, e.PolicyChosen(policy="best"))))


def test_a_policy_chosen_in_another_version_must_be_chosen_again(two):
    with pytest.raises(Unknown, match="chosen in version 99") as raised:
        chosen(told(two, (5, e.PolicyChosen(policy="lives_saved", version="99"))))
    assert "choose again" in str(raised.value)


def test_the_frontier_holds_the_shipped_policies_and_what_lies_between():
    names = [one.name for one in frontier()]
    assert names[: len(known())] == list(known())
    assert len(names) > len(known())
    one, other = named("p1_first"), named("lives_saved")
    assert replace(between(one, other, 0.0), name=other.name, about=other.about) == other
    assert between(one, other, 1.0).surgery.late == one.surgery.late

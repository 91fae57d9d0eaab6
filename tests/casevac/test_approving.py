"""Lines of a plan approved on the real store: ordinary decisions, chains and orders, or a clear no."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from casevac import approving, coordination
from casevac.coordination import Desk
from casevac.errors import AlreadyTasked, NotPossible, PlanChanged, Unknown
from casevac.mission import Mission
from casevac.planner.check import broken
from casevac.planner.simulate import simulate
from casevac.planning import SEARCHED, Asked, proposal
from casevac.policies import chosen
from casevac.proposal import Proposal
from casevac.store import finding, log, missions, plans
from casevac.store.connection import Connection, connect
from casevac.store.plans import Standing
from casevac.terms import Mode
from casevac.trips import Carried, Trip, plan_of
from casevac.view import View
from geo.routing import Router
from tests.casevac.plans import looked, planned
from tests.casevac.scenes import NOW, after, event

FIRST = {"who": "patrol", "what": "mine", "how_many": 2, "lon": 21.86721, "lat": 6.49951}
SECOND = {"who": "convoy", "what": "ambush", "how_many": 2, "lon": 20.67565, "lat": 5.76795}


@pytest.fixture
def db(database_url: str, mission: Mission, demo_bodies) -> Iterator[Connection]:
    connection = connect(database_url)
    early = NOW - timedelta(hours=1)
    with connection:
        missions.open_mission(connection, mission, early)
        log.append(connection, [event(b, mission=mission.id, at=early) for b in demo_bodies[1:]])
    yield connection
    connection.close()


@pytest.fixture
def desk(db: Connection, mission: Mission):
    def at(seconds: float = 0.0, **more) -> Desk:
        return Desk(db, mission.id, after(seconds), more.pop("actor", "amina"), **more)

    return at


def proposed(desk, router: Router, at: float = 60.0, plan: str = "P-1") -> Proposal:
    """What the planner's part would store for the picture as it is."""
    db = desk(at).db
    with db:
        before = plans.latest(db, desk(at).mission)
    made = planned(coordination.present(desk(at)), router, at, plan=plan, before=before)
    with db:
        plans.keep(db, made)
        plans.stand(db, made.mission, Standing(made.plan, made.seq, after(at)))
    return made


def alerted(desk, *facts) -> list[tuple[str, ...]]:
    return [coordination.raise_alert(desk(0), one).body.casualties for one in facts]


def test_an_approved_line_is_an_ordinary_decision_chain_and_orders(desk, router):
    alerted(desk, FIRST)
    made = proposed(desk, router)
    line = made.lines[0]
    assert line.can_approve, line.why_not
    done, not_done = approving.approve(desk(70), router, made.plan, [line.id])
    assert not not_done
    kinds = [one.kind for one in done[0].events]
    assert kinds[:2] == ["options_computed", "chain_planned"]
    assert "vehicle_tasked" in kinds
    assert {one.actor for one in done[0].events} == {"amina"}
    chain = done[0].chain
    assert set(chain.vehicles) == set(line.vehicles)
    assert set(chain.casualties) == set(line.casualties)
    assert chain.facility == line.facility
    with desk(71).db as db:
        decision = finding.decision(db, desk(71).mission, chain.decision)[1]
    assert (decision.plan, decision.line) == (made.plan, line.id)
    assert len(decision.options) > 1, "the alternatives that were shown are kept with the decision"
    assert set(line.reasons) <= set(decision.options[0].reasons)
    assert len(done[0].chain.legs[0].path) >= 2
    with pytest.raises(NotPossible, match=r"line .* of plan"):
        coordination.recompute(desk(80), router, chain.decision)


def test_every_line_of_two_scenes_can_be_approved_at_once_and_is_kept_in_the_next_plan(desk, router):
    alerted(desk, FIRST, SECOND)
    made = proposed(desk, router)
    ready = [one.id for one in made.lines if one.can_approve]
    done, not_done = approving.approve(desk(70), router, made.plan, ready)
    assert [one.line for one in done] == ready
    assert not not_done
    again = proposed(desk, router, 75, "P-2")
    kept = {one.id: one for one in again.lines if one.state == "kept"}
    assert set(kept) == set(ready), "an order nobody acted on stays what the next plan says"
    assert all("ordered already" in one.why_not for one in kept.values())
    with pytest.raises(NotPossible, match="ordered already"):
        approving.approve(desk(76), router, again.plan, [ready[0]])


def test_the_same_approval_under_one_key_is_done_once(desk, router):
    alerted(desk, FIRST)
    made = proposed(desk, router)
    line = made.lines[0].id
    first, _ = approving.approve(desk(70, key="k"), router, made.plan, [line])
    proposed(desk, router, 72, "P-2")
    second, _ = approving.approve(desk(75, key="k"), router, made.plan, [line])
    assert [one.seq for one in second[0].events] == [one.seq for one in first[0].events]


def test_a_line_that_the_latest_plan_has_no_more_is_refused_with_what_it_has_now(desk, router):
    (casualties,) = alerted(desk, FIRST)
    made = proposed(desk, router)
    line = made.lines[0]
    coordination.tell(desk(65), "plan_locked", {"vehicle": line.vehicles[0], "reason": "engine"})
    again = proposed(desk, router, 70, "P-2")
    assert line.vehicles[0] not in {name for one in again.lines for name in one.vehicles}
    with pytest.raises(PlanChanged, match="holds no more: now ") as refused:
        approving.approve(desk(75), router, made.plan, [line.id])
    assert refused.value.changes
    assert {one.casualty for one in again.lines[0].fates} <= set(casualties)
    with pytest.raises(Unknown, match="no line"):
        approving.approve(desk(75), router, made.plan, ["L-000000"])


def test_the_same_line_of_a_newer_plan_is_approved_from_the_older_page(desk, router):
    alerted(desk, FIRST)
    made = proposed(desk, router)
    proposed(desk, router, 65, "P-2")
    done, _ = approving.approve(desk(70), router, made.plan, [made.lines[0].id])
    assert done


def test_a_vehicle_taken_meanwhile_is_a_clear_conflict(desk, router):
    alerted(desk, FIRST)
    made = proposed(desk, router)
    line = made.lines[0]
    request = line.requests[0]
    shown = coordination.options(desk(62), router, request).body
    option = next(one for one in shown.options if line.vehicles[0] in one.vehicles)
    coordination.task(desk(63), shown.decision, option.id, router)
    with pytest.raises((AlreadyTasked, NotPossible)):
        approving.approve(desk(70), router, made.plan, [line.id])


def test_of_several_lines_one_that_is_forbidden_does_not_stop_the_others(desk, router):
    alerted(desk, FIRST, SECOND)
    made = proposed(desk, router)
    good = made.lines[0]
    done, not_done = approving.approve(desk(70), router, made.plan, ["L-000000", good.id])
    assert [one.line for one in done] == [good.id]
    assert [type(one.fault) for one in not_done] == [Unknown]


def test_a_request_stood_down_before_the_plan_knows_it_is_not_ordered(desk, router):
    alerted(desk, FIRST)
    made = proposed(desk, router)
    line = made.lines[0]
    reason = {"request": line.requests[0], "reason": "false alarm"}
    coordination.tell(desk(65), "request_stood_down", reason)
    with pytest.raises(NotPossible, match="stood down: false alarm"):
        approving.approve(desk(70), router, made.plan, [line.id])
    assert not coordination.present(desk(71)).chains


def test_before_the_first_plan_nothing_can_be_approved(desk, router):
    with pytest.raises(NotPossible, match="no plan of this mission yet"):
        approving.approve(desk(1), router, "P-1", ["L-000000"])


def test_an_order_that_nobody_acted_on_is_changed_by_a_later_line(desk, router):
    (casualties,) = alerted(desk, FIRST)
    made = proposed(desk, router)
    done, _ = approving.approve(desk(70), router, made.plan, [made.lines[0].id])
    chain = done[0].chain
    shut = {"facility": chain.facility, "accepting": "closed", "reason": "shelled"}
    coordination.tell(desk(72), "facility_status_reported", shut)
    again = proposed(desk, router, 80, "P-2")
    changed = next(one for one in again.lines if set(one.casualties) & set(chain.casualties))
    assert (changed.state, changed.replaces) == ("changed", chain.chain)
    assert changed.can_approve, changed.why_not
    approving.approve(desk(85), router, again.plan, [changed.id])
    view = View(coordination.present(desk(90)), after(90))
    assert view.chain_status[chain.chain] == "replaced"
    assert set(casualties) >= set(changed.casualties)


def test_a_line_over_an_exchange_point_is_one_chain_of_both_vehicles(desk, router):
    """By road to the airfield, from there by air: made by hand, so that it is sure to be proposed."""
    (casualties,) = alerted(desk, FIRST)
    view, found = looked(coordination.present(desk(60)), router)
    vehicle = {one.vehicle.id: row for row, one in enumerate(found.vehicles)}
    site = next(n for n, one in enumerate(found.exchange) if one.id == "fefr")
    house = next(n for n, one in enumerate(found.facilities) if one.id == "mtf-kaga-bandoro")
    who = tuple(range(len(found.waiting)))
    rows = [
        Trip(0, vehicle["AMB-01"], len(found.facilities) + site, who),
        Trip(1, vehicle["HELI-1"], house, who),
    ]
    carried = Carried(plan_of(rows), simulate(found.problem, plan_of(rows)))
    assert broken(found.problem, carried.plan) == []
    policy, rule = chosen(view.picture)
    made = proposal(view, found, carried, Asked(policy, rule, router.digest, "P-1"), SEARCHED)
    (line,) = made.lines
    assert (line.vehicles, len(line.rides)) == (("AMB-01", "HELI-1"), 2)
    assert any("handed over to" in word for word in line.reasons)
    with desk(60).db as db:
        plans.keep(db, made)
        plans.stand(db, made.mission, Standing(made.plan, made.seq, after(60)))
    done, _ = approving.approve(desk(70), router, made.plan, [line.id])
    assert set(done[0].chain.casualties) == set(casualties)
    assert [leg.mode for leg in done[0].chain.legs if leg.casualties] == [Mode.GROUND, Mode.AIR]


def test_what_was_proposed_when_is_kept_for_replay_and_bounded(desk, router):
    alerted(desk, FIRST)
    first = proposed(desk, router, 60)
    coordination.tell(
        desk(90), "casualty_triaged", {"casualty": first.lines[0].casualties[0], "category": "T1"}
    )
    second = proposed(desk, router, 100, "P-2")
    db, mission = desk(0).db, first.mission
    with db:
        assert plans.proposed(db, mission, after(59)) is None
        assert plans.proposed(db, mission, after(61)).plan == first.plan
        assert plans.proposed(db, mission, after(101)).plan == second.plan
        assert plans.named(db, mission, first.plan) == first
        assert second.seq > first.seq

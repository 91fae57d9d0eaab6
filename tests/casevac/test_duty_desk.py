"""Words of duty on the real store: warned with the alert, approved or denied once, races, orders by radio."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from msgspec.structs import replace as changed

from casevac import coordination as desk_work
from casevac import events as e
from casevac import settling
from casevac.coordination import Desk
from casevac.entities import entities
from casevac.errors import AlreadyTasked, BadMessage, CasevacError, NotPossible, Unknown
from casevac.mission import Mission
from casevac.store import log, missions
from casevac.store.connection import Connection, connect
from casevac.terms import Affiliation
from tests.casevac.scenes import NOW, after, event

SCENE = {"who": "patrol", "what": "mine", "how_many": 2, "lon": 21.86721, "lat": 6.49951}
ROUNDS = 20


@pytest.fixture
def guarded(mission: Mission) -> Mission:
    return changed(
        mission, profile=changed(mission.profile, approval={"ground": ("FMedO",), "air": ("DMS",)})
    )


@pytest.fixture
def opened(database_url: str, demo_bodies):
    """Opens a mission with the demo's means; returns desks at so many seconds."""
    with closing(connect(database_url)) as db:

        def open_(mission: Mission):
            early = NOW - timedelta(hours=1)
            with db:
                missions.open_mission(db, mission, early)
                log.append(db, [event(b, mission=mission.id, at=early) for b in demo_bodies[1:]])
            return lambda seconds=0.0, **more: Desk(
                db, mission.id, after(seconds), more.pop("actor", "keeper"), **more
            )

        yield open_


@pytest.fixture
def desk(opened, mission: Mission):
    return opened(mission)


def engaged(db: Connection) -> set[tuple[str, str]]:
    with db, db.cursor() as cursor:
        cursor.execute("SELECT kind, id FROM engaged")
        return set(cursor.fetchall())


def request_of(desk) -> str:
    return desk_work.raise_alert(desk(0), SCENE).body.request


def test_the_alert_warns_in_the_same_breath(desk):
    request = desk_work.raise_alert(desk(0, key="k"), SCENE).body.request
    stored = log.read(desk().db, desk().mission, kinds=["alert_raised", "asset_warned"])
    assert [one.kind for one in stored] == ["alert_raised", *["asset_warned"] * (len(stored) - 1)]
    assert {one.occurred_at for one in stored} == {after(0)}
    assert {one.body.asset_kind.value for one in stored[1:]} == {"vehicle", "team", "facility"}
    assert desk_work.follow_up(desk(1)) == []
    assert desk_work.raise_alert(desk(2, key="k"), SCENE).body.request == request
    assert log.read(desk().db, desk().mission, kinds=["asset_warned"]) == stored[1:]


def test_an_alert_over_the_air_is_warned_of_by_the_next_look(desk):
    with desk().db as db:
        body = e.AlertRaised(**SCENE, request="R", casualties=("ZGDF-7KWT", "0000-0008"))
        log.append(db, [event(body, mission="demo")])
    first = desk_work.follow_up(desk(1))
    assert {one.body.asset_kind.value for one in first} == {"vehicle", "team", "facility"}
    assert desk_work.follow_up(desk(2)) == []


def test_deny_frees_everybody_for_the_next_plan(opened, guarded, router):
    desk = opened(guarded)
    request = request_of(desk)
    decided = desk_work.options(desk(10), router, request).body
    stored = desk_work.task(desk(20), decided.decision, "1")
    chain = stored[0].body.chain
    assert "vehicle_tasked" not in [one.kind for one in stored]
    assert engaged(desk().db)
    told = {"chain": chain, "authority": "FMedO", "reason": "no crew"}
    assert [one.kind for one in desk_work.tell(desk(30), "launch_denied", told)] == ["launch_denied"]
    assert engaged(desk().db) == set()
    with pytest.raises(NotPossible, match="plan anew"):
        desk_work.tell(desk(31), "launch_approved", {"chain": chain, "authority": "FMedO"})
    again = desk_work.options(desk(40), router, request).body
    assert desk_work.task(desk(50), again.decision, "1")[0].body.chain != chain


def test_approve_sends_the_orders_in_one_append(opened, guarded, router):
    desk = opened(guarded)
    decided = desk_work.options(desk(10), router, request_of(desk)).body
    chain = desk_work.task(desk(20), decided.decision, "1")[0].body
    stored = desk_work.tell(
        desk(30, key="k"), "launch_approved", {"chain": chain.chain, "authority": "fmedo"}
    )
    assert [one.body.vehicle for one in stored[1:]] == list(chain.vehicles)
    assert desk_work.follow_up(desk(31)) == []
    shown = entities(desk_work.present(desk(32)), after(32))["chains"][chain.chain]["approval"]
    assert (shown["state"], shown["seconds"]) == ("approved", 10.0)


def test_standing_down_frees_everybody(opened, guarded, router):
    desk = opened(guarded)
    request = request_of(desk)
    decided = desk_work.options(desk(10), router, request).body
    desk_work.task(desk(20), decided.decision, "1")
    desk_work.tell(desk(30), "request_stood_down", {"request": request, "reason": "walked in"})
    assert engaged(desk().db) == set()
    with pytest.raises(NotPossible, match="was stood down: walked in"):
        desk_work.options(desk(40), router, request)


def test_who_is_from_outside_waits_for_a_decision(desk, router):
    request = request_of(desk)
    for zap in desk_work.present(desk(1)).requests[request].alert.value.casualties:
        told = {**SCENE, "casualty": zap, "request": request, "affiliation": Affiliation.LOCAL_CIVILIAN.value}
        fields = {name: told[name] for name in ("lon", "lat", "casualty", "request", "affiliation")}
        desk_work.tell(desk(2), "casualty_reported", fields)
    with pytest.raises(NotPossible, match="eligibility_decided"):
        desk_work.options(desk(10), router, request)
    yes = {"casualty": zap, "eligible": True, "authority": "HOM", "reason": "nobody else is there"}
    desk_work.tell(desk(11), "eligibility_decided", yes)
    assert desk_work.options(desk(12), router, request).body.options[0].casualties == (zap,)


# --- races


def together(database_url: str, *commands) -> list[object]:
    """What each command gave or raised, all begun at one moment, each on a connection of its own."""
    barrier, found = Barrier(len(commands)), [None] * len(commands)

    def run(index: int) -> None:
        with closing(connect(database_url)) as own:
            barrier.wait(20)
            try:
                found[index] = commands[index](own)
            except CasevacError as fault:
                found[index] = fault

    threads = [Thread(target=run, args=(index,)) for index in range(len(commands))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_two_coordinators_race_for_one_vehicle(database_url, desk, router):
    """Two requests at one place, both options with the same vehicle: exactly one gets it, every time."""
    lost: list[CasevacError] = []
    for turn in range(ROUNDS):
        at, decided = turn * 100.0, []
        for who in ("one", "other"):
            request = desk_work.raise_alert(desk(at), {**SCENE, "what": who, "how_many": 1}).body.request
            decided.append(desk_work.options(desk(at + 1), router, request).body)
        vehicle = decided[0].options[0].vehicles
        assert vehicle == decided[1].options[0].vehicles

        def command(body, actor, at=at):
            return lambda db: desk_work.task(
                replace(desk(at + 2, actor=actor), db=db), body.decision, body.options[0].id
            )

        found = together(database_url, *(command(body, f"keeper {i}") for i, body in enumerate(decided)))
        won = [one for one in found if not isinstance(one, CasevacError)]
        lost += [one for one in found if isinstance(one, CasevacError)]
        assert len(won) == 1
        task = next(one.body.task for one in won[0] if one.kind == "vehicle_tasked")
        desk_work.cancel(desk(at + 3), task, "next round")
    assert len(lost) == ROUNDS
    for fault in lost:
        assert isinstance(fault, AlreadyTasked)
        assert "ask for options again" in str(fault)
        assert "\n" not in str(fault)


def test_approve_and_deny_race_and_the_chain_is_denied(database_url, opened, guarded, router):
    """Whoever comes second sees the first: nobody drives on a chain that was denied."""
    desk = opened(guarded)
    for turn in range(ROUNDS):
        at = turn * 100.0
        request = desk_work.raise_alert(desk(at), SCENE).body.request
        decided = desk_work.options(desk(at + 1), router, request).body
        chain = desk_work.task(desk(at + 2), decided.decision, "1")[0].body.chain
        yes, no = (
            {"chain": chain, "authority": "FMedO"},
            {"chain": chain, "authority": "FMedO", "reason": "x"},
        )
        together(
            database_url,
            lambda db, at=at, yes=yes: desk_work.tell(replace(desk(at + 3), db=db), "launch_approved", yes),
            lambda db, at=at, no=no: desk_work.tell(replace(desk(at + 3), db=db), "launch_denied", no),
        )
        picture = desk_work.present(desk(at + 4))
        assert entities(picture, after(at + 4))["chains"][chain]["approval"]["state"] == "denied"
        assert not [task for task in picture.tasks.values() if task.running]


# --- divert


def under_way(desk, router) -> e.ChainPlanned:
    decided = desk_work.options(desk(1), router, request_of(desk)).body
    return desk_work.task(desk(2), decided.decision, "1", router)[0].body


def test_a_divert_takes_over_in_one_append_and_keeps_what_was_shown(desk, router):
    chain = under_way(desk, router)
    stored = desk_work.divert(desk(60, key="k"), router, chain.chain, None, "no table left")
    assert desk_work.divert(desk(61, key="k"), router, chain.chain, None, "no table left") == stored
    planned, *rest = [one.body for one in stored]
    assert planned.replaces == chain.chain
    assert planned.facility != chain.facility
    ended = [one.reason for one in rest if isinstance(one, e.TaskCancelled)]
    assert ended == ["diverted: no table left"] * len(chain.vehicles)
    picture = desk_work.present(desk(62))
    found = entities(picture, after(62))["chains"]
    assert (found[chain.chain]["status"], found[planned.chain]["status"]) == ("replaced", "active")
    shown = log.read(desk().db, desk().mission, kinds=["options_computed"])[-1].body
    assert (shown.replaces, shown.decision) == (chain.chain, planned.decision)
    assert all(option.facility != chain.facility for option in shown.options)


def test_what_cannot_be_diverted_says_why(desk, router):
    chain = under_way(desk, router)
    with pytest.raises(BadMessage, match="reason is missing"):
        desk_work.divert(desk(60), router, chain.chain, None, " ")
    with pytest.raises(NotPossible, match="no option with NOWHERE"):
        desk_work.divert(desk(60), router, chain.chain, "NOWHERE", "flood")
    with pytest.raises(Unknown, match="no chain 'C-NONE'"):
        desk_work.divert(desk(60), router, "C-NONE", None, "flood")


def test_an_exercise_diverts_who_is_refused(desk, router):
    chain = under_way(desk, router)
    kinds = [one.kind for one in desk_work.answer(desk(40), router)]
    assert kinds == ["inbound_answered"]
    no = {"chain": chain.chain, "accepts": False, "reason": "no table"}
    desk_work.tell(desk(50), "inbound_answered", no)
    assert entities(desk_work.present(desk(51)), after(51))["alarms"][f"unsound:{chain.chain}"]
    stored = desk_work.answer(desk(52), router)
    assert next(one.body.replaces for one in stored if one.kind == "chain_planned") == chain.chain


def test_a_divert_is_ordered_over_the_air(desk, router):
    chain = under_way(desk, router)
    order(desk, e.DivertOrdered(chain=chain.chain, reason="flood"), 30.0)
    settling.settle(desk(40), lambda: router)
    (settled,) = log.read(desk().db, desk().mission, kinds=["order_settled"])
    assert settled.body.done
    assert desk_work.present(desk(41)).chains[settled.body.chain].plan.replaces == chain.chain


# --- orders without a screen


def order(desk, body: e.AnyBody, at: float = 5.0) -> None:
    with desk().db as db:
        log.append(db, [event(body, mission=desk().mission, at=at)])


def test_an_order_is_carried_out_exactly_once(database_url, desk, router):
    request = request_of(desk)
    order(desk, e.AnswerOrdered(request=request))
    together(
        database_url,
        *(lambda db: settling.settle(replace(desk(10), db=db), lambda: router) for _ in range(3)),
    )
    kinds = [one.kind for one in log.read(desk().db, desk().mission)]
    assert (kinds.count("chain_planned"), kinds.count("order_settled")) == (1, 1)
    (settled,) = log.read(desk().db, desk().mission, kinds=["order_settled"])
    assert settled.body.done
    assert settled.body.chain in desk_work.present(desk(20)).chains
    assert settling.settle(desk(30), lambda: router) == []


def test_an_order_that_cannot_be_carried_out_says_why(desk, router):
    request = request_of(desk)
    order(desk, e.AnswerOrdered(request=request, vehicle="NOBODY"))
    order(desk, e.AnswerOrdered(request="R-NONE"), 6.0)
    order(desk, e.CancelOrdered(task="T-NONE"), 7.0)
    told = [one.body for one in settling.settle(desk(10), lambda: router) if one.kind == "order_settled"]
    assert [one.done for one in told] == [False, False, False]
    words = " | ".join(one.why for one in told)
    assert "no option with NOBODY" in words
    assert "no request 'R-NONE'" in words
    assert "no task 'T-NONE'" in words
    found = entities(desk_work.present(desk(20)), after(20))["alarms"]
    assert len([one for one in found.values() if one["kind"] == "order_failed"]) == 3


def test_a_task_is_cancelled_by_order(desk, router):
    decided = desk_work.options(desk(1), router, request_of(desk)).body
    task = desk_work.task(desk(2), decided.decision, "1")[-1].body.task
    order(desk, e.CancelOrdered(task=task, reason="bridge gone"))

    def no_router():
        raise AssertionError("nobody needs a router to cancel")

    told = settling.settle(desk(10), no_router)
    assert [one.kind for one in told] == ["order_settled", "task_cancelled"]

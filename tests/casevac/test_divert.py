"""Divert in flight: from where the casualties are now, never back to where they were going."""

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from casevac import events as e
from casevac import orders
from casevac.basis import NO_HAZARDS
from casevac.divert import diverting
from casevac.errors import NotPossible
from casevac.fleet import choice
from casevac.picture import Picture
from casevac.plan import answer, divert_options
from casevac.terms import Category, LegState, Mode
from casevac.travel import Travel
from casevac.view import View
from tests.casevac.scenes import A, B, after, seen, told
from tests.casevac.ways import G, table, world

T1, T2 = Category.T1, Category.T2
DRIVE = {
    ("V1", "poi"): 300, ("V2", "poi"): 400, ("poi", "F"): 600, ("poi", "G"): 2000, ("poi", "X"): 300,
}  # fmt: skip
ALOFT = {("H", "X"): 200, ("X", "L"): 500, ("X", "K"): 900}
MIDWAY = {"V1": seen(21.5, 6.0, 700)}


def decided(found, at: float, replaces: str = "", seq: int = 1) -> e.OptionsComputed:
    return e.OptionsComputed(
        decision="D", request="R", now=after(at), seen_seq=seq, positions={}, options=found.options,
        hashes=e.Hashes(network="n", profile="p", hazards=NO_HAZARDS, policy="x", software="s"),
        replaces=replaces,
    )  # fmt: skip


def tasked(picture: Picture, found, at: float, replaces: str = "", option: str = "1") -> Picture:
    number = count(1)
    name = "D" if replaces else "C"
    bodies = orders.plan_task(
        picture, decided(found, at, replaces), option, after(at), lambda: f"{name}{next(number)}"
    )
    return told(picture, *((at, body) for body in bodies))


def running(picture: Picture, ways: Travel) -> Picture:
    view = View(picture, after(5))
    return tasked(picture, answer(view, choice(view, "R"), ways), 5)


@pytest.fixture
def aboard() -> Picture:
    """A is aboard V1 on its way to F."""
    picture = running(world(T1), table(DRIVE))
    assert picture.chains["C1"].plan.facility == "F"
    return told(picture, (320, e.CasualtyLoaded(casualty=A, vehicle="V1")))


BACK = table({("V1", "G"): 1500, ("V1", "F"): 100, ("V1", "X"): 200, ("X", "G"): 4000}, ALOFT)


def test_it_starts_where_the_vehicle_is_and_leads_elsewhere(aboard):
    view = View(aboard, after(700), MIDWAY)
    found = divert_options(view, aboard.chains["C1"], BACK)
    assert {one.facility for one in found.options} == {"G"}
    straight = next(one for one in found.options if one.vehicles == ("V1",))
    (leg,) = straight.legs
    assert (leg.start.lon, leg.start.lat, leg.start.id, leg.casualties) == (21.5, 6.0, "V1", (A,))
    assert (leg.depart_at, leg.arrive_p50_at) == (after(700), after(700 + 1500))
    over = next(one for one in found.options if one.vehicles == ("V1", "H"))
    assert [one.mode for one in over.legs] == [Mode.GROUND, Mode.AIR, Mode.AIR]
    assert e.Refusal("Field hospital", "is where they are diverted from") in found.refused
    assert any(line.startswith("V1 has them aboard, 25 min from") for line in straight.reasons)


def test_the_new_chain_takes_over_and_the_old_ones_tasks_end(aboard):
    view = View(aboard, after(700), MIDWAY)
    found = divert_options(view, aboard.chains["C1"], BACK)
    straight = next(one.id for one in found.options if one.vehicles == ("V1",))
    after_it = tasked(aboard, found, 710, "C1", straight)
    later = View(after_it, after(720), MIDWAY)
    assert (later.chain_status["C1"], later.chain_status["D1"]) == ("replaced", "active")
    assert later.chain_of(after_it.casualties[A]).id == "D1"
    assert later.inbound == {"G": [A]}
    (ended,) = orders.follow_up(later)
    assert (ended.task, ended.reason) == ("C2", "replaced by chain D1")
    done, arrivals = later.travelled(after_it.chains["D1"])
    assert done[0].state == LegState.STARTED
    assert arrivals[0].p50_at == after(710 + 1500)
    home = told(after_it, (721, ended), (2300, e.CasualtyHandedOver(casualty=A, facility="G")))
    assert View(home, after(2400)).chain_status["D1"] == "finished"
    assert View(home, after(2400)).chain_status["C1"] == "replaced"


def test_the_same_divert_twice_is_refused(aboard):
    view = View(aboard, after(700), MIDWAY)
    found = divert_options(view, aboard.chains["C1"], BACK)
    once = tasked(aboard, found, 710, "C1")
    with pytest.raises(NotPossible, match="chain C1 runs no more"):
        tasked(once, found, 720, "C1")


def test_without_a_position_the_vehicle_is_where_its_time_says(aboard):
    chain = aboard.chains["C1"]
    wanted = diverting(View(aboard, after(320 + 300)), chain)
    start = wanted.starts["V1"]
    assert 21.0 <= start.lon <= 22.0
    assert start.id == "V1"
    assert diverting(View(aboard, after(700), MIDWAY), chain).starts["V1"].lon == 21.5


def test_those_aboard_are_not_put_out_where_only_some_may_come_in():
    drive = {**DRIVE, ("V1", "G"): 900}
    picture = running(world(T1, T2), table(drive))
    both = told(picture, *((320, e.CasualtyLoaded(casualty=z, vehicle="V1")) for z in (A, B)))
    full = told(both, (330, replace(G, beds_free=1)))
    view = View(full, after(700), MIDWAY)
    found = divert_options(view, full.chains["C1"], BACK)
    assert found.options == ()
    assert e.Refusal("General hospital", "has 1 free beds beyond those on the way, 2 needed") in found.refused


def test_before_anybody_is_aboard_all_may_be_chosen_anew():
    picture = running(world(T1), table(DRIVE))
    view = View(picture, after(60))
    found = divert_options(view, picture.chains["C1"], table(DRIVE, ALOFT))
    assert {one.facility for one in found.options} == {"G"}
    assert {one.vehicles for one in found.options} >= {("V1",), ("V2",)}
    again = tasked(picture, found, 70, "C1")
    assert View(again, after(80)).chain_status == {"C1": "replaced", "D1": "active"}


def test_an_aircraft_with_casualties_aboard_flies_on_to_another_pad():
    ways = table({("V1", "poi"): 60, ("poi", "X"): 60, ("poi", "F"): 9000}, ALOFT)
    picture = running(world(T1), ways)
    assert picture.chains["C1"].plan.vehicles == ("V1", "H")
    flying = told(
        picture,
        (320, e.CasualtyLoaded(casualty=A, vehicle="V1")),
        (700, e.CasualtyHandedOver(casualty=A, vehicle="H")),
    )
    view = View(flying, after(900), {"H": seen(21.8, 6.0, 890)})
    best = divert_options(view, flying.chains["C1"], table({}, {("H", "K"): 400, ("H", "L"): 90})).options[0]
    (leg,) = best.legs
    assert (leg.mode, leg.start.lon, leg.end.id, leg.seconds_p50) == (Mode.AIR, 21.8, "G", 460)


def test_nobody_left_to_divert(aboard):
    done = told(aboard, (900, e.CasualtyHandedOver(casualty=A, facility="F")))
    assert divert_options(View(done, after(950)), done.chains["C1"], BACK).options == ()


@given(st.integers(0, 3), st.permutations(range(4)))
@settings(max_examples=30, deadline=None)
def test_replaced_is_replaced_in_any_order(drop, order):
    """Whatever the order in which the plans and the hand-over are read, the picture says the same."""
    picture = world(T1)
    first = e.ChainPlanned(
        chain="C1", request="R", decision="D", option="1", facility="F", vehicles=("V1",), casualties=(A,),
        legs=(),
    )  # fmt: skip
    second = e.ChainPlanned(
        chain="D1", request="R", decision="E", option="1", facility="G", vehicles=("V1",), casualties=(A,),
        legs=(), replaces="C1",
    )  # fmt: skip
    words = [(10, first), (20, second), (15, e.CasualtyLoaded(casualty=A, vehicle="V1")), (20, second)]
    del words[3 if drop else 2]
    straight = told(picture, *words)
    mixed = told(picture, *(words[i] for i in order if i < len(words)))
    one, other = (View(p, after(60)) for p in (straight, mixed))
    assert one.chain_status == other.chain_status == {"C1": "replaced", "D1": "active"}
    assert one.chain_of(straight.casualties[A]).id == other.chain_of(mixed.casualties[A]).id == "D1"


def test_who_is_aboard_when_the_plan_breaks_is_planned_for_from_there(aboard):
    task = next(iter(aboard.tasks.values()))
    broken = told(aboard, (600, e.TaskCancelled(task=task.id, reason="denied")))
    view = View(broken, after(700), MIDWAY)
    wanted = choice(view, "R")
    assert wanted is not None
    assert {one.id: [c.id for c in load] for one, load in wanted.held} == {"V1": [A]}
    found = answer(view, wanted, BACK)
    assert found.options[0].legs[0].start.id == "V1"
    number = count(1)
    bodies = orders.plan_task(broken, decided(found, 700), "1", after(700), lambda: f"N{next(number)}")
    again = View(told(broken, *((700, body) for body in bodies)), after(800), MIDWAY)
    assert again.chain_of(again.picture.casualties[A]).id == "N1"
    assert choice(again, "R") is None


def test_who_is_aboard_a_vehicle_with_another_task_is_not_planned_for(aboard):
    assert choice(View(aboard, after(700), MIDWAY), "R") is None

"""Every kind of rescue chain, with tables made by hand: legs join in place and time, the soonest leads."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from casevac import events as e
from casevac.chain import ON_FOOT, graph
from casevac.fleet import against, choice
from casevac.network import graph as network
from casevac.orders import plan_task
from casevac.plan import Answer, answer
from casevac.terms import Category, Mode, Purpose
from casevac.travel import Travel
from casevac.view import View
from tests.casevac.scenes import A, B, after, told
from tests.casevac.test_divert import decided
from tests.casevac.ways import F, table, world

T1, T2, T3 = Category.T1, Category.T2, Category.T3


def asked(picture, ways: Travel, now=5.0) -> Answer:
    view = View(picture, after(now))
    wanted = choice(view, "R")
    assert wanted is not None
    return answer(view, wanted, ways)


def manners(found: Answer) -> set[tuple[str, ...]]:
    """How each option goes: vehicle and end of each leg with casualties."""
    return {tuple(f"{leg.vehicle}>{leg.end.id}" for leg in o.legs if leg.casualties) for o in found.options}


def test_the_graph_has_an_edge_for_each_mode_between_stops():
    ways = table(
        {("V1", "poi"): 60, ("poi", "F"): 900, ("poi", "S"): 100}, {("S", "L"): 300}, {("poi", "S"): 400}
    )
    picture = world(T1)
    view = View(picture, after(5))
    wanted = choice(view, "R")
    joined = network(wanted, ways, picture.facilities["F"], ())
    assert set(joined.edges(keys=True)) == {
        ("poi", "facility F", "ground"), ("poi", "site S", "ground"), ("poi", "site S", "foot"),
        ("site S", "facility F", "air"),
    }  # fmt: skip


def test_an_aircraft_picks_up_at_the_scene_without_any_ground_vehicle():
    ways = table({}, {("H", "S"): 600, ("S", "L"): 900}, {("poi", "S"): 300})
    found = asked(world(T1, vehicles=()), ways)
    best = found.options[0]
    assert best.vehicles == ("H",)
    assert [leg.mode for leg in best.legs] == [Mode.FOOT, Mode.AIR, Mode.AIR]
    assert [leg.vehicle for leg in best.legs] == [ON_FOOT, "H", "H"]
    assert best.legs[1].purpose == Purpose.TO_PICKUP
    assert best.pickup_p50_at == after(5 + 600)
    assert best.arrive_p50_at == after(5 + 600 + 300 + 900 + 60)
    assert "carried 3.0 km on foot to Strip, 5 min" in best.reasons
    assert any("4 bearers must be at the scene for 1 litter" in line for line in best.risks)


def test_casualties_off_the_road_are_carried_to_it_while_the_ambulance_comes():
    drive = {("V1", "road"): 500, ("road", "F"): 1000}
    best = asked(world(T1), table(drive, walk={("poi", "road"): 800})).options[0]
    assert manners(asked(world(T1), table(drive, walk={("poi", "road"): 800}))) == {("on foot>", "V1>F")}
    assert best.arrive_p50_at == after(5 + 800 + 300 + 1000)  # hand-over, for a litter team brings them
    assert best.legs[0].end == best.legs[2].start


def test_on_foot_only_where_it_is_sooner_than_the_vehicle():
    drive = {("V1", "road"): 500, ("road", "F"): 1000, ("V1", "poi"): 600, ("poi", "F"): 1100}
    slow = asked(world(T1), table(drive, walk={("poi", "road"): 4000}))
    assert [leg.mode for leg in slow.options[0].legs] == [Mode.GROUND, Mode.GROUND]
    quick = asked(world(T1), table(drive, walk={("poi", "road"): 300}))
    assert quick.options[0].legs[0].mode == Mode.FOOT


def test_a_hospital_next_door_is_told_for_it_needs_no_vehicle():
    ways = table({("V1", "poi"): 600, ("poi", "F"): 60}, walk={("poi", "F"): 200})
    found = asked(world(T1, heli=False), ways)
    assert found.options[0].vehicles == ("V1",)
    line = f"{A} can be at Field hospital by 09:03Z without any vehicle: 2.0 km on foot, 4 min"
    assert found.advice == (line,)
    far = table({("V1", "poi"): 600, ("poi", "F"): 60}, walk={("poi", "F"): 2000})
    assert asked(world(T1, heli=False), far).advice == ()


def test_several_ambulances_collect_and_one_vehicle_takes_all_on():
    """Two small ambulances bring two each to the collection point; a bus takes all four on."""
    picture = world(T2, T2, T3, T3, litters=1, seats=1, heli=False)
    bus = replace(picture.vehicles["V1"].card, id="V3", callsign="V3", litters=6, seats=6)
    drive = {
        ("V1", "poi"): 100, ("V2", "poi"): 200, ("poi", "P"): 300, ("V3", "P"): 500, ("P", "F"): 900,
    }  # fmt: skip
    best = asked(told(picture, (0, bus)), table(drive)).options[0]
    assert best.vehicles == ("V1", "V2", "V3")
    assert len(best.casualties) == 4
    on = best.legs[-1]
    assert (on.vehicle, on.start.id, set(on.casualties)) == ("V3", "P", set(best.casualties))
    assert on.depart_at == after(5 + max(200 + 180 + 300, 500) + 300)
    assert len(list(graph(best.legs).predecessors(len(best.legs) - 1))) == 3


STOP = {("V1", "poi"): 300, ("poi", "M"): 300, ("M", "F"): 9000, ("V2", "M"): 200, ("poi", "F"): 9500}


def test_a_nearer_post_gives_advanced_care_and_another_vehicle_goes_on():
    """Without a medical crew the hour for advanced care is lost on the long road, but not at the post."""
    found = asked(world(T1, heli=False, medical_crew=False), table(STOP))
    best = found.options[0]
    assert best.via == ("M",)
    assert [leg.end.id for leg in best.legs if leg.casualties] == ["M", "F"]
    assert best.promises[0].care_p50_at == after(5 + 300 + 180 + 300)
    assert "stops at Medical post for advanced care, without surgery" in best.reasons
    assert "advanced care: Medical post at 09:13Z" in best.capability


def test_a_stop_that_helps_nobody_sooner_is_not_offered():
    found = asked(world(T1, heli=False, vehicles=("V1",)), table(STOP))
    assert all(not one.via for one in found.options)


def test_from_the_post_an_aircraft_may_go_on():
    fly = {("H", "N"): 900, ("N", "L"): 800}
    found = asked(world(T1, medical_crew=False), table(STOP, fly))
    best = found.options[0]
    assert (best.vehicles, best.via) == (("V1", "H"), ("M",))
    last = best.legs[-1]
    assert (last.start.id, last.end.id, last.seconds_p50) == ("M", "F", 60 + 800 + 60)


def test_who_was_brought_to_the_post_goes_on_from_there():
    """Somebody carried a T1 to the post, which has no surgery: asked again, the way begins at its door."""
    picture = told(
        world(T1, T3, heli=False),
        (60, e.CasualtyHandedOver(casualty=A, facility="M")),
        (61, e.CasualtyHandedOver(casualty=B, facility="M")),
    )
    best = asked(picture, table({("V1", "poi"): 100, ("poi", "F"): 900}), 70).options[0]
    assert best.casualties == (A,)  # the post can do all that B needs
    assert (best.legs[1].start.id, best.legs[1].end.id) == ("M", "F")
    view = View(picture, after(80))
    decision = decided(Answer((best,), (), ()), 80)
    names = iter(("C1", "C2"))
    bodies = plan_task(picture, decision, best.id, view.now, lambda: next(names))
    on = told(picture, *((80, body) for body in bodies))
    chain = on.chains["C1"]
    assert View(on, after(90)).chain_status["C1"] == "active"
    loaded = told(on, (200, e.CasualtyLoaded(casualty=A, vehicle="V1")))
    assert [one.state.value for one in View(loaded, after(210)).travelled(chain)[0]] == ["done", "started"]
    done = told(loaded, (1200, e.CasualtyHandedOver(casualty=A, facility="F")))
    assert View(done, after(1300)).chain_status["C1"] == "finished"
    assert choice(View(done, after(1300)), "R") is None


def test_a_chain_with_a_stop_runs_through_it():
    """Handed over at the post the chain goes on; the vehicle that brings it on is not taken for the first."""
    picture = world(T1, heli=False, medical_crew=False)
    found = asked(picture, table(STOP))
    via = next(one for one in found.options if one.via and one.vehicles == ("V1",))
    names = iter(("C1", "C2"))
    bodies = plan_task(picture, decided(found, 6), via.id, after(6), lambda: next(names))
    running = told(picture, *((6, body) for body in bodies))

    def states(now_picture, at):
        view = View(now_picture, after(at))
        return view.chain_status["C1"], [
            one.state.value for one in view.travelled(now_picture.chains["C1"])[0]
        ]

    loaded = told(running, (400, e.CasualtyLoaded(casualty=A, vehicle="V1")))
    assert states(loaded, 410) == ("active", ["done", "started", "planned"])
    inside = told(loaded, (800, e.CasualtyHandedOver(casualty=A, facility="M")))
    assert states(inside, 810) == ("active", ["done", "done", "planned"])
    assert View(inside, after(810)).inbound == {"F": [A]}
    on = told(inside, (1000, e.CasualtyLoaded(casualty=A, vehicle="V1")))
    assert states(on, 1010) == ("active", ["done", "done", "started"])
    assert states(told(on, (9000, e.CasualtyHandedOver(casualty=A, facility="F"))), 9010)[0] == "finished"


def test_a_leg_on_foot_is_under_way_from_the_order_to_the_loading():
    drive = {("V1", "road"): 500, ("road", "F"): 1000}
    picture = world(T1)
    found = asked(picture, table(drive, walk={("poi", "road"): 800}))
    names = iter(("C1", "C2"))
    bodies = plan_task(picture, decided(found, 6), "1", after(6), lambda: next(names))
    assert [type(body).__name__ for body in bodies if not isinstance(body, e.AssetWarned)] == [
        "ChainPlanned",
        "VehicleTasked",
    ]
    on = told(picture, *((6, body) for body in bodies))
    done, arrivals = View(on, after(100)).travelled(on.chains["C1"])
    assert [one.state.value for one in done] == ["started", "planned", "planned"]
    assert arrivals[0].p50_at == after(6 + 800)
    taken = told(on, (900, e.CasualtyLoaded(casualty=A, vehicle="V1")))
    assert [one.state.value for one in View(taken, after(910)).travelled(on.chains["C1"])[0]] == [
        "done", "done", "started",
    ]  # fmt: skip


def test_readiness_comes_before_the_way():
    made = asked(
        world(T1, heli=False, readiness_s=900.0), table({("V1", "poi"): 60, ("poi", "F"): 60})
    ).options
    assert made[0].pickup_p50_at == after(5 + 900 + 60)
    assert any("after 15 min to make ready" in line for line in made[0].reasons)


# --- the theatre's queue


def busy(picture, surgery_at: float):
    """B is on F's only table since then."""
    return told(
        picture,
        (2, e.CasualtyReported(lon=22, lat=6, casualty=B, request="Q", category=T1)),
        (3, e.CasualtyHandedOver(casualty=B, facility="F")),
        (surgery_at, e.SurgeryStarted(casualty=B)),
    )


def test_to_the_farther_hospital_for_the_nearer_ones_table_is_taken():
    drive = {("V1", "poi"): 60, ("poi", "F"): 600, ("poi", "G"): 1800}
    free = asked(world(T1, heli=False), table(drive)).options[0]
    assert (free.facility, free.ahead_in_queue) == ("F", 0)
    taken = asked(busy(world(T1, heli=False), 4), table(drive)).options
    assert [one.facility for one in taken[:2]] == ["G", "F"]
    behind = next(one for one in taken if one.facility == "F")
    assert behind.table_free_at == after(4 + 5400)
    assert behind.promises[0].surgery_p50_at == after(4 + 5400)


def test_those_on_the_way_are_ahead_in_the_queue():
    drive = {("V1", "poi"): 60, ("poi", "F"): 600}
    picture = told(
        world(T2, heli=False),
        (2, e.CasualtyReported(lon=22, lat=6, casualty=B, request="Q", category=T1)),
        (3, e.CasualtyHandedOver(casualty=B, facility="F")),
    )
    best = asked(picture, table(drive)).options[0]
    assert best.ahead_in_queue == 1
    assert best.table_free_at == after(3 + 900 + 5400)
    assert f"1 before {A} at Field hospital: its operating table is free at 10:45Z" in best.reasons


def test_beds_left_on_arrival_are_told():
    best = asked(world(T1, T2, heli=False), table({("V1", "poi"): 60, ("poi", "F"): 600})).options[0]
    assert best.beds_free_on_arrival == 9 - 2


# --- night, range, vague places


def test_a_flight_that_would_end_in_the_dark_is_no_option():
    ways = table(
        {}, {("H", "S"): 600, ("S", "L"): 30_000}, {("poi", "S"): 300}, day_only=frozenset(["helicopter"])
    )
    assert asked(world(T1, vehicles=()), ways).options == ()
    at_night = replace(ways, day_only=frozenset())
    best = asked(world(T1, vehicles=()), at_night).options[0]
    assert any("in the dark at" in line for line in best.risks)


def test_an_aircraft_that_must_take_fuel_is_a_risk():
    ways = table(
        {}, {("H", "S"): 600, ("S", "L"): 900}, {("poi", "S"): 300}, range_m={"helicopter": 12_000.0}
    )
    best = asked(world(T1, vehicles=()), ways).options[0]
    assert any(line.startswith("H must take fuel on the way: 16 km in all, 12 km") for line in best.risks)


def test_a_vague_place_makes_the_pick_up_a_range():
    picture = world(T1, heli=False)
    vague = told(picture, (2, replace(picture.requests["R"].alert.value, uncertainty_m=3000.0)))
    best = asked(vague, table({("V1", "poi"): 600, ("poi", "F"): 600})).options[0]
    assert "the place is known to 3.0 km: pick-up may be 5 min sooner or later" in best.risks


# --- invariants over any table

STOPS = ("poi", "road", "S", "X", "P", "L", "K", "N", "F", "G", "M")
seconds = st.none() | st.integers(1, 20_000)
drives = st.fixed_dictionaries(
    dict.fromkeys([(v, s) for v in ("V1", "V2") for s in ("poi", "road", "X", "P", "M")], seconds)
    | {(a, b): seconds for a in ("poi", "road", "X", "P", "M") for b in STOPS[2:] if a != b}
)
flights = st.fixed_dictionaries(
    {("H", s): seconds for s in "SXLKN"} | {(a, b): seconds for a in "SXN" for b in "LK"}
)
walks = st.fixed_dictionaries({("poi", s): seconds for s in ("road", "S", "F")})


def known(ways: dict) -> dict:
    return {pair: float(value) for pair, value in ways.items() if value is not None}


categories = st.lists(st.sampled_from((T1, T2, T3, Category.UNKNOWN)), min_size=1, max_size=4)


@given(categories, drives, flights, walks, st.integers(0, 3), st.integers(0, 2))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_option_breaks_what_must_hold(cats, drive, fly, walk, beds, seats):
    picture = told(world(*cats, litters=1, seats=seats), (0.5, replace(F, beds_free=beds)))
    ways = table(known(drive), known(fly), known(walk))
    view = View(picture, after(5))
    wanted = choice(view, "R")
    found = answer(view, wanted, ways)
    for option in found.options:
        holds(view, option)
    shuffled = picture
    for name in ("vehicles", "facilities", "sites", "casualties"):
        shuffled = replace(shuffled, **{name: dict(reversed(list(getattr(picture, name).items())))})
    backwards = replace(ways, hops=dict(reversed(list(ways.hops.items()))))
    again = View(shuffled, after(5))
    assert answer(again, choice(again, "R"), backwards) == found


def holds(view: View, option: e.Option) -> None:
    picture = view.picture
    taken = [picture.casualties[zap] for zap in option.casualties]
    assert len(set(option.casualties)) == len(option.casualties) > 0
    assert against(view, picture.facilities[option.facility], taken) == []
    for zap in option.casualties:
        mine = [leg for leg in option.legs if zap in leg.casualties]
        assert (mine[0].start.lon, mine[0].start.lat) == (21.0, 6.0)
        assert mine[-1].end.id == option.facility
        for earlier, later in pairwise(mine):
            assert (earlier.end.lon, earlier.end.lat) == (later.start.lon, later.start.lat)
            assert earlier.arrive_p50_at <= later.depart_at
            assert earlier.arrive_p90_at <= later.arrive_p90_at
    for name in option.vehicles:
        mine = [leg for leg in option.legs if leg.vehicle == name]
        card = picture.vehicles[name].card
        assert all(a.arrive_p50_at <= b.depart_at for a, b in pairwise(mine))
        assert all(len(leg.casualties) <= card.litters + card.seats for leg in mine)
        assert {leg.mode for leg in mine} == {Mode.AIR if name == "H" else Mode.GROUND}
    assert {leg.vehicle for leg in option.legs} - {ON_FOOT} == set(option.vehicles)
    assert option.arrive_p50_at <= option.arrive_p90_at
    for promise in option.promises:
        if promise.surgery_p50_at is not None:
            assert promise.arrive_p50_at < promise.surgery_p50_at <= promise.surgery_p90_at


@pytest.mark.parametrize("engaged", [("V1",), ("V1", "V2")])
def test_no_vehicle_at_all_is_told(engaged):
    gone = [(2, e.VehicleStatusChanged(state="out_of_service", vehicle=v)) for v in engaged]
    found = asked(told(world(T1, vehicles=engaged, heli=False), *gone), table())
    assert found.options == ()
    assert any(one.why == "no ground vehicle is free to fetch the casualties" for one in found.refused)
    assert any("nobody can bring it to a facility that operates" in line for line in found.advice)

"""CASEVAC-Bench on real roads, small: every class runs, no limit is broken, all meet the same world."""

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from casevac.planner.check import broken
from casevac.planner.problem import Plan, Problem
from tests.bench import chain_baselines, chain_net
from tests.bench.casevac_bench import PINNED, ROOT, SHARED
from tests.bench.chain_net import Net
from tests.bench.chain_run import BASELINES, OURS, Task, digest, nets, run
from tests.bench.chain_scenario import CLASSES, SIZES, SURGERY, Scenario, scenario
from tests.bench.chain_score import CAUTION, CURVES, Came, deaths, figures
from tests.bench.chain_stats import saved
from tests.bench.chain_theatre import Theatre
from tests.bench.chain_trip import travel
from tests.bench.chain_world import World

PLACES = 60
ALL = (*BASELINES.items(), ("scored", OURS))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Douala, by day and by night."""
    if not (SHARED / "osm" / chain_net.NETWORKS["douala"]).exists():
        pytest.skip(f"test data not there: {SHARED}")
    place = tmp_path_factory.mktemp("nets")
    chain_net.ready(SHARED / "osm", place, lambda _text: None, PLACES, ["douala"])
    return place


@pytest.fixture(scope="module")
def known(folder: Path) -> dict[str, Net]:
    return nets(str(folder))


def nobody(problem: Problem) -> Plan:
    """A planner that leaves all where they are."""
    none = np.zeros(0, np.int32)
    return Plan(none, none, np.zeros(1, np.int32), none)


class Seen:
    """A planner that takes down what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Problem] = []

    def __call__(self, problem: Problem) -> Plan:
        self.asked.append(problem)
        return chain_baselines.queue_aware(problem)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_planner_plans_every_class_and_breaks_no_limit(kind: str, folder: Path) -> None:
    for ran in run(Task(kind, "S", 3, ALL, str(folder))):
        assert ran.broken == [], ran.planner
        assert ran.decided_ms
        people = ran.figures["deaths_optimistic"], ran.figures["deaths_pessimistic"]
        assert 0.0 <= people[0] <= people[1] <= SIZES["S"].casualties
        assert ran.figures["left"] <= SIZES["S"].casualties / 3


def test_a_run_is_the_same_run_again(folder: Path) -> None:
    task = Task("mass-casualty", "S", 5, ALL, str(folder))
    once, again = ([(one.planner, one.figures) for one in run(task)] for _ in range(2))
    np.testing.assert_equal(once, again)


def test_who_plans_nothing_saves_nobody(known: dict[str, Net]) -> None:
    of = scenario("steady", "S", 1, known)
    found = World(of, nobody, broken).run()
    assert not np.isfinite(found.arrival).any()
    came = Came(
        of.hurt.injured, of.hurt.true, of.hurt.operated, of.hurt.lies,
        *(np.asarray(each) for each in (found.care, found.arrival, found.surgery, found.table_wait)),
    )  # fmt: skip
    assert all(deaths(came, curve) == np.count_nonzero(of.hurt.true <= 1) for curve in CURVES)


def test_a_planner_is_told_only_what_is_known(known: dict[str, Net]) -> None:
    of = scenario("several-incidents", "S", 2, known)
    seen = Seen()
    World(of, seen, broken).run()
    assert len(seen.asked) > 5
    for problem in seen.asked:
        reported = of.hurt.reported <= problem.now
        assert len(problem.casualties.known) <= reported.sum()
        assert problem.roads.seconds.shape[1] == max(of.fixed, 1 + of.hurt.stop[reported].max())
        assert (problem.casualties.stop < problem.roads.seconds.shape[1]).all()
        assert (problem.vehicles.free >= problem.now).all()


def test_no_aircraft_is_to_be_had_while_the_air_is_denied(known: dict[str, Net]) -> None:
    of = scenario("air-denied", "S", 2, known)
    assert of.denied is not None
    seen = Seen()
    World(of, seen, broken).run()
    inside = [of.denied[0] <= each.now < of.denied[1] for each in seen.asked]
    assert any(inside) and not all(inside)
    for problem, denied in zip(seen.asked, inside, strict=True):
        assert problem.vehicles.flies.any() != denied


def test_a_lost_facility_takes_nobody_and_who_waited_there_is_fetched_again(known: dict[str, Net]) -> None:
    of = scenario("facility-lost", "S", 2, known)
    assert of.lost is not None
    at, lost = of.lost
    seen = Seen()
    found = World(of, seen, broken).run()
    for problem in seen.asked:
        assert bool(problem.facilities.able[lost]) == (problem.now < at)
    there = [c for c, f in enumerate(found.facility) if f == lost]
    assert all(found.arrival[c] < at for c in there)
    assert all(found.surgery[c] < at for c in there)


def test_news_is_late_while_communications_are_lost(known: dict[str, Net]) -> None:
    of = scenario("comms-lost", "M", 2, known)
    assert of.silent is not None
    late = of.hurt.reported - of.hurt.injured
    inside = (of.hurt.injured > of.silent[0]) & (of.hurt.injured < of.silent[1] - 1800)
    outside = (of.hurt.reported < of.silent[0]) | (of.hurt.injured > of.silent[1])
    assert np.median(late[inside]) > 900 > np.median(late[outside])


def test_no_aircraft_sets_out_in_the_dark_that_flies_by_day_only(known: dict[str, Net]) -> None:
    of = scenario("night", "M", 2, known)
    heli = int(np.flatnonzero(of.fleet.day_only)[0])
    begin, end = of.dark[0]
    pads = np.flatnonzero(np.isfinite(of.seconds[chain_net.AIR, of.fleet.start[heli]]))
    casualty = next((c for c, stop in enumerate(of.hurt.stop) if stop in pads), None)
    assert casualty is not None
    who = [(casualty, int(of.hurt.stop[casualty]), 0.0)]
    standing = int(of.fleet.start[heli]), begin + 60.0, 250_000.0
    trip = travel(of, heli, standing, 0, who)
    assert trip is not None
    assert trip.loaded[casualty] > end


def test_beds_seats_and_skills_hold_in_the_world_whatever_is_planned(known: dict[str, Net]) -> None:
    of = scenario("mass-casualty", "S", 4, known)

    def all_in_one(problem: Problem) -> Plan:
        who = np.arange(len(problem.casualties.known), dtype=np.int32)
        return Plan(*(np.asarray(each, np.int32) for each in ([0], [0], [0, len(who)])), who)

    found = World(of, all_in_one, lambda _problem, _plan: []).run()
    places = int(of.fleet.litters[0] + of.fleet.seats[0])
    for at in {each for each in found.arrival if math.isfinite(each)}:
        assert found.arrival.count(at) <= places
    assert found.refused > 0


def test_a_plan_that_breaks_a_limit_is_counted(known: dict[str, Net]) -> None:
    of = scenario("steady", "S", 4, known)
    unable = int(np.flatnonzero((of.houses.able & SURGERY) == 0)[0])

    def wrong(problem: Problem) -> Plan:
        who = np.flatnonzero(problem.casualties.operated)[:1].astype(np.int32)
        one = len(who)
        return Plan(
            *(np.asarray(each, np.int32) for each in ([0] * one, [unable] * one, range(one + 1))), who
        )

    assert World(of, wrong, broken).run().broken


def test_draws_are_of_the_scenario_not_of_the_planner(known: dict[str, Net]) -> None:
    one, other = (scenario("steady", "S", 9, known) for _ in range(2))
    np.testing.assert_array_equal(one.draws.way, other.draws.way)
    way = (int(one.fleet.start[0]), 0.0, float("inf"))
    trips = [travel(each, 0, way, 0, _first(each)) for each in (one, other)]
    assert trips[0] == trips[1] is not None


def _first(of: Scenario) -> list[tuple[int, int, float]]:
    return [(0, int(of.hurt.stop[0]), 0.0)]


def test_half_of_all_legs_take_longer_than_the_middle_and_one_in_ten_than_the_bound(
    known: dict[str, Net],
) -> None:
    of = scenario("steady", "L", 1, known)
    assert abs(np.mean(of.draws.way > 0) - 0.5) < 0.02
    assert abs(np.mean(of.draws.way > 1.2816) - 0.1) < 0.02


def test_a_table_takes_the_most_urgent_of_the_ready() -> None:
    theatre = Theatre([100.0])
    theatre.waiting.update({4: (1, 10.0), 7: (0, 50.0), 9: (0, 200.0)})
    assert theatre.next(60.0) is None
    assert theatre.next(100.0) == 7
    assert theatre.take(7, 100.0, 160.0, 150.0) == 50.0
    assert theatre.next(150.0) is None
    assert theatre.next(160.0) == 4
    assert sorted(theatre.close()) == [4, 9]
    assert theatre.next(1e9) is None


def test_deaths_follow_the_curves() -> None:
    hours = np.asarray([0.0, 91 * 60.0, np.inf, 0.0, 5 * 3600.0])
    true = np.asarray([0, 0, 0, 1, 2], np.int32)
    marks = np.ones(5, bool)
    came = Came(np.zeros(5), true, marks, marks, hours, hours, hours, np.zeros(5))
    assert deaths(came, "optimistic") == pytest.approx(0.44 + (1 - 0.28) + 1.0 + 0.19)
    told = figures(came)
    assert told["p1_surgery_2h"] == pytest.approx(2 / 3)
    assert told["p2_4h"] == 1.0


def test_what_is_saved_is_a_share_with_an_interval_around_it() -> None:
    theirs = np.asarray([10.0, 20.0, 30.0, 25.0])
    span = saved(theirs, 0.8 * theirs)
    assert (span.value, span.low, span.high) == pytest.approx((0.2, 0.2, 0.2))
    uneven = saved(theirs, np.asarray([10.0, 10.0, 30.0, 15.0]))
    assert uneven.low < uneven.value < uneven.high


def test_places_differ_and_all_ways_are_there(known: dict[str, Net]) -> None:
    net = known["douala"]
    assert np.isfinite(net.seconds).all()
    assert 30_000 < np.ptp(net.at, axis=0).max() < 100_000
    assert (known["douala-night"].seconds[0] >= net.seconds[0] - 1.0).all()
    assert replace(net, name="other").digest == net.digest


def test_the_scorer_is_the_pinned_one() -> None:
    assert digest() == PINNED, "figures that were cited are of another scorer: measure again, then pin it"


def bench(*words: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "tests.bench.casevac_bench", *words]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)


def test_a_strangers_planner_is_scored_by_one_command() -> None:
    if not (SHARED / "osm" / chain_net.NETWORKS["douala"]).exists():
        pytest.skip(f"test data not there: {SHARED}")
    words = ("--quick", "--seeds", "1", "--classes", "steady", "--sizes", "S", "--jobs", "1")
    done = bench(*words, "--planner", "tests.bench.test_casevac_bench:nobody")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["bench"] == "chain"
    assert told["figures"]["violations"] == 0
    assert told["figures"]["deaths_saved_worst_class"] < 0
    assert CAUTION in done.stdout


def test_it_says_what_is_wrong_with_what_it_was_given() -> None:
    done = bench("--planner", "no.such:thing")
    assert done.returncode == 1
    assert "no planner 'no.such:thing'" in done.stderr
    assert "Traceback" not in done.stderr
    unknown = bench("--classes", "steady,fog")
    assert unknown.returncode == 2
    assert "no fog; there is steady" in unknown.stderr


def test_without_its_data_it_says_where_to_look(tmp_path: Path) -> None:
    done = bench("--data", str(tmp_path))
    assert done.returncode == 1
    assert "give the folder of the test data with --data" in done.stderr

"""One plan of a whole mission: greedy at once, then searched; told as lines that a person may approve."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from casevac import hazard, locks
from casevac.alternatives import Case, alternatives, reasons
from casevac.events import Stop
from casevac.fleet import risks
from casevac.lacks import helps, late_ones, left, troubles
from casevac.planner.bound import lower_bound
from casevac.planner.greedy import greedy
from casevac.planner.packed import packed
from casevac.planner.policy import Policy, cost, expected_deaths
from casevac.planner.problem import Fates, Plan, Problem
from casevac.planner.search import improve
from casevac.planner.simulate import simulate
from casevac.policies import frontier
from casevac.proposal import Figures, Line, Point, Proposal, Ride, Rule, line_id
from casevac.situation import Situation
from casevac.trips import (
    Carried,
    Trip,
    fortunes,
    groups,
    later_trips,
    plan_of,
    rides,
    stops,
)
from casevac.view import View
from casevac.words import clock_time, minutes

SEED = 7
FIRST, SEARCHED = "first", "searched"  # stages; the first answer is told without alternatives and bound
QUICK_S = 0.05  # of search for each point of the frontier and each thing that may help
BETTER = 1e-6
WORTH_CHANGING = 0.01  # expected deaths: for less nobody has to read another plan; as of orders that change
Enough = Callable[[], bool]


def never() -> bool:
    """It is never enough."""
    return False


class Asked(NamedTuple):
    """By what a plan is made, and what it rests on."""

    policy: Policy
    rule: Rule
    network: str
    plan: str  # its id


def quick(found: Situation, policy: Policy, before: Proposal | None = None) -> Carried:
    """The first answer, in milliseconds: what was proposed before, unless the greedy one is better."""
    first = greedy(found.problem, policy)
    best = Carried(first, simulate(found.problem, first))
    kept = again(found, before) if before is not None else None
    if kept is not None and _cost(found, kept, policy) <= _cost(found, best, policy) + WORTH_CHANGING:
        return kept
    return best


def searched(found: Situation, policy: Policy, start: Carried, seconds: float, stop: Enough) -> Carried:
    """A better plan, where the search finds one within so many seconds.

    One that a person has read already gives way only to one that is clearly better.
    """
    if seconds <= 0.0:
        return start
    better = improve(found.problem, start.plan, policy, seconds, seed=SEED, stop=stop)
    carried = Carried(better, simulate(found.problem, better))
    worth = WORTH_CHANGING if start.known else BETTER
    return carried if _cost(found, carried, policy) < _cost(found, start, policy) - worth else start


def _cost(found: Situation, carried: Carried, policy: Policy) -> float:
    return cost(found.problem, carried.fates, policy, carried.plan)


def again(found: Situation, before: Proposal) -> Carried:
    """The lines of an earlier plan on the present picture, as far as they still can be done."""
    vehicle = {one.vehicle.id: row for row, one in enumerate(found.vehicles)}
    casualty = {one.casualty.id: row for row, one in enumerate(found.waiting)}
    doors = [one.id for one in found.facilities] + [one.id for one in found.exchange]
    ends = {name: row for row, name in enumerate(doors)}
    rows: list[Trip] = []
    for ride in sorted((ride for line in before.lines for ride in line.rides), key=lambda one: one.begin_at):
        who = tuple(casualty[zap] for zap in ride.casualties if zap in casualty)
        if who and ride.vehicle in vehicle and ride.end.id in ends:
            rows.append(Trip(len(rows), vehicle[ride.vehicle], ends[ride.end.id], who))
    plan = plan_of(rows)
    return Carried(plan, simulate(found.problem, plan), known=True)


def proposal(view: View, found: Situation, carried: Carried, asked: Asked, stage: str) -> Proposal:
    """The plan in words; without what would help and the frontier, which `enriched` adds."""
    made = groups(found, carried)
    earlier = later_trips(carried)
    quickly = packed(found.problem)
    lines = tuple(
        _line(Case(view, found, asked.policy, carried, group, quickly), rank, earlier, whole=stage != FIRST)
        for rank, group in enumerate(made, start=1)
    )
    return Proposal(
        plan=asked.plan,
        mission=view.picture.mission.id,
        seq=view.picture.seq,
        as_of=view.now,
        stage=stage,
        policy=asked.rule,
        network=asked.network,
        hazards=hazard.digest(view.picture, view.now) or "none",
        figures=figures(view, found, carried, asked.policy, bound=stage != FIRST),
        lines=lines,
        left=left(view, found, carried.fates),
        troubles=troubles(view, found, carried.fates),
        locks=locks.shown(view),
    )


def figures(
    view: View, found: Situation, carried: Carried, policy: Policy, *, bound: bool = False
) -> Figures:
    """The plan in numbers."""
    people, fates = found.problem.casualties, carried.fates
    late = set(late_ones(view, found, fates))
    surgical = np.flatnonzero(people.operated).tolist()
    first = [c for c in surgical if people.category[c] == 0]
    least = float(lower_bound(found.problem, policy)) if bound and found.waiting else None
    total = _cost(found, carried, policy)
    return Figures(
        casualties=len(found.waiting),
        planned=int(np.isfinite(fates.arrival).sum()),
        surgical=len(surgical),
        surgery_in_time=len([c for c in surgical if c not in late]),
        p1=len(first),
        p1_in_time=len([c for c in first if c not in late]),
        deaths=expected_deaths(found.problem, fates, policy.curve),
        cost=total,
        bound=least,
        gap=_gap(total, least),
    )


def _gap(total: float, least: float | None) -> float | None:
    """How far above the bound, as a share of it; None where there is no bound to speak of."""
    if least is None or not np.isfinite(least) or least <= 0.0:
        return None
    return max(0.0, total / least - 1.0)


# --- what takes longer


def enriched(
    view: View, found: Situation, carried: Carried, made: Proposal, policy: Policy, enough: Enough = never
) -> Proposal | None:
    """The proposal with what would help where limits are missed, and with the frontier of policies.

    None when it was enough before the end.
    """
    again_ = lambda problem: _quickly(problem, policy)  # noqa: E731  a name for the reader
    points = tuple(_points(view, found, carried, policy, enough)) if found.waiting else ()
    helped = helps(view, found, carried, again_, enough)
    return None if enough() else replace(made, helps=helped, frontier=points)


def _quickly(problem: Problem, policy: Policy) -> Plan:
    return improve(problem, greedy(problem, policy), policy, QUICK_S, seed=SEED)


def _points(
    view: View, found: Situation, carried: Carried, policy: Policy, enough: Enough
) -> Iterator[Point]:
    for other in frontier():
        if enough():
            return
        mine = other.name == policy.name
        if mine:
            there = carried
        else:
            plan = improve(found.problem, carried.plan, other, QUICK_S, seed=SEED)
            there = Carried(plan, simulate(found.problem, plan))
        told = figures(view, found, there, other)
        changes = () if mine else tuple(_differences(found, carried.fates, there.fates))
        yield Point(other.name, str(other.version), other.about, mine, told, changes)


def _differences(found: Situation, mine: Fates, theirs: Fates) -> list[str]:
    """Who gains and who loses most."""
    told = []
    with np.errstate(invalid="ignore"):  # who is never helped in either has lost nothing
        moved = np.nan_to_num(theirs.surgery - mine.surgery, nan=0.0, posinf=np.inf, neginf=-np.inf)
    for sign, word in ((-1.0, "sooner"), (1.0, "later")):
        rows = [c for c in np.argsort(-sign * moved, kind="stable").tolist() if sign * moved[c] > 60.0][:2]
        for c in rows:
            one = found.waiting[c].casualty
            by = minutes(abs(float(moved[c]))) if np.isfinite(moved[c]) else "for ever"
            told.append(f"{one.id} ({one.triage.value}) {by} {word}")
    return told


# --- one line


def _line(case: Case, rank: int, earlier: Mapping[int, Trip], *, whole: bool) -> Line:
    found, group = case.found, case.group
    made = rides(found, case.carried, group)
    vehicles = tuple(found.vehicles[v].vehicle.id for v in group.vehicles)
    facility = found.facilities[group.last.end]
    casualties = tuple(found.waiting[c].casualty.id for c in group.who)
    chains = _orders(case)
    state = _state(case, chains, earlier)
    why = _why_not(case, state, chains, earlier)
    return Line(
        id=line_id(vehicles, casualties, facility.id),
        rank=rank,
        state=state,
        can_approve=not why,
        why_not=why,
        summary=_summary(case, made),
        vehicles=vehicles,
        facility=facility.id,
        casualties=casualties,
        requests=tuple(dict.fromkeys(found.waiting[c].request for c in group.who)),
        replaces=chains[0] if state == "changed" and len(chains) == 1 else "",
        rides=made,
        fates=fortunes(case.view, found, case.carried.fates, group.who),
        reasons=reasons(case),
        risks=_risks(case),
        alternatives=alternatives(case) if whole else (),
    )


def _orders(case: Case) -> list[str]:
    """Chains of orders given already that the line is about."""
    found, group = case.found, case.group
    chains = [found.waiting[c].chain for c in group.who]
    chains += [one.chain for v in group.vehicles if (one := found.vehicles[v]).chain in found.muster.orders]
    return list(dict.fromkeys(key for key in chains if key))


def _state(case: Case, chains: Sequence[str], earlier: Mapping[int, Trip]) -> str:
    if len(chains) == 1:
        plan = case.found.muster.orders[chains[0]].plan
        mine = {case.found.waiting[c].casualty.id for c in case.group.who}
        same = mine == set(plan.casualties) and case.found.facilities[case.group.last.end].id == plan.facility
        vehicles = {case.found.vehicles[v].vehicle.id for v in case.group.vehicles}
        return "kept" if same and vehicles == set(plan.vehicles) else "changed"
    if chains:
        return "changed"
    return "later" if _waits_for(case, earlier) else "proposed"


def _waits_for(case: Case, earlier: Mapping[int, Trip]) -> str:
    """Why its vehicles cannot set out now; empty when they can."""
    found = case.found
    for trip in case.group.trips:
        name = found.vehicles[trip.vehicle].vehicle.card.callsign
        if trip.row in earlier:
            before = earlier[trip.row]
            ones = ", ".join(found.waiting[c].casualty.id for c in before.who)
            return f"{name} first brings in {ones}"
        comes = found.vehicles[trip.vehicle]
        if comes.chain and comes.chain not in found.muster.orders:
            return f"{name} is under way for chain {comes.chain} until {clock_time(comes.free_at)}"
    return ""


def _why_not(case: Case, state: str, chains: Sequence[str], earlier: Mapping[int, Trip]) -> str:
    """Why a person cannot approve it now; empty when it can be."""
    if state == "kept":
        return f"it is ordered already: chain {chains[0]}"
    if why := _waits_for(case, earlier):
        return why
    if len(chains) > 1:
        return f"it would change the orders of chains {', '.join(chains)}: cancel all but one of them first"
    scenes = [place for trip in case.group.trips for place in stops(case.found, case.group, trip)]
    doors = [place for place in scenes if place.id in {one.id for one in case.found.exchange}]
    if len(set(scenes) - set(doors)) > 1 and len(case.group.trips) > 1:
        return "it joins several scenes and an exchange point: ask for options of each request"
    return ""


def _summary(case: Case, made: Sequence[Ride]) -> str:
    parts = []
    for ride in made:
        call = next(o.vehicle.card.callsign for o in case.found.vehicles if o.vehicle.id == ride.vehicle)
        by: list[Stop] = list(ride.stops)
        through = f" by {' and '.join(one.name for one in by)}" if len(by) > 1 else ""
        parts.append(f"{call} with {', '.join(ride.casualties)}{through} to {ride.end.name}")
    return ", then ".join(parts)


def _risks(case: Case) -> tuple[str, ...]:
    """What may go wrong at the facility, as told of every option."""
    ones = [case.found.waiting[c].casualty for c in case.group.who]
    place = case.found.facilities[case.group.last.end]
    at = case.found.at(case.carried.fates.arrival[case.group.who[0]]) or case.view.now
    return tuple(f"{place.card.name}: {risk}" for risk in risks(case.view, place, ones, at))

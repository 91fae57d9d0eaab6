"""Why a line of the plan is as it is, and what else could be done: by simulating it done otherwise."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from casevac.casualty import RANK
from casevac.fleet import against
from casevac.planner.policy import Policy, cost
from casevac.planner.problem import Fates, Floats, Plan
from casevac.planner.simulate import simulate
from casevac.proposal import Alternative, line_id
from casevac.situation import Situation
from casevac.trips import Carried, Group, Trip, by_another, by_vehicle, direct, elsewhere, end_stop, fortunes
from casevac.view import View
from casevac.words import clock_time, minutes

MOST = 3
NEARER = 3  # nearer facilities of which it is said why not
LOOKED_AT = 8  # facilities and vehicles tried, soonest first
WORTH_SAYING_S = 60.0


class Case(NamedTuple):
    """What the words of one line are made from."""

    view: View
    found: Situation
    policy: Policy
    carried: Carried
    group: Group

    @property
    def cost(self) -> float:
        """Of the plan as it is."""
        return cost(self.found.problem, self.carried.fates, self.policy, self.carried.plan)

    def id(self, c: int) -> str:
        """The casualty's id and category."""
        one = self.found.waiting[c].casualty
        return f"{one.id} ({one.triage.value})"

    def callsign(self, vehicle: int) -> str:
        """As it is called on the radio."""
        return self.found.vehicles[vehicle].vehicle.card.callsign

    def place(self, facility: int) -> str:
        """Its name."""
        return self.found.facilities[facility].card.name

    def done(self, plan: Plan) -> Fates:
        """What would become of everybody under another plan."""
        return simulate(self.found.problem, plan)


def reasons(case: Case) -> tuple[str, ...]:
    """Why there, why by this vehicle, and what limits it keeps; most urgent casualties first."""
    return (
        *_locked(case),
        *_not_the_nearer(case),
        *_not_the_sooner(case),
        *_exchange(case),
        *_limits(case),
    )


def _locked(case: Case) -> Iterator[str]:
    for c in case.group.who:
        one = case.found.waiting[c].casualty
        if one.id in case.found.locked:
            yield f"{one.id} is locked to {case.place(case.group.last.end)}"


# --- why there


def _not_the_nearer(case: Case) -> Iterator[str]:
    """Facilities nearer by the way of who brings them, each with why it is not better."""
    last = case.group.last
    seconds = _from_last_stop(case)
    mine = seconds[last.end]
    near = [f for f in np.argsort(seconds, kind="stable").tolist() if seconds[f] < mine][:NEARER]
    for f in near:
        why = _why_not(case, f)
        if why:
            yield f"to {case.place(last.end)}, not the nearer {case.place(f)}: {why}"


def _from_last_stop(case: Case) -> Floats:
    """Seconds from where the last casualty comes aboard to each facility."""
    problem, last = case.found.problem, case.group.last
    kind = int(problem.vehicles.profile[last.vehicle])
    stop = _last_stop(case)
    seconds: Floats = problem.roads.seconds[kind, stop][problem.facilities.stop].astype(np.float64)
    return seconds


def _last_stop(case: Case) -> int:
    """The row of the stop at which the last trip takes its last casualty aboard."""
    found, last = case.found, case.group.last
    c = last.who[-1]
    index = case.group.trips.index(last)
    brought = [t for t in case.group.trips[:index] if c in t.who]
    if brought:
        return int(found.problem.exchange[brought[-1].end - len(found.facilities)])
    return int(found.problem.casualties.stop[c])


def _why_not(case: Case, f: int) -> str:
    found, who = case.found, case.group.who
    ones = [found.waiting[c].casualty for c in case.group.last.who]
    place = found.facilities[f]
    if why := against(case.view, place, ones):
        return f"it {' and '.join(why)}"
    fates = case.done(elsewhere(case.carried.plan, case.group, f))
    now = case.carried.fates
    if not np.isfinite(fates.arrival[who[0]]):
        taken = found.problem.facilities.beds[f] > 0
        return "its last beds are for more urgent ones" if taken else "it has no bed left"
    waits = sorted(who, key=lambda c: int(found.problem.casualties.category[c]))
    for c in waits:
        later = float(fates.surgery[c] - now.surgery[c])
        if later <= WORTH_SAYING_S:
            continue
        queue = float(fates.surgery[c] - fates.arrival[c] - found.problem.facilities.prepare[f])
        if bool(found.problem.casualties.operated[c]) and queue > WORTH_SAYING_S:
            return f"its table is free {minutes(later)} later"
        return f"{case.id(c)} would be helped {minutes(later)} later"
    worse = _others(case, fates)
    if worse:
        c, later = worse
        return f"its table is left for {case.id(c)}, who would else wait {minutes(later)} longer"
    return "nobody would be helped sooner" if cost_of(case, fates) >= case.cost - 1e-9 else ""


def cost_of(case: Case, fates: Fates) -> float:
    """The cost of these fates without that of changed orders."""
    return cost(case.found.problem, fates, case.policy)


def _others(case: Case, fates: Fates) -> tuple[int, float] | None:
    """Who else would be helped latest, and how much later."""
    now = case.carried.fates.surgery
    later = [
        (float(fates.surgery[c] - now[c]), c)
        for c in range(len(now))
        if c not in case.group.who and np.isfinite(now[c]) and fates.surgery[c] - now[c] > WORTH_SAYING_S
    ]
    return (max(later)[1], max(later)[0]) if later else None


# --- why by this vehicle


def _not_the_sooner(case: Case) -> Iterator[str]:
    """A vehicle that could be there sooner, and what it does instead; else how soon this one is there."""
    found, first = case.found, case.group.trips[0]
    stop = int(found.problem.casualties.stop[first.who[0]])
    mine = _there_at(case, first.vehicle, stop)
    if not np.isfinite(mine):
        return
    sooner = [
        (at, v)
        for v in range(len(found.vehicles))
        if v not in case.group.vehicles and (at := _there_at(case, v, stop)) < mine - WORTH_SAYING_S
    ]
    doing = by_vehicle(case.carried)
    for at, v in sorted(sooner)[:1]:
        gain = minutes(mine - at)
        other = _does(case, doing.get(v, []))
        if other:
            yield f"{case.callsign(v)} would be there {gain} sooner, but {other}"
            continue
        why = _unfit(case, first, v)
        if why:
            yield f"{case.callsign(v)} would be there {gain} sooner, but {why}"
    there = found.at(mine)
    if there is not None:
        crew = "" if found.problem.vehicles.cares[first.vehicle] else ", without medical crew"
        who, by = case.id(first.who[0]), case.callsign(first.vehicle)
        yield f"{by} can be with {who} at {clock_time(there)}{crew}"


def _there_at(case: Case, v: int, stop: int) -> float:
    """When a vehicle could be at a stop if it went there first of all."""
    problem = case.found.problem
    cars = problem.vehicles
    way = float(problem.roads.seconds[int(cars.profile[v]), int(cars.start[v]), stop])
    return float(cars.free[v] + cars.turnout[v]) + way


def _does(case: Case, trips: Sequence[Trip]) -> str:
    """What a vehicle does first under the plan."""
    if not trips:
        return ""
    urgent = min(trips[0].who, key=lambda c: (RANK[case.found.waiting[c].casualty.triage], c))
    return f"brings {case.id(urgent)} to {end_stop(case.found, trips[0].end).name} first"


def _unfit(case: Case, first: Trip, v: int) -> str:
    fates = case.done(by_another(case.carried.plan, first, v))
    if not np.isfinite(fates.arrival[first.who[0]]):
        return "cannot carry all of them, or not in the hours its crew and daylight leave"
    later = float(fates.surgery[first.who[0]] - case.carried.fates.surgery[first.who[0]])
    if later > WORTH_SAYING_S:
        return f"would bring them in {minutes(later)} later"
    worse = _others(case, fates)
    return f"{case.id(worse[0])} would then wait {minutes(worse[1])} longer" if worse else ""


def _exchange(case: Case) -> Iterator[str]:
    """What the exchange point gains against going all the way."""
    if len(case.group.trips) < 2:
        return
    name = end_stop(case.found, case.group.trips[0].end).name
    fates, c = case.done(direct(case.carried.plan, case.group)), case.group.who[0]
    on = " and ".join(case.callsign(t.vehicle) for t in case.group.trips[1:])
    if not np.isfinite(fates.arrival[c]):
        yield f"handed over to {on} at {name}: one vehicle alone cannot bring them there"
        return
    later = float(fates.surgery[c] - case.carried.fates.surgery[c])
    if later > WORTH_SAYING_S:
        yield f"handed over to {on} at {name}: {minutes(later)} sooner than with one vehicle all the way"


def _limits(case: Case) -> Iterator[str]:
    """Whose surgery is in time and whose is not."""
    for one in fortunes(case.view, case.found, case.carried.fates, case.group.who):
        if one.surgery_at is None or one.surgery_limit_at is None:
            continue
        after = (one.surgery_at - one.surgery_limit_at).total_seconds()
        kept = "in time" if after <= 0 else f"{minutes(after)} late"
        told = f"surgery can begin at {clock_time(one.surgery_at)}"
        limit = clock_time(one.surgery_limit_at)
        yield f"{one.casualty} ({one.category.value}): {told}, limit {limit}: {kept}"


# --- what else


def alternatives(case: Case) -> tuple[Alternative, ...]:
    """Up to three other answers for those of the line, the least costly first, different ones first."""
    tried: list[tuple[float, int, Alternative]] = []
    for n, (plan, trips) in enumerate(_others_to_try(case)):
        fates = case.done(plan)
        if all(np.isfinite(fates.arrival[c]) for c in case.group.who):
            made = _alternative(case, fates, trips)
            tried.append((cost(case.found.problem, fates, case.policy, plan), n, made))
    tried.sort(key=lambda row: row[:2])
    best: list[Alternative] = []
    for _, _, one in tried:
        if all(one.facility != each.facility for each in best):
            best.append(one)
    best += [one for _, _, one in tried if one not in best]
    return tuple(best[:MOST])


def _others_to_try(case: Case) -> Iterator[tuple[Plan, Sequence[Trip]]]:
    """The plan with the line ending elsewhere, done by others, or without the exchange."""
    group, plan = case.group, case.carried.plan
    seconds = _from_last_stop(case)
    order = [f for f in np.argsort(seconds, kind="stable").tolist() if np.isfinite(seconds[f])]
    for f in [f for f in order if f != group.last.end][:LOOKED_AT]:
        yield elsewhere(plan, group, f), [*group.trips[:-1], group.last._replace(end=f)]
    first = group.trips[0]
    stop = int(case.found.problem.casualties.stop[first.who[0]])
    every = [(at, v) for v in range(len(case.found.vehicles)) if np.isfinite(at := _there_at(case, v, stop))]
    for _, v in [row for row in sorted(every) if row[1] not in group.vehicles][:LOOKED_AT]:
        yield by_another(plan, first, v), [first._replace(vehicle=v), *group.trips[1:]]
    if len(group.trips) > 1:
        yield direct(plan, group), [first._replace(end=group.last.end)]


def _alternative(case: Case, fates: Fates, trips: Sequence[Trip]) -> Alternative:
    vehicles = tuple(dict.fromkeys(case.found.vehicles[t.vehicle].vehicle.id for t in trips))
    calls = " and ".join(dict.fromkeys(case.callsign(t.vehicle) for t in trips))
    end = trips[-1].end
    facility = case.found.facilities[end].id
    return Alternative(
        vehicles=vehicles,
        facility=facility,
        summary=f"{calls} to {case.place(end)}",
        words=tuple(_changes(case, fates)),
        fates=fortunes(case.view, case.found, fates, case.group.who),
        id=line_id(vehicles, (case.found.waiting[c].casualty.id for c in case.group.who), facility),
    )


def _changes(case: Case, fates: Fates) -> Iterator[str]:
    """Whom it would help sooner or later: those of the line, then the one who would lose most."""
    said = False
    for c in case.group.who:
        line = _moved(case, fates, c)
        if line:
            said = True
            yield line
    if not said:
        yield "the same for those of this line"
    worse = _others(case, fates)
    if worse:
        yield f"{case.id(worse[0])}, of another line, {minutes(worse[1])} later"


def _moved(case: Case, fates: Fates, c: int) -> str:
    was, would = float(case.carried.fates.surgery[c]), float(fates.surgery[c])
    at = case.found.at(would)
    if at is None or abs(would - was) <= WORTH_SAYING_S:
        return ""
    what = "surgery" if case.found.problem.casualties.operated[c] else "arrival"
    way = "later" if would > was else "sooner"
    limit = float(case.found.problem.casualties.injured[c]) + case.view.profile.surgery_s
    late = what == "surgery" and would > limit
    more = f", {minutes(would - limit)} after its limit" if late else ""
    return f"{case.id(c)}: {what} {minutes(abs(would - was))} {way}, at {clock_time(at)}{more}"

"""What becomes of everybody under a plan: the rules of the chain, exactly and always the same."""

import numpy as np

from casevac.planner.compiled import compiled
from casevac.planner.packed import Long, Packed, Room, as_rows, packed, room
from casevac.planner.problem import NEVER, NOBODY, Fates, Marks, Plan, Problem, Whole
from casevac.planner.rules import INF, carries, operate, ride

WAITS, AWAY, HANDED = 0, 1, 2  # not named by any row yet; named; waiting at an exchange point


def simulate(problem: Problem, plan: Plan) -> Fates:
    """Fates of all under the plan; raises BadProblem where arrays do not fit together."""
    return fates(packed(problem), as_rows(problem, plan))


def only_done(plan: Plan, done: Marks) -> Plan:
    """The plan without the trips that cannot be done."""
    kept = [plan.who[plan.first[t] : plan.first[t + 1]] for t in np.flatnonzero(done)]
    first = np.cumsum([0, *map(len, kept)]).astype(np.int32)
    who = np.concatenate(kept) if kept else np.zeros(0, np.int32)
    return Plan(plan.vehicle[done], plan.end[done], first, who)


def fates(p: Packed, plan: Plan) -> Fates:
    """The same of a problem packed before, and of rows that are known to fit it."""
    people, trips = len(p.casualties), len(plan.vehicle)
    found = Fates(
        np.full(people, NEVER),
        np.full(people, NEVER),
        np.full(people, NEVER),
        np.full(people, NOBODY, np.int32),
        np.zeros(trips, np.bool_),
        np.full(trips, NEVER),
        np.full(trips, NEVER),
    )
    follow(p, room(p, len(plan.who)), *plan, found)
    return found


@compiled
def follow(p: Packed, r: Room, vehicle: Whole, end: Whole, first: Whole, who: Whole, found: Fates) -> None:
    """Fill in the fates, from the first row to the last."""
    people, places = len(p.casualties), len(p.facilities)
    _stand(p, r)
    for t in range(len(vehicle)):
        i, e, aboard = int(vehicle[t]), int(end[t]), r.tokens[first[t] : first[t + 1]]
        v = p.vehicles[i]
        if not _name(people, who[first[t] : first[t + 1]], e < places, r.state, aboard):
            continue
        if not carries(p, v, aboard, e) or (e < places and len(aboard) > r.beds[e]):
            continue
        there, over, stop, left = ride(p, r, v, aboard, e, r.stands[i], r.at[i], r.left[i])
        if not over < INF:
            continue
        if over > v["until"]:
            r.at[i] = INF  # that crew begins no later trip either
            continue
        found.done[t], found.begun[t], found.ended[t] = True, r.at[i], over
        r.at[i], r.left[i], r.stands[i] = over, left, stop
        for token in aboard:
            c = token % people
            if v["cares"]:
                found.care[c] = min(found.care[c], r.loaded[token])
            r.state[c] = AWAY
            if e < places:
                r.beds[e] -= 1
                found.arrival[c], found.facility[c] = there, e
                found.care[c] = min(found.care[c], there)
            else:
                r.state[c], r.place[people + c], r.ready[people + c] = HANDED, stop, over
    _operate_all(p, r, found)


@compiled
def _stand(p: Packed, r: Room) -> None:
    """All where they are before the first row."""
    for c in range(len(p.casualties)):
        r.state[c] = WAITS
        r.place[c], r.ready[c] = p.casualties[c]["stop"], p.casualties[c]["known"]
    for i in range(len(p.vehicles)):
        v = p.vehicles[i]
        r.at[i], r.left[i], r.stands[i] = v["free"] + v["turnout"], v["reach"], v["start"]
    for f in range(len(p.facilities)):
        r.beds[f] = p.facilities[f]["beds"]


@compiled
def _name(people: int, named: Whole, last: bool, state: Long, tokens: Long) -> bool:
    """Write the tokens of those named by a row; whether each can be loaded by it. Now all have been named."""
    fit = True
    for i in range(len(named)):
        c = named[i]
        tokens[i] = c
        if state[c] == HANDED:
            tokens[i] = people + c
            fit = fit and last
        elif state[c] == AWAY:
            fit = False
        for j in range(i):
            fit = fit and named[j] != c
    for c in named:
        if state[c] == WAITS:
            state[c] = AWAY
    return fit


@compiled
def _operate_all(p: Packed, r: Room, found: Fates) -> None:
    """Surgery at every facility; who came there: the first in `r.beds`, the next of each in `r.state`."""
    r.beds[:] = -1
    for c in range(len(p.casualties) - 1, -1, -1):
        f = found.facility[c]
        if not p.casualties[c]["operated"]:
            found.surgery[c] = found.arrival[c]
        elif f >= 0:
            r.state[c] = r.beds[f]
            r.beds[f] = c
    for f in range(len(p.facilities)):
        c, n = r.beds[f], 0
        if c < 0:
            continue
        for q in range(p.queue_first[f], p.queue_first[f + 1]):
            r.clock[0, n], r.jobs[0, n], r.jobs[1, n] = p.queue_ready[q], -1, p.queue_category[q]
            n += 1
        while c >= 0:
            r.clock[0, n] = found.arrival[c] + p.facilities[f]["prepare"]
            r.jobs[0, n], r.jobs[1, n] = c, p.casualties[c]["category"]
            c = r.state[c]
            n += 1
        operate(p, r, f, n)
        for i in range(n):
            if r.jobs[0, i] >= 0:
                found.surgery[r.jobs[0, i]] = r.clock[1, i]

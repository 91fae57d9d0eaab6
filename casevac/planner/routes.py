"""From a plan to routes of tokens and back."""

import numpy as np

from casevac.planner.compiled import compiled
from casevac.planner.packed import Packed
from casevac.planner.policy import Prices
from casevac.planner.problem import Plan, Whole
from casevac.planner.simulate import fates, only_done
from casevac.planner.state import FIRST, LENGTH, State, begin, blank, insert, settle, touch, undo


def state_of(p: Packed, prices: Prices, plan: Plan) -> State:
    """The state of what of the plan can be done; who would be left at an exchange point stays where it is."""
    s = blank(p, prices)
    plan = _through(p, only_done(plan, fates(p, plan).done))
    begin(s)
    load(s, plan.vehicle, plan.end, plan.first, plan.who)
    if not settle(p, prices.each, prices.other, s) < np.inf:
        undo(s)
    return s


def plan_of(s: State) -> Plan:
    """The plan of a state: rows in an order in which who goes on from an exchange point is there."""
    people = len(s.seen)
    room = int(s.tally[:, LENGTH].sum())
    vehicle, end, who, first = (np.zeros(room + 1, np.int32) for _ in range(4))
    trips = unload(s, vehicle, end, first, who)
    return Plan(vehicle[:trips], end[:trips], first[: trips + 1], who[: first[trips]] % max(people, 1))


def _through(p: Packed, plan: Plan) -> Plan:
    """The plan without those who are brought to an exchange point and no further, and without empty trips."""
    onward = np.zeros(len(p.casualties), np.bool_)
    rows = [
        (v, e, plan.who[a:b]) for v, e, a, b in zip(*plan[:2], plan.first[:-1], plan.first[1:], strict=True)
    ]
    for _, e, crowd in rows:
        onward[crowd] |= e < len(p.facilities)
    kept = [(v, e, crowd[onward[crowd]]) for v, e, crowd in rows]
    kept = [row for row in kept if len(row[2])]
    first = np.cumsum([0, *(len(crowd) for *_, crowd in kept)]).astype(np.int32)
    who = np.concatenate([np.zeros(0, np.int32), *(crowd for *_, crowd in kept)])
    return Plan(
        np.array([v for v, *_ in kept], np.int32), np.array([e for _, e, _ in kept], np.int32), first, who
    )


@compiled
def load(s: State, vehicle: Whole, end: Whole, first: Whole, who: Whole) -> None:
    """Append all trips to the routes."""
    people = len(s.seen)
    for t in range(len(vehicle)):
        i = int(vehicle[t])
        touch(s, i)
        for named in who[first[t] : first[t + 1]]:
            c = int(named)
            insert(s, i, s.tally[i, LENGTH], c if s.ends[c, FIRST] < 0 else people + c)
        insert(s, i, s.tally[i, LENGTH], 2 * people + int(end[t]))


@compiled
def unload(s: State, vehicle: Whole, end: Whole, first: Whole, who: Whole) -> int:
    """Write all trips as rows; gives their number. What waits for itself for ever is left out."""
    people, trips, going = len(s.seen), 0, True
    there, at = s.room.state, s.room.stands  # who has been loaded by the rows so far; how far each route is
    there[:], at[:] = 0, 0
    while going:
        going = False
        for i in range(len(s.tally)):
            while at[i] < s.tally[i, LENGTH]:
                k, fit = at[i], True
                while s.route[i, k] < 2 * people:
                    token = s.route[i, k]
                    fit = fit and (token < people or there[token - people] == 1)
                    k += 1
                if not fit:
                    break
                first[trips + 1] = first[trips]
                for j in range(at[i], k):
                    who[first[trips + 1]] = s.route[i, j]
                    first[trips + 1] += 1
                    there[s.route[i, j] % people] = 1
                vehicle[trips], end[trips] = i, s.route[i, k] - 2 * people
                trips += 1
                at[i] = k + 1
                going = True
    return trips

"""The first answer: one casualty after the other, the most urgent first, each where it costs least."""

import numpy as np

from casevac.planner.compiled import compiled
from casevac.planner.nearby import Near, nearby
from casevac.planner.packed import Packed, packed
from casevac.planner.policy import Policy, Prices, prices
from casevac.planner.problem import Floats, Plan, Problem, Whole
from casevac.planner.routes import plan_of
from casevac.planner.state import (
    FIRST,
    LENGTH,
    SECOND,
    Grid,
    State,
    Table,
    begin,
    blank,
    find,
    insert,
    settle,
    touch,
    undo,
)

VEHICLES, PLACES = 6, 8  # how many of the nearest are tried for each


def greedy(problem: Problem, policy: Policy) -> Plan:
    """A plan at once: it sees the tables' queues, and nobody in it is put off for somebody less urgent."""
    p = packed(problem)
    return plan_of(greedy_state(p, prices(policy), nearby(p)))


def greedy_state(p: Packed, cost: Prices, near: Near) -> State:
    """The same as a state."""
    s = blank(p, cost)
    people = p.casualties
    order = np.lexsort((people["known"], people["injured"], people["category"])).astype(np.int32)
    place_all(p, cost.each, cost.other, s, near.places, near.people, order)
    return s


@compiled
def place_all(
    p: Packed, each: Table, other: Floats, s: State, places: Grid, people: Grid, order: Whole
) -> None:
    """Find a place in the plan for each, in this order."""
    for c in order:
        place(p, each, other, s, places[c], people[c], c)


@compiled
def place(p: Packed, each: Table, other: Floats, s: State, places: Whole, people: Whole, c: int) -> bool:
    """Put a casualty who is in no trip where it costs least: a trip of its own, or with a neighbour."""
    best, vehicle, at, end = 0.0, -1, -1, -1
    trial = s.room.stands[:VEHICLES]
    for k in range(_soonest(p, s, c, trial, s.room.at)):
        i = trial[k]
        for e in places[:PLACES]:
            if e < 0:
                break
            delta = _try(p, each, other, s, c, i, s.tally[i, LENGTH], e)
            if delta < best:
                best, vehicle, at, end = delta, i, s.tally[i, LENGTH], e
    for n in people:
        if n < 0 or s.ends[n, FIRST] < 0:
            continue
        i = s.ends[n, FIRST]
        if s.ends[n, SECOND] >= 0:
            continue
        behind = find(s, i, n) + 1
        delta = _try(p, each, other, s, c, i, behind, -1)
        if delta < best:
            best, vehicle, at, end = delta, i, behind, -1
    if vehicle < 0:
        return False
    begin(s)
    _put(s, c, vehicle, at, end)
    settle(p, each, other, s)
    return True


@compiled
def _try(p: Packed, each: Table, other: Floats, s: State, c: int, i: int, at: int, end: int) -> float:
    """What it would cost to put a casualty there."""
    begin(s)
    _put(s, c, i, at, end)
    delta = settle(p, each, other, s)
    undo(s)
    return delta


@compiled
def _put(s: State, c: int, i: int, at: int, end: int) -> None:
    """Into the trip at that position of the route of vehicle i; with an end: a new trip there."""
    touch(s, i)
    insert(s, i, at, c)
    if end >= 0:
        insert(s, i, at + 1, 2 * len(s.seen) + end)


@compiled
def _soonest(p: Packed, s: State, c: int, found: Whole, when: Floats) -> int:
    """The vehicles that would be there first after all that they have to do, about; gives how many."""
    many, person = 0, p.casualties[c]
    for i in range(len(p.vehicles)):
        v = p.vehicles[i]
        if v["litters"] + (0 if person["lies"] else v["seats"]) <= 0:
            continue
        stop, n = v["start"], s.tally[i, LENGTH]
        if n:
            e = s.route[i, n - 1] - 2 * len(s.seen)
            stop = p.facilities[e]["stop"] if e < len(p.facilities) else p.exchange[e - len(p.facilities)]
        at = v["free"] + v["turnout"] + s.work[i, 0] + p.seconds[v["profile"], stop, person["stop"]]
        at = max(at, person["known"])
        if many == len(found) and not at < when[many - 1]:
            continue
        k = many if many < len(found) else many - 1
        many = k + 1
        while k > 0 and at < when[k - 1]:
            when[k], found[k] = when[k - 1], found[k - 1]
            k -= 1
        when[k], found[k] = at, i
    return many

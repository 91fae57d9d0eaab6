"""The first answer: one casualty after the other, the most urgent first, each where it costs least."""

import numpy as np

from casevac.planner.compiled import compiled
from casevac.planner.nearby import Near, nearby
from casevac.planner.packed import Long, Packed, packed
from casevac.planner.policy import Policy, Prices, prices
from casevac.planner.problem import Floats, Plan, Problem
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
    order = np.lexsort((people["known"], people["injured"], people["category"])).astype(np.int64)
    trial = np.zeros((3, VEHICLES * PLACES + near.people.shape[1]), np.int64)
    place_all(p, cost.each, cost.other, s, near, order, trial)
    return s


@compiled
def place_all(p: Packed, each: Table, other: Floats, s: State, near: Near, order: Long, trial: Grid) -> None:
    """Put each, in this order, where it costs least: into a trip of its own, or together with a neighbour.

    All places are tried, then the best is taken; `trial` is room for them. Here and not in a function for one
    casualty: each that calls another takes as long to compile as that one.
    """
    for c in order:
        many = _places(p, s, near, c, trial)
        best, chosen = 0.0, -1
        for k in range(many + 1):
            if k == many and chosen < 0:
                break
            pick = k if k < many else chosen
            begin(s)
            _put(s, c, trial[0, pick], trial[1, pick], trial[2, pick])
            delta = settle(p, each, other, s)
            if k < many:
                undo(s)
                if delta < best:
                    best, chosen = delta, k


@compiled
def _places(p: Packed, s: State, near: Near, c: int, trial: Grid) -> int:
    """Where it might go: vehicle, position, end of a new trip or -1 for one there is; gives how many."""
    many, soonest = 0, s.room.stands[:VEHICLES]
    for k in range(_soonest(p, s, c, soonest, s.room.at)):
        for e in near.places[c][:PLACES]:
            if e < 0:
                break
            i = soonest[k]
            trial[0, many], trial[1, many], trial[2, many] = i, s.tally[i, LENGTH], e
            many += 1
    for n in near.people[c]:
        if n >= 0 and s.ends[n, FIRST] >= 0 and s.ends[n, SECOND] < 0:
            i = s.ends[n, FIRST]
            trial[0, many], trial[1, many], trial[2, many] = i, find(s, i, n) + 1, -1
            many += 1
    return many


@compiled
def _put(s: State, c: int, i: int, at: int, end: int) -> None:
    """Into the trip at that position of the route of vehicle i; with an end: a new trip there."""
    touch(s, i)
    insert(s, i, at, c)
    if end >= 0:
        insert(s, i, at + 1, 2 * len(s.seen) + end)


@compiled
def _soonest(p: Packed, s: State, c: int, found: Long, when: Floats) -> int:
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

"""How soon each can be aboard: on the first, second, … trip of a vehicle, as the first, second, … loaded.

For the bound: a place aboard is taken by one casualty only, and a vehicle that is on its second trip has
done a first one, if only the quickest of all with somebody else.
"""

from typing import NamedTuple

import numpy as np

from casevac.planner.alone import Craft, landed, taken
from casevac.planner.problem import NEVER, Floats, Marks, Problem, Whole

TRIPS = 3  # that are told apart; later ones are as soon as the last of these, and there may be any number
PLACES = 4  # aboard that are told apart; the last stands for all that are left


class Aboard(NamedTuple):
    """U places aboard: of a vehicle, on one of its trips, in the order of loading."""

    arrival: Floats  # (C, U, F) s at the earliest
    room: Floats  # (U,) how many it stands for; inf for trips that are not told apart


class _Nodes(NamedTuple):
    """N = C (1 + X) ways to be loaded: each casualty at its own stop, then each at every exchange point."""

    stop: Whole
    ready: Floats  # s
    casualty: Whole
    goes_on: Marks  # from an exchange point


def aboard(problem: Problem, fleet: list[Craft], handed: Floats) -> Aboard:
    """Every place aboard, and how soon each casualty that takes it could be at each facility.

    `handed` (C, X): s at which each can have been handed over at each exchange point.
    """
    nodes = _nodes(problem, handed)
    arrival, room = [np.zeros((len(handed), 0, len(problem.facilities.stop)))], list[float]()
    for row, craft in enumerate(fleet):
        there = craft.there[nodes.stop]  # on any trip, and of any place aboard
        places = int(problem.vehicles.litters[row]) + int(problem.vehicles.seats[row])
        for trip in range(TRIPS):
            here, first = there, _loaded(problem, row, craft, nodes, there)
            loaded = first
            for place in range(min(places, PLACES)):
                arrival.append(_arrival(problem, row, craft, nodes, loaded)[:, None])
                left = places - place if place + 1 == PLACES else 1
                room.append(NEVER if trip + 1 == TRIPS else float(left))
                here = np.maximum(here, _after(craft, nodes, loaded))
                loaded = _loaded(problem, row, craft, nodes, here)
            there = np.maximum(there, _again(problem, row, craft, nodes, first))
    return Aboard(np.concatenate(arrival, axis=1), np.array(room))


def _nodes(problem: Problem, handed: Floats) -> _Nodes:
    count, points = handed.shape
    return _Nodes(
        np.concatenate([problem.casualties.stop, np.repeat(problem.exchange, count)]),
        np.concatenate([problem.casualties.known, handed.T.ravel()]),
        np.tile(np.arange(count, dtype=np.int32), 1 + points),
        np.arange(count * (1 + points)) >= count,
    )


def _loaded(problem: Problem, row: int, craft: Craft, nodes: _Nodes, there: Floats) -> Floats:
    """(N,) s from when the vehicle is `there` (N,)."""
    met = np.where(craft.carries[nodes.casualty], np.maximum(there, nodes.ready), NEVER)
    return np.asarray(met + float(problem.vehicles.load[row]))


def _after(craft: Craft, nodes: _Nodes, loaded: Floats) -> Floats:
    """(N,) s at which it can be there, when another was loaded just before."""
    then = loaded[:, None] + craft.ways[nodes.stop[:, None], nodes.stop[None]]
    then[nodes.casualty[:, None] == nodes.casualty[None]] = NEVER
    return np.asarray(then.min(axis=0, initial=NEVER))


def _arrival(problem: Problem, row: int, craft: Craft, nodes: _Nodes, loaded: Floats) -> Floats:
    """(C, F) s from when each is `loaded` (N,), wherever that is quicker."""
    houses = problem.facilities.stop
    reached = loaded[:, None] + craft.ways[nodes.stop[:, None], houses[None]]
    reached = landed(problem, row, nodes.stop[:, None], houses, reached)
    soonest = reached.reshape(-1, len(problem.casualties.stop), len(houses)).min(axis=0)
    return np.where(taken(problem), soonest, NEVER)


def _again(problem: Problem, row: int, craft: Craft, nodes: _Nodes, loaded: Floats) -> Floats:
    """(N,) s at which it can be there after a trip with another, who was `loaded` (N,) alone.

    Or with the same, whom that trip has brought to an exchange point.
    """
    soonest = np.full(len(nodes.stop), NEVER)
    for end, stop in enumerate(np.concatenate([problem.facilities.stop, problem.exchange])):
        ended = landed(problem, row, nodes.stop, stop, loaded + craft.ways[nodes.stop, stop])
        if end < len(problem.facilities.stop):
            ended = np.where(taken(problem)[nodes.casualty, end], ended, NEVER)
        else:
            ended = np.where(nodes.goes_on, NEVER, ended)
        other = _other(nodes, ended)
        soonest = np.minimum(
            soonest, other + float(problem.vehicles.unload[row]) + craft.ways[stop, nodes.stop]
        )
    return soonest


def _other(nodes: _Nodes, ended: Floats) -> Floats:
    """(N,) the least of `ended` (N,) over the nodes of others; of one who goes on, over all."""
    count = int(nodes.casualty.max(initial=-1)) + 1
    each = ended.reshape(-1, count).min(axis=0) if count else ended
    order = np.argsort(each, kind="stable")[:2]
    if not len(order):
        return ended
    second = each[order[1]] if len(order) > 1 else NEVER
    least = np.full(len(ended), each[order[0]])
    least[(nodes.casualty == order[0]) & ~nodes.goes_on] = second
    return least

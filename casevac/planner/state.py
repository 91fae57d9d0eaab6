"""A plan while it is being changed: routes, what becomes of everybody, and back again. Exactly as `simulate`.

A route is a row of tokens: c < C loads a casualty at its own stop, C + c one who goes on from an exchange
point, 2 C + e ends a trip at Plan.end e. All trips of a state can be done: what breaks a rule is undone.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from casevac.planner.compiled import compiled
from casevac.planner.packed import Long, Packed, Room, room
from casevac.planner.policy import Prices, worth
from casevac.planner.problem import Floats
from casevac.planner.rules import INF, carries, operate, ride

Table = npt.NDArray[np.float64]
Grid = Long  # of two axes

ARRIVAL, CARE, SURGERY, PRICE, CHANGE, EARLY = range(
    6
)  # columns of `times`; EARLY: care on the first of two legs
FACILITY, FIRST, SECOND = range(3)  # columns of `ends`: row, vehicle of the first leg, of the second; or -1
LENGTH, SEEN = range(2)  # columns of `tally`: tokens of a route; number of the change that touched it last
CHANGES, PEOPLE, ROUTES, QUEUED, BAD = range(5)  # of `tallied`


class State(NamedTuple):
    """What is now, and (`old_*`) what was before the change that is being tried."""

    route: Grid  # (V, L) tokens
    tally: Grid  # (V, 2)
    work: Table  # (V, 2) s under way; before the change
    times: Table  # (C, 6)
    ends: Grid  # (C, 3)
    room: Room  # `place` and `ready` are kept, see rules.ride
    old_route: Grid
    old_length: Long
    old_times: Table
    old_ends: Grid
    old_ready: Floats
    old_place: Long
    seen: Long  # (C,) number of the change that touched it last
    people: Long  # (C,) whom this change touched
    routes: Long  # (V,) routes that it touched
    queue: Long  # routes to be driven again
    dirty: Long  # (F,) number of the change that touched it last
    tallied: Long  # (5,) CHANGES to BAD


def blank(p: Packed, prices: Prices) -> State:
    """Nobody goes anywhere."""
    people, vehicles, width = len(p.casualties), len(p.vehicles), 2 * len(p.casualties) + 2
    state = State(
        _ints(vehicles, width), _ints(vehicles, 2), np.zeros((vehicles, 2)), np.zeros((people, 6)),
        _ints(people, 3), room(p),
        _ints(vehicles, width), _ints(vehicles), np.zeros((people, 6)), _ints(people, 3), np.zeros(people),
        _ints(people), _ints(people), _ints(people), _ints(vehicles), _ints(8 * vehicles + 64),
        _ints(len(p.facilities)), _ints(5),
    )  # fmt: skip
    state.room.place[:people], state.room.ready[:people] = p.casualties["stop"], p.casualties["known"]
    state.times[:, [ARRIVAL, CARE, SURGERY, EARLY]] = INF
    state.ends[:] = -1
    for c in range(people):
        state.times[c, CHANGE] = changed(p, prices.other, c, -1, -1)
        state.times[c, PRICE] = worth(prices.each[p.casualties[c]["category"]], 0.0, INF, INF)
    return state


def _ints(*shape: int) -> Long:
    return np.zeros(shape, np.int64)


@compiled
def total(s: State, other: Floats) -> float:
    """Cost of the state, all in all: that of `policy.cost` of its plan."""
    return float(s.times[:, PRICE].sum() + s.times[:, CHANGE].sum() + other[2] * s.work[:, 0].sum())


@compiled
def changed(p: Packed, other: Floats, c: int, vehicle: int, end: int) -> float:
    """Cost of what is not as it was ordered."""
    person, cost = p.casualties[c], 0.0
    if person["ordered_vehicle"] >= 0 and person["ordered_vehicle"] != vehicle:
        cost += other[0]
    if person["ordered_end"] >= 0 and person["ordered_end"] != end:
        cost += other[1]
    return cost


@compiled
def begin(s: State) -> None:
    """Begin a change."""
    s.tallied[CHANGES] += 1
    s.tallied[PEOPLE] = s.tallied[ROUTES] = s.tallied[QUEUED] = s.tallied[BAD] = 0


@compiled
def keep_person(s: State, c: int) -> None:
    """Remember what is of the casualty before the change."""
    if s.seen[c] == s.tallied[CHANGES]:
        return
    s.seen[c] = s.tallied[CHANGES]
    s.people[s.tallied[PEOPLE]] = c
    s.tallied[PEOPLE] += 1
    other = len(s.seen) + c
    s.old_ready[c], s.old_place[c] = s.room.ready[other], s.room.place[other]
    for k in range(s.times.shape[1]):
        s.old_times[c, k] = s.times[c, k]
    for k in range(s.ends.shape[1]):
        s.old_ends[c, k] = s.ends[c, k]


@compiled
def touch(s: State, i: int) -> None:
    """Remember the route of vehicle i and have it driven again."""
    if s.tally[i, SEEN] == s.tallied[CHANGES]:
        return
    s.tally[i, SEEN] = s.tallied[CHANGES]
    s.routes[s.tallied[ROUTES]] = i
    s.tallied[ROUTES] += 1
    s.old_length[i], s.work[i, 1] = s.tally[i, LENGTH], s.work[i, 0]
    people = len(s.seen)
    for k in range(s.tally[i, LENGTH]):
        token = s.route[i, k]
        s.old_route[i, k] = token
        if token < 2 * people:
            keep_person(s, token % people)
    _again(s, i)


@compiled
def _again(s: State, i: int) -> None:
    if s.tallied[QUEUED] < len(s.queue):
        s.queue[s.tallied[QUEUED]] = i
        s.tallied[QUEUED] += 1
    else:
        s.tallied[BAD] = 1  # two routes that wait for each other, for ever


@compiled
def undo(s: State) -> None:
    """All as it was before the change."""
    people = len(s.seen)
    for k in range(s.tallied[ROUTES]):
        i = s.routes[k]
        s.tally[i, LENGTH], s.work[i, 0] = s.old_length[i], s.work[i, 1]
        for j in range(s.old_length[i]):
            s.route[i, j] = s.old_route[i, j]
    for k in range(s.tallied[PEOPLE]):
        c = s.people[k]
        s.room.ready[people + c], s.room.place[people + c] = s.old_ready[c], s.old_place[c]
        for j in range(s.times.shape[1]):
            s.times[c, j] = s.old_times[c, j]
        for j in range(s.ends.shape[1]):
            s.ends[c, j] = s.old_ends[c, j]


@compiled
def insert(s: State, i: int, at: int, token: int) -> None:
    """Put a token into the route of vehicle i, before position `at`."""
    n = s.tally[i, LENGTH]
    if n >= s.route.shape[1]:
        s.tallied[BAD] = 1
        return
    for k in range(n, at, -1):
        s.route[i, k] = s.route[i, k - 1]
    s.route[i, at] = token
    s.tally[i, LENGTH] = n + 1
    people = len(s.seen)
    if token < 2 * people:
        keep_person(s, token % people)
        s.ends[token % people, FIRST + token // people] = i


@compiled
def remove(s: State, i: int, at: int) -> None:
    """Take the token at a position out of the route of vehicle i."""
    for k in range(at, s.tally[i, LENGTH] - 1):
        s.route[i, k] = s.route[i, k + 1]
    s.tally[i, LENGTH] -= 1


@compiled
def find(s: State, i: int, token: int) -> int:
    """The position of a token in a route."""
    for k in range(s.tally[i, LENGTH]):
        if s.route[i, k] == token:
            return k
    return -1


@compiled
def take_leg(s: State, c: int, leg: int) -> None:
    """Take a casualty out of its first (0) or second (1) leg; a trip left with nobody goes too."""
    people, i = len(s.seen), s.ends[c, FIRST + leg]
    touch(s, i)
    at = find(s, i, c + leg * people)
    alone = s.route[i, at + 1] >= 2 * people and (at == 0 or s.route[i, at - 1] >= 2 * people)
    remove(s, i, at)
    if alone:
        remove(s, i, at)
    s.ends[c, FIRST + leg] = -1


@compiled
def take_out(s: State, c: int) -> None:
    """Take a casualty out of the plan."""
    keep_person(s, c)
    for leg in range(2):
        if s.ends[c, FIRST + leg] >= 0:
            take_leg(s, c, leg)
    s.ends[c, FACILITY] = -1
    s.times[c, ARRIVAL] = s.times[c, CARE] = s.times[c, SURGERY] = s.times[c, EARLY] = INF


@compiled
def settle(p: Packed, each: Table, other: Floats, s: State) -> float:
    """Drive what was touched again. What the change costs (saves, if below 0); inf if it breaks a rule."""
    done = 0
    while done < s.tallied[QUEUED]:
        if not _drive(p, other, s, s.queue[done]) or s.tallied[BAD]:
            return INF
        done += 1
    cost = 0.0
    for k in range(s.tallied[ROUTES]):
        i = s.routes[k]
        cost += other[2] * (s.work[i, 0] - s.work[i, 1])
    for k in range(s.tallied[PEOPLE]):
        c = s.people[k]
        if s.ends[c, FIRST] < 0:
            s.times[c, CHANGE] = changed(p, other, c, -1, -1)
        if not p.casualties[c]["operated"]:
            s.times[c, SURGERY] = s.times[c, ARRIVAL]
        old, new = s.old_ends[c, FACILITY], s.ends[c, FACILITY]
        moved = old != new or s.times[c, ARRIVAL] != s.old_times[c, ARRIVAL]
        moved = moved or s.times[c, SURGERY] != s.old_times[c, SURGERY]  # taken out and put back
        if moved and not (_operate(p, s, old) and _operate(p, s, new)):
            return INF
    for k in range(s.tallied[PEOPLE]):
        c = s.people[k]
        now, was = s.times[c], s.old_times[c]
        if now[SURGERY] != was[SURGERY] or now[CARE] != was[CARE]:
            row, injured = each[p.casualties[c]["category"]], p.casualties[c]["injured"]
            now[PRICE] = worth(row, injured, now[CARE], now[SURGERY])
        cost += now[PRICE] - was[PRICE] + now[CHANGE] - was[CHANGE]
    return cost


@compiled
def _drive(p: Packed, other: Floats, s: State, i: int) -> bool:
    """Drive a route from its start; False if it breaks a rule. Who is handed over later is fetched later."""
    people, places = len(s.seen), len(p.facilities)
    v, begun = p.vehicles[i], 0
    at, left, start = v["free"] + v["turnout"], v["reach"], v["start"]
    for k in range(s.tally[i, LENGTH]):
        e = s.route[i, k] - 2 * people
        if e < 0:
            continue
        who = s.route[i][begun:k]
        if k == begun or not carries(p, v, who, e):
            return False
        there, at, start, left = ride(p, s.room, v, who, e, start, at, left)
        if not (at < INF and at <= v["until"]):
            return False
        for token in who:
            c = token % people
            onward = s.ends[c, SECOND] if token < people else -1
            if (e >= places) != (onward >= 0) or onward == i:
                return False
            early = s.room.loaded[token] if v["cares"] else INF
            if token < people:
                s.times[c, CHANGE] = changed(p, other, c, i, e)
            if e >= places:
                _hand_over(s, c, early, at, start)
            else:
                s.times[c, ARRIVAL], s.ends[c, FACILITY] = there, e
                early = min(early, s.times[c, EARLY]) if token >= people else early
                s.times[c, CARE] = min(early, there)
        begun = k + 1
    s.work[i, 0] = at - v["free"] - v["turnout"]
    return bool(begun == s.tally[i, LENGTH])


@compiled
def _hand_over(s: State, c: int, early: float, at: float, stop: int) -> None:
    """At an exchange point; who goes on from there is driven again if anything of it has changed."""
    token = len(s.seen) + c
    if s.room.ready[token] == at and s.room.place[token] == stop and s.times[c, EARLY] == early:
        return
    s.room.ready[token], s.room.place[token], s.times[c, EARLY] = at, stop, early
    onward = s.ends[c, SECOND]
    if s.tally[onward, SEEN] == s.tallied[CHANGES]:
        _again(s, onward)
    else:
        touch(s, onward)


@compiled
def _operate(p: Packed, s: State, f: int) -> bool:
    """Beds and tables of a facility, once a change; False if it has too few beds."""
    if f < 0 or s.dirty[f] == s.tallied[CHANGES]:
        return True
    s.dirty[f] = s.tallied[CHANGES]
    n, beds, r = 0, p.facilities[f]["beds"], s.room
    for q in range(p.queue_first[f], p.queue_first[f + 1]):
        r.clock[0, n], r.jobs[0, n], r.jobs[1, n] = p.queue_ready[q], -1, p.queue_category[q]
        n += 1
    for c in range(len(s.seen)):
        if s.ends[c, FACILITY] == f:
            beds -= 1
            if p.casualties[c]["operated"]:
                r.clock[0, n] = s.times[c, ARRIVAL] + p.facilities[f]["prepare"]
                r.jobs[0, n], r.jobs[1, n] = c, p.casualties[c]["category"]
                n += 1
    if beds < 0:
        return False
    operate(p, r, f, n)
    for k in range(n):
        c = r.jobs[0, k]
        if c >= 0 and s.times[c, SURGERY] != r.clock[1, k]:
            keep_person(s, c)
            s.times[c, SURGERY] = r.clock[1, k]
    return True

"""Small changes of a plan drawn by lot: what the search tries, after `state.begin`."""

from casevac.planner.compiled import compiled
from casevac.planner.nearby import Near
from casevac.planner.packed import Long, Packed
from casevac.planner.state import (
    FIRST,
    LENGTH,
    SECOND,
    State,
    find,
    insert,
    keep_person,
    remove,
    take_leg,
    take_out,
    touch,
)

_MASK = 0xFFFFFFFF


@compiled
def below(lot: Long, n: int) -> int:
    """A number from 0 to n - 1 by lot: xorshift of 32 bits (Marsaglia, "Xorshift RNGs", 2003)."""
    x = int(lot[0])
    x ^= (x << 13) & _MASK
    x ^= x >> 17
    x ^= (x << 5) & _MASK
    lot[0] = x
    return (x * int(n)) >> 32


@compiled
def change(p: Packed, s: State, near: Near, lot: Long) -> bool:
    """Change something of the plan; False if nothing came of it. It may break a rule: `settle` tells."""
    people = len(s.seen)
    c, kind = below(lot, people), below(lot, 100)
    if s.ends[c, FIRST] < 0:
        return _instead(p, s, near, lot, c) if kind < 50 else _relocate(p, s, near, lot, c, 1 + (kind < 60))
    if kind < 45:
        return _instead(p, s, near, lot, c) if kind < 4 else _relocate(p, s, near, lot, c, 1 + (kind < 13))
    if kind < 60:
        return _swap(s, near, lot, c)
    if kind < 72:
        return _end_elsewhere(s, near, lot, c)
    if kind < 88:
        return _move_trip(s, lot, c) if kind < 82 else _swap_tails(s, near, lot, c)
    return _cut(p, s, near, lot, c, kind)


@compiled
def _cut(p: Packed, s: State, near: Near, lot: Long, c: int, kind: int) -> bool:
    """Where trips end, and whether another vehicle goes on."""
    if kind < 92:
        return _merge(s, c)
    if kind < 96 or not len(p.exchange):
        return _split(s, near, lot, c)
    return _direct(s, c) if s.ends[c, SECOND] >= 0 else _by_exchange(p, s, lot, c)


@compiled
def _an_end(near: Near, lot: Long, c: int) -> int:
    """A facility for the casualty, rather a near one; -1 if there is none."""
    many = 0
    while near.places[c, many] >= 0:
        many += 1
    return near.places[c, min(below(lot, many + 1), below(lot, many + 1))] if many else -1


@compiled
def _a_neighbour(s: State, near: Near, lot: Long, c: int) -> int:
    """Another casualty: two times of three a near one, else anybody; -1 if it is in no trip."""
    n = near.people[c, below(lot, near.people.shape[1])] if below(lot, 3) else below(lot, len(s.seen))
    return n if n >= 0 and n != c and s.ends[n, FIRST] >= 0 else -1


@compiled
def _leg_of(s: State, lot: Long, c: int) -> tuple[int, int]:
    """A trip of the casualty: its vehicle, and the position of the casualty's token."""
    leg = 1 if s.ends[c, SECOND] >= 0 and below(lot, 2) else 0
    i = s.ends[c, FIRST + leg]
    return i, find(s, i, c + leg * len(s.seen))


@compiled
def _trip_at(s: State, i: int, at: int) -> tuple[int, int]:
    """First position of the trip at a position, and that of its end."""
    a, b = at, at
    while a > 0 and s.route[i, a - 1] < 2 * len(s.seen):
        a -= 1
    while s.route[i, b] < 2 * len(s.seen):
        b += 1
    return a, b


@compiled
def _between(s: State, lot: Long, i: int) -> int:
    """A position of a route between two trips, or before the first, or behind the last."""
    at = below(lot, s.tally[i, LENGTH] + 1)
    while at > 0 and s.route[i, at - 1] < 2 * len(s.seen):
        at -= 1
    return at


@compiled
def _own(s: State, i: int, begin: int, end: int) -> None:
    """Who is at these positions of a route is carried by its vehicle."""
    people = len(s.seen)
    for k in range(begin, end):
        token = s.route[i, k]
        if token < 2 * people:
            keep_person(s, token % people)
            s.ends[token % people, FIRST + token // people] = i


@compiled
def _relocate(p: Packed, s: State, near: Near, lot: Long, c: int, many: int) -> bool:
    """Take a casualty (and a neighbour) out, and put it anywhere."""
    other = near.people[c, below(lot, near.people.shape[1])] if many > 1 else -1
    take_out(s, c)
    if other >= 0 and s.ends[other, FIRST] >= 0:
        take_out(s, other)
        return _anywhere(p, s, near, lot, c) and _anywhere(p, s, near, lot, other)
    return _anywhere(p, s, near, lot, c)


@compiled
def _instead(p: Packed, s: State, near: Near, lot: Long, c: int) -> bool:
    """A casualty goes where another would have gone, who goes anywhere or stays: beds may all be taken."""
    n = below(lot, len(s.seen))
    if n == c or s.ends[n, FIRST] < 0 or s.ends[n, SECOND] >= 0:
        return False
    if s.ends[c, FIRST] >= 0:
        take_out(s, c)
    i = s.ends[n, FIRST]
    touch(s, i)
    at = find(s, i, n)
    if below(lot, 2):
        insert(s, i, at, c)
    else:
        _, b = _trip_at(s, i, at)
        end, j = s.route[i, b], below(lot, len(s.tally))
        touch(s, j)
        to = _between(s, lot, j)
        insert(s, j, to, c)
        insert(s, j, to + 1, end)
    take_out(s, n)
    return _anywhere(p, s, near, lot, n) if below(lot, 2) else True


@compiled
def _anywhere(p: Packed, s: State, near: Near, lot: Long, c: int) -> bool:
    """Put a casualty into a trip there is, or into a new one."""
    n = _a_neighbour(s, near, lot, c)
    i = s.ends[n, FIRST] if n >= 0 and s.ends[n, SECOND] < 0 else below(lot, len(p.vehicles))
    touch(s, i)
    if s.tally[i, LENGTH] and below(lot, 2):
        at = find(s, i, n) + below(lot, 2) if n >= 0 and s.ends[n, FIRST] == i else -1
        insert(s, i, at if at >= 0 else below(lot, s.tally[i, LENGTH]), c)
        return True
    end = _an_end(near, lot, c)
    at = _between(s, lot, i)
    if end < 0:
        return False
    insert(s, i, at, c)
    insert(s, i, at + 1, 2 * len(s.seen) + end)
    return True


@compiled
def _swap(s: State, near: Near, lot: Long, c: int) -> bool:
    """Two casualties take each other's places."""
    n = _a_neighbour(s, near, lot, c)
    if n < 0 or s.ends[n, SECOND] >= 0 or s.ends[c, SECOND] >= 0:
        return False
    i, j = s.ends[c, FIRST], s.ends[n, FIRST]
    at, there = find(s, i, c), find(s, j, n)
    touch(s, i)
    touch(s, j)
    s.route[i, at], s.route[j, there] = n, c
    s.ends[c, FIRST], s.ends[n, FIRST] = j, i
    return True


@compiled
def _end_elsewhere(s: State, near: Near, lot: Long, c: int) -> bool:
    """Another facility for the trip that brings the casualty there."""
    people = len(s.seen)
    leg = 1 if s.ends[c, SECOND] >= 0 else 0
    i, end = s.ends[c, FIRST + leg], _an_end(near, lot, c)
    _, b = _trip_at(s, i, find(s, i, c + leg * people))
    if end < 0 or s.route[i, b] == 2 * people + end:
        return False
    touch(s, i)
    s.route[i, b] = 2 * people + end
    return True


@compiled
def _move_trip(s: State, lot: Long, c: int) -> bool:
    """A trip by another vehicle, or at another turn of its own."""
    i, at = _leg_of(s, lot, c)
    a, b = _trip_at(s, i, at)
    j = below(lot, len(s.tally)) if below(lot, 4) else i
    touch(s, i)
    touch(s, j)
    held = s.room.tokens
    for k in range(a, b + 1):
        held[k - a] = s.route[i, k]
    for k in range(b + 1, s.tally[i, LENGTH]):
        s.route[i, k - (b + 1 - a)] = s.route[i, k]
    s.tally[i, LENGTH] -= b + 1 - a
    to = _between(s, lot, j)
    for k in range(b + 1 - a):
        insert(s, j, to + k, held[k])
    return True


@compiled
def _swap_tails(s: State, near: Near, lot: Long, c: int) -> bool:
    """Two vehicles take over from each other what comes after some trip of each."""
    n = _a_neighbour(s, near, lot, c)
    i, j = s.ends[c, FIRST], s.ends[n, FIRST] if n >= 0 else below(lot, len(s.tally))
    if i == j:
        return False
    a, b = _between(s, lot, i), _between(s, lot, j)
    ours, theirs = s.tally[i, LENGTH] - a, s.tally[j, LENGTH] - b
    if max(a + theirs, b + ours) > s.route.shape[1] or ours + theirs == 0:
        return False
    touch(s, i)
    touch(s, j)
    for k in range(max(ours, theirs)):
        s.route[i, a + k], s.route[j, b + k] = s.route[j, b + k], s.route[i, a + k]
    s.tally[i, LENGTH], s.tally[j, LENGTH] = a + theirs, b + ours
    _own(s, i, a, a + theirs)
    _own(s, j, b, b + ours)
    return True


@compiled
def _merge(s: State, c: int) -> bool:
    """All of a trip stay aboard until the end of the next."""
    i = s.ends[c, FIRST]
    _, b = _trip_at(s, i, find(s, i, c))
    if b + 1 >= s.tally[i, LENGTH]:
        return False
    touch(s, i)
    remove(s, i, b)
    return True


@compiled
def _split(s: State, near: Near, lot: Long, c: int) -> bool:
    """A trip ends behind a casualty; another begins with who comes next."""
    people = len(s.seen)
    i, end = s.ends[c, FIRST], _an_end(near, lot, c)
    at = find(s, i, c)
    if end < 0 or s.route[i, at + 1] >= 2 * people:
        return False
    touch(s, i)
    insert(s, i, at + 1, 2 * people + end)
    return True


@compiled
def _by_exchange(p: Packed, s: State, lot: Long, c: int) -> bool:
    """A trip ends at an exchange point, and another vehicle goes on from there."""
    people, places = len(s.seen), len(p.facilities)
    i, j, x = s.ends[c, FIRST], below(lot, len(s.tally)), below(lot, len(p.exchange))
    a, b = _trip_at(s, i, find(s, i, c))
    end = s.route[i, b]
    for k in range(a, b):
        if s.route[i, k] >= people:
            return False
    if end - 2 * people >= places or i == j:
        return False
    touch(s, i)
    touch(s, j)
    s.route[i, b] = 2 * people + places + x
    at = _between(s, lot, j)
    for k in range(a, b):
        insert(s, j, at + k - a, people + s.route[i, k])
        s.room.ready[people + s.route[i, k]] = 0.0  # until the first leg has been driven
    insert(s, j, at + b - a, end)
    return True


@compiled
def _direct(s: State, c: int) -> bool:
    """All whom a trip brings to an exchange point are brought to a facility by it."""
    people = len(s.seen)
    i, j = s.ends[c, FIRST], s.ends[c, SECOND]
    _, far = _trip_at(s, j, find(s, j, people + c))
    end = s.route[j, far]
    touch(s, i)
    a, b = _trip_at(s, i, find(s, i, c))
    held = s.room.tokens
    for k in range(a, b):
        held[k - a] = s.route[i, k]
    for k in range(b - a):
        if held[k] < people and s.ends[held[k], SECOND] >= 0:
            take_leg(s, held[k], 1)
    _, b = _trip_at(s, i, find(s, i, c))
    s.route[i, b] = end
    return True

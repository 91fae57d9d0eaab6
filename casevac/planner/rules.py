"""The rules of the chain as kernels: a leg, a trip, the tables of a facility. Told in words in `problem`."""

import numpy as np

from casevac.planner.compiled import compiled
from casevac.planner.packed import Long, Packed, Room

Mark = np.void  # one record
INF = np.inf


@compiled
def leg(p: Packed, v: Mark, start: int, end: int, at: float, left: float) -> tuple[float, float]:
    """When the vehicle is at the other stop, and the metres left in it; inf where it cannot get there."""
    seconds = float(p.seconds[v["profile"], start, end])
    if not seconds < INF:
        return INF, left
    if not v["flies"]:
        return at + seconds, left
    metres = float(p.metres[v["profile"], start, end])
    if metres > left:
        if not p.fuel[start] or metres > v["reach"]:
            return INF, left
        at += v["refuel"]
        left = v["reach"]
    for n in range(len(p.dark)):
        dusk, dawn = p.dark[n, 0], p.dark[n, 1]
        if v["day_only"]:
            if at < dawn and at + seconds > dusk:
                at = dawn
        elif not p.lit[end] and dusk < at + seconds < dawn:
            at = dawn - seconds
    return at + seconds, left - metres


@compiled
def carries(p: Packed, v: Mark, who: Long, end: int) -> bool:
    """Whether the vehicle has a place for each, and the facility (if the end is one) all that they need.

    `who` are tokens: a casualty's row, or C + row of one who goes on from an exchange point.
    """
    lying, sitting, need = 0, 0, np.uint32(0)
    many = len(p.casualties)
    for i in range(len(who)):
        c = p.casualties[who[i] % many]
        lying += c["lies"]
        sitting += 1 - c["lies"]
        need |= c["need"]
    spare = v["litters"] - lying
    if spare < 0 or sitting > v["seats"] + spare:
        return False
    return bool(end >= len(p.facilities) or (p.facilities[end]["able"] & need) == need)


@compiled
def ride(p: Packed, r: Room, v: Mark, who: Long, end: int, start: int, at: float,
         left: float) -> tuple[float, float, int, float]:  # fmt: skip
    """One trip: arrival at its end, end of the hand-over, the stop it ends at, metres left; inf: impossible.

    By tokens (see `carries`): `r.place` and `r.ready` say where and from when each can be loaded; `r.loaded`
    is filled with when each was.
    """
    for i in range(len(who)):
        token = who[i]
        stop = r.place[token]
        if stop != start:
            at, left = leg(p, v, start, stop, at, left)
            start = stop
        at = max(at, r.ready[token]) + v["load"]
        if not at < INF:
            return INF, INF, start, left
        r.loaded[token] = at
    places = len(p.facilities)
    stop = p.facilities[end]["stop"] if end < places else p.exchange[end - places]
    if stop != start:
        at, left = leg(p, v, start, stop, at, left)
    return at, at + len(who) * v["unload"], stop, left


@compiled
def operate(p: Packed, r: Room, f: int, many: int) -> None:
    """When each of the first `many` of `r.jobs` is operated on at facility f; into row 1 of `r.clock`.

    The committed queue comes first: of equal urgency and readiness the earlier named goes first.
    """
    ready, begins, order = r.clock[0], r.clock[1], r.jobs[2]
    for i in range(many):  # by insertion: few, and nearly in order
        j = i
        while j > 0 and ready[order[j - 1]] > ready[i]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = i
        begins[i] = INF
    for k in range(len(r.free)):
        r.free[k] = p.tables[f, k]
    r.line[0, :] = -1
    coming, clock = 0, -INF  # operations begin one after the other in time, whichever table was idle
    for _ in range(many):
        table = 0
        for k in range(1, len(r.free)):
            if r.free[k] < r.free[table]:
                table = k
        at = max(r.free[table], clock) if len(r.free) else INF
        if not at < INF:
            break
        if _most_urgent(r.line[0]) < 0 and ready[order[coming]] > at:
            at = ready[order[coming]]
        while coming < many and ready[order[coming]] <= at:
            _line_up(r, order[coming])
            coming += 1
        category = _most_urgent(r.line[0])
        taken = r.line[0, category]
        r.line[0, category] = r.jobs[3, taken]
        begins[taken] = clock = at
        r.free[table] = at + p.facilities[f]["case"]


@compiled
def _most_urgent(first: Long) -> int:
    for k in range(len(first)):
        if first[k] >= 0:
            return k
    return -1


@compiled
def _line_up(r: Room, job: int) -> None:
    category = r.jobs[1, job]
    r.jobs[3, job] = -1
    if r.line[0, category] < 0:
        r.line[0, category] = job
    else:
        r.jobs[3, r.line[1, category]] = job
    r.line[1, category] = job

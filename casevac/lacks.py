"""What a plan could not do and why, and what would help: counted by planning again with it (pure)."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from casevac import locks
from casevac.beds import over_capacity
from casevac.mtf import closed
from casevac.planner.problem import NEVER, Facilities, Fates, Plan, Problem, Vehicles
from casevac.planner.simulate import simulate
from casevac.proposal import Help, Left
from casevac.situation import Situation
from casevac.terms import Capability
from casevac.trips import Carried
from casevac.view import View
from casevac.words import clock_time, minutes

Again = Callable[[Problem], Plan]
"""A quick plan for a problem."""
DCS_BIT = 1 << list(Capability).index(Capability.DCS)
MOST_HELPS = 4
TRIED = 3  # facilities looked at for each kind of help


class Try(NamedTuple):
    """A change of the problem, in words that go before `would bring ..`."""

    words: str
    problem: Problem


# --- who is left


def left(view: View, found: Situation, fates: Fates) -> tuple[Left, ...]:
    """Everybody whom nobody brings in, most urgent first, and why."""
    stays = [c for c in range(len(found.waiting)) if not np.isfinite(fates.arrival[c])]
    told = [(found.waiting[c].casualty, _why(view, found, c)) for c in stays]
    return tuple(Left(one.id, one.triage, why) for one, why in (*told, *found.muster.unplanned))


def _why(view: View, found: Situation, c: int) -> str:
    problem, one = found.problem, found.waiting[c].casualty
    places = problem.facilities
    if not found.vehicles:
        return "no vehicle can be planned"
    if one.id in found.locked and (why := locks.trouble(view, one.id, found.locked[one.id])):
        return f"its lock {why}"
    fits = [
        f for f in range(len(found.facilities)) if not int(problem.casualties.need[c]) & ~int(places.able[f])
    ]
    if not fits:
        needs = ", ".join(need.value for need in one.needs(view.profile))
        return f"no open facility can do all it needs ({needs})"
    free = [f for f in fits if places.beds[f] > 0]
    if not free:
        names = ", ".join(found.facilities[f].card.name for f in fits)
        return f"every facility that can treat it is full: {names}"
    return _no_way(found, c, free)


def _no_way(found: Situation, c: int, free: list[int]) -> str:
    """Why nobody brings it to any of these facilities, which would take it."""
    problem, cars, places = found.problem, found.problem.vehicles, found.problem.facilities
    stop = int(problem.casualties.stop[c])
    seconds = problem.roads.seconds[cars.profile]
    comes = np.isfinite(seconds[np.arange(len(cars.start)), cars.start, stop])
    if not comes.any():
        return "no vehicle can come to it: every way is closed or too far from a road"
    goes = np.isfinite(seconds[:, stop][:, places.stop[free]]).any(axis=1)
    if not (comes & goes).any():
        names = ", ".join(found.facilities[f].card.name for f in free)
        return f"no way leads from it to {names}"
    return "all that could bring it in is planned for more urgent ones, or its crews must rest before"


# --- what stands against the plan as a whole


def troubles(view: View, found: Situation, fates: Fates) -> tuple[str, ...]:
    """What to know before the lines are read: no vehicle, full houses, locks, limits out of reach."""
    return (*_no_vehicle(found), *_crowded(view, found), *_locks(view), *_too_late(view, found, fates))


def _no_vehicle(found: Situation) -> Iterator[str]:
    if found.vehicles or not found.waiting:
        return
    whys = "; ".join(f"{one.what} {one.why}" for one in found.muster.refused)
    yield f"no vehicle at all can be planned: {whys or 'the mission has none'}"


def _crowded(view: View, found: Situation) -> Iterator[str]:
    for one in found.facilities:
        if not closed(one) and (crowd := over_capacity(view.wards.rooms(one).values())):
            yield f"{one.card.name} is over capacity ({crowd}): nobody is sent there"


def _locks(view: View) -> Iterator[str]:
    for one in locks.shown(view):
        if one.trouble:
            yield f"the lock of {one.casualty} {one.trouble}"


def _too_late(view: View, found: Situation, fates: Fates) -> Iterator[str]:
    """Who cannot be at surgery within the limit, with the soonest."""
    late = late_ones(view, found, fates)
    if not late:
        return
    names = ", ".join(found.waiting[c].casualty.id for c in late)
    words = f"surgery within {minutes(view.profile.surgery_s)} of the injury is out of reach for {names}"
    after = fates.surgery - found.problem.casualties.injured - view.profile.surgery_s
    c = min(late, key=lambda c: (float(after[c]), c))
    at = found.at(fates.surgery[c])
    if at is not None:
        place = found.facilities[int(fates.facility[c])].card.name
        words += (
            f"; the soonest is at {place} at {clock_time(at)}, {minutes(float(after[c]))} after its limit"
        )
    yield words


def late_ones(view: View, found: Situation, fates: Fates) -> list[int]:
    """Rows of those who need surgery and do not get it within the limit."""
    people = found.problem.casualties
    late = fates.surgery - people.injured > view.profile.surgery_s
    return [int(c) for c in np.flatnonzero(people.operated & late)]


# --- what would help


def helps(
    view: View, found: Situation, carried: Carried, again: Again, enough: Callable[[], bool]
) -> tuple[Help, ...]:
    """What would bring more of them to surgery in time, the most first; nothing while all are in time."""
    surgical = int(found.problem.casualties.operated.sum())
    now = surgical - len(late_ones(view, found, carried.fates))
    if now >= surgical:
        return ()
    made = []
    for one in _tries(view, found):
        if enough():
            break
        fates = simulate(one.problem, again(one.problem))
        then = surgical - len(late_ones(view, found, fates))
        if then > now:
            limit = minutes(view.profile.surgery_s)
            words = f"{one.words} would bring {then} of {surgical} to surgery within {limit}, now {now}"
            made.append(Help(words, then, now, surgical))
    return tuple(sorted(made, key=lambda one: -one.in_time)[:MOST_HELPS])


def _tries(view: View, found: Situation) -> Iterator[Try]:
    yield from _teams(found)
    yield from _tables(view, found)
    yield from _nights(found)
    yield from _vehicles(found)
    yield from _beds(view, found)


def _near(found: Situation, rows: list[int]) -> list[int]:
    """Facilities, those nearest to the casualties by any vehicle first."""
    problem = found.problem
    if not len(problem.vehicles.start) or not found.waiting:
        return rows[:TRIED]
    kinds = np.unique(problem.vehicles.profile)
    doors = problem.facilities.stop
    seconds = problem.roads.seconds[kinds][:, problem.casualties.stop][:, :, doors].min(axis=0)
    return sorted(rows, key=lambda f: (float(np.median(seconds[:, f])), f))[:TRIED]


def _teams(found: Situation) -> Iterator[Try]:
    """A surgical team where nobody operates."""
    places = found.problem.facilities
    none = [
        f
        for f, one in enumerate(found.facilities)
        if not int(places.able[f]) & DCS_BIT and places.beds[f] > 0 and not closed(one)
    ]
    for f in _near(found, none):
        words = f"a surgical team at {found.facilities[f].card.name}"
        yield Try(words, found.problem._replace(facilities=_table_at(found.problem, f, able=True)))


def _tables(view: View, found: Situation) -> Iterator[Try]:
    """One table and its team more where somebody operates."""
    places = found.problem.facilities
    some = [f for f in range(len(found.facilities)) if int(places.able[f]) & DCS_BIT]
    for f in _near(found, some):
        words = f"another operating table and team at {found.facilities[f].card.name}"
        yield Try(words, found.problem._replace(facilities=_table_at(found.problem, f, able=False)))


def _table_at(problem: Problem, f: int, *, able: bool) -> Facilities:
    places = problem.facilities
    tables = np.hstack([places.tables, np.full((len(places.stop), 1), NEVER)])
    tables[f, -1] = problem.now
    can = places.able.copy()
    if able:
        can[f] |= np.uint32(DCS_BIT)
    return places._replace(tables=tables, able=can)


def _nights(found: Situation) -> Iterator[Try]:
    cars = found.problem.vehicles
    if cars.day_only.any() and len(found.problem.roads.dark):
        names = [found.vehicles[v].vehicle.card.callsign for v in np.flatnonzero(cars.day_only)]
        words = f"night flying of {' and '.join(names[:3])}"
        yield Try(
            words, found.problem._replace(vehicles=cars._replace(day_only=np.zeros_like(cars.day_only)))
        )


def _vehicles(found: Situation) -> Iterator[Try]:
    """One more vehicle of the kind that carries most, standing at a facility near the casualties."""
    problem, cars = found.problem, found.problem.vehicles
    ground = [v for v in range(len(cars.start)) if not cars.flies[v]]
    if not ground or not found.waiting:
        return
    like = max(ground, key=lambda v: (int(cars.litters[v]), -v))
    for f in _near(found, list(range(len(found.facilities))))[:1]:
        extra = {name: np.append(column, column[like]) for name, column in cars._asdict().items()}
        extra["start"][-1] = problem.facilities.stop[f]
        extra["free"][-1], extra["turnout"][-1], extra["until"][-1] = problem.now, 0.0, NEVER
        kind = found.vehicles[like].vehicle.card.profile
        words = f"one more vehicle ({kind}) at {found.facilities[f].card.name}"
        yield Try(words, problem._replace(vehicles=Vehicles(**extra)))


def _beds(view: View, found: Situation) -> Iterator[Try]:
    """Beds where somebody operates and none is left."""
    places = found.problem.facilities
    full = [f for f in range(len(found.facilities)) if int(places.able[f]) & DCS_BIT and places.beds[f] < 1]
    for f in _near(found, full)[:1]:
        beds = places.beds.copy()
        beds[f] = 4
        yield Try(
            f"four beds freed at {found.facilities[f].card.name}",
            found.problem._replace(facilities=places._replace(beds=beds)),
        )

"""A plan's arrays as trips, the trips as lines to approve, and the plan with one of them done otherwise."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from casevac.events import Stop
from casevac.planner.problem import Fates, Plan, Problem
from casevac.proposal import Fortune, Ride
from casevac.situation import Situation
from casevac.terms import Mode
from casevac.terrain import door
from casevac.view import View

Simulate = Callable[[Problem, Plan], Fates]


class Trip(NamedTuple):
    """One row of a plan: rows of the vehicle, the end and the casualties."""

    row: int
    vehicle: int
    end: int
    who: tuple[int, ...]


class Group(NamedTuple):
    """Trips that only make sense together: to an exchange point and on from there."""

    trips: tuple[Trip, ...]

    @property
    def who(self) -> tuple[int, ...]:
        """Every casualty once, in the order of loading."""
        return tuple(dict.fromkeys(c for trip in self.trips for c in trip.who))

    @property
    def vehicles(self) -> tuple[int, ...]:
        """Every vehicle once, in the order of the trips."""
        return tuple(dict.fromkeys(trip.vehicle for trip in self.trips))

    @property
    def last(self) -> Trip:
        """The trip that ends at a facility."""
        return self.trips[-1]


class Carried(NamedTuple):
    """A plan with what becomes of it."""

    plan: Plan
    fates: Fates
    known: bool = False  # a person has read it already, as an earlier plan


def trips(plan: Plan) -> list[Trip]:
    """The rows of a plan."""
    return [
        Trip(row, int(plan.vehicle[row]), int(plan.end[row]), tuple(map(int, plan.who[a:b])))
        for row, (a, b) in enumerate(zip(plan.first[:-1], plan.first[1:], strict=True))
    ]


def plan_of(rows: Sequence[Trip]) -> Plan:
    """The arrays of these trips, in their order."""
    who = [c for row in rows for c in row.who]
    first = np.cumsum([0, *(len(row.who) for row in rows)])
    whole = np.int32
    return Plan(
        np.array([row.vehicle for row in rows], dtype=whole),
        np.array([row.end for row in rows], dtype=whole),
        first.astype(whole),
        np.array(who, dtype=whole),
    )


def groups(found: Situation, carried: Carried) -> list[Group]:
    """The trips that are done, those joined by an exchange point together, those that begin first first."""
    many = len(found.facilities)
    done = [trip for trip in trips(carried.plan) if carried.fates.done[trip.row]]
    waits: dict[int, list[Trip]] = {}
    groups: list[list[Trip]] = []
    for trip in done:
        before = [each for c in trip.who for each in waits.pop(c, ())]
        joined = [one for one in groups if any(each in one for each in before)]
        merged = [*(each for one in joined for each in one), trip]
        groups = [one for one in groups if one not in joined] + [merged]
        if trip.end >= many:
            for c in trip.who:
                waits[c] = [trip]
    begun = carried.fates.begun
    ordered = [Group(tuple(sorted(one, key=lambda each: each.row))) for one in groups]
    ended = [one for one in ordered if one.last.end < many]
    urgency = found.problem.casualties.category
    return sorted(
        ended,
        key=lambda one: (
            float(begun[one.trips[0].row]),
            min(int(urgency[c]) for c in one.who),
            one.trips[0].row,
        ),
    )


def end_stop(found: Situation, end: int) -> Stop:
    """The door or the exchange point at which a trip ends."""
    many = len(found.facilities)
    if end < many:
        return door(found.facilities[end])
    site = found.exchange[end - many]
    return Stop(site.name, site.lon, site.lat, site.id)


def stops(found: Situation, group: Group, trip: Trip) -> tuple[Stop, ...]:
    """Where the trip takes its casualties aboard, in order, each once running."""
    index = group.trips.index(trip)
    brought = {c: end_stop(found, each.end) for each in group.trips[:index] for c in each.who}
    places = [brought.get(c, found.waiting[c].at) for c in trip.who]
    return tuple(place for i, place in enumerate(places) if i == 0 or place != places[i - 1])


def rides(found: Situation, carried: Carried, group: Group) -> tuple[Ride, ...]:
    """The trips of a group in words and instants."""
    begun, ended = carried.fates.begun, carried.fates.ended
    before = _stood(found, carried)
    made = []
    for trip in group.trips:
        made.append(
            Ride(
                vehicle=found.vehicles[trip.vehicle].vehicle.id,
                start=before[trip.row],
                stops=stops(found, group, trip),
                end=end_stop(found, trip.end),
                casualties=tuple(found.waiting[c].casualty.id for c in trip.who),
                begin_at=found.epoch + timedelta(seconds=float(begun[trip.row])),
                end_at=found.epoch + timedelta(seconds=float(ended[trip.row])),
                air=bool(found.problem.vehicles.flies[trip.vehicle]),
            )
        )
    return tuple(made)


def _stood(found: Situation, carried: Carried) -> dict[int, Stop]:
    """Where the vehicle of each trip stands before it."""
    where = {row: one.start for row, one in enumerate(found.vehicles)}
    stood = {}
    for trip in trips(carried.plan):
        stood[trip.row] = where[trip.vehicle]
        if carried.fates.done[trip.row]:
            where[trip.vehicle] = end_stop(found, trip.end)
    return stood


def fortunes(view: View, found: Situation, fates: Fates, who: Sequence[int]) -> tuple[Fortune, ...]:
    """What it means for these casualties."""
    return tuple(_fortune(view, found, fates, c) for c in who)


def _fortune(view: View, found: Situation, fates: Fates, c: int) -> Fortune:
    one, people = found.waiting[c].casualty, found.problem.casualties
    hurt = found.epoch + timedelta(seconds=float(people.injured[c]))
    operated = bool(people.operated[c])
    cared = view.advanced_care_at(one)
    return Fortune(
        casualty=one.id,
        category=one.triage,
        arrive_at=found.at(fates.arrival[c]),
        care_at=cared or found.at(fates.care[c]),
        care_limit_at=hurt + timedelta(seconds=view.profile.advanced_care_s),
        surgery_at=found.at(fates.surgery[c]) if operated else None,
        surgery_limit_at=hurt + timedelta(seconds=view.profile.surgery_s) if operated else None,
        needs_surgery=operated,
    )


def later_trips(carried: Carried) -> dict[int, Trip]:
    """The trip that a vehicle does before each trip that is not its first, by row."""
    last: dict[int, Trip] = {}
    found: dict[int, Trip] = {}
    for trip in trips(carried.plan):
        if not carried.fates.done[trip.row]:
            continue
        if trip.vehicle in last:
            found[trip.row] = last[trip.vehicle]
        last[trip.vehicle] = trip
    return found


# --- the same plan with one line done otherwise


def elsewhere(plan: Plan, group: Group, end: int) -> Plan:
    """The last trip of the group ends there instead."""
    return plan_of([t._replace(end=end) if t.row == group.last.row else t for t in trips(plan)])


def by_another(plan: Plan, trip: Trip, vehicle: int) -> Plan:
    """Another vehicle does the trip."""
    return plan_of([t._replace(vehicle=vehicle) if t.row == trip.row else t for t in trips(plan)])


def direct(plan: Plan, group: Group, end: int) -> Plan:
    """Without any exchange point: who fetches them brings them to the end, the others stay out of it."""
    rows = {t.row for t in group.trips}
    firsts = _firsts(group)
    out = [
        t._replace(end=end) if t.row in firsts else t
        for t in trips(plan)
        if t.row not in rows or t.row in firsts
    ]
    return plan_of(out)


def _firsts(group: Group) -> set[int]:
    """Rows of the trips that fetch somebody from where it lies."""
    seen: set[int] = set()
    found: set[int] = set()
    for trip in group.trips:
        if not seen & set(trip.who):
            found.add(trip.row)
        seen |= set(trip.who)
    return found


def without(plan: Plan, group: Group) -> Plan:
    """The plan as if nobody did this group."""
    rows = {t.row for t in group.trips}
    return plan_of([t for t in trips(plan) if t.row not in rows])


def modes(found: Situation, group: Group) -> Iterator[Mode]:
    """How each of its trips goes."""
    for trip in group.trips:
        yield Mode.AIR if found.problem.vehicles.flies[trip.vehicle] else Mode.GROUND


def by_vehicle(carried: Carried) -> dict[int, list[Trip]]:
    """The trips that are done, by vehicle, in their order."""
    found: defaultdict[int, list[Trip]] = defaultdict(list)
    for trip in trips(carried.plan):
        if carried.fates.done[trip.row]:
            found[trip.vehicle].append(trip)
    return dict(found)

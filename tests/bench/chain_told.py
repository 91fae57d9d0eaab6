"""What a desk would know of the chain bench's world: the Problem that a planner is asked."""

from typing import TYPE_CHECKING

import numpy as np

from casevac.planner.problem import NOBODY, Casualties, Facilities, Problem, Roads, Vehicles

if TYPE_CHECKING:
    from tests.bench.chain_trip import Trip
    from tests.bench.chain_world import World

APPROVED_S = 60.0  # a person looks at the plan and gives the order
OVERDUE_S = 600.0  # a case that takes longer than planned is thought to go on so long
Rows = tuple[list[int], list[int]]


def problem_of(world: "World") -> tuple[Problem, Rows]:
    """The problem as it is known now, and whom its rows of casualties and vehicles are.

    Stops of incidents that nobody has reported yet are not in it.
    """
    of = world.of
    who = sorted(world.open)
    hurt = of.hurt
    stops = max(of.fixed, 1 + int(hurt.stop[hurt.reported <= world.now].max(initial=0)))
    fleet = [v for v in range(len(world.fleet)) if not (of.fleet.flies[v] and world.denied())]
    seconds, bound, metres = (
        np.ascontiguousarray(each[:, :stops, :stops], np.float32)
        for each in (of.seconds, of.bound, of.metres)
    )
    roads = Roads(seconds, bound, metres, of.fuel[:stops], of.lit[:stops], of.dark)
    problem = Problem(
        world.now,
        _casualties(world, who, fleet),
        _vehicles(world, fleet),
        _facilities(world),
        of.exchange,
        roads,
    )
    return problem, (who, fleet)


def _heard(world: "World") -> float:
    """Until when one has heard of vehicles."""
    silent = world.of.silent
    return silent[0] if silent is not None and silent[0] <= world.now < silent[1] else world.now


def _casualties(world: "World", who: list[int], fleet: list[int]) -> Casualties:
    hurt, vehicle, end = world.of.hurt, dict[int, int](), dict[int, int]()
    for row, v in enumerate(fleet):
        order = world.fleet[v].order
        if order is not None:
            vehicle |= dict.fromkeys(order[1], row)
            end |= dict.fromkeys(order[1], order[0])
    known = [world.there[c] if world.there[c] <= world.now else _handed(world, c) for c in who]
    return Casualties(
        injured=hurt.injured[who],
        known=np.asarray(known, np.float64),
        stop=np.asarray([world.at[c] for c in who], np.int32),
        category=np.asarray([world.category[c] for c in who], np.int32),
        lies=hurt.lies[who],
        operated=hurt.operated[who],
        need=hurt.need[who].astype(np.uint32),
        ordered_vehicle=np.asarray([vehicle.get(c, NOBODY) for c in who], np.int32),
        ordered_end=np.asarray([end.get(c, NOBODY) for c in who], np.int32),
    )


def _handed(world: "World", c: int) -> float:
    """When one on the way is thought to be handed over."""
    trip = next(each.trip for each in world.fleet if each.trip is not None and c in each.trip.who)
    return trip.expected(trip.handing, world.now, _heard(world))


def _vehicles(world: "World", fleet: list[int]) -> Vehicles:
    of, start, free, turnout, reach = world.of.fleet, [], [], [], []
    for v in fleet:
        vehicle = world.fleet[v]
        reach.append(vehicle.left if vehicle.trip is None else vehicle.trip.left)
        if vehicle.trip is None:
            start.append(vehicle.stop)
            free.append(max(world.now, vehicle.told))
            turnout.append(world.ready(vehicle, v) - world.now)
        else:
            start.append(vehicle.trip.rests)
            free.append(_over(world, vehicle.trip))
            turnout.append(APPROVED_S)
    return Vehicles(
        start=np.asarray(start, np.int32),
        free=np.asarray(free, np.float64),
        turnout=np.asarray(turnout, np.float64),
        profile=of.profile[fleet], litters=of.litters[fleet], seats=of.seats[fleet], load=of.load[fleet],
        unload=of.unload[fleet], cares=of.cares[fleet], flies=of.flies[fleet], day_only=of.day_only[fleet],
        reach=np.asarray(reach, np.float64), refuel=of.refuel[fleet], until=of.until[fleet],
    )  # fmt: skip


def _over(world: "World", trip: "Trip") -> float:
    return trip.expected(len(trip.steps) - 1, world.now, _heard(world))


def _facilities(world: "World") -> Facilities:
    houses, now = world.of.houses, world.now
    tables = np.full(houses.busy.shape, np.inf)
    where, ready, category = list[int](), list[float](), list[int]()
    for f, theatre in enumerate(world.theatres):
        for i, (until, planned) in enumerate(zip(theatre.until, theatre.planned, strict=True)):
            tables[f, i] = (
                until if until <= now or planned == np.inf else max(planned, _overdue(planned, now))
            )
        for each, at in theatre.waiting.values():
            where.append(f)
            ready.append(at if at <= now else max(now, at))
            category.append(each)
    for vehicle in world.fleet:
        trip = vehicle.trip
        if trip is None or trip.end >= len(houses.stop) or trip.arrives <= now or not world.able[trip.end]:
            continue
        arrives = trip.expected(trip.arriving, now, _heard(world))
        for c in trip.who:
            if world.of.hurt.operated[c]:
                where.append(trip.end)
                ready.append(arrives + float(houses.prepare[trip.end]))
                category.append(world.category[c])
    return Facilities(
        stop=houses.stop,
        able=np.asarray(world.able, np.uint32),
        beds=np.asarray(world.beds, np.int32),
        prepare=houses.prepare,
        case=houses.case,
        tables=tables,
        queue_facility=np.asarray(where, np.int32),
        queue_ready=np.asarray(ready, np.float64),
        queue_category=np.asarray(category, np.int32),
    )


def _overdue(planned: float, now: float) -> float:
    return planned if planned > now else now + OVERDUE_S

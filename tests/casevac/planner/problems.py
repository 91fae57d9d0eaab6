"""Small problems and plans drawn at random, with every kind of limit in them."""

import numpy as np

from casevac.planner.problem import Casualties, Facilities, Plan, Problem, Roads, Vehicles, Whole

HOUR = 3600.0


def random_problem(
    seed: int,
    casualties: int = 6,
    vehicles: int = 3,
    facilities: int = 3,
    exchanges: int = 1,
    *,
    hard: bool = True,
) -> Problem:
    """A problem on a plane 60 km wide. `hard` has aircraft, the dark, few beds, crews going home, lost roads.

    Stops: the casualties', the vehicles', the facilities', the exchange points'; some coincide.
    """
    rng = np.random.default_rng(seed)
    stops = casualties + vehicles + facilities + exchanges
    return Problem(
        now=0.0,
        casualties=_casualties(rng, casualties, vehicles, facilities),
        vehicles=_vehicles(rng, casualties, vehicles, hard=hard),
        facilities=_facilities(rng, casualties + vehicles, casualties, facilities, hard=hard),
        exchange=(casualties + vehicles + facilities + np.arange(exchanges)).astype(np.int32),
        roads=_roads(rng, stops, hard=hard),
    )


def random_plan(problem: Problem, seed: int, trips: int | None = None) -> Plan:
    """Any plan, sensible or not: trips of 0 to 3, some by an exchange point, somebody named too often."""
    rng = np.random.default_rng(seed)
    people, vehicles = len(problem.casualties.stop), len(problem.vehicles.start)
    places, ends = len(problem.facilities.stop), len(problem.facilities.stop) + len(problem.exchange)
    many = people if trips is None else trips
    crowds = [rng.integers(0, people, rng.integers(0, 4)) for _ in range(many)]
    if rng.random() < 0.7:  # mostly everybody once
        cuts = np.sort(rng.integers(0, people + 1, many - 1)) if many else []
        crowds = np.split(rng.permutation(people), cuts)
    end = np.where(
        rng.random(len(crowds)) < 0.75,
        rng.integers(0, places, len(crowds)),
        rng.integers(0, ends, len(crowds)),
    )
    rows = list(zip(rng.integers(0, vehicles, len(crowds)), end, crowds, strict=True))
    onward = [
        (rng.integers(0, vehicles), rng.integers(0, places), crowd) for _, e, crowd in rows if e >= places
    ]
    return plan_of([*rows, *onward])


def plan_of(rows: list[tuple[int, int, list[int]]]) -> Plan:
    """A plan of rows (vehicle, end, casualties)."""
    first = np.cumsum([0, *(len(who) for _, _, who in rows)]).astype(np.int32)
    who = np.array([c for _, _, crowd in rows for c in crowd], np.int32)
    return Plan(_ints([v for v, _, _ in rows]), _ints([e for _, e, _ in rows]), first, who)


def _ints(values: object) -> Whole:
    return np.asarray(values, dtype=np.int32).reshape(-1)


def _casualties(rng: np.random.Generator, many: int, vehicles: int, facilities: int) -> Casualties:
    injured = np.round(rng.uniform(-HOUR, HOUR, many))
    ordered = (rng.random(many) < 0.3) & (vehicles > 0)
    operated = rng.random(many) < 0.7
    return Casualties(
        injured=injured,
        known=np.maximum(0.0, injured + np.round(rng.uniform(300, 1800, many))),
        stop=np.where(rng.random(many) < 0.8, np.arange(many), rng.integers(0, many, many)).astype(np.int32),
        category=rng.choice(4, many, p=[0.35, 0.35, 0.25, 0.05]).astype(np.int32),
        lies=rng.random(many) < 0.6,
        operated=operated,
        need=(operated * 1 + (rng.random(many) < 0.15) * 2).astype(np.uint32),
        ordered_vehicle=_ints(np.where(ordered, rng.integers(0, max(vehicles, 1), many), -1)),
        ordered_end=_ints(np.where(ordered, rng.integers(0, facilities, many), -1)),
    )


def _vehicles(rng: np.random.Generator, before: int, many: int, *, hard: bool) -> Vehicles:
    flies = (rng.random(many) < 0.3) & hard
    return Vehicles(
        start=_ints(before + np.arange(many)),
        free=np.round(rng.uniform(0, 0.5 * HOUR, many)),
        turnout=np.round(rng.uniform(0, 300, many)),
        profile=_ints(flies),
        litters=_ints(rng.integers(1, 4, many)),
        seats=_ints(rng.integers(0, 4, many)),
        load=np.round(rng.uniform(0, 300, many)),
        unload=np.round(rng.uniform(0, 300, many)),
        cares=rng.random(many) < 0.4,
        flies=flies,
        day_only=flies & (rng.random(many) < 0.5),
        reach=np.where(flies, np.round(rng.uniform(60e3, 200e3, many)), np.inf),
        refuel=np.where(flies, 900.0, 0.0),
        until=np.where((rng.random(many) < 0.3) & hard, np.round(rng.uniform(2, 8, many) * HOUR), np.inf),
    )


def _facilities(rng: np.random.Generator, before: int, people: int, many: int, *, hard: bool) -> Facilities:
    tables = np.full((many, 2), np.inf)
    for f in range(many):
        some = rng.integers(0 if hard and f else 1, 3)
        tables[f, :some] = np.round(rng.uniform(-HOUR, HOUR, some))
    queued = rng.integers(0, 4)
    able = rng.integers(0, 4, many) if hard else np.full(many, 3)
    able[0] = 3
    return Facilities(
        stop=_ints(before + np.arange(many)),
        able=able.astype(np.uint32),
        beds=_ints(rng.integers(0, people, many) if hard else np.full(many, people)),
        prepare=np.round(rng.uniform(0, 900, many)),
        case=np.round(rng.uniform(0.5, 2, many) * HOUR),
        tables=tables,
        queue_facility=_ints(rng.integers(0, many, queued)),
        queue_ready=np.round(rng.uniform(0, HOUR, queued)),
        queue_category=_ints(rng.integers(0, 4, queued)),
    )


def _roads(rng: np.random.Generator, stops: int, *, hard: bool) -> Roads:
    place = rng.uniform(0, 60e3, (stops, 2))
    line = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    metres = np.round(np.stack([line * 1.3, line])).astype(np.float32)
    seconds = np.round(metres / np.array([12.0, 55.0])[:, None, None]).astype(np.float32)
    if hard:
        lost = rng.random((stops, stops)) < 0.05
        seconds[0, lost] = metres[0, lost] = np.inf
    dark = np.array([[1.5, 3.0], [5.0, 5.5]]) * HOUR if hard and rng.random() < 0.6 else np.zeros((0, 2))
    return Roads(
        seconds=seconds,
        bound=(seconds * np.float32(1.3)),
        metres=metres,
        fuel=rng.random(stops) < 0.5,
        lit=rng.random(stops) < 0.6,
        dark=dark,
    )

"""Problems and plans by lot: small ones full of edges, and one of the size of a real day.

Times are whole seconds (exact in 32 and 64 bits), so that two simulators may be asked for the very same
numbers.
"""

import numpy as np

from casevac.planner.problem import NEVER, NOBODY, Casualties, Facilities, Plan, Problem, Roads, Vehicles

Draw = np.random.Generator
KINDS = 3  # capabilities, as bits
GROUND, AIR, SLOW = 0, 1, 2  # profiles


def problem(draw: Draw, most: int = 8, grain: int = 60) -> Problem:
    """A problem of at most `most` casualties with every rule in it somewhere.

    Times in steps of `grain` seconds.
    """
    stops = int(draw.integers(3, 9))
    exchange = draw.choice(stops, int(draw.integers(0, 3)), replace=False).astype(np.int32)
    return Problem(
        0.0,
        casualties(draw, int(draw.integers(1, most + 1)), stops, grain),
        vehicles(draw, int(draw.integers(1, 6)), stops, grain),
        facilities(draw, int(draw.integers(1, 5)), stops, grain),
        exchange,
        roads(draw, stops, grain),
    )


def seconds(draw: Draw, most: int, count: int, grain: int) -> np.ndarray:
    """Whole multiples of `grain` up to `most` seconds; ties are meant."""
    return (draw.integers(0, most // grain + 1, count) * grain).astype(np.float64)


def casualties(draw: Draw, count: int, stops: int, grain: int) -> Casualties:
    known = seconds(draw, 14400, count, grain)
    return Casualties(
        known - seconds(draw, 3600, count, grain),
        known,
        draw.integers(0, stops, count).astype(np.int32),
        draw.integers(0, 4, count).astype(np.int32),
        draw.random(count) < 0.5,
        draw.random(count) < 0.7,
        draw.integers(0, 2**KINDS, count).astype(np.uint32)
        & draw.integers(0, 2**KINDS, count).astype(np.uint32),
        np.full(count, NOBODY, np.int32),
        np.full(count, NOBODY, np.int32),
    )


def vehicles(draw: Draw, count: int, stops: int, grain: int) -> Vehicles:
    flies = draw.random(count) < 0.4
    return Vehicles(
        draw.integers(0, stops, count).astype(np.int32),
        seconds(draw, 7200, count, grain),
        seconds(draw, 900, count, grain),
        np.where(flies, AIR, draw.choice([GROUND, SLOW], count)).astype(np.int32),
        draw.integers(0, 4, count).astype(np.int32),
        draw.integers(0, 4, count).astype(np.int32),
        seconds(draw, 600, count, grain),
        seconds(draw, 600, count, grain),
        draw.random(count) < 0.4,
        flies,
        flies & (draw.random(count) < 0.5),
        np.where(flies, draw.integers(40, 200, count) * 1000.0, NEVER),
        seconds(draw, 1200, count, grain),
        np.where(draw.random(count) < 0.4, seconds(draw, 43200, count, grain), NEVER),
    )


def facilities(draw: Draw, count: int, stops: int, grain: int) -> Facilities:
    widest = int(draw.integers(0, 4))
    tables = np.where(
        draw.random((count, widest)) < 0.7,
        seconds(draw, 14400, count * widest, grain).reshape(count, widest),
        NEVER,
    )
    queue = int(draw.integers(0, 6))
    return Facilities(
        draw.integers(0, stops, count).astype(np.int32),
        (draw.integers(0, 2**KINDS, count) | draw.integers(0, 2**KINDS, count)).astype(np.uint32),
        draw.choice([0, 1, 2, 3, 20], count, p=[0.05, 0.2, 0.2, 0.25, 0.3]).astype(np.int32),
        seconds(draw, 1200, count, grain),
        grain + seconds(draw, 5400, count, grain),
        tables,
        draw.integers(0, count, queue).astype(np.int32),
        seconds(draw, 18000, queue, grain),
        draw.integers(0, 4, queue).astype(np.int32),
    )


def roads(draw: Draw, stops: int, grain: int) -> Roads:
    """Three profiles between places on a plane; one way is another length than back, some are missing."""
    at = draw.random((stops, 2)) * 60_000
    metres = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    longer = np.stack(
        [1.3 + 0.4 * draw.random((stops, stops)), np.ones((stops, stops)), 1.5 * np.ones((stops, stops))]
    )
    metres = np.rint(longer * metres)
    speed = np.array([14.0, 55.0, 7.0])[:, None, None]
    time = np.rint(metres / speed / grain) * grain
    gone = draw.random(metres.shape) < 0.08
    gone[:, np.arange(stops), np.arange(stops)] = False
    time[gone], metres[gone] = NEVER, NEVER
    nights = np.cumsum(seconds(draw, 9000, 2 * int(draw.integers(0, 4)), grain) + grain).reshape(-1, 2)
    return Roads(
        time.astype(np.float32),
        np.rint(time * 1.3).astype(np.float32),
        metres.astype(np.float32),
        draw.random(stops) < 0.4,
        draw.random(stops) < 0.5,
        nights,
    )


def plan(draw: Draw, asked: Problem) -> Plan:
    """Trips by lot, most of them sensible.

    Some over exchange points, some named twice without need or order.
    """
    count, ends = len(asked.casualties.stop), len(asked.facilities.stop)
    rows: list[tuple[float, int, list[int]]] = []
    left = list(draw.permutation(count))
    while left:
        size = min(len(left), int(draw.choice([1, 1, 1, 2, 2, 3, 4])))
        group, left = [int(one) for one in left[:size]], left[size:]
        fate = draw.random()
        when = float(draw.random())
        if len(asked.exchange) and fate < 0.4:
            rows.append((when, ends + int(draw.integers(0, len(asked.exchange))), group))
            onward = group if draw.random() < 0.6 else group[: 1 + len(group) // 2]
            later = when + float(draw.random()) * (1.0 if draw.random() < 0.9 else -1.0)
            last = int(draw.integers(0, ends + (len(asked.exchange) if draw.random() < 0.05 else 0)))
            rows.append((later, last, [int(one) for one in draw.permutation(onward)]))
        elif fate < 0.95:
            rows.append((when, int(draw.integers(0, ends)), group))
    spoil(draw, asked, rows)
    rows.sort(key=lambda row: row[0])
    return as_plan([(int(draw.integers(0, len(asked.vehicles.start))), end, who) for _, end, who in rows])


def spoil(draw: Draw, asked: Problem, rows: list[tuple[float, int, list[int]]]) -> None:
    """Now and then a trip with nobody, with one twice, or with one who is named elsewhere too."""
    ends = len(asked.facilities.stop) + len(asked.exchange)
    if draw.random() < 0.1:
        rows.append((float(draw.random()), int(draw.integers(0, ends)), []))
    if rows and draw.random() < 0.1:
        _, _, who = rows[int(draw.integers(0, len(rows)))]
        who.append(int(draw.integers(0, len(asked.casualties.stop))))


def as_plan(rows: list[tuple[int, int, list[int]]]) -> Plan:
    """(vehicle, end, casualties) rows as arrays."""
    first = np.cumsum([0, *(len(who) for _, _, who in rows)]).astype(np.int32)
    return Plan(
        np.array([vehicle for vehicle, _, _ in rows], np.int32),
        np.array([end for _, end, _ in rows], np.int32),
        first,
        np.array([one for _, _, who in rows for one in who], np.int32),
    )


def medium(draw: Draw, count: int = 60, fleet: int = 30, houses: int = 12, hours: float = 6.0) -> Problem:
    """A day of about 100 km.

    Few surgical facilities, ambulances and some helicopters, everybody known beforehand.
    """
    stops = count + fleet + houses
    at = draw.random((stops, 2)) * 100_000
    metres = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    time = np.stack([1.35 * metres / 15.0, metres / 60.0])
    surgical = np.arange(houses) < (2 * houses) // 3
    return Problem(
        0.0,
        _hurt(draw, count, hours),
        _mixed_fleet(draw, count, fleet),
        _houses(draw, count + fleet, surgical),
        np.zeros(0, np.int32),
        Roads(
            time.astype(np.float32),
            (1.3 * time).astype(np.float32),
            np.stack([1.35 * metres, metres]).astype(np.float32),
            np.arange(stops) >= count + fleet,
            np.zeros(stops, bool),
            np.zeros((0, 2)),
        ),
    )


def _hurt(draw: Draw, count: int, hours: float) -> Casualties:
    """Known one after another over some hours, hurt minutes before."""
    known = np.sort(draw.random(count)) * hours * 3600
    category = draw.choice(3, count, p=[0.3, 0.4, 0.3]).astype(np.int32)
    operated = category < 2
    return Casualties(
        known - 60 * draw.integers(2, 12, count),
        known,
        np.arange(count, dtype=np.int32),
        category,
        operated | (draw.random(count) < 0.3),
        operated,
        operated.astype(np.uint32),
        np.full(count, NOBODY, np.int32),
        np.full(count, NOBODY, np.int32),
    )


def _mixed_fleet(draw: Draw, first: int, fleet: int) -> Vehicles:
    """A tenth are helicopters; each stands at its own stop from `first` on."""
    flies = np.arange(fleet) < fleet // 10
    return Vehicles(
        np.arange(first, first + fleet, dtype=np.int32),
        np.zeros(fleet),
        np.where(flies, 600.0, 120.0),
        flies.astype(np.int32),
        np.where(flies, 4, draw.integers(1, 3, fleet)).astype(np.int32),
        np.full(fleet, 2, np.int32),
        np.full(fleet, 300.0),
        np.full(fleet, 180.0),
        flies,
        flies,
        np.zeros(fleet, bool),
        np.where(flies, 300_000.0, NEVER),
        np.full(fleet, 900.0),
        np.full(fleet, NEVER),
    )


def _houses(draw: Draw, first: int, surgical: np.ndarray) -> Facilities:
    """One to three tables where there is surgery, and a queue of as many as there are houses."""
    houses = len(surgical)
    tables = np.full((houses, 3), NEVER)
    for house in np.flatnonzero(surgical):
        tables[house, : int(draw.integers(1, 4))] = 0.0
    return Facilities(
        np.arange(first, first + houses, dtype=np.int32),
        surgical.astype(np.uint32),
        draw.integers(6, 15, houses).astype(np.int32),
        np.full(houses, 600.0),
        60.0 * draw.integers(60, 110, houses),
        tables,
        draw.choice(np.flatnonzero(surgical), houses).astype(np.int32),
        np.zeros(houses),
        draw.integers(0, 3, houses).astype(np.int32),
    )

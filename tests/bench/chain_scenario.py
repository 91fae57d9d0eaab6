"""Seeded scenarios of the chain's bench: who is hurt where and when, what there is to help, what goes wrong.

A scenario is what is true. What a planner is told of it, and when, is `chain_world`'s. Times are seconds
from the scenario's beginning; every number comes from one generator seeded by class, size and seed.
"""

import zlib
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tests.bench.chain_net import AIR, Net

Floats = NDArray[np.float64]
Whole = NDArray[np.int32]
Marks = NDArray[np.bool_]

CLASSES = (
    "steady", "mass-casualty", "several-incidents", "air-denied", "night", "facility-lost", "comms-lost",
)  # fmt: skip
HOUR, MINUTE = 3600.0, 60.0
NEVER = float("inf")
ANY, SURGERY, SPECIAL = 1, 2, 4  # what a facility can do, as bits
SHARES = (0.20, 0.45, 0.35)  # P1, P2, P3
TOLD = ((0.93, 0.06, 0.01), (0.15, 0.75, 0.10), (0.03, 0.17, 0.80))  # reported as, by the true one
OPERATED = (0.95, 0.85, 0.05)  # needs a table, by the true one
LIES = (0.95, 0.75, 0.25)


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    casualties: int
    vehicles: int
    facilities: int
    hours: float  # over which they are hurt


SIZES = {
    "S": Size(15, 8, 5, 3.0),
    "M": Size(60, 30, 12, 6.0),
    "L": Size(150, 60, 20, 6.0),
    "XL": Size(300, 100, 30, 6.0),
}


@dataclass(frozen=True)
class Hurt:
    """Casualties [C] in the order of their reports."""

    injured: Floats
    reported: Floats
    stop: Whole
    true: Whole  # category
    told: Whole  # category as reported
    corrected: Floats  # when a second look tells the true one, if still at the scene; inf never
    lies: Marks
    operated: Marks
    need: Whole  # bits


@dataclass(frozen=True)
class Fleet:
    """Vehicles [V]."""

    start: Whole
    turnout: Floats
    profile: Whole
    litters: Whole
    seats: Whole
    load: Floats
    unload: Floats
    cares: Marks
    flies: Marks
    day_only: Marks
    reach: Floats
    refuel: Floats
    until: Floats


@dataclass(frozen=True)
class Houses:
    """Facilities [F]; `busy` [F, T] s until when each table is taken at first, inf where there is none."""

    stop: Whole
    able: Whole
    beds: Whole
    prepare: Floats
    case: Floats
    busy: Floats
    walk_in: tuple[tuple[float, int], ...]  # who comes by himself, needs a table and is P2: when, where


@dataclass(frozen=True)
class Draws:
    """What no planner sees: standard normals, the same whatever is planned."""

    way: Floats  # (2, S, S) of each leg on the ground, in the air
    load: Floats  # (C,)
    unload: Floats  # (C,)
    ready: Floats  # (C + W,) of preparing; walk-ins last
    case: Floats  # (C + W,) of surgery


@dataclass(frozen=True)
class Scenario:
    """All of it. Stops: facilities, exchange points, posts, then places of incidents as they are reported."""

    kind: str
    size: str
    seed: int
    net: str
    hurt: Hurt
    fleet: Fleet
    houses: Houses
    exchange: Whole
    fixed: int  # stops known from the first
    seconds: Floats  # (K, S, S)
    bound: Floats
    metres: Floats
    fuel: Marks
    lit: Marks
    dark: Floats  # (N, 2)
    denied: tuple[float, float] | None  # no aircraft sets out
    silent: tuple[float, float] | None  # news is late
    lost: tuple[float, int] | None  # from when on which facility is lost
    draws: Draws


def scenario(kind: str, size: str, seed: int, nets: dict[str, Net]) -> Scenario:
    """The scenario of these; towns in turn by seed."""
    rng = np.random.default_rng([zlib.crc32(f"{kind} {size}".encode()), seed])
    towns = sorted({name.removesuffix("-night") for name in nets})
    net = nets[towns[seed % len(towns)] + ("-night" if kind == "night" else "")]
    return _Maker(kind, size, seed, net, rng).made()


class _Maker:
    """Draws one scenario."""

    def __init__(self, kind: str, size: str, seed: int, net: Net, rng: np.random.Generator) -> None:
        self.kind, self.size, self.seed, self.net, self.rng = kind, size, seed, net, rng
        self.many = SIZES[size]
        self.main = max(1, round(self.many.facilities / 6))  # hospitals
        self.second = max(1, round(self.many.facilities / 2))  # forward surgical ones

    def made(self) -> Scenario:
        doors = self._doors()
        sites, posts = self._spread(max(1, self.many.facilities // 4)), self._posts(doors)
        hurt, scenes = self._hurt(doors)
        places = np.concatenate((doors, sites, posts, scenes))
        fixed = len(places) - len(scenes)
        hurt = replace(hurt, stop=(hurt.stop + fixed).astype(np.int32))
        fleet = self._fleet(len(doors), len(posts), fixed)
        houses = self._houses()
        fuel = np.zeros(len(places), bool)
        fuel[: self.main] = True
        fuel[len(doors)] = True  # the first exchange point
        pads = self._pads(len(doors), len(sites), len(posts), len(scenes))
        ways = [each[:, places[:, None], places[None, :]] for each in
                (self.net.seconds, self.net.bound, self.net.metres)]  # fmt: skip
        shut = ~(pads[:, None] & pads[None, :])
        for each in ways:
            each[AIR][shut] = np.inf
            each[:, np.arange(len(places)), np.arange(len(places))] = 0.0
        lit = fuel.copy()
        lit[: self.main + self.second] = True
        walk = len(houses.walk_in)
        return Scenario(
            kind=self.kind, size=self.size, seed=self.seed, net=self.net.name, hurt=hurt, fleet=fleet,
            houses=houses, exchange=np.arange(len(doors), len(doors) + len(sites), dtype=np.int32),
            fixed=fixed, seconds=ways[0], bound=ways[1], metres=ways[2], fuel=fuel, lit=lit,
            dark=self._dark(), **self._trouble(), draws=self._draws(len(places), walk),
        )  # fmt: skip

    # --- places

    def _spread(self, many: int) -> Whole:
        return self.rng.choice(len(self.net.at), many, replace=False).astype(np.int32)

    def _doors(self) -> Whole:
        """Facilities: the first near the middle, every next one far from those there are."""
        at, middle = self.net.at, np.median(self.net.at, axis=0)
        near = np.argsort(np.hypot(*(at - middle).T))[:8]
        chosen = [int(self.rng.choice(near))]
        while len(chosen) < self.many.facilities:
            some = self.rng.choice(len(at), 10, replace=False)
            away = np.hypot(*(at[some][:, None] - at[chosen][None]).transpose(2, 0, 1)).min(axis=1)
            away[np.isin(some, chosen)] = -1.0
            chosen.append(int(some[np.argmax(away)]))
        return np.asarray(chosen, np.int32)

    def _posts(self, doors: Whole) -> Whole:
        """Where vehicles stand at first: at facilities and forward."""
        forward = self._spread(max(2, self.many.vehicles // 2))
        return np.concatenate((doors[: self.main + self.second], forward))

    def _pads(self, doors: int, sites: int, posts: int, scenes: int) -> Marks:
        """Where a helicopter can land: facilities with tables, exchange points, posts, half the scenes."""
        houses = np.arange(doors) < self.main + self.second
        told = (houses, np.ones(sites, bool), np.ones(posts, bool), self.rng.random(scenes) < 0.5)
        return np.concatenate(told)

    # --- casualties

    def _incidents(self) -> list[tuple[float, int]]:
        """When, how many."""
        left, over, found = self.many.casualties, self.many.hours * HOUR, list[tuple[float, int]]()
        if self.kind == "mass-casualty":
            found.append((HOUR, round(0.45 * left)))
        if self.kind == "several-incidents":
            at = self.rng.uniform(0.25 * HOUR, over / 2, 4)
            found += [(float(each), max(1, round(0.18 * left))) for each in at]
        left -= sum(many for _, many in found)
        while left > 0:
            many = min(left, int(self.rng.choice((1, 2, 3, 4), p=(0.4, 0.3, 0.2, 0.1))))
            found.append((float(self.rng.uniform(0.0, over)), many))
            left -= many
        return sorted(found)

    def _hurt(self, doors: Whole) -> tuple[Hurt, Whole]:
        """Casualties with the places of incidents, both in the order of the reports."""
        incidents, hot = self._incidents(), self._hot(doors)
        of = np.concatenate([np.full(many, i) for i, (_, many) in enumerate(incidents)])
        count, rng = len(of), self.rng
        injured = np.asarray([incidents[i][0] for i in of]) + rng.exponential(2 * MINUTE, count)
        delay = rng.exponential(4 * MINUTE, len(incidents)) + MINUTE
        reported = injured + delay[of] + rng.exponential(MINUTE, count)
        if self.kind == "comms-lost":
            begin, end = self._silence()
            reported += (
                ((reported > begin) & (reported < end)) * rng.uniform(10, 40, len(incidents))[of] * MINUTE
            )
        true = rng.choice(3, count, p=SHARES)
        told = np.asarray([rng.choice(3, p=TOLD[each]) for each in true])
        wrong = (true != told) & (rng.random(count) < 0.5)
        operated = rng.random(count) < np.asarray(OPERATED)[true]
        need = ANY + SURGERY * operated + SPECIAL * (operated & (rng.random(count) < 0.08))
        scenes = np.asarray([rng.choice(hot[i % len(hot)]) for i in range(len(incidents))])
        first = np.asarray([reported[of == i].min() for i in range(len(incidents))])
        rank = np.empty(len(incidents), int)
        rank[np.argsort(first)] = np.arange(len(incidents))
        order = np.argsort(reported, kind="stable")
        columns = (
            injured, reported, rank[of], true, told,
            np.where(wrong, reported + rng.exponential(25 * MINUTE, count), NEVER),
            rng.random(count) < np.asarray(LIES)[true], operated, need,
        )  # fmt: skip
        kinds = (float, float, np.int32, np.int32, np.int32, float, bool, bool, np.int32)
        made = [np.asarray(each)[order].astype(kind) for each, kind in zip(columns, kinds, strict=True)]
        return Hurt(*made), scenes[np.argsort(first)].astype(np.int32)

    def _hot(self, doors: Whole) -> list[Whole]:
        """Where incidents are, in turn: around three places of trouble, the first near a forward table."""
        at, found = self.net.at, list[Whole]()
        for center in (doors[self.main], *self._spread(2)):
            away = np.hypot(*(at - at[center]).T)
            found.append(np.argsort(away)[1:16].astype(np.int32))
        return found

    # --- means

    def _houses(self) -> Houses:
        many, rng, main, second = self.many.facilities, self.rng, self.main, self.second
        rank = np.where(np.arange(many) < main, 0, np.where(np.arange(many) < main + second, 1, 2))
        able = np.choose(rank, (ANY | SURGERY | SPECIAL, ANY | SURGERY, ANY)).astype(np.int32)
        beds = np.round(np.choose(rank, (0.5, 0.22, 0.12)) * self.many.casualties * 12 / many) + 2
        busy = np.full((many, 3), NEVER)
        for f in range(main + second):
            tables = 3 if f < main else 1
            busy[f, :tables] = np.where(rng.random(tables) < 0.5, rng.uniform(0, 75 * MINUTE, tables), 0.0)
        walk = [
            (float(at), f)
            for f in range(main + second)
            for at in np.sort(rng.uniform(0, 6 * HOUR, rng.poisson(0.5)))
        ]
        return Houses(
            np.arange(many, dtype=np.int32), able, beds.astype(np.int32),
            np.choose(rank, (10 * MINUTE, 10 * MINUTE, 0.0)),
            np.choose(rank, (75 * MINUTE, 75 * MINUTE, 1.0)), busy, tuple(sorted(walk)),
        )  # fmt: skip

    def _fleet(self, doors: int, posts: int, fixed: int) -> Fleet:
        """Ambulances, 4x4, trucks, and about one in eight is a helicopter."""
        many, rng = self.many.vehicles, self.rng
        air = max(1, round(many / 8))
        kind = np.concatenate((rng.choice(3, many - air, p=(0.55, 0.35, 0.10)), np.full(air, AIR)))
        flies = kind == AIR
        start = rng.integers(fixed - posts, fixed, many)
        start[flies] = rng.integers(0, self.main, air)
        turns = rng.random(many) < 0.5
        by_kind = lambda *four: np.choose(kind, four)  # noqa: E731  (a table by kind, four times)
        return Fleet(
            start=start.astype(np.int32), turnout=by_kind(120.0, 120.0, 240.0, 480.0),
            profile=kind.astype(np.int32), litters=by_kind(2, 2, 4, 3).astype(np.int32),
            seats=by_kind(1, 2, 8, 2).astype(np.int32), load=by_kind(180.0, 180.0, 120.0, 180.0),
            unload=by_kind(120.0, 120.0, 90.0, 120.0), cares=by_kind(1, 1, 0, 1).astype(bool), flies=flies,
            day_only=flies & (np.arange(many) % 2 == 0), reach=np.where(flies, 250_000.0, NEVER),
            refuel=np.where(flies, 900.0, 0.0),
            until=np.where(turns, rng.uniform(5, 10, many), 14.0) * HOUR,
        )  # fmt: skip

    # --- what goes wrong

    def _dark(self) -> Floats:
        """Seconds of night: from the first hour in the class of that name, else after the day."""
        return np.asarray([[HOUR, 12 * HOUR]] if self.kind == "night" else [[9 * HOUR, 20 * HOUR]])

    def _silence(self) -> tuple[float, float]:
        return 1.0 * HOUR, 0.6 * self.many.hours * HOUR

    def _trouble(self) -> dict[str, tuple[float, float] | tuple[float, int] | None]:
        last = self.many.hours
        return {
            "denied": (0.15 * last * HOUR, 0.75 * last * HOUR) if self.kind == "air-denied" else None,
            "silent": self._silence() if self.kind == "comms-lost" else None,
            "lost": (0.35 * last * HOUR, 0 if self.main > 1 else self.main)
            if self.kind == "facility-lost"
            else None,
        }

    def _draws(self, stops: int, walk: int) -> Draws:
        rng, many = self.rng, self.many.casualties
        return Draws(
            rng.standard_normal((2, stops, stops)), rng.standard_normal(many), rng.standard_normal(many),
            rng.standard_normal(many + walk), rng.standard_normal(many + walk),
        )  # fmt: skip

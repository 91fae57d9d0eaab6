"""A trip in the world: from setting out to the last hand-over, in drawn times."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.bench.chain_scenario import Scenario

Z90 = 1.2815515655446004  # a normal's quantile that nine in ten keep
LOADING, UNLOADING = 0.3, 0.3  # spread of the logarithm
REFUEL_BELOW = 0.5  # an aircraft with less than this share left is refuelled when its trip is over
NEVER = float("inf")


@dataclass(frozen=True)
class Trip:
    """One that has been begun; s. `steps`: when each part really ends, and how long it was thought to be."""

    end: int  # as Plan.end
    who: tuple[int, ...]
    stop: int
    loaded: dict[int, float]
    handed: float  # when all are handed over
    arrives: float
    over: float
    rests: int  # where the vehicle stands in the end
    left: float  # metres in the tank
    steps: tuple[tuple[float, float], ...]
    arriving: int  # the step that ends with the arrival
    handing: int  # the step that ends with the hand-over of all

    def thought(self) -> float:
        """Seconds until all are handed over, as they were thought to be at the start."""
        return sum(middle for _, middle in self.steps[: self.handing + 1])

    def expected(self, step: int, now: float, heard: float) -> float:
        """When a step ends, for who knows which steps had ended by `heard`."""
        done = [i for i, (ended, _) in enumerate(self.steps[: step + 1]) if ended <= heard]
        last = done[-1] if done else -1
        if last == step:
            return self.steps[step][0]
        begun = self.steps[max(last, 0)][0]
        under_way = max(begun + self.steps[last + 1][1], now + 30.0)
        return under_way + sum(middle for _, middle in self.steps[last + 2 : step + 1])


def light(of: Scenario, v: int, to: int, leg: tuple[float, float]) -> float:
    """The first instant from which an aircraft may fly a leg there, ready at (s) for so many seconds."""
    begins, seconds = leg
    day_only = bool(of.fleet.day_only[v])
    for begin, end in of.dark.tolist():
        if day_only and begins < end and begins + seconds > begin:
            begins = end
        elif not of.lit[to] and begin < begins + seconds < end:
            begins = end - seconds
    return begins


class _Way:
    """The one under way: moves the clock on, keeps the tank."""

    def __init__(self, of: Scenario, v: int, stop: int, at: float, left: float) -> None:
        self.of, self.v, self.stop, self.at, self.left = of, v, stop, at, left
        self.profile, self.flies = int(of.fleet.profile[v]), bool(of.fleet.flies[v])
        self.steps: list[tuple[float, float]] = [(at, 0.0)]

    def spend(self, seconds: float, middle: float) -> None:
        """Something that takes time where it stands."""
        self.at += seconds
        self.steps.append((self.at, middle))

    def drawn(self, to: int) -> float:
        """Seconds of a leg as they really are: the middle in half of all, the bound kept by nine in ten."""
        middle = float(self.of.seconds[self.profile, self.stop, to])
        bound = float(self.of.bound[self.profile, self.stop, to])
        if middle <= 0.0:
            return middle
        z = float(self.of.draws.way[int(self.flies), self.stop, to])
        return middle * math.exp(math.log(max(bound / middle, 1.0)) / Z90 * min(z, 3.0))

    def go(self, to: int) -> bool:
        """A leg, with what comes before it; False when there is no such way."""
        if to == self.stop:
            return True
        middle = float(self.of.seconds[self.profile, self.stop, to])
        if not math.isfinite(middle):
            return False
        if self.flies and not self._fuelled(float(self.of.metres[self.profile, self.stop, to])):
            return False
        seconds = self.drawn(to)
        if self.flies:
            begins = light(self.of, self.v, to, (self.at, seconds))
            if not math.isfinite(begins):
                return False
            self.spend(begins - self.at, begins - self.at)
        self.spend(seconds, middle)
        self.stop = to
        return True

    def _fuelled(self, metres: float) -> bool:
        fleet = self.of.fleet
        if metres > self.left:
            if not self.of.fuel[self.stop] or metres > fleet.reach[self.v]:
                return False
            self.refuel()
        self.left -= metres
        return True

    def refuel(self) -> None:
        """Full again."""
        self.spend(float(self.of.fleet.refuel[self.v]), float(self.of.fleet.refuel[self.v]))
        self.left = float(self.of.fleet.reach[self.v])

    def rest(self) -> None:
        """An aircraft low on fuel goes where it is filled up, and stays there."""
        if not self.flies or self.left >= REFUEL_BELOW * float(self.of.fleet.reach[self.v]):
            return
        if not self.of.fuel[self.stop]:
            away = self.of.metres[self.profile, self.stop]
            metres: NDArray[np.float64] = np.where(self.of.fuel, away, NEVER)
            if not math.isfinite(metres.min()) or not self.go(int(metres.argmin())):
                return
        self.refuel()


def travel(
    of: Scenario, v: int, standing: tuple[int, float, float], end: int, who: list[tuple[int, int, float]]
) -> Trip | None:
    """The trip of a vehicle that stands (stop, s, metres left) with casualties (row, stop, there from, s).

    None where it cannot be done.
    """
    fleet, doors = of.fleet, len(of.houses.stop)
    target = int(of.houses.stop[end] if end < doors else of.exchange[end - doors])
    way = _Way(of, v, *standing)
    loaded = dict[int, float]()
    for c, stop, there in who:
        if not way.go(stop):
            return None
        if there > way.at:
            way.spend(there - way.at, 0.0)  # about when it was thought to come
        middle = float(fleet.load[v])
        way.spend(middle * math.exp(LOADING * float(of.draws.load[c])), middle)
        loaded[c] = way.at
    if not way.go(target):
        return None
    arrives = way.at
    for c, _, _ in who:
        middle = float(fleet.unload[v])
        way.spend(middle * math.exp(UNLOADING * float(of.draws.unload[c])), middle)
    handed, handing = way.at, len(way.steps) - 1
    arriving = handing - len(who)
    way.rest()
    return Trip(
        end, tuple(c for c, _, _ in who), target, loaded, handed, arrives, way.at, way.stop, way.left,
        tuple(way.steps), arriving, handing,
    )  # fmt: skip

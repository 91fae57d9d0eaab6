"""Trips in middle times, for the baselines of the chain's bench: when one is over, whether it may be done."""

import math
from typing import NamedTuple

import numpy as np

from casevac.planner.problem import Problem

Standing = tuple[int, float, float]  # stop, ready (s), metres left


class Over(NamedTuple):
    """A trip that can be done: when it arrives, and how the vehicle stands then."""

    arrives: float
    after: Standing


class Timing:
    """The rules for one vehicle, one trip."""

    def __init__(self, problem: Problem) -> None:
        self.of = problem
        self.dark: list[list[float]] = problem.roads.dark.tolist()

    def standing(self, v: int) -> Standing:
        """Before its first trip."""
        fleet = self.of.vehicles
        return int(fleet.start[v]), float(fleet.free[v] + fleet.turnout[v]), float(fleet.reach[v])

    def over(self, v: int, standing: Standing, f: int, who: list[int]) -> Over | None:
        """The trip to a facility, or None where it cannot be done."""
        fleet, people = self.of.vehicles, self.of.casualties
        now: Standing | None = standing
        for c in who:
            now = self._leg(v, now, int(people.stop[c]))
            if now is None:
                return None
            now = now[0], max(now[1], float(people.known[c])) + float(fleet.load[v]), now[2]
        now = self._leg(v, now, int(self.of.facilities.stop[f])) if now is not None else None
        if now is None:
            return None
        over = now[1] + len(who) * float(fleet.unload[v])
        return None if over > fleet.until[v] else Over(now[1], (now[0], over, now[2]))

    def _leg(self, v: int, standing: Standing, to: int) -> Standing | None:
        stop, at, left = standing
        if stop == to:
            return standing
        fleet, roads = self.of.vehicles, self.of.roads
        profile = int(fleet.profile[v])
        seconds, metres = float(roads.seconds[profile, stop, to]), float(roads.metres[profile, stop, to])
        if not math.isfinite(seconds):
            return None
        if not fleet.flies[v]:
            return to, at + seconds, left
        if metres > left:
            if not roads.fuel[stop] or metres > fleet.reach[v]:
                return None
            at, left = at + float(fleet.refuel[v]), float(fleet.reach[v])
        for begin, end in self.dark:
            if fleet.day_only[v] and at < end and at + seconds > begin:
                at = end
            elif not roads.lit[to] and begin <= at + seconds < end:
                at = end - seconds
        return to, at + seconds, left - metres


class Means:
    """Beds, and places aboard."""

    def __init__(self, problem: Problem) -> None:
        self.of = problem
        self.beds = problem.facilities.beds.tolist()
        self.able = problem.facilities.able.tolist()
        self.need = problem.casualties.need.tolist()
        self.lies = problem.casualties.lies.tolist()
        self.stop = problem.casualties.stop.tolist()

    def takes(self, f: int, who: list[int]) -> bool:
        """Can it do what they need, and has it the beds?"""
        return self.beds[f] >= len(who) and all(self.need[c] & ~self.able[f] == 0 for c in who)

    def carries(self, v: int, who: list[int]) -> bool:
        """Are there places for all at once?"""
        litters, seats = int(self.of.vehicles.litters[v]), int(self.of.vehicles.seats[v])
        lying = sum(self.lies[c] for c in who)
        return lying <= litters and len(who) - lying <= seats + litters - lying

    def along(self, v: int, f: int, c: int, others: list[int]) -> list[int]:
        """The casualty, and whom else at the same stop the vehicle can take to the same place now."""
        who, known = [c], self.of.casualties.known
        for n in others:
            if n == c or self.stop[n] != self.stop[c] or known[n] > max(known[c], self.of.now):
                continue
            if self.carries(v, [*who, n]) and self.takes(f, [*who, n]):
                who.append(n)
        return who

    def take(self, f: int, who: list[int]) -> None:
        """Beds are gone."""
        self.beds[f] -= len(who)


def empty() -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """No trips."""
    return np.zeros(0, np.int32)

"""The rescue chain: legs as a graph, what is done of it, when it will arrive, what is late."""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec.structs import replace

from casevac.casualty import Casualty, Move
from casevac.events import ChainPlanned, Leg, Road
from casevac.mission import Profile
from casevac.position import Fix
from casevac.stamp import Said
from casevac.task import Task, TaskEnd
from casevac.terms import LegState, Mode, Purpose, VehicleState
from casevac.vehicle import Vehicle
from geo import graphs as nx

WORTH_SAYING_S = 60.0  # a leg less than this behind is not late
ON_FOOT = "on foot"  # in place of a vehicle: a litter team of those at the scene
METRES_A_DEGREE = 111_195.0  # of latitude on the mean sphere; only proportions along a path rest on it


class Chain(msgspec.Struct, frozen=True):
    """A chosen option under way; `roads` are the legs whose roads changed since, by their index."""

    id: str
    planned: Said[ChainPlanned]
    roads: dict[int, Said[Road]] = {}
    looked: Said[tuple[str, ...]] | None = None  # the hazards under which its roads were looked at last
    by_now: ChainPlanned | None = None  # the plan on these roads; None while they are those of the plan

    @property
    def plan(self) -> ChainPlanned:
        """What was ordered, on the roads as they are by now; the instants are those that were promised."""
        return self.by_now or self.planned.value

    @property
    def standing(self) -> tuple[str, ...]:
        """The hazards by which its roads go."""
        return self.planned.value.standing if self.looked is None else self.looked.value

    @property
    def blocked(self) -> tuple[Road, ...]:
        """Legs that have no way left, with the reason."""
        return tuple(said.value for _, said in sorted(self.roads.items()) if said.value.why)


def on_roads(chain: Chain) -> Chain:
    """The chain with its plan on the roads that are told of it; a leg without a way keeps its last road."""
    legs = list(chain.planned.value.legs)
    for index, said in chain.roads.items():
        if 0 <= index < len(legs) and len(said.value.path) > 1:
            legs[index] = _on(legs[index], said.value)
    same = tuple(legs) == chain.planned.value.legs
    plan = None if same else replace(chain.planned.value, legs=tuple(legs))
    return replace(chain, by_now=plan)


def _on(leg: Leg, road: Road) -> Leg:
    return replace(
        leg,
        path=road.path,
        metres=road.metres,
        seconds_p50=road.seconds_p50,
        seconds_p90=road.seconds_p90,
        estimated=road.estimated,
        exposure_s=road.exposure_s,
        danger_s=road.danger_s,
    )


class Progress(NamedTuple):
    """How far one leg has come, from events alone."""

    state: LegState
    started_at: datetime | None = None
    done_at: datetime | None = None


class Arrival(NamedTuple):
    """When a leg departs and arrives: as it did, or as is expected now (middle and 90 % bound)."""

    depart_at: datetime
    p50_at: datetime
    p90_at: datetime


class Late(NamedTuple):
    """Something of the chain that is behind its plan."""

    leg: int
    seconds: float
    words: str


def graph(legs: Sequence[Leg]) -> "nx.DiGraph[int]":
    """The legs as nodes by their index; an arc says that one must end before the other begins.

    A leg follows the last one of its own vehicle, and every leg that brings its casualties to
    where it starts: an exchange point joins the legs of both vehicles. Litter teams are not one vehicle.
    """
    joined: nx.DiGraph[int] = nx.DiGraph()
    joined.add_nodes_from(range(len(legs)))
    last: dict[str, int] = {}
    for index, leg in enumerate(legs):
        if leg.vehicle in last and leg.mode != Mode.FOOT:
            joined.add_edge(last[leg.vehicle], index)
        last[leg.vehicle] = index
        joined.add_edges_from((other, index) for other in range(index) if _brings(legs[other], leg))
    return joined


def _brings(earlier: Leg, leg: Leg) -> bool:
    same_stop = (earlier.end.lon, earlier.end.lat) == (leg.start.lon, leg.start.lat)
    return same_stop and not set(earlier.casualties).isdisjoint(leg.casualties)


# --- what is done


def progress(
    chain: Chain,
    casualties: Mapping[str, Casualty],
    vehicles: Mapping[str, Vehicle],
    tasks: Mapping[str, Task],
) -> tuple[Progress, ...]:
    """How far each leg of the chain has come; `tasks` are those of this chain, by vehicle."""
    carried = [casualties[zap] for zap in chain.plan.casualties if zap in casualties]
    found: list[Progress] = []
    since: dict[
        str, datetime | None
    ] = {}  # the end of each vehicle's last leg with casualties; None: not yet
    for leg in chain.plan.legs:
        vehicle = vehicles.get(leg.vehicle, Vehicle(leg.vehicle))
        task = tasks.get(leg.vehicle)
        within = window(chain, task)
        aboard = [casualty for casualty in carried if casualty.id in leg.casualties]
        if leg.mode == Mode.FOOT:
            found.append(_carried_on_foot(aboard, chain.planned.stamp[0]))
        elif not leg.casualties:
            found.append(_approaching(vehicle, task, carried, within))
        elif since.get(leg.vehicle, within.since) is None:
            found.append(Progress(LegState.PLANNED))  # it has not come to where this leg starts
        else:
            begun = since.get(leg.vehicle) or within.since
            doors = {leg.end.id, chain.plan.facility}
            found.append(_carrying(vehicle, aboard, doors, Window(begun, within.until)))
            since[leg.vehicle] = found[-1].done_at
    return tuple(found)


class Window(NamedTuple):
    """From when to when a vehicle's words are about one chain."""

    since: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """True when the instant lies within."""
        return self.since <= at and (self.until is None or at <= self.until)


def window(chain: Chain, task: Task | None) -> Window:
    """From the sending of the task to its end; without one from the planning on."""
    if task is None or task.sent is None:
        return Window(chain.planned.stamp[0], None)
    return Window(task.sent[0], None if task.ended is None else task.ended.stamp[0])


def _approaching(
    vehicle: Vehicle, task: Task | None, carried: Sequence[Casualty], within: Window
) -> Progress:
    """A leg without casualties: done when the vehicle is on the scene or the first one is aboard."""
    loaded = (_loaded_at(casualty, vehicle.id, within.since) for casualty in carried)
    there = [at for at in loaded if at is not None]
    there += _said(vehicle, within, VehicleState.ON_SCENE, VehicleState.TO_FACILITY)
    begun = _said(vehicle, within, VehicleState.TO_PICKUP)
    if task is not None and task.accepted_at is not None:
        begun.append(task.accepted_at)
    started_at = min(begun, default=None)
    if there:
        return Progress(LegState.DONE, started_at, min(there))
    return Progress(LegState.PLANNED if started_at is None else LegState.STARTED, started_at)


def _carried_on_foot(aboard: Sequence[Casualty], since: datetime) -> Progress:
    """A litter team sets out when the plan is made; it is done when somebody else has them all."""
    taken = [next((move.at for move in one.moves if move.at >= since), None) for one in aboard]
    there = [at for at in taken if at is not None]
    if there and len(there) == len(aboard):
        return Progress(LegState.DONE, since, max(there))
    return Progress(LegState.STARTED, since)


def _carrying(
    vehicle: Vehicle, aboard: Sequence[Casualty], doors: Collection[str], within: Window
) -> Progress:
    """A leg with casualties: under way when all are aboard, done when all who were have been handed on."""
    loaded = [_loaded_at(casualty, vehicle.id, within.since) for casualty in aboard]
    handed = [_handed_on_at(casualty, vehicle.id, doors, within.since) for casualty in aboard]
    taken = [at for at in loaded if at is not None]
    left = [at for at in handed if at is not None]
    open_ones = [a for a, b in zip(loaded, handed, strict=True) if a is not None and b is None]
    if left and not open_ones:
        return Progress(LegState.DONE, max(taken, default=None), max(left))
    departed = _said(vehicle, within, VehicleState.TO_FACILITY)
    if taken and (departed or len(taken) == len(aboard)):
        return Progress(LegState.STARTED, max([*taken, *departed[:1]]))
    return Progress(LegState.PLANNED)


def left_behind(
    chain: Chain, done: Sequence[Progress], casualties: Mapping[str, Casualty]
) -> dict[str, tuple[str, datetime]]:
    """Who nobody took though a leg that was to carry it is done: by whom it was left, and when."""
    since, found = chain.planned.stamp[0], dict[str, tuple[str, datetime]]()
    for leg, so_far in zip(chain.plan.legs, done, strict=True):
        for zap in leg.casualties if so_far.done_at is not None else ():
            last = casualties.get(zap, Casualty(zap)).custody
            stayed = last is None or (bool(last.facility) and last.at < since)
            if stayed and so_far.done_at is not None:
                found.setdefault(zap, (leg.vehicle, so_far.done_at))
    return found


def _said(vehicle: Vehicle, within: Window, *states: VehicleState) -> list[datetime]:
    return [at for at, state in vehicle.said if state in states and within.holds(at)]


def _loaded_at(casualty: Casualty, vehicle: str, since: datetime) -> datetime | None:
    """When the casualty came aboard; one who was aboard already counts from `since` on."""
    if _has(casualty, vehicle, since):
        return since
    return next((m.at for m in casualty.moves if m.vehicle == vehicle and m.at >= since), None)


def _has(casualty: Casualty, vehicle: str, at: datetime) -> bool:
    """True when the vehicle had the casualty at that instant."""
    until = [move for move in casualty.moves if move.at <= at]
    return bool(until) and until[-1].vehicle == vehicle


def _handed_on_at(
    casualty: Casualty, vehicle: str, doors: Collection[str], since: datetime
) -> datetime | None:
    """When the casualty left the vehicle, or reached a door though nobody reported the vehicle."""
    moves: list[Move] = [move for move in casualty.moves if move.at >= since]
    if _has(casualty, vehicle, since):
        return next((move.at for move in moves if move.at > since and move.vehicle != vehicle), None)
    aboard = next((index for index, move in enumerate(moves) if move.vehicle == vehicle), None)
    if aboard is not None:
        return next((move.at for move in moves[aboard + 1 :] if move.vehicle != vehicle), None)
    return next((move.at for move in moves if move.facility in doors and move.facility), None)


def stops_on_way(plan: ChainPlanned) -> frozenset[str]:
    """Facilities that the chain stops at on its way to the last."""
    ends = {leg.end.id for leg in plan.legs if leg.casualties and leg.purpose == Purpose.TO_FACILITY}
    return frozenset(ends - {plan.facility})


def status(chain: Chain, casualties: Mapping[str, Casualty], tasks: Mapping[str, Task]) -> str:
    """The word for the chain: active, finished or cancelled (View knows which are replaced).

    Finished: every casualty is in a facility that is no stop on the way, or all tasks ended and one was
    finished.
    Cancelled: a task of it was cancelled or declined before its end; the rest cannot be carried out.
    """
    carried = [casualties.get(zap, Casualty(zap)) for zap in chain.plan.casualties]
    since = chain.planned.stamp[0]
    between = stops_on_way(chain.plan)
    if carried and all(c.facility and c.facility not in between and c.moves[-1].at >= since for c in carried):
        return "finished"
    ends = [task.ended.value for task in tasks.values() if task.ended is not None]
    if any(end != TaskEnd.FINISHED for end in ends):
        return "cancelled"
    return "finished" if ends and len(ends) == len(tasks) else "active"


# --- when it arrives


def forecast(
    legs: Sequence[Leg],
    done: Sequence[Progress],
    positions: Mapping[str, Fix],
    profile: Profile,
    now: datetime,
) -> tuple[Arrival, ...]:
    """When each leg departs and arrives: the longest path through the graph, leg by leg.

    A leg under way is measured by its vehicle's position (by vehicle id) along its path; one that
    waits departs when all that precede it have arrived and its casualties are aboard. The 90 %
    bounds are added up, so the bound of a chain errs on the late side.
    """
    joined = graph(legs)
    found: dict[int, Arrival] = {}
    for index in nx.topological_sort(joined):
        before = [found[other] for other in joined.predecessors(index)]
        met = any(legs[other].casualties for other in joined.predecessors(index))
        ready = _ready(legs[index], before, _dwell(legs[index], met, profile), now)
        fix = positions.get(legs[index].vehicle)
        found[index] = _arrival(legs[index], done[index], ready, fix, now)
    return tuple(found[index] for index in range(len(legs)))


class Ready(NamedTuple):
    """When a leg that waits can depart."""

    p50_at: datetime
    p90_at: datetime


def _ready(leg: Leg, before: Sequence[Arrival], dwell: timedelta, now: datetime) -> Ready:
    """When all that precede the leg have arrived and its casualties are aboard; not before now."""
    if not before:
        return Ready(max(now, leg.depart_at), max(now, leg.depart_at))
    middle, bound = max(a.p50_at for a in before), max(a.p90_at for a in before)
    return Ready(max(now, middle + dwell), max(now, bound + dwell))


def _dwell(leg: Leg, met: bool, profile: Profile) -> timedelta:
    """How long casualties take to be put aboard before the leg: loading, or hand-over at an exchange."""
    if not leg.casualties:
        return timedelta(0)
    return timedelta(seconds=profile.hand_over_s if met else profile.loading_s)


def _arrival(leg: Leg, so_far: Progress, ready: Ready, fix: Fix | None, now: datetime) -> Arrival:
    middle, bound = timedelta(seconds=leg.seconds_p50), timedelta(seconds=leg.seconds_p90)
    if so_far.done_at is not None:
        return Arrival(so_far.started_at or so_far.done_at, so_far.done_at, so_far.done_at)
    if so_far.started_at is not None:
        return _under_way(leg, so_far.started_at, fix, now)
    return Arrival(ready.p50_at, ready.p50_at + middle, ready.p90_at + bound)


def _under_way(leg: Leg, started_at: datetime, fix: Fix | None, now: datetime) -> Arrival:
    share, seen_at = 1.0, started_at
    if fix is not None and fix.corrected_at >= started_at:
        share, seen_at = 1.0 - share_done(leg.path, fix.lon, fix.lat), fix.corrected_at
    middle, bound = (seen_at + timedelta(seconds=s * share) for s in (leg.seconds_p50, leg.seconds_p90))
    return Arrival(started_at, max(now, middle), max(now, bound))


def share_done(path: Sequence[tuple[float, float]], lon: float, lat: float) -> float:
    """Share (0 to 1) of a path of lon, lat that lies behind its point nearest to the place."""
    return on_path(path, lon, lat)[0]


def on_path(path: Sequence[tuple[float, float]], lon: float, lat: float) -> tuple[float, int]:
    """As `share_done`, and the index of the first point of the path that lies ahead of the place."""
    if len(path) < 2:
        return 0.0, 0
    points = (np.asarray(path) - (lon, lat)) * (
        math.cos(math.radians(lat)) * METRES_A_DEGREE,
        METRES_A_DEGREE,
    )
    ax, ay = points[:-1].T
    dx, dy = np.diff(points, axis=0).T
    length = np.hypot(dx, dy)
    with np.errstate(invalid="ignore", divide="ignore"):  # a segment of no length is its own nearest point
        along = np.nan_to_num(np.clip(-(ax * dx + ay * dy) / length**2, 0.0, 1.0))
    nearest = int(np.argmin(np.hypot(ax + dx * along, ay + dy * along)))
    whole = float(length.sum())
    behind = float(length[:nearest].sum() + along[nearest] * length[nearest])
    return (behind / whole if whole > 0 else 0.0), nearest + 1


def late(chain: Chain, done: Sequence[Progress], arrivals: Sequence[Arrival]) -> tuple[Late, ...]:
    """Legs that will arrive, or did, after the 90 % bound they were planned with."""
    found = []
    for index, (leg, so_far, arrival) in enumerate(zip(chain.plan.legs, done, arrivals, strict=True)):
        behind = (arrival.p50_at - leg.arrive_p90_at).total_seconds()
        if behind > WORTH_SAYING_S:
            verb = "arrived" if so_far.state == LegState.DONE else "will arrive"
            words = f"{leg.vehicle} {verb} at {leg.end.name} {minutes(behind)} later than planned"
            found.append(Late(index, behind, words))
    return tuple(found)


def unanswered(task: Task, profile: Profile, now: datetime) -> float:
    """Seconds by which an answer to the task is overdue; 0 when it was answered or has time left."""
    if task.sent is None or task.accepted_at is not None or task.ended is not None:
        return 0.0
    return max(0.0, (now - task.sent[0]).total_seconds() - profile.acceptance_s)


def minutes(seconds: float) -> str:
    """Seconds as whole minutes, rounded up."""
    return f"{math.ceil(seconds / 60)} min"

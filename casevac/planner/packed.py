"""The problem as the kernels read it: one record a casualty, vehicle and facility; checked once."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from casevac.errors import CasevacError
from casevac.planner.problem import Floats, Marks, Plan, Problem, Whole

Records = npt.NDArray[np.void]
Ways = npt.NDArray[np.float32]
Long = npt.NDArray[np.int64]  # all whole numbers of kernels: with two widths each would be compiled twice

CATEGORIES = 4
_CASUALTY = np.dtype(
    [("injured", "f8"), ("known", "f8"), ("stop", "i8"), ("category", "i8"), ("need", "u4"),
     ("ordered_vehicle", "i8"), ("ordered_end", "i8"), ("lies", "i8"), ("operated", "i8")],
    align=True,
)  # fmt: skip
_VEHICLE = np.dtype(
    [("free", "f8"), ("turnout", "f8"), ("load", "f8"), ("unload", "f8"), ("reach", "f8"), ("refuel", "f8"),
     ("until", "f8"), ("start", "i8"), ("profile", "i8"), ("litters", "i8"), ("seats", "i8"),
     ("cares", "i8"), ("flies", "i8"), ("day_only", "i8")],
    align=True,
)  # fmt: skip
_FACILITY = np.dtype(
    [("prepare", "f8"), ("case", "f8"), ("stop", "i8"), ("beds", "i8"), ("able", "u4")], align=True
)


class BadProblem(CasevacError):
    """The planner was given numbers that contradict one another."""


class Packed(NamedTuple):
    """See Problem. `queue_first` (F + 1,): rows first[f] to first[f + 1] of the queue wait at facility f."""

    casualties: Records
    vehicles: Records
    facilities: Records
    tables: Floats
    queue_first: Long
    queue_ready: Floats
    queue_category: Long
    exchange: Long
    seconds: Ways
    metres: Ways
    fuel: Marks
    lit: Marks
    dark: Floats


class Room(NamedTuple):
    """Where kernels put down what they need for a moment: they make no arrays. One a thread."""

    state: Long  # (C,)
    tokens: Long  # (2 C,)
    place: Long  # (2 C,)
    ready: Floats  # (2 C,)
    loaded: Floats  # (2 C,)
    at: Floats  # (V,)
    left: Floats  # (V,)
    stands: Long  # (V,)
    beds: Long  # (F,)
    jobs: Long  # (4, C + Q) whose, category, order, who is next in line
    clock: Floats  # (2, C + Q) ready, begun
    line: Long  # (2, CATEGORIES) first and last of those in line
    free: Floats  # (T,)


def room(p: Packed, named: int = 0) -> Room:
    """Room for a problem and plans that name no more casualties than these."""
    people, vehicles, jobs = len(p.casualties), len(p.vehicles), len(p.casualties) + len(p.queue_ready)
    return Room(
        np.zeros(people, np.int64),
        np.zeros(max(named, 2 * people), np.int64),
        np.zeros(2 * people, np.int64),
        np.zeros(2 * people),
        np.zeros(2 * people),
        np.zeros(vehicles),
        np.zeros(vehicles),
        np.zeros(vehicles, np.int64),
        np.zeros(len(p.facilities), np.int64),
        np.zeros((4, jobs), np.int64),
        np.zeros((2, jobs)),
        np.zeros((2, CATEGORIES), np.int64),
        np.zeros(p.tables.shape[1]),
    )


def packed(problem: Problem) -> Packed:
    """The problem for the kernels; raises BadProblem where arrays do not fit together."""
    casualties = _records(_CASUALTY, problem.casualties, "casualties")
    vehicles = _records(_VEHICLE, problem.vehicles, "vehicles")
    places = problem.facilities
    facilities = _records(_FACILITY, places, "facilities")
    width = places.tables.shape[1] if places.tables.ndim == 2 else 0
    if places.tables.size != len(facilities) * width:
        raise BadProblem("The tables are not a row for each facility.")
    tables = np.array(places.tables, dtype=np.float64, order="C").reshape(len(facilities), width)
    order = np.argsort(places.queue_facility, kind="stable")
    found = Packed(
        casualties,
        vehicles,
        facilities,
        tables,
        np.searchsorted(places.queue_facility[order], np.arange(len(facilities) + 1)).astype(np.int64),
        np.array(places.queue_ready, dtype=np.float64)[order],
        np.array(places.queue_category, dtype=np.int64)[order],
        np.array(problem.exchange, dtype=np.int64),
        np.array(problem.roads.seconds, dtype=np.float32, order="C"),
        np.array(problem.roads.metres, dtype=np.float32, order="C"),
        np.array(problem.roads.fuel, dtype=np.bool_),
        np.array(problem.roads.lit, dtype=np.bool_),
        np.array(problem.roads.dark, dtype=np.float64, order="C").reshape(-1, 2),
    )
    _check(problem, found)
    return found


def as_rows(problem: Problem, plan: Plan) -> Plan:
    """The plan's arrays as the kernels take them; raises BadProblem where they name what is not there."""
    rows = Plan(*(np.array(each, dtype=np.int32) for each in plan))
    ends = len(problem.facilities.stop) + len(problem.exchange)
    _within("vehicle of a trip", rows.vehicle, 0, len(problem.vehicles.start))
    _within("end of a trip", rows.end, 0, ends)
    _within("casualty of a trip", rows.who, 0, len(problem.casualties.stop))
    trips = len(rows.vehicle)
    if len(rows.end) != trips or len(rows.first) != trips + 1:
        raise BadProblem("The plan's trips have not one vehicle, end and beginning each.")
    if rows.first[0] != 0 or rows.first[-1] != len(rows.who) or (np.diff(rows.first) < 0).any():
        raise BadProblem("The plan's list of casualties is not cut into its trips.")
    return rows


def _records(kind: np.dtype[np.void], columns: NamedTuple, what: str) -> Records:
    """One record a row; raises BadProblem when columns differ in length."""
    taken = {name: np.asarray(getattr(columns, name)) for name in kind.names or ()}
    lengths = {len(each) for each in taken.values()}
    if len(lengths) != 1:
        raise BadProblem(f"The columns of the {what} differ in length: {sorted(lengths)}.")
    made = np.zeros(lengths.pop(), dtype=kind)
    for name, column in taken.items():
        made[name] = column
    return made


def _check(problem: Problem, p: Packed) -> None:
    stops = len(p.fuel)
    profiles = len(p.seconds)
    if p.seconds.shape != (profiles, stops, stops) or p.metres.shape != p.seconds.shape:
        raise BadProblem("The ways are not one square table of the stops for each profile.")
    if len(p.lit) != stops:
        raise BadProblem("Fuel and light are not told of the same stops.")
    queue = problem.facilities.queue_facility
    if not len(queue) == len(p.queue_ready) == len(p.queue_category):
        raise BadProblem("The committed queue's columns differ in length.")
    ends = len(p.facilities) + len(p.exchange)
    limits: Sequence[tuple[str, Long | Whole, int, int]] = (
        ("stop of a casualty", p.casualties["stop"], 0, stops),
        ("category of a casualty", p.casualties["category"], 0, CATEGORIES),
        ("category in the queue", p.queue_category, 0, CATEGORIES),
        ("vehicle ordered", p.casualties["ordered_vehicle"], -1, len(p.vehicles)),
        ("end ordered", p.casualties["ordered_end"], -1, ends),
        ("start of a vehicle", p.vehicles["start"], 0, stops),
        ("profile of a vehicle", p.vehicles["profile"], 0, profiles),
        ("stop of a facility", p.facilities["stop"], 0, stops),
        ("facility in the queue", queue, 0, len(p.facilities)),
        ("exchange point", p.exchange, 0, stops),
    )
    for what, rows, least, end in limits:
        _within(what, rows, least, end)
    _times(p)


def _times(p: Packed) -> None:
    """Raises BadProblem where a number is none, where something lasts less than nothing.

    Or began at no time.
    """
    numbers = [(f"{name} of the {what}", records[name])
               for what, records in zip(("casualties", "vehicles", "facilities"), p[:3], strict=True)
               for name in records.dtype.names or () if records.dtype[name] == np.float64]  # fmt: skip
    numbers += [("tables", p.tables), ("queue", p.queue_ready), ("dark", p.dark)]
    numbers += [("ways in seconds", p.seconds), ("ways in metres", p.metres)]
    lasting = ("turnout", "load", "unload", "reach", "refuel", "prepare", "case", "ways")
    for what, values in numbers:
        if np.isnan(values).any():
            raise BadProblem(f"The {what}: not all are numbers.")
        if what.startswith(lasting) and values.min(initial=0.0) < 0.0:
            raise BadProblem(f"The {what}: {values.min():g} is less than nothing.")
    if not np.isfinite(p.casualties["injured"]).all():
        raise BadProblem("Each casualty was injured at some time: no injury may be at infinity.")


def _within(what: str, rows: Long | Whole, least: int, end: int) -> None:
    if len(rows) and (rows.min() < least or rows.max() >= end):
        raise BadProblem(f"{what}: {rows.min()} to {rows.max()} is not within {least} to {end - 1}.")

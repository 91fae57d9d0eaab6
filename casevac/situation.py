"""The present picture and its roads as the planner's problem: arrays, and what each row of them is."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from casevac import clock, surgery
from casevac.board import blood_in, usable, value_in
from casevac.care import crewed
from casevac.casualty import Casualty
from casevac.events import SiteRegistered, Stop
from casevac.grid import Grid
from casevac.locks import bound
from casevac.mtf import Facility, closed
from casevac.muster import Comes, Muster, Waits, mustered
from casevac.planner.problem import (
    NEVER,
    NOBODY,
    Casualties,
    Facilities,
    Problem,
    Vehicles,
)
from casevac.terms import Bed, Capability, Category, Stock, VehicleKind
from casevac.terrain import Land, door, every_stop, exchange_points, roads, stop_of
from casevac.vehicle import SITTING
from casevac.view import View
from geo.air import usable_km
from geo.lonlat import LonLat
from geo.routing import Router

URGENCY = {Category.T1: 0, Category.UNKNOWN: 0, Category.T2: 1, Category.T3: 2, Category.T4: 3}
"""Rows of urgency; one not yet triaged may be a T1, so it is planned as one."""
_BITS = {need: 1 << index for index, need in enumerate(Capability)}
_LOCK_BITS = range(len(_BITS), 32)  # bits that no capability has: of facilities somebody is locked to
PLENTY = 10_000  # beds of a house that nobody told of; told as a risk, as everywhere


class Situation(NamedTuple):
    """A problem, and what its rows are."""

    problem: Problem
    epoch: datetime
    muster: Muster
    stops: tuple[Stop, ...]
    exchange: tuple[SiteRegistered, ...]
    locked: Mapping[str, str]  # casualty -> facility

    def at(self, seconds: float) -> datetime | None:
        """An instant of the problem; None for never."""
        return None if not np.isfinite(seconds) else self.epoch + timedelta(seconds=float(seconds))

    @property
    def waiting(self) -> tuple[Waits, ...]:
        """Casualties by row."""
        return self.muster.waiting

    @property
    def vehicles(self) -> tuple[Comes, ...]:
        """Vehicles by row."""
        return self.muster.vehicles

    @property
    def facilities(self) -> tuple[Facility, ...]:
        """Facilities by row."""
        return self.muster.facilities


class _Facts(NamedTuple):
    """What the arrays are made from."""

    land: Land
    router: Router
    exchange: tuple[SiteRegistered, ...]
    rows: Mapping[Stop, int]
    locked: Mapping[str, str]

    @property
    def view(self) -> View:
        """The picture."""
        return self.land.view

    @property
    def found(self) -> Muster:
        """Who and what there is."""
        return self.land.found

    def since(self, at: datetime) -> float:
        """An instant in seconds of the problem."""
        return (at - self.land.epoch).total_seconds()


def situation(view: View, router: Router, grid: Grid) -> Situation:
    """What a plan made now may choose from. Raises GeoError when the roads cannot be used."""
    found = mustered(view)
    epoch = min([view.now, *(_injured(view, one.casualty) for one in found.waiting)])
    exchange = exchange_points(view, found)
    stops = every_stop(found, exchange)
    centre = next(iter([one.at for one in found.waiting] or stops), None)
    if centre is not None:
        grid.look(router, view, LonLat(centre.lon, centre.lat))
    kinds = sorted({one.vehicle.card.profile for one in found.vehicles})
    land = Land(view, grid, found, stops, kinds, epoch)
    facts = _Facts(land, router, exchange, {stop: row for row, stop in enumerate(stops)}, bound(view))
    problem = Problem(
        now=facts.since(view.now),
        casualties=_casualties(facts),
        vehicles=_vehicles(facts),
        facilities=_facilities(facts),
        exchange=np.array([facts.rows[stop_of(one)] for one in exchange], dtype=np.int32),
        roads=roads(land),
    )
    return Situation(problem, epoch, found, stops, exchange, facts.locked)


def _injured(view: View, one: Casualty) -> datetime:
    return clock.injury_band(one, view.profile, view.now).first


# --- casualties


def _casualties(facts: _Facts) -> Casualties:
    view, found, locked = facts.view, facts.found, facts.locked
    waiting = found.waiting
    ordered = [_order(found, one, facts.exchange) for one in waiting]
    lock_bits = _lock_bits(locked)
    needs = [_need(view, one.casualty) | lock_bits.get(locked.get(one.casualty.id, ""), 0) for one in waiting]
    injured = [facts.since(_injured(view, one.casualty)) for one in waiting]
    return Casualties(
        injured=np.array(injured, dtype=np.float64),
        known=np.zeros(len(waiting)),
        stop=np.array([facts.rows[one.at] for one in waiting], dtype=np.int32),
        category=np.array([URGENCY[one.casualty.triage] for one in waiting], dtype=np.int32),
        lies=np.array([one.casualty.triage not in SITTING for one in waiting], dtype=np.bool_),
        operated=np.array([surgery.waits(one.casualty, view.profile) for one in waiting], dtype=np.bool_),
        need=np.array(needs, dtype=np.uint32),
        ordered_vehicle=np.array([vehicle for vehicle, _ in ordered], dtype=np.int32),
        ordered_end=np.array([end for _, end in ordered], dtype=np.int32),
    )


def _need(view: View, one: Casualty) -> int:
    return sum(_BITS[need] for need in one.needs(view.profile))


def _lock_bits(locked: Mapping[str, str]) -> dict[str, int]:
    """A bit of its own for each facility that somebody is locked to; beyond those there are, the last one is
    shared, so that such a casualty may go to any of the last."""
    doors = sorted(set(locked.values()))
    return {name: 1 << _LOCK_BITS[min(i, len(_LOCK_BITS) - 1)] for i, name in enumerate(doors)}


def _order(found: Muster, one: Waits, exchange: Sequence[SiteRegistered]) -> tuple[int, int]:
    """The rows of the vehicle that was sent for it, and of where that brings it."""
    if not one.chain:
        return NOBODY, NOBODY
    leg = next(leg for leg in found.orders[one.chain].plan.legs if one.casualty.id in leg.casualties)
    vehicles = [row for row, each in enumerate(found.vehicles) if each.vehicle.id == leg.vehicle]
    ends = [one.id for one in found.facilities] + [one.id for one in exchange]
    return (vehicles or [NOBODY])[0], ends.index(leg.end.id) if leg.end.id in ends else NOBODY


# --- vehicles


def _vehicles(facts: _Facts) -> Vehicles:
    view, router = facts.view, facts.router
    comes, profile = facts.found.vehicles, view.profile
    flies = [one.vehicle.card.vehicle_kind == VehicleKind.AIR for one in comes]
    many = len(comes)
    return Vehicles(
        start=np.array([facts.rows[one.start] for one in comes], dtype=np.int32),
        free=np.array([facts.since(one.free_at) for one in comes], dtype=np.float64),
        turnout=np.array([one.turnout_s for one in comes], dtype=np.float64),
        profile=np.array([facts.land.kinds.index(one.vehicle.card.profile) for one in comes], dtype=np.int32),
        litters=np.array([one.vehicle.litters for one in comes], dtype=np.int32),
        seats=np.array([one.vehicle.seats for one in comes], dtype=np.int32),
        load=np.full(many, profile.loading_s),
        unload=np.full(many, profile.hand_over_s),
        cares=np.array([crewed(view.picture, one.vehicle.id) for one in comes], dtype=np.bool_),
        flies=np.array(flies, dtype=np.bool_),
        day_only=np.array(
            [air and _by_day(router, one) for one, air in zip(comes, flies, strict=True)], dtype=np.bool_
        ),
        reach=np.array(
            [_reach(view, router, one) if air else NEVER for one, air in zip(comes, flies, strict=True)],
            dtype=np.float64,
        ),
        refuel=np.zeros(many),
        until=np.array([_until(one, facts.land.epoch) for one in comes], dtype=np.float64),
    )


def _by_day(router: Router, one: Comes) -> bool:
    known = router.profiles.get(one.vehicle.card.profile)
    return known is not None and not known.night


def _reach(view: View, router: Router, one: Comes) -> float:
    """Metres that may be planned with between two refuellings."""
    known = router.profiles.get(one.vehicle.card.profile)
    full = usable_km(known) * 1000.0 if known is not None else 0.0
    told = one.vehicle.range_m
    return full if told is None else min(full, told / (1.0 + view.profile.range_margin))


def _until(one: Comes, epoch: datetime) -> float:
    ends = one.vehicle.duty_ends_at
    return NEVER if ends is None else (ends - epoch).total_seconds()


# --- facilities


def _facilities(facts: _Facts) -> Facilities:
    view, found = facts.view, facts.found
    profile, places = view.profile, found.facilities
    mine = {one.casualty.id for one in found.waiting}
    lock_bits = _lock_bits(facts.locked)
    theatres = [view.theatres.of(one) for one in places]
    tables = [[facts.since(at) for at in one.tables] for one in theatres]
    most = max((len(row) for row in tables), default=0)
    queue = [
        (row, facts.since(case.ready_at), _urgency(view, case.id))
        for row, one in enumerate(theatres)
        for case in one.middle
        if case.id not in mine
    ]
    return Facilities(
        stop=np.array([facts.rows[door(one)] for one in places], dtype=np.int32),
        able=np.array([able(view, one) | lock_bits.get(one.id, 0) for one in places], dtype=np.uint32),
        beds=np.array([beds(view, one, mine) for one in places], dtype=np.int32),
        prepare=np.full(len(places), profile.hand_over_s + profile.surgery_preparation_s),
        case=np.full(len(places), profile.surgery_case_s),
        tables=np.array([row + [NEVER] * (most - len(row)) for row in tables], dtype=np.float64).reshape(
            len(places), most
        ),
        queue_facility=np.array([row for row, _, _ in queue], dtype=np.int32),
        queue_ready=np.array([ready for _, ready, _ in queue], dtype=np.float64),
        queue_category=np.array([urgency for _, _, urgency in queue], dtype=np.int32),
    )


def _urgency(view: View, zap: str) -> int:
    one = view.picture.casualties.get(zap)
    return URGENCY.get(one.triage, 3) if one is not None else 3


def able(view: View, one: Facility) -> int:
    """What it can do for whoever comes, as bits; nothing while it is closed."""
    if closed(one):
        return 0
    can = set(one.capabilities)
    board = one.board
    if value_in(board, "tables", 1) < 1:
        can.discard(Capability.DCS)
    if value_in(board, f"stock.{Stock.VENTILATORS}", 1.0) < 1:
        can.discard(Capability.VENT)
    blood = blood_in(board)
    if blood is not None and not sum(usable(blood, view.now).values()):
        can.discard(Capability.BLOOD)
    return sum(_BITS[each] for each in can)


def beds(view: View, one: Facility, mine: set[str]) -> int:
    """Beds left for those who are planned for; none in a house that is closed or over capacity."""
    rooms = view.wards.rooms(one, mine)
    if closed(one) or any(each.free is not None and each.free < 0 for each in rooms.values()):
        return 0
    ward = rooms.get(Bed.WARD)
    left = [each.left for each in rooms.values() if each.left is not None]
    if ward is None or ward.left is None:
        return max(0, sum(left)) if left else PLENTY
    return max(0, sum(left))

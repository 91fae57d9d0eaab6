"""What follows from a picture at an instant: who is where, what is running, how the clocks stand."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property

import networkx as nx

from casevac import chain as chains
from casevac import clock, vehicle
from casevac.casualty import Casualty, Move, Place
from casevac.chain import Arrival, Chain, Progress
from casevac.clock import Clock, Expected, Outlook
from casevac.events import Leg
from casevac.mtf import Facility
from casevac.picture import Picture, vehicle_of
from casevac.position import Fix
from casevac.request import Request, RequestState
from casevac.task import Task
from casevac.terms import Capability, Category, LegState, VehicleState
from casevac.vehicle import Vehicle

Ids = dict[str, list[str]]


class View:
    """A picture looked at now, with the latest positions by vehicle id or device.

    What follows from them is worked out on demand and kept while the view lives; another instant
    needs another view. With `by_vehicle` the positions are by vehicle id and nothing else.
    """

    def __init__(
        self,
        picture: Picture,
        now: datetime,
        positions: Mapping[str, Fix] | None = None,
        *,
        by_vehicle: bool = False,
    ) -> None:
        self.picture = picture
        self.profile = picture.mission.profile
        self.now = now
        self._positions = positions or {}
        self._by_vehicle = by_vehicle
        self._travelled: dict[str, tuple[tuple[Progress, ...], tuple[Arrival, ...]]] = {}

    # --- who is with whom

    @cached_property
    def aboard(self) -> Ids:
        """Casualties by the vehicle that carries them."""
        return self._casualties_by(lambda casualty: casualty.vehicle)

    @cached_property
    def patients(self) -> Ids:
        """Casualties by the facility that has them."""
        return self._casualties_by(lambda casualty: casualty.facility)

    @cached_property
    def of_request(self) -> Ids:
        """Casualties by their request."""
        return self._casualties_by(request_of)

    @cached_property
    def inbound(self) -> Ids:
        """Casualties by the facility that a running chain is to bring them to."""
        return self._casualties_by(self._bound_for)

    def _casualties_by(self, key: Callable[[Casualty], str]) -> Ids:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for casualty in self.picture.casualties.values():
            if owner := key(casualty):
                found[owner].append(casualty.id)
        return {owner: sorted(ids) for owner, ids in found.items()}

    def _bound_for(self, casualty: Casualty) -> str:
        running = self.chain_of(casualty)
        if running is None or casualty.facility == running.plan.facility:
            return ""
        return running.plan.facility

    @cached_property
    def positions(self) -> dict[str, Fix]:
        """The latest position by vehicle id, whichever of its devices sent it."""
        if self._by_vehicle:
            return dict(self._positions)
        found: dict[str, Fix] = {}
        for device, fix in self._positions.items():
            carrier = vehicle_of(self.picture, device)
            known = found.get(carrier) if carrier else None
            if carrier and (known is None or known.corrected_at < fix.corrected_at):
                found[carrier] = fix
        return found

    # --- requests, tasks and chains

    @cached_property
    def requests(self) -> dict[str, Request]:
        """Every request, with one of its own for each casualty that was reported without."""
        implied = {key: Request(key) for key in self.of_request if key not in self.picture.requests}
        return {**self.picture.requests, **implied}

    def request_state(self, request: str) -> RequestState:
        """Open while a living casualty of it waits without a plan; closed when all are in facilities."""
        casualties = [self.picture.casualties[zap] for zap in self.of_request.get(request, ())]
        away = [c for c in casualties if not c.facility and c.triage != Category.DEAD]
        if not casualties or any(self.chain_of(c) is None and c.waits for c in away):
            return RequestState.OPEN
        return RequestState.PLANNED if away else RequestState.CLOSED

    def place_of_request(self, request: str) -> Place | None:
        """Where the request's casualties wait: the alert's place, else that of its first casualty."""
        alert = self.requests[request].alert if request in self.requests else None
        if alert is not None:
            return Place(alert.value.lon, alert.value.lat, alert.value.uncertainty_m)
        for zap in self.of_request.get(request, ()):
            reported = self.picture.casualties[zap].place
            if reported is not None:
                return reported.value
        return None

    @cached_property
    def tasks_of(self) -> dict[str, dict[str, Task]]:
        """Tasks by chain, then by vehicle."""
        found: defaultdict[str, dict[str, Task]] = defaultdict(dict)
        for task in self.picture.tasks.values():
            if task.sent is not None:
                found[task.chain][task.vehicle] = task
        return dict(found)

    @cached_property
    def chain_status(self) -> dict[str, str]:
        """active, finished or cancelled, by chain."""
        return {
            key: chains.status(one, self.picture.casualties, self.tasks_of.get(key, {}))
            for key, one in self.picture.chains.items()
        }

    def chain_of(self, casualty: Casualty) -> Chain | None:
        """The running chain that carries the casualty."""
        if casualty.chain is None or self.chain_status.get(casualty.chain.value) != "active":
            return None
        return self.picture.chains[casualty.chain.value]

    def task_of(self, one: Vehicle) -> Task | None:
        """The last task sent to the vehicle, whether it still runs or not."""
        return None if one.task is None else self.picture.tasks.get(one.task.value)

    def vehicle_state(self, one: Vehicle) -> VehicleState:
        """What the vehicle is doing."""
        return vehicle.state_of(one, self.task_of(one))

    def travelled(self, one: Chain) -> tuple[tuple[Progress, ...], tuple[Arrival, ...]]:
        """How far each leg of the chain has come and when it departs and arrives."""
        if one.id not in self._travelled:
            tasks = self.tasks_of.get(one.id, {})
            done = chains.progress(one, self.picture.casualties, self.picture.vehicles, tasks)
            arrivals = chains.forecast(one.plan.legs, done, self.positions, self.profile, self.now)
            self._travelled[one.id] = (done, arrivals)
        return self._travelled[one.id]

    # --- one casualty

    def place_of(self, casualty: Casualty) -> Place | None:
        """Where the casualty is: with its facility, with its vehicle, else where it was reported."""
        if casualty.facility:
            facility = self.picture.facilities.get(casualty.facility)
            if facility is not None and facility.registered is not None:
                return Place(facility.card.lon, facility.card.lat, 0.0)
        if casualty.vehicle and (fix := self.positions.get(casualty.vehicle)) is not None:
            return Place(fix.lon, fix.lat, 0.0)
        return casualty.place.value if casualty.place is not None else None

    def clocks(self, casualty: Casualty) -> tuple[Clock, Clock, Clock]:
        """The casualty's three clocks."""
        care_at = self.advanced_care_at(casualty)
        return clock.clocks(casualty, self.profile, self.now, care_at, self.outlook(casualty))

    def advanced_care_at(self, casualty: Casualty) -> datetime | None:
        """When medical personnel first had the casualty: as reported, or by whom it was with."""
        moments = [move.at for move in casualty.moves if self._is_medical(move)]
        if casualty.advanced_care_at is not None:
            moments.append(casualty.advanced_care_at)
        return min(moments, default=None)

    def _is_medical(self, move: Move) -> bool:
        if move.facility:
            facility = self.picture.facilities.get(move.facility)
            return facility is not None and facility.cares
        return self._crewed(move.vehicle)

    def _crewed(self, named: str) -> bool:
        one = self.picture.vehicles.get(named)
        return one is not None and one.card.medical_crew

    def _operates(self, facility: str) -> bool:
        one = self.picture.facilities.get(facility)
        return one is not None and Capability.DCS in one.card.capabilities

    def outlook(self, casualty: Casualty) -> Outlook:
        """What the running chain promises the casualty."""
        if casualty.facility:
            ready = clock.surgery_expected(casualty, self.profile, self.now, None)
            return Outlook(surgery=ready if self._operates(casualty.facility) else None)
        running = self.chain_of(casualty)
        if running is None:
            return clock.NOTHING
        _, arrivals = self.travelled(running)
        return self.promise(casualty, running.plan.legs, arrivals, running.plan.facility)

    def promise(
        self, casualty: Casualty, legs: Sequence[Leg], arrivals: Sequence[Arrival], facility: str
    ) -> Outlook:
        """What these legs promise the casualty: help, medical care, surgery."""
        mine = [index for index, leg in enumerate(legs) if casualty.id in leg.casualties]
        if not mine:
            return clock.NOTHING
        at_door = Expected(arrivals[mine[-1]].p50_at, arrivals[mine[-1]].p90_at)
        joined = chains.graph(legs)
        met = [_met_at(arrivals, index, list(joined.predecessors(index))) for index in mine]
        medical = [at for index, at in zip(mine, met, strict=True) if self._crewed(legs[index].vehicle)]
        ready = clock.surgery_expected(casualty, self.profile, self.now, at_door)
        return Outlook(
            helper=met[0],
            medical=medical[0] if medical else at_door,
            surgery=ready if self._operates(facility) else None,
        )

    def rests_on_estimates(self, casualty: Casualty) -> bool:
        """True when what the running chain promises rests on estimated figures of legs still to be done:
        those that carry the casualty and all that these wait for."""
        running = self.chain_of(casualty)
        if running is None or casualty.facility:
            return False
        legs, (done, _) = running.plan.legs, self.travelled(running)
        joined = chains.graph(legs)
        mine = {index for index, leg in enumerate(legs) if casualty.id in leg.casualties}
        mine = mine.union(*(nx.ancestors(joined, index) for index in mine))
        return any(legs[index].estimated and done[index].state != LegState.DONE for index in mine)

    # --- facilities

    def free_beds(self, facility: Facility) -> int:
        """Free beds as registered, less the patients handed over since; never below 0."""
        if facility.registered is None:
            return 0
        since = facility.registered.stamp[0]
        patients = (self.picture.casualties[zap] for zap in self.patients.get(facility.id, ()))
        return max(0, facility.card.beds_free - sum(one.moves[-1].at >= since for one in patients))

    def surgical_ahead(self, facility: str) -> int:
        """Casualties in or bound for the facility who need surgery and have not had it begun."""
        ahead = (*self.patients.get(facility, ()), *self.inbound.get(facility, ()))
        waiting = (self.picture.casualties[zap] for zap in ahead)
        return sum(Capability.DCS in one.needs(self.profile) and one.surgery_at is None for one in waiting)


def request_of(casualty: Casualty) -> str:
    """The request a casualty belongs to; one of its own when none was named."""
    return casualty.request.value if casualty.request is not None else f"R-{casualty.id}"


def _met_at(arrivals: Sequence[Arrival], index: int, before: Sequence[int]) -> Expected:
    """When the vehicle of a carrying leg meets its casualties: the last arrival before the leg."""
    if not before:
        return Expected(arrivals[index].depart_at, arrivals[index].depart_at)
    return Expected(max(arrivals[i].p50_at for i in before), max(arrivals[i].p90_at for i in before))

"""How requests, tasks and chains stand at an instant, and who is with whom: what every view begins with."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from casevac import authority, care, merging, vehicle
from casevac import chain as chains
from casevac.authority import Approval
from casevac.casualty import Casualty, Place
from casevac.chain import Arrival, Chain, Progress
from casevac.duty import Warned
from casevac.merging import resolved
from casevac.picture import Picture, vehicle_of
from casevac.position import Fix
from casevac.request import Request, RequestState
from casevac.task import Task
from casevac.terms import ApprovalState, Category, Outcome, VehicleState
from casevac.vehicle import Vehicle

K = TypeVar("K")
T = TypeVar("T")
Ids = dict[str, list[str]]
Owned = Mapping[str, tuple[str, ...]]


class Worked(Mapping[str, T]):
    """What follows from each entry of a mapping, worked out when it is asked for and kept."""

    def __init__(self, known: Mapping[str, K], work: Callable[[K], T]) -> None:
        self._known, self._work = known, work
        self._found: dict[str, T] = {}

    def __getitem__(self, key: str) -> T:
        if key not in self._found:
            self._found[key] = self._work(self._known[key])
        return self._found[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class Course:
    """A picture at an instant, with the latest positions by vehicle id or device.

    What follows from them is worked out on demand and kept while the view lives; another instant
    needs another view. With `by_vehicle` the positions are by vehicle id and nothing else. Casualties and
    requests that were merged are one here; `told` is the picture in which they are still apart. `at` is
    when that happened which is being told, when it is not now.
    """

    def __init__(
        self,
        picture: Picture,
        now: datetime,
        positions: Mapping[str, Fix] | None = None,
        *,
        by_vehicle: bool = False,
        at: datetime | None = None,
    ) -> None:
        self.told = picture
        self.picture = resolved(picture)
        self.profile = picture.mission.profile
        self.now = now
        self.at = at or now
        self._positions = positions or {}
        self._by_vehicle = by_vehicle
        self._approvals: dict[str, Approval] = {}
        self._left: dict[str, dict[str, tuple[str, datetime]]] = {}
        self._travelled: dict[str, tuple[tuple[Progress, ...], tuple[Arrival, ...]]] = {}

    # --- who is with whom

    @property
    def aboard(self) -> Owned:
        """Casualties by the vehicle that carries them."""
        return self.picture.aboard

    @property
    def patients(self) -> Owned:
        """Casualties by the facility that has them."""
        return self.picture.patients

    @property
    def of_request(self) -> Owned:
        """Casualties by their request."""
        return self.picture.of_request

    @cached_property
    def inbound(self) -> Ids:
        """Casualties by the facility that a running chain is to bring them to."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for chain in self.active:
            for zap in chain.plan.casualties:
                casualty = self.picture.casualties.get(zap)
                running = None if casualty is None else self.chain_of(casualty)
                if casualty and running and casualty.facility != running.plan.facility:
                    found[running.plan.facility].append(zap)
        return {door: sorted(set(zaps)) for door, zaps in found.items()}

    @cached_property
    def active(self) -> tuple[Chain, ...]:
        """Every running chain."""
        maybe = (one for one in self.picture.chains.values() if not self._over(one))
        return tuple(one for one in maybe if self.chain_status[one.id] == "active")

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
    def warned(self) -> frozenset[str]:
        """Requests of which somebody was warned."""
        return frozenset(one.request for one in self.picture.warnings.values() if one.warned is not None)

    @cached_property
    def requests(self) -> dict[str, Request]:
        """Every request, with one of its own for each casualty that was reported without."""
        implied = {key: Request(key) for key in self.of_request.keys() - self.picture.requests.keys()}
        return {**self.picture.requests, **implied} if implied else self.picture.requests

    def request_state(self, request: str) -> RequestState:
        """Open while a living casualty of it waits without a plan, at the scene or where it cannot stay;
        closed when all are in facilities or nobody need come any more."""
        if request in self.requests and self.requests[request].stood_down is not None:
            return RequestState.CLOSED
        casualties = [self.picture.casualties[zap] for zap in self.of_request.get(request, ())]
        living = [c for c in casualties if c.triage != Category.DEAD and self.ended_at(c) is None]
        away = [c for c in living if not c.facility or self._goes_on(c)]
        if not casualties and request in self._emptied:
            return RequestState.CLOSED
        if not casualties or any(self.chain_of(c) is None and (c.waits or c.facility) for c in away):
            return RequestState.OPEN
        return RequestState.PLANNED if away else RequestState.CLOSED

    def _goes_on(self, one: Casualty) -> bool:
        """True when the facility that has the casualty cannot do all, or is a stop on the way."""
        running = self.chain_of(one)
        return self.must_go_on(one) if running is None else running.plan.facility != one.facility

    @cached_property
    def by_opening(self) -> list[tuple[datetime, str]]:
        """Requests by when they were opened."""
        return sorted((one.opened_at, key) for key, one in self.picture.requests.items() if one.opened_at)

    @cached_property
    def _emptied(self) -> frozenset[str]:
        """Requests that casualties were merged away from."""
        gone = (self.told.casualties.get(zap) for zaps in self.also.values() for zap in zaps)
        return frozenset(request_of(one) for one in gone if one is not None)

    def place_of_request(self, request: str) -> Place | None:
        """Where the request's casualties wait: as last told of it, else that of its first casualty."""
        told = self.requests[request].place if request in self.requests else None
        if told is not None:
            return told
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
    def chains_of_request(self) -> dict[str, list[Chain]]:
        """Chains by their request, in the order of their planning."""
        found: defaultdict[str, list[Chain]] = defaultdict(list)
        for one in self.picture.chains.values():
            found[one.plan.request].append(one)
        for several in (ones for ones in found.values() if len(ones) > 1):
            several.sort(key=lambda one: one.planned.stamp)
        return found

    @cached_property
    def chain_status(self) -> Mapping[str, str]:
        """active, finished, cancelled or replaced (by a chain that took over in flight), by chain."""
        return Worked(self.picture.chains, self._status_of)

    @cached_property
    def _replaced(self) -> frozenset[str]:
        return frozenset(one.plan.replaces for one in self.picture.chains.values())

    def _over(self, one: Chain) -> bool:
        """True when every vehicle of the chain had its orders and is done with them: it runs no more."""
        tasks = self.tasks_of.get(one.id, {})
        return len(tasks) >= len(one.plan.vehicles) and all(task.ended for task in tasks.values())

    def _status_of(self, one: Chain) -> str:
        """As its tasks and casualties tell; a denial or the standing down of its request ends it too."""
        if one.id in self._replaced:
            return "replaced"
        if one.id not in self.tasks_of and self.broken(one):
            return "cancelled"  # nobody ever went, whoever brought its casualties in later
        found = chains.status(one, self.picture.casualties, self.tasks_of.get(one.id, {}))
        if found == "cancelled" or chains.status(one, self.picture.casualties, {}) == "finished":
            return found
        if self.broken(one):
            return "cancelled"
        return "active" if self.approval(one).state == ApprovalState.AWAITING else found

    def approval(self, one: Chain) -> Approval:
        """How the launch of the chain stands."""
        if one.id not in self._approvals:
            self._approvals[one.id] = authority.approval(self.picture, one)
        return self._approvals[one.id]

    def broken(self, one: Chain) -> str:
        """Why nobody may go on with the chain: denied or stood down; empty when neither."""
        request = self.picture.requests.get(one.plan.request)
        down = request.stood_down if request is not None else None
        if down is not None and down.stamp[0] >= one.planned.stamp[0]:
            return f"stood down: {down.value.reason}"
        return self.approval(one).words

    @cached_property
    def warnings_of(self) -> dict[str, list[Warned]]:
        """Who was warned, by request, in the order of their ids."""
        found: defaultdict[str, list[Warned]] = defaultdict(list)
        for _, one in sorted(self.picture.warnings.items()):
            found[one.request].append(one)
        return dict(found)

    @cached_property
    def awaiting(self) -> dict[str, str]:
        """Vehicles that running chains count on and that have no orders yet, with their chain."""
        return {vehicle: one.id for one in self.active for vehicle in self.approval(one).needed}

    def chain_of(self, casualty: Casualty) -> Chain | None:
        """The running chain that carries the casualty; None for one that its chain left behind."""
        if casualty.chain is None or self.chain_status.get(casualty.chain.value) != "active":
            return None
        return None if self.left_by(casualty) else self.picture.chains[casualty.chain.value]

    def left_by(self, casualty: Casualty) -> tuple[str, datetime] | None:
        """The vehicle that went on without the casualty, and when; None when its last chain did not."""
        last = self.picture.chains.get(casualty.chain.value) if casualty.chain is not None else None
        if last is None or casualty.vehicle or self.chain_status[last.id] not in ("active", "finished"):
            return None
        if last.id not in self._left:
            done, _ = self.travelled(last)
            self._left[last.id] = chains.left_behind(last, done, self.picture.casualties)
        return self._left[last.id].get(casualty.id)

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

    # --- who is meant, and whose care goes on

    def casualty(self, zap: str) -> Casualty | None:
        """The casualty of this id, or the one it was merged into."""
        return self.picture.casualties.get(merging.kept(self.told.merges, zap))

    @cached_property
    def also(self) -> Ids:
        """Ids of casualties that were merged, by the one they are read as."""
        return merging.also(self.told)

    def ended_at(self, casualty: Casualty) -> datetime | None:
        """When the care of the casualty ended by an outcome that asks for no bed."""
        said = casualty.outcome
        return said.at if said is not None and said.value.outcome != Outcome.STABILISED else None

    def must_go_on(self, one: Casualty) -> bool:
        """True for a living casualty without a plan in a facility that cannot do all that it still needs."""
        dead = one.triage == Category.DEAD or self.ended_at(one) is not None
        return not dead and self.chain_of(one) is None and care.lacking(self.picture, one)


def request_of(casualty: Casualty) -> str:
    """The request a casualty belongs to; one of its own when none was named."""
    return casualty.request_id

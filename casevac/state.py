"""One mission as the log tells it, and the draft in which the next state is folded."""

from bisect import insort
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from casevac import events as e
from casevac.casualty import Casualty, owners, same_owners
from casevac.chain import Chain
from casevac.duty import Hazard, Launch, Order, Question, Reservation, Warned
from casevac.mission import Mission, Profile
from casevac.mtf import Facility
from casevac.request import Request
from casevac.stamp import Said
from casevac.task import Task
from casevac.team import Team
from casevac.terms import MissionKind
from casevac.vehicle import Vehicle
from casevac.watched import Bell, Entry, Shift

ODDITIES_KEPT = 100
PLACED = "placed requests"  # under which a picture keeps its requests by opening, once asked for
T = TypeVar("T")


class Picture(msgspec.Struct, frozen=True, dict=True):
    """One mission as the log tells it up to event `seq`; mappings are by id, never changed in place.

    What follows from a whole picture may be kept with it, outside its fields.
    """

    mission: Mission
    seq: int = 0
    casualties: dict[str, Casualty] = {}
    of_request: dict[str, tuple[str, ...]] = {}  # casualties by their request, sorted
    aboard: dict[str, tuple[str, ...]] = {}  # by the vehicle that carries them
    patients: dict[str, tuple[str, ...]] = {}  # by the facility that has them
    vehicles: dict[str, Vehicle] = {}
    teams: dict[str, Team] = {}
    facilities: dict[str, Facility] = {}
    reservations: dict[str, Reservation] = {}
    sites: dict[str, Said[e.SiteRegistered]] = {}
    site_words: dict[str, tuple[Said[e.SiteTold], ...]] = {}  # what was found at each since
    hazards: dict[str, Hazard] = {}
    requests: dict[str, Request] = {}
    chains: dict[str, Chain] = {}
    launches: dict[str, Launch] = {}  # by chain
    inbound: dict[str, Said[e.InboundAnswered]] = {}  # by chain/facility
    warnings: dict[str, Warned] = {}  # by request/asset
    tasks: dict[str, Task] = {}
    orders: dict[str, Order] = {}
    questions: dict[str, Question] = {}
    merges: dict[str, Said[str]] = {}  # casualty -> the one it is read as; empty after a split
    request_merges: dict[str, Said[str]] = {}
    devices: dict[str, Said[e.DeviceEnrolled]] = {}
    online: dict[str, Said[bool]] = {}
    opened: Said[e.MissionOpened] | None = None
    roads: Said[e.RoadsChosen] | None = None
    profiles: dict[str, Said[e.VehicleProfileAdded]] = {}  # of vehicles, the mission's own, by name
    alarms: dict[str, Bell] = {}  # every alarm that was ever raised, in its last round
    entries: dict[str, Entry] = {}  # of the watch log
    shifts: dict[str, Shift] = {}
    policy: Said[e.PolicyChosen] | None = None
    locks: dict[str, Said[e.PlanLocked | e.PlanReleased]] = {}  # the last word, by what is planned
    oddities: tuple[str, ...] = ()


def empty(mission: str) -> Picture:
    """A mission of which nothing is known yet but its id."""
    return Picture(Mission(mission, mission, MissionKind.LIVE, Profile()))


class Draft:
    """A picture being folded: each mapping is copied once, at its first change, then changed in place.

    So a fold of many events copies as little as one of a single event, and no picture that somebody
    holds ever changes.
    """

    __slots__ = ("_fresh", "_known", "_now")

    def __init__(self, picture: Picture) -> None:
        self._known = picture
        self._now: dict[str, Any] = {}
        self._fresh: set[str] = set()

    def all(self, group: str) -> Mapping[str, Any]:
        """The mapping of a group as it is by now."""
        found: Mapping[str, Any] = self._now[group] if group in self._now else getattr(self._known, group)
        return found

    def get(self, group: str, key: str, otherwise: T) -> T:
        """One entry of a group, or the other value."""
        found: T = self.all(group).get(key, otherwise)
        return found

    def put(self, group: str, key: str, value: object) -> None:
        """Set one entry of a group."""
        if group not in self._fresh:
            self._now[group] = dict(self.all(group))
            self._fresh.add(group)
        self._now[group][key] = value

    def keep(self, casualty: Casualty) -> None:
        """Set a casualty, and whose it is by now."""
        before: Casualty | None = self.all("casualties").get(casualty.id)
        self.put("casualties", casualty.id, casualty)
        if before is not None and same_owners(before, casualty):
            return
        was, now = frozenset() if before is None else owners(before), owners(casualty)
        if was == now:
            return
        for group, owner in was - now:
            self._list(group, owner, [one for one in self.all(group)[owner] if one != casualty.id])
        for group, owner in now - was:
            listed = list(self.all(group).get(owner, ()))
            insort(listed, casualty.id)
            self._list(group, owner, listed)

    def _list(self, group: str, owner: str, casualties: list[str]) -> None:
        self.put(group, owner, tuple(casualties))
        if not casualties:
            del self._now[group][owner]

    def one(self, name: str) -> Any:  # noqa: ANN401  the field's own type
        """A field that is no mapping."""
        return self._now[name] if name in self._now else getattr(self._known, name)

    def set(self, name: str, value: object) -> None:
        """Set a field that is no mapping."""
        self._now[name] = value

    def odd(self, event: e.Event, why: str) -> None:
        """Note what could not be made sense of; the newest notes are kept."""
        note = f"{event.occurred_at:%Y-%m-%dT%H:%M:%SZ} {event.kind}: {why}"
        self.set("oddities", (*self.one("oddities"), note)[-ODDITIES_KEPT:])

    def done(self) -> Picture:
        """The picture as folded; the draft is not used afterwards."""
        if not self._now:
            return self._known
        after = msgspec.structs.replace(self._known, **self._now)
        if "requests" not in self._now and PLACED in self._known.__dict__:
            after.__dict__[PLACED] = self._known.__dict__[PLACED]
        return after


def vehicle_of(picture: Picture, device: str) -> str | None:
    """The vehicle that carries this device; None when it is nobody's."""
    return carrier(device, picture.devices, picture.vehicles)


def carrier(
    device: str, devices: Mapping[str, Said[e.DeviceEnrolled]], vehicles: Mapping[str, Vehicle]
) -> str | None:
    """The vehicle that carries this device, as these mappings tell; None when it is nobody's.

    As it is enrolled, else the registered vehicle of its name, else the one whose card names it (of several
    the first by id), else what goes by its name without being registered.
    """
    enrolled = devices.get(device)
    if enrolled is not None and enrolled.value.vehicle:
        return enrolled.value.vehicle
    namesake = vehicles.get(device)
    if namesake is not None and namesake.registered is not None:
        return device
    named = min((one.id for one in vehicles.values() if one.card.device == device), default=None)
    return device if named is None and namesake is not None else named


Fold = Callable[[Draft, e.Event, Any], None]
Folds = dict[type[e.Body], Fold]

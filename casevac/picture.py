"""The picture: one mission's present state, folded from its log and nothing else."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from casevac import events as e
from casevac.casualty import Casualty, Injury, Move, Place, moved
from casevac.chain import Chain
from casevac.events import Body, Event
from casevac.mission import Mission, Profile
from casevac.mtf import Facility
from casevac.request import Request
from casevac.stamp import Said, Stamp, earliest, later, sooner, stamp
from casevac.task import Task, TaskEnd
from casevac.terms import Category, MissionKind
from casevac.vehicle import SAID_KEPT, Vehicle

ODDITIES_KEPT = 100
T = TypeVar("T")


class Picture(msgspec.Struct, frozen=True):
    """One mission as the log tells it up to event `seq`; mappings are by id, never changed in place."""

    mission: Mission
    seq: int = 0
    casualties: dict[str, Casualty] = {}
    vehicles: dict[str, Vehicle] = {}
    facilities: dict[str, Facility] = {}
    sites: dict[str, Said[e.SiteRegistered]] = {}
    requests: dict[str, Request] = {}
    chains: dict[str, Chain] = {}
    tasks: dict[str, Task] = {}
    devices: dict[str, Said[str]] = {}
    online: dict[str, Said[bool]] = {}
    opened: Said[e.MissionOpened] | None = None
    roads: Said[e.RoadsChosen] | None = None
    oddities: tuple[str, ...] = ()


def empty(mission: str) -> Picture:
    """A mission of which nothing is known yet but its id."""
    return Picture(Mission(mission, mission, MissionKind.LIVE, Profile()))


def apply(picture: Picture, event: Event) -> Picture:
    """The picture after one more event. Pure and total: it never raises on an event that was decoded.

    An event that was applied already (by `seq`) or belongs to another mission changes nothing.
    """
    if event.mission != picture.mission.id or (event.seq is not None and event.seq <= picture.seq):
        return picture
    after = FOLDS[type(event.body)](picture, event, event.body)
    return after if event.seq is None else replace(after, seq=event.seq)


def fold(picture: Picture, events: Iterable[Event]) -> Picture:
    """The picture after all of these events, in their order."""
    for event in events:
        picture = apply(picture, event)
    return picture


def vehicle_of(picture: Picture, device: str) -> str | None:
    """The vehicle that carries this device; None when it is nobody's."""
    enrolled = picture.devices.get(device)
    if enrolled is not None and enrolled.value:
        return enrolled.value
    if device in picture.vehicles:
        return device
    return next((v.id for v in picture.vehicles.values() if v.card.device == device), None)


def with_mapping(known: Mapping[str, T], key: str, value: T) -> dict[str, T]:
    """A copy of the mapping with one entry set."""
    return {**known, key: value}


def odd(picture: Picture, event: Event, why: str) -> Picture:
    """The picture with a note of what could not be made sense of; the newest are kept."""
    note = f"{event.occurred_at:%Y-%m-%dT%H:%M:%SZ} {event.kind}: {why}"
    return replace(picture, oddities=(*picture.oddities, note)[-ODDITIES_KEPT:])


# --- one small function a kind


def _mission_opened(picture: Picture, event: Event, body: e.MissionOpened) -> Picture:
    opened = later(picture.opened, body, stamp(event))
    told = opened.value
    mission = Mission(picture.mission.id, told.name, told.mission_kind, told.profile)
    return replace(picture, opened=opened, mission=mission)


def _roads_chosen(picture: Picture, event: Event, body: e.RoadsChosen) -> Picture:
    return replace(picture, roads=later(picture.roads, body, stamp(event)))


def _facility_registered(picture: Picture, event: Event, body: e.FacilityRegistered) -> Picture:
    known = picture.facilities.get(body.id, Facility(body.id))
    facility = replace(known, registered=later(known.registered, body, stamp(event)))
    return replace(picture, facilities=with_mapping(picture.facilities, body.id, facility))


def _site_registered(picture: Picture, event: Event, body: e.SiteRegistered) -> Picture:
    site = later(picture.sites.get(body.id), body, stamp(event))
    return replace(picture, sites=with_mapping(picture.sites, body.id, site))


def _vehicle_registered(picture: Picture, event: Event, body: e.VehicleRegistered) -> Picture:
    known = picture.vehicles.get(body.id, Vehicle(body.id))
    vehicle = replace(known, registered=later(known.registered, body, stamp(event)))
    return replace(picture, vehicles=with_mapping(picture.vehicles, body.id, vehicle))


def _device_enrolled(picture: Picture, event: Event, body: e.DeviceEnrolled) -> Picture:
    device = later(picture.devices.get(body.name), body.vehicle or "", stamp(event))
    return replace(picture, devices=with_mapping(picture.devices, body.name, device))


def _device_status_changed(picture: Picture, event: Event, body: e.DeviceStatusChanged) -> Picture:
    if not event.device:
        return odd(picture, event, "no device is named")
    status = later(picture.online.get(event.device), body.online, stamp(event))
    return replace(picture, online=with_mapping(picture.online, event.device, status))


def _alert_raised(picture: Picture, event: Event, body: e.AlertRaised) -> Picture:
    if not body.request:
        return odd(picture, event, "the alert has no request id")
    at = stamp(event)
    place = Place(body.lon, body.lat, body.uncertainty_m)
    known = picture.requests.get(body.request, Request(body.request))
    alert = later(known.alert, body, at)
    request = replace(known, alert=alert, source=sooner(known.source, event.source, at))
    picture = replace(picture, requests=with_mapping(picture.requests, body.request, request))
    for zap in body.casualties:
        casualty = _reported(picture, zap, event, at, place)
        injury, what = _injury(casualty.injury, body, at), later(casualty.what, body.what, at)
        named = later(casualty.request, body.request, at)
        picture = _keep(picture, replace(casualty, injury=injury, what=what, request=named))
    return picture


def _casualty_reported(picture: Picture, event: Event, body: e.CasualtyReported) -> Picture:
    if not body.casualty:
        return odd(picture, event, "the report names no casualty")
    at = stamp(event, weight=1)
    place = Place(body.lon, body.lat, body.uncertainty_m)
    casualty = _reported(picture, body.casualty, event, at, place)
    changes: dict[str, Any] = {"injury": _injury(casualty.injury, body, at)}
    if body.request:
        changes["request"] = later(casualty.request, body.request, at)
    if body.what:
        changes["what"] = later(casualty.what, body.what, at)
    if body.category != Category.UNKNOWN:
        changes["category"] = later(casualty.category, body.category, at)
    return _keep(picture, replace(casualty, **changes))


def _reported(picture: Picture, zap: str, event: Event, at: Stamp, place: Place) -> Casualty:
    casualty = _casualty(picture, zap)
    reported = sooner(casualty.reported, event.source, at)
    return replace(casualty, reported=reported, place=later(casualty.place, place, at))


def _injury(
    known: Said[Injury] | None, body: e.AlertRaised | e.CasualtyReported, at: Stamp
) -> Said[Injury] | None:
    if body.injury_at is None:
        return known
    return later(known, Injury(body.injury_at, body.injury_uncertainty_s), at)


def _casualty_triaged(picture: Picture, event: Event, body: e.CasualtyTriaged) -> Picture:
    casualty = _casualty(picture, body.casualty)
    category = later(casualty.category, body.category, stamp(event, weight=2))
    return _keep(picture, replace(casualty, category=category))


def _bleeding_controlled(picture: Picture, event: Event, body: e.BleedingControlled) -> Picture:
    casualty = _casualty(picture, body.casualty)
    done_at = earliest(casualty.bleeding_control_at, event.occurred_at)
    return _keep(picture, replace(casualty, bleeding_control_at=done_at))


def _advanced_care_started(picture: Picture, event: Event, body: e.AdvancedCareStarted) -> Picture:
    casualty = _casualty(picture, body.casualty)
    done_at = earliest(casualty.advanced_care_at, event.occurred_at)
    return _keep(picture, replace(casualty, advanced_care_at=done_at))


def _surgery_started(picture: Picture, event: Event, body: e.SurgeryStarted) -> Picture:
    casualty = _casualty(picture, body.casualty)
    done_at = earliest(casualty.surgery_at, event.occurred_at)
    return _keep(picture, replace(casualty, surgery_at=done_at))


def _casualty_loaded(picture: Picture, event: Event, body: e.CasualtyLoaded) -> Picture:
    vehicle = _own(picture, event, body.vehicle)
    if not vehicle:
        return odd(picture, event, f"no vehicle is named that took {body.casualty} aboard")
    picture = _meet(picture, vehicle)
    return _move(picture, body.casualty, Move(stamp(event, weight=1), vehicle=vehicle))


def _casualty_handed_over(picture: Picture, event: Event, body: e.CasualtyHandedOver) -> Picture:
    at = stamp(event, weight=2)
    if body.facility:
        facilities = picture.facilities
        if body.facility not in facilities:
            picture = odd(picture, event, f"facility {body.facility} is not registered")
            facilities = with_mapping(facilities, body.facility, Facility(body.facility))
        picture = replace(picture, facilities=facilities)
        return _move(picture, body.casualty, Move(at, facility=body.facility))
    if body.vehicle:
        return _move(_meet(picture, body.vehicle), body.casualty, Move(at, vehicle=body.vehicle))
    return odd(picture, event, f"nobody is named who took {body.casualty} over")


def _move(picture: Picture, zap: str, move: Move) -> Picture:
    casualty = _casualty(picture, zap)
    return _keep(picture, replace(casualty, moves=moved(casualty.moves, move)))


def _vehicle_status_changed(picture: Picture, event: Event, body: e.VehicleStatusChanged) -> Picture:
    named = _own(picture, event, body.vehicle)
    if not named:
        return odd(picture, event, "no vehicle is named")
    vehicle = picture.vehicles.get(named, Vehicle(named))
    said = tuple(sorted({*vehicle.said, (event.occurred_at, body.state)})[-SAID_KEPT:])
    vehicle = replace(vehicle, status=later(vehicle.status, body.state, stamp(event)), said=said)
    return replace(picture, vehicles=with_mapping(picture.vehicles, named, vehicle))


def _options_computed(picture: Picture, event: Event, body: e.OptionsComputed) -> Picture:
    known = picture.requests.get(body.request, Request(body.request))
    request = replace(known, decision=later(known.decision, body.decision, stamp(event)))
    return replace(picture, requests=with_mapping(picture.requests, body.request, request))


def _chain_planned(picture: Picture, event: Event, body: e.ChainPlanned) -> Picture:
    at = stamp(event)
    chain = Chain(body.chain, later(_planned(picture, body.chain), body, at))
    picture = replace(picture, chains=with_mapping(picture.chains, body.chain, chain))
    if body.request and body.request not in picture.requests:
        requests = with_mapping(picture.requests, body.request, Request(body.request))
        picture = replace(picture, requests=requests)
    for zap in body.casualties:
        casualty = _casualty(picture, zap)
        picture = _keep(picture, replace(casualty, chain=later(casualty.chain, body.chain, at)))
    return picture


def _planned(picture: Picture, chain: str) -> Said[e.ChainPlanned] | None:
    known = picture.chains.get(chain)
    return None if known is None else known.planned


def _vehicle_tasked(picture: Picture, event: Event, body: e.VehicleTasked) -> Picture:
    at, task = stamp(event), _task(picture, body.task)
    if task.sent is None or task.sent < at:
        task = replace(
            task,
            sent=at,
            chain=body.chain,
            request=body.request,
            vehicle=body.vehicle,
            casualties=body.casualties,
            legs=body.legs,
        )
    vehicle = picture.vehicles.get(body.vehicle, Vehicle(body.vehicle))
    vehicle = replace(vehicle, task=later(vehicle.task, body.task, at))
    vehicles = with_mapping(picture.vehicles, body.vehicle, vehicle)
    return replace(picture, vehicles=vehicles, tasks=with_mapping(picture.tasks, body.task, task))


def _task_accepted(picture: Picture, event: Event, body: e.TaskAccepted) -> Picture:
    task = _task(picture, body.task)
    accepted = replace(task, accepted_at=earliest(task.accepted_at, event.occurred_at))
    return replace(picture, tasks=with_mapping(picture.tasks, body.task, accepted))


def _task_ended(how: TaskEnd) -> Callable[[Picture, Event, Any], Picture]:
    def ended(
        picture: Picture, event: Event, body: e.TaskDeclined | e.TaskFinished | e.TaskCancelled
    ) -> Picture:
        task = _task(picture, body.task)
        over = replace(task, ended=sooner(task.ended, how, stamp(event)))
        return replace(picture, tasks=with_mapping(picture.tasks, body.task, over))

    return ended


def _task(picture: Picture, task: str) -> Task:
    return picture.tasks.get(task, Task(task))


def _casualty(picture: Picture, zap: str) -> Casualty:
    return picture.casualties.get(zap, Casualty(zap))


def _keep(picture: Picture, casualty: Casualty) -> Picture:
    return replace(picture, casualties=with_mapping(picture.casualties, casualty.id, casualty))


def _meet(picture: Picture, vehicle: str) -> Picture:
    if vehicle in picture.vehicles:
        return picture
    return replace(picture, vehicles=with_mapping(picture.vehicles, vehicle, Vehicle(vehicle)))


def _own(picture: Picture, event: Event, vehicle: str | None) -> str:
    """The vehicle that an event means: the one it names, else the one that carries its device."""
    if vehicle:
        return vehicle
    return (vehicle_of(picture, event.device) or event.device) if event.device else ""


FOLDS: dict[type[Body], Callable[[Picture, Event, Any], Picture]] = {
    e.MissionOpened: _mission_opened,
    e.RoadsChosen: _roads_chosen,
    e.FacilityRegistered: _facility_registered,
    e.SiteRegistered: _site_registered,
    e.VehicleRegistered: _vehicle_registered,
    e.DeviceEnrolled: _device_enrolled,
    e.DeviceStatusChanged: _device_status_changed,
    e.AlertRaised: _alert_raised,
    e.CasualtyReported: _casualty_reported,
    e.CasualtyTriaged: _casualty_triaged,
    e.BleedingControlled: _bleeding_controlled,
    e.AdvancedCareStarted: _advanced_care_started,
    e.SurgeryStarted: _surgery_started,
    e.CasualtyLoaded: _casualty_loaded,
    e.CasualtyHandedOver: _casualty_handed_over,
    e.VehicleStatusChanged: _vehicle_status_changed,
    e.OptionsComputed: _options_computed,
    e.ChainPlanned: _chain_planned,
    e.VehicleTasked: _vehicle_tasked,
    e.TaskAccepted: _task_accepted,
    e.TaskDeclined: _task_ended(TaskEnd.DECLINED),
    e.TaskFinished: _task_ended(TaskEnd.FINISHED),
    e.TaskCancelled: _task_ended(TaskEnd.CANCELLED),
}
"""The fold of each kind; a test sees to it that no kind is missing."""

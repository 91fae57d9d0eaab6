"""The fold of what is told of the mission and its means."""

from datetime import datetime

from msgspec.structs import replace

from casevac import events as e
from casevac import site
from casevac.board import Figure, Value, bounded, merged, told_in, written
from casevac.duty import Hazard, Reservation
from casevac.events import Event
from casevac.mission import Mission
from casevac.mtf import Facility
from casevac.stamp import Said, later, sooner, stamp
from casevac.state import Draft, Folds, carrier
from casevac.team import BOARDINGS_KEPT, Team
from casevac.terms import VehicleState
from casevac.vehicle import SAID_KEPT, Vehicle

CONDITION = ("range_km", "fuel_percent", "duty_ends_at", "ready_in_s", "equipment", "litters", "seats")


def _mission_opened(draft: Draft, event: Event, body: e.MissionOpened) -> None:
    draft.set("opened", later(draft.one("opened"), body, stamp(event)))
    _mission(draft, event)


def _profile_added(draft: Draft, event: Event, body: e.VehicleProfileAdded) -> None:
    draft.put("profiles", body.name, later(draft.get("profiles", body.name, None), body, stamp(event)))
    _mission(draft, event)


def _mission(draft: Draft, event: Event) -> None:
    """The mission as it was opened, with the vehicle profiles that came since."""
    opened: Said[e.MissionOpened] | None = draft.one("opened")
    if opened is None:
        return
    told, added = opened.value, draft.all("profiles")
    opened_with = tuple(one for one in told.profile.vehicles if one.get("name") not in added)
    came = (added[name].value.values for name in sorted(added))
    own = (*opened_with, *(one for one in came if one))
    profile = replace(told.profile, vehicles=own) if added else told.profile
    draft.set("mission", Mission(event.mission, told.name, told.mission_kind, profile))


def _roads_chosen(draft: Draft, event: Event, body: e.RoadsChosen) -> None:
    draft.set("roads", later(draft.one("roads"), body, stamp(event)))


def _facility_registered(draft: Draft, event: Event, body: e.FacilityRegistered) -> None:
    known = draft.get("facilities", body.id, Facility(body.id))
    registered = later(known.registered, body, stamp(event))
    draft.put("facilities", body.id, replace(known, registered=registered))


def _site_registered(draft: Draft, event: Event, body: e.SiteRegistered) -> None:
    draft.put("sites", body.id, later(draft.get("sites", body.id, None), body, stamp(event)))


def _site_told(draft: Draft, event: Event, body: e.SiteTold) -> None:
    if not body.site:
        draft.odd(event, "no site is named")
        return
    by = body.by or body.speaker or event.device or event.actor
    words = draft.get("site_words", body.site, ())
    draft.put("site_words", body.site, site.kept(words, Said(replace(body, by=by), stamp(event))))


def _vehicle_registered(draft: Draft, event: Event, body: e.VehicleRegistered) -> None:
    known = draft.get("vehicles", body.id, Vehicle(body.id))
    draft.put("vehicles", body.id, replace(known, registered=later(known.registered, body, stamp(event))))


def _team_registered(draft: Draft, event: Event, body: e.TeamRegistered) -> None:
    known = draft.get("teams", body.id, Team(body.id))
    draft.put("teams", body.id, replace(known, registered=later(known.registered, body, stamp(event))))


def _device_enrolled(draft: Draft, event: Event, body: e.DeviceEnrolled) -> None:
    draft.put("devices", body.name, later(draft.get("devices", body.name, None), body, stamp(event)))


def _device_status_changed(draft: Draft, event: Event, body: e.DeviceStatusChanged) -> None:
    if not event.device:
        draft.odd(event, "no device is named")
        return
    known = draft.get("online", event.device, None)
    draft.put("online", event.device, later(known, body.online, stamp(event)))


def _clock_judged(_draft: Draft, _event: Event, _body: e.ClockJudged) -> None:
    """Times are corrected at the door, before they are told: nothing in the picture follows from it."""


def _vehicle_status_changed(draft: Draft, event: Event, body: e.VehicleStatusChanged) -> None:
    named = own_vehicle(draft, event, body.vehicle)
    if not named:
        draft.odd(event, "no vehicle is named")
        return
    vehicle = draft.get("vehicles", named, Vehicle(named))
    said = vehicle.said
    word: tuple[object, VehicleState] = (event.occurred_at, body.state)
    if not said or word > said[-1]:
        said = (*said, (event.occurred_at, body.state))[-SAID_KEPT:]
    elif word not in said:
        said = tuple(sorted({*said, (event.occurred_at, body.state)})[-SAID_KEPT:])
    status = later(vehicle.status, body.state, stamp(event))
    draft.put("vehicles", named, replace(vehicle, status=status, said=said))


def _vehicle_condition_reported(draft: Draft, event: Event, body: e.VehicleConditionReported) -> None:
    named = own_vehicle(draft, event, body.vehicle)
    if not named:
        draft.odd(event, "no vehicle is named")
        return
    vehicle = draft.get("vehicles", named, Vehicle(named))
    draft.put("vehicles", named, replace(vehicle, told=merged(vehicle.told, _told(event, body, CONDITION))))


def _told(event: Event, body: e.Told, names: tuple[str, ...]) -> dict[str, Figure]:
    """The figures of these names that the words hold."""
    values = [(name, value) for name in names if (value := getattr(body, name)) is not None]
    if not values:
        return {}
    at, by = stamp(event), body.by or body.speaker or event.device or event.actor
    return {name: Figure(_plain(value), at, event.source, by) for name, value in values}


def _plain(value: Value | datetime) -> Value:
    if isinstance(value, datetime):
        return written(value)
    return tuple(str(one) for one in value) if isinstance(value, tuple) else value


def _team_status_changed(draft: Draft, event: Event, body: e.TeamStatusChanged) -> None:
    known = draft.get("teams", body.team, Team(body.team))
    told, boarded = merged(known.told, _told(event, body, ("ready", "duty_ends_at"))), known.boarded
    if body.vehicle or body.left:
        word = Said("" if body.left else body.vehicle or "", stamp(event))
        if not boarded or word.stamp > boarded[-1].stamp:
            boarded = (*boarded, word)[-BOARDINGS_KEPT:]
        elif word not in boarded:
            boarded = tuple(sorted((*boarded, word), key=lambda said: said.stamp)[-BOARDINGS_KEPT:])
    draft.put("teams", body.team, replace(known, told=told, boarded=boarded))


def _facility_status_reported(draft: Draft, event: Event, body: e.FacilityStatusReported) -> None:
    named = body.facility or _enrolled(draft, event)
    if not named:
        draft.odd(event, "no facility is named")
        return
    known = draft.get("facilities", named, Facility(named))
    if known.registered is None:
        draft.odd(event, f"facility {named} is not registered")
    told = merged(known.told, told_in(body, event, stamp(event)))
    draft.put("facilities", named, replace(known, told=told))


def _enrolled(draft: Draft, event: Event) -> str:
    """The facility whose board the reporting device runs."""
    enrolled = draft.get("devices", event.device, None) if event.device else None
    return "" if enrolled is None else enrolled.value.facility or ""


def _bed_reserved(draft: Draft, event: Event, body: e.BedReserved) -> None:
    if not body.reservation:
        draft.odd(event, "the reservation has no id")
        return
    known = draft.get("reservations", body.reservation, Reservation(body.reservation))
    by = body.by or body.speaker or event.device or event.actor
    kept = replace(body, by=by, until=bounded(body.until))
    reserved = sooner(known.reserved, kept, stamp(event))
    draft.put("reservations", body.reservation, replace(known, reserved=reserved))


def _bed_released(draft: Draft, event: Event, body: e.BedReleased) -> None:
    known = draft.get("reservations", body.reservation, Reservation(body.reservation))
    released = sooner(known.released, body, stamp(event))
    draft.put("reservations", body.reservation, replace(known, released=released))


def _hazard_reported(draft: Draft, event: Event, body: e.HazardReported) -> None:
    if not body.id:
        draft.odd(event, "the hazard has no id")
        return
    known = draft.get("hazards", body.id, Hazard(body.id))
    told = replace(body, since=bounded(body.since), until=bounded(body.until))
    reported = later(known.reported, told, stamp(event))
    if reported is not known.reported:
        draft.put("hazards", body.id, replace(known, reported=reported, author=event.actor))


def _hazard_lifted(draft: Draft, event: Event, body: e.HazardLifted) -> None:
    known = draft.get("hazards", body.id, Hazard(body.id))
    lifted = later(known.lifted, body, stamp(event))
    if lifted is not known.lifted:
        draft.put("hazards", body.id, replace(known, lifted=lifted, lifter=event.actor))


def own_vehicle(draft: Draft, event: Event, vehicle: str | None) -> str:
    """The vehicle that an event means: the one it names, else the one that carries its device."""
    if vehicle:
        return vehicle
    if not event.device:
        return ""
    return carrier(event.device, draft.all("devices"), draft.all("vehicles")) or event.device


FOLDS: Folds = {
    e.MissionOpened: _mission_opened,
    e.RoadsChosen: _roads_chosen,
    e.VehicleProfileAdded: _profile_added,
    e.FacilityRegistered: _facility_registered,
    e.SiteRegistered: _site_registered,
    e.SiteTold: _site_told,
    e.VehicleRegistered: _vehicle_registered,
    e.TeamRegistered: _team_registered,
    e.DeviceEnrolled: _device_enrolled,
    e.DeviceStatusChanged: _device_status_changed,
    e.ClockJudged: _clock_judged,
    e.VehicleStatusChanged: _vehicle_status_changed,
    e.VehicleConditionReported: _vehicle_condition_reported,
    e.TeamStatusChanged: _team_status_changed,
    e.FacilityStatusReported: _facility_status_reported,
    e.BedReserved: _bed_reserved,
    e.BedReleased: _bed_released,
    e.HazardReported: _hazard_reported,
    e.HazardLifted: _hazard_lifted,
}

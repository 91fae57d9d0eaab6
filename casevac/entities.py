"""The picture as JSON values: the entities that a page, an export or a replay frame shows."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from casevac import casualty as casualties
from casevac import chain as chains
from casevac.casualty import Casualty
from casevac.chain import Arrival, Chain, Progress, window
from casevac.clock import Clock
from casevac.events import Leg, SiteRegistered, Stop
from casevac.mtf import Facility
from casevac.picture import Picture
from casevac.position import Fix
from casevac.request import Request
from casevac.stamp import Said
from casevac.task import Task, TaskEnd
from casevac.vehicle import Vehicle
from casevac.view import View, request_of

Json = dict[str, Any]
Touched = dict[str, set[str]]
GROUPS = ("casualties", "vehicles", "facilities", "sites", "requests", "chains")
SOURCES = ("casualties", "vehicles", "facilities", "sites", "requests", "chains", "tasks")


def entities(
    picture: Picture,
    now: datetime,
    positions: Mapping[str, Fix] | None = None,
    only: Mapping[str, Collection[str]] | None = None,
) -> dict[str, dict[str, Json | None]]:
    """Every entity by group and id; with `only`, just those, None where one is no more.

    `positions` are the latest by vehicle id or device; `now` moves forecasts and clock statuses.
    """
    return of_view(View(picture, now, positions), only)


def of_view(
    view: View, only: Mapping[str, Collection[str]] | None = None
) -> dict[str, dict[str, Json | None]]:
    """The entities of a view that exists already."""
    known: dict[str, Mapping[str, Any]] = {
        "casualties": view.picture.casualties,
        "vehicles": view.picture.vehicles,
        "facilities": {k: f for k, f in view.picture.facilities.items() if f.registered is not None},
        "sites": view.picture.sites,
        "requests": view.requests,
        "chains": view.picture.chains,
    }
    found: dict[str, dict[str, Json | None]] = {}
    for group in GROUPS:
        wanted = sorted(known[group]) if only is None else sorted(only.get(group, ()))
        if wanted or only is None:
            found[group] = {
                key: DRAW[group](view, known[group][key]) if key in known[group] else None for key in wanted
            }
    return found


def touched(before: Picture, after: Picture) -> Touched:
    """Which entities may look different now, by group: those that changed and their neighbours."""
    changed = {group: _changed(getattr(before, group), getattr(after, group)) for group in SOURCES}
    if before.mission != after.mission:  # limits and needs of everybody may have moved
        return {group: set(getattr(after, group)) for group in GROUPS}
    found: Touched = {group: set(changed[group]) for group in GROUPS}
    found["vehicles"] |= _carriers(before, after)
    for picture in (before, after):
        for task in changed["tasks"]:
            _touch_task(found, picture, task)
        for vehicle in changed["vehicles"]:
            _touch_vehicle(found, picture, before.vehicles.get(vehicle), after.vehicles[vehicle])
        for facility in changed["facilities"]:
            _touch_facility(found, picture, facility)
        for chain in tuple(found["chains"]):
            _touch_chain(found, picture, chain)
        for zap in changed["casualties"]:
            _touch_casualty(found, picture, zap)
    return {group: ids for group, ids in found.items() if ids}


def _carriers(before: Picture, after: Picture) -> set[str]:
    """Vehicles that gained or lost a device."""
    devices = _changed(before.devices, after.devices)
    told = {said.value for pic in (before, after) for key in devices if (said := pic.devices.get(key))}
    return told & set(after.vehicles)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    if before is after:
        return set()
    return {key for key, value in after.items() if before.get(key) is not value}


def _touch_task(found: Touched, picture: Picture, key: str) -> None:
    task = picture.tasks.get(key)
    if task is not None and task.sent is not None:
        found["chains"].add(task.chain)
        found["vehicles"].add(task.vehicle)


def _touch_vehicle(found: Touched, picture: Picture, before: Vehicle | None, after: Vehicle) -> None:
    """New words touch the chains they are about; a new registration all that the vehicle ever did."""
    news = set(after.said) ^ set(before.said if before is not None else ())
    anew = before is None or before.registered != after.registered
    tasks = [task for task in picture.tasks.values() if task.vehicle == after.id]
    for chain in picture.chains.values():
        if any(leg.vehicle == after.id for leg in chain.plan.legs):
            orders = [task for task in tasks if task.chain == chain.id]
            within = [window(chain, task) for task in orders] or [window(chain, None)]
            if anew or any(one.holds(at) for one in within for at, _ in news):
                found["chains"].add(chain.id)
    if anew:
        found["casualties"] |= {
            one.id for one in picture.casualties.values() if any(m.vehicle == after.id for m in one.moves)
        }


def _touch_facility(found: Touched, picture: Picture, key: str) -> None:
    found["chains"] |= {chain.id for chain in picture.chains.values() if chain.plan.facility == key}
    found["casualties"] |= {
        one.id for one in picture.casualties.values() if any(move.facility == key for move in one.moves)
    }


def _touch_chain(found: Touched, picture: Picture, key: str) -> None:
    chain = picture.chains.get(key)
    if chain is None:
        return
    found["requests"].add(chain.plan.request)
    carried = [picture.casualties[zap] for zap in chain.plan.casualties if zap in picture.casualties]
    found["requests"] |= {request_of(casualty) for casualty in carried}  # a chain may serve others too
    found["facilities"].add(chain.plan.facility)
    found["vehicles"] |= set(chain.plan.vehicles)
    found["casualties"] |= set(chain.plan.casualties)


def _touch_casualty(found: Touched, picture: Picture, key: str) -> None:
    casualty = picture.casualties.get(key)
    if casualty is None:
        return
    found["requests"].add(request_of(casualty))
    found["vehicles"] |= {move.vehicle for move in casualty.moves if move.vehicle}
    found["facilities"] |= {move.facility for move in casualty.moves if move.facility}
    if casualty.chain is not None:
        found["chains"].add(casualty.chain.value)
        _touch_chain(found, picture, casualty.chain.value)


# --- one drawing a kind


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with `Z`, milliseconds only when there are any."""
    if at is None:
        return None
    text = at.astimezone(UTC).isoformat(timespec="milliseconds" if at.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def _casualty(view: View, one: Casualty) -> Json:
    place, injury, running = view.place_of(one), one.injury, view.chain_of(one)
    clocks = view.clocks(one)
    return {
        "id": one.id,
        "request": request_of(one),
        "category": one.triage.value,
        "injury_at": instant(injury.value.at) if injury else None,
        "injury_uncertainty_s": injury.value.uncertainty_s if injury else None,
        "state": casualties.state_of(one, planned=running is not None).value,
        "lon": place.lon if place else None,
        "lat": place.lat if place else None,
        "uncertainty_m": place.uncertainty_m if place else None,
        "carried_by": one.vehicle or None,
        "facility": one.facility or None,
        "chain": running.id if running else None,
        "source": one.reported.value.value if one.reported else None,
        "what": one.what.value if one.what else "",
        "needs": [need.value for need in one.needs(view.profile)],
        "forecast_estimated": any(clock.expected for clock in clocks) and view.rests_on_estimates(one),
        "clocks": [_clock(clock) for clock in clocks],
    }


def _clock(clock: Clock) -> Json:
    return {
        "step": clock.step.value,
        "target_at": instant(clock.target.first),
        "target_latest_at": instant(clock.target.last),
        "forecast_p50_at": instant(clock.expected.p50_at) if clock.expected else None,
        "forecast_p90_at": instant(clock.expected.p90_at) if clock.expected else None,
        "actual_at": instant(clock.actual_at),
        "status": clock.status.value,
    }


def _vehicle(view: View, one: Vehicle) -> Json:
    card, task = one.card, view.task_of(one)
    at_home = card.home_lon is not None and card.home_lat is not None
    return {
        "id": one.id,
        "callsign": card.callsign,
        "kind": card.vehicle_kind.value,
        "profile": card.profile,
        "device": one.device,
        "state": view.vehicle_state(one).value,
        "litters": card.litters,
        "seats": card.seats,
        "aboard": view.aboard.get(one.id, []),
        "task": _task(task) if task is not None else None,
        "home": {"name": card.home_name, "lon": card.home_lon, "lat": card.home_lat} if at_home else None,
    }


def _task(task: Task) -> Json | None:
    """The task while it runs; a declined one stays to be seen until the next is sent."""
    if not task.running and (task.ended is None or task.ended.value != TaskEnd.DECLINED):
        return None
    return {"id": task.id, "request": task.request, "chain": task.chain, "status": task.status}


def _facility(view: View, one: Facility) -> Json:
    card = one.card
    return {
        "id": one.id,
        "name": card.name,
        "lon": card.lon,
        "lat": card.lat,
        "level": card.level,
        "capabilities": [capability.value for capability in card.capabilities],
        "beds": {"staffed": card.beds_staffed, "free": view.free_beds(one)},
        "tables": card.tables,
        "open": card.open,
        "source": card.source,
        "date": card.source_date,
        "demonstration": card.demonstration,
        "inbound": view.inbound.get(one.id, []),
        "patients": view.patients.get(one.id, []),
    }


def _site(_: View, said: Said[SiteRegistered]) -> Json:
    card = said.value
    return {
        "id": card.id,
        "name": card.name,
        "kind": card.site_kind.value,
        "lon": card.lon,
        "lat": card.lat,
        "source": card.source,
        "demonstration": card.demonstration,
    }


def _request(view: View, one: Request) -> Json:
    place, alert = view.place_of_request(one.id), one.alert.value if one.alert else None
    zaps = view.of_request.get(one.id, [])
    first = [c.reported.stamp[0] for zap in zaps if (c := view.picture.casualties[zap]).reported]
    opened_at = one.opened_at or min(first, default=None)
    return {
        "id": one.id,
        "place": alert.place if alert else "",
        "lon": place.lon if place else None,
        "lat": place.lat if place else None,
        "uncertainty_m": place.uncertainty_m if place else None,
        "how_many": alert.how_many if alert else len(zaps),
        "what": alert.what if alert else "",
        "who": alert.who if alert else "",
        "source": one.source.value.value if one.source else None,
        "opened_at": instant(opened_at),
        "state": view.request_state(one.id).value,
        "casualties": zaps,
    }


def _chain(view: View, one: Chain) -> Json:
    plan = one.plan
    done, arrivals = view.travelled(one)
    return {
        "id": one.id,
        "request": plan.request,
        "vehicles": list(plan.vehicles),
        "casualties": list(plan.casualties),
        "facility": plan.facility,
        "status": view.chain_status[one.id],
        "legs": [leg_json(*row) for row in zip(plan.legs, done, arrivals, strict=True)],
        "late": _late(view, one),
    }


def _late(view: View, one: Chain) -> list[str]:
    """What of a running chain is behind its plan, and which crew has not answered, in words."""
    if view.chain_status[one.id] != "active":
        return []
    behind = [found.words for found in chains.late(one, *view.travelled(one))]
    for task in view.picture.tasks.values():
        if task.chain == one.id and (over := chains.unanswered(task, view.profile, view.now)) > 0:
            behind.append(f"{task.vehicle} should have answered {chains.minutes(over)} ago")
    return behind


def leg_json(leg: Leg, so_far: Progress | None = None, arrival: Arrival | None = None) -> Json:
    """A leg: as planned, or with its present forecast and state."""
    return {
        "mode": leg.mode.value,
        "vehicle": leg.vehicle,
        "purpose": leg.purpose.value,
        "from": _stop(leg.start),
        "to": _stop(leg.end),
        "path": [list(point) for point in leg.path],
        "metres": leg.metres,
        "depart_at": instant(arrival.depart_at if arrival else leg.depart_at),
        "arrive_p50_at": instant(arrival.p50_at if arrival else leg.arrive_p50_at),
        "arrive_p90_at": instant(arrival.p90_at if arrival else leg.arrive_p90_at),
        "estimated": leg.estimated,
        "state": so_far.state.value if so_far else "planned",
        "casualties": list(leg.casualties),
    }


def _stop(stop: Stop) -> Json:
    return {"name": stop.name, "lon": stop.lon, "lat": stop.lat, "id": stop.id}


DRAW: dict[str, Any] = {
    "casualties": _casualty,
    "vehicles": _vehicle,
    "facilities": _facility,
    "sites": _site,
    "requests": _request,
    "chains": _chain,
}

"""The picture as JSON values: the entities that a page, an export or a replay frame shows."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from casevac import chain as chains
from casevac import duplicates, merging
from casevac.chain import Arrival, Chain, Progress, window
from casevac.course import request_of
from casevac.duty import Reservation
from casevac.entities_casualty import casualty_json
from casevac.entities_duty import approval_json, duty_of_request, inbound_json, question_json
from casevac.entities_means import facility, hazard, site, team, vehicle
from casevac.entities_request import request_json
from casevac.events import Leg, Stop
from casevac.mtf import Facility
from casevac.picture import Picture
from casevac.plain import Json, instant
from casevac.position import Fix
from casevac.request import Request
from casevac.ringing import ringing, told_json
from casevac.site import cards as site_cards
from casevac.surgery import waits
from casevac.vehicle import Vehicle
from casevac.view import View

__all__ = ["GROUPS", "Json", "Touched", "entities", "instant", "leg_json", "of_view", "touched"]

Touched = dict[str, set[str]]
FOLDED = (
    "casualties",
    "vehicles",
    "teams",
    "facilities",
    "sites",
    "hazards",
    "requests",
    "chains",
    "questions",
)
GROUPS = (*FOLDED, "alarms")  # an alarm follows from everything, and from time
SOURCES = (*FOLDED, "site_words", "reservations", "tasks", "launches", "warnings", "inbound")


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
        "teams": view.picture.teams,
        "sites": site_cards(view.picture.sites, view.picture.site_words),
        "hazards": {k: one for k, one in view.picture.hazards.items() if one.reported is not None},
        "requests": view.requests,
        "chains": view.picture.chains,
        "questions": view.picture.questions,
        "alarms": _alarms(view, only),
    }
    found: dict[str, dict[str, Json | None]] = {}
    for group in GROUPS:
        wanted = sorted(known[group]) if only is None else sorted(only.get(group, ()))
        if wanted or only is None:
            found[group] = {
                key: DRAW[group](view, known[group][key]) if key in known[group] else None for key in wanted
            }
    return found


def _alarms(view: View, only: Mapping[str, Collection[str]] | None) -> dict[str, Json]:
    """Every alarm as it looks; of those asked for by id what the log tells, which costs nothing."""
    if only is None:
        return ringing(view)
    looks = {key: told_json(view.picture, key) for key in only.get("alarms", ())}
    return {key: look for key, look in looks.items() if look is not None}


def touched(before: Picture, after: Picture) -> Touched:
    """Which entities may look different now, by group: those that changed and their neighbours."""
    changed = {group: _changed(getattr(before, group), getattr(after, group)) for group in SOURCES}
    changed["chains"] = {
        one for one in changed["chains"] if _differs(before.chains.get(one), after.chains[one])
    }
    if before.merges is not after.merges or before.request_merges is not after.request_merges:
        every = (before, after, merging.resolved(before), merging.resolved(after))  # rare: all may differ
        return {group: set().union(*(_ids(one, group) for one in every)) for group in FOLDED}
    if before.mission != after.mission:  # limits and needs of everybody may have moved
        return {group: _ids(after, group) | _ids(merging.resolved(after), group) for group in FOLDED}
    changed["casualties"] |= {merging.kept(after.merges, zap) for zap in changed["casualties"]}
    changed["requests"] |= {merging.kept(after.request_merges, one) for one in changed["requests"]}
    before, after = merging.resolved(before), merging.resolved(after)
    found: Touched = {group: set(changed[group]) for group in FOLDED}
    found["vehicles"] |= _carriers(before, after)
    found["sites"] |= changed["site_words"]
    for key in changed["facilities"]:
        _touch_facility(found, before, after, key)
    for picture in (before, after):
        for task in changed["tasks"]:
            _touch_task(found, picture, task)
        for key in changed["vehicles"]:
            _touch_vehicle(found, picture, before.vehicles.get(key), after.vehicles[key])
        for key in changed["teams"]:
            _touch_team(found, picture, after, key)
        for key in changed["reservations"]:
            found["facilities"] |= _keepers(picture.reservations.get(key))
        _touch_words(found, picture, changed)
        for request in changed["requests"] | {key.partition("/")[0] for key in changed["warnings"]}:
            _touch_request(found, picture, merging.kept(picture.request_merges, request))
        for chain in tuple(found["chains"]):
            _touch_chain(found, picture, chain)
        for zap in changed["casualties"]:
            _touch_casualty(found, picture, zap)
    for picture in (before, after):
        found["casualties"] |= _queued(picture, found["facilities"])
    found["alarms"] = _changed(before.alarms, after.alarms)
    around = [duplicates.neighbours(picture, found["requests"]) for picture in (before, after)]
    found["requests"] |= set().union(*around)
    return {group: ids for group, ids in found.items() if ids}


def _ids(picture: Picture, group: str) -> set[str]:
    """Every id of a group, of merged ones too, with the requests that stand for casualties without one."""
    found = set(getattr(picture, group, ())) | set(getattr(merging.resolved(picture), group, ()))
    if group != "requests":
        return found
    each = (*picture.casualties.values(), *merging.resolved(picture).casualties.values())
    return found | {request_of(one) for one in each}


def _carriers(before: Picture, after: Picture) -> set[str]:
    """Vehicles that gained or lost a device."""
    devices = _changed(before.devices, after.devices)
    said = [one for pic in (before, after) for key in devices if (one := pic.devices.get(key))]
    return {one.value.vehicle for one in said if one.value.vehicle} & set(after.vehicles)


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    if before is after:
        return set()
    return {key for key, value in after.items() if before.get(key) is not value}


def _differs(before: Chain | None, after: Chain) -> bool:
    """False for a chain of which nothing was told but that its roads were looked at, and stay."""
    return before is None or not (
        before.planned is after.planned and before.roads is after.roads and before.by_now is after.by_now
    )


def _touch_task(found: Touched, picture: Picture, key: str) -> None:
    task = picture.tasks.get(key)
    if task is not None and task.sent is not None:
        found["chains"].add(task.chain)
        found["vehicles"].add(task.vehicle)


def _touch_words(found: Touched, picture: Picture, changed: Mapping[str, set[str]]) -> None:
    """Words of duty touch their requests and chains; a question its casualty's request."""
    found["requests"] |= {key.partition("/")[0] for key in changed["warnings"]} | changed["launches"]
    found["chains"] |= changed["launches"] | {key.partition("/")[0] for key in changed["inbound"]}
    if spoken_of := changed["launches"] | changed["requests"]:
        found["chains"] |= {key for key, one in picture.chains.items() if one.plan.request in spoken_of}
    for key in changed["questions"]:
        one = picture.questions.get(key)
        casualty = picture.casualties.get(one.asked.value.casualty) if one is not None and one.asked else None
        if casualty is not None:
            found["casualties"].add(casualty.id)
            found["requests"].add(request_of(casualty))


def _touch_vehicle(found: Touched, picture: Picture, before: Vehicle | None, after: Vehicle) -> None:
    """New words touch the chains they are about; a new registration all that the vehicle ever did."""
    news = set(after.said) ^ set(before.said if before is not None else ())
    anew = before is None or before.registered != after.registered
    tasks = [task for task in picture.tasks.values() if task.vehicle == after.id]
    for chain in picture.chains.values():
        if after.id in chain.plan.vehicles:
            orders = [task for task in tasks if task.chain == chain.id]
            within = [window(chain, task) for task in orders] or [window(chain, None)]
            if anew or any(one.holds(at) for one in within for at, _ in news):
                found["chains"].add(chain.id)
    found["casualties"].update(picture.aboard.get(after.id, ()))
    if anew:
        _touch_carried(found, picture, after.id)


def _touch_carried(found: Touched, picture: Picture, key: str) -> None:
    """Casualties that the vehicle ever carried."""
    carried = (one.id for one in picture.casualties.values() if any(m.vehicle == key for m in one.moves))
    found["casualties"].update(carried)


def _touch_team(found: Touched, picture: Picture, after: Picture, key: str) -> None:
    """A team is part of the care aboard each vehicle that it ever boarded."""
    for one in filter(None, (picture.teams.get(key), after.teams[key])):
        named = {one.card.vehicle, one.vehicle, *(word.value for word in one.boarded)} - {None, ""}
        for boarded in sorted(str(name) for name in named if name in picture.vehicles):
            found["vehicles"].add(boarded)
            _touch_carried(found, picture, boarded)
        for chain in picture.chains.values():
            if any(leg.vehicle in named for leg in chain.plan.legs):
                found["chains"].add(chain.id)


def _keepers(one: Reservation | None) -> set[str]:
    """The facility that keeps the bed."""
    return {one.reserved.value.facility} if one is not None and one.reserved is not None else set()


def _touch_request(found: Touched, picture: Picture, key: str) -> None:
    """How far its casualties have come may hang on it."""
    found["casualties"] |= set(picture.of_request.get(key, ()))


def _touch_facility(found: Touched, before: Picture, after: Picture, key: str) -> None:
    """A board touches those inside and on their way; what the facility can do, all that it ever had."""
    for picture in (before, after):
        patients = [picture.casualties[zap] for zap in picture.patients.get(key, ())]
        if _abilities(before.facilities.get(key)) != _abilities(after.facilities.get(key)):
            found["chains"] |= {chain.id for chain in picture.chains.values() if chain.plan.facility == key}
            ever = (one for one in picture.casualties.values() if any(m.facility == key for m in one.moves))
            found["casualties"].update(one.id for one in ever)
            found["requests"].update(request_of(one) for one in patients)  # who must go on hangs on it
        else:
            found["chains"] |= {chain.id for chain in picture.chains.values() if _bound(picture, chain, key)}
            found["casualties"].update(one.id for one in patients if one.surgery_at is None)


def _abilities(facility: Facility | None) -> object:
    return None if facility is None else (facility.registered, facility.capabilities)


def _bound(picture: Picture, chain: Chain, key: str) -> bool:
    """True when somebody of the chain is still on the way to the facility."""
    known = (picture.casualties.get(zap) for zap in chain.plan.casualties)
    return chain.plan.facility == key and any(one is None or one.facility != key for one in known)


def _queued(picture: Picture, facilities: Collection[str]) -> set[str]:
    """Who waits for surgery in one of the facilities or is planned to come there: each may wait for each."""
    zaps = {zap for key in facilities for zap in picture.patients.get(key, ())}
    plans = (one.plan for one in picture.chains.values() if one.plan.facility in facilities)
    zaps.update(zap for plan in plans for zap in plan.casualties)
    each = (one for zap in zaps if (one := picture.casualties.get(zap)) is not None)
    return {one.id for one in each if waits(one, picture.mission.profile)}


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
    found["facilities"] |= {
        facility
        for one in picture.reservations.values()
        if one.reserved is not None and one.reserved.value.casualty == key
        for facility in _keepers(one)
    }
    if casualty.chain is not None:
        found["chains"].add(casualty.chain.value)
        _touch_chain(found, picture, casualty.chain.value)


# --- one drawing a kind


def _request(view: View, one: Request) -> Json:
    return {**request_json(view, one), **duty_of_request(view, one.id)}


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
        "why": view.broken(one) if view.chain_status[one.id] == "cancelled" else "",
        "approval": approval_json(view, one),
        "inbound": inbound_json(view, one),
        "legs": [leg_json(*row) for row in zip(plan.legs, done, arrivals, strict=True)],
        "late": _late(view, one),
        "blocked": [{"leg": road.leg, "why": road.why} for road in one.blocked],
    }


def _late(view: View, one: Chain) -> list[str]:
    """What of a running chain is behind its plan, and which crew has not answered, in words."""
    if view.chain_status[one.id] != "active":
        return []
    behind = [found.words for found in chains.late(one, *view.travelled(one))]
    for task in view.tasks_of.get(one.id, {}).values():
        if (over := chains.unanswered(task, view.profile, view.now)) > 0:
            behind.append(f"{task.vehicle} should have answered {chains.minutes(over)} ago")
    return behind


def leg_json(leg: Leg, so_far: Progress | None = None, arrival: Arrival | None = None) -> Json:
    """A leg: as planned, or with its present forecast and state."""
    return {
        "mode": leg.mode.value,
        "vehicle": leg.vehicle,
        "purpose": leg.purpose.value,
        "from": stop_json(leg.start),
        "to": stop_json(leg.end),
        "path": [list(point) for point in leg.path],
        "metres": leg.metres,
        "exposure_s": round(leg.exposure_s, 1),
        "danger_s": round(leg.danger_s, 1),
        "depart_at": instant(arrival.depart_at if arrival else leg.depart_at),
        "arrive_p50_at": instant(arrival.p50_at if arrival else leg.arrive_p50_at),
        "arrive_p90_at": instant(arrival.p90_at if arrival else leg.arrive_p90_at),
        "estimated": leg.estimated,
        "state": so_far.state.value if so_far else "planned",
        "casualties": list(leg.casualties),
    }


def stop_json(stop: Stop) -> Json:
    """One end of a leg."""
    return {"name": stop.name, "lon": stop.lon, "lat": stop.lat, "id": stop.id}


DRAW: dict[str, Any] = {
    "casualties": casualty_json,
    "vehicles": vehicle,
    "teams": team,
    "facilities": facility,
    "sites": site,
    "hazards": hazard,
    "requests": _request,
    "chains": _chain,
    "questions": question_json,
    "alarms": lambda _, look: look,
}

"""Vehicles, teams, facilities, sites and hazards as JSON values."""

from collections.abc import Mapping

import msgspec

from casevac import hazard as hazards
from casevac.beds import Keeping, over_capacity
from casevac.board import Figure, blood_in, instant_in, sane, stale_after
from casevac.duty import Hazard
from casevac.events import HazardReported, SiteRegistered
from casevac.mtf import Facility, tables_free
from casevac.plain import Json, instant
from casevac.silence import doubts
from casevac.site import FOUND
from casevac.task import Task, TaskEnd
from casevac.team import Team, state_words
from casevac.terms import Accepting, Mode
from casevac.vehicle import Vehicle, ready_as_told
from casevac.view import View


def vehicle(view: View, one: Vehicle) -> Json:
    """A vehicle: what it is, what it does, what it can still do and as of when."""
    card, task = one.card, view.task_of(one)
    at_home = card.home_lon is not None and card.home_lat is not None
    ready, equipment, reach = one.told.get("ready_in_s"), one.equipment, one.range_m
    return {
        "id": one.id,
        "callsign": card.callsign,
        "kind": card.vehicle_kind.value,
        "profile": card.profile,
        "device": one.device,
        "state": view.vehicle_state(one).value,
        "litters": one.litters,
        "seats": one.seats,
        "aboard": list(view.aboard.get(one.id, ())),
        "task": _task(task) if task is not None else None,
        "home": {"name": card.home_name, "lon": card.home_lon, "lat": card.home_lat} if at_home else None,
        "medical_crew": card.medical_crew or any(team.cares for team in view.team_of(one.id)),
        "teams": [team.id for team in view.team_of(one.id)],
        "equipment": None if equipment is None else [item.value for item in equipment],
        "readiness_s": card.readiness_s,
        "ready_at": instant(ready_as_told(ready)) if ready is not None else None,
        "range_km": None if reach is None else round(reach / 1000, 1),
        "duty_ends_at": instant(one.duty_ends_at),
        "operator": card.operator,
        "condition": _figures(view, one.told),
        "doubts": doubts(view, one),
    }


def _task(task: Task) -> Json | None:
    """The task while it runs; a declined one stays to be seen until the next is sent."""
    if not task.running and (task.ended is None or task.ended.value != TaskEnd.DECLINED):
        return None
    return {"id": task.id, "request": task.request, "chain": task.chain, "status": task.status}


def team(view: View, one: Team) -> Json:
    """A team: where it stands by or whose guest it is, and whether it can go."""
    card = one.card
    return {
        "id": one.id,
        "name": card.name,
        "kind": card.team_kind.value,
        "members": card.members,
        "state": state_words(one, view.now),
        "vehicle": one.vehicle or None,
        "facility": card.facility,
        "lon": card.lon,
        "lat": card.lat,
        "device": card.device,
        "readiness_s": card.readiness_s,
        "duty_ends_at": instant(instant_in(one.told, "duty_ends_at")),
        "condition": _figures(view, one.told),
        "demonstration": card.demonstration,
    }


def facility(view: View, one: Facility) -> Json:
    """A facility: its card, its board with the time of each figure, and who is there or to come."""
    card, board, rooms = one.card, one.board, view.wards.rooms(one)
    staffed = [room.staffed for room in rooms.values() if room.staffed is not None]
    reason = board.get("reason")
    return {
        "id": one.id,
        "name": card.name,
        "lon": card.lon,
        "lat": card.lat,
        "level": card.level,
        "capabilities": [capability.value for capability in one.capabilities],
        "beds": {"staffed": sum(staffed) if staffed else None, "free": view.free_beds(one)},
        "rooms": [room._asdict() | {"left": room.left} for room in rooms.values()],
        "over_capacity": over_capacity(rooms.values()),
        "reservations": _reservations(view, one),
        "tables": board["tables"].value if "tables" in board else None,
        "theatre": _theatre(view, one),
        "blood": _blood(one),
        "accepting": one.accepting.value,
        "reason": reason.value if reason is not None else "",
        "open": one.accepting == Accepting.OPEN,
        "source": card.source,
        "date": card.source_date,
        "demonstration": card.demonstration,
        "inbound": view.inbound.get(one.id, []),
        "patients": list(view.patients.get(one.id, ())),
        "board": _figures(view, board),
    }


def _figures(view: View, board: Mapping[str, Figure]) -> list[Json]:
    """Each figure with its time, its source, and from when on it is a risk to rely on it."""
    return [
        {
            "what": what,
            "value": msgspec.to_builtins(figure.value),
            "as_of": instant(figure.as_of),
            "stale_after": instant(stale_after(what, figure, view.profile)),
            "source": figure.source.value,
            "by": figure.by,
        }
        for what, figure in sorted(board.items())
    ]


def _reservations(view: View, one: Facility) -> list[Json]:
    over, rooms = view.wards.overbooked(one), view.wards.rooms(one)
    return [
        {
            "id": kept.id,
            "casualty": kept.told.casualty,
            "bed": kept.told.bed.value,
            "at": instant(sane(kept.stamp[0])),
            "until": instant(kept.told.until),
            "by": kept.told.by,
            "chain": kept.told.chain,
            "state": Keeping.KEPT.value,
            "overbooked": kept.id in over,
            "unconfirmed": rooms[kept.told.bed].free is None,  # nobody told how many are free
        }
        for kept in view.wards.kept.get(one.id, ())
    ]


def _theatre(view: View, one: Facility) -> Json:
    """The tables, the queue, and when the first table is free by what was told."""
    free, queue, tables = (
        tables_free(one.board, view.profile),
        one.board.get("queue"),
        one.board.get("tables"),
    )
    return {
        "tables": tables.value if tables is not None else None,
        "queue": queue.value if queue is not None else None,
        "free_at": instant(free[0]) if free else None,
    }


def _blood(one: Facility) -> list[Json] | None:
    stocks = blood_in(one.board)
    if stocks is None:
        return None
    return [
        {
            "group": stock.group,
            "units": stock.units,
            "expires_at": instant(stock.expires_at),
        }
        for stock in stocks
    ]


def site(_: View, card: SiteRegistered) -> Json:
    """A landing site, exchange point or collection point, with what is known of landing there."""
    return {
        "id": card.id,
        "name": card.name,
        "kind": card.site_kind.value,
        "lon": card.lon,
        "lat": card.lat,
        "source": card.source,
        "demonstration": card.demonstration,
        "landing": {name: msgspec.to_builtins(getattr(card, name)) for name in FOUND},
        "checked_at": instant(card.checked_at),
        "checked_by": card.checked_by,
    }


def hazard(view: View, one: Hazard) -> Json:
    """A hazard with its outline, what it does by road, and who says so.

    It holds from `since` on and is over once it was lifted, or at `until`.
    """
    reported, lifted = one.reported, one.lifted
    if reported is None:
        return {"id": one.id}  # all that was told of it is that it was lifted
    told = reported.value
    return {
        "id": one.id,
        "kind": told.hazard_kind.value,
        "name": told.name,
        "affects": [mode.value for mode in told.affects],
        "geometry": _outline(told),
        "lon": told.lon,
        "lat": told.lat,
        "radius_m": None if told.polygon else told.radius_m,
        "effect": hazards.effect(told, view.profile, told.affects[0] if told.affects else Mode.GROUND).value,
        "severity": hazards.severity(told, view.profile),
        "speed_factor": hazards.speed_factor(told, view.profile),
        "reported_at": instant(sane(reported.stamp[0])),
        "since": instant(told.since),
        "until": instant(told.until),
        "lifted_at": instant(sane(lifted.stamp[0])) if lifted is not None and one.over else None,
        "lifted_by": one.lifter if one.over else "",
        "by": told.by or told.speaker,
        "source": told.source,
        "author": one.author,
    }


def _outline(told: HazardReported) -> Json:
    """GeoJSON: a polygon, a line, or the centre of a circle."""
    if told.polygon:
        ring = [list(point) for point in told.polygon]
        return {"type": "Polygon", "coordinates": [ring if ring[0] == ring[-1] else [*ring, ring[0]]]}
    if told.line:
        return {"type": "LineString", "coordinates": [list(point) for point in told.line]}
    return {"type": "Point", "coordinates": [told.lon, told.lat]}

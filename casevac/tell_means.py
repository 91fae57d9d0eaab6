"""What is checked and added when somebody tells of vehicles, teams, facilities and hazards."""

import math

import msgspec

from casevac import events as e
from casevac import hazard
from casevac.beds import Keeping, Room, words
from casevac.board import count_in
from casevac.errors import AlreadyReserved, BadMessage, NotPossible, Unknown
from casevac.ids import Mint
from casevac.mtf import Facility, closed
from casevac.tell import Checks
from casevac.terms import Accepting, HazardKind, Mode
from casevac.view import View

NONSENSE = 10  # so many times the staffed beds is a slip of the pen, not an overcrowded house
WHO = frozenset(("by", "speaker", "vehicle", "team", "facility", "reason"))


def _vehicle_status(_: View, body: e.VehicleStatusChanged, __: Mint) -> tuple[e.AnyBody, ...]:
    if not body.vehicle:
        raise BadMessage("say which vehicle: vehicle is missing")
    return (body,)


def _vehicle_condition(_: View, body: e.VehicleConditionReported, __: Mint) -> tuple[e.AnyBody, ...]:
    if not body.vehicle:
        raise BadMessage("say which vehicle: vehicle is missing")
    _something(body)
    return (body,)


def _team_status(_: View, body: e.TeamStatusChanged, __: Mint) -> tuple[e.AnyBody, ...]:
    if body.vehicle and body.left:
        raise BadMessage("a team either boards a vehicle or leaves it: give vehicle or left, not both")
    if not body.vehicle:
        _something(body)
    return (body,)


def _something(body: e.Told) -> None:
    """Raises BadMessage when the words tell nothing."""
    fields = [field for field in msgspec.structs.fields(body) if field.name not in WHO]
    for field in fields:
        value = getattr(body, field.name)
        if value is not None if field.default is None else value not in (False, (), {}):
            return
    raise BadMessage(f"nothing is told; give one or more of {', '.join(field.name for field in fields)}")


# --- the board of a facility


def _facility_status(view: View, body: e.FacilityStatusReported, _: Mint) -> tuple[e.AnyBody, ...]:
    if not body.facility:
        raise BadMessage("say which facility: facility is missing")
    _something(body)
    if body.accepting in (Accepting.DIVERTING, Accepting.CLOSED) and not body.reason.strip():
        raise BadMessage(f"say why it is {body.accepting}: reason is missing")
    known = view.picture.facilities[body.facility]
    if len({beds.bed for beds in body.beds}) < len(body.beds):
        raise BadMessage("beds names one kind of bed twice; give each kind once")
    for beds in body.beds:
        _beds(known, beds)
    _theatre(known, body)
    for stock, count in body.stocks.items():
        if not math.isfinite(count) or count < 0:
            raise BadMessage(f"{stock} is {count:g}; give a number from 0 on")
    if body.blood is not None and len(set(body.blood)) < len(body.blood):
        raise BadMessage("blood names the same units twice; give each group and expiry once")
    return (body,)


def _beds(known: Facility, told: e.BedCount) -> None:
    """Raises BadMessage for a count that cannot be; more occupied than staffed can: it is overcrowded."""
    name = words(told.bed)
    if told.staffed is None and told.free is None and told.occupied is None:
        raise BadMessage(f"{name}: give staffed, free or occupied")
    staffed = told.staffed if told.staffed is not None else count_in(known.board, f"beds.{told.bed}.staffed")
    if staffed is None:
        return
    if told.free is not None and told.free > staffed:
        raise BadMessage(f"{told.free} of {staffed} staffed {name} cannot be free; tell staffed and free")
    if told.occupied is None:
        return
    if told.free is not None and told.occupied <= staffed < told.free + told.occupied:
        raise BadMessage(f"{told.free} free and {told.occupied} occupied are more than {staffed} {name}")
    if told.free and told.occupied > staffed:
        raise BadMessage(f"{told.occupied} lie in {staffed} {name}, so none of them is free")
    if told.occupied > NONSENSE * max(1, staffed):
        raise BadMessage(f"{told.occupied} occupied of {staffed} staffed {name} cannot be; check the numbers")


def _theatre(known: Facility, told: e.FacilityStatusReported) -> None:
    busy = len(told.tables_busy_until or ())
    tables = told.tables if told.tables is not None else count_in(known.board, "tables")
    if tables is not None and busy > tables:
        raise BadMessage(f"{busy} of {tables} operating tables cannot be busy; tell tables as well")


# --- reservations


def _bed_reserved(view: View, body: e.BedReserved, _: Mint) -> tuple[e.AnyBody, ...]:
    facility, casualty = view.picture.facilities[body.facility], view.casualty(body.casualty)
    if body.reservation in view.picture.reservations:
        raise NotPossible(f"reservation {body.reservation} exists already; leave its id out")
    if body.until is not None and body.until <= view.now:
        raise BadMessage("until is over already; give a time to come, or none")
    who = body.casualty if casualty is None else casualty.id
    if casualty is not None and casualty.facility == body.facility:
        raise NotPossible(f"{body.casualty} is in {facility.card.name} already")
    for kept in view.wards.kept.get(body.facility, ()):
        if kept.told.casualty == who:
            raise AlreadyReserved(
                f"{facility.card.name} keeps a bed for {body.casualty} already: reservation {kept.id}"
            )
    if why := closed(facility):
        raise NotPossible(f"{facility.card.name} {why}; choose another facility")
    room = view.wards.rooms(facility, (who,)).get(body.bed)
    if room is not None and room.left is not None and room.left < 1:
        raise AlreadyReserved(_taken(view, body, room))
    return (body,)


def _taken(view: View, body: e.BedReserved, room: Room) -> str:
    """Who has the beds, in words."""
    name, free = view.picture.facilities[body.facility].card.name, max(0, room.free or 0)
    kept = [one for one in view.wards.kept.get(body.facility, ()) if one.told.bed == body.bed]
    who = [f"{one.told.casualty} ({one.id} by {one.told.by})" for one in kept]
    if room.inbound:
        who.append(f"{room.inbound} on the way")
    for_whom = f", kept for {', '.join(who)}" if who else ""
    return f"{name} has {free} free {words(body.bed)}{for_whom}; choose another facility"


def _bed_released(view: View, body: e.BedReleased, _: Mint) -> tuple[e.AnyBody, ...]:
    state = view.wards.keeping.get(body.reservation)
    if state is not None and state != Keeping.KEPT:
        raise NotPossible(f"reservation {body.reservation} is {state.value} already")
    return (body,)


# --- hazards


def _hazard_reported(view: View, body: e.HazardReported, _: Mint) -> tuple[e.AnyBody, ...]:
    if body.line and body.polygon:
        raise BadMessage("a hazard is a line or a polygon, not both; leave one out")
    if body.polygon and len(set(body.polygon)) < 3:
        raise BadMessage("a polygon needs three different corners or more")
    if body.line and len(set(body.line)) < 2:
        raise BadMessage("a line needs two different points or more")
    if not body.polygon and body.radius_m <= 0:
        raise BadMessage("radius_m is 0; say within how many metres the hazard holds")
    if not body.affects:
        raise BadMessage("say what it affects: ground, air or foot")
    _held_then(view, body)
    _weighed(body)
    hazard.check(body, view.profile)
    return (body,)


def _held_then(view: View, body: e.HazardReported) -> None:
    """Raises BadMessage for times at which nothing could hold."""
    if body.until is not None and body.until <= view.now:
        raise BadMessage("until is over already; give a time to come, or none")
    if body.since is not None and body.until is not None and body.until <= body.since:
        raise BadMessage(
            "until is not after since; give the time at which it begins, then the one of its end"
        )


def _weighed(body: e.HazardReported) -> None:
    """Raises BadMessage for a number that its kind does not have, or that cannot be."""
    kind = body.hazard_kind
    if body.severity is not None and kind != HazardKind.THREAT:
        raise BadMessage(f"a {kind} has no severity; report a threat, or leave it out")
    if body.speed_factor is not None and kind not in (HazardKind.SLOW, HazardKind.WEATHER):
        raise BadMessage(f"a {kind} has no speed_factor; report it as slow or weather, or leave it out")
    if body.speed_factor is None and kind == HazardKind.SLOW:
        raise BadMessage("say which share of the speed is left: speed_factor, more than 0 and at most 1")
    if kind == HazardKind.ONEWAY and not body.line:
        raise BadMessage("a one-way road is told as a line, in the direction in which it is driven")
    if kind in _OF_ROADS and Mode.AIR in body.affects:
        raise BadMessage(
            f"{kind} is said of roads; let it affect ground or foot, and report weather in the air"
        )


_OF_ROADS = (HazardKind.SLOW, HazardKind.ONEWAY, HazardKind.BRIDGE)


def _hazard_lifted(view: View, body: e.HazardLifted, _: Mint) -> tuple[e.AnyBody, ...]:
    known = view.picture.hazards.get(body.id)
    if known is None or known.reported is None:
        raise Unknown(f"no hazard {body.id!r} in this mission; look at the list and try again")
    if known.over:
        raise NotPossible(f"hazard {body.id} is lifted already")
    return (body,)


CHECKS: Checks = {
    e.VehicleStatusChanged: _vehicle_status,
    e.VehicleConditionReported: _vehicle_condition,
    e.TeamStatusChanged: _team_status,
    e.FacilityStatusReported: _facility_status,
    e.BedReserved: _bed_reserved,
    e.BedReleased: _bed_released,
    e.HazardReported: _hazard_reported,
    e.HazardLifted: _hazard_lifted,
}

"""Why a running chain is no longer sound: what has changed since it was planned, in words."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from casevac.chain import Arrival, Chain, Progress
from casevac.daylight import is_night
from casevac.events import LaunchDenied, Leg
from casevac.fleet import against
from casevac.hazard import Effect, named
from casevac.passing import Journey, Passing, begins, passings, planned
from casevac.score import LIMITS
from casevac.terms import ClockStatus, LegState, Mode, VehicleState
from casevac.view import View
from casevac.words import clock_time, minutes

SILENT = timedelta(minutes=15)  # a vehicle under way is heard of at least this often


def reasons(view: View, chain: Chain, day_only: frozenset[str] = frozenset()) -> list[str]:
    """Everything that speaks against going on as planned; empty when the chain is sound or runs no more.

    `day_only` are the aircraft profiles that need daylight (Travel.day_only, or the router's profiles).
    """
    if view.chain_status.get(chain.id) != "active":
        return []
    done, arrivals = view.travelled(chain)
    ahead = [
        (leg, so_far, at)
        for leg, so_far, at in zip(chain.plan.legs, done, arrivals, strict=True)
        if so_far.state != LegState.DONE
    ]
    found = [
        *_facility(view, chain),
        *_needs_risen(view, chain),
        *_denied(view, chain),
        *_vehicles(view, ahead),
        *_in_the_way(view, chain, ahead),
        *_dark(view, ahead, day_only),
        *_limits(view, chain),
    ]
    return list(dict.fromkeys(found))


Ahead = Sequence[tuple[Leg, Progress, Arrival]]


def _facility(view: View, chain: Chain) -> Iterator[str]:
    """The facility closed, lost a capability, has no bed left, or refused those on their way."""
    facility = view.picture.facilities.get(chain.plan.facility)
    if facility is None:
        yield f"facility {chain.plan.facility} is not known any more"
        return
    going = [view.picture.casualties[zap] for zap in chain.plan.casualties if zap in view.picture.casualties]
    going = [one for one in going if one.facility != facility.id]
    for why in against(view, facility, going) if going else ():
        yield f"{facility.card.name} {why}"
    said = view.picture.inbound.get(f"{chain.id}/{facility.id}")
    if said is not None and not said.value.accepts:
        why = f": {said.value.reason}" if said.value.reason else ""
        yield f"{facility.card.name} refuses those on their way to it{why}"


def _needs_risen(view: View, chain: Chain) -> Iterator[str]:
    """Who is more urgent than when the chain was planned, and for whom the facility cannot do all."""
    facility = view.picture.facilities.get(chain.plan.facility)
    for zap in chain.plan.casualties:
        one = view.picture.casualties.get(zap)
        if one is None or facility is None or one.facility == facility.id:
            continue
        missing = [n.value for n in one.needs(view.profile) if n not in facility.capabilities]
        if missing and one.triaged is not None and one.triaged.at > chain.planned.stamp[0]:
            yield f"{zap} is {one.triage.value} by now and needs {', '.join(missing)}"


def _denied(view: View, chain: Chain) -> Iterator[str]:
    """The last word of an authority on each vehicle is a denial."""
    launch = view.picture.launches.get(chain.id)
    last = {(said.value.authority, said.value.vehicle): said.value for said in launch.words} if launch else {}
    for (authority, vehicle), word in sorted(last.items()):
        if isinstance(word, LaunchDenied):
            yield f"{authority} denies {vehicle or 'the launch'}: {word.reason}"


def _vehicles(view: View, ahead: Ahead) -> Iterator[str]:
    """A vehicle that still has to go out of service, or silent while under way."""
    for leg, so_far, _ in ahead:
        one = view.picture.vehicles.get(leg.vehicle)
        if leg.mode == Mode.FOOT or one is None:
            continue
        if view.vehicle_state(one) == VehicleState.OUT_OF_SERVICE:
            yield f"{one.card.callsign} is out of service"
        fix = view.positions.get(one.id)
        heard_at = (
            max(so_far.started_at or view.now, fix.corrected_at) if fix is not None else so_far.started_at
        )
        if so_far.state == LegState.STARTED and heard_at is not None and view.now - heard_at > SILENT:
            silent = minutes((view.now - heard_at).total_seconds())
            yield f"{one.card.callsign} has not been heard of for {silent}"


def _in_the_way(view: View, chain: Chain, ahead: Ahead) -> Iterator[str]:
    """What lies on what is left of each way, or will: closed, or not yet known when it was planned."""
    planned_at = chain.planned.stamp[0]
    for leg, so_far, at in ahead:
        started = so_far.state == LegState.STARTED
        when = at._replace(depart_at=max(at.depart_at, view.now)) if started else at
        way = Journey(leg.mode, _left(view, leg, so_far), when, leg.vehicle, leg.end.name)
        foreseen = {one.hazard.id for one in passings(view, planned(leg)) if one.begins_before}
        for one in passings(view, way):
            news = one.hazard.reported is not None and one.hazard.reported.stamp[0] > planned_at
            began = news or (one.told.since is not None and one.told.since > planned_at)
            if one.hazard.coming(view.now):
                if one.begins_before and (news or one.hazard.id not in foreseen):
                    yield begins(one, way)
            elif one.effect == Effect.CLOSED or began:
                yield f"{named(one.told)}{_does(one)} lies on the way of {leg.vehicle} to {leg.end.name}"


def _does(one: Passing) -> str:
    """What it does, where that is not to close the way."""
    return "" if one.effect == Effect.CLOSED else f" ({one.told.hazard_kind.value}: {one.effect.value})"


def _left(view: View, leg: Leg, so_far: Progress) -> Sequence[tuple[float, float]]:
    """What of a path is still ahead of its vehicle."""
    fix = view.positions.get(leg.vehicle)
    if fix is None or so_far.state != LegState.STARTED:
        return leg.path
    near = min(
        range(len(leg.path)), key=lambda i: (leg.path[i][0] - fix.lon) ** 2 + (leg.path[i][1] - fix.lat) ** 2
    )
    return ((fix.lon, fix.lat), *leg.path[min(near + 1, len(leg.path) - 1) :])


def _dark(view: View, ahead: Ahead, day_only: frozenset[str]) -> Iterator[str]:
    """Flights of aircraft without night flying that are forecast for the dark."""
    for leg, so_far, at in ahead:
        one = view.picture.vehicles.get(leg.vehicle)
        if leg.mode != Mode.AIR or one is None or one.card.profile not in day_only:
            continue
        out = so_far.state == LegState.PLANNED and is_night(leg.start.lon, leg.start.lat, at.depart_at)
        if out or is_night(leg.end.lon, leg.end.lat, at.p50_at):
            when = clock_time(at.depart_at if out else at.p50_at)
            yield f"{one.card.callsign} does not fly by night and would be in the air at {when}"


def _limits(view: View, chain: Chain) -> Iterator[str]:
    """Limits that the chain was planned to keep at its 90 % bound and now misses."""
    for zap in chain.plan.casualties:
        one = view.picture.casualties.get(zap)
        if one is None or one.facility == chain.plan.facility:
            continue
        before = _planned(view, chain, zap)
        for clock in view.clocks(one):
            now_at, was = clock.expected, before.get(clock.step)
            if clock.step not in LIMITS or now_at is None or was is None or was > clock.target.first:
                continue
            if now_at.p90_at > clock.target.first and clock.status != ClockStatus.NOT_NEEDED:
                late = minutes((now_at.p90_at - clock.target.first).total_seconds())
                step = clock.step.value.replace("_", " ")
                yield f"{zap}: {step} may come {late} after its limit (90 % bound)"


def _planned(view: View, chain: Chain, zap: str) -> dict[object, datetime]:
    """The 90 % bounds that the plan itself promised the casualty, by step."""
    care, surgery = LIMITS
    kept = next((one for one in chain.plan.promises if one.casualty == zap), None)
    if kept is not None:
        told = ((care, kept.care_p90_at), (surgery, kept.surgery_p90_at))
        return {step: at for step, at in told if at is not None}
    one, legs = view.picture.casualties[zap], chain.plan.legs
    arrivals = [Arrival(leg.depart_at, leg.arrive_p50_at, leg.arrive_p90_at) for leg in legs]
    promised = view.promise(one, legs, arrivals, chain.plan.facility)
    pairs = ((care, promised.medical), (surgery, promised.surgery))
    return {step: at.p90_at for step, at in pairs if at is not None}

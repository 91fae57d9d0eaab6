"""What may go wrong with an option although it is the best there is: plain words, one line each."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import product

from casevac.authority import guarded
from casevac.daylight import is_night
from casevac.events import Leg
from casevac.fleet import Choice, equipment_for
from casevac.fleet import risks as of_facility
from casevac.quality import doubt
from casevac.score import Score
from casevac.sketch import Sketch
from casevac.terms import Mode, VehicleKind
from casevac.travel import Travel, site_key
from casevac.vehicle import Trip, Vehicle, unfit, unsure
from casevac.view import View
from casevac.words import clock_time, km, minutes

STALE = timedelta(minutes=15)
WALK_M = 500.0  # more than this between road and casualties is said
BEARERS = 4  # to a litter


def risks(
    view: View, wanted: Choice, travel: Travel, sketch: Sketch, legs: Sequence[Leg], found: Score
) -> tuple[str, ...]:
    """Everything uncertain about the option, the limits first."""
    return (
        *_late_at_worst(found),
        *_at_the_door(view, sketch, legs),
        *_approvals(view, sketch),
        *_vague(view, wanted, travel, sketch),
        *_off_road(travel, sketch),
        *_landings(travel, sketch),
        *_by_night(view, legs),
        *_fuel(travel, sketch),
        *_crews(view, sketch, legs),
        *_positions(view, sketch.vehicles),
        *_on_foot(sketch),
    )


def _late_at_worst(found: Score) -> Iterator[str]:
    """Limits that the middle forecast keeps and the 90 % bound misses."""
    for fate in found.taken:
        for name, at, limit in (
            ("advanced care", fate.care, fate.care_limit_at),
            ("surgery", fate.surgery, fate.surgery_limit_at),
        ):
            if at is not None and at.p50_at <= limit < at.p90_at:
                late = f"{minutes((at.p90_at - limit).total_seconds())} after its limit {clock_time(limit)}"
                yield f"{fate.casualty}: {name} may come {late} (90 % bound)"


def _at_the_door(view: View, sketch: Sketch, legs: Sequence[Leg]) -> Iterator[str]:
    """What of the facility nobody told, or told too long ago, or may have run out when they come."""
    at = max(leg.arrive_p50_at for leg in legs if leg.casualties)
    for line in of_facility(view, sketch.facility, sketch.casualties, at):
        yield f"{sketch.facility.card.name}: {line}"


def _approvals(view: View, sketch: Sketch) -> Iterator[str]:
    """Vehicles that nobody may launch without an authority's word; who is under way has it."""
    for key, names in guarded(view.picture, [one.id for one in sketch.vehicles]).items():
        one = view.picture.vehicles[key]
        task = view.task_of(one)
        if task is None or not task.running:
            yield f"{one.card.callsign} needs the approval of {' or '.join(names)}"


def _vague(view: View, wanted: Choice, travel: Travel, sketch: Sketch) -> Iterator[str]:
    """A place told within a radius: how much that may move the pick-up."""
    place = None if wanted.held else view.place_of_request(wanted.request)
    radius = place.uncertainty_m if place is not None else None
    if not radius or radius < WALK_M:
        return
    for carrier in sketch.stages[0].team:
        spread = travel.spreads.get(carrier.vehicle.id) if carrier.vehicle is not None else None
        if carrier.vehicle is not None and spread is not None:
            soonest, latest = (minutes(seconds) for seconds in spread)
            by = carrier.vehicle.card.callsign
            yield f"the place is known to {km(radius)}: {by} may take from {soonest} to {latest} to them"
            return
        if carrier.come is not None and carrier.come.metres > 0:
            pace = carrier.come.seconds_p50 / carrier.come.metres
            range_ = minutes(radius * pace)
            yield f"the place is known to {km(radius)}: pick-up may be {range_} sooner or later"
            return
    yield f"the place is known to {km(radius)} only"


def _off_road(travel: Travel, sketch: Sketch) -> Iterator[str]:
    stage = sketch.stages[0]
    far = travel.road_m or 0.0
    if stage.mode == Mode.GROUND and far > WALK_M and stage.team[0].come is not None:
        yield f"the last {km(far)} to them lie off every known road and are taken at walking pace"


def _landings(travel: Travel, sketch: Sketch) -> Iterator[str]:
    """What may go wrong where aircraft land for them, and what nobody told of it."""
    found: list[str] = []
    for stage in sketch.stages:
        stops = [(stage.pad.id or "", stage.pad.name)]
        if stage.landing is not None:
            stops.append((stage.landing.site.id, stage.landing.site.name))
        flying = [one.vehicle.card.profile for one in stage.team if one.vehicle and stage.mode == Mode.AIR]
        for profile, (key, name) in product(flying, stops):
            found += [f"{name} {why}" for why in travel.landing_risks.get((profile, site_key(key)), ())]
    yield from dict.fromkeys(found)


def _by_night(view: View, legs: Sequence[Leg]) -> Iterator[str]:
    """Landings in the dark, at the time they are forecast for; or a flight that daylight runs out on."""
    for leg in legs:
        if leg.mode == Mode.AIR and is_night(leg.end.lon, leg.end.lat, leg.arrive_p50_at):
            card = view.picture.vehicles[leg.vehicle].card
            yield f"{card.callsign} lands for {leg.end.name} in the dark at {clock_time(leg.arrive_p50_at)}"


def _fuel(travel: Travel, sketch: Sketch) -> Iterator[str]:
    """Aircraft that fly farther in all than they may plan with, or close to it."""
    for stage in sketch.stages:
        for carrier in stage.team if stage.mode == Mode.AIR else ():
            one = carrier.vehicle
            most = None if one is None else one.card.range_km and one.card.range_km * 1000.0
            most = most or (None if one is None else travel.range_m.get(one.card.profile))
            metres = carrier.away.metres + (carrier.come.metres if carrier.come is not None else 0.0)
            if one is None or most is None:
                continue
            if metres > most:
                flown = f"{km(metres)} in all, {km(most)} may be planned"
                yield f"{one.card.callsign} must take fuel on the way: {flown}"
            elif metres > 0.9 * most:
                yield f"{one.card.callsign} flies {km(metres)} of the {km(most)} it may plan with"


def _crews(view: View, sketch: Sketch, legs: Sequence[Leg]) -> Iterator[str]:
    """Crews that must rest, ground vehicles that run dry before the end, equipment nobody told of."""
    for one in sketch.vehicles:
        mine = [leg for leg in legs if leg.vehicle == one.id]
        carried = [c for c in sketch.casualties if any(c.id in leg.casualties for leg in mine)]
        ground = one.card.vehicle_kind == VehicleKind.GROUND
        trip = Trip(
            metres=sum(leg.metres for leg in mine) if ground and one.range_m is not None else None,
            ends_at=max((leg.arrive_p90_at for leg in mine), default=None),
        )
        for why in unfit(one, trip, view.profile, view.now):
            yield f"{one.card.callsign} {why}"
        for why in unsure(one, Trip(equipment=equipment_for(view, carried, one))):
            yield f"{one.card.callsign}: {why}"


def _positions(view: View, vehicles: Sequence[Vehicle]) -> Iterator[str]:
    for one in vehicles:
        fix = view.positions.get(one.id)
        if fix is None:
            yield f"{one.card.callsign} has not reported a position: taken to be at its home"
        elif view.now - fix.corrected_at > STALE:
            ago = minutes((view.now - fix.corrected_at).total_seconds())
            yield f"{one.card.callsign} last reported its position {ago} ago"
        if fix is not None and (why := doubt(fix)):
            yield f"{one.card.callsign} {why}"


def _on_foot(sketch: Sketch) -> Iterator[str]:
    for stage in sketch.stages:
        if stage.mode == Mode.FOOT:
            many = len(stage.team[0].casualties)
            litters = f"{many} litter{'s' if many != 1 else ''}"
            yield f"{many * BEARERS} bearers must be at the scene for {litters}; times on foot are estimates"

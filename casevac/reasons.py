"""Why an option is as it is, and why others are not: plain words for the coordinator."""

from casevac.board import count_in
from casevac.drafts import acceptable
from casevac.events import Refusal
from casevac.fleet import Choice, against
from casevac.mtf import Facility
from casevac.network import landing_of
from casevac.score import Fate, Score
from casevac.sketch import Carrier, Sketch, Stage
from casevac.terms import Capability, Mode, VehicleKind
from casevac.travel import LITTER, POI, ROAD, Travel, facility_key, site_key, vehicle_key
from casevac.vehicle import Vehicle
from casevac.view import View
from casevac.words import clock_time, km, minutes
from geo.lonlat import LonLat, distance_m


def summary(sketch: Sketch) -> str:
    """The option in one line."""
    return ", then ".join(f"{_who(stage)} to {stage.end.name}" for stage in sketch.stages)


def _who(stage: Stage) -> str:
    return " and ".join(_name(carrier) for carrier in stage.team)


def _name(carrier: Carrier) -> str:
    return "on foot" if carrier.vehicle is None else carrier.vehicle.card.callsign


def reasons(view: View, wanted: Choice, travel: Travel, sketch: Sketch, found: Score) -> tuple[str, ...]:
    """Everything that speaks for or against the option, most urgent casualties first."""
    return (
        *_not_the_nearer(view, wanted, travel, sketch),
        *(line for index in range(len(sketch.stages)) for line in _stage(sketch, index)),
        *(line for stage in sketch.stages for line in _elsewhere(wanted, travel, sketch, stage)),
        *(line for stage in sketch.stages for line in _around(wanted, travel, stage)),
        *(f"stops at {one.card.name} for advanced care, without surgery" for one in sketch.via),
        *(line for fate in found.fates for line in _limits(fate)),
        *_left(found),
        *_queue(sketch.facility, found),
    )


def _not_the_nearer(view: View, wanted: Choice, travel: Travel, sketch: Sketch) -> list[str]:
    """Facilities nearer by road that may not take these casualties."""
    drives = next(
        (one.card.profile for one in (*sketch.vehicles, *wanted.ground) if one in wanted.ground), None
    )
    if drives is None:
        return []
    mine = travel.hop(drives, POI, facility_key(sketch.facility.id))
    found = []
    for other in wanted.facilities:
        way = travel.hop(drives, POI, facility_key(other.id))
        why = against(view, other, sketch.casualties)
        nearer = way is not None and (mine is None or way.seconds_p50 < mine.seconds_p50)
        if other.id != sketch.facility.id and nearer and why:
            name = other.card.name
            found.append(f"to {sketch.facility.card.name}, not the nearer {name}: {name} {' and '.join(why)}")
    return found


def _stage(sketch: Sketch, index: int) -> list[str]:
    """How long the way to the casualties is, and who carries them how far where it is not by road alone."""
    stage = sketch.stages[index]
    lines = [_coming(stage, one, one.vehicle) for one in stage.team if one.vehicle is not None]
    if stage.mode == Mode.FOOT:
        carrier = stage.team[0]
        way = f"{km(carrier.away.metres)} on foot to {stage.end.name}, {minutes(carrier.away.seconds_p50)}"
        lines.append(f"carried {way}")
    if stage.landing is not None:
        landing, name = stage.landing, _name(stage.team[0])
        drive = f"{km(landing.drive.metres)} and {minutes(landing.drive.seconds_p50)} from its door"
        lines.append(
            f"{name} lands at {landing.site.name} for {sketch.facility.card.name}, {drive} (counted in)"
        )
    return lines


def _elsewhere(wanted: Choice, travel: Travel, sketch: Sketch, stage: Stage) -> list[str]:
    """Sites nearer to where an aircraft lands for someone, at which it cannot land."""
    if stage.mode != Mode.AIR or stage.team[0].vehicle is None:
        return []
    one = stage.team[0].vehicle
    lands = [(stage.landing.site.id, LonLat(stage.end.lon, stage.end.lat))] if stage.landing else []
    lands.append((stage.pad.id or "", LonLat(wanted.poi.lon, wanted.poi.lat)))
    places = {site.id: LonLat(site.lon, site.lat) for site in wanted.sites}
    found = []
    for used, wish in lands:
        for site in wanted.sites if used in places else ():
            why = travel.unsuited.get((one.card.profile, site_key(site.id)))
            if why and distance_m(places[site.id], wish) < distance_m(places[used], wish):
                found.append(f"{one.card.callsign} does not land at {site.name}, which {why}")
    return list(dict.fromkeys(found))


def _around(wanted: Choice, travel: Travel, stage: Stage) -> list[str]:
    """What the aircraft of a stage go round, and how much longer that is."""
    if stage.mode != Mode.AIR:
        return []
    sites = {site.id for site in wanted.sites}
    pad = site_key(stage.pad.id) if stage.pad.id in sites else ""
    landing = site_key(stage.landing.site.id) if stage.landing is not None else ""
    found = []
    for one in (carrier.vehicle for carrier in stage.team if carrier.vehicle is not None):
        profile, here = one.card.profile, vehicle_key(one.id)
        for way in ((profile, here, pad), (profile, pad or here, landing)):
            if way in travel.around:
                found.append(f"{one.card.callsign} flies {travel.around[way]}")
    return list(dict.fromkeys(found))


def _coming(stage: Stage, carrier: Carrier, one: Vehicle) -> str:
    come, name = carrier.come, one.card.callsign
    crew = "" if one.card.medical_crew else ", without medical crew"
    if come is None:
        return f"{name} has them aboard, {minutes(carrier.away.seconds_p50)} from {stage.end.name}{crew}"
    ready = f" after {minutes(one.card.readiness_s)} to make ready" if one.card.readiness_s else ""
    if stage.mode == Mode.AIR:
        return f"{name} is at {stage.pad.name} in {minutes(come.seconds_p50)}{ready}{crew}"
    return f"{name} is {come.metres / 1000:.0f} km away, there in {minutes(come.seconds_p50)}{ready}{crew}"


def _limits(fate: Fate) -> list[str]:
    if fate.surgery is None:
        return []
    named = f"{fate.casualty} ({fate.category.value})"
    middle, bound, limit = (
        clock_time(at) for at in (fate.surgery.p50_at, fate.surgery.p90_at, fate.surgery_limit_at)
    )
    return [f"{named}: surgery can begin at {middle} ({bound} at 90 %), limit {limit}"]


def _left(found: Score) -> list[str]:
    if not found.left:
        return []
    return [f"leaves {', '.join(found.left)} waiting: ask again for them"]


def _queue(facility: Facility, found: Score) -> list[str]:
    """How the theatre's queue moves surgery, for the first who has to wait for a table."""
    for fate in found.fates:
        slot = fate.slot
        if slot is not None and slot.ahead and fate.surgery is not None:
            tables = "table is" if count_in(facility.board, "tables") == 1 else "tables are"
            before = f"{slot.ahead} before {fate.casualty} at {facility.card.name}"
            return [f"{before}: its operating {tables} free at {clock_time(slot.table_free_at)}"]
    return []


def capability(view: View, sketch: Sketch, found: Score) -> tuple[str, ...]:
    """Each need of those it takes and who meets it."""
    needed = {need for one in sketch.casualties for need in one.needs(view.profile)}
    tables = count_in(sketch.facility.board, "tables")
    lines = []
    for need in (one for one in Capability if one in needed):
        more = (
            f" ({tables} operating table{'s' if tables != 1 else ''})"
            if need == Capability.DCS and tables is not None
            else ""
        )
        lines.append(f"{need.value}: {sketch.facility.card.name}{more}")
    care = next((fate.care for fate in found.taken if fate.care is not None), None)
    if care is not None:
        lines.append(f"advanced care: {_carer(sketch)} at {clock_time(care.p50_at)}")
    return tuple(lines)


def _carer(sketch: Sketch) -> str:
    """The first medical crew or caring facility on the way."""
    for stage in sketch.stages:
        crews = [
            one.vehicle for one in stage.team if one.vehicle is not None and one.vehicle.card.medical_crew
        ]
        if crews:
            return f"crew of {crews[0].card.callsign}"
        stop = next((one for one in (*sketch.via, sketch.facility) if one.id == stage.end.id), None)
        if stop is not None and stop.cares:
            return stop.card.name
    return sketch.facility.card.name


# --- what is refused


def refusals(view: View, wanted: Choice, travel: Travel) -> tuple[Refusal, ...]:
    """Vehicles and facilities that no option could use, each with its reason."""
    found = list(wanted.refused)
    for one in wanted.ground:
        if all(travel.hop(one.card.profile, vehicle_key(one.id), at) is None for at in (POI, ROAD)):
            why = travel.why_not(one.card.profile, vehicle_key(one.id), POI)
            found.append(Refusal(one.card.callsign, why))
    found += [
        Refusal(one.card.callsign, why) for one in wanted.air if (why := _grounded(wanted, travel, one))
    ]
    found += _unsuited(wanted, travel)
    for facility in wanted.facilities:
        why_not = _why_not(view, wanted, travel, facility)
        if why_not:
            found.append(Refusal(facility.card.name, why_not))
    if not wanted.ground and not wanted.held:
        found.append(Refusal("every option", "no ground vehicle is free to fetch the casualties"))
    if travel.road_m is None and (LITTER, POI, ROAD) not in travel.hops and not wanted.held:
        found.append(
            Refusal("every road", "is farther from the casualties than a vehicle or a litter team can go")
        )
    return tuple(found)


def _unsuited(wanted: Choice, travel: Travel) -> list[Refusal]:
    """Sites at which no aircraft in question can land, each with its reason."""
    profiles = sorted({one.card.profile for one in wanted.air})
    found = []
    for site in wanted.sites:
        whys = [travel.unsuited.get((profile, site_key(site.id)), "") for profile in profiles]
        if whys and all(whys):
            found.append(Refusal(site.name, "; ".join(dict.fromkeys(whys))))
    return found


def _no_landing(wanted: Choice, travel: Travel, facility: Facility) -> str:
    """Why no aircraft in question can land for it although there is a site; empty when one can."""
    profiles = {one.card.profile for one in (*wanted.air, *(held for held, _ in wanted.held))}
    if any(landing_of(wanted, travel, facility.id, [profile]) is not None for profile in profiles):
        return ""
    return "no aircraft can land at a site near it"


def _grounded(wanted: Choice, travel: Travel, one: Vehicle) -> str:
    """Why an aircraft can fly to no site at all; empty when it can."""
    ways = [(one.card.profile, vehicle_key(one.id), site_key(site.id)) for site in wanted.sites]
    whys = [travel.reasons[way] for way in ways if way in travel.reasons]
    return "" if any(way in travel.hops for way in ways) or not whys else whys[0]


def _why_not(view: View, wanted: Choice, travel: Travel, facility: Facility) -> str:
    """Why nobody can be brought there: it may not take the most urgent one, or there is no way."""
    taken = acceptable(view, facility, wanted.movable)
    if not taken or (wanted.held and len(taken) < len(wanted.movable)):
        return "; ".join(against(view, facility, wanted.movable if wanted.held else wanted.movable[:1]))
    ends = facility_key(facility.id)
    starts = [(one.card.profile, vehicle_key(one.id)) for one, _ in wanted.held]
    starts += [(one.card.profile, at) for one in wanted.ground for at in (POI, ROAD)]
    if any(travel.hop(profile, start, ends) is not None for profile, start in starts):
        return ""
    flies = wanted.air or any(one.card.vehicle_kind == VehicleKind.AIR for one, _ in wanted.held)
    if flies and landing_of(wanted, travel, facility.id) is not None:
        return _no_landing(wanted, travel, facility)
    return travel.why_not(*starts[0], ends) if starts else ""

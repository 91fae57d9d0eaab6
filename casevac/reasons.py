"""Why an option is as it is, and why others are not: plain words for the coordinator."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from casevac.drafts import Draft, landing_of
from casevac.events import Refusal
from casevac.fleet import Choice, against
from casevac.mtf import Facility, table_queue
from casevac.score import Fate, Score
from casevac.travel import POI, Travel, facility_key, vehicle_key
from casevac.vehicle import Vehicle
from casevac.view import View

STALE = timedelta(minutes=15)


def summary(draft: Draft) -> str:
    """The option in one line."""
    going = " and ".join(one.card.callsign for one in draft.vehicles)
    over = f" meeting at {draft.flight.meeting.name}" if draft.flight else ""
    return f"{going}{over} to {draft.facility.card.name}"


def reasons(view: View, wanted: Choice, travel: Travel, draft: Draft, found: Score) -> tuple[str, ...]:
    """Everything that speaks for or against the option, most urgent casualties first."""
    return (
        *_not_the_nearer(view, wanted, travel, draft),
        *(line for one in draft.team for line in [_way(one.vehicle, one.come.seconds_p50, one.come.metres)]),
        *_air(draft),
        *(line for fate in found.fates for line in _limits(fate)),
        *_left(found),
        *_queue(view, draft.facility),
        *_stale(view, draft.vehicles),
    )


def _not_the_nearer(view: View, wanted: Choice, travel: Travel, draft: Draft) -> list[str]:
    """Facilities nearer by road that may not take these casualties."""
    drives = draft.team[0].vehicle.card.profile
    mine = travel.hop(drives, POI, facility_key(draft.facility.id))
    found = []
    for other in wanted.facilities:
        way = travel.hop(drives, POI, facility_key(other.id))
        why = against(view, other, draft.casualties)
        nearer = way is not None and (mine is None or way.seconds_p50 < mine.seconds_p50)
        if other.id != draft.facility.id and nearer and why:
            name = other.card.name
            found.append(f"to {draft.facility.card.name}, not the nearer {name}: {name} {' and '.join(why)}")
    return found


def _way(one: Vehicle, seconds: float, metres: float) -> str:
    crew = "" if one.card.medical_crew else ", without medical crew"
    return f"{one.card.callsign} is {metres / 1000:.0f} km away, there in {minutes(seconds)}{crew}"


def _air(draft: Draft) -> list[str]:
    if draft.flight is None:
        return []
    landing, callsign = draft.flight.landing, draft.flight.aircraft.card.callsign
    drive = f"{landing.drive.metres / 1000:.1f} km and {minutes(landing.drive.seconds_p50)} from its door"
    return [
        f"{callsign} is at {draft.flight.meeting.name} in {minutes(draft.flight.come.seconds_p50)}",
        f"{callsign} lands at {landing.site.name} for {draft.facility.card.name}, {drive} (counted in)",
    ]


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


def _queue(view: View, facility: Facility) -> list[str]:
    line = table_queue(facility, view.surgical_ahead(facility.id))
    return [line] if line else []


def _stale(view: View, vehicles: Sequence[Vehicle]) -> list[str]:
    found = []
    for one in vehicles:
        fix = view.positions.get(one.id)
        if fix is None:
            found.append(f"{one.card.callsign} has not reported a position: taken to be at its home")
        elif view.now - fix.corrected_at > STALE:
            ago = minutes((view.now - fix.corrected_at).total_seconds())
            found.append(f"{one.card.callsign} last reported its position {ago} ago")
    return found


def refusals(view: View, wanted: Choice, travel: Travel) -> tuple[Refusal, ...]:
    """Vehicles and facilities that no option could use, each with its reason."""
    found = list(wanted.refused)
    profiles = sorted({one.card.profile for one in wanted.ground})
    for one in wanted.ground:
        if travel.hop(one.card.profile, vehicle_key(one.id), POI) is None:
            why = travel.why_not(one.card.profile, vehicle_key(one.id), POI)
            found.append(Refusal(one.card.callsign, why))
    for facility in wanted.facilities:
        why_not = _why_not(view, wanted, travel, facility, profiles)
        if why_not:
            found.append(Refusal(facility.card.name, why_not))
    if not wanted.ground:
        found.append(Refusal("every option", "no ground vehicle is free to fetch the casualties"))
    return tuple(found)


def _why_not(view: View, wanted: Choice, travel: Travel, facility: Facility, profiles: Sequence[str]) -> str:
    """Why nobody can be brought there: it may not take the most urgent one, or there is no way."""
    against_it = against(view, facility, wanted.waiting[:1])
    if against_it:
        return "; ".join(against_it)
    ends = facility_key(facility.id)
    if any(travel.hop(profile, POI, ends) is not None for profile in profiles):
        return ""
    if wanted.air and landing_of(wanted, travel, facility.id) is not None:
        return ""
    return travel.why_not(profiles[0], POI, ends) if profiles else ""


def minutes(seconds: float) -> str:
    """Whole minutes, rounded up: `12 min`, from two hours on `3 h 05 min`."""
    whole = math.ceil(seconds / 60)
    return f"{whole} min" if whole < 120 else f"{whole // 60} h {whole % 60:02d} min"


def clock_time(at: datetime) -> str:
    """Hours and minutes in UTC, as `14:05Z`."""
    return f"{at.astimezone(UTC):%H:%M}Z"

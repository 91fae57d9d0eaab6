"""Where no option keeps the limit of surgery: how soon it can be, and what would help, computed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import NamedTuple

from casevac.casualty import Casualty
from casevac.fleet import Choice, against
from casevac.mtf import Facility
from casevac.network import MEETS_AIR, ON_WAY, landing_of
from casevac.score import Fate, Score
from casevac.surgery import needs_surgery
from casevac.terms import Capability
from casevac.travel import LITTER, POI, Hop, Travel, Way, facility_key, site_key, vehicle_key
from casevac.view import View
from casevac.words import clock_time, km, minutes


class Case(NamedTuple):
    """The most urgent of those whose surgery comes too late."""

    casualty: Casualty
    limit_at: datetime
    care_limit_at: datetime
    soonest: Fate | None  # in the best option; None where nobody can bring it to surgery
    where: str


def advice(
    view: View, wanted: Choice, travel: Travel, best: Sequence[tuple[Score, Facility]]
) -> tuple[str, ...]:
    """Where the door of a facility is sooner reached on foot than by any option: that. While an option keeps
    the limit of surgery nothing else; else how late it is and what would help, each line with the time it
    would give. `best` are the scored answers, in any order."""
    case, lines = _case(view, wanted, best), list(_on_foot(view, wanted, travel, best))
    if case is None:
        return tuple(lines)
    lines.append(_told(view, case))
    for kind in (_flights, _night, _vehicle):
        lines += [line for _, line in sorted(kind(view, wanted, travel, case))[:1]]
    lines += _table(view, case)
    lines += _team(view, wanted, travel, case)
    lines += _care(view, wanted, travel, case)
    return tuple(lines)


def _case(view: View, wanted: Choice, best: Sequence[tuple[Score, Facility]]) -> Case | None:
    for one in wanted.all:
        if not needs_surgery(view.profile, one) or one.surgery_at is not None:
            continue
        fates = [(fate, place) for score, place in best for fate in score.fates if fate.casualty == one.id]
        able = [(fate, place) for fate, place in fates if fate.surgery is not None]
        if not able:
            limit = view.clocks(one)
            return Case(one, limit[2].target.first, limit[1].target.first, None, "")
        fate, place = min(
            able, key=lambda row: (row[0].surgery.p50_at if row[0].surgery else view.now, row[1].id)
        )
        if _too_late(fate):
            return Case(one, fate.surgery_limit_at, fate.care_limit_at, fate, place.card.name)
    return None


def _on_foot(
    view: View, wanted: Choice, travel: Travel, best: Sequence[tuple[Score, Facility]]
) -> Iterator[str]:
    """A door so near that those at the scene had better carry the most urgent one there themselves."""
    if not wanted.waiting:
        return
    first = wanted.waiting[0]
    fates = [fate for score, _ in best for fate in score.taken if fate.casualty == first.id]
    soonest = min((fate.arrival.p50_at for fate in fates if fate.arrival is not None), default=None)
    for place in wanted.facilities:
        carried = travel.hop(LITTER, POI, facility_key(place.id))
        if carried is None or against(view, place, [first]):
            continue
        at = view.now + timedelta(seconds=carried.seconds_p50)
        if soonest is None or at < soonest:
            way = f"{km(carried.metres)} on foot, {minutes(carried.seconds_p50)}"
            yield f"{first.id} can be at {place.card.name} by {clock_time(at)} without any vehicle: {way}"


def _too_late(fate: Fate) -> bool:
    return fate.surgery is not None and fate.surgery.p50_at > fate.surgery_limit_at


def _told(view: View, case: Case) -> str:
    limit = view.profile.surgery_s
    cannot = (
        f"{case.casualty.id}: surgery within {minutes(limit)} of injury (by {clock_time(case.limit_at)}) "
        "cannot be reached by evacuation alone"
    )
    if case.soonest is None or case.soonest.surgery is None:
        return f"{cannot}: nobody can bring it to a facility that operates"
    at = case.soonest.surgery.p50_at
    if list(_table(view, case)):
        cannot = cannot.replace("by evacuation alone", "with the operating tables there are")
    hurt = case.limit_at - timedelta(seconds=limit)
    after = minutes((at - hurt).total_seconds())
    return f"{cannot}: the soonest is at {case.where} at {clock_time(at)}, {after} after injury"


Line = tuple[datetime, str]
"""When surgery would begin, and the words."""


def _theirs(view: View, case: Case) -> datetime | None:
    """When surgery begins as things are."""
    return (
        case.soonest.surgery.p50_at if case.soonest is not None and case.soonest.surgery is not None else None
    )


def _operating(view: View, wanted: Choice, case: Case) -> list[Facility]:
    return [one for one in wanted.facilities if not against(view, one, [case.casualty])]


def _ready(view: View) -> float:
    """Seconds from the door of a facility to surgery."""
    return view.profile.hand_over_s + view.profile.surgery_preparation_s


def _to_site(wanted: Choice, travel: Travel, site: str) -> float | None:
    """Seconds in which casualties can be at a site: on foot, or by the soonest ground vehicle."""
    key = site_key(site)
    carried = travel.hop(LITTER, POI, key)
    found = [] if carried is None else [carried.seconds_p50]
    for one in wanted.ground:
        come = travel.hop(one.card.profile, vehicle_key(one.id), POI)
        away = travel.hop(one.card.profile, POI, key)
        if come is not None and away is not None:
            found.append(come.seconds_p50 + away.seconds_p50)
    return min(found, default=None)


def _flights(view: View, wanted: Choice, travel: Travel, case: Case) -> Iterator[Line]:
    """An aircraft that stood at a site near the casualties now."""
    by_now: Mapping[Way, Hop] = {**travel.could, **travel.hops}
    ways: Mapping[Way, Hop] = {**travel.by_day, **by_now}
    for site in (one for one in wanted.sites if one.site_kind in MEETS_AIR):
        there = _to_site(wanted, travel, site.id)
        for place in _operating(view, wanted, case) if there is not None else ():
            for profile in sorted(travel.range_m):
                landing = landing_of(wanted, travel, place.id, [profile])
                hop = landing and ways.get((profile, site_key(site.id), site_key(landing.site.id)))
                if hop and landing and there is not None:
                    seconds = there + view.profile.loading_s + hop.seconds_p50 + landing.drive.seconds_p50
                    dark = (profile, site_key(site.id), site_key(landing.site.id)) not in by_now
                    more = ", flying by night," if dark else ""
                    words = f"an aircraft ({profile}) at {site.name}{more} would bring surgery"
                    words += f" at {place.card.name}"
                    yield from _better(view, case, seconds + _ready(view), words)


def _night(view: View, wanted: Choice, travel: Travel, case: Case) -> Iterator[Line]:
    """An aircraft of the mission, if only it could fly by night."""
    for one in wanted.air:
        for site in (s for s in wanted.sites if s.site_kind in MEETS_AIR):
            come = travel.by_day.get((one.card.profile, vehicle_key(one.id), site_key(site.id)))
            there = _to_site(wanted, travel, site.id)
            if come is None or there is None:
                continue
            for place in _operating(view, wanted, case):
                landing = landing_of(wanted, travel, place.id)
                away = landing and travel.by_day.get(
                    (one.card.profile, site_key(site.id), site_key(landing.site.id))
                )
                if away and landing:
                    seconds = max(come.seconds_p50, there) + view.profile.loading_s + away.seconds_p50
                    words = f"{one.card.callsign} with night flying would bring surgery at {place.card.name}"
                    total = seconds + landing.drive.seconds_p50 + _ready(view)
                    yield from _better(view, case, total, words)


def _better(view: View, case: Case, seconds: float, words: str) -> Iterator[Line]:
    """The line, when that is sooner than what there is."""
    at, theirs = view.now + timedelta(seconds=seconds), _theirs(view, case)
    if theirs is None or at < theirs:
        kept = "in time" if at <= case.limit_at else "still after the limit"
        yield at, f"{words} in {minutes(seconds)}, at {clock_time(at)}: {kept}"


class Door(NamedTuple):
    """In how many seconds the casualty can be at a facility, and if a ground vehicle stood there."""

    seconds: float
    place: Facility
    posted: str = ""  # the profile of the vehicle that would have to stand there for that


def _doors(view: View, wanted: Choice, travel: Travel) -> list[Door]:
    """Facilities, soonest first: as things are and, where sooner, with a vehicle posted there."""
    found = []
    for place in wanted.facilities:
        key = facility_key(place.id)
        seconds = [hop.seconds_p50 for hop in [travel.hop(LITTER, POI, key)] if hop is not None]
        posted: list[tuple[float, str]] = []
        for one in wanted.ground:
            come = travel.hop(one.card.profile, vehicle_key(one.id), POI)
            away = travel.hop(one.card.profile, POI, key)
            if away is not None:
                back = view.profile.loading_s + away.seconds_p50
                posted.append((away.seconds_p50 + back, one.card.profile))
                seconds += [] if come is None else [come.seconds_p50 + back]
        found += [Door(min(seconds), place)] if seconds else []
        found += [Door(min(posted)[0], place, min(posted)[1])] if posted else []
    return sorted(found, key=lambda row: (row.seconds, row.posted, row.place.id))


def _team(view: View, wanted: Choice, travel: Travel, case: Case) -> Iterator[str]:
    """A forward surgical team at the nearest facility that does not operate."""
    doors = [one for one in _doors(view, wanted, travel) if Capability.DCS not in one.place.capabilities]
    for door in doors[:1]:
        more = f" and a ground vehicle ({door.posted})" if door.posted else ""
        words = f"a forward surgical team{more} at {door.place.card.name} would make surgery possible"
        for _, line in _better(view, case, door.seconds + _ready(view), words):
            yield line


def _care(view: View, wanted: Choice, travel: Travel, case: Case) -> Iterator[str]:
    """Advanced care on the way, where it comes too late: where it can be had, and whether blood is there."""
    if case.soonest is not None and case.soonest.care and case.soonest.care.p50_at <= case.care_limit_at:
        return
    doors = [
        one
        for one in _doors(view, wanted, travel)
        if not set(ON_WAY).isdisjoint(one.place.capabilities)
        and against(view, one.place, [case.casualty])  # else it goes there for surgery anyway
    ]
    for door in doors[:1]:
        at, name = view.now + timedelta(seconds=door.seconds), door.place.card.name
        kept = "in time for advanced care" if at <= case.care_limit_at else "after the limit of advanced care"
        vehicle = f" with a ground vehicle ({door.posted}) posted there" if door.posted else ""
        blood = "" if Capability.BLOOD in door.place.capabilities else "; it has no blood: send some there"
        yield f"resuscitation at {name}{vehicle} in {minutes(door.seconds)}, {kept}{blood}"


def _table(view: View, case: Case) -> Iterator[str]:
    """Another table where the theatre's queue alone makes it late."""
    fate = case.soonest
    if fate is None or fate.surgery is None or fate.arrival is None:
        return
    ready_at = fate.arrival.p50_at + timedelta(seconds=_ready(view))
    if ready_at <= case.limit_at < fate.surgery.p50_at:
        begin = f"would let it begin at {clock_time(ready_at)}: in time"
        yield f"another operating table and team at {case.where} {begin}"


def _vehicle(view: View, wanted: Choice, travel: Travel, case: Case) -> Iterator[Line]:
    """A ground vehicle that stood at the nearest facility, for an aircraft of the mission."""
    drives = sorted({one.card.profile for one in wanted.ground})
    stands = [(hop.seconds_p50, place, profile) for place in wanted.facilities for profile in drives
              if (hop := travel.hop(profile, POI, facility_key(place.id))) is not None]  # fmt: skip
    if not stands:
        return
    come, stand, profile = min(stands, key=lambda row: (row[0], row[1].id, row[2]))
    for site in (one for one in wanted.sites if one.site_kind in MEETS_AIR):
        there = travel.hop(profile, POI, site_key(site.id))
        for one, place in product(wanted.air, _operating(view, wanted, case)) if there is not None else ():
            landing = landing_of(wanted, travel, place.id, [one.card.profile])
            fly = travel.hop(one.card.profile, vehicle_key(one.id), site_key(site.id))
            on = landing and travel.hop(one.card.profile, site_key(site.id), site_key(landing.site.id))
            if fly and on and landing and there is not None:
                met = max(come + view.profile.loading_s + there.seconds_p50, fly.seconds_p50)
                seconds = met + view.profile.hand_over_s + on.seconds_p50 + landing.drive.seconds_p50
                words = f"a ground vehicle ({profile}) at {stand.card.name}, meeting {one.card.callsign}"
                words += f" at {site.name}, would bring surgery at {place.card.name}"
                yield from _better(view, case, seconds + _ready(view), words)

"""The facilities that can treat these needs, soonest first, and why the others cannot."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from casevac.mtf import Facility, Verdict, may_take
from casevac.terms import Capability
from casevac.view import View
from geo.errors import GeoError
from geo.lonlat import LonLat
from geo.routing import Route, Router


@dataclass(frozen=True)
class Near:
    """A facility as seen from a place: times are None and reasons given where it cannot be used.

    seconds from now, metres by road; `route` only for those asked for by number.
    """

    facility: Facility
    seconds_p50: float | None
    seconds_p90: float | None
    metres: float | None
    arrive_p50_at: datetime | None
    arrive_p90_at: datetime | None
    route: Route | None
    reasons: tuple[str, ...]
    risks: tuple[str, ...] = ()

    @property
    def estimated(self) -> bool | None:
        """True when the times rest on estimated road figures; None where no route was looked at."""
        if self.route is not None:
            return self.route.estimated
        return None if self.reasons else True


def nearest(
    view: View, router: Router, place: LonLat, needs: Sequence[Capability], k: int, profile: str
) -> list[Near]:
    """The k soonest facilities that may take one casualty with these needs, with their routes; then every
    other registered one with the reason: too little capability or room, closed, or out of reach.

    Raises BadPlace, OffNetwork when the place is too far from any road, UnknownProfile.
    """
    known = [one for _, one in sorted(view.picture.facilities.items()) if one.registered is not None]
    reached = router.nearest(
        place, [LonLat(one.card.lon, one.card.lat) for one in known], profile, len(known)
    )
    usable: list[Near] = []
    refused: list[Near] = []
    for reach in reached:
        facility = known[reach.index]
        found = _verdict(view, facility, needs, 0.0 if reach.reason else reach.seconds_p90)
        why = found.against + ([reach.reason] if reach.reason else [])
        if why:
            times = None if reach.reason else (reach.seconds_p50, reach.seconds_p90, reach.metres)
            refused.append(_near(view, facility, times, None, why))
        elif len(usable) < k:
            route = _route(router, place, facility, profile)
            times = (reach.seconds_p50, reach.seconds_p90, reach.metres)
            near = _near(view, facility, times, route, [])
            usable.append(replace(near, risks=tuple(found.risks)))
    return usable + refused


def _verdict(view: View, facility: Facility, needs: Sequence[Capability], seconds: float) -> Verdict:
    return may_take(view.standing(facility), [needs], view.now + timedelta(seconds=seconds))


def _route(router: Router, place: LonLat, facility: Facility, profile: str) -> Route | None:
    try:
        return router.route(place, LonLat(facility.card.lon, facility.card.lat), profile)
    except GeoError:  # the table found a way: the times stand without a line
        return None


def _near(
    view: View,
    facility: Facility,
    times: tuple[float, float, float] | None,
    route: Route | None,
    why: Sequence[str],
) -> Near:
    if times is None:
        return Near(facility, None, None, None, None, None, None, tuple(why))
    p50, p90, metres = times
    middle, bound = (view.now + timedelta(seconds=seconds) for seconds in (p50, p90))
    return Near(facility, p50, p90, metres, middle, bound, route, tuple(why))

"""Who must make ready for a request at once: warned in parallel at the alert, never after an approval."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from casevac.board import value_in
from casevac.casualty import Casualty, Place
from casevac.events import AssetWarned, ChainPlanned
from casevac.fleet import against, start_of, waiting_of
from casevac.mtf import Facility
from casevac.picture import Picture
from casevac.team import Team
from casevac.terms import AssetKind, TeamKind, VehicleKind, WarnedAtAlert
from casevac.vehicle import Vehicle, why_not_free
from casevac.view import View
from geo.lonlat import LonLat, distance_m

MEDICAL = (TeamKind.AMET, TeamKind.SURGICAL, TeamKind.MEDICAL)  # the first kind that there is


class Able(NamedTuple):
    """Somebody who could be warned; the nearest comes first."""

    rank: int
    metres: float
    id: str
    kind: AssetKind


def warnings_due(view: View, only: Iterable[str] | None = None) -> tuple[AssetWarned, ...]:
    """Warnings that nobody gave yet, for every request (or these) of which somebody living waits.

    For each kind that the profile names: the nearest that is available in a straight line, and the next
    one after a warned one said that it cannot.
    """
    wanted = sorted(view.requests if only is None else set(only) & set(view.requests))
    return tuple(one for key in wanted for one in _of_request(view, key))


def _of_request(view: View, request: str) -> Iterator[AssetWarned]:
    waiting, place = waiting_of(view, request), view.place_of_request(request)
    if not waiting or place is None or not clock_runs(waiting):
        return
    for kind in view.profile.warn_at_alert:
        able = sorted(_able(view, request, kind, waiting, place))
        if any(_counts(view, request, one.id) for one in able):
            continue
        left = (one for one in able if f"{request}/{one.id}" not in view.picture.warnings)
        first = next(left, None)
        if first is not None:
            yield AssetWarned(request=request, asset=first.id, asset_kind=first.kind, reason="alert")


def clock_runs(waiting: Iterable[Casualty]) -> bool:
    """True when somebody living is among them."""
    return any(one.lives for one in waiting)


def _counts(view: View, request: str, asset: str) -> bool:
    """True when the asset was warned of the request and did not say that it cannot."""
    known = view.picture.warnings.get(f"{request}/{asset}")
    if known is None or known.warned is None:
        return False
    said = known.answered.value if known.answered is not None else None
    return said is None or said.ready or said.ready_at is not None


def _able(
    view: View, request: str, kind: WarnedAtAlert, waiting: tuple[Casualty, ...], place: Place
) -> Iterator[Able]:
    match kind:
        case WarnedAtAlert.AIRCRAFT:
            yield from _aircraft(view, request, place)
        case WarnedAtAlert.MEDICAL_TEAM:
            yield from _teams(view, request, MEDICAL, place)
        case WarnedAtAlert.ESCORT:
            yield from _teams(view, request, (TeamKind.ESCORT,), place)
        case WarnedAtAlert.FACILITY:
            yield from _facilities(view, request, waiting, place)


def _aircraft(view: View, request: str, place: Place) -> Iterator[Able]:
    for key, one in view.picture.vehicles.items():
        if one.registered is None or one.card.vehicle_kind != VehicleKind.AIR:
            continue
        if _free(view, one) or _counts(view, request, key):
            yield Able(0, _away(view, one, place), key, AssetKind.VEHICLE)


def _free(view: View, one: Vehicle) -> bool:
    return one.id not in view.awaiting and not why_not_free(
        one, view.task_of(one), view.aboard.get(one.id, ())
    )


def _away(view: View, one: Vehicle | None, place: Place) -> float:
    start = start_of(view, one) if one is not None else None
    return float("inf") if start is None else _metres(start.lon, start.lat, place)


def _metres(lon: float, lat: float, place: Place) -> float:
    return distance_m(LonLat(lon, lat), LonLat(place.lon, place.lat))


def _teams(view: View, request: str, kinds: tuple[TeamKind, ...], place: Place) -> Iterator[Able]:
    for key, one in view.picture.teams.items():
        if one.registered is None or one.card.team_kind not in kinds:
            continue
        if not value_in(one.told, "ready", True) and not _counts(view, request, key):
            continue
        rank = kinds.index(one.card.team_kind)
        own = 0 if _rides_with_warned(view, request, one) else 1  # the team of the aircraft that was warned
        yield Able(2 * rank + own, _team_away(view, one, place), key, AssetKind.TEAM)


def _rides_with_warned(view: View, request: str, one: Team) -> bool:
    return bool(one.vehicle) and f"{request}/{one.vehicle}" in view.picture.warnings


def _team_away(view: View, one: Team, place: Place) -> float:
    if one.vehicle:
        return _away(view, view.picture.vehicles.get(one.vehicle), place)
    facility = view.picture.facilities.get(one.card.facility or "")
    if facility is not None and facility.registered is not None:
        return _metres(facility.card.lon, facility.card.lat, place)
    if one.card.lon is not None and one.card.lat is not None:
        return _metres(one.card.lon, one.card.lat, place)
    return float("inf")


def _facilities(view: View, request: str, waiting: tuple[Casualty, ...], place: Place) -> Iterator[Able]:
    """Those that may take them all, then those that may take the most urgent one."""
    for key, one in view.picture.facilities.items():
        if one.registered is None:
            continue
        rank = _fits(view, one, waiting)
        if rank is not None or _counts(view, request, key):
            yield Able(rank or 0, _metres(one.card.lon, one.card.lat, place), key, AssetKind.FACILITY)


def _fits(view: View, one: Facility, waiting: tuple[Casualty, ...]) -> int | None:
    if not against(view, one, waiting):
        return 0
    return None if against(view, one, waiting[:1]) else 1


def of_chain(picture: Picture, planned: ChainPlanned) -> tuple[AssetWarned, ...]:
    """Warnings for the vehicles and the facility of a plan that nobody warned of its request yet."""
    wanted = [(vehicle, AssetKind.VEHICLE) for vehicle in planned.vehicles]
    wanted.append((planned.facility, AssetKind.FACILITY))
    return tuple(
        AssetWarned(
            request=planned.request, asset=asset, asset_kind=kind, chain=planned.chain, reason="planned"
        )
        for asset, kind in wanted
        if f"{planned.request}/{asset}" not in picture.warnings
    )

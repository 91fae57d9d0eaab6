"""The land of a plan: every stop once, the ways between them, where aircraft land, when it is dark."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from casevac.daylight import is_night
from casevac.events import SiteRegistered, Stop
from casevac.grid import Grid, Pad, Ways, pad_at_door, pad_on_foot
from casevac.mtf import Facility
from casevac.muster import Muster
from casevac.network import MEETS_AIR, MEETS_ROAD
from casevac.planner.problem import Roads
from casevac.site import cards
from casevac.terms import VehicleKind
from casevac.view import View
from geo.lonlat import LonLat, distance_m

AHEAD_H = 36  # so far ahead daylight is looked up
STEP_S = 300.0
EXCHANGES = 16  # exchange points looked at: those nearest to the scenes


class Land(NamedTuple):
    """What the ways are made from."""

    view: View
    grid: Grid
    found: Muster
    stops: tuple[Stop, ...]
    kinds: Sequence[str]  # vehicle profiles
    epoch: datetime


def exchange_points(view: View, found: Muster) -> tuple[SiteRegistered, ...]:
    """Where one vehicle may hand over to another: by road, and to aircraft where there are any."""
    kinds = set(MEETS_ROAD)
    if any(one.vehicle.card.vehicle_kind == VehicleKind.AIR for one in found.vehicles):
        kinds |= set(MEETS_AIR)
    scenes = [LonLat(one.at.lon, one.at.lat) for one in found.waiting]
    if not scenes:
        return ()
    known = cards(view.picture.sites, view.picture.site_words).values()
    near = [
        (min(distance_m(LonLat(one.lon, one.lat), scene) for scene in dict.fromkeys(scenes)), one.id, one)
        for one in known
        if one.site_kind in kinds
    ]
    return tuple(one for _, _, one in sorted(near, key=lambda row: row[:2])[:EXCHANGES])


def stop_of(site: SiteRegistered) -> Stop:
    """A site as a stop."""
    return Stop(site.name, site.lon, site.lat, site.id)


def door(one: Facility) -> Stop:
    """A facility's door as a stop."""
    return Stop(one.card.name, one.card.lon, one.card.lat, one.id)


def every_stop(found: Muster, exchange: Sequence[SiteRegistered]) -> tuple[Stop, ...]:
    """Every place of the plan once: scenes, doors, exchange points, then where vehicles stand."""
    every = [*(one.at for one in found.waiting), *map(door, found.facilities), *map(stop_of, exchange)]
    every += [one.start for one in found.vehicles]
    return tuple(dict.fromkeys(every))


def roads(land: Land) -> Roads:
    """The ways of each profile between all stops, where aircraft may land in the dark, when it is dark."""
    stops = land.stops
    places = [LonLat(one.lon, one.lat) for one in stops]
    ways = [_of_kind(land, kind) for kind in land.kinds] if places else []
    size = len(places)
    dark = _dark(land.view, land.epoch, places)
    cells = [
        np.stack([getattr(one, name) for one in ways]) if ways else np.zeros((0, size, size))
        for name in Ways._fields
    ]
    apart = _apart(land.found, stops)
    seconds, bound_, metres = (np.where(apart, np.inf, each).astype(np.float32) for each in cells)
    # Nobody tells where there is fuel: as in options, each flight is within the range by itself.
    return Roads(seconds, bound_, metres, np.ones(size, dtype=np.bool_), _lit(land), dark)


def _apart(found: Muster, stops: Sequence[Stop]) -> np.typing.NDArray[np.bool_]:
    """Pairs of scenes: an order is for the casualties of one, so no trip goes from one to another."""
    doors = {one.id for one in found.facilities}
    scenes = {one.at for one in found.waiting if one.at.id not in doors}
    lies = np.array([stop in scenes for stop in stops], dtype=np.bool_)
    pairs: np.typing.NDArray[np.bool_] = np.outer(lies, lies) & ~np.eye(len(stops), dtype=np.bool_)
    return pairs


def _of_kind(land: Land, kind: str) -> Ways:
    places = [LonLat(one.lon, one.lat) for one in land.stops]
    known = land.grid.profile(kind)
    if known is not None and known.kind == "air":
        return land.grid.flown(kind, places, _pads(land, kind))
    return land.grid.driven(kind, places)


def _pads(land: Land, kind: str) -> list[Pad | None]:
    """Where aircraft of the profile land for each stop; None where they only start."""
    view, grid, found, stops = land.view, land.grid, land.found, land.stops
    sites = grid.pads(view, kind, list(cards(view.picture.sites, view.picture.site_words).values()))
    by_stop = {stop_of(one): one for one in sites}
    doors = {door(one) for one in found.facilities}
    scenes = {one.at for one in found.waiting}
    walks = grid.carrying()
    factor = walks.speed_factor if walks is not None else 1.0
    pads: list[Pad | None] = []
    for stop in stops:
        place = LonLat(stop.lon, stop.lat)
        if stop in by_stop:
            pads.append(Pad(by_stop[stop], 0.0, 0.0))
        elif stop in doors:
            pads.append(pad_at_door(sites, place, factor))
        else:
            pads.append(pad_on_foot(sites, place, walks) if stop in scenes else None)
    return pads


def _lit(land: Land) -> np.typing.NDArray[np.bool_]:
    """Where nobody forbids landing in the dark; for a door or scene where its aircraft land."""
    cards_ = [one.vehicle.card for one in land.found.vehicles]
    flies = sorted({one.profile for one in cards_ if one.vehicle_kind == VehicleKind.AIR})
    lit = np.ones(len(land.stops), dtype=np.bool_)
    for kind in flies:
        for row, pad in enumerate(_pads(land, kind)):
            if pad is not None and pad.site.by_night is False:
                lit[row] = False
    return lit


def _dark(view: View, epoch: datetime, places: Sequence[LonLat]) -> np.typing.NDArray[np.float64]:
    """Intervals without daylight where the first place is."""
    if not places:
        return np.zeros((0, 2))
    here, start = places[0], (view.now - epoch).total_seconds()
    steps = start + np.arange(0.0, AHEAD_H * 3600.0, STEP_S)
    dark = [is_night(here.lon, here.lat, epoch + timedelta(seconds=float(at))) for at in steps]
    found: list[list[float]] = []
    for at, night in zip(steps.tolist(), dark, strict=True):
        if night and found and found[-1][1] >= at:
            found[-1][1] = at + STEP_S
        elif night:
            found.append([at, at + STEP_S])
    return np.array(found, dtype=np.float64).reshape(len(found), 2)

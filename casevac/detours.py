"""The new roads of running chains when hazards are laid or lifted, and what they do to every forecast."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import shapely
from msgspec.structs import replace

from casevac import hazard, ways
from casevac.chain import Chain, on_roads
from casevac.drawn import points
from casevac.events import AnyBody, ChainRerouted, ChainsConfirmed, Due, Limit, Road
from casevac.events.shape import LONGEST_TEXT
from casevac.picture import Picture
from casevac.stamp import Said, Stamp
from casevac.terms import Mode
from casevac.travel import LITTER
from casevac.view import View
from casevac.ways import Left, News
from casevac.words import minutes
from geo.errors import GeoError
from geo.foot import carry
from geo.lonlat import LonLat
from geo.routing import Router

WORTH_S = 60.0  # a road that was opened again is taken when it saves this much
SAME_DEG = 20.0 / 111_195.0  # two lines this close to each other are one road
SAME_S = 1.0
SLACK = 0.05  # what is left of a road under way is known by the share of its length, so about so well


class Roads(NamedTuple):
    """The network under the hazards that hold now, for vehicles and for litter teams."""

    driving: Router
    walking: Router


class Change(NamedTuple):
    """A leg on another road, and by how many seconds it is later than by the one before."""

    left: Left
    road: Road
    later_s: float
    same: bool  # the same road in another time, or none


def detours(view: View, router: Router, chains: Sequence[Chain]) -> tuple[AnyBody, ...]:
    """What is to be stored of these running chains: new roads and forecasts of those whose roads change,
    one word for all others. Pure: the same view and network give the same bodies.

    A road is left when a new hazard touches it, and when what was lifted saves a minute or more.
    """
    standing = ways.standing(view.picture, view.now)
    roads = Roads(
        router.under(hazard.laid(view.picture, view.now, *hazard.DRIVING)),
        router.under(hazard.laid(view.picture, view.now, *hazard.WALKING)),
    )
    changed: dict[str, list[Change]] = {}
    why: dict[str, News] = {}
    for chain in chains:
        why[chain.id] = news = ways.news(view, chain)
        found = (_changed(view, roads, chain, news, one) for one in ways.left(view, chain))
        changed[chain.id] = [one for one in found if one is not None]
    after = _after(view, changed, standing)
    told: list[AnyBody] = [
        _told(after, view.picture.chains[key], standing, (_words(some, why[key]), some))
        for key, some in changed.items()
        if some
    ]
    kept = tuple(key for key, some in changed.items() if not some)
    return (*told, ChainsConfirmed(chains=kept, standing=standing)) if kept else tuple(told)


def _changed(view: View, roads: Roads, chain: Chain, news: News, one: Left) -> Change | None:
    """The road of one leg where it is another one now; None where it stays."""
    areas = news.walking if one.leg.mode == Mode.FOOT else news.driving
    path = [LonLat(*point) for point in one.path]
    touched = any(area.meets(path) for area in areas)
    said = chain.roads.get(one.number)
    blocked = said is not None and bool(said.value.why)
    if not (touched or blocked or news.lifted):
        return None
    try:
        if not (touched or blocked) and not _worth(view, roads, one):
            return None
        road = _road(view, roads, one)
    except GeoError as fault:
        why = str(fault)[:LONGEST_TEXT]
        known = said is not None and said.value.why == why
        return (
            None if known or not (touched or blocked) else Change(one, Road(one.number, why=why), 0.0, True)
        )
    same = _same(road, one)
    slack_s = SAME_S + (SLACK * one.seconds_p50 if one.begun else 0.0)
    if same and not blocked and abs(road.seconds_p50 - one.seconds_p50) < slack_s:
        return None
    return Change(one, road, road.seconds_p50 - one.seconds_p50, same)


def _same(road: Road, one: Left) -> bool:
    """True when the new road is the one that the vehicle is on."""
    if len(one.path) < 2:
        return False
    lines = shapely.LineString(road.path), shapely.LineString(one.path)
    return bool(shapely.hausdorff_distance(*lines) < SAME_DEG)


def _worth(view: View, roads: Roads, one: Left) -> bool:
    """True when there is a road by now that saves enough; told by the time alone, nothing is drawn."""
    if one.leg.mode == Mode.FOOT:
        return True
    table = roads.driving.table([one.start], [_end(one)], _profile(view, one))
    return bool(table.seconds_p50[0, 0] <= one.seconds_p50 - WORTH_S)


def _road(view: View, roads: Roads, one: Left) -> Road:
    """The quickest road of a leg from where it is now; raises GeoError when there is none."""
    if one.leg.mode == Mode.FOOT:
        walk = carry(roads.walking, one.start, _end(one), LITTER)
        times = walk.metres, walk.seconds_p50, walk.seconds_p90
        return Road(one.number, points(walk.path), *times, estimated=True)
    route = roads.driving.route(one.start, _end(one), _profile(view, one))
    times = route.metres, route.seconds_p50, route.seconds_p90
    return Road(one.number, points(route.path), *times, estimated=route.estimated)


def _end(one: Left) -> LonLat:
    return LonLat(one.leg.end.lon, one.leg.end.lat)


def _profile(view: View, one: Left) -> str:
    return view.picture.vehicles[one.leg.vehicle].card.profile


# --- what it does to the forecasts


def _after(view: View, changed: dict[str, list[Change]], standing: tuple[str, ...]) -> View:
    """The view with every chain on its new roads."""
    at: Stamp = (view.now, 0, 0, 0, "")
    chains = dict(view.picture.chains)
    for key, some in changed.items():
        told = {one.road.leg: Said(one.road, at) for one in some}
        chain = chains[key]
        chains[key] = on_roads(replace(chain, roads={**chain.roads, **told}, looked=Said(standing, at)))
    picture: Picture = replace(view.picture, chains=chains)
    return View(picture, view.now, view.positions, by_vehicle=True)


def _told(
    after: View, before: Chain, standing: tuple[str, ...], said: tuple[str, Sequence[Change]]
) -> ChainRerouted:
    what, some = said
    chain = after.picture.chains[before.id]
    _, arrivals = after.travelled(chain)
    return ChainRerouted(
        chain=chain.id,
        standing=standing,
        what=what[:LONGEST_TEXT],
        roads=tuple(one.road for one in some),
        due=tuple(Due(*_seconds(*arrival)) for arrival in arrivals),
        clocks=tuple(limit for zap in chain.plan.casualties for limit in _limits(after, zap)),
    )


def _seconds(*instants: datetime) -> tuple[datetime, ...]:
    return tuple(at.replace(microsecond=0) for at in instants)


def _limits(after: View, zap: str) -> list[Limit]:
    one = after.casualty(zap)
    return [] if one is None else [
        Limit(zap, clock.step, clock.status, *(clock.expected or (None, None)))
        for clock in after.clocks(one)
    ]  # fmt: skip


def _words(some: Sequence[Change], news: News) -> str:
    """What became of the legs, and what it is that changed their roads."""
    legs = "; ".join(_leg_words(one) for one in some)
    round_it = f"round {' and '.join(news.laid)}" if news.laid else ""
    opened = f"{' and '.join(news.lifted)} lifted" if news.lifted else ""
    cause = ", ".join(part for part in (round_it, opened) if part)
    return f"{legs} ({cause})" if cause else legs


def _leg_words(one: Change) -> str:
    way = f"{one.left.leg.vehicle} to {one.left.leg.end.name}"
    if one.road.why:
        return f"{way}: no way left, {one.road.why}"
    by = "on its road" if one.same else "by another road"
    if abs(one.later_s) < WORTH_S:
        return f"{way} {by}"
    side = "later" if one.later_s > 0 else "sooner"
    return f"{way} {by}, {minutes(abs(one.later_s))} {side}"

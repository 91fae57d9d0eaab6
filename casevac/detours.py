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
from casevac.hour import roads
from casevac.picture import Picture
from casevac.stamp import Said, Stamp
from casevac.terms import Mode
from casevac.travel import LITTER
from casevac.view import View
from casevac.ways import Left, News
from casevac.words import minutes
from geo.answers import Route
from geo.errors import GeoError, Unreachable
from geo.foot import Carry, carry
from geo.lonlat import LonLat
from geo.routing import Router

WORTH_S = 60.0  # a road that was opened again is taken when it saves this much
SAME_DEG = 20.0 / 111_195.0  # two lines this close to each other are one road
SAME_S = 1.0
SLACK = 0.05  # what is left of a road under way is known by the share of its length, so about so well


class Roads:
    """The network under the hazards that hold now, for vehicles and for litter teams, by day and by night."""

    def __init__(self, view: View, router: Router) -> None:
        self._view, self._router = view, router

    def driving(self, start: LonLat) -> Router:
        """For a vehicle that goes on from there now."""
        return roads(self._router, self._view.picture, start, self._view.now, *hazard.DRIVING)

    def walking(self, start: LonLat) -> Router:
        """For a litter team."""
        return roads(self._router, self._view.picture, start, self._view.now, *hazard.WALKING)


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
    open_roads = Roads(view, router)
    known = {one.standing: one for one in chains}
    since = {key: ways.news(view, one) for key, one in known.items()}
    looks = [
        look
        for one in chains
        for left in ways.left(view, one)
        if (look := _look(one, left, since[one.standing])) is not None
    ]
    looks = [
        *(one for one in looks if one.must),
        *_worth(view, open_roads, [one for one in looks if not one.must]),
    ]
    changed: dict[str, list[Change]] = {one.id: [] for one in chains}
    for look in looks:
        if (change := _changed(view, open_roads, look)) is not None:
            changed[look.chain.id].append(change)
    after = _after(view, changed, standing)
    told: list[AnyBody] = [
        _told(after, one, standing, (_words(some, since[one.standing]), some))
        for one in chains
        if (some := sorted(changed[one.id], key=lambda each: each.left.number))
    ]
    kept = tuple(one.id for one in chains if not changed[one.id])
    return (*told, ChainsConfirmed(chains=kept, standing=standing)) if kept else tuple(told)


class Look(NamedTuple):
    """A leg whose road may be another now; `must`: it cannot stay unlooked at."""

    chain: Chain
    left: Left
    must: bool
    blocked: bool

    @property
    def why(self) -> str:
        """Why the leg had no way until now; empty when it had."""
        said = self.chain.roads.get(self.left.number)
        return said.value.why if said is not None else ""


def _look(chain: Chain, one: Left, news: News) -> Look | None:
    """None for a leg whose road nothing concerns that was laid or lifted."""
    areas = news.walking if one.leg.mode == Mode.FOOT else news.driving
    path = [LonLat(*point) for point in one.path]
    touched = any(area.meets(path) for area in areas)
    said = chain.roads.get(one.number)
    blocked = said is not None and bool(said.value.why)
    must = touched or blocked or (bool(news.lifted) and one.leg.exposure_s > 0.0)  # what it told may be over
    return Look(chain, one, must, blocked) if must or news.lifted else None


def _worth(view: View, open_roads: Roads, looks: Sequence[Look]) -> list[Look]:
    """Those of the legs for which there is a road by now that saves enough: one table for each kind of
    vehicle, nothing is drawn."""
    found = [one for one in looks if one.left.leg.mode == Mode.FOOT]
    driven = [one for one in looks if one.left.leg.mode != Mode.FOOT]
    by_kind: dict[tuple[str, bool], list[Look]] = {}
    for one in driven:
        light = open_roads.driving(one.left.start).night
        by_kind.setdefault((_profile(view, one.left), light), []).append(one)
    for (profile, _), mine in sorted(by_kind.items(), key=lambda each: each[0]):
        starts = list(dict.fromkeys(one.left.start for one in mine))
        ends = list(dict.fromkeys(_end(one.left) for one in mine))
        try:
            seconds = open_roads.driving(starts[0]).table(starts, ends, profile).seconds_p50
        except GeoError:  # a profile that nobody knows any more: the road stays
            continue
        for one in mine:
            now_s = float(seconds[starts.index(one.left.start), ends.index(_end(one.left))])
            if now_s <= one.left.seconds_p50 - WORTH_S:
                found.append(one)
    return found


def _changed(view: View, open_roads: Roads, look: Look) -> Change | None:
    """The road of one leg where it is another one now; None where it stays."""
    one = look.left
    try:
        road = _road(view, open_roads, one)
    except GeoError as fault:
        why = str(fault)[:LONGEST_TEXT]
        return None if why == look.why or not look.must else Change(one, Road(one.number, why=why), 0.0, True)
    later_s, same = road.seconds_p50 - one.seconds_p50, _same(road, one)
    slack_s = SAME_S + (SLACK * one.seconds_p50 if one.begun else 0.0)
    if same and not look.blocked and abs(later_s) < slack_s and not _exposed_otherwise(road, one):
        return None
    return Change(one, road, later_s, same)


def _exposed_otherwise(road: Road, one: Left) -> bool:
    """True when what the leg tells of threats is no longer so; of one under way a part may lie behind it."""
    more_s = road.exposure_s - one.leg.exposure_s
    return more_s >= SAME_S or (more_s <= -SAME_S and not one.begun)


def _same(road: Road, one: Left) -> bool:
    """True when the new road is the one that the vehicle is on."""
    if len(one.path) < 2:
        return False
    lines = shapely.LineString(road.path), shapely.LineString(one.path)
    return bool(shapely.hausdorff_distance(*lines) < SAME_DEG)


def _road(view: View, open_roads: Roads, one: Left) -> Road:
    """The quickest road of a leg from where it is now; raises GeoError when there is none."""
    if one.leg.mode == Mode.FOOT:
        walk = carry(open_roads.walking(one.start), one.start, _end(one), LITTER)
        return _told_road(one, walk, estimated=True)
    ends, profile = (one.start, _end(one)), _profile(view, one)
    router = open_roads.driving(one.start)
    why = router.table(ends[:1], ends[1:], profile).reasons.get((0, 0))
    if why is not None:  # a route would look for the nearest place that can be reached, which takes long
        raise Unreachable(why)
    route = router.route(*ends, profile)
    return _told_road(one, route, estimated=route.estimated)


def _told_road(one: Left, way: Route | Carry, *, estimated: bool) -> Road:
    times = way.metres, way.seconds_p50, way.seconds_p90
    return Road(
        one.number, points(way.path), *times, estimated,
        exposure_s=way.exposure_s, danger_s=way.danger_s,
    )  # fmt: skip


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
    opened = f"{' and '.join(news.over)} lifted" if news.over else ""
    cause = ", ".join(part for part in (round_it, opened) if part)
    return f"{legs} ({cause})" if cause else legs


def _leg_words(one: Change) -> str:
    way, under = f"{one.left.leg.vehicle} to {one.left.leg.end.name}", one.road.exposure_s
    if one.road.why:
        return f"{way}: no way left, {one.road.why}"
    by = "on its road" if one.same else "by another road"
    by += f", {minutes(under)} of it in threat zones" if under >= SAME_S else ""
    if abs(one.later_s) < WORTH_S:
        return f"{way} {by}"
    side = "later" if one.later_s > 0 else "sooner"
    return f"{way} {by}, {minutes(abs(one.later_s))} {side}"

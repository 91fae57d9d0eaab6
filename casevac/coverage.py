"""Golden-hour coverage: what of the land, its roads and places has help in time, counted from the injury."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise, product
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from casevac import hazard
from casevac.errors import BadMessage
from casevac.latency import Latency
from casevac.posture import Door, Posture, Stand, landings, posture
from casevac.terms import Capability, Mode
from casevac.view import View
from geo.area import Area
from geo.detour import metres_round
from geo.errors import BadArea
from geo.flown import Far, Pad, fetched_s, flown_s
from geo.land import driven
from geo.lattice import Field, Lattice, Seeds, lattice, polygons, read, several, touched
from geo.lonlat import GEOD, LonLat, distances_m
from geo.reach import places_s, seeds_of, walked
from geo.routing import Router
from geo.samples import Samples, samples
from geo.swept import Source, Swept, on_network, swept

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
Roadways = Mapping[tuple[str, bool], Router]
"""Routers by season and night."""
WHEN = (("dry", False), ("dry", True), ("wet", False), ("wet", True))
CARE, SURGERY = "advanced_care", "surgery"
MOST_POINTS = 1_000_000
BEYOND_M = 1e9
AIR_POINTS = 40_000  # distances flown are measured to so many points; between them they are straight
WIDEST_DEG = 60.0
FINEST_M = 25.0  # no lattice is finer, however small the land or short the walk
ALONG_M = 250.0  # a patrol route is looked at once in so many metres
FARTHEST_PATROLS_M = 10_000_000.0  # all routes of one question together


class Place(NamedTuple):
    """A village by its name."""

    name: str
    at: LonLat


class Patrol(NamedTuple):
    """A patrol route: its name and points in order."""

    name: str
    path: tuple[LonLat, ...]


class Question(NamedTuple):
    """Which land is asked about, and how far from the road anybody is looked for."""

    area: shapely.Polygon | shapely.MultiPolygon
    access_m: float
    needs: tuple[Capability, ...] = (Capability.DCS,)
    places: tuple[Place, ...] = ()
    patrols: tuple[Patrol, ...] = ()


class Share(NamedTuple):
    """Shares from 0 to 1; None where nothing of the kind was given."""

    area: float
    road: float | None
    places: float | None
    patrols: float | None


class Cover(NamedTuple):
    """One step of care in one season and light: what of the land has it within the limit."""

    step: str
    season: str
    night: bool
    p90: bool
    limit_s: float
    share: Share
    area: shapely.MultiPolygon
    missed: tuple[str, ...]  # places and patrol routes that have it not, or not along all their way


@dataclass(frozen=True, eq=False)
class Coverage:
    """The answer: every cover, and all that it rests on."""

    covers: tuple[Cover, ...]
    latencies: Mapping[str, Latency]
    counts: Posture
    land: shapely.MultiPolygon
    km2: float
    road_km: float
    notes: tuple[str, ...]


class _Times(NamedTuple):
    """Seconds at the points of the lattice [rows, columns], the road [k], the places, the patrol routes."""

    field: Field
    road: Floats
    places: Floats
    patrols: Floats


def _least(several: Sequence[_Times]) -> _Times:
    return _Times(*(np.minimum.reduce(each) for each in zip(*several, strict=True)))


def _then(one: _Times, other: _Times, seconds: float) -> _Times:
    return _Times(
        one.field + other.field + np.float32(seconds),
        one.road + other.road + seconds,
        one.places + other.places + seconds,
        one.patrols + other.patrols + seconds,
    )


class _Board:
    """The points that are looked at: a lattice over the area, the roads in it, places and patrol routes."""

    def __init__(self, asked: Question, roads: Roadways) -> None:
        self.asked, self.over = asked, _lattice(asked)
        lons, lats = self.over.points()
        self.inside = shapely.contains_xy(asked.area, *np.meshgrid(lons, lats))
        self.weight = np.broadcast_to(np.cos(np.radians(lats))[:, None], self.inside.shape)[self.inside]
        if not self.inside.any():
            raise BadArea(f"the area is smaller than what is told apart, {self.over.step_m:.0f} m; widen it")
        self.road: Samples = samples(
            roads["dry", False].roads, _near(self.over, roads["dry", False]), self.over.step_m / 2.0
        )
        self.on_road = shapely.contains_xy(asked.area, self.road.lon, self.road.lat)
        self.places = np.asarray([one.at for one in asked.places], dtype=np.float64).reshape(-1, 2)
        _checked(asked.patrols)
        walks = [_along(one.path) for one in asked.patrols]
        self.patrol = np.repeat(np.arange(len(walks)), [len(one) for one in walks])
        self.patrols = np.concatenate([np.empty((0, 2)), *walks])
        self._far: dict[tuple[LonLat, float], Field] = {}  # by place and margin

    def driven(self, found: Swept, router: Router, limit_s: float) -> _Times:
        """Seconds by one search of the roads."""
        road = found.seconds(self.road)
        field = walked(self.over, found, seeds_of(self.road, road, limit_s), self.asked.access_m)
        at = [one.at for one in self.asked.places]
        places = places_s(router, found, at, self.asked.access_m)
        return _Times(field, road, places, read(self.over, field, self.patrols[:, 0], self.patrols[:, 1]))

    def flown(self, seconds: Callable[[Far], Floats], closed: Sequence[Area], margin_m: float) -> _Times:
        """Seconds by air round areas closed to aircraft; none in them."""
        field = seconds(lambda place: self._metres(place, closed, margin_m)).astype(np.float32)
        every = self.over.points()
        for area in closed:
            field[shapely.contains_xy(area.shape, *np.meshgrid(*every))] = np.inf
        at = ((self.road.lon, self.road.lat), *(xy.T for xy in (self.places, self.patrols)))
        return _Times(field, *(read(self.over, field, lon, lat) for lon, lat in at))

    def _metres(self, place: LonLat, closed: Sequence[Area], margin_m: float) -> Floats:
        """From a place to every point of the lattice: measured at some of them, straight between."""
        if (place, margin_m) not in self._far:
            stride = max(1, math.isqrt(self.inside.size // AIR_POINTS))
            lons, lats = self.over.points(stride)
            x, y = np.meshgrid(np.append(lons, lons[-1] + stride * self.over.wide),
                               np.append(lats, lats[-1] + stride * self.over.high))  # fmt: skip
            coarse = _far(place, np.column_stack((x.ravel(), y.ravel())), closed, margin_m).reshape(x.shape)
            self._far[place, margin_m] = _between(coarse, self.inside.shape, stride)
        return self._far[place, margin_m].astype(np.float64)

    def never(self) -> _Times:
        """Nobody comes."""
        sizes = (self.inside.shape, len(self.road.share), len(self.places), len(self.patrols))
        field, road, places, patrols = (np.full(size, np.inf) for size in sizes)
        return _Times(field.astype(np.float32), road, places, patrols)

    def cover(self, times: _Times, limit_s: float) -> tuple[Share, shapely.MultiPolygon, tuple[str, ...]]:
        """What of everything is within the limit."""
        near = times.field <= limit_s
        here = self.on_road
        area = float(self.weight[near[self.inside]].sum() / self.weight.sum())
        metres = self.road.metres[here]
        road = _part(times.road[here] <= limit_s, metres)
        share = Share(area, road, _part(times.places <= limit_s), _part(times.patrols <= limit_s))
        by_road = touched(self.over, Seeds(self.road.lon[here], self.road.lat[here], times.road[here]))
        drawn = polygons(self.over, (near | (by_road <= limit_s)) & self.inside)
        late = [one.name for one, s in zip(self.asked.places, times.places, strict=True) if s > limit_s]
        beyond = set(self.patrol[times.patrols > limit_s].tolist())
        return share, drawn, (*late, *(one.name for i, one in enumerate(self.asked.patrols) if i in beyond))


def _lattice(asked: Question) -> Lattice:
    west, south, east, north = asked.area.bounds
    if asked.area.is_empty or not asked.area.is_valid or max(east - west, north - south) > WIDEST_DEG:
        raise BadArea(f"the area has no outline, crosses itself, or is wider than {WIDEST_DEG:g} degrees")
    wide_m = (east - west) * math.cos(math.radians((south + north) / 2.0)) * 111_320.0
    step_m = math.sqrt(max(1.0, wide_m * (north - south) * 111_320.0) / MOST_POINTS)
    return lattice((west, south, east, north), 0.0, max(asked.access_m / 8.0, step_m, FINEST_M))


def _near(over: Lattice, router: Router) -> NDArray[np.int64]:
    """Stretches (rising) to drive on that may lead past the lattice; nobody is walked to from any other."""
    west, south = over.west - 2.0 * over.wide, over.south - 2.0 * over.high
    east, north = over.west + (over.columns + 1) * over.wide, over.south + (over.rows + 1) * over.high
    found = np.sort(router.roads.tree.query(shapely.box(west, south, east, north))).astype(np.int64)
    return found[driven(router)[found]]


def _far(place: LonLat, points: Floats, closed: Sequence[Area], margin_m: float) -> Floats:
    """Metres round what is closed, finite throughout, so that there is something between any two points.

    In a closed area as straight (whoever asks leaves it out), elsewhere without a way beyond every range.
    """
    found = metres_round(place, points, closed, margin_m)
    none = ~np.isfinite(found)
    if none.any() and not any(area.holds(place) for area in closed):
        shut = shapely.union_all([each.shape for each in closed])
        inside = none & shapely.contains_xy(shut, points)
        found[inside] = distances_m(points[inside], [place])
    return np.where(np.isfinite(found), found, BEYOND_M)


def _part(reached: NDArray[np.bool_], weight: Floats | None = None) -> float | None:
    if not len(reached) or (weight is not None and weight.sum() <= 0.0):
        return None
    return float(np.average(reached, weights=weight))


def _checked(patrols: Sequence[Patrol]) -> None:
    """Raises BadMessage for more patrol routes than can be looked at."""
    lines = [np.asarray(one.path, dtype=np.float64).reshape(-1, 2) for one in patrols]
    far_m = math.fsum(float(GEOD.line_length(line[:, 0], line[:, 1])) for line in lines)
    if not far_m <= FARTHEST_PATROLS_M:
        most = f"{FARTHEST_PATROLS_M / 1000.0:,.0f} km"
        raise BadMessage(f"the patrol routes are {far_m / 1000.0:,.0f} km long; ask about {most} at a time")


def _along(path: Sequence[LonLat]) -> Floats:
    """Points once in ALONG_M of a line, so that each stands for as much of it."""
    legs = [np.asarray([path[0]], dtype=np.float64)]
    for a, b in pairwise(path):
        parts = max(1, round(GEOD.inv(*a, *b)[2] / ALONG_M))
        share = ((np.arange(parts) + 0.5) / parts)[:, None]
        legs.append(np.asarray(a) + share * (np.asarray(b) - np.asarray(a)))
    return np.concatenate(legs[1:] or legs)


def _between(coarse: Floats, shape: tuple[int, int], stride: int) -> Field:
    """A coarse lattice read at every point, straight between its points; it covers them all."""
    rows, columns = (
        np.minimum(np.arange(n) / stride, m - 1.0) for n, m in zip(shape, coarse.shape, strict=True)
    )
    j, i = np.floor(rows).astype(np.int64), np.floor(columns).astype(np.int64)
    up, right = np.minimum(j + 1, coarse.shape[0] - 1), np.minimum(i + 1, coarse.shape[1] - 1)
    v, u = (rows - j)[:, None], columns - i
    low = coarse[j][:, i] * (1 - u) + coarse[j][:, right] * u
    high = coarse[up][:, i] * (1 - u) + coarse[up][:, right] * u
    return np.asarray(low * (1 - v) + high * v, dtype=np.float32)


# --- what comes by road and by air


def coverage(
    view: View,
    routers: Roadways,
    asked: Question,
    steps: Mapping[str, Latency],
    progress: Progress = lambda _what, _done, _of: None,
) -> Coverage:
    """Shares and areas for advanced care and surgery: dry and wet, day and night, middle and nine in ten.

    `routers` are those of each season by day and by night, dry days among them. Everything counts from the
    injury: the latencies pass before a vehicle moves. Hazards stay as they are now. Advanced care begins
    with a medical crew or at a facility that gives it; surgery means the door of one that may take the needs.
    Raises BadArea, and BadMessage for patrol routes that are too long.
    """
    counts = posture(view, steps, asked.needs)
    told = hazard.laid(view.picture, view.now, *hazard.DRIVING)
    open_roads = {when: one.under(told) for when, one in routers.items()}
    board = _Board(asked, open_roads)
    found, work = list[Cover](), 2 * len(routers) + 4
    by_road: dict[tuple[str, bool, bool], dict[str, _Times]] = {}
    for (season, night), p90 in product(routers, (False, True)):
        progress(f"roads, {season} {_light(night)}", len(by_road), work)
        by_road[season, night, p90] = _by_road(board, open_roads[season, night], view, counts, p90)
    for number, (night, p90) in enumerate(product((False, True), repeat=2)):
        progress(f"flights by {_light(night)}", len(by_road) + number, work)
        by_air = _by_air(board, routers["dry", False], view, counts, (night, p90))
        for season in dict.fromkeys(season for season, light in routers if light == night):
            for step, limit_s in _limits(view):
                times = _least([by_road[season, night, p90][step], by_air[step]])
                found.append(Cover(step, season, night, p90, limit_s, *board.cover(times, limit_s)))
    progress("done", work, work)
    return Coverage(
        tuple(found), steps, counts, several(asked.area), _km2(asked.area),
        float(board.road.metres[board.on_road].sum()) / 1000.0,
        tuple(_notes(view, routers["dry", False], counts)),
    )  # fmt: skip


def _light(night: bool) -> str:
    return "night" if night else "day"


def _limits(view: View) -> tuple[tuple[str, float], tuple[str, float]]:
    return (CARE, view.profile.advanced_care_s), (SURGERY, view.profile.surgery_s)


def _km2(area: shapely.Geometry) -> float:
    return abs(float(GEOD.geometry_area_perimeter(area)[0])) / 1e6


def _by_profile(stands: Sequence[Stand], *, flies: bool) -> Iterator[tuple[str, list[Stand]]]:
    mine = sorted((one for one in stands if one.flies == flies), key=lambda one: (one.profile, one.id))
    for profile, some in groupby(mine, key=lambda one: one.profile):
        yield profile, list(some)


def _by_road(board: _Board, router: Router, view: View, counts: Posture, p90: bool) -> dict[str, _Times]:
    """Both steps of care by the best vehicle on the road."""
    limit_s, loading = max(limit for _, limit in _limits(view)), view.profile.loading_s
    care, surgery = [board.never()], [board.never()]
    for profile, stands in _by_profile(counts.stands, flies=False):

        def search(sources: Sequence[Source], inward: bool, profile: str = profile) -> _Times:
            near = on_network(router, sources, profile)[0]
            if not near:
                return board.never()
            found = swept(router, near, profile, inward=inward, p90=p90)
            return board.driven(found, router, limit_s)

        if profile not in router.profiles:
            continue
        out = search([Source(one.place, one.seconds(p90=p90)) for one in stands], False)
        medical = [Source(one.place, one.seconds(p90=p90)) for one in stands if one.medical]
        care.append(out if len(medical) == len(stands) else search(medical, False))
        doors = ([Source(one.place) for one in counts.doors if one.care], care), (
            [Source(one.place) for one in counts.doors if one.surgery], surgery,
        )  # fmt: skip
        for places, into in doors:
            into.append(_then(out, search(places, True), loading))
    return {CARE: _least(care), SURGERY: _least(surgery)}


def _by_air(
    board: _Board, router: Router, view: View, counts: Posture, when: tuple[bool, bool]
) -> dict[str, _Times]:
    """Both steps of care by the best aircraft that flies at that hour, from any point of the land."""
    night, p90 = when
    closed = hazard.areas(view.picture, view.now, Mode.AIR)
    care, surgery, loading = [board.never()], [board.never()], view.profile.loading_s
    for name, stands in _by_profile(counts.stands, flies=True):
        profile = router.profiles.get(name)
        if profile is None or profile.kind != "air" or (night and not profile.night):
            continue
        pads = landings(view, counts.doors, profile.speed_factor, p90=p90)
        bases = [Pad(one.place, one.seconds(p90=p90) + loading) for one in stands]
        medics = [Pad(one.place, one.seconds(p90=p90)) for one in stands if one.medical]
        if medics:
            care.append(board.flown(partial(flown_s, medics, profile, p90=p90), closed, profile.margin_m))
        for door_of, into in ((_cares, care), (_operates, surgery)):
            doors = [pads[one.id] for one in counts.doors if door_of(one) and one.id in pads]
            if doors:
                seconds = partial(fetched_s, bases, doors, profile, p90=p90)
                into.append(board.flown(seconds, closed, profile.margin_m))
    return {CARE: _least(care), SURGERY: _least(surgery)}


def _cares(door: Door) -> bool:
    return door.care


def _operates(door: Door) -> bool:
    return door.surgery


def _notes(view: View, router: Router, counts: Posture) -> Iterator[str]:
    """What the figures do not say by themselves."""
    yield "by road all the way or by air all the way; an aircraft is taken to land wherever a casualty lies"
    yield "seconds of travel are planning estimates until learned from tracks"
    if view.profile.speed_factor != 1.0:
        yield f"exercise: vehicles travel {view.profile.speed_factor:g} times as fast as real ones"
    if not any(one.surgery for one in counts.doors):
        yield "no facility may take a casualty with these needs now"
    if not counts.stands:
        yield "no vehicle counts: register vehicles with their homes, or let them report where they are"
    missing = sorted({one.profile for one in counts.stands if one.profile not in router.profiles})
    if missing:
        yield f"vehicles of unknown profiles do not count: {', '.join(missing)}"

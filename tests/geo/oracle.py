"""An independent opinion on shortest paths: plain Python, its own speeds, a heap."""

import csv
import dataclasses
import heapq
import math
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

import shapely

from geo.costs import costs
from geo.errors import Unreachable
from geo.lonlat import LonLat
from geo.profile import Profile
from geo.roads import DEGREES, Roads
from geo.routing import Router
from geo.snapping import nearest
from geo.terms import ACCESS, CLASSES, SMOOTHNESS, SURFACES

_ROUGH = ("horrible", "very_horrible", "impassable")
_ACCESS = {
    "motorcar": lambda roads: roads.motor,
    "hgv": lambda roads: roads.hgv,
    "motorcycle": lambda roads: roads.motorcycle,
}
Arcs = dict[int, list[tuple[int, float]]]


def arcs_of(roads: Roads, profile: Profile) -> Arcs:
    """Open arcs by node, dry season, read stretch by stretch."""
    arcs: Arcs = defaultdict(list)
    access = (roads.foot if profile.kind == "foot" else _ACCESS[profile.vehicle](roads)).tolist()
    columns = (roads.tail, roads.head, roads.metres, roads.highway, roads.surface, roads.maxspeed)
    rows = zip(
        *(each.tolist() for each in columns),
        roads.flags.tolist(),
        roads.fixed_s.tolist(),
        access,
        zip(roads.maxweight.tolist(), roads.maxheight.tolist(), roads.maxwidth.tolist(), strict=True),
        roads.smoothness.tolist(),
        strict=True,
    )
    size = (profile.weight_t, profile.height_m, profile.width_m)
    for tail, head, metres, highway, surface, limit, flags, fixed, code, most, rough in rows:
        if any(0 < allowed < round(10 * own) for own, allowed in zip(size, most, strict=True)):
            continue
        if SMOOTHNESS[rough] in _ROUGH[_ROUGH.index(profile.worst_smoothness) + 1 :]:
            continue
        speed = profile.speeds.get(CLASSES[highway], 0) * profile.surface["dry"].get(SURFACES[surface], 1)
        if profile.obeys_maxspeed and limit:
            speed = min(speed, limit)
        if speed <= 0 or ACCESS[code] not in profile.access:
            continue
        seconds = (fixed or metres / (speed * profile.speed_factor / 3.6)) or 1e-6
        free = not profile.obeys_oneway or (flags & 256 and "emergency" in profile.exempt)
        if flags & 1 or free:
            arcs[tail].append((head, seconds))
        if flags & 2 or free:
            arcs[head].append((tail, seconds))
    return arcs


def unbound(profiles: Mapping[str, Profile]) -> dict[str, Profile]:
    """The same vehicles where no turn restriction binds them, as here: this oracle knows nothing of turns."""
    return {name: dataclasses.replace(each, obeys_turns=False) for name, each in profiles.items()}


def least(arcs: Arcs, origin: int, destination: int) -> float:
    """Least seconds between two nodes, inf when there is no way."""
    best, heap = {origin: 0.0}, [(0.0, origin)]
    while heap:
        seconds, node = heapq.heappop(heap)
        if node == destination:
            return seconds
        if seconds > best[node]:
            continue
        for head, more in arcs.get(node, ()):
            if seconds + more < best.get(head, math.inf):
                best[head] = seconds + more
                heapq.heappush(heap, (seconds + more, head))
    return math.inf


def pairs(roads: Roads, arcs: Arcs, count: int, seed: int) -> list[tuple[int, int]]:
    """Random pairs of nodes that an arc leaves, without those that share a position with another."""
    at = list(zip(roads.node_x.tolist(), roads.node_y.tolist(), strict=True))
    shared = Counter(at)
    nodes, chance = sorted(each for each in arcs if shared[at[each]] == 1), random.Random(seed)
    return [(chance.choice(nodes), chance.choice(nodes)) for _ in range(count)]


def node(roads: Roads, number: int) -> LonLat:
    return LonLat(int(roads.node_x[number]) * DEGREES, int(roads.node_y[number]) * DEGREES)


def agreed(roads: Roads, router: Router, profile: str, wanted: int) -> tuple[int, int]:
    """How many of the pairs have the oracle's seconds, and how many have a way."""
    arcs = arcs_of(roads, router.profiles[profile])
    right = reached = 0
    for a, b in pairs(roads, arcs, wanted, seed=7):
        expected = least(arcs, a, b)
        try:
            route = router.route(node(roads, a), node(roads, b), profile)
        except Unreachable:
            right += math.isinf(expected)
            continue
        if math.isinf(expected):  # only another road nearby can have led on
            right += route.access_m > 0.5
        else:
            right += math.isclose(route.seconds_p50, expected, rel_tol=1e-6, abs_tol=0.01)
            reached += 1
    return right, reached


def taxi_distances(roads: Roads, profile: Profile, tracks: Path) -> list[float]:
    """Metres from each fix of the Porto taxi tracks, within the extract, to the nearest open road."""
    open_, area = costs(roads, profile, "dry").passable, shapely.box(*roads.bounds)
    with tracks.open() as source:
        lines = [shapely.from_wkt(row["shape"]) for row in csv.DictReader(source)]
    fixes = [LonLat(*xy) for line in lines for xy in line.coords]
    return [nearest(roads, open_, fix, 50_000).access_m for fix in fixes if area.contains(shapely.Point(fix))]

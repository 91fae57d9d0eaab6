"""An independent opinion on shortest paths: plain Python, its own speeds, a heap."""

import heapq
import math
import random
from collections import defaultdict

from geo.profile import Profile
from geo.roads import Roads
from geo.terms import ACCESS, CLASSES, SURFACES

Arcs = dict[int, list[tuple[int, float]]]


def arcs_of(roads: Roads, profile: Profile) -> Arcs:
    """Open arcs by node, dry season, read stretch by stretch."""
    arcs: Arcs = defaultdict(list)
    access = (roads.foot if profile.kind == "foot" else roads.motor).tolist()
    columns = (roads.tail, roads.head, roads.metres, roads.highway, roads.surface, roads.maxspeed)
    rows = zip(
        *(each.tolist() for each in columns),
        roads.flags.tolist(),
        roads.fixed_s.tolist(),
        access,
        strict=True,
    )
    for tail, head, metres, highway, surface, limit, flags, fixed, code in rows:
        speed = profile.speeds.get(CLASSES[highway], 0) * profile.surface["dry"].get(SURFACES[surface], 1)
        if profile.obeys_maxspeed and limit:
            speed = min(speed, limit)
        if speed <= 0 or ACCESS[code] not in profile.access:
            continue
        seconds = (fixed or metres / (speed * profile.speed_factor / 3.6)) or 1e-6
        if flags & 1 or not profile.obeys_oneway:
            arcs[tail].append((head, seconds))
        if flags & 2 or not profile.obeys_oneway:
            arcs[head].append((tail, seconds))
    return arcs


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


def pairs(arcs: Arcs, count: int, seed: int) -> list[tuple[int, int]]:
    """Random pairs of nodes that an arc leaves."""
    nodes, chance = sorted(arcs), random.Random(seed)
    return [(chance.choice(nodes), chance.choice(nodes)) for _ in range(count)]

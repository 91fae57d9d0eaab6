"""One search from, or to, many places at once: when each end of every stretch is reached, and all between."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.drawing import cut
from geo.errors import BadPlace, OffNetwork
from geo.land import Land, land, searched
from geo.lonlat import LonLat, check
from geo.places import Spot, around, reached
from geo.ports import Anchors
from geo.roads import Roads
from geo.routing import Router
from geo.samples import Samples

Floats = NDArray[np.float64]


class Source(NamedTuple):
    """A place that one sets out from (or comes to), and seconds that pass before (or after)."""

    place: LonLat
    seconds: float = 0.0


class Begin(NamedTuple):
    """Where a source meets a stretch: its share of it, and the seconds until one is there."""

    stretch: int
    share: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Swept:
    """Seconds at which one is at the tail [m] and the head [m] of each stretch, ready to travel along it.

    `up` and `down` [m] are the seconds of a whole stretch away from its tail and away from its head; inf
    where nobody may. `shut_up` and `shut_down` [2, m] bound what of it is closed that way: shares, 2 and -1
    where nothing is. Inward, times are those to the sources, and a stretch is travelled the other way round.
    """

    roads: Roads
    tail: Floats
    head: Floats
    up: Floats
    down: Floats
    shut_up: Floats
    shut_down: Floats
    begins: tuple[Begin, ...]
    sources: tuple[Source, ...]
    land: Land

    def at(self, stretch: NDArray[np.int64], share: Floats) -> Floats:
        """Seconds at points on stretches [k]; inf where nobody comes."""
        with np.errstate(invalid="ignore"):
            up = self.tail[stretch] + np.where(share > 0.0, share * self.up[stretch], 0.0)
            down = self.head[stretch] + np.where(share < 1.0, (1.0 - share) * self.down[stretch], 0.0)
        up[(share > 0.0) & (share >= self.shut_up[0, stretch])] = np.inf
        down[(share < 1.0) & (share <= self.shut_down[1, stretch])] = np.inf
        found = np.minimum(up, down)
        mine = np.flatnonzero(np.isin(stretch, [one.stretch for one in self.begins]))
        for one in self.begins:
            here = mine[stretch[mine] == one.stretch]
            found[here] = np.minimum(found[here], self._from(one, share[here]))
        return found

    def _from(self, begin: Begin, share: Floats) -> Floats:
        """Seconds at shares of the stretch of a source, by that stretch alone."""
        e, along = begin.stretch, share - begin.share
        pace = np.where(along > 0, self.up[e], self.down[e])
        with np.errstate(invalid="ignore"):
            way = np.where(along == 0, 0.0, np.abs(along) * pace)
        first, last = np.where(along > 0, self.shut_up[:, [e]], self.shut_down[:, [e]])
        low, high = np.minimum(share, begin.share), np.maximum(share, begin.share)
        way = np.where((along != 0) & (high >= first) & (low <= last), np.inf, way)
        return np.asarray(begin.seconds + way, dtype=np.float64)

    def reached(self, limit_s: float) -> NDArray[np.int64]:
        """Stretches of which at least a point is reached within limit_s, rising."""
        found = np.minimum(self.tail, self.head) < limit_s
        found[[one.stretch for one in self.begins if one.seconds < limit_s]] = True
        return np.flatnonzero(found)

    def seconds(self, points: Samples) -> Floats:
        """Seconds at sampled points of the roads [k]."""
        return self.at(points.stretch, points.share)

    def parts(self, limit_s: float) -> list[tuple[int, float, float]]:
        """Every part of a stretch that is reached within limit_s: stretch, from share, to share; rising."""
        near, up, down = self._ends(limit_s)
        whole = up >= down
        found = [(e, 0.0, 1.0) for e in near[whole].tolist()]
        own = {e: [one for one in self.begins if one.stretch == e] for e in {b.stretch for b in self.begins}}
        rim = zip(near[~whole].tolist(), up[~whole].tolist(), down[~whole].tolist(), strict=True)
        for e, a, b in rim:
            spans = [(0.0, a), (b, 1.0), *(self._span(one, limit_s) for one in own.get(e, ()))]
            found += [(e, first, last) for first, last in _joined(spans)]
        return sorted(found)

    def _ends(self, limit_s: float) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Stretches [k] that are reached, and the shares up to which one comes from the tail and the head."""
        near = self.reached(limit_s)
        with np.errstate(invalid="ignore", divide="ignore"):
            up = np.minimum((limit_s - self.tail[near]) / self.up[near], self.shut_up[0, near])
            down = np.maximum(1.0 - (limit_s - self.head[near]) / self.down[near], self.shut_down[1, near])
        return near, np.nan_to_num(np.clip(up, 0.0, 1.0)), np.nan_to_num(np.clip(down, 0.0, 1.0), nan=1.0)

    def _span(self, begin: Begin, limit_s: float) -> tuple[float, float]:
        """The part of its stretch that a source covers."""
        e, left = begin.stretch, limit_s - begin.seconds
        if left < 0.0:
            return 0.0, 0.0
        first, last = begin.share - left / self.down[e], begin.share + left / self.up[e]
        if begin.share <= self.shut_up[1, e]:
            last = min(last, max(begin.share, self.shut_up[0, e]))
        if begin.share >= self.shut_down[0, e]:
            first = max(first, min(begin.share, self.shut_down[1, e]))
        return max(0.0, first), min(1.0, last)

    def metres(self, limit_s: float) -> float:
        """Length of the road that is reached within limit_s, each stretch once whatever its directions."""
        parts = self.parts(limit_s)
        length = np.asarray(self.roads.metres, dtype=np.float64)[[e for e, _, _ in parts]]
        return float((length * [b - a for _, a, b in parts]).sum())

    def lines(self, limit_s: float) -> list[shapely.LineString]:
        """What is reached within limit_s as lines in degrees, cut at the rim."""
        return [shapely.LineString(cut(self.roads.shape(e), a, b)) for e, a, b in self.parts(limit_s)]


def on_network(
    router: Router, sources: Sequence[Source], profile: str
) -> tuple[list[Source], dict[int, str]]:
    """Those of the sources that are near enough to a road, and by index why the others are not.

    Raises UnknownProfile.
    """
    kept, reasons = [], dict[int, str]()
    for index, one in enumerate(sources):
        try:
            router._anchor(router.net(profile), check(*one.place))
        except (OffNetwork, BadPlace) as fault:
            reasons[index] = str(fault)
        else:
            kept.append(one)
    return kept, reasons


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Shares that touch or overlap, as one; empty ones left out."""
    found: list[tuple[float, float]] = []
    for first, last in sorted(span for span in spans if span[1] > span[0]):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def swept(
    router: Router, sources: Sequence[Source], profile: str, *, inward: bool = False, p90: bool = False
) -> Swept:
    """Least seconds from the soonest of the sources to all roads (to it, when inward).

    p90: each stretch at the time that nine in ten journeys keep. From a source on a piece of the network that
    leads nowhere, pieces around it stand in where nothing else comes, as in a route.
    Raises BadPlace, OffNetwork, UnknownProfile.
    """
    ground = land(router, profile, p90=p90)
    places = [Source(check(*one.place), one.seconds) for one in sources]
    spots = [Spot(one.place, router._anchor(ground.net, one.place)) for one in places]
    near, others = reached(ground.net, spots), around(ground.net, spots)
    found = _swept(ground, places, near, inward=inward)
    if others == near:
        return found
    return _filled(found, _swept(ground, places, others, inward=inward))


def _filled(found: Swept, more: Swept) -> Swept:
    """What is not reached, as it is reached by other roads around the sources."""
    tail = np.where(np.isfinite(found.tail), found.tail, more.tail)
    head = np.where(np.isfinite(found.head), found.head, more.head)
    known = {one.stretch for one in found.begins}
    begins = (*found.begins, *(one for one in more.begins if one.stretch not in known))
    return replace(found, tail=tail, head=head, begins=begins)


def _swept(ground: Land, sources: Sequence[Source], meets: Anchors, *, inward: bool) -> Swept:
    waits = np.asarray([one.seconds for one in sources], dtype=np.float64)
    tail, head = searched(ground, meets, waits, inward=inward)
    begins = tuple(
        Begin(each.stretch, each.fraction, one.seconds + each.access_m * ground.pace)
        for one, anchors in zip(sources, meets, strict=True)
        for each in anchors
    )
    bounds = np.stack((ground.first, ground.last))
    ways = (slice(1, None, 2), slice(0, None, 2)) if inward else (slice(0, None, 2), slice(1, None, 2))
    up, down = (ground.seconds[way] for way in ways)
    shut_up, shut_down = (bounds[:, way] for way in ways)
    return Swept(ground.net.roads, tail, head, up, down, shut_up, shut_down, begins, tuple(sources), ground)

"""Where places meet the network: the nearest open road, and those around it that no closed area keeps off."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.hazards import Laid
from geo.lonlat import LonLat, distances_m
from geo.net import Net
from geo.snapping import Anchor, alternatives

PLACES_KEPT = 20_000  # of which a net remembers where they meet it
_CLOSE = 0.99  # degrees measure ways a little shorter than they are: whatever may be near is measured well
_METRES_A_DEGREE = 111_700.0  # of latitude, at most


class Spot(NamedTuple):
    """A place and the anchor where it meets the network, or why it does not."""

    place: LonLat
    anchor: Anchor | None
    reason: str = ""


def reached(net: Net, spots: Sequence[Spot]) -> list[list[Anchor]]:
    """The anchor of every spot, as far as nothing closed lies between."""
    found = [[] if spot.anchor is None else [spot.anchor] for spot in spots]
    return unhindered(net.laid, [spot.place for spot in spots], found)


def around(net: Net, spots: Sequence[Spot]) -> list[list[Anchor]]:
    """Anchors of every spot on every piece of the network around, as far as nothing closed lies between."""
    found = [[] if spot.anchor is None else beside(net, spot.anchor, spot.place) for spot in spots]
    return unhindered(net.laid, [spot.place for spot in spots], found)


def beside(net: Net, anchor: Anchor, place: LonLat) -> list[Anchor]:
    """The anchor of a place and those on other pieces of the network around."""
    found = net.around.get(place)
    if found is None:
        if len(net.around) >= PLACES_KEPT:
            net.around.clear()
        found = alternatives(net.roads, net.costs.passable, net.pieces, anchor, place)
        net.around[place] = found
    return found


def unhindered(
    laid: Laid, places: Sequence[LonLat], anchors: Sequence[Sequence[Anchor]]
) -> list[list[Anchor]]:
    """Those of the anchors of each place between which and the place nothing closed lies."""
    if not laid.areas:
        return [list(each) for each in anchors]
    ends = [(place, each.point) for place, own in zip(places, anchors, strict=True) for each in own]
    lines = np.asarray(shapely.linestrings(np.asarray(ends, dtype=np.float64).reshape(-1, 2, 2)))
    shut = np.zeros(len(ends), dtype=np.bool_)
    for area in laid.areas:
        shut |= np.asarray(shapely.intersects(area.shape, lines), dtype=np.bool_)
    clear = iter((~shut).tolist())
    return [[each for each in own if next(clear)] for own in anchors]


def straight(net: Net, origins: Sequence[Spot], destinations: Sequence[Spot]) -> NDArray[np.float64]:
    """Metres across the ground [S, T] where that is no farther than to the road and back; else inf."""
    found = np.full((len(origins), len(destinations)), np.inf)
    ends = [[spot.place for spot in side] for side in (origins, destinations)]
    here, there = (np.asarray(each, dtype=np.float64).reshape(-1, 2) for each in ends)
    out, back = (
        np.asarray([-np.inf if s.anchor is None else s.anchor.access_m for s in side], dtype=np.float64)
        for side in (origins, destinations)
    )
    most = out[:, None] + back[None, :]
    high = np.abs(here[:, None, 1] - there[None, :, 1]) * _METRES_A_DEGREE * _CLOSE
    near = np.argwhere((most >= 0.0) & (high <= most))
    metres = distances_m(here[near[:, 0]], there[near[:, 1]]) if len(near) else np.zeros(0)
    for (i, j), far in zip(near.tolist(), metres.tolist(), strict=True):
        if far <= most[i, j] and net.laid.open_across(origins[i].place, destinations[j].place):
            found[i, j] = far
    return found

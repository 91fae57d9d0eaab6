"""Hazards on a road network: what they shut, slow down and endanger; the same for a set in whatever order."""

import dataclasses
import hashlib
import json
import math
import threading
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.area import Area, band, circle, met, polygon
from geo.blending import Covered, Load, blended, mixed
from geo.errors import BadHazard, GeoError
from geo.lonlat import LonLat
from geo.placing import Floats, Placed, Rows, placed
from geo.roads import Roads

KINDS = ("closure", "threat", "slow", "oneway")
MOST_SEVERE = 100.0
SLOWEST = 0.01  # a hundredth of the speed; what is slower than that is closed
_MOST = 4096  # areas that are remembered with the stretches they touch, for each network
_STRETCHES = 1_000_000  # and how many of those in all: one set of many hazards is found again whole
Cut = tuple[float, float]


@dataclass(frozen=True)
class Hazard:
    """One thing that stands in the way. Kinds:

    closure: every stretch that touches the area is shut; with bridges_only only its bridges are.
    threat: ways are compared as if each second inside took 1 + severity seconds (severity 0 to 100); it is
    told as exposure and never as time. slow: speed inside is multiplied by speed_factor (0.01 to 1).
    oneway: a line that may be driven in the order of its points only.

    Raises BadHazard on a value that means nothing, or that its kind has no use for (a closure may carry a
    severity: what is shut is shut).
    """

    id: str
    name: str
    kind: str
    area: Area
    severity: float = 0.0
    speed_factor: float = 1.0
    bridges_only: bool = False
    source: str = ""
    author: str = ""

    def __post_init__(self) -> None:
        told = f"hazard {self.name or self.id}"
        if not self.id:
            raise BadHazard(f"{told}: give it an id, by which it can be lifted")
        if self.kind not in KINDS:
            raise BadHazard(f"{told}: no kind '{self.kind}'; use one of {', '.join(KINDS)}")
        _within(told, "severity", self.severity, (0.0, MOST_SEVERE), "0 to 100")
        _within(told, "speed factor", self.speed_factor, (SLOWEST, 1.0), "0.01 to 1, or close the road")
        if self.severity > 0.0 and self.kind in ("slow", "oneway"):
            raise BadHazard(f"{told}: only a threat has a severity; report the threat as another hazard")
        if self.speed_factor < 1.0 and self.kind in ("threat", "oneway"):
            raise BadHazard(f"{told}: only a slow road has a speed factor; report it as another hazard")
        if self.bridges_only and self.kind != "closure":
            raise BadHazard(f"{told}: only a closure can be of bridges alone")
        if self.kind == "oneway" and self.area.kind != "line":
            raise BadHazard(f"{told}: a one-way route is a line, driven in the order of its points")
        _sound(told, self.area)

    @property
    def blocks(self) -> bool:
        """True when it closes the ground too, not only roads, to whoever goes straight across."""
        return self.kind == "closure" and not self.bridges_only


def _within(told: str, what: str, value: float, limits: Cut, fit: str) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not (number and limits[0] <= value <= limits[1]):
        raise BadHazard(f"{told}: a {what} of {value} makes no sense; give {fit}")


def _sound(told: str, area: Area) -> None:
    """Areas made by hand are held to what circle, band and polygon demand."""
    try:
        fault = _fault(area)
    except TypeError:  # points in a list
        fault = _NO_AREA
    if fault:
        raise BadHazard(f"{told}: {fault}")


_NO_AREA = "its area is no circle, line or polygon; make it with circle, band or polygon"


@lru_cache(maxsize=_MOST)
def _fault(area: Area) -> str:
    """What is wrong with an area, empty when nothing is."""
    try:
        made = _again(area)
    except (GeoError, AttributeError, IndexError, TypeError, ValueError) as fault:
        return str(fault)
    return "" if made == area else _NO_AREA


def _again(area: Area) -> Area | None:
    if area.kind == "circle":
        return circle(area.name, *area.points[0], area.metres)
    if area.kind == "line":
        return band(area.name, area.points, 2.0 * area.metres)
    return polygon(area.name, area.points) if area.kind == "polygon" else None


def shutting(areas: Iterable[Area]) -> tuple[Hazard, ...]:
    """Closures of areas that have no id of their own."""
    return tuple(
        Hazard(_key(dataclasses.astuple(each)), each.name, "closure", each) for each in dict.fromkeys(areas)
    )


def _key(values: object) -> str:
    return hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()


class Loads(NamedTuple):
    """What k road arcs bear: shut, and on each second of theirs the factors of geo.blending.Load."""

    shut: NDArray[np.bool_]
    slower: Floats
    danger: Floats
    inside: Floats


@dataclass(frozen=True, eq=False)
class Laid:
    """A set of hazards on a network: a pure function of both, bit for bit, whatever came and went before.

    k stretches are touched (rising); shut [k, 2] is by direction, along the shape and against it. On each
    second that a stretch takes without hazards: `slower` [k] seconds to drive it (1 and more), `danger` [k]
    seconds that comparing adds on top (severity x seconds inside), `inside` [k] seconds inside threat zones.
    severity [k] is the highest that touches. Ways are compared by seconds x (slower + danger).
    """

    stretches: int = 0
    hazards: tuple[Hazard, ...] = ()
    places: tuple[Placed, ...] = ()
    touched: Rows = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    shut: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 2), dtype=bool))
    slower: Floats = field(default_factory=lambda: np.zeros(0))
    danger: Floats = field(default_factory=lambda: np.zeros(0))
    inside: Floats = field(default_factory=lambda: np.zeros(0))
    severity: Floats = field(default_factory=lambda: np.zeros(0))

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the hazards; empty without any."""
        return _key([_values(each) for each in self.hazards]) if self.hazards else ""

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """The areas that are closed altogether."""
        return tuple(each.area for each in self.hazards if each.blocks)

    @cached_property
    def idle(self) -> tuple[Hazard, ...]:
        """The hazards that touch no road: in the bush, off the network, bridges where there is none."""
        return tuple(
            one
            for one, at in zip(self.hazards, self.places, strict=True)
            if not any(_acts(one, at, row) for row in range(len(at.stretches)))
        )

    # --- what an engine needs

    def loads(self, arcs: NDArray[np.integer]) -> Loads:
        """What these road arcs [k] (2e along stretch e, 2e + 1 against it) bear."""
        shut, values = self._rows(np.asarray(arcs, dtype=np.int64) // 2)
        return Loads(shut[np.arange(len(arcs)), np.asarray(arcs) % 2], *values[:3])

    def arcs_changed(self, before: "Laid") -> Rows:
        """Road arcs [k] rising whose load differs between two sets of hazards on one network."""
        if self.stretches != before.stretches and self.hazards and before.hazards:
            raise GeoError("these hazards lie on two networks; lay them over one")
        rows = self._differing(before)
        (shut, values), (shut_before, values_before) = self._rows(rows), before._rows(rows)
        loads = np.any(values[:3] != values_before[:3], axis=0)
        differ = (shut != shut_before) | loads[:, None]
        arcs: Rows = (2 * rows[:, None] + (0, 1))[differ]
        return arcs

    def _differing(self, before: "Laid") -> Rows:
        """Stretches [k] rising that some hazard touches which only one of the two sets has."""
        mine, theirs = ({one.id: one for one in each.hazards} for each in (self, before))
        found = [
            at.stretches
            for own, others in ((self, theirs), (before, mine))
            for one, at in zip(own.hazards, own.places, strict=True)
            if others.get(one.id) != one
        ]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)

    def _rows(self, stretches: Rows) -> tuple[NDArray[np.bool_], Floats]:
        """shut [k, 2] and slower, danger, inside, severity [4, k] of any stretches."""
        shut = np.zeros((len(stretches), 2), dtype=bool)
        values = np.zeros((4, len(stretches)))
        values[0] = 1.0
        if len(self.touched):
            at = np.minimum(np.searchsorted(self.touched, stretches), len(self.touched) - 1)
            known = self.touched[at] == stretches
            shut[known] = self.shut[at[known]]
            values[:, known] = self._columns[:, at[known]]
        return shut, values

    @cached_property
    def _columns(self) -> Floats:
        return np.stack((self.slower, self.danger, self.inside, self.severity))

    @cached_property
    def closed(self) -> NDArray[np.bool_]:
        """Road arcs that are shut [2m]; NOTHING, which lies on no network, has none to tell of."""
        found = np.zeros(2 * self.stretches, dtype=bool)
        found[(2 * self.touched[:, None] + (0, 1))[self.shut]] = True
        return found

    # --- one stretch

    def over(self, stretch: int) -> list[tuple[Hazard, Placed, int]]:
        """The hazards that touch a stretch, where they lie, and its row there."""
        known, which, row = self._touching
        low, high = np.searchsorted(known, (stretch, stretch + 1)).tolist()
        found = zip(which[low:high].tolist(), row[low:high].tolist(), strict=True)
        rows = [(self.hazards[i], self.places[i], at) for i, at in found]
        return [(one, at, row) for one, at, row in rows if _acts(one, at, row)]

    @cached_property
    def _touching(self) -> tuple[Rows, Rows, Rows]:
        """Every touch of a stretch: the stretches rising, which hazard, and the row there."""
        if not self.places:
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing, nothing
        known = np.concatenate([each.stretches for each in self.places])
        sizes = [len(each.stretches) for each in self.places]
        order = np.argsort(known, kind="stable")
        row = np.concatenate([np.arange(size) for size in sizes])
        return known[order], np.repeat(np.arange(len(sizes)), sizes)[order], row[order]

    def part(self, stretch: int, begin: float, end: float) -> Load:
        """The load on the part of a stretch between two shares; of all of it, what `loads` tells."""
        low, high = min(begin, end), max(begin, end)
        found = [
            (a, b, one.severity if one.kind == "threat" else -1.0, one.speed_factor)
            for one, at, row in self.over(stretch)
            if one.kind in ("threat", "slow")
            for a, b in at.pieces(row)
        ]
        return mixed(found, low, high)

    def clear(self, stretch: int, begin: float, end: float) -> bool:
        """True when nothing shuts the part of a stretch from one share to another, in this direction.

        Between the first and the last point that closures touch nobody drives; beyond them one may still come
        and go from the ends. The wrong way of a one-way route is shut likewise; a point never is.
        """
        cuts = [
            (float(at.first[row]), float(at.last[row]))
            for one, at, row in self.over(stretch)
            if one.kind == "closure" or (one.kind == "oneway" and (end - begin) * at.along[row] < 0)
        ]
        if not cuts:
            return True
        return max(begin, end) < min(cut[0] for cut in cuts) or min(begin, end) > max(cut[1] for cut in cuts)

    # --- in words

    def along(self, stretches: Sequence[int]) -> list[str]:
        """Names of the hazards that shut any of these stretches, in order of travel."""
        shut = (
            one for each in stretches for one, _, _ in self.over(each) if one.kind in ("closure", "oneway")
        )
        return list(dict.fromkeys(one.name for one in shut))

    def around(self, place: LonLat) -> list[str]:
        """Names of the closed areas that the place lies in."""
        return [each.name for each in self.areas if each.holds(place)]

    def across(self, *places: LonLat) -> list[str]:
        """Names of the closed areas that the straight way between places touches."""
        return met(self.areas, places)

    def open_across(self, *places: LonLat) -> bool:
        """True when the straight way between places touches no closed area."""
        return not any(each.meets(places) for each in self.areas)


NOTHING = Laid()


def _acts(one: Hazard, at: Placed, row: int) -> bool:
    """True when a hazard does anything to the stretch in a row."""
    if one.kind == "closure":
        return True
    return bool(at.along[row] != 0 if one.kind == "oneway" else at.share[row] > 0.0)


# --- a set of hazards


def laid(roads: Roads, hazards: Iterable[Hazard]) -> Laid:
    """Hazards on a network; raises BadHazard when two different ones bear one id.

    Where closures overlap all is shut; of threats the highest severity counts, of slow zones the lowest
    factor. A stretch that lies partly in a zone counts by the share of its length inside, overlaps once.
    """
    ordered = _ordered(hazards)
    if not ordered:
        return Laid(roads.stretches)
    places = tuple(_known(roads, each) for each in ordered)
    _let_go(roads)
    over = np.zeros(roads.stretches, dtype=bool)
    for at in places:
        over[at.stretches] = True
    touched = np.flatnonzero(over).astype(np.int64)
    shut = np.zeros((len(touched), 2), dtype=bool)
    cover = []
    for one, at in zip(ordered, places, strict=True):
        rows = np.searchsorted(touched, at.stretches)
        if one.kind == "closure":
            shut[rows] = True
        elif one.kind == "oneway":
            shut[rows[at.along < 0], 0] = True
            shut[rows[at.along > 0], 1] = True
        else:
            severity = one.severity if one.kind == "threat" else -1.0
            cover.append(Covered(rows, at, severity, one.speed_factor))
    return Laid(roads.stretches, ordered, places, touched, shut, *blended(len(touched), cover))


def _ordered(hazards: Iterable[Hazard]) -> tuple[Hazard, ...]:
    """The distinct hazards by id."""
    known: dict[str, Hazard] = {}
    for each in hazards:
        if known.setdefault(each.id, each) != each:
            raise BadHazard(
                f"two different hazards have the id {each.id}; lift one of them or give it its own"
            )
    return tuple(known[each] for each in sorted(known))


def _values(one: Hazard) -> list[object]:
    """All that a hazard is, as JSON values."""
    return [getattr(one, each.name) for each in dataclasses.fields(one) if each.name != "area"] + [
        dataclasses.astuple(one.area)
    ]


_PlaceKey = tuple[Area, bool]
_PLACES: "weakref.WeakKeyDictionary[Roads, dict[_PlaceKey, Placed]]" = weakref.WeakKeyDictionary()
_LOCK = threading.Lock()


def _known(roads: Roads, one: Hazard) -> Placed:
    """Where a hazard lies on a network: looked up once, for an area stays where it is."""
    key = (one.area, one.bridges_only)
    with _LOCK:
        found = _PLACES.setdefault(roads, {}).pop(key, None)
    if found is None:
        found = placed(roads, one.area, bridges_only=one.bridges_only)
    with _LOCK:
        _PLACES.setdefault(roads, {})[key] = found  # the latest used is last
    return found


def _let_go(roads: Roads) -> None:
    """Forget the areas that were used longest ago, as many as are too many."""
    with _LOCK:
        kept = _PLACES.setdefault(roads, {})
        left = sum(len(each.stretches) for each in kept.values())
        while len(kept) > 1 and (len(kept) > _MOST or left > _STRETCHES):
            left -= len(kept.pop(next(iter(kept))).stretches)

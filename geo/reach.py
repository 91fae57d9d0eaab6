"""What can be reached within a time, from one or many places or to them: roads cut at the rim, polygons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.area import Area
from geo.errors import GeoError
from geo.flown import Pad, discs
from geo.lattice import Field, Lattice, Seeds, lattice, polygons, several, spread, touched
from geo.lonlat import GEOD, LonLat, check
from geo.places import Spot, reached
from geo.profile import Profile
from geo.routing import Router
from geo.samples import Samples, samples
from geo.swept import Source, Swept, swept
from geo.writing import ACCESS_KNOWN_M

Floats = NDArray[np.float64]
LIMITS = 12  # times in one question
LONGEST_S = 7 * 86_400.0
FARTHEST_M = 20_000.0
CELLS_A_WALK = 10.0  # how finely the walk from the road is drawn


class Wanted(NamedTuple):
    """What is asked: a profile, seconds (any order), towards the sources or away, how far off the road.

    access_m is the honest cap of the straight walk: beyond it nobody knows what lies in the way.
    """

    profile: str
    seconds: tuple[float, ...]
    inward: bool = False
    p90: bool = False
    access_m: float = ACCESS_KNOWN_M


@dataclass(frozen=True, eq=False)
class Isochrone:
    """All that is reached within these seconds: an area in degrees, with holes, and metres of road."""

    seconds: float
    area: shapely.MultiPolygon
    road_m: float

    @property
    def km2(self) -> float:
        """Size on the ground."""
        return abs(GEOD.geometry_area_perimeter(self.area)[0]) / 1e6


@dataclass(frozen=True, eq=False)
class Reached:
    """The isochrones, shortest first: each holds all before it. `swept` answers for single places."""

    swept: Swept
    isochrones: tuple[Isochrone, ...]


def reach(router: Router, sources: Sequence[Source], wanted: Wanted) -> Reached:
    """One search of the roads, then an area for each time; a longer time or more sources never take away.

    Drawn on a lattice that depends on network and access_m alone: a cell that holds a reached road is in;
    beyond it nothing is that cannot be walked to in the time left. Nothing lies in a closed area.
    Raises BadPlace, OffNetwork, UnknownProfile, GeoError for a time that makes no sense.
    """
    times = checked(wanted.seconds)
    if not sources:
        raise GeoError("nothing to start from; give at least one place or facility")
    if not 0.0 < wanted.access_m <= FARTHEST_M:
        raise GeoError(f"{wanted.access_m} m off the road is no distance; give 1 to {FARTHEST_M:g} m")
    found = swept(router, sources, wanted.profile, inward=wanted.inward, p90=wanted.p90)
    over = lattice(router.roads.bounds, wanted.access_m, wanted.access_m / CELLS_A_WALK)
    field = drawn(over, found, times[-1], wanted.access_m)
    return Reached(
        found, tuple(Isochrone(one, polygons(over, field <= one), found.metres(one)) for one in times)
    )


def checked(seconds: Sequence[float]) -> tuple[float, ...]:
    """Times rising, each once; raises GeoError."""
    times = tuple(sorted(set(seconds)))
    if not times or len(times) > LIMITS or not all(0.0 < one <= LONGEST_S for one in times):
        raise GeoError(f"give 1 to {LIMITS} times, each more than 0 and at most {LONGEST_S / 3600:.0f} hours")
    return times


def drawn(over: Lattice, found: Swept, limit_s: float, access_m: float) -> Field:
    """Seconds at every point of a lattice: on foot from the road, and the corners of cells with a road in."""
    seeds = _seeds(over, found, limit_s)
    field = walked(over, found, seeds, access_m)
    return np.minimum(field, _open(over, touched(over, seeds), found.land.net.laid.areas))


def walked(over: Lattice, found: Swept, seeds: Seeds, access_m: float) -> Field:
    """Seconds at every point of a lattice, each by a real walk from the road or a source; never too soon."""
    own = found.sources
    lon, lat = (np.asarray([one.place[axis] for one in own], dtype=np.float64) for axis in (0, 1))
    every = Seeds(
        np.concatenate((seeds.lon, lon)),
        np.concatenate((seeds.lat, lat)),
        np.concatenate((seeds.seconds, [one.seconds for one in own])),
    )
    return _open(over, spread(over, every, found.land.pace, access_m), found.land.net.laid.areas)


def _seeds(over: Lattice, found: Swept, limit_s: float) -> Seeds:
    points = samples(found.roads, found.reached(limit_s), over.step_m / 2.0)
    return seeds_of(points, found.seconds(points), limit_s)


def seeds_of(points: Samples, seconds: Floats, limit_s: float) -> Seeds:
    """Those of the points that are reached in time."""
    ok = seconds <= limit_s
    return Seeds(points.lon[ok], points.lat[ok], seconds[ok])


def _open(over: Lattice, field: Field, closed: Sequence[Area]) -> Field:
    """Without the points in closed areas."""
    for area in closed:
        west, south, east, north = shapely.bounds(area.shape).tolist()
        column, row = over.cell(np.asarray([west, east]), np.asarray([south, north]))
        first, last = (
            np.maximum(0, np.floor([column[0], row[0]])),
            np.maximum(0, np.ceil([column[1], row[1]])),
        )
        rows, columns = slice(int(first[1]), int(last[1]) + 1), slice(int(first[0]), int(last[0]) + 1)
        lons, lats = over.points()
        x, y = np.meshgrid(lons[columns], lats[rows])
        field[rows, columns][shapely.contains_xy(area.shape, x, y)] = np.inf
    return field


def places_s(router: Router, found: Swept, places: Sequence[LonLat], access_m: float) -> Floats:
    """Seconds at single places [k], each by its nearest road; inf off the network or out of reach."""
    net, pace, spots = found.land.net, found.land.pace, list[Spot]()
    for place in places:
        try:
            spots.append(Spot(place, router._anchor(net, check(*place))))
        except GeoError as fault:
            spots.append(Spot(place, None, str(fault)))
    best = np.full(len(places), np.inf)
    for i, near in enumerate(reached(net, spots)):
        for each in near:
            if each.access_m <= access_m:
                seconds = found.at(np.asarray([each.stretch]), np.asarray([each.fraction]))[0]
                best[i] = min(best[i], float(seconds) + each.access_m * pace)
    return best


def by_air(
    isochrones: Sequence[Isochrone],
    pads: Sequence[Pad],
    profile: Profile,
    *,
    night: bool = False,
    p90: bool = False,
    closed: Sequence[Area] = (),
) -> tuple[Isochrone, ...]:
    """The same times with what an aircraft reaches from its pads united, round what is closed to it.

    See geo.flown.discs for faults.
    """
    found = []
    for one in isochrones:
        flown = discs(pads, profile, one.seconds, night=night, p90=p90, closed=closed)
        found.append(Isochrone(one.seconds, united(one.area, flown), one.road_m))
    return tuple(found)


def united(*areas: shapely.Geometry) -> shapely.MultiPolygon:
    """All of the areas as one."""
    return several(shapely.union_all(areas))

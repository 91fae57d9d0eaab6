"""A place on the earth: geodesic distance, bearing and points between (WGS 84)."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod

from geo.errors import BadPlace

GEOD = Geod(ellps="WGS84")


class LonLat(NamedTuple):
    """Longitude and latitude in degrees, WGS 84, longitude first."""

    lon: float
    lat: float


def check(lon: float, lat: float) -> LonLat:
    """Return the place, or raise BadPlace when a number is not one on the earth."""
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise BadPlace(f"longitude {lon}, latitude {lat} is not a place; give two numbers in degrees")
    if not -90.0 <= lat <= 90.0:
        raise BadPlace(f"latitude {lat:g} is outside -90 to 90; give longitude first, then latitude")
    if not -180.0 <= lon <= 180.0:
        raise BadPlace(f"longitude {lon:g} is outside -180 to 180; give longitude first, then latitude")
    return LonLat(float(lon), float(lat))


def distance_m(a: LonLat, b: LonLat) -> float:
    """Geodesic distance in metres."""
    return float(GEOD.inv(a[0], a[1], b[0], b[1])[2])


def bearing_deg(a: LonLat, b: LonLat) -> float:
    """Initial bearing from a to b, degrees true, 0 <= bearing < 360."""
    return float(GEOD.inv(a[0], a[1], b[0], b[1])[0]) % 360.0


def midway(a: LonLat, b: LonLat, fraction: float) -> LonLat:
    """Point at this fraction (0 to 1) of the geodesic from a to b."""
    azimuth, _, metres = GEOD.inv(a[0], a[1], b[0], b[1])
    lon, lat, _ = GEOD.fwd(a[0], a[1], azimuth, metres * fraction)
    return LonLat(float(lon), float(lat))


def distances_m(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Geodesic metres between arrays of places [n, 2] (lon, lat), row by row; either may be one place."""
    left, right = np.broadcast_arrays(
        np.atleast_2d(np.asarray(a, float)), np.atleast_2d(np.asarray(b, float))
    )
    metres = GEOD.inv(left[:, 0].copy(), left[:, 1].copy(), right[:, 0].copy(), right[:, 1].copy())[2]
    return np.asarray(metres, dtype=np.float64)


def geodesic(a: LonLat, b: LonLat, step_m: float) -> tuple[LonLat, ...]:
    """Points of the geodesic from a to b, both included, at most step_m metres apart."""
    between = max(0, int(distance_m(a, b) // step_m))
    points = GEOD.npts(a[0], a[1], b[0], b[1], between) if between else []
    return (a, *(LonLat(lon, lat) for lon, lat in points), b)

"""A plane that touches the globe: on it every great circle is a straight line."""

import math

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.lonlat import LonLat

RADIUS_M = 6_371_008.8  # of the mean sphere: metres on the plane are about right near its middle
WIDEST_DEG = 60.0  # from the middle; there the plane is drawn out twice as wide
Floats = NDArray[np.float64]


class Plane:
    """Places as x and y in metres round a middle, and back. Latitudes are taken as those of a sphere."""

    def __init__(self, middle: LonLat) -> None:
        lon, lat = math.radians(middle[0]), math.radians(middle[1])
        self._up = _vectors(np.asarray([middle]))[0]
        self._east = np.asarray((-math.sin(lon), math.cos(lon), 0.0))
        self._north = np.asarray(
            (-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat))
        )

    def points(self, places: ArrayLike) -> Floats:
        """Places [n, 2] (lon, lat) on the plane [n, 2]; inf where one is too far from the middle."""
        at = _vectors(np.asarray(places, dtype=np.float64))
        height = at @ self._up
        known = height > math.cos(math.radians(WIDEST_DEG))
        scale = np.where(known, RADIUS_M / np.where(known, height, 1.0), np.inf)
        return np.column_stack((at @ self._east, at @ self._north)) * scale[:, None]

    def places(self, points: Floats) -> tuple[LonLat, ...]:
        """The places of points [n, 2] of the plane."""
        at = self._up + (points[:, :1] * self._east + points[:, 1:] * self._north) / RADIUS_M
        lon = np.degrees(np.arctan2(at[:, 1], at[:, 0]))
        lat = np.degrees(np.arctan2(at[:, 2], np.hypot(at[:, 0], at[:, 1])))
        return tuple(LonLat(x, y) for x, y in zip(lon.tolist(), lat.tolist(), strict=True))

    def shape(self, shape: shapely.Geometry) -> shapely.Geometry | None:
        """A shape in degrees on the plane; None when part of it is too far from the middle."""
        if not np.isfinite(self.points(shapely.get_coordinates(shape))).all():
            return None
        flat = shapely.transform(shape, self.points)
        return flat if shapely.is_valid(flat) else shapely.make_valid(flat)


def _vectors(places: Floats) -> Floats:
    """Unit vectors [n, 3]."""
    lon, lat = np.radians(places[:, 0]), np.radians(places[:, 1])
    return np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))

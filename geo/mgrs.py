"""Military grid references to places and back."""

import math
import re

import mgrs as mgrs_library

from geo.degrees import read_degrees
from geo.errors import BadPlace
from geo.lonlat import LonLat, check

_GRID = re.compile(r"^(\d{1,2}[C-HJ-NP-X]|[ABYZ])([A-HJ-NP-Z]{2})(\d*)$")
_EQUATOR = -5e-6  # degrees, half a metre south
_WHAT_TO_GIVE = "give LON,LAT in degrees or a grid like 34NBK2462686631"


def to_mgrs(place: LonLat, digits: int = 5) -> str:
    """Grid reference of the cell of a place; digits 0 to 5 per axis (5 is 1 m), cut off, not rounded."""
    if not 0 <= digits <= 5:
        raise BadPlace(f"a grid reference has 0 to 5 digits per axis, not {digits}")
    lon, lat = check(*place)
    if _EQUATOR < lat < 0.0:  # the library would round to northing 10,000,000, a grid that nobody can read
        lat = 0.0
    return str(mgrs_library.MGRS().toMGRS(lat, lon, MGRSPrecision=digits))


def from_mgrs(text: str) -> LonLat:
    """Centre of the grid cell; raises BadPlace. Spaces and small letters are accepted."""
    grid = re.sub(r"\s+", "", text).upper()
    found = _GRID.match(grid)
    if found is None:
        raise BadPlace(f"'{_one_line(text)}' is not a military grid reference; {_WHAT_TO_GIVE}")
    zone, square, numbers = found.groups()
    if len(numbers) % 2 or len(numbers) > 10:
        raise BadPlace(f"'{_one_line(text)}' has {len(numbers)} digits; a grid has 2, 4, 6, 8 or 10")
    return _centre(text, zone + square, numbers)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _centre(text: str, square: str, numbers: str) -> LonLat:
    # The library gives the south-west corner: spelling the middle in metres gives the centre of the cell.
    # At five digits it rounds to whole metres, so that the point itself is the centre.
    half = len(numbers) // 2
    east, north = (
        part + ("5" + "0" * (4 - half) if half < 5 else "") for part in (numbers[:half], numbers[half:])
    )
    try:
        lat, lon = mgrs_library.MGRS().toLatLon(f"{square}{east}{north}")
    except (mgrs_library.core.MGRSError, RuntimeError) as fault:
        raise BadPlace(f"'{_one_line(text)}' names no square on the earth; {_WHAT_TO_GIVE}") from fault
    return check(lon, lat)


def grid_radius_m(text: str) -> float:
    """How far a place in the cell of a grid reference may be from its centre; 0 for anything else."""
    found = _GRID.match(re.sub(r"\s+", "", text).upper())
    return 0.0 if found is None else 10.0 ** (5 - len(found[3]) // 2) / math.sqrt(2.0)


def read_place(text: str) -> LonLat:
    """Place from "LON,LAT", degrees with hemisphere letters, or a military grid; raises BadPlace."""
    place = read_degrees(text)
    if place is not None:
        return place
    parts = [part for part in re.split(r"[,;\s]+", text.strip()) if part]
    if len(parts) == 2:
        try:
            lon, lat = float(parts[0]), float(parts[1])
        except ValueError:
            return from_mgrs(text)
        return check(lon, lat)
    return from_mgrs(text)

"""Day or night at a place: the sun's height from the date alone."""

import math
from datetime import UTC, datetime

CIVIL_TWILIGHT_DEG = -6.0


def sun_height_deg(lon: float, lat: float, at: datetime) -> float:
    """Height of the sun's centre over the horizon in degrees, to about 0.1 (no refraction).

    Low-precision formulas of the Astronomical Almanac, good between 1950 and 2050.
    """
    days = (at.astimezone(UTC) - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds() / 86_400
    anomaly = math.radians((357.528 + 0.9856003 * days) % 360)
    ecliptic = math.radians(
        (280.460 + 0.9856474 * days + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly)) % 360
    )
    tilt = math.radians(23.439 - 0.0000004 * days)
    declination = math.asin(math.sin(tilt) * math.sin(ecliptic))
    right_ascension = math.atan2(math.cos(tilt) * math.sin(ecliptic), math.cos(ecliptic))
    sidereal = math.radians((280.46062 + 360.98564737 * days + lon) % 360)
    hour_angle = sidereal - right_ascension
    here = math.radians(lat)
    height = math.sin(here) * math.sin(declination) + math.cos(here) * math.cos(declination) * math.cos(
        hour_angle
    )
    return math.degrees(math.asin(max(-1.0, min(1.0, height))))


def is_night(lon: float, lat: float, at: datetime) -> bool:
    """True when the sun is below civil twilight."""
    return sun_height_deg(lon, lat, at) < CIVIL_TWILIGHT_DEG

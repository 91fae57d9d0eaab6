"""Ways for trackers to follow: a GPX track, an NMEA log or a path at a steady speed, in real time."""

import itertools
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import gpxpy
from gpxpy.gpx import GPXException

from casevac.errors import BadFile
from geo.lonlat import LonLat, bearing_deg, distance_m, midway
from tracker import nmea
from tracker.device import Device

Way = list[tuple[float, float, float]]
"""Seconds from the start, longitude, latitude; in order of time."""


def along_gpx(path: Path, speed: float = 1.0) -> Way:
    """The way of a GPX track, `speed` times as fast; points without time are a second apart.

    Raises BadFile when the file is missing, is no GPX, or has no point.
    """
    try:
        return [(at / speed, lon, lat) for at, lon, lat in gpx_way(path.read_text(encoding="utf-8"))]
    except (OSError, UnicodeDecodeError) as fault:
        raise BadFile(f"{path} is no GPX track ({fault})") from fault
    except BadFile as fault:
        raise BadFile(f"{path} {fault}") from fault


def gpx_way(text: str) -> Way:
    """The way of a GPX track in its text; raises BadFile in words that follow a file's name."""
    try:
        points = [point.point for point in gpxpy.parse(text).get_points_data()]
    except (GPXException, ValueError, OverflowError) as fault:
        raise BadFile(f"is no GPX track ({fault})") from fault
    if not points:
        raise BadFile("has no track point")
    if not all(-180 <= one.longitude <= 180 and -90 <= one.latitude <= 90 for one in points):
        raise BadFile("has a track point outside 180 degrees east or west, or 90 north or south")
    first = points[0].time
    seconds = [
        (_utc(one.time) - _utc(first)).total_seconds() if one.time and first else float(place)
        for place, one in enumerate(points)
    ]
    return sorted((at, one.longitude, one.latitude) for at, one in zip(seconds, points, strict=True))


def _utc(at: datetime) -> datetime:
    """A time without a zone is in UTC, as the format has it."""
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def along_nmea(path: Path, speed: float = 1.0) -> Way:
    """The way of a log of NMEA 0183 sentences (RMC, GGA), `speed` times as fast.

    Raises BadFile when the file is missing or has no fix, saying what was wrong with its lines.
    """
    try:
        track = nmea.read(path.read_text(encoding="latin-1").splitlines())
    except OSError as fault:
        raise BadFile(f"{path} is no NMEA log ({fault})") from fault
    if not track.fixes:
        why = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in sorted(track.left_out.items()))
        raise BadFile(f"{path} has no fix in RMC or GGA sentences ({why or 'no sentence at all'})")
    first = track.fixes[0].at
    return sorted(((one.at - first).total_seconds() / speed, one.lon, one.lat) for one in track.fixes)


def along_path(path: Sequence[tuple[float, float]], seconds: float) -> Way:
    """The way along a line at a steady speed, `seconds` long."""
    steps = [distance_m(LonLat(*a), LonLat(*b)) for a, b in itertools.pairwise(path)]
    whole = sum(steps) or 1.0
    way, gone = [(0.0, *path[0])], 0.0
    for step, (lon, lat) in zip(steps, path[1:], strict=True):
        gone += step
        way.append((seconds * gone / whole, lon, lat))
    return way


def where(way: Way, seconds: float) -> tuple[LonLat, float, float]:
    """Place, course (degrees) and speed (m/s) after so many seconds; at rest before and after the way."""
    if seconds <= way[0][0] or len(way) == 1:
        return LonLat(*way[0][1:]), 0.0, 0.0
    for (t0, *a), (t1, *b) in itertools.pairwise(way):
        if t0 <= seconds < t1:
            start, end = LonLat(*a), LonLat(*b)
            share = (seconds - t0) / (t1 - t0)
            return midway(start, end, share), bearing_deg(start, end), distance_m(start, end) / (t1 - t0)
    return LonLat(*way[-1][1:]), 0.0, 0.0


class Follow:
    """Drives a device along a way in real time, a report every few seconds."""

    def __init__(self, device: Device, way: Way, every_s: float) -> None:
        self._device = device
        self._way = way
        self._every_s = every_s

    def run(self, tell: Callable[[float, int], None], settle_s: float = 20.0) -> None:
        """Report to the end of the way, then wait a while for the last receipts."""
        start, end = time.monotonic(), self._way[-1][0]
        for turn in itertools.count():
            gone = min(turn * self._every_s, end)
            time.sleep(max(0.0, start + gone - time.monotonic()))
            place, course, speed = where(self._way, gone)
            self._device.report(datetime.now(UTC), *place, course=round(course, 1), speed=round(speed, 1))
            tell(gone / end if end else 1.0, self._device.unreceipted())
            if gone >= end:
                break
        self._settle(settle_s)

    def _settle(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self._device.unreceipted() and time.monotonic() < deadline:
            time.sleep(0.1)

"""Writes a replay, the log or the tracks of an interval to a file, whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import shapely

from casevac.entities import instant
from casevac.errors import BadFile
from casevac.events import Event
from casevac.picture import vehicle_of
from maps.interval import TOLD, Interval, told

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
SUFFIXES = {"replay": (".html",), "log": (".gpkg", ".csv"), "tracks": (".gpkg", ".csv"),
            "layer": (".geojson", ".json", ".gpkg", ".html")}  # fmt: skip
Row = dict[str, Any]


def check_target(what: str, target: Path, *, force: bool) -> None:
    """Raises BadFile when the suffix is not known or a file would be overwritten."""
    if target.suffix.lower() not in SUFFIXES[what]:
        known = " or ".join(SUFFIXES[what])
        raise BadFile(f"{target.name}: {what} is written as {known}; give the file one of these names")
    if target.exists() and not force:
        raise BadFile(f"{target} exists already; choose another name, or overwrite it with --force")
    if not target.parent.is_dir():
        raise BadFile(f"there is no directory {target.parent}; make it first")


def write(target: Path, fill: Callable[[Path], None]) -> None:
    """Replace the target by what `fill` writes to a scratch file beside it."""
    scratch = target.with_name(f".{target.stem}.{os.getpid()}{target.suffix}")
    try:
        fill(scratch)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


def write_table(target: Path, layer: str, rows: list[Row], interval: Interval) -> None:
    """Write rows with lon and lat as a GeoPackage layer of points, or as CSV.

    What was only an exercise says so first in every row, and in the name of the layer: tables are cut,
    sorted and merged by people who never saw the file's name.
    """
    kind = "EXERCISE" if interval.exercise else "LIVE"
    marked = [
        {"mission_kind": kind, "mission": interval.after.mission.id, **row, **_place(row)} for row in rows
    ]
    if target.suffix.lower() == ".csv":
        write(target, lambda path: _csv(path, marked))
    else:
        named = f"EXERCISE_{layer}" if interval.exercise else layer
        write(target, lambda path: _geopackage(path, named, marked))


def log_rows(interval: Interval) -> list[Row]:
    """The events of an interval: ids, terms, times and places; nobody's name and no free text."""
    return [_log_row(event) for event in interval.events]


def _log_row(event: Event) -> Row:
    return {
        "seq": event.seq,
        "kind": event.kind,
        "occurred_at": instant(event.occurred_at),
        "received_at": instant(event.received_at),
        "recorded_at": instant(event.recorded_at),
        "source": event.source.value,
        "device": event.device,
        **{name: told(event, name) or None for name in TOLD},
        "lon": getattr(event.body, "lon", None),
        "lat": getattr(event.body, "lat", None),
    }


def track_rows(interval: Interval) -> list[Row]:
    """Every position of an interval, by device and time."""
    return [
        {
            "device": fix.device,
            "vehicle": vehicle_of(interval.after, fix.device),
            "at": instant(fix.corrected_at),
            "device_at": instant(fix.at),
            "received_at": instant(fix.received_at),
            "source": fix.source,
            "flags": " ".join(fix.flags),
            "altitude_m": fix.altitude,
            "accuracy_m": fix.accuracy,
            "speed_m_s": fix.speed,
            "course_deg": fix.course,
            "battery_percent": fix.battery,
            "lon": fix.lon,
            "lat": fix.lat,
        }
        for fix in interval.tracks
    ]


def _place(row: Row) -> Row:
    known = row["lon"] is not None and row["lat"] is not None
    return {"geometry": shapely.Point(row["lon"], row["lat"]) if known else None}


def _frame(rows: list[Row]) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")


def _geopackage(path: Path, layer: str, rows: list[Row]) -> None:
    _frame(rows).to_file(path, layer=layer, driver="GPKG", geometry_type="Point")


def _csv(path: Path, rows: list[Row]) -> None:
    harmless = [{name: _harmless(value) for name, value in row.items()} for row in rows]
    _frame(harmless).drop(columns="geometry").to_csv(path, index=False, lineterminator="\n")


def _harmless(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value

"""Files of places: facilities, sites, vehicles and teams from GeoJSON, GeoPackage, Shapefile or CSV."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any, NamedTuple

import geopandas
import pandas
import pyogrio.errors

from casevac.errors import BadFile, BadMessage
from casevac.events import (
    AnyBody,
    FacilityRegistered,
    SiteRegistered,
    TeamRegistered,
    VehicleRegistered,
    body_from,
)
from casevac.terms import Capability, Equipment, SiteKind, Surface, TeamKind, VehicleKind
from geo.errors import BadPlace
from geo.lonlat import check

PlaceBody = FacilityRegistered | SiteRegistered | VehicleRegistered | TeamRegistered
KINDS: dict[str, type[PlaceBody]] = {
    "facility": FacilityRegistered,
    "site": SiteRegistered,
    "vehicle": VehicleRegistered,
    "team": TeamRegistered,
}
Row = Mapping[str, Any]

COLUMNS = {  # what a file may call a field, beside the field's own name
    "lon": ("longitude", "lng", "x"),
    "lat": ("latitude", "y"),
    "source_date": ("date",),
    "site_kind": ("site",),
    "beds_staffed": ("beds",),
}
SEPARATORS = (",", ";", "\t", "|")
DBF_NAME = 10  # a Shapefile cuts column names off here
TELLS = (  # the first field that a row has tells what it is
    ("team_kind", "team"),
    ("callsign", "vehicle"),
    ("site_kind", "site"),
    ("capabilities", "facility"),
    ("level", "facility"),
)
NUMBERS = ("beds_staffed", "beds_free", "tables", "litters", "seats", "members")
MEASURES = ("readiness_s", "range_km", "radius_m", "slope_deg", "slope_toward_deg", "strip_m")
DEGREES = ("lon", "lat", "home_lon", "home_lat", "elevation_m")  # may be less than 0
FLAGS = ("open", "medical_crew", "demonstration", "wires", "by_day", "by_night")
TRUE, FALSE = ("true", "t", "yes", "y", "1", "1.0"), ("false", "f", "no", "n", "0", "0.0")


class Imported(NamedTuple):
    """What a file holds: the places that could be read, and one line for each row that could not."""

    bodies: tuple[PlaceBody, ...]
    faults: tuple[str, ...]


def read_places(path: Path) -> Imported:
    """Read every place of a file. A faulty row is named and left out, the rest is read.

    A row with a `team_kind` is a team, with a `callsign` a vehicle, with `site_kind` a site, with
    `capabilities` or `level` a facility. Raises BadFile when the file as a whole cannot be used.
    """
    bodies: list[PlaceBody] = []
    faults: list[str] = []
    ids: dict[str, int] = {}
    for number, row in enumerate(rows(path), start=1):
        try:
            body = _new(_place(row), ids)
        except (BadMessage, BadPlace) as fault:
            faults.append(f"row {number} ({_name(row) or 'no name'}): {fault}")
        else:
            ids[body.id] = number
            bodies.append(body)
    if not bodies and not faults:
        raise BadFile(f"{path.name} holds no places")
    return Imported(tuple(bodies), tuple(faults))


def _new(body: PlaceBody, ids: Mapping[str, int]) -> PlaceBody:
    if body.id in ids:
        raise BadMessage(f"has the id {body.id!r} of row {ids[body.id]}")
    return body


# --- the file


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file by field, with lon and lat where it has geometry; raises BadFile."""
    if not path.exists():
        raise BadFile(f"there is no file {path}; check the name")
    frame = _csv(path) if path.suffix.lower() in (".csv", ".txt") else _layer(path)
    names = {str(column): _field(str(column)) for column in frame.columns}
    for values in frame.to_dict("records"):
        yield {names[str(column)]: value for column, value in values.items()}


def _csv(path: Path) -> pandas.DataFrame:
    """A CSV file in UTF-8 as text cells; the separator is the one its first line has most of."""
    try:
        header = path.read_text(encoding="utf-8-sig").partition("\n")[0]
        separator = max(SEPARATORS, key=header.count)
        frame = pandas.read_csv(path, sep=separator, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    except (OSError, ValueError, pandas.errors.ParserError, pandas.errors.EmptyDataError) as fault:
        raise BadFile(f"{path.name} is not a CSV file in UTF-8: {_first_line(fault)}") from fault
    fields = {_field(str(column)) for column in frame.columns}
    if not {"lon", "lat"} <= fields:
        raise BadFile(f"{path.name} has no columns lon and lat; it has {', '.join(map(str, frame.columns))}")
    return frame


def _layer(path: Path) -> pandas.DataFrame:
    """A vector file as a table with lon and lat, in WGS 84; a shape that is no point gives one inside it."""
    try:
        frame = geopandas.read_file(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, OSError) as fault:
        raise BadFile(
            f"{path.name} is not a place file (GeoJSON, GeoPackage, Shapefile or CSV): {_first_line(fault)}"
        ) from fault
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise BadFile(f"{path.name} has no geometry; give points, or a CSV with lon and lat")
    if frame.crs is not None and frame.crs != "EPSG:4326":
        frame = frame.to_crs("EPSG:4326")
    points = frame.geometry.representative_point()
    table = pandas.DataFrame(frame.drop(columns=frame.geometry.name))
    table["lon"] = [_axis(point, "x") for point in points]
    table["lat"] = [_axis(point, "y") for point in points]
    return table


def _axis(point: Any, axis: str) -> float | None:  # noqa: ANN401 - a shapely point, or None
    return None if point is None or point.is_empty else float(getattr(point, axis))


def _field(column: str) -> str:
    """The field a column means; names cut off by a Shapefile are known by their beginning."""
    told = re.sub(r"[\s-]+", "_", column.strip().lower())
    wanted = ("lon", "lat", *_known_fields())
    if told in wanted:
        return told
    for field, others in COLUMNS.items():
        if told in others:
            return field
    return next((field for field in wanted if len(told) == DBF_NAME and field[:DBF_NAME] == told), told)


def _known_fields() -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for kind in KINDS.values() for name in kind.__struct_fields__))


# --- one row


def _place(row: Row) -> PlaceBody:
    kind = next((kind for field, kind in TELLS if not _missing(row.get(field))), None)
    if kind is None:
        raise BadMessage(
            "is neither a facility (capabilities), site (site_kind), vehicle (callsign) nor team (team_kind)"
        )
    fields = {name: _value(name, value) for name, value in row.items() if not _missing(value)}
    if kind == "vehicle":
        return _vehicle(fields)
    fields["name"] = _name(row) or str(fields.get("id", ""))
    if kind != "team" or not (_missing(row.get("lon")) and _missing(row.get("lat"))):
        fields["lon"], fields["lat"] = coordinates(row)  # a team may have no place of its own
    fields.setdefault("id", _slug(str(fields["name"])))
    if not fields["name"]:
        raise BadMessage("has no name")
    return _body(kind, fields)


def _vehicle(fields: dict[str, Any]) -> PlaceBody:
    """A vehicle's place is its home; it may have none."""
    if "lon" in fields and "lat" in fields:
        lon, lat = coordinates(fields)
        fields |= {"home_lon": lon, "home_lat": lat}
    fields.setdefault("home_name", str(fields.get("name", "")))
    fields.setdefault("id", fields["callsign"])
    return _body("vehicle", fields)


def _body(kind: str, fields: Mapping[str, Any]) -> PlaceBody:
    told = {name: value for name, value in fields.items() if name in KINDS[kind].__struct_fields__}
    body: AnyBody = body_from(f"{kind}_registered", told)
    if not isinstance(body, FacilityRegistered | SiteRegistered | VehicleRegistered | TeamRegistered):
        raise BadMessage("is no place")
    return _plausible(body)


def _plausible(body: PlaceBody) -> PlaceBody:
    """The body; raises BadMessage for a facility with more free beds than beds."""
    if isinstance(body, FacilityRegistered) and body.beds_free is not None:
        staffed = body.beds_staffed
        if staffed is not None and body.beds_free > staffed:
            raise BadMessage(f"has {body.beds_free} free of {staffed} staffed beds; correct the numbers")
    return body


def coordinates(row: Row) -> tuple[float, float]:
    """Longitude and latitude of a row; raises BadMessage, BadPlace."""
    if _missing(row.get("lon")) or _missing(row.get("lat")):
        raise BadMessage("has no coordinates; add them to the file and import it again")
    return check(_degrees("lon", row["lon"]), _degrees("lat", row["lat"]))


def _value(name: str, value: Any) -> Any:  # noqa: ANN401 - a cell of any file
    if name == "capabilities":
        return [_capability(word) for word in _words(value)]
    if name == "equipment":
        known = [one.value for one in Equipment]
        return [_one_of(word.strip().lower(), known, "equipment") for word in _words(value)]
    if name == "approaches_deg":
        return [_measure(name, word) for word in _words(value)]
    if name == "obstacles":
        return _obstacles(value)
    read = READ.get(name)
    return _text(value) if read is None else read(name, value)


def _text(value: Any) -> str:  # noqa: ANN401 - a cell of any file
    """Text as it is; a date that the file format made an instant becomes a date again."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    return str(value).strip()


def _capability(word: str) -> str:
    return _one_of(word.strip().upper(), [one.value for one in Capability], "capability")


def _one_of(word: str, known: Sequence[str], what: str) -> str:
    if word not in known:
        raise BadMessage(f"unknown {what} {word!r}; known: {', '.join(known)}")
    return word


def _words(value: Any) -> list[str]:  # noqa: ANN401 - a list, an array, or text with separators
    if not isinstance(value, str):
        return [str(word) for word in value]
    if value.strip().startswith("["):
        try:
            return [str(word) for word in json.loads(value)]
        except ValueError as fault:
            raise BadMessage(f"has a list that cannot be read: {value[:60]}") from fault
    return [word for word in re.split(r"[\s,;|]+", value) if word]


def _listed(value: Any) -> Any:  # noqa: ANN401 - a list, or text of JSON
    if not isinstance(value, str):
        return list(value)
    return [] if value.strip().lower() == "none" else json.loads(value)


def _obstacles(value: Any) -> list[Any]:  # noqa: ANN401 - a list, or text of JSON
    """As GeoJSON has them, or as JSON in a cell, or the word none."""
    try:
        found = _listed(value)
    except ValueError as fault:
        raise BadMessage("obstacles are no JSON list of bearing_deg, distance_m, height_m, what") from fault
    if not isinstance(found, list):
        raise BadMessage("obstacles are no JSON list of bearing_deg, distance_m, height_m, what")
    return found


def _number(name: str, value: Any) -> int:  # noqa: ANN401 - a cell of any file
    try:
        number = float(value)
    except (TypeError, ValueError) as fault:
        raise BadMessage(f"{name} is no number: {str(value)[:20]!r}") from fault
    if not math.isfinite(number) or number < 0 or number != int(number):
        raise BadMessage(f"{name} is {number:g}; give a whole number from 0 on")
    return int(number)


def _measure(name: str, value: Any) -> float:  # noqa: ANN401 - a cell of any file
    try:
        number = float(str(value).replace(",", "."))
    except ValueError as fault:
        raise BadMessage(f"{name} is no number: {str(value)[:20]!r}") from fault
    if not math.isfinite(number) or number < 0:
        raise BadMessage(f"{name} is {number:g}; give a number from 0 on")
    return number


def _degrees(name: str, value: Any) -> float:  # noqa: ANN401 - a cell of any file
    try:
        return float(str(value).replace(",", "."))
    except ValueError as fault:
        raise BadMessage(f"{name} is no number: {str(value)[:20]!r}") from fault


def _word(name: str, value: Any) -> str:  # noqa: ANN401 - a cell of any file
    return _one_of(str(value).strip().lower(), WORDS[name], name.replace("_", " "))


def _flag(name: str, value: Any) -> bool:  # noqa: ANN401 - a cell of any file
    told = str(value).strip().lower()
    if told not in TRUE + FALSE:
        raise BadMessage(f"{name} is {told[:20]!r}; give true or false")
    return told in TRUE


WORDS: dict[str, list[str]] = {
    "site_kind": [one.value for one in SiteKind],
    "surface": [one.value for one in Surface],
    "vehicle_kind": [one.value for one in VehicleKind],
    "team_kind": [one.value for one in TeamKind],
}
READ: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(NUMBERS, _number),
    **dict.fromkeys(FLAGS, _flag),
    **dict.fromkeys(DEGREES, _degrees),
    **dict.fromkeys(MEASURES, _measure),
    **dict.fromkeys(WORDS, _word),
}


def _missing(value: Any) -> bool:  # noqa: ANN401 - a cell of any file
    if isinstance(value, str):
        return value.strip() == ""
    return bool(pandas.isna(value)) if pandas.api.types.is_scalar(value) else len(value) == 0


def _name(row: Row) -> str:
    told = next((row[name] for name in ("name", "callsign", "id") if not _missing(row.get(name))), "")
    return str(told).strip()


def _slug(name: str) -> str:
    return re.sub(r"[^\w]+", "-", name.lower()).strip("-")


def _first_line(fault: Exception) -> str:
    return (str(fault).strip().splitlines() or [type(fault).__name__])[0][:200]

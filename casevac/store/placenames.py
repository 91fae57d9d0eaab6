"""Names of places: those of a mission, read from files of the user's own, and those of its road network."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from casevac.errors import BadFile, BadMessage
from casevac.whereabouts import Ground
from geo import container
from geo.along import Tracks
from geo.errors import BadPlace, BadRoadsFile
from geo.gazetteer import ARRAY, RADIUS_M, Entry, Gazetteer, packed, unpacked
from geo.lonlat import LonLat
from geo.roads import Roads
from geo.towns import entries

SUFFIX = ".places"
WIDEST_M = 100_000.0
_SAFE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_OTHER_NAMES = re.compile(r"alias(?:es)?|(?:alt|old|int|loc|short|official)_name|names?[_:].+")
_AGAIN = "import it again with `casevac places names FILE`"

Row = Mapping[str, Any]


class Names(NamedTuple):
    """What a file holds: the places that could be read, and one line for each row that could not."""

    entries: tuple[Entry, ...]
    faults: tuple[str, ...]


def names_file(home: Path, mission: str) -> Path:
    """Where the place names of a mission are kept."""
    plain = mission if _SAFE.fullmatch(mission) else sha256(mission.encode()).hexdigest()[:32]
    return home / "places" / f"{plain}{SUFFIX}"


def stamp(home: Path, mission: str) -> tuple[int, int]:
    """Changes whenever the names of the mission do; zeros for none."""
    try:
        found = names_file(home, mission).stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_mtime_ns, found.st_ino


def read_names(path: Path) -> Names:
    """The places of a file (GeoJSON, GeoPackage, Shapefile, or CSV with lon and lat), each with a name.

    Optional: kind, radius_m, and other spellings in aliases (by ;) or columns as alt_name and name:en. A
    faulty row is named and left out. Raises BadFile.
    """
    from casevac.store.placefile import coordinates, rows  # noqa: PLC0415  (geopandas would double the start of a part)

    found: list[Entry] = []
    faults: list[str] = []
    for number, row in enumerate(rows(path), start=1):
        try:
            found.append(_entry(row, path.name, coordinates))
        except (BadMessage, BadPlace) as fault:
            faults.append(f"row {number} ({_text(row.get('name')) or 'no name'}): {fault}")
    if not found and not faults:
        raise BadFile(f"{path.name} holds no places")
    return Names(tuple(found), tuple(faults))


def import_names(home: Path, mission: str, path: Path) -> Names:
    """Add the names of a file to a mission's; those that came from a file of this name before are replaced.

    A file without one usable row replaces nothing. Raises BadFile.
    """
    new = read_names(path)
    if not new.entries:
        return new
    kept = [one for one in mission_names(home, mission) if one.source != path.name]
    try:
        container.save(
            names_file(home, mission), {ARRAY: packed([*kept, *new.entries])}, {"mission": mission}
        )
    except BadRoadsFile as fault:
        raise BadFile(f"the names cannot be kept: {fault}") from fault
    return new


def mission_names(home: Path, mission: str) -> list[Entry]:
    """The names imported for a mission; raises BadFile when their file is damaged."""
    path = names_file(home, mission)
    if not path.exists():
        return []
    try:
        return unpacked(container.load(path)[0][ARRAY])
    except (BadRoadsFile, KeyError) as fault:
        raise BadFile(f"the place names {path} are damaged; delete that file, then {_AGAIN}") from fault


def ground(home: Path, mission: str, roads: Roads | None, beside_m: float) -> Ground:
    """All that a mission knows by name: its imported names first, then those of its roads' extract.

    beside_m is how far a place may lie from a road that goes by it. Raises BadFile, BadRoadsFile.
    """
    mine = mission_names(home, mission)
    if roads is None:
        return Ground(Gazetteer(mine))
    return Ground(Gazetteer([*mine, *entries(roads)]), Tracks(roads), beside_m)


# --- one row


def _entry(row: Row, source: str, place: Callable[[Row], tuple[float, float]]) -> Entry:
    names = tuple(dict.fromkeys(_names(row)))
    if not names:
        raise BadMessage("has no name")
    kind = _text(row.get("kind")).lower() or "place"
    return Entry(names, kind, LonLat(*place(row)), _radius(row, kind), source)


def _names(row: Mapping[str, Any]) -> Iterable[str]:
    if not _text(row.get("name")):
        return
    yield _text(row["name"])
    for field, value in row.items():
        if _OTHER_NAMES.fullmatch(field):
            yield from (part.strip() for part in re.split(r"[;|]", _text(value)) if part.strip())


def _radius(row: Mapping[str, Any], kind: str) -> float:
    told = _text(row.get("radius_m"))
    if not told:
        return RADIUS_M.get(kind, RADIUS_M["place"])
    try:
        radius = float(told.replace(",", "."))
    except ValueError as fault:
        raise BadMessage(f"radius_m is no number: {told[:20]!r}") from fault
    if not 0.0 <= radius <= WIDEST_M:
        raise BadMessage(f"radius_m is {told[:20]}; give metres from 0 to {WIDEST_M:.0f}")
    return radius


def _text(value: Any) -> str:  # noqa: ANN401 - a cell of any file
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    return "" if missing else str(value).strip()

"""A national road network drawn as GeoJSON lines between towns (the demo's) to a road network."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from geo.assemble import Points, assemble
from geo.errors import BadExtract, BadPlace
from geo.lonlat import check
from geo.roads import DEGREES, Roads
from geo.terms import ACCESS_CODE, BACKWARD, CLASS_CODE, DRY_ONLY, ESTIMATED, FORWARD, SURFACE_CODE


def read_geojson(path: Path) -> Roads:
    """Roads from a GeoJSON FeatureCollection of LineStrings; lines meet where they share a coordinate.

    Properties of a line: class (highway class, default primary), surface, ref, name, km (published length,
    shared out over its pieces by drawn length), wet ("open" or "closed"), estimated, km_source.
    Raises BadExtract naming the file and the line.
    """
    try:
        document = json.loads(Path(path).read_bytes())
        features = document["features"]
        lines = [_line(number, each) for number, each in enumerate(features, 1)]
        # schematic: straight lines between towns, so a place may well lie kilometres off them
        return _assembled(features, lines, {"from": Path(path).name, "ways": len(lines), "schematic": True})
    except OSError as fault:
        raise BadExtract(
            f"cannot read the road lines {path}: {fault.strerror}; give a GeoJSON file"
        ) from fault
    except (ValueError, KeyError, TypeError, AttributeError, BadPlace) as fault:
        raise BadExtract(f"{path} is not a GeoJSON file of road lines: {fault}") from fault


def _line(number: int, feature: Mapping[str, Any]) -> list[tuple[int, int]]:
    """The line's points in 1e-7 degrees."""
    geometry = feature["geometry"]
    if geometry["type"] != "LineString" or len(geometry["coordinates"]) < 2:
        raise ValueError(f"feature {number} is a {geometry['type']}, not a LineString of two points or more")
    places = [check(each[0], each[1]) for each in geometry["coordinates"]]
    return [(round(lon / DEGREES), round(lat / DEGREES)) for lon, lat in places]


def _assembled(
    features: Sequence[Mapping[str, Any]],
    lines: Sequence[Sequence[tuple[int, int]]],
    about: Mapping[str, Any],
) -> Roads:
    known: dict[tuple[int, int], int] = {}
    flat = [
        (way, known.setdefault(point, len(known)), *point) for way, line in enumerate(lines) for point in line
    ]
    points = Points(*np.asarray(flat, dtype=np.int64).reshape(-1, 4).T)
    texts: dict[str, int] = {"": 0}
    columns = [_columns(number, each["properties"], texts) for number, each in enumerate(features, 1)]
    ways = {name: [each[name] for each in columns] for name in (columns[0] if columns else {})}
    if not ways:
        raise ValueError("it holds no lines")
    return assemble(points, ways, list(texts), about)


def _columns(number: int, properties: Mapping[str, Any], texts: dict[str, int]) -> dict[str, float]:
    """One line's codes; raises ValueError naming the line and the value."""
    flags = FORWARD | BACKWARD
    flags |= ESTIMATED if properties.get("estimated", False) else 0
    flags |= DRY_ONLY if _word(number, properties, "wet", ("open", "closed")) == "closed" else 0
    km = float(properties.get("km", math.nan))
    if km <= 0 or math.isinf(km):
        raise ValueError(f"feature {number}: km is {km}; give the length in kilometres or leave it out")
    words = {name: str(properties.get(name) or "") for name in ("name", "ref", "km_source")}
    codes = {name: texts.setdefault(word, len(texts)) for name, word in words.items()}
    return {
        "highway": CLASS_CODE[_word(number, properties, "class", ("primary", *CLASS_CODE))],
        "surface": SURFACE_CODE[_word(number, properties, "surface", ("unknown", *SURFACE_CODE))],
        "motor": ACCESS_CODE["yes"],
        "foot": ACCESS_CODE["yes"],
        "maxspeed": 0,
        "flags": flags,
        "fixed_s": 0.0,
        "name": codes["name"],
        "ref": codes["ref"],
        "source": codes["km_source"],
        "km": km,
    }


def _word(number: int, properties: Mapping[str, Any], name: str, allowed: Sequence[str]) -> str:
    word = properties.get(name, allowed[0])
    if word not in allowed:
        raise ValueError(f"feature {number}: {name} is '{word}'; use {', '.join(dict.fromkeys(allowed))}")
    return str(word)

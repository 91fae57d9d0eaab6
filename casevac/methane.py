"""METHANE, the report of a mass-casualty incident: radio text to typed words and back."""

import re
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from casevac import radio
from casevac.errors import BadMessage
from casevac.events import MethaneSent
from casevac.spot import spot
from casevac.terms import Category

Fields = dict[str, Any]
TITLES = {
    "major": "MAJOR INCIDENT",
    "location": "EXACT LOCATION",
    "incident": "TYPE",
    "hazards": "HAZARDS",
    "access": "ACCESS",
    "number": "NUMBER",
    "services": "EMERGENCY SERVICES",
}

_KEYS = {
    "MAJOR INCIDENT": "major", "EXACT LOCATION": "location", "LOCATION": "location",
    "TYPE OF INCIDENT": "incident", "TYPE": "incident", "HAZARDS": "hazards", "HAZARD": "hazards",
    "ACCESS AND EGRESS": "access", "ACCESS": "access", "NUMBER OF CASUALTIES": "number", "NUMBER": "number",
    "EMERGENCY SERVICES": "services", "SERVICES": "services",
    "MIKE": "major", "TANGO": "incident", "HOTEL": "hazards", "ALPHA": "access", "ALFA": "access",
    "NOVEMBER": "number", "ECHO": "E",
    "M": "major", "T": "incident", "H": "hazards", "A": "access", "N": "number", "E": "E",
}  # fmt: skip
_ANY = "|".join(key.replace(" ", r"\s+") for key in _KEYS)
_MARK = re.compile(
    rf"^[ \t]*({_ANY})(?:[ \t]*[:.)=][ \t]*|[ \t]+-[ \t]+|[ \t]+|$)|(?<=[\s;,])({_ANY})[ \t]*[:=][ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD = re.compile(r"^\s*(METHANE|ETHANE)\b(?:\s+REPORT)?[\s:,.-]*", re.IGNORECASE)
_MAJOR = {
    "declared": (True, False), "major": (True, False), "major incident declared": (True, False),
    "major incident": (True, False), "yes": (True, False),
    "standby": (False, True), "stand by": (False, True), "major incident standby": (False, True),
    "not": (False, False), "no": (False, False), "not major": (False, False), "not declared": (False, False),
    "none": (False, False),
}  # fmt: skip
_MAJOR_ACCEPTED = "declared, standby, not declared"
_TOTAL = re.compile(
    rf"^([0-9]+|{'|'.join(radio.NUMBERS)})(?:\s+(?:CASUALT(?:Y|IES)|PATIENTS?|PERSONS?|TOTAL))*"
    r"\s*(?:$|[:;,(]|\bOF WHICH\b|\bINCLUDING\b)\s*(.*?)\)?$",
    re.IGNORECASE,
)
_COLOURS = {
    "red": Category.T1, "immediate": Category.T1, "yellow": Category.T2, "delayed": Category.T2,
    "green": Category.T3, "minor": Category.T3, "expectant": Category.T4,
}  # fmt: skip


def read(text: str) -> MethaneSent:
    """What is told in a text, whole or in part; `raw` keeps it. ETHANE tells that it is no major incident.

    Raises BadMessage naming the part and what it accepts.
    """
    head = _HEAD.match(text)
    fields: Fields = {"major": False, "standby": False} if head and head[1].upper() == "ETHANE" else {}
    for part, told in _split(text[head.end() :] if head else text).items():
        if not told:
            raise BadMessage(f"{TITLES[part].lower()} is empty; tell it, or leave it out")
        fields |= _READ[part](told)
    if not fields:
        raise BadMessage("this METHANE tells nothing; begin each part with M:, E:, T:, H:, A:, N: or E:")
    return MethaneSent(raw=text, **fields)


def _split(text: str) -> dict[str, str]:
    marks = list(_MARK.finditer(text))
    before = text[: marks[0].start()].strip() if marks else text.strip()
    if before:
        raise BadMessage(
            f"{before[:60]!r} belongs to no part; write M:, E:, T:, H:, A:, N: and E: before each"
        )
    told: dict[str, str] = {}
    parts = [_KEYS[" ".join((mark[1] or mark[2]).upper().split())] for mark in marks]
    for index, (part, mark) in enumerate(zip(parts, marks, strict=True)):
        name = part if part != "E" else _which_e(parts, index)
        if name in told:
            raise BadMessage(f"{TITLES[name].lower()} is told twice; tell it once")
        end = marks[index + 1].start() if index + 1 < len(marks) else None
        told[name] = " ".join(text[mark.end() : end].split())
    return told


def _which_e(parts: list[str], index: int) -> str:
    """The first E is the exact location, the last the services; raises BadMessage for a lone one."""
    if any(part not in ("major", "E") for part in parts[:index]) or "location" in parts[:index]:
        return "services"
    if any(part not in ("major", "E") for part in parts[index + 1 :]) or "services" in parts[index + 1 :]:
        return "location"
    if parts[:index] == ["major"]:
        return "location"
    raise BadMessage("E may be the exact location or the services; write LOCATION: or SERVICES:")


def _major(text: str) -> Fields:
    told = radio.plain(text).casefold()
    if told not in _MAJOR:
        raise BadMessage(f"major incident: {text[:40]!r} is not understood; it accepts {_MAJOR_ACCEPTED}")
    major, standby = _MAJOR[told]
    return {"major": major, "standby": standby}


def _location(text: str) -> Fields:
    told = radio.plain(text)
    try:
        found = spot(told)
    except BadMessage as fault:
        raise BadMessage(f"exact location: {fault}") from fault
    place = {} if found is None else found._asdict()
    return {"location": told, **{name: value for name, value in place.items() if value is not None}}


def _number(text: str) -> Fields:
    """The total, the numbers by category, or both."""
    line = radio.coded("number of casualties", {}, _CATEGORIES, "METHANE")._replace(accepted=_ACCEPTED)
    told = radio.plain(text)
    found = _TOTAL.match(told)
    fields: Fields = {}
    if found is not None:
        fields["number"] = _total(found[1])
        told = found[2]
    if told:
        by_category = radio.counted(line, re.sub(r"\bT([1-4])\b", _as_word, told, flags=re.IGNORECASE))
        fields["casualties"] = by_category
    return fields


def _total(said: str) -> int:
    found = radio.number(said)
    if found is None:
        raise BadMessage(f"number of casualties: {said[:20]} is too many")
    return found


_NAMES = {"T1": "first", "T2": "second", "T3": "third", "T4": "fourth"}  # T1 is a word, not a T and a 1
_CATEGORIES: dict[str, Category] = {
    **{one.value.lower(): one for one in (Category.DEAD, Category.UNKNOWN)},
    **_COLOURS,
    **{word: Category(code) for code, word in _NAMES.items()},
}

_ACCEPTED = "T1, T2, T3, T4, DEAD, UNKNOWN, or red, yellow, green, each with its number"


def _as_word(found: re.Match[str]) -> str:
    return f" {_NAMES['T' + found[1]]} "


_READ: dict[str, Callable[[str], Fields]] = {
    "major": _major,
    "location": _location,
    "incident": lambda text: {"incident": text},
    "hazards": lambda text: {"hazards": text},
    "access": lambda text: {"access": text},
    "number": _number,
    "services": lambda text: {"services": text},
}


# --- writing


def text(told: MethaneSent) -> str:
    """The told parts as they are read on the radio, one a row; empty when nothing is told."""
    each = {part: part_text(told, part) for part in TITLES}
    rows = [f"{TITLES[part]}: {said}" for part, said in each.items() if said]
    return (
        "\n".join(["ETHANE" if told.major is False and not told.standby else "METHANE", *rows])
        if rows
        else ""
    )


def part_text(told: MethaneSent, part: str) -> str:
    """What one part tells; empty when it was not told."""
    if part == "major":
        if told.major is None and told.standby is None:
            return ""
        return "declared" if told.major else "standby" if told.standby else "not declared"
    if part == "location":
        degrees = f"{told.lon:.6f},{told.lat:.6f}" if told.lon is not None and told.lat is not None else ""
        return told.location or degrees
    if part == "number":
        by_category = " ".join(f"{n} {one.value}" for one, n in (told.casualties or {}).items())
        total = "" if told.number is None else f"{told.number} total"
        return ": ".join(one for one in (total, by_category) if one)
    return getattr(told, part) or ""


# --- what follows from a body alone


def placed(body: MethaneSent) -> MethaneSent:
    """The body with the place that its location names by itself; as it is when that names none."""
    if body.location is None or body.lon is not None:
        return body
    try:
        found = spot(body.location)
    except BadMessage:  # kept as told; the request says that it has no place
        return body
    return body if found is None else replace(body, **found._asdict())


def total(body: MethaneSent) -> int | None:
    """How many casualties it tells; None when it does not."""
    if body.number is not None:
        return body.number
    return None if body.casualties is None else sum(body.casualties.values())


def head_count(body: MethaneSent) -> int:
    """How many casualties it opens: as many as it tells, at least one."""
    return total(body) or 1


def told_parts(body: MethaneSent) -> tuple[str, ...]:
    """The parts that the body tells."""
    return tuple(part for part in TITLES if part_text(body, part))

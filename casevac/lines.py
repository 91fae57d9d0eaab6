"""The nine lines: their titles, their fields, and what each accepts in a dialect."""

from collections.abc import Mapping
from typing import Any

from casevac import radio
from casevac.dialect import Dialect
from casevac.radio import Coded
from casevac.terms import Contamination, Equipment, Marking, Precedence, Security

TITLES = {
    1: "pickup location",
    2: "frequency and call sign",
    3: "patients by precedence",
    4: "special equipment",
    5: "patients by type",
    6: "security or wounds",
    7: "marking",
    8: "nationality and status",
    9: "contamination or terrain",
}
FIELDS = {
    1: ("pickup", "lon", "lat", "uncertainty_m"),
    2: ("frequency", "callsign"),
    3: ("precedences",),
    4: ("equipment",),
    5: ("litter", "ambulatory"),
    6: ("security", "wounds"),
    7: ("marking", "marking_detail"),
    8: ("patients",),
    9: ("contamination", "terrain"),
}
LAUNCH = (1, 2, 3, 4, 5)  # an aircraft may start on these

_PRECEDENCES = {one.value: one for one in Precedence}
_EQUIPMENT: dict[str, Equipment | None] = {"none": None, **{one.value: one for one in Equipment}}
_TYPES = {"litter": "litter", "ambulatory": "ambulatory"} | dict.fromkeys(
    ("litters", "stretcher", "stretchers"), "litter"
)
_SECURITY = {one.value: one for one in Security} | {
    **dict.fromkeys(("no enemy", "no enemy in area", "no enemy troops in area"), Security.NONE),
    **dict.fromkeys(("possible enemy", "possible enemy troops in area"), Security.POSSIBLE),
    **dict.fromkeys(("enemy in area", "enemy troops in area"), Security.IN_AREA),
    "armed escort required": Security.ESCORT_REQUIRED,
}
_MARKING = {one.value: one for one in Marking} | {"panel": Marking.PANELS, "pyro": Marking.PYROTECHNICS}
_CONTAMINATION = {one.value: one for one in Contamination}


def letters(number: int, dialect: Dialect | None) -> Mapping[str, Any]:
    """Letters of a coded line to values; none without a dialect."""
    if dialect is None:
        return {}
    by_line: dict[int, Mapping[str, Any]] = {
        3: dialect.precedence,
        4: dialect.equipment,
        5: dialect.types,
        6: dialect.security,
        7: dialect.marking,
        8: {letter: one.word for letter, one in dialect.patients.items()},
        9: dialect.contamination,
    }
    return by_line[number]


def words(number: int, dialect: Dialect | None) -> Mapping[str, Any]:
    """Words of a coded line to values, the same in every dialect but for line 8."""
    by_line: dict[int, Mapping[str, Any]] = {
        3: _PRECEDENCES,
        4: _EQUIPMENT,
        5: _TYPES,
        6: _SECURITY,
        7: _MARKING,
        8: {one.word: one.word for one in dialect.patients.values()} if dialect else {},
        9: _CONTAMINATION,
    }
    return by_line[number]


def coded(number: int, dialect: Dialect | None) -> Coded[Any]:
    """What a coded line accepts."""
    named = dialect.name if dialect else None
    return radio.coded(f"line {number}", letters(number, dialect), words(number, dialect), named)


def said(number: int, value: str | None, dialect: Dialect | None) -> str:
    """A word of a coded line as it is said: its letter, else the word itself."""
    found = next((letter for letter, one in letters(number, dialect).items() if one == value), None)
    return found or ("NONE" if value is None else str(value).replace("_", " ").upper())

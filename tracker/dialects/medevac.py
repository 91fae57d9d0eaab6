"""The 9-line of ATAK (`_medevac_` with its zMists), read into the fields of ours and written back; pure.

ATAK numbers its lists from 0 and sends the numbers as text; it tells everything each time, so what it leaves
out is none. Nothing is guessed: what means nothing, or one thing to one force and another to the next, is
named in `notes` and stays in `extra`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from casevac import zap
from casevac.events import NineLineSent
from casevac.events.shape import LONGEST_TEXT, MOST_COUNTED
from casevac.ids import MOST_OPENED
from casevac.terms import Equipment, Marking, Precedence, Security
from tracker.dialects.cot import Node

Attributes = Mapping[str, str]
COUNTS = {  # line 3
    "urgent": Precedence.URGENT,
    "urgent_surgical": Precedence.URGENT_SURGICAL,
    "priority": Precedence.PRIORITY,
    "routine": Precedence.ROUTINE,
    "convenience": Precedence.CONVENIENCE,
}
EQUIPMENT = {  # line 4, each "true"
    "hoist": Equipment.HOIST,
    "extraction_equipment": Equipment.EXTRACTION,
    "ventilator": Equipment.VENTILATOR,
    "blood": Equipment.BLOOD,
    "equipment_other": Equipment.OTHER,
}
SECURITY = (Security.NONE, Security.POSSIBLE, Security.IN_AREA, Security.ESCORT_REQUIRED)  # line 6
MARKING = (Marking.PANELS, Marking.PYROTECHNICS, Marking.SMOKE, Marking.NONE, Marking.OTHER)  # line 7
PATIENTS = {  # line 8; the words of the form that ATAK follows
    "us_military": "us_military",
    "us_civilian": "us_civilian",
    "nonus_military": "non_us_military",
    "nonus_civilian": "non_us_civilian",
    "epw": "prisoner",
    "child": "child",
}
_TERRAIN = ("terrain_slope", "terrain_rough", "terrain_loose", "terrain_trees", "terrain_wires")
_BRIEF = {  # of the landing site: told to the crew as it stands
    "hlz_remarks": "site",
    "marked_by": "marked by",
    "obstacles": "obstacles",
    "winds_are_from": "wind from",
    "friendlies": "friendlies",
    "enemy": "enemy",
    "zone_protected_coord": "protected zone",
    "zone_prot_marker": "zone marker",
}
_SILENT = frozenset(("casevac", "zone_prot_selection", "dialect", "profile"))
_MIST = {"m": "mechanism", "i": "injuries", "s": "signs", "t": "treatment"}
_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9._/-]{0,23}")
_NUMBERED = re.compile(r"\D*(\d{1,3})\s*")
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no", "")


class Mist(NamedTuple):
    """What is told of a casualty: which of the request (from 1), the sender's code, fields of a MIST."""

    number: int
    code: str
    fields: dict[str, str]


class Medevac(NamedTuple):
    """A 9-line as it was understood. `lines`: fields of NineLineSent; what none of them tells is missing."""

    lines: dict[str, Any]
    mists: list[Mist]
    notes: list[str]
    extra: dict[str, str]

    @property
    def heads(self) -> int:
        """How many casualties it is about: by line 5, else line 3; at least one, and one for each zMist."""
        types: list[int] = [self.lines[name] for name in ("litter", "ambulatory") if name in self.lines]
        precedences: dict[Precedence, int] = self.lines.get("precedences", {})
        told = sum(types) or sum(precedences.values())
        most = max((mist.number for mist in self.mists), default=0)
        return min(max(told, most, 1), MOST_OPENED)


def read(
    attributes: Attributes, zmists: Sequence[Attributes], letters: Mapping[str, Precedence] | None = None
) -> Medevac:
    """What a `_medevac_` tells. `letters`: those of the profile that it declares, if it declares one."""
    told = {name.lower(): value.strip() for name, value in attributes.items() if value.strip()}
    reading = _Reading(told)
    for line in (_precedences, _equipment, _types, _place, _patients, _ground):
        line(reading)
    _single(reading, letters)
    lines = reading.lines
    texts = {"frequency": told.pop("freq", ""), "callsign": told.pop("title", "")}
    lines |= {name: value[:200] for name, value in texts.items() if value}
    mists = _mists(zmists, reading.notes)
    lines["remarks"] = _remarks(reading)[:LONGEST_TEXT]
    extra = {name: value[:500] for name, value in told.items() if name not in _SILENT}
    return Medevac(lines, mists, reading.notes, extra)


class _Reading:
    """The attributes that are not understood yet, the lines so far, what was odd."""

    def __init__(self, told: dict[str, str]) -> None:
        self.told = told
        self.lines: dict[str, Any] = {}
        self.notes: list[str] = []
        self.words: list[str] = []

    def count(self, name: str, line: int) -> int | None:
        """A number of patients; None where none is told. One that is none stays where it is, and is named."""
        value = self.told.get(name)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) < 9 and int(value) <= MOST_COUNTED):
            self.notes.append(f"line {line}: {name} {value[:20]!r} is no number")
            return None
        del self.told[name]
        return int(value)

    def flag(self, name: str) -> bool:
        """True where it is told so; what is neither true nor false is named."""
        value = self.told.get(name, "").lower()
        if value not in (*_TRUE, *_FALSE):
            self.notes.append(f"{name} {value[:20]!r} is neither true nor false")
            return False
        self.told.pop(name, None)
        return value in _TRUE


def _precedences(reading: _Reading) -> None:
    each = {one: reading.count(name, 3) for name, one in COUNTS.items()}
    found = {one: number for one, number in each.items() if number is not None}
    if found:
        reading.lines["precedences"] = {one: number for one, number in found.items() if number}


def _single(reading: _Reading, letters: Mapping[str, Precedence] | None) -> None:
    """Older senders tell one precedence for all: in words, or by a letter that needs its profile."""
    value = reading.told.pop("precedence", "")
    if not value or "precedences" in reading.lines:
        return
    word = re.sub(r"[\s-]+", "_", value.lower())
    found = COUNTS.get(word) or (letters or {}).get(value.upper())
    if found is not None:
        told = [reading.lines.get(name, 0) for name in ("litter", "ambulatory")]
        reading.lines["precedences"] = {found: sum(told) or 1}
        return
    reading.told["precedence"] = value
    reading.notes.append(
        f"line 3: letter {value.upper()} means one thing to one force and another to the next; ask, or let"
        " the sender declare its profile"
        if len(value) == 1 and value.isalpha()
        else f"line 3: precedence {value[:20]!r} means nothing"
    )


def _equipment(reading: _Reading) -> None:
    found = tuple(one for name, one in EQUIPMENT.items() if reading.flag(name))
    none = reading.flag("equipment_none")
    if found or none:
        reading.lines["equipment"] = found
    if detail := reading.told.pop("equipment_detail", ""):
        reading.words.append(f"equipment: {detail}")


def _types(reading: _Reading) -> None:
    for name in ("litter", "ambulatory"):
        if (number := reading.count(name, 5)) is not None:
            reading.lines[name] = number
    if len({"litter", "ambulatory"} & reading.lines.keys()) == 1:
        reading.lines = {"litter": 0, "ambulatory": 0, **reading.lines}


def _place(reading: _Reading) -> None:
    """Lines 6 and 7, by their place in ATAK's lists."""
    for name, line, values in (("security", 6, SECURITY), ("hlz_marking", 7, MARKING)):
        value = reading.told.get(name)
        if value is None:
            continue
        if value.isascii() and value.isdigit() and len(value) == 1 and int(value) < len(values):
            reading.lines["marking" if line == 7 else name] = values[int(reading.told.pop(name))]
        else:
            reading.notes.append(
                f"line {line}: {name} {value[:20]!r} is no number from 0 to {len(values) - 1}"
            )
    if detail := reading.told.pop("hlz_other", ""):
        reading.lines["marking_detail"] = detail[:200]


def _patients(reading: _Reading) -> None:
    each = {word: reading.count(name, 8) for name, word in PATIENTS.items()}
    found = {word: number for word, number in each.items() if number is not None}
    if found:
        reading.lines["patients"] = {word: number for word, number in found.items() if number}


def _ground(reading: _Reading) -> None:
    told, none = reading.told, reading.flag("terrain_none")
    found = [name.removeprefix("terrain_") for name in _TERRAIN if reading.flag(name)]
    if side := told.pop("terrain_slope_dir", ""):
        found = [f"slope {side}" if one == "slope" else one for one in found]
    other = reading.flag("terrain_other")
    if detail := told.pop("terrain_other_detail", "") or told.pop("terrain_detail", ""):
        found.append(detail)
    elif other:
        found.append("other")
    if found or none:
        reading.lines["terrain"] = ", ".join(found)[:LONGEST_TEXT] or "none"


def _remarks(reading: _Reading) -> str:
    """Free words for whoever reads it: the sender's, the landing site, and what was not understood."""
    told = reading.told
    parts = [told.pop("medline_remarks", ""), *reading.words]
    parts += [f"{word}: {told.pop(name)}" for name, word in _BRIEF.items() if name in told]
    parts += [f"NOT UNDERSTOOD: {note}" for note in reading.notes]
    return "; ".join(part for part in parts if part)


def _mists(zmists: Sequence[Attributes], notes: list[str]) -> list[Mist]:
    """Each zMist with the number in its title (ZMIST2), which stays when another is deleted, or its place."""
    found: dict[int, Mist] = {}
    for place, one in enumerate(zmists[:MOST_OPENED], start=1):
        numbered = _NUMBERED.fullmatch(one.get("title", ""))
        number = int(numbered[1]) if numbered is not None and 0 < int(numbered[1]) <= MOST_OPENED else place
        if number in found:
            number = next(free for free in range(1, 2 * MOST_OPENED) if free not in found)
        code, fields = one.get("z", "").strip(), {}
        if code and _CODE.fullmatch(code) is None:
            notes.append(f"casualty {number}: Z is no code and was not kept: never send a name")
            code = ""
        for name, field in _MIST.items():
            if value := one.get(name, "").strip():
                fields[field] = value[:LONGEST_TEXT]
        found[number] = Mist(number, code, fields)
    return list(found.values())


# --- ids that are the same whenever the same is told again


def request_id(mission: str, uid: str) -> str:
    """The request that a sender's own id opens, as `R-7K2QXM4`."""
    return f"R-{_letters(mission + chr(0) + uid, 7)}"


def casualty_id(mission: str, uid: str, number: int) -> str:
    """The ZAP id of the casualty `number` (from 1) of a sender's 9-line."""
    made = blake2b(f"{mission}\0{uid}\0{number}".encode(errors="replace"), digest_size=8).digest()
    return zap.zap(int.from_bytes(made, "big"))


def casualties(found: Medevac, mission: str, uid: str) -> list[str]:
    """The ZAP ids of all casualties of a 9-line: the sender's code where it is ours, else the number's."""
    ours = {one.number: zap.canonical(one.code) for one in found.mists if one.code and zap.is_zap(one.code)}
    each = (ours.get(number) or casualty_id(mission, uid, number) for number in range(1, found.heads + 1))
    return list(dict.fromkeys(each))


def _letters(text: str, many: int) -> str:
    value = int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "big")
    return "".join(zap.ALPHABET[(value >> 5 * place) & 31] for place in range(many))


# --- writing


def write(told: NineLineSent, title: str, mists: Sequence[Mapping[str, str]] = ()) -> Node:
    """The `_medevac_` of a 9-line; `mists` are zMists as ATAK has them (title, z, m, i, s, t)."""
    attributes = {"casevac": "true", "title": title}
    for write_line in _WRITERS:
        attributes |= write_line(told)
    if told.remarks:
        attributes["medline_remarks"] = told.remarks
    rows = [Node("zMist", dict(one), []) for one in mists]
    return Node("_medevac_", attributes, [Node("zMistsMap", {}, rows)] if rows else [])


def _written_counts(told: NineLineSent) -> dict[str, str]:
    names = {one: name for name, one in COUNTS.items()}
    found = {names[one]: str(n) for one, n in (told.precedences or {}).items() if n and one in names}
    found |= {one: str(n) for one in ("litter", "ambulatory") if (n := getattr(told, one)) is not None}
    words = {word: name for name, word in PATIENTS.items()}
    return found | {words[one]: str(n) for one, n in (told.patients or {}).items() if n and one in words}


def _written_codes(told: NineLineSent) -> dict[str, str]:
    found = {"freq": told.frequency} if told.frequency else {}
    if told.security in SECURITY:
        found["security"] = str(SECURITY.index(told.security))
    if told.marking in MARKING:
        found["hlz_marking"] = str(MARKING.index(told.marking))
    return found | ({"hlz_other": told.marking_detail} if told.marking_detail else {})


def _written_equipment(told: NineLineSent) -> dict[str, str]:
    if told.equipment is None:
        return {}
    found = {name: "true" for name, one in EQUIPMENT.items() if one in told.equipment}
    return found or {"equipment_none": "true"}


def _written_ground(told: NineLineSent) -> dict[str, str]:
    if not told.terrain:
        return {}
    if told.terrain == "none":
        return {"terrain_none": "true"}
    return {"terrain_other": "true", "terrain_other_detail": told.terrain}


_WRITERS: tuple[Callable[[NineLineSent], dict[str, str]], ...] = (
    _written_counts,
    _written_codes,
    _written_equipment,
    _written_ground,
)

"""The 9-line as it is read on the radio: text to typed words and back, by the letters of a dialect."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from casevac import radio
from casevac.dialect import Dialect, Form
from casevac.errors import BadMessage
from casevac.events import NineLineSent
from casevac.lines import FIELDS, TITLES, coded, said
from casevac.radio import Coded
from casevac.spot import spot
from casevac.terms import Equipment

Fields = dict[str, Any]
_ORDINALS = {word: number for word, number in radio.NUMBERS.items() if 1 <= number <= 9}
_SEPARATOR = r"(?:\s*(?:[.:)=,]|[-–](?=\s)))?\s*"
_SPOKEN = re.compile(
    rf"(?<![\w-])LINE\s*(?:NUMBER\s+)?([0-9]+|{'|'.join(_ORDINALS)}|TEN)\b{_SEPARATOR}", re.IGNORECASE
)
_NUMBERED = re.compile(r"^[ \t]*([1-9])[.):](?!\d+\.\d)[ \t]*|(?<=\s)([1-9])[.)](?=\s)\s*", re.MULTILINE)
_ROW = re.compile(r"^[ \t]*([1-9])[ \t]+(?=\S)", re.MULTILINE)
_HEADER = re.compile(
    r"^(?:9|NINE)[-\s]?LINER?\s+([a-z0-9][a-z0-9_.-]*-[a-z0-9_.-]+)(?:\s*\([^()]*\))?$", re.I
)
_OPENING = frozenset(
    ["9", "NINE", "LINE", "LINER", "MEDEVAC", "CASEVAC", "REQUEST", "FOLLOWS", "MESSAGE", "BREAK", "OVER"]
)
_FREQUENCY = re.compile(
    r"^((?:CH(?:ANNEL)?\s*)?\d+(?:\.\d+)?(?:\s*[MK]HZ)?)(?:[\s,;/]+(\S.*))?$", re.IGNORECASE | re.ASCII
)
_NAMED_FREQUENCY = re.compile(r"^FREQUENCY:\s*(.+?)(?:\s*;\s*CALL ?SIGN:\s*(.+))?$", re.IGNORECASE)
_NAMED_CALLSIGN = re.compile(r"^CALL ?SIGN:\s*(.+)$", re.IGNORECASE)


# --- reading


def read(text: str, dialect: Dialect | None) -> NineLineSent:
    """The lines told in a text, whole or in part, in any order; `raw` keeps the text.

    Without a dialect only words are read. Raises BadMessage naming the line and what it accepts.
    """
    named = declared(text)
    if named and dialect is not None and named != dialect.name:
        raise BadMessage(f"the text is in dialect {named}, not {dialect.name}; read it as {named}")
    fields: Fields = {}
    for number, told in _split(text).items():
        if not told:
            raise BadMessage(f"line {number} ({TITLES[number]}) is empty; tell it, or leave the line out")
        fields |= _READ[number](told, dialect)
    return NineLineSent(dialect=dialect.name if dialect is not None else "", raw=text, **fields)


def declared(text: str) -> str:
    """The dialect that the head of a text names, as "9-LINE us-atp"; empty when it names none."""
    head = _HEADER.match(text.strip().partition("\n")[0].strip())
    return head[1] if head is not None else ""


def _split(text: str) -> dict[int, str]:
    """What each line tells, by its number."""
    marks = list(_SPOKEN.finditer(text)) or list(_NUMBERED.finditer(text))
    rows = [row for row in text.splitlines() if row.strip()]
    if not marks and rows and all(_ROW.match(row) for row in rows):
        marks = list(_ROW.finditer(text))
    if not marks:
        raise BadMessage('say which line: "LINE 3 A2 C1", "3. A2 C1", or one row for each line')
    _check_opening(text[: marks[0].start()])
    told: dict[int, str] = {}
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        number = _ordinal(next(one for one in mark.groups() if one))
        if number in told:
            raise BadMessage(f"line {number} ({TITLES[number]}) is told twice; tell it once")
        told[number] = " ".join(text[mark.end() : following.start() if following else None].split())
    return told


def _ordinal(said: str) -> int:
    number = _ORDINALS.get(said.upper(), int(said) if said.isdigit() and len(said) < 9 else 0)
    if number not in TITLES:
        raise BadMessage(f"there is no line {said[:20]}; a 9-line has lines 1 to 9")
    return number


def _check_opening(before: str) -> None:
    words = re.findall(r"\w+", before.upper())
    if not _HEADER.match(before.strip()) and not set(words) <= _OPENING:
        raise BadMessage(
            f"{before.strip()[:60]!r} stands before the first line; say to which line it belongs"
        )


def _pickup(text: str, _: Dialect | None) -> Fields:
    told = radio.plain(text)
    if not told:
        raise BadMessage("line 1 (pick-up) tells no place; give a grid, coordinates or a name")
    try:
        found = spot(told)
    except BadMessage as fault:
        raise BadMessage(f"line 1: {fault}") from fault
    place = {} if found is None else found._asdict()
    return {"pickup": told, **{name: value for name, value in place.items() if value is not None}}


def _contact(text: str, _: Dialect | None) -> Fields:
    if found := _NAMED_FREQUENCY.match(text) or _FREQUENCY.match(text):
        return {"frequency": found[1]} | ({"callsign": found[2]} if found[2] else {})
    if found := _NAMED_CALLSIGN.match(text):
        return {"callsign": found[1]}
    return {"callsign": text}


def _precedences(text: str, dialect: Dialect | None) -> Fields:
    if _says_none(text):
        return {"precedences": {}}
    return {"precedences": radio.counted(coded(3, dialect), text)}


def _equipment(text: str, dialect: Dialect | None) -> Fields:
    line: Coded[Equipment | None] = coded(4, dialect)
    told = radio.listed(line, text)
    if not told or (None in told and len(told) > 1):
        line.fault("it tells equipment and that none is needed" if told else "it tells nothing")
    return {"equipment": tuple(one for one in told if one is not None)}


def _types(text: str, dialect: Dialect | None) -> Fields:
    line: Coded[str] = coded(5, dialect)
    return dict(radio.counted(line, text))


def _marking(text: str, dialect: Dialect | None) -> Fields:
    marking, detail = radio.leading(coded(7, dialect), text)
    return {"marking": marking, "marking_detail": "" if not radio.plain(f" {detail}") else detail}


def _patients(text: str, dialect: Dialect | None) -> Fields:
    if _says_none(text):
        return {"patients": {}}
    if dialect is None:
        raise BadMessage("line 8: its words differ from force to force; declare the dialect, as us-atp")
    return {"patients": radio.counted(coded(8, dialect), text, bare=True)}


def _says_none(text: str) -> bool:
    return radio.plain(text).upper() in ("NONE", "NIL")


class _Pair(NamedTuple):
    """A line with a coded half in war and a free half in peace; both are kept."""

    number: int
    code: str
    free: str

    def read(self, text: str, form: Form, dialect: Dialect | None) -> Fields:
        """Both halves: the dialect's own form bare, the other under its name."""
        code, free = self._war(text) if form == Form.WAR else self._peace(text)
        told: Fields = {self.free: free} if free else {}
        return told | ({self.code: radio.single(coded(self.number, dialect), code)} if code else {})

    def _war(self, text: str) -> tuple[str, str]:
        code, _, free = _parted(text, rf"[\s,;]*\b{self.free}\b:?\s*")
        return re.sub(rf"^{self.code}:\s*", "", code, flags=re.I), free

    def _peace(self, text: str) -> tuple[str, str]:
        found = re.match(rf"{self.code}:\s*([^;]+?)\s*(?:;\s*(.*))?$", text, re.I)
        code, free = (found[1], found[2] or "") if found else ("", text)
        named = re.match(rf"{self.free}:\s*(.+)$", free, re.I)
        if named is None and (len(free) == 1 or free.upper() in radio.PHONETIC):
            raise BadMessage(
                f"line {self.number}: {free!r} alone tells no {self.free}; tell it in words,"
                f" or write {self.code.upper()}: {free}"
            )
        return code, named[1] if named else free

    def text(self, told: NineLineSent, form: Form, dialect: Dialect | None) -> str:
        """Both halves as `read` takes them."""
        value, free = getattr(told, self.code), getattr(told, self.free)
        code = "" if value is None else said(self.number, value, dialect)
        if form == Form.WAR:
            return ", ".join(one for one in (code, free and f"{self.free.upper()}: {free}") if one)
        parts = [f"{self.code.upper()}: {code}"] if code else []
        if free:
            parts.append(free if self._plain(free) else f"{self.free.upper()}: {free}")
        return "; ".join(parts)

    def _plain(self, free: str) -> bool:
        try:
            return self._peace(free) == ("", free)
        except BadMessage:
            return False


def _parted(text: str, pattern: str) -> tuple[str, str, str]:
    found = re.search(pattern, text, re.IGNORECASE)
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")


_SAFETY, _GROUND = _Pair(6, "security", "wounds"), _Pair(9, "contamination", "terrain")


def _safety(text: str, dialect: Dialect | None) -> Fields:
    return _SAFETY.read(text, dialect.line_6 if dialect else Form.WAR, dialect)


def _ground(text: str, dialect: Dialect | None) -> Fields:
    return _GROUND.read(text, dialect.line_9 if dialect else Form.WAR, dialect)


_READ: dict[int, Callable[[str, Dialect | None], Fields]] = {
    1: _pickup,
    2: _contact,
    3: _precedences,
    4: _equipment,
    5: _types,
    6: _safety,
    7: _marking,
    8: _patients,
    9: _ground,
}


# --- writing


def text(told: NineLineSent, dialect: Dialect | None) -> str:
    """The told lines as they are read on the radio, one a row, lines 1 to 5 first.

    The head names the dialect, and says when it is not verified. Empty when no line is told.
    """
    each = {number: line_text(told, number, dialect) for number in TITLES}
    rows = [f"LINE {number}: {line}" for number, line in each.items() if line]
    note = f" ({dialect.note or 'unverified'})" if dialect is not None and not dialect.verified else ""
    head = [f"9-LINE {dialect.name}{note}"] if dialect is not None else []
    return "\n".join([*head, *rows]) if rows else ""


def line_text(told: NineLineSent, number: int, dialect: Dialect | None) -> str:
    """What one line tells, as read on the radio; empty when it was not told."""
    return _WRITE[number](told, dialect)


def _pickup_text(told: NineLineSent, _: Dialect | None) -> str:
    if told.pickup or told.lon is None or told.lat is None:
        return told.pickup or ""
    return f"{told.lon:.6f},{told.lat:.6f}"


def _contact_text(told: NineLineSent, _: Dialect | None) -> str:
    wanted = {name: value for name in FIELDS[2] if (value := getattr(told, name))}
    short = " ".join(wanted.values())
    if not wanted or _contact(short, None) == wanted:
        return short
    named = {"frequency": "FREQUENCY", "callsign": "CALLSIGN"}
    return "; ".join(f"{named[name]}: {value}" for name, value in wanted.items())


def _equipment_text(told: NineLineSent, dialect: Dialect | None) -> str:
    if told.equipment is None:
        return ""
    return " ".join(said(4, one, dialect) for one in told.equipment or (None,))


def _types_text(told: NineLineSent, dialect: Dialect | None) -> str:
    types = {"litter": told.litter, "ambulatory": told.ambulatory}
    return _counts(5, {key: n for key, n in types.items() if n is not None} or None, dialect)


def _marking_text(told: NineLineSent, dialect: Dialect | None) -> str:
    if told.marking is None:
        return ""
    return said(7, told.marking, dialect) + (f", {told.marking_detail}" if told.marking_detail else "")


def _counts(number: int, told: Mapping[Any, int | None] | None, dialect: Dialect | None) -> str:
    if told is None:
        return ""
    each = [(said(number, value, dialect), count) for value, count in told.items()]
    return (
        " ".join(
            f"{word}{'' if len(word) == 1 else ' '}{count}" if count is not None else word
            for word, count in each
        )
        or "NONE"
    )


_WRITE: dict[int, Callable[[NineLineSent, Dialect | None], str]] = {
    1: _pickup_text,
    2: _contact_text,
    3: lambda told, dialect: _counts(3, told.precedences, dialect),
    4: _equipment_text,
    5: _types_text,
    6: lambda told, dialect: _SAFETY.text(told, dialect.line_6 if dialect else Form.WAR, dialect),
    7: _marking_text,
    8: lambda told, dialect: _counts(8, told.patients, dialect),
    9: lambda told, dialect: _GROUND.text(told, dialect.line_9 if dialect else Form.WAR, dialect),
}


# --- what follows from a body alone


def placed(body: NineLineSent) -> NineLineSent:
    """The body with the place that its pickup text names by itself; as it is when that names none."""
    if body.pickup is None or body.lon is not None:
        return body
    try:
        found = spot(body.pickup)
    except BadMessage:  # kept as told; the request says that its line 1 is not understood
        return body
    return body if found is None else replace(body, **found._asdict())


def total_by_type(body: NineLineSent) -> int | None:
    """How many patients line 5 tells; None when it was not told."""
    told = [number for number in (body.litter, body.ambulatory) if number is not None]
    return sum(told) if told else None


def total_by_precedence(body: NineLineSent) -> int | None:
    """How many patients line 3 tells; None when it was not told."""
    return None if body.precedences is None else sum(body.precedences.values())


def head_count(body: NineLineSent) -> int:
    """How many casualties it opens: by line 5, else by line 3, else one."""
    return total_by_type(body) or total_by_precedence(body) or 1


def says(body: NineLineSent) -> str:
    """The precedences as a suggestion in words; empty when there is none. No casualty is given one by it."""
    told = [f"{n} {one.value.replace('_', ' ')}" for one, n in (body.precedences or {}).items() if n]
    return f"9-line says {', '.join(told)}" if told else ""


def told_lines(body: NineLineSent) -> tuple[int, ...]:
    """Numbers of the lines that the body tells."""
    return tuple(
        n for n, names in FIELDS.items() if any(getattr(body, one) not in (None, "") for one in names)
    )

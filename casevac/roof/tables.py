"""Entities as tables on a terminal; times in UTC."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table

from casevac.entities import Json

WIDE = 240  # characters of what goes into a file
SHORTEST = 9  # characters that a column keeps: a time, a ZAP id
NARROW = frozenset({"id", "request", "chain", "task", "facility", "vehicle", "casualty"})
WIDEST = {"where": 13}  # LON,LAT
ROOMY = 96  # characters from which on a table is drawn at its ease
OUTLINES = frozenset({"path", "geometry"})  # long rows of points, for a map


class Column(NamedTuple):
    """A heading, and what of an entity stands under it; `most`: characters where there is little room."""

    heading: str
    of: Callable[[Json], object]
    most: int | None = None  # 0: left out there


STATES = frozenset({"state", "status"})  # words with a line between them


def _plain(*names: str) -> tuple[Column, ...]:
    return tuple(map(_named, names))


def _named(name: str) -> Column:
    def told(one: Json) -> object:
        return str(one.get(name, "")).replace("_", " ") if name in STATES else one.get(name)

    return Column(name.replace("_", " "), told)


def _where(one: Json) -> str:
    return place(one) if one.get("lon") is not None else ""


def _clock(step: str) -> Column:
    def told(one: Json) -> str:
        clock: Json = next((c for c in one.get("clocks", ()) if c["step"] == step), {})
        at = clock.get("actual_at") or clock.get("forecast_p50_at")
        return f"{str(clock.get('status', '')).replace('_', ' ')} {_short(at)}".strip()

    return Column(step.replace("_", " "), told, SHORTEST)


def _effect(one: Json) -> str:
    """What a hazard does, with its number; nothing any more when it was lifted."""
    if one.get("lifted_at"):
        return f"lifted {_short(one['lifted_at'])}".strip()
    if one.get("severity") is not None:
        return f"{one['effect']} ({one['severity']:g})"
    left = one.get("speed_factor")
    return str(one["effect"]) if left is None else f"{one['effect']} to {100 * left:.0f}%"


def _told_by(one: Json) -> str:
    """From where a hazard is known, and who told it."""
    return ", ".join(dict.fromkeys(filter(None, (one["source"], one["by"], one["author"]))))


def _beds(one: Json) -> str:
    beds = one.get("beds") or {}
    return f"{beds.get('free')} of {beds.get('staffed')}" if "free" in beds else ""


_CLOCKS = tuple(_clock(step) for step in ("bleeding_control", "advanced_care", "surgery"))
COLUMNS: dict[str, tuple[Column, ...]] = {
    "casualties": (  # its chain and all else: `casualty show`; the three clocks fit into 80 characters
        *_plain("id", "category"),
        _named("state")._replace(most=8),
        _named("request")._replace(most=0),
        Column("where", lambda one: one.get("facility") or one.get("carried_by") or _where(one), 13),
        *_CLOCKS,
    ),
    "requests": (
        *_plain("id", "state", "who", "what", "how_many", "opened_at"),
        Column("where", lambda one: one.get("place") or _where(one)),
    ),
    "facilities": (
        *_plain("id", "name", "level", "capabilities"),
        Column("beds free", _beds),
        *_plain("tables", "inbound", "patients"),
    ),
    "vehicles": (
        *_plain("id", "callsign", "kind", "state", "litters", "seats", "aboard"),
        Column("task", lambda one: (one.get("task") or {}).get("id")),
    ),
    "teams": _plain("id", "name", "kind", "members", "ready", "facility", "vehicle"),
    "chains": _plain("id", "request", "status", "vehicles", "facility", "casualties", "late"),
    "tasks": _plain("id", "vehicle", "status", "request", "chain", "casualties"),
    "hazards": (
        *_plain("id", "kind", "name", "affects"),
        Column("effect", _effect),
        Column("where", _where),
        *_plain("since", "until"),
        Column("source", _told_by),
    ),
    "sites": (*_plain("id", "name", "kind"), Column("where", _where)),
    "questions": _plain("id", "casualty", "urgency", "text", "asked_at", "answer"),
    "alarms": _plain("id", "severity", "subject", "since", "words", "times", "acknowledged_by"),
}


def rows(group: str, entities: Sequence[Json]) -> Table:
    """The entities of a group, one a row; on a narrow terminal what matters most of it."""
    roomy = _console().width >= ROOMY
    columns = [column for column in COLUMNS[group] if roomy or column.most != 0]
    table = grid(
        [column.heading for column in columns], [[column.of(one) for column in columns] for one in entities]
    )
    for drawn, column in zip(table.columns, columns, strict=True):
        drawn.max_width = None if roomy else column.most
    return table


def grid(headings: Sequence[str], lines: Sequence[Sequence[object]], title: str = "") -> Table:
    """Rows under headings; ids stay on one line, words break, nothing is cut."""
    table = Table(
        box=box.SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False, collapse_padding=True
    )
    for heading in headings:
        narrow = heading in NARROW
        table.add_column(
            heading,
            no_wrap=narrow,
            overflow="fold",
            min_width=WIDEST.get(heading, min(SHORTEST, max(4, len(heading)))),
        )
    for line in lines:
        table.add_row(*(text(value) for value in line))
    return table


def facts(one: Mapping[str, Any]) -> Table:
    """Everything of one entity, a fact a row; what is nested line by line."""
    table = Table(show_header=False, box=box.SIMPLE, pad_edge=False)
    told = dict(one)
    if told.get("lon") is not None and told.get("lat") is not None:
        told = {"where": place(told)} | {name: v for name, v in told.items() if name not in ("lon", "lat")}
        told = {"id": one["id"]} | told if "id" in one else told
    for name, value in told.items():
        if name not in OUTLINES and (words := text(value)):
            table.add_row(name.replace("_", " "), words)
    return table


def entries(record: Mapping[str, Any]) -> Table:
    """The entries of a record in the order of time; what does not count says why."""
    table = grid(
        ["at", "what", "by", "source", "entry", "does not count"],
        [
            [one["at"], _done(one), one["by"], one["source"], one["id"], _gone(one)]
            for one in record["entries"]
        ],
        title=f"Record of {record['id']}",
    )
    table.columns[0].no_wrap = table.columns[4].no_wrap = True
    table.caption, table.caption_justify = record["text"], "left"
    return table


def _done(entry: Json) -> str:
    kind = str(entry["kind"]).replace("_", " ")
    return str(entry["words"] or kind)


def _gone(entry: Json) -> str:
    if entry["withdrawn"]:
        return f"withdrawn: {entry['withdrawn_why']}"
    return "" if entry.get("counts", True) else "took no effect"


def show(*parts: RenderableType) -> None:
    """Print tables and lines."""
    console = _console()
    for part in parts:
        console.print(part)


def _console() -> Console:
    """As wide as the terminal or COLUMNS says, or wide when it goes into a file."""
    console = Console(highlight=False, markup=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        return Console(width=WIDE, highlight=False, markup=False)
    return console


def text(value: object) -> str:
    """A JSON value as a person reads it."""
    match value:
        case None | "":
            return ""
        case bool():
            return "yes" if value else "no"
        case dict():
            return _pairs(value)
        case list() | tuple():
            apart = "\n" if any(isinstance(one, dict) for one in value) else ", "
            return apart.join(word for one in value if (word := text(one)))
        case float():
            return f"{value:.5g}" if abs(value) < 1e5 else f"{value:.0f}"
    return time(value)


def _pairs(value: Mapping[str, Any]) -> str:
    """`name word, name word`; a place as LON,LAT."""
    told = {name: text(inner) for name, inner in value.items() if name not in OUTLINES}
    if value.get("lon") is not None and value.get("lat") is not None:
        told = {name: word for name, word in told.items() if name not in ("lon", "lat")} | {
            "at": place(value)
        }
    return ", ".join(f"{name.replace('_', ' ')} {word}" for name, word in told.items() if word)


def place(one: Mapping[str, Any]) -> str:
    """LON,LAT to about 100 m."""
    return f"{one['lon']:.3f},{one['lat']:.3f}"


def _short(value: object) -> str:
    """An instant in at most nine letters a word: of another day `21 Nov 14:05Z`."""
    told = time(value)
    return f"{datetime.fromisoformat(told):%d %b %H:%MZ}" if " " in told else told


def time(value: object) -> str:
    """An instant: of today hours, minutes and seconds, of another day with its date; other text as it is."""
    told = "" if value is None else str(value)
    if not (told[10:11] == "T" and told[4:5] == "-" and (told.endswith("Z") or told[-6:-5] in ("+", "-"))):
        return told
    try:
        at = datetime.fromisoformat(told).astimezone(UTC)
    except ValueError:
        return told
    return f"{at:%H:%M:%SZ}" if at.date() == datetime.now(UTC).date() else f"{at:%Y-%m-%d %H:%M:%SZ}"

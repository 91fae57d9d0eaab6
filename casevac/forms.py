"""A form for every kind that may be told: its fields in order, from the events' own types."""

import re
from collections.abc import Iterator
from functools import cache
from inspect import cleandoc

import msgspec
from msgspec import inspect

from casevac.duties import DUTIES, told_fields
from casevac.events import FIELD_KINDS, KINDS
from casevac.ids import MINTED
from casevac.plain import Json
from casevac.terms import Bed

POSITION = "position"
HEADINGS = ("casualty", "request", "chain", "facility", "vehicle", "hazard", "question", "watch")
_UNDER = {
    "task": "chain",
    "team": "vehicle",
    "reservation": "facility",
    "site": "facility",
    "alarm": "watch",
    "entry": "watch",
    "shift": "watch",
    "plan": "chain",
}  # nouns without a heading of their own
_MOVED = {"launch_approved": "chain", "asset_answered": "request", "question_asked": "question"}
GROUPS = {
    "casualty": "casualties",
    "request": "requests",
    "chain": "chains",
    "task": "tasks",
    "vehicle": "vehicles",
    "team": "teams",
    "facility": "facilities",
    "reservation": "reservations",
    "question": "questions",
    "alarm": "alarms",
    "asset": "assets",
    "entry": "entries",
    "authority": "authorities",
    "kept": "casualties",
    "merged": "casualties",
}
"""Fields that hold an id, and of what; assets are vehicles, teams and facilities."""
_GIVEN = frozenset(
    {
        ("alert_raised", "casualties"),
        ("alert_raised", "request"),
        ("alert_raised", "place"),  # told with the place itself
        ("casualty_triaged", "missing"),
        ("casualty_triaged", "suggested"),
        ("methane_sent", "zaps"),
        ("nine_line_sent", "casualties"),
        ("policy_chosen", "version"),
        ("shift_handed_over", "brief"),
        ("site_told", "obstacles"),  # rows of numbers: told by command or message
        ("site_told", "approaches_deg"),
        *((str(body.__struct_config__.tag), field) for body, (field, _) in MINTED.items()),
    }
)
"""Fields that the door fills in by itself, or that no form holds."""
SPOKEN_NEEDS = frozenset(
    {
        ("asset_answered", "asset"),
        ("casualty_loaded", "vehicle"),
        ("facility_status_reported", "facility"),
        ("vehicle_condition_reported", "vehicle"),
        ("vehicle_status_changed", "vehicle"),
    }
)
"""Fields that a device may leave out, being its own, and a voice may not."""
_AHEAD = frozenset({"since", "until", "ready_at", "duty_ends_at", "tables_busy_until"})  # times to come
_UNITS = {
    "pulse": "per minute",
    "respiration": "per minute",
    "spo2": "%",
    "systolic": "mm Hg",
    "diastolic": "mm Hg",
    "age_years": "years",
    "fuel_percent": "%",
    "temperature_c": "°C",
    "_km": "km",
    "_deg": "°",
    "_m": "m",
    "_s": "s",
}
_FREE = frozenset({"raw", "text"})  # long texts
_LETTERS = re.compile(r"\^\[([A-Z]+)\]\??\$")
_POSITION = {
    "kind": POSITION,
    "heading": "vehicle",
    "summary": "Where a vehicle is, as told by radio.",
    "by_text": False,
    "fields": [
        {"name": "vehicle", "type": "id", "of": "vehicles", "required": True},
        {"name": "where", "type": "place", "required": True},
        {"name": "uncertainty_m", "type": "number", "unit": "m", "required": False},
    ],
}


@cache
def forms() -> tuple[Json, ...]:
    """A form for each kind that may be told by radio and for a position, by heading and then by kind.

    A field has `name`, `type`, `required`, and where it applies `of` (the group whose id it is), `choices`,
    `unit`, `ahead` (a time to come), `default`. `where` stands for lon and lat, and for
    `place` too when it is `named`. With `by_text` the field
    `raw` takes all of it as text, and the others must then be left out.
    """
    found = [*map(_form, sorted(FIELD_KINDS)), _POSITION]
    return tuple(sorted(found, key=lambda one: (HEADINGS.index(one["heading"]), one["kind"])))


def _form(kind: str) -> Json:
    rows = [duty for duty in DUTIES if duty.kind == kind]
    noun = _MOVED.get(kind) or next(iter(rows)).noun
    fields = list(_fields(kind))
    return {
        "kind": kind,
        "heading": _UNDER.get(noun, noun),
        "summary": rows[0].summary if len(rows) == 1 else _said_of(kind),
        "by_text": any(field["name"] == "raw" for field in fields),
        "fields": fields,
    }


def _said_of(kind: str) -> str:
    return " ".join(cleandoc(KINDS[kind].__doc__ or "").partition("\n\n")[0].split())


def _fields(kind: str) -> Iterator[Json]:
    """The fields that a person fills in: those needed first, who told it last."""
    every = told_fields(kind)
    names = {field.encode_name for field in every}
    shown = [field for field in every if field.encode_name not in ("kind", "speaker", "lat")]
    shown = [field for field in shown if (kind, field.encode_name) not in _GIVEN]
    for field in sorted(shown, key=lambda one: _order(kind, one)):
        if field.encode_name == "lon" and "lat" in names:
            named = {"named": True} if "place" in names else {}
            yield {"name": "where", "type": "place", "required": field.required, **named}
        else:
            yield _field(kind, field)


def _order(kind: str, field: inspect.Field) -> int:
    """Needed ones first; of the others ids, then the whole text, then the rest; who told it comes last."""
    name = field.encode_name
    if name == "by":
        return 5
    of_id = name in GROUPS and name != "authority"
    if field.required or (kind, name) in SPOKEN_NEEDS:
        return 0 if of_id else 1
    return 2 if of_id else 3 if name == "raw" else 4


def _field(kind: str, field: inspect.Field) -> Json:
    name = field.encode_name
    found: Json = {"name": name, "required": field.required or (kind, name) in SPOKEN_NEEDS}
    if (group := _group(kind, name)) and isinstance(_bare(field.type), inspect.StrType):
        found |= {"type": "text" if group == "authorities" else "id", "of": group}
    else:
        found |= _shape(name, _bare(field.type))
    if unit := next((unit for end, unit in _UNITS.items() if name == end or name.endswith(end)), None):
        found["unit"] = unit
    if name in _AHEAD:
        found["ahead"] = True
    default = field.default
    if default not in (msgspec.NODEFAULT, None, "", ()):
        found["default"] = msgspec.to_builtins(default)
    return found


def _group(kind: str, name: str) -> str | None:
    if name in ("kept", "merged") and kind.startswith("requests_"):
        return "requests"
    if (kind, name) == ("site_told", "site"):
        return "sites"
    return "hazards" if (kind, name) == ("hazard_lifted", "id") else GROUPS.get(name)


def _bare(shape: inspect.Type) -> inspect.Type:
    """The type without None and without its bounds' wrapper."""
    if isinstance(shape, inspect.Metadata):
        return _bare(shape.type)
    if isinstance(shape, inspect.UnionType):
        return _bare(next(one for one in shape.types if not isinstance(one, inspect.NoneType)))
    return shape


def _shape(name: str, shape: inspect.Type) -> Json:
    """Type and choices of a field: what a page or a person has to give."""
    if isinstance(shape, inspect.EnumType):
        return {"type": "choice", "choices": _words(shape)}
    if isinstance(shape, inspect.DictType):
        return _counts(shape)
    if isinstance(shape, inspect.VarTupleType):
        return _many(_bare(shape.item_type))
    if isinstance(shape, inspect.StrType):
        letters = _LETTERS.fullmatch(shape.pattern or "")
        if letters:
            return {"type": "choice", "choices": list(letters[1])}
        return {"type": "long" if name in _FREE else "text"}
    return {"type": _PLAIN[type(shape)]}


_PLAIN: dict[type[inspect.Type], str] = {
    inspect.BoolType: "boolean",
    inspect.IntType: "integer",
    inspect.FloatType: "number",
    inspect.DateTimeType: "time",
}


def _words(shape: inspect.EnumType) -> list[str]:
    return [str(one.value) for one in shape.cls]


def _counts(shape: inspect.DictType) -> Json:
    """KEY=VALUE: numbers by a word, or whatever answers a question (`map`)."""
    key, value = _bare(shape.key_type), shape.value_type
    choices = {"choices": _words(key)} if isinstance(key, inspect.EnumType) else {}
    kinds = {type(_bare(one)) for one in (value.types if isinstance(value, inspect.UnionType) else (value,))}
    if inspect.BoolType in kinds:
        return {"type": "map", **choices}
    return {"type": "counts", "bare": inspect.NoneType in kinds, **choices}


def _many(item: inspect.Type) -> Json:
    if isinstance(item, inspect.EnumType):
        return {"type": "choices", "choices": _words(item)}
    if isinstance(item, inspect.StructType):
        return _COUNTED[item.cls.__name__]
    return {"type": "times" if isinstance(item, inspect.DateTimeType) else "points"}


_COUNTED: dict[str, Json] = {
    "BedCount": {"type": "beds", "choices": [one.value for one in Bed]},
    "BloodStock": {"type": "blood"},
}

"""The fields of an event as options of a command: typed, repeated where there may be several."""

import math
import shlex
from collections.abc import Callable, Mapping
from typing import Any

import click
from msgspec import inspect

from casevac.duties import Duty, told_fields
from casevac.roof.times import instant_of

NONE = "none"  # said of a list: it is empty
_UNITS = {"_s": "Seconds.", "_m": "Metres.", "_km": "Kilometres.", "_c": "Degrees Celsius.", "_at": "UTC."}
_SAID = {
    "severity": "Of a threat, 0 to 100: each second in it counts so much more. Without one nobody passes.",
    "speed_factor": "Of a slow road or weather: which share of the speed is left, 0.01 to 1.",
    "since": "When it begins, UTC.",
    "until": "When it ends, UTC.",
    "line": "LON,LAT; a line with --radius-m to both sides, a one-way road in its direction.",
    "polygon": "LON,LAT; its corners in order.",
}
_WORDS = {"true": True, "yes": True, "false": False, "no": False, "unknown": None}
Read = Callable[[str], object]


class Reads(click.ParamType[object]):
    """A value read by a function that raises ValueError with what it wants."""

    def __init__(self, shown: str, read: Read) -> None:
        self.name, self._read = shown, read

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> object:
        """The value as JSON would have it."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except ValueError as fault:
            self.fail(f"{value[:60]!r}: {fault}", param, ctx)


def options(duty: Duty) -> list[click.Parameter]:
    """An option for every field that the address and the verb do not say."""
    said = {duty.field, *duty.preset}
    found: list[click.Parameter] = [
        _option(field, duty) for field in told_fields(duty.kind) if field.name not in said
    ]
    if duty.by_text:
        found.append(click.Option(["--text"], help="Instead of the fields: all of it, as read on the radio."))
    if duty.placed and "place" not in duty.names:
        found.append(click.Option(["--place"], help="Instead of --lon and --lat: LON,LAT, a grid or a name."))
    return found


def collected(duty: Duty, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were given, as the event takes them."""
    found = {}
    for name, value in given.items():
        if value is None or value == () or name not in {*duty.names, "place", "text"}:
            continue
        found[name] = _gathered(list(value)) if isinstance(value, tuple) else value
    return found


def _gathered(several: list[object]) -> list[object] | dict[str, object]:
    """A list, or one mapping of all pairs."""
    if several == [NONE]:
        return []
    pairs = [one for one in several if isinstance(one, _Pair)]
    return dict(pairs) if len(pairs) == len(several) else several


class _Pair(tuple[str, object]):
    """KEY=VALUE, apart from other pairs of values."""

    __slots__ = ()


def _option(field: inspect.Field, duty: Duty) -> click.Option:
    flag = f"--{field.name.replace('_', '-')}"
    kind = _plain(field.type)
    by_place = duty.placed and field.name in ("lon", "lat")
    needed = field.required and not by_place
    if isinstance(kind, inspect.BoolType):
        return click.Option([f"{flag}/{_opposite(flag)}"], default=None, required=needed)
    several = isinstance(kind, inspect.VarTupleType | inspect.DictType)
    units = next((words for end, words in _UNITS.items() if field.name.endswith(end)), None)
    shown = _SAID.get(field.name, units)
    if several:
        empty = "" if field.required else f" Give '{NONE}' to say that there are none."
        shown = f"{shown or ''} Give it again for each one.{empty}".strip()
    hidden = duty.by_text and field.name == "raw"  # --text is the way to tell it
    return click.Option(
        [flag], type=_type(kind), required=needed, multiple=several, help=shown, hidden=hidden
    )


def _opposite(flag: str) -> str:
    """The flag that says no: of `--not-breathing` it is `--breathing`."""
    return f"--{flag[6:]}" if flag.startswith("--not-") else f"--not-{flag[2:]}"


def _plain(kind: inspect.Type) -> inspect.Type:
    """The type without its None."""
    if not isinstance(kind, inspect.UnionType):
        return kind
    types = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
    return types[0] if len(types) == 1 else inspect.AnyType()


def _type(kind: inspect.Type) -> click.ParamType[Any]:
    match kind:
        case inspect.EnumType():
            return click.Choice([str(one.value) for one in kind.cls], case_sensitive=False)
        case inspect.VarTupleType(item_type=inspect.EnumType() as item):
            return click.Choice([*(str(one.value) for one in item.cls), NONE], case_sensitive=False)
        case inspect.VarTupleType(item_type=item):
            return Reads(_shown(item), lambda text: NONE if text == NONE else _reader(item)(text))
        case inspect.DictType():
            return Reads("KEY=VALUE", lambda text: _pair(text, _reader(kind.value_type)))
        case inspect.StrType():
            return click.STRING
    return Reads(_shown(kind), _reader(kind))


def _shown(kind: inspect.Type) -> str:
    match kind:
        case inspect.StructType():
            first, *more = kind.fields
            return ",".join([first.name.upper(), *(f"{one.name}=.." for one in more)])
        case inspect.TupleType():
            return "LON,LAT"
        case inspect.DateTimeType():
            return "TIME"
        case inspect.IntType():
            return "INTEGER"
        case inspect.FloatType():
            return "NUMBER"
    return "TEXT"


def _reader(kind: inspect.Type) -> Read:
    plain = _plain(kind)
    if isinstance(plain, inspect.StructType):
        struct = plain
        return lambda text: _row(text, struct)
    return _READERS.get(type(plain), str)


def _row(text: str, struct: inspect.StructType) -> dict[str, Any]:
    """`icu,staffed=4,free=1`: the first field by its place, the others by their names."""
    first, *more = text.split(",")
    readers = {field.name: _reader(field.type) for field in struct.fields}
    found = {struct.fields[0].name: _reader(struct.fields[0].type)(first)}
    for pair in more:
        name, value = _parted(pair)
        if name not in readers:
            raise ValueError(f"it has {', '.join(readers)}")
        found[name] = readers[name](value)
    return found


def _pair(text: str, read: Read) -> _Pair:
    name, value = _parted(text)
    return _Pair((name, read(value)))


def _parted(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ValueError("give KEY=VALUE")
    return name, value


def _point(text: str) -> list[float]:
    lon, _, lat = text.partition(",")
    return [_number(lon), _number(lat)]


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("give a whole number") from None


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError("give a number") from None
    if not math.isfinite(number):
        raise ValueError("give a number")
    return number


def _word(text: str) -> bool | float | str | None:
    """Yes, no, unknown, a number, or the text itself."""
    if text.casefold() in _WORDS:
        return _WORDS[text.casefold()]
    try:
        return _number(text)
    except ValueError:
        return text


_READERS: dict[type[inspect.Type], Read] = {
    inspect.TupleType: _point,
    inspect.DateTimeType: lambda text: instant_of(text).isoformat(),
    inspect.IntType: _whole,
    inspect.FloatType: _number,
    inspect.AnyType: _word,
}


def example(duty: Duty) -> str:
    """The line that tells the example of the table."""
    shown = duty.example if duty.opens else duty.shown_example
    rest = {name: value for name, value in duty.example.items() if name != duty.field}
    return shlex.join(["casevac", *words(duty, shown.get(duty.field), rest)])


def words(duty: Duty, key: str | None, told: Mapping[str, Any]) -> list[str]:
    """The words after `casevac` that tell these fields."""
    options = [word for name, value in told.items() for word in _told(f"--{name.replace('_', '-')}", value)]
    return [duty.shell_noun, duty.verb, *([key] if key else []), *options]


def _told(flag: str, value: object) -> list[str]:
    match value:
        case bool():
            return [flag if value else _opposite(flag)]
        case []:
            return [flag, NONE]
        case list():
            return [word for one in value for word in (flag, _joined(one))]
        case dict():
            return [word for pair in value.items() for word in (flag, "=".join(map(str, pair)))]
    return [flag, str(value)]


def _joined(value: object) -> str:
    if isinstance(value, dict):
        first, *more = value.items()
        return ",".join([str(first[1]), *(f"{name}={one}" for name, one in more)])
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

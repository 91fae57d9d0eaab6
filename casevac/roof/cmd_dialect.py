"""`casevac dialect`: what devices may speak, and the maps by which the JSON of gateways is read."""

import json
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from casevac.errors import BadFile, BadMessage, CasevacError, Unknown
from casevac.plain import instant
from casevac.roof import speaking
from casevac.roof.doors import database_url
from casevac.roof.tables import facts, grid, show
from casevac.settings import Settings
from casevac.store import dialogues, dictionaries, keeping, missions
from casevac.store.connection import connect
from tracker import dialects
from tracker.dialects import DIALECTS, mapped, mapping
from tracker.dialects.mapping import Map
from tracker.wire import Kept, Reading, Report, Unreadable

_AGAIN = "casevac ingest --replay-rejects"
_LARGEST = 1 << 20  # bytes of a file
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON only.")


@click.group()
def dialect() -> None:
    """What devices may speak, and the maps by which the JSON of gateways is read."""


@dialect.command("list")
@_JSON
@click.pass_obj
def list_dialects(settings: Settings, as_json: bool) -> None:
    """List the dialects, and the maps: shipped ones and the mission's own."""
    shipped, own = speaking.shipped_maps(), _own(settings)
    told = {**shipped, **own}
    if as_json:
        spoken = {name: one.title for name, one in DIALECTS.items()}
        maps = [
            {"name": one.name, "title": one.title, "of": _of(one, own), "topic": one.topic}
            for one in told.values()
        ]
        click.echo(json.dumps({"dialects": spoken, "maps": maps}))
        return
    show(grid(("dialect", "what it is"), [(name, one.title) for name, one in DIALECTS.items()]))
    rows = [(one.name, _of(one, own), one.topic, one.title) for one in told.values()]
    show(grid(("map", "whose", "topic", "what it reads"), rows))


@dialect.command("show")
@click.argument("name", metavar="MAP")
@click.pass_obj
def show_map(settings: Settings, name: str) -> None:
    """Print a map as JSON: a copy under another name is the start of your own."""
    click.echo(json.dumps(speaking.as_json(_named(settings, name)), indent=2))


@dialect.command("add")
@click.argument("file", type=click.File("rb"))
@click.pass_obj
def add(settings: Settings, file: BinaryIO) -> None:
    """Add the map in FILE (JSON; - is standard input) to the mission, or replace the one of that name."""
    one = mapping.read_map(file.read(_LARGEST))
    mapped.reader(mapping.written(one))
    with closing(connect(database_url(settings))) as db, db:
        mission = missions.mission(db).id
        dialogues.keep_map(db, mission, one.name, speaking.as_json(one))
    again = f"casevac device add NAME --dialect mapped --map {one.name}"
    click.echo(f"Mission {mission} has the map {one.name}: {again}")


@dialect.command("try")
@click.argument("map_", metavar="MAP")
@click.argument("file", type=click.File("rb"))
@click.option("--topic", help="The topic it came on; without it, one that fits the map.")
@_JSON
@click.pass_obj
def try_(settings: Settings, map_: str, file: BinaryIO, topic: str | None, as_json: bool) -> None:
    """Read the payload in FILE by MAP (a name, or a file) as if it came now, and show what it says.

    Nothing is stored. Ends with 1 and the fault by name when it is not readable.
    """
    one = mapping.read_map(Path(map_).read_bytes()) if Path(map_).is_file() else _named(settings, map_)
    said = dialects.tried(one, file.read(_LARGEST), topic, datetime.now(UTC))
    told = [_told(reading) for reading in said]
    if as_json:
        click.echo(json.dumps(told))
    for plain in () if as_json else told:
        show(facts(plain))
    for reading in said:
        if isinstance(reading, Unreadable):
            raise BadMessage(reading.reason)


@dialect.command()
@click.argument("device")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.pass_obj
def kept(settings: Settings, device: str, limit: int) -> None:
    """Show what DEVICE told that is no position and no event, as it came, the latest first."""
    with closing(connect(database_url(settings))) as db, db:
        for one in keeping.kept(db, device, limit):
            told = {"at": instant(one.at), "device": one.device, "dialect": one.dialect, "what": one.what}
            click.echo(json.dumps({**told, "raw": one.raw.decode("utf-8", "backslashreplace")}))


@dialect.command("dictionary")
@click.argument("number", type=click.IntRange(0, 62))
@click.argument("file", type=click.File("rb"))
@click.pass_obj
def supply(settings: Settings, number: int, file: BinaryIO) -> None:
    """Let the mission unpack what radio links pack by dictionary NUMBER; FILE has its bytes.

    None comes with us. Until there is one, such packets are set aside as they came: read them again then.
    """
    raw = file.read(_LARGEST + 1)
    if not 8 <= len(raw) <= _LARGEST:
        raise BadFile(f"{file.name} is no dictionary: it has 8 bytes to {_LARGEST}")
    with closing(connect(database_url(settings))) as db, db:
        mission = missions.mission(db).id
        dictionaries.supply(db, mission, number, raw)
    click.echo(f"Mission {mission} has dictionary {number}. What was set aside: {_AGAIN}")


def _named(settings: Settings, name: str) -> Map:
    """A map of the mission's own or a shipped one; a shipped one needs no store."""
    shipped = speaking.shipped_maps()
    try:
        own = _own(settings)
    except CasevacError:
        if name not in shipped:
            raise
        own = {}
    if name not in own and name not in shipped:
        raise Unknown(f"no map {name[:40]!r}; known: {', '.join(sorted({*own, *shipped}))}")
    return own.get(name) or shipped[name]


def _own(settings: Settings) -> dict[str, Map]:
    with closing(connect(database_url(settings))) as db, db:
        told = dialogues.maps(db, missions.mission(db).id)
    return {name: mapping.read_map(json.dumps(body)) for name, body in told.items()}


def _of(one: Map, own: Mapping[str, Map]) -> str:
    whose = "mission" if one.name in own else "shipped"
    return whose if one.verified else f"{whose}, unverified"


def _told(reading: Reading) -> dict[str, object]:
    """A reading as a person looks at it, in our units."""
    match reading:
        case Report(fix):
            told = msgspec.to_builtins(fix)
            unwanted = ("mission", "epoch", "n", "received_at", "source", "speaker", "lon", "lat")
            place = {"lon, lat": f"{fix.lon}, {fix.lat}"}
            return place | {name: value for name, value in told.items() if value and name not in unwanted}
        case Kept():
            return {"device": reading.device, "kept": reading.what}
        case Unreadable():
            return {"set aside": reading.reason}
        case _:
            return {"said": str(reading)}

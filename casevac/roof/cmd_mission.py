"""`casevac mission`: open missions of your own, list them."""

import json
import re
from datetime import UTC, datetime

import click
import msgspec
from rich.console import Console
from rich.table import Table

from casevac.errors import BadSetting
from casevac.mission import Mission, Profile, unverified
from casevac.roof.doors import database_url
from casevac.settings import Settings
from casevac.store import missions
from casevac.store.connection import connect
from casevac.terms import MissionKind

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@click.group()
def mission() -> None:
    """Open missions of your own, list them."""


@mission.command("open")
@click.argument("name")
@click.option("--title", help="What people read; default NAME.")
@click.option(
    "--kind", type=click.Choice([str(one) for one in MissionKind]), default="live", show_default=True
)
@click.option("--season", type=click.Choice(["dry", "wet"]), default="dry", show_default=True)
@click.option("--profile", type=click.File("rb"), help="JSON file with limits, needs and times.")
@click.pass_obj
def open_(
    settings: Settings, name: str, title: str | None, kind: str, season: str, profile: click.File
) -> None:
    """Open mission NAME; pages and commands use the latest opened unless told otherwise."""
    if not _ID.fullmatch(name):
        raise BadSetting(f"mission name {name[:40]!r}: use a to z, 0 to 9, - and _, at most 40 characters")
    told = _profile(profile) if profile is not None else Profile()
    db = connect(database_url(settings))
    new = Mission(name, title or name, MissionKind(kind), msgspec.structs.replace(told, season=season))
    with db:
        opened = missions.open_mission(db, new, datetime.now(UTC))
    db.close()
    click.echo(f"Mission {name} ({kind}) is open. Next: casevac roads import FILE.osm.pbf --use")
    click.echo(_not_verified(opened.profile))


def _not_verified(profile: Profile) -> str:
    """What an administrator must still compare with its source, in a line."""
    return f"Nobody has compared these values with their source yet: {', '.join(unverified(profile))}."


def _profile(file: object) -> Profile:
    try:
        return msgspec.json.decode(file.read(), type=Profile)  # type: ignore[attr-defined]  # click opened it
    except msgspec.MsgspecError as fault:
        raise BadSetting(f"the mission profile cannot be used: {fault}") from fault


@mission.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def list_missions(settings: Settings, as_json: bool) -> None:
    """List the missions, the latest opened first."""
    db = connect(database_url(settings))
    known = missions.missions(db)
    db.close()
    if as_json:
        rows = ({**msgspec.to_builtins(one), "unverified": unverified(one.profile)} for one in known)
        click.echo(json.dumps(list(rows)))
        return
    table = Table("mission", "title", "kind", "season")
    for one in known:
        table.add_row(one.id, one.name, str(one.kind), one.profile.season)
    Console().print(table)
    for one in known:
        click.echo(f"{one.id}: {_not_verified(one.profile)}")

"""`casevac aside`: look at what was set aside because it could not be read or was not allowed."""

import json
from typing import Any

import click

from casevac.errors import Unknown
from casevac.roof import tables
from casevac.roof.doors import database_url
from casevac.settings import Settings
from casevac.store import asides
from casevac.store.connection import connect

_SHORT = 60  # letters of a payload in a list


@click.group()
def aside() -> None:
    """Look at messages that were set aside; read them again with: casevac ingest --replay-rejects."""


@aside.command("list")
@click.option("--device", default="", help="Of this device only.")
@click.option("--reason", default="", help="Whose reason is this word or holds this text.")
@click.option("--resolved", is_flag=True, help="What was read and stored since then instead.")
@click.option("--limit", type=click.IntRange(1, asides.MOST), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def list_asides(
    settings: Settings, device: str, reason: str, resolved: bool, limit: int, as_json: bool
) -> None:
    """List them, the latest first."""
    db = connect(database_url(settings))
    found = [asides.as_json(one) for one in asides.listed(db, asides.Wanted(device, reason, resolved), limit)]
    db.close()
    if as_json:
        click.echo(json.dumps(found))
        return
    headings = ["id", "last at", "times", "device", "reason", "words", "payload"]
    lines = [
        [*(one[name] for name in ("id", "last_at", "times", "device", "reason", "words")), _payload(one)]
        for one in found
    ]
    tables.show(tables.grid(headings, lines) if lines else "Nothing is set aside.")


@aside.command()
@click.argument("number", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def show(settings: Settings, number: int, as_json: bool) -> None:
    """Show one whole: where it came from, why it was set aside, the first 2,000 bytes."""
    db = connect(database_url(settings))
    found = asides.one(db, number)
    db.close()
    if found is None:
        raise Unknown(f"nothing set aside has the number {number}; see: casevac aside list")
    told = asides.as_json(found)
    if as_json:
        click.echo(json.dumps(told))
    else:
        tables.show(tables.facts({name.replace("_", " "): value for name, value in told.items()}))


def _payload(one: dict[str, Any]) -> str:
    return str(one["text"] or one["hex"] or "")[:_SHORT]

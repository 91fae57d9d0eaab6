"""`casevac status`: how every part is."""

import json
import sys

import click
from rich.console import Console
from rich.table import Table

from casevac.roof import outside
from casevac.roof.home import Home
from casevac.roof.lock import holder
from casevac.roof.state import current
from casevac.settings import Settings

_NOT_RUNNING = 3  # as the Linux Standard Base has it


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def status(settings: Settings, as_json: bool) -> None:
    """Show the state of every part; exit code 3 when Casevac is not running."""
    home = Home(settings.home)
    state = current(home)
    newest = settings.home / "picture" / "picture.html"
    opened = outside.remembered(home) if holder(home) is not None else outside.SHUT
    if as_json:
        click.echo(json.dumps({**state, "https": outside.pages(opened)}))
    elif state["parts"]:
        table = Table(title=f"Casevac at {state['url']}")
        for heading in ("part", "state", "address", "pid", "restarts"):
            table.add_column(heading)
        for name, part in state["parts"].items():
            table.add_row(name, *(str(part[key] if part[key] is not None else "") for key in part))
        Console().print(table)
        for line in outside.doors(opened):
            click.echo(line)
        if newest.is_file():
            click.echo(f"The last picture, readable without Casevac: {newest}")
    else:
        click.echo("Casevac is not running: start it with 'casevac up'.")
    if not state["parts"]:
        sys.exit(_NOT_RUNNING)

"""`casevac contract`: the formats of the field door for whoever writes a tracker."""

import json

import click

import casevac
from tracker import contract as field_door


@click.command()
@click.argument("message", required=False)
def contract(message: str | None) -> None:
    """Print the AsyncAPI document of the field door, or the JSON Schema of one MESSAGE.

    MESSAGE is a channel (report, batch, status, receipt, task, notice) or a kind of event,
    as alert_raised.
    """
    told = field_door.schema(message) if message else field_door.asyncapi(casevac.__version__)
    click.echo(json.dumps(told, indent=2))

"""`casevac prepare`: bring the store to this version, and load the demo when it is the mission."""

import importlib
import importlib.util

import click

from casevac.roof.doors import opened
from casevac.settings import Settings


@click.command()
@click.pass_obj
def prepare(settings: Settings) -> None:
    """Migrate the store; with the mission 'demo' load it, once."""
    settings = opened(settings)
    if importlib.util.find_spec("casevac.store.migrate"):
        importlib.import_module("casevac.store.migrate").upgrade(settings.database_url)
    if settings.mission == "demo" and importlib.util.find_spec("casevac.roof.demo"):
        importlib.import_module("casevac.roof.demo").load(settings)

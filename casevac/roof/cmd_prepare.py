"""`casevac prepare`: bring the store to this version, and load the demo when it is the mission."""

import click

from casevac.roof.doors import opened
from casevac.settings import Settings
from casevac.store.migrate import upgrade


@click.command()
@click.pass_obj
def prepare(settings: Settings) -> None:
    """Migrate the store; with the mission 'demo' load it, once."""
    settings = opened(settings)
    upgrade(settings.database_url or "")
    if settings.mission == "demo":
        from casevac.roof.demo import load  # noqa: PLC0415  (geopandas costs a second that others need not wait)

        load(settings)

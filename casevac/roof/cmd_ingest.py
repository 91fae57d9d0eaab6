"""`casevac ingest`: the part that brings reports from the field into the store."""

import click

from casevac.roof.doors import opened
from casevac.roof.parts_run import run_part
from casevac.settings import Settings
from tracker.ingest import Ingest


@click.command()
@click.pass_obj
def ingest(settings: Settings) -> None:
    """Store every report, then receipt it; runs until it is stopped."""
    settings = opened(settings, "casevac-ingest")
    run_part(settings, "ingest", Ingest(settings.database_url or "", settings.mqtt_url or ""))

"""`casevac tasking`: the part that brings tasks from the log to the vehicles."""

import click

from casevac.roof.doors import opened
from casevac.roof.parts_run import run_part
from casevac.settings import Settings
from tracker.tasking import Tasking


@click.command()
@click.pass_obj
def tasking(settings: Settings) -> None:
    """Keep the task of every vehicle on its topic; runs until it is stopped."""
    settings = opened(settings, "casevac-tasking")
    run_part(
        settings, "tasking", Tasking(settings.database_url or "", settings.mqtt_url or "", settings.home)
    )

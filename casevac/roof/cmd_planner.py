"""`casevac planner`: the part that keeps a plan of every mission."""

import click

from casevac.roof.doors import database_url
from casevac.roof.parts_run import run_part
from casevac.roof.planner import Planner
from casevac.settings import Settings


@click.command()
@click.pass_obj
def planner(settings: Settings) -> None:
    """Plan who brings whom where after every event, and store what is proposed; runs until it is stopped.

    It proposes and tasks nobody: a person approves, on the page or with `casevac plan approve`.
    """
    run_part(settings, "planner", Planner(database_url(settings), settings.home))

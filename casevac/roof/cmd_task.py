"""`casevac task`: the orders of each vehicle, and what its crew says."""

import click

from casevac import coordination
from casevac.roof.seat import acting, say, seated
from casevac.roof.tellings import group
from casevac.settings import Settings

task = group("task", "Tasks of vehicles: accept, decline, finish, cancel.", "tasks")


@click.pass_obj
def _cancel(settings: Settings, task_id: str, reason: str) -> None:
    with seated(settings) as desk:
        before = coordination.present(desk)
        say(before, coordination.cancel(desk, task_id, reason), desk.now)


task.add_command(
    click.Command(
        "cancel",
        params=[
            click.Argument(["task_id"], metavar="TASK"),
            click.Option(["--reason"], default=""),
            *acting(),
        ],
        callback=_cancel,
        help="Take a task back, with the others of its chain.",
    )
)

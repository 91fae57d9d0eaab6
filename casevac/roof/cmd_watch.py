"""`casevac watch`: the part that raises alarms in the log and writes the picture of every minute."""

from collections.abc import Sequence

import click

from casevac.roof.doors import database_url
from casevac.roof.home import Home
from casevac.roof.parts_run import run_part
from casevac.roof.state import current
from casevac.settings import Settings
from casevac.view import View
from maps.keepsake import Keepsake
from maps.server import STATIC
from maps.watchman import Watchman


@click.command()
@click.pass_obj
def watch(settings: Settings) -> None:
    """Raise and clear alarms in the log, and write the picture every minute; runs until it is stopped.

    CASEVAC_PICTURE_S: seconds between two pictures, 0 for none. CASEVAC_PICTURES: how many older ones stay.
    """
    home = Home(settings.home)
    keepsake = Keepsake(settings.home, STATIC, settings.pictures)

    def write(view: View, trouble: Sequence[str]) -> None:
        keepsake.write(view, trouble)

    parts = lambda: current(home)["parts"]  # noqa: E731  a name for what is asked again and again
    run_part(settings, "watch", Watchman(database_url(settings), parts, write, settings.picture_s))

"""`casevac serve`: the part that serves the operations-centre page and its API."""

import click

from casevac.roof.doors import database_url
from casevac.roof.figures import Gathered
from casevac.roof.home import Home
from casevac.roof.parts_run import run_part
from casevac.roof.state import current
from casevac.settings import Settings
from maps.condition import Sight
from maps.server import Server


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Where to listen on this machine.")
@click.pass_obj
def serve(settings: Settings, port: int | None) -> None:
    """Serve the live map, the API and replay on this machine; runs until it is stopped."""
    home = Home(settings.home)
    url = database_url(settings)
    figures = Gathered(home)
    sight = Sight(lambda: current(home)["parts"], figures.latest)
    server = Server(url, settings.home, port or settings.http_port, sight)
    figures.open()
    try:
        run_part(settings, "serve", server)
    finally:
        figures.close()

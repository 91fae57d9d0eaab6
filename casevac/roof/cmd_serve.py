"""`casevac serve`: the part that serves the operations-centre page and its API."""

from pathlib import Path

import click

from casevac.roof import outside
from casevac.roof.doors import database_url, is_at_ours
from casevac.roof.figures import Gathered
from casevac.roof.home import Home
from casevac.roof.parts_run import run_part
from casevac.roof.phone_door import PhoneDoor
from casevac.roof.ports import EVERYWHERE
from casevac.roof.state import current
from casevac.settings import Settings
from maps.condition import Sight
from maps.listeners import Beyond, Https
from maps.server import Server


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Where to listen on this machine.")
@click.pass_obj
def serve(settings: Settings, port: int | None) -> None:
    """Serve the live map, the API and replay on this machine; runs until it is stopped."""
    home = Home(settings.home)
    url = database_url(settings)
    port = port or settings.http_port
    figures = Gathered(home)
    sight = Sight(lambda: current(home)["parts"], figures.latest)
    hears = PhoneDoor(settings, url) if is_at_ours(settings) else None
    server = Server(url, settings.home, port, sight, _beyond(settings, port), hears)
    figures.open()
    try:
        run_part(settings, "serve", server)
    finally:
        figures.close()


def _beyond(settings: Settings, port: int) -> Beyond:
    """What `casevac up --lan` and --plain open."""
    plain = outside.plain_doors(settings, "http", port)
    if not settings.lan:
        return Beyond(plain)
    from casevac.roof.ca import Authority, names_of  # noqa: PLC0415  (slow to load, and few need it)

    authority = Authority(Home(settings.home))

    def certified() -> tuple[Path, frozenset[str]]:
        file = authority.server(settings.names)
        return file, names_of(file)

    return Beyond(plain, Https(EVERYWHERE, settings.https_port, certified))

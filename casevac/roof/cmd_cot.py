"""`casevac cot`: the part that TAK clients (ATAK and others) connect to, by Cursor on Target."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from casevac.errors import PartFailed
from casevac.roof.cot_tls import Certified
from casevac.roof.doors import database_url
from casevac.roof.files import read_json, write_json
from casevac.roof.home import Home
from casevac.roof.parts_run import run_part
from casevac.roof.ports import EVERYWHERE, LOOPBACK, is_free
from casevac.settings import Settings
from tracker.cot.door import Door, Doors
from tracker.cot.episodes import Memory
from tracker.stages import Teller


@click.command()
@click.pass_obj
def cot(settings: Settings) -> None:
    """Store what TAK clients send and show them the mission; runs until it is stopped.

    CASEVAC_COT_PORT: the port on this machine. CASEVAC_COT_TLS_PORT: also one over TLS for other machines,
    each of which shows the certificate of a device (casevac device add NAME --dialect cot --certificate DIR).
    """
    home = Home(settings.home)
    for port, address in ((settings.cot_port, LOOPBACK), (settings.cot_tls_port, EVERYWHERE)):
        if port is not None and not is_free(port, address):
            raise PartFailed(
                f"Port {port} is in use: set CASEVAC_COT_PORT or CASEVAC_COT_TLS_PORT to another."
            )
    tls = None if settings.cot_tls_port is None else Certified(home, settings.names)
    doors = Doors(settings.cot_port, settings.cot_tls_port or 0, EVERYWHERE, tls)
    place = home.cot_episodes
    memory = Memory(lambda: read_json(place), lambda told: _keep(place, told))
    part = Door(database_url(settings), doors, memory=memory)
    with Teller(part.stages, home.cot_figures):
        run_part(settings, "cot", part)


def _keep(place: Path, told: dict[str, Any]) -> None:
    """On a full disk the door serves on: then a restart amid an emergency raises a second request."""
    with suppress(OSError):
        write_json(place, told, durable=False)

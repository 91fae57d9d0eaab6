"""`casevac picture`: write the picture of now as one HTML file, and say where it is."""

import click

from casevac import coordination
from casevac.roof.seat import reading, seated
from casevac.settings import Settings
from maps.keepsake import Keepsake
from maps.server import STATIC


@click.pass_obj
def _write(settings: Settings) -> None:
    with seated(settings) as desk:
        view = coordination.looked_at(desk)
    click.echo(Keepsake(settings.home, STATIC, settings.pictures).write(view))


picture = click.Command(
    "picture",
    params=reading(),
    callback=_write,
    help="Write the present picture as one HTML file that opens without Casevac, and print its path.",
)

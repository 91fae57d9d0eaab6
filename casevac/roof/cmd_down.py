"""`casevac down`: stop the whole system and wait until it is gone."""

import os
import signal
from contextlib import suppress

import click

from casevac.errors import PartFailed
from casevac.roof.home import Home
from casevac.roof.lock import Lock, holder
from casevac.roof.orphans import end_orphans
from casevac.settings import Settings


@click.command()
@click.option("--patience", default=90.0, metavar="SECONDS", help="How long to wait for a clean end.")
@click.pass_obj
def down(settings: Settings, patience: float) -> None:
    """Stop every part cleanly, and whatever a killed 'casevac up' left behind; all data stay."""
    home = Home(settings.home)
    if not home.path.is_dir():
        click.echo("Casevac is not running.")
        return
    supervisor = holder(home)
    if supervisor is not None:
        with suppress(ProcessLookupError):
            os.kill(supervisor, signal.SIGTERM)
    with Lock(home) as lock:
        if not lock.take(patience):
            raise PartFailed(f"Process {supervisor} does not stop; end it by hand and try again.")
        left = end_orphans(home)
        home.parts.unlink(missing_ok=True)
    click.echo("Casevac is stopped." if supervisor is not None or left else "Casevac is not running.")

"""`casevac ingest`: the part that brings reports into the store, and reads refused ones again."""

import click

from casevac.errors import BadSetting
from casevac.roof.doors import database_url, opened
from casevac.roof.home import Home
from casevac.roof.parts import ingest_name
from casevac.roof.parts_run import log_to_stderr, run_part
from casevac.settings import MOST_INGESTS, MOST_SHARING, Settings
from casevac.store.asides import Wanted
from casevac.store.connection import connect
from tracker.ingest import Ingest
from tracker.intake import IDLE_S
from tracker.lanes import INGEST_USER
from tracker.leaving import leave
from tracker.receiving import PahoReceiver
from tracker.reread import again
from tracker.stages import Teller
from tracker.subscriber import Subscriber

_Count = click.IntRange(1, MOST_SHARING)


@click.command()
@click.option("--number", type=_Count, default=1, help="Which of the processes that share the work.")
@click.option("--of", "of", type=_Count, default=1, help="How many processes share the work, on any hosts.")
@click.option("--leave", "leaves", is_flag=True, help="Store what waits for --number for good, and end.")
@click.option("--replay-rejects", is_flag=True, help="Read again what was set aside, after a fix, and end.")
@click.option("--device", default="", help="With --replay-rejects: of this device only.")
@click.option("--reason", default="", help="With --replay-rejects: whose reason is or holds this.")
@click.option("--dry-run", is_flag=True, help="With --replay-rejects: count only, store nothing.")
@click.pass_obj
def ingest(
    settings: Settings,
    number: int,
    of: int,
    leaves: bool,
    replay_rejects: bool,
    device: str,
    reason: str,
    dry_run: bool,
) -> None:
    """Store every report, then receipt it; runs until it is stopped."""
    if number > of and not leaves:
        raise BadSetting(f"--number {number} is above --of {of}: of N processes, number them from 1 to N")
    if not replay_rejects and (device or reason or dry_run):
        raise BadSetting("--device, --reason and --dry-run go with --replay-rejects")
    if replay_rejects:
        _replay(settings, Wanted(device, reason), dry_run=dry_run)
        return
    if settings.mqtt_url is None and max(number, of) > MOST_INGESTS:
        raise BadSetting(
            f"the broker of this installation knows {MOST_INGESTS} processes of ingest; for more set"
            f" CASEVAC_MQTT_URL to one of your own ({MOST_SHARING} at most)"
        )
    settings = opened(settings, INGEST_USER)
    store, broker = settings.database_url or "", settings.mqtt_url or ""
    if leaves:
        log_to_stderr(settings)
        click.echo(
            f"{leave(store, broker, number)} messages that waited for {ingest_name(number)} are stored."
        )
        return
    receiver = PahoReceiver if settings.receiver == "paho" else Subscriber
    part = Ingest(store, broker, number=number, of=of, receiver=receiver)
    with Teller(part.stages, Home(settings.home).figures_file(number)):
        run_part(settings, ingest_name(number), part)


def _replay(settings: Settings, wanted: Wanted, *, dry_run: bool) -> None:
    db = connect(database_url(settings), idle_s=IDLE_S)
    try:
        told = again(db, wanted, dry_run=dry_run)
    finally:
        db.close()
    click.echo(f"{told.stored} {'would be' if dry_run else 'are'} read and stored.")
    for word, count in sorted(told.refused.items()):
        if count:
            click.echo(f"{count} stay set aside: {word}")

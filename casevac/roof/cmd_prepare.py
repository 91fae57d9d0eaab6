"""`casevac prepare`: bring the store to this version, and see that there is a mission."""

from datetime import UTC, datetime

import click

from casevac.errors import PartFailed
from casevac.mission import Mission, Profile
from casevac.roof import broker
from casevac.roof.doors import opened
from casevac.roof.home import Home
from casevac.roof.parts import ingest_name
from casevac.settings import MOST_INGESTS, Settings
from casevac.store import missions
from casevac.store.connection import connect
from casevac.store.migrate import upgrade
from casevac.terms import MissionKind
from tracker.lanes import INGEST_USER
from tracker.leaving import leave


@click.command()
@click.pass_obj
def prepare(settings: Settings) -> None:
    """Migrate the store; load the demo, or in an empty store open a live mission named main."""
    settings = opened(settings)
    upgrade(settings.database_url or "")
    if settings.mission == "demo":
        from casevac.roof.demo import load  # noqa: PLC0415  (geopandas costs a second that others need not wait)

        load(settings)
    else:
        _open_main(settings.database_url or "")
    _bring_home(settings)


def _bring_home(settings: Settings) -> None:
    """Take over from the processes of ingest that ran here before and run no more."""
    try:
        url = broker.running(Home(settings.home)).url(INGEST_USER)
    except PartFailed:
        return  # a broker of the user's own: others may share the work there
    for number in range(settings.ingest + 1, MOST_INGESTS + 1):
        if found := leave(settings.database_url or "", url, number):
            click.echo(f"{found} messages that waited for {ingest_name(number)} are stored.")


def _open_main(url: str) -> None:
    db = connect(url)
    with db:
        if not missions.missions(db):
            missions.open_mission(db, Mission("main", "Main", MissionKind.LIVE, Profile()), datetime.now(UTC))
    db.close()

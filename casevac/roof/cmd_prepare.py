"""`casevac prepare`: bring the store to this version, and see that there is a mission."""

from datetime import UTC, datetime

import click

from casevac.mission import Mission, Profile
from casevac.roof.doors import opened
from casevac.settings import Settings
from casevac.store import missions
from casevac.store.connection import connect
from casevac.store.migrate import upgrade
from casevac.terms import MissionKind


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


def _open_main(url: str) -> None:
    db = connect(url)
    with db:
        if not missions.missions(db):
            missions.open_mission(db, Mission("main", "Main", MissionKind.LIVE, Profile()), datetime.now(UTC))
    db.close()

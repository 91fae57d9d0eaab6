"""`casevac places`: import facilities, sites and vehicles from a file."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from casevac.roof.doors import database_url
from casevac.settings import Settings
from casevac.store import missions
from casevac.store.connection import connect
from casevac.store.places import import_places


@click.group()
def places() -> None:
    """Import facilities, sites and vehicles."""


@places.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mission", "mission_id", help="Which mission; default the latest opened.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def import_(settings: Settings, file: Path, mission_id: str | None, as_json: bool) -> None:
    """Register the places of FILE (GeoJSON, GeoPackage, Shapefile, or CSV with lon and lat).

    A row that cannot be used is named and left out; the rest is imported. An id that is known is replaced.
    """
    db = connect(database_url(settings))
    with db:
        mission = missions.mission(db, mission_id)
        found = import_places(db, mission.id, file, datetime.now(UTC), "casevac places")
    db.close()
    if as_json:
        click.echo(
            json.dumps({"mission": mission.id, "imported": len(found.bodies), "left_out": found.faults})
        )
        return
    click.echo(f"{len(found.bodies)} places are in mission {mission.id}.")
    for fault in found.faults:
        click.echo(f"left out: {fault}", err=True)

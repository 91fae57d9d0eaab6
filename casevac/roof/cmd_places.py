"""`casevac places`: import facilities, sites, vehicles and place names; find a place."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from casevac.roof.doors import database_url
from casevac.roof.networks import known
from casevac.settings import Settings
from casevac.store import missions, placenames
from casevac.store.connection import connect
from casevac.store.places import import_places
from casevac.told import place_json
from casevac.whereabouts import Found, search
from geo.mgrs import read_place


@click.group()
def places() -> None:
    """Import facilities, sites, vehicles and place names; find a place."""


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


@places.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mission", "mission_id", help="Which mission; default the latest opened.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def names(settings: Settings, file: Path, mission_id: str | None, as_json: bool) -> None:
    """Import the place names of FILE (GeoJSON, GeoPackage, Shapefile, or CSV with name, lon, lat).

    Optional columns: kind, radius_m, aliases (by ;), alt_name, name:en and the like. A row that cannot be
    used is named and left out. Importing a file again replaces the names that came from it before.
    """
    mission = _mission(settings, mission_id)
    found = placenames.import_names(settings.home, mission, file)
    if as_json:
        click.echo(json.dumps({"mission": mission, "imported": len(found.entries), "left_out": found.faults}))
        return
    click.echo(f"{len(found.entries)} place names are known in mission {mission}.")
    for fault in found.faults:
        click.echo(f"left out: {fault}", err=True)


def _mission(settings: Settings, mission_id: str | None) -> str:
    db = connect(database_url(settings), autocommit=True)
    try:
        return missions.mission(db, mission_id).id
    finally:
        db.close()


@places.command(context_settings={"ignore_unknown_options": True})  # west of Greenwich starts with -
@click.argument("text")
@click.option("--near", help="LON,LAT or a grid: tell how far from there each candidate is.")
@click.option("--roads", "network", help="Network; default the mission's.")
@click.option("--mission", "mission_id", help="Which mission; default the latest opened.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def find(
    settings: Settings,
    text: str,
    near: str | None,
    network: str | None,
    mission_id: str | None,
    as_json: bool,
) -> None:
    """Find what place TEXT means: coordinates, a grid, a name, `12 km NE of NAME`, `RN2 km 15 from NAME`."""
    land = known(settings, network, mission_id=mission_id)
    found = land.find(text, read_place(near) if near else None)
    if as_json:
        click.echo(json.dumps(place_json(found)))
        return
    told = place_json(found)
    within = f", within {found.uncertainty_m / 1000:.1f} km" if found.circle.vague else ""
    click.echo(f"{found.name or 'point'} ({found.kind}): {told['mgrs']}, {_lonlat(found)}{within}")


@places.command("search")
@click.argument("text")
@click.option("--roads", "network", help="Network; default the mission's.")
@click.option("--mission", "mission_id", help="Which mission; default the latest opened.")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 50))
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def search_(
    settings: Settings, text: str, network: str | None, mission_id: str | None, limit: int, as_json: bool
) -> None:
    """List the places whose name is, begins with, has a word that begins with, or nearly is TEXT."""
    land = known(settings, network, mission_id=mission_id)
    hits = search(land.picture, text, land.ground, limit)
    if as_json:
        click.echo(json.dumps([place_json(found) | {"match": match} for found, match in hits]))
        return
    table = Table("place", "kind", "grid", "lon,lat", "match")
    for found, match in hits:
        table.add_row(found.name, found.kind, str(place_json(found)["mgrs"]), _lonlat(found), match)
    Console().print(table)


def _lonlat(found: Found) -> str:
    return f"{found.place.lon:.5f},{found.place.lat:.5f}"

"""`casevac roads`: import road networks, list them, choose one for a mission."""

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from casevac.errors import CasevacError
from casevac.events import RoadsChosen, house_event
from casevac.roof.doors import database_url
from casevac.roof.networks import mission_picture
from casevac.settings import Settings
from casevac.store import log, missions, networks
from casevac.store.connection import connect
from casevac.terms import Source
from geo.roads import Roads
from geo.towns import entries


@click.group()
def roads() -> None:
    """Import road networks, list them, choose one for a mission."""


@roads.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the network; default from the file's name.")
@click.option("--use", "use_it", is_flag=True, help="Let the mission drive on it at once.")
@click.option("--mission", "mission_id", help="Which mission; default the latest opened.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def import_(
    settings: Settings, file: Path, name: str | None, use_it: bool, mission_id: str | None, as_json: bool
) -> None:
    """Turn FILE (.osm.pbf, or .geojson lines) into a road network."""
    name = name or _name_of(file)
    start = time.monotonic()
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as bar:
        task = bar.add_task("reading", total=None)
        found = networks.import_network(
            settings.home,
            name,
            file,
            lambda what, done, of: bar.update(task, description=what, completed=done, total=of or None),
        )
    told = _told(name, found) | {"seconds": round(time.monotonic() - start, 1)}
    if use_it:
        _choose(settings, name, found, mission_id)
    elif (mission := _left_behind(settings, name, found, mission_id)) is not None:
        click.echo(
            f"Mission {mission} drove on {name} as it was before and has no roads until you run:"
            f" casevac roads use {name}",
            err=True,
        )
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(
        f"{name}: {told['nodes']:,} junctions, {told['arcs']:,} arcs,"
        f" {told['largest']:.0%} in the largest piece,"
        f" {told['places']:,} places by name, {told['seconds']} s."
    )
    if not use_it:
        click.echo(f"Drive on it with: casevac roads use {name}")


def _left_behind(settings: Settings, name: str, found: Roads, mission_id: str | None) -> str | None:
    """The mission that chose this network with another content; None too when the store does not run."""
    try:
        picture = mission_picture(settings, mission_id)
    except CasevacError:
        return None
    chosen = picture.roads.value.name if picture.roads is not None else None
    return picture.mission.id if chosen == name and not networks.drives_on(picture, name, found) else None


def _name_of(file: Path) -> str:
    plain = re.sub(r"[^a-z0-9_-]+", "-", file.name.lower().removesuffix(".pbf").removesuffix(".osm")).strip(
        "-"
    )
    return plain.removesuffix("-geojson")[:40] or "roads"


def _told(name: str, found: Roads) -> dict[str, object]:
    return {
        "name": name,
        "nodes": found.nodes,
        "arcs": found.arcs,
        "largest": round(found.largest_component / found.nodes, 4) if found.nodes else 0.0,
        "digest": found.digest,
        "places": len(entries(found)),
    }


@roads.command()
@click.argument("name")
@click.option("--mission", "mission_id", help="Which mission; default the latest opened.")
@click.pass_obj
def use(settings: Settings, name: str, mission_id: str | None) -> None:
    """Let the mission drive on network NAME from now on."""
    _choose(settings, name, networks.open_network(settings.home, name), mission_id)
    click.echo(f"The mission drives on {name} from now on.")


def _choose(settings: Settings, name: str, found: Roads, mission_id: str | None) -> None:
    db = connect(database_url(settings))
    now = datetime.now(UTC)
    with db:
        mission = missions.mission(db, mission_id)
        body = RoadsChosen(name=name, digest=found.digest)
        log.append(db, [house_event(mission.id, body, now, "casevac roads", Source.IMPORT)])
    db.close()


@roads.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def list_networks(settings: Settings, as_json: bool) -> None:
    """List the imported networks."""
    told = [_told(name, networks.open_network(settings.home, name)) for name in networks.names(settings.home)]
    if as_json:
        click.echo(json.dumps(told))
        return
    table = Table("network", "junctions", "arcs", "largest piece")
    for one in told:
        table.add_row(str(one["name"]), f"{one['nodes']:,}", f"{one['arcs']:,}", f"{one['largest']:.0%}")
    Console().print(table)

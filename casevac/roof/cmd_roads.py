"""`casevac roads`: import road networks, list them, choose one for a mission."""

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table

from casevac.errors import CasevacError, NotPossible, PartFailed, StoreUnreachable
from casevac.events import RoadsChosen, house_event
from casevac.roof.doors import database_url
from casevac.roof.networks import mission_picture
from casevac.settings import Settings
from casevac.store import drawings, log, missions, networks
from casevac.store.connection import connect
from casevac.terms import Source
from geo.charted import Progress
from geo.roads import Roads
from geo.towns import entries

_UNDRAWN = "The store does not run, so that the map will show no water and places of it"


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
    with Bar(console=Console(stderr=True), transient=True, disable=as_json) as bar:
        task = bar.add_task("reading", total=None)

        def progress(what: str, done: int, of: int) -> None:
            bar.update(task, description=what, completed=done, total=of or None)

        found = networks.import_network(settings.home, name, file, progress)
        read = time.monotonic()
        drawn = _drawn(settings, name, found, file, progress)
    told = _told(name, found) | {"seconds": round(read - start, 1), "drawn": drawn and drawn.has}
    told["drawing_seconds"] = round(time.monotonic() - read, 1)
    if drawn is None:
        click.echo(f"{_UNDRAWN}; import it again while Casevac runs", err=True)
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
    if drawn is not None:
        shapes = ", ".join(f"{n:,} of {layer}" for layer, n in sorted(drawn.has.items()))
        click.echo(f"Drawn on the map: {shapes}, {told['drawing_seconds']} s.")
    if not use_it:
        click.echo(f"Drive on it with: casevac roads use {name}")


def _drawn(
    settings: Settings, name: str, found: Roads, file: Path, progress: Progress
) -> drawings.Drawing | None:
    """Keep in the store what the map shows of the network; None when the store does not run."""
    try:
        db = connect(database_url(settings))
    except (PartFailed, StoreUnreachable):
        return None
    try:
        with db:
            return drawings.draw(db, name, found, file, progress)
    finally:
        db.close()


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


@roads.command()
@click.argument("name")
@click.pass_obj
def remove(settings: Settings, name: str) -> None:
    """Forget network NAME and what the map shows of it; refused while a mission drives on it."""
    db = connect(database_url(settings))
    with db:
        for mission in missions.missions(db):
            chosen = mission_picture(settings, mission.id).roads
            if chosen is not None and chosen.value.name == name:
                raise NotPossible(f"mission {mission.id} drives on {name}; first: casevac roads use OTHER")
        networks.remove_network(settings.home, name)
        drawings.drop(db, name)
    db.close()
    click.echo(f"Network {name} is removed.")


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

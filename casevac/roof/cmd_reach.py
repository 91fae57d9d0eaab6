"""`casevac reach`: what is within so many minutes of places or facilities, as a table, a layer or a map."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from casevac.entities import Json
from casevac.reachable import Asked, about_reach, minutes_of, needs_of, reach_json, reachable, starts_of
from casevac.roof.cmd_route import ESTIMATES
from casevac.roof.networks import known
from casevac.settings import Settings
from casevac.store.networks import farthest_walk_m
from casevac.terms import MissionKind
from casevac.view import View
from geo.reach import Wanted
from maps.beside import of_reach
from maps.layers import Below, check_layer, main_roads, write_layer
from maps.server import STATIC


@click.command(context_settings={"ignore_unknown_options": True})  # a place west of Greenwich starts with -
@click.argument("start", nargs=-1, metavar="[FROM]...")
@click.option("--need", default="", help="Only facilities that may take this now, as DCS,ICU.")
@click.option("--minutes", default="30,60,120", show_default=True, help="Times, by comma.")
@click.option("--profile", default="ambulance", show_default=True, help="Vehicle profile; may fly.")
@click.option("--to", "inward", is_flag=True, help="Towards FROM (casualty to facility), not away from it.")
@click.option("--p90", is_flag=True, help="Times that nine in ten journeys keep.")
@click.option("--air", default="", help="Profile of an aircraft whose reach is added.")
@click.option("--walk", "walk_m", type=click.FloatRange(100, 20_000), help="Farthest from a road, metres.")
@click.option("--out", type=click.Path(path_type=Path), help="Write FILE.geojson, .gpkg or .html (a map).")
@click.option("--force", is_flag=True, help="Overwrite the file when it exists.")
@click.option("--roads", "network", help="Network; default the mission's.")
@click.option("--season", type=click.Choice(["dry", "wet"]), help="With --roads; default dry.")
@click.option("--mission", "mission_id", help="Which mission; default the latest opened.")
@click.option("--json", "as_json", is_flag=True, help="Print GeoJSON only.")
@click.pass_obj
def reach(
    settings: Settings, start: tuple[str, ...], need: str, minutes: str, profile: str, inward: bool,
    p90: bool, air: str, walk_m: float | None, out: Path | None, force: bool,
    network: str | None, season: str | None, mission_id: str | None, as_json: bool,
) -> None:  # fmt: skip
    """What is within so many minutes of each FROM: a facility's id, LON,LAT, a grid or a name.

    Without FROM: of every facility that may take the need now. Under the hazards that hold now.
    """
    if out is not None:
        check_layer(out, force=force)
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as bar:
        bar.add_task("reading roads", total=None)
        land = known(settings, network, season, mission_id)
        view = View(land.picture, datetime.now(UTC))
        starts, left_out = starts_of(
            view, ";".join(start), needs_of(need), lambda text: land.find(text).place
        )
        bar.update(bar.task_ids[0], description="searching and drawing")
        walk = walk_m or farthest_walk_m(land.router.roads)
        wanted = Wanted(profile, minutes_of(minutes), inward=inward, p90=p90, access_m=walk)
        found, notes = reachable(view, land.router, starts, Asked(wanted, air))
    told = reach_json(found, starts, about_reach(wanted, land.router.season, view.now, left_out, notes))
    exercise = land.picture.mission.kind == MissionKind.EXERCISE
    if out is not None:
        write_layer(
            out, "reach", told, of_reach(told, exercise=exercise),
            lambda: Below(main_roads(land.router.roads), STATIC),
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps(told))
        return
    _print(told, left_out)
    if out is not None:
        click.echo(f"{out} is written.")


def _print(told: Json, left_out: object) -> None:
    table = Table("within", "area km²", "road km")
    for one in reversed(told["features"]):
        shown = one["properties"]
        if shown["kind"] == "reach":
            table.add_row(f"{shown['minutes']:g} min", f"{shown['km2']:,.1f}", f"{shown['road_km']:,.1f}")
    Console().print(table)
    for line in told["about"]["notes"]:
        click.echo(line)
    for key, why in told["about"]["left_out"].items():
        click.echo(f"left out: {key} {why}")
    click.echo(ESTIMATES)

"""`casevac coverage`: what of the land has help within the golden hour, as a table, a layer or a map."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from casevac.coverage import WHEN, Coverage, Question, coverage
from casevac.covered import coverage_json, guesses, rows
from casevac.latency import STEPS, WORDS, latencies
from casevac.reachable import needs_of
from casevac.roof.networks import mission_picture
from casevac.settings import Settings
from casevac.store import networks, placenames
from casevac.terms import MissionKind
from casevac.view import View
from maps.area import area_of, box_of, patrols_of, round_roads, villages_in
from maps.beside import of_coverage
from maps.layers import Below, check_layer, main_roads, write_layer
from maps.server import STATIC


@click.command("coverage")
@click.option("--need", default="DCS", show_default=True, help="What surgery must have, as DCS,ICU.")
@click.option("--bbox", help="WEST,SOUTH,EAST,NORTH of the land in question; default round the roads.")
@click.option("--area", type=click.Path(path_type=Path), help="Its outline: polygons of a vector file.")
@click.option("--patrols", type=click.Path(path_type=Path), help="Patrol routes: lines of a vector file.")
@click.option("--walk", "walk_m", type=click.FloatRange(100, 20_000), help="Farthest from a road, metres.")
@click.option("--out", type=click.Path(path_type=Path), help="Write FILE.geojson, .gpkg or .html (a map).")
@click.option("--force", is_flag=True, help="Overwrite the file when it exists.")
@click.option("--mission", "mission_id", help="Which mission; default the latest opened.")
@click.option("--json", "as_json", is_flag=True, help="Print GeoJSON only.")
@click.pass_obj
def coverage_(
    settings: Settings, need: str, bbox: str | None, area: Path | None, patrols: Path | None,
    walk_m: float | None, out: Path | None, force: bool, mission_id: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Where a casualty has advanced care within the hour and surgery within two, counted from the injury.

    Shares of the land, its roads, villages and patrol routes; dry and wet, day and night; middle and nine
    in ten. What passes before a vehicle moves is measured in this mission, else an estimate, and says so.
    """
    if out is not None:
        check_layer(out, force=force)
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as bar:
        task = bar.add_task("reading roads", total=None)
        picture = mission_picture(settings, mission_id)
        whole = networks.mission_router(settings.home, picture)
        routers = {when: whole.as_of(when[0], night=when[1]) for when in WHEN}
        roads = routers["dry", False].roads
        land = area_of(area) if area is not None else box_of(bbox) if bbox else round_roads(roads)
        beside_m = networks.farthest_from_road_m(roads)
        ground = placenames.ground(settings.home, picture.mission.id, roads, beside_m)
        walks = patrols_of(patrols) if patrols is not None else ()
        walk = walk_m or networks.farthest_walk_m(roads)
        asked = Question(land, walk, tuple(needs_of(need)), villages_in(ground.names, land), walks)
        view = View(picture, datetime.now(UTC))
        found = coverage(
            view, routers, asked, latencies(view, guesses()),
            lambda what, done, of: bar.update(task, description=what, completed=done, total=of),
        )  # fmt: skip
    exercise = picture.mission.kind == MissionKind.EXERCISE
    told = coverage_json(found)
    if out is not None:
        write_layer(
            out, "coverage", told, of_coverage(found, exercise=exercise),
            lambda: Below(main_roads(roads), STATIC),
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps(told))
        return
    _print(found)
    if out is not None:
        click.echo(f"{out} is written.")


def _print(found: Coverage) -> None:
    table = Table("within", "for", "of", *(f"{s} {'night' if night else 'day'}" for s, night in WHEN))
    for row in rows(found):
        table.add_row(*row)
    Console().print(table)
    click.echo(f"{found.km2:,.0f} km², {found.road_km:,.0f} km of road. Before a vehicle moves:")
    for one in (found.latencies[step] for step in STEPS):
        source = "estimated" if one.estimated else f"measured {one.times} times"
        click.echo(
            f"  {WORDS[one.step]}: {one.p50_s / 60:.1f} min, nine in ten {one.p90_s / 60:.1f} ({source})"
        )
    for line in found.notes:
        click.echo(line)
    for key, why in found.counts.left_out.items():
        click.echo(f"left out: {key} {why}")

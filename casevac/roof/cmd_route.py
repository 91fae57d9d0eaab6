"""`casevac route`: the fastest way between two places, arc by arc."""

import json

import click
from rich.console import Console
from rich.table import Table

from casevac.roof.networks import route_router
from casevac.settings import Settings
from casevac.told import route_json
from geo.mgrs import read_place

ESTIMATES = "Times are planning estimates until learned from tracks."


@click.command(context_settings={"ignore_unknown_options": True})  # a place west of Greenwich starts with -
@click.argument("start")
@click.argument("end")
@click.option("--profile", default="ambulance", show_default=True, help="Vehicle profile.")
@click.option("--roads", "network", help="Network; default the mission's.")
@click.option("--season", type=click.Choice(["dry", "wet"]), help="With --roads; default dry.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def route(
    settings: Settings,
    start: str,
    end: str,
    profile: str,
    network: str | None,
    season: str | None,
    as_json: bool,
) -> None:
    """The fastest route from START to END, each LON,LAT or an MGRS grid."""
    found = route_router(settings, network, season).route(read_place(start), read_place(end), profile)
    if as_json:
        click.echo(json.dumps(route_json(found)))
        return
    table = Table("road", "km", "min", "surface", "")
    for arc in found.arcs:
        name = " ".join(part for part in (arc.ref, arc.name) if part) or "-"
        table.add_row(
            name,
            f"{arc.metres / 1000:.1f}",
            f"{arc.seconds / 60:.1f}",
            arc.surface,
            "estimated" if arc.estimated else "",
        )
    Console().print(table)
    click.echo(
        f"{found.metres / 1000:.1f} km, {minutes(found.seconds_p50)} (nine times in ten within"
        f" {minutes(found.seconds_p90)}){', part of it estimated' if found.estimated else ''}"
    )
    click.echo(ESTIMATES)


def minutes(seconds: float) -> str:
    """Seconds as hours and minutes."""
    whole = round(seconds / 60)
    return f"{whole // 60} h {whole % 60:02} min" if whole >= 60 else f"{whole} min"

"""`casevac route`: the fastest way between two places, arc by arc."""

import json

import click
from rich.console import Console
from rich.table import Table

from casevac.roof.networks import known
from casevac.settings import Settings
from casevac.told import place_json, route_json, spread_json
from casevac.vague import Spread, between_s
from casevac.whereabouts import Found

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
    """The fastest route from START to END, each LON,LAT, an MGRS grid, a name, or `12 km NE of NAME`."""
    land = known(settings, network, season)
    ends = land.find(start), land.find(end)
    found = land.router.route(ends[0].place, ends[1].place, profile)
    vague = ends[0].circle.vague or ends[1].circle.vague
    spread = between_s(land.router, ends[0].circle, ends[1].circle, profile) if vague else None
    if as_json:
        range_ = {"eta_range_s": spread_json(spread), "eta_skipped": spread.skipped} if spread else {}
        told = {"from": place_json(ends[0]), "to": place_json(ends[1])}
        click.echo(json.dumps(route_json(found) | range_ | told))
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
    if spread is not None:
        click.echo(_ranged(ends, spread))
    click.echo(ESTIMATES)


def _ranged(ends: tuple[Found, Found], spread: Spread) -> str:
    """How vague the ends are and what that does to the time."""
    vague = [one for one in ends if one.circle.vague]
    where = " and ".join(
        f"{one.name or 'the grid'} (within {one.uncertainty_m / 1000:.1f} km)" for one in vague
    )
    skipped = (
        f"; {spread.skipped} of {spread.samples} points tried cannot be reached" if spread.skipped else ""
    )
    return f"Between {minutes(spread.low)} and {minutes(spread.high)}, as {where} is known no better{skipped}"


def minutes(seconds: float) -> str:
    """Seconds as hours and minutes."""
    whole = round(seconds / 60)
    return f"{whole // 60} h {whole % 60:02} min" if whole >= 60 else f"{whole} min"

"""`casevac route`: the fastest way between two places, arc by arc; others, and why not the direct one."""

import json
from datetime import UTC, datetime
from itertools import groupby

import click
from rich.console import Console
from rich.table import Table

from casevac.entities import Json
from casevac.hour import by_light
from casevac.itinerary import MOST_OTHERS, Asked, itinerary, itinerary_json
from casevac.roof.networks import known
from casevac.roof.tellings import heard
from casevac.settings import Settings

ESTIMATES = "Times are planning estimates until learned from tracks."
EXAMPLES = """

Examples:

\b
casevac route Bria Bambari --alternatives 2
casevac route Bria Bambari --why --compare
casevac route Bria Bambari --at 18:30 --season wet --explain
casevac route 21.98,6.54 Bambari --profile truck --ignore-hazards
"""


@click.command(
    context_settings={"ignore_unknown_options": True},  # a place west of Greenwich starts with -
    help="The fastest route from START to END under the hazards that hold. A place is LON,LAT, an MGRS"
    f" grid, a name, or `12 km NE of NAME`.{EXAMPLES}",
)
@click.argument("start")
@click.argument("end")
@click.option("--profile", default="ambulance", show_default=True, help="Vehicle profile.")
@click.option("--roads", "network", help="Network; default the mission's.")
@click.option("--season", type=click.Choice(["dry", "wet"]), help="Default the mission's; with --roads dry.")
@click.option("--at", "at", help="When it begins: ISO 8601 or HH:MM, UTC; default now.")
@click.option("--alternatives", "others", type=click.IntRange(0, MOST_OTHERS), default=0, help="Other ways.")
@click.option("--explain", is_flag=True, help="What season, night and hazards make of every road.")
@click.option("--compare", is_flag=True, help="The way without hazards beside it.")
@click.option("--why", is_flag=True, help="Why not the direct road.")
@click.option("--ignore-hazards", is_flag=True, help="As if there were none.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def route(
    settings: Settings,
    start: str,
    end: str,
    profile: str,
    network: str | None,
    season: str | None,
    at: str | None,
    others: int,
    explain: bool,
    compare: bool,
    why: bool,
    ignore_hazards: bool,
    as_json: bool,
) -> None:
    """What the options ask, printed."""
    land = known(settings, network, season)
    ends = land.find(start), land.find(end)
    begun = heard(at) or datetime.now(UTC)
    asked = Asked(profile, begun, not ignore_hazards, others, explain, compare, why)
    router = by_light(land.router, ends[0].place, begun, season)
    told = itinerary_json(itinerary(router, land.picture, ends, asked))
    if as_json:
        click.echo(json.dumps(told))
    else:
        _print(told)


def _print(told: Json) -> None:
    """The way as a table, then what else was asked, in words."""
    if told["seconds_p50"] is not None:
        Console().print(_arcs(told["explained"]["arcs"]) if "explained" in told else _roads(told["arcs"]))
        click.echo(_said(told))
    if "eta_range_s" in told:
        click.echo(_ranged(told))
    for risk in told["risks"]:
        click.echo(f"Risk: {risk}")
    if "explained" in told:
        click.echo(f"In all: {told['explained']['words']}")
    if "without_hazards" in told:
        click.echo(f"With and without hazards: {told['without_hazards']['words']}")
    if "why_not" in told:
        click.echo(f"Why not another way: {told['why_not']['words']}")
    if "alternatives" in told:
        _print_others(told)
    click.echo(ESTIMATES)


def _roads(arcs: list[Json]) -> Table:
    """Neighbouring arcs of one street, alike in all that is shown, are one row."""
    table = Table("road", "km", "min", "surface", "")
    for (name, surface, mark), row in groupby(arcs, key=_shown):
        street = list(row)
        metres, seconds = (sum(arc[what] for arc in street) for what in ("metres", "seconds"))
        table.add_row(name, _km(metres), f"{seconds / 60:.1f}", surface, mark)
    return table


def _shown(arc: Json) -> tuple[str, str, str]:
    """Road, surface, and what it passes through or rests on."""
    mark = [*arc.get("slow", ()), *arc.get("threats", ()), *(["estimated"] if arc["estimated"] else [])]
    return _name(arc), arc["surface"], ", ".join(mark)


def _arcs(pieces: list[Json]) -> Table:
    """Minutes dry by day, and what each cause adds; exposure is no time."""
    table = Table("road", "km", "dry, by day", "season", "night", "slowed", "in threats", "by what")
    for (name, causes), row in groupby(pieces, key=_caused):
        street = list(row)
        metres, base_s, *added = (sum(one[what] for one in street) for what in ("metres", "base_s", *_ADDED))
        table.add_row(name, _km(metres), f"{base_s / 60:.1f}", *map(_added, added), causes)
    return table


_ADDED = ("season_s", "night_s", "slow_s", "exposure_s")


def _caused(one: Json) -> tuple[str, str]:
    """Road, and the hazards that it passes through."""
    return _name(one), ", ".join([*one["slow"], *one["threats"]])


def _print_others(told: Json) -> None:
    if not told["alternatives"]:
        click.echo("No other way is really different.")
        return
    table = Table("other way", "km", "min", "in threats", "shared", "by")
    for number, one in enumerate(told["alternatives"], 2):
        roads = dict.fromkeys(_name(arc) for arc in sorted(one["arcs"], key=lambda arc: -arc["metres"]))
        by = ", ".join([name for name in roads if name != "-"][:3])
        share = f"{100 * one['shared']:.0f}%"
        table.add_row(
            str(number),
            _km(one["metres"]),
            f"{one['seconds_p50'] / 60:.0f}",
            _added(one["exposure_s"]),
            share,
            by,
        )
    Console().print(table)


def _name(arc: Json) -> str:
    return " ".join(part for part in (arc["ref"], arc["name"]) if part) or "-"


def _km(metres: float) -> str:
    return f"{metres / 1000:.1f}"


def _added(seconds: float) -> str:
    """Minutes, nothing for none."""
    return f"{seconds / 60:.1f}" if abs(seconds) >= 1.0 else ""


def _said(told: Json) -> str:
    """Length, time and exposure, each apart."""
    bound = f"nine times in ten within {minutes(told['seconds_p90'])}"
    exposed = f", {minutes(told['exposure_s'])} of it under threat" if told["exposure_s"] else ""
    guessed = ", part of it estimated" if told["estimated"] else ""
    return f"{_km(told['metres'])} km, {minutes(told['seconds_p50'])} ({bound}){exposed}{guessed}"


def _ranged(told: Json) -> str:
    """How vague the ends are and what that does to the time."""
    vague = [one for one in (told["from"], told["to"]) if one["uncertainty_m"] >= 1.0]
    where = " and ".join(
        f"{one['name'] or 'the grid'} (within {one['uncertainty_m'] / 1000:.1f} km)" for one in vague
    )
    skipped = f"; {told['eta_skipped']} of the points tried cannot be reached" if told["eta_skipped"] else ""
    low, high = (minutes(one) for one in told["eta_range_s"])
    return f"Between {low} and {high}, as {where} is known no better{skipped}"


def minutes(seconds: float) -> str:
    """Seconds as hours and minutes."""
    whole = round(seconds / 60)
    return f"{whole // 60} h {whole % 60:02} min" if whole >= 60 else f"{whole} min"

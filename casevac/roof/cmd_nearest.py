"""`casevac nearest`: the facilities that can treat a need, soonest first, and why the others cannot."""

import json
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table

from casevac import coordination
from casevac.coordination import Desk
from casevac.nearest import Near, Search, modes_in
from casevac.roof.cmd_route import ESTIMATES, minutes
from casevac.roof.doors import database_url
from casevac.settings import Settings
from casevac.store import missions, networks, placenames
from casevac.store.connection import connect
from casevac.terms import Capability
from casevac.told import near_json
from casevac.whereabouts import find


@click.command(context_settings={"ignore_unknown_options": True})  # a place west of Greenwich starts with -
@click.argument("place")
@click.option("--need", "needs", multiple=True, help="Capability it must have, as DCS; may be repeated.")
@click.option("-k", default=3, show_default=True, help="How many usable facilities with their routes.")
@click.option("--profile", default="ambulance", show_default=True, help="Vehicle profile.")
@click.option(
    "--modes", default="ground,air", show_default=True, help="By road, by air, or by whichever is sooner."
)
@click.option(
    "--come", is_flag=True, help="The mission's own free vehicles come; else one is with the patient."
)
@click.option("--mission", "mission_id", help="Which mission; default the latest opened.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def nearest(
    settings: Settings,
    place: str,
    needs: tuple[str, ...],
    k: int,
    profile: str,
    modes: str,
    come: bool,
    mission_id: str | None,
    as_json: bool,
) -> None:
    """The nearest capable facilities from PLACE (LON,LAT, a grid or a name), and why the others cannot."""
    wanted = [_capability(need) for need in needs]
    db = connect(database_url(settings))
    with db:
        mission = missions.mission(db, mission_id)
    desk = Desk(db, mission.id, datetime.now(UTC), "casevac nearest")
    picture = coordination.present(desk)
    router = networks.mission_router(settings.home, picture)
    beside_m = networks.farthest_from_road_m(router.roads)
    ground = placenames.ground(settings.home, mission.id, router.roads, beside_m)
    where = find(picture, place, ground)
    asked = Search(where.place, tuple(wanted), k, profile, modes_in(modes), with_patient=not come)
    found = coordination.nearest_capable(desk, router, asked)
    db.close()
    if as_json:
        click.echo(json.dumps([near_json(near) for near in found]))
        return
    table = Table("facility", "level", "arrival", "nine in ten within", "km", "by", "", "why not")
    for near in found:
        table.add_row(*_row(near))
    Console().print(table)
    click.echo(ESTIMATES)


def _capability(word: str) -> Capability:
    known = {str(one): one for one in Capability}
    if word.upper() not in known:
        raise click.BadParameter(f"{word!r} is no capability; known: {', '.join(known)}", param_hint="--need")
    return known[word.upper()]


def _row(near: Near) -> tuple[str, ...]:
    card = near.facility.card
    if near.seconds_p50 is None or near.seconds_p90 is None or near.metres is None:
        return card.name, card.level, "-", "-", "-", "", "", "; ".join(near.reasons)
    times = minutes(near.seconds_p50), minutes(near.seconds_p90), f"{near.metres / 1000:.0f}"
    guessed = "≈ estimated" if near.estimated else ""
    by = near.mode.value if near.mode is not None else ""
    return card.name, card.level, *times, by, guessed, "; ".join(near.reasons)

"""A coordinator's seat at the command line: the store, the mission, who acts; what happened as lines."""

import getpass
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from casevac import coordination
from casevac.coordination import Desk
from casevac.events import Event
from casevac.picture import Picture
from casevac.roof.doors import database_url
from casevac.settings import Settings
from casevac.store import missions, networks, placenames
from casevac.store.connection import connect, faults
from casevac.told import changed_json
from casevac.view import View
from casevac.whereabouts import BARE, Ground, find
from geo.routing import Router

DOOR = "shell"
Where = Callable[[str], tuple[float, float, float]]


@dataclass(frozen=True)
class Asked:
    """What every command may be given: for which mission, by whom, once under which key, printed how."""

    mission: str | None = None
    actor: str | None = None
    key: str | None = None
    as_json: bool = False


def _kept(ctx: click.Context, param: click.Parameter, value: object) -> object:
    if param.name is not None:
        ctx.meta[f"casevac.{param.name}"] = value
    return value


def _option(flag: str, name: str, said: str, *, is_flag: bool = False) -> click.Option:
    return click.Option([flag, name], expose_value=False, callback=_kept, help=said, is_flag=is_flag)


def reading() -> list[click.Parameter]:
    """The options of a command that only looks."""
    return [
        _option("--mission", "mission", "Which mission; default the latest opened."),
        _option("--json", "as_json", "Print JSON only.", is_flag=True),
    ]


def acting() -> list[click.Parameter]:
    """The options of a command that changes something."""
    return [
        _option("--actor", "actor", "Who acts; default the user of this machine."),
        _option("--key", "key", "The same command again under one key is done once."),
        *reading(),
    ]


def asked() -> Asked:
    """What the present command was given of these options."""
    meta = click.get_current_context().meta
    return Asked(**{name: meta.get(f"casevac.{name}") for name in ("mission", "actor", "key")},
                 as_json=bool(meta.get("casevac.as_json")))  # fmt: skip


@contextmanager
def seated(settings: Settings) -> Iterator[Desk]:
    """The desk of whoever calls the present command; raises StoreUnreachable, Unknown, PartFailed."""
    given = asked()
    db = connect(database_url(settings))
    try:
        with faults():
            with db:
                mission = missions.mission(db, given.mission)
            actor = (given.actor or _user()).strip()[:80] or "unknown"
            yield Desk(db, mission.id, datetime.now(UTC), actor, key=given.key, door=DOOR)
    finally:
        db.close()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name
        return "unknown"


def looked(settings: Settings) -> View:
    """The present picture with the latest positions."""
    with seated(settings) as desk:
        return coordination.looked_at(desk)


def router(settings: Settings, desk: Desk) -> Router:
    """The router of the desk's mission."""
    return networks.mission_router(settings.home, coordination.present(desk))


def place_of(settings: Settings, picture: Picture, *, spoken: bool) -> Where:
    """Where a text is, and within how many metres: coordinates, a grid, or a name; by radio a vague one."""
    within = picture.mission.profile.spoken_place_m if spoken else 0.0

    def found(text: str) -> tuple[float, float, float]:
        where = find(picture, text, _ground(settings, picture))
        return where.place.lon, where.place.lat, max(within, where.uncertainty_m)

    return found


def _ground(settings: Settings, picture: Picture) -> Ground:
    """The names of the land; those of the picture alone while the mission has no roads."""
    if picture.roads is None:
        return BARE
    roads = networks.mission_router(settings.home, picture).roads
    beside_m = networks.farthest_from_road_m(roads)
    return placenames.ground(settings.home, picture.mission.id, roads, beside_m)


def say(before: Picture, events: Sequence[Event], now: datetime) -> None:
    """Print what happened: one line an event, or with --json what changed."""
    if asked().as_json:
        return echo_json(changed_json(before, events, now))
    for event in events:
        click.echo(line(changed_json(before, [event], now)["events"][0]))
    return None


def line(told: Mapping[str, Any]) -> str:
    """One line of the log."""
    return f"{told['at']}  {told['text']}"


def echo_json(value: object) -> None:
    """Print JSON on one line."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))

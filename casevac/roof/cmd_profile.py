"""`casevac profile`: how fast each kind of vehicle is where; a mission adds its own, without code."""

import dataclasses
import json
from typing import Any, BinaryIO

import click

from casevac import coordination
from casevac.entities import Json
from casevac.errors import Unknown
from casevac.events import VehicleProfileAdded, house_event
from casevac.roof.seat import acting, asked, echo_json, looked, reading, seated
from casevac.roof.tables import facts, grid, show
from casevac.settings import Settings
from casevac.store import log
from casevac.store.networks import real_profiles
from casevac.terms import Source
from casevac.texts import check_kept
from geo.errors import BadProfile
from geo.profile import Profile, with_own

_LARGEST = 1_000_000  # bytes of a file
_LONGEST = 80  # letters of a name
EXAMPLE = """

\b
{"name": "quad", "like": "motorbike", "label": "Quad with a litter trailer",
 "speeds": {"secondary": 40, "tertiary": 35, "track": 20, "path": 12}}
"""

profile = click.Group(
    "profile",
    help="How fast each kind of vehicle is on which road, dry and wet; a mission adds its own.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@click.pass_obj
def _list(settings: Settings) -> None:
    known, own = _known(settings)
    rows = [_row(one, one.name in own) for _, one in sorted(known.items())]
    if asked().as_json:
        return echo_json(rows)
    return show(grid(("profile", "goes", "label", "whose"), [tuple(row.values()) for row in rows]))


@click.pass_obj
def _show(settings: Settings, /, name: str) -> None:
    known, own = _known(settings)
    if name not in known:
        raise Unknown(f"no vehicle profile {name[:40]!r}; use one of {', '.join(sorted(known))}")
    told = dataclasses.asdict(known[name]) | {"whose": _whose(name in own)}
    return echo_json(told) if asked().as_json else show(facts({k: v for k, v in told.items() if v}))


@click.pass_obj
def _add(settings: Settings, /, file: BinaryIO) -> None:
    own = _read(file)
    with seated(settings) as desk:
        known = real_profiles(coordination.present(desk).mission.profile)
        found = with_own(known, own)
        added = [one for name, one in found.items() if known.get(name) is not one]
        for one in added:
            _check_words(one)
        bodies = [VehicleProfileAdded(one.name, dataclasses.asdict(one)) for one in added]
        events = [house_event(desk.mission, body, desk.now, desk.actor, Source.IMPORT) for body in bodies]
        with desk.db:
            log.append(desk.db, events)
        for one in added:
            click.echo(f"Mission {desk.mission} has the vehicle profile {one.name}: --profile {one.name}")


def _read(file: BinaryIO) -> list[dict[str, Any]]:
    """One JSON object, a list of them, or {"profiles": [...]}; raises BadProfile."""
    try:
        told = json.loads(file.read(_LARGEST))
    except (ValueError, RecursionError) as fault:
        raise BadProfile(f"the file is no JSON: {fault}") from fault
    if isinstance(told, dict):
        told = told.get("profiles", [told])
    if not isinstance(told, list) or not told or not all(isinstance(one, dict) for one in told):
        raise BadProfile("the file has no vehicle profile; give one JSON object, or a list of them")
    check_kept(told)
    return told


def _check_words(one: Profile) -> None:
    """Raises BadProfile for a name or label that no list could show."""
    for text, least in ((one.name, 1), (one.label, 0)):
        if not isinstance(text, str) or not least <= len(text) <= _LONGEST or not text.isprintable():
            raise BadProfile(f"a name and a label are up to {_LONGEST} letters on one line, not {text!r:.60}")


def _known(settings: Settings) -> tuple[dict[str, Profile], frozenset[str]]:
    """The profiles of the mission, and the names of those that are its own."""
    mission = looked(settings).profile
    return real_profiles(mission), frozenset(str(one.get("name")) for one in mission.vehicles)


def _row(one: Profile, mine: bool) -> Json:
    return {"name": one.name, "kind": one.kind, "label": one.label, "whose": _whose(mine)}


def _whose(mine: bool) -> str:
    return "the mission's own" if mine else "shipped"


_NAME = click.Argument(["name"], metavar="PROFILE")
_FILE = click.Argument(["file"], type=click.File("rb"))
for _command in (
    click.Command("list", params=reading(), callback=_list, help="List the vehicle profiles of the mission."),
    click.Command("show", params=[_NAME, *reading()], callback=_show, help="Everything of one profile."),
    click.Command(
        "add",
        params=[_FILE, *acting()],
        callback=_add,
        help="Add the vehicle profiles in FILE (JSON; - is standard input) to the mission, or replace one."
        f" `like` takes over all that is not said from another profile. As:{EXAMPLE}",
        short_help="Add a vehicle profile of the mission's own.",
    ),
):
    profile.add_command(_command)

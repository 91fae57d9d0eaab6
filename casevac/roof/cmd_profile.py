"""`casevac profile`: how fast each kind of vehicle is where; a mission adds its own, without code."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Any, BinaryIO

import click
from msgspec.structs import replace

from casevac import coordination
from casevac.coordination import Desk
from casevac.errors import NotPossible, Unknown
from casevac.events import VehicleProfileAdded, house_event
from casevac.roof.seat import acting, asked, echo_json, looked, reading, seated
from casevac.roof.tables import facts, grid, show
from casevac.settings import Settings
from casevac.store import log
from casevac.store.networks import own_names, real_profiles
from casevac.terms import Source
from casevac.texts import check_kept
from casevac.told import profiles_json
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
    rows = profiles_json(known, own)
    if asked().as_json:
        return echo_json(rows)
    shown = [(row["name"], row["kind"], row["label"], _WHOSE[row["source"]]) for row in rows]
    return show(grid(("profile", "goes", "label", "whose"), shown))


@click.pass_obj
def _show(settings: Settings, /, name: str) -> None:
    known, own = _known(settings)
    if name not in known:
        raise Unknown(f"no vehicle profile {name[:40]!r}; use one of {', '.join(sorted(known))}")
    told = dataclasses.asdict(known[name]) | {"source": "mission" if name in own else "shipped"}
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
        _store(desk, bodies)
        for one in added:
            click.echo(f"Mission {desk.mission} has the vehicle profile {one.name}: --profile {one.name}")


@click.pass_obj
def _remove(settings: Settings, /, name: str) -> None:
    with seated(settings) as desk:
        picture = coordination.present(desk)
        mission = picture.mission.profile
        if name not in own_names(mission):
            mine = ", ".join(sorted(own_names(mission))) or "none"
            raise Unknown(f"the mission has no vehicle profile {name[:40]!r} of its own ({mine})")
        rest = tuple(one for one in mission.vehicles if one.get("name") != name)
        left = real_profiles(replace(mission, vehicles=rest))  # raises where another is like this one
        cards = [one.card for one in picture.vehicles.values() if one.registered is not None]
        using = sorted(card.id for card in cards if card.profile == name)
        if using and name not in left:
            raise NotPossible(
                f"{', '.join(using)} goes by the profile {name}; register it with another first"
            )
        _store(desk, [VehicleProfileAdded(name, {})])
        click.echo(f"Mission {desk.mission} has no vehicle profile {name} of its own any more")


def _store(desk: Desk, bodies: Sequence[VehicleProfileAdded]) -> None:
    events = [house_event(desk.mission, body, desk.now, desk.actor, Source.IMPORT) for body in bodies]
    with desk.db:
        log.append(desk.db, events)


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
    return real_profiles(mission), own_names(mission)


_WHOSE = {"mission": "the mission's own", "shipped": "shipped"}
_NAME = click.Argument(["name"], metavar="PROFILE")
_FILE = click.Argument(["file"], type=click.File("rb"))
for _command in (
    click.Command("list", params=reading(), callback=_list, help="List the vehicle profiles of the mission."),
    click.Command(
        "remove",
        params=[_NAME, *acting()],
        callback=_remove,
        help="Take back a vehicle profile of the mission's own; a shipped one of that name counts again.",
    ),
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

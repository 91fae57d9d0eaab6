"""The commands of a coordinator, made from the table of duties: one group a noun, one command a verb."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import click
from rich.console import RenderableType

from casevac import coordination
from casevac.coordination import Desk
from casevac.duties import DUTIES, PLURALS, Duty
from casevac.entities import Json
from casevac.errors import CasevacError
from casevac.events import Event
from casevac.picture import Picture, fold
from casevac.preview import off_roads
from casevac.roof import fields, outcome
from casevac.roof.boards import SHOWN
from casevac.roof.seat import acting, asked, echo_json, looked, place_of, reading, router, say, seated
from casevac.roof.tables import facts, rows, show
from casevac.roof.times import instant_of
from casevac.settings import Settings
from casevac.terms import Source
from casevac.told import all_json, one_json
from casevac.view import View
from geo.errors import GeoError
from geo.roads import Roads

Draw = Callable[[Json], RenderableType]
Read = Callable[..., Json]


def group(noun: str, summary: str, entities: str | None = None) -> click.Group:
    """The group of a noun: list and show of its entities, and every verb of the table."""
    made = click.Group(noun, help=summary, context_settings={"help_option_names": ["-h", "--help"]})
    if entities is not None:
        made.add_command(_list(entities))
        made.add_command(_show(entities))
    for duty in DUTIES:
        if duty.shell_noun == noun:
            made.add_command(_verb(duty))
    return made


def _list(entities: str) -> click.Command:
    @click.pass_obj
    def run(settings: Settings) -> None:
        found = all_json(looked(settings), entities)
        if asked().as_json:
            return echo_json(found)
        return show(rows(entities, found))

    return click.Command("list", params=reading(), callback=run, help=f"List the {entities}.")


def _show(entities: str) -> click.Command:
    def read(view: View, key: str) -> Json:
        return one_json(view, entities, key)

    return reads("show", f"Everything of one of the {entities}.", read, draw=SHOWN.get(entities, facts))


def reads(
    name: str,
    summary: str,
    read: Callable[..., Json],
    *more: click.Parameter,
    words: str = "",
    draw: Draw = facts,
) -> click.Command:
    """A command that shows one thing by its id; `words` is the part of it that is text to read aloud."""

    @click.pass_obj
    def run(settings: Settings, /, key: str, **given: object) -> None:
        found = read(looked(settings), key, **given)
        if asked().as_json:
            return echo_json(found)
        return click.echo(found[words]) if words else show(draw(found))

    argument = click.Argument(["key"], metavar="ID")
    return click.Command(name, params=[argument, *more, *reading()], callback=run, help=summary)


def _verb(duty: Duty) -> click.Command:
    named = click.Argument(["id_"], metavar=_metavar(duty), required=not duty.opens)
    at = click.Option(["--at", "at_"], help="When it happened: ISO 8601 or HH:MM, UTC; default now.")
    params = [*([named] if duty.field else []), *fields.options(duty), at, *acting()]
    return click.Command(
        duty.verb,
        params=params,
        callback=_telling(duty),
        help=f"{duty.summary}\n\nExample:\n\n\b\n{fields.example(duty)}",
        short_help=duty.summary,
    )


def _metavar(duty: Duty) -> str:
    word = next((noun for noun in PLURALS if duty.field in (noun, "kept", "asset", "id")), duty.field)
    return (duty.noun if duty.field in ("kept", "asset", "id") else word).upper()


def _telling(duty: Duty) -> Callable[..., None]:
    @click.pass_obj
    def run(settings: Settings, /, at_: str | None = None, id_: str | None = None, **given: object) -> None:
        told = duty.fields(id_, fields.collected(duty, given))
        at = heard(at_)
        with seated(settings) as desk:
            before = coordination.present(desk)
            told = duty.with_place(told, place_of(settings, before, spoken=bool(told.get("speaker"))))
            source = Source.VOICE if told.get("speaker") else desk.source
            roads = _roads(settings, desk, before, duty)
            events = coordination.tell(replace(desk, source=source), duty.kind, told, at, roads)
            tell_all(before, events, desk)
            _doubted(roads, before, events)

    return run


def _roads(settings: Settings, desk: Desk, before: Picture, duty: Duty) -> Roads | None:
    """The mission's roads where a hazard is told; a hazard is told whatever is wrong with them."""
    if before.roads is not None and duty.kind == "hazard_reported":
        with suppress(CasevacError, GeoError):
            return router(settings, desk).roads
    return None


def _doubted(roads: Roads | None, before: Picture, events: Sequence[Event]) -> None:
    """Say on the error stream when a hazard just told touches no road of the mission."""
    if roads is not None:
        for line in off_roads(fold(before, events), roads, events):
            click.echo(line, err=True)


def tell_all(before: Picture, events: Sequence[Event], desk: Desk) -> None:
    """Print what happened and what it brought about; with --json what changed."""
    say(before, events, desk.now)
    if outcome.tells_more(events) and not asked().as_json:
        for line in outcome.lines(coordination.looked_at(replace(desk, known=None)), events):
            click.echo(line)


def heard(text: str | None) -> datetime | None:
    """When something happened, as --at has it; None: now."""
    try:
        return instant_of(text) if text else None
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint="--at") from fault

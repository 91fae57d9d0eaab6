"""`casevac plan show|approve|frontier`: what the planner proposes, and the lines that a person approves."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from casevac import approving, coordination
from casevac.errors import BadSetting, NotPossible
from casevac.proposal import Figures, Line, Point, Proposal
from casevac.roof.home import Home
from casevac.roof.seat import asked, echo_json, reading, router, say, seated
from casevac.roof.state import current
from casevac.roof.tables import show
from casevac.settings import Settings
from casevac.store import plans
from casevac.store.plans import Standing
from casevac.words import clock_time
from maps.plan import approved_json, told

LINE = "L-"


def made(plan: click.Group) -> Iterator[click.Command]:
    """The commands; `show` and `approve` of a chain stay what they are."""
    yield _show(plan.commands["show"])
    yield _approve(plan.commands["approve"])
    yield click.Command(
        "frontier",
        params=reading(),
        callback=_frontier,
        help="What each policy would make of the present picture; curves rank plans, they predict nothing.",
    )


def _show(of_chain: click.Command) -> click.Command:
    @click.pass_context
    def run(ctx: click.Context, /, key: str | None) -> None:
        if key is not None:
            ctx.invoke(_called(of_chain), key=key)
            return
        _shown(ctx.obj)

    argument = click.Argument(["key"], metavar="[CHAIN]", required=False)
    return click.Command(
        "show", params=[argument, *reading()], callback=run,
        help="The plan of the mission, line by line; with CHAIN everything of that chain.",
    )  # fmt: skip


def _called(command: click.Command) -> Any:  # noqa: ANN401  click types a callback so
    if command.callback is None:
        raise BadSetting(f"{command.name} does nothing")
    return command.callback


def _shown(settings: Settings) -> None:
    now, found, mission = _read(settings)
    state = told(now, current(Home(settings.home)).get("parts", {}), mission)
    if asked().as_json:
        return echo_json({**state, "proposal": None if found is None else msgspec.to_builtins(found)})
    for word in state["why"]:
        click.echo(word, err=True)
    return show(*(_lines(found) if found is not None else ["no plan yet"]))


def _read(settings: Settings) -> tuple[Standing | None, Proposal | None, str]:
    with seated(settings) as desk, desk.db:
        return plans.standing(desk.db, desk.mission), plans.latest(desk.db, desk.mission), desk.mission


def _lines(found: Proposal) -> Iterator[str]:
    rule = found.policy
    by = f", chosen by {rule.by}" if rule.by else ""
    yield f"Plan {found.plan} of {clock_time(found.as_of)}, policy {rule.name} {rule.version}{by}"
    yield rule.words
    yield _in_numbers(found.figures)
    yield from (f"! {word}" for word in found.troubles)
    for line in found.lines:
        yield from _line(line)
    for one in found.left:
        yield f"stays: {one.casualty} ({one.category.value}): {one.why}"
    yield from (f"would help: {one.words}" for one in found.helps)
    yield from (f"locked: {one.words}" for one in found.locks)
    yield found.note
    ready = [line.id for line in found.lines if line.can_approve]
    if ready:
        yield f"approve: casevac plan approve {' '.join(ready)}"


def _line(line: Line) -> Iterator[str]:
    yield f"{line.id}  {line.summary}  [{line.state}]"
    yield from (f"   + {word}" for word in line.reasons)
    yield from (f"   ! {word}" for word in line.risks)
    for other in line.alternatives:
        yield f"   or {other.summary}: {'; '.join(other.words)}"
    if line.why_not:
        yield f"   not now: {line.why_not}"


def _in_numbers(told: Figures) -> str:
    gap = "" if told.gap is None else f", at most {told.gap:.1%} above the least possible cost"
    deaths = "" if told.deaths is None else f", {told.deaths:.1f} expected deaths"
    brought = f"{told.planned} of {told.casualties} brought in"
    surgery = f"surgery in time {told.surgery_in_time} of {told.surgical}"
    return f"{brought}; {surgery}, of the most urgent {told.p1_in_time} of {told.p1}{deaths}{gap}"


@click.pass_obj
def _frontier(settings: Settings) -> None:
    _, found, _ = _read(settings)
    points: Sequence[Point] = () if found is None else found.frontier
    if asked().as_json:
        return echo_json([msgspec.to_builtins(one) for one in points])
    lines = [line for one in points for line in _point(one)]
    return show(*(lines or ["no plan yet"]), *([] if found is None else [found.note]))


def _point(one: Point) -> Iterator[str]:
    yield f"{'* ' if one.chosen else '  '}{one.policy}: {one.words}"
    yield f"     {_in_numbers(replace_gap(one.figures))}"
    if one.changes:
        yield f"     against the policy that holds: {'; '.join(one.changes)}"


def replace_gap(told: Figures) -> Figures:
    """The figures without a gap: costs of different policies are not to be compared."""
    return msgspec.structs.replace(told, gap=None)


# --- approve


def _approve(of_chain: click.Command) -> click.Command:
    """One command: lines of the plan by their ids, or the launch of a chain by an authority."""

    @click.pass_context
    def run(ctx: click.Context, /, id_: tuple[str, ...], **given: object) -> None:
        if all(one.upper().startswith(LINE) for one in id_):
            _approved(ctx.obj, [one.upper() for one in id_])
            return
        if len(id_) != 1 or not given.get("authority"):
            raise click.UsageError("approve lines of the plan (L-...), or one chain with --authority WHO")
        ctx.invoke(_called(of_chain), id_=id_[0], **given)

    argument = click.Argument(["id_"], nargs=-1, required=True, metavar="LINE... | CHAIN")
    options = [_optional(one) for one in of_chain.params if one.name != "id_"]
    return click.Command(
        "approve", params=[argument, *options], callback=run,
        help="Task the vehicles of these lines of the plan; or, with --authority, let a chain go.\n\n"
        + (of_chain.help or ""),
    )  # fmt: skip


def _optional(one: click.Parameter) -> click.Parameter:
    one.required = False
    return one


def _approved(settings: Settings, lines: Sequence[str]) -> None:
    with seated(settings) as desk:
        before = coordination.present(desk)
        with desk.db:
            latest = plans.latest(desk.db, desk.mission)
        if latest is None:
            raise NotPossible("there is no plan of this mission yet; ask for options of a request")
        now = replace(desk, now=datetime.now(UTC))
        done, not_done = approving.approve(now, router(settings, desk), latest.plan, lines)
        if asked().as_json:
            return echo_json(approved_json(done, not_done))
        for one in done:
            say(before, one.events, now.now)
        for no in not_done:
            click.echo(f"{no.line}: {no.fault}", err=True)
    return None

"""`casevac plan`: the plan of the mission, options for a request, the choice of one, divert; who may go."""

from collections.abc import Sequence

import click

from casevac import coordination
from casevac.coordination import Desk
from casevac.errors import Unknown
from casevac.events import ChainPlanned, Event, OptionsComputed
from casevac.roof import outcome
from casevac.roof.plan_commands import made
from casevac.roof.seat import acting, asked, echo_json, reading, router, seated
from casevac.roof.tables import show
from casevac.roof.tellings import group, tell_all
from casevac.settings import Settings
from casevac.store import finding
from casevac.told import options_json

plan = group("plan", "The plan, and rescue chains: options, choice, approval, divert.", "chains")
NONE_FOUND = "no option: see why each vehicle and facility was refused"


@click.pass_obj
def _options(settings: Settings, request: str) -> None:
    with seated(settings) as desk:
        event = coordination.options(desk, router(settings, desk), request)
    tell_options(coordination.computed(event))


def tell_options(decision: OptionsComputed) -> None:
    """Print a decision: its options with reasons, and what was refused."""
    if asked().as_json:
        return echo_json(options_json(decision))
    words = [line for one in decision.options for line in outcome.block(one)]
    if decision.refused:
        words += ["refused:", *(f"   {no.what}: {no.why}" for no in decision.refused)]
    show(*words, *(f"advice: {word}" for word in decision.advice))
    return click.echo(_next(decision))


def _next(decision: OptionsComputed) -> str:
    """What to type next."""
    if not decision.options:
        return NONE_FOUND
    best = decision.options[0]
    what = f"choose {decision.decision} {best.id}"
    if decision.replaces:
        what = f"divert {decision.replaces} --facility {best.facility} --reason WHY"
    return f"Decision {decision.decision}: casevac plan {what}"


@click.pass_obj
def _choose(settings: Settings, decision: str, option: str) -> None:
    with seated(settings) as desk:
        before = coordination.present(desk)
        ways = router(settings, desk)
        events = coordination.task(desk, decision, option, ways)
        tell_all(before, events, desk)
        _tell_chosen(desk, events)


@click.pass_obj
def _divert_options(settings: Settings, chain: str) -> None:
    with seated(settings) as desk:
        event = coordination.divert_options(desk, router(settings, desk), chain)
    tell_options(coordination.computed(event))


@click.pass_obj
def _divert(settings: Settings, chain: str, facility: str | None, reason: str) -> None:
    with seated(settings) as desk:
        before = coordination.present(desk)
        events = coordination.divert(desk, router(settings, desk), chain, facility, reason)
        tell_all(before, events, desk)
        _tell_chosen(desk, events)


def _tell_chosen(desk: Desk, events: Sequence[Event]) -> None:
    """Print what the plan promises: arrival, verdict, warnings."""
    if asked().as_json:
        return
    for event in events:
        if isinstance(event.body, ChainPlanned):
            found = finding.decision(desk.db, desk.mission, event.body.decision)
            for line in outcome.chosen(events, found[1] if found else None):
                click.echo(line)


@click.pass_obj
def _explain(settings: Settings, decision: str) -> None:
    with seated(settings) as desk:
        found = finding.decision(desk.db, desk.mission, decision)
    if found is None:
        raise Unknown(f"no decision {decision!r} in this mission; ask for options first")
    tell_options(found[1])


def options_command(name: str) -> click.Command:
    """The command that asks for options."""
    return click.Command(
        name,
        params=[click.Argument(["request"]), *acting()],
        callback=_options,
        help="Ranked answers to REQUEST, each with its reasons; recorded with all they rest on.",
    )


plan.add_command(options_command("options"))
plan.add_command(
    click.Command(
        "choose",
        params=[click.Argument(["decision"]), click.Argument(["option"]), *acting()],
        callback=_choose,
        help="Task the vehicles of OPTION of DECISION.",
    )
)
plan.add_command(
    click.Command(
        "divert-options",
        params=[click.Argument(["chain"]), *acting()],
        callback=_divert_options,
        help="Where CHAIN could go instead, from where its casualties are now.",
    )
)
plan.add_command(
    click.Command(
        "divert",
        params=[
            click.Argument(["chain"]),
            click.Option(["--facility"], help="Default: the best other one."),
            click.Option(["--reason"], required=True),
            *acting(),
        ],
        callback=_divert,
        help="Take CHAIN elsewhere: a new chain takes over, what ran for the old one ends.",
    )
)
plan.add_command(
    click.Command(
        "explain",
        params=[click.Argument(["decision"]), *reading()],
        callback=_explain,
        help="What DECISION showed: every option and refusal with its reasons.",
    )
)

for command in made(plan):
    plan.add_command(command)

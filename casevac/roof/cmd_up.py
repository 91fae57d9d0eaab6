"""`casevac up`: start the whole system and keep it running, here or in the background."""

import subprocess
import time
from dataclasses import replace

import click

from casevac.errors import PartFailed
from casevac.roof import figures, ours, outside
from casevac.roof.home import Home
from casevac.roof.journal import Journal
from casevac.roof.lock import Lock, holder
from casevac.roof.orphans import end_orphans
from casevac.roof.plan import decide
from casevac.roof.process import last_line
from casevac.roof.state import GOOD, all_ready, current
from casevac.roof.supervise import Supervisor
from casevac.settings import MISSIONS, MOST_INGESTS, Settings

_HOPELESS = 6  # starts without being ready: one more than after which the supervisor itself says why


@click.command()
@click.option("--detach", is_flag=True, help="Return when every part is ready; the system runs on.")
@click.option(
    "--mission", type=click.Choice(MISSIONS), help="The demo is loaded into an empty home unless 'none'."
)
@click.option(
    "--ingest",
    type=click.IntRange(1, MOST_INGESTS),
    help="How many processes store what comes from the field; default 1.",
)
@click.option("--lan", is_flag=True, help="Open HTTPS and MQTT over TLS to other machines.")
@click.option("--name", "names", multiple=True, help="With --lan: a further name of this machine there.")
@click.option(
    "--plain",
    multiple=True,
    metavar="DOOR=ADDRESS[:PORT]",
    help="Open http or mqtt without encryption at one address of this machine; dangerous.",
)
@click.option("--patience", default=180.0, metavar="SECONDS", help="With --detach: how long to wait.")
@click.pass_obj
def up(
    settings: Settings,
    detach: bool,
    mission: str | None,
    ingest: int | None,
    lan: bool,
    names: tuple[str, ...],
    plain: tuple[str, ...],
    patience: float,
) -> None:
    """Start the database, the broker and every part, and restart each that dies.

    Everything listens on this machine only, unless --lan or --plain say otherwise, and is kept in
    CASEVAC_HOME. Ctrl-C (or 'casevac down') stops every part cleanly.
    """
    settings = replace(
        settings,
        mission=mission or settings.mission,
        ingest=ingest or settings.ingest,
        lan=lan or settings.lan,
        names=names or settings.names,
        plain=plain or settings.plain,
    )
    home = Home(settings.home)
    home.prepare()
    if detach:
        _detached(home, settings, patience)
    else:
        _foreground(home, settings)


def _foreground(home: Home, settings: Settings) -> None:
    with Lock(home) as lock:
        if not lock.take():
            click.echo(f"Casevac is running already: {current(home)['url'] or 'it is still starting'}")
            _echo([*outside.doors(outside.remembered(home)), *outside.unheard(home, settings)])
            return
        home.parts.unlink(missing_ok=True)
        figures.forget(home)
        journal = Journal(home.log_file("up"))
        if end_orphans(home):  # first, since they hold the ports
            journal.say("Ended the parts that an earlier start left behind.")
        plan = decide(settings, home)
        journal.say(f"Casevac starts in {home.path} (mission: {plan.mission})")
        outside.remember(home, plan.outside)
        for line in (*plan.moved(), *outside.told(home, plan.outside), *plan.tak_clients()):
            journal.say(line)
        Supervisor(plan, journal).run()


def _detached(home: Home, settings: Settings, patience_s: float) -> None:
    log = home.log_file("up")
    start = log.stat().st_size if log.exists() else 0
    child = None if holder(home) is not None else _spawn(home, settings)
    deadline = time.monotonic() + patience_s
    while not all_ready(state := current(home)):
        if child is not None and child.poll() is not None:
            why = last_line(log, start).removeprefix("casevac: ")
            raise PartFailed(why or f"Casevac did not start (see {log})")
        lame = [name for name, part in state["parts"].items() if part["state"] not in GOOD]
        tired = time.monotonic() > deadline
        if tired or any(state["parts"][name]["restarts"] >= _HOPELESS for name in lame):
            names = " and ".join(lame) or "Casevac"
            raise PartFailed(
                f"{names}: not ready, the rest runs on. See {home.log}; 'casevac down' stops it."
            )
        time.sleep(0.1)
    click.echo(f"Casevac runs. Live map: {state['url']}")
    _echo([*outside.told(home, outside.remembered(home)), *outside.unheard(home, settings)])


def _echo(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)


def _spawn(home: Home, settings: Settings) -> "subprocess.Popen[bytes]":
    """Start `casevac up` in a session of its own that holds none of our descriptors."""
    mission = ["--mission", settings.mission] if settings.mission else []
    with home.log_file("up").open("ab") as log:
        return subprocess.Popen(
            ours.argv("up", *mission),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # what it says is in the log already
            stderr=log,
            start_new_session=True,
            close_fds=True,
            cwd=ours.ROOT,
            env=ours.environment(
                {
                    "CASEVAC_HOME": str(home.path),
                    "CASEVAC_INGEST": str(settings.ingest),
                    **outside.wished(settings),
                }
            ),
        )

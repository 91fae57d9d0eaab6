"""`casevac device check`: watches a device and says line by line what it does right and wrong."""

import json
import time
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from casevac.roof.doors import database_url, opened
from casevac.roof.home import Home
from casevac.settings import Settings
from casevac.store import missions
from casevac.store.connection import connect
from tracker.check import PATIENCE_S, SETTLED_S, Finding, Verdict
from tracker.checking import Checking

_SIGNS = {Verdict.GOOD: "ok   ", Verdict.WRONG: "WRONG", Verdict.NOTE: "note ", Verdict.UNSEEN: "?    "}
_LOOK_S = 0.5


@click.command()
@click.argument("name")
@click.option("--seconds", default=60.0, show_default=True, help="How long to watch at most.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
@click.pass_context
def check(ctx: click.Context, settings: Settings, name: str, seconds: float, as_json: bool) -> None:
    """Watch device NAME while it runs: credentials, topic, numbering, clock, receipts, resend.

    Its receipts are held back for some seconds, to see whether it sends again what it has no receipt for;
    everything is stored meanwhile. Ends as soon as all is judged. Exit code 1 when something is wrong.
    """
    db = connect(database_url(settings), autocommit=True)
    checking = Checking(name, opened(settings, "casevac-check").mqtt_url or "", missions.enrolments(db))
    checking.open()
    logins = _Logins(Home(settings.home).log_file("broker"), name)
    if not as_json:
        click.echo(f"Watching {name} for at most {seconds:.0f} s", err=True)
    told: dict[str, Finding] = {}
    held: datetime | None = None
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            time.sleep(_LOOK_S)
            checking.logins(refused=logins.refused(), connected=logins.connected())
            now = datetime.now(UTC)
            if held is None and checking.numbered():
                held = now + timedelta(seconds=PATIENCE_S + 1)
                missions.withhold(db, name, held)
                checking.withheld(now + timedelta(seconds=1.5), held)  # ingest looks once a second
            found = checking.findings()
            if not as_json:
                _tell_new(found, told)
            if held is not None and now > held + timedelta(seconds=3 * SETTLED_S):
                break
    finally:
        missions.withhold(db, name, None)
        checking.close()
        db.close()
    _conclude(ctx, name, checking.findings(), as_json=as_json)


def _tell_new(found: list[Finding], told: dict[str, Finding]) -> None:
    """Print what is known now and was not, or is otherwise now."""
    for one in found:
        before = told.get(one.about)
        settled = one.verdict in (Verdict.WRONG, Verdict.GOOD)
        if settled and (before is None or before.verdict != one.verdict):
            told[one.about] = one
            click.echo(_line(one))


def _conclude(ctx: click.Context, name: str, found: list[Finding], *, as_json: bool) -> None:
    wrong = sum(one.verdict is Verdict.WRONG for one in found)
    if as_json:
        click.echo(json.dumps({"device": name, "wrong": wrong, "findings": [asdict(one) for one in found]}))
    else:
        click.echo(f"\n{name}: {'nothing wrong' if not wrong else f'{wrong} things wrong'}")
        for one in found:
            click.echo(_line(one))
    if wrong:
        ctx.exit(1)


def _line(one: Finding) -> str:
    return f"  {_SIGNS[one.verdict]} {one.about:12}{one.words}"


class _Logins:
    """What the embedded broker's log says of logins; of one's own broker nothing is known."""

    def __init__(self, log: Path, name: str) -> None:
        self._log, self._came, self._went = log, f" as {name} (", f"Client {name} "
        self._start = log.stat().st_size if log.exists() else 0

    def _lines(self, start: int) -> list[str]:
        with suppress(FileNotFoundError), self._log.open(errors="replace") as file:
            file.seek(start)
            return file.readlines()
        return []

    def refused(self) -> int:
        """Logins that were refused since we look; the broker does not say whose."""
        return sum("not authorised" in line for line in self._lines(self._start))

    def connected(self) -> bool:
        """True when the device is logged in, or was since we look."""
        last = [line for line in self._lines(0) if self._came in line or self._went in line][-1:]
        since = any(self._came in line for line in self._lines(self._start))
        return since or any(self._came in line for line in last)

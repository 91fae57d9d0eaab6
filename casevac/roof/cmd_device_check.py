"""`casevac device check`: watches devices and says line by line what they do right and wrong."""

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
from casevac.store.connection import Connection, connect
from tracker.check import PATIENCE_S, SETTLED_S, TAKES_UP_S, Finding, Verdict
from tracker.checking import Checking

_SIGNS = {Verdict.GOOD: "ok   ", Verdict.WRONG: "WRONG", Verdict.NOTE: "note ", Verdict.UNSEEN: "?    "}
_LOOK_S = 0.5
Report = dict[str, list[Finding]]


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--seconds", default=60.0, show_default=True, help="How long to watch at most.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
@click.pass_context
def check(
    ctx: click.Context, settings: Settings, names: tuple[str, ...], seconds: float, as_json: bool
) -> None:
    """Watch devices while they run: credentials, topic, numbering, clock, receipts, resend.

    Their receipts are held back for some seconds, to see whether they send again what has no receipt; all
    is stored meanwhile. Ends as soon as all is judged. Exit code 1 when something is wrong.
    """
    db = connect(database_url(settings), autocommit=True)
    mqtt_url = opened(settings, "casevac-check").mqtt_url or ""
    checking = Checking(names, mqtt_url, missions.enrolments(db))
    logins = [_Logins(Home(settings.home).log_file("broker"), name) for name in names]
    checking.open()
    try:
        report = _watched(_Watch(db, checking, logins), seconds, quiet=as_json)
    finally:
        for name in names:
            missions.withhold(db, name, None)
        checking.close()
        db.close()
    wrong = sum(one.verdict is Verdict.WRONG for found in report.values() for one in found)
    if as_json:
        told = {name: [asdict(one) for one in found] for name, found in report.items()}
        click.echo(json.dumps({"wrong": wrong, "devices": told}))
    else:
        _conclude(report)
    if wrong:
        ctx.exit(1)


class _Watch:
    """One look after the other; receipts of a device are held back once it has sent a number."""

    def __init__(self, db: Connection, checking: Checking, logins: "list[_Logins]") -> None:
        self._db, self._checking, self._logins = db, checking, logins
        self._held: dict[str, datetime] = {}
        self._began = datetime.now(UTC)

    def look(self) -> Report:
        """What can be said by now of each device."""
        for one in self._logins:
            self._checking.logins(one.name, refused=one.refused(), connected=one.connected(), came=one.came())
        for name in self._checking.numbered():
            if name not in self._held:
                self._hold_back(name)
        return {one.name: self._checking.findings(one.name) for one in self._logins}

    def done(self) -> bool:
        """True when nothing more will be learned of any device."""
        now = datetime.now(UTC)
        silent = self._began + timedelta(seconds=2 * PATIENCE_S)  # it numbers nothing, or is not there
        return all(
            now > self._held.get(one.name, silent) + timedelta(seconds=3 * SETTLED_S) for one in self._logins
        )

    def _hold_back(self, name: str) -> None:
        now = datetime.now(UTC)
        self._held[name] = now + timedelta(seconds=TAKES_UP_S + PATIENCE_S)
        missions.withhold(self._db, name, self._held[name])
        self._checking.withheld(name, now, self._held[name])


def _watched(watch: _Watch, seconds: float, *, quiet: bool) -> Report:
    """Look until all is judged or the time is over; tells each thing when it is first known."""
    if not quiet:
        click.echo(f"Watching for at most {seconds:.0f} s", err=True)
    end, told = time.monotonic() + seconds, set[tuple[str, str, Verdict]]()
    report = watch.look()
    while time.monotonic() < end and not watch.done():
        time.sleep(_LOOK_S)
        report = watch.look()
        for name, found in report.items() if not quiet else ():
            _tell_new(name, found, told)
    return report


def _tell_new(name: str, found: list[Finding], told: set[tuple[str, str, Verdict]]) -> None:
    for one in found:
        new = (name, one.about, one.verdict)
        if one.verdict in (Verdict.WRONG, Verdict.GOOD) and new not in told:
            told.add(new)
            click.echo(f"{name}{_line(one)}", err=True)


def _conclude(report: Report) -> None:
    for name, found in report.items():
        wrong = sum(one.verdict is Verdict.WRONG for one in found)
        click.echo(f"\n{name}: {f'{wrong} wrong' if wrong else 'nothing wrong'}")
        for one in found:
            click.echo(_line(one))


def _line(one: Finding) -> str:
    return f"  {_SIGNS[one.verdict]} {one.about:12}{one.words}"


class _Logins:
    """What the embedded broker's log says of logins; of one's own broker nothing is known."""

    def __init__(self, log: Path, name: str) -> None:
        self.name = name
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
        """True when the device is logged in."""
        last = [line for line in self._lines(0) if self._came in line or self._went in line][-1:]
        return any(self._came in line for line in last)

    def came(self) -> bool:
        """True when the device logged in since we look."""
        return any(self._came in line for line in self._lines(self._start))

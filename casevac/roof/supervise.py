"""The supervisor: starts every part in order, keeps each running, tells how they are, stops them."""

import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from casevac.errors import PartFailed
from casevac.roof import ours, outside
from casevac.roof.external import externals
from casevac.roof.files import write_json
from casevac.roof.home import Home
from casevac.roof.journal import Journal, bound
from casevac.roof.part import Part
from casevac.roof.parts import Command, rows
from casevac.roof.plan import Plan
from casevac.roof.process import Launch, end, last_line
from casevac.roof.watch import Watch

_TICK_S = 0.05
_LOGS_EVERY_S = 5.0
_SPARES_EVERY_S = 1.0  # one after the other: they are loaded beside the work
_GIVE_UP_AFTER = 5  # starts of a server that never got ready: then `up` itself fails
_PATIENCE_S = 600.0  # a database may have much to recover after a crash
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Runs one installation until it is told to stop. The caller holds the lock of the home."""

    def __init__(self, plan: Plan, journal: Journal) -> None:
        self._plan = plan
        self._home: Home = plan.home
        self._journal = journal
        self._stop = threading.Event()
        self._bell = _Bell()
        self._servers = [Watch(server, journal.say) for server in _servers(plan)]
        self._parts = _commands(plan)
        self._commands = [Watch(command, journal.say) for command in self._parts]
        self._externals = externals(plan.settings, journal.say)
        self._running: list[Watch] = []
        self._written: dict[str, Any] = {}
        self._logs_due = 0.0
        self._spares_due = 0.0
        self._renewal = ""
        self._began = time.monotonic()

    def run(self) -> None:
        """Start, keep, and on a signal stop everything; raises PartFailed when it cannot start."""
        with self._signals():
            try:
                self._start_servers()
                self._prepare()
                self._running += self._commands
                self._keep()
            finally:
                self._stop_all()

    def _start_servers(self) -> None:
        self._running += self._servers
        while not self._stop.is_set() and not all(watch.was_ready for watch in self._servers):
            self._tick()
            for watch in self._servers:
                check_start(watch, time.monotonic() - self._began, self._home.log_file(watch.part.name))

    def _prepare(self) -> None:
        """Migrate the store and load the demo, in a process of its own so that we stay small and quick."""
        if self._stop.is_set():
            return
        log = self._home.log_file("prepare")
        start = log.stat().st_size if log.exists() else 0
        self._journal.say("Preparing the store")
        environment = self._plan.environment("casevac-tool") | ours.mark(self._home, "prepare")
        child = Launch(ours.argv("prepare"), log=log, environment=environment, cwd=ours.ROOT).start()
        while child.poll() is None:
            if self._stop.is_set():
                end([psutil.Process(child.pid)], signal.SIGTERM, Command.patience_s)
                return
            self._tick()
        if child.returncode != 0:
            why = last_line(log, start).removeprefix("casevac: ")
            raise PartFailed(f"The store could not be prepared: {why} (see {log})")

    def _keep(self) -> None:
        told = False
        while not self._stop.is_set():
            self._tick()
            self._keep_spares()
            if not told and all(watch.was_ready for watch in self._running):
                told = True
                self._journal.say(
                    f"All parts are ready. Live map: {self._plan.url}  (Ctrl-C stops everything)"
                )

    def _keep_spares(self) -> None:
        """Have a spare of every part that is at work and has been for a while, one at a time."""
        now = time.monotonic()
        if now < self._spares_due:
            return
        for watch, part in zip(self._commands, self._parts, strict=True):
            with suppress(PartFailed, OSError):  # without one a start takes longer, no more
                if watch.calm(now) and part.keep_spare(now):
                    self._spares_due = now + _SPARES_EVERY_S
                    return

    def _tick(self) -> None:
        now = time.monotonic()
        for watch in self._running:
            watch.step(now)
            if watch.state == "restarting":  # what died just now starts before anything else is done
                watch.step(now)
        for external in self._externals:
            external.step(now)
        self._write_state()
        if now >= self._logs_due:
            self._logs_due = now + _LOGS_EVERY_S
            bound(self._home.log)
            self._renew()
        self._bell.wait(_TICK_S)

    def _renew(self) -> None:
        """Keep the certificate of the doors good; when that fails it has a month to go, so we live on."""
        fault = ""
        try:
            self._plan.broker.refresh()
        except (OSError, PartFailed) as caught:
            fault = f"The certificate of the doors was not looked after: {caught}"
        if fault and fault != self._renewal:
            self._journal.say(fault)
        self._renewal = fault

    def _write_state(self) -> None:
        """Tell the state of every part, when it has changed; a full disk does not stop us."""
        state = {"supervisor": os.getpid(), "url": self._plan.url, "parts": self._facts()}
        if state != self._written:
            with suppress(OSError):
                write_json(self._home.parts, state, durable=False)
                self._written = state

    def _facts(self) -> dict[str, Any]:
        theirs = {external.name: external.facts() for external in self._externals}
        return theirs | {watch.part.name: watch.facts() for watch in (*self._servers, *self._commands)}

    def _stop_all(self) -> None:
        """Stop the parts in the reverse of their start; what they hold is written first."""
        self._journal.say("Stopping")
        for part in self._parts:
            part.end_spare()
        for watch in reversed(self._running):
            watch.stop()
            self._write_state()
        for file in (self._home.parts, self._home.run / "broker.json", self._home.run / "database.json"):
            file.unlink(missing_ok=True)
        outside.forget(self._home)
        self._journal.say("Stopped")

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Turn the stop signals into an orderly stop for the length of a block, and hear of dead children."""

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            self._stop.set()

        before = {number: signal.signal(number, on_signal) for number in _STOP_SIGNALS}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            with self._bell:
                yield
        finally:
            for number, former in before.items():
                signal.signal(number, former)


class _Bell:
    """Rung by every signal that has a handler, inside the block; so a dead child is seen at once."""

    def __enter__(self) -> None:
        self._heard, self._rung = os.pipe()
        os.set_blocking(self._rung, False)
        self._before = signal.set_wakeup_fd(self._rung, warn_on_full_buffer=False)

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._before)
        os.close(self._heard)
        os.close(self._rung)

    def wait(self, seconds: float) -> None:
        """Return when a signal comes or came since the last time, at the latest after `seconds`."""
        if select.select([self._heard], [], [], seconds)[0]:
            os.read(self._heard, 4096)


def check_start(watch: Watch, waited_s: float, log: Path) -> None:
    """Raise PartFailed once it is plain that a server will not start: its reason, the last line of `log`.

    One early exit is no such thing: it is started again, a few times.
    """
    hopeless = watch.state == "starting" and watch.fault
    slow = waited_s > _PATIENCE_S
    if not watch.was_ready and (hopeless or slow or watch.restarts >= _GIVE_UP_AFTER):
        why = watch.fault.rstrip(".") or f"not ready after {_PATIENCE_S:.0f} s"
        raise PartFailed(f"The {watch.part.name} does not start: {why}; {last_line(log)} (see {log})")


def _servers(plan: Plan) -> list[Part]:
    """The embedded servers: those for which the user names none of his own."""
    wanted: list[tuple[str | None, Part]] = [
        (plan.settings.database_url, plan.cluster),
        (plan.settings.mqtt_url, plan.broker),
    ]
    return [part for theirs, part in wanted if theirs is None]


def _commands(plan: Plan) -> list[Command]:
    """Our own commands that run as parts."""
    return [
        Command(plan.home, row, partial(plan.environment, row.mqtt_user), plan.http_port)
        for row in rows(plan.mission, plan.settings.ingest)
    ]

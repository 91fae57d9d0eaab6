"""How a part runs: logs to standard error, stops on SIGTERM, tells the supervisor that it is at work."""

import logging
import signal
import sys
from collections.abc import Callable
from typing import Protocol

from casevac.roof.home import Home
from casevac.roof.parts import announcer
from casevac.settings import Settings


class Running(Protocol):
    """What every part offers."""

    def run(self, ready: Callable[[], None]) -> None:
        """Work until `stop`, calling `ready` every second while at work (the part with a port: once)."""

    def stop(self) -> None:
        """Make `run` return."""


def log_to_stderr(settings: Settings) -> None:
    """One line an entry, in UTC."""
    logging.basicConfig(
        stream=sys.stderr,
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )


def run_part(settings: Settings, name: str, part: Running) -> None:
    """Run a part until SIGTERM or SIGINT."""
    log_to_stderr(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: part.stop())
    home = Home(settings.home)
    home.prepare()
    part.run(announcer(home, name))

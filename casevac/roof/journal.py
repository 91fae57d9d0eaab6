"""What the supervisor says, on the terminal and in its log; and the bound on every log."""

import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import click

LARGEST_LOG = 10 << 20  # bytes; one older file of the same size is kept beside it


class Journal:
    """Says a line to whoever watches, and keeps it with its time in `log`."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def say(self, line: str) -> None:
        """Show and keep one line; a closed terminal or a full disk stops nothing."""
        with suppress(OSError):
            click.echo(line)
        with suppress(OSError), self._log.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}\n")


def bound(directory: Path, largest: int = LARGEST_LOG) -> None:
    """Move the content of every log beyond `largest` bytes to NAME.log.1; its writers append on."""
    for log in directory.glob("*.log"):
        with suppress(OSError):
            if log.stat().st_size > largest:
                with suppress(OSError):  # no space for the copy: the room is needed the more
                    shutil.copyfile(log, log.with_name(log.name + ".1"))
                with log.open("r+b") as file:
                    file.truncate(0)

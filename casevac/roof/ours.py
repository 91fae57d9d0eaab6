"""Our own programs as child processes: their command line, their version, the mark to find them again by."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from casevac.roof.home import Home

ROOT = Path(__file__).resolve().parents[2]  # where `casevac` lies: children run the very same code
_PACKAGES = ("geo", "casevac", "tracker", "maps")
_OTHER = frozenset({"__pycache__", "static", "web"})  # folders without Python files: some are large
_MARK = "CASEVAC_PART"


def argv(*words: str) -> list[str]:
    """The command line of `casevac WORDS`, run by this very Python."""
    return [sys.executable, "-m", "casevac", *words]


def version(root: Path = ROOT) -> int:
    """A number that is another once any Python file of ours is: by names, sizes and times, a few ms."""
    told = []
    for package in _PACKAGES:
        for folder, inner, names in os.walk(root / package):
            inner[:] = sorted(one for one in inner if one not in _OTHER)
            for name in sorted(one for one in names if one.endswith(".py")):
                with suppress(OSError):  # it is being replaced: the next look sees it
                    there = (Path(folder) / name).stat()
                    told.append((folder, name, there.st_size, there.st_mtime_ns, there.st_ino))
    return hash(tuple(told))


def mark(home: Home, name: str) -> dict[str, str]:
    """The environment variable that marks a child as part `name` of `home`.

    It names the home by inode and survives what a process number does not: a lost state file, a
    changed clock, a number given to a stranger.
    """
    there = home.path.stat()
    return {_MARK: f"{name}@{there.st_dev}:{there.st_ino}"}


def marked(home: Home, name: str | None = None) -> Callable[[psutil.Process], bool]:
    """A test: does a process carry the mark of part `name` (None: of any part) of `home`?"""
    suffix = mark(home, "")[_MARK]

    def test(process: psutil.Process) -> bool:
        found = process.environ().get(_MARK, "")
        return found == f"{name}{suffix}" if name is not None else found.endswith(suffix)

    return test


def environment(settings: dict[str, str | None]) -> dict[str, str]:
    """The environment of a child: ours, with `settings` on top (None removes a variable)."""
    merged: dict[str, str | None] = {**os.environ, "PYTHONUNBUFFERED": "1", **settings}
    return {key: value for key, value in merged.items() if value is not None}

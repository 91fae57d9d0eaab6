"""Small files written whole or not at all."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from casevac.errors import PartFailed


def write_whole(
    path: Path, text: str, *, mode: int = 0o600, owner: tuple[int, int] | None = None, durable: bool = True
) -> None:
    """Replace `path` by `text` atomically and, if `durable`, for a power cut too; `owner` is (uid, gid)."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.new")
    scratch.unlink(missing_ok=True)
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            if owner is not None:
                os.fchown(file.fileno(), *owner)
            file.write(text)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        scratch.rename(path)
        if durable:
            _sync_directory(path.parent)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def _sync_directory(directory: Path) -> None:
    """Make a rename in `directory` outlive a power cut."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in `path`; {} when the file is absent or not an object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, content: dict[str, Any], *, durable: bool = True) -> None:
    """Replace `path` by `content` as JSON, atomically; not `durable`: what only a running system reads."""
    write_whole(path, json.dumps(content, indent=1) + "\n", durable=durable)


def make_directory(path: Path, owner: tuple[int, int] | None = None) -> None:
    """A private directory (mode 0700) at `path`; raises PartFailed in words when it cannot be made."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if owner is not None and path.stat().st_uid != owner[0]:
            os.chown(path, *owner)
    except OSError as fault:
        raise PartFailed(
            f"The directory {path} cannot be used: {fault.strerror}. Set CASEVAC_HOME."
        ) from fault


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, waiting for whoever holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

"""Unix sockets whose path is too long for the kernel, made reachable by a short one."""

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

from casevac.errors import PartFailed

LONGEST = 107  # bytes of sun_path, less the closing zero
_SHORT = Path("/tmp")  # noqa: S108  (every entry is lstat-checked to be ours before it is used)


def reachable(directory: Path, port: int) -> Path:
    """`directory`, or a short symbolic link to it when its PostgreSQL socket path exceeds 107 bytes."""
    if len(os.fsencode(directory / f".s.PGSQL.{port}")) <= LONGEST:
        return directory
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
    for attempt in range(20):  # a name that a stranger took first is left alone, the next one is tried
        link = _SHORT / f"casevac-{os.geteuid()}-{digest}-{attempt}"
        if _is_ours(link, directory):
            return link
    raise PartFailed(f"The path {directory} is too long for a socket: set CASEVAC_HOME to a shorter one.")


def _is_ours(link: Path, directory: Path) -> bool:
    """Make `link` point at `directory` unless it exists; True when it is ours and points there."""
    with suppress(FileExistsError):
        link.symlink_to(directory)
    found = link.lstat()
    return stat.S_ISLNK(found.st_mode) and found.st_uid == os.geteuid() and link.readlink() == directory

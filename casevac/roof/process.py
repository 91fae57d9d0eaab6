"""Child processes: whom they run as, how they are started, found again and ended."""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from casevac.errors import PartFailed


@dataclass(frozen=True)
class Account:
    """An unprivileged user that a server runs as when the supervisor is root."""

    uid: int
    gid: int

    @property
    def owner(self) -> tuple[int, int]:
        """(uid, gid), as chown takes them."""
        return self.uid, self.gid


def unprivileged(name: str) -> Account | None:
    """The account for a server: None when we are not root, else `name`, else nobody."""
    if os.geteuid() != 0:
        return None
    for candidate in (name, "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(candidate)
            return Account(entry.pw_uid, entry.pw_gid)
    raise PartFailed(f"Started as root, but neither the user {name} nor nobody exists to run the server as.")


@dataclass(frozen=True)
class Launch:
    """How one child is started.

    argv: never holds a secret; cwd: entered before privileges are dropped; descriptors: kept open in
    the child beside 0, 1 and 2; environment: the whole of it; stdin: as Popen takes it.
    """

    argv: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    cwd: Path = Path("/")
    account: Account | None = None
    descriptors: tuple[int, ...] = ()
    stdin: int = subprocess.DEVNULL

    def start(self) -> subprocess.Popen[bytes]:
        """Start it in a session of its own, output appended to the log; raises PartFailed."""
        account = self.account
        with self.log.open("ab") as log:
            try:
                return subprocess.Popen(
                    self.argv,
                    stdin=self.stdin,
                    stdout=log,
                    stderr=log,
                    env=dict(self.environment),
                    cwd=self.cwd,
                    start_new_session=True,
                    close_fds=True,
                    pass_fds=self.descriptors,
                    user=account.uid if account else None,
                    group=account.gid if account else None,
                    extra_groups=[] if account else None,
                    umask=0o077,
                )
            except OSError as fault:
                raise PartFailed(f"{self.argv[0]} does not start: {fault.strerror}.") from fault


def plain_environment() -> dict[str, str]:
    """The little that a foreign server needs, so that nothing of the caller's leaks into it."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def found(test: Callable[[psutil.Process], bool]) -> list[psutil.Process]:
    """Running processes for which `test` holds; those we may not look into are not ours."""
    ours = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE and test(process):
                ours.append(process)
    return ours


def lives_in(directory: Path, program: str) -> Callable[[psutil.Process], bool]:
    """A test: is the process running `program` with `directory` as its working directory?

    Compared by inode, so it also holds for a path the process itself could not walk.
    """
    try:
        home = directory.stat()
    except OSError:
        return lambda _process: False

    def test(process: psutil.Process) -> bool:
        if process.name() != program:
            return False
        there = Path(f"/proc/{process.pid}/cwd").stat()
        return (there.st_dev, there.st_ino) == (home.st_dev, home.st_ino)

    return test


def end(processes: Iterable[psutil.Process], first: signal.Signals, patience_s: float) -> None:
    """Ask with signal `first`, wait `patience_s`, then kill whatever is left and wait for it."""
    left: Sequence[psutil.Process] = list(processes)
    for how, wait_s in ((first, patience_s), (signal.SIGKILL, 5.0)):
        for process in left:
            with suppress(psutil.Error):
                process.send_signal(how)
        if wait_until(lambda: not any(map(_lives, left)), wait_s):
            return


def _lives(process: psutil.Process) -> bool:
    """True while it runs; one that is dead and merely not yet reaped by its parent does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def last_line(log: Path, since: int = 0) -> str:
    """The last line of `log` written after byte `since`, for a message; "" when there is none."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 4096, min(since, size), 0))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].strip() if lines else ""


def wait_until(test: Callable[[], bool], patience_s: float, *, every_s: float = 0.05) -> bool:
    """Poll `test` until it holds or `patience_s` have passed; the last answer."""
    deadline = time.monotonic() + patience_s
    while not test():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return True

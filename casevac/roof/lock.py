"""One home has one supervisor: the lock that it holds, which also names it."""

import fcntl
import os
import time
from types import TracebackType

from casevac.roof.home import Home

_TAKE_S = 2.0  # whoever only looks holds the lock for an instant


class Lock:
    """The lock of a home. The kernel frees it when its holder dies, however it dies."""

    def __init__(self, home: Home) -> None:
        self._path = home.lock
        self._handle = -1

    def take(self, patience_s: float = _TAKE_S) -> bool:
        """Take it and write our process number into it; False when another holds it all the while."""
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + patience_s
        while not _try(handle, fcntl.LOCK_EX):
            if time.monotonic() >= deadline:
                os.close(handle)
                return False
            time.sleep(0.05)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        self._handle = handle
        return True

    def release(self) -> None:
        """Give it back."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> "Lock":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def holder(home: Home) -> int | None:
    """Process number of the supervisor of `home`; None when there is none."""
    try:
        handle = os.open(home.lock, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        while not _try(handle, fcntl.LOCK_SH):
            if (text := os.pread(handle, 20, 0).decode()).isdigit():
                return int(text)
            time.sleep(0.01)  # taken this instant: its holder is about to write who it is
        return None
    finally:
        os.close(handle)


def _try(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

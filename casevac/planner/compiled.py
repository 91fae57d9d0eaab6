"""How the planner's kernels are compiled; without numba they run as they are, slowly, and say so."""

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
_log = logging.getLogger(__name__)

try:
    import numba
except ImportError as fault:
    _log.warning("plans are searched a hundred times slower: numba cannot be loaded: %s", fault)

    def compiled(kernel: Callable[P, R]) -> Callable[P, R]:
        """The kernel as it is, for nothing can compile it here."""
        return kernel
else:
    # What is kept of a kernel is told by its name and file, though it holds what it calls in other files too.
    _SOURCES = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    _DIGEST = hashlib.sha256(b"".join(each for each in _SOURCES if b"@compiled" in each)).hexdigest()[:12]

    def compiled(kernel: Callable[P, R]) -> Callable[P, R]:
        """The kernel as machine code, compiled at its first call and kept beside its source.

        While it runs, other threads go on. It may not make arrays: then it need not count who holds which
        (`_nrt`), and that would cost it more than all else.
        """
        kernel.__qualname__ += "_" + _DIGEST
        made = numba.njit(cache=True, nogil=True, _nrt=False)(kernel)  # type: ignore[call-overload]  # in no stub
        return cast("Callable[P, R]", made)

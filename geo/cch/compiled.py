"""How kernels are compiled: to machine code, kept on disk, free of the interpreter's lock."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(kernel: Callable[P, R]) -> Callable[P, R]:
    """The kernel as machine code, compiled at its first call and kept beside its source.

    While it runs, other threads of the interpreter go on.
    """
    return cast("Callable[P, R]", numba.njit(cache=True, nogil=True)(kernel))

"""How kernels are compiled: to machine code, kept on disk, free of the interpreter's lock."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")
_KERNELS: list[Any] = []  # numba's dispatchers, of which it says nothing to a type checker


def compiled(kernel: Callable[P, R]) -> Callable[P, R]:
    """The kernel as machine code, compiled at its first call and kept beside its source.

    While it runs, other threads of the interpreter go on.
    """
    made = numba.njit(cache=True, nogil=True)(kernel)
    _KERNELS.append(made)
    return cast("Callable[P, R]", made)


def compiled_now() -> bool:
    """Whether this process had to compile any kernel, for none was on disk."""
    return any(each.stats.cache_misses for each in _KERNELS)

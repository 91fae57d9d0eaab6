"""scipy's sparse graphs, loaded when the first is made: a part that only shows or stores starts sooner."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scipy.sparse import coo_array, csr_array
    from scipy.sparse.csgraph import connected_components, dijkstra

    __all__ = ["connected_components", "coo_array", "csr_array", "dijkstra"]


def __getattr__(name: str) -> object:
    """The function or class of this name, from scipy."""
    from scipy import sparse  # noqa: PLC0415  (here and not above, for it takes a fifth of a start)
    from scipy.sparse import csgraph  # noqa: PLC0415  (likewise)

    return getattr(csgraph if hasattr(csgraph, name) else sparse, name)

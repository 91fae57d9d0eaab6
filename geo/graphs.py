"""networkx's small graphs, loaded when the first is made: a part is at work before it needs one."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from networkx import (
        DiGraph,
        MultiDiGraph,
        all_simple_edge_paths,
        ancestors,
        dijkstra_predecessor_and_distance,
        topological_sort,
    )

    __all__ = [
        "DiGraph",
        "MultiDiGraph",
        "all_simple_edge_paths",
        "ancestors",
        "dijkstra_predecessor_and_distance",
        "topological_sort",
    ]


def __getattr__(name: str) -> object:
    """The function or class of this name, from networkx."""
    import networkx  # noqa: PLC0415  (here and not above, for it takes a tenth of a start)

    return getattr(networkx, name)

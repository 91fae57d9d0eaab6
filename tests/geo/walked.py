"""Least seconds on the graph of split nodes, by a plain heap."""

import heapq
import math

import numpy as np

from geo.costs import costs
from geo.profile import Profile
from geo.roads import Roads
from geo.turns import Graph


class Walked:
    """The open graph arcs of one profile in one season, by the node that they leave."""

    def __init__(self, roads: Roads, graph: Graph, profile: Profile, season="dry", *, night=False) -> None:
        self.roads, self.graph = roads, graph
        seconds = costs(roads, profile, season, night=night).p50[graph.arc]
        seconds = np.where(graph.shut(profile), math.inf, seconds)
        open_ = np.flatnonzero(np.isfinite(seconds))
        self.out: dict[int, list[tuple[int, int, float]]] = {}
        columns = graph.tail[open_], open_, graph.head[open_], seconds[open_]
        for tail, arc, head, each in zip(*(column.tolist() for column in columns), strict=True):
            self.out.setdefault(tail, []).append((arc, head, each))

    def tree(self, origin: int) -> tuple[dict[int, float], dict[int, tuple[int, int]]]:
        """Seconds to every graph node from a road node, and the node and graph arc that one came by."""
        least, came, done, heap = {origin: 0.0}, {}, set(), [(0.0, origin)]
        while heap:
            seconds, node = heapq.heappop(heap)
            if node in done:
                continue
            done.add(node)
            for arc, head, more in self.out.get(node, ()):
                if seconds + more < least.get(head, math.inf):
                    least[head], came[head] = seconds + more, (node, arc)
                    heapq.heappush(heap, (seconds + more, head))
        return least, came

    def copies(self, node: int) -> list[int]:
        """The graph nodes of a road node."""
        return np.flatnonzero(self.graph.origin == node).tolist()

    def way(self, origins: list[int], destinations: list[int]) -> tuple[float, list[int]]:
        """Least seconds between any two of the road nodes, and the road arcs of that way."""
        best, arcs = math.inf, []
        for origin in origins:
            least, came = self.tree(origin)
            ends = [copy for each in destinations for copy in self.copies(each)]
            end = min(ends, key=lambda node: least.get(node, math.inf))
            if least.get(end, math.inf) < best:
                best, arcs = least[end], []
                while end != origin:
                    end, arc = came[end]
                    arcs.insert(0, int(self.graph.arc[arc]))
        return best, arcs

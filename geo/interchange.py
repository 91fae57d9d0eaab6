"""Roads for other libraries: a networkx graph with times, and a GeoDataFrame of stretches."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np

from geo import graphs as nx
from geo.costs import Costs
from geo.land import land
from geo.roads import DEGREES, Roads
from geo.routing import Router
from geo.terms import ACCESS, BACKWARD, CLASSES, DRY_ONLY, ESTIMATED, FORWARD, SURFACES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FLAGS = {"forward": FORWARD, "backward": BACKWARD, "dry_only": DRY_ONLY, "estimated": ESTIMATED}


def to_networkx(router: Router, profile: str) -> "nx.MultiDiGraph[int]":
    """The router's network as this profile meets it, in its season and with its closures.

    Nodes are the junctions with lon and lat; one edge each direction that may be driven, its key its
    arc (twice the stretch, one more against it), with stretch, seconds, p90, metres, name, ref, highway,
    surface and closed. A closed edge stays, its seconds and p90 infinite. Raises UnknownProfile.
    """
    net = land(router, profile).net
    roads, costs = net.roads, net.costs
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="EPSG:4326", profile=profile, season=router.season)
    lon, lat = np.asarray(roads.node_x) * DEGREES, np.asarray(roads.node_y) * DEGREES
    graph.add_nodes_from(
        (node, {"lon": x, "lat": y})
        for node, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True))
    )
    texts = _texts(roads)
    arcs = np.flatnonzero(np.isfinite(costs.p50)).tolist()
    for arc in arcs:
        start, end, told = _edge(roads, costs, texts, arc)
        graph.add_edge(start, end, key=arc, **told)
    return graph


def _edge(roads: Roads, costs: Costs, texts: "Sequence[str]", arc: int) -> tuple[int, int, dict[str, Any]]:
    e, against = arc // 2, arc % 2
    ends = int(roads.tail[e]), int(roads.head[e])
    shut = bool(costs.closures.areas) and bool(costs.closures.shut[e])
    told: dict[str, Any] = {
        "stretch": e,
        "seconds": np.inf if shut else float(costs.p50[arc]),
        "p90": np.inf if shut else float(costs.p90[arc]),
        "metres": float(roads.metres[e]),
        "name": texts[int(roads.name[e])],
        "ref": texts[int(roads.ref[e])],
        "highway": CLASSES[int(roads.highway[e])],
        "surface": SURFACES[int(roads.surface[e])],
        "closed": shut,
    }
    return ends[against], ends[1 - against], told


def to_geodataframe(roads: Roads, router: Router | None = None, profile: str = "") -> geopandas.GeoDataFrame:
    """Every stretch as a line in WGS 84, indexed by its number, with all that is known of it.

    With a router and a profile also its seconds and p90 along and against (inf: not driven) and `closed`.
    Raises UnknownProfile.
    """
    texts = np.asarray(_texts(roads), dtype=object)
    flags = np.asarray(roads.flags)
    columns: dict[str, object] = {
        "tail": np.asarray(roads.tail),
        "head": np.asarray(roads.head),
        "metres": np.asarray(roads.metres, dtype=np.float64),
        **{name: texts[np.asarray(roads.arrays[name])] for name in ("name", "ref", "source")},
        "highway": np.asarray(CLASSES, dtype=object)[np.asarray(roads.highway)],
        "surface": np.asarray(SURFACES, dtype=object)[np.asarray(roads.surface)],
        "motor": np.asarray(ACCESS, dtype=object)[np.asarray(roads.motor)],
        "foot": np.asarray(ACCESS, dtype=object)[np.asarray(roads.foot)],
        "maxspeed": np.asarray(roads.maxspeed),
        **{name: (flags & bit) != 0 for name, bit in _FLAGS.items()},
    }
    if router is not None:
        columns |= _timed(router, profile)
    frame = geopandas.GeoDataFrame(columns, geometry=roads.lines(), crs="EPSG:4326")
    frame.index.name = "stretch"
    return frame


def _timed(router: Router, profile: str) -> dict[str, "NDArray[np.float64] | NDArray[np.bool_]"]:
    costs = land(router, profile).net.costs
    shut = costs.closures.shut if costs.closures.areas else np.zeros(router.roads.stretches, dtype=bool)
    named = (("seconds", costs.p50), ("p90", costs.p90))
    ways = {
        f"{name}_{way}": np.where(shut, np.inf, values[side::2])
        for name, values in named
        for side, way in enumerate(("along", "against"))
    }
    return {**ways, "closed": shut}


def _texts(roads: Roads) -> list[str]:
    first, text = roads.text_first.tolist(), bytes(roads.text)
    return [text[a:b].decode() for a, b in pairwise(first)]

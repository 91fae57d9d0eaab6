"""Roads for other libraries: a networkx graph with times, and a GeoDataFrame of stretches."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np

from geo import graphs as nx
from geo.ends import INF
from geo.land import land
from geo.roads import DEGREES, Roads
from geo.routing import Router
from geo.terms import ACCESS, BACKWARD, CLASSES, DRY_ONLY, ESTIMATED, FORWARD, SURFACES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FLAGS = {"forward": FORWARD, "backward": BACKWARD, "dry_only": DRY_ONLY, "estimated": ESTIMATED}


def to_networkx(router: Router, profile: str) -> "nx.MultiDiGraph[int]":
    """The router's network as this profile meets it: its season, closures, slow zones, turn restrictions.

    Nodes have lon, lat and `junction`, the node of the road: where turns are restricted a junction is several
    nodes, one for each way that was begun. Edges are the arcs that may be driven, by their number, with
    stretch, seconds, p90, metres, name, ref, highway, surface and closed. A closed edge stays, its seconds
    and p90 infinite. Threats change no time and are left out. Raises UnknownProfile.
    """
    ground, bound = land(router, profile), land(router, profile, p90=True)
    net, roads, split = ground.net, ground.net.roads, ground.net.ground.graph
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="EPSG:4326", profile=profile, season=router.season)
    lon, lat = (np.asarray(each)[split.origin] * DEGREES for each in (roads.node_x, roads.node_y))
    nodes = zip(lon.tolist(), lat.tolist(), split.origin.tolist(), strict=True)
    graph.add_nodes_from(
        (node, {"lon": x, "lat": y, "junction": of}) for node, (x, y, of) in enumerate(nodes)
    )
    texts, shut = _texts(roads), net.engine.weights >= INF
    for arc in np.flatnonzero(np.isfinite(ground.seconds[split.arc]) & ~net.barred).tolist():
        way, closed = int(split.arc[arc]), bool(shut[arc])
        told = _edge(roads, texts, way // 2) | {"closed": closed}
        told["seconds"] = np.inf if closed else float(ground.seconds[way])
        told["p90"] = np.inf if closed else float(bound.seconds[way])
        graph.add_edge(int(split.tail[arc]), int(split.head[arc]), key=arc, **told)
    return graph


def _edge(roads: Roads, texts: "Sequence[str]", e: int) -> dict[str, Any]:
    return {
        "stretch": e,
        "metres": float(roads.metres[e]),
        "name": texts[int(roads.name[e])],
        "ref": texts[int(roads.ref[e])],
        "highway": CLASSES[int(roads.highway[e])],
        "surface": SURFACES[int(roads.surface[e])],
    }


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
    half, most = land(router, profile), land(router, profile, p90=True)
    shut = np.zeros(len(half.seconds), dtype=bool)
    touched = (2 * half.net.laid.touched[:, None] + (0, 1)).reshape(-1)
    shut[touched] = half.net.laid.loads(touched).shut
    ways = {
        f"{name}_{way}": np.where(shut, np.inf, one.seconds)[side::2]
        for name, one in (("seconds", half), ("p90", most))
        for side, way in enumerate(("along", "against"))
    }
    return {**ways, "closed": shut[0::2] & shut[1::2]}


def _texts(roads: Roads) -> list[str]:
    first, text = roads.text_first.tolist(), bytes(roads.text)
    return [text[a:b].decode() for a, b in pairwise(first)]

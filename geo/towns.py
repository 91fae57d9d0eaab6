"""Towns of a road network: roads named "A - B" begin in one and end in the other."""

from collections import Counter, defaultdict

from geo.gazetteer import ARRAY, RADIUS_M, Entry, unpacked
from geo.lonlat import LonLat
from geo.roads import DEGREES, Roads

SEPARATOR = " - "
Ends = tuple[int, ...]


def entries(roads: Roads) -> list[Entry]:
    """Every place that a network knows by name: those of its extract, else the towns that its roads join.

    Raises BadRoadsFile.
    """
    if ARRAY in roads.arrays:
        return unpacked(roads.arrays[ARRAY])
    return towns(roads)


def towns(roads: Roads) -> list[Entry]:
    """Towns by the names of the roads between them.

    Where two roads name a town it is the end they share; the other end of a road with one known
    town is its other town. A town that stays undecided is left out.
    """
    ends = _ends(roads)
    about: defaultdict[str, list[Ends]] = defaultdict(list)
    for name, nodes in ends.items():
        for town in name.split(SEPARATOR):
            about[town].append(nodes)
    found = {town: node for town, those in about.items() if (node := _shared(those)) is not None}
    known = -1
    while known != len(found):
        known = len(found)
        for name, nodes in ends.items():
            _other_end(name, nodes, found)
    return [
        Entry((town,), "town", _place(roads, node), RADIUS_M["town"], "road names")
        for town, node in sorted(found.items())
    ]


def _ends(roads: Roads) -> dict[str, Ends]:
    """The two ends of every road named after two towns: nodes where only one stretch of it is."""
    touching: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for stretch in range(roads.stretches):
        name = roads.words("name", stretch)
        if name.count(SEPARATOR) == 1:
            touching[name].update((int(roads.tail[stretch]), int(roads.head[stretch])))
    found = {name: tuple(node for node, n in those.items() if n == 1) for name, those in touching.items()}
    return {name: nodes for name, nodes in found.items() if len(nodes) == 2}


def _shared(those: list[Ends]) -> int | None:
    """The one node where all these roads end, or None."""
    common = set(those[0]).intersection(*those[1:])
    return common.pop() if len(common) == 1 else None


def _other_end(name: str, nodes: Ends, found: dict[str, int]) -> None:
    first, second = name.split(SEPARATOR)
    for town, other in ((first, second), (second, first)):
        if town in found and other not in found and found[town] in nodes:
            found[other] = nodes[1 - nodes.index(found[town])]


def _place(roads: Roads, node: int) -> LonLat:
    return LonLat(
        round(float(roads.node_x[node]) * DEGREES, 7), round(float(roads.node_y[node]) * DEGREES, 7)
    )

"""A second opinion on turns: Dijkstra over arcs as states, from the extract itself, in plain Python.

Nothing is cut at junctions, no node is split and no network file is read: a state is the step between two
points of a way that was driven last, with how far each turn restriction has been followed. Only what the tags
of one way or barrier mean is read by the product's own tables (tests of their own try those).
"""

import heapq
import math
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import osmium
from pyproj import Geod

from geo.barriers import read_node
from geo.profile import Profile
from geo.tags import WayTags, read_way
from geo.terms import ACCESS, CLASSES, SURFACES

_WGS = Geod(ellps="WGS84")
Step = tuple[int, int, int]
"""Way, position of the step in it, and 1 forward or -1 backward."""


class Expanded:
    """The roads of an extract for one vehicle, dry season."""

    def __init__(self, path: Path, profile: Profile) -> None:
        self.profile = profile
        self.place: dict[int, tuple[float, float]] = {}
        self.nodes: dict[int, list[int]] = {}
        self.tags: dict[int, WayTags] = {}
        self.barrier: dict[int, bool] = {}  # may be passed
        signs: list[tuple[dict[str, str], list[tuple[str, str, int]]]] = []
        for each in osmium.FileProcessor(str(path)).with_locations():
            tags = {tag.k: tag.v for tag in each.tags}
            if each.is_node() and (code := read_node(tags)) is not None:
                self.barrier[each.id] = self._lets_in(code)
            elif each.is_way() and (way := read_way(tags)) is not None:
                self._way(each, way)
            elif each.is_relation() and tags.get("type") == "restriction":
                signs.append((tags, [(one.role, one.type, one.ref) for one in each.members]))
        self._index()
        self.followed: list[list[Step]] = []  # a forbidden sequence of steps each
        for tags, members in signs:
            self._sign(tags, members)
        self._free()

    def _way(self, each, way: WayTags) -> None:
        nodes = []
        for one in each.nodes:
            if one.location.valid() and (not nodes or nodes[-1] != one.ref):
                self.place[one.ref] = (one.location.lon, one.location.lat)
                nodes.append(one.ref)
        if len(nodes) > 1:
            self.nodes[each.id], self.tags[each.id] = nodes, way

    def _lets_in(self, code) -> bool:
        access = {"motorcar": code.motor, "hgv": code.hgv, "motorcycle": code.motorcycle}
        one = self.profile
        limits = (code.maxweight, one.weight_t), (code.maxheight, one.height_m), (code.maxwidth, one.width_m)
        fits = all(not limit or limit >= round(own * 10) for limit, own in limits)
        return fits and ACCESS[access[one.vehicle]] in one.access

    def _index(self) -> None:
        uses = Counter(node for nodes in self.nodes.values() for node in nodes)
        ends = {node for nodes in self.nodes.values() for node in (nodes[0], nodes[-1])}
        self.junction = ends | {node for node, many in uses.items() if many > 1 or node in self.barrier}
        self.steps: dict[int, list[tuple[Step, int, float]]] = defaultdict(list)  # from each node
        self.arrive: dict[int, list[Step]] = defaultdict(list)
        for way, nodes in self.nodes.items():
            speed = self._speed(self.tags[way])
            for i, (a, b) in enumerate(pairwise(nodes)):
                metres = _WGS.inv(*self.place[a], *self.place[b])[2]
                for start, end, side in ((a, b, 1), (b, a, -1)):
                    if self.tags[way].flags & (1 if side > 0 else 2):
                        self.arrive[end].append((way, i, side))
                        self.steps[start].append(
                            ((way, i, side), end, metres * 3.6 / speed if speed else math.inf)
                        )

    def _speed(self, way: WayTags) -> float:
        one = self.profile
        access = {"motorcar": way.motor, "hgv": way.hgv, "motorcycle": way.motorcycle}[one.vehicle]
        limits = (way.maxweight, one.weight_t), (way.maxheight, one.height_m), (way.maxwidth, one.width_m)
        shut = any(limit and limit < round(own * 10) for limit, own in limits) or way.smoothness > 6
        if shut or ACCESS[access] not in one.access or way.fixed_s:
            return 0.0
        speed = one.speeds.get(CLASSES[way.highway], 0.0) * one.surface["dry"].get(SURFACES[way.surface], 1.0)
        return min(speed, way.maxspeed or math.inf)

    def _sign(self, tags: dict[str, str], members: list[tuple[str, str, int]]) -> None:
        word = tags.get("restriction", "")
        exempt = set(tags.get("except", "").split(";"))
        if exempt & {self.profile.vehicle, "motor_vehicle", "vehicle", *self.profile.exempt}:
            return
        if not word.startswith(("no_", "only_")) or any(key.startswith(("hour", "day_")) for key in tags):
            return
        role = lambda name: [(kind, ref) for one, kind, ref in members if one == name]  # noqa: E731
        via = role("via")
        if [kind for kind, _ in via] not in (["n"], ["w"] * len(via)) or not via:
            return
        for _, out_of in role("from"):
            for _, into in role("to"):
                self._pair(word, out_of, [ref for _, ref in via], into, by_node=via[0][0] == "n")

    def _pair(self, word: str, out_of: int, via: list[int], into: int, *, by_node: bool) -> None:
        if out_of not in self.nodes or into not in self.nodes:
            return
        paths = self._by_node(word, out_of, via[0], into) if by_node else self._by_ways(out_of, via, into)
        for path in paths:
            if word.startswith("no_"):
                self.followed.append(path)
                continue
            for k in range(1, len(path)):
                if self._end(path[k - 1]) in self.junction:
                    others = [one for one, _, _ in self.steps[self._end(path[k - 1])] if one != path[k]]
                    self.followed += [[*path[:k], other] for other in others]

    def _by_node(self, word: str, out_of: int, node: int, into: int) -> list[list[Step]]:
        coming = [one for one in self.arrive[node] if one[0] == out_of]
        going = [one for one, _, _ in self.steps[node] if one[0] == into]
        if word == "no_u_turn" and out_of == into:
            return [[one, _turned(one)] for one in coming if _turned(one) in going]
        return [[coming[0], going[0]]] if len(coming) == len(going) == 1 else []

    def _by_ways(self, out_of: int, via: list[int], into: int) -> list[list[Step]]:
        """The steps along the ways in between, where there is one way to drive them."""
        between = {node for way in via for node in self.nodes.get(way, ())}
        begins = sorted(between.intersection(self.nodes[out_of]))
        for begin in begins:
            coming = [one for one in self.arrive[begin] if one[0] == out_of]
            lines = [[begin]]
            steps: list[list[Step]] = [[]]
            for _ in range(200):
                grown, grown_steps = [], []
                for line, driven in zip(lines, steps, strict=True):
                    going = [one for one, _, _ in self.steps[line[-1]] if one[0] == into]
                    if driven and going and len(coming) == 1 and len(going) == 1:
                        return [[coming[0], *driven, going[0]]]
                    for one, end, _ in self.steps[line[-1]]:
                        if one[0] in via and end not in line:
                            grown.append([*line, end])
                            grown_steps.append([*driven, one])
                lines, steps = grown, grown_steps
        return []

    def _free(self) -> None:
        """Signs that together leave no exit of a junction are a mistake."""
        after = defaultdict(set)
        for path in self.followed:
            if len(path) == 2:
                after[path[0]].add(path[1])
        stuck = {
            one for one, shut in after.items() if {step for step, _, _ in self.steps[self._end(one)]} <= shut
        }
        self.followed = [path for path in self.followed if len(path) > 2 or path[0] not in stuck]
        self.begins = defaultdict(list)
        for number, path in enumerate(self.followed):
            self.begins[path[0]].append(number)

    def _end(self, step: Step) -> int:
        way, i, side = step
        return self.nodes[way][i + 1 if side > 0 else i]

    def _onward(self, step: Step | None, begun: frozenset[tuple[int, int]], node: int):
        """Every step that may follow, with how far the signs have then been followed."""
        turning = node in self.junction and not any(self._inside(number, at) for number, at in begun)
        for one, end, seconds in self.steps[node]:
            if math.isinf(seconds) or (step is not None and one == _turned(step) and not turning):
                continue
            if step is not None and node in self.barrier and not self.barrier[node] and one != _turned(step):
                continue
            going = {(number, at + 1) for number, at in begun if self.followed[number][at] == one}
            if any(at == len(self.followed[number]) for number, at in going):
                continue
            yield one, end, seconds, frozenset(going | {(number, 1) for number in self.begins.get(one, ())})

    def _inside(self, number: int, at: int) -> bool:
        """True on a way in between: past the junction where the first way was left."""
        return any(self._end(step) in self.junction for step in self.followed[number][: at - 1])

    def least(self, origin: int, wanted: set[int]) -> dict[int, float]:
        """Least seconds from a node to each of the others that can be reached."""
        found: dict[int, float] = {}
        best: dict[tuple[Step | None, frozenset[tuple[int, int]]], float] = {}
        heap: list[tuple[float, int, int, Step | None, frozenset[tuple[int, int]]]] = [
            (0.0, 0, origin, None, frozenset())
        ]
        count = 0
        while heap and len(found) < len(wanted):
            seconds, _, node, step, begun = heapq.heappop(heap)
            if seconds > best.get((step, begun), math.inf):
                continue
            if node in wanted:
                found.setdefault(node, seconds)
            for one, end, more, going in self._onward(step, begun, node):
                if seconds + more < best.get((one, going), math.inf):
                    best[one, going] = seconds + more
                    count += 1
                    heapq.heappush(heap, (seconds + more, count, end, one, going))
        return found


def _turned(step: Step) -> Step:
    return step[0], step[1], -step[2]

"""Roads drawn as text, written to an extract and imported as any other.

    A---B---C        Letters are nodes, a character is about 333 m on the ground. Every step of a way has
        |            to be a straight line in the drawing: - or | or / or \\.
        D

Below the drawing a line each:  `A-B-C highway=primary` a way,  `B: barrier=bollard` tags of a node,
`no_left_turn A-B B B-D` a turn restriction from a way by a node (or ways) to a way, with tags after it.
A `_` is a space in names and limits: `maxspeed=5_mph`. A place is a letter or `A-B@0.3`, so far from A to B.
"""

import math
import re
import tempfile
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import osmium
import osmium.osm.mutable as osm

from geo.errors import OffNetwork, Unreachable
from geo.lonlat import LonLat
from geo.osm import import_extract
from geo.profile import Profile
from geo.roads import Roads
from geo.routing import Route, Router
from geo.turns import Graph, graph

_CELL = 0.003  # degrees: farther apart than the Router would walk to another road
_WAY = re.compile(r"^([A-Z](?:-[A-Z])+)((?: \S+=\S*)*)$")
_NODE = re.compile(r"^([A-Z]):((?: \S+=\S*)+)$")
_TURN = re.compile(r"^([a-z_]+) ((?:[A-Z-]+ )+[A-Z-]+)((?: \S+=\S*)*)$")
_SPACED = frozenset(("name", "maxspeed", "maxweight", "maxheight", "maxwidth"))
_LINES = {(0, 1): "-", (1, 0): "|", (1, 1): "\\", (1, -1): "/"}


@dataclass(frozen=True)
class Drawn:
    """A drawing and what is said below it."""

    text: str

    @cached_property
    def rows(self) -> list[str]:
        """The drawing without the lines below."""
        return [row for row in self.text.splitlines() if not self._said(row)]

    @staticmethod
    def _said(row: str) -> bool:
        return bool("=" in row or _TURN.match(row.strip()))

    @cached_property
    def at(self) -> dict[str, tuple[int, int]]:
        """Row and column of each letter."""
        return {c: (i, j) for i, row in enumerate(self.rows) for j, c in enumerate(row) if c.isalpha()}

    @cached_property
    def lines(self) -> list[str]:
        """What is said below the drawing."""
        return [row.strip() for row in self.text.splitlines() if self._said(row)]

    @cached_property
    def ways(self) -> dict[str, dict[str, str]]:
        """Tags of each way by its letters."""
        found = {m[1]: _tags(m[2]) for line in self.lines if (m := _WAY.match(line))}
        for letters in found:
            for a, b in pairwise(letters.split("-")):
                self._drawn(a, b)
        return found

    def _drawn(self, a: str, b: str) -> None:
        (i, j), (k, m) = sorted((self.at[a], self.at[b]))
        steps = max(k - i, abs(m - j))
        step = (k - i) // steps, (m - j) // steps
        between = {self.rows[i + n * step[0]][j + n * step[1]] for n in range(1, steps)}
        if (i + steps * step[0], j + steps * step[1]) != (k, m) or between - {_LINES[step]}:
            raise ValueError(f"no straight line is drawn from {a} to {b}")

    def write(self, path: Path) -> None:
        """The drawing as an OpenStreetMap extract."""
        tagged = {m[1]: _tags(m[2]) for line in self.lines if (m := _NODE.match(line))}
        number = {letter: n for n, letter in enumerate(sorted(self.at), 1)}
        with osmium.SimpleWriter(str(path)) as out:
            for letter, n in number.items():
                row, column = self.at[letter]
                place = 10 + column * _CELL, 0.5 - row * _CELL
                out.add_node(osm.Node(id=n, location=place, tags=tagged.get(letter, {}), version=1))
            for n, (letters, tags) in enumerate(self.ways.items(), 1):
                nodes = [number[each] for each in letters.split("-")]
                out.add_way(osm.Way(id=n, nodes=nodes, tags=tags, version=1))
            for n, relation in enumerate(self._turns(number), 1):
                out.add_relation(osm.Relation(id=n, version=1, **relation))

    def _turns(self, number: dict[str, int]) -> list[dict]:
        way = {letters: n for n, letters in enumerate(self.ways, 1)}
        found = []
        for line in self.lines:
            if (m := _TURN.match(line)) is None:
                continue
            out_of, *via, into = m[2].split()
            middle = [("n", number[v], "via") if v in number else ("w", way[v], "via") for v in via]
            members = [("w", way[out_of], "from"), *middle, ("w", way.get(into, 99), "to")]
            found.append(
                {"members": members, "tags": {"type": "restriction", "restriction": m[1], **_tags(m[3])}}
            )
        return [{**each, "tags": {k: v for k, v in each["tags"].items() if v}} for each in found]

    @cached_property
    def roads(self) -> Roads:
        """The network, through a real file."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "drawn.osm.pbf"
            self.write(path)
            return import_extract(path)

    @cached_property
    def graph(self) -> Graph:
        """Its graph."""
        return graph(self.roads)

    def place(self, where: str) -> tuple[int, int]:
        """Where a letter or a share between two is, 1e-7 degrees."""
        letters, _, share = where.partition("@")
        ends = [self.at[each] for each in letters.split("-")]
        row, column = (a + (b - a) * float(share or 0.0) for a, b in zip(ends[0], ends[-1], strict=True))
        return round((10 + column * _CELL) * 1e7), round((0.5 - row * _CELL) * 1e7)

    def lonlat(self, where: str) -> LonLat:
        """The same, in degrees."""
        return LonLat(*(each / 1e7 for each in self.place(where)))


def _tags(text: str) -> dict[str, str]:
    return {
        key: value.replace("_", " ") if key in _SPACED else value
        for key, value in (each.split("=", 1) for each in text.split())
    }


def way(
    drawn: Drawn, start: str, end: str, profile: Profile, season: str = "dry", *, night: bool = False
) -> str:
    """The letters that a vehicle passes on its quickest way, as A-B-C, or "none".

    A place that is none stands as @ at either end; ? is where one comes to a road from beside it.
    """
    route = _route(drawn, start, end, profile, season, night=night)
    if route is None:
        return "none"
    letter = {drawn.place(each): each for each in (start, end, *drawn.at)}
    passed = [_named(letter, round(lon * 1e7), round(lat * 1e7)) for lon, lat in route.path]
    told = [each for each, before in zip(passed, [None, *passed], strict=False) if each != before]
    return "-".join("@" if "@" in each else each for each in told)


def _named(letter: dict[tuple[int, int], str], x: int, y: int) -> str:
    """What is drawn at a point, which may be computed a few millimetres beside it."""
    near = [(x + i, y + j) for i in (0, -1, 1, -2, 2) for j in (0, -1, 1, -2, 2)]
    return next((letter[each] for each in near if each in letter), "?")


def seconds(
    drawn: Drawn, start: str, end: str, profile: Profile, season: str = "dry", *, night: bool = False
) -> float:
    """How long that takes, inf when there is no way."""
    route = _route(drawn, start, end, profile, season, night=night)
    return math.inf if route is None else route.seconds_p50


def routed(
    drawn: Drawn, start: str, end: str, profile: Profile, season: str = "dry", *, night: bool = False
) -> Route:
    """The quickest way; raises what the Router raises."""
    router = Router(drawn.roads, {profile.name: profile}, season=season, night=night)
    return router.route(drawn.lonlat(start), drawn.lonlat(end), profile.name)


def _route(drawn: Drawn, start: str, end: str, profile: Profile, season: str, *, night: bool) -> Route | None:
    try:
        return routed(drawn, start, end, profile, season, night=night)
    except (Unreachable, OffNetwork):
        return None

"""The road network as flat arrays: nodes, stretches between them, their shapes and names; memory-mapped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import container, sparse
from geo.errors import BadRoadsFile
from geo.terms import ACCESS, CLASSES, SMOOTHNESS, SURFACES

DEGREES = 1e-7  # shapes and nodes are whole numbers of this, as OpenStreetMap keeps them
_KINDS: dict[str, str] = {
    "node_x": "i4", "node_y": "i4",
    "tail": "i4", "head": "i4", "metres": "f4", "highway": "u1", "surface": "u1", "motor": "u1", "foot": "u1",
    "hgv": "u1", "motorcycle": "u1", "smoothness": "u1",
    "maxspeed": "u1", "maxweight": "u2", "maxheight": "u1", "maxwidth": "u1", "flags": "u2",
    "fixed_s": "f4", "name": "i4", "ref": "i4", "source": "i4",
    "shape_first": "i8", "shape_x": "i4", "shape_y": "i4",
    "ban_first": "i8", "ban_arc": "i4", "ban_binds": "u2",
    "text_first": "i8", "text": "u1",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Roads:
    """A road network. n nodes, m stretches; stretch e runs from tail[e] to head[e] along its shape.

    Each stretch is two arcs: 2e along the shape, 2e + 1 against it; flags say which may be driven.
    metres [m] float32 (a published length may differ from the drawn one); highway, surface, smoothness and
    the access of cars (motor), trucks (hgv), motorcycles and people (foot) [m] are codes of geo.terms;
    maxspeed [m] km/h, maxweight [m] 0.1 t, maxheight and maxwidth [m] 0.1 m, 0 unknown or none; fixed_s [m]
    crossing time of a ferry, 0 none; name, ref, source [m] index the texts; shape_first [m + 1] delimits
    shape_x, shape_y (1e-7 degrees). A stretch flagged BARRIER has no length and stands for a node. Nobody
    whom ban_binds[r] (bits of geo.terms) names may drive the two or more road arcs
    ban_arc[ban_first[r] : ban_first[r + 1]] one after another.
    """

    arrays: Mapping[str, NDArray[Any]]
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, kind in _KINDS.items():
            if name not in self.arrays or self.arrays[name].dtype != np.dtype(kind):
                raise BadRoadsFile(f"the road network has no array '{name}' of kind {kind}; import it again")

    def __getattr__(self, name: str) -> NDArray[Any]:
        try:
            return self.__dict__["arrays"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def nodes(self) -> int:
        """How many junctions and ends."""
        return len(self.arrays["node_x"])

    @property
    def stretches(self) -> int:
        """How many pieces of road between two nodes."""
        return len(self.arrays["tail"])

    @cached_property
    def arcs(self) -> int:
        """How many directed arcs a motor vehicle that obeys one-way signs has (before access and class)."""
        flags = self.arrays["flags"]
        return int(np.count_nonzero(flags & 1) + np.count_nonzero(flags & 2))

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the network: equal networks have equal digests, wherever they are stored."""
        stored = self.about.get("digest")
        return str(stored) if stored else _digest(self.arrays)

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees; zeros for an empty network."""
        x, y = self.arrays["shape_x"], self.arrays["shape_y"]
        if not len(x):
            return (0.0, 0.0, 0.0, 0.0)
        west, south, east, north = (float(each) * DEGREES for each in (x.min(), y.min(), x.max(), y.max()))
        return (west, south, east, north)

    @cached_property
    def largest_component(self) -> int:
        """Nodes in the largest connected piece, directions aside."""
        if not self.nodes:
            return 0
        ones = np.ones(self.stretches, dtype=np.int8)
        ends = (self.arrays["tail"], self.arrays["head"])
        labels = sparse.connected_components(
            sparse.coo_array((ones, ends), shape=(self.nodes, self.nodes)), directed=False
        )[1]
        return int(np.bincount(labels).max())

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index of the stretches' shapes in degrees, built on first use."""
        return shapely.STRtree(self.lines())

    def lines(self) -> NDArray[np.object_]:
        """Shapes of all stretches as shapely lines [m], degrees."""
        first = self.arrays["shape_first"]
        points = np.column_stack((self.arrays["shape_x"], self.arrays["shape_y"])) * DEGREES
        owner = np.repeat(np.arange(self.stretches), np.diff(first))
        lines: NDArray[np.object_] = np.asarray(shapely.linestrings(points, indices=owner), dtype=object)
        return lines

    def shape(self, stretch: int) -> NDArray[np.float64]:
        """Shape of one stretch [k, 2], longitude and latitude in degrees."""
        part = slice(int(self.arrays["shape_first"][stretch]), int(self.arrays["shape_first"][stretch + 1]))
        return np.column_stack((self.arrays["shape_x"][part], self.arrays["shape_y"][part])) * DEGREES

    def words(self, column: str, stretch: int) -> str:
        """Text of a stretch: column is name, ref, source, highway or surface."""
        code = int(self.arrays[column][stretch])
        if column == "highway":
            return CLASSES[code]
        if column == "surface":
            return SURFACES[code]
        first = self.arrays["text_first"]
        return bytes(self.arrays["text"][int(first[code]) : int(first[code + 1])]).decode()

    def save(self, path: Path) -> None:
        """Write the network to one file, whole or not at all."""
        container.save(Path(path), self.arrays, {**self.about, "digest": self.digest, "words": _words()})

    @classmethod
    def open(cls, path: Path, *, verify: bool = False) -> "Roads":
        """Memory-map a network file; `verify` reads all of it to prove its digest. Raises BadRoadsFile."""
        arrays, about = container.load(Path(path))
        if about.pop("words", None) != _words():
            raise BadRoadsFile(
                f"the road network {path} was written by another version; import the extract again"
            )
        found = cls(arrays, about)
        if verify and _digest(arrays) != about.get("digest"):
            raise BadRoadsFile(
                f"the road network {path} is damaged: its digest differs; import the extract again"
            )
        return found


def _digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Of the roads alone: the names of places beside them may change without the network changing."""
    return container.digest({name: arrays[name] for name in _KINDS})


def _words() -> list[list[str]]:
    return [list(CLASSES), list(SURFACES), list(ACCESS), list(SMOOTHNESS)]


def build(columns: Mapping[str, Any], about: Mapping[str, Any]) -> Roads:
    """Roads from columns of any matching kind; texts are given as `texts`, a list of str (0 is '').

    Where nothing is said of trucks and motorcycles they have the access of cars; limits and turn restrictions
    may be left out.
    """
    texts = [each.encode() for each in columns["texts"]]
    first = np.concatenate(([0], np.cumsum([len(each) for each in texts])))
    none = np.zeros(len(columns["tail"]), dtype=np.uint8)
    otherwise = {
        **dict.fromkeys(("smoothness", "maxweight", "maxheight", "maxwidth"), none),
        **dict.fromkeys(("hgv", "motorcycle"), columns["motor"]),
        "ban_first": [0], "ban_arc": [], "ban_binds": [],
    }  # fmt: skip
    letters = {"text_first": first, "text": np.frombuffer(b"".join(texts), dtype=np.uint8)}
    ready = {**otherwise, **columns, **letters}
    return Roads(
        {name: np.ascontiguousarray(ready[name], dtype=kind) for name, kind in _KINDS.items()}, about
    )

"""Places by name: an index that finds them in any spelling, the best match first."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from geo.errors import BadRoadsFile
from geo.lonlat import LonLat, check, distance_m
from geo.spelling import edits, plain, squeezed

RADIUS_M: dict[str, float] = {
    "city": 5000.0, "town": 2000.0, "village": 1000.0, "suburb": 1500.0, "aerodrome": 1000.0,
    "airstrip": 500.0, "helipad": 50.0, "hamlet": 500.0, "neighbourhood": 500.0, "locality": 500.0,
    "bridge": 100.0, "ford": 100.0, "isolated_dwelling": 200.0, "farm": 200.0, "place": 500.0,
}  # fmt: skip
"""Kinds of places, the one more likely meant first, and how far around its point each is taken to reach.
Planning estimates of ours, for what a name alone can say; a file of names may give its own."""
MATCHES = ("exact", "prefix", "word", "typo")
ARRAY = "places"  # what the places of an extract are called in the file of its network
_RANK = {kind: rank for rank, kind in enumerate(RADIUS_M)}
_LAST = "\U0010ffff"
_ONE_EDIT, _TWO_EDITS = 5, 9  # letters from which on a spelling may differ by so much
_SAME_M = 300.0
_LEAST_SHARED = 3
_COLUMNS = 64
MOST = 50
Ats = NDArray[np.int64]


class Entry(NamedTuple):
    """A place: the name it is shown by and every other spelling; radius_m metres; where it was read."""

    names: tuple[str, ...]
    kind: str
    place: LonLat
    radius_m: float
    source: str

    @property
    def name(self) -> str:
        """The name it is shown by."""
        return self.names[0]


class Hit(NamedTuple):
    """An entry, the spelling of it that matched, and how (one of MATCHES)."""

    entry: Entry
    name: str
    match: str


class Gazetteer:
    """An index over entries, made once; safe to ask from any thread."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries = tuple(entries)
        spelt = [
            (key, number, name)
            for number, entry in enumerate(self.entries)
            for key, name in _keys(entry.names)
        ]
        spelt.sort()
        self._spelt = spelt
        self._keys = [key for key, _, _ in spelt]
        self._ranks = self._ranked()
        words = sorted(
            (tail, at)
            for at, (key, _, name) in enumerate(spelt)
            for tail in _tails(plain(name))
            if tail != key
        )
        self._tails = [tail for tail, _ in words]
        self._tail_of = np.asarray([at for _, at in words], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.entries)

    def search(self, text: str, limit: int = 10) -> list[Hit]:
        """At most `limit` places: exact, beginning so, with a word beginning so; misspelt when there is none.

        Of each, by kind, then by name.
        """
        found: list[Hit] = []
        for match, hits in self.matches(text, limit):
            found += hits
            if len(found) >= limit or (match == "word" and found):
                break
        return found[:limit]

    def matches(self, text: str, most: int = MOST) -> Iterator[tuple[str, list[Hit]]]:
        """Each way of MATCHES in turn with at most so many entries that match so, likeliest first.

        An entry comes once, under its best match.
        """
        wanted = squeezed(text)
        seen: set[int] = set()
        if not wanted:
            return
        looks = (self._exact, self._beginning, self._worded, self._misspelt)
        for match, look in zip(MATCHES, looks, strict=True):
            hits = self._hits(look(wanted), match, seen, most)
            yield match, hits

    def _hits(self, found: Ats, match: str, seen: set[int], most: int) -> list[Hit]:
        hits: list[Hit] = []
        for at in found.tolist():
            _, number, name = self._spelt[at]
            if number not in seen:
                seen.add(number)
                hits.append(Hit(self.entries[number], name, match))
                if len(hits) == most:
                    break
        return hits

    def _ranked(self) -> Ats:
        """The rank of each spelling [k]: by kind, then by name, then by place."""

        def key(at: int) -> tuple[int, str, LonLat]:
            spelt, number, _ = self._spelt[at]
            return kind_rank(self.entries[number].kind), spelt, self.entries[number].place

        ranks = np.empty(len(self._spelt), dtype=np.int64)
        ranks[sorted(range(len(self._spelt)), key=key)] = np.arange(len(self._spelt))
        return ranks

    def _by_rank(self, found: Ats) -> Ats:
        return found[np.argsort(self._ranks[found], kind="stable")]

    def _exact(self, wanted: str) -> Ats:
        first, last = bisect_left(self._keys, wanted), bisect_right(self._keys, wanted)
        return self._by_rank(np.arange(first, last))

    def _beginning(self, wanted: str) -> Ats:
        first, last = bisect_left(self._keys, wanted), bisect_left(self._keys, wanted + _LAST)
        return self._by_rank(np.arange(first, last))

    def _worded(self, wanted: str) -> Ats:
        first, last = bisect_left(self._tails, wanted), bisect_left(self._tails, wanted + _LAST)
        return self._by_rank(self._tail_of[first:last])

    def _misspelt(self, wanted: str) -> Ats:
        most = (len(wanted) >= _ONE_EDIT) + (len(wanted) >= _TWO_EDITS)
        if not most or not self._keys:
            return np.empty(0, dtype=np.int64)
        far = {at: edits(wanted, self._keys[at], most) for at in self._sharing_letters(wanted, most).tolist()}
        near = sorted((far[at], int(self._ranks[at]), at) for at in far if far[at] <= most)
        return np.asarray([at for _, _, at in near], dtype=np.int64)

    def _sharing_letters(self, wanted: str, most: int) -> Ats:
        """Spellings with nearly as many of each letter: an edit changes at most two counts, by one."""
        rows = np.flatnonzero(np.abs(self._sizes - len(wanted)) <= most)
        counts = self._letters[rows].astype(np.int16) - _letters([wanted])[0]
        found: Ats = rows[np.abs(counts).sum(axis=1) <= 2 * most]
        return found

    @cached_property
    def _sizes(self) -> Ats:
        return np.asarray([len(key) for key in self._keys], dtype=np.int64)

    @cached_property
    def _letters(self) -> NDArray[np.uint8]:
        return _letters(self._keys)

    def nearest_spellings(self, text: str, limit: int = 5) -> list[Hit]:
        """What may have been meant when nothing matches: misspelt, or or with a word that begins alike."""
        hits = self.search(text, limit)
        shorter = squeezed(text)
        while not hits and len(shorter) > _LEAST_SHARED:
            shorter = shorter[:-1]
            found = np.concatenate((self._beginning(shorter), self._worded(shorter)))
            hits = self._hits(found, "prefix", set(), limit)
        return hits


def _letters(keys: Sequence[str]) -> NDArray[np.uint8]:
    """How many of each letter every key has [keys, 64]; letters far apart in the alphabets share a column."""
    codes = np.frombuffer("".join(keys).encode("utf-32-le"), dtype=np.uint32) % _COLUMNS
    owner = np.repeat(np.arange(len(keys)), [len(key) for key in keys])
    counts = np.bincount(owner * _COLUMNS + codes, minlength=len(keys) * _COLUMNS)
    return np.minimum(counts, 255).astype(np.uint8).reshape(len(keys), _COLUMNS)


def kind_rank(kind: str) -> int:
    """How likely a kind is meant by a name alone, 0 the likeliest."""
    return _RANK.get(kind, len(_RANK))


def distinct(hits: Iterable[Hit]) -> list[Hit]:
    """Without the hits that are the same place as an earlier one: one spelling, within either's reach."""
    kept: dict[str, list[Hit]] = {}
    order: list[Hit] = []
    for hit in hits:
        alike = kept.setdefault(squeezed(hit.name), [])
        if not any(_same(one.entry, hit.entry) for one in alike):
            alike.append(hit)
            order.append(hit)
    return order


def _same(a: Entry, b: Entry) -> bool:
    return distance_m(a.place, b.place) <= max(a.radius_m, b.radius_m, _SAME_M)


def _keys(names: Sequence[str]) -> list[tuple[str, str]]:
    """Every distinct key of these names with the first name spelt so."""
    keys: dict[str, str] = {}
    for name in names:
        if key := squeezed(name):
            keys.setdefault(key, name)
    return list(keys.items())


def _tails(name: str) -> list[str]:
    words = name.split()
    return ["".join(words[at:]) for at in range(1, len(words))]


_Row = tuple[tuple[str, ...], str, float, float, float, str]


def packed(entries: Iterable[Entry]) -> NDArray[np.uint8]:
    """The entries as bytes for a file."""
    rows = [(one.names, one.kind, *one.place, one.radius_m, one.source) for one in entries]
    return np.frombuffer(msgspec.json.encode(rows), dtype=np.uint8)


def unpacked(array: NDArray[np.uint8]) -> list[Entry]:
    """The entries of a file; raises BadRoadsFile."""
    try:
        rows = msgspec.json.decode(array.tobytes(), type=list[_Row])
    except msgspec.MsgspecError as fault:
        raise BadRoadsFile(f"the place names of a file are damaged ({fault}); import it again") from fault
    return [
        Entry(names, kind, check(lon, lat), radius_m, source)
        for names, kind, lon, lat, radius_m, source in rows
        if names
    ]

"""Positions as columns of numbers: thousands are packed for COPY, and their numbers claimed, at once.

For reports of which nothing is in doubt: numbered by their device, the clock right, no flag, not spoken.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from casevac.store.packed import DAY_US, EPOCH, POINT, WGS84, head, tail
from casevac.store.seen import BLOCK, Blocks
from casevac.terms import Source

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MEASURED = ("altitude", "accuracy", "speed", "course", "battery")
_EPOCH_US = int(EPOCH.timestamp()) * 1_000_000
_TAIL = tail(None, ())
_WORD, _LONG, _REAL = ">i4", ">i8", ">f8"


class Columns(NamedTuple):
    """Positions, those of a device side by side in the order of their numbers.

    devices: mission and name of each device [d]; of: [k] which of them; epoch, n: [k]; at, sent, received:
    [k] microseconds since 1970; lon, lat: [k] degrees; measured: [5, k] as MEASURED, NaN where not told.
    """

    devices: list[tuple[str, str]]
    of: Ints
    epoch: Ints
    n: Ints
    at: Ints
    sent: Ints
    received: Ints
    lon: Floats
    lat: Floats
    measured: Floats

    def where(self, chosen: NDArray[np.bool_] | Ints) -> "Columns":
        """These positions alone; the devices stay as they are."""
        return Columns(
            self.devices,
            self.of[chosen], self.epoch[chosen], self.n[chosen],
            self.at[chosen], self.sent[chosen], self.received[chosen],
            self.lon[chosen], self.lat[chosen], self.measured[:, chosen],
        )  # fmt: skip

    def ends(self) -> Ints:
        """Of each device that has any, the place of its last position."""
        return np.flatnonzero(np.append(self.of[1:] != self.of[:-1], [True] * bool(len(self.of))))

    def days(self) -> set[int]:
        """The days since EPOCH on which the fixes were made."""
        return set(np.unique((self.at - _EPOCH_US) // DAY_US).tolist())

    def blocks(self) -> Blocks:
        """The bits of their numbers."""
        block, place = self.n // BLOCK, self.n % BLOCK
        changes = [np.diff(column) != 0 for column in (self.of, self.epoch, block)]
        begins = np.append([True] * bool(len(block)), np.logical_or.reduce(changes))
        bits = np.zeros((int(begins.sum()), BLOCK), dtype=np.uint8)
        bits[np.cumsum(begins) - 1, place] = 1
        told = np.packbits(bits, axis=1)
        firsts = np.flatnonzero(begins)
        names = [self.devices[one][1] for one in self.of[firsts]]
        keys = zip(names, self.epoch[firsts].tolist(), block[firsts].tolist(), strict=True)
        return {key: row.tobytes().hex() for key, row in zip(keys, told, strict=True)}

    def rows(self) -> list[bytes]:
        """Their rows for COPY in a few runs: one for each pattern of what is told and length of the names."""
        heads = [head(mission, device, Source.DEVICE) for mission, device in self.devices]
        lengths = np.array([len(one) for one in heads])
        silent = np.isnan(self.measured)
        patterns = lengths[self.of] << len(MEASURED) | (1 << np.arange(len(MEASURED))) @ silent
        runs: list[bytes] = []
        for pattern in np.unique(patterns).tolist():
            length, nulls = pattern >> len(MEASURED), pattern & (1 << len(MEASURED)) - 1
            names = np.array([one if len(one) == length else b"" for one in heads], dtype=f"S{length}")
            runs.append(self.where(patterns == pattern)._run(names, nulls))
        return runs

    def _run(self, names: NDArray[np.bytes_], nulls: int) -> bytes:
        """Rows of one pattern; `names` are the heads of all devices."""
        pattern = _pattern(names.dtype.itemsize, nulls)
        rows = np.empty(len(self.of), dtype=pattern.dtype)
        rows[:] = pattern
        rows["head"] = names[self.of]
        rows["epoch"], rows["n"], rows["lon"], rows["lat"] = self.epoch, self.n, self.lon, self.lat
        rows["at"] = rows["corrected_at"] = self.at - _EPOCH_US
        rows["received_at"], rows["sent_at"] = self.received - _EPOCH_US, self.sent - _EPOCH_US
        for place, name in enumerate(MEASURED):
            if not nulls >> place & 1:
                rows[name] = self.measured[place]
        return rows.tobytes()


@lru_cache(maxsize=256)
def _pattern(length: int, nulls: int) -> NDArray[np.void]:
    """A row with everything that is the same in all rows of a pattern; [] without dimensions."""
    fields: list[tuple[str, str]] = [("head", f"S{length}")]
    for name in ("epoch", "n", "at", "corrected_at", "received_at"):
        fields += [(f"of {name}", _WORD), (name, _LONG)]
    fields += [("of point", _WORD), ("order", "u1"), ("kind", ">u4"), ("srid", ">u4")]
    fields += [("lon", _REAL), ("lat", _REAL), ("of sent_at", _WORD), ("sent_at", _LONG)]
    told = [name for place, name in enumerate(MEASURED) if not nulls >> place & 1]
    for name in MEASURED:
        fields += [(f"of {name}", _WORD), (name, _REAL)] if name in told else [(f"of {name}", _WORD)]
    fields.append(("tail", f"S{len(_TAIL)}"))
    row = np.zeros((), dtype=fields)
    for name, _ in fields:
        if name.startswith("of "):
            row[name] = 8
    for name in set(MEASURED) - set(told):
        row[f"of {name}"] = -1
    row["of point"], row["order"], row["kind"], row["srid"], row["tail"] = 25, 0, POINT, WGS84, _TAIL
    return row

"""What the load generator sent and what was receipted, on disk before it counts.

A record is a directory:

- `devices.json`: {"epoch": E, "names": [...]}; a device is named below by its place in that list.
- `sent.bin`: 16 bytes a report, two little-endian unsigned 64-bit numbers: device << 40 | n, and the
  report's own time in microseconds since 1970. Written and fsynced BEFORE the report is published, so
  whatever was published is in it.
- `receipted.bin`: 24 bytes a number, three such: device << 40 | n, when the receipt came, and the
  microseconds from the FIRST publication to the receipt. Written and fsynced before it is counted as
  receipted.
- `refused.bin`: 16 bytes a number: device << 40 | n, when it was refused.
- `final.json`: the last status, written when the generator ended of its own.

A file cut short by a crash ends in part of an entry, which a reader leaves out.
"""

import json
import os
import time
from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SHIFT = 40
NUMBERS = (1 << SHIFT) - 1
_FIELDS = {"sent": 2, "receipted": 3, "refused": 2}
Keys = NDArray[np.uint64]


class Record:
    """Appends to a record; `flush` makes durable what was added since."""

    def __init__(self, place: Path, names: list[str]) -> None:
        place.mkdir(parents=True, exist_ok=True)
        told = place / "devices.json"
        if not told.exists():
            epoch = time.time_ns() // 1_000_000
            told.write_text(json.dumps({"epoch": epoch, "names": names}))
        kept = json.loads(told.read_text())
        if kept["names"] != names:
            raise SystemExit(f"{place} is the record of other devices; name another directory")
        self.place, self.epoch = place, int(kept["epoch"])
        self._new = {name: array("Q") for name in _FIELDS}
        self._files = {name: _opened(place / f"{name}.bin", fields) for name, fields in _FIELDS.items()}

    @property
    def sent(self) -> "array[int]":
        """Entries of sent.bin still to be written."""
        return self._new["sent"]

    @property
    def receipted(self) -> "array[int]":
        """Entries of receipted.bin still to be written."""
        return self._new["receipted"]

    @property
    def refused(self) -> "array[int]":
        """Entries of refused.bin still to be written."""
        return self._new["refused"]

    def taken(self) -> dict[str, bytes]:
        """What is to be written now; what is added from here on belongs to the next flush."""
        out = {name: entries.tobytes() for name, entries in self._new.items() if entries}
        for name in out:
            self._new[name] = array("Q")
        return out

    def write(self, chunks: dict[str, bytes]) -> None:
        """Write and fsync; safe in a thread of its own."""
        for name, chunk in chunks.items():
            os.write(self._files[name], chunk)
            os.fdatasync(self._files[name])

    def close(self, final: dict[str, object]) -> None:
        """Write what is left and the final status."""
        self.write(self.taken())
        with (self.place / "final.json").open("w") as file:
            json.dump(final, file)
            file.flush()
            os.fsync(file.fileno())
        for handle in self._files.values():
            os.close(handle)


def _opened(path: Path, fields: int) -> int:
    """A file to append to, after cutting an entry that a crash left in part."""
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    size = os.fstat(handle).st_size
    os.ftruncate(handle, size - size % (8 * fields))
    return handle


@dataclass(frozen=True)
class Recorded:
    """A record as read back; keys are device << 40 | n.

    sent, refused: keys [k]; at_us: the report's own time [k of sent]; receipted: keys [m] as they came
    (a number receipted twice is there twice); receipted_us, latency_us: [m].
    """

    epoch: int
    names: list[str]
    sent: Keys
    at_us: Keys
    receipted: Keys
    receipted_us: Keys
    latency_us: Keys
    refused: Keys

    def numbers(self, keys: Keys) -> list[tuple[str, int]]:
        """(device's name, n) of keys."""
        return [(self.names[int(key) >> SHIFT], int(key) & NUMBERS) for key in keys]


def load(place: Path) -> Recorded:
    """Read a record, of a run that ended or is still running."""
    told = json.loads((place / "devices.json").read_text())
    sent, receipted, refused = (_read(place / f"{name}.bin", fields) for name, fields in _FIELDS.items())
    return Recorded(
        epoch=int(told["epoch"]),
        names=list(told["names"]),
        sent=sent[:, 0],
        at_us=sent[:, 1],
        receipted=receipted[:, 0],
        receipted_us=receipted[:, 1],
        latency_us=receipted[:, 2],
        refused=refused[:, 0],
    )


def _read(path: Path, fields: int) -> Keys:
    """The whole entries of a file, [k, fields]."""
    raw = path.read_bytes() if path.exists() else b""
    whole = len(raw) - len(raw) % (8 * fields)
    return np.frombuffer(raw[:whole], dtype="<u8").reshape(-1, fields)

"""One file that holds named flat arrays: magic, JSON header, arrays aligned to 64 bytes; memory-mapped."""

import hashlib
import json
import mmap
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from geo.errors import BadRoadsFile

Array = NDArray[Any]
MAGIC = b"CASEVAC-ROADS\x00\x00\x02"
_ALIGN = 64
_WRONG = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, SyntaxError)
"""What reading a header whose bits are others may end in; the last is numpy's, of a kind it cannot parse."""
_AGAIN = "import the extract again with `casevac roads import`"


def digest(arrays: Mapping[str, Array]) -> str:
    """SHA-256 (hex) over names, types, shapes and bytes of the arrays, in the order of their names."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        total.update(f"{name}|{array.dtype.str}|{array.shape}\n".encode())
        total.update(_bytes(array))
    return total.hexdigest()


def _bytes(array: Array) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def save(path: Path, arrays: Mapping[str, Array], about: Mapping[str, Any]) -> None:
    """Write the arrays to path whole or not at all (temporary file, fsync, rename); raises BadRoadsFile."""
    header, size = _layout(arrays, about)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                _write(out, header, size, arrays)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as fault:
        raise BadRoadsFile(
            f"cannot write the road network {path}: {fault.strerror}; make room and try again"
        ) from fault


def _write(out: BinaryIO, header: bytes, size: int, arrays: Mapping[str, Array]) -> None:
    out.write(MAGIC + len(header).to_bytes(8, "little") + header)
    for name in sorted(arrays):
        out.write(b"\0" * (-out.tell() % _ALIGN))
        out.write(_bytes(arrays[name]))
    out.write(b"\0" * (size - out.tell()))
    out.flush()
    os.fsync(out.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _layout(arrays: Mapping[str, Array], about: Mapping[str, Any]) -> tuple[bytes, int]:
    """JSON header padded so that its own length is settled, and the size of the whole file."""
    at, places = 0, {}
    for name in sorted(arrays):
        at += -at % _ALIGN
        places[name] = [arrays[name].dtype.str, list(arrays[name].shape), at]
        at += arrays[name].nbytes
    body = json.dumps({"arrays": places, "bytes": at, "about": dict(about)}, sort_keys=True).encode()
    body += b" " * (-(len(MAGIC) + 8 + len(body)) % _ALIGN)
    return body, len(MAGIC) + 8 + len(body) + at


def load(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """Arrays (read-only, memory-mapped) and the header's `about`; raises BadRoadsFile."""
    try:
        with path.open("rb") as source:
            size = os.fstat(source.fileno()).st_size
            start_of_file = source.read(len(MAGIC))
            if start_of_file[:-1] == MAGIC[:-1] and start_of_file != MAGIC:
                raise BadRoadsFile(f"the road network {path} is of another version of the software; {_AGAIN}")
            if start_of_file != MAGIC:
                raise BadRoadsFile(f"{path} is not a road network file of this version; {_AGAIN}")
            length = int.from_bytes(source.read(8), "little")
            start = len(MAGIC) + 8 + length
            body = source.read(length) if start <= size else b""
            layout = _parsed(path, body)
            _check_size(path, size, start + layout["bytes"])
            whole = mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as fault:
        raise BadRoadsFile(
            f"cannot read the road network {path}: {fault.strerror or fault}; {_AGAIN}"
        ) from fault
    try:
        views = {name: _view(whole, start, *place) for name, place in layout["arrays"].items()}
        return views, dict(layout["about"])
    except _WRONG as fault:
        raise _damaged(path) from fault


def _parsed(path: Path, body: bytes) -> dict[str, Any]:
    try:
        layout = json.loads(body)
        return {"bytes": int(layout["bytes"]), "arrays": layout["arrays"], "about": layout["about"]}
    except _WRONG as fault:
        raise _damaged(path) from fault


def _damaged(path: Path) -> BadRoadsFile:
    return BadRoadsFile(f"the road network {path} is cut short or damaged; {_AGAIN}")


def _check_size(path: Path, found: int, wanted: int) -> None:
    if found != wanted:
        state = "cut short" if found < wanted else "longer than it should be"
        raise BadRoadsFile(f"the road network {path} is {state} ({found} of {wanted} bytes); {_AGAIN}")


def _view(whole: mmap.mmap, start: int, kind: str, shape: list[int], at: int) -> Array:
    count = int(np.prod(shape, dtype=np.int64))
    return np.frombuffer(whole, dtype=np.dtype(kind), count=count, offset=start + at).reshape(shape)

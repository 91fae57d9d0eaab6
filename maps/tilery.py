"""Vector tiles for many viewers: few at a time from the store, the last ones kept, nobody waits for ever."""

import asyncio
import gzip
from collections import OrderedDict
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool

from casevac.errors import StoreUnreachable, Unknown
from casevac.store import drawings, tiles
from maps.pool import Pool

AT_ONCE = 3  # a tile is one core of the store for some ms
MOST_WAITING = 600  # a screen shows some 20
MOST_KEPT_BYTES = 24 * 1024 * 1024
_WORTH_PACKING = 300
_LEVEL = 5
_ENTRY_BYTES = 400  # what keeping a tile costs beside its body: most of the world is empty ones
Address = tuple[str, int, int, int]


class Tile(NamedTuple):
    """The body, and whether it is gzipped."""

    body: bytes
    packed: bool


class Tilery:
    """Makes and keeps tiles; to be asked from the event loop."""

    def __init__(self, pool: Pool, most_bytes: int = MOST_KEPT_BYTES) -> None:
        self._pool = pool
        self._most_bytes = most_bytes
        self._free = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._kept: OrderedDict[Address, Tile] = OrderedDict()
        self._bytes = 0

    async def tile(self, key: str, zoom: int, x: int, y: int) -> Tile:
        """One tile; raises BadSetting, Unknown, NotPossible, StoreUnreachable."""
        tiles.check(zoom, x, y)
        address = (key, zoom, x, y)
        if (known := self._kept.get(address)) is not None:
            self._kept.move_to_end(address)
            return known
        if self._waiting >= MOST_WAITING:
            raise StoreUnreachable("too many map tiles are asked for at this moment; try again in 2 s")
        self._waiting += 1
        try:
            async with self._free:
                made = await run_in_threadpool(self._make, address)
        finally:
            self._waiting -= 1
        self._keep(address, made)
        return made

    def _make(self, address: Address) -> Tile:
        with self._pool.lend() as db:
            body = tiles.tile(db, *address)
            if not body and drawings.by_key(db, address[0]) is None:
                raise Unknown(
                    f"no network is drawn as {address[0][:40]!r}; ask /api/basemap for the present one"
                )
        if len(body) < _WORTH_PACKING:
            return Tile(body, packed=False)
        return Tile(gzip.compress(body, _LEVEL, mtime=0), packed=True)

    def _keep(self, address: Address, made: Tile) -> None:
        if (before := self._kept.pop(address, None)) is not None:
            self._bytes -= _weight(before)
        self._bytes += _weight(made)
        self._kept[address] = made
        while self._bytes > self._most_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= _weight(oldest)

    def __len__(self) -> int:
        """How many tiles are kept."""
        return len(self._kept)


def _weight(tile: Tile) -> int:
    return len(tile.body) + _ENTRY_BYTES

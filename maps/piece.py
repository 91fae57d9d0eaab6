"""Frames as bytes for the wire, each compressed and framed once, whatever the number of its readers.

Over HTTP a stream is chunked, and gzip for whoever accepts that: the header once, then every frame as raw
deflate blocks of a compressor of its own, closed by a full flush. No block refers to what came before it, so
the same bytes are good in every reader's stream at any place. Measured at 300 of 1,000 assets a second: a
frame is 1.1 kB. A context for each reader would make that 0.9 kB, and 4,000 of them would take 1 GB and
compress everything 4,000 times. A WebSocket with messages compressed alone would be as small as this; SSE is
kept, because curl and EventSource read and resume it.

A stream that ends has no gzip trailer: its checksum would be each reader's own. The last chunk says that
it is whole; browsers, curl and httpx ask for no more.

No frame holds a secret beside text that a stranger's page may choose: tokens travel in cookies only, and
no other origin can open or measure a stream (CORP, no CORS, SameSite cookies). Lengths betray no secret.
"""

import zlib

GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def chunk(body: bytes) -> bytes:
    """One chunk of a chunked answer."""
    return b"%x\r\n%b\r\n" % (len(body), body)


class Piece:
    """One frame; compressed when the first reader wants it so."""

    __slots__ = ("_packed", "_plain", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._plain: bytes | None = None
        self._packed: bytes | None = None

    def wire(self, *, gzip: bool) -> bytes:
        """What is written to a reader's connection."""
        if gzip:
            if self._packed is None:
                self._packed = chunk(_deflated(self.raw))
            return self._packed
        if self._plain is None:
            self._plain = chunk(self.raw)
        return self._plain

    def __len__(self) -> int:
        """Bytes, uncompressed."""
        return len(self.raw)


def _deflated(raw: bytes) -> bytes:
    press = zlib.compressobj(6, zlib.DEFLATED, -15, 9)
    return press.compress(raw) + press.flush(zlib.Z_FULL_FLUSH)


def accepts_gzip(header: str) -> bool:
    """True when an Accept-Encoding takes gzip."""
    for one in header.lower().split(","):
        name, _, wish = one.strip().partition(";")
        if name.strip() in ("gzip", "x-gzip", "*"):
            return wish.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False

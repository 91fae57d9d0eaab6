"""HTTP/1.1 at our doors: heads are bounded in bytes and in time, live streams are written straight.

What a stranger may cost before a request is whole is bounded here, and here the bytes of a live stream are
handed to its connection without a task for each: thousands of viewers share them.
"""

import os
import socket
from asyncio import AbstractEventLoop, TimerHandle
from contextlib import suppress
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from maps.viewer import Viewer

HEAD_BYTES = 64 * 1024  # the parser keeps all of it, at a cost that grows with its square
PARTING_S = 1.0
UNSENT_BYTES = 16 * 1024  # of a stream, held by the system; more of it would hide how slow the link is
BUFFERED_BYTES = 32 * 1024  # and held by us
HEAD_S = 20.0  # from the connection on, its handshake included; later from the first byte of the request


class Terse(HttpToolsProtocol):
    """HTTP/1.1 as Uvicorn speaks it; who sends a head that is too long or never ends is shown out."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head = 0  # bytes of this request that were no body: its head, its trailers
        self._viewer: Viewer | None = None
        self._late: TimerHandle | None = self.loop.call_later(HEAD_S, self._close)

    def data_received(self, data: bytes) -> None:
        """Read on, unless what came so far is too much; then one line in words and the end."""
        self._head += len(data)
        super().data_received(data)
        if self._head <= HEAD_BYTES or self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.send_400_response(f"The head of a request has at most {HEAD_BYTES} bytes.")
        self._close()

    def on_message_begin(self) -> None:
        """A request begins: so does its time."""
        super().on_message_begin()
        self._head = 0
        if self._late is None:
            self._late = self.loop.call_later(HEAD_S, self._close)

    def on_headers_complete(self) -> None:
        """Its head is whole: what the app does with it may take as long as it takes."""
        self._head = 0
        if self._late is not None:
            self._late.cancel()
            self._late = None
        self.scope["state"]["line"] = self
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A body is bounded by who reads it."""
        self._head = max(0, self._head - len(body))
        super().on_body(body)

    # --- a live stream (maps/viewer.py Line)

    def follow(self, viewer: Viewer) -> None:
        """The answer's head is sent; from now on this viewer writes its body."""
        if self.transport.is_closing():
            viewer.gone()
            return
        self._viewer = viewer
        self.transport.set_write_buffer_limits(high=BUFFERED_BYTES)
        with suppress(OSError, AttributeError), socket.socket(fileno=os.dup(self._descriptor())) as door:
            door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        viewer.attach(self)

    def unfollow(self) -> None:
        """The body is whole; what follows is Uvicorn's again."""
        self._viewer = None

    @property
    def stalled(self) -> bool:
        """True while the connection holds so much unsent that it wants no more."""
        return bool(self.flow.write_paused)

    def write(self, body: bytes) -> None:
        """Bytes of the body, chunked already."""
        self.transport.write(body)

    def cut(self) -> None:
        """End the connection without a word."""
        self.transport.abort()

    def resume_writing(self) -> None:
        """The connection takes more."""
        super().resume_writing()
        if self._viewer is not None:
            self._viewer.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client hung up."""
        viewer, self._viewer = self._viewer, None
        if viewer is not None:
            viewer.gone()
        super().connection_lost(exc)

    def _descriptor(self) -> int:
        return int(self.transport.get_extra_info("socket").fileno())

    def _close(self) -> None:
        if self.transport is not None:
            self.transport.close()
            self.loop.call_later(PARTING_S, self.transport.abort)  # over TLS it would hear them out

"""What a stranger may cost before a request is whole: its head has a bound in bytes and in time."""

from asyncio import AbstractEventLoop, TimerHandle
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

HEAD_BYTES = 64 * 1024  # the parser keeps all of it, at a cost that grows with its square
PARTING_S = 1.0
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
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A body is bounded by who reads it."""
        self._head = max(0, self._head - len(body))
        super().on_body(body)

    def _close(self) -> None:
        if self.transport is not None:
            self.transport.close()
            self.loop.call_later(PARTING_S, self.transport.abort)  # over TLS it would hear them out

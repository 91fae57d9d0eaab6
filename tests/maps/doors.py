"""The real server with its door over TLS beside the plain one."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from casevac.roof.ca import Authority, names_of
from casevac.roof.home import Home
from maps.condition import UNSEEN
from maps.listeners import Beyond, Https
from maps.server import Server
from tests.maps.door import PATIENCE_S
from tests.maps.mission import Story
from tests.ports import next_free


class Doors:
    """A server with both doors; `certified` counts as a roof that renews."""

    def __init__(self, story: Story, home: Home) -> None:
        self.port, self.secure_port = next_free(8500), next_free(8600)
        self.authority = Authority(home)
        self.names: list[str] = []
        self.https = Https("127.0.0.1", self.secure_port, self._certified)
        self._server = Server(story.url, story.home, self.port, UNSEEN, Beyond(https=self.https))

    def _certified(self) -> tuple[Path, frozenset[str]]:
        file = self.authority.server(self.names)
        return file, names_of(file)

    @contextmanager
    def open(self) -> Iterator[None]:
        ready = threading.Event()
        thread = threading.Thread(target=self._server.run, args=(ready.set,))
        thread.start()
        try:
            assert ready.wait(PATIENCE_S)
            yield
        finally:
            self._server.stop()
            thread.join(PATIENCE_S)
            assert not thread.is_alive()

    def client(self, host: str = "localhost") -> httpx.Client:
        context = ssl.create_default_context(cafile=str(self.authority.path))
        return httpx.Client(base_url=f"https://{host}:{self.secure_port}", verify=context, timeout=PATIENCE_S)

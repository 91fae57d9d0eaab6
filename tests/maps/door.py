"""The real server on a free port, and a reader of its stream."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from maps.condition import Sight
from maps.server import Server
from tests.maps.mission import Story
from tests.ports import next_free

PATIENCE_S = 60.0


@dataclass
class Door:
    """A running server."""

    port: int
    http: httpx.Client
    server: Server | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **query: Any) -> Any:
        """JSON of a GET that must succeed."""
        found = self.http.get(path, params=query)
        assert found.status_code == 200, found.text
        return found.json()

    def post(self, path: str, body: object, key: str | None = None) -> httpx.Response:
        """A command."""
        return self.http.post(path, json=body, headers={"Idempotency-Key": key} if key else {})


@contextmanager
def serving(
    story: Story,
    port: int | None = None,
    parts: Callable[[], dict[str, Any]] = dict,
    stages: Callable[[], dict[str, Any]] = dict,
) -> Iterator[Door]:
    """Serve the story's store for the length of a block."""
    port = port or next_free(8400)
    server = Server(story.url, story.home, port, Sight(parts, stages))
    ready = threading.Event()
    thread = threading.Thread(target=server.run, args=(ready.set,))
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S) as http:
            http.get("/api/health")
            yield Door(port, http, server)
    finally:
        server.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def wait_for(what: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """What becomes true, or fail."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come true in time")


@dataclass
class Reader:
    """Follows a stream in a thread; keeps every frame."""

    url: str
    since: str = ""
    last_event_id: str = ""
    frames: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    status: int = 0
    query: dict[str, str] = field(default_factory=dict)
    _response: httpx.Response | None = None
    _closing: bool = False

    def start(self) -> "Reader":
        """Connect and follow."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        wait_for(lambda: self.frames or self.ended.is_set())
        return self

    def _run(self) -> None:
        with suppress(httpx.HTTPError, RuntimeError):
            timeout = httpx.Timeout(PATIENCE_S, read=None)
            with httpx.stream(
                "GET",
                f"{self.url}/api/live/events",
                params={"since": self.since, **self.query},
                headers=self.request_headers(),
                timeout=timeout,
            ) as answer:
                self.status = answer.status_code
                self._response = answer
                self._read(answer)
        self.ended.set()

    def request_headers(self) -> dict[str, str]:
        """What the request says beside its address."""
        return {"Last-Event-ID": self.last_event_id} if self.last_event_id else {}

    def _read(self, answer: httpx.Response) -> None:
        event = ""
        for line in answer.iter_lines():
            if line.startswith("id: "):
                self.ids.append(line[4:])
            elif line.startswith("event: "):
                event = line[7:]
            elif line.startswith("data: "):
                self.frames.append((event, json.loads(line[6:])))
            if self._closing:
                return

    def close(self) -> None:
        """Hang up."""
        self._closing = True
        if self._response is not None:
            with suppress(Exception):
                stream = self._response.extensions["network_stream"]
                stream.get_extra_info("socket").shutdown(2)

    def seqs(self) -> list[int]:
        """Every log event seen, in the order of arrival."""
        return [line["seq"] for event, body in self.frames if event == "change" for line in body["log"]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """All frames of one kind."""
        return [body for event, body in self.frames if event == kind]

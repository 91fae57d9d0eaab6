"""The app: every route, the page's files, and the server that runs it on the loopback."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response
from starlette.responses import FileResponse, PlainTextResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

import casevac
from casevac.errors import PartFailed
from maps import aside, commands, faults, health, lists, live, look, metrics, replay, tellings
from maps.condition import UNSEEN, Lookout, Sight
from maps.desk import Desk
from maps.guard import LOOPBACK_HOSTS, Guard
from maps.hub import Hub
from maps.knock import Knock
from maps.past import Past
from maps.pool import Pool
from maps.routers import Routers
from maps.tail import News, Tail, Trouble

STATIC = Path(__file__).parent / "static"
LOOPBACK = "127.0.0.1"
STOP_S = 2
_YEAR = "public, max-age=31536000, immutable"
_log = logging.getLogger(__name__)


def create(
    database_url: str,
    home: Path,
    *,
    static: Path = STATIC,
    sight: Sight = UNSEEN,
    hosts: tuple[str, ...] = LOOPBACK_HOSTS,
    on_failure: Callable[[], None] = lambda: None,
) -> FastAPI:
    """The operations-centre door to one store.

    `home` holds the road networks; `sight` shows the parts of the installation and their figures;
    `on_failure` is called when the live tail dies of a bug.
    """
    hub, pool = Hub(), Pool(database_url)
    lookout = Lookout(hub, Knock(pool), home, sight)
    desk = Desk(hub, pool, Past(), Routers(home), static, lookout)
    app = FastAPI(
        title="Casevac",
        version=casevac.__version__,
        description="The operations-centre door: live map, requests, routes, replay.",
        docs_url=None,  # their pages fetch scripts from elsewhere; /openapi.json is the contract
        redoc_url=None,
        lifespan=lambda _: _running(desk, database_url, on_failure),
    )
    app.state.desk = desk
    for module in (live, look, lists, commands, tellings, replay, health, aside, metrics):
        app.include_router(module.router)
    faults.install(app)
    app.mount("/", Page(directory=static, html=True, check_dir=False))
    app.add_middleware(Guard, hosts=hosts)
    return app


@asynccontextmanager
async def _running(desk: Desk, database_url: str, on_failure: Callable[[], None]) -> AsyncIterator[None]:
    """The tail, the heartbeats and the lookout, for as long as the app lives."""
    loop, hub = asyncio.get_running_loop(), desk.hub

    def hear(told: News | Trouble) -> None:
        loop.call_soon_threadsafe(hub.hear, told)

    tail = Tail(database_url, hear, on_failure)
    rounds = [asyncio.create_task(hub.beat()), asyncio.create_task(desk.lookout.keep())]
    tail.start()
    try:
        yield
    finally:
        hub.close()
        for task in rounds:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(tail.stop)
        desk.pool.close()


class Page(StaticFiles):
    """The built page; files whose names carry a hash are kept by the browser for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file of the page, or how to build it."""
        if path in (".", "index.html") and not (Path(str(self.directory)) / "index.html").is_file():
            return PlainTextResponse(
                "The page is not built yet: cd maps/web && npm ci && npm run build\n", 503
            )
        found = await super().get_response(path, scope)
        if isinstance(found, FileResponse):
            hashed = path.startswith("assets/")
            found.headers["cache-control"] = _YEAR if hashed else "no-cache"
        return found


class Server:
    """Runs the app until it is stopped; open streams end within a moment."""

    def __init__(self, database_url: str, home: Path, port: int, sight: Sight) -> None:
        self._port = port
        self._failed = False
        app = create(database_url, home, sight=sight, on_failure=self._fail)
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            ws="none",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=STOP_S,
        )
        self._server = _Uvicorn(config, app.state.desk.hub)

    def run(self, ready: Callable[[], None]) -> None:
        """Serve; raises PartFailed when the port is taken or the live map has a bug."""
        with self._listening() as door:
            _log.info("the live map is at http://%s:%d", LOOPBACK, self._port)
            ready()
            self._server.run(sockets=[door])
        if self._failed:
            raise PartFailed("The live map ended by a fault of its own; see the log.")

    def stop(self) -> None:
        """Make `run` return."""
        self._server.should_exit = True

    def _fail(self) -> None:
        self._failed = True
        self.stop()

    def _listening(self) -> socket.socket:
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((LOOPBACK, self._port))
        except OSError as fault:
            door.close()
            raise PartFailed(
                f"port {self._port} cannot be used ({fault.strerror}); choose another"
            ) from fault
        door.listen(2048)
        return door


class _Uvicorn(uvicorn.Server):
    """Ends the open streams before it waits for their connections."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.close()
        await super().shutdown(sockets)

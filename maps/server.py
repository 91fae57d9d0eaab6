"""The app: every route, the page's files, and the server that runs it at every door."""

import asyncio
import gc
import logging
import resource
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from dataclasses import replace
from pathlib import Path

import uvicorn
from fastapi import Depends, FastAPI

import casevac
from casevac.errors import CasevacError, PartFailed
from maps import (
    aside,
    commands,
    faults,
    health,
    lists,
    lite,
    live,
    login,
    look,
    metrics,
    nine_line,
    phones,
    plan,
    reach,
    replay,
    tellings,
    tiles,
    timeline,
    watchlog,
)
from maps.condition import UNSEEN, Lookout, Sight
from maps.desk import Desk, Hears
from maps.gate import Gate
from maps.guard import Guard
from maps.hub import Hub
from maps.knock import Knock
from maps.listeners import HANDSHAKE_S, LOOPBACK, NOWHERE, REFRESH_S, Beyond, Https, listening
from maps.page import Page
from maps.past import Past
from maps.pool import Pool
from maps.routers import Routers
from maps.tail import News, Tail, Trouble
from maps.terse import Terse
from maps.tilery import Tilery

STATIC = Path(__file__).parent / "static"
STOP_S = 2
FILES = live.MOST_VIEWERS + 500  # a stream is an open file
WARM_EVERY_S = 1.0
PARTS = (
    live, look, tiles, reach, timeline, lists, commands, nine_line, plan, tellings, replay, health, aside,
    metrics, watchlog, login, lite, phones,
)  # fmt: skip
"""Modules with routes, in the order in which these are looked through."""
_log = logging.getLogger(__name__)


def create(
    database_url: str,
    home: Path,
    *,
    static: Path = STATIC,
    sight: Sight = UNSEEN,
    beyond: Beyond = NOWHERE,
    on_failure: Callable[[], None] = lambda: None,
) -> FastAPI:
    """The operations-centre door to one store.

    `home` holds the road networks; `sight` shows the parts of the installation and their figures; `beyond`
    names it on the network;
    `on_failure` is called when the live tail dies of a bug.
    """
    hub, pool = Hub(), Pool(database_url)
    lookout, gate = Lookout(hub, Knock(pool), home, sight), Gate(pool)
    desk = Desk(hub, pool, Past(), Routers(home), static, lookout, gate, Tilery(pool))
    app = FastAPI(
        title="Casevac",
        version=casevac.__version__,
        description="The operations-centre door: live map, requests, routes, replay.",
        docs_url=None,  # their pages fetch scripts from elsewhere; /openapi.json is the contract
        redoc_url=None,
        lifespan=lambda _: _running(desk, database_url, on_failure),
        dependencies=[Depends(login.allowed)],
    )
    app.state.desk = desk
    for module in PARTS:
        app.include_router(module.router)
    faults.install(app)
    app.mount("/", Page(directory=static, html=True, check_dir=False))
    app.add_middleware(Guard, beyond=beyond.hosts)
    return app


@asynccontextmanager
async def _running(desk: Desk, database_url: str, on_failure: Callable[[], None]) -> AsyncIterator[None]:
    """The tail, the heartbeats, the lookout and the watch at the gate, for as long as the app lives."""
    loop, hub = asyncio.get_running_loop(), desk.hub

    def hear(told: News | Trouble) -> None:
        loop.call_soon_threadsafe(take, told)

    def take(told: News | Trouble) -> None:
        hub.hear(told)
        tail.every_s = hub.every_s

    tail = Tail(database_url, hear, on_failure)
    rounds = [
        asyncio.create_task(one) for one in (hub.beat(), desk.lookout.keep(), desk.gate.keep(), _warm(desk))
    ]

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            _log.error("a round of this part died", exc_info=task.exception())
            on_failure()

    for task in rounds:
        task.add_done_callback(ended)
    tail.start()
    try:
        yield
    finally:
        hub.close()
        for task in rounds:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        desk.gate.close()
        await asyncio.to_thread(tail.stop)
        desk.pool.close()


async def _warm(desk: Desk) -> None:
    """Keep the roads of the latest mission ready, from the start on: a first closure waits for nothing.

    Whatever goes wrong is told: without warm roads the live map is slower once, and goes on.
    """
    while not desk.hub.closing:
        for room in [desk.hub.rooms[name] for name in desk.hub.latest[:1] if name in desk.hub.rooms]:
            warming = asyncio.to_thread(desk.routers.warm, room.scene.picture)
            (done,) = await asyncio.gather(warming, return_exceptions=True)
            if isinstance(done, BaseException):
                _log.error("the roads could not be made ready; whoever needs them is told", exc_info=done)
            elif done:
                await asyncio.to_thread(_settle)
        await asyncio.sleep(WARM_EVERY_S)


def _settle() -> None:
    """What is kept for good is looked through for garbage no more: with a town's roads that is 0.1 s.

    What was kept before, as the roads under vehicle profiles that were replaced since, may go now.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Server:
    """Runs the app until it is stopped; open streams end within a moment."""

    def __init__(
        self,
        database_url: str,
        home: Path,
        port: int,
        sight: Sight,
        beyond: Beyond = NOWHERE,
        hears: Hears | None = None,
    ) -> None:
        self._port = port
        self._beyond = beyond
        self._failed = False
        app = create(database_url, home, sight=sight, on_failure=self._fail, beyond=beyond)
        app.state.desk = replace(app.state.desk, hears=hears)
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http=Terse,
            ws="none",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,  # nobody stands before us: which door it was, only the connection tells
            timeout_keep_alive=30,
            timeout_graceful_shutdown=STOP_S,
        )
        self.hub: Hub = app.state.desk.hub
        self._server = _Uvicorn(config, self.hub, beyond.https)

    def run(self, ready: Callable[[], None]) -> None:
        """Serve; raises PartFailed when the port is taken or the live map has a bug."""
        with ExitStack() as held:
            places = [(LOOPBACK, self._port), *self._beyond.plain]
            doors = [held.enter_context(closing(listening(*place))) for place in places]
            if (https := self._beyond.https) is not None:
                self._server.secure = held.enter_context(closing(listening(https.address, https.port)))
            raise_files()
            _log.info("the live map is at http://%s:%d", LOOPBACK, self._port)
            ready()
            self._server.run(sockets=doors)
        if self._failed:
            raise PartFailed("The live map ended by a fault of its own; see the log.")

    def stop(self) -> None:
        """Make `run` return."""
        self._server.should_exit = True

    def _fail(self) -> None:
        self._failed = True
        self.stop()


def raise_files() -> None:
    """As many open files as the system allows us; says so when those are too few for all viewers."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(
            ValueError, OSError
        ):  # a system with a lower bound of its own: we go on with what we have
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    had = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if had != resource.RLIM_INFINITY and had < FILES:
        _log.warning(
            "this system allows %d open files: about %d people can watch at once, not %d; raise its hard"
            " limit (ulimit -Hn, LimitNOFILE)", had, max(0, had - 500), live.MOST_VIEWERS,
        )  # fmt: skip


class _Uvicorn(uvicorn.Server):
    """Serves the same app over TLS too; ends the open streams before it waits for their connections."""

    def __init__(self, config: uvicorn.Config, hub: Hub, https: Https | None) -> None:
        super().__init__(config)
        self._hub = hub
        self._https = https
        self._fresh: asyncio.Task[None] | None = None
        self.secure: socket.socket | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._https is None or self.secure is None:
            return
        self.servers.append(
            await asyncio.get_running_loop().create_server(
                lambda: Terse(self.config, self.server_state, self.lifespan.state),
                sock=self.secure,
                ssl=self._https.context,
                backlog=self.config.backlog,
                ssl_handshake_timeout=HANDSHAKE_S,
            )
        )
        self._fresh = asyncio.create_task(_keep_fresh(self._https))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.close()
        if self._fresh is not None:
            self._fresh.cancel()
        await super().shutdown(sockets)


async def _keep_fresh(https: Https) -> None:
    """Renew the certificate of the door and take it up, for as long as the server runs."""
    while True:
        await asyncio.sleep(REFRESH_S)
        try:
            await asyncio.to_thread(https.refresh)
        except (CasevacError, OSError) as fault:  # the one at hand is good for a month more
            _log.error("the certificate of the HTTPS door stays as it is: %s", fault)

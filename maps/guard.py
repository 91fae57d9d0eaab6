"""What every request passes first: which Host and Origin, how large, and the headers of every answer."""

from collections.abc import Awaitable, Callable, Collection
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.exceptions import HTTPException

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
FORMS = frozenset({"/lite/alert", "/lite/login", "/lite/logout"})  # sent by a page without script
BODILESS = frozenset({"/api/logout"})  # commands of which nothing but the cookie is read
MOST_BODY = 64 * 1024
UNKEPT = "a character that no text may hold"
POLICY = (
    "default-src 'self'; script-src 'self'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(self)"),
]


class Guard:
    """ASGI middleware round the app."""

    def __init__(
        self, app: App, hosts: tuple[str, ...] = LOOPBACK_HOSTS, beyond: Callable[[], Collection[str]] = tuple
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._beyond = beyond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what may not pass, else hand on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await _refuse(send, *refusal)
            return

        async def out(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = message.get("headers", [])
                message = {**message, "headers": [*told, *HEADERS, *_unkept(scope["path"], told)]}
            await send(message)

        await self._app(scope, _bounded(receive), out)

    def _refusal(self, scope: Scope) -> tuple[int, str, str] | None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        hosts = self._beyond() if from_network(scope) else self._hosts
        if _name(host) not in hosts:
            known = ", ".join(sorted(hosts))
            return 421, "WrongHost", f"this server answers as {known}, not as {host[:80]!r}"
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            return 400, "BadMessage", f"the address holds {UNKEPT}"
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return None
        return _of_command(headers, host, json=scope["path"] not in BODILESS | FORMS)


def _unkept(path: str, told: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """No browser keeps an answer about casualties on its disk, unless the route says otherwise."""
    said = any(name.lower() == b"cache-control" for name, _ in told)
    return [] if said or not path.startswith("/api/") else [(b"cache-control", b"no-store")]


def from_network(scope: Scope) -> bool:
    """True for a request that came in by a door for the network: over HTTPS, or not at the loopback."""
    if scope["scheme"] == "https":
        return True
    try:
        return not ip_address((scope.get("server") or ("",))[0]).is_loopback
    except ValueError:  # a Unix socket, or a test without one
        return False


def _of_command(headers: dict[str, str], host: str, *, json: bool) -> tuple[int, str, str] | None:
    """Why a command is refused, or None; `json`: it must come as that."""
    if why := _foreign(headers, host):
        return 403, "WrongOrigin", why
    if headers.get("content-length", "0").isdigit() and int(headers.get("content-length", "0")) > MOST_BODY:
        return 413, "TooLarge", _too_large()
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if json and kind != "application/json":
        return 415, "NotJson", "a command is JSON: send it with Content-Type: application/json"
    return None


def _foreign(headers: dict[str, str], host: str) -> str:
    """Why a command may not come from this page; empty when it may. Programs send no Origin."""
    origin = headers.get("origin")
    if origin is not None and _netloc(origin) != host.lower():
        return f"a command must come from this server's own page, not from {origin[:80]!r}"
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return "a command must come from this server's own page"
    return ""


def _netloc(origin: str) -> str | None:
    """Host and port of an origin, in small letters; None for what is no URL."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _name(host: str) -> str:
    """The name in a Host header, without the port, in small letters."""
    name, colon, port = host.rpartition(":")
    plain = name if colon and (port.isdigit() or port == "") and not host.endswith("]") else host
    return plain.lower()


def _bounded(receive: Receive) -> Receive:
    """A receive that raises a 413 once too much has come."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BODY:
            raise HTTPException(413, _too_large())
        return message

    return bounded


def _too_large() -> str:
    return f"a command may hold {MOST_BODY // 1024} KiB at most; send less"


async def _refuse(send: Send, status: int, error: str, message: str) -> None:
    body = msgspec.json.encode({"error": error, "message": message})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    start = {"type": "http.response.start", "status": status, "headers": [*headers, *HEADERS]}
    await send(start)
    await send({"type": "http.response.body", "body": body})

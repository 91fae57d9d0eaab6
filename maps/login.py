"""Logging in and out, and the one dependency of every route: who asks, and may they?"""

import asyncio
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from casevac import access
from casevac.access import Person
from casevac.errors import BadMessage, CasevacError, LoginNeeded
from casevac.store.sessions import SHIFT_S
from maps.desk import At, Desk, answer
from maps.examples import shown
from maps.gate import ANYBODY, Ticket, is_outer

LITE = frozenset({"/lite", "/lite/alert", "/lite/login", "/lite/logout"})
OPEN = frozenset({"/api/health", "/api/login", "/api/logout", "/metrics", "/pub"}) | LITE
"""Routes that strangers may call; each says itself how little it tells them; the lite ones show the login,
/pub asks for that of a device."""
WATCHING = frozenset({"/api/live/lane"})
"""Routes that change nothing but one's own stream: whoever may look may call them."""
EXAMPLE = {"name": "amina", "role": "medic", "door": "asks", "may": ["casualty_triaged", "alert_raised"]}
_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["name", "password"],
                "properties": {"name": {"type": "string"}, "password": {"type": "string"}},
            },
            "example": {"name": "amina", "password": "k7mq-2xfd-9wtr-hj4n"},
        }
    },
}
PATIENCE_S = 0.8  # /api/health answers within 3 s, and the store may take 2 of them
router = APIRouter(prefix="/api", tags=["people"])


class Login(msgspec.Struct, forbid_unknown_fields=True):
    """Who comes, and the proof."""

    name: Annotated[str, msgspec.Meta(max_length=80)]
    password: Annotated[str, msgspec.Meta(max_length=1024)]


def insider(request: Request) -> Person:
    """Whoever is logged in, or sits at this machine while it has no accounts; raises LoginNeeded."""
    desk: Desk = request.app.state.desk
    person, ticket = desk.gate.visitor(request.scope, token_of(request))
    request.state.person, request.state.ticket = person, ticket
    return person


def allowed(request: Request) -> None:
    """Let nobody but insiders in, and nobody do more than the role may; raises LoginNeeded, NotAllowed.

    The app asks this before every route, so that one that is added later asks too.
    """
    path = request.scope["route"].path
    if path in OPEN:
        return
    person = insider(request)
    if request.method not in ("GET", "HEAD") and path not in WATCHING:
        access.check_route(person.role, path)


def ticket_of(request: Request) -> Ticket:
    """Under what an open stream of this request goes on, once `allowed` has let it in."""
    return getattr(request.state, "ticket", None)


@router.post("/login", responses=shown(EXAMPLE), openapi_extra={"requestBody": _BODY})
async def login(desk: At, request: Request) -> Response:
    """Log in; the session's cookie is of this door only and ends with the shift, or after two idle hours."""
    told = _read(await request.body())
    source = request.client.host if request.client else "unknown"
    person, token = await desk.gate.enter(told.name, told.password, source)
    response = _me(person)
    give_cookie(request, response, token, SHIFT_S)
    return response


@router.post("/logout", responses=shown({"name": None}))
async def logout(desk: At, request: Request) -> Response:
    """Log out; what is open under this session ends at once."""
    token = token_of(request)
    if token:
        await desk.gate.leave(token)
    response = answer({"name": None})
    give_cookie(request, response, "", 0)
    return response


@router.get("/me", responses=shown(EXAMPLE))
def me(desk: At) -> Response:
    """Who asks, and what of the table of rights they may; `door` is `open` while there is no account."""
    return _me(desk.person)


async def knows(request: Request, *, store_answers: bool) -> bool:
    """True when an insider asks, for a route that answers strangers too; never raises.

    While the store does not answer, the last look tells: this machine's own people are let in only when
    it was one without accounts. If there was no look yet, they are strangers.
    """
    desk: Desk = request.app.state.desk
    if store_answers:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await run_in_threadpool(insider, request)
        except LoginNeeded:
            return False
        except (CasevacError, TimeoutError):
            pass
        else:
            return True
    return not desk.gate.asks and not is_outer(request.scope)


def _me(person: Person) -> Response:
    told: dict[str, Any] = {"name": person.name, "role": str(person.role)}
    door = "open" if person == ANYBODY else "asks"  # no account may have that name
    response = answer({**told, "door": door, "may": access.all_of(person.role)})
    response.headers["cache-control"] = "no-store"
    return response


def _read(raw: bytes) -> Login:
    """Raises BadMessage, which never repeats what was sent."""
    try:
        return msgspec.json.decode(raw, type=Login)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as fault:
        raise BadMessage('a login is JSON: {"name": NAME, "password": PASSWORD}') from fault


def _cookie(request: Request) -> str:
    """The cookie's name: browsers share cookies between the ports of a host, and doors do not."""
    server = request.scope.get("server") or ("", 0)
    prefix = "__Host-" if request.url.scheme == "https" else ""
    return f"{prefix}casevac-{server[1]}"


def token_of(request: Request) -> str | None:
    """The token that came with a request."""
    return request.cookies.get(_cookie(request))


def give_cookie(request: Request, response: Response, token: str, age_s: int) -> None:
    """Let the browser keep a session's token, of this door only; an age of 0 takes it away."""
    response.set_cookie(
        _cookie(request),
        token,
        max_age=age_s,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )

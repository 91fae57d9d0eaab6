"""The lite page: the picture without map or script, an alert, a login; for thin links and old machines."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from casevac import access
from casevac.errors import BadMessage, CasevacError, LoginNeeded, Unknown, status_of
from casevac.store.sessions import SHIFT_S
from geo.errors import GeoError
from maps import commands, lite_page, login
from maps.desk import At, MissionId, desk_of
from maps.faults import in_plain_words
from maps.frames import snapshot_json
from maps.gate import ANYBODY
from maps.packed import packed
from maps.scene import Scene

FRESH_S = 5  # the tables are made anew after so long, or when the log has grown
_KEPT = 4
_MOST_FIELDS = 20
router = APIRouter(prefix="/lite", include_in_schema=False)


class _Drawn(NamedTuple):
    """Tables as they were made, once for all who look."""

    mission: Mapping[str, object]
    main: str
    at: datetime


_drawn: dict[tuple[str, str, int, int], _Drawn] = {}


@router.get("")
def show(request: Request, mission: MissionId = None) -> Response:
    """The tables; asked again with its ETag, nothing is sent while nothing has changed."""
    try:
        person = login.insider(request)
    except LoginNeeded:
        return RedirectResponse("/lite/login", 303)
    desk, query = desk_of(request), _query(mission)
    try:
        drawn = _tables(desk.scene(mission))
    except Unknown as fault:
        body = (
            f"<header><h1>{lite_page.WORDS['title']}</h1></header><main><p>{lite_page.text(fault)}</p></main>"
        )
        return _html(request, lite_page.page(lite_page.WORDS["title"], body, refresh=True))
    visitor = lite_page.Visitor(
        "" if person == ANYBODY else person.name, access.may(person.role, "alert_raised")
    )
    return _html(request, lite_page.picture(drawn.mission, drawn.main, visitor, drawn.at, query))


def _tables(scene: Scene) -> _Drawn:
    now = datetime.now(UTC)
    key = (scene.picture.mission.id, scene.epoch, scene.picture.seq, int(now.timestamp() // FRESH_S))
    found = _drawn.get(key)
    if found is None:
        body = snapshot_json(scene.epoch, scene.picture, scene.positions, (), now, scene.moving["alarms"])
        minute = now.replace(second=0, microsecond=0)  # within one, what stands still is not sent again
        main = lite_page.tables(body["entities"], body["positions"], minute)
        found = _drawn[key] = _Drawn(body["mission"], main, minute)
        for old in list(_drawn)[:-_KEPT]:
            _drawn.pop(old, None)
    return found


@router.get("/alert")
def ask_alert(request: Request, mission: MissionId = None) -> Response:
    """The form of an alert."""
    try:
        login.insider(request)
    except LoginNeeded:
        return RedirectResponse("/lite/login", 303)
    return _html(request, lite_page.alert_form({}, secrets.token_hex(16), _query(mission)))


@router.post("/alert")
async def raise_alert(request: Request, mission: MissionId = None) -> Response:
    """Raise an alert from the form; what is wrong is said above it, with everything still typed in."""
    typed = await _form(request)
    try:
        person = await run_in_threadpool(login.insider, request)
        access.check(person.role, "alert_raised")
        facts = {name: typed.get(name, "").strip() for name, *_ in lite_page.FIELDS}
        alert = commands.Alert.model_validate(facts)
        key = typed.get("key", "")[:200] or None
        await run_in_threadpool(commands.raise_alert, desk_of(request), alert, mission, key)
    except LoginNeeded:
        return RedirectResponse("/lite/login", 303)
    except ValidationError as fault:
        return _again(
            request,
            typed,
            mission,
            in_plain_words([{**one, "loc": ("", *one["loc"])} for one in fault.errors()]),
            422,
        )
    except (CasevacError, GeoError) as fault:
        return _again(request, typed, mission, str(fault), status_of(fault))
    return RedirectResponse(f"/lite{_query(mission)}", 303)


def _again(
    request: Request, typed: Mapping[str, str], mission: str | None, why: str, status: int
) -> Response:
    key = typed.get("key", "")[:200]
    return _html(request, lite_page.alert_form(typed, key, _query(mission), why), status)


@router.get("/login")
def ask_login(request: Request) -> Response:
    """The form of the login."""
    return _html(request, lite_page.login_form(""))


@router.post("/login")
async def log_in(desk: At, request: Request) -> Response:
    """Log in by the form; the session is that of the page with the map."""
    typed = await _form(request)
    name = typed.get("name", "")[:80]
    source = request.client.host if request.client else "unknown"
    try:
        _, token = await desk.gate.enter(name, typed.get("password", "")[:1024], source)
    except CasevacError as fault:
        return _html(request, lite_page.login_form(name, str(fault)), status_of(fault))
    response = RedirectResponse("/lite", 303)
    login.give_cookie(request, response, token, SHIFT_S)
    return response


@router.post("/logout")
async def log_out(desk: At, request: Request) -> Response:
    """Log out."""
    token = login.token_of(request)
    if token:
        await desk.gate.leave(token)
    response = RedirectResponse("/lite/login", 303)
    login.give_cookie(request, response, "", 0)
    response.headers["clear-site-data"] = '"cache"'  # where casualties lie is not left to the next person
    return response


def _query(mission: str | None) -> str:
    return f"?{urlencode({'mission': mission})}" if mission else ""


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, without what no text may hold; the guard has bounded it. Raises BadMessage."""
    raw = (await request.body()).decode("utf-8", "replace")
    try:
        told = parse_qsl(raw, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as fault:
        raise BadMessage(f"a form of this page has at most {_MOST_FIELDS} fields") from fault
    return {name: value.replace("\x00", "") for name, value in told}


def _html(request: Request, text: str, status: int = 200) -> Response:
    return packed(request, text.encode(), "text/html; charset=utf-8", status)

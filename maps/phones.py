"""The door of phones that speak HTTP in place of MQTT: a device's login, the message stored, the answer `[]`.

As the OwnTracks app has it (https://owntracks.org/booklet/tech/http/): the same JSON as over MQTT, HTTP Basic
authentication with the device's own login, the device's name in `X-Limit-D` or `?d=`.
"""

import asyncio
import binascii
import re
from base64 import b64decode

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from casevac.errors import BadMessage, NotPossible, StoreUnreachable, WrongLogin
from casevac.store import attempts
from maps.desk import At, Desk, Hears, answer
from maps.examples import shown

PATIENCE_S = 20.0  # an app takes whatever is answered for stored: it waits while the store is away
_AGAIN_S = 1.0
_USUAL = "phone"
_DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": "object", "required": ["_type"], "properties": {"_type": {"type": "string"}}},
            "example": {
                "_type": "location",
                "tst": 1795323550,
                "lat": 4.3612,
                "lon": 18.5551,
            },
        }
    },
}
_ASKS = {"www-authenticate": 'Basic realm="casevac device"'}
router = APIRouter(tags=["devices"])


@router.post("/pub", responses=shown([]), openapi_extra={"requestBody": _BODY})
async def pub(desk: At, request: Request) -> Response:
    """Take a message of a phone in OwnTracks' JSON; `[]` once it is stored, or set aside when unreadable."""
    if desk.hears is None:
        raise NotPossible("no phone is heard here: this installation's broker is your own, let them use MQTT")
    try:
        name, password = _login(request.headers.get("authorization", ""))
    except WrongLogin as fault:
        asked = answer({"error": "WrongLogin", "message": str(fault)}, 401)
        asked.headers.update(_ASKS)
        return asked
    device = request.headers.get("x-limit-d") or request.query_params.get("d") or _USUAL
    if not _DEVICE.fullmatch(device):
        raise BadMessage("X-Limit-D, or ?d=, is the phone's name: at most 40 letters, digits, - _ and .")
    source = request.client.host if request.client else "unknown"
    payload = await request.body()
    try:
        await _stored(desk.hears, (name, password, device, payload))
    except WrongLogin:
        await run_in_threadpool(_count, desk, name, source)
        raise
    return answer([])


async def _stored(hears: Hears, told: tuple[str, str, str, bytes]) -> None:
    """Until it is: an app forgets what was answered, whatever the answer; raises StoreUnreachable at last."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE_S
    while True:
        try:
            await run_in_threadpool(hears, *told)
        except StoreUnreachable:
            if loop.time() > end:
                raise
            await asyncio.sleep(_AGAIN_S)
        else:
            return


def _count(desk: Desk, name: str, source: str) -> None:
    """Who guesses waits, as at the door of people; raises TooManyAttempts."""
    with desk.pool.lend() as db:
        attempts.claim(db, attempts.subjects(f"device {name}", source))


def _login(told: str) -> tuple[str, str]:
    kind, _, coded = told.partition(" ")
    try:
        name, colon, password = b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeError) as fault:
        raise WrongLogin("the login is no Basic authentication") from fault
    if kind.lower() != "basic" or not colon:
        raise WrongLogin("log in as the device: its user name and password, Basic authentication")
    return name, password

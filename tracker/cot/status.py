"""What a TAK client is told of the requests that it sent: how far each is answered, as a chat line; pure."""

from datetime import timedelta
from hashlib import blake2b

from casevac.chain import Chain
from casevac.request import Request, RequestState
from casevac.terms import ApprovalState, LegState, Purpose
from casevac.view import View
from tracker.dialects.cot import Cot, Node

UID, CALLSIGN = "casevac", "CASEVAC"
_STEP_S = 300  # a forecast that moves by less is no news
_KEPT = timedelta(days=1)


def statuses(view: View, device: str) -> dict[str, str]:
    """Of each request that the device told, and that is no day over: how it stands, in one line."""
    found = {}
    for key, one in view.requests.items():
        if not _told_by(view, one, device):
            continue
        opened = one.opened_at
        over = view.request_state(key) == RequestState.CLOSED
        if not (over and opened is not None and view.now - opened > _KEPT):
            found[key] = words(view, one)
    return found


def _told_by(view: View, one: Request, device: str) -> bool:
    """True for who sent a 9-line of it, or reported somebody of it."""
    zaps = view.of_request.get(one.id, ())
    told = any(device in view.picture.casualties[zap].reporters for zap in zaps)
    return told or any(version.by == device for version in one.nine_lines)


def words(view: View, one: Request) -> str:
    """How a request stands, in one line."""
    zaps = view.of_request.get(one.id, ())
    head = f"{one.id}, {len(zaps)} casualt{'y' if len(zaps) == 1 else 'ies'}"
    if one.stood_down is not None:
        return f"{head}: STOOD DOWN, {one.stood_down.value.reason}"
    running = [
        each for each in view.chains_of_request.get(one.id, ()) if view.chain_status[each.id] == "active"
    ]
    if running:
        return f"{head}: " + "; ".join(_chain(view, each) for each in running)
    if view.request_state(one.id) == RequestState.CLOSED and zaps:
        houses = sorted({view.picture.casualties[zap].facility or "" for zap in zaps} - {""})
        return f"{head}: DONE" + (f", handed over to {', '.join(houses)}" if houses else "")
    seen = "ACKNOWLEDGED by the operations centre" if one.acknowledged is not None else "RECEIVED and stored"
    lacks = f"; still missing: {'; '.join(one.missing)}" if one.nine_line is not None and one.missing else ""
    return f"{head}: {seen}{lacks}"


def _chain(view: View, one: Chain) -> str:
    approval = view.approval(one)
    vehicles = ", ".join(_callsign(view, each) for each in one.plan.vehicles)
    if approval.state == ApprovalState.AWAITING:
        return f"{vehicles} chosen, launch AWAITS APPROVAL"
    done, arrivals = view.travelled(one)
    for index, leg in enumerate(one.plan.legs):
        if done[index].state == LegState.DONE:
            continue
        who, at = _callsign(view, leg.vehicle), arrivals[index].p50_at
        seconds = round(at.timestamp() / _STEP_S) * _STEP_S
        about = f"{at + timedelta(seconds=seconds - at.timestamp()):%H:%M}Z"
        verb = "COMING to you" if leg.purpose == Purpose.TO_PICKUP else f"ON THE WAY to {leg.end.name}"
        return f"{who} {verb}, about {about}"
    return f"{vehicles} has arrived"


def _callsign(view: View, vehicle: str) -> str:
    known = view.picture.vehicles.get(vehicle)
    return vehicle if known is None else known.card.callsign


def chat(view: View, uid: str, callsign: str, text: str) -> Cot:
    """A line of chat to one client."""
    number = blake2b(f"{uid}\0{text}".encode(errors="replace"), digest_size=8).hexdigest()
    room = {"parent": "RootContactGroup", "groupOwner": "false", "messageId": number, "chatroom": callsign}
    group = Node("chatgrp", {"uid0": UID, "uid1": uid, "id": uid}, [])
    told = {"source": f"BAO.F.ATAK.{UID}", "to": uid, "time": view.now.strftime("%Y-%m-%dT%H:%M:%S.000Z")}
    detail = [
        Node("__chat", {**room, "id": uid, "senderCallsign": CALLSIGN}, [group]),
        Node("link", {"uid": UID, "type": "a-f-G-U-C", "relation": "p-p"}, []),
        Node("remarks", told, [], text),
        Node("marti", {}, [Node("dest", {"callsign": callsign}, [])]),
    ]
    return Cot(
        uid=f"GeoChat.{UID}.{uid}.{number}", type="b-t-f", how="h-g-i-g-o", time=view.now, start=view.now,
        stale=view.now + _KEPT, lat=0.0, lon=0.0, detail=detail,
    )  # fmt: skip

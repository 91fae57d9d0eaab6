"""What each device is told beside its task: warnings, answers to its questions, who is on the way to it."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from casevac.casualty import Casualty
from casevac.chain import Chain
from casevac.duty import Question, Warned
from casevac.mist import fields, text
from casevac.plain import instant
from casevac.request import RequestState
from casevac.terms import AssetKind, LegState
from casevac.view import View
from geo.lonlat import LonLat
from geo.mgrs import to_mgrs

Json = dict[str, Any]
ANSWERS_KEPT = 20  # the newest answers a device is told


def notices(view: View) -> dict[str, Json]:
    """The notice of every device that knows this mission; lists are empty when there is nothing to tell.

    Instants are whole minutes: a notice is sent again only when something is worth a message.
    """
    found: dict[str, Json] = {name: _nothing() for name in view.picture.devices}
    for device, words in _warnings(view).items():
        found.setdefault(device, _nothing())["warned"] = words
    for device, answers in _answers(view).items():
        found.setdefault(device, _nothing())["answers"] = answers
    for device, coming in _inbound(view).items():
        found.setdefault(device, _nothing())["casualties"] = coming
    cut_off = [name for name, said in view.picture.devices.items() if said.value.revoked]
    return found | {name: _nothing() for name in cut_off}


def empty(notice: Json) -> bool:
    """True when there is nothing in it."""
    return not any(notice.values())


def _nothing() -> Json:
    return {"warned": [], "answers": [], "casualties": []}


def devices_of(view: View, kind: AssetKind, asset: str) -> list[str]:
    """The devices that speak for a vehicle, a team or a facility."""
    picture = view.picture
    if kind == AssetKind.FACILITY:
        return sorted(name for name, said in picture.devices.items() if said.value.facility == asset)
    if kind == AssetKind.TEAM:
        team = picture.teams.get(asset)
        if team is None:
            return []
        own = [team.card.device] if team.card.device else []
        return own or (devices_of(view, AssetKind.VEHICLE, team.vehicle) if team.vehicle else [])
    carried = {name for name, said in picture.devices.items() if said.value.vehicle == asset}
    known = picture.vehicles.get(asset)
    return sorted(carried | ({known.device} if known is not None else set()))


def _warnings(view: View) -> dict[str, list[Json]]:
    found: defaultdict[str, list[Json]] = defaultdict(list)
    for request, warned in sorted(view.warnings_of.items()):
        if request not in view.requests or view.request_state(request) == RequestState.CLOSED:
            continue
        for one in warned:
            if one.warned is not None:
                for device in devices_of(view, one.warned.value.asset_kind, one.asset):
                    found[device].append(_warned(view, one))
    return found


def _warned(view: View, one: Warned) -> Json:
    place, known = view.place_of_request(one.request), view.requests[one.request]
    casualties = [view.picture.casualties[zap] for zap in sorted(view.of_request.get(one.request, ()))]
    told = (each.what.value for each in casualties if each.what is not None)
    return {
        "request": one.request,
        "asset": one.asset,
        "at": instant(one.warned.stamp[0]) if one.warned is not None else None,
        "what": known.what or next(told, ""),
        "where": known.place_name or (to_mgrs(LonLat(place.lon, place.lat)) if place is not None else ""),
        "lon": place.lon if place is not None else None,
        "lat": place.lat if place is not None else None,
        "uncertainty_m": place.uncertainty_m if place is not None else None,
        "how_many": max(known.how_many or 0, len(casualties)),
        "categories": [each.triage.value for each in casualties],
        "answered": one.answered is not None,
    }


def _answers(view: View) -> dict[str, list[Json]]:
    found: defaultdict[str, list[tuple[datetime, Question]]] = defaultdict(list)
    for one in view.picture.questions.values():
        if one.device and one.answer is not None and one.asked is not None:
            found[one.device].append((one.answer.stamp[0], one))
    return {
        device: [_answer(one) for _, one in sorted(rows, key=lambda row: (row[0], row[1].id))[-ANSWERS_KEPT:]]
        for device, rows in found.items()
    }


def _answer(one: Question) -> Json:
    return {
        "question": one.id,
        "casualty": one.asked.value.casualty if one.asked is not None else "",
        "asked": one.asked.value.text if one.asked is not None else "",
        "answer": one.answer.value.text if one.answer is not None else "",
        "by": one.answer.value.by if one.answer is not None else "",
        "at": instant(one.answer.stamp[0]) if one.answer is not None else None,
    }


def _inbound(view: View) -> dict[str, list[Json]]:
    found: defaultdict[str, list[Json]] = defaultdict(list)
    for key, status in sorted(view.chain_status.items()):
        one = view.picture.chains[key]
        for device in devices_of(view, AssetKind.FACILITY, one.plan.facility) if status == "active" else ():
            found[device] += [_coming(view, one, zap) for zap in one.plan.casualties]
    return {device: [one for one in coming if one is not None] for device, coming in found.items()}


def _coming(view: View, one: Chain, zap: str) -> Json:
    casualty = view.picture.casualties.get(zap, Casualty(zap))
    said = view.picture.inbound.get(f"{one.id}/{one.plan.facility}")
    done, arrivals = view.travelled(one)
    mine = [index for index, leg in enumerate(one.plan.legs) if zap in leg.casualties]
    last = arrivals[mine[-1]] if mine else None
    there = bool(mine) and done[mine[-1]].state == LegState.DONE
    return {
        "casualty": zap,
        "chain": one.id,
        "category": casualty.triage.value,
        "precedence": casualty.precedence(view.profile).value,
        "needs": [need.value for need in casualty.needs(view.profile)],
        "carried_by": casualty.vehicle,
        "arrived": there,
        "arrive_p50_at": _minute(last.p50_at) if last is not None else None,
        "arrive_p90_at": _minute(last.p90_at) if last is not None else None,
        "mist": _mist(casualty),
        "accepted": None if said is None else said.value.accepts,
    }


def _mist(casualty: Casualty) -> Json:
    """What a receiving team must know, as far as it was told; `text` is to be read out."""
    known = casualty.mist
    return {
        "what": casualty.what.value if casualty.what is not None else "",
        **{name: value for name, value in fields(known).items() if name != "injury_at"},
        "injury_at": instant(known.injury_at),
        "missing": list(known.missing),
        "text": text(known),
    }


def _minute(at: datetime) -> str | None:
    return instant((at + timedelta(seconds=30)).replace(second=0, microsecond=0))

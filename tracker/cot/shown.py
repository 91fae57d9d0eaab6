"""What TAK clients see of a mission: vehicles, facilities, sites, casualties, requests, ways; pure.

Each thing says who may see it. Where a casualty is, and that there is one, is told only to those who have to
do with it: coordinators, who reported it, the crew that is sent, the house that it goes to.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from casevac.casualty import Casualty
from casevac.chain import Chain
from casevac.errors import BadFile
from casevac.position import Fix
from casevac.quality import spread_m
from casevac.request import RequestState
from casevac.shipped import shipped
from casevac.state import vehicle_of
from casevac.terms import Category, Role, VehicleKind
from casevac.view import View
from tracker.dialects import medevac
from tracker.dialects.cot import Cot, Node

ALL = "all"
COORDINATORS = "coordinators"
LONG = timedelta(minutes=15)  # what does not move is told again so often before it goes stale
_MOST_POINTS = 60  # of a way; a client draws each as a point of its own
_OURS = "casevac"


class Symbols(msgspec.Struct, frozen=True):
    """Which CoT type and colour stands for what."""

    vehicles: dict[str, str]
    device: str
    facility: str
    team: str
    site: str
    casualty: str
    site_colour: str
    colours: dict[Category, str]


def symbols() -> Symbols:
    """The shipped symbols; raises BadFile."""
    path = shipped("symbols_cot.json")
    try:
        return msgspec.json.decode(path.read_bytes(), type=Symbols)
    except (OSError, msgspec.MsgspecError) as fault:
        raise BadFile(f"{path} tells no symbols ({fault})") from fault


class Item(NamedTuple):
    """One thing as a client sees it; `same` is equal while nothing about it changed but the time of telling.

    `who`: those who may see it, each a word of `may_see`; a client sees what shares a word with it.
    """

    cot: Cot
    who: frozenset[str]
    same: object


def may_see(view: View, device: str) -> frozenset[str]:
    """The words by which a device may see: everybody's, its own, of its vehicles, its facility, its role."""
    said = view.picture.devices.get(device)
    if said is None or said.value.revoked:
        return frozenset()
    told = said.value
    words = {ALL, f"device {device}"}
    vehicle = told.vehicle or vehicle_of(view.picture, device)
    words |= {f"vehicle {vehicle}"} if vehicle else set()
    words |= {f"facility {told.facility}"} if told.facility else set()
    return frozenset(words | ({COORDINATORS} if told.role == Role.COORDINATOR else set()))


def shown(view: View, positions: Mapping[str, Fix], known: Symbols, uids: Mapping[str, str]) -> list[Item]:
    """Everything that somebody may see. `positions` are the latest by device, `uids` those under which
    devices of ours are TAK clients."""
    found = list(_devices(view, positions, known, uids))
    for each in (_vehicles, _facilities, _sites, _casualties, _requests, _ways):
        found += each(view, known)
    return found


def uid(view: View, kind: str, key: str) -> str:
    """Under which a thing of ours goes; nobody else has it."""
    return f"{_OURS}.{view.picture.mission.id}.{kind}.{key}"


def gone(key: str, now: datetime) -> Cot:
    """The word that a thing is to be taken off the map."""
    link = Node("link", {"uid": key, "relation": "p-p", "type": "a-u-G"}, [])
    return Cot(
        uid=key, type="t-x-d-d", how="m-g", time=now, start=now, stale=now + timedelta(minutes=1),
        lat=0.0, lon=0.0, detail=[link, Node("__forcedelete", {}, [])],
    )  # fmt: skip


def _cot(view: View, key: str, kind: str, place: tuple[float, float], **more: object) -> Cot:
    fields = {"time": view.now, "start": view.now, "stale": view.now + LONG, "how": "m-g", **more}
    return Cot(uid=key, type=kind, lon=place[0], lat=place[1], **fields)  # type: ignore[arg-type]  # of one call


def _named(callsign: str, remarks: str = "") -> list[Node]:
    rest = [Node("remarks", {}, [], remarks)] if remarks else []
    return [Node("contact", {"callsign": callsign}, []), *rest]


def _moving(view: View, key: str, kind: str, fix: Fix, detail: list[Node]) -> Cot:
    """Something by its last fix: stale when its tracker has been silent for too long."""
    speed, course = getattr(fix, "speed", None), getattr(fix, "course", None)
    track = {"speed": f"{speed or 0.0:.1f}", "course": f"{course or 0.0:.1f}"}
    moves = [Node("track", track, [])] if speed is not None or course is not None else []
    at = fix.corrected_at
    return _cot(
        view, key, kind, (fix.lon, fix.lat),
        time=at, start=at, stale=at + timedelta(seconds=view.profile.lost_tracker_s),
        hae=getattr(fix, "altitude", None), ce=spread_m(fix), detail=[*detail, *moves],
    )  # fmt: skip


def _vehicles(view: View, known: Symbols) -> Iterator[Item]:
    everybody = frozenset((ALL,))
    for key, one in view.picture.vehicles.items():
        card = one.card
        usual = known.vehicles["air" if card.vehicle_kind == VehicleKind.AIR else "ground"]
        kind = next((found for word, found in known.vehicles.items() if word in card.profile), usual)
        state = view.vehicle_state(one).value.replace("_", " ")
        detail, name = _named(card.callsign, state), uid(view, "vehicle", key)
        fix = view.positions.get(key)
        if fix is not None:
            made = _moving(view, name, kind, fix, detail)
            yield Item(made, everybody, (kind, state, fix.corrected_at, fix.lon, fix.lat))
        elif card.home_lon is not None and card.home_lat is not None:
            made = _cot(view, name, kind, (card.home_lon, card.home_lat), how="h-e", detail=detail)
            yield Item(made, everybody, (kind, state, card.home_lon, card.home_lat))


def _devices(
    view: View, positions: Mapping[str, Fix], known: Symbols, uids: Mapping[str, str]
) -> Iterator[Item]:
    """Patrols and people: trackers that ride in no vehicle of the mission."""
    for device, fix in positions.items():
        if vehicle_of(view.picture, device) not in view.picture.vehicles:
            name = uids.get(device) or uid(view, "device", device)
            made = _moving(view, name, known.device, fix, _named(device))
            yield Item(made, frozenset((ALL,)), (fix.corrected_at, fix.lon, fix.lat))


def _facilities(view: View, known: Symbols) -> Iterator[Item]:
    for key, one in view.picture.facilities.items():
        if one.registered is None:
            continue
        card, board = one.card, one.board
        accepting = str(board.accepting.value) if hasattr(board, "accepting") else ""
        words = ", ".join(
            filter(None, (card.level, accepting, " ".join(each.value for each in card.capabilities)))
        )
        made = _cot(
            view,
            uid(view, "facility", key),
            known.facility,
            (card.lon, card.lat),
            detail=_named(card.name, words),
        )
        yield Item(made, frozenset((ALL,)), (card.lon, card.lat, card.name, words))


def _sites(view: View, known: Symbols) -> Iterator[Item]:
    for key, said in view.picture.sites.items():
        card = said.value
        detail = [*_named(f"{card.site_kind.value}: {card.name}"), *_spot(known.site, known.site_colour)]
        made = _cot(view, uid(view, "site", key), known.site, (card.lon, card.lat), detail=detail)
        yield Item(made, frozenset((ALL,)), (card.lon, card.lat, card.name))


def _spot(kind: str, colour: str) -> list[Node]:
    """How clients draw a spot of a colour, given as #AARRGGBB."""
    value = int(colour.removeprefix("#"), 16)
    signed = str(value - (1 << 32) if value >> 31 else value)
    icon = {"iconsetpath": f"COT_MAPPING_SPOTMAP/{kind}/{signed}"}
    return [Node("color", {"argb": signed}, []), Node("usericon", icon, [])]


def concerned(view: View, one: Casualty) -> frozenset[str]:
    """Those who have to do with a casualty."""
    words = {COORDINATORS, *(f"device {each}" for each in one.reporters)}
    told = view.requests.get(one.request_id)
    if told is not None:
        words |= {f"device {version.by}" for version in told.nine_lines}
    running = view.chain_of(one)
    vehicles = {one.vehicle} if one.vehicle else set()
    houses = {one.facility} if one.facility else set()
    if running is not None:
        vehicles |= {leg.vehicle for leg in running.plan.legs if one.id in leg.casualties}
        houses.add(running.plan.facility)
    return frozenset(
        words | {f"vehicle {each}" for each in vehicles} | {f"facility {each}" for each in houses}
    )


def _casualties(view: View, known: Symbols) -> Iterator[Item]:
    for key, one in view.picture.casualties.items():
        place = view.place_of(one)
        if (
            place is None
            or view.ended_at(one) is not None
            or (one.facility and not one.vehicle and view.settled(one))
        ):
            continue
        category, running = one.triage, view.chain_of(one)
        where = (
            f"aboard {one.vehicle}" if one.vehicle else f"in {one.facility}" if one.facility else "waiting"
        )
        goes = f", goes to {running.plan.facility}" if running is not None and not one.facility else ""
        words = f"{category.value} {one.precedence(view.profile).value}, {where}{goes}"
        detail = [*_named(f"{category.value} {key}", words), *_spot(known.casualty, known.colours[category])]
        made = _cot(
            view,
            uid(view, "casualty", key),
            known.casualty,
            (place.lon, place.lat),
            ce=place.uncertainty_m,
            detail=detail,
        )
        yield Item(made, concerned(view, one), (place.lon, place.lat, words))


def _requests(view: View, _known: Symbols) -> Iterator[Item]:
    """Requests that stand, as the 9-line of TAK clients; whoever sent one so has it on the map already."""
    for key, one in view.requests.items():
        place, nine = view.place_of_request(key), one.nine_line
        if place is None or nine is None or view.request_state(key) == RequestState.CLOSED:
            continue
        zaps = view.of_request.get(key, ())
        told = msgspec.structs.replace(nine, litter=len(zaps) if nine.litter is None else nine.litter)
        senders = {f"device {version.by}" for version in one.nine_lines if version.told.whole}
        who = frozenset({COORDINATORS, *_crews(view, key)} - senders)
        mists = [_zmist(number, view.picture.casualties[zap]) for number, zap in enumerate(zaps, start=1)]
        detail = [*_named(f"{key} {one.who or ''}".strip()), medevac.write(told, key, mists)]
        made = _cot(
            view,
            uid(view, "request", key),
            "b-r-f-h-c",
            (place.lon, place.lat),
            how="h-g-i-g-o",
            detail=detail,
        )
        yield Item(made, who, (place.lon, place.lat, len(one.nine_lines), tuple(zaps)))


def _crews(view: View, request: str) -> set[str]:
    chains = (one for one in view.chains_of_request.get(request, ()) if view.chain_status[one.id] == "active")
    return {f"vehicle {leg.vehicle}" for one in chains for leg in one.plan.legs}


def _zmist(number: int, one: Casualty) -> dict[str, str]:
    known = one.mist
    told = {"m": known.mechanism, "i": known.injuries, "s": known.signs, "t": known.treatment}
    return {"title": f"ZMIST{number}", "z": one.id} | {name: value for name, value in told.items() if value}


def _ways(view: View, _known: Symbols) -> Iterator[Item]:
    """The way of each vehicle that is sent, for its crew and coordinators."""
    for chain in view.active:
        for index, leg in enumerate(chain.plan.legs):
            if leg.vehicle in view.picture.vehicles and len(leg.path) > 1:
                yield _way(view, chain, index)


def _way(view: View, chain: Chain, index: int) -> Item:
    leg = chain.plan.legs[index]
    step = max(1, math.ceil(len(leg.path) / _MOST_POINTS))
    path = [*leg.path[:-1:step], leg.path[-1]]
    name, ends = uid(view, "way", f"{chain.id}.{index}"), (0, len(path) - 1)
    points = [
        Node("link", {
            "uid": f"{name}.{place}", "type": "b-m-p-w" if place in ends else "b-m-p-c", "relation": "c",
            "point": f"{lat:.6f},{lon:.6f}",
            "callsign": (leg.start.name if place == 0 else leg.end.name) if place in ends else "",
        }, [])
        for place, (lon, lat) in enumerate(path)
    ]  # fmt: skip
    method = {
        "method": "Flying" if leg.mode.value == "air" else "Driving",
        "direction": "Infil",
        "prefix": "CP",
    }
    words = f"{leg.purpose.value.replace('_', ' ')}, about {leg.arrive_p50_at:%H:%M}Z"
    detail = [*points, *_named(f"{leg.vehicle} to {leg.end.name}", words), Node("link_attr", method, [])]
    made = _cot(view, name, "b-m-r", leg.path[0], how="h-e", detail=detail)
    return Item(made, frozenset((COORDINATORS, f"vehicle {leg.vehicle}")), (len(path), words, leg.path[-1]))

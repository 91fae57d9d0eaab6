"""What an event of a TAK client means to us: where its sender is, a 9-line, an emergency; pure.

A topic is `cot/GATEWAY/AUTHOR/EPISODE`: under which enrolment it came, which uid is known to speak where the
event does not say (`-`: none), and for an emergency since when it lasts, for clients send it again and again.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from casevac.enrolled import Speaker
from casevac.errors import BadMessage
from casevac.terms import Precedence
from tracker.dialects import cot, medevac, tak
from tracker.dialects.cot import Cot, Node
from tracker.dialects.frame import Dialect, Happened, Told, event, report
from tracker.wire import Kept, Message, Reading, Unreadable

NAME, ROOT, NOBODY = "cot", "cot", "-"
NINE_LINE = "b-r-f-h-c"
EMERGENCIES = {  # by type, in words for where the client tells none
    "b-a-o-tbl": "911 alert",
    "b-a-o-pan": "ring the bell",
    "b-a-o-opn": "in contact",
    "b-a-g": "geo-fence breached",
    "b-a-o-c": "custom alert",
}
CANCELLED = "b-a-o-can"
_NOT_FOR_US = ("t-", "b-t-f", "b-f-", "b-i", "b-m-", "u-", "y-")  # control, chat, files, images, drawings
_FORM = frozenset(
    (
        "contact",
        "__group",
        "precisionlocation",
        "status",
        "takv",
        "track",
        "uid",
        "link",
        "archive",
        "remarks",
        "color",
        "usericon",
        "_flow-tags_",
        "_medevac_",
        "emergency",
    )
)


def topic(gateway: str, author: str = NOBODY, episode: str = NOBODY) -> str:
    """Where a message of this enrolment is put."""
    return "/".join((ROOT, gateway, quote(author, safe="") or NOBODY, episode or NOBODY))


def decoded(payload: bytes) -> Cot:
    """The event of a payload in whichever form: XML, a TakMessage, or one in a frame. Raises BadMessage."""
    head = payload.lstrip()[:6]
    if head.startswith((b"<?xml", b"<event", b"<!")):
        return cot.read(payload.lstrip())
    if payload.startswith(tak.MESH):
        return tak.read(tak.unmeshed(payload))
    if payload.startswith(b"\xbf"):
        frames = tak.Frames().feed(payload)
        if len(frames) != 1:
            raise BadMessage(f"a TAK frame holds one message, not {len(frames)}")
        return frames[0].read()
    return tak.read(payload)


def for_us(kind: str) -> bool:
    """False for what clients tell one another and nobody here has a use for."""
    return not kind.startswith(_NOT_FOR_US)


def author(one: Cot) -> str:
    """The uid of whoever made the event: of a marker its author, else the one that it is about; or empty."""
    if one.holds("link"):
        for node in one.whole().detail:
            if node.tag == "link" and node.attributes.get("relation") == "p-p":
                return node.attributes.get("uid", "")
    return one.uid if one.type.startswith("a-") else ""


def own(one: Cot) -> bool:
    """True for a sender's own position; false for what it put on its map, which is somewhere else."""
    return author(one) == one.uid and not one.holds("archive")


def read(message: Message, speaker: Speaker) -> list[Reading]:
    """What a message says; nothing where it is not for us. Raises BadMessage, which sets it aside."""
    one = decoded(message.payload)
    said = unquote_parts(message.topic)
    if one.type.startswith("a-"):
        return _position(one, message, speaker)
    if one.type == NINE_LINE:
        return _nine_line(one, message, speaker, said)
    if one.type in EMERGENCIES or one.type == CANCELLED:
        return _emergency(one, message, speaker, said)
    if for_us(one.type):
        raise BadMessage(f"type {one.type[:40]} means nothing here; known: a-.., {NINE_LINE}, b-a-..")
    return []


def unquote_parts(said: str) -> tuple[str, str]:
    """The author and the episode of a topic; empty where there is none."""
    parts = [*said.split("/"), NOBODY, NOBODY][2:4]
    who, episode = (unquote(one) if one != NOBODY else "" for one in parts)
    return who, episode


def _position(one: Cot, message: Message, speaker: Speaker) -> list[Reading]:
    if not own(one):
        return []  # a mark on somebody's map
    device = speaker.itself_or(one.uid)
    if not one.placed:
        raise BadMessage("0,0 with an unknown error is no position: the client has no fix")
    told = Told(
        at=one.time,
        sent=one.time,
        lon=one.lon,
        lat=one.lat,
        altitude=one.hae,
        accuracy=one.ce,
        speed=one.figure("track", "speed"),
        course=one.figure("track", "course"),
        battery=one.figure("status", "battery"),
    )
    same = f"{one.uid}\0{one.time.timestamp()}\0{one.lat}\0{one.lon}".encode(errors="replace")
    found: list[Reading] = [report(speaker, device, message, told, same)]
    if one.strange or one.tags() - _FORM:
        found.append(Kept(speaker.known.mission, device, NAME, "extra", one.time, _words(one)))
    return found


def _words(one: Cot) -> bytes:
    """What a position tells that has no use yet, as JSON: the same again is kept once, so what changes from
    one position to the next, as figures and times do, is a `~`."""
    told = cot.beside(one, _FORM)
    plain = {name: "~" if any(map(str.isdigit, value)) else value for name, value in sorted(told.items())}
    return msgspec.json.encode(plain)


def _device(one: Cot, speaker: Speaker, said: tuple[str, str]) -> str:
    """Whose word it is: of the author that it names, else of whoever is known to speak."""
    return speaker.itself_or(author(one) or said[0] or one.uid)


def _place(one: Cot) -> dict[str, Any]:
    if not one.placed:
        return {}
    return {"lon": one.lon, "lat": one.lat} | ({} if one.ce is None else {"uncertainty_m": one.ce})


def _drill(one: Cot) -> str:
    """What marks an exercise, said first wherever it is read: nobody must take it for the real thing."""
    words = {"e": "EXERCISE", "s": "SIMULATION"}.get(one.opex[:1].lower(), "")
    return f"{words} ({one.opex[:60]}): " if words else ""


def _nine_line(one: Cot, message: Message, speaker: Speaker, said: tuple[str, str]) -> list[Reading]:
    node = one.child("_medevac_")
    if node is None:
        raise BadMessage("a CASEVAC request without _medevac_ tells no line")
    device, mission = _device(one, speaker, said), speaker.known.mission
    found = medevac.read(node.attributes, _zmists(node), letters_of(node.attributes))
    call = one.said("contact", "callsign").strip()
    lines = {**found.lines, **({"callsign": call[:200]} if call else {}), **_place(one)}
    remarks = "; ".join(text for text in (lines.pop("remarks"), _free(one)) if text)
    zaps = medevac.casualties(found, mission, one.uid)
    fields = lines | {
        "request": fields_id(mission, one),
        "casualties": zaps,
        "remarks": (_drill(one) + remarks)[:2000],
        "whole": True,
        "extra": _bounded(found.extra | cot.beside(one, _FORM) | _beside(node)),
    }
    told = Happened("nine_line_sent", _plain(fields), one.time, one.time)
    readings: list[Reading] = [event(speaker, device, message, told, cot.digest(one))]
    for each in found.mists:
        fields = _mist(each, zaps)
        if len(fields) > 1:  # what is told again in an update is the same event
            same = msgspec.msgpack.encode((one.uid, each.number, fields))
            readings.append(
                event(speaker, device, message, Happened("mist_reported", fields, one.time, one.time), same)
            )
    if found.notes:  # kept all the same; a person is to look at what it says
        readings.append(
            Unreadable(
                f"9-line {fields_id(mission, one)} is kept, but {'; '.join(found.notes)}"[:500], device
            )
        )
    return readings


def fields_id(mission: str, one: Cot) -> str:
    """The request that an event of this uid opens."""
    return medevac.request_id(mission, one.uid)


def _mist(each: medevac.Mist, zaps: list[str]) -> dict[str, str]:
    zap = zaps[min(each.number, len(zaps)) - 1]
    return {**each.fields, "casualty": zap} | ({"raw": f"Z: {each.code}"} if each.code else {})


def _zmists(node: Node) -> list[dict[str, str]]:
    """Every zMist, wherever it is: in its map, in several maps, or alone."""
    rows = [*node.children, *(row for each in node.children for row in each.children)]
    return [row.attributes for row in rows if row.tag == "zMist"]


def _beside(node: Node) -> dict[str, str]:
    """What stands in the `_medevac_` or a zMist that its form does not have."""
    found: dict[str, str] = {}
    known = {"title", "z", *"mist"}
    for each in [*node.children, *(row for one in node.children for row in one.children)]:
        if each.tag == "zMist":
            found |= {
                f"zMist.{key}": value[:500] for key, value in each.attributes.items() if key not in known
            }
        elif each.tag != "zMistsMap":
            cot.spread(each, each.tag, found)
    return found


def _free(one: Cot) -> str:
    remarks = one.child("remarks")
    return "" if remarks is None else remarks.text.strip()[:1000]


def _bounded(extra: dict[str, str]) -> dict[str, str]:
    return dict(list(extra.items())[:100])


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None and value != ""}


LETTERS: dict[str, dict[str, Precedence]] = {}
"""Letters of line 3 by the profile that a sender declares; whoever starts puts the shipped ones in."""


def letters_of(attributes: Mapping[str, str]) -> dict[str, Precedence] | None:
    """The letters of the profile that a 9-line declares; None when it declares none that is known."""
    named = attributes.get("profile") or attributes.get("dialect") or ""
    return LETTERS.get(named)


def _emergency(one: Cot, message: Message, speaker: Speaker, said: tuple[str, str]) -> list[Reading]:
    device, mission, since = _device(one, speaker, said), speaker.known.mission, said[1]
    node = one.child("emergency")
    over = one.type == CANCELLED or (node is not None and node.attributes.get("cancel") == "true")
    own_id = f"{author(one) or one.uid}\0{since or one.time.strftime('%Y%m%dT%H')}"
    request, zap = medevac.request_id(mission, own_id), medevac.casualty_id(mission, own_id, 1)
    told = "" if node is None else node.attributes.get("type", "").strip()
    what = _drill(one) + (told or EMERGENCIES.get(one.type, "emergency"))[:200]
    who = (
        one.said("contact", "callsign").removesuffix("-Alert")
        or (node.text.strip() if node else "")
        or device
    )[:80]
    if over and (not since or not one.placed):
        return [Kept(mission, device, NAME, "cancelled", one.time, message.payload)]
    if over:
        fields = {
            "casualty": zap,
            "request": request,
            "what": f"CANCELLED by its sender, confirm: {what}",
            **_place(one),
        }
        told_now = Happened("casualty_reported", fields, one.time, one.time)
    elif one.placed:
        fields = {
            "who": who,
            "what": what,
            "how_many": 1,
            "request": request,
            "casualties": [zap],
            **_place(one),
        }
        told_now = Happened("alert_raised", fields, one.time, one.time)
    else:
        fields = {"callsign": who, "remarks": what, "request": request, "casualties": [zap]}
        told_now = Happened("nine_line_sent", fields, one.time, one.time)
    same = f"{own_id}\0{told_now.kind}".encode(errors="replace")
    return [event(speaker, device, message, told_now, same)]


DIALECT = Dialect("Cursor on Target: ATAK and other TAK clients", read, topics=(f"{ROOT}/{{name}}/#",))

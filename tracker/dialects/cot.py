"""Cursor on Target 2.0 as XML: an event to a value and back; pure. What TAK clients send before they agree
on protobuf, and what every one of them reads.

Entities and document types are refused unread, size and depth are bounded. What is not understood of an
event stays in its tree, and `beside` names it.
"""

import hashlib
import math
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import msgspec

from casevac.errors import BadMessage

LARGEST = 256 * 1024  # bytes of one event; a 9-line with 100 casualties is a tenth of it
DEEPEST, MOST_NODES = 24, 5_000
UNKNOWN = 9_999_999.0  # what TAK clients write for a height or an error that is not known
UNKNOWN_FROM = 999_999.0  # and the least of what is read so: the protobuf form has this value
HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TYPE = re.compile(r"\w+(-\w+)*(;[^;]*)?", re.ASCII)
_EVENT = frozenset(("version", "uid", "type", "how", "time", "start", "stale", "access", "qos", "opex"))
_POINT = frozenset(("lat", "lon", "hae", "ce", "le"))
_MOST_SAID = 500  # characters of a value that is kept as extra


class Node(msgspec.Struct):
    """An element: its name, attributes, children, text."""

    tag: str
    attributes: dict[str, str] = {}
    children: list["Node"] = []
    text: str = ""

    def child(self, tag: str) -> "Node | None":
        """The first child of this name."""
        for one in self.children:
            if one.tag == tag:
                return one
        return None


class Cot(msgspec.Struct, kw_only=True):
    """An event: who (`uid`), what (`type`), how it is known, when, where; `detail` holds all else.

    Degrees WGS 84; `hae` metres above the ellipsoid, `ce` and `le` metres of error; None: not known.
    """

    uid: str
    type: str
    how: str
    time: datetime
    start: datetime
    stale: datetime
    lat: float
    lon: float
    hae: float | None = None
    ce: float | None = None
    le: float | None = None
    access: str = ""
    qos: str = ""
    opex: str = ""
    detail: list[Node] = []
    strange: dict[str, str] = {}  # attributes that the schema does not have

    def child(self, tag: str) -> Node | None:
        """The first element of this name in the detail."""
        for one in self.detail:
            if one.tag == tag:
                return one
        return None

    def said(self, tag: str, attribute: str) -> str:
        """An attribute of the detail; empty where it is not told."""
        found = self.child(tag)
        return "" if found is None else found.attributes.get(attribute, "")

    def figure(self, tag: str, attribute: str) -> float | None:
        """The same as a number; None where it is not told. Raises BadMessage."""
        value = self.said(tag, attribute)
        return number(value, attribute) if value else None

    def whole(self) -> "Cot":
        """The event with every element of its detail, whichever form it came in."""
        return self

    def tags(self) -> set[str]:
        """The names of the elements in the detail."""
        return {one.tag for one in self.detail}

    def holds(self, word: str) -> bool:
        """True when an element of this name is in the detail."""
        return self.child(word) is not None

    @property
    def callsign(self) -> str:
        """The call sign it goes by; its uid where it tells none."""
        return self.said("contact", "callsign").strip() or self.uid

    @property
    def placed(self) -> bool:
        """False for 0,0 with an unknown error: what clients send while they have no fix."""
        return bool(self.lat or self.lon or self.ce is not None)


def read(payload: bytes) -> Cot:
    """The event of an XML document; raises BadMessage in words."""
    return of_tree(tree(payload))


def tree(payload: bytes) -> Node:
    """The root element; raises BadMessage for what is too large, too deep, has entities, or is no XML."""
    if len(payload) > LARGEST:
        raise BadMessage(f"too large: {len(payload)} bytes, an event may have {LARGEST}")
    top = Node("", {}, [])
    stack, count = [top], 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(stack) > DEEPEST or count > MOST_NODES:
            raise BadMessage(f"nested too deeply: more than {DEEPEST} levels or {MOST_NODES} elements")
        node = Node(tag, attributes, [])
        stack[-1].children.append(node)
        stack.append(node)

    def end(_tag: str) -> None:
        stack.pop()

    def text(told: str) -> None:
        stack[-1].text += told

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        parser.Parse(payload, True)
    except expat.ExpatError as fault:
        raise BadMessage(f"no XML: {fault}") from fault
    except (LookupError, UnicodeError, ValueError) as fault:  # of an encoding that it declares
        raise BadMessage(f"no XML: {str(fault)[:100]}") from fault
    return top.children[0]


def _no_doctype(*_told: object) -> NoReturn:
    raise BadMessage("a document type or entities are refused: an event has none")


def of_tree(root: Node) -> Cot:
    """The event that a tree tells; raises BadMessage naming what is missing or wrong."""
    if root.tag != "event":
        raise BadMessage(f"the root is {root.tag[:40]!r}, not event")
    told, points = root.attributes, [one for one in root.children if one.tag == "point"]
    if len(points) != 1:
        raise BadMessage(f"event has {len(points)} points; it has one")
    place = points[0].attributes
    detail = root.child("detail")
    strange: dict[str, str] = {}
    if not (told.keys() <= _EVENT and place.keys() <= _POINT):
        strange = {name: value for name, value in told.items() if name not in _EVENT}
        strange |= {f"point.{name}": value for name, value in place.items() if name not in _POINT}
    kind = _needed(told, "type")
    if _TYPE.fullmatch(kind) is None:
        raise BadMessage(f"type {kind[:40]!r} is no CoT type, as a-f-G-U-C")
    return Cot(
        uid=_needed(told, "uid"),
        type=kind,
        how=told.get("how", ""),
        time=moment(_needed(told, "time"), "time"),
        start=moment(_needed(told, "start"), "start"),
        stale=moment(_needed(told, "stale"), "stale"),
        lat=degrees(_needed(place, "lat"), "lat", 90.0),
        lon=degrees(_needed(place, "lon"), "lon", 180.0),
        hae=metres(place.get("hae"), "hae"),
        ce=metres(place.get("ce"), "ce"),
        le=metres(place.get("le"), "le"),
        access=told.get("access", ""),
        qos=told.get("qos", ""),
        opex=told.get("opex", ""),
        detail=[] if detail is None else detail.children,
        strange=strange,
    )


def _needed(told: dict[str, str], name: str) -> str:
    value = told.get(name, "").strip()
    if not value:
        raise BadMessage(f"{name} is missing")
    if len(value) > 200:
        raise BadMessage(f"{name} has {len(value)} characters; 200 are enough")
    return value


@lru_cache(maxsize=1000)
def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def moment(text: str, name: str) -> datetime:
    """An xs:dateTime with its zone, in UTC; raises BadMessage."""
    try:
        at = _instant(text)
    except ValueError as fault:
        raise BadMessage(f"{name} {text[:40]!r} is no time, as 2026-11-22T08:08:00Z") from fault
    if at.tzinfo is None:
        raise BadMessage(f"{name} {text[:40]!r} has no zone; times are UTC, as 2026-11-22T08:08:00Z")
    return within(at if at.tzinfo is UTC else at.astimezone(UTC), name)


def within(at: datetime, name: str) -> datetime:
    """The same instant; raises BadMessage for one that no clock of ours can mean."""
    if not _EARLIEST <= at <= _LATEST:
        raise BadMessage(f"{name} {at.isoformat()} is outside 2000 to 2100")
    return at


def degrees(value: str | float, name: str, most: float) -> float:
    """A coordinate of at most `most` degrees either way; raises BadMessage."""
    found = number(value, name)
    if not -most <= found <= most:
        raise BadMessage(f"{name} {found:g} is outside -{most:g} to {most:g}")
    return found


def metres(value: str | float | None, name: str) -> float | None:
    """Metres; None for what is not told or not known (999999 and more). Raises BadMessage."""
    if value is None or value == "":
        return None
    found = number(value, name)
    return None if found >= UNKNOWN_FROM else found


def number(value: str | float, name: str) -> float:
    """A finite number; raises BadMessage."""
    try:
        found = float(value)
    except ValueError as fault:
        raise BadMessage(f"{name} {str(value)[:40]!r} is no number") from fault
    if not math.isfinite(found):
        raise BadMessage(f"{name} {found} is no number that can be meant")
    return found


def digest(cot: Cot) -> bytes:
    """What tells an event from any other: 16 bytes of its uid, type, times and place, and all its detail."""
    told = (cot.uid, cot.type, cot.time, cot.lat, cot.lon, cot.hae, cot.ce, cot.whole().detail)
    return hashlib.blake2b(msgspec.msgpack.encode(told), digest_size=16).digest()


def beside(cot: Cot, known: frozenset[str]) -> dict[str, str]:
    """What an event tells beside the elements `known` of its detail: path to value, as `group.leader`."""
    found = {name: value[:_MOST_SAID] for name, value in cot.strange.items()}
    for one in cot.whole().detail:
        if one.tag not in known:
            spread(one, one.tag, found)
    return found


def spread(node: Node, path: str, found: dict[str, str]) -> None:
    """Every attribute and text under a node by its path; what comes twice is numbered."""
    told = {f"{path}.{name}": value for name, value in node.attributes.items()}
    if node.text.strip():
        told[path] = node.text.strip()
    for name, value in told.items():
        place, number = name, 2
        while place in found:
            place, number = f"{name}#{number}", number + 1
        if len(found) < 200:
            found[place] = value[:_MOST_SAID]
    for one in node.children:
        spread(one, f"{path}.{one.tag}", found)


# --- writing


def write(cot: Cot) -> bytes:
    """The event as a stream has it: with its head, nothing behind it."""
    head = "".join(
        f" {name}={quoted(value)}"
        for name, value in (("access", cot.access), ("qos", cot.qos), ("opex", cot.opex))
        if value
    )
    return HEAD + (
        f'<event version="2.0" uid={quoted(cot.uid)} type={quoted(cot.type)} time="{_told(cot.time)}"'
        f' start="{_told(cot.start)}" stale="{_told(cot.stale)}" how={quoted(cot.how)}{head}>'
        f'<point lat="{cot.lat:.7f}" lon="{cot.lon:.7f}" hae="{_metres(cot.hae)}" ce="{_metres(cot.ce)}"'
        f' le="{_metres(cot.le)}"/><detail>{"".join(map(element, cot.whole().detail))}</detail></event>'
    ).encode("utf-8", "replace")


def element(node: Node) -> str:
    """A node as XML."""
    told = "".join(f" {name}={quoted(value)}" for name, value in node.attributes.items())
    inner = escape(_fit(node.text)) + "".join(map(element, node.children))
    return f"<{node.tag}{told}>{inner}</{node.tag}>" if inner else f"<{node.tag}{told}/>"


def quoted(text: str) -> str:
    """An attribute's value in quotes, without what no XML may hold."""
    return quoteattr(_fit(text))


def _fit(text: str) -> str:
    return _UNFIT.sub("\ufffd", text)


def _told(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _metres(value: float | None) -> str:
    return f"{UNKNOWN}" if value is None else f"{value:.1f}"

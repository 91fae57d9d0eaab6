"""A whole 9-line sheet at once: its lines and what is told of each casualty, or nothing of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from casevac import telling
from casevac.coordination import check_heard
from casevac.desk import Desk, asked, held
from casevac.errors import BadMessage, NotPossible, Unknown
from casevac.events import AnyBody, CasualtyReported, Event, NineLineSent, Time, house_event
from casevac.ids import MOST_OPENED, Mint
from casevac.picture import Picture, fold
from casevac.terms import Source
from casevac.texts import check_kept
from casevac.view import View

Fields = dict[str, Any]
TOLD = ("mist", "vitals", "triage")
_KINDS = dict(zip(TOLD, ("mist_reported", "vitals_taken", "casualty_triaged"), strict=True))


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is told of one casualty; without an id it is the next one that the sheet brings."""

    casualty: Annotated[str, Meta(max_length=80)] = ""
    mist: Fields = {}
    vitals: Fields = {}
    triage: Fields = {}


class Sheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lines of a 9-line by their fields, and its casualties; without `request` it opens one.

    `speaker` is who told it by radio, empty when it was told otherwise. `at` is when it was told.
    """

    request: Annotated[str, Meta(max_length=80)] = ""
    lines: Fields = {}
    casualties: Annotated[tuple[Row, ...], Meta(max_length=MOST_OPENED)] = ()
    speaker: Annotated[str, Meta(max_length=80)] = ""
    at: Time | None = None


def send(desk: Desk, sheet: Sheet) -> list[Event]:
    """Store a sheet: all of it, or nothing when any of it is refused; once under one key.

    Raises BadMessage naming the line (`line 3: ..`) or the casualty by its number (`casualty 2: ..`),
    Unknown for a request or casualty nobody knows.
    """
    check_heard(sheet.at, desk.now)
    for fields in (sheet.lines, *(getattr(row, part) for row in sheet.casualties for part in TOLD)):
        check_kept(dict(fields))
    if not sheet.lines and not any(_told(row) for row in sheet.casualties):
        raise BadMessage("this 9-line tells nothing; tell at least one line, or something of a casualty")
    if sheet.speaker.strip():
        desk = replace(desk, source=Source.VOICE)

    def decide(picture: Picture, mint: Mint) -> Sequence[AnyBody]:
        return _Writing(desk, picture, mint, sheet).bodies()

    return held(desk, asked("sheet", msgspec.to_builtins(sheet)), decide, sheet.at)


def _told(row: Row) -> bool:
    return any(getattr(row, part) for part in TOLD)


class Opened(NamedTuple):
    """What a stored sheet was told of: its request, and the casualties it brought."""

    request: str
    casualties: tuple[str, ...]


def opened(sheet: Sheet, events: Sequence[Event]) -> Opened:
    """The request of a stored sheet, and the casualties that are new by it."""
    request, found = sheet.request, list[str]()
    for body in (event.body for event in events):
        if isinstance(body, NineLineSent):
            request, found = body.request, [*found, *body.casualties]
        elif isinstance(body, CasualtyReported):
            request, found = body.request, [*found, body.casualty]
    return Opened(request, tuple(found))


class _Writing:
    """One sheet on its way into events, each checked against what the earlier ones left."""

    def __init__(self, desk: Desk, picture: Picture, mint: Mint, sheet: Sheet) -> None:
        self._desk, self._picture, self._mint, self._sheet = desk, picture, mint, sheet
        self._bodies: list[AnyBody] = []
        self._request = sheet.request
        self._new: list[str] = []  # casualties that the 9-line brought, still without a row

    def bodies(self) -> list[AnyBody]:
        self._lines()
        for number, row in enumerate(self._sheet.casualties, start=1):
            if _told(row):
                self._of_casualty(number, row)
        return self._bodies

    def _lines(self) -> None:
        if not self._sheet.lines and self._request:
            return
        new = sum(1 for row in self._sheet.casualties if not row.casualty and _told(row))
        brings = {} if self._request or new == 0 else {"casualties": [self._mint.zap() for _ in range(new)]}
        for body in self._tell("nine_line_sent", {**self._sheet.lines, **brings, "request": self._request}):
            if isinstance(body, NineLineSent):
                self._request, self._new = body.request, list(body.casualties)

    def _of_casualty(self, number: int, row: Row) -> None:
        try:
            casualty = row.casualty or self._next()
            for part, kind in _KINDS.items():
                if fields := getattr(row, part):
                    self._tell(kind, {**fields, "casualty": casualty})
        except (BadMessage, NotPossible, Unknown) as fault:
            raise type(fault)(f"casualty {number}: {fault}") from fault

    def _next(self) -> str:
        """One of those that the 9-line brought, else one more at its place."""
        if self._new:
            return self._new.pop(0)
        place = self._view().place_of_request(self._request)
        if place is None:
            raise BadMessage("one more of this request needs its place; tell line 1 as a grid or LON,LAT")
        told = {"lon": place.lon, "lat": place.lat, "uncertainty_m": place.uncertainty_m}
        for body in self._tell("casualty_reported", {**told, "request": self._request}):
            if isinstance(body, CasualtyReported):
                return body.casualty
        raise BadMessage("it could not be reported")

    def _tell(self, kind: str, fields: Mapping[str, Any]) -> tuple[AnyBody, ...]:
        spoken = {"speaker": self._sheet.speaker} if self._sheet.speaker else {}
        bodies = telling.tell(self._view(), kind, {**fields, **spoken}, self._mint)
        desk, at = self._desk, self._sheet.at or self._desk.now
        told = [house_event(desk.mission, body, at, desk.actor, desk.source) for body in bodies]
        self._picture = fold(self._picture, told)
        self._bodies += bodies
        return bodies

    def _view(self) -> View:
        return View(self._picture, self._desk.now, at=self._sheet.at)

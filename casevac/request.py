"""A request: the alert, 9-line and METHANE that ask for evacuation, and how far it is answered."""

from bisect import insort
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from itertools import accumulate
from typing import Any, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from casevac import methane, nineline
from casevac.casualty import Place
from casevac.events import AlertRaised, MethaneSent, NineLineSent, RequestStoodDown
from casevac.ids import MOST_OPENED
from casevac.lines import FIELDS, LAUNCH, TITLES
from casevac.stamp import Said, Stamp
from casevac.terms import Source

T = TypeVar("T")
ALONE = {1: FIELDS[1], 7: FIELDS[7]}  # their fields belong together: a new place has no old degrees
CLEARED: dict[str, Any] = {  # what a sender who tells everything each time means by leaving it out
    "precedences": {},
    "equipment": (),
    "litter": 0,
    "ambulatory": 0,
    "patients": {},
    "terrain": "none",
}
_METHANE_PLACE = ("location", "lon", "lat", "uncertainty_m")


class RequestState(StrEnum):
    """How far a request is answered."""

    OPEN = "open"  # a casualty of it has no plan
    PLANNED = "planned"
    CLOSED = "closed"  # every casualty is in a facility, or it was stood down


class Version(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """One telling of a 9-line or METHANE, whole or in part, and who told it."""

    stamp: Stamp
    by: str
    told: T

    @property
    def at(self) -> datetime:
        """When it was told."""
        return self.stamp[0]


def with_version(known: tuple[Version[T], ...], new: Version[T]) -> tuple[Version[T], ...]:
    """The versions with one more, in the order of telling; the same one again changes nothing."""
    if not known or known[-1].stamp < new.stamp:
        return (*known, new)
    if any(one.stamp == new.stamp for one in known):
        return known
    grown = list(known)
    insort(grown, new, key=lambda one: one.stamp)
    return tuple(grown)


class Request(msgspec.Struct, frozen=True):
    """A request under its id: the alert as last told, every version of its 9-line and METHANE.

    `alert` is None when it was opened otherwise, or when only its consequences are known.
    """

    id: str
    alert: Said[AlertRaised] | None = None
    source: Said[Source] | None = None  # of its first word
    decision: Said[str] | None = None  # the last options computed for it
    nine_lines: tuple[Version[NineLineSent], ...] = ()
    methanes: tuple[Version[MethaneSent], ...] = ()
    acknowledged: Said[str] | None = None  # who said first that the operations centre has it
    read_back: Said[str] | None = None  # who last confirmed the 9-line as it was read back
    ended: Said[RequestStoodDown] | None = None  # the last word to stand down

    @property
    def opened_at(self) -> datetime | None:
        """When it was first told."""
        return None if self.source is None else self.source.stamp[0]

    @property
    def stood_down(self) -> Said[RequestStoodDown] | None:
        """The word to stand down; None before, and when somebody asked again afterwards."""
        asked = self.last_asked
        again = self.ended is not None and asked is not None and asked > self.ended.stamp
        return None if again else self.ended

    @property
    def last_asked(self) -> Stamp | None:
        """The last word that asks for somebody to come; None when only its consequences are known."""
        told = [one.stamp for one in self.nine_lines[-1:]] + [one.stamp for one in self.methanes[-1:]]
        return max(told if self.alert is None else [*told, self.alert.stamp], default=None)

    @property
    def nine_line(self) -> NineLineSent | None:
        """The 9-line merged from its versions, each line as last told; None when there is none."""
        return reduce(_onto, (one.told for one in self.nine_lines)) if self.nine_lines else None

    @property
    def methane(self) -> MethaneSent | None:
        """METHANE merged from its versions, each part as last told; None when there is none."""
        told: MethaneSent | None = None
        for version in self.methanes:
            changes = _told(version.told)
            if "location" in changes or "lon" in changes:
                changes |= {name: getattr(version.told, name) for name in _METHANE_PLACE}
            told = version.told if told is None else replace(told, **changes)
        return told

    @property
    def missing(self) -> tuple[str, ...]:
        """Lines that a launch still needs, in words; empty when it is launchable."""
        return missing(self.nine_line, self.alert is not None)

    @property
    def launchable_at(self) -> datetime | None:
        """When lines 1 to 5 were first told; None while one is missing."""
        so_far = accumulate((one.told for one in self.nine_lines), _onto)
        each = zip(self.nine_lines, so_far, strict=True)
        return next((one.at for one, told in each if not missing(told, self.alert is not None)), None)

    @property
    def place(self) -> Place | None:
        """Where it was last told to be: by alert, line 1 or METHANE; None when no word could be placed."""
        told: list[tuple[Stamp, Place]] = []
        told += [(one.stamp, found) for one in self.nine_lines if (found := _place(one.told)) is not None]
        told += [(one.stamp, found) for one in self.methanes if (found := _place(one.told)) is not None]
        if self.alert is not None and (found := _place(self.alert.value)) is not None:
            told.append((self.alert.stamp, found))
        return max(told, key=lambda one: one[0])[1] if told else None

    @property
    def how_many(self) -> int | None:
        """How many casualties were told: by the alert, else the 9-line, else METHANE."""
        if self.alert is not None:
            return self.alert.value.how_many
        nine, major = self.nine_line, self.methane
        told = None if nine is None else nineline.total_by_type(nine) or nineline.total_by_precedence(nine)
        return told if told is not None or major is None else methane.total(major)

    @property
    def what(self) -> str:
        """What happened, in the words of whoever told it."""
        if self.alert is not None:
            return self.alert.value.what
        nine, major = self.nine_line, self.methane
        return (major.incident if major else "") or (nine.wounds or nine.remarks if nine else "") or ""

    @property
    def who(self) -> str:
        """Who calls: the alert's, else the call sign of line 2."""
        if self.alert is not None:
            return self.alert.value.who
        nine = self.nine_line
        return (nine.callsign if nine else "") or ""

    @property
    def place_name(self) -> str:
        """The place in words: of the alert, else line 1, else METHANE."""
        if self.alert is not None and self.alert.value.place:
            return self.alert.value.place
        nine, major = self.nine_line, self.methane
        return (nine.pickup if nine else "") or (major.location if major else "") or ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What does not agree in what was told, in words; nothing is refused for it."""
        return _warnings(self)


def _place(told: AlertRaised | NineLineSent | MethaneSent) -> Place | None:
    if told.lon is None or told.lat is None:
        return None
    return Place(told.lon, told.lat, told.uncertainty_m)


def _told(body: msgspec.Struct) -> dict[str, Any]:
    """The fields that a body tells: None and an empty text were not told, 0 and an empty list were."""
    each = {name: getattr(body, name) for name in body.__struct_fields__}
    return {name: value for name, value in each.items() if value is not None and value != ""}


def _onto(known: NineLineSent, told: NineLineSent) -> NineLineSent:
    """What was known with each line as it is told now."""
    changes = {name: value for name, value in _told(told).items() if name != "extra" or value}
    if told.whole:
        known_before = (name for name in CLEARED if getattr(known, name) is not None)
        changes |= {name: CLEARED[name] for name in known_before if name not in changes}
    for names in ALONE.values():
        if any(name in changes for name in names):
            changes |= {name: getattr(told, name) for name in names}
    return replace(known, **changes)


def missing(nine: NineLineSent | None, placed: bool) -> tuple[str, ...]:
    """Lines 1 to 5 that were not told, in words; `placed` when an alert told where."""
    told = () if nine is None else nineline.told_lines(nine)
    found = [f"line {number} ({TITLES[number]})" for number in LAUNCH if number not in told]
    if nine is not None and 1 in told and nine.lon is None and not placed:
        where = f"{nine.pickup!r} is no place on the map; give a grid like 34NFN0939121654 or LON,LAT"
        found.insert(0, f"line 1 ({TITLES[1]}): {where}")
    return tuple(found)


def last_told(request: Request, number: int) -> Version[NineLineSent] | None:
    """The version that last told a line; None when it was not told."""
    found = (one for one in reversed(request.nine_lines) if number in nineline.told_lines(one.told))
    return next(found, None)


def _warnings(request: Request) -> tuple[str, ...]:
    nine, major, alert = request.nine_line, request.methane, request.alert
    totals: dict[str, int | None] = {"the alert": alert.value.how_many if alert else None}
    if nine is not None:
        totals |= {"line 3": nineline.total_by_precedence(nine), "line 5": nineline.total_by_type(nine)}
    if major is not None:
        totals["METHANE"] = methane.total(major)
    known = {name: number for name, number in totals.items() if number is not None}
    found = []
    if len(set(known.values())) > 1:
        numbers = ", ".join(f"{name} {number}" for name, number in known.items())
        found.append(f"the numbers of patients differ ({numbers}); ask which is right")
    if max(known.values(), default=0) > MOST_OPENED:
        found.append(f"one report opens at most {MOST_OPENED} casualties; raise an alert for the others")
    if nine is not None and nine.pickup and nine.lon is None:
        found.append(f"line 1: {nine.pickup!r} could not be placed; give a grid or LON,LAT")
    return tuple(found)


# --- two requests that may tell of one incident

NEAR_M = 1000.0
SOON = timedelta(minutes=30)


def similar(one: int | None, other: int | None) -> bool:
    """True when two numbers of casualties may count the same people; an unknown one may."""
    if one is None or other is None:
        return True
    return abs(one - other) <= 2 or max(one, other) <= 2 * min(one, other)

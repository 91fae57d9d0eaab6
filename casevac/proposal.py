"""What the planner proposes, in words and instants: lines to approve, why, what else, what would help."""

import hashlib
from collections.abc import Iterable

import msgspec
from msgspec import structs

from casevac.errors import Unknown
from casevac.events import Stop, Time
from casevac.terms import Category
from casevac.zap import ALPHABET

CURVES = "Curves rank plans; they are not clinical predictions."
LETTERS = 6


class Fortune(msgspec.Struct, frozen=True):
    """What a plan means for one casualty, by its own forecast (middle times); None where it never happens."""

    casualty: str
    category: Category
    arrive_at: Time | None = None
    care_at: Time | None = None  # advanced care begins
    care_limit_at: Time | None = None
    surgery_at: Time | None = None  # None as well where it needs none
    surgery_limit_at: Time | None = None
    needs_surgery: bool = False

    @property
    def in_time(self) -> bool:
        """True when surgery keeps its limit; of who needs none when somebody brings it in."""
        if not self.needs_surgery:
            return self.arrive_at is not None
        late = self.surgery_limit_at
        return self.surgery_at is not None and late is not None and self.surgery_at <= late


class Ride(msgspec.Struct, frozen=True):
    """One trip of one vehicle: from where it stands, by the scenes, to its end."""

    vehicle: str
    start: Stop
    stops: tuple[Stop, ...]
    end: Stop
    casualties: tuple[str, ...]
    begin_at: Time
    end_at: Time  # all are handed over
    air: bool = False


class Alternative(msgspec.Struct, frozen=True):
    """Another answer for those of a line: what it changes, in words, and what it would mean.

    `id` is that of the line that would say so: a person may approve it in place of the line.
    """

    vehicles: tuple[str, ...]
    facility: str
    summary: str
    words: tuple[str, ...]
    fates: tuple[Fortune, ...]
    id: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One order that a person may approve: which vehicles bring which casualties to which facility.

    `state`: proposed, later (the vehicle does another trip first), kept (an order given already, as it is) or
    changed (an order given already, which this would replace). `id` follows from what it says, so that the
    same line of a later plan has the same.
    """

    id: str
    rank: int
    state: str
    can_approve: bool
    why_not: str = ""  # it cannot be approved now
    summary: str
    vehicles: tuple[str, ...]
    facility: str
    casualties: tuple[str, ...]
    requests: tuple[str, ...]
    replaces: str = ""  # chain of an order already given
    rides: tuple[Ride, ...]
    fates: tuple[Fortune, ...]
    reasons: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()

    def instead(self, other: Alternative) -> "Line":
        """What this line would be if that alternative were taken; the line itself is then another answer."""
        mine = Alternative(self.vehicles, self.facility, self.summary, (), self.fates, self.id)
        rest = tuple(one for one in self.alternatives if one is not other)
        return structs.replace(
            self,
            id=other.id,
            vehicles=other.vehicles,
            facility=other.facility,
            summary=other.summary,
            fates=other.fates,
            reasons=other.words,
            alternatives=(mine, *rest),
        )


class Left(msgspec.Struct, frozen=True):
    """Somebody whom the plan brings nowhere, and why."""

    casualty: str
    category: Category
    why: str


class Help(msgspec.Struct, frozen=True):
    """What would bring more of them to surgery within the limit, counted by planning again with it."""

    words: str
    in_time: int
    now_in_time: int
    of: int


class Lock(msgspec.Struct, frozen=True):
    """What a coordinator has laid down: this casualty to that facility, or this vehicle not."""

    casualty: str = ""
    facility: str = ""
    vehicle: str = ""
    by: str = ""
    reason: str = ""
    since: Time | None = None
    words: str = ""
    trouble: str = ""  # why it cannot be kept; empty when it is


class Rule(msgspec.Struct, frozen=True):
    """The policy by which a plan was made."""

    name: str
    version: str
    words: str
    curve: str = ""
    by: str = ""
    since: Time | None = None


class Figures(msgspec.Struct, frozen=True):
    """The plan in numbers. `cost`, `bound` and `gap` are of its policy; a gap of 0.04: at most 4 % above."""

    casualties: int
    planned: int
    surgical: int  # who need surgery
    surgery_in_time: int
    p1: int  # who need surgery most urgently
    p1_in_time: int
    deaths: float | None = None  # expected under the curve
    cost: float | None = None
    bound: float | None = None
    gap: float | None = None


class Point(msgspec.Struct, frozen=True):
    """What another policy would make of the same picture: one point of the frontier."""

    policy: str
    version: str
    words: str
    chosen: bool
    figures: Figures
    changes: tuple[str, ...] = ()  # who is better or worse off than under the policy that holds


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """One plan of a mission: what it rests on, its lines, and what it could not do.

    `stage`: first (the quick answer) or searched.
    """

    plan: str
    mission: str
    seq: int  # the event it rests on
    as_of: Time
    stage: str
    policy: Rule
    network: str
    hazards: str
    figures: Figures
    lines: tuple[Line, ...]
    left: tuple[Left, ...] = ()
    troubles: tuple[str, ...] = ()
    helps: tuple[Help, ...] = ()
    locks: tuple[Lock, ...] = ()
    frontier: tuple[Point, ...] = ()
    note: str = CURVES

    def find(self, key: str) -> Line | None:
        """The line of that id, or what a line becomes by the alternative of that id; None: it has neither."""
        found = next((one for one in self.lines if one.id == key), None)
        if found is not None:
            return found
        other = ((line, one) for line in self.lines for one in line.alternatives if one.id == key)
        return next((line.instead(one) for line, one in other), None)

    def line(self, key: str) -> Line:
        """The line or alternative of that id; raises Unknown."""
        found = self.find(key)
        if found is None:
            raise Unknown(f"plan {self.plan} has no line {key[:20]!r}; look at the plan and try again")
        return found


def line_id(vehicles: Iterable[str], casualties: Iterable[str], facility: str) -> str:
    """The id of a line that says so, whichever plan holds it."""
    told = "\0".join((*vehicles, "", *sorted(casualties), "", facility))
    number = int.from_bytes(hashlib.sha256(told.encode()).digest()[:8])
    letters = []
    for _ in range(LETTERS):
        number, index = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[index])
    return f"L-{''.join(letters)}"

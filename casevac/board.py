"""The board of a facility: each figure with the time at which it was true, and who told it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast

import msgspec
from msgspec.structs import replace

from casevac.events import BloodStock, Event, FacilityRegistered, FacilityStatusReported
from casevac.mission import Profile
from casevac.stamp import Said, Stamp
from casevac.terms import Accepting, Bed, Source

T = TypeVar("T")
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
USUAL_STALE_S = 21_600.0  # for a kind that the mission's profile does not name


Value = bool | int | float | str | tuple[str | BloodStock, ...]


class Figure(msgspec.Struct, frozen=True, gc=False):
    """What was told, with the stamp of the report, the way it came by and who told it.

    The value is as JSON has it, instants in ISO 8601: so a kept picture reads back as it was.
    """

    value: Value
    stamp: Stamp
    source: Source = Source.IMPORT
    by: str = ""

    @property
    def as_of(self) -> datetime:
        """When it was true."""
        return sane(self.stamp[0])


Board = Mapping[str, Figure]
"""Figures by what they tell: `beds.icu.free`, `tables`, `stock.ventilators`, `blood`, .."""


def sane(at: datetime) -> datetime:
    """The instant within years that a clock can be reckoned with; a slip of the pen must stop nothing."""
    return min(max(at, FIRST), LAST)


def bounded(at: datetime | None) -> datetime | None:
    """The same for an instant that need not be told."""
    return None if at is None else sane(at)


def newer(known: Figure | None, told: Figure) -> Figure:
    """The later of what is known and what is now told, whatever order they came in."""
    if known is None:
        return told
    if told.stamp != known.stamp:
        return told if told.stamp > known.stamp else known
    return told if (told.source, told.by) > (known.source, known.by) else known


def merged(known: Board, told: Board) -> dict[str, Figure]:
    """Both boards in one: of each figure the later."""
    return {**known, **{what: newer(known.get(what), figure) for what, figure in told.items()}}


def told_in(body: FacilityStatusReported, event: Event, at: Stamp) -> dict[str, Figure]:
    """The figures of one report."""
    by = body.by or body.speaker or event.device or event.actor
    return {what: Figure(value, at, event.source, by) for what, value in _values(body)}


def _values(body: FacilityStatusReported) -> Iterator[tuple[str, Value]]:
    if body.accepting is not None:
        yield "accepting", body.accepting.value
        yield "reason", body.reason
    for beds in body.beds:
        for name, count in (("staffed", beds.staffed), ("free", beds.free), ("occupied", beds.occupied)):
            if count is not None:
                yield f"beds.{beds.bed}.{name}", count
    for name in ("tables", "queue"):
        if (value := getattr(body, name)) is not None:
            yield name, value
    if body.blood is not None:
        yield "blood", tuple(replace(one, expires_at=bounded(one.expires_at)) for one in body.blood)
    if body.tables_busy_until is not None:
        yield "tables_busy_until", tuple(written(at) for at in body.tables_busy_until)
    if body.capabilities is not None:
        yield "capabilities", tuple(one.value for one in body.capabilities)
    yield from ((f"stock.{stock}", count) for stock, count in body.stocks.items())


def written(at: datetime) -> str:
    """An instant as a figure keeps it."""
    return sane(at).astimezone(UTC).isoformat()


def registered(said: Said[FacilityRegistered]) -> dict[str, Figure]:
    """What the registration tells, as of the date of its source or else of its own time.

    That it is open is what every registration says by default: it reopens no house that its board closed.
    """
    card, stamp = said.value, said.stamp
    at: Stamp = (min(_dated(card.source_date) or stamp[0], stamp[0]), *stamp[1:])
    values: dict[str, Value | None] = {
        "accepting": None if card.open else Accepting.CLOSED.value,
        "reason": None if card.open else "",
        f"beds.{Bed.WARD}.staffed": card.beds_staffed,
        f"beds.{Bed.WARD}.free": card.beds_free,
        "tables": card.tables,
        "capabilities": tuple(one.value for one in card.capabilities),
    }
    return {what: Figure(value, at, by=card.source) for what, value in values.items() if value is not None}


def _dated(text: str) -> datetime | None:
    """The instant at which a date begins: `2021-03-16`, `2021-03` or `2021`; None for any other words."""
    padded = text.strip() + {4: "-01-01", 7: "-01"}.get(len(text.strip()), "")
    try:
        found = datetime.fromisoformat(padded)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def value_in(board: Board, what: str, otherwise: T) -> T:
    """The value of a figure, or the other one, of its type, when it was never told."""
    figure = board.get(what)
    return otherwise if figure is None else cast("T", figure.value)


def count_in(board: Board, what: str) -> int | None:
    """A number of beds, tables, cases or places; None when it was never told."""
    return cast("int | None", value_in(board, what, None))


def instant_in(board: Board, what: str) -> datetime | None:
    """An instant; None when it was never told."""
    found = value_in(board, what, "")
    return datetime.fromisoformat(found) if found else None


def blood_in(board: Board) -> tuple[BloodStock, ...] | None:
    """All blood; None when it was never told."""
    return cast("tuple[BloodStock, ...] | None", value_in(board, "blood", None))


def stale_after(what: str, figure: Figure, profile: Profile) -> datetime:
    """From when on the figure is too old to be relied on."""
    kind = what.partition(".")[0]
    kept_s = profile.stale_s.get("tables" if kind == "tables_busy_until" else kind, USUAL_STALE_S)
    return figure.as_of + timedelta(seconds=kept_s)


def usable(blood: tuple[BloodStock, ...], at: datetime) -> dict[str, int]:
    """Units by blood group that are still in date at an instant; 0 where all have expired."""
    units = dict.fromkeys((one.group for one in blood), 0)
    for one in blood:
        if one.expires_at is None or one.expires_at > at:
            units[one.group] += one.units
    return dict(sorted(units.items()))

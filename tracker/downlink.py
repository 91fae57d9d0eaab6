"""The shapes of what goes down to a device: receipt, task, recall, notice; pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from casevac.events import Leg
from casevac.terms import Category, MissionKind

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises, whatever bytes came."""


class Refused(msgspec.Struct, frozen=True):
    """A number that was set aside, and why; it is not to be sent again."""

    n: int
    reason: str


class Receipt(msgspec.Struct, frozen=True):
    """After the commit: the exact numbers that are stored; `runs` are [first, last] of a batch's numbers."""

    epoch: int
    stored: tuple[int, ...] = ()
    refused: tuple[Refused, ...] = ()
    server_time: datetime | None = None
    runs: tuple[tuple[int, int], ...] | msgspec.UnsetType = msgspec.UNSET

    def numbers(self) -> list[int]:
        """Every number that is stored."""
        return [*self.stored, *(n for first, last in self.in_runs for n in range(first, last + 1))]

    @property
    def in_runs(self) -> tuple[tuple[int, int], ...]:
        """The runs; none in a receipt of single messages."""
        return self.runs or ()


def receipt(
    epoch: int,
    stored: Iterable[int],
    refused: Mapping[int, str],
    server_time: datetime,
    runs: Iterable[tuple[int, int]] = (),
) -> bytes:
    """The payload of /receipt: the exact numbers stored, those of batches by runs, and the refused ones."""
    told = tuple(Refused(n, refused[n]) for n in sorted(refused))
    return msgspec.json.encode(
        Receipt(epoch, tuple(sorted(stored)), told, server_time, tuple(runs) or msgspec.UNSET)
    )


class Patient(msgspec.Struct, frozen=True):
    """A casualty to be fetched: its ZAP id, never a name."""

    casualty: str
    category: Category


class Orders(msgspec.Struct, frozen=True):
    """The present task of the device's vehicle; an empty payload when there is none."""

    task: str
    mission: str
    kind: MissionKind
    request: str
    chain: str
    what: str
    casualties: tuple[Patient, ...]
    legs: tuple[Leg, ...]


class Recall(msgspec.Struct, frozen=True):
    """The task was taken back; told until the device has answered that it is seen."""

    task: str
    recalled: Literal[True]
    reason: str
    at: datetime


class Warned(msgspec.Struct, frozen=True):
    """The device's vehicle, team or facility is warned of a request."""

    request: str
    asset: str
    at: datetime | None
    what: str
    where: str
    lon: float | None
    lat: float | None
    uncertainty_m: float | None
    how_many: int
    categories: tuple[Category, ...]
    answered: bool


class Answer(msgspec.Struct, frozen=True):
    """The answer to a question that the device asked."""

    question: str
    casualty: str
    asked: str
    answer: str
    by: str
    at: datetime | None


class Coming(msgspec.Struct, frozen=True):
    """A casualty on the way to the device's facility."""

    casualty: str
    chain: str
    category: Category
    precedence: str
    needs: tuple[str, ...]
    carried_by: str | None
    arrived: bool
    arrive_p50_at: datetime | None
    arrive_p90_at: datetime | None
    mist: dict[str, Any]
    accepted: bool | None


class Notice(msgspec.Struct, frozen=True):
    """Warnings, answers and who is on the way; an empty payload when there is nothing."""

    warned: tuple[Warned, ...] = ()
    answers: tuple[Answer, ...] = ()
    casualties: tuple[Coming, ...] = ()

"""The sessions of ingest with the broker: who each is there, what it hears, how much it may hold."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from tracker import wire
from tracker.address import address_of, with_login

INGEST_USER = "casevac-ingest"  # at the house's broker
EVENTS, REPORTS, BATCHES, OTHERS = "-events", "", "-batches", "-others"  # what a session's name ends with
WINDOW = 10_000  # unacknowledged messages; the broker keeps the rest, and what is above the bytes of a Pile
_BATCHES_WINDOW = 200


@dataclass(frozen=True)
class Lane:
    """One session with the broker: who it is there, what it hears, how much it may hold unacknowledged."""

    client_id: str
    filters: tuple[str, ...]
    unwanted: tuple[str, ...] = ()  # the same topics in the other form, from an earlier way of running
    window: int = WINDOW


class Lanes(NamedTuple):
    """An alert waits behind no flood of positions, a live position behind no outbox of days, neither behind
    what other dialects bring."""

    events: Lane
    reports: Lane
    batches: Lane
    others: Lane


def lanes(url: str, number: int, of: int) -> Lanes:
    """The sessions of process `number` (from 1) of `of` that share what comes to this broker."""
    group = _group_of(url)
    status, shared = f"{wire.ROOT}/+/status", f"$share/{group}/{wire.ROOT}/+/status"
    events = _lane(EVENTS, (number, of), group, "event")
    if number == 1:  # who comes and goes is told to the first alone, which so knows the last word
        events = replace(events, filters=(*events.filters, status), unwanted=(*events.unwanted, shared))
    else:
        events = replace(events, unwanted=(*events.unwanted, status, shared))
    batches = replace(_lane(BATCHES, (number, of), group, "batch"), window=_BATCHES_WINDOW)
    others = Lane(_client_id(OTHERS, number), ())
    return Lanes(events, _lane(REPORTS, (number, of), group, "report"), batches, others)


def listening(url: str, before: Lane, of: int, filters: Sequence[str]) -> Lane:
    """The lane of other dialects with these filters in place of those that it had; `of` processes share."""
    group = "" if of == 1 else f"$share/{_group_of(url)}/"
    wanted = tuple(f"{group}{one}" for one in filters)
    return replace(before, filters=wanted, unwanted=tuple(one for one in before.filters if one not in wanted))


def login(url: str, lane: Lane) -> str:
    """The broker's address for a lane: at the house's broker, where the user name is the client id, each
    session is a user of its own."""
    at = address_of(url)
    return with_login(url, lane.client_id, at.password or "") if at.user == INGEST_USER else url


def _group_of(url: str) -> str:
    """The name under which the processes at this broker share: known to who knows the house's password.

    A broker lets every client join a group it can name, and what it gave that one nobody would store.
    """
    password = address_of(url).password or ""
    return f"ingest-{hashlib.sha256(f'casevac shares {password}'.encode()).hexdigest()[:32]}"


def _lane(suffix: str, place: tuple[int, int], group: str, channel: str) -> Lane:
    number, of = place
    alone = (f"{wire.ROOT}/+/{channel}",)
    shared = (f"$share/{group}/{wire.ROOT}/+/{channel}",)
    wanted, unwanted = (alone, shared) if of == 1 else (shared, alone)
    return Lane(_client_id(suffix, number), wanted, unwanted)


def client_ids(most: int) -> tuple[str, ...]:
    """Who the sessions of the processes 1 to `most` are, the first process's reports first."""
    return tuple(
        _client_id(suffix, number)
        for number in range(1, most + 1)
        for suffix in (REPORTS, EVENTS, BATCHES, OTHERS)
    )


def _client_id(suffix: str, number: int) -> str:
    return f"{INGEST_USER}{suffix}" + ("" if number == 1 else f"-{number}")

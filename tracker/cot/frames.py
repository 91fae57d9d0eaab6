"""Frames for many clients: each thing is encoded once in each form, whoever it is sent to; pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property

from tracker.cot.shown import ALL, LONG, Item, gone
from tracker.dialects import cot, tak
from tracker.dialects.cot import Cot

Key = tuple[str, str]
_AGAIN_S = LONG.total_seconds() / 3  # what did not change is told again so often, before it goes stale


class Piece:
    """One event as bytes, encoded in a form when somebody first needs it."""

    def __init__(self, told: Cot) -> None:
        self.cot = told

    @cached_property
    def xml(self) -> bytes:
        """As XML."""
        return cot.write(self.cot)

    @cached_property
    def protobuf(self) -> bytes:
        """As a framed TakMessage."""
        return tak.streamed(tak.write(self.cot))

    def form(self, protobuf: bool) -> bytes:
        """In the form that a client reads."""
        return self.protobuf if protobuf else self.xml


class Known(Piece):
    """A thing as it was last told: to whom, and when."""

    def __init__(self, item: Item, now: float) -> None:
        super().__init__(item.cot)
        self.who, self.same, self.told_at = item.who, item.same, now


class Pieces:
    """Several events; all of them as bytes, joined once in each form."""

    def __init__(self, some: Iterable[Piece]) -> None:
        self.some = tuple(some)

    @cached_property
    def xml(self) -> bytes:
        """All as XML."""
        return b"".join(one.xml for one in self.some)

    @cached_property
    def protobuf(self) -> bytes:
        """All as framed TakMessages."""
        return b"".join(one.protobuf for one in self.some)

    def form(self, protobuf: bool) -> bytes:
        """In the form that a client reads."""
        return self.protobuf if protobuf else self.xml


class Turn:
    """What is on the maps of a mission's clients at one look; nobody changes it.

    `changed`: for all, since the turn before; `private`: what only some may see, by uid.
    """

    def __init__(self, number: int, known: Mapping[str, Known], changed: Pieces) -> None:
        self.number, self.changed = number, changed
        self.private = {key: one for key, one in known.items() if ALL not in one.who}
        self.whole = Pieces(one for one in known.values() if ALL in one.who)


class Board:
    """What was told of each thing of a mission when it was told last."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}
        self._number = 0

    def show(self, items: Iterable[Item], now: datetime) -> Turn:
        """One turn on: what changed, what is to be told again, what is gone."""
        seconds, found, fresh = now.timestamp(), dict[str, Known](), list[Piece]()
        for item in items:
            before = self._known.get(item.cot.uid)
            if (
                before is not None
                and before.same == item.same
                and before.who == item.who
                and seconds - before.told_at < _AGAIN_S
            ):
                found[item.cot.uid] = before
                continue
            found[item.cot.uid] = one = Known(item, seconds)
            if ALL in item.who:
                fresh.append(one)
        left = [key for key, one in self._known.items() if ALL in one.who and not _for_all(found.get(key))]
        self._known, self._number = found, self._number + 1
        return Turn(self._number, found, Pieces([*fresh, *(Piece(gone(key, now)) for key in left)]))


def _for_all(one: Known | None) -> bool:
    return one is not None and ALL in one.who


class Sight:
    """What one client has on its map of what only some may see, and how far it follows what is for all."""

    def __init__(self) -> None:
        self.turn = -2
        self._sent: dict[str, float] = {}
        self._said: dict[Key, str] = {}

    def public(self, turn: Turn) -> Pieces:
        """What of it the client has not been sent: the changes, or all of it after a gap."""
        pieces = turn.changed if self.turn == turn.number - 1 else turn.whole
        self.turn = turn.number
        return pieces

    def private(self, turn: Turn, may: frozenset[str], now: datetime) -> list[Piece]:
        """What of it this client may see and has not been sent; and what it may see no more."""
        seen = {key: one for key, one in turn.private.items() if not may.isdisjoint(one.who)}
        fresh: list[Piece] = [one for key, one in seen.items() if self._sent.get(key) != one.told_at]
        left = [Piece(gone(key, now)) for key in self._sent if key not in seen]
        self._sent = {key: one.told_at for key, one in seen.items()}
        return [*fresh, *left]

    def news(self, statuses: Mapping[Key, str]) -> dict[Key, str]:
        """Lines of status that this client was not told yet, by what they are of."""
        fresh = {key: text for key, text in statuses.items() if self._said.get(key) != text}
        self._said = dict(statuses)
        return fresh

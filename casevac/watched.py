"""The watch as the log tells it: which alarm stands acknowledged by whom, entries, hand-overs."""

from datetime import datetime

import msgspec

from casevac.events import (
    AlarmAcknowledged,
    AlarmCleared,
    AlarmRaised,
    ShiftHandedOver,
    ShiftTakenOver,
    WatchEntryMade,
)
from casevac.stamp import Said


class Bell(msgspec.Struct, frozen=True):
    """One alarm in its last round; words of an earlier round count no more."""

    id: str
    round: int = 0
    raised: Said[AlarmRaised] | None = None  # None: a person was faster than the part that raises
    acknowledged: Said[AlarmAcknowledged] | None = None
    cleared: Said[AlarmCleared] | None = None

    @property
    def rings(self) -> bool:
        """True until it was cleared."""
        return self.round > 0 and self.cleared is None

    @property
    def times(self) -> int:
        """How often it came without an hour's rest."""
        return 1 if self.raised is None else max(1, self.raised.value.times)


class Entry(msgspec.Struct, frozen=True):
    """One entry of the watch log as it was written, by whom, and the entry that corrects it."""

    id: str
    made: Said[WatchEntryMade] | None = None
    author: str = ""
    corrected_by: str = ""


class Shift(msgspec.Struct, frozen=True):
    """One hand-over of the watch, without its brief; `taken` is None until the incoming one signs."""

    id: str
    handed: Said[ShiftHandedOver] | None = None
    taken: Said[ShiftTakenOver] | None = None

    @property
    def at(self) -> datetime | None:
        """When the outgoing watch-keeper signed."""
        return None if self.handed is None else self.handed.stamp[0]

"""A task: the orders of one vehicle, and how they ended."""

from datetime import datetime
from enum import StrEnum

import msgspec

from casevac.events import Leg
from casevac.stamp import Said, Stamp


class TaskEnd(StrEnum):
    """How a task ended."""

    FINISHED = "finished"
    CANCELLED = "cancelled"
    DECLINED = "declined"


class Task(msgspec.Struct, frozen=True):
    """The orders of one vehicle within a chain; `sent` is None when only an answer to it is known.

    `recalled` is when and why it was taken back; `recall_seen_at` when the crew first said that it knows.
    """

    id: str
    sent: Stamp | None = None
    chain: str = ""
    request: str = ""
    vehicle: str = ""
    casualties: tuple[str, ...] = ()
    legs: tuple[Leg, ...] = ()
    accepted_at: datetime | None = None
    ended: Said[TaskEnd] | None = None
    recalled: Said[str] | None = None
    recall_seen_at: datetime | None = None

    @property
    def running(self) -> bool:
        """True from its sending to its end."""
        return self.sent is not None and self.ended is None

    @property
    def unseen_recall(self) -> Said[str] | None:
        """Its recall while the crew has not said that it knows; None for a task that ended otherwise."""
        cancelled = self.ended is not None and self.ended.value == TaskEnd.CANCELLED
        return self.recalled if cancelled and self.sent and self.recall_seen_at is None else None

    @property
    def status(self) -> str:
        """The word for its state: sent, accepted, or how it ended."""
        if self.ended is not None:
            return self.ended.value.value
        return "accepted" if self.accepted_at is not None else "sent"

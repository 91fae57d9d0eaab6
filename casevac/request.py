"""A request: the alert that asks for evacuation, and how far it is answered."""

from datetime import datetime
from enum import StrEnum

import msgspec

from casevac.events import AlertRaised
from casevac.stamp import Said
from casevac.terms import Source


class RequestState(StrEnum):
    """How far a request is answered."""

    OPEN = "open"  # a casualty of it has no plan
    PLANNED = "planned"
    CLOSED = "closed"  # every casualty is in a facility


class Request(msgspec.Struct, frozen=True):
    """An alert under its id, as last told; `alert` is None when only its consequences are known."""

    id: str
    alert: Said[AlertRaised] | None = None
    source: Said[Source] | None = None  # of its first alert
    decision: Said[str] | None = None  # the last options computed for it

    @property
    def opened_at(self) -> datetime | None:
        """When it was first told."""
        return None if self.source is None else self.source.stamp[0]

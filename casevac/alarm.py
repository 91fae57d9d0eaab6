"""One alarm: what a person must look at, in words, and since when it stands."""

from datetime import datetime
from typing import NamedTuple

from casevac.terms import Severity


class Alarm(NamedTuple):
    """One alarm; `id` stays the same while it stands, `group` and `subject` name what it is about."""

    id: str
    kind: str
    severity: Severity
    group: str
    subject: str
    words: str
    since: datetime | None = None  # None: it follows from a forecast

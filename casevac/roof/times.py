"""Times as they are typed: ISO 8601, UTC where no zone is given, or hours and minutes of today."""

import re
from datetime import UTC, datetime, timedelta

from casevac.board import sane

_CLOCK = re.compile(r"([01]\d|2[0-3]):?([0-5]\d)Z?")


def instant_of(text: str, now: datetime | None = None) -> datetime:
    """The instant that a text means, in UTC; `0510` and `05:10Z` are the last time it was that late.

    Raises ValueError saying what is accepted.
    """
    if clock := _CLOCK.fullmatch(text.strip().upper()):
        now = now or datetime.now(UTC)
        today = now.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        return today if today <= now else today - timedelta(days=1)
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("give a time as 2026-11-22T04:59:00Z, or as 04:59 (UTC)") from None
    return sane(at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)

"""Values as JSON has them."""

from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def instant(at: datetime | None) -> str | None:
    """ISO 8601 in UTC with `Z`, milliseconds only when there are any."""
    if at is None:
        return None
    text = at.astimezone(UTC).isoformat(timespec="milliseconds" if at.microsecond else "seconds")
    return text.replace("+00:00", "Z")

"""How far a device's own clock is off, by the server times in its receipts; pure, alters nothing."""

from collections import deque
from datetime import datetime, timedelta
from statistics import median

TOLERANCE_S = 60.0
_MOST_TRIP_S = 30.0  # a receipt that took longer says too little: half the trip is the doubt
_LAST = 9


class OwnClock:
    """The offset of our clock, the median of the last few receipts."""

    def __init__(self) -> None:
        self._offsets: deque[float] = deque(maxlen=_LAST)

    def heard(self, trip_s: float, arrived: datetime, server_time: datetime) -> None:
        """A receipt arrived, by our clock then, `trip_s` seconds after its message was sent."""
        if 0 <= trip_s <= _MOST_TRIP_S:
            middle = arrived - timedelta(seconds=trip_s / 2)
            self._offsets.append((server_time - middle).total_seconds())

    @property
    def behind_s(self) -> float | None:
        """Seconds that our clock is behind the server's (negative: ahead); None before three receipts."""
        return median(self._offsets) if len(self._offsets) >= 3 else None

    @property
    def warning(self) -> str:
        """What is to be said of a clock that is over 60 s off; empty for a good one."""
        off = self.behind_s
        if off is None or abs(off) <= TOLERANCE_S:
            return ""
        way = "behind" if off > 0 else "ahead"
        return f"this device's clock is {abs(off):.0f} s {way} of the server's: set it"

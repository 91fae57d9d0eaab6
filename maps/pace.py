"""On which lane a viewer is: by how its link has kept up, with hysteresis. Pure; times are seconds."""

from dataclasses import dataclass

from casevac.errors import BadMessage

LANES_S = (0.1, 1.0, 2.0, 5.0)
FAST, USUAL = 0, 1
LATE = 2  # frames in a row that found the one before unsent
HOLD_S, LONGEST_HOLD_S = 20.0, 600.0  # without a late frame, before a faster lane is tried
NEAR_MS = 150.0  # only a link with so short a round trip gains by the fast lane
FAR_MS = 500.0  # a round trip by satellite
FAR = 2  # the quickest lane over it
FAST_BEHIND_MS, BEHIND_MS = 300.0, 1000.0


def lane_of(text: str) -> int:
    """The index of a lane told in seconds; raises BadMessage."""
    for index, seconds in enumerate(LANES_S):
        if text.strip() in (f"{seconds:g}", f"{seconds:.1f}"):
            return index
    known = ", ".join(f"{seconds:g}" for seconds in LANES_S[:-1])
    raise BadMessage(f"a lane is {known} or {LANES_S[-1]:g} seconds, not {text[:40]!r}")


@dataclass
class Pace:
    """The lane of one viewer. `fastest` bounds it; a lane that proved too fast is tried ever more seldom."""

    lane: int = USUAL
    fastest: int = USUAL
    since: float = 0.0  # when it came to this lane, or was last late on it
    hold_s: float = HOLD_S
    late: int = 0
    raised_at: float = float("-inf")

    def missed(self, now: float) -> bool:
        """A frame found the one before unsent; True when the viewer now is on a slower lane."""
        self.since = now
        self.late += 1
        return self.late >= LATE and self._slower(now)

    def kept(self, now: float) -> bool:
        """A frame went out at once; True when the viewer now is on a faster lane."""
        self.late = 0
        if self.lane <= self.fastest or now - self.since < self.hold_s:
            return False
        self.lane -= 1
        self.since = self.raised_at = now
        return True

    def told(self, now: float, lag_ms: float, rtt_ms: float | None, *, room_on_fast: bool) -> bool:
        """The page's own measure: how late frames come, and its round trip; True when the lane changed."""
        if rtt_ms is not None:
            self.fastest = max(self.fastest, FAR) if rtt_ms > FAR_MS else min(self.fastest, USUAL)
        late = lag_ms > (FAST_BEHIND_MS if self.lane == FAST else BEHIND_MS)
        if late or self.lane < self.fastest:  # events wait behind positions on the same link
            self.since = now
            return self._slower(now)
        if rtt_ms is None or rtt_ms > NEAR_MS or lag_ms > NEAR_MS or not room_on_fast:
            return False
        self.fastest = FAST
        if self.lane != USUAL:
            return False
        self.lane, self.since, self.raised_at = FAST, now, now
        return True

    def _slower(self, now: float) -> bool:
        self.late = 0
        if self.lane == FAST:
            self.fastest = max(self.fastest, USUAL)  # until the page measures again that it is near
        if self.lane + 1 >= len(LANES_S):
            return False
        if now - self.raised_at < 2 * self.hold_s:
            self.hold_s = min(LONGEST_HOLD_S, 2 * self.hold_s)
        self.lane += 1
        self.since = now
        return True

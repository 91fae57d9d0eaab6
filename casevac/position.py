"""A position report with its three times, and the bounded correction of a wrong clock."""

from datetime import datetime, timedelta
from typing import Protocol

import msgspec

CLOCK_TOLERANCE = timedelta(seconds=60)


class Fix(Protocol):
    """Anything that says where and when, by our own corrected time; a Position is one."""

    @property
    def lon(self) -> float:
        """Degrees, WGS 84."""

    @property
    def lat(self) -> float:
        """Degrees, WGS 84."""

    @property
    def corrected_at(self) -> datetime:
        """When it was there."""


class Position(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a device said it was.

    `at` is the device's own, uncorrected time of the fix; `corrected_at` is ours and orders positions.
    Metres, metres a second, degrees true, per cent. `n` and `epoch` number the report; both are
    given by the device or, for one that does not number, derived from its time and content.
    """

    mission: str
    device: str
    epoch: int
    n: int
    at: datetime
    corrected_at: datetime
    received_at: datetime
    lon: float
    lat: float
    sent_at: datetime | None = None
    altitude: float | None = None
    accuracy: float | None = None
    speed: float | None = None
    course: float | None = None
    battery: float | None = None
    source: str = "device"
    speaker: str | None = None
    flags: tuple[str, ...] = ()


def correct(
    at: datetime, sent_at: datetime | None, received_at: datetime
) -> tuple[datetime, tuple[str, ...]]:
    """The corrected time of a fix and the flags it earns.

    A clock ahead of ours is certain when a message was sent, or a fix made, over 60 s in our future: the
    offset is taken off (without a sending time the fix is put at its receipt), flag `clock`. A message
    sent over 60 s ago may come from a slow clock or over a slow link, which one message cannot tell
    apart: its times are kept, flag `delayed`.
    """
    if sent_at is not None and sent_at > received_at + CLOCK_TOLERANCE:
        return min(at - (sent_at - received_at), received_at), ("clock",)
    if at > received_at + CLOCK_TOLERANCE:
        return received_at, ("clock",)
    delayed = sent_at is not None and received_at - sent_at > CLOCK_TOLERANCE
    return min(at, received_at), ("delayed",) if delayed else ()

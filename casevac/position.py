"""A position report with its three times: of the fix, of its sending, of its receipt."""

from datetime import datetime
from typing import Protocol

import msgspec


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

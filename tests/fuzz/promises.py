"""What every decoder promises of a reading: the store can keep it."""

import math
from datetime import UTC, datetime

import msgspec

from tracker.allowed import refuse_nul
from tracker.wire import FieldEvent, Kept, Reading, Report, Status, Unreadable

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)


def keepable(said: Reading) -> None:
    """Fails for a reading that the store could not keep."""
    match said:
        case Report(fix):
            place(fix.lon, fix.lat, fix.at, fix.corrected_at)
            measured = (fix.altitude, fix.accuracy, fix.speed, fix.course, fix.battery)
            assert all(one is None or math.isfinite(one) for one in measured)
            assert -(2**63) <= fix.n < 2**63
        case FieldEvent():
            place(0.0, 0.0, said.device_at, said.occurred_at)
            refuse_nul(msgspec.to_builtins(said.body))
            msgspec.json.encode(said.body)
        case Kept():
            assert said.at.tzinfo is not None
            assert "\x00" not in said.what
            assert said.battery is None or 0 <= said.battery <= 100
        case Unreadable():
            assert said.reason
        case Status():
            pass


def place(lon: float, lat: float, at: datetime, corrected_at: datetime) -> None:
    """Fails for what is no place or no time of ours."""
    assert math.isfinite(lon)
    assert math.isfinite(lat)
    assert -180 <= lon <= 180
    assert -90 <= lat <= 90
    assert at.tzinfo is not None
    assert corrected_at <= NOW

"""Events and small pictures made by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

from casevac import events as e
from casevac.coordination import Seen
from casevac.picture import Picture, apply
from casevac.terms import Mode, Purpose, Source, VehicleKind
from casevac.zap import zap

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
A, B, C, D = (zap(number) for number in (11, 22, 33, 44))


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def event(body: e.AnyBody, *, mission: str = "M", at: datetime | float = 0.0, **more: Any) -> e.Event:
    moment = after(at) if isinstance(at, (int, float)) else at
    told = {"actor": "test", "source": Source.DEVICE, "received_at": moment, **more}
    return e.Event(mission=mission, body=body, occurred_at=moment, **told)


def assert_whole(stored: e.Event) -> None:
    """Every fact that every stored event must have."""
    facts = (stored.mission, stored.actor, stored.source, stored.schema)
    times = (stored.occurred_at, stored.sent_at, stored.received_at, stored.recorded_at)
    assert all(facts), stored
    assert all(isinstance(one, datetime) for one in times), stored


def told(picture: Picture, *told_bodies: tuple[float, e.AnyBody], device: str | None = None) -> Picture:
    """The picture after these bodies, each so many seconds after NOW."""
    for at, body in told_bodies:
        picture = apply(
            picture,
            event(body, mission=picture.mission.id, at=at, seq=picture.seq + 1, device=device),
        )
    return picture


def alert(request: str, *zaps: str, lon: float = 21.9, lat: float = 6.5, **more: Any) -> e.AlertRaised:
    fields = {"who": "patrol", "what": "mine", "how_many": max(1, len(zaps)), **more}
    return e.AlertRaised(lon=lon, lat=lat, request=request, casualties=zaps, **fields)


def ambulance(name: str, lon: float = 21.98633, lat: float = 6.54233, **more: Any) -> e.VehicleRegistered:
    fields: dict[str, Any] = {
        "vehicle_kind": VehicleKind.GROUND,
        "profile": "ambulance",
        "litters": 2,
        "seats": 2,
        **more,
    }
    return e.VehicleRegistered(
        id=name, callsign=name, home_name=f"home of {name}", home_lon=lon, home_lat=lat, **fields
    )


def leg(
    vehicle: str,
    purpose: Purpose,
    ends: tuple[e.Stop, e.Stop],
    seconds: tuple[float, float] = (600.0, 900.0),
    casualties: tuple[str, ...] = (),
) -> e.Leg:
    start, end = ends
    return e.Leg(
        mode=Mode.AIR if vehicle.startswith("HELI") else Mode.GROUND,
        vehicle=vehicle,
        purpose=purpose,
        start=start,
        end=end,
        path=((start.lon, start.lat), (end.lon, end.lat)),
        metres=10_000.0,
        seconds_p50=seconds[0],
        seconds_p90=seconds[1],
        depart_at=NOW,
        arrive_p50_at=after(seconds[0]),
        arrive_p90_at=after(seconds[1]),
        casualties=casualties,
    )


def seen(lon: float, lat: float, at: float = 0.0) -> Seen:
    return Seen(lon, lat, after(at))

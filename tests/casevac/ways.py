"""A small world with every kind of stop, and tables of travel made by hand."""

from typing import Any

from msgspec.structs import replace

from casevac import events as e
from casevac.picture import Picture, empty
from casevac.terms import Capability, Category, SiteKind, VehicleKind
from casevac.travel import LITTER, POI, ROAD, TRANSFER, Hop, Travel, facility_key, site_key, vehicle_key
from tests.casevac.scenes import A, B, C, D, after, alert, ambulance, told

SURGERY = (Capability.RESUS, Capability.DCS)
F = e.FacilityRegistered(
    id="F", name="Field hospital", lon=22.0, lat=6.0, capabilities=SURGERY, beds_free=9, tables=1
)
G = replace(F, id="G", name="General hospital", lon=23.0)
M = replace(F, id="M", name="Medical post", lon=21.2, capabilities=(Capability.RESUS,), tables=0)
SITES = (
    e.SiteRegistered(id="S", name="Strip", site_kind=SiteKind.LANDING, lon=21.05, lat=6.0),
    e.SiteRegistered(id="X", name="Crossing", site_kind=SiteKind.EXCHANGE, lon=21.3, lat=6.0),
    e.SiteRegistered(id="P", name="Point", site_kind=SiteKind.COLLECTION, lon=21.1, lat=6.0),
    e.SiteRegistered(id="L", name="Landing", site_kind=SiteKind.LANDING, lon=22.01, lat=6.0),
    e.SiteRegistered(id="K", name="Knoll", site_kind=SiteKind.LANDING, lon=23.01, lat=6.0),
    e.SiteRegistered(id="N", name="Near the post", site_kind=SiteKind.LANDING, lon=21.21, lat=6.0),
)
HELI = e.VehicleRegistered(
    id="H", callsign="H", vehicle_kind=VehicleKind.AIR, profile="helicopter", litters=4,
    home_lon=21.5, home_lat=6.5,
)  # fmt: skip
PLACE = {"lon": 21.0, "lat": 6.0}


def world(
    *categories: Category, vehicles: tuple[str, ...] = ("V1", "V2"), heli: bool = True, **profile: Any
) -> Picture:
    """Casualties of these categories at one place, hurt a minute before NOW."""
    zaps = (A, B, C, D)[: len(categories)]
    means: list[e.AnyBody] = [F, G, M, *SITES, *(ambulance(v, **profile) for v in vehicles)]
    picture = told(empty("M"), *((0, body) for body in (*means, *([HELI] if heli else []))))
    triage = [(1, e.CasualtyTriaged(casualty=z, category=c)) for z, c in zip(zaps, categories, strict=True)]
    return told(picture, (0, alert("R", *zaps, injury_at=after(-60), **PLACE)), *triage)


def key(stop: str) -> str:
    """The key of travel that a short name stands for: poi, road, v1, F, S, .."""
    if stop in (POI, ROAD):
        return stop
    if stop in ("F", "G", "M"):
        return facility_key(stop)
    return vehicle_key(stop) if stop in ("V1", "V2", "V3", "H") else site_key(stop)


def hops(profile: str, ways: dict[tuple[str, str], float]) -> dict[tuple[str, str, str], Hop]:
    """Ways between short names; p90 half as long again, ten metres a second."""
    return {(profile, key(a), key(b)): Hop(s, s * 1.5, s * 10) for (a, b), s in ways.items()}


def table(
    drive: dict[tuple[str, str], float] | None = None,
    fly: dict[tuple[str, str], float] | None = None,
    walk: dict[tuple[str, str], float] | None = None,
    **more: Any,
) -> Travel:
    """Travel from seconds by road, by air and on foot, with the drives at landing sites (60 s each)."""
    pads = {(TRANSFER, key(a), key(b)): Hop(60, 90, 600) for a, b in (("L", "F"), ("K", "G"), ("N", "M"))}
    found = hops("ambulance", drive or {}) | hops("helicopter", fly or {}) | hops(LITTER, walk or {})
    road = {"road": (21.02, 6.0), "road_m": 1500.0} if walk and ("poi", "road") in walk else {}
    return Travel(found | pads, **{**road, **more})

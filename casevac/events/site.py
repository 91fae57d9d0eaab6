"""Landing sites, exchange and collection points: what is known of them, and what somebody found there."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from casevac.events.shape import Body, Lat, Lon, Metres, Name, Text, Time, Told
from casevac.terms import Role, SiteKind, Surface

Bearing = Annotated[float, Meta(ge=0, le=360)]
Slope = Annotated[float, Meta(ge=0, le=90)]
Height = Annotated[float, Meta(ge=-500, le=9000)]


class Obstacle(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands up near a landing site: bearing (degrees true) and metres from its centre, metres high."""

    bearing_deg: Bearing
    distance_m: Metres
    height_m: Metres
    what: Text = ""


class SiteRegistered(Body, frozen=True, tag="site_registered"):
    """A landing site, exchange point or collection point; None: nobody knows, which is a risk, no refusal."""

    id: Name
    name: Name
    site_kind: SiteKind
    lon: Lon
    lat: Lat
    source: Text = ""
    source_date: Text = ""
    demonstration: bool = False
    radius_m: Metres | None = None  # that can be used, round the centre
    surface: Surface | None = None
    slope_deg: Slope | None = None
    slope_toward_deg: Bearing | None = None  # downhill
    obstacles: tuple[Obstacle, ...] | None = None  # all of them
    wires: bool | None = None
    approaches_deg: tuple[Bearing, ...] | None = None  # bearings flown when coming in
    marking: Text | None = None
    by_day: bool | None = None
    by_night: bool | None = None
    elevation_m: Height | None = None
    strip_m: Metres | None = None  # length of a strip; 0: there is none
    checked_at: Time | None = None
    checked_by: Text = ""


class SiteTold(Told, frozen=True, kw_only=True, tag="site_told"):
    """What somebody found at a landing site, at the event's time; a new one needs a name and a place.

    What is None was not told and stays as it was.
    """

    site: Text = ""  # minted at the door for a new one
    name: Text = ""
    site_kind: SiteKind | None = None  # of a new one: a landing site, unless told
    lon: Lon | None = None
    lat: Lat | None = None
    radius_m: Metres | None = None
    surface: Surface | None = None
    slope_deg: Slope | None = None
    slope_toward_deg: Bearing | None = None
    obstacles: tuple[Obstacle, ...] | None = None
    wires: bool | None = None
    approaches_deg: tuple[Bearing, ...] | None = None
    marking: Text | None = None
    by_day: bool | None = None
    by_night: bool | None = None
    elevation_m: Height | None = None
    strip_m: Metres | None = None
    told_by: ClassVar[Role | None] = Role.COORDINATOR

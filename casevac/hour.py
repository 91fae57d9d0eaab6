"""Roads and airspace as they are at an hour: by day or by night, under the hazards that hold then."""

from datetime import datetime

from casevac import hazard
from casevac.daylight import is_night
from casevac.picture import Picture
from casevac.terms import Mode
from geo.air import Airspace
from geo.lonlat import LonLat
from geo.routing import Router


def by_light(router: Router, place: LonLat, at: datetime, season: str | None = None) -> Router:
    """The router as it is dark at the place then or not; in another season if wanted. Raises GeoError."""
    return router.as_of(season or router.season, night=is_night(place.lon, place.lat, at))


def roads(router: Router, picture: Picture, place: LonLat, at: datetime, *modes: Mode) -> Router:
    """The same under the hazards that bind these modes then: hazard.DRIVING or hazard.WALKING."""
    return by_light(router, place, at).under(hazard.laid(picture, at, *modes))


def airspace(picture: Picture, at: datetime) -> Airspace:
    """What flights keep out of then."""
    return Airspace(hazard.areas(picture, at, Mode.AIR))

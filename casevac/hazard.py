"""What stands in the way now: closures, weather and threats as areas on the ground and in the air."""

from datetime import datetime

from casevac.events import HazardReported
from casevac.picture import Picture
from casevac.terms import Mode
from geo.area import Area, band, circle, polygon
from geo.errors import GeoError

DRIVING = (Mode.GROUND,)
WALKING = (Mode.GROUND, Mode.FOOT)  # what is closed to vehicles is closed to a litter team


def active(picture: Picture, now: datetime) -> tuple[HazardReported, ...]:
    """The hazards that hold now: told, not lifted since, not over; in the order of their ids."""
    return tuple(
        one.reported.value
        for _, one in sorted(picture.hazards.items())
        if one.reported is not None and one.holds(now)
    )


def areas(picture: Picture, now: datetime, *modes: Mode) -> tuple[Area, ...]:
    """The areas that nobody may travel through in any of these modes; one without an outline is left out."""
    found = (_area(one) for one in active(picture, now) if not set(modes).isdisjoint(one.affects))
    return tuple(one for one in found if one is not None)


def _area(told: HazardReported) -> Area | None:
    name = told.name or told.id
    try:
        if told.polygon:
            return polygon(name, told.polygon)
        if told.line:
            return band(name, told.line, 2.0 * told.radius_m)
        return circle(name, told.lon, told.lat, told.radius_m)
    except GeoError:  # an outline that closes nothing: the report stands in the picture, no road is closed
        return None

"""From a text to a place: coordinates, a grid reference, or the name of something on the picture."""

from typing import NamedTuple

from casevac.errors import UnknownPlace
from casevac.picture import Picture
from geo.errors import BadPlace
from geo.lonlat import LonLat
from geo.mgrs import read_place


class Named(NamedTuple):
    """A place and what it was found under; no name for plain coordinates."""

    place: LonLat
    name: str


def find(picture: Picture, text: str) -> Named:
    """The place that a text means: LON,LAT, a military grid, or a facility, site or vehicle home.

    Raises UnknownPlace saying what is accepted; BadPlace for coordinates that are not on the earth.
    """
    wanted = _plain(text)
    known = {**_homes(picture), **_sites(picture), **_facilities(picture)}
    if wanted in known:
        return known[wanted]
    starting = sorted(name for name in known if wanted and name.startswith(wanted))
    if starting:
        return known[starting[0]]
    try:
        return Named(read_place(text), "")
    except BadPlace as fault:
        if text.count(",") == 1 or any(letter.isdigit() for letter in text):
            raise
        raise UnknownPlace(
            f"no place {text[:40]!r} is known; give LON,LAT, a grid like 34NFN0939121654, "
            "or the name of a facility or site"
        ) from fault


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _facilities(picture: Picture) -> dict[str, Named]:
    cards = [one.card for one in picture.facilities.values() if one.registered is not None]
    return {_plain(name): Named(LonLat(c.lon, c.lat), c.name) for c in cards for name in (c.id, c.name)}


def _sites(picture: Picture) -> dict[str, Named]:
    cards = [said.value for said in picture.sites.values()]
    return {_plain(name): Named(LonLat(c.lon, c.lat), c.name) for c in cards for name in (c.id, c.name)}


def _homes(picture: Picture) -> dict[str, Named]:
    cards = [one.card for one in picture.vehicles.values()]
    return {
        _plain(c.home_name): Named(LonLat(c.home_lon, c.home_lat), c.home_name)
        for c in cards
        if c.home_name and c.home_lon is not None and c.home_lat is not None
    }

"""From a text to a place: coordinates, a grid, a name, so far from a place, so far along a road (pure)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from casevac import phrases, vague
from casevac.errors import AmbiguousPlace, UnknownPlace
from casevac.events import FacilityRegistered, SiteRegistered
from casevac.picture import Picture
from casevac.site import cards
from geo.along import SEPARATOR, Mask, Tracks
from geo.errors import BadPlace, OffNetwork, Unreachable
from geo.gazetteer import MOST, Entry, Gazetteer, Hit, distinct
from geo.lonlat import LonLat, bearing_deg, distance_m
from geo.mgrs import grid_radius_m, read_place, to_mgrs
from geo.spelling import squeezed

SHOWN = 5
LONGEST = 200
BESIDE_ROAD_M = 5_000.0
_SHORTEST = 3  # letters that a name cut short must have
_OURS = ("facility", "site", "home")
_GIVE = "give LON,LAT, a grid like 34NFN0939121654, or the name of a place, facility or site"


class Found(NamedTuple):
    """A place: what it was found under (no name for plain coordinates), somewhere within uncertainty_m of it.

    kind is a kind of place, or coordinates, grid, bearing, road; source says where that is known from.
    """

    place: LonLat
    name: str
    uncertainty_m: float = 0.0
    kind: str = "coordinates"
    source: str = "given"

    @property
    def circle(self) -> vague.Circle:
        """Where it may be."""
        return vague.Circle(self.place, self.uncertainty_m)


@dataclass(frozen=True)
class Ground:
    """What is known by name beside the picture: places, and the roads of the network."""

    names: Gazetteer = field(default_factory=Gazetteer)
    tracks: Tracks | None = None
    beside_m: float = BESIDE_ROAD_M  # how far a place may lie from a road that goes by it


BARE = Ground()


def find(picture: Picture, text: str, ground: Ground = BARE, near: LonLat | None = None) -> Found:
    """The place that a text means: coordinates, a grid, a name, `12 km NE of NAME`, `ROAD km 15 from NAME`.

    Names of the mission's facilities, sites and homes come before those of the land. Raises UnknownPlace
    with the nearest spellings, AmbiguousPlace with the candidates (their distances from `near` when given),
    BadPlace for what is not on the earth, OffNetwork and Unreachable for a road that is not there.
    """
    return _Search(picture, ground, near).find(text[:LONGEST])


def search(picture: Picture, text: str, ground: Ground = BARE, limit: int = 10) -> list[tuple[Found, str]]:
    """At most `limit` places for what was typed so far, and how each matches (see geo.gazetteer.MATCHES).

    Misspelt ones only when there is no other; the same place under the same name comes once.
    """
    hits: list[Hit] = []
    for match, found in _Search(picture, ground, None).matches(text[:LONGEST]):
        if len(hits) >= limit or (match == "typo" and hits):
            break
        mine = [hit for hit in found if hit.entry.kind in _OURS]
        hits += [*distinct(mine), *distinct(found[len(mine) :])]
    return [(_of(hit), hit.match) for hit in hits[:limit]]


def candidate(found: Found, near: LonLat | None = None) -> dict[str, object]:
    """A place as one of several, ready for JSON; distance and bearing are from `near`."""
    told: dict[str, object] = {
        "name": found.name,
        "kind": found.kind,
        "lon": found.place.lon,
        "lat": found.place.lat,
        "mgrs": to_mgrs(found.place),
        "uncertainty_m": round(found.uncertainty_m),
        "source": found.source,
    }
    if near is not None:
        told["distance_m"] = round(distance_m(near, found.place))
        told["bearing"] = round(bearing_deg(near, found.place))
    return told


class _Search:
    """One question: the mission's own places, the land's, and where the distances are from."""

    def __init__(self, picture: Picture, ground: Ground, near: LonLat | None) -> None:
        self._ours = Gazetteer(_entries(picture))
        self._ground = ground
        self._near = near

    def matches(self, text: str) -> Iterator[tuple[str, list[Hit]]]:
        """Each way to match in turn, the mission's own places first in each."""
        ours, land = self._ours.matches(text), self._ground.names.matches(text)
        for (match, mine), (_, theirs) in zip(ours, land, strict=True):
            yield match, [*mine, *theirs]

    def find(self, text: str, *, whole: bool = True) -> Found:
        """See `find`; a place within a phrase is no phrase itself."""
        levels = self.matches(text)
        if exact := _next(levels):
            return self._only(text, _first(exact))
        coordinates, fault = _coordinates(text)
        if coordinates is not None:
            return coordinates
        said = phrases.read(text) if whole else None
        if said is not None:
            return self._along(said, text) if isinstance(said, phrases.Along) else self._apart(said)
        begun = _next(levels) or _next(levels)  # it begins so, or a word of it does
        if begun and len(squeezed(text)) >= _SHORTEST:
            return self._only(text, begun)
        raise fault if fault is not None and _meant_coordinates(text) else self._unknown(text)

    def _only(self, text: str, hits: Sequence[Hit]) -> Found:
        places = [_of(hit) for hit in distinct(hits)]
        if len(places) == 1:
            return places[0]
        count = f"{len(places)}" if len(hits) < MOST else f"more than {len(places) - 1}"
        raise self._ambiguous(f"{text.strip()[:40]!r} may be {count} places", places)

    def _ambiguous(self, what: str, places: Sequence[Found], how: str = "its grid") -> AmbiguousPlace:
        near = self._near
        ordered = sorted(places, key=lambda one: distance_m(near, one.place)) if near is not None else places
        shown = [candidate(one, near) for one in ordered[:SHOWN]]
        more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
        return AmbiguousPlace(f"{what}: {'; '.join(map(_line, shown))}{more}; say which by {how}", shown)

    def _unknown(self, text: str) -> UnknownPlace:
        hits = [*self._ours.nearest_spellings(text), *self._ground.names.nearest_spellings(text)]
        shown = [candidate(_of(hit), self._near) for hit in distinct(hits)[:SHOWN]]
        meant = f"; did you mean {', '.join(map(_line, shown))}" if shown else ""
        return UnknownPlace(f"no place {text.strip()[:40]!r} is known{meant}; {_GIVE}", shown)

    def _apart(self, said: phrases.Offset) -> Found:
        """So far from a place in a direction."""
        start = self.find(said.near, whole=False)
        circle = vague.seen_from(
            start.place, said.metres, said.bearing, said.give_or_take, start.uncertainty_m
        )
        near = start.name or said.near
        where = "from" if said.bearing is None else f"{round(said.bearing):03} from"
        name = f"{_km(said.metres)} {where} {near}"
        return Found(circle.centre, name, circle.radius_m, "bearing", start.source)

    def _along(self, said: phrases.Along, text: str) -> Found:
        """So far along a road."""
        tracks = self._ground.tracks
        if tracks is None:
            raise UnknownPlace(f"{text[:40]!r} needs a road network; run: casevac roads import FILE --use")
        on = tracks.called(said.road)
        ends = said.road.split(SEPARATOR)
        if not said.start and len(ends) == 2:
            said = said._replace(start=ends[0], towards=ends[1])
        if not on.any() and len(ends) < 2 and said.road:
            raise UnknownPlace(f"no road {said.road[:40]!r} is in the network; {_GIVE}")
        if not said.start:
            raise UnknownPlace(
                f"{text[:40]!r} does not say from where: give {said.road} km"
                f" {said.metres / 1000:g} from PLACE towards PLACE"
            )
        start = self.find(said.start, whole=False)
        aim = self.find(said.towards, whole=False) if said.towards else None
        places = self._on_road(tracks, on, said, start, aim)
        if len(places) == 1:
            return places[0]
        raise self._ambiguous(
            f"{text.strip()[:40]!r} may be {len(places)} points", places, "adding: towards PLACE"
        )

    def _on_road(
        self, tracks: Tracks, on: Mask, said: phrases.Along, start: Found, aim: Found | None
    ) -> list[Found]:
        beside = max(self._ground.beside_m, start.uncertainty_m)
        name = f"{said.road or 'road'} km {said.metres / 1000:g} from {start.name or said.start}"
        if not on.any():
            assert aim is not None  # noqa: S101  the phrase has both ends when it has no road
            points = [tracks.between(start.place, aim.place, said.metres, beside)]
        else:
            points = self._points(tracks, on, said, start, beside)
            if aim is not None:
                points = tracks.towards(on, points, start.place, aim.place)
                if not points:
                    raise Unreachable(
                        f"{name} is not towards {aim.name or said.towards}; give fewer km or another place"
                    )
        off_m = tracks.away_m(on, start.place) if on.any() else 0.0  # where on the road it begins is a guess
        radius = max(start.uncertainty_m, said.metres * vague.ROUGHLY, off_m)
        ways = ["" if len(points) == 1 else f", to the {vague.octant(start.place, one)}" for one in points]
        named = zip(points, ways, strict=True)
        return [Found(point, name + way, radius, "road", "road network") for point, way in named]

    def _points(
        self, tracks: Tracks, on: Mask, said: phrases.Along, start: Found, beside: float
    ) -> list[LonLat]:
        try:
            return tracks.points(on, start.place, said.metres, beside)
        except OffNetwork as fault:
            raise OffNetwork(
                f"{said.road} does not go by {start.name or said.start}; count from a place that is on it"
            ) from fault


def _next(levels: Iterator[tuple[str, list[Hit]]]) -> list[Hit]:
    return next(levels, ("", []))[1]


def _first(exact: Sequence[Hit]) -> list[Hit]:
    """A facility or site of this name, else places of the land, else homes that are none of them."""
    mine = [hit for hit in exact if hit.entry.kind in ("facility", "site")]
    return mine or sorted(exact, key=lambda hit: hit.entry.kind == "home")


def _coordinates(text: str) -> tuple[Found | None, BadPlace | None]:
    try:
        place = read_place(text)
    except BadPlace as fault:
        return None, fault
    radius = grid_radius_m(text)
    return Found(place, "", radius, "grid" if radius else "coordinates"), None


def _meant_coordinates(text: str) -> bool:
    """True for what can only be coordinates gone wrong: a number first and no long word, or two numbers."""
    words = [word for word in re.findall(r"[^\W\d_]+", text) if word.lower() not in ("nan", "inf")]
    if not words:
        return text.count(",") == 1 and any(letter.isdigit() for letter in text)
    return text.strip()[:1].isdigit() and all(len(word) <= 3 for word in words)


def _of(hit: Hit) -> Found:
    entry = hit.entry
    other = squeezed(hit.name) != squeezed(entry.name)
    name = f"{hit.name} ({entry.name})" if other and entry.kind not in _OURS else entry.name
    return Found(entry.place, name, entry.radius_m, entry.kind, entry.source)


def _line(told: Mapping[str, object]) -> str:
    """A candidate in words."""
    name = told["name"] or "point"
    words = f"{name} ({told['kind']}) {told['mgrs']}"
    if "distance_m" in told:
        words += f" {_km(float(str(told['distance_m'])))} away"
    return words


def _km(metres: float) -> str:
    return f"{metres / 1000:.3g} km"


def _entries(picture: Picture) -> Iterable[Entry]:
    """Facilities, sites and vehicles' homes; each is known exactly."""
    for facility in picture.facilities.values():
        if facility.registered is not None:
            yield _card(facility.card, "facility")
    for known in cards(picture.sites, picture.site_words).values():
        yield _card(known, "site")
    for vehicle in picture.vehicles.values():
        card = vehicle.card
        if card.home_name and card.home_lon is not None and card.home_lat is not None:
            home = LonLat(card.home_lon, card.home_lat)
            yield Entry((card.home_name,), "home", home, 0.0, "mission")


def _card(card: FacilityRegistered | SiteRegistered, kind: str) -> Entry:
    names = tuple(dict.fromkeys((card.name or card.id, card.id)))
    return Entry(names, kind, LonLat(card.lon, card.lat), 0.0, "mission")

"""The router of each mission, made once and kept while its roads, season and speeds stay the same."""

import threading
from pathlib import Path

import msgspec

from casevac.errors import UnknownPlace
from casevac.picture import Picture
from casevac.store.networks import mission_router
from casevac.terms import VehicleKind
from casevac.whereabouts import find
from geo.drawing import roads_geojson
from geo.lonlat import LonLat
from geo.routing import Router
from maps.towns import towns

Facts = tuple[str, str, str, float]


class Routers:
    """Safe to ask from any thread."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[Facts, Router]] = {}
        self._drawn: dict[tuple[str, str], bytes] = {}
        self._towns: dict[str, dict[str, tuple[LonLat, str]]] = {}

    def of(self, picture: Picture) -> Router:
        """The mission's router; raises Unknown when it has no roads."""
        facts = _facts(picture)
        with self._lock:
            kept = self._kept.get(picture.mission.id)
            if kept is None or kept[0] != facts:
                kept = (facts, mission_router(self._home, picture))
                self._kept[picture.mission.id] = kept
        return kept[1]

    def find(self, picture: Picture, text: str) -> tuple[LonLat, str]:
        """The place a text means and its name, empty for coordinates.

        A town of the network counts when nothing else has that name. Raises UnknownPlace, BadPlace.
        """
        try:
            named = find(picture, text)
        except UnknownPlace:
            town = self._town(picture, text)
            if town is None:
                raise
            return town
        return named.place, named.name

    def _town(self, picture: Picture, text: str) -> tuple[LonLat, str] | None:
        if picture.roads is None:
            return None
        router = self.of(picture)
        if router.digest not in self._towns:
            self._towns[router.digest] = towns(router.roads)
        return self._towns[router.digest].get(" ".join(text.casefold().split()))

    def drawn(self, router: Router) -> bytes:
        """The network as GeoJSON, encoded once."""
        key = (router.digest, router.season)
        if key not in self._drawn:
            self._drawn[key] = msgspec.json.encode(roads_geojson(router.roads, season=router.season))
        return self._drawn[key]


def _facts(picture: Picture) -> Facts:
    roads, profile = picture.roads, picture.mission.profile
    named = (roads.value.name, roads.value.digest) if roads else ("", "")
    return (*named, profile.season, profile.speed_factor)


def usual_profile(picture: Picture, router: Router) -> str:
    """The profile of the mission's first ground vehicle, else the router's first on the ground."""
    cards = [one.card for _, one in sorted(picture.vehicles.items()) if one.registered is not None]
    mine = [card.profile for card in cards if card.vehicle_kind == VehicleKind.GROUND]
    others = [name for name, one in router.profiles.items() if one.kind == "ground"]
    return next((name for name in (*mine, *others) if name in router.profiles), "ambulance")

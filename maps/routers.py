"""The router of each mission, made once and kept while its roads, season and speeds stay the same."""

import threading
from contextlib import suppress
from pathlib import Path

import msgspec

from casevac.errors import BadFile, CasevacError, NotPossible, Unknown, UnknownPlace
from casevac.picture import Picture
from casevac.store import placenames
from casevac.store.networks import farthest_from_road_m, mission_router
from casevac.terms import VehicleKind
from casevac.travel import LITTER
from casevac.whereabouts import BARE, Found, Ground, find
from geo.area import circle
from geo.drawing import roads_geojson
from geo.errors import BadRoadsFile, GeoError
from geo.lonlat import LonLat
from geo.routing import Router

Facts = tuple[str, str, bytes]


class Routers:
    """Safe to ask from any thread."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[Facts, Router]] = {}
        self._warmed: dict[str, Facts] = {}
        self._drawn: dict[tuple[str, str], bytes] = {}
        self._grounds: dict[str, tuple[object, Ground]] = {}

    def of(self, picture: Picture) -> Router:
        """The mission's router in its season by day; raises Unknown without roads. See Router.as_of."""
        facts = _facts(picture)
        with self._lock:
            kept = self._kept.get(picture.mission.id)
            if kept is None or kept[0] != facts:
                same = kept[1].roads if kept is not None and kept[0][:2] == facts[:2] else None
                kept = (facts, mission_router(self._home, picture, opened=same))
                self._kept[picture.mission.id] = kept
        return kept[1]

    def warm(self, picture: Picture) -> bool:
        """Make ready what a first closure would wait for: the roads, and the times of the mission's vehicles
        with something closed. False when that was done already or the mission has no usable roads."""
        facts = _facts(picture)
        if picture.roads is None or self._warmed.get(picture.mission.id) == facts:
            return False
        self._warmed[picture.mission.id] = facts
        with suppress(CasevacError, GeoError):  # whoever needs the roads is told what is wrong with them
            _drive_once(self.of(picture), picture)
            return True
        return False

    def find(self, picture: Picture, text: str, near: LonLat | None = None) -> Found:
        """The place a text means; see casevac.whereabouts.find.

        Where the mission's roads or names cannot be used, a place not known without them raises why.
        """
        ground, fault = self.known(picture)
        try:
            return find(picture, text, ground, near)
        except UnknownPlace:
            if fault is None:
                raise
            raise fault from None

    def known(self, picture: Picture) -> tuple[Ground, CasevacError | GeoError | None]:
        """All that the mission knows by name, indexed once; and why it is less than that, if so."""
        try:
            return self._named(picture, None if picture.roads is None else self.of(picture)), None
        except BadFile as fault:
            return BARE, fault
        except (Unknown, NotPossible, BadRoadsFile) as fault:
            return self._named(picture, None), fault

    def _named(self, picture: Picture, router: Router | None) -> Ground:
        mission = picture.mission.id
        facts = (router.digest if router else "", placenames.stamp(self._home, mission))
        with self._lock:
            kept = self._grounds.get(mission)
            if kept is None or kept[0] != facts:
                roads = router.roads if router else None
                beside_m = farthest_from_road_m(roads) if roads else 0.0
                kept = (facts, placenames.ground(self._home, mission, roads, beside_m))
                self._grounds[mission] = kept
        return kept[1]

    def drawn(self, router: Router) -> bytes:
        """The network as GeoJSON, encoded once."""
        key = (router.digest, router.season)
        if key not in self._drawn:
            self._drawn[key] = msgspec.json.encode(roads_geojson(router.roads, season=router.season))
        return self._drawn[key]


def _facts(picture: Picture) -> Facts:
    """What a router is made of; the mission's profile has its season, its speed and its own vehicles."""
    roads = picture.roads
    named = (roads.value.name, roads.value.digest) if roads else ("", "")
    return (*named, msgspec.json.encode(picture.mission.profile))


def _drive_once(router: Router, picture: Picture) -> None:
    """Ways of each kind of vehicle between two facilities, before and after something is closed there."""
    cards = [one.card for _, one in sorted(picture.facilities.items()) if one.registered is not None]
    places = [LonLat(card.lon, card.lat) for card in cards[:2]]
    ground = {one.card.profile for one in picture.vehicles.values() if one.registered is not None}
    wanted = sorted(name for name in {*ground, LITTER} if _drives(router, name)) if len(places) > 1 else []
    for roads in (router, router.avoiding([circle("a door", *place, 200.0) for place in places[:1]])):
        for profile in wanted:
            roads.table(places, places, profile)
            with suppress(GeoError):
                roads.route(places[0], places[1], profile)


def _drives(router: Router, profile: str) -> bool:
    return profile in router.profiles and router.profiles[profile].kind != "air"


def usual_profile(picture: Picture, router: Router) -> str:
    """The profile of the mission's first ground vehicle, else the router's first on the ground."""
    cards = [one.card for _, one in sorted(picture.vehicles.items()) if one.registered is not None]
    mine = [card.profile for card in cards if card.vehicle_kind == VehicleKind.GROUND]
    others = [name for name, one in router.profiles.items() if one.kind == "ground"]
    return next((name for name in (*mine, *others) if name in router.profiles), "ambulance")

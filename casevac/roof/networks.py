"""The router a command uses: of a named network, of the running mission, or of the only one there is."""

from typing import NamedTuple

from casevac.errors import CasevacError, Unknown
from casevac.mission import Profile as MissionProfile
from casevac.picture import Picture, empty, fold
from casevac.roof.doors import database_url
from casevac.settings import Settings
from casevac.store import log, missions, networks, placenames
from casevac.store.connection import connect
from casevac.whereabouts import Found, Ground, find
from geo.lonlat import LonLat
from geo.routing import Router


def mission_picture(settings: Settings, mission_id: str | None = None) -> Picture:
    """The present picture of a mission (the latest opened by default); needs the store."""
    db = connect(database_url(settings), autocommit=True)
    try:
        mission = missions.mission(db, mission_id)
        return fold(empty(mission.id), log.read(db, mission.id))
    finally:
        db.close()


class Known(NamedTuple):
    """What a command knows of the land: the router, and what a text may mean."""

    router: Router
    picture: Picture
    ground: Ground

    def find(self, text: str, near: LonLat | None = None) -> Found:
        """The place a text means; see casevac.whereabouts.find."""
        return find(self.picture, text, self.ground, near)


def route_router(settings: Settings, network: str | None, season: str | None = None) -> Router:
    """The router for `--roads NAME`; without one the running mission's, else the only network's.

    Raises Unknown, saying what to import or to name.
    """
    return _router(settings, network, season, None)[0]


def known(
    settings: Settings, network: str | None, season: str | None = None, mission_id: str | None = None
) -> Known:
    """That router, the mission's own places, and all names it knows; raises Unknown."""
    router, picture = _router(settings, network, season, mission_id)
    beside_m = networks.farthest_from_road_m(router.roads)
    ground = placenames.ground(settings.home, picture.mission.id, router.roads, beside_m)
    return Known(router, picture, ground)


def _router(
    settings: Settings, network: str | None, season: str | None, mission_id: str | None
) -> tuple[Router, Picture]:
    """With an empty picture when the network is named, or the only one there is without a running store."""
    if network is None:
        try:
            picture = mission_picture(settings, mission_id)
            return networks.mission_router(settings.home, picture), picture
        except CasevacError as fault:
            network = _only_one(settings, fault)
    roads = networks.open_network(settings.home, network)
    farthest = networks.farthest_from_road_m(roads)
    profiles = networks.vehicle_profiles(MissionProfile())
    return Router(roads, profiles, season=season or "dry", max_snap_m=farthest), empty(mission_id or "")


def _only_one(settings: Settings, fault: CasevacError) -> str:
    known = networks.names(settings.home)
    if len(known) != 1:
        raise Unknown(f"say which road network with --roads NAME ({', '.join(known) or 'none yet'}): {fault}")
    return known[0]

"""The router a command uses: of a named network, of the running mission, or of the only one there is."""

from casevac.errors import CasevacError, Unknown
from casevac.mission import Profile as MissionProfile
from casevac.picture import Picture, empty, fold
from casevac.roof.doors import database_url
from casevac.settings import Settings
from casevac.store import log, missions, networks
from casevac.store.connection import connect
from geo.routing import Router


def mission_picture(settings: Settings, mission_id: str | None = None) -> Picture:
    """The present picture of a mission (the latest opened by default); needs the store."""
    db = connect(database_url(settings), autocommit=True)
    try:
        mission = missions.mission(db, mission_id)
        return fold(empty(mission.id), log.read(db, mission.id))
    finally:
        db.close()


def route_router(settings: Settings, network: str | None, season: str | None = None) -> Router:
    """The router for `--roads NAME`; without one the running mission's, else the only network's.

    Raises Unknown, saying what to import or to name.
    """
    if network is None:
        try:
            return networks.mission_router(settings.home, mission_picture(settings))
        except CasevacError as fault:
            network = _only_one(settings, fault)
    roads = networks.open_network(settings.home, network)
    farthest = networks.farthest_from_road_m(roads)
    return Router(
        roads, networks.vehicle_profiles(MissionProfile()), season=season or "dry", max_snap_m=farthest
    )


def _only_one(settings: Settings, fault: CasevacError) -> str:
    known = networks.names(settings.home)
    if len(known) != 1:
        raise Unknown(f"say which road network with --roads NAME ({', '.join(known) or 'none yet'}): {fault}")
    return known[0]

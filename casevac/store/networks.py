"""Road networks of an installation: imported files under HOME/roads, and the router of a mission."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from casevac.errors import BadSetting, NotPossible, Unknown
from casevac.mission import Profile as MissionProfile
from casevac.picture import Picture
from casevac.shipped import shipped
from geo.ground import ordered
from geo.national import read_geojson
from geo.profile import Profile, load_profiles, with_own, with_speed_factor
from geo.roads import Roads
from geo.routing import MAX_SNAP_M, Router
from geo.writing import ACCESS_KNOWN_M

if TYPE_CHECKING:
    from geo.osm import Progress

SUFFIX = ".roads"
SCHEMATIC_SNAP_M = 20_000.0
SCHEMATIC_WALK_M = 2_000.0
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def network_file(home: Path, name: str) -> Path:
    """Where the network of this name is kept; raises BadSetting for a name that cannot be a file's."""
    if not _NAME.fullmatch(name):
        raise BadSetting(f"network name {name[:40]!r}: use a to z, 0 to 9, - and _, at most 40 characters")
    return home / "roads" / f"{name}{SUFFIX}"


def names(home: Path) -> list[str]:
    """The imported networks."""
    return sorted(path.stem for path in (home / "roads").glob(f"*{SUFFIX}"))


def import_network(
    home: Path, name: str, source: Path, progress: "Progress" = lambda _what, _done, _of: None
) -> Roads:
    """Turn an extract (.osm.pbf) or road lines (.geojson) into the network file of this name.

    Raises BadExtract and the like, naming the file; an older file of the name is replaced only on success.
    """
    from geo.osm import import_extract  # noqa: PLC0415  (its reader is loaded by nobody who only routes)

    target = network_file(home, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    lines = source.suffix.lower() in (".geojson", ".json")
    roads = read_geojson(source) if lines else import_extract(source, progress)
    ordered(roads).save(target)
    return Roads.open(target)


def remove_network(home: Path, name: str) -> None:
    """Delete the network of this name; raises Unknown."""
    try:
        network_file(home, name).unlink()
    except FileNotFoundError as fault:
        raise Unknown(_not_here(home, name)) from fault


def _not_here(home: Path, name: str) -> str:
    known = ", ".join(names(home)) or "none yet"
    return f"no road network {name!r} here ({known}); run: casevac roads import FILE.osm.pbf"


def open_network(home: Path, name: str) -> Roads:
    """The network of this name, memory-mapped; raises Unknown, BadRoadsFile when a bit of it is another.

    All of it is read: compiled code trusts what it is given, and would end the process.
    """
    target = network_file(home, name)
    if not target.exists():
        raise Unknown(_not_here(home, name))
    return Roads.open(target, verify=True)


def vehicle_profiles(mission: MissionProfile) -> dict[str, Profile]:
    """The shipped vehicle profiles and those of the mission, at its speed; raises BadProfile."""
    return with_speed_factor(real_profiles(mission), mission.speed_factor)


def real_profiles(mission: MissionProfile) -> dict[str, Profile]:
    """The same at the speed of real vehicles."""
    return with_own(load_profiles(shipped("profiles.json")), mission.vehicles)


def own_names(mission: MissionProfile) -> frozenset[str]:
    """The names of the profiles that the mission brought."""
    return frozenset(str(one.get("name")) for one in mission.vehicles)


def mission_router(home: Path, picture: Picture, opened: Roads | None = None) -> Router:
    """The router of a mission by day: its chosen network, its season, its vehicles; see Router.as_of.

    `opened` is that network where the caller has it open: all that follows from roads alone is kept with it.

    Raises Unknown, and NotPossible when the network's file is not the one that the mission chose.
    """
    if picture.roads is None:
        raise Unknown(
            f"mission {picture.mission.id} has no roads yet; run: casevac roads import FILE.osm.pbf --use"
        )
    roads = opened or open_network(home, picture.roads.value.name)
    if not drives_on(picture, picture.roads.value.name, roads):
        name = picture.roads.value.name
        raise NotPossible(
            f"network {name} was imported anew since mission {picture.mission.id} chose it;"
            f" run: casevac roads use {name}"
        )
    profile = picture.mission.profile
    farthest = farthest_from_road_m(roads)
    return Router(roads, vehicle_profiles(profile), season=profile.season, max_snap_m=farthest)


def drives_on(picture: Picture, name: str, roads: Roads) -> bool:
    """True when the mission chose the network of this name with this very content."""
    chosen = picture.roads.value if picture.roads is not None else None
    return chosen is not None and (chosen.name, chosen.digest) == (name, roads.digest)


def farthest_from_road_m(roads: Roads) -> float:
    """How far a place may be from a road of this network; farther where lines only join towns."""
    return SCHEMATIC_SNAP_M if roads.about.get("schematic") else MAX_SNAP_M


def farthest_walk_m(roads: Roads) -> float:
    """How far from a road of this network a reach may be drawn; farther where lines only join towns."""
    return SCHEMATIC_WALK_M if roads.about.get("schematic") else ACCESS_KNOWN_M

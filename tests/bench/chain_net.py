"""Real roads of the chain's bench: places on a town's network and all ways between them, drawn 100 km across.

The extracts at hand are 39 and 58 km from corner to corner. The bench is about 100 km, so lengths and times
of all ways are multiplied by one number for each network, the one that makes its diagonal 100 km: the form
of the network (its bridges, rings and dead ends), its classes of road and its speeds are real, its size is
not.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from casevac.shipped import shipped
from geo.ground import ordered
from geo.lonlat import LonLat
from geo.osm import import_extract
from geo.profile import Profile, load_profiles
from geo.roads import DEGREES, Roads
from geo.routing import Router

Floats = NDArray[np.float64]
NETWORKS = {"porto": "porto.osm.pbf", "douala": "douala-neatnet.osm.pbf"}
GROUND = ("ambulance", "ambulance-4x4", "truck")  # profiles, as rows of the tables
AIR = len(GROUND)  # row of flights
FLIES = "helicopter"
ACROSS_M = 100_000.0
PLACES = 260  # on each network, of which scenarios take theirs
SEED = 20_260_707
DEGREE_M = 111_195.0  # metres a degree of latitude, on the mean sphere


class Missing(Exception):
    """Test data that is not there, or a network that cannot be used."""


@dataclass(frozen=True)
class Net:
    """Places [S] of one network and the ways between them by profile [K, S, S]: s, s (nine in ten), m.

    `flown` ways are for places where one can land; who cannot land somewhere must shut them. `at` are metres
    east and north of the south-west corner, as drawn.
    """

    name: str
    digest: str
    scale: float
    at: Floats
    seconds: Floats
    bound: Floats
    metres: Floats

    def save(self, path: Path) -> None:
        """As plain arrays."""
        arrays = {key: getattr(self, key) for key in ("at", "seconds", "bound", "metres")}
        np.savez(path, name=self.name, digest=self.digest, scale=self.scale, **arrays)


def load(path: Path) -> Net:
    """What `save` wrote."""
    with np.load(path) as kept:
        arrays = (kept[key] for key in ("at", "seconds", "bound", "metres"))
        return Net(str(kept["name"]), str(kept["digest"]), float(kept["scale"]), *arrays)


def profiles() -> dict[str, Profile]:
    """The vehicle profiles that the product ships."""
    return load_profiles(shipped("profiles.json"))


def made(folder: Path, name: str, *, night: bool = False, places: int = PLACES) -> Net:
    """A network of the extracts in a folder, by the product's own import and tables. Raises Missing."""
    extract = folder / NETWORKS[name]
    if not extract.exists():
        raise Missing(f"{extract} is not there: give the folder of the test data with --data")
    roads, known = ordered(import_extract(extract)), profiles()
    chosen = _chosen(roads, Router(roads, known), places)
    west, south, east, north = roads.bounds
    wide = math.cos(math.radians((south + north) / 2)) * DEGREE_M
    scale = ACROSS_M / math.hypot((east - west) * wide, (north - south) * DEGREE_M)
    at = np.asarray([((lon - west) * wide, (lat - south) * DEGREE_M) for lon, lat in chosen]) * scale
    router = Router(roads, known, night=night)
    tables = [router.table(chosen, chosen, profile) for profile in GROUND]
    seconds, bound, metres = (
        np.stack([getattr(each, what) for each in tables]) * scale
        for what in ("seconds_p50", "seconds_p90", "metres")
    )
    flown = _flown(at, known[FLIES])
    ways = [np.concatenate((a, b[None])) for a, b in zip((seconds, bound, metres), flown, strict=True)]
    for each in ways:
        each[:, np.arange(places), np.arange(places)] = 0.0
    return Net(name + ("-night" if night else ""), roads.digest, scale, at, *ways)


def _chosen(roads: Roads, router: Router, places: int) -> list[LonLat]:
    """Seeded junctions, no denser in town than out of it, that every profile can come to and leave."""
    rng, wanted = np.random.default_rng(SEED), 3 * places
    x, y = np.asarray(roads.node_x) * DEGREES, np.asarray(roads.node_y) * DEGREES
    weight = _thin(x, y)
    nodes = rng.choice(roads.nodes, wanted, replace=False, p=weight / weight.sum())
    found = [LonLat(float(x[node]), float(y[node])) for node in nodes]
    hub = sorted(found, key=lambda one: abs(one.lon - x.mean()) + abs(one.lat - y.mean()))[:5]
    fit = np.ones(wanted, bool)
    for profile in GROUND:
        there, back = router.table(found, hub, profile), router.table(hub, found, profile)
        fit &= np.isfinite(there.seconds_p50).sum(axis=1) >= 3
        fit &= np.isfinite(back.seconds_p50).sum(axis=0) >= 3
    if fit.sum() < places:
        raise Missing(f"only {int(fit.sum())} of {wanted} places can be reached, {places} are wanted")
    return [found[i] for i in np.flatnonzero(fit)[:places]]


def _thin(x: Floats, y: Floats) -> Floats:
    """Weights that make each square kilometre about as likely as any other."""
    cell = (np.floor(x * 100) * 100_000 + np.floor(y * 100)).astype(np.int64)
    _, of, many = np.unique(cell, return_inverse=True, return_counts=True)
    return 1.0 / many[of]


def _flown(at: Floats, profile: Profile) -> tuple[Floats, Floats, Floats]:
    metres = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    seconds = metres / (profile.cruise_kmh / 3.6) + profile.overhead_s
    return seconds, seconds * profile.air_spread, metres


def ready(
    folder: Path,
    scratch: Path,
    say: Callable[[str], None],
    places: int = PLACES,
    names: Iterable[str] = tuple(NETWORKS),
) -> None:
    """Networks, by day and by night, as files of this run. Raises Missing."""
    for name in names:
        for night in (False, True):
            say(f"roads of {name}{' by night' if night else ''}")
            net = made(folder, name, night=night, places=places)
            net.save(scratch / f"{net.name}.npz")

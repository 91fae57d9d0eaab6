"""A mission under way on the real roads of Porto: twenty chains of all kinds, for the benches."""

import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from casevac import coordination
from casevac import events as e
from casevac.chain import Chain
from casevac.coordination import Desk
from casevac.drawn import points
from casevac.errors import NotPossible
from casevac.launch import orders_of
from casevac.mission import Mission, Profile
from casevac.picture import Picture
from casevac.position import Position
from casevac.roof.home import Home
from casevac.roof.part import alone
from casevac.roof.postgres import Cluster
from casevac.store import drawings, fixes, log, seen
from casevac.store.connection import Connection, connect
from casevac.store.migrate import upgrade
from casevac.store.missions import enrol, open_mission
from casevac.store.networks import import_network, mission_router
from casevac.terms import Capability, Category, MissionKind, Mode, Purpose, SiteKind, Source, VehicleKind
from casevac.view import View
from casevac.zap import zap
from geo.lonlat import LonLat, distance_m
from geo.roads import Roads
from geo.routing import Router
from tests.ports import next_free

MISSION = "porto"
CHAINS = 20
HANDED_OVER = 4  # of them, in turn to another ambulance and to an aircraft
BOX = (-8.69, 41.12, -8.52, 41.24)
SURGERY = (Capability.RESUS, Capability.DCR, Capability.DCS)
HOSPITALS = ((-8.6181, 41.1472), (-8.5831, 41.1833), (-8.6626, 41.1828))
EXCHANGE = (-8.6300, 41.1700)
HELIPORTS = ((-8.6190, 41.1480), (-8.5840, 41.1840), (-8.6620, 41.1835), (-8.6000, 41.2150))


def say(text: str) -> None:
    """Progress, on standard error."""
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")
    sys.stderr.flush()


class TooFew(Exception):
    """Fewer chains are live than the figures are about."""


@dataclass
class Town:
    """A mission under way on real roads, in a store and a home of its own."""

    url: str
    home: Path
    router: Router
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    number: int = 0

    def desk(self, db: Connection, known: Picture | None = None) -> Desk:
        """A coordinator's."""
        return Desk(db, MISSION, datetime.now(UTC), "bench", known=known)

    def happen(self, db: Connection, *bodies: e.AnyBody) -> None:
        """Committed events."""
        now = datetime.now(UTC)
        with db:
            log.append(db, [e.house_event(MISSION, body, now, "bench", Source.SYSTEM) for body in bodies])

    def move(self, db: Connection, places: dict[str, tuple[float, float]]) -> None:
        """Committed positions of vehicles, which carry a device of their own name."""
        now, told = datetime.now(UTC), []
        for name, (lon, lat) in places.items():
            self.number += 1
            told.append(
                Position(
                    mission=MISSION, device=name, epoch=1, n=self.number, at=now, corrected_at=now,
                    received_at=now, lon=lon, lat=lat, speed=12.0,
                )
            )  # fmt: skip
        with db:
            seen.claim(db, seen.blocks([(one.device, 1, one.n) for one in told]))
            fixes.append(db, told)


@contextmanager
def town_of(extract: Path) -> Iterator[Town]:
    """A store and a home with the mission, its roads imported from an extract, for the length of a block."""
    with tempfile.TemporaryDirectory(prefix="casevac-bench-") as place, ExitStack() as stack:
        home = Home(Path(place) / "home")
        home.prepare()
        cluster = Cluster(home, next_free(15432))
        stack.enter_context(alone(cluster))
        upgrade(cluster.url())
        db = connect(cluster.url())
        with db:
            mission = Mission(MISSION, "Porto", MissionKind.EXERCISE, Profile())
            open_mission(db, mission, datetime.now(UTC))
        say("importing the roads")
        roads = import_network(home.path, "porto", extract)
        with db:
            drawings.draw(db, "porto", roads, extract)
        town = Town(cluster.url(), home.path, Router(roads, {}))
        _equip(town, db, roads)
        town.router = mission_router(home.path, coordination.present(town.desk(db)))
        db.close()
        yield town


def _equip(town: Town, db: Connection, roads: Roads) -> None:
    """Hospitals, landing sites, ambulances of three kinds, helicopters and their trackers."""
    kinds = ("ambulance", "ambulance-4x4", "ambulance")
    vehicles = [(f"AMB-{n:02}", VehicleKind.GROUND, kinds[n % 3], _somewhere(town)) for n in range(30)]
    vehicles += [(f"HELI-{n}", VehicleKind.AIR, "helicopter-night", HELIPORTS[1]) for n in range(2)]
    with db:
        for name, *_ in vehicles:
            enrol(db, MISSION, name, name, datetime.now(UTC))
    town.happen(
        db,
        e.RoadsChosen(name="porto", digest=roads.digest),
        *(
            e.FacilityRegistered(
                id=f"mtf-{n}", name=f"Hospital {n}", lon=lon, lat=lat, level="L2", capabilities=SURGERY,
                beds_staffed=60, beds_free=50, tables=8,
            )
            for n, (lon, lat) in enumerate(HOSPITALS)
        ),
        *(
            e.SiteRegistered(id=f"hls-{n}", name=f"HLS {n}", site_kind=SiteKind.LANDING, lon=lon, lat=lat)
            for n, (lon, lat) in enumerate(HELIPORTS)
        ),
        e.SiteRegistered(id="axp", name="AXP", site_kind=SiteKind.EXCHANGE, lon=EXCHANGE[0], lat=EXCHANGE[1]),
        *(
            e.VehicleRegistered(
                id=name, callsign=name, vehicle_kind=kind, profile=profile, litters=2, seats=2, device=name,
                home_name="base", home_lon=lon, home_lat=lat,
            )
            for name, kind, profile, (lon, lat) in vehicles
        ),
    )  # fmt: skip


def _somewhere(town: Town) -> tuple[float, float]:
    west, south, east, north = BOX
    return round(town.dice.uniform(west, east), 5), round(town.dice.uniform(south, north), 5)


def under_way(town: Town, db: Connection) -> int:
    """Requests answered by real options of all kinds, their vehicles on their way; how many chains run.

    Raises TooFew: figures of a smaller mission are not those that are asked for.
    """
    for number in range(2 * CHAINS):
        picture = coordination.present(town.desk(db))
        if len(View(picture, datetime.now(UTC)).active) >= CHAINS:
            break
        lon, lat = _somewhere(town)
        request, name = f"R-{number}", zap(9000 + number)
        town.happen(
            db,
            e.AlertRaised(who="PATROL", what="mine", how_many=1, lon=lon, lat=lat, request=request,
                          casualties=(name,)),
            e.CasualtyTriaged(casualty=name, category=Category.T1),
        )  # fmt: skip
        if number < HANDED_OVER:
            _handed_over(town, db, (request, name, (lon, lat)), number)
        else:
            _task(town, db, request)
    view = coordination.looked_at(town.desk(db))
    for turn, chain in enumerate(view.active):
        _set_out(town, db, view, (chain, turn))
    return enough(town, db)


def enough(town: Town, db: Connection) -> int:
    """How many chains are live; raises TooFew when they are fewer than a bench is about."""
    live = len(coordination.looked_at(town.desk(db)).active)
    if live < CHAINS:
        raise TooFew(f"only {live} chains are live, {CHAINS} are wanted: what is measured would mean nothing")
    return live


def _task(town: Town, db: Connection, request: str) -> None:
    """Of the options one with a hand-over, where there is one and for every third request; else the best."""
    decided = coordination.computed(coordination.options(town.desk(db), town.router, request))
    many = -1 if int(request.removeprefix("R-")) % 3 == 0 else 1
    found = sorted(decided.options, key=lambda one: (many * len(one.vehicles), one.rank))
    for option in found:
        try:
            coordination.task(town.desk(db), decided.decision, option.id, town.router)
        except NotPossible:
            continue
        return


def _handed_over(town: Town, db: Connection, who: tuple[str, str, tuple[float, float]], turn: int) -> None:
    """A chain of two vehicles: at the exchange point to another ambulance or, in turn, to an aircraft."""
    request, name, place = who
    flown = turn % 2
    first, second = f"AMB-{29 - turn:02}", f"HELI-{turn // 2}" if flown else f"AMB-{25 - turn:02}"
    scene, door = e.Stop("scene", *place, request), e.Stop("Hospital 0", *HOSPITALS[0], "mtf-0")
    meet = e.Stop("HLS 3", *HELIPORTS[3], "hls-3") if flown else e.Stop("AXP", *EXCHANGE, "axp")
    ways = (
        (first, Purpose.TO_PICKUP, (e.Stop("base", *_somewhere(town)), scene), ()),
        (first, Purpose.TO_EXCHANGE, (scene, meet), (name,)),
        (second, Purpose.TO_EXCHANGE, (e.Stop("base", *HELIPORTS[1]), meet), ()),
        (second, Purpose.TO_FACILITY, (meet, door), (name,)),
    )
    legs = tuple(_leg(town, one) for one in ways)
    plan = e.ChainPlanned(
        chain=f"T-HAND{turn}", request=request, decision=f"D-{turn}", option="1", facility="mtf-0",
        vehicles=(first, second), casualties=(name,), legs=legs,
    )  # fmt: skip
    town.happen(db, plan, *(orders_of(plan, one, f"T-{one}") for one in plan.vehicles))


def _leg(town: Town, what: tuple[str, Purpose, tuple[e.Stop, e.Stop], tuple[str, ...]]) -> e.Leg:
    vehicle, purpose, (start, end), aboard = what
    ends, now = (LonLat(start.lon, start.lat), LonLat(end.lon, end.lat)), datetime.now(UTC)
    air = vehicle.startswith("HELI")
    way = None if air else town.router.route(*ends, "ambulance")
    metres = distance_m(*ends) if way is None else way.metres
    p50, p90 = (metres / 60.0, metres / 50.0) if way is None else (way.seconds_p50, way.seconds_p90)
    return e.Leg(
        mode=Mode.AIR if air else Mode.GROUND, vehicle=vehicle, purpose=purpose, start=start, end=end,
        path=points(ends if way is None else way.path), metres=metres, seconds_p50=p50, seconds_p90=p90,
        depart_at=now, arrive_p50_at=now + timedelta(seconds=p50), arrive_p90_at=now + timedelta(seconds=p90),
        casualties=aboard,
    )  # fmt: skip


def _set_out(town: Town, db: Connection, view: View, which: tuple[Chain, int]) -> None:
    """Every chain is on its way; of two in three the casualty is aboard and on the way to the door."""
    chain, turn = which
    legs = [leg for leg in chain.plan.legs if leg.mode == Mode.GROUND]
    tasks = [one for one in view.picture.tasks.values() if one.chain == chain.id]
    town.happen(db, *(e.TaskAccepted(task=one.id) for one in tasks))
    leg = legs[0]
    carrying = [one for one in legs if one.casualties]
    if turn % 3 and carrying and not any(one.mode == Mode.FOOT for one in chain.plan.legs):
        leg = carrying[0]
        town.happen(db, *(e.CasualtyLoaded(casualty=one, vehicle=leg.vehicle) for one in leg.casualties))
    share = town.dice.uniform(0.05, 0.4)
    town.move(db, {leg.vehicle: leg.path[int(share * (len(leg.path) - 1))]})

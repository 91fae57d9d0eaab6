"""A small mission in a real store: roads, facilities, vehicles, and what may happen to them."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2

from casevac.events import (
    AlertRaised,
    AnyBody,
    CasualtyLoaded,
    CasualtyTriaged,
    Event,
    FacilityRegistered,
    RoadsChosen,
    SiteRegistered,
    VehicleRegistered,
)
from casevac.mission import Mission, Profile
from casevac.position import Position
from casevac.shipped import shipped
from casevac.store import drawings, fixes, log, missions, networks, seen
from casevac.store.connection import Connection, connect
from casevac.store.dialects import with_dialects
from casevac.terms import Capability, Category, MissionKind, SiteKind, Source, VehicleKind
from casevac.zap import zap

BANGUI, BRIA, SIBUT = (18.55, 4.36), (21.98, 6.54), (19.08, 5.73)
SURGERY = (Capability.RESUS, Capability.DCR, Capability.DCS)


@dataclass
class Story:
    """A mission and its clock; every method is one committed transaction."""

    url: str
    home: Path
    id: str = "ex"
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def db(self) -> Connection:
        """A new connection."""
        return connect(self.url)

    def happen(self, *bodies: AnyBody, at: datetime | None = None) -> list[Event]:
        """Record events."""
        now = datetime.now(UTC)
        events = [
            Event(
                mission=self.id,
                body=body,
                actor="test",
                source=Source.SYSTEM,
                occurred_at=at or now,
                received_at=now,
            )
            for body in bodies
        ]
        db = self.db()
        with db:
            stored = log.append(db, events)
        db.close()
        return stored

    def alert(self, what: str = "mine strike", many: int = 1) -> Event:
        """An alert near Sibut."""
        return self.happen(self.call(what, many))[0]

    def call(self, what: str = "mine strike", many: int = 1) -> AlertRaised:
        """What an alert says, not told yet."""
        n = next(self.numbers)
        zaps = tuple(zap(1000 * n + index) for index in range(many))
        return AlertRaised(
            who="PATROL 3", what=what, how_many=many, lon=19.1, lat=5.75, request=f"R-{n}", casualties=zaps
        )

    def triage(self, casualty: str, category: Category = Category.T1) -> Event:
        """A triage."""
        return self.happen(CasualtyTriaged(casualty=casualty, category=category))[0]

    def load(self, casualty: str, vehicle: str = "amb-1") -> Event:
        """A casualty goes aboard."""
        return self.happen(CasualtyLoaded(casualty=casualty, vehicle=vehicle))[0]

    def move(
        self, device: str, lon: float, lat: float, at: datetime | None = None, flags: tuple[str, ...] = ()
    ) -> Position:
        """A position report is stored."""
        now, n = datetime.now(UTC), next(self.numbers)
        fix = Position(
            mission=self.id,
            device=device,
            epoch=1,
            n=n,
            at=at or now,
            corrected_at=min(at or now, now),
            received_at=now,
            lon=lon,
            lat=lat,
            speed=12.0,
            course=45.0,
            flags=flags,
        )
        db = self.db()
        with db:
            seen.claim(db, seen.blocks([(device, 1, n)]))
            fixes.append(db, [fix])
        db.close()
        return fix

    def count(self, sql: str) -> int:
        """One number from the store."""
        db = psycopg2.connect(self.url)
        try:
            cursor = db.cursor()
            cursor.execute(sql)
            row = cursor.fetchone()
            return int(row[0]) if row else 0
        finally:
            db.close()


def begin(url: str, home: Path, approval: dict[str, tuple[str, ...]] | None = None) -> Story:
    """Open an exercise with roads, three facilities, a site, two ambulances and a helicopter."""
    story = Story(url, home)
    profile = with_dialects(
        Profile(speed_factor=10.0, note="ten times as fast", auto_answer_s=30.0, approval=approval or {})
    )
    db = connect(url)
    with db:
        missions.open_mission(
            db, Mission(story.id, "Exercise One", MissionKind.EXERCISE, profile), datetime.now(UTC)
        )
        for name, vehicle in (("amb-1", "amb-1"), ("amb-2", "amb-2"), ("heli-1", "heli-1"), ("phone", None)):
            missions.enrol(db, story.id, name, vehicle, datetime.now(UTC))
    source = shipped("roads_car.geojson")
    roads = networks.import_network(home, "car", source)
    with db:
        drawings.draw(db, "car", roads, source)
    db.close()
    story.happen(
        RoadsChosen(name="car", digest=roads.digest),
        _facility("bangui", "Bangui Level 2", BANGUI, SURGERY),
        _facility("bria", "Bria Level 2", BRIA, SURGERY),
        _facility("sibut", "Sibut clinic", SIBUT, (Capability.FIRST_AID,)),
        SiteRegistered(id="s1", name="Sibut airfield", site_kind=SiteKind.LANDING, lon=19.1, lat=5.71),
        new_vehicle("amb-1", "AMB 1", VehicleKind.GROUND, "ambulance"),
        new_vehicle("amb-2", "AMB 2", VehicleKind.GROUND, "ambulance"),
        new_vehicle("heli-1", "UNO 1", VehicleKind.AIR, "helicopter"),
    )
    return story


def _facility(
    key: str, name: str, at: tuple[float, float], can: tuple[Capability, ...]
) -> FacilityRegistered:
    return FacilityRegistered(
        id=key,
        name=name,
        lon=at[0],
        lat=at[1],
        level="L2",
        capabilities=can,
        beds_staffed=20,
        beds_free=15,
        tables=2,
        demonstration=True,
    )


def new_vehicle(key: str, callsign: str, kind: VehicleKind, profile: str) -> VehicleRegistered:
    return VehicleRegistered(
        id=key,
        callsign=callsign,
        vehicle_kind=kind,
        profile=profile,
        litters=2,
        seats=2,
        device=key,
        home_name="Damara",
        home_lon=18.7,
        home_lat=4.96,
    )


def soon(seconds: float) -> datetime:
    """An instant that many seconds from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)

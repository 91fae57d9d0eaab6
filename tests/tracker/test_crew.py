"""The simulated crew and its orders."""

import json
import threading
from pathlib import Path

import msgspec

from casevac.events import Leg, VehicleRegistered
from casevac.mission import Profile
from casevac.picture import Picture, empty
from casevac.terms import VehicleKind
from geo.lonlat import LonLat
from tracker.crew import Crew
from tracker.device import Device
from tracker.follow import Way
from tracker.spool import Spool


class Nowhere:
    """Surroundings in which nothing happens."""

    profile = Profile()

    def __init__(self) -> None:
        self.stop = threading.Event()

    def picture(self) -> Picture:
        return empty("m")

    def drive(self, vehicle: VehicleRegistered, start: LonLat, end: LonLat) -> Way:
        return [(0.0, *start), (1.0, *end)]

    def place_of(self, vehicle: str) -> LonLat | None:
        return None


def test_a_crew_whose_task_is_taken_back_says_that_it_knows_and_has_none(tmp_path: Path) -> None:
    vehicle = VehicleRegistered(id="V", callsign="V", vehicle_kind=VehicleKind.GROUND, profile="ambulance")
    spool = Spool(tmp_path / "spool")
    crew = Crew(vehicle, LonLat(18.5, 4.4), (), Nowhere())
    crew.rides_with(Device("trk-1", "mqtt://trk-1:x@127.0.0.1:1", spool))  # never started: it only spools
    crew.told({"task": "T", "legs": []})
    crew._look()
    assert crew._task == {"task": "T", "legs": []}
    for _ in range(2):  # a retained recall comes again at each connection
        crew.told({"task": "T", "recalled": True, "reason": "fire", "at": "2026-11-22T05:30:00Z"})
        crew._look()
    assert crew._task is None
    said = [json.loads(one.body) for one in spool.events(9)]
    assert [(one["kind"], one["task"]) for one in said] == [("recall_acknowledged", "T")]


def leg(path: list[list[float]], seconds: float) -> dict:
    ends = [{"name": name, "lon": lon, "lat": 4.4} for name, lon in (("A", 18.5), ("B", 18.6))]
    return {
        "mode": "ground", "vehicle": "V", "purpose": "to_pickup", "from": ends[0], "to": ends[1],
        "path": path, "metres": 11_000.0, "seconds_p50": seconds, "seconds_p90": seconds,
        **dict.fromkeys(("depart_at", "arrive_p50_at", "arrive_p90_at"), "2026-11-22T05:00:00Z"),
    }  # fmt: skip


def test_a_crew_under_way_takes_the_road_of_its_newest_orders(tmp_path: Path) -> None:
    """From where it is by then; what it was ordered to stays."""
    vehicle = VehicleRegistered(id="V", callsign="V", vehicle_kind=VehicleKind.GROUND, profile="ambulance")
    crew = Crew(vehicle, LonLat(18.5, 4.4), (), Nowhere())
    straight = leg([[18.5, 4.4], [18.6, 4.4]], 4.0)
    crew.told({"task": "T", "legs": [straight]})
    crew._look()
    round_it = leg([[18.5, 4.4], [18.55, 4.5], [18.6, 4.4]], 4.0)
    seen: list[LonLat] = []
    orders = msgspec.convert(straight, Leg)
    driven = threading.Thread(target=crew._drive, args=(orders,))
    driven.start()
    crew.told({"task": "T", "legs": [round_it]})
    while driven.is_alive():
        seen.append(crew.place)
        driven.join(0.05)
    assert crew._task == {"task": "T", "legs": [round_it]}
    assert max(place.lat for place in seen) > 4.41
    assert (round(crew.place.lon, 4), round(crew.place.lat, 4)) == (18.6, 4.4)

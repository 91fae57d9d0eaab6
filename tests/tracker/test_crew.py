"""The simulated crew and its orders."""

import json
import threading
from pathlib import Path

from casevac.events import VehicleRegistered
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

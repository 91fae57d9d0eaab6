"""What follows by itself in a live mission, over a real broker and store: warned, answered, ordered, told."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from casevac import events as e
from casevac.mission import Mission, Profile
from casevac.picture import Picture, empty, fold
from casevac.roof.broker import Broker
from casevac.shipped import shipped
from casevac.store import log, missions, networks
from casevac.store.connection import Connection, connect
from casevac.terms import Capability, HazardKind, MissionKind, Role, Source, VehicleKind
from tests.tracker.listener import Listener, until
from tracker.ingest import Ingest
from tracker.tasking import Tasking

ZAP = "ZGDF-7KWT"
BRIA = (21.98633, 6.54233)


class Field:
    """A live mission with its parts at work and as many devices as are asked for."""

    def __init__(self, database_url: str, broker: Broker, home: Path) -> None:
        self.db: Connection = connect(database_url)
        self._broker = broker
        self.listeners: list[Listener] = []
        roads = networks.import_network(home, "car", shipped("roads_car.geojson"))
        profile = Profile(approval={"air": ("DMS",)}, warn_at_alert=Profile().warn_at_alert)
        with self.db:
            missions.open_mission(self.db, Mission("m", "Live", MissionKind.LIVE, profile), datetime.now(UTC))
        self.say(
            e.RoadsChosen(name="car", digest=roads.digest),
            vehicle("AMB-1", VehicleKind.GROUND, "ambulance"),
            vehicle("HELI-1", VehicleKind.AIR, "helicopter"),
            e.FacilityRegistered(
                id="F",
                name="F",
                lon=BRIA[0],
                lat=BRIA[1],
                capabilities=tuple(Capability),
                beds_free=9,
                tables=1,
            ),
        )

    def say(self, *bodies: e.AnyBody) -> None:
        now = datetime.now(UTC)
        told = [e.house_event("m", body, now, "test", Source.PAGE) for body in bodies]
        with self.db:
            log.append(self.db, told)

    def device(self, name: str, vehicle: str | None = None, facility: str | None = None) -> Listener:
        now = datetime.now(UTC)
        with self.db:
            missions.enrol(self.db, "m", name, vehicle, now)
        if facility is not None:
            self.say(e.DeviceEnrolled(name=name, facility=facility, role=Role.FACILITY))
        password = self._broker.add_devices([name])[name]
        self.listeners.append(Listener(name, password, self._broker.port))
        return self.listeners[-1]

    def picture(self) -> Picture:
        with self.db:
            return fold(empty("m"), log.read(self.db, "m"))

    def kinds(self) -> list[str]:
        with self.db:
            return [one.kind for one in log.read(self.db, "m")]


def vehicle(name: str, kind: VehicleKind, profile: str) -> e.VehicleRegistered:
    return e.VehicleRegistered(
        id=name, callsign=name, vehicle_kind=kind, profile=profile, litters=2, home_name="Bria",
        home_lon=BRIA[0], home_lat=BRIA[1], device=name,
    )  # fmt: skip


@pytest.fixture
def field(broker: Broker, database_url: str, tmp_path: Path) -> Iterator[Field]:
    place = Field(database_url, broker, tmp_path)
    parts = [
        Ingest(database_url, broker.url("casevac-ingest")),
        Tasking(database_url, broker.url("casevac-tasking"), tmp_path),
    ]
    threads: list[threading.Thread] = []
    for part in parts:
        ready = threading.Event()
        run: Callable[..., None] = part.run
        threads.append(threading.Thread(target=run, args=(ready.set,)))
        threads[-1].start()
        assert ready.wait(60)
    yield place
    for listener in place.listeners:
        listener.close()
    for part in parts:
        part.stop()
    for thread in threads:
        thread.join(60)
    place.db.close()
    assert not any(thread.is_alive() for thread in threads)


def notice(device: Listener) -> dict:
    heard = [raw for topic, raw in device.heard if topic.endswith("/notice")]
    return json.loads(heard[-1]) if heard and heard[-1] else {}


def said(number: int, kind: str, **fields: object) -> dict[str, object]:
    at = datetime.now(UTC).isoformat()
    return {"epoch": 1, "n": number, "at": at, "kind": kind, **fields}


def alert(number: int = 1) -> dict[str, object]:
    return said(
        number,
        "alert_raised",
        who="P",
        what="mine",
        how_many=1,
        lon=21.9,
        lat=6.5,
        request="R",
        casualties=[ZAP],
    )


def test_a_warning_reaches_the_device_and_its_answer_comes_back(field: Field) -> None:
    patrol, pilot = field.device("trk-1"), field.device("HELI-1", vehicle="HELI-1")
    patrol.send("event", alert())
    assert until(lambda: notice(pilot).get("warned"))
    (warned,) = notice(pilot)["warned"]
    assert (warned["request"], warned["what"], warned["how_many"]) == ("R", "mine", 1)
    assert (warned["lon"], warned["lat"], warned["asset"]) == (21.9, 6.5, "HELI-1")
    pilot.send("event", said(1, "asset_answered", request="R", ready=True))
    assert until(lambda: 1 in pilot.stored())
    answer = field.picture().warnings["R/HELI-1"].answered
    assert answer is not None
    assert answer.value.ready
    assert until(lambda: notice(pilot)["warned"][0]["answered"])
    field.say(e.RequestStoodDown(request="R", reason="walked in"))
    assert until(lambda: notice(pilot) == {})


def test_a_question_goes_out_and_its_answer_comes_back_to_who_asked(field: Field) -> None:
    patrol = field.device("trk-1")
    patrol.send("event", alert())
    patrol.send("event", said(2, "question_asked", casualty=ZAP, text="second dose?", urgency="now"))
    assert until(lambda: 2 in patrol.stored())
    (question,) = field.picture().questions
    field.say(e.QuestionAnswered(question=question, text="no"))
    assert until(lambda: notice(patrol).get("answers"))
    assert notice(patrol)["answers"][0]["answer"] == "no"


def test_an_order_by_radio_is_answered_in_a_live_mission_and_the_facility_told(field: Field) -> None:
    patrol, crew = field.device("trk-1"), field.device("AMB-1", vehicle="AMB-1")
    desk = field.device("desk", facility="F")
    patrol.send("event", alert())
    assert until(lambda: 1 in patrol.stored())
    field.say(e.AnswerOrdered(request="R", vehicle="AMB-1"))
    assert until(lambda: any(topic.endswith("/task") and raw for topic, raw in crew.heard))
    assert until(lambda: any(one.settled for one in field.picture().orders.values()))
    settled = next(one.settled for one in field.picture().orders.values())
    assert settled is not None
    assert settled.value.done
    assert until(lambda: notice(desk).get("casualties"))
    assert [one["casualty"] for one in notice(desk)["casualties"]] == [ZAP]
    assert field.kinds().count("order_settled") == field.kinds().count("chain_planned") == 1


def test_a_hazard_that_no_door_computed_leads_running_chains_round_it(field: Field) -> None:
    """As told by a device or another command; once."""
    patrol, crew = field.device("trk-1"), field.device("AMB-1", vehicle="AMB-1")
    patrol.send("event", alert())
    assert until(lambda: 1 in patrol.stored())
    field.say(e.AnswerOrdered(request="R", vehicle="AMB-1"))
    assert until(lambda: any(topic.endswith("/task") and raw for topic, raw in crew.heard))
    (chain,) = field.picture().chains
    field.say(e.HazardReported(id="H", hazard_kind=HazardKind.CLOSURE, lon=15.0, lat=4.0, radius_m=50.0))
    assert until(lambda: "chains_confirmed" in field.kinds())
    assert field.picture().chains[chain].looked is not None
    field.say(e.HazardLifted(id="H"))
    assert until(lambda: field.kinds().count("chains_confirmed") == 2)
    assert field.kinds()[-1] == "chains_confirmed"

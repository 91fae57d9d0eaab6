"""One request from the alert to surgery by HTTP, by command line, by radio and by devices alone.

Alert, triage, MIST, 9-line, warning, a denial, a new plan, approval, divert in flight, hand-over, surgery:
told through four doors, and the same picture in the end.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from casevac.request import RequestState
from casevac.roof.broker import Broker
from casevac.roof.home import Home
from casevac.terms import Category, ClockStatus
from tests.walks.hands import ByVoice, Hands, OnTheCommandLine, OverHttp, OverMqtt
from tests.walks.world import AUTHORITY, CENTRE, MEDIC, PATROL, World, begun

DENIED = "the road is not cleared yet"
LOST = "the operating theatre is lost"
MIST = {
    "mechanism": "mine",
    "injuries": "left leg amputated below the knee",
    "signs": "pulse 130, alert",
    "treatment": "tourniquet",
}


@pytest.fixture
def world(database_url: str, home: Home, broker: Broker) -> Iterator[World]:
    with begun(database_url, home, broker) as opened:
        yield opened


def reported(hands: Hands) -> tuple[str, str, str]:
    """Everything that is known before anybody plans."""
    injured = (datetime.now(UTC) - timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
    request, (first, second) = hands.alert(
        {
            "who": "PATROL 3",
            "what": "mine strike",
            "how_many": 2,
            "lon": 19.1,
            "lat": 5.75,
            "injury_at": injured,
        }
    )
    hands.tell(CENTRE, "alert_acknowledged", request=request)
    hands.tell(MEDIC, "casualty_triaged", casualty=first, category="T1")
    hands.tell(MEDIC, "casualty_triaged", casualty=second, category="T2")
    hands.tell(MEDIC, "bleeding_controlled", casualty=first)
    hands.tell(MEDIC, "treatment_given", casualty=first, treatment="tourniquet", site="left leg")
    hands.tell(MEDIC, "mist_reported", casualty=first, **MIST)
    hands.tell(
        PATROL, "nine_line_sent", request=request, pickup="19.1,5.75", lon=19.1, lat=5.75, frequency="38.65",
        callsign="PATROL 3", precedences={"urgent_surgical": 1, "priority": 1}, equipment=[], litter=2,
        ambulatory=0,
    )  # fmt: skip
    hands.tell(CENTRE, "asset_warned", request=request, asset="amb-2", asset_kind="vehicle")
    hands.tell("amb-2", "asset_answered", request=request, asset="amb-2", ready=True)
    return request, first, second


def walk(hands: Hands, world: World) -> tuple[str, str, str]:
    """From the alert to surgery."""
    request, first, second = reported(hands)
    refused = hands.answer(request, "amb-1")
    hands.tell(CENTRE, "launch_denied", chain=refused, authority=AUTHORITY, reason=DENIED)
    chain = hands.answer(request, "amb-2")
    hands.tell(CENTRE, "launch_approved", chain=chain, authority=AUTHORITY)
    hands.tell("board-bangui", "inbound_answered", chain=chain, facility="bangui", accepts=True)
    hands.tell("board-bangui", "bed_reserved", facility="bangui", casualty=first, bed="icu")
    hands.tell("amb-2", "task_accepted", task=hands.task("amb-2", chain))
    for state in ("to_pickup", "on_scene"):
        hands.tell("amb-2", "vehicle_status_changed", vehicle="amb-2", state=state)
    for casualty in (first, second):
        hands.tell("amb-2", "casualty_loaded", casualty=casualty, vehicle="amb-2")
    hands.tell(
        "board-bangui", "facility_status_reported", facility="bangui", accepting="diverting", reason=LOST
    )
    diverted = hands.divert(chain, "bria", LOST)
    hands.tell("board-bria", "inbound_answered", chain=diverted, facility="bria", accepts=True)
    hands.tell("amb-2", "task_accepted", task=hands.task("amb-2", diverted))
    hands.tell(MEDIC, "mist_reported", casualty=first, treatment="tourniquet, one unit of blood")
    for casualty in (first, second):
        hands.tell("amb-2", "casualty_handed_over", casualty=casualty, facility="bria")
    hands.tell("board-bria", "surgery_started", casualty=first)
    hands.tell("board-bria", "outcome_decided", casualty=second, outcome="stabilised")
    return request, first, second


def check(world: World, request: str, first: str, second: str) -> None:
    """The same in the end whatever the door."""

    view = world.view()
    picture = view.picture
    hurt, other = picture.casualties[first], picture.casualties[second]
    assert (hurt.triage, other.triage) == (Category.T1, Category.T2)
    assert hurt.facility == other.facility == "bria"
    done = [clock.status for clock in view.clocks(hurt)]
    assert done == [ClockStatus.MET] * 3
    assert view.request_state(request) == RequestState.CLOSED
    told = Counter(event.kind for event in world.events())
    assert (told["nine_line_sent"], told["mist_reported"], told["treatment_given"]) == (1, 2, 1)
    assert told["outcome_decided"] == told["bed_reserved"] == told["alert_acknowledged"] == 1
    assert [one.answered.value.ready for one in picture.warnings.values() if one.answered] == [True]
    denied, taken, last = sorted(picture.chains.values(), key=lambda chain: chain.planned.stamp)
    ends = [view.chain_status[one.id] for one in (denied, taken, last)]
    assert ends == ["cancelled", "replaced", "finished"]
    assert hurt.mist.treatment == "tourniquet, one unit of blood"
    assert hurt.mist.mechanism == MIST["mechanism"]
    assert not picture.requests[request].missing  # the 9-line can be launched on
    words = [word.value for word in picture.launches[denied.id].words]
    assert [(word.authority, word.reason) for word in words] == [(AUTHORITY, DENIED)]
    assert (taken.plan.facility, last.plan.facility) == ("bangui", "bria")
    assert last.plan.replaces == taken.id
    assert picture.inbound[f"{last.id}/bria"].value.accepts
    assert [one.reserved.value.casualty for one in picture.reservations.values() if one.reserved] == [first]


def test_by_http_alone(world: World) -> None:
    check(world, *walk(OverHttp(world), world))


def test_on_the_command_line_alone(world: World) -> None:
    check(world, *walk(OnTheCommandLine(world), world))


def test_by_voice_alone(world: World) -> None:
    check(world, *walk(ByVoice(world), world))


def test_by_devices_alone(world: World) -> None:
    check(world, *walk(OverMqtt(world), world))

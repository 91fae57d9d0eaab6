"""Two coordinators who want the same at once: one gets it, the other one clear line."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx

from tests.maps.door import Door, wait_for
from tests.maps.mission import Story

ALERT = {"who": "PATROL 3", "what": "mine strike", "how_many": 1, "lon": 19.1, "lat": 5.75}


def at_once(*commands: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """All of them in the same moment."""
    start = Barrier(len(commands))

    def run(command: Callable[[], httpx.Response]) -> httpx.Response:
        start.wait(60)
        return command()

    with ThreadPoolExecutor(len(commands)) as many:
        return list(many.map(run, commands))


def one_and_one(found: list[httpx.Response], *errors: str) -> str:
    """Exactly one went through; what the other was told."""
    assert sorted(one.status_code for one in found) == [201, 409], [one.text for one in found]
    refused = next(one for one in found if one.status_code == 409).json()
    assert refused["error"] in errors
    assert "\n" not in refused["message"]
    return str(refused["message"])


def decided(door: Door, vehicle: str) -> tuple[str, dict[str, str]]:
    """A request of its own, and the choice that sends this vehicle to it."""
    request = door.post("/api/requests", ALERT).json()["request"]["id"]
    shown = door.post(f"/api/requests/{request}/options", {}).json()
    option = next(one["id"] for one in shown["options"] if one["vehicles"] == [vehicle])
    return request, {"decision": shown["decision"], "option": option}


def test_two_coordinators_want_one_vehicle(door: Door, story: Story) -> None:
    for _ in range(3):
        (first, one), (second, other) = decided(door, "amb-1"), decided(door, "amb-1")
        found = at_once(
            lambda request=first, choice=one: door.post(f"/api/requests/{request}/task", choice),
            lambda request=second, choice=other: door.post(f"/api/requests/{request}/task", choice),
        )
        assert "amb-1" in one_and_one(found, "AlreadyTasked")
        (task,) = wait_for(lambda: [one for one in door.get("/api/tasks") if one["status"] == "sent"])
        assert task["vehicle"] == "amb-1"
        assert door.post(f"/api/tasks/{task['id']}/cancel", {"reason": "again"}).status_code == 200
        wait_for(lambda: not [one for one in door.get("/api/tasks") if one["status"] == "sent"])


def test_two_coordinators_answer_one_request(door: Door) -> None:
    request = door.post("/api/requests", ALERT).json()["request"]["id"]
    shown = door.post(f"/api/requests/{request}/options", {}).json()
    first, second = ({"decision": shown["decision"], "option": one["id"]} for one in shown["options"][:2])
    found = at_once(
        lambda: door.post(f"/api/requests/{request}/task", first),
        lambda: door.post(f"/api/requests/{request}/task", second),
    )
    one_and_one(found, "AlreadyTasked")


def test_two_coordinators_want_the_last_bed(door: Door) -> None:
    (one,) = door.post("/api/requests", ALERT).json()["casualties"]
    (other,) = door.post("/api/requests", ALERT).json()["casualties"]
    board = {"beds": [{"bed": "icu", "staffed": 2, "free": 1}]}
    assert door.post("/api/facilities/bria/status", board).status_code == 201
    found = at_once(
        *(
            lambda casualty=casualty: door.post(
                "/api/facilities/bria/reserve", {"casualty": casualty["id"], "bed": "icu"}
            )
            for casualty in (one, other)
        )
    )
    assert "ICU" in one_and_one(found, "AlreadyReserved", "NotPossible")

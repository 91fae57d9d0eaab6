"""The live stream: exactly once, resumable, bounded, alive through a restart of the store."""

from casevac.events import DeviceEnrolled
from tests.maps.door import Door, Reader, wait_for
from tests.maps.mission import Story


def test_snapshot_has_the_shape_of_the_contract(door: Door, story: Story) -> None:
    story.move("amb-1", 18.8, 5.1)
    wait_for(lambda: door.get("/api/live/snapshot")["positions"])
    told = door.get("/api/live/snapshot")
    assert set(told) == {"epoch", "seq", "server_time", "mission", "entities", "positions", "log"}
    assert told["mission"]["kind"] == "exercise"
    assert told["mission"]["speed_factor"] == 10.0
    assert set(told["entities"]) == {
        "casualties",
        "vehicles",
        "facilities",
        "sites",
        "requests",
        "chains",
    }
    assert told["positions"][0]["vehicle"] == "amb-1"
    assert told["server_time"].endswith("Z")


def test_every_event_comes_once_across_a_reconnect(door: Door, story: Story) -> None:
    start = door.get("/api/live/snapshot")
    first = Reader(door.url, since=f"{start['epoch']}-{start['seq']}").start()
    told = [story.alert().seq for _ in range(5)]
    wait_for(lambda: len(first.seqs()) == 5)
    first.close()
    told += [story.alert().seq for _ in range(5)]
    second = Reader(door.url, last_event_id=first.ids[-1], since="nonsense").start()
    told += [story.alert().seq for _ in range(5)]
    wait_for(lambda: len(first.seqs()) + len(second.seqs()) >= 15)
    assert first.seqs() + second.seqs() == told
    assert not second.of("reset")
    second.close()
    wait_for(lambda: door.get("/api/health")["live"]["viewers"] == 0)

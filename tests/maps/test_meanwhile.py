"""Two people change the same thing, and the story of one thing as the log has it."""

from datetime import UTC, datetime

from casevac.events import (
    AnyBody,
    CasualtyLoaded,
    CasualtyTriaged,
    Event,
    FacilityStatusReported,
    HazardLifted,
    HazardReported,
    RequestStoodDown,
    TaskAccepted,
    VitalsTaken,
)
from casevac.mentions import aim_of, ids_of, in_the_way
from casevac.terms import Category, HazardKind, Source
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story


def told(body: AnyBody) -> Event:
    now = datetime.now(UTC)
    return Event(mission="m", body=body, actor="a", source=Source.PAGE, occurred_at=now, received_at=now)


def begun(door: Door, story: Story) -> tuple[str, int]:
    """A casualty that the door knows, and the last event it has seen."""
    alert = story.alert()
    seq = wait_for(lambda: (head := door.get("/api/live/snapshot")["seq"]) >= (alert.seq or 0) and head)
    return alert.body.casualties[0], seq  # type: ignore[union-attr]  an alert has casualties


def test_what_another_changed_of_the_same_is_in_the_way_and_nothing_else() -> None:
    triage = CasualtyTriaged(casualty="K", category=Category.T1)
    same, other = (
        told(CasualtyTriaged(casualty="K", category=Category.T2)),
        told(CasualtyTriaged(casualty="L", category=Category.T2)),
    )
    loaded, vitals = (
        told(CasualtyLoaded(casualty="K", vehicle="V")),
        told(VitalsTaken(casualty="K", pulse=99)),
    )
    assert in_the_way([same, other, loaded, vitals], triage) == [same, loaded]
    assert in_the_way([same], VitalsTaken(casualty="K", pulse=80)) == []  # adds, and takes nothing back
    board = FacilityStatusReported(facility="F", tables=1)
    assert aim_of(board) == "F"
    assert ids_of(told(CasualtyLoaded(casualty="K", vehicle="V")).body) == {"K", "V"}
    assert aim_of(RequestStoodDown(request="R", reason="over")) == "R"
    assert aim_of(TaskAccepted(task="T")) == "T"
    assert aim_of(HazardLifted(id="H")) == "H"
    assert aim_of(HazardReported(id="H", hazard_kind=HazardKind.CLOSURE, lon=1.0, lat=2.0)) == "H"


def test_the_second_of_two_coordinators_is_told_what_the_first_changed(door: Door, story: Story) -> None:
    zap, seen = begun(door, story)
    path = f"/api/casualties/{zap}/triage?expected_seq={seen}"
    assert door.post(path, {"category": "T1"}).status_code == 201
    second = door.post(path, {"category": "T3", "reason": "looked again"}, "k2")
    assert second.status_code == 409
    fault = second.json()
    assert fault["error"] == "ChangedMeanwhile"
    assert "watch-keeper" in fault["message"]
    assert "T1" in fault["message"]
    assert [line["kind"] for line in fault["changes"]] == ["casualty_triaged"]
    assert door.get(f"/api/casualties/{zap}")["category"] == "T1"
    call = {"kind": "casualty_triaged", "speaker": "P", "casualty": zap, "category": "T2", "reason": "better"}
    assert door.post(f"/api/voice?expected_seq={seen}", call).json()["error"] == "ChangedMeanwhile"
    assert door.post(f"/api/voice?expected_seq={fault['changes'][-1]['seq']}", call).status_code == 201
    assert (
        door.post(
            f"/api/casualties/{zap}/triage", {"category": "T3", "reason": "looked again"}, "k2"
        ).status_code
        == 201
    )  # sent anyway
    assert door.post("/api/voice?expected_seq=-1", call).status_code == 422


def test_other_things_may_be_told_meanwhile(door: Door, story: Story) -> None:
    first, seen = begun(door, story)
    second, seen = begun(door, story)
    story.triage(first)
    other = door.post(f"/api/casualties/{second}/triage?expected_seq={seen}", {"category": "T2"})
    assert other.status_code == 201
    more = door.post(f"/api/casualties/{first}/vitals?expected_seq={seen}", {"pulse": 120})
    assert more.status_code == 201


def test_ones_own_words_are_in_nobodys_way(door: Door, story: Story) -> None:
    """As when two reports waited for the link: the second does not stumble over the first."""
    zap, seen = begun(door, story)
    path = f"/api/casualties/{zap}"
    assert door.post(f"{path}/triage?expected_seq={seen}", {"category": "T1"}, "mine-1").status_code == 201
    told = {"precedence": "urgent"}
    assert door.post(f"{path}/precedence?expected_seq={seen}&own=other", told, "mine-2").status_code == 409
    again = door.post(f"{path}/precedence?expected_seq={seen}&own=mine-0,mine-1", told, "mine-2")
    assert again.status_code == 201


def test_the_timeline_holds_all_that_concerns_a_casualty_and_when(door: Door, story: Story) -> None:
    alert = story.alert(many=2)
    first, second = alert.body.casualties  # type: ignore[union-attr]  an alert has casualties
    request = alert.body.request  # type: ignore[union-attr]  it opens one
    story.triage(first)
    story.triage(second)
    assert door.post(f"/api/requests/{request}/ack", {"by": "duty officer"}).status_code == 201
    found = door.get(f"/api/casualties/{first}/timeline")
    assert [line["kind"] for line in found["lines"] if line["kind"] != "asset_warned"] == [
        "alert_raised", "casualty_triaged", "alert_acknowledged",
    ]  # fmt: skip
    assert all(line["known_at"] >= line["at"] for line in found["lines"])
    assert not found["cut"]
    short = door.get(f"/api/casualties/{first}/timeline", limit=1)
    assert short["cut"]
    assert short["lines"][-1]["kind"] == "alert_acknowledged"
    assert [line["kind"] for line in door.get("/api/facilities/bria/timeline")["lines"]] == [
        "facility_registered"
    ]
    assert door.get("/api/vehicles/amb-1/timeline")["lines"]
    assert door.http.get("/api/casualties/%25/timeline").status_code == 404

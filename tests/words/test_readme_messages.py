"""The README's table of messages: every contract has an example, and each example is taken as it stands."""

import json
import re
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from casevac import events as e
from casevac.events import FIELD_KINDS, Leg
from casevac.mission import Enrolment, Rights
from casevac.notices import notices
from casevac.terms import Role
from tests.casevac.duty_scenes import planned, seen
from tests.casevac.scenes import A, told
from tracker import downlink, wire
from tracker.wire import FieldEvent, Message, Report, Status

README = (Path(__file__).parents[2] / "README.md").read_text()
ROWS = re.findall(r"^\| (`casevac/v1/NAME/\w+`)? ?\|[^|]*\| `(\{.*\})` \|$", README, re.M)
ENROLLED = {"trk": Enrolment("m", Rights(Role.COORDINATOR, "mtf-bria"))}
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def examples() -> list[tuple[str, str]]:
    found, topic = [], ""
    for named, example in ROWS:
        topic = named.strip("`") or topic
        found.append((topic, example))
    return found


def of(channel: str) -> list[str]:
    return [example for topic, example in examples() if topic.endswith(f"/{channel}")]


def test_every_channel_and_every_kind_has_an_example() -> None:
    assert {topic.rpartition("/")[2] for topic, _ in examples()} == {
        "report",
        "event",
        "status",
        "batch",
        "task",
        "notice",
        "receipt",
    }
    assert {json.loads(example)["kind"] for example in of("event")} == FIELD_KINDS


@pytest.mark.parametrize(
    ("topic", "example"),
    [row for row in examples() if not row[0].endswith(("batch", "task", "notice", "receipt"))],
)
def test_what_a_device_may_send_is_read(topic: str, example: str) -> None:
    said = wire.read(Message(topic.replace("NAME", "trk"), example.encode(), NOW), ENROLLED)
    assert isinstance(said, Report | FieldEvent | Status), said


@pytest.mark.parametrize("packed", [bytes, zlib.compress])
def test_the_batch_is_read_as_its_reports(packed: Callable[[bytes], bytes]) -> None:
    (example,) = of("batch")
    whole = Message("casevac/v1/trk/batch", packed(example.encode()), NOW)
    said = [wire.read(one, ENROLLED) for one in wire.opened(whole, ENROLLED)]
    assert all(isinstance(one, Report) for one in said), said
    assert [one.position.n for one in said] == [52, 53, 54]
    last = said[2].position
    assert (last.lon, last.lat, last.speed) == (18.5524375, 4.359855, 14.1)


def test_the_receipt_and_the_task_look_as_we_send_them() -> None:
    (receipt,) = of("receipt")
    told = json.loads(receipt)
    refused = {one["n"]: one["reason"] for one in told["refused"]}
    sent = json.loads(downlink.receipt(told["epoch"], told["stored"], refused, NOW, told["runs"]))
    assert sent == {**told, "server_time": sent["server_time"]}
    (notice,) = of("notice")
    parts = json.loads(notice)
    assert {part: set(ones[0]) for part, ones in parts.items()} == {
        part: set(ones[0]) for part, ones in _a_notice().items()
    }
    task, recall = of("task")
    assert set(json.loads(recall)) == {"task", "recalled", "reason", "at"}
    legs = msgspec.convert(json.loads(task)["legs"], list[Leg])
    assert legs[0].vehicle == "AMB-01"


def _a_notice() -> dict[str, list[dict[str, object]]]:
    """A notice with all its parts, as it is made for a device that is everything at once."""
    both = (0, e.DeviceEnrolled(name="D", facility="F", vehicle="HELI"))
    asked = e.QuestionAsked(casualty=A, text="?", question="Q")
    picture = told(told(planned(), both), (1, asked), device="D")
    return notices(seen(told(picture, (2, e.QuestionAnswered(question="Q", text="!"))), 130))["D"]

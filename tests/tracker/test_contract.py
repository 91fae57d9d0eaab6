"""The published formats, read by an independent reader of JSON Schema."""

import json
from datetime import UTC, datetime

import jsonschema
import pytest

from casevac.errors import BadSetting
from casevac.events import FIELD_KINDS
from tests.words.test_readme_messages import ENROLLED, examples
from tracker import contract, wire
from tracker.wire import Message, Unreadable

DOCUMENT = contract.asyncapi("1")


def checker(name: str) -> jsonschema.Draft202012Validator:
    schema = contract.schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def name_of(topic: str, example: str) -> str:
    channel = topic.rpartition("/")[2]
    if "recalled" in json.loads(example):
        return "recall"
    return str(json.loads(example)["kind"]) if channel == "event" else channel


@pytest.mark.parametrize(("topic", "example"), examples())
def test_every_example_of_the_readme_is_as_published(topic: str, example: str) -> None:
    checker(name_of(topic, example)).validate(json.loads(example))


@pytest.mark.parametrize(
    "name", ["report", "batch", "status", "receipt", "task", "recall", "notice", *sorted(FIELD_KINDS)]
)
def test_what_is_empty_or_of_another_type_is_not(name: str) -> None:
    seen = checker(name)
    assert not seen.is_valid([])
    assert not seen.is_valid("report")
    if name != "notice":  # all of it may be left out
        assert not seen.is_valid({})


@pytest.mark.parametrize(
    "told", [{"lat": 91}, {"lon": "18"}, {"at": 5}, {"speed": -1}, {"n": 0}, {"battery": 101}]
)
def test_a_report_that_we_refuse_is_refused_by_the_schema(told: dict[str, object]) -> None:
    whole = {"epoch": 1, "n": 4, "at": "2026-11-22T04:59:30Z", "lon": 18.55, "lat": 4.36}
    assert checker("report").is_valid(whole)
    assert not checker("report").is_valid({**whole, **told})
    message = Message(wire.topic("trk", "report"), json.dumps({**whole, **told}).encode(), datetime.now(UTC))
    said = wire.read(message, ENROLLED)
    assert isinstance(said, Unreadable)
    assert "enrolled" not in said.reason


def test_the_largest_payload_is_told() -> None:
    assert DOCUMENT["info"]["x-largest-payload-bytes"] == wire.LARGEST_PAYLOAD
    assert str(wire.LARGEST_PAYLOAD) in DOCUMENT["info"]["description"]
    assert "5000 rows" in DOCUMENT["channels"]["batch"]["description"]


def test_the_document_names_every_channel_once_and_holds_every_schema_it_refers_to() -> None:
    addresses = [channel["address"] for channel in DOCUMENT["channels"].values()]
    assert len(set(addresses)) == len(addresses)
    assert all(address.startswith("casevac/v1/{device}/") for address in addresses)
    assert set(DOCUMENT["channels"]["event"]["messages"]) == FIELD_KINDS

    def refs(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [ref for inner in value.values() for ref in refs(inner)]
        return [ref for inner in value for ref in refs(inner)] if isinstance(value, list | tuple) else []

    for ref in refs(DOCUMENT):
        found: object = DOCUMENT
        for step in ref.removeprefix("#/").split("/"):
            assert isinstance(found, dict)
            found = found[step]


def test_an_unknown_message_names_those_there_are() -> None:
    with pytest.raises(BadSetting, match=r"known: .*alert_raised"):
        contract.schema("alarm")

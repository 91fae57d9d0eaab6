"""Captured packets of every dialect, and what each says: tests/packets/DIALECT/NAME.json.

A packet is JSON: `topic`, one of `payload` (JSON), `text` or `hex`, and `says`, the readings in short, as
`said` below tells them. `enrolled` names who speaks (device -> {"topics", "map", "speaks_for", "dialect"});
without it, a device of the dialect named `dev` on the topics of the table. `source` says where the form of
the packet is public, or how it was made.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from casevac.enrolled import Enrolled
from casevac.mission import Enrolment
from casevac.shipped import shipped
from tracker import dialects
from tracker.wire import FieldEvent, Kept, Message, Reading, Report, Status

PACKETS = Path(__file__).parents[1] / "packets"
NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
FILES = sorted(PACKETS.glob("*/*.json"))
_MEASURED = ("altitude", "accuracy", "speed", "course", "battery")


def enrolled(dialect: str, packet: dict) -> Enrolled:
    """Who is enrolled when a packet comes."""
    told = packet.get("enrolled") or {"dev": {}}
    known = {}
    for name, one in told.items():
        spoken = one.get("dialect", dialect)
        usual = [each.format(name=name) for each in dialects.DIALECTS[spoken].topics]
        text = (shipped("gateways") / f"{one['map']}.json").read_text() if "map" in one else ""
        topics = tuple(one.get("topics", usual))
        known[name] = Enrolment(
            "m",
            dialect=spoken,
            topics=topics,
            mapping=text,
            speaks_for=one.get("speaks_for", {}),
        )
        for other in one.get("speaks_for", {}).values():
            known.setdefault(other, Enrolment("m"))
    return Enrolled(known)


def payload(packet: dict) -> bytes:
    """The bytes of a packet."""
    if "hex" in packet:
        return bytes.fromhex(packet["hex"])
    return packet["text"].encode() if "text" in packet else json.dumps(packet["payload"]).encode()


def said(reading: Reading) -> dict:
    """A reading in short."""
    match reading:
        case Report(fix):
            told = {"device": fix.device, "at": f"{fix.at:%FT%TZ}", "lon": fix.lon, "lat": fix.lat}
            if fix.sent_at is not None:
                told["sent"] = f"{fix.sent_at:%FT%TZ}"
            more = {name: getattr(fix, name) for name in _MEASURED}
            told |= {name: round(value, 3) for name, value in more.items() if value is not None}
            return told | ({"flags": list(fix.flags)} if fix.flags else {})
        case FieldEvent():
            return {"device": reading.device, "event": reading.body.__struct_config__.tag}
        case Status():
            return {"device": reading.device, "online": reading.online}
        case Kept():
            return {"device": reading.device, "kept": reading.what}
        case _:
            return {"device": reading.device, "aside": reading.reason}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_captured_packet_says_what_it_said(path: Path) -> None:
    packet = json.loads(path.read_text())
    message = Message(
        packet["topic"], payload(packet), datetime.fromisoformat(packet.get("received", NOW.isoformat()))
    )
    known = enrolled(path.parent.name, packet)
    assert [said(one) for one in dialects.read(message, known)] == packet["says"]
    assert packet["source"]


def test_every_dialect_has_packets() -> None:
    assert {path.parent.name for path in FILES} >= set(dialects.DIALECTS)

"""Meshtastic in a real store: one row for a packet heard three times, what a gateway may say, blur."""

from datetime import UTC, datetime, timedelta

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from meshtastic.protobuf import atak_pb2, mesh_pb2, mqtt_pb2, portnums_pb2

from casevac.enrolled import Enrolled
from casevac.errors import BadMessage
from casevac.mission import Enrolment, Mission, Profile
from casevac.quality import BLURRED, spread_m
from casevac.store import asides, dialogues, dictionaries, fixes, keeping, log, missions
from casevac.store.asides import Wanted
from casevac.store.connection import Connection
from casevac.store.dialogues import Speech
from casevac.terms import MissionKind
from tests.packets.make_meshtastic import LAT, LON, NODE, casevac, envelope, metrics, position
from tracker import dialects, intake
from tracker.dialects import protobuf, tak_packet
from tracker.dialects.meshtastic import read
from tracker.judging import Judge
from tracker.reread import again
from tracker.stages import Stages
from tracker.wire import FieldEvent, Message, Reading, Report, Unreadable

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
GATEWAYS = {"gw-1": "!a1b2c3d4", "gw-2": "!a1b2c3d5", "gw-3": "!a1b2c3d6"}
POSITION = portnums_pb2.PortNum.POSITION_APP


@pytest.fixture
def mesh(db: Connection) -> Connection:
    """A mission with three gateways, a node under all of them, and one under none."""
    with db:
        missions.open_mission(db, Mission("m", "Test", MissionKind.EXERCISE, Profile()), NOW)
        for name in ("trk-7", "trk-8", *GATEWAYS):
            missions.enrol(db, "m", name, None, NOW)
        for name, number in GATEWAYS.items():
            dialogues.speaks(db, name, Speech("meshtastic", (f"msh/+/2/+/+/{number}",)))
        under = tuple((name, f"{NODE:08x}") for name in GATEWAYS)
        dialogues.speaks(db, "trk-7", Speech(under=under))
    return db


def heard(payload: bytes, gateway: str = "gw-1", later_s: float = 0.0, **packet: object) -> Message:
    """A packet as a gateway published it."""
    number = GATEWAYS[gateway]
    told = envelope(POSITION, payload, gateway=number, **packet)
    return Message(f"msh/EU_868/2/e/LongFast/{number}", told, NOW + timedelta(seconds=later_s), token=1)


def take(db: Connection, *messages: Message, judge: Judge | None = None) -> tuple[intake.Receipts, dict]:
    """What the door does with messages: its receipts, and what it counted."""
    stages = Stages()
    with db:
        rights = missions.enrolments(db)
    receipts = intake.take(db, list(messages), rights, {}, stages, judge or Judge())
    return receipts, stages.snapshot()


@pytest.mark.parametrize("timed", [True, False], ids=["with a time of its own", "without"])
@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
def test_a_packet_through_three_gateways_is_one_row(mesh: Connection, timed: bool, together: bool) -> None:
    told = position() if timed else position(time=0, timestamp=0)
    copies = [
        heard(told, name, place, rx_time=1795323558 + place, rx_rssi=-90 - place)
        for place, name in enumerate(GATEWAYS)
    ]
    other = heard(told, "gw-1", 9, rx_time=1795323570, id=5)
    batches = [[*copies, other]] if together else [[one] for one in (*copies, other)]
    told_all = [take(mesh, *batch) for batch in batches]
    assert all(not receipts for receipts, _ in told_all)
    assert sum(counted["reports"] for _, counted in told_all) == 2
    assert sum(counted["duplicates"] for _, counted in told_all) == 2
    assert len(fixes.reports(mesh, "trk-7", 10)) == 2
    assert not asides.counts(mesh)


def test_a_gateway_speaks_for_its_own_nodes_only(mesh: Connection) -> None:
    with mesh:
        dialogues.speaks(mesh, "trk-8", Speech(under=(("gw-2", "!7efeee01"),)))
    stranger = {"from": NODE + 1}
    _, counted = take(mesh, heard(position(), "gw-1", **stranger), heard(position(), "gw-2", 1, **stranger))
    assert counted["set_aside"]["not_allowed"] == 1
    assert len(fixes.reports(mesh, "trk-8", 10)) == 1
    assert not fixes.reports(mesh, "trk-7", 10)


def test_a_blurred_position_is_a_circle(mesh: Connection) -> None:
    take(mesh, heard(position(precision_bits=16)))
    fix = fixes.latest(mesh, "m")["trk-7"]
    assert BLURRED in fix.flags
    assert 500 < spread_m(fix) < 530


def test_what_a_gateway_cannot_have_heard_disturbs_nobody(mesh: Connection) -> None:
    garbage = [b"", b"\x0a", b"\xff" * 300, bytes(5000), b"{", envelope(POSITION, b"\x0a\x7f")]
    messages = [Message("msh/EU_868/2/e/LongFast/!a1b2c3d4", raw, NOW) for raw in garbage]
    messages.append(Message("msh/EU_868/2/json/LongFast/!a1b2c3d4", b'{"from":1e99}', NOW))
    messages.append(Message("msh/EU_868/2/x/LongFast/!a1b2c3d4", b"", NOW))
    _, counted = take(mesh, *messages, heard(position()))
    assert counted["reports"] == 1
    assert sum(counted["set_aside"].values()) == len(messages)


def test_a_speed_in_the_wrong_unit_is_flagged_and_disturbs_nobody(mesh: Connection) -> None:
    """A node whose phone tells m/s where the firmware of others writes km/h."""
    judge, start = Judge(), 1795323600 - 1200
    for n in range(20):  # 14 m/s to the north
        told = position(latitude_i=LAT + n * 7546, timestamp=start + n * 60, ground_speed=14)
        take(mesh, heard(told, id=100 + n), judge=judge)
    flags = [one["flags"] for one in sorted(fixes.reports(mesh, "trk-7", 50), key=lambda one: one["at"])]
    assert flags[0] == []
    assert flags[-1] == ["speed"]
    assert all(one in ([], ["speed"]) for one in flags)


def test_the_battery_of_telemetry_is_that_of_the_next_position(mesh: Connection) -> None:
    judge, now = Judge(), 1795323600 - 60
    port = portnums_pb2.PortNum.TELEMETRY_APP
    take(mesh, heard(position(timestamp=now)), judge=judge)
    take(mesh, words(metrics(), port, "gw-1", id=50), words(metrics(), port, "gw-2", id=50), judge=judge)
    take(mesh, heard(position(timestamp=now + 5), id=51), judge=judge)
    with mesh:
        (told,) = keeping.kept(mesh, "trk-7")
    assert (told.what, told.raw) == ("telemetry", metrics())
    assert fixes.latest(mesh, "m")["trk-7"].battery == 81
    take(mesh, heard(b"", "gw-1"), judge=judge)  # a packet of which nothing is known disturbs nothing
    assert fixes.latest(mesh, "m")["trk-7"].battery == 81


def test_words_by_radio_are_in_the_watch_log_once(mesh: Connection) -> None:
    said, cried = b"two walking at the \xe2\x80\xae bridge\x00", b"under fire"
    for place, gateway in enumerate(GATEWAYS):
        take(mesh, words(said, portnums_pb2.PortNum.TEXT_MESSAGE_APP, gateway, rx_time=1795323558 + place))
        take(mesh, words(cried, portnums_pb2.PortNum.ALERT_APP, gateway, id=6))
    written = log.read(mesh, "m", kinds=["watch_entry_made"])
    assert [(one.actor, one.body.flag.value) for one in written] == [("trk-7", "note"), ("trk-7", "urgent")]
    assert written[0].body.text == "By radio: two walking at the \u202e bridge\ufffd"
    assert len({one.body.entry for one in written}) == 2


def words(said: bytes, port: int, gateway: str, **packet: object) -> Message:
    """Words as a gateway published them."""
    number = GATEWAYS[gateway]
    return Message(f"msh/EU_868/2/e/LongFast/{number}", envelope(port, said, gateway=number, **packet), NOW)


# --- against the published package


ENROLLED = Enrolled(
    {
        "gw-1": Enrolment("m", topics=("msh/+/2/+/+/!a1b2c3d4",), speaks_for={f"!{NODE:08x}": "trk-7"},
                          dialect="meshtastic"),
        "trk-7": Enrolment("m"),
    }
)  # fmt: skip
_WORD = st.integers(0, 2**32 - 1)


@given(
    lat=st.integers(-900_000_000, 900_000_000).filter(lambda one: abs(one) > 1000),
    lon=st.integers(-1_800_000_000, 1_800_000_000),
    altitude=st.integers(-1000, 100_000),
    time=st.integers(946_684_800, 1_795_323_600),
    speed=st.integers(0, 5000),
    number=_WORD,
)
def test_what_the_package_encodes_is_read_as_it_was(
    lat: int, lon: int, altitude: int, time: int, speed: int, number: int
) -> None:
    told = position(latitude_i=lat, longitude_i=lon, altitude=altitude, timestamp=time, ground_speed=speed)
    raw = envelope(POSITION, told, id=number, public_key=number.to_bytes(4, "big"))
    (said,) = dialects.read(Message("msh/EU_868/2/e/L/!a1b2c3d4", raw, NOW), ENROLLED)
    assert isinstance(said, Report)
    fix = said.position
    assert (fix.lat, fix.lon, fix.altitude) == (lat / 1e7, lon / 1e7, altitude)
    assert fix.at.timestamp() == time
    assert fix.speed == speed / 3.6


@given(st.binary(max_size=200))
def test_the_fields_of_any_bytes_are_those_that_protobuf_finds(raw: bytes) -> None:
    """Whatever we take, the package's own parser takes, and finds the same numbers."""
    try:
        numbers, chunks = protobuf.fields(raw)
    except BadMessage:
        return
    try:
        theirs = mesh_pb2.Waypoint.FromString(raw)
    except Exception:  # noqa: BLE001  their parser also looks into texts and groups
        return
    assert theirs.id == protobuf.uint32(numbers.get(protobuf.tag(1, 0), 0))
    assert theirs.latitude_i == (protobuf.sfixed32(chunks, protobuf.tag(2, 5)) or 0)
    assert theirs.name == protobuf.text(chunks.get(protobuf.tag(6, 2)))


@given(st.lists(st.tuples(st.text(max_size=9), st.text(max_size=300)), max_size=5), st.integers(0, 10_000))
def test_every_zmist_of_a_report_is_found(mists: list[tuple[str, str]], litter: int) -> None:
    report = atak_pb2.CasevacReport(litter_patients=litter)
    for title, injury in mists:
        report.zmist.add(title=title, i=injury)
    told, found = tak_packet.medevac(report.SerializeToString())
    wanted = [{"title": title, "i": injury} for title, injury in mists]
    assert found == [
        {name: text.replace("\x00", "\ufffd") for name, text in one.items() if text} for one in wanted
    ]
    assert told == ({"litter": str(litter)} if litter else {})


def test_a_9_line_in_the_names_that_atak_has() -> None:
    report = atak_pb2.CasevacReport(
        precedence=3, equipment_flags=0b10, litter_patients=2, ambulatory_patients=1, security=4,
        hlz_marking=1, us_civilian=1, epw=2, terrain_flags=0b100001, terrain_other_detail="stumps",
        medline_remarks="hurry",
    )  # fmt: skip
    told, mists = tak_packet.medevac(report.SerializeToString())
    assert not mists
    assert told == {
        "precedence": "priority", "hoist": "true", "litter": "2", "ambulatory": "1", "security": "3",
        "hlz_marking": "0", "us_civilian": "1", "epw": "2", "terrain_slope": "true", "terrain_other": "true",
        "terrain_other_detail": "stumps", "medline_remarks": "hurry",
    }  # fmt: skip


def test_a_9_line_over_radio_is_a_request_with_its_casualties_once(mesh: Connection) -> None:
    for gateway in GATEWAYS:
        take(
            mesh,
            words(casevac(), portnums_pb2.PortNum.ATAK_PLUGIN_V2, gateway, rx_time=1795323558 + len(gateway)),
        )
    take(
        mesh, words(casevac(), portnums_pb2.PortNum.ATAK_PLUGIN_V2, "gw-1", id=9)
    )  # sent again by its author
    sent, again_ = log.read(mesh, "m", kinds=["nine_line_sent"])
    body = sent.body
    assert (again_.body.request, again_.body.casualties) == (body.request, body.casualties)
    assert (sent.actor, body.callsign, body.frequency) == ("trk-7", "EAGLE", "38.90")
    assert (round(body.lat, 7), body.lon) == (4.39857, 18.5188)
    assert {one.value: count for one, count in body.precedences.items()} == {"urgent": 2, "priority": 1}
    assert (body.litter, body.ambulatory, len(body.casualties)) == (2, 1, 3)
    assert (body.security.value, body.marking.value) == ("possible", "smoke")
    assert "two urgent, one walks" in body.remarks
    mists = [one.body for one in log.read(mesh, "m", kinds=["mist_reported"])]
    assert [one.injuries for one in mists] == ["left leg off", "chest"]
    assert {one.casualty for one in mists} < set(body.casualties)


@pytest.mark.parametrize(
    ("report", "wanted"),
    [
        ({"precedence": 4, "urgent_count": 2, "litter_patients": 5}, {"urgent": 2}),
        ({"precedence": 2, "litter_patients": 2, "ambulatory_patients": 1}, {"urgent_surgical": 3}),
        ({"precedence": 3}, {"priority": 1}),
    ],
    ids=["counts win over the word of an older sender", "the word of all", "a word alone"],
)
def test_how_many_are_how_urgent(report: dict, wanted: dict[str, int]) -> None:
    (said,) = tak(casevac=atak_pb2.CasevacReport(**report))
    assert isinstance(said, FieldEvent)
    assert {one.value: count for one, count in said.body.precedences.items()} == wanted


def test_an_emergency_over_radio_raises_an_alert() -> None:
    (said,) = tak(emergency=atak_pb2.EmergencyAlert(type=1))
    assert isinstance(said, FieldEvent)
    assert (said.body.who, said.body.what, said.body.how_many) == ("MEDIC 2", "911 alert", 1)
    (over,) = tak(emergency=atak_pb2.EmergencyAlert(type=6))
    assert isinstance(over, FieldEvent)
    assert over.body.text == "Emergency of MEDIC 2 CANCELLED by its sender, confirm"


def packed(dictionary: bytes, *, magic: bool = False, number: int = 0, raw: bytes | None = None) -> bytes:
    """A TAK packet as senders pack it: by a dictionary, with as short a frame as there is."""
    plain = casevac()[1:] if raw is None else raw
    parameters = zstandard.ZstdCompressionParameters.from_level(
        19, write_dict_id=False, write_content_size=False, write_checksum=False
    )
    made = zstandard.ZstdCompressor(
        dict_data=zstandard.ZstdCompressionDict(dictionary), compression_params=parameters
    )
    frame = made.compress(plain)
    return bytes((number,)) + (frame if magic else frame[4:])


def test_what_is_packed_waits_until_the_mission_supplies_the_dictionary(mesh: Connection) -> None:
    dictionary = (casevac() + b"two urgent litter patients smoke on approach") * 20
    port = portnums_pb2.PortNum.ATAK_PLUGIN_V2
    take(mesh, words(packed(dictionary), port, "gw-1"))
    (why,) = asides.counts(mesh)
    assert why
    assert not log.read(mesh, "m", kinds=["nine_line_sent"])
    with mesh:
        dictionaries.supply(mesh, "m", 1, b"another dictionary")
        dictionaries.supply(mesh, "m", 0, dictionary)
    again(mesh, Wanted())
    assert len(log.read(mesh, "m", kinds=["nine_line_sent"])) == 1
    assert len(log.read(mesh, "m", kinds=["mist_reported"])) == 2
    assert not asides.after(mesh, Wanted(), 0, 10)


@pytest.mark.parametrize("magic", [True, False])
def test_a_packed_packet_is_read_with_the_head_of_its_frame_and_without(magic: bool) -> None:
    dictionary = casevac() * 5
    assert len(packed(dictionary, magic=magic)) < len(casevac())
    kinds = [type(one) for one in by_dictionary(packed(dictionary, magic=magic), dictionary)]
    assert kinds == [FieldEvent] * 3


@pytest.mark.parametrize(
    "payload",
    [
        packed(b"x" * 99, raw=bytes(100_000)),
        bytes.fromhex("00d05b5b5b5b5b5b5b5b") + b"[" * 60,
        b"\x00" + bytes(30),
        b"\x00\x28\xb5\x2f\xfd",
        b"\x00" + b"\xff" * 60,
    ],
    ids=["a bomb", "a size of terabytes", "zeros", "a head alone", "ones"],
)
def test_what_cannot_be_unpacked_is_named(payload: bytes) -> None:
    (said,) = by_dictionary(payload, b"x" * 99)
    assert isinstance(said, Unreadable)
    assert "not unpacked by dictionary 0" in said.reason or "bytes; 4096 are enough" in said.reason


def by_dictionary(payload: bytes, dictionary: bytes) -> list[Reading]:
    """What is read of port 78 in a mission that supplied this dictionary."""
    known = Enrolled(ENROLLED)
    known.dictionaries = {("m", 0): dictionary}
    return dialects.read(words(payload, portnums_pb2.PortNum.ATAK_PLUGIN_V2, "gw-1"), known)


def tak(**variant: object) -> list[Reading]:
    """What is read of a TAKPacketV2, uncompressed."""
    packet = atak_pb2.TAKPacketV2(callsign="MEDIC 2", latitude_i=LAT, longitude_i=LON, **variant)
    return dialects.read(
        words(b"\xff" + packet.SerializeToString(), portnums_pb2.PortNum.ATAK_PLUGIN_V2, "gw-1"), ENROLLED
    )


@pytest.mark.parametrize(
    "topic",
    [
        "msh/EU_868/2/e/LongFast",
        "msh/2/map/",
        "msh/EU_868/2/stat/LongFast/!a1b2c3d4",
        "!a1b2c3d4",
        "2/e/L/a1b2",
    ],
)
def test_a_topic_that_names_no_gateway_is_refused(topic: str) -> None:
    speaker = ENROLLED.speaker("msh/EU_868/2/e/LongFast/!a1b2c3d4")
    assert speaker is not None
    with pytest.raises(BadMessage, match="topic is not msh"):
        read(Message(topic, b"", NOW), speaker)


def test_an_envelope_within_an_envelope_says_nothing_twice() -> None:
    """A field that comes twice counts by its last value, as every reader of the format does."""
    inner = mqtt_pb2.ServiceEnvelope.FromString(envelope(POSITION, position()))
    raw = envelope(POSITION, position(latitude_i=1_000_000)) + inner.SerializeToString()
    (said,) = dialects.read(Message("msh/EU_868/2/e/L/!a1b2c3d4", raw, NOW), ENROLLED)
    assert isinstance(said, Report)
    assert (said.position.lat, said.position.lon) == (LAT / 1e7, LON / 1e7)

"""Makes tests/packets/meshtastic/*.json by the package `meshtastic`: python -m tests.packets.make_meshtastic

The package encodes, we decode: neither knows the other. What each packet says is written here by hand, from
the published meaning of its fields, never by our decoder.
"""

import json
from collections.abc import Callable
from pathlib import Path

from meshtastic.protobuf import atak_pb2, mesh_pb2, mqtt_pb2, portnums_pb2, telemetry_pb2

FOLDER = Path(__file__).parent / "meshtastic"
NODE, HIGH, OTHER, GATEWAY, SECOND = 0x7EFEEE00, 0xFEFEEE02, 0x7EFEEE01, "!a1b2c3d4", "!a1b2c3d5"
HEARD = 1795323558  # 2026-11-22T04:59:18Z
FIXED = 1795323550  # 2026-11-22T04:59:10Z
LAT, LON = 43_984_800, 185_188_000
PLACE = {"device": "trk-7", "at": "2026-11-22T04:59:10Z", "lon": 18.5188, "lat": 4.39848}
NODES = {"!7efeee00": "trk-7", "fefeee02": "trk-7"}
ENROLLED = {
    name: {"topics": [f"msh/+/2/+/+/{gateway}"], "speaks_for": NODES, "dialect": "meshtastic"}
    for name, gateway in (("gw-1", GATEWAY), ("gw-2", SECOND))
}
BINARY, TEXTUAL = "msh/EU_868/2/e/LongFast/", "msh/EU_868/2/json/LongFast/"
PLAIN = {**PLACE, "altitude": 394}
MOVING = {**PLAIN, "speed": 11.667, "course": 271.3}
PORTS = portnums_pb2.PortNum
ADD = "casevac device add NAME"
SUPPLY = "run: casevac dialect dictionary 0 FILE"
MADE = "meshtastic 2.7.11 (PyPI), mesh_pb2 and mqtt_pb2, values of our own"
WRITTEN = (
    "JSON of firmware to 2.7, https://meshtastic.org/docs/software/integrations/mqtt/, values of our own"
)


def envelope(port: int, payload: bytes, *, gateway: str = GATEWAY, **packet: object) -> bytes:
    """What a gateway publishes of a packet."""
    told = mesh_pb2.MeshPacket(
        **{"from": NODE, "to": 0xFFFFFFFF, "id": 3_735_928_559, "channel": 8, "rx_time": HEARD,
           "rx_snr": 6.25, "rx_rssi": -97, "hop_limit": 3, "hop_start": 3, **packet}
    )  # fmt: skip
    if not told.encrypted:
        told.decoded.portnum = port
        told.decoded.payload = payload
        told.decoded.bitfield = 1
    return mqtt_pb2.ServiceEnvelope(
        packet=told, channel_id="LongFast", gateway_id=gateway
    ).SerializeToString()


def position(**fields: object) -> bytes:
    """A position, the usual one but for `fields`."""
    usual = {"latitude_i": LAT, "longitude_i": LON, "altitude": 394, "time": FIXED + 2, "timestamp": FIXED,
             "PDOP": 140, "sats_in_view": 9, "precision_bits": 32, "seq_number": 17}  # fmt: skip
    return mesh_pb2.Position(**{**usual, **fields}).SerializeToString()


def casevac() -> bytes:
    """A 9-line over radio as an older and a newer sender tell it at once, uncompressed."""
    report = atak_pb2.CasevacReport(
        precedence=1, equipment_flags=0b11000, litter_patients=2, ambulatory_patients=1, security=2,
        hlz_marking=3, zone_marker="green smoke", non_us_military=2, non_us_civilian=1,
        terrain_flags=0b010001, terrain_slope_dir="NE", frequency="38.90", title="EAGLE.22.0459",
        medline_remarks="two urgent, one walks",
        urgent_count=2, priority_count=1,
    )  # fmt: skip
    report.zmist.add(title="ZMIST1", z="B1", m="mine", i="left leg off", s="pulse 130", t="tourniquet 0450")
    report.zmist.add(title="ZMIST2", z="B2", m="mine", i="chest", s="breathing 30", t="chest seal")
    packet = atak_pb2.TAKPacketV2(
        cot_type_id=26, how=3, callsign="EAGLE", latitude_i=LAT + 900, longitude_i=LON, uid="EAGLE-uid-1",
        casevac=report, remarks="",
    )  # fmt: skip
    return b"\xff" + packet.SerializeToString()


def tak_place() -> bytes:
    """A position report of ATAK: cm/s, 1/100 degree."""
    packet = atak_pb2.TAKPacketV2(
        cot_type_id=1, how=2, callsign="MEDIC 2", latitude_i=LAT, longitude_i=LON, altitude=405, speed=1250,
        course=9050, battery=77, uid="medic-2",
    )  # fmt: skip
    return b"\xff" + packet.SerializeToString()


def tak_first() -> bytes:
    """The same as older firmware sends it: m/s, degrees."""
    packet = atak_pb2.TAKPacket()
    packet.contact.callsign = "MEDIC 2"
    packet.status.battery = 55
    packet.pli.latitude_i, packet.pli.longitude_i = LAT, LON
    packet.pli.altitude, packet.pli.speed, packet.pli.course = 394, 12, 271
    return packet.SerializeToString()


def binary(port: int, payload: bytes, *says: dict, **how: object) -> dict:
    """A packet as protobuf, on the topic of the gateway that publishes it."""
    gateway = str(how.get("gateway", GATEWAY))
    topic = str(how.pop("topic", BINARY + gateway))
    return {"source": MADE, "topic": topic, "hex": envelope(port, payload, **how).hex(), "says": list(says)}


def textual(payload: dict, *says: dict, gateway: str = GATEWAY) -> dict:
    """A packet as JSON."""
    told = {"channel": 0, "from": NODE, "to": 4294967295, "id": 3735928559, "sender": gateway,
            "timestamp": HEARD, **payload}  # fmt: skip
    return {"source": WRITTEN, "topic": TEXTUAL + gateway, "payload": told, "says": list(says)}


def metrics() -> bytes:
    """A node's battery."""
    told = telemetry_pb2.Telemetry(time=FIXED)
    told.device_metrics.battery_level = 81
    told.device_metrics.voltage = 3.97
    return told.SerializeToString()


def kept(what: str) -> dict:
    """What is said of a packet that is kept as it came."""
    return {"device": "trk-7", "kept": what}


def entry() -> dict:
    """What is said of words for a person."""
    return {"device": "trk-7", "event": "watch_entry_made"}


def nine_line() -> list[dict]:
    """What is said of a 9-line with two ZMISTs."""
    kinds = ("nine_line_sent", "mist_reported", "mist_reported")
    return [{"device": "trk-7", "event": one} for one in kinds]


def aside(reason: str) -> dict:
    """What is said of a packet that is set aside."""
    return {"device": "gw-1", "aside": reason}


def packets() -> dict[str, dict]:
    """Every packet by its name."""
    return {**positions(), **strangers(), **messages(), **carried(), **texts()}


def positions() -> dict[str, dict]:
    """Where a node is, in every unit that firmware wrote it in."""
    return {
        "position": binary(PORTS.POSITION_APP, position(), PLAIN),
        "position_moving_kmh_and_1e5_degree": binary(
            PORTS.POSITION_APP, position(ground_speed=42, ground_track=27_130_000), MOVING
        ),
        "position_moving_hundredths_of_a_degree": binary(
            PORTS.POSITION_APP, position(ground_speed=42, ground_track=27_130), MOVING
        ),
        "position_with_the_receivers_constant": binary(
            PORTS.POSITION_APP, position(gps_accuracy=3000), {**PLAIN, "accuracy": 4.2}
        ),
        "position_blurred": binary(
            PORTS.POSITION_APP, position(precision_bits=13),
            {**PLAIN, "accuracy": 4120.867, "flags": ["blurred"]},
        ),
        "position_without_time": binary(
            PORTS.POSITION_APP, position(time=0, timestamp=0), {**PLAIN, "at": "2026-11-22T04:59:18Z"}
        ),
        "position_without_any_time": binary(
            PORTS.POSITION_APP, position(time=0, timestamp=0), {**PLAIN, "at": "2026-11-22T05:00:00Z"},
            rx_time=0,
        ),
        "position_by_a_second_gateway": binary(
            PORTS.POSITION_APP, position(), PLAIN, gateway=SECOND, rx_time=HEARD + 2
        ),
        "position_south_west": binary(
            PORTS.POSITION_APP, position(latitude_i=-338_583_333, longitude_i=-1_512_100_000, altitude=-12),
            {**PLACE, "lat": -33.8583333, "lon": -151.21, "altitude": -12},
        ),
        "position_without_fix": binary(
            PORTS.POSITION_APP, mesh_pb2.Position(time=FIXED).SerializeToString(),
            aside("a position without coordinates: the node has no fix"),
        ),
    }  # fmt: skip


def strangers() -> dict[str, dict]:
    """Who may not say this, and what nobody here can read."""
    return {
        "node_of_somebody_else": binary(
            PORTS.POSITION_APP, position(),
            aside(f"gw-1 may speak for no '7efeee01'; run: {ADD} --under gw-1 --id 7efeee01"),
            **{"from": OTHER},
        ),
        "gateway_on_anothers_topic": binary(
            PORTS.POSITION_APP, position(), aside("gateway !a1b2c3d5 on the topic of !a1b2c3d4"),
            gateway=SECOND, topic=BINARY + GATEWAY,
        ),
        "encrypted": binary(
            0, b"", aside("encrypted: let the gateway publish decrypted packets (MQTT module)"),
            encrypted=bytes(range(48)),
        ),
    }  # fmt: skip


def messages() -> dict[str, dict]:
    """What nodes send beside positions."""
    user = mesh_pb2.User(id="!7efeee00", long_name="Medic 2", short_name="MED2", hw_model=43)
    waypoint = mesh_pb2.Waypoint(id=5, latitude_i=LAT, longitude_i=LON, name="HLS")
    return {
        "text": binary(PORTS.TEXT_MESSAGE_APP, b"two walking at the bridge", entry()),
        "alert": binary(PORTS.ALERT_APP, b"under fire", entry()),
        "node_info": binary(PORTS.NODEINFO_APP, user.SerializeToString(), kept("node_info")),
        "telemetry": binary(PORTS.TELEMETRY_APP, metrics(), kept("telemetry")),
        "waypoint": binary(PORTS.WAYPOINT_APP, waypoint.SerializeToString(), kept("waypoint")),
        "port_of_nobody": binary(400, b"\x01\x02", kept("port_400")),
    }  # fmt: skip


def carried() -> dict[str, dict]:
    """Packets of TAK, carried by nodes."""
    return {
        "tak_position": binary(
            PORTS.ATAK_PLUGIN_V2, tak_place(),
            {**PLACE, "at": "2026-11-22T04:59:18Z", "altitude": 405, "speed": 12.5, "course": 90.5,
             "battery": 77},
        ),
        "tak_position_of_older_firmware": binary(
            PORTS.ATAK_PLUGIN, tak_first(),
            {**PLACE, "at": "2026-11-22T04:59:18Z", "altitude": 394, "speed": 12.0, "course": 271.0,
             "battery": 55},
        ),
        "tak_compressed": binary(
            PORTS.ATAK_PLUGIN_V2, b"\x00" + bytes(range(40)),
            aside(f"TAK packet: compressed with dictionary 0, which this mission has not; {SUPPLY}"),
        ),
        "tak_casevac": binary(PORTS.ATAK_PLUGIN_V2, casevac(), *nine_line()),
        "garbage": {
            "source": "bytes of our own", "topic": BINARY + GATEWAY, "hex": "0aff01ff",
            "says": [aside("protobuf: cut short")],
        },
    }  # fmt: skip


def texts() -> dict[str, dict]:
    """The JSON of older gateways."""
    return {
        "json_position": textual(
            {"type": "position", "payload": {"latitude_i": LAT, "longitude_i": LON, "altitude": 394,
             "time": FIXED, "ground_speed": 42, "ground_track": 27130000, "sats_in_view": 9, "PDOP": 140}},
            MOVING,
        ),
        "json_position_of_old_firmware": textual(
            {"from": HIGH - 2**32, "id": 3735928559 - 2**32, "to": -1, "type": "position",
             "payload": {"latitude_i": LAT, "longitude_i": LON, "time": FIXED}},
            PLACE,
        ),
        "json_position_in_degrees": textual(
            {"type": "position", "payload": {"latitude_i": 4, "longitude_i": 18, "time": FIXED}},
            aside("latitude_i 4, longitude_i 18: these are degrees, not 1e-7 degree"),
        ),
        "json_text": textual({"type": "text", "payload": {"text": "two walking"}}, entry()),
        "json_telemetry": textual(
            {"type": "telemetry", "payload": {"battery_level": 81, "voltage": 3.97}}, kept("telemetry")
        ),
        "json_encrypted": textual(
            {"type": "", "payload": {}},
            aside("encrypted, or of a kind that this firmware does not write as JSON"),
        ),
    }  # fmt: skip


def main(write: Callable[[Path, str], object] = lambda path, told: path.write_text(told)) -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, packet in packets().items():
        write(FOLDER / f"{name}.json", json.dumps({**packet, "enrolled": ENROLLED}, indent=1) + "\n")


if __name__ == "__main__":
    main()

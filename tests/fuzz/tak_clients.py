"""The dialect of TAK clients as decoders of any bytes: both forms, streams of them, the 9-line of ATAK."""

import json
import math
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import atheris
import msgspec

from casevac.enrolled import Enrolled
from casevac.errors import CasevacError
from casevac.mission import Enrolment
from tracker import dialects
from tracker.allowed import refuse_nul
from tracker.dialects import cot, medevac, tak
from tracker.dialects.cot import Node
from tracker.wire import FieldEvent, Message, Report

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
_PACKETS = Path(__file__).parents[1] / "packets" / "cot"
_KNOWN = Enrolled({"tak": Enrolment("m", dialect="cot", topics=("cot/tak/#",))})


def tak_client(raw: bytes) -> None:
    """Whatever comes is read or named; what is read can be kept."""
    with suppress(CasevacError):
        for frame in tak.Frames().feed(raw):
            cot.write(frame.read())
    for said in dialects.read(Message("cot/tak/-/1795323580", raw, NOW), _KNOWN):
        if isinstance(said, Report):
            assert math.isfinite(said.position.lon)
            assert math.isfinite(said.position.lat)
            assert said.position.corrected_at <= NOW
        elif isinstance(said, FieldEvent):
            assert said.occurred_at <= NOW
            refuse_nul(msgspec.to_builtins(said.body))


def nine_line_of_atak(raw: bytes) -> None:
    """As `tak_client`, with bytes that choose the attributes of a 9-line."""
    chosen = atheris.FuzzedDataProvider(raw)
    names = (*medevac.COUNTS, *medevac.EQUIPMENT, *medevac.PATIENTS, "security", "hlz_marking", "litter")
    told = {name: chosen.ConsumeUnicodeNoSurrogates(12) for name in names if chosen.ConsumeBool()}
    rows = [
        Node("zMist", {name: chosen.ConsumeUnicodeNoSurrogates(20) for name in ("title", "z", "m")})
        for _ in range(chosen.ConsumeIntInRange(0, 4))
    ]
    one = cot.Cot(
        uid="u", type="b-r-f-h-c", how="h-g", time=NOW, start=NOW, stale=NOW, lat=1.0, lon=2.0,
        detail=[Node("_medevac_", told, [Node("zMistsMap", {}, rows)])],
    )  # fmt: skip
    tak_client(cot.write(one))
    with suppress(UnicodeError):  # protobuf is not written of what it cannot hold
        tak_client(tak.streamed(tak.write(one)))


def _bytes_of(path: Path) -> bytes:
    told = json.loads(path.read_text())
    return bytes.fromhex(told["hex"]) if "hex" in told else told["text"].encode()


TAK_SEEDS = [_bytes_of(path) for path in sorted(_PACKETS.glob("*.json"))]

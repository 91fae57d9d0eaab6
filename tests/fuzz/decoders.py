"""Every decoder of what comes from outside, as a function of any bytes that must never fail by surprise.

Each takes bytes and returns nothing; it raises only when the decoder broke its promise: an error that is
none of ours, or a reading that the store could not keep.
"""

import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import atheris
import msgspec

from casevac import methane, mist, nineline, phrases, zap
from casevac.duties import told_fields
from casevac.errors import CasevacError
from casevac.events import FIELD_KINDS
from casevac.mission import Enrolment, FixBounds, Rights
from casevac.quality import Past
from casevac.spot import spot
from casevac.store import packed
from casevac.terms import Role
from geo.degrees import read_degrees
from geo.errors import GeoError
from geo.mgrs import from_mgrs, read_place
from maps.tellings import fields_in, heard_at
from tests.casevac.dialects import US
from tests.fuzz import dialects
from tests.fuzz.promises import NOW, keepable
from tests.fuzz.tak_clients import TAK_SEEDS, nine_line_of_atak, tak_client
from tracker import packets, wire
from tracker.downlink import UNREADABLE, Receipt
from tracker.judging import Settled
from tracker.ordinary import FEW, ordinary
from tracker.packets import Malformed, Parser
from tracker.wire import Message, Report

_ENROLLED = {"trk": Enrolment("m", Rights(Role.COORDINATOR, "mtf-bria"))}
Decoder = Callable[[bytes], None]


def _uplink(channel: str) -> Decoder:
    def decode(raw: bytes) -> None:
        keepable(wire.read(Message(wire.topic("trk", channel), raw, NOW), _ENROLLED))

    return decode


def _shaped(channel: str) -> Decoder:
    """As `_uplink`, with bytes that choose fields and values: so what is nearly right comes too."""
    plain = _uplink(channel)

    def decode(raw: bytes) -> None:
        chosen = atheris.FuzzedDataProvider(raw)
        kind = chosen.PickValueInList(KINDS_TOLD)
        names = ["epoch", "n", "at", "sent", *(field.name for field in told_fields(kind))]
        if channel == "report":
            names = ["epoch", "n", *REPORT]
        told = {name: _value(chosen) for name in names if chosen.ConsumeProbability() < 0.8}
        plain(msgspec.json.encode({"at": "2026-11-22T05:00:00Z", "kind": kind, **told}))

    return decode


def _value(chosen: "atheris.FuzzedDataProvider", depth: int = 0) -> object:
    makers: list[Callable[[], object]] = [
        lambda: chosen.PickValueInList(WORDS),
        lambda: chosen.ConsumeUnicodeNoSurrogates(20),
        chosen.ConsumeRegularFloat,
        lambda: chosen.ConsumeIntInRange(-(2**62), 2**62),
        lambda: chosen.ConsumeIntInRange(-100, 100),
        lambda: chosen.PickValueInList([None, True, False]),
        lambda: [_value(chosen, depth + 1) for _ in range(chosen.ConsumeIntInRange(0, 3))],
        lambda: {chosen.PickValueInList(WORDS): _value(chosen, depth + 1)},
    ]
    return makers[chosen.ConsumeIntInRange(0, 7 if depth < 3 else 5)]()


def _batch(raw: bytes) -> None:
    """A batch as it came, and deflated: each of its rows is read like a report alone."""
    for payload in (raw, zlib.compress(raw, 1)):
        message = Message(wire.topic("trk", "batch"), payload, NOW)
        for one in wire.opened(message, _ENROLLED):
            keepable(wire.read(one, _ENROLLED))


def _packets(raw: bytes) -> None:
    """What a broker might send, in two reads."""
    parser = Parser(1, 1 << 20)
    with suppress(Malformed):
        for chunk in (raw[: len(raw) // 2], raw[len(raw) // 2 :]):
            _, controls = parser.feed(chunk, NOW)
            for control in controls:
                if control.kind == packets.CONNACK:
                    packets.accepted(control.body)
                elif control.kind == packets.SUBACK:
                    packets.refused(control.body)


def _receipt(raw: bytes) -> None:
    with suppress(*UNREADABLE):
        told = msgspec.json.decode(raw, type=Receipt)
        assert isinstance(told.in_runs, tuple)


def _topic(raw: bytes) -> None:
    topic = raw.decode("utf-8", "surrogateescape")
    wire.read(Message(topic, b'{"at":"2026-11-22T04:59:30Z","lon":1,"lat":2}', NOW), _ENROLLED)


def _text(read: Callable[[str], object]) -> Decoder:
    """A reader of text: it answers, or says in one line what it wants."""

    def decode(raw: bytes) -> None:
        text = raw.decode("utf-8", "surrogateescape")
        try:
            read(text)
        except (CasevacError, GeoError) as fault:
            assert str(fault), "an error without words"

    return decode


def _body(raw: bytes) -> None:
    with suppress(CasevacError):
        heard_at(fields_in(raw))


class _Anywhere:
    """Devices of which nothing is in doubt, and which may be anywhere by now."""

    def settled(self, _name: str) -> Settled:
        return Settled(FixBounds(), 1e9, Past(NOW - timedelta(hours=1), 18.0, 4.0))


def _among_others(raw: bytes) -> None:
    """In a full batch of ordinary reports: what is taken with them says the same when read alone."""
    messages = [*_OTHERS, Message(wire.topic("trk", "report"), raw, NOW)]
    found = ordinary(messages, _TWO, _Anywhere())
    assert found is not None
    assert set(found.places.tolist()) >= set(range(len(_OTHERS)))
    if len(found.places) > len(_OTHERS):
        said = wire.read(messages[-1], _TWO)
        assert isinstance(said, Report)
        fix, told = said.position, found.columns.where(found.places == len(_OTHERS))
        assert fix.flags == ()
        assert (fix.epoch, fix.n, fix.lon, fix.lat) == (told.epoch[0], told.n[0], told.lon[0], told.lat[0])
        assert (
            fix.corrected_at
            == fix.at
            == datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(told.at[0]))
        )
        assert told.rows() == packed.rows([fix])[0]


_TWO = {"trk": Enrolment("m"), "other": Enrolment("m")}
_OTHERS = [
    Message(
        wire.topic("other", "report"),
        b'{"epoch":1,"n":%d,"at":"2026-11-22T04:59:59Z","sent":"2026-11-22T05:00:00Z","lon":18.12345,"lat":4}'
        % n,
        NOW,
    )
    for n in range(1, FEW + 1)
]
REPORT = ["at", "sent", "lon", "lat", "alt", "accuracy", "speed", "course", "battery"]
KINDS_TOLD = sorted(FIELD_KINDS)
WORDS = [
    *("T1", "urgent", "icu", "open", "now", "bed", "free", "tracker", "ten_second", "us-atp"),
    *("ZGDF-7KWT", "0000-00BB", "trk", "mtf-bria", "34NFN0939121654"),
    *("2026-11-22T05:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"),
    *("LINE 1 34NFN0939121654 LINE 3 A2", "M: mine I: leg", "\x00", "\u202e", ""),
]
DECODERS: dict[str, Decoder] = {
    "report_shaped": _shaped("report"),
    "event_shaped": _shaped("event"),
    "report": _uplink("report"),
    "report_among_others": _among_others,
    "event": _uplink("event"),
    "status": _uplink("status"),
    "batch": _batch,
    "packets": _packets,
    "receipt": _receipt,
    "topic": _topic,
    "nineline": _text(lambda text: nineline.read(text, US)),
    "methane": _text(methane.read),
    "mist": _text(mist.read),
    "spot": _text(spot),
    "phrase": _text(phrases.read),
    "zap": _text(zap.canonical),
    "grid": _text(from_mgrs),
    "degrees": _text(read_degrees),
    "place": _text(read_place),
    "http_body": _body,
    **dialects.DECODERS,
    "tak_client": tak_client,
    "nine_line_of_atak": nine_line_of_atak,
}
SEEDS: dict[str, list[bytes]] = {
    "tak_client": TAK_SEEDS,
    "report": [
        b'{"epoch":1,"n":4,"at":"2026-11-22T04:59:30Z","lon":18.55,"lat":4.36,"speed":13.9,"battery":81}',
        b'{"at":"2026-11-22T04:59:30+01:00","lon":1e999,"lat":91}',
    ],
    "report_among_others": [
        b'{"epoch":1,"n":4,"at":"2026-11-22T04:59:30Z","sent":"2026-11-22T04:59:31.250Z","lon":18.5512345,"lat":4.36}',
        b'{"epoch":1,"n":4,"at":"2026-02-29T04:59:30+00:00","sent":"2026-11-22T05:00:00Z","lon":18.5512345,"lat":4,'
        b'"alt":1,"accuracy":8,"speed":null,"course":0,"battery":81}',
    ],
    "event": [
        b'{"epoch":1,"n":5,"at":"2026-11-22T05:00:02Z","kind":"alert_raised","who":"P 3","how_many":2}',
        b'{"epoch":1,"n":7,"at":"2026-11-22T05:03:00Z","kind":"nine_line_sent","precedences":{"urgent":1}}',
        b'{"at":"2026-11-22T05:04:00Z","kind":"casualty_triaged","casualty":"ZGDF-7KWT","inputs":{"walking":false}}',
    ],
    "status": [b'{"online":false}', b"online"],
    "batch": [
        b'{"epoch":1,"fields":["n","at","lon","lat"],"rows":[[1,1795323600000,185500000,43600000],[1,10000,5,5]]}',
        b'{"epoch":1,"fields":["n","at","lon","lat","speed"],"rows":[[1,1,1,1,null],[1]]}',
    ],
    "packets": [
        b"\x20\x03\x00\x00\x00\x90\x04\x00\x01\x00\x01\x30\x08\x00\x03a/b\x00hi",
        b"\x32\x0b\x00\x03a/b\x00\x07\x00\x7b\x7d\xff\xff\xff\xff\x7f",
    ],
    "receipt": [b'{"epoch":1,"stored":[4,5],"runs":[[1,9]],"refused":[{"n":6,"reason":"lat"}]}'],
    "topic": [b"casevac/v1/trk/report", b"casevac/v1/trk/\x00"],
    "nineline": [b"LINE 1 34NFN0939121654 LINE 2 38.65 PATROL 3 LINE 3 ALPHA TWO, CHARLIE ONE LINE 5 L2 A1"],
    "methane": [b"M: major incident E: 34NFN0939121654 T: bus crash H: fuel A: south N: 12 T1 3 E: none"],
    "mist": [b"M: mine I: left leg S: pulse 120 T: tourniquet 0505"],
    "phrase": [b"12 km NE of Bria", b"RN2 km 15 from Sibut towards Bambari"],
    "grid": [b"34NDM6408937563", b"34N DM 64 37"],
    "degrees": [b"N06 32.5 E021 59.2", b"063232N 0215911E"],
    "place": [b"20.67565,5.76795", b"34NDM6408937563"],
    "zap": [b"ZGDF-7KWT"],
    "http_body": [b'{"at":"2026-11-22T04:59:00Z","lon":1}'],
    **dialects.SEEDS,
}
HOSTILE: tuple[bytes, ...] = (
    b"",
    b"\x00",
    b"[" * 10_000 + b"]" * 10_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b'{"epoch":1,"n":1,"at":"2026-11-22T05:00:00Z","lon":NaN,"lat":-Infinity}',
    b'{"epoch":1,"n":1,"at":"9999-12-31T23:59:59-14:00","lon":1,"lat":1}',
    b'{"epoch":9223372036854775808,"n":1e999,"at":"2026-11-22T05:00:00Z","lon":1,"lat":1}',
    b'{"at":"2026-11-22T05:00:00Z","kind":"alert_raised","who":"\\ud800","what":"\\u0000\\u202e"}',
    b"\xff\xfe\xed\xa0\x80",
    b'{"x":"' + b"y" * (1 << 20) + b'"}',
)


def any_decoder(raw: bytes) -> None:
    """The decoder that the first byte chooses, given the rest: all of them in one process."""
    names = sorted(DECODERS)
    if raw:
        DECODERS[names[raw[0] % len(names)]](raw[1:])


def broken(raw: bytes) -> None:
    """A decoder that fails by surprise, to see that this is found."""
    if raw[:1] == b"[":
        raise KeyError("a byte that it does not expect")


SPECIAL: dict[str, Decoder] = {"all": any_decoder, "broken": broken}

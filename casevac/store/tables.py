"""The tables of the store, with their PostGIS columns; Alembic migrations make them."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import BIT, JSONB, TIMESTAMP
from sqlalchemy.types import UserDefinedType

metadata = MetaData()


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction number."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name in DDL."""
        return "xid8"


def _instant(name: str, *, nullable: bool = False, now: bool = False, key: bool = False) -> Column[object]:
    default = text("clock_timestamp()") if now else None
    return Column(name, TIMESTAMP(timezone=True), nullable=nullable, server_default=default, primary_key=key)


store_identity = Table(
    "store_identity",
    metadata,
    Column("epoch", Text, primary_key=True),  # a restored or new store has another one
)

missions = Table(
    "missions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("profile", JSONB, nullable=False),
    _instant("opened_at", now=True),
)

devices = Table(
    "devices",
    metadata,
    Column("name", Text, primary_key=True),
    Column("mission", Text, ForeignKey("missions.id"), nullable=False),
    _instant("added_at", now=True),
    Column("role", Text, nullable=False, server_default=text("'tracker'")),  # what it may report
    Column("facility", Text),  # whose board it runs
    _instant("revoked_at", nullable=True),  # cut off since
    Column("certificate", Text),  # serial number of the one it may come with, in hexadecimal
    Column("guarantee", Text),  # A, B or C: what it was last seen to send
    _instant("withheld_until", nullable=True),  # until then it gets no receipt, to see whether it resends
    Column("clock_offset_s", Double),  # how far its clock is ahead of ours
    _instant("clock_judged_at", nullable=True),
    Column("dialect", Text, nullable=False, server_default=text("'casevac'")),  # how its messages are read
    Column("topics", ARRAY(Text), nullable=False, server_default=text("'{}'")),  # MQTT filters, its alone
    Column("map", Text),  # which of the mission's maps its messages are read by
)

field_maps = Table(
    "field_maps",
    metadata,
    Column("mission", Text, ForeignKey("missions.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("body", JSONB, nullable=False),
)

foreign_ids = Table(
    "foreign_ids",
    metadata,
    Column("gateway", Text, ForeignKey("devices.name"), primary_key=True),
    Column("foreign_id", Text, primary_key=True),  # what the gateway calls the device
    Column("device", Text, ForeignKey("devices.name"), nullable=False),
)

dictionaries = Table(
    "dictionaries",
    metadata,
    Column("mission", Text, ForeignKey("missions.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("raw", LargeBinary, nullable=False),
)

kept = Table(
    "kept",
    metadata,
    Column("device", Text, ForeignKey("devices.name"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("mission", Text, ForeignKey("missions.id"), nullable=False),
    Column("dialect", Text, nullable=False),
    Column("what", Text, nullable=False),
    _instant("at"),
    Column("raw", LargeBinary, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("password", Text, nullable=False),  # argon2id
    _instant("added_at", now=True),
    _instant("closed_at", nullable=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token", LargeBinary, primary_key=True),  # a digest: whoever reads the store cannot log in with it
    Column("account", Text, ForeignKey("accounts.name"), nullable=False),
    _instant("begun_at", now=True),
    _instant("ends_at"),
    _instant("used_at", now=True),
    Index("sessions_account", "account"),
)

login_failures = Table(
    "login_failures",
    metadata,
    Column("subject", LargeBinary, primary_key=True),  # a digest: a name may be a password typed too soon
    Column("failures", Integer, nullable=False),
    _instant("last_at"),
    Index("login_failures_last_at", "last_at"),
)

events_seq = Sequence("events_seq", metadata=metadata)

events = Table(
    "events",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # given by a trigger in commit order
    Column("mission", Text, ForeignKey("missions.id"), nullable=False),
    Column("kind", Text, nullable=False),
    _instant("occurred_at"),
    _instant("sent_at", nullable=True),
    _instant("received_at"),
    _instant("recorded_at"),
    _instant("device_at", nullable=True),
    Column("actor", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("device", Text),
    Column("epoch", BigInteger),
    Column("n", BigInteger),
    Column("key", Text, unique=True),
    Column("schema", Integer, nullable=False),
    Column("body", JSONB, nullable=False),
    Index("events_mission_seq", "mission", "seq"),
    Index("events_recorded", "mission", "recorded_at"),
    Index("events_device", "device", "epoch", "n"),
    Index("events_task", text("(body->>'task')"), postgresql_where=text("kind = 'vehicle_tasked'")),
    Index(
        "events_chains",
        "mission",
        text("(body->>'request')"),
        postgresql_where=text("kind = 'chain_planned'"),
    ),
    Index("events_vehicles", "seq", postgresql_where=text("kind = 'vehicle_registered'")),
    Index("events_teams", "seq", postgresql_where=text("kind = 'team_registered'")),
    Index("events_decision", text("(body->>'decision')"), postgresql_where=text("kind = 'options_computed'")),
    Index(
        "events_enrolled", text("(body->>'name')"), "seq", postgresql_where=text("kind = 'device_enrolled'")
    ),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("mission", Text, ForeignKey("missions.id"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("program", Text, nullable=False),  # the software that folded it
    Column("picture", LargeBinary, nullable=False),
)

commands = Table(
    "commands",
    metadata,
    Column("key", Text, primary_key=True),  # mission:door:digest of the caller's idempotency key
    Column("asked", LargeBinary, nullable=False),  # tells a retry from another command under the same key
    Column("events", Integer, nullable=False),  # how many it stored, under key/0, key/1, ..
)

seen = Table(
    "seen",
    metadata,
    Column("device", Text, primary_key=True),
    Column("epoch", BigInteger, primary_key=True),
    Column("block", BigInteger, primary_key=True),  # the numbers from 1024 * block on
    Column("bits", BIT(1024), nullable=False),
    Column("again", BIT(1024)),  # what the last batch had set again; read by its own statement only
    postgresql_with={"fillfactor": "50"},
)

event_numbers = Table(
    "event_numbers",
    metadata,
    Column("device", Text, primary_key=True),
    Column("epoch", BigInteger, primary_key=True),
    Column("n", BigInteger, primary_key=True),
    Column("digest", LargeBinary, nullable=False),  # tells a resend from a number used twice
)


def _fix_columns(*, at_is_key: bool) -> list[Column[object]]:
    return [
        _instant("at", key=at_is_key),
        _instant("corrected_at"),
        _instant("sent_at", nullable=True),
        _instant("received_at"),
        Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        Column("altitude", Double),
        Column("accuracy", Double),
        Column("speed", Double),
        Column("course", Double),
        Column("battery", Double),
        Column("source", Text, nullable=False),
        Column("speaker", Text),  # who told it by radio
        Column("flags", ARRAY(Text), nullable=False),
    ]


positions = Table(
    "positions",
    metadata,
    Column("device", Text, primary_key=True),
    Column("epoch", BigInteger, primary_key=True),
    Column("n", BigInteger, primary_key=True),
    Column("mission", Text, nullable=False),
    *_fix_columns(at_is_key=True),
    Index("positions_device_time", "device", "corrected_at"),
    Index("positions_time", "at", postgresql_using="brin", postgresql_with={"pages_per_range": "32"}),
    postgresql_partition_by="RANGE (at)",
)

latest_positions = Table(
    "latest_positions",
    metadata,
    Column("mission", Text, primary_key=True),
    Column("device", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("n", BigInteger, nullable=False),
    *_fix_columns(at_is_key=False),
    Column("changed", Xid8, nullable=False, server_default=text("pg_current_xact_id()")),
    postgresql_with={"fillfactor": "50"},
)

set_aside = Table(
    "set_aside",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("topic", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("device", Text),
    Column("mission", Text, ForeignKey("missions.id")),
    Column("reason", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("times", Integer, nullable=False, server_default=text("1")),
    _instant("first_at", now=True),
    _instant("last_at", now=True),
    _instant("resolved_at", nullable=True),  # read and stored since then; the row stays
    Column("word", Text, nullable=False, server_default=text("'unreadable'")),  # the reason as a word
    Index("set_aside_once", "topic", "digest", "reason", unique=True),
    Index("set_aside_waiting", "word", "id", postgresql_where=text("resolved_at IS NULL")),
)

zap_ids = Table(
    "zap_ids",
    metadata,
    Column("id", Text, primary_key=True),  # every ZAP id ever used: none is issued twice
)

engaged = Table(
    "engaged",
    metadata,
    Column("mission", Text, primary_key=True),
    Column("kind", Text, primary_key=True),  # vehicle or casualty
    Column("id", Text, primary_key=True),
    Column("chain", Text, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("mission", Text, ForeignKey("missions.id"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),  # the event it rests on
    _instant("made_at"),
    Column("policy", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("network", Text, nullable=False),
    Column("hazards", Text, nullable=False),
    Column("gap", Double),  # above the lower bound, as a share of it
    Column("body", LargeBinary, nullable=False),
    Index("plans_made", "mission", "made_at"),
)

planners = Table(
    "planners",
    metadata,
    Column("mission", Text, ForeignKey("missions.id"), primary_key=True),
    Column("plan", Text),  # the one that holds
    Column("seq", BigInteger, nullable=False),  # up to which event the planner has looked
    _instant("looked_at"),
    Column("error", Text),
    Column("trouble", Text),  # why there is no newer plan
)

drawings = Table(
    "drawings",
    metadata,
    Column("key", Text, primary_key=True),  # follows from the network, its extract and how it is drawn
    Column("network", Text, nullable=False),
    Column("digest", Text, nullable=False),  # of the network
    Column("has", JSONB, nullable=False),  # how many shapes of each layer
    Column("box", ARRAY(Double), nullable=False),  # west, south, east, north in degrees
    _instant("drawn_at", now=True),
    Index("drawings_digest", "digest"),
)

drawn = Table(
    "drawn",
    metadata,
    Column("drawing", Text, ForeignKey("drawings.key", ondelete="CASCADE"), nullable=False),
    Column("layer", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),  # of detail, see geo.zooms
    Column("zoom", SmallInteger, nullable=False),  # from which on it is shown
    Column("told", JSONB, nullable=False),
    Column("geom", Geometry("GEOMETRY", srid=3857, spatial_index=False), nullable=False),
    Index("drawn_drawing", "drawing"),
    *(
        Index(f"drawn_level_{n}", "geom", postgresql_using="gist", postgresql_where=text(f"level = {n}"))
        for n in range(4)
    ),
)

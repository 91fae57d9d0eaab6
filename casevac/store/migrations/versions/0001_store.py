"""The first store: log, positions by day, latest positions, set-aside messages, views for QGIS."""

from alembic import op

revision = "0001"
down_revision = None

_FIX = """
    at timestamptz NOT NULL, corrected_at timestamptz NOT NULL, sent_at timestamptz, received_at timestamptz NOT NULL,
    geom geometry(Point, 4326) NOT NULL,
    altitude double precision, accuracy double precision, speed double precision, course double precision,
    battery double precision, source text NOT NULL, speaker text, flags text[] NOT NULL, digest bytea NOT NULL
"""

_TABLES = f"""
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE TABLE store_identity (epoch text PRIMARY KEY);
INSERT INTO store_identity VALUES (substr(md5(gen_random_uuid()::text), 1, 8));

CREATE TABLE missions (
    id text PRIMARY KEY, name text NOT NULL, kind text NOT NULL, profile jsonb NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE devices (
    name text PRIMARY KEY, mission text NOT NULL REFERENCES missions (id),
    added_at timestamptz NOT NULL DEFAULT clock_timestamp());

CREATE SEQUENCE events_seq;
CREATE TABLE events (
    seq bigint PRIMARY KEY, mission text NOT NULL REFERENCES missions (id), kind text NOT NULL,
    occurred_at timestamptz NOT NULL, sent_at timestamptz, received_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL, device_at timestamptz,
    actor text NOT NULL, source text NOT NULL, device text, epoch bigint, n bigint,
    key text UNIQUE, schema integer NOT NULL, body jsonb NOT NULL);
CREATE INDEX events_mission_seq ON events (mission, seq);
CREATE INDEX events_device ON events (device, epoch, n);
CREATE INDEX events_task ON events ((body->>'task')) WHERE kind = 'vehicle_tasked';
CREATE INDEX events_decision ON events ((body->>'decision')) WHERE kind = 'options_computed';
CREATE INDEX events_enrolled ON events ((body->>'name'), seq) WHERE kind = 'device_enrolled';

CREATE TABLE commands (
    key text PRIMARY KEY, asked bytea NOT NULL, events integer NOT NULL);

CREATE TABLE numbers (
    device text, epoch bigint, n bigint, digest bytea NOT NULL, PRIMARY KEY (device, epoch, n));

CREATE TABLE positions (
    device text NOT NULL, epoch bigint NOT NULL, n bigint NOT NULL, mission text NOT NULL, {_FIX},
    PRIMARY KEY (device, epoch, n, at)) PARTITION BY RANGE (at);
CREATE INDEX positions_device_time ON positions (device, corrected_at);
CREATE INDEX positions_time ON positions USING brin (at) WITH (pages_per_range = 32);
CREATE TABLE positions_other_days PARTITION OF positions DEFAULT;

CREATE TABLE latest_positions (
    mission text NOT NULL, device text NOT NULL, epoch bigint NOT NULL, n bigint NOT NULL, {_FIX},
    changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (mission, device)) WITH (fillfactor = 50);

CREATE TABLE set_aside (
    id bigserial PRIMARY KEY, topic text NOT NULL, digest bytea NOT NULL, device text,
    mission text REFERENCES missions (id), reason text NOT NULL,
    raw bytea NOT NULL, times integer NOT NULL DEFAULT 1,
    first_at timestamptz NOT NULL DEFAULT clock_timestamp(), last_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE UNIQUE INDEX set_aside_once ON set_aside (topic, digest, reason);

CREATE TABLE zap_ids (id text PRIMARY KEY);

CREATE TABLE engaged (
    mission text, kind text, id text, chain text NOT NULL, PRIMARY KEY (mission, kind, id));
"""

# The lock is held to the end of the transaction, so `seq` is given in the order of commit and a
# reader of `seq > last` never skips a transaction that commits late.
_ORDER = """
CREATE FUNCTION give_event_its_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('casevac log'));
    NEW.seq := nextval('events_seq');
    NEW.recorded_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER event_place BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION give_event_its_place();

CREATE FUNCTION wake_the_live_map() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NOTIFY casevac_live; RETURN NULL; END $$;
CREATE TRIGGER event_wakes AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION wake_the_live_map();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the log is append-only: a correction is a new event'; END $$;
CREATE TRIGGER event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

# Read-only views: one row an object, ready for QGIS.
_VIEWS = """
CREATE SCHEMA qgis;
CREATE VIEW qgis.latest_positions AS
    SELECT row_number() OVER (ORDER BY mission, device) AS id, mission, device, corrected_at AS at, received_at,
           altitude, accuracy, speed, course, battery, flags, geom
    FROM public.latest_positions;
CREATE VIEW qgis.positions AS
    SELECT mission, device, epoch, n, at, corrected_at, received_at, altitude, accuracy, speed, course, battery,
           flags, geom
    FROM public.positions;
CREATE VIEW qgis.facilities AS
    SELECT DISTINCT ON (mission, body->>'id') seq AS id, mission, body->>'id' AS facility, body->>'name' AS name,
           body->>'level' AS level, body->'capabilities' AS capabilities,
           (body->>'beds_staffed')::int AS beds_staffed, (body->>'beds_free')::int AS beds_free,
           (body->>'tables')::int AS tables, body->>'source' AS source,
           ST_SetSRID(ST_MakePoint((body->>'lon')::float8, (body->>'lat')::float8), 4326)::geometry(Point, 4326) AS geom
    FROM public.events WHERE kind = 'facility_registered' ORDER BY mission, body->>'id', seq DESC;
CREATE VIEW qgis.sites AS
    SELECT DISTINCT ON (mission, body->>'id') seq AS id, mission, body->>'id' AS site, body->>'name' AS name,
           body->>'site_kind' AS kind, body->>'source' AS source,
           ST_SetSRID(ST_MakePoint((body->>'lon')::float8, (body->>'lat')::float8), 4326)::geometry(Point, 4326) AS geom
    FROM public.events WHERE kind = 'site_registered' ORDER BY mission, body->>'id', seq DESC;
CREATE VIEW qgis.requests AS
    SELECT seq AS id, mission, body->>'request' AS request, occurred_at AS at, (body->>'how_many')::int AS how_many,
           body->>'what' AS what,
           ST_SetSRID(ST_MakePoint((body->>'lon')::float8, (body->>'lat')::float8), 4326)::geometry(Point, 4326) AS geom
    FROM public.events WHERE kind = 'alert_raised';
CREATE VIEW qgis.log AS
    SELECT seq, mission, kind, occurred_at, received_at, recorded_at, source, device FROM public.events;
"""

_READER = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'casevac_read') THEN CREATE ROLE casevac_read NOLOGIN; END IF;
    GRANT USAGE ON SCHEMA qgis TO casevac_read;
    GRANT SELECT ON ALL TABLES IN SCHEMA qgis TO casevac_read;
    ALTER ROLE casevac_read SET default_transaction_read_only = on;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'no right to create the role casevac_read: ask the administrator of the database for it';
END $$;
"""


def upgrade() -> None:
    """Make everything."""
    for part in (_TABLES, _ORDER, _VIEWS, _READER):
        op.get_bind().exec_driver_sql(part.replace("%", "%%"))


def downgrade() -> None:
    """There is nothing before the first store."""
    raise NotImplementedError("the first migration cannot be undone; drop the database instead")

"""Brings the schema of the store up to date (Alembic)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from casevac.errors import StoreUnreachable

_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(dsn: str) -> None:
    """Apply every missing migration in one transaction; safe to run at every start.

    Raises StoreUnreachable when the database does not answer or lacks PostGIS or the rights.
    """
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    engine = create_engine(sqlalchemy_url(dsn))
    try:
        with engine.begin() as db:
            db.execute(text("SELECT pg_advisory_xact_lock(hashtext('casevac migrations'))"))
            config.attributes["connection"] = db
            command.upgrade(config, "head")
    except (OperationalError, ProgrammingError) as fault:
        reason = str(fault.orig).strip().splitlines()[0]
        raise StoreUnreachable(
            f"the store cannot be prepared: {reason}; check CASEVAC_DATABASE_URL"
        ) from fault
    finally:
        engine.dispose()


def head() -> str:
    """The newest migration this software knows."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return str(ScriptDirectory.from_config(config).get_current_head())


def sqlalchemy_url(dsn: str) -> str:
    """A libpq URL as SQLAlchemy wants it, with the psycopg2 driver."""
    return make_url(dsn).set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)

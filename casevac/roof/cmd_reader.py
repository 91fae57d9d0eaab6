"""`casevac reader`: a read-only login for QGIS and other readers of the store's views."""

import json
import secrets
from urllib.parse import urlsplit

import click
import psycopg2
from psycopg2 import sql

from casevac.errors import NotPossible
from casevac.roof import postgres
from casevac.roof.doors import database_url
from casevac.roof.home import Home
from casevac.settings import Settings
from casevac.store.connection import connect, in_words

ROLE = "casevac_read"
_MAKE = (
    f"CREATE ROLE {ROLE}; GRANT USAGE ON SCHEMA qgis TO {ROLE};"
    f" GRANT SELECT ON ALL TABLES IN SCHEMA qgis TO {ROLE};"
    f" ALTER ROLE {ROLE} SET default_transaction_read_only = on"
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
@click.pass_obj
def reader(settings: Settings, as_json: bool) -> None:
    """Give the read-only role a new password and print how QGIS connects (schema qgis)."""
    url = database_url(settings)
    password = secrets.token_urlsafe(16)
    db = connect(url)
    login = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(ROLE), sql.Literal(password))
    try:
        with db, db.cursor() as cursor:
            cursor.execute(login)
    except psycopg2.errors.InsufficientPrivilege as fault:
        raise NotPossible(f"only an administrator of this database may change the role {ROLE}") from fault
    except psycopg2.errors.UndefinedObject as fault:
        raise NotPossible(f"this database has no role {ROLE}; its administrator makes it: {_MAKE}") from fault
    except psycopg2.Error as fault:
        reason = str(fault).strip().partition("\n")[0]
        raise in_words(fault) or NotPossible(f"the database did not give {ROLE} a login: {reason}") from fault
    finally:
        db.close()
    told = {**_place(settings, url), "user": ROLE, "password": password, "schema": "qgis"}
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo("In QGIS: Layer, Add PostGIS layer, New. The password is shown only now:")
    for field, value in told.items():
        click.echo(f"  {field:9}{value}")


def _place(settings: Settings, url: str) -> dict[str, object]:
    if settings.database_url is None:
        host, _, port = postgres.running(Home(settings.home)).address.rpartition(":")
        return {"host": host, "port": int(port), "database": postgres.DATABASE}
    parts = urlsplit(url)
    return {"host": parts.hostname, "port": parts.port or 5432, "database": parts.path.lstrip("/")}

"""Where the database and the broker are: the user's own servers, or the embedded ones of the home."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from casevac.roof import broker, postgres
from casevac.roof.acl import HOUSE_USERS
from casevac.roof.home import Home
from casevac.settings import Settings


def opened(settings: Settings, mqtt_user: str = "casevac-tool") -> Settings:
    """`settings` with both URLs filled in, those of the embedded servers where none is set.

    For a command that runs beside `casevac up`, and for a part that is run alone. `mqtt_user` is who it
    is at the embedded broker: one of broker.HOUSE_USERS. Raises PartFailed when an
    embedded server is needed and does not run.
    """
    home = Home(settings.home)
    return replace(
        settings,
        database_url=settings.database_url or postgres.running(home).url(),
        mqtt_url=settings.mqtt_url or broker.running(home).url(mqtt_user),
    )


def is_at_ours(settings: Settings) -> bool:
    """True when the broker is the embedded one of the home, and no server of the user's own."""
    if settings.mqtt_url is None:
        return True
    user = urlsplit(settings.mqtt_url).username or ""
    kept = broker.kept(Home(settings.home))
    return user in HOUSE_USERS and settings.mqtt_url == kept.url(user)  # it holds our secret


def database_url(settings: Settings) -> str:
    """The database alone, for a command that needs no broker; raises PartFailed."""
    return settings.database_url or postgres.running(Home(settings.home)).url()


def shown(url: str) -> str:
    """Host and port of a server's URL, without user, password or query."""
    parts = urlsplit(url)
    if parts.hostname:
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    return (parse_qs(parts.query).get("host") or ["the default socket"])[0]

"""The one frozen Settings, read from CASEVAC_* by the roof and handed down as plain values."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from casevac.errors import BadSetting

MISSIONS = ("none", "demo")
RECEIVERS = ("own", "paho")
LOG_LEVELS = ("debug", "info", "warning", "error")
MOST_INGESTS = 4  # processes of ingest of one installation, and sessions that its own broker knows
MOST_SHARING = 64  # processes of ingest on any hosts, at a broker of the user's own
_DATABASE_SCHEMES = ("postgresql", "postgres")
_MQTT_SCHEMES = ("mqtt", "mqtts")
_INGESTS = tuple(str(number) for number in range(1, MOST_INGESTS + 1))


@dataclass(frozen=True)
class Settings:
    """What one installation of Casevac is told from outside.

    home: directory of everything this installation keeps.
    database_url, mqtt_url: servers that the user runs; None means the embedded ones.
    http_port, mqtt_port, database_port: those wanted; the next free one is taken when they are in use.
    mission: "demo", "none", or None for the rule "demo in an empty home".
    ingest: how many processes store what comes from the field; receiver: by which MQTT client (RECEIVERS).
    lan: open the doors that are safe beyond this machine, HTTPS and MQTT over TLS, at these ports; names: of
    this machine there, beside its addresses; plain: DOOR=ADDRESS[:PORT] of each unencrypted one named.
    cot_port: of TAK clients on this machine; cot_tls_port: of those beyond it, None: closed.
    picture_s: seconds between two pictures written as HTML, 0 for none; pictures: how many older ones stay.
    """

    home: Path
    database_url: str | None = None
    mqtt_url: str | None = None
    http_port: int = 8080
    mqtt_port: int = 1883
    database_port: int = 5432
    mission: str | None = None
    ingest: int = 1
    receiver: str = "own"
    log_level: str = "info"
    lan: bool = False
    https_port: int = 8443
    mqtts_port: int = 8883
    names: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    cot_port: int = 8087
    cot_tls_port: int | None = None
    picture_s: int = 60
    pictures: int = 60

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Settings from the CASEVAC_* variables of `environ`; raises BadSetting."""
        return cls(
            home=_home(environ),
            database_url=_url(environ, "CASEVAC_DATABASE_URL", _DATABASE_SCHEMES),
            mqtt_url=_url(environ, "CASEVAC_MQTT_URL", _MQTT_SCHEMES),
            http_port=_port(environ, "CASEVAC_HTTP_PORT", 8080),
            mqtt_port=_port(environ, "CASEVAC_MQTT_PORT", 1883),
            database_port=_port(environ, "CASEVAC_DATABASE_PORT", 5432),
            mission=_one_of(environ, "CASEVAC_MISSION", MISSIONS, None),
            ingest=int(_one_of(environ, "CASEVAC_INGEST", _INGESTS, "1") or "1"),
            receiver=_one_of(environ, "CASEVAC_RECEIVER", RECEIVERS, "own") or "own",
            log_level=_one_of(environ, "CASEVAC_LOG_LEVEL", LOG_LEVELS, "info") or "info",
            lan=_one_of(environ, "CASEVAC_LAN", ("0", "1"), "0") == "1",
            https_port=_port(environ, "CASEVAC_HTTPS_PORT", 8443),
            mqtts_port=_port(environ, "CASEVAC_MQTTS_PORT", 8883),
            names=tuple(environ.get("CASEVAC_NAMES", "").split()),
            plain=tuple(environ.get("CASEVAC_PLAIN", "").split()),
            cot_port=_port(environ, "CASEVAC_COT_PORT", 8087),
            cot_tls_port=_port(environ, "CASEVAC_COT_TLS_PORT", 0) or None,
            picture_s=_count(environ, "CASEVAC_PICTURE_S", 60),
            pictures=_count(environ, "CASEVAC_PICTURES", 60),
        )


def _home(environ: Mapping[str, str]) -> Path:
    given = environ.get("CASEVAC_HOME")
    if given:
        if "\0" in given or "\n" in given:
            raise BadSetting("CASEVAC_HOME holds a character that no directory name may hold.")
        return Path(given).expanduser().absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/casevac")
    kept = environ.get("XDG_DATA_HOME")
    return (
        Path(kept) / "casevac"
        if kept
        else Path(environ.get("HOME", "~")).expanduser() / ".local/share/casevac"
    )


def _url(environ: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str | None:
    text = environ.get(name, "").strip()
    if not text:
        return None
    try:
        scheme = urlsplit(text).scheme
    except ValueError:
        scheme = ""
    if scheme in schemes and not _has_port(text):
        raise BadSetting(f"{name} must name a port from 1 to 65535 (for example {_EXAMPLES[name]}).")
    if scheme not in schemes:
        raise BadSetting(f"{name} must start with {schemes[0]}:// (for example {_EXAMPLES[name]}).")
    return text


def _has_port(url: str) -> bool:
    """True when the port of the URL can be one, or there is none; several hosts are PostgreSQL's to read."""
    try:
        several = "," in urlsplit(url).netloc
        port = None if several else urlsplit(url).port
    except ValueError:
        return False
    return port != 0


_EXAMPLES = {
    "CASEVAC_DATABASE_URL": "postgresql://casevac:SECRET@127.0.0.1:5432/casevac",
    "CASEVAC_MQTT_URL": "mqtt://casevac:SECRET@127.0.0.1:1883",
}


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise BadSetting(f"{name} must be a port number from 1 to 65535, not '{text[:40]}'.")
    return int(text)


def _count(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) > 100_000:
        raise BadSetting(f"{name} must be a whole number from 0 to 100000, not '{text[:40]}'.")
    return int(text)


def _one_of(
    environ: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str | None
) -> str | None:
    text = environ.get(name, "").strip().lower()
    if not text:
        return default
    if text not in allowed:
        raise BadSetting(f"{name} must be one of {', '.join(allowed)}, not '{text[:40]}'.")
    return text

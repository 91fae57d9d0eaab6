"""What a device logs in with: a password or a certificate, made, shown, and taken away again."""

import getpass
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from casevac.errors import BadSetting, CasevacError, NotPossible, PartFailed, Unknown
from casevac.roof import broker
from casevac.roof.ca import Authority, Issued
from casevac.roof.doors import database_url
from casevac.roof.files import make_directory, write_whole
from casevac.roof.home import Home
from casevac.roof.outside import SHUT, Outside, reached_as, remembered
from casevac.roof.ports import LOOPBACK
from casevac.settings import Settings
from casevac.store import logins
from casevac.store.connection import Connection, connect, faults

_EXAMPLE = r'''"{\"at\":\"$(date -u +%FT%TZ)\",\"lon\":18.55,\"lat\":4.36}"'''


@dataclass(frozen=True)
class Account:
    """How a device logs in; password None: it has a certificate, or an account at the user's own broker.

    `certificate`: its end and serial as the store keeps them, with `directory`, where its files lie.
    """

    host: str
    port: int
    tls: bool
    username: str
    password: str | None = None
    certificate: str | None = None
    directory: Path | None = None
    outside: Outside = SHUT

    def told(self) -> dict[str, object]:
        """As JSON."""
        facts: dict[str, object] = {
            "host": self.host,
            "port": self.port,
            "tls": self.tls,
            "username": self.username,
            "password": self.password,
        }
        if self.directory is not None:
            names = {"certificate": f"{self.username}.pem", "key": f"{self.username}.key", "ca": "ca.pem"}
            facts["files"] = {what: str(self.directory / name) for what, name in names.items()}
        if self.outside.mqtts is not None:
            facts["ports_over_tls"] = {
                "password": self.outside.mqtts,
                "certificate": self.outside.certificates,
            }
        return facts


def give(settings: Settings, name: str, *, renew: bool, directory: Path | None) -> Account:
    """Make what the device `name` logs in with, valid when this returns; a certificate goes into `directory`.

    Raises BadName, BadSetting, PartFailed.
    """
    if settings.mqtt_url is not None:  # the user's own broker: its accounts are made there
        if directory is not None:
            raise BadSetting(
                "--certificate: the broker is your own (CASEVAC_MQTT_URL); certify devices there"
            )
        place = urlsplit(settings.mqtt_url)
        tls = place.scheme == "mqtts"
        return Account(place.hostname or "localhost", place.port or (8883 if tls else 1883), tls, name)
    home = Home(settings.home)
    server, outside = broker.running(home), remembered(home)
    if directory is None:
        password = server.add_devices([name], renew=renew)[name]
        return Account(LOOPBACK, server.port, False, name, password, outside=outside)
    make_directory(directory)
    issued = server.certify(name, renew=renew)
    _write(home, name, issued, directory)
    account = Account(reached_as(outside), outside.certificates or 8884, True, name, outside=outside)
    return replace(account, certificate=f"{issued.until:%FT%TZ} {issued.serial}", directory=directory)


def _write(home: Home, name: str, issued: Issued, directory: Path) -> None:
    """The three files of a device; its key is for its owner only and kept nowhere else."""
    write_whole(directory / f"{name}.key", issued.key)
    write_whole(directory / f"{name}.pem", issued.certificate, mode=0o644)
    write_whole(directory / "ca.pem", Authority(home).path.read_text(encoding="ascii"), mode=0o644)


def lines(account: Account) -> list[str]:
    """How to log in over TLS, in lines that work as pasted where the files lie."""
    name, outside = account.username, account.outside
    report = f"-q 1 -t casevac/v1/{name}/report -m {_EXAMPLE}"
    if (where := account.directory) is not None:
        until = (account.certificate or "").partition("T")[0]
        files = f"--cafile {where}/ca.pem --cert {where}/{name}.pem --key {where}/{name}.key"
        shut = [] if outside.lan else ["  That door is shut: start with 'casevac up --lan'."]
        return [
            f"  files    {name}.key {name}.pem ca.pem in {where}, good until {until}",
            f"  send     mosquitto_pub -h {account.host} -p {account.port} {files} {report}",
            *shut,
        ]
    if outside.mqtts is None:
        return ["  over TLS (mqtts)"] if account.tls else []
    there = f"-h {reached_as(outside)} -p {outside.mqtts} --cafile ca.pem"
    return [
        f"  From other machines at port {outside.mqtts} over TLS, with: casevac ca show ca.pem",
        f"  send     mosquitto_pub {there} -u {name} -P PASSWORD {report}",
    ]


def check_renewed(db: Connection, name: str, *, renew: bool) -> None:
    """Raises NotPossible when a device that was cut off is added as if it were new."""
    if name in logins.revoked(db) and not renew:
        raise NotPossible(f"device {name} is revoked; to let it in again: casevac device add {name} --renew")


def revoke(settings: Settings, name: str) -> bool:
    """Cut a device off at once: at the store first, and at the broker whatever became of that. False when the
    embedded broker does not run, which then lets it in no more when it starts.

    Raises Unknown, when the store knows no such device and nothing is done; PartFailed, when one of the two
    could not be told: it says which, what that means, and what to do.
    """
    untold = _revoke_stored(settings, name)
    own = settings.mqtt_url is not None
    again = f"run 'casevac device revoke {name}' again."
    kept = broker.kept(Home(settings.home))
    if untold is not None and not own and name not in kept.devices() | kept.taken_over():
        raise PartFailed(
            f"nothing is done: the store was not told ({_words(untold)}), and the broker in {settings.home}"
            f" knows no device {name}: look at the name and at CASEVAC_HOME."
        ) from untold
    try:
        thrown_out = own or kept.cut_off(name)
    except (CasevacError, OSError) as fault:
        if untold is None:
            raise PartFailed(
                f"{name} is revoked, nothing of it is stored; but {_words(fault)}: {again}"
            ) from fault
        raise PartFailed(
            f"{name} is not revoked: the store was not told ({_words(untold)}), and {_words(fault)}: {again}"
        ) from untold
    if untold is None:
        return thrown_out
    done = "has no login and no connection any more"
    if own or not thrown_out:
        done = "is not cut off" if own else "has no login any more, and the broker does not run"
    raise PartFailed(
        f"{name} {done}, but the store was not told ({_words(untold)}),"
        f" what waits of it may still be stored: {again}"
    ) from untold


def _revoke_stored(settings: Settings, name: str) -> CasevacError | psycopg2.Error | None:
    """What kept the store from being told; raises Unknown."""
    try:
        with faults(), closing(connect(database_url(settings))) as db, db:
            logins.revoke(db, name, datetime.now(UTC), _actor())
    except Unknown:
        raise
    except (CasevacError, psycopg2.Error) as fault:  # whatever it is: the broker comes next
        return fault
    return None


def _words(fault: Exception) -> str:
    """A fault in the midst of a sentence."""
    return " ".join(str(fault).split()).rstrip(".:")


def _actor() -> str:
    try:
        return getpass.getuser()[:80]
    except (KeyError, OSError):  # a user id without a name
        return "unknown"

"""The private Mosquitto under HOME/broker: made, started, checked, and its device accounts."""

import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psutil

from casevac.errors import CasevacError, PartFailed
from casevac.roof import acl, passwords
from casevac.roof.acl import HOUSE_USERS, PROBE, SESSIONS, WATCH
from casevac.roof.files import locked, make_directory, read_json, write_json, write_whole
from casevac.roof.home import SECRET_BYTES, Home
from casevac.roof.knock import Line, accepted
from casevac.roof.outside import SHUT, Outside, remembered
from casevac.roof.ports import EVERYWHERE, LOOPBACK
from casevac.roof.process import Launch, end, found, lives_in, plain_environment, unprivileged, wait_until
from tracker.lanes import INGEST_USER
from tracker.wire import LARGEST_PAYLOAD

if TYPE_CHECKING:
    from casevac.roof.ca import Authority, Issued

FIRST_PORT = 1883
NAME_RULE = (
    "letters, 0 to 9, '-' and '_', at most 40 characters, the first a letter or digit, not casevac-..."
)
_NAME = re.compile(r"(?!(?i:casevac-))[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_ACCEPTED_S = 10.0
_BESIDE = ("/usr/sbin", "/usr/local/sbin")  # not on the PATH of an ordinary user

_CONFIGURATION = f"""\
# Written by casevac at every start; changes made here are lost.
listener {{port}} {LOOPBACK}
# A second connection can only ever displace the same device, never another one.
use_username_as_clientid true
allow_anonymous false
password_file passwords
acl_file acl
persistence true
persistence_location ./
autosave_interval 1
persistent_client_expiration 14d
# Ingest acknowledges after COMMIT, so whole batches are in flight at once.
max_inflight_messages 10000
max_inflight_bytes 33554432
# A receipt waits for nobody: small packets leave at once.
set_tcp_nodelay true
# Bounds for a reader that stays away: an unlimited queue would eat the machine.
max_queued_messages 100000
max_queued_bytes 268435456
message_size_limit {LARGEST_PAYLOAD}
# The packet around the largest payload: topic and properties fit beside it.
max_packet_size {LARGEST_PAYLOAD + (128 << 10)}
sys_interval 10
log_dest stderr
log_type error
log_type warning
log_type notice
log_timestamp_format %Y-%m-%dT%H:%M:%SZ
"""

_PLAIN = """
listener {port} {address}
use_username_as_clientid true
"""

_TLS = f"""
listener {{port}} {EVERYWHERE}
use_username_as_clientid true
tls_version tlsv1.2
certfile server.pem
keyfile server.pem
"""

_BY_CERTIFICATE = """\
cafile ca.pem
crlfile crl.pem
require_certificate true
use_identity_as_username true
"""


class BadName(CasevacError):
    """A device name that cannot be a topic segment, or is taken."""


class Broker:
    """One private Mosquitto that listens on `port` of the loopback interface."""

    name = "broker"
    stop_signal = signal.SIGTERM  # it writes its memory to disk and ends
    patience_s = 10.0

    def __init__(self, home: Home, port: int = FIRST_PORT, outside: Outside = SHUT) -> None:
        self._home = home
        self._outside = outside
        self._account = unprivileged("mosquitto")
        self._line: Line | None = None
        self.port = port

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"{LOOPBACK}:{self.port}"

    def url(self, user: str = "casevac-tool") -> str:
        """The connection URL of one of HOUSE_USERS; holds its secret."""
        return f"mqtt://{user}:{quote(self._secret(user), safe='')}@{self.address}"

    def _authority(self) -> "Authority":
        from casevac.roof.ca import Authority  # noqa: PLC0415  (cryptography is slow to load, few need it)

        return Authority(self._home)

    def _secret(self, user: str) -> str:
        return self._home.secret(INGEST_USER if user in SESSIONS else user)

    def spawn(self) -> "subprocess.Popen[bytes]":
        """Start the broker; raises PartFailed."""
        program = find_program()
        self._line = None
        self.end_orphans()
        make_directory(self._home.broker, self._account.owner if self._account else None)
        self._write("mosquitto.conf", _CONFIGURATION.format(port=self.port) + _listeners(self._outside))
        with self._barring():
            self._write_rules()
        self._write_certificates()
        self._set_passwords({user: self._secret(user) for user in (*HOUSE_USERS, WATCH, PROBE)})
        # Relative paths: the working directory is entered before privileges are dropped, so the home
        # itself may stay closed to the broker's user.
        started = Launch(
            [program, "-c", "mosquitto.conf"],
            log=self._home.log_file(self.name),
            environment=plain_environment(),
            cwd=self._home.broker,
            account=self._account,
        ).start()
        write_json(self._home.run / "broker.json", {"port": self.port}, durable=False)
        return started

    def ready(self) -> bool:
        """True when it takes a password of ours and answers a ping."""
        self._line = self._line or Line(LOOPBACK, self.port, PROBE, self._home.secret(PROBE))
        return self._line.answers()

    def end_orphans(self) -> bool:
        """End a broker that still works in our directory (after a kill -9), and no other."""
        left = self._processes()
        end(left, self.stop_signal, self.patience_s)
        return bool(left)

    def add_devices(self, names: Iterable[str], *, renew: bool = False) -> dict[str, str]:
        """Give each device a password; name -> password, all valid when this returns.

        `renew` replaces what a device logs in with that exists already or was cut off, else BadName.
        PartFailed when the broker does not take them up.
        """
        issued = {check_name(name): secrets.token_urlsafe(SECRET_BYTES) for name in names}
        if not issued:
            return issued
        self._check_new(issued.keys(), renew=renew)
        for name in sorted(issued.keys() & self._certified()):
            self._authority().revoke(name)
            self._throw_out(name)
        self._bar(gone=issued.keys())
        self._set_passwords(issued)
        self._take_up(*next(iter(issued.items())))
        return issued

    def certify(self, name: str, *, renew: bool = False) -> "Issued":
        """Give a device a certificate in place of a password; as `add_devices` else."""
        self._check_new({check_name(name)}, renew=renew)
        issued = self._authority().issue(name)
        self._bar(gone={name})
        self._throw_out(name)
        return issued

    def cut_off(self, name: str) -> bool:
        """End at once what a device may do: its password, its certificate, its connection, what waits for it.

        False when the broker does not run: then nobody is connected, and it lets the device in no more when
        it starts. Raises PartFailed when it runs and does not answer; its next start ends all.
        """
        make_directory(self._home.broker, self._account.owner if self._account else None)
        self._authority().revoke(check_name(name))
        self._bar({name})
        if self._thrown_out(name):
            return True
        self._write_certificates()
        self._set_passwords({}, gone={name})
        # One that was started meanwhile has read what these files said before, and nobody told it.
        return self._thrown_out(name)

    def refresh(self) -> None:
        """Bring the certificate of the doors up to date, when its addresses changed or its end is near."""
        if self._write_certificates():
            self._reload()

    def knows(self, name: str, password: str) -> bool:
        """True when this is the password of a device that was not cut off."""
        entry = "" if name.startswith("casevac-") else self._passwords().get(name, "")
        return passwords.fits(password, entry) and name not in self.barred()

    def devices(self) -> set[str]:
        """Names of all devices that have a password."""
        return {user for user in self._passwords() if not user.startswith("casevac-")}

    def taken_over(self) -> set[str]:
        """Names of the devices that have no password on purpose: cut off, or with a certificate."""
        return self.barred() | self._certified()

    def barred(self) -> set[str]:
        """Names of the devices that were cut off."""
        return set(read_json(self._barred).get("names", ()))

    def speaks(self, name: str, writes: Collection[str], reads: Collection[str]) -> None:
        """Let a device write and read these topics of its dialect too, from the next time on that the broker
        reads its rules: giving the device its login makes it do so."""
        with self._barring():
            told = read_json(self._spoken)
            told[check_name(name)] = {acl.WRITES: sorted(writes), acl.READS: sorted(reads)}
            write_json(self._spoken, told)

    @property
    def _barred(self) -> Path:
        return self._home.path / "barred.json"

    @property
    def _spoken(self) -> Path:
        return self._home.path / "spoken.json"

    def _check_new(self, names: Collection[str], *, renew: bool) -> None:
        known = self.devices() | self.taken_over()
        if not renew and (taken := known & set(names)):
            raise BadName(f"The device {min(taken)} exists already: use another name, or renew it (--renew).")

    def _certified(self) -> set[str]:
        return self._authority().holders()

    def _bar(self, names: Collection[str] = (), gone: Collection[str] = ()) -> None:
        """Let devices write and read nothing, whatever connection they still have; or, `gone`, again."""
        with self._barring():
            before = self.barred()
            if (after := (before | set(names)) - set(gone)) != before:
                write_json(self._barred, {"names": sorted(after)})
            self._write_rules()  # even when nothing is new: the time before, the disk may have been full

    def _barring(self) -> AbstractContextManager[None]:
        """Who reads who is cut off and writes rules by it holds this lock, else he undoes another's rules."""
        return locked(self._home.path / ".barred.lock")

    def _thrown_out(self, name: str) -> bool:
        """False when there is no broker to throw it out; raises PartFailed when there is and it does not."""
        if not self._processes():
            return False
        try:
            self._throw_out(name)
        except PartFailed as fault:
            if not self._processes():
                return False
            raise PartFailed(
                f"the broker at {self.address} does not answer: what {name} has open there may stand"
            ) from fault
        return True

    def _throw_out(self, name: str) -> None:
        """Log in under its name by a password that lasts for this moment: the broker closes what else goes by
        that name, at every door, and forgets what it kept for it. Then the name has no password."""
        self._write_certificates()
        self._set_passwords({name: (passing := secrets.token_urlsafe(SECRET_BYTES))})
        try:
            self._take_up(name, passing)
        finally:
            self._set_passwords({}, gone={name})
            self._reload()
        if not wait_until(lambda: not accepted(LOOPBACK, self.port, name, passing), _ACCEPTED_S):
            raise PartFailed(f"The broker at {self.address} does not take up that {name} is cut off.")

    def _take_up(self, name: str, password: str) -> None:
        """Make the broker read its files anew: it has when it takes this password."""
        self._reload()
        if not wait_until(lambda: accepted(LOOPBACK, self.port, name, password), _ACCEPTED_S):
            raise PartFailed(
                f"The broker at {self.address} does not take up the device {name}: is it running?"
            )

    def _processes(self) -> list[psutil.Process]:
        return found(lives_in(self._home.broker, "mosquitto"))

    def _reload(self) -> None:
        for process in self._processes():
            with suppress(psutil.Error):
                process.send_signal(signal.SIGHUP)

    def _write_rules(self) -> None:
        """The access rules, under the lock of `_barring`; a device's own come before the patterns for all."""
        self._write("acl", acl.rules(self.barred(), read_json(self._spoken)))

    def _write_certificates(self) -> bool:
        """Copies that the broker's user may read; True when anything is new."""
        if self._outside.mqtts is None:
            return False
        authority = self._authority()
        sources = (authority.server(self._outside.names), authority.path, authority.crl)
        new = [place for place in sources if not _same(place, self._home.broker / place.name)]
        for place in new:
            self._write(place.name, place.read_text(encoding="ascii"))
        return bool(new)

    def _passwords(self) -> dict[str, str]:
        with suppress(FileNotFoundError):
            return passwords.read((self._home.broker / "passwords").read_text(encoding="utf-8"))
        return {}

    def _set_passwords(self, more: Mapping[str, str], gone: Collection[str] = ()) -> None:
        with locked(self._home.path / ".passwords.lock"):
            entries = self._passwords() | {user: passwords.hashed(secret) for user, secret in more.items()}
            kept = {user: entry for user, entry in entries.items() if user not in gone}
            self._write("passwords", passwords.write(kept))

    def _write(self, name: str, text: str) -> None:
        owner = self._account.owner if self._account else None
        write_whole(self._home.broker / name, text, owner=owner)


def running(home: Home) -> Broker:
    """The embedded broker of `home`, as its supervisor last started it; raises PartFailed."""
    if not isinstance(read_json(home.run / "broker.json").get("port"), int):
        raise PartFailed("The embedded broker does not run: start it with 'casevac up'.")
    return kept(home)


def kept(home: Home) -> Broker:
    """The embedded broker of `home`, whether it runs or not."""
    port = read_json(home.run / "broker.json").get("port")
    return Broker(home, port if isinstance(port, int) else FIRST_PORT, remembered(home))


def _listeners(outside: Outside) -> str:
    """The doors beyond the loopback: named plaintext ones, by password over TLS, by certificate."""
    lines = [_PLAIN.format(port=one.port, address=one.address) for one in outside.plain_of("mqtt")]
    if outside.mqtts is not None:
        lines.append(_TLS.format(port=outside.mqtts))
        lines.append(_TLS.format(port=outside.certificates) + _BY_CERTIFICATE)
    return "".join(lines)


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()


def check_name(name: str) -> str:
    """`name` when it can be user name, client id and topic segment at once; raises BadName."""
    if not _NAME.fullmatch(name):
        raise BadName(f"'{name[:60]}' is not a device name: {NAME_RULE}.")
    return name


def find_program(path: str | None = None, beside: Iterable[str] = _BESIDE) -> str:
    """The mosquitto program on `path` (None: PATH) or in the directories `beside`; raises PartFailed."""
    candidates = [shutil.which("mosquitto", path=path), *(f"{place}/mosquitto" for place in beside)]
    for candidate in candidates:
        if candidate and Path(candidate).exists():
            return candidate
    raise PartFailed(
        "Mosquitto is not installed: run 'make setup' (or apt install mosquitto), "
        "or set CASEVAC_MQTT_URL to a broker that you run."
    )

"""The doors over TLS: who gets in by what, who does not, and how a device is cut off. Real clients only."""

import json
import queue
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from click.testing import CliRunner
from cryptography import x509
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from casevac.errors import BadSetting, PartFailed
from casevac.mission import Mission, Profile
from casevac.roof import credentials
from casevac.roof.broker import BadName, Broker, find_program
from casevac.roof.ca import RELEASED, Authority, names_of, own_names
from casevac.roof.cli import main
from casevac.roof.files import locked, write_json
from casevac.roof.home import Home
from casevac.roof.knock import accepted
from casevac.roof.outside import Outside, decide, remember
from casevac.roof.part import alone
from casevac.roof.process import Launch, found, lives_in, plain_environment, unprivileged, wait_until
from casevac.settings import Settings
from casevac.store import fixes, logins, missions
from casevac.store.connection import Connection, connect
from casevac.terms import MissionKind
from tests.ports import next_free
from tracker.device import Device
from tracker.ingest import Ingest
from tracker.mqtt import Session
from tracker.spool import Spool
from tracker.tls import tls_context, with_tls

WAIT_S = 60.0


def openssl(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["openssl", *map(str, words)], capture_output=True, text=True, check=False, input=""
    )


# --- the authority


def test_openssl_follows_the_chain_and_knows_the_revoked(home: Home, tmp_path: Path) -> None:
    authority = Authority(home)
    doors = authority.server(["field.example", "10.9.8.7"])
    good, bad = (authority.issue(name) for name in ("amb-1", "amb-2"))
    authority.revoke("amb-2")
    for name, one in (("amb-1", good), ("amb-2", bad)):
        (tmp_path / name).write_text(one.certificate)
    trust = ("-CAfile", authority.path, "-x509_strict")
    listed = (*trust, "-crl_check", "-CRLfile", authority.crl, "-purpose", "sslclient")
    assert (
        openssl(
            "verify", *trust, "-purpose", "sslserver", "-verify_hostname", "field.example", doors
        ).returncode
        == 0
    )
    assert openssl("verify", *trust, "-verify_ip", "10.9.8.7", doors).returncode == 0
    assert openssl("verify", *trust, "-verify_hostname", "other.example", doors).returncode != 0
    assert openssl("verify", *listed, tmp_path / "amb-1").returncode == 0
    assert "certificate revoked" in openssl("verify", *listed, tmp_path / "amb-2").stderr
    assert "unsuitable certificate purpose" in openssl("verify", *listed, doors).stderr  # doors cannot log in
    assert openssl("verify", *trust, "-purpose", "sslserver", tmp_path / "amb-1").returncode != 0


def test_keys_are_for_their_owner_only(home: Home) -> None:
    authority = Authority(home)
    authority.server()
    authority.issue("amb-1")
    place = home.path / "tls"
    assert place.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in place.iterdir()} == {0o600}
    assert not any(
        b"amb-1" in file.read_bytes() and b"PRIVATE" in file.read_bytes() for file in place.iterdir()
    )


def test_dates_hold_when_a_clock_is_a_day_behind(home: Home) -> None:
    authority = Authority(home)
    early = datetime.now(UTC) - timedelta(hours=23)
    root = x509.load_pem_x509_certificate(authority.path.read_bytes())
    device = x509.load_pem_x509_certificate(authority.issue("amb-1").certificate.encode())
    doors = x509.load_pem_x509_certificate(
        authority.server().read_bytes().partition(b"-----END PRIVATE KEY-----\n")[2]
    )
    assert all(one.not_valid_before_utc <= early for one in (root, device, doors))
    assert root.not_valid_before_utc == RELEASED
    assert timedelta(days=89) < device.not_valid_after_utc - datetime.now(UTC) <= timedelta(days=90)


def test_the_list_of_the_revoked_never_begins_later_than_any_clock(home: Home) -> None:
    authority = Authority(home)
    dates = []
    for number in range(4):
        authority.issue("amb-1")
        listed = x509.load_pem_x509_crl(authority.crl.read_bytes())
        assert len(list(listed)) == number
        dates.append(listed.last_update_utc)
    assert dates == sorted(set(dates))  # each younger than the last
    assert dates[-1] < RELEASED + timedelta(minutes=1)


def test_the_certificate_of_the_doors_is_made_anew_only_when_it_must_be(home: Home) -> None:
    authority = Authority(home)
    first = authority.server().read_bytes()
    assert authority.server().read_bytes() == first
    second = authority.server(["Field.example"]).read_bytes()  # a name it is not for
    assert second != first
    assert names_of(authority.server()) >= {"field.example", "localhost", "127.0.0.1", "::1", *own_names()}
    assert authority.server().read_bytes() == second  # one name fewer is no reason
    fingerprint = authority.fingerprint()
    assert Authority(home).fingerprint() == fingerprint
    with pytest.raises(BadSetting, match="--name"):
        authority.server(["no/name"])


# --- doors


@dataclass
class House:
    """A broker with all three doors, and what is needed to go through them."""

    home: Home
    broker: Broker
    outside: Outside
    files: Path

    def certify(self, name: str, *, renew: bool = False) -> None:
        issued = self.broker.certify(name, renew=renew)
        (self.files / f"{name}.key").write_text(issued.key)
        (self.files / f"{name}.pem").write_text(issued.certificate)

    def files_of(self, name: str) -> list[str]:
        return ["--cert", str(self.files / f"{name}.pem"), "--key", str(self.files / f"{name}.key")]

    @property
    def ca(self) -> str:
        return str(Authority(self.home).path)

    def publish(
        self, port: int | None, topic: str, *words: str, ca: str | None = None, message: str = "x"
    ) -> bool:
        """mosquitto_pub over TLS; True when the broker took it."""
        trust = ["--cafile", ca or self.ca]
        done = subprocess.run(
            [
                "mosquitto_pub",
                "-h",
                "localhost",
                "-p",
                str(port),
                "-q",
                "1",
                "-t",
                topic,
                "-m",
                message,
                *trust,
                *words,
            ],
            capture_output=True,
            timeout=WAIT_S,
            check=False,
        )
        return done.returncode == 0

    def context(self, name: str | None = None) -> ssl.SSLContext:
        files = (str(self.files / f"{name}.pem"), str(self.files / f"{name}.key")) if name else ()
        return tls_context(self.ca, *files)


@pytest.fixture
def house(home: Home, tmp_path: Path) -> Iterator[House]:
    port = next_free(21883)
    outside = Outside(https=None, mqtts=next_free(21983), certificates=next_free(22083))
    remember(home, outside)
    broker = Broker(home, port, outside)
    with alone(broker):
        yield House(home, broker, outside, tmp_path)


class Client:
    """A connected client that keeps what is delivered, how each publish was answered, and its end."""

    def __init__(self, name: str, password: str, port: int, context: ssl.SSLContext | None = None) -> None:
        self.delivered: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.acks: queue.Queue[str] = queue.Queue()
        self.ended = threading.Event()
        self._connected: queue.Queue[str] = queue.Queue()
        self.mqtt = mqtt.Client(
            CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5, reconnect_on_failure=False
        )
        self.mqtt.username_pw_set(name, password)
        if context is not None:
            self.mqtt.tls_set_context(context)
        self.mqtt.on_connect = lambda _c, _u, _f, reason, _p: self._connected.put(reason.getName())
        self.mqtt.on_message = lambda _c, _u, m: self.delivered.put((m.topic, bytes(m.payload)))
        self.mqtt.on_publish = lambda _c, _u, _m, reason, _p: self.acks.put(reason.getName())
        self.mqtt.on_disconnect = lambda *_: self.ended.set()
        self.mqtt.connect("localhost", port)
        self.mqtt.loop_start()
        assert self._connected.get(timeout=WAIT_S) == "Success"

    def publish(self, topic: str, payload: bytes = b"x") -> str:
        self.mqtt.publish(topic, payload, qos=1)
        return self.acks.get(timeout=WAIT_S)


@contextmanager
def connected(*words: object) -> Iterator[Client]:
    client = Client(*words)  # type: ignore[arg-type]  # as Client has it
    try:
        yield client
    finally:
        client.mqtt.disconnect()
        client.mqtt.loop_stop()


@contextmanager
def ears(house: House) -> Iterator[Client]:
    """One of ours who hears everything."""
    with connected("casevac-ingest", house.home.secret("casevac-ingest"), house.broker.port) as ours:
        granted = threading.Event()
        ours.mqtt.on_subscribe = lambda *_: granted.set()
        ours.mqtt.subscribe("casevac/v1/#", qos=1)
        assert granted.wait(WAIT_S)
        yield ours


def test_password_and_certificate_each_open_their_door_and_no_other(house: House) -> None:
    password = house.broker.add_devices(["amb-1"])["amb-1"]
    house.certify("amb-2")
    by_password, by_certificate = house.outside.mqtts, house.outside.certificates
    login, files = ["-u", "amb-1", "-P", password], house.files_of("amb-2")
    with ears(house) as ours:
        assert not house.publish(by_certificate, "casevac/v1/amb-1/report", *login)  # no certificate
        assert not house.publish(by_password, "casevac/v1/amb-2/report", *files)  # no password
        assert not house.publish(by_password, "casevac/v1/amb-2/report", *files, "-u", "amb-2", "-P", "")
        assert not house.publish(by_password, "casevac/v1/amb-1/report", "-u", "amb-1", "-P", "wrong")
        assert house.publish(by_password, "casevac/v1/amb-1/report", *login, message="by password")
        assert house.publish(by_certificate, "casevac/v1/amb-2/report", *files, message="by certificate")
        assert ours.delivered.get(timeout=WAIT_S) == ("casevac/v1/amb-1/report", b"by password")
        assert ours.delivered.get(timeout=WAIT_S) == ("casevac/v1/amb-2/report", b"by certificate")


def test_strangers_are_refused_before_they_say_a_word(house: House, tmp_path: Path) -> None:
    """Another authority's certificate, a broker of another authority, no TLS at all, an old TLS."""
    other = Home(tmp_path / "other")
    other.prepare()
    stranger = Authority(other)
    password = house.broker.add_devices(["amb-1"])["amb-1"]
    login, topic = ["-u", "amb-1", "-P", password], "casevac/v1/amb-1/report"
    issued = stranger.issue("amb-1")
    (tmp_path / "amb-1.pem").write_text(issued.certificate)
    (tmp_path / "amb-1.key").write_text(issued.key)
    assert not house.publish(house.outside.certificates, topic, *house.files_of("amb-1"))
    assert not house.publish(house.outside.mqtts, topic, *login, ca=str(stranger.path))
    for port in (house.outside.mqtts, house.outside.certificates):
        assert not accepted("127.0.0.1", port or 0, "amb-1", password)  # plaintext
        old = openssl("s_client", "-connect", f"localhost:{port}", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
        assert "alert protocol version" in old.stderr
        new = openssl("s_client", "-connect", f"localhost:{port}", "-tls1_2", "-CAfile", house.ca)
        assert "Verify return code: 0 (ok)" in new.stdout
    assert house.publish(house.outside.mqtts, topic, *login)


def test_a_certificate_speaks_for_its_own_name_whatever_name_is_given(house: House) -> None:
    password = house.broker.add_devices(["amb-1"])["amb-1"]
    house.certify("amb-2")
    with ears(house) as ours:
        with connected("amb-1", password, house.outside.certificates, house.context("amb-2")) as forger:
            assert forger.publish("casevac/v1/amb-1/report", b"forged") == "Not authorized"
            assert forger.publish("casevac/v1/amb-2/task", b"forged") == "Not authorized"
            assert forger.publish("casevac/v1/amb-2/report", b"honest") == "Success"
        assert ours.delivered.get(timeout=WAIT_S) == ("casevac/v1/amb-2/report", b"honest")


def test_a_takeover_at_another_door_displaces_itself_only(house: House) -> None:
    password = house.broker.add_devices(["amb-1"])["amb-1"]
    house.certify("amb-2")
    with (
        connected("amb-1", password, house.broker.port) as first,
        connected("amb-2", "", house.outside.certificates, house.context("amb-2")) as other,
        connected("amb-1", password, house.outside.mqtts, house.context()) as second,
    ):
        assert first.ended.wait(WAIT_S)
        assert second.publish("casevac/v1/amb-1/report") == "No matching subscribers"
        assert other.publish("casevac/v1/amb-2/report") == "No matching subscribers"
        assert not other.ended.is_set()
        assert not second.ended.is_set()


@pytest.mark.parametrize("by", ["password", "password over TLS", "certificate"])
def test_a_revoked_device_is_thrown_out_and_stays_out(house: House, by: str) -> None:
    others = house.broker.add_devices(["amb-8"])["amb-8"]
    house.certify("amb-9")
    password = "" if by == "certificate" else house.broker.add_devices(["amb-1"])["amb-1"]
    if by == "certificate":
        house.certify("amb-1")
    doors = {"password": house.broker.port, "password over TLS": house.outside.mqtts}
    context = None if by == "password" else house.context("amb-1" if by == "certificate" else None)
    with (
        ears(house) as ours,
        connected("amb-8", others, house.outside.mqtts, house.context()) as eight,
        connected("amb-9", "", house.outside.certificates, house.context("amb-9")) as nine,
        connected("amb-1", password, doors.get(by, house.outside.certificates), context) as lost,
    ):
        lost.mqtt.subscribe("casevac/v1/amb-1/task", qos=1)
        assert lost.publish("casevac/v1/amb-1/report", b"before") == "Success"
        house.broker.cut_off("amb-1")
        assert lost.ended.wait(WAIT_S)
        words = ["-u", "amb-1", "-P", password] if password else house.files_of("amb-1")
        door = house.outside.mqtts if password else house.outside.certificates
        assert not house.publish(door, "casevac/v1/amb-1/report", *words, message="after")
        assert not (password and accepted("127.0.0.1", house.broker.port, "amb-1", password))
        for name, one in (("amb-8", eight), ("amb-9", nine)):
            assert one.publish(f"casevac/v1/{name}/report", b"still here") == "Success"
            assert not one.ended.is_set()
        heard = [ours.delivered.get(timeout=WAIT_S) for _ in range(3)]
    assert [payload for _, payload in heard] == [b"before", b"still here", b"still here"]
    assert "amb-1" not in house.broker.devices()


def test_what_a_revoked_device_still_holds_open_is_worth_nothing(house: House) -> None:
    """A handshake made before with a certificate that was good then, used only afterwards."""
    house.certify("amb-1")
    with ears(house) as ours:
        raw = socket.create_connection(("localhost", house.outside.certificates or 0))
        with house.context("amb-1").wrap_socket(raw, server_hostname="localhost") as door:
            house.broker.cut_off("amb-1")
            topic = b"casevac/v1/amb-1/report"
            body = len(topic).to_bytes(2, "big") + topic + b"forged"
            door.settimeout(WAIT_S)
            try:
                door.sendall(bytes.fromhex("101100044d5154540402003c0005616d622d31"))  # CONNECT as amb-1
                door.sendall(b"\x30" + bytes((len(body),)) + body)
                door.sendall(b"\xc0\x00")  # once it is answered, or the door shut, the forged one was judged
                while door.recv(100) not in (b"", b"\xd0\x00"):
                    pass
            except OSError:
                pass
        house.certify("amb-2")
        assert house.publish(house.outside.certificates, "casevac/v1/amb-2/report", *house.files_of("amb-2"))
        assert ours.delivered.get(timeout=WAIT_S) == ("casevac/v1/amb-2/report", b"x")


def test_revoked_outlives_a_restart_of_the_broker(house: House) -> None:
    house.certify("amb-1")
    house.certify("amb-2")
    house.broker.cut_off("amb-1")
    with pytest.raises(BadName, match="exists already"):
        house.broker.add_devices(["amb-1"])
    again = Broker(house.home, house.broker.port, house.outside)
    with alone(again):
        for name, may in (("amb-1", False), ("amb-2", True)):
            topic = f"casevac/v1/{name}/report"
            assert house.publish(house.outside.certificates, topic, *house.files_of(name)) is may
        password = again.add_devices(["amb-1"], renew=True)["amb-1"]
        assert house.publish(house.outside.mqtts, "casevac/v1/amb-1/report", "-u", "amb-1", "-P", password)
        with connected("amb-1", password, again.port) as back:
            assert back.publish("casevac/v1/amb-1/report") == "No matching subscribers"


@pytest.mark.parametrize("told", ["as it was killed", "as it was stopped"])
def test_a_device_is_revoked_while_the_broker_is_down(
    house: House, database_url: str, db: Connection, told: str
) -> None:
    enrol(db, "amb-1", "amb-2", "amb-3")
    passwords = house.broker.add_devices(["amb-1", "amb-3"])
    house.certify("amb-2")
    assert house.broker.end_orphans()
    if told == "as it was stopped":
        (house.home.run / "broker.json").unlink()
    environment = {"CASEVAC_HOME": str(house.home.path), "CASEVAC_DATABASE_URL": database_url}
    for name in ("amb-1", "amb-2"):
        done = CliRunner().invoke(main, ["device", "revoke", name], env=environment)
        assert done.exit_code == 0, done.output
        assert "The broker does not run now" in done.output
        assert f"casevac device add {name} --renew" in done.output
    assert logins.revoked(db) == {"amb-1", "amb-2"}
    assert house.broker.devices() == {"amb-3"}
    with alone(Broker(house.home, house.broker.port, house.outside)):
        for name, may in (("amb-1", False), ("amb-3", True)):
            assert accepted("127.0.0.1", house.broker.port, name, passwords[name]) is may
        topic = "casevac/v1/amb-2/report"
        assert not house.publish(house.outside.certificates, topic, *house.files_of("amb-2"))


def test_a_broker_that_does_not_answer_is_told_and_the_device_is_cut_off_all_the_same(
    house: House, db: Connection, database_url: str
) -> None:
    enrol(db, "amb-1")
    password = house.broker.add_devices(["amb-1"])["amb-1"]
    (process,) = found(lives_in(house.home.broker, "mosquitto"))
    process.suspend()
    settings = Settings(home=house.home.path, database_url=database_url)
    try:
        with pytest.raises(PartFailed, match="amb-1 is revoked, nothing of it is stored"):
            credentials.revoke(settings, "amb-1")
    finally:
        process.resume()
    assert logins.revoked(db) == {"amb-1"}
    assert "amb-1" not in house.broker.devices()
    assert wait_until(lambda: not accepted("127.0.0.1", house.broker.port, "amb-1", password), WAIT_S)
    assert credentials.revoke(settings, "amb-1")  # as it is told to do


@pytest.mark.parametrize("why", ["a frozen ingest", "no database"])
def test_a_device_is_cut_off_at_the_broker_when_the_store_cannot_be_told(
    house: House, database_url: str, db: Connection, why: str
) -> None:
    enrol(db, "amb-1")
    password = house.broker.add_devices(["amb-1"])["amb-1"]
    environment = {"CASEVAC_HOME": str(house.home.path), "CASEVAC_DATABASE_URL": database_url}
    nowhere = {**environment, "CASEVAC_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{next_free(6900)}/none"}
    words = ["device", "revoke", "amb-1"]
    with closing(connect(database_url)) as frozen, connected("amb-1", password, house.broker.port) as lost:
        logins.revoked(frozen)  # amid a batch, and then it does nothing more
        told = CliRunner().invoke(main, words, env=nowhere if why == "no database" else environment)
        assert lost.ended.wait(WAIT_S)
    assert told.exit_code == 1
    assert isinstance(told.exception, SystemExit)  # one line and no traceback
    assert "amb-1 has no login and no connection any more, but the store was not told" in told.output
    assert "run 'casevac device revoke amb-1' again" in told.output
    assert not accepted("127.0.0.1", house.broker.port, "amb-1", password)
    again = CliRunner().invoke(main, words, env=environment)  # as it is told to do
    assert (again.exit_code, logins.revoked(db)) == (0, {"amb-1"}), again.output


def test_a_device_that_neither_the_store_nor_the_broker_knows_is_not_said_to_be_cut_off(
    tmp_path: Path,
) -> None:
    """As with another CASEVAC_HOME than that of the installation."""
    told = CliRunner().invoke(
        main, ["device", "revoke", "amb-1"], env={"CASEVAC_HOME": str(tmp_path / "other")}
    )
    assert told.exit_code == 1
    assert "nothing is done" in told.output and "CASEVAC_HOME" in told.output
    assert not (tmp_path / "other" / "broker").exists()


def test_nothing_is_told_as_done_when_neither_store_nor_broker_answers(house: House) -> None:
    house.broker.add_devices(["amb-1"])
    (process,) = found(lives_in(house.home.broker, "mosquitto"))
    process.suspend()
    nowhere = f"postgresql://nobody@127.0.0.1:{next_free(6900)}/none"
    environment = {"CASEVAC_HOME": str(house.home.path), "CASEVAC_DATABASE_URL": nowhere}
    try:
        done = CliRunner().invoke(main, ["device", "revoke", "amb-1"], env=environment)
    finally:
        process.resume()
    assert done.exit_code == 1
    assert "amb-1 is not revoked: the store was not told" in done.output
    assert "run 'casevac device revoke amb-1' again" in done.output


def waits_for(lock: Path) -> bool:
    """True while somebody waits for this lock file."""
    number = f":{lock.stat().st_ino} "
    return any("->" in line and number in line for line in Path("/proc/locks").read_text().splitlines())


def test_a_broker_that_starts_while_a_device_is_cut_off_throws_it_out(house: House) -> None:
    """It has read the files as they were before: started after the look for it, before they are written."""
    password = house.broker.add_devices(["amb-1"])["amb-1"]
    assert house.broker.end_orphans()
    told: list[bool] = []
    cutting = threading.Thread(target=lambda: told.append(house.broker.cut_off("amb-1")))
    place = house.home.path / ".passwords.lock"
    with ExitStack() as left_open:
        left_open.callback(house.broker.end_orphans)
        with locked(place):
            cutting.start()
            assert wait_until(lambda: waits_for(place), WAIT_S)
            Launch(
                [find_program(), "-c", "mosquitto.conf"],
                log=house.home.log_file("broker"),
                environment=plain_environment(),
                cwd=house.home.broker,
                account=unprivileged("mosquitto"),
            ).start()
            port = house.broker.port
            assert wait_until(lambda: accepted("127.0.0.1", port, "amb-1", password), WAIT_S)
            held = left_open.enter_context(connected("amb-1", password, port))
        cutting.join(WAIT_S)
        assert told == [True]
        assert held.ended.wait(WAIT_S)
        assert not accepted("127.0.0.1", port, "amb-1", password)


def test_a_broker_that_starts_leaves_the_rules_of_who_is_cut_off(home: Home) -> None:
    """Its start reads who is cut off and writes the rules by it as one step, as a revocation does."""
    broker = Broker(home, next_free(21883))
    starting = threading.Thread(target=broker.spawn)
    place = home.path / ".barred.lock"
    try:
        with locked(place):
            starting.start()
            assert wait_until(lambda: waits_for(place) or not starting.is_alive(), WAIT_S)
            write_json(home.path / "barred.json", {"names": ["amb-1"]})  # a revocation in its midst
        starting.join(WAIT_S)
        rules = (home.broker / "acl").read_text()
    finally:
        broker.end_orphans()
    assert rules.startswith("user amb-1\ntopic deny casevac/v1/amb-1/#\n")


def test_a_renewed_certificate_ends_the_former_one(house: House) -> None:
    house.certify("amb-1")
    with connected("amb-1", "", house.outside.certificates, house.context("amb-1")) as former:
        for name in ("amb-1.pem", "amb-1.key"):
            (house.files / name.replace("amb-1", "old")).write_bytes((house.files / name).read_bytes())
        house.certify("amb-1", renew=True)
        assert former.ended.wait(WAIT_S)
    topic = "casevac/v1/amb-1/report"
    assert not house.publish(house.outside.certificates, topic, *house.files_of("old"))
    assert house.publish(house.outside.certificates, topic, *house.files_of("amb-1"))


def test_a_new_address_gets_into_the_certificate_while_the_broker_runs(house: House) -> None:
    def serves(name: str) -> bool:
        asked = openssl(
            "s_client", "-connect", f"localhost:{house.outside.mqtts}", "-CAfile", house.ca,
            "-verify_return_error", "-verify_hostname", name,
        )  # fmt: skip
        return asked.returncode == 0

    password = house.broker.add_devices(["amb-1"])["amb-1"]
    assert not serves("new.example")
    with connected("amb-1", password, house.outside.mqtts, house.context()) as tracker:
        Broker(
            house.home, house.broker.port, Outside(mqtts=1, certificates=1, names=("new.example",))
        ).refresh()
        assert wait_until(lambda: serves("new.example"), WAIT_S)
        assert tracker.publish("casevac/v1/amb-1/report") == "No matching subscribers"


# --- through to the store


@pytest.fixture
def db(database_url: str) -> Iterator[Connection]:
    db = connect(database_url, autocommit=True)
    missions.open_mission(db, Mission("m", "Test", MissionKind.EXERCISE, Profile()), datetime.now(UTC))
    yield db
    db.close()


@contextmanager
def ingesting(house: House, database_url: str) -> Iterator[None]:
    ingest, ready = Ingest(database_url, house.broker.url("casevac-ingest")), threading.Event()
    thread = threading.Thread(target=ingest.run, args=(ready.set,))
    thread.start()
    try:
        assert ready.wait(WAIT_S)
        yield
    finally:
        ingest.stop()
        thread.join(WAIT_S)


def report(lon: float, **more: object) -> str:
    return json.dumps({"at": datetime.now(UTC).isoformat(), "lon": lon, "lat": 4.36, **more})


def aside(db: Connection) -> list[tuple[str, str]]:
    with db.cursor() as cursor:
        cursor.execute("SELECT device, reason FROM set_aside ORDER BY id")
        return cursor.fetchall()


def enrol(db: Connection, *names: str) -> None:
    for name in names:
        missions.enrol(db, "m", name, None, datetime.now(UTC))


def test_mosquitto_pub_over_tls_reaches_the_store(house: House, database_url: str, db: Connection) -> None:
    enrol(db, "amb-1", "amb-2")
    password = house.broker.add_devices(["amb-1"])["amb-1"]
    house.certify("amb-2")
    with ingesting(house, database_url):
        login = ["-u", "amb-1", "-P", password]
        assert house.publish(house.outside.mqtts, "casevac/v1/amb-1/report", *login, message=report(18.1))
        files = house.files_of("amb-2")
        assert house.publish(
            house.outside.certificates, "casevac/v1/amb-2/report", *files, message=report(18.2)
        )
        assert wait_until(lambda: len(fixes.latest(db, "m")) == 2, WAIT_S)
    assert {name: fix.lon for name, fix in fixes.latest(db, "m").items()} == {"amb-1": 18.1, "amb-2": 18.2}


def test_the_reference_tracker_goes_through_both_doors(
    house: House, database_url: str, db: Connection, tmp_path: Path
) -> None:
    enrol(db, "amb-1", "amb-2")
    password = house.broker.add_devices(["amb-1"])["amb-1"]
    house.certify("amb-2")
    files = str(house.files / "amb-2.pem"), str(house.files / "amb-2.key")
    urls = {
        "amb-1": with_tls(f"mqtts://amb-1:{password}@localhost:{house.outside.mqtts}", house.ca),
        "amb-2": with_tls(f"mqtts://localhost:{house.outside.certificates}", house.ca, *files),
    }
    with ingesting(house, database_url):
        trackers = [Device(name, url, Spool(tmp_path / f"{name}.sqlite")) for name, url in urls.items()]
        for tracker in trackers:
            tracker.start()
            tracker.report(datetime.now(UTC), 18.5, 4.4)
        assert wait_until(lambda: not any(tracker.unreceipted() for tracker in trackers), WAIT_S)
        for tracker in trackers:
            tracker.close()
    assert set(fixes.latest(db, "m")) == {"amb-1", "amb-2"}


def test_files_that_are_no_certificates_are_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    for url in (
        with_tls("mqtts://h", str(tmp_path / "ca.pem")),
        with_tls("mqtts://h", str(tmp_path / "none")),
    ):
        with pytest.raises(BadSetting, match="cannot be used for TLS"):
            Session(url)
    with pytest.raises(BadSetting, match="'verify' is not one of"):
        Session("mqtts://h?verify=no")


def test_what_was_queued_of_a_revoked_device_is_refused(
    house: House, database_url: str, db: Connection
) -> None:
    """It was sent before, but the store hears of it after."""
    enrol(db, "amb-1", "amb-2")
    passwords = house.broker.add_devices(["amb-1", "amb-2"])
    with ingesting(house, database_url):
        pass  # its session stays at the broker
    with connected("amb-1", passwords["amb-1"], house.broker.port) as lost:
        for n in (1, 2):
            assert lost.publish("casevac/v1/amb-1/report", report(18.1, epoch=1, n=n).encode()) == "Success"
        alert = {
            "at": f"{datetime.now(UTC):%FT%TZ}",
            "kind": "alert_raised",
            "epoch": 1,
            "n": 3,
            "lon": 1,
            "lat": 1,
        }
        assert lost.publish("casevac/v1/amb-1/event", json.dumps(alert).encode()) == "Success"
        logins.revoke(db, "amb-1", datetime.now(UTC), "tester")
        house.broker.cut_off("amb-1")
    with connected("amb-2", passwords["amb-2"], house.broker.port) as other:
        assert other.publish("casevac/v1/amb-2/report", report(18.2).encode()) == "Success"
    with ingesting(house, database_url):
        assert wait_until(lambda: len(aside(db)) == 3 and bool(fixes.latest(db, "m")), WAIT_S)
    assert aside(db) == [("amb-1", "device amb-1 is revoked")] * 3
    assert set(fixes.latest(db, "m")) == {"amb-2"}


def test_ingest_at_work_refuses_a_device_from_its_revocation_on(
    house: House, database_url: str, db: Connection
) -> None:
    """Though the broker still lets it in: the store is told first. Its last will alone is heard."""
    enrol(db, "amb-1")
    password = house.broker.add_devices(["amb-1"])["amb-1"]
    with ingesting(house, database_url), connected("amb-1", password, house.broker.port) as lost:
        lost.publish("casevac/v1/amb-1/status", b"online")
        lost.publish("casevac/v1/amb-1/report", report(18.1).encode())
        assert wait_until(lambda: bool(fixes.latest(db, "m")), WAIT_S)
        logins.revoke(db, "amb-1", datetime.now(UTC), "tester")
        lost.publish("casevac/v1/amb-1/report", report(18.2).encode())
        lost.publish("casevac/v1/amb-1/status", b"offline")
        assert wait_until(lambda: len(aside(db)) == 1, WAIT_S)
        lost.publish("casevac/v1/amb-1/event", b"{}")  # makes ingest read all rights anew
        assert wait_until(lambda: len(aside(db)) == 2, WAIT_S)
        logins.admitted(db, "amb-1", None)
        lost.publish("casevac/v1/amb-1/report", report(18.3).encode())
        assert wait_until(lambda: fixes.latest(db, "m")["amb-1"].lon == 18.3, WAIT_S)
    assert aside(db) == [("amb-1", "device amb-1 is revoked")] * 2


# --- settings


@pytest.mark.parametrize(
    "named",
    ["mqtt", "mqtt=", "coap=10.0.0.1", "mqtt=host", "http=10.0.0.1:0", "http=0.0.0.0", "mqtt=127.0.0.1"],
)
def test_a_plaintext_door_is_named_by_an_address_or_refused(home: Home, named: str) -> None:
    with pytest.raises(BadSetting, match="--plain"):
        decide(Settings(home=home.path, plain=(named,)), 8080, 1883)


def test_a_plaintext_door_at_the_users_own_broker_is_refused(home: Home) -> None:
    theirs = Settings(home=home.path, mqtt_url="mqtt://u:p@h:1883", plain=("mqtt=10.0.0.1",))
    with pytest.raises(BadSetting, match="your own"):
        decide(theirs, 8080, 1883)

"""Where the benches run: a private PostgreSQL, Mosquitto and ingest, each the product's own process."""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg2

from casevac.mission import Mission, Profile
from casevac.roof import ours
from casevac.roof.broker import HOUSE_USERS, Broker
from casevac.roof.home import Home
from casevac.roof.part import alone
from casevac.roof.parts import Command, Row
from casevac.roof.postgres import Cluster
from casevac.store.connection import connect
from casevac.store.migrate import upgrade
from casevac.store.missions import enrol, open_mission
from casevac.terms import MissionKind
from tests.ports import next_free
from tracker.address import address_of

DEVICES = 500
MISSION = "bench"
EMPTIED = ("positions", "latest_positions", "numbers", "seen", "peer_positions", "peer_latest")


def say(text: str) -> None:
    """Progress, on standard error."""
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")
    sys.stderr.flush()


@dataclass
class Place:
    """A running database and broker with enrolled devices; ingest is started by whoever needs it."""

    home: Home
    cluster: Cluster
    broker: Broker
    database: "subprocess.Popen[bytes]"
    broker_process: "subprocess.Popen[bytes]"
    names: list[str]
    accounts: Path
    records: list[Path] = field(default_factory=list)
    cpu_us: dict[str, list[float]] = field(default_factory=dict)
    _used: "Counter[str]" = field(default_factory=Counter)

    def fresh(self, name: str) -> str:
        """The name of a record that was not used before."""
        self._used[name] += 1
        return f"{name}-{self._used[name]}"

    @property
    def database_url(self) -> str:
        """The store."""
        return self.cluster.url()

    def house(self, user: str = "casevac-tool") -> str:
        """USER:PASSWORD of an account that may write and read every topic."""
        return f"{user}:{self.home.secret(user)}"

    def password(self, name: str) -> str:
        """The password of a device."""
        told: dict[str, str] = json.loads(self.accounts.read_text())
        return told[name]

    def environment(self) -> dict[str, str]:
        """What `casevac ingest` is told."""
        return ours.environment(
            {
                "CASEVAC_HOME": str(self.home.path),
                "CASEVAC_DATABASE_URL": self.database_url,
                "CASEVAC_MQTT_URL": self.broker.url("casevac-ingest"),
            }
        )

    @contextmanager
    def ingest(self) -> Iterator["subprocess.Popen[bytes]"]:
        """`casevac ingest` as its real process."""
        with alone(Command(self.home, Row("ingest", "casevac-ingest"), self.environment, 0)) as process:
            yield process

    def rows(self) -> int:
        """Positions in the store."""
        db = connect(self.database_url)
        try:
            with db, db.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0; SELECT count(*) FROM positions")
                (many,) = cursor.fetchone() or (0,)
        finally:
            db.close()
        return int(many)

    def forget(self) -> None:
        """Empty the store of reports and the broker of sessions, so that no part weighs on the next."""
        for user in HOUSE_USERS:  # a clean session in place of the lasting one, gone at once
            login = [
                "-h",
                "127.0.0.1",
                "-p",
                str(self.broker.port),
                "-u",
                user,
                "-P",
                address_of(self.broker.url(user)).password or "",
            ]
            subprocess.run(["mosquitto_sub", *login, "-t", "casevac/v1/none/task", "-E"], check=True)
        db = psycopg2.connect(self.database_url)
        try:
            with db, db.cursor() as cursor:
                cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
                there = {str(name) for (name,) in cursor.fetchall()}
                emptied = [name for name in EMPTIED if name in there]
                cursor.execute(f"TRUNCATE {', '.join(emptied)}")
            db.autocommit = True
            db.cursor().execute("CHECKPOINT")
        finally:
            db.close()


@contextmanager
def opened(devices: int = DEVICES, profile: Profile | None = None) -> Iterator[Place]:
    """A place with so many devices BENCH-000 .. enrolled, in a temporary home of its own."""
    with tempfile.TemporaryDirectory(prefix="casevac-bench-") as directory, ExitStack() as stack:
        home = Home(Path(directory) / "home")
        home.prepare()
        cluster, broker = Cluster(home, next_free(15432)), Broker(home, next_free(21883))
        database = stack.enter_context(alone(cluster))
        broker_process = stack.enter_context(alone(broker))
        upgrade(cluster.url())
        names = [f"BENCH-{number:03}" for number in range(devices)]
        accounts = Path(directory) / "accounts.json"
        accounts.write_text(json.dumps(broker.add_devices(names)))
        _enrol(cluster.url(), names, profile or Profile())
        yield Place(home, cluster, broker, database, broker_process, names, accounts)


def _enrol(url: str, names: list[str], profile: Profile) -> None:
    """All in one mission."""
    db = connect(url)
    now = datetime.now(UTC)
    with db:
        open_mission(db, Mission(MISSION, "Bench", MissionKind.EXERCISE, profile), now)
        for name in names:
            enrol(db, MISSION, name, None, now)
    db.close()

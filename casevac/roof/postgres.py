"""The private PostgreSQL cluster under HOME/postgres: made, started, checked, ended."""

import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil
import psycopg2
from psycopg2 import sql

from casevac.errors import PartFailed
from casevac.roof.files import make_directory, read_json, write_json
from casevac.roof.home import Home
from casevac.roof.ports import LOOPBACK, is_free
from casevac.roof.process import Launch, end, found, last_line, lives_in, plain_environment, unprivileged
from casevac.roof.sockets import reachable

FIRST_PORT = 5432
OWNER = "casevac"
DATABASE = "casevac"
_DEBIAN = Path("/usr/lib/postgresql")
_CONNECT_S = 3

# Facts the promises rest on: asserted each time the cluster answers for the first time.
_DURABLE = ("data_checksums", "fsync", "full_page_writes", "synchronous_commit")

_CONFIGURATION = {
    "unix_socket_directories": ".",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "50",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] ",
    "jit": "off",  # our queries are short; compiling them costs more than it saves
}


class Cluster:
    """One private cluster. `port` names the socket file, and the loopback port when that is free."""

    name = "database"
    stop_signal = signal.SIGINT  # "fast": open transactions are rolled back, then a clean checkpoint
    patience_s = 30.0

    def __init__(self, home: Home, port: int = FIRST_PORT) -> None:
        self._home = home
        self._account = unprivileged("postgres")
        self._furnished = False
        self.port = port

    @property
    def address(self) -> str:
        """Where it listens, without any secret."""
        return f"{LOOPBACK}:{self.port}"

    def url(self, database: str = DATABASE) -> str:
        """The connection URL over the unix socket, as psycopg2 and SQLAlchemy take it; holds the secret."""
        query = urlencode({"host": str(reachable(self._home.cluster, self.port)), "port": self.port})
        return f"postgresql://{OWNER}:{quote(self._home.secret('database'), safe='')}@/{database}?{query}"

    def spawn(self) -> "subprocess.Popen[bytes]":
        """Start the server (making the cluster on first use); raises PartFailed."""
        self.end_orphans()
        make_directory(self._home.cluster, self._account.owner if self._account else None)
        programs = find_programs(self._home.cluster)
        if not (self._home.cluster / "PG_VERSION").exists():
            self._create(programs)
        self._furnished = False
        with _Opened(self._home.cluster) as directory:
            options = dict(_CONFIGURATION, port=str(self.port), listen_addresses=self._listen())
            options |= after_crash((self._home.cluster / "PG_VERSION").read_text(), os.uname().release)
            arguments = [f"--{key}={value}" for key, value in options.items()]
            argv = [str(programs / "postgres"), "-D", directory.path, *arguments]
            write_json(self._home.run / "database.json", {"port": self.port}, durable=False)
            return self._launch(argv, directory).start()

    def ready(self) -> bool:
        """True when it answers and holds our database with PostGIS; raises PartFailed if it never can."""
        try:
            if not self._furnished:
                self._furnish()
                self._furnished = True
            with _answer(self.url()) as cursor:
                cursor.execute("SELECT 1")
        except psycopg2.OperationalError as fault:
            if "password authentication failed" in str(fault):
                place = self._home.path / "secrets.json"
                raise PartFailed(f"It refuses our password: {place} is not that of this database.") from fault
            return False
        return True

    def end_orphans(self) -> bool:
        """End every server process that still works in our cluster (after a kill -9), and no other."""
        ours = lives_in(self._home.cluster, "postgres")
        running = found(ours)
        parents = {_parent(process) for process in running}
        end([p for p in running if p.pid in parents], self.stop_signal, self.patience_s)
        # Without their server the rest can commit nothing, and a new one waits for them: quit at once.
        end(found(ours), signal.SIGQUIT, 1.0)
        # Nothing works here any more, so a left lock file can only name a stranger with a reused number.
        with suppress(OSError):
            (self._home.cluster / "postmaster.pid").unlink()
        return bool(running)

    def _listen(self) -> str:
        """Loopback for desktop tools; when a stranger took the port meanwhile, the socket alone will do."""
        return LOOPBACK if is_free(self.port) else ""

    def _launch(self, argv: list[str], directory: "_Opened", *more: int) -> Launch:
        return Launch(
            argv,
            log=self._home.log_file(self.name),
            environment=plain_environment(),
            account=self._account,
            descriptors=(directory.handle, *more),
        )

    def _create(self, programs: Path) -> None:
        """Run initdb. The password reaches it through memory, never through a file or a command line."""
        for leftover in self._home.cluster.iterdir():  # an initdb that was killed half-way
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        password = os.memfd_create("casevac-password", os.MFD_CLOEXEC)
        try:
            if self._account:
                os.fchown(password, *self._account.owner)
            os.write(password, self._home.secret("database").encode() + b"\n")
            with _Opened(self._home.cluster) as directory:
                log = self._home.log_file(self.name)
                start = log.stat().st_size if log.exists() else 0
                argv = [
                    str(programs / "initdb"),
                    "-D",
                    directory.path,
                    "-k",
                    "-E",
                    "UTF8",
                    "--locale=C.UTF-8",
                ]
                argv += ["-U", OWNER, "-A", "scram-sha-256", f"--pwfile=/proc/self/fd/{password}"]
                if self._launch(argv, directory, password).start().wait() != 0:
                    raise PartFailed(
                        f"The database could not be created: {last_line(log, start)} (see {log})"
                    )
        finally:
            os.close(password)

    def _furnish(self) -> None:
        """Assert durability, make our database and PostGIS in it."""
        with _answer(self.url("postgres")) as cursor:
            for setting in _DURABLE:
                cursor.execute(sql.SQL("SHOW {}").format(sql.Identifier(setting)))
                if cursor.fetchone() != ("on",):
                    raise PartFailed(
                        f"The database runs with {setting} off: it could lose reports. Turn it on."
                    )
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        with _answer(self.url()) as cursor:
            try:
                cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
            except psycopg2.errors.FeatureNotSupported as fault:
                raise PartFailed("PostGIS is not installed: apt install postgresql-15-postgis-3.") from fault


def after_crash(version: str, kernel: str) -> dict[str, str]:
    """The setting by which the cluster is brought to disk at once before it recovers, not file by file.

    A thousand files one by one take seconds on a busy disk. Servers before 14 cannot; Linux before 5.8 does
    not tell of errors then.
    """
    linux = tuple(int(number) for number in re.findall(r"\d+", kernel)[:2])
    able = version.strip().isdigit() and int(version) >= 14 and linux >= (5, 8)
    return {"recovery_init_sync_method": "syncfs"} if able else {}


def running(home: Home) -> Cluster:
    """The embedded cluster of `home`, as its supervisor last started it; raises PartFailed."""
    port = last_port(home)
    if port is None:
        raise PartFailed("The embedded database does not run: start it with 'casevac up'.")
    return Cluster(home, port)


def last_port(home: Home) -> int | None:
    """Where the embedded database of `home` listens, or did when it was not stopped in order."""
    port = read_json(home.run / "database.json").get("port")
    return port if isinstance(port, int) else None


class _Opened:
    """The cluster directory as an open descriptor.

    An unprivileged server reaches it as /proc/self/fd/N even where it may not walk the path to it
    (a home that is root's, mode 0700).
    """

    def __init__(self, directory: Path) -> None:
        self.handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self.path = f"/proc/self/fd/{self.handle}"

    def __enter__(self) -> "_Opened":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.handle)


class _answer:  # noqa: N801  (reads as a verb: with _answer(url) as cursor)
    """A short autocommit connection, closed at the end of the block."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> "psycopg2.extensions.cursor":
        self._connection = psycopg2.connect(self._url, connect_timeout=_CONNECT_S)
        self._connection.autocommit = True
        return self._connection.cursor()

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _parent(process: psutil.Process) -> int:
    """The number of its parent; 0 when it is gone meanwhile."""
    try:
        return process.ppid()
    except psutil.Error:
        return 0


def find_programs(cluster: Path, debian: Path = _DEBIAN, path: str | None = None) -> Path:
    """Where initdb and postgres are, of the cluster's own version or else the newest; raises PartFailed."""
    version = cluster / "PG_VERSION"
    wanted = version.read_text().strip() if version.exists() else None
    installed = {place.parents[1].name: place.parent for place in debian.glob("*/bin/initdb")}
    if wanted in installed:
        return installed[wanted]
    if installed and wanted is None:
        return installed[max(installed, key=_newest)]
    on_path = shutil.which("initdb", path=path)
    if on_path is not None:
        return Path(on_path).resolve().parent
    raise PartFailed(
        f"PostgreSQL {wanted or 15} is not installed: run 'make setup' "
        f"(or apt install postgresql-{wanted or 15} postgresql-{wanted or 15}-postgis-3), "
        "or set CASEVAC_DATABASE_URL to a server that you run."
    )


def _newest(version: str) -> tuple[bool, int]:
    """Orders versions: one that has PostGIS wins, then the higher number."""
    control = Path("/usr/share/postgresql") / version / "extension" / "postgis.control"
    return control.exists(), int(version) if version.isdigit() else 0

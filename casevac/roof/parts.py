"""The list of parts that `casevac up` keeps running, and how a command of ours is run as a part."""

import http.client
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from casevac.roof import ours
from casevac.roof.commands import exists
from casevac.roof.home import Home
from casevac.roof.ports import LOOPBACK
from casevac.roof.process import Launch, end, found
from casevac.roof.spare import Spare
from tracker.lanes import INGEST_USER

FRESH_S = 5.0  # a part announces itself every second: so old a sign is that of one that hangs


@dataclass(frozen=True)
class Row:
    """One command of ours that runs as a part.

    name: the part, and its command (`casevac NAME`) unless `words` say it; mqtt_user: whom it is at the
    embedded broker;
    http: ready when /api/health answers, else while it calls `announce` every second;
    port: the variable that names its port, of one that listens otherwise;
    demo: only with the demo; spare: its next process is started ahead.
    """

    name: str
    mqtt_user: str
    http: bool = False
    demo: bool = False
    words: tuple[str, ...] = ()
    spare: bool = True
    port: str = ""

    @property
    def command(self) -> tuple[str, ...]:
        """What stands after `casevac`."""
        return self.words or (self.name,)


# Started in this order, after the database, the migrations and the broker; stopped in the reverse.
ROWS = (
    Row("ingest", INGEST_USER),
    Row("serve", "casevac-tool", http=True),
    Row("tasking", "casevac-tasking"),
    Row("watch", "casevac-tool", spare=False),
    Row("cot", "casevac-tool", spare=False, port="CASEVAC_COT_PORT"),
    Row("planner", "casevac-tool", spare=False),
    Row("exercise", "casevac-tool", demo=True, spare=False),
)


def rows(mission: str, ingest: int = 1) -> list[Row]:
    """The rows to run for `mission` ("demo" or "none") whose command is installed; so many of ingest."""
    wanted = [row for row in ROWS if exists(row.name) and (mission == "demo" or not row.demo)]
    return [each for row in wanted for each in (_ingests(row, ingest) if row.name == "ingest" else [row])]


def _ingests(row: Row, of: int) -> list[Row]:
    """The processes that share what comes from the field; one alone needs no words."""
    if of == 1:
        return [row]
    share = [("--number", str(number), "--of", str(of)) for number in range(1, of + 1)]
    return [
        replace(row, name=ingest_name(number), words=(row.name, *words))
        for number, words in enumerate(share, start=1)
    ]


def ingest_name(number: int) -> str:
    """The part of ingest's process `number`: ingest, ingest-2, .."""
    return "ingest" if number == 1 else f"ingest-{number}"


class Command:
    """`python -m casevac NAME` as a part."""

    stop_signal = signal.SIGTERM
    patience_s = 10.0

    def __init__(
        self, home: Home, row: Row, environment: Callable[[], Mapping[str, str]], http_port: int
    ) -> None:
        self._home = home
        self._row = row
        self._environment = environment
        self._http_port = http_port
        self.name = row.name
        self._spare = Spare(self._started, ours.version)

    @property
    def address(self) -> str | None:
        """Where it listens; None for a part without a port."""
        if self._row.port:
            return f"tcp://{LOOPBACK}:{self._environment().get(self._row.port, '')}"
        return f"http://{LOOPBACK}:{self._http_port}" if self._row.http else None

    def spawn(self) -> "subprocess.Popen[bytes]":
        """Start it, or let its spare go to work; secrets are in its environment only."""
        self.end_orphans()
        self._home.ready_file(self.name).unlink(missing_ok=True)
        return self._spare.take() or self._started()

    def keep_spare(self, now: float) -> bool:
        """Have its next process waiting, loaded; True when one was started just now. Raises PartFailed."""
        return self._row.spare and self._spare.keep(now)

    def end_spare(self) -> None:
        """Have none waiting any more."""
        self._spare.end()

    def ready(self) -> bool:
        """True when it has said so within FRESH_S, or answers over HTTP."""
        if self._row.http:
            return answers(f"http://{LOOPBACK}:{self._http_port}/api/health")
        try:
            age_s = time.time() - self._home.ready_file(self.name).stat().st_mtime
        except FileNotFoundError:
            return False
        return age_s < FRESH_S

    def end_orphans(self) -> bool:
        """End what an earlier start of this part left behind, its own children included."""
        test = ours.marked(self._home, self.name)
        left = found(lambda process: process.pid != self._spare.pid and test(process))
        end(left, self.stop_signal, self.patience_s)
        return bool(left)

    def _started(
        self, more: Mapping[str, str] | None = None, stdin: int = subprocess.DEVNULL
    ) -> "subprocess.Popen[bytes]":
        return Launch(
            ours.argv(*self._row.command),
            log=self._home.log_file(self.name),
            environment={**self._environment(), **ours.mark(self._home, self.name), **(more or {})},
            cwd=ours.ROOT,
            stdin=stdin,
        ).start()


def answers(url: str, patience_s: float = 4.0) -> bool:
    """True when an HTTP GET of `url` is answered with 200."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or LOOPBACK, place.port, timeout=patience_s)
    try:
        connection.request("GET", place.path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def announcer(home: Home, name: str) -> Callable[[], None]:
    """A function that part `name` calls every second while it is at work; the file's time says when."""
    return home.ready_file(name).touch

"""A whole installation run by its own command line, for tests."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil
import psycopg2

from casevac.roof import ours
from casevac.roof.home import Home
from casevac.roof.lock import holder
from casevac.roof.postgres import running
from casevac.roof.process import found, lives_in, wait_until
from tests.ports import next_free

READY_S = 120.0
_T = TypeVar("_T")


def seen_of(processes: Iterable[psutil.Process], look: Callable[[psutil.Process], _T]) -> list[_T]:
    """What a look at each process tells; one that ends meanwhile (a server of one connection) is left out."""
    told = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            told.append(look(process))
    assert told, "every process ended before it was looked at"
    return told


class Installation:
    """One home, its ports, and `casevac` run on it."""

    def __init__(self, path: Path, **environment: str) -> None:
        self.home = Home(path)
        first = {
            "HTTP": 28080,
            "MQTT": 22883,
            "DATABASE": 25432,
            "HTTPS": 28443,
            "MQTTS": 28883,
            "COT": 28087,
        }
        ports = {f"CASEVAC_{door}_PORT": str(next_free(port)) for door, port in first.items()}
        clean = {key: value for key, value in os.environ.items() if not key.startswith("CASEVAC_")}
        self.environment = {**clean, **ports, "CASEVAC_HOME": str(path), **environment}

    def start(self, *words: str, **options: Any) -> "subprocess.Popen[str]":
        """`casevac WORDS` as a process of its own group, its output readable."""
        return subprocess.Popen(
            [sys.executable, "-m", "casevac", *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """`casevac WORDS` to its end; reading to end-of-file, so that a descriptor kept open would hang."""
        child = self.start(*words)
        out, err = child.communicate(timeout=READY_S)
        return subprocess.CompletedProcess(child.args, child.returncode, out, err)

    def up(self, *words: str) -> dict[str, Any]:
        """`casevac up --detach`, which must succeed, without the demo unless asked; the state afterwards."""
        done = self.run("up", "--detach", *(words or ("--mission", "none")))
        assert done.returncode == 0, done.stderr
        return self.status()

    def status(self) -> dict[str, Any]:
        """What `casevac status --json` prints."""
        state = json.loads(self.run("status", "--json").stdout)
        assert isinstance(state, dict)
        return state

    def supervisor(self) -> psutil.Process:
        """The running supervisor."""
        pid = holder(self.home)
        assert pid is not None
        return psutil.Process(pid)

    def processes(self) -> list[psutil.Process]:
        """Every process of any part of this installation."""
        tests = [
            lives_in(self.home.cluster, "postgres"),
            lives_in(self.home.broker, "mosquitto"),
            ours.marked(self.home),
        ]
        return [process for test in tests for process in found(test)]

    def wait_ready(self) -> dict[str, Any]:
        """Wait until every part is ready again; the state."""
        found: dict[str, Any] = {}

        def ready() -> bool:
            found.update(self.status())
            return {part["state"] for part in found["parts"].values()} == {"ready"}

        assert wait_until(ready, READY_S)
        return found

    def sql(self, statement: str) -> object:
        """Run one statement in the embedded database; its first value, if any."""
        connection = psycopg2.connect(running(self.home).url())
        try:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(statement)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
        finally:
            connection.close()

    def remove(self) -> None:
        """Stop whatever still runs."""
        self.run("down")
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)

    def kill_supervisor(self) -> None:
        """kill -9; returns when it is gone and writes nothing any more."""
        supervisor = self.supervisor()
        supervisor.kill()
        supervisor.wait(READY_S)

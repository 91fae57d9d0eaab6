"""The small pieces of the roof: files, locks, logs, ports, secrets, links, addresses."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from casevac.errors import PartFailed
from casevac.roof import passwords
from casevac.roof.commands import COMMANDS, exists, load
from casevac.roof.doors import opened, shown
from casevac.roof.files import read_json, write_json, write_whole
from casevac.roof.home import Home
from casevac.roof.journal import bound
from casevac.roof.lock import Lock, holder
from casevac.roof.ports import is_free, next_free
from casevac.roof.process import last_line
from casevac.roof.sockets import LONGEST, reachable
from casevac.roof.state import all_ready, current
from casevac.settings import Settings


def test_a_file_is_written_whole_and_private(tmp_path: Path) -> None:
    place = tmp_path / "x.json"
    write_json(place, {"a": 1})
    write_json(place, {"a": 2})
    assert read_json(place) == {"a": 2}
    assert place.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [place]


def test_a_failed_write_leaves_the_old_content_and_no_litter(tmp_path: Path) -> None:
    place = tmp_path / "x"
    write_whole(place, "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(place, "\ud800")
    assert place.read_text() == "old"
    assert list(tmp_path.iterdir()) == [place]


@pytest.mark.parametrize("content", ["", "{", "[1]", "nonsense"])
def test_a_damaged_state_file_counts_as_none(tmp_path: Path, content: str) -> None:
    place = tmp_path / "parts.json"
    place.write_text(content)
    assert read_json(place) == {}


def test_logs_are_bounded_while_they_are_written(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"a" * 150)
        bound(tmp_path, largest=100)
        writer.write(b"b" * 10)
        bound(tmp_path, largest=100)
    assert log.read_bytes() == b"b" * 10
    assert (tmp_path / "part.log.1").read_bytes() == b"a" * 150


def test_the_lock_names_its_holder_and_is_freed_with_it(home: Home) -> None:
    assert holder(home) is None
    code = f"""
from pathlib import Path
from casevac.roof.home import Home
from casevac.roof.lock import Lock
assert Lock(Home(Path({str(home.path)!r}))).take()
print("taken", flush=True)
input()
"""
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "taken\n"
    assert holder(home) == child.pid
    assert not Lock(home).take(patience_s=0)
    child.kill()
    child.communicate()
    assert holder(home) is None
    with Lock(home) as lock:
        assert lock.take(patience_s=0)
        assert holder(home) == os.getpid()
    assert holder(home) is None


def test_a_port_in_use_is_not_free_and_the_next_one_is_found() -> None:
    with socket.socket() as stranger:
        stranger.bind(("0.0.0.0", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        assert not is_free(port)
        assert next_free(port) > port
    assert next_free(30000, frozenset({30000, 30001})) >= 30002


def test_no_port_at_all_is_told() -> None:
    with pytest.raises(PartFailed, match="No free port from 65535"):
        next_free(65535, frozenset({65535}))


def test_a_long_path_is_reached_by_a_short_link_of_ours(tmp_path: Path) -> None:
    far = tmp_path / ("x" * 100)
    far.mkdir()
    link = reachable(far, 65432)
    try:
        assert link.is_symlink()
        assert link.readlink() == far
        assert len(os.fsencode(link / ".s.PGSQL.65432")) <= LONGEST
        assert reachable(far, 65432) == link
    finally:
        link.unlink()
    assert reachable(Path("/short"), 5432) == Path("/short")


def test_a_link_that_a_stranger_put_there_is_passed_over(tmp_path: Path) -> None:
    far = tmp_path / ("y" * 100)
    far.mkdir()
    first = reachable(far, 5432)
    first.unlink()
    first.symlink_to("/etc")
    second = reachable(far, 5432)
    try:
        assert second != first
        assert second.readlink() == far
    finally:
        first.unlink()
        second.unlink()


def test_password_hashes_are_those_of_mosquitto(tmp_path: Path) -> None:
    """Mosquitto's own tool must take our file as one of its own."""
    place = tmp_path / "passwords"
    place.write_text(passwords.write({"amb-1": passwords.hashed("secret"), "amb-2": passwords.hashed("x")}))
    subprocess.run(["mosquitto_passwd", "-D", place, "amb-2"], check=True)
    kept = passwords.read(place.read_text())
    assert list(kept) == ["amb-1"]
    assert kept["amb-1"].startswith("$7$101$")


def test_the_last_line_of_a_log_since_a_start(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("old fault\n")
    size = log.stat().st_size
    assert last_line(log, size) == ""
    with log.open("a") as file:
        file.write("first\nlast\n\n")
    assert last_line(log, size) == "last"
    assert last_line(tmp_path / "none") == ""


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("postgresql://u:secret@db.example:5433/x", "db.example:5433"),
        ("mqtts://u:secret@mq.example", "mq.example"),
        ("postgresql://u:secret@/x?host=/run/pg&port=5432", "/run/pg"),
        ("postgresql:///x", "the default socket"),
    ],
)
def test_an_address_is_shown_without_secrets(url: str, text: str) -> None:
    assert shown(url) == text


def test_doors_of_servers_that_do_not_run_are_told(home: Home) -> None:
    with pytest.raises(PartFailed, match="casevac up"):
        opened(Settings(home=home.path))
    with pytest.raises(PartFailed, match="embedded broker"):
        opened(Settings(home=home.path, database_url="postgresql://x/y"))
    both = Settings(home=home.path, database_url="postgresql://x/y", mqtt_url="mqtt://x")
    assert opened(both) == both


def test_a_stranger_with_the_number_of_a_dead_part_is_not_taken_for_it(home: Home) -> None:
    facts = {"state": "ready", "address": None, "pid": os.getpid(), "restarts": 0, "created": 1.0}
    home.parts.write_text(json.dumps({"url": "http://127.0.0.1:1", "parts": {"ingest": facts}}))
    assert current(home)["parts"]["ingest"] == {
        "state": "stopped",
        "address": None,
        "pid": None,
        "restarts": 0,
    }


def test_a_supervisor_that_starts_is_not_ready_because_a_killed_one_was(home: Home) -> None:
    """Between its taking the lock and its first words there is only what the killed one wrote."""
    me = psutil.Process()
    facts = {"state": "ready", "address": None, "pid": me.pid, "restarts": 0, "created": me.create_time()}
    with Lock(home) as lock:
        assert lock.take()
        for supervisor, state in ((1, "orphan"), (os.getpid(), "ready")):
            told = {"supervisor": supervisor, "url": "http://127.0.0.1:1", "parts": {"ingest": facts}}
            home.parts.write_text(json.dumps(told))
            assert current(home)["parts"]["ingest"]["state"] == state
            assert all_ready(current(home)) == (state == "ready")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_installed_command_loads_and_names_itself(name: str) -> None:
    command = load(name)
    assert (command is not None) == exists(name)
    assert command is None or command.name == name


def test_an_unknown_command_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "casevac", "fly"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "No such command 'fly'" in done.stderr

"""The whole system by its command line: up, down, status, and what a kill -9 may not do."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from casevac.errors import PartFailed
from casevac.roof.broker import Broker, find_program
from casevac.roof.broker import running as running_broker
from casevac.roof.files import write_json
from casevac.roof.home import Home
from casevac.roof.knock import accepted
from casevac.roof.ours import ROOT
from casevac.roof.plan import decide
from casevac.roof.postgres import Cluster, find_programs
from casevac.roof.process import found, lives_in, wait_until
from casevac.settings import Settings
from tests.ports import next_free
from tests.roof.installation import Installation, seen_of


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    """An installation in an empty home."""
    installation = Installation(tmp_path / "house")
    yield installation
    installation.remove()


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with the demo, both its ports taken by strangers, that this module's tests look at."""
    with socket.socket() as web, socket.socket() as field:
        for stranger in (web, field):
            # Below the ports of outgoing connections, one of which could take the next free one meanwhile.
            stranger.bind(("127.0.0.1", next_free(29080)))
            stranger.listen()
        installation = Installation(
            tmp_path_factory.mktemp("living") / "home",
            CASEVAC_HTTP_PORT=str(web.getsockname()[1]),
            CASEVAC_MQTT_PORT=str(field.getsockname()[1]),
        )
        installation.up("--mission", "demo")
        yield installation
        installation.remove()


def test_status_json_has_exactly_the_promised_shape(living: Installation) -> None:
    state = living.status()
    assert set(state) == {"url", "https", "parts"}
    assert state["url"].startswith("http://127.0.0.1:")
    assert state["https"] == []  # not opened to other machines
    assert {"database", "broker"} <= set(state["parts"])
    for part in state["parts"].values():
        assert set(part) == {"state", "address", "pid", "restarts"}
        assert part["state"] == "ready"
        assert psutil.pid_exists(part["pid"])


def test_ports_in_use_are_passed_over_and_told(living: Installation) -> None:
    wanted = living.environment["CASEVAC_HTTP_PORT"], living.environment["CASEVAC_MQTT_PORT"]
    state = living.status()
    got = state["url"].rpartition(":")[2], state["parts"]["broker"]["address"].rpartition(":")[2]
    assert not set(got) & set(wanted)
    said = living.home.log_file("up").read_text()
    assert f"Port {wanted[0]} is in use. The live map uses {got[0]}." in said
    assert f"Port {wanted[1]} is in use. The broker uses {got[1]}." in said


def test_everything_listens_on_loopback_only(living: Installation) -> None:
    def addresses(process: psutil.Process) -> set[str]:
        listening = [one for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN]
        return {one.laddr.ip for one in listening}

    assert set().union(*seen_of(living.processes(), addresses)) == {"127.0.0.1"}


def test_no_secret_is_on_a_command_line(living: Installation) -> None:
    secrets = json.loads((living.home.path / "secrets.json").read_text()).values()
    lines = seen_of([*living.processes(), living.supervisor()], lambda one: " ".join(one.cmdline()))
    assert not [line for line in lines for secret in secrets if secret in line]
    assert (living.home.path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_servers_do_not_run_as_root(living: Installation) -> None:
    for server in (lives_in(living.home.cluster, "postgres"), lives_in(living.home.broker, "mosquitto")):
        assert 0 not in seen_of(found(server), lambda one: one.uids().effective)


def test_one_home_has_one_supervisor(living: Installation) -> None:
    before = living.supervisor().pid
    for words in (["up"], ["up", "--detach"]):  # whatever else is asked
        again = living.run(*words)
        assert again.returncode == 0
        assert living.status()["url"] in again.stdout
    assert living.supervisor().pid == before


def test_up_detach_leaves_no_descriptor_of_the_caller_open(house: Installation) -> None:
    ours, theirs = os.pipe()
    child = house.start("up", "--detach", pass_fds=[theirs])
    os.close(theirs)
    out, err = child.communicate(timeout=120)  # ends only when nobody holds these pipes any more
    assert child.returncode == 0, err
    assert out.startswith("Casevac runs. Live map: http://127.0.0.1:")
    assert os.read(ours, 1) == b""
    os.close(ours)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_in_the_foreground_a_signal_stops_every_part(house: Installation, number: signal.Signals) -> None:
    child = house.start("up", "--mission", "none")
    assert child.stdout is not None
    lines = iter(child.stdout.readline, "")
    assert any("All parts are ready. Live map: http://127.0.0.1:" in line for line in lines)
    assert house.processes()
    os.killpg(child.pid, number)  # as a terminal does: the whole foreground group
    assert child.wait(120) == 0
    assert house.processes() == []
    assert "Stopped" in child.stdout.read()
    log = house.home.log_file("database").read_text()
    assert "was not properly shut down" not in log


def test_down_and_up_again_keep_data_and_devices_and_a_lost_secret_is_told(house: Installation) -> None:
    assert house.run("down").stdout == "Casevac is not running.\n"
    house.up()
    house.sql("CREATE TABLE treasure AS SELECT 42 AS x")
    password = running_broker(house.home).add_devices(["amb-1"])["amb-1"]
    down = house.run("down")
    assert (down.returncode, down.stdout) == (0, "Casevac is stopped.\n")
    assert house.processes() == []
    assert house.run("status").returncode == 3
    again = house.run("down")
    assert (again.returncode, again.stdout) == (0, "Casevac is not running.\n")

    house.up()
    assert house.sql("SELECT x FROM treasure") == 42
    assert accepted("127.0.0.1", int(house.environment["CASEVAC_MQTT_PORT"]), "amb-1", password)
    house.run("down")

    (house.home.path / "secrets.json").unlink()
    lost = house.run("up", "--detach")
    assert lost.returncode == 1
    assert "secrets.json is not that of this database" in lost.stderr
    assert house.processes() == []


def restarted(house: Installation, name: str, before: dict[str, Any]) -> bool:
    return house.status()["parts"][name]["restarts"] > before["restarts"]


def test_every_part_comes_back_after_kill_9(house: Installation) -> None:
    house.up()
    house.sql("CREATE TABLE treasure AS SELECT 42 AS x")
    for name in house.status()["parts"]:
        part = house.wait_ready()["parts"][name]
        os.kill(part["pid"], signal.SIGKILL)
        assert wait_until(lambda name=name, part=part: restarted(house, name, part), 60)
        after = house.wait_ready()["parts"][name]
        assert after["pid"] != part["pid"]
        assert after["address"] == part["address"]
    assert house.sql("SELECT x FROM treasure") == 42


def health(house: Installation) -> str:
    with urllib.request.urlopen(f"{house.status()['url']}/api/health", timeout=60) as told:
        return str(json.load(told)["status"])


def test_a_part_that_hangs_shows_and_is_left_alone(house: Installation) -> None:
    before = house.up()["parts"]["ingest"]
    os.kill(before["pid"], signal.SIGSTOP)
    assert wait_until(lambda: house.status()["parts"]["ingest"]["state"] == "unready", 60)
    assert wait_until(lambda: health(house) == "degraded", 60)
    os.kill(before["pid"], signal.SIGCONT)
    assert house.wait_ready()["parts"]["ingest"] == before


@pytest.mark.parametrize("name", ["database", "broker"])
def test_a_server_that_hangs_shows_and_comes_back(house: Installation, name: str) -> None:
    before = house.up()["parts"][name]
    left = psutil.Process(before["pid"])
    left.suspend()  # first of all: from now on it has no new children
    for process in left.children():
        process.suspend()
    assert wait_until(lambda: house.status()["parts"][name]["state"] == "unready", 60)
    for process in (left, *left.children()):
        process.resume()
    assert house.wait_ready()["parts"][name] == before


def works(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_after_kill_9_of_the_supervisor_the_same_data_come_back(
    house: Installation, cluster: Cluster, broker: Broker
) -> None:
    """And servers of others, here those of the tests, are left alone."""
    state = house.up()
    house.sql("CREATE TABLE treasure AS SELECT 42 AS x")
    left = house.processes()
    house.kill_supervisor()
    assert wait_until(lambda: {p["state"] for p in house.status()["parts"].values()} == {"orphan"}, 60)
    again = house.up()
    assert again["url"] == state["url"]
    assert not [process for process in left if works(process)]
    assert house.sql("SELECT x FROM treasure") == 42
    assert {name: part["address"] for name, part in again["parts"].items()} == {
        name: part["address"] for name, part in state["parts"].items()
    }
    house.run("down")
    assert cluster.ready()
    assert broker.ready()


def test_orphans_are_found_without_any_record_of_them(house: Installation) -> None:
    house.up()
    house.kill_supervisor()
    for file in (*house.home.run.iterdir(), house.home.lock):
        file.unlink(missing_ok=True)  # the orphans write theirs anew
    assert house.processes()
    assert house.run("down").stdout == "Casevac is stopped.\n"
    assert house.processes() == []


def test_with_servers_of_the_user_none_is_embedded(
    database_url: str, broker: Broker, home: Home, tmp_path: Path
) -> None:
    house = Installation(
        tmp_path / "other", CASEVAC_DATABASE_URL=database_url, CASEVAC_MQTT_URL=broker.url("casevac-ingest")
    )
    try:
        parts = house.up()["parts"]
        assert (parts["database"]["state"], parts["broker"]["state"]) == ("external", "external")
        assert parts["broker"]["address"] == broker.address
        assert "casevac:" not in parts["database"]["address"]
        assert "exercise" not in parts
        assert not house.home.cluster.exists()
        assert not house.home.broker.exists()
        house.run("down")
        assert broker.ready()
        house.up()
        for process in found(lives_in(home.broker, "mosquitto")):
            process.kill()
        assert wait_until(lambda: house.status()["parts"]["broker"]["state"] == "unreachable", 60)
        assert house.status()["parts"]["database"]["state"] == "external"
    finally:
        house.remove()


def test_a_database_that_does_not_answer_fails_in_one_line(house: Installation) -> None:
    house.home.prepare()
    house.home.cluster.mkdir()
    (house.home.cluster / "PG_VERSION").write_text("15\n")  # a cluster with nothing in it
    done = house.run("up", "--detach")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("casevac: The database does not start: ")
    assert house.processes() == []


def test_a_home_that_cannot_be_made_fails_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = Installation(tmp_path / "file" / "home").run("up")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "Set CASEVAC_HOME" in done.stderr


@pytest.mark.parametrize(
    ("asked", "missions"),
    [
        ((None, None), ["demo", "demo"]),
        (("none", None), ["none", "none"]),
        ((None, "none", None), ["demo", "none", "none"]),
        (("none", "demo", None), ["none", "demo", "demo"]),
    ],
)
def test_the_demo_is_for_an_empty_home_and_the_choice_is_kept(
    home: Home, asked: tuple[str | None, ...], missions: list[str]
) -> None:
    starts = [decide(Settings(home=home.path, mission=mission), home) for mission in asked]
    assert [plan.mission for plan in starts] == missions
    theirs = Settings(home=home.path, database_url="postgresql://x/y")
    assert decide(theirs, home).mission == "none"
    assert decide(replace(theirs, mission="demo"), home).mission == "demo"


def test_after_a_crash_the_database_is_where_desktop_tools_know_it(home: Home) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", next_free(15800)))
        port = stranger.getsockname()[1]
        write_json(home.run / "database.json", {"port": port})
        stranger.listen()
        assert decide(Settings(home=home.path), home).cluster.port != port
    assert decide(Settings(home=home.path), home).cluster.port == port


def test_a_machine_without_the_servers_is_told_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(PartFailed, match=r"make setup.*CASEVAC_DATABASE_URL"):
        find_programs(tmp_path, debian=tmp_path, path=str(tmp_path))
    with pytest.raises(PartFailed, match=r"make setup.*CASEVAC_MQTT_URL"):
        find_program(path=str(tmp_path), beside=[])


def test_a_newer_cluster_is_not_opened_by_older_programs(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("99\n")
    with pytest.raises(PartFailed, match="PostgreSQL 99 is not installed"):
        find_programs(tmp_path, path=str(tmp_path))


def test_help_lists_every_command_quickly_imported(living: Installation) -> None:
    text = living.run("--help").stdout
    for command in ("up", "down", "status"):
        assert f"\n  {command} " in text
    code = (
        "import sys; import casevac.roof.cli; print('psycopg2' in sys.modules, 'sqlalchemy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["False", "False"]


def test_secrets_are_made_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.secret("database") == Home(tmp_path).secret("database") != home.secret("casevac-ingest")

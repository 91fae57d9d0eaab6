"""The private cluster: durable, reachable by us alone, back after the worst."""

import os
import signal
import socket
from pathlib import Path

import psycopg2
import pytest

from casevac.roof.home import Home
from casevac.roof.part import alone
from casevac.roof.ports import is_free
from casevac.roof.postgres import Cluster, after_crash
from casevac.roof.process import found, lives_in, wait_until
from casevac.roof.sockets import reachable
from tests.ports import next_free
from tests.roof.installation import seen_of


def value(url: str, query: str) -> object:
    connection = psycopg2.connect(url)
    try:
        cursor = connection.cursor()
        cursor.execute(query)
        row = cursor.fetchone()
        assert row is not None
        return row[0]
    finally:
        connection.close()


def write(url: str, *statements: str) -> None:
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("version", "kernel", "at_once"),
    [
        ("15\n", "6.1.0-18-amd64", True),
        ("14", "5.8.0", True),
        ("15\n", "5.7.19", False),
        ("15\n", "4.19", False),
        ("13\n", "6.1.0", False),
        ("9.6\n", "6.1.0", False),
    ],
)
def test_the_disk_is_reached_at_once_where_that_is_safe(version: str, kernel: str, at_once: bool) -> None:
    assert (after_crash(version, kernel) == {"recovery_init_sync_method": "syncfs"}) is at_once


def test_a_fresh_database_has_postgis(database_url: str) -> None:
    assert value(database_url, "SELECT postgis_lib_version()")


def test_databases_of_tests_are_apart(cluster: Cluster, database_url: str) -> None:
    write(database_url, "CREATE TABLE mark (x int)")
    assert value(cluster.url("casevac_template"), "SELECT to_regclass('mark') IS NULL") is True


@pytest.mark.parametrize("setting", ["data_checksums", "fsync", "full_page_writes", "synchronous_commit"])
def test_durability_is_on(cluster: Cluster, setting: str) -> None:
    assert value(cluster.url(), f"SHOW {setting}") == "on"


def test_it_listens_on_loopback_only(cluster: Cluster) -> None:
    assert value(cluster.url(), "SHOW listen_addresses") == "127.0.0.1"


def test_a_wrong_password_is_refused_on_socket_and_loopback(cluster: Cluster) -> None:
    wrong = cluster.url().replace(cluster._home.secret("database"), "wrong")
    for url in (wrong, f"postgresql://casevac:wrong@127.0.0.1:{cluster.port}/casevac"):
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(url)


def test_desktop_tools_reach_it_over_loopback(cluster: Cluster) -> None:
    secret = cluster._home.secret("database")
    assert value(f"postgresql://casevac:{secret}@127.0.0.1:{cluster.port}/casevac", "SELECT 1") == 1


def test_no_secret_on_a_command_line(cluster: Cluster) -> None:
    secret = cluster._home.secret("database")
    servers = found(lives_in(cluster._home.cluster, "postgres"))
    assert not [line for line in seen_of(servers, lambda one: one.cmdline()) if secret in " ".join(line)]


def test_data_outlive_kill_9_of_the_postmaster(home: Home) -> None:
    server = Cluster(home, next_free(15500))
    with alone(server) as child:
        write(server.url(), "CREATE TABLE kept (x int)", "INSERT INTO kept VALUES (41), (1)")
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        with alone(server):
            assert value(server.url(), "SELECT sum(x) FROM kept") == 42
    assert not found(lives_in(home.cluster, "postgres"))


def test_an_orphaned_cluster_is_ended_and_its_data_come_back(home: Home) -> None:
    lost = Cluster(home, next_free(15500))
    orphan = lost.spawn()
    assert wait_until(lost.ready, 60)
    write(lost.url(), "CREATE TABLE kept (x int)", "INSERT INTO kept VALUES (7)")
    with alone(Cluster(home, lost.port)) as child:
        assert orphan.wait(60) == 0
        assert child.pid != orphan.pid
        assert value(lost.url(), "SELECT x FROM kept") == 7


def test_a_stale_lock_file_that_names_a_stranger_does_not_stop_it(home: Home) -> None:
    server = Cluster(home, next_free(15500))
    with alone(server):
        left = (home.cluster / "postmaster.pid").read_text()
    stranger = [str(os.getpid()), *left.splitlines()[1:]]
    (home.cluster / "postmaster.pid").write_text("\n".join(stranger) + "\n")
    with alone(server):
        assert value(server.url(), "SELECT 1") == 1


def test_a_home_beyond_the_socket_limit_works(tmp_path: Path) -> None:
    home = Home(tmp_path / ("long" * 20) / ("longer" * 10))
    home.prepare()
    server = Cluster(home, next_free(15500))
    assert len(os.fsencode(home.cluster)) > 107
    with alone(server):
        assert value(server.url(), "SELECT 1") == 1
    reachable(home.cluster, server.port).unlink()


def test_a_killed_initdb_is_begun_again(home: Home) -> None:
    home.cluster.mkdir()
    (home.cluster / "base").mkdir()
    (home.cluster / "half").write_text("x")
    server = Cluster(home, next_free(15500))
    with alone(server):
        assert value(server.url(), "SELECT 1") == 1


def test_without_its_loopback_port_the_socket_still_serves(home: Home) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        assert not is_free(port)
        server = Cluster(home, port)
        with alone(server):
            assert value(server.url(), "SELECT 1") == 1

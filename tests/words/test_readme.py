"""README, CHANGELOG and data/README.md tell the truth: commands exist, the floor plan is whole."""

import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from casevac.roof.cli import main
from casevac.roof.commands import COMMANDS, load

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(?:sh|console|bash)\n(.*?)```", README, re.S)
LINES = sorted(
    {line.strip() for block in BLOCKS for line in block.replace("\\\n", " ").splitlines() if line.strip()}
)
CASEVAC = [line for line in LINES if re.match(r"(\.venv/bin/)?casevac\b", line)]
MAKE = [line for line in LINES if line.startswith("make ")]


def test_there_is_something_to_check() -> None:
    assert len(CASEVAC) >= 10
    assert "make up" in MAKE
    assert "make test" in MAKE


@pytest.mark.parametrize("line", MAKE)
def test_make_targets_exist(line: str) -> None:
    words = shlex.split(line, comments=True)
    done = subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", CASEVAC)
def test_commands_parse(line: str) -> None:
    """Each command of the README exists with these options and this many arguments."""
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = main
    name = ["casevac"]
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = load(words[0]) if command is main else command.commands.get(words[0])
        assert found is not None, f"no command {' '.join([*name, words[0]])}"
        name.append(words.pop(0))
        command = found
    command.make_context(" ".join(name), words, resilient_parsing=False)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name: str) -> None:
    told = CliRunner().invoke(main, [name, "--help"])
    assert told.exit_code == 0, told.output
    assert "Usage:" in told.output


def test_the_floor_plan_names_every_module() -> None:
    plan = README.split("## Floor plan", 1)[1].split("\n## ", 1)[0]
    for package in ("geo", "casevac", "casevac/store", "casevac/roof", "tracker", "maps"):
        for path in (ROOT / package).glob("*.py"):
            if path.stem not in ("__init__", "__main__"):
                assert re.search(rf"\b{path.stem}\b", plan), f"{package}/{path.name} is not in the floor plan"


def test_every_link_inside_the_project_leads_somewhere() -> None:
    for document in (ROOT / "README.md", ROOT / "data" / "README.md", ROOT / "CHANGELOG.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
            if not target.startswith("http"):
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_the_changelog_knows_this_version() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M)
    assert version
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text()

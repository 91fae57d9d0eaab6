"""What the house rules say of names, docstrings, sizes and mentions, held by a test."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("casevac", "geo", "tracker", "maps")
MODULES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "node_modules" not in path.parts and "_data" not in path.parts
)
VAGUE = ("manager", "helper", "util", "utils", "service", "handler", "base")
LONGEST_MODULE, LONGEST_FUNCTION = 400, 42  # lines; 40 of a function beside its signature's fold


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


def texts() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_and_stays_readable(path: Path) -> None:
    source = path.read_text()
    tree = ast.parse(source)
    said = ast.get_docstring(tree)
    assert said, "a module says in one line what it is"
    assert len(said.splitlines()[0]) <= 110
    assert source.count("\n") <= LONGEST_MODULE
    long = [
        (node.name, (node.end_lineno or 0) - node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno > LONGEST_FUNCTION
    ]
    assert long == []


def test_no_module_has_a_vague_name() -> None:
    vague = [path for path in MODULES if any(word in VAGUE for word in path.stem.split("_"))]
    assert vague == []


def test_nothing_is_swallowed() -> None:
    """No handler catches everything only to go on."""
    found = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            broad = isinstance(node, ast.ExceptHandler) and (
                node.type is None
                or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))
            )
            if broad and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node)):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


FORBIDDEN = {
    "private design notes": re.compile(r"shared/(design|domain)"),
    "an issue number": re.compile(r"\b(issue|part) #?\d", re.I),
    "a registry or index address": re.compile(r"files\.pythonhosted|registry\.npmjs\.org/|extra-index-url"),
    "a path of one machine": re.compile(r"/work/(main|wt|shared)|/root/\.pyenv"),
}


@pytest.mark.parametrize("what", sorted(FORBIDDEN))
def test_the_project_never_mentions(what: str) -> None:
    here = Path(__file__)
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path, text in texts()
        if path != here and (match := FORBIDDEN[what].search(text))
    ]
    assert found == []

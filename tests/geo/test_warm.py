"""Kernels are compiled once for a machine and kept; whoever has to wait for it is told."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(400)
def test_the_first_who_needs_the_kernels_is_told_and_the_next_finds_them(tmp_path):
    shutil.copytree(ROOT / "geo", tmp_path / "geo", ignore=shutil.ignore_patterns("__pycache__"))
    told = [
        subprocess.run(
            [sys.executable, "-m", "geo.cch.warm"], cwd=tmp_path, capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
        ).stderr
        for _ in range(2)
    ]  # fmt: skip
    assert "compiling the routing kernels for this machine, once" in told[0]
    assert told[1] == ""


def test_without_a_compiler_routes_are_found_by_scipy_and_a_line_says_so(tmp_path):
    program = "from geo.engines import making; print(making('cch').__name__)"
    found = subprocess.run(
        [sys.executable, "-c", f"import logging; logging.basicConfig()\n{program}"],
        cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
    )  # fmt: skip
    assert found.stdout.strip() == "ScipyEngine"
    assert "by scipy" in found.stderr

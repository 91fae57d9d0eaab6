"""Every decoder takes whatever comes: hostile inputs, and what a short run of fuzzing finds by coverage."""

from pathlib import Path

import pytest

from tests.fuzz.decoders import DECODERS, HOSTILE, SEEDS
from tests.fuzz.run import one

RUNS = 40_000


@pytest.mark.parametrize("name", sorted(DECODERS))
def test_no_hostile_input_is_a_surprise(name: str) -> None:
    for raw in (*SEEDS.get(name, ()), *HOSTILE):
        DECODERS[name](raw)


def test_fuzzing_all_decoders_finds_no_uncaught_error(tmp_path: Path) -> None:
    executions, uncaught = one("all", tmp_path, 0, RUNS)
    assert uncaught == ""
    assert executions >= RUNS


def test_a_decoder_that_breaks_its_promise_is_found(tmp_path: Path) -> None:
    """The harness itself can fail."""
    _, uncaught = one("broken", tmp_path, 0, RUNS)
    assert "a byte that it does not expect" in uncaught

"""Fuzz every decoder, guided by coverage: `make fuzz [SECONDS=30]`, or one: python -m tests.fuzz.run event.

Prints one line of JSON: executions of each decoder, and what was uncaught. Exit code 1 when something was.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import atheris

_PRODUCT = ("casevac", "geo", "tracker", "maps", "gpxpy")  # a reader of files with it, for branches to follow

# Without branches there is nothing to be guided by, and atheris keeps every array that is compared.
_COLUMNS = ("tracker.instants", "tracker.ordinary", "casevac.quality", "casevac.store.columns")

with atheris.instrument_imports(include=list(_PRODUCT), exclude=list(_COLUMNS), enable_loader_override=False):
    from tests.fuzz.decoders import DECODERS, HOSTILE, SEEDS, SPECIAL


def fuzz(name: str, corpus: Path, *, seconds: int, runs: int) -> None:
    """Fuzz one decoder in this process; libFuzzer ends it."""
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(_seeds(name)):
        (corpus / f"seed-{number}").write_bytes(seed)
    decode = {**DECODERS, **SPECIAL}[name]
    limits = [f"-max_total_time={seconds}"] if seconds else [f"-runs={runs}"]
    options = [
        *limits,
        "-timeout=60",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={corpus.parent}/",
        "-max_len=4096",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], decode)
    atheris.Fuzz()


def _seeds(name: str) -> list[bytes]:
    if name != "all":
        return [*SEEDS.get(name, ()), *HOSTILE]
    places = {other: bytes((place,)) for place, other in enumerate(sorted(DECODERS))}
    return [places[other] + seed for other in places for seed in (*SEEDS.get(other, ()), *HOSTILE[:6])]


def main() -> None:
    """Run every decoder in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "name", nargs="?", choices=sorted({**DECODERS, **SPECIAL}), help="fuzz this one, here"
    )
    parser.add_argument("--seconds", type=int, default=0, help="for so long each")
    parser.add_argument("--runs", type=int, default=20_000, help="else so many executions each")
    parser.add_argument("--corpus", type=Path, help="where inputs are kept")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        corpus = asked.corpus or Path(folder)
        if asked.name:
            fuzz(asked.name, corpus / asked.name, seconds=asked.seconds, runs=asked.runs)
            return
        told = {name: one(name, corpus, asked.seconds, asked.runs) for name in DECODERS}
    uncaught = {name: words for name, (_, words) in told.items() if words}
    figures = {"executions": {name: runs for name, (runs, _) in told.items()}, "uncaught": uncaught}
    print(json.dumps({"bench": "fuzz", "figures": figures}))  # noqa: T201  the result
    sys.exit(1 if uncaught else 0)


def one(name: str, corpus: Path, seconds: int, runs: int) -> tuple[int, str]:
    """Fuzz one decoder in a process of its own: executions, and the uncaught error in words or nothing."""
    argv = [sys.executable, "-m", "tests.fuzz.run", name, "--corpus", str(corpus)]
    argv += ["--seconds", str(seconds), "--runs", str(runs)]
    done = subprocess.run(argv, capture_output=True, text=True, errors="replace", check=False)
    print(f"{name}: exit {done.returncode}", file=sys.stderr)  # noqa: T201  progress
    counted = re.findall(r"^#(\d+)\s+DONE|^Done (\d+) runs", done.stderr, re.M)
    executions = max((int(a or b) for a, b in counted), default=0)
    told = [
        line
        for line in (done.stdout + done.stderr).splitlines()
        if not line.startswith(("#", "INFO", "WARNING"))
    ]
    return executions, "" if done.returncode == 0 else "\n".join(told)[-3000:]


if __name__ == "__main__":
    main()

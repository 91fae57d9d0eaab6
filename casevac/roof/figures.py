"""What the parts tell of their work, gathered for the web: ingest's counts, the broker's figures."""

import time
from pathlib import Path
from typing import Any

from casevac.errors import PartFailed
from casevac.roof import acl, broker
from casevac.roof.files import read_json
from casevac.roof.home import Home
from casevac.roof.parts import ingest_name
from tracker.figures import BrokerFigures

STALE_S, COT = 5.0, "cot"


class Gathered:
    """The figures of one installation; `latest` reads small files and never waits."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._broker = _figures(home)

    def open(self) -> None:
        """Begin to listen to the embedded broker, where there is one."""
        if self._broker is not None:
            self._broker.open()

    def close(self) -> None:
        """Stop listening."""
        if self._broker is not None:
            self._broker.close()

    def latest(self) -> dict[str, Any]:
        """{"ingest": {PART: figures, with `stale` and `age_s`}, "broker": figures or None}."""
        return {"ingest": ingest(self._home), "broker": self._broker.latest() if self._broker else None}


def ingest(home: Home) -> dict[str, dict[str, Any]]:
    """What each process of ingest last told, by the name of its part; `stale` when that is 5 s ago."""
    told = {name: read_json(file) for name, file in sorted(_files(home).items())}
    now = time.time()
    return {
        name: {
            **one,
            "age_s": (age_s := round(max(now - one["at"], 0.0), 1)),
            "stale": age_s > STALE_S,
        }
        for name, one in told.items()
        if isinstance(one.get("at"), float)
    }


def forget(home: Home) -> None:
    """Remove what processes of an earlier start told."""
    for file in _files(home).values():
        file.unlink(missing_ok=True)


def _files(home: Home) -> dict[str, Path]:
    """By the part that tells: the processes of ingest, and the door of TAK clients."""
    names = {file: file.stem.removeprefix("ingest-") for file in home.run.glob("ingest-*.json")}
    found = {ingest_name(int(number)): file for file, number in names.items() if number.isdigit()}
    return found | ({COT: home.cot_figures} if home.cot_figures.exists() else {})


def _figures(home: Home) -> BrokerFigures | None:
    """The embedded broker's; a broker of the user's own tells its figures to its own tools."""
    try:
        return BrokerFigures(broker.running(home).url(acl.WATCH))
    except PartFailed:
        return None

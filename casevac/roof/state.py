"""What is running, as the supervisor last told it and as the processes themselves show."""

from contextlib import suppress
from typing import Any

import psutil

from casevac.roof.files import read_json
from casevac.roof.home import Home
from casevac.roof.lock import holder

GOOD = ("ready", "external")
_THEIRS = ("external", "unreachable")
_SHOWN = ("state", "address", "pid", "restarts")


def current(home: Home) -> dict[str, Any]:
    """{"url": .. or None, "parts": {NAME: {"state", "address", "pid", "restarts"}}} of `home` now.

    Without a supervisor a part is "orphan" when its process lives on, else "stopped"; so it is as well while
    a new supervisor has not yet told anything: what an earlier one told, who was killed, is not true of it.
    """
    told = read_json(home.parts)
    supervisor = holder(home)
    supervised = supervisor is not None and supervisor == told.get("supervisor")
    parts = told.get("parts", {})
    return {
        "url": told.get("url"),
        "parts": {name: _part(facts, supervised) for name, facts in parts.items()},
    }


def all_ready(state: dict[str, Any]) -> bool:
    """True when every part does its work."""
    return bool(state["parts"]) and all(part["state"] in GOOD for part in state["parts"].values())


def _part(facts: dict[str, Any], supervised: bool) -> dict[str, Any]:
    shown = {key: facts.get(key) for key in _SHOWN}
    if supervised or shown["state"] in _THEIRS:
        return shown
    if _lives(facts):
        return shown | {"state": "orphan"}
    return shown | {"state": "stopped", "pid": None}


def _lives(facts: dict[str, Any]) -> bool:
    """True when the very process of `facts` still runs, not a stranger with its number."""
    if facts.get("pid") is None or facts.get("created") is None:
        return False
    with suppress(psutil.Error):
        return abs(psutil.Process(facts["pid"]).create_time() - float(facts["created"])) < 1
    return False

"""The four doors as hands: each tells facts, has a request answered, diverts, and learns ids its own way."""

import itertools
import json
from datetime import UTC, datetime
from typing import Any, Protocol

from click.testing import CliRunner

from casevac.duties import DUTIES, PLURALS, Duty
from casevac.roof import fields
from casevac.roof.cli import main
from casevac.zap import zap
from tests.tracker.listener import until
from tests.walks.world import CENTRE, PATROL, World

Json = dict[str, Any]
PATIENCE_S = 60.0


def way(kind: str, told: Json) -> tuple[Duty, str | None, Json]:
    """The row of the table that tells this, the id of its address, and what is left to say."""
    duty = next(one for one in DUTIES if one.kind == kind and one.preset.items() <= told.items()
                and (one.opens or not one.field or one.field in told))  # fmt: skip
    left = {name: value for name, value in told.items() if name not in {duty.field, *duty.preset}}
    return duty, told.get(duty.field) if duty.field else None, left


class Hands(Protocol):
    """What the walk needs of a door."""

    def alert(self, told: Json) -> tuple[str, list[str]]:
        """Raise an alert; the request and its casualties."""

    def tell(self, who: str, kind: str, /, **told: Any) -> None:
        """Tell a fact."""

    def answer(self, request: str, vehicle: str) -> str:
        """Have the request answered with this vehicle; the chain."""

    def divert(self, chain: str, facility: str, reason: str) -> str:
        """Have a chain diverted; the new chain."""

    def task(self, vehicle: str, chain: str) -> str:
        """The task that the vehicle has in the chain."""


class Screen:
    """What is read on a screen, and options that are looked at before one is chosen."""

    def __init__(self, world: World) -> None:
        self.world = world

    def read(self, group: str) -> list[Json]:
        """Every entity of a group."""
        found: list[Json] = self.world.door.get(f"/api/{group}")
        return found

    def running(self, request: str, but: str = "") -> str:
        """The running chain of a request."""

        def found() -> list[str]:
            mine = [one for one in self.read("chains") if one["request"] == request and one["id"] != but]
            return [one["id"] for one in mine if one["status"] == "active"]

        assert until(found, PATIENCE_S)
        return found()[0]

    def task(self, vehicle: str, chain: str) -> str:
        def found() -> list[str]:
            return [t["id"] for t in self.read("tasks") if (t["vehicle"], t["chain"]) == (vehicle, chain)]

        assert until(found, PATIENCE_S)
        return found()[0]


class OverHttp(Screen):
    """Commands of the API."""

    def post(self, path: str, body: Json) -> Json:
        found = self.world.door.post(path, body)
        assert found.status_code in (200, 201), (path, body, found.text)
        told: Json = found.json()
        return told

    def alert(self, told: Json) -> tuple[str, list[str]]:
        found = self.post("/api/requests", told)
        return found["request"]["id"], [one["id"] for one in found["casualties"]]

    def tell(self, who: str, kind: str, /, **told: Any) -> None:
        duty, key, left = way(kind, told)
        path = f"/api/{PLURALS[duty.noun]}/" + (f"{key}/" if key else "") + duty.verb
        self.post(path, {**left, "by": who} if "by" in duty.names else left)

    def answer(self, request: str, vehicle: str) -> str:
        shown = self.post(f"/api/requests/{request}/options", {})
        chosen = chosen_of(shown, vehicle)
        told = {"decision": shown["decision"], "option": chosen}
        return str(self.post(f"/api/requests/{request}/task", told)["chain"]["id"])

    def divert(self, chain: str, facility: str, reason: str) -> str:
        shown = self.post(f"/api/chains/{chain}/divert-options", {})
        assert facility in [one["facility"] for one in shown["options"]]
        told = {"facility": facility, "reason": reason}
        return str(self.post(f"/api/chains/{chain}/divert", told)["chain"]["id"])


class OnTheCommandLine(Screen):
    """`casevac ...`, with the store's address alone."""

    def run(self, *words: str) -> Json:
        story = self.world.story
        environment = {"CASEVAC_HOME": str(story.home), "CASEVAC_DATABASE_URL": story.url}
        done = CliRunner().invoke(main, [*words, "--json"], env=environment)
        assert done.exit_code == 0, (words, done.output)
        return json.loads(done.stdout)

    def read(self, group: str) -> list[Json]:
        noun = {"chains": "plan", "tasks": "task"}[group]
        return self.run(noun, "list")

    def alert(self, told: Json) -> tuple[str, list[str]]:
        duty, key, left = way("alert_raised", told)
        found = self.run(*fields.words(duty, key, left))["entities"]
        return next(iter(found["requests"])), sorted(found["casualties"])

    def tell(self, who: str, kind: str, /, **told: Any) -> None:
        duty, key, left = way(kind, told)
        self.run(*fields.words(duty, key, left), "--actor", who)

    def answer(self, request: str, vehicle: str) -> str:
        shown = self.run("plan", "options", request)
        found = self.run("plan", "choose", shown["decision"], chosen_of(shown, vehicle))
        chains = found["entities"]["chains"].values()
        return next(one["id"] for one in chains if one["status"] == "active")

    def divert(self, chain: str, facility: str, reason: str) -> str:
        shown = self.run("plan", "divert-options", chain)
        assert facility in [one["facility"] for one in shown["options"]]
        found = self.run("plan", "divert", chain, "--facility", facility, "--reason", reason)
        return next(key for key in found["entities"]["chains"] if key != chain)


class ByVoice(Screen):
    """Radio calls alone, typed in by whoever listens: orders too."""

    def say(self, who: str, kind: str, told: Json) -> Json:
        found = self.world.door.post("/api/voice", {"kind": kind, "speaker": who, **told})
        assert found.status_code == 201, (kind, told, found.text)
        return found.json()

    def alert(self, told: Json) -> tuple[str, list[str]]:
        found = self.say(PATROL, "alert_raised", told)["entities"]
        return next(iter(found["requests"])), sorted(found["casualties"])

    def tell(self, who: str, kind: str, /, **told: Any) -> None:
        self.say(who, kind, told)

    def answer(self, request: str, vehicle: str) -> str:
        self.say(CENTRE, "answer_ordered", {"request": request, "vehicle": vehicle})
        return self.running(request)

    def divert(self, chain: str, facility: str, reason: str) -> str:
        request = next(one["request"] for one in self.read("chains") if one["id"] == chain)
        self.say(CENTRE, "divert_ordered", {"chain": chain, "facility": facility, "reason": reason})
        return self.running(request, but=chain)


class OverMqtt:
    """Devices alone: what each hears on its own topics is all that it knows."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.numbers = itertools.count(1)

    def tell(self, who: str, kind: str, /, **told: Any) -> None:
        device, n = self.world.listener(who), next(self.numbers)
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        device.send("event", {"epoch": 1, "n": n, "at": now, "kind": kind, **told})
        assert until(lambda: n in device.stored() or n in device.refused(), PATIENCE_S)
        assert n in device.stored(), device.refused()

    def alert(self, told: Json) -> tuple[str, list[str]]:
        casualties = [zap(7001), zap(7002)]
        self.tell(PATROL, "alert_raised", **told, request="R-PATROL-1", casualties=casualties)
        return "R-PATROL-1", casualties

    def heard(self, device: str, leaf: str) -> Json:
        """The last that a device heard on a topic of its own."""
        raw = [raw for topic, raw in self.world.listener(device).heard if topic.endswith(f"/{leaf}")]
        return json.loads(raw[-1]) if raw and raw[-1] else {}

    def coming(self, but: str = "") -> list[str]:
        """The chains on their way to a facility, as its board is told."""
        boards = [self.heard(board, "notice") for board in ("board-bangui", "board-bria")]
        return [one["chain"] for told in boards for one in told.get("casualties", ()) if one["chain"] != but]

    def chain(self, but: str = "") -> str:
        assert until(lambda: self.coming(but), PATIENCE_S)
        return self.coming(but)[0]

    def answer(self, request: str, vehicle: str) -> str:
        known = self.coming()
        self.tell(CENTRE, "answer_ordered", request=request, vehicle=vehicle)
        return self.chain(but=known[0] if known else "")

    def divert(self, chain: str, facility: str, reason: str) -> str:
        self.tell(CENTRE, "divert_ordered", chain=chain, facility=facility, reason=reason)
        return self.chain(but=chain)

    def task(self, vehicle: str, chain: str) -> str:
        assert until(lambda: self.heard(vehicle, "task").get("chain") == chain, PATIENCE_S)
        return str(self.heard(vehicle, "task")["task"])


def chosen_of(shown: Json, vehicle: str) -> str:
    """The best option shown with this vehicle."""
    return next(one["id"] for one in shown["options"] if vehicle in one["vehicles"])

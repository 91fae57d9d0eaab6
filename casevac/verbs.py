"""One way to tell something: its noun and verb, where it is posted to, and an example of it."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

import msgspec
from msgspec import inspect

from casevac.events import KINDS

PLURALS = {
    "casualty": "casualties",
    "request": "requests",
    "chain": "chains",
    "task": "tasks",
    "vehicle": "vehicles",
    "team": "teams",
    "facility": "facilities",
    "reservation": "reservations",
    "hazard": "hazards",
    "site": "sites",
    "question": "questions",
    "alarm": "alarms",
    "entry": "entries",
    "shift": "shifts",
    "plan": "plan",
}
SHELL_NOUNS = {"chain": "plan", "reservation": "facility", "entry": "log"}
"""Nouns that go by another name on the command line."""
IDS = {
    "casualty": "ZGDF-7KWT",
    "request": "R-7K2QXM",
    "chain": "T-8MZ31K",
    "task": "T-5GFGQ3",
    "vehicle": "AMB-01",
    "team": "AMET-1",
    "facility": "mtf-bria",
    "reservation": "B-2PQ7RT",
    "id": "H-3NV9WC",
    "site": "fefr",
    "question": "Q-6TS4DB",
    "alarm": "clock:ZGDF-7KWT:surgery",
    "shift": "S-5XW3KD",
    "policy": "lives_saved",
}
"""An id of each field, for examples."""
OPENS = "report"  # the verb that makes a new one: POST /api/hazards


def told_fields(kind: str) -> tuple[inspect.Field, ...]:
    """The fields of a kind with their types, in order; raises KeyError for an unknown kind."""
    return cast("inspect.StructType", inspect.type_info(KINDS[kind])).fields  # every body is a struct


class Duty(NamedTuple):
    """One way to tell one kind: POST /api/NOUNS/ID/VERB, `casevac NOUN VERB ID`.

    `field` is the field of the event that the id fills, empty when there is none; with `opens` the id
    may be left out. `preset` is what the verb says by itself; `example` fills the other fields.
    """

    kind: str
    noun: str
    verb: str
    field: str
    summary: str
    example: Mapping[str, Any]
    preset: Mapping[str, Any] = {}
    opens: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """Where it is posted to; `{id}` stands for the id."""
        top = f"/{PLURALS[self.noun]}"
        bare = top if self.verb == OPENS else f"{top}/{self.verb}"
        if not self.field:
            return (bare,)
        return (f"{top}/{{id}}/{self.verb}", bare) if self.opens else (f"{top}/{{id}}/{self.verb}",)

    @property
    def shell_noun(self) -> str:
        """The command of the command line it belongs to."""
        return SHELL_NOUNS.get(self.noun, self.noun)

    def fields(self, key: str | None, told: Mapping[str, Any]) -> dict[str, Any]:
        """The event's fields: what was told, what the verb says, and the id of the address.

        `text` is what was read on the radio, whole, where a kind can be read from it.
        """
        if self.by_text and "text" in told:
            told = {**{name: value for name, value in told.items() if name != "text"}, "raw": told["text"]}
        named = {self.field: key} if self.field and key is not None else {}
        return {**told, **self.preset, **named}

    @property
    def by_text(self) -> bool:
        """True when it may be told as text, as a 9-line is read on the radio."""
        return "raw" in self.names

    @property
    def placed(self) -> bool:
        """True when it tells a place: then `place` may stand for lon and lat."""
        return {"lon", "lat"} <= self.names

    @property
    def names(self) -> frozenset[str]:
        """The fields of the event."""
        return frozenset(one.name for one in msgspec.structs.fields(KINDS[self.kind]))

    def with_place(
        self, told: Mapping[str, Any], find: Callable[[str], tuple[float, float, float]]
    ) -> dict[str, Any]:
        """What was told with lon and lat where only `place` was given.

        `find` knows lon, lat and within how many metres; less than a metre is as good as a grid.
        """
        if not self.placed or not told.get("place") or "lon" in told or "lat" in told:
            return dict(told)
        lon, lat, within = find(str(told["place"]))
        told = {**told, "lon": lon, "lat": lat}
        if within >= 1.0 and "uncertainty_m" in self.names:
            told.setdefault("uncertainty_m", within)
        return {name: value for name, value in told.items() if name != "place" or "place" in self.names}

    @property
    def shown_id(self) -> str | None:
        """The id of the example; `kept` and `asset` are ids of the noun's."""
        return IDS.get(self.noun if self.field in ("kept", "asset") else self.field)

    @property
    def shown_example(self) -> dict[str, Any]:
        """The fields of the example with its id."""
        return self.fields(self.shown_id, self.example)

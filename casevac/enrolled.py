"""Who is enrolled, and whose topic a topic is: the one thing that a dialect asks of the mission (pure)."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from casevac.errors import BadMessage
from casevac.mission import Enrolment

_MOST_TOPICS = 10_000  # whose speaker is remembered
_ONE, _REST = "+", "#"


class Speaker(NamedTuple):
    """Who speaks on a topic: a device for itself, or a gateway for the devices enrolled under it."""

    name: str
    known: Enrolment
    enrolled: "Enrolled"

    def device(self, foreign: str) -> str:
        """The device of ours that goes by the id `foreign` with this gateway.

        Raises BadMessage for one that the gateway does not own, or that was cut off.
        """
        found = self.known.speaks_for.get(foreign)
        of = self.enrolled.get(found or "")
        if found is None or of is None or of.mission != self.known.mission:
            raise BadMessage(
                f"{self.name} may speak for no {foreign[:60]!r};"
                f" run: casevac device add NAME --under {self.name} --id {foreign[:60]}"
            )
        if of.revoked:
            raise BadMessage(f"device {found} is revoked")
        return found

    def itself_or(self, foreign: str) -> str:
        """As `device`; but who has no device enrolled under it means itself by any id."""
        return self.device(foreign) if self.known.speaks_for else self.name


class Enrolled(dict[str, Enrolment]):
    """Devices by name, as asked of the store at one moment; nobody changes it.

    `dictionaries`: those that missions supplied for packets of thin links, by mission and number.
    """

    dictionaries: Mapping[tuple[str, int], bytes] = MappingProxyType({})

    @cached_property
    def _tree(self) -> "_Node":
        tree = _Node()
        for name in sorted(self):
            for one in self[name].topics:
                tree.add(one.split("/"), name)
        return tree

    @cached_property
    def _met(self) -> dict[str, Speaker | None]:
        return {}

    def speaker(self, topic: str) -> Speaker | None:
        """Whose topic this is, of those whose dialect is not ours; None: nobody's."""
        met = self._met
        try:
            return met[topic]
        except KeyError:
            if len(met) >= _MOST_TOPICS:
                met.clear()
        name = self._tree.find(topic.split("/"))
        found = met[topic] = None if name is None else Speaker(name, self[name], self)
        return found


class _Node:
    """A segment of MQTT filters: what may follow it, and whose a topic is that ends here or goes on."""

    __slots__ = ("after", "here", "rest")

    def __init__(self) -> None:
        self.after: dict[str, _Node] = {}
        self.here: str | None = None
        self.rest: str | None = None

    def add(self, parts: list[str], name: str) -> None:
        """Add a filter; of the same one twice, the first counts."""
        if not parts:
            self.here = self.here or name
        elif parts[0] == _REST:
            self.rest = self.rest or name
        else:
            self.after.setdefault(parts[0], _Node()).add(parts[1:], name)

    def find(self, parts: list[str]) -> str | None:
        """Whose filter matches, the most exact first."""
        if not parts:
            return self.here or self.rest
        for one in (parts[0], _ONE):
            below = self.after.get(one)
            found = None if below is None else below.find(parts[1:])
            if found is not None:
                return found
        return self.rest


def fault_of(wanted: str) -> str:
    """What is wrong with an MQTT filter that a gateway is to speak on, in words; empty when nothing is."""
    parts = wanted.split("/")
    if any(not letter.isprintable() or letter.isspace() for letter in wanted) or len(wanted) > 200:
        return "a topic is at most 200 letters without blanks"
    if parts[0] in ("", _ONE, _REST, "casevac") or parts[0].startswith("$"):
        return "a topic begins with a word of its own: not with casevac, $, + or #"
    for place, part in enumerate(parts):
        if _REST in part and (part != _REST or place + 1 < len(parts)):
            return "# stands alone and last"
        if _ONE in part and part != _ONE:
            return "+ stands alone between two /"
    return ""


def overlap(one: str, other: str) -> bool:
    """True when a topic may match both filters."""
    ours, theirs = one.split("/"), other.split("/")
    for mine, its in zip(ours, theirs, strict=False):
        if _REST in (mine, its):
            return True
        if mine != its and _ONE not in (mine, its):
            return False
    longer = ours if len(ours) > len(theirs) else theirs
    return len(ours) == len(theirs) or longer[min(len(ours), len(theirs))] == _REST


def spoken_on(enrolled: Enrolled, name: str, wanted: Iterable[str]) -> str:
    """Who else speaks on one of these filters: the one and only whose word a topic is; empty when nobody."""
    for other in sorted(enrolled):
        for one in wanted:
            if other != name and any(overlap(one, its) for its in enrolled[other].topics):
                return other
    return ""

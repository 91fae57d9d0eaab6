"""How a device is enrolled that speaks another dialect than ours: its topics, its map, its gateway."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from casevac.enrolled import fault_of, spoken_on
from casevac.errors import BadSetting, NotPossible, Unknown
from casevac.roof import broker, credentials
from casevac.roof.credentials import Account
from casevac.roof.home import Home
from casevac.settings import Settings
from casevac.shipped import shipped
from casevac.store import dialogues, missions
from casevac.store.connection import Connection
from casevac.store.dialogues import Speech
from tracker.dialects import DIALECTS, OWN, mapped, mapping, owntracks
from tracker.dialects.mapping import Map

_LONGEST_ID = 200


class Wish(NamedTuple):
    """What the command line says of a device's dialect."""

    dialect: str | None = None
    map: str | None = None
    topic: str | None = None
    under: Sequence[str] = ()
    foreign: str | None = None
    moves: bool = False  # the id may be another's: it becomes this one's

    @property
    def is_through_gateway(self) -> bool:
        """True for a device that has no login of its own: gateways speak for it."""
        return bool(self.under) and self.dialect is None


def speech(db: Connection, mission: str, name: str, wish: Wish) -> Speech | None:
    """What is to be kept of a wish; None where it says nothing. Keeps the map that it needs in the mission.

    Raises BadSetting, Unknown, BadMessage, NotPossible: each says what to do.
    """
    under = _under(db, mission, wish)
    if wish.dialect is None:
        if wish.map or wish.topic:
            raise BadSetting("--map and --topic go with --dialect")
        return Speech(under=under, moves=wish.moves) if under else None
    dialect = DIALECTS[wish.dialect]
    found = _map(db, mission, wish)
    topics = tuple(one.format(name=name) for one in dialect.topics)
    if found is not None:
        topics = (mapping.filters(found, name),)
    if wish.topic:
        topics = (_own_topic(wish.topic, found),)
    if other := spoken_on(missions.enrolments(db), name, topics):
        raise NotPossible(
            f"{other} speaks on {', '.join(topics)} already, and a topic has one speaker;"
            " give this one its own: --topic"
        )
    return Speech(wish.dialect, topics, found.name if found else None, under, wish.moves)


def _reads(dialect: str, name: str) -> tuple[str, ...]:
    return tuple(one.format(name=name) for one in DIALECTS[dialect].reads)


def shipped_maps() -> dict[str, Map]:
    """The maps that come with the software, by name."""
    found = (mapping.read_map(path.read_bytes()) for path in sorted(shipped("gateways").glob("*.json")))
    return {one.name: one for one in found}


def map_named(db: Connection, mission: str, name: str) -> Map:
    """A map of the mission's own, else a shipped one; raises Unknown."""
    own = dialogues.maps(db, mission)
    if name in own:
        return mapping.read_map(json.dumps(own[name]))
    known = shipped_maps()
    if name not in known:
        raise Unknown(f"no map {name[:40]!r}; known: {', '.join(sorted({*own, *known}))}")
    return known[name]


def _map(db: Connection, mission: str, wish: Wish) -> Map | None:
    if wish.dialect != mapped.NAME:
        if wish.map:
            raise BadSetting(f"--map goes with --dialect {mapped.NAME}")
        return None
    if not wish.map:
        raise BadSetting("say by which map its messages are read: --map NAME; see: casevac dialect list")
    found = map_named(db, mission, wish.map)
    if found.name not in dialogues.maps(db, mission):  # the mission keeps what it was enrolled by
        dialogues.keep_map(db, mission, found.name, as_json(found))
    return found


def as_json(one: Map) -> dict[str, object]:
    """A map as it is kept."""
    told: dict[str, object] = json.loads(mapping.written(one))
    return told


def _own_topic(wanted: str, found: Map | None) -> str:
    if fault := fault_of(wanted):
        raise BadSetting(f"--topic {wanted[:60]}: {fault}")
    place = None if found is None else mapping.id_at(found)
    if place is not None and len(wanted.split("/")) <= place:
        raise BadSetting(f"--topic {wanted[:60]}: the map reads the device's id from segment {place + 1}")
    return wanted


def _under(db: Connection, mission: str, wish: Wish) -> tuple[tuple[str, str], ...]:
    if bool(wish.under) != bool(wish.foreign):
        raise BadSetting("--under GATEWAY and --id belong together: what the gateway calls the device")
    known = missions.enrolments(db)
    foreign = wish.foreign or ""
    if len(foreign) > _LONGEST_ID or not foreign.isprintable():
        raise BadSetting(f"--id is at most {_LONGEST_ID} letters on one line")
    for gateway in wish.under:
        if gateway not in known or known[gateway].mission != mission:
            raise Unknown(f"no gateway {gateway[:40]!r} in mission {mission}; see: casevac device list")
        if known[gateway].dialect == OWN:
            raise BadSetting(f"{gateway} is no gateway: it speaks for itself, in our own dialect")
    return tuple((gateway, foreign) for gateway in wish.under)


def give(
    settings: Settings, name: str, said: tuple[Wish, Speech | None], renew: bool, directory: Path | None
) -> Account | None:
    """A device's login, as `credentials.give`, with the broker's leave for the topics of its dialect.

    None for one that is heard through a gateway.
    """
    wish, speech = said
    if wish.is_through_gateway:
        return None
    topics = () if speech is None else speech.topics
    if settings.mqtt_url is None and wish.dialect is not None:
        broker.kept(Home(settings.home)).speaks(name, topics, _reads(wish.dialect, name))
    return credentials.give(settings, name, renew=renew, directory=directory)


def lines(name: str, account: Account, speech: Speech) -> list[str]:
    """What to set in the app or the gateway, in lines."""
    if speech.dialect in (None, OWN):
        return []
    dialect = DIALECTS[speech.dialect or OWN]
    told = [f"It speaks {dialect.title}, on:", *(f"  {one}" for one in speech.topics)]
    if dialect.gateway:
        told.append(f"Each device that it speaks for: casevac device add NAME --under {name} --id ID")
    if speech.dialect == owntracks.NAME:
        told += [
            f"  In the app: mode MQTT, user {name}, device any, TLS on from other machines;",
            "  or mode HTTP, address https://LAPTOP:8443/pub, the same user and password.",
        ]
    if account.password is None and account.directory is None:
        told.append("Let it write there at your own broker, and casevac-ingest read it.")
    return told

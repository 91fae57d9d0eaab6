"""Who is enrolled and how each speaks, asked while others are enrolled."""

import threading
from datetime import UTC, datetime

from casevac.mission import TRACKER, Mission, Profile
from casevac.store import missions
from casevac.store.connection import connect
from casevac.store.dialogues import Speech
from casevac.terms import MissionKind

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DEVICES = 150


def test_what_is_asked_is_of_one_moment(database_url: str) -> None:
    """A phone is known with its dialect and topics or not at all; asking stops for nobody who enrols."""
    db = connect(database_url)
    with db:
        missions.open_mission(db, Mission("m", "M", MissionKind.LIVE, Profile()), NOW)

    def enrol() -> None:
        own = connect(database_url)
        for number in range(DEVICES):
            name = f"phone-{number}"
            speech = Speech("owntracks", (f"owntracks/{name}/#",), under=((name, f"id-{number}"),))
            with own:
                missions.enrol(own, "m", name, None, NOW, TRACKER, speech=speech)
        own.close()

    thread = threading.Thread(target=enrol)
    thread.start()
    looked, known = 0, {}
    while thread.is_alive() or len(known) < DEVICES:
        with db:
            known = missions.enrolments(db)
        looked += 1
        for name, one in known.items():
            assert (one.dialect, one.topics) == ("owntracks", (f"owntracks/{name}/#",))
            assert one.speaks_for == {f"id-{name.removeprefix('phone-')}": name}
    thread.join()
    db.close()
    assert looked > 10


def test_who_speaks_our_dialect_again_has_none_of_the_other(database_url: str) -> None:
    db = connect(database_url)
    with db:
        missions.open_mission(db, Mission("m", "M", MissionKind.LIVE, Profile()), NOW)
        speech = Speech("owntracks", ("owntracks/a/#",), under=(("a", "x"),))
        missions.enrol(db, "m", "a", None, NOW, TRACKER, speech=speech)
        missions.enrol(db, "m", "a", None, NOW, TRACKER, speech=Speech("casevac", ("owntracks/a/#",)))
        one = missions.enrolments(db)["a"]
    db.close()
    assert (one.dialect, one.topics, one.mapping, dict(one.speaks_for)) == ("casevac", (), "", {})

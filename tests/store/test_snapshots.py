"""Kept pictures: the same as the fold of the whole log, for this program only."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casevac import events as e
from casevac.mission import Mission, Profile
from casevac.picture import Picture, empty, fold
from casevac.store import log, snapshots
from casevac.store.connection import Connection, connect
from casevac.store.missions import open_mission
from casevac.terms import Category, MissionKind
from casevac.zap import zap
from tests.casevac.scenes import alert, event
from tests.casevac.stories import any_event
from tests.casevac.test_picture import numbered

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
A, B = zap(1), zap(2)


@pytest.fixture
def db(database_url: str) -> Iterator[Connection]:
    connection = connect(database_url)
    yield connection
    connection.close()


@settings(max_examples=200, deadline=None)
@given(st.lists(any_event, max_size=25))
def test_a_picture_survives_its_storage_form(events) -> None:
    picture = fold(empty("M"), numbered(events))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(picture), type=Picture) == picture


def some_log(db: Connection, mission: str) -> int:
    with db:
        open_mission(db, Mission(mission, mission, MissionKind.LIVE, Profile()), NOW)
        stored = log.append(
            db,
            [
                event(alert(f"R-{mission}", A, B), mission=mission, at=1),
                event(e.CasualtyTriaged(casualty=A, category=Category.T1), mission=mission, at=2),
            ],
        )
    return stored[-1].seq or 0


def whole(db: Connection, mission: str) -> Picture:
    return fold(empty(mission), log.read(db, mission))


def test_a_start_resumes_from_what_was_kept(db: Connection) -> None:
    some_log(db, "north")
    seq = some_log(db, "south")
    snapshots.keep(db, {name: whole(db, name) for name in ("north", "south")}, seq)
    with db:
        log.append(db, [event(e.BleedingControlled(casualty=A), mission="north", at=3)])
    kept = snapshots.resume(db)
    assert kept.seq == seq
    assert kept.pictures["south"] == whole(db, "south")
    later = log.read(db, "north", after=kept.seq)
    assert [one.kind for one in later] == ["bleeding_controlled"]
    assert fold(kept.pictures["north"], later) == whole(db, "north")


def test_a_picture_from_after_the_instant_asked_for_is_not_used(db: Connection) -> None:
    seq = some_log(db, "north")
    snapshots.keep(db, {"north": whole(db, "north")}, seq)
    assert snapshots.picture(db, "north") == whole(db, "north")
    assert snapshots.picture(db, "north", upto=seq - 1) == empty("north")
    assert snapshots.picture(db, "south") == empty("south")


def test_pictures_of_another_program_are_not_used(db: Connection) -> None:
    seq = some_log(db, "north")
    snapshots.keep(db, {"north": whole(db, "north")}, seq)
    with db, db.cursor() as cursor:
        cursor.execute("UPDATE snapshots SET program = 'another'")
    assert snapshots.resume(db) == (0, {})
    assert snapshots.picture(db, "north") == empty("north")
    snapshots.keep(db, {"north": whole(db, "north")}, seq)
    assert snapshots.resume(db).seq == seq


def test_an_older_picture_does_not_replace_a_newer_one(db: Connection) -> None:
    seq = some_log(db, "north")
    snapshots.keep(db, {"north": whole(db, "north")}, seq)
    snapshots.keep(db, {"north": empty("north")}, seq - 1)
    assert snapshots.picture(db, "north") == whole(db, "north")

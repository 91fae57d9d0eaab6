"""Positions: exactly once, the latest mark only forward, days apart, wrong clocks harmless."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from casevac.mission import Mission, Profile
from casevac.offset import RIGHT
from casevac.position import Position
from casevac.store import asides, fixes, migrate, missions, seen
from casevac.store.connection import Connection, connect
from casevac.store.tables import metadata
from casevac.terms import MissionKind

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def db(database_url: str) -> Iterator[Connection]:
    connection = connect(database_url)
    with connection:
        missions.open_mission(connection, Mission("m", "Test", MissionKind.EXERCISE, Profile()), NOW)
    yield connection
    connection.close()


def fix(n: int, at: datetime, lon: float = 18.5, device: str = "d") -> Position:
    corrected_at, flags = RIGHT.corrected(at, None, NOW)
    return Position(
        mission="m", device=device, epoch=1, n=n, at=at, corrected_at=corrected_at, received_at=NOW,
        lon=lon, lat=4.4, flags=flags,
    )  # fmt: skip


def test_a_number_is_claimed_once_and_its_reuse_is_told(db: Connection) -> None:
    key = ("d", 1, 7)
    first, other = fix(7, NOW), fix(7, NOW, lon=19)
    with db:
        assert seen.claim(db, seen.blocks([key])) == set()
        fixes.append(db, [first])
        assert seen.claim(db, seen.blocks([key, ("d", 1, 8), ("d", 2, 7), ("e", 1, 7)])) == {key}
        assert fixes.same(db, [first]) == {key}
        assert fixes.same(db, [other]) == set()
        assert fixes.same(db, [fix(7, NOW - timedelta(seconds=1))]) == set()


def test_numbers_at_the_borders_of_blocks_are_kept_apart(db: Connection) -> None:
    last = 2**63 - 1
    numbers = [1, 1022, 1023, 1024, 1025, 2047, 2048, last - 1024, last - 1, last]
    with db:
        for n in numbers:
            assert seen.claim(db, seen.blocks([("d", 0, n)])) == set()
        assert seen.claim(db, seen.blocks(("d", 0, n) for n in numbers)) == {("d", 0, n) for n in numbers}
        assert seen.claim(db, seen.blocks(("d", last, n) for n in numbers)) == set()


def test_late_fixes_are_stored_and_do_not_move_the_mark_back(db: Connection) -> None:
    with db:
        fixes.append(db, [fix(2, NOW, lon=2)])
        fixes.append(db, [fix(1, NOW - timedelta(hours=30), lon=1)])
    assert fixes.latest(db, "m")["d"].lon == 2
    assert {row["n"] for row in fixes.reports(db, "d", 10)} == {1, 2}


def test_the_speaker_of_a_spoken_position_is_kept_and_goes_with_the_next(db: Connection) -> None:
    spoken = msgspec.structs.replace(fix(1, NOW - timedelta(seconds=30)), source="voice", speaker="Sgt Ito")
    with db:
        fixes.append(db, [spoken])
    assert fixes.latest(db, "m")["d"] == spoken
    later = fix(2, NOW - timedelta(seconds=20))
    with db:
        fixes.append(db, [later])
    assert fixes.latest(db, "m")["d"] == later
    louder = msgspec.structs.replace(fix(3, NOW - timedelta(seconds=10)), source="voice", speaker="Cpl Ba")
    with db:
        fixes.append(db, [louder])
    assert fixes.latest(db, "m")["d"].speaker == "Cpl Ba"


def test_a_clock_three_days_ahead_cannot_freeze_the_mark(db: Connection) -> None:
    with db:
        fixes.append(db, [fix(1, NOW + timedelta(days=3), lon=1)])
        later = NOW + timedelta(seconds=1)
        honest = fix(2, NOW, lon=2)
        fixes.append(
            db, [Position(**{**_fields(honest), "at": later, "corrected_at": later, "received_at": later})]
        )
    latest = fixes.latest(db, "m")["d"]
    assert latest.lon == 2
    flagged = next(row for row in fixes.reports(db, "d", 10) if row["n"] == 1)
    assert flagged["flags"] == ["clock"]


def _fields(position: Position) -> dict[str, object]:
    return {name: getattr(position, name) for name in position.__struct_fields__}


def test_each_near_day_has_its_partition_and_strange_days_share_one(db: Connection) -> None:
    days = [NOW, NOW - timedelta(days=1), NOW - timedelta(days=400)]
    with db:
        fixes.append(db, [fix(n, at) for n, at in enumerate(days, start=1)])
    with db.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM positions ORDER BY n")
        homes = [row[0] for row in cursor.fetchall()]
    assert homes == [
        f"positions_{NOW:%Y%m%d}",
        f"positions_{NOW - timedelta(days=1):%Y%m%d}",
        "positions_other_days",
    ]


def test_a_change_that_commits_late_is_still_read(db: Connection, database_url: str) -> None:
    slow, reader = connect(database_url), connect(database_url, autocommit=True)
    with db:
        fixes.ensure_days(db, {NOW.date()})
    _, mark = fixes.changed(reader, 0)
    fixes.append(slow, [fix(1, NOW, device="slow")])
    with db:
        fixes.append(db, [fix(1, NOW, device="quick")])
    first, mark = fixes.changed(reader, mark)
    assert {one.device for one in first} == {"quick"}
    slow.commit()
    second, mark = fixes.changed(reader, mark)
    assert "slow" in {one.device for one in second}
    third, mark = fixes.changed(reader, mark)
    assert third == [] or mark > 0
    assert fixes.changed(reader, mark)[0] == []


def test_the_past_is_shown_as_it_was_known(db: Connection) -> None:
    hour = timedelta(hours=1)
    known_at_once = fix(1, NOW - 2 * hour, lon=1)
    came_late = fix(2, NOW - hour, lon=2)
    with db:
        for position, received in ((known_at_once, NOW - 2 * hour), (came_late, NOW)):
            fixes.append(db, [Position(**{**_fields(position), "received_at": received})])
    assert fixes.as_known_at(db, "m", NOW - hour / 2)["d"].lon == 1
    assert fixes.as_known_at(db, "m", NOW)["d"].lon == 2
    assert fixes.as_known_at(db, "m", NOW - 3 * hour) == {}
    assert [one.lon for one in fixes.track(db, "m", NOW - 3 * hour, NOW)] == [1, 2]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(8)), again=st.lists(st.integers(0, 7), max_size=8))
def test_any_order_and_repetition_gives_the_same_state(
    db: Connection, order: list[int], again: list[int]
) -> None:
    device = "-".join(map(str, [*order, "x", *again]))[:60]
    batch = [fix(n + 1, NOW - timedelta(seconds=60 * n), lon=n, device=device) for n in range(8)]
    for n in [*order, *again]:
        with db:
            again = seen.claim(db, seen.blocks([(device, 1, n + 1)]))
            fixes.append(db, [] if again else [batch[n]])
    assert fixes.latest(db, "m")[device].lon == 0
    assert len(fixes.reports(db, device, 100)) == 8


def test_set_aside_keeps_the_bytes_and_counts_repeats(db: Connection) -> None:
    poison = asides.Aside("casevac/v1/d/report", "d", "m", "nonsense\x00", b"\x00\xff")
    with db:
        asides.set_aside(db, [poison, poison])
        asides.set_aside(db, [poison])
    with db.cursor() as cursor:
        cursor.execute("SELECT raw, times FROM set_aside")
        rows = cursor.fetchall()
    assert [(bytes(raw), times) for raw, times in rows] == [(b"\x00\xff", 2)]
    assert sum(asides.counts(db).values()) == 1


def test_migrations_make_exactly_the_declared_tables(database_url: str) -> None:
    migrate.upgrade(database_url)  # a second time changes nothing
    engine = create_engine(migrate.sqlalchemy_url(database_url))

    def ours(name: str | None, kind: str, _parent: object) -> bool:
        return kind != "table" or not str(name).startswith(
            ("positions_", "spatial_ref_sys", "alembic_version")
        )

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": ours, "compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_reader_of_qgis_sees_views_and_cannot_write(db: Connection) -> None:
    with db:
        fixes.append(db, [fix(1, NOW)])
    with db.cursor() as cursor:
        cursor.execute("SET ROLE casevac_read")
        cursor.execute("SELECT device, ST_AsText(geom) FROM qgis.latest_positions")
        assert cursor.fetchall() == [("d", "POINT(18.5 4.4)")]
        cursor.execute("SELECT has_table_privilege('casevac_read', 'public.events', 'SELECT, INSERT')")
        assert cursor.fetchone() == (False,)

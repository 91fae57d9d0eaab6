"""The letters a mission gets when it opens."""

from datetime import UTC, datetime

import msgspec
import pytest
from msgspec.structs import replace

from casevac.errors import BadSetting
from casevac.events import MissionOpened
from casevac.mission import Mission, Profile
from casevac.store import log, missions
from casevac.store.connection import connect
from casevac.store.dialects import dialects, with_dialects
from casevac.terms import MissionKind, Precedence

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_a_mission_keeps_the_letters_it_was_opened_with(database_url: str) -> None:
    db = connect(database_url)
    own = replace(dialects()["us-atp"], name="ours", precedence={"A": Precedence.ROUTINE})
    profile = Profile(dialects={"ours": own}, nine_line="ours")
    with db:
        opened = missions.open_mission(db, Mission("m", "M", MissionKind.LIVE, profile), NOW)
        assert missions.mission(db, "m") == opened
        (event,) = log.read(db, "m")
    db.close()
    assert isinstance(event.body, MissionOpened)
    assert sorted(event.body.profile.dialects) == ["ours", "un-2020", "us-atp"]
    assert event.body.profile.dialects["ours"].precedence == {"A": Precedence.ROUTINE}


def test_a_mission_whose_dialect_nobody_has_does_not_open() -> None:
    with pytest.raises(BadSetting, match="'nato' is no dialect; known: un-2020, us-atp"):
        with_dialects(Profile(nine_line="nato"))
    with pytest.raises(BadSetting, match="another name"):
        with_dialects(Profile(dialects={"ours": dialects()["us-atp"]}))


def test_every_shipped_dialect_says_where_it_is_from() -> None:
    for name, one in dialects().items():
        assert one.name == name
        assert one.source
        assert one.verified or "unverified" in one.note
        assert msgspec.json.decode(msgspec.json.encode(one), type=type(one)) == one

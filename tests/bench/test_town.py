"""The mission of the benches: with fewer chains than it is about no figure is told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from casevac.mission import Mission, Profile
from casevac.store.connection import connect
from casevac.store.missions import open_mission
from casevac.terms import MissionKind
from geo.routing import Router
from tests.bench.town import CHAINS, MISSION, TooFew, Town, enough
from tests.geo.drawn import roads_of


def test_a_mission_with_too_few_chains_ends_the_bench(database_url: str, tmp_path: Path) -> None:
    town = Town(database_url, tmp_path, Router(roads_of([("one", [(0, 0), (900, 0)])]), {}))
    db = connect(database_url)
    with db:
        open_mission(db, Mission(MISSION, "Porto", MissionKind.EXERCISE, Profile()), datetime.now(UTC))
    with pytest.raises(TooFew, match=f"only 0 chains are live, {CHAINS} are wanted"):
        enough(town, db)
    db.close()

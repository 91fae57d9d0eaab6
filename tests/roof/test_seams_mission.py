"""A mission of one's own: its profile with authorities, approval and dialects, and what is not verified."""

import json
from pathlib import Path

import msgspec
from click.testing import CliRunner, Result

from casevac.mission import Authority, Mission, Profile, unverified
from casevac.roof.cli import main
from casevac.roof.home import Home
from casevac.store.connection import connect
from casevac.store.missions import mission

OURS = {
    "name": "ours",
    "surgery_s": 3600.0,
    "authorities": [
        {"name": "DMS", "may_launch": ["air"], "verified": True},
        {"name": "Force Commander", "may_launch": ["contingent"]},
    ],
    "approval": {"air": ["DMS"], "contingent": ["Force Commander"]},
    "eligible": ["un_military"],
    "nine_line": "un-2020",
}


def called(url: str, home: Home, *words: str) -> Result:
    environment = {"CASEVAC_HOME": str(home.path), "CASEVAC_DATABASE_URL": url}
    return CliRunner().invoke(main, words, env=environment)


def test_a_mission_of_ones_own_is_opened_and_told_what_nobody_compared(
    database_url: str, home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "profile.json"
    file.write_text(json.dumps(OURS))
    done = called(database_url, home, "mission", "open", "ours", "--profile", str(file))
    assert done.exit_code == 0, done.output
    for words in ("precedence_of", "salt_questions", "tourniquet_alert_s", "eligible", "dialect un-2020"):
        assert words in done.output
    assert "authority Force Commander" in done.output and "approval of contingent" in done.output
    assert "authority DMS" not in done.output and "approval of air" not in done.output
    db = connect(database_url)
    with db:
        stored = mission(db, "ours").profile
    db.close()
    assert stored.authorities == (
        Authority("DMS", ("air",), verified=True), Authority("Force Commander", ("contingent",))
    )  # fmt: skip
    assert stored.approval == {"air": ("DMS",), "contingent": ("Force Commander",)}
    assert (stored.nine_line, stored.surgery_s) == ("un-2020", 3600.0) and "un-2020" in stored.dialects
    listed = called(database_url, home, "mission", "list")
    assert "ours: Nobody has compared these values" in listed.output
    (row,) = json.loads(called(database_url, home, "mission", "list", "--json").output)
    assert row["unverified"] == unverified(stored)


def test_a_profile_that_cannot_be_used_is_refused_in_words(
    database_url: str, home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "profile.json"
    file.write_text(json.dumps({**OURS, "eligible": ["everybody"]}))
    done = called(database_url, home, "mission", "open", "ours", "--profile", str(file))
    assert done.exit_code != 0 and "profile cannot be used" in done.output


def test_the_demo_asks_for_approval_of_its_aircraft_alone() -> None:
    path = Path(__file__).parents[2] / "data" / "demo" / "mission.json"
    demo = msgspec.json.decode(path.read_bytes(), type=Mission).profile
    assert list(demo.approval) == ["demo aviation"]
    assert set(demo.approval["demo aviation"]) == {one.name for one in demo.authorities}
    assert demo.eligible == Profile().eligible

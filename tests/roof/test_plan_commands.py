"""`casevac plan show|approve|frontier|policy|lock|unlock` on a real store with the part that plans."""

import json
from collections.abc import Iterator

import pytest

from casevac.planner.policy import DISCLAIMER
from casevac.roof.home import Home
from tests.maps.door import wait_for
from tests.maps.mission import Story, begin
from tests.maps.planning import planning
from tests.roof.test_tellings import called, told


@pytest.fixture
def story(database_url: str, home: Home) -> Iterator[Story]:
    made = begin(database_url, home.path)
    with planning(made):
        yield made


def plan_of(story: Story, casualty: str) -> dict:
    """The plan as soon as it brings this casualty in."""

    def found() -> dict | None:
        shown = told(story, "plan", "show")["proposal"]
        lines = [] if shown is None or not shown["frontier"] else shown["lines"]
        return shown if any(casualty in one["casualties"] for one in lines) else None

    kept: dict = wait_for(found)
    return kept


def test_a_plan_is_read_and_a_line_of_it_approved(story: Story) -> None:
    (zap,) = story.alert().body.casualties
    shown = plan_of(story, zap)
    line = next(one for one in shown["lines"] if zap in one["casualties"])
    text = called(story, "plan", "show")
    assert text.exit_code == 0
    assert f"{line['id']}  {line['summary']}" in text.stdout
    assert DISCLAIMER in text.stdout
    assert "approve: casevac plan approve" in text.stdout
    done = told(story, "plan", "approve", line["id"].lower())
    (approved,) = done["approved"]
    assert approved["line"] == line["id"]
    chain = called(story, "plan", "show", approved["chain"])
    assert (chain.exit_code, approved["chain"] in chain.stdout) == (0, True)
    again = called(story, "plan", "approve", line["id"])
    assert (again.exit_code, again.stderr.count("\n")) == (1, 1)


def test_several_lines_are_told_one_by_one(story: Story) -> None:
    (zap,) = story.alert().body.casualties
    line = next(one for one in plan_of(story, zap)["lines"] if zap in one["casualties"])
    done = called(story, "plan", "approve", line["id"], "L-000000")
    assert done.exit_code == 0, done.output
    assert "vehicle tasked" in done.stdout
    assert "L-000000: " in done.stderr


def test_lines_and_chains_are_not_mixed(story: Story) -> None:
    mixed = called(story, "plan", "approve", "L-000000", "T-8MZ31K")
    assert (mixed.exit_code, "Traceback" in mixed.output) == (2, False)
    nobody = called(story, "plan", "approve", "T-8MZ31K", "--authority", "DMS")
    assert (nobody.exit_code, "no chain" in nobody.stderr) == (1, True)


def test_policy_locks_and_the_frontier(story: Story) -> None:
    (zap,) = story.alert().body.casualties
    plan_of(story, zap)
    frontier = called(story, "plan", "frontier")
    assert "* p1_first" in frontier.stdout
    assert "  lives_saved" in frontier.stdout
    assert DISCLAIMER in frontier.stdout
    assert {"p1_first", "lives_saved"} <= {
        one["policy"] for one in json.loads(called(story, "plan", "frontier", "--json").stdout)
    }
    unknown = called(story, "plan", "policy", "best")
    assert (unknown.exit_code, "choose one of" in unknown.stderr) == (1, True)
    assert called(story, "plan", "policy", "lives_saved", "--reason", "both theatres full").exit_code == 0
    wait_for(lambda: told(story, "plan", "show")["proposal"]["policy"]["name"] == "lives_saved")
    assert called(story, "plan", "lock", "--vehicle", "amb-1", "--reason", "engine").exit_code == 0
    again = called(story, "plan", "lock", "--vehicle", "amb-1")
    assert (again.exit_code, "locked already" in again.stderr) == (1, True)
    wait_for(lambda: told(story, "plan", "show")["proposal"]["locks"])
    assert "locked: amb-1 is not planned" in called(story, "plan", "show").stdout
    assert called(story, "plan", "unlock", "--vehicle", "amb-1").exit_code == 0


def test_without_a_plan_the_command_says_so(database_url: str, home: Home) -> None:
    bare = begin(database_url, home.path)
    shown = called(bare, "plan", "show")
    assert "no plan yet" in shown.stdout
    assert "no plan was made of this mission yet" in shown.stderr
    refused = called(bare, "plan", "approve", "L-000000")
    assert (refused.exit_code, "no plan of this mission yet" in refused.stderr) == (1, True)

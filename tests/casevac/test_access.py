"""The table of rights: nothing that can be commanded is missing in it, and what is missing nobody may."""

import pytest

from casevac import access
from casevac.access import RIGHTS, ROUTES, AccountRole, all_of, check, check_route, may
from casevac.duties import DUTIES
from casevac.errors import NotAllowed
from casevac.events import FIELD_KINDS

VIEWER, MEDIC, WATCH_KEEPER, COORDINATOR = AccountRole
COMMANDS = {"position", "options", "task", "divert_options", "divert", "cancel", "set_aside", "approve_plan"}


def test_the_table_holds_every_kind_that_can_be_told_and_every_command_and_nothing_else():
    assert set(RIGHTS) == {duty.kind for duty in DUTIES} | COMMANDS
    assert set(RIGHTS) == FIELD_KINDS | COMMANDS
    assert len({right.words for right in RIGHTS.values()}) == len(RIGHTS)


def test_every_route_leads_into_the_table():
    assert set(ROUTES.values()) - {access.BY_KIND} <= set(RIGHTS)
    for duty in DUTIES:
        for path in duty.paths:
            assert ROUTES[f"/api{path}"] == duty.kind


@pytest.mark.parametrize("role", list(AccountRole))
def test_what_is_not_in_the_table_may_nobody_do(role):
    assert not may(role, "reactor_started")
    with pytest.raises(NotAllowed, match="nobody may"):
        check(role, "reactor_started")
    with pytest.raises(NotAllowed, match="nobody may"):
        check_route(role, "/api/reactors/{id}/start")


def test_each_role_may_all_that_those_before_it_may():
    assert all_of(VIEWER) == []
    assert set(all_of(MEDIC)) < set(all_of(WATCH_KEEPER)) < set(all_of(COORDINATOR))
    assert set(all_of(COORDINATOR)) == set(RIGHTS)


@pytest.mark.parametrize(
    ("what", "least"),
    [
        ("casualty_triaged", MEDIC),
        ("mist_reported", MEDIC),
        ("nine_line_sent", MEDIC),
        ("alert_raised", MEDIC),
        ("casualty_handed_over", MEDIC),
        ("question_answered", MEDIC),
        ("facility_status_reported", WATCH_KEEPER),
        ("alert_acknowledged", WATCH_KEEPER),
        ("hazard_reported", WATCH_KEEPER),
        ("casualties_merged", WATCH_KEEPER),
        ("requests_merged", WATCH_KEEPER),
        ("vehicle_status_changed", WATCH_KEEPER),
        ("position", WATCH_KEEPER),
        ("options", WATCH_KEEPER),
        ("task", COORDINATOR),
        ("divert", COORDINATOR),
        ("cancel", COORDINATOR),
        ("launch_approved", COORDINATOR),
        ("launch_denied", COORDINATOR),
        ("answer_ordered", COORDINATOR),
        ("bed_reserved", COORDINATOR),
        ("eligibility_decided", COORDINATOR),
    ],
)
def test_the_least_role_is(what, least):
    order = list(AccountRole)
    assert [may(role, what) for role in order] == [order.index(role) >= order.index(least) for role in order]


def test_a_refusal_says_whom_to_ask():
    with pytest.raises(NotAllowed, match=r"^a viewer may not task a vehicle; ask a coordinator$"):
        check(VIEWER, "task")
    with pytest.raises(NotAllowed, match=r"^a medic may not report a hazard; ask a watch-keeper$"):
        check(MEDIC, "hazard_reported")
    check(COORDINATOR, "task")


def test_the_route_of_radio_calls_is_checked_by_what_is_told():
    check_route(VIEWER, "/api/voice")
    with pytest.raises(NotAllowed):
        check_route(VIEWER, "/api/requests/{request}/task")


def test_a_role_has_one_spelling_and_the_other_is_read():
    assert str(WATCH_KEEPER) == "watch-keeper"
    assert AccountRole("watch_keeper") is WATCH_KEEPER
    with pytest.raises(ValueError, match="admiral"):
        AccountRole("admiral")

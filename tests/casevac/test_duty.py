"""Warn, approve, deny, stand down, receive, ask: what follows from each word, and what is refused."""

import itertools
import json

import pytest
from msgspec.structs import replace

from casevac import events as e
from casevac import orders, reactions, telling
from casevac.alarms import alarms
from casevac.authority import approval, who_may
from casevac.entities import entities
from casevac.errors import AlreadyReserved, AlreadyTasked, BadMessage, NotPossible, Unknown
from casevac.fleet import choice, waiting_of
from casevac.hands import approval_s, decision_s, hands
from casevac.ids import Mint
from casevac.mission import Profile
from casevac.notices import empty as is_empty
from casevac.notices import notices
from casevac.picture import fold
from casevac.request import RequestState
from casevac.terms import (
    Accepting,
    Affiliation,
    ApprovalState,
    AssetKind,
    Category,
    MissionKind,
    Outcome,
    TeamKind,
    Urgency,
    VehicleState,
)
from casevac.vehicle import load
from casevac.view import View
from casevac.warn import warnings_due
from casevac.zap import zap
from tests.casevac.duty_scenes import (
    GUARDED,
    Numbered,
    decision,
    helicopter,
    outsider,
    planned,
    scene,
    seen,
    team,
)
from tests.casevac.scenes import A, B, C, after, alert, ambulance, event, told

APPROVE = e.LaunchApproved(authority="DMS", chain="C")
DENY = e.LaunchDenied(authority="DMS", chain="C", reason="no crew")
mint = Mint(lambda: zap(next(itertools.count(900))), lambda letter: f"{letter}-1")


def tell(picture, at, kind, **fields):
    return telling.tell(seen(picture, at), kind, fields, mint)


def kinds(bodies) -> list[str]:
    return [str(body.__struct_config__.tag) for body in bodies]


# --- warnings


def test_at_the_alert_aircraft_team_escort_and_facility_are_warned_together():
    assert [(one.asset, one.asset_kind) for one in warnings_due(seen(scene(), 1))] == [
        ("HELI", AssetKind.VEHICLE), ("AMET-1", AssetKind.TEAM), ("ESC", AssetKind.TEAM),
        ("F", AssetKind.FACILITY),
    ]  # fmt: skip


def test_a_warning_is_given_once():
    picture = scene()
    picture = told(picture, *((1, one) for one in warnings_due(seen(picture, 1))))
    assert warnings_due(seen(picture, 2)) == ()


def test_whoever_cannot_is_followed_by_the_next():
    picture = scene()
    picture = told(picture, *((1, one) for one in warnings_due(seen(picture, 1))))
    no = e.AssetAnswered(request="R", asset="HELI", ready=False, reason="engine")
    (next_one,) = warnings_due(seen(told(picture, (5, no)), 6))
    assert next_one.asset == "FAR"
    later = replace(no, ready_at=after(900))
    assert warnings_due(seen(told(picture, (5, later)), 6)) == ()


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        (e.VehicleStatusChanged(state=VehicleState.OUT_OF_SERVICE, vehicle="HELI"), "HELI"),
        (e.TeamStatusChanged(team="ESC", ready=False), "ESC"),
        (replace(team("X"), id="AMET-1", team_kind=TeamKind.LITTER), "AMET-1"),
    ],
)
def test_who_cannot_come_is_not_warned(more, missing):
    assert missing not in [one.asset for one in warnings_due(seen(scene((1, more)), 2))]


def test_nobody_is_warned_for_the_dead_or_when_it_is_over():
    dead = [(1, e.CasualtyTriaged(casualty=one, category=Category.DEAD)) for one in (A, B)]
    assert warnings_due(seen(scene(*dead), 2)) == ()
    assert warnings_due(seen(scene((1, e.RequestStoodDown(request="R", reason="drill"))), 2)) == ()
    quiet = Profile(warn_at_alert=())
    assert warnings_due(seen(scene(profile=quiet), 2)) == ()


def test_a_plan_warns_whom_nobody_warned():
    picture = told(scene(), (1, e.AssetWarned(request="R", asset="HELI")))
    bodies = orders.plan_task(picture, decision(), "1", after(9), Numbered())
    warned = [(one.asset, one.chain) for one in bodies if isinstance(one, e.AssetWarned)]
    assert warned == [("V", "C"), ("F", "C")]


def test_a_device_answers_for_its_own_asset():
    picture = told(
        scene(),
        (0, e.DeviceEnrolled(name="DESK", facility="F")),
        (1, e.DeviceEnrolled(name="PIL", vehicle="HELI")),
    )
    said = e.AssetAnswered(request="R", ready=True)
    for device, asset in (("DESK", "F"), ("PIL", "HELI"), ("MED", "AMET-1")):
        assert told(picture, (2, said), device=device).warnings[f"R/{asset}"].answered.value.ready
    yes = e.InboundAnswered(chain="C", accepts=True)
    assert told(picture, (2, yes), device="DESK").inbound["C/F"].value.accepts
    assert told(picture, (2, yes), device="PIL").oddities


def test_what_an_asset_cannot_answer():
    with pytest.raises(NotPossible, match="was not warned of request R; warned: HELI"):
        tell(
            told(scene(), (1, e.AssetWarned(request="R", asset="HELI"))),
            2,
            "asset_answered",
            request="R",
            asset="V",
            ready=True,
        )
    warned = told(scene(), (1, e.AssetWarned(request="R", asset="HELI")))
    with pytest.raises(BadMessage, match="reason or ready_at"):
        tell(warned, 2, "asset_answered", request="R", asset="HELI", ready=False)
    with pytest.raises(Unknown, match="no facility 'HELI'"):
        tell(scene(), 2, "asset_warned", request="R", asset="HELI", asset_kind="facility")


# --- approval


def test_the_vehicles_that_need_approval_wait_and_the_others_go():
    bodies = orders.plan_task(scene(), decision(), "1", after(9), Numbered())
    assert [one.vehicle for one in bodies if isinstance(one, e.VehicleTasked)] == ["V"]
    chain = entities(planned(), after(130))["chains"]["C"]
    assert (chain["status"], chain["approval"]["state"], chain["approval"]["needed"]) == (
        "active",
        "awaiting",
        ["HELI"],
    )
    assert chain["approval"]["authorities"] == ["DMS", "FMedO"]


def test_approving_sends_the_vehicle_its_orders():
    said, ordered = tell(planned(), 160, "launch_approved", chain="C", authority="dms")
    assert (said.authority, ordered.vehicle, ordered.chain) == ("dms", "HELI", "C")
    done = told(planned(), (160, said), (160, ordered))
    shown = entities(done, after(170))["chains"]["C"]["approval"]
    assert (shown["state"], shown["by"], shown["seconds"], shown["needed"]) == ("approved", "dms", 60.0, [])
    assert reactions.due(seen(done, 170)) == ()
    assert approval_s(seen(done, 170), "R") == 60.0


def test_only_those_who_may_can_approve_or_deny():
    for kind, fields in (("launch_approved", {}), ("launch_denied", {"reason": "no"})):
        with pytest.raises(
            NotPossible, match="Force Commander may not launch them; who may: HELI: DMS or FMedO"
        ):
            tell(planned(), 160, kind, chain="C", authority="Force Commander", **fields)
        with pytest.raises(NotPossible, match="V needs no approval in chain C; HELI does"):
            tell(planned(), 160, kind, chain="C", authority="DMS", vehicle="V", **fields)
    with pytest.raises(BadMessage, match="chain, or request"):
        tell(planned(), 160, "launch_approved", authority="DMS")
    free = planned(profile=Profile())
    with pytest.raises(NotPossible, match="needs no approval"):
        tell(free, 160, "launch_approved", chain="C", authority="DMS")
    assert approval(free, free.chains["C"]).state == ApprovalState.NOT_NEEDED


def test_the_operator_goes_before_the_kind():
    card = helicopter("H", 21.0, operator="Contingent")
    both = replace(GUARDED, approval={**GUARDED.approval, "contingent": ("Sector HQ",)})
    assert who_may(both, card) == ("Sector HQ", "Force Commander")
    assert who_may(both, helicopter("H", 21.0)) == ("DMS", "FMedO")
    assert who_may(both, ambulance("V")) == ()


def test_an_approval_over_the_air_sends_the_orders_by_itself_once():
    picture = told(planned(), (160, APPROVE))
    (due,) = reactions.due(seen(picture, 161))
    assert (due.key, due.body.vehicle) == ("launch:M:C-HELI", "HELI")
    assert reactions.due(seen(told(picture, (162, due.body)), 163)) == ()


def test_a_word_of_somebody_who_may_not_counts_for_nothing_and_is_an_alarm():
    picture = told(
        planned(), (160, replace(APPROVE, authority="stranger")), (161, replace(DENY, authority="x"))
    )
    assert reactions.due(seen(picture, 162)) == ()
    found = entities(picture, after(162))
    assert found["chains"]["C"]["approval"]["state"] == "awaiting"
    assert [one["kind"] for one in found["alarms"].values()].count("authority_unknown") == 2


def test_a_denial_breaks_the_chain_and_everybody_waits_again():
    said, taken_back = tell(planned(), 160, "launch_denied", chain="C", authority="FMedO", reason="weather")
    assert (taken_back.task, taken_back.reason) == ("T1", "denied by FMedO: weather")
    picture = told(planned(), (160, said))  # told over the air: what follows comes by itself
    chain = entities(picture, after(161))["chains"]["C"]
    assert (chain["status"], chain["why"]) == ("cancelled", "denied by FMedO: weather")
    assert [one.id for one in waiting_of(seen(picture, 161), "R")] == sorted((A, B))
    assert [
        one.body for one in reactions.due(seen(picture, 161)) if isinstance(one.body, e.TaskCancelled)
    ] == [taken_back]


def test_after_a_denial_only_a_new_plan_helps():
    picture = told(planned(), (160, DENY), (170, APPROVE))
    assert approval(picture, picture.chains["C"]).state == ApprovalState.DENIED
    with pytest.raises(NotPossible, match="denied by DMS: no crew; plan anew"):
        tell(picture, 180, "launch_approved", chain="C", authority="DMS")
    with pytest.raises(NotPossible, match="cancelled; nothing of it can be denied"):
        tell(picture, 180, "launch_denied", chain="C", authority="DMS", reason="x")
    idle = told(picture, (181, e.TaskCancelled(task="T1")))
    again = orders.plan_task(idle, decision(), "1", after(182), Numbered(7))
    assert [one.vehicle for one in again if isinstance(one, e.VehicleTasked)] == ["V"]


def test_what_was_approved_before_the_plan_goes_at_once_until_a_denial():
    before = e.LaunchApproved(authority="DMS", request="R")
    picture = scene((5, before))
    bodies = orders.plan_task(picture, decision(), "1", after(9), Numbered())
    assert [one.vehicle for one in bodies if isinstance(one, e.VehicleTasked)] == ["V", "HELI"]
    denied = told(
        picture,
        *((9, one) for one in bodies),
        (20, DENY),
        (21, e.TaskCancelled(task="T1")),
        (21, e.TaskCancelled(task="T2")),
    )
    anew = [replace(one, chain="C2") if isinstance(one, e.ChainPlanned) else one for one in bodies]
    second = told(denied, (30, anew[0]))
    assert approval(second, second.chains["C2"]).state == ApprovalState.AWAITING


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_approval_and_denial_come_in_any_order(order):
    words = [event(APPROVE, at=160), event(DENY, at=150), event(replace(APPROVE, authority="FMedO"), at=140)]
    picture = fold(planned(), [words[index] for index in order])
    assert approval(picture, picture.chains["C"]).state == ApprovalState.DENIED
    assert picture == fold(planned(), words)


def test_a_vehicle_that_waits_for_approval_is_kept():
    picture = told(planned(), (110, alert("Q", C, lon=21.0, lat=6.0)))
    assert "is kept for chain C" in {r.what: r.why for r in choice(seen(picture, 120), "Q").refused}["HELI"]
    other = replace(decision().options[0], vehicles=("HELI",), casualties=(C,))
    with pytest.raises(AlreadyTasked, match="HELI is kept for chain C"):
        orders.plan_task(picture, replace(decision(), options=(other,)), "1", after(120), Numbered())


def test_a_chain_runs_on_while_a_vehicle_of_it_awaits_approval():
    picture = told(planned(), (200, e.TaskFinished(task="T1")))
    assert seen(picture, 210).chain_status["C"] == "active"


# --- stand down


def test_standing_down_takes_everything_back():
    kept = e.BedReserved(facility="F", casualty=A, reservation="B-1")
    said, task, bed = tell(
        told(planned(), (110, kept)), 160, "request_stood_down", request="R", reason="walked in"
    )
    assert (task.task, task.reason) == ("T1", "stood down: walked in")
    assert (bed.reservation, bed.reason) == ("B-1", "stood down: walked in")
    picture = told(planned(), (160, said))
    view = seen(picture, 161)
    assert view.chain_status["C"] == "cancelled"
    assert [one.body for one in reactions.due(view)] == [task]
    assert orders.unanswered(seen(planned((160, said), kind=MissionKind.EXERCISE), 999)) == ()
    with pytest.raises(NotPossible, match=r"stood down at .*: walked in"):
        tell(picture, 170, "request_stood_down", request="R", reason="again")


# --- who is received and who is evacuated


def test_a_refusal_needs_a_reason_and_is_an_alarm():
    with pytest.raises(BadMessage, match="why they are refused"):
        tell(planned(), 160, "inbound_answered", chain="C", accepts=False)
    with pytest.raises(NotPossible, match="does not go to G; it goes to F"):
        tell(planned(), 160, "inbound_answered", chain="C", accepts=True, facility="G")
    (said,) = tell(planned(), 160, "inbound_answered", chain="C", accepts=False, reason="no table")
    assert said.facility == "F"
    found = entities(told(planned(), (160, said)), after(161))
    assert found["chains"]["C"]["inbound"]["state"] == "refused"
    assert found["alarms"]["inbound:C"]["words"].endswith("no table")
    over = told(planned(), (160, said), (170, replace(said, accepts=True, reason="")))
    assert "inbound:C" not in entities(over, after(171))["alarms"]


def test_a_casualty_from_outside_is_evacuated_by_a_decision_of_its_own():
    picture = told(scene(), (5, outsider(A)))
    wanted = choice(seen(picture, 6), "R")
    assert [one.id for one in wanted.waiting] == [B]
    assert any(r.what == A and "eligibility_decided" in r.why for r in wanted.refused)
    with pytest.raises(NotPossible, match=r"local civilian.*eligibility_decided"):
        orders.plan_task(picture, decision(), "1", after(9), Numbered())
    yes = e.EligibilityDecided(casualty=A, eligible=True, authority="DMS", reason="nobody else is there")
    assert len(choice(seen(told(picture, (8, yes)), 9), "R").waiting) == 2
    no = replace(yes, eligible=False, reason="clinic next door")
    assert "clinic next door" in choice(seen(told(picture, (8, no)), 9), "R").refused[-1].why


@pytest.mark.parametrize("belongs", [Affiliation.UN_POLICE, Affiliation.UNKNOWN])
def test_who_belongs_to_the_mission_needs_no_decision(belongs):
    assert len(waiting_of(seen(told(scene(), (5, outsider(A, belongs))), 6), "R")) == 2


def test_remains_never_displace_the_living():
    picture = told(scene(), (1, e.CasualtyTriaged(casualty=A, category=Category.DEAD)))
    assert [one.id for one in choice(seen(picture, 2), "R").waiting] == [B]
    one_litter = told(picture, (2, ambulance("V", litters=1, seats=0))).vehicles["V"]
    both = [picture.casualties[A], picture.casualties[B]]
    aboard, left = load(one_litter, both)
    assert ([one.id for one in aboard], [one.id for one in left]) == ([B], [A])


# --- questions


def test_a_question_is_answered_into_the_record_and_to_who_asked():
    asked = e.QuestionAsked(casualty=A, text="second dose?", question="Q1", urgency=Urgency.NOW, to="surgeon")
    picture = told(scene(), (10, asked), device="MED")
    assert is_empty(notices(seen(picture, 11)).get("MED", {}))
    assert "question:Q1" not in entities(picture, after(600))["alarms"]
    assert entities(picture, after(611))["alarms"]["question:Q1"]["kind"] == "question_unanswered"
    (answer,) = tell(picture, 70, "question_answered", question="Q1", text="no", by="Dr")
    picture = told(picture, (70, answer))
    shown = entities(picture, after(80))["questions"]["Q1"]
    assert (shown["answer"], shown["seconds"], shown["by"]) == ("no", 60.0, "MED")
    (heard,) = notices(seen(picture, 80))["MED"]["answers"]
    assert (heard["question"], heard["answer"], heard["asked"]) == ("Q1", "no", "second dose?")
    assert "question:Q1" not in entities(picture, after(9999))["alarms"]
    with pytest.raises(NotPossible, match="answered already: no"):
        tell(picture, 90, "question_answered", question="Q1", text="yes")


# --- whose hands, alarms, notices


def test_the_time_in_each_hand_is_measured():
    picture = planned(
        (110, e.TaskAccepted(task="T1")),
        (130, e.VehicleStatusChanged(state=VehicleState.TO_PICKUP, vehicle="V")),
        (140, e.AssetAnswered(request="R", asset="HELI", ready=True)),
        (150, e.InboundAnswered(chain="C", accepts=True, facility="F")),
        (160, APPROVE),
    )
    found = {(hold.who, hold.what): hold.seconds for hold in hands(seen(picture, 200), "R")}
    assert found["DMS", "approve chain C"] == 60
    assert (found["V", "accept the task"], found["V", "set out"]) == (10, 20)
    assert (found["HELI", "make ready"], found["F", "answer the inbound of chain C"]) == (40, 50)
    assert found["V", "make ready"] is None
    assert decision_s(seen(picture, 200), "R") == 100
    shown = entities(picture, after(200))["requests"]["R"]
    assert shown == entities(picture, after(230))["requests"]["R"]  # nothing in it grows by itself
    assert (shown["decision_s"], shown["approval_s"]) == (100, 60)


def test_alarms_stand_while_their_cause_does():
    def names(picture, at):
        return set(entities(picture, after(at))["alarms"])

    assert f"unplanned:{A}" not in names(scene(), 119)
    assert f"unplanned:{A}" in names(scene(), 601)
    assert f"unplanned:{A}" not in names(planned(), 601)
    assert "approval:C" not in names(planned(), 399)
    assert {"approval:C", "task:T1"} <= names(planned(), 401)
    assert "approval:C" not in names(planned((160, APPROVE)), 401)
    assert "task:T1" not in names(planned((160, e.TaskAccepted(task="T1"))), 401)
    assert f"clock:{A}:bleeding_control" in names(scene(), 9999)
    cannot = e.AssetAnswered(request="R", asset="HELI", ready=False, reason="engine")
    assert "unready:C:HELI" in names(planned((160, cannot)), 161)
    failed = e.OrderSettled(order="o", done=False, why="nobody", request="R")
    assert "order:o" in names(scene((1, failed)), 2)


def test_a_device_is_told_what_it_is_warned_of_and_who_is_coming():
    enrolled = [
        (0, e.DeviceEnrolled(name="DESK", facility="F")),
        (0, e.DeviceEnrolled(name="PIL", vehicle="HELI")),
    ]
    picture = told(planned(), *enrolled)
    found = notices(seen(picture, 110))
    (warned,) = found["PIL"]["warned"]
    assert (warned["request"], warned["what"], warned["how_many"], warned["lon"]) == ("R", "mine", 2, 21.0)
    coming = found["DESK"]["casualties"]
    assert [one["casualty"] for one in coming] == [A, B]
    assert coming[0]["arrive_p50_at"].endswith(":00Z")
    over = told(picture, (120, e.RequestStoodDown(request="R", reason="x")))
    assert all(is_empty(one) for one in notices(seen(over, 130)).values())


def test_orders_without_a_screen_wait_until_they_are_settled():
    picture = told(scene(), (5, e.AnswerOrdered(request="R", vehicle="V")))
    ((key, said),) = reactions.pending(picture)
    assert said.value.vehicle == "V"
    assert reactions.pending(told(picture, (6, e.OrderSettled(order=key, done=True)))) == []
    (best,) = decision().options
    assert reactions.best_that_fits([best], "V", "F") is best
    with pytest.raises(NotPossible, match="no option with W; offered were: s"):
        reactions.best_that_fits([best], "W", "")


def test_a_view_of_nothing_has_no_alarms():
    assert entities(View(scene(profile=Profile()), after(0)).picture, after(0))["alarms"] == {}


def test_the_longest_reason_leaves_orders_that_can_be_stored():
    longest = "x" * 2000
    approved = (110, APPROVE), (111, e.LaunchDenied(authority="DMS", chain="C", reason=longest))
    over_the_air = orders.follow_up(seen(told(planned(), *approved), 120))
    by_hand = tell(planned(), 120, "launch_denied", authority="DMS", chain="C", reason=longest)
    down = tell(planned(), 120, "request_stood_down", request="R", reason=longest)
    for body in (*over_the_air, *by_hand, *down):
        assert e.stored_body(kinds([body])[0], json.dumps(e.fields_of(body))) == body
    assert "task_cancelled" in kinds(over_the_air)


@pytest.mark.parametrize("outcome", [Outcome.RETURNED_TO_DUTY, Outcome.CANCELLED, Outcome.EVACUATED_OUT])
def test_nobody_is_sent_for_who_is_gone(outcome):
    picture = scene((10, e.OutcomeDecided(casualty=A, outcome=outcome, reason="why")))
    view = seen(picture, 8000)
    assert [one.id for one in waiting_of(view, "R")] == [B]
    assert not [one for one in alarms(view) if one.subject == A]
    with pytest.raises(NotPossible, match="does not wait at the scene"):
        orders.plan_task(picture, decision(), "1", after(20), Numbered())
    assert seen(told(picture, (20, e.OutcomeDecided(casualty=B, outcome=outcome))), 30).request_state(
        "R"
    ) == (RequestState.CLOSED)


def test_who_died_never_goes_before_the_living_whatever_its_triage():
    died = e.OutcomeDecided(casualty=A, outcome=Outcome.DECEASED, reason="medic")
    picture = scene((5, e.CasualtyTriaged(casualty=A, category=Category.T1)), (10, died))
    assert [one.id for one in waiting_of(seen(picture, 20), "R")] == [B]
    both = told(picture, (20, e.OutcomeDecided(casualty=B, outcome=Outcome.DECEASED, reason="medic")))
    assert [one.id for one in waiting_of(seen(both, 30), "R")] == [A, B]
    assert not [one for one in alarms(seen(both, 8000)) if one.group == "casualties"]


def test_approval_beforehand_is_asked_of_who_may_give_it():
    with pytest.raises(
        NotPossible, match="stranger may launch nothing; who may: DMS, FMedO, Force Commander"
    ):
        tell(scene(), 10, "launch_approved", request="R", authority="stranger")
    assert tell(scene(), 10, "launch_approved", request="R", authority=" dms ")


def test_words_on_a_merged_request_or_casualty_are_words_on_the_one_it_is_read_as():
    merges = (60, e.RequestsMerged(kept="R", merged="Q")), (61, e.CasualtiesMerged(kept=A, merged=C))
    picture = scene(
        (5, alert("Q", C, lon=21.0, lat=6.0)), (20, e.AssetWarned(request="Q", asset="HELI")), *merges
    )
    down = tell(picture, 100, "request_stood_down", request="Q", reason="walked in")
    assert seen(told(picture, *((100, one) for one in down)), 110).requests["R"].stood_down is not None
    assert tell(picture, 100, "asset_answered", request="Q", asset="HELI", ready=True)[0].request == "R"
    assert not tell(picture, 100, "nine_line_sent", request="Q", remarks="dust")[0].casualties
    first = tell(picture, 100, "bed_reserved", facility="F", casualty=C)
    with pytest.raises(AlreadyReserved, match=f"keeps a bed for {A} already|keeps a bed for {C} already"):
        tell(told(picture, (100, first[0])), 110, "bed_reserved", facility="F", casualty=A, reservation="2")


def test_an_exercise_looks_for_another_way_when_the_board_closes_the_house():
    shut = e.FacilityStatusReported(facility="F", accepting=Accepting.CLOSED, reason="no power")
    assert not reactions.to_divert(seen(planned(), 300))
    assert reactions.to_divert(seen(told(planned(), (110, shut)), 300)) == (("C", "F: is closed: no power"),)

"""What somebody from outside would stumble over: left behind, nobody looks, wrong times, taken meanwhile."""

import contextlib
from contextlib import closing
from threading import Thread

import pytest
from msgspec.structs import replace

from casevac import coordination as desk_work
from casevac import events as e
from casevac import orders, settling, telling
from casevac.alarms import alarms
from casevac.clock import injury_band
from casevac.desk import Desk
from casevac.doubts import doubts
from casevac.entities import entities
from casevac.errors import AlreadyTasked, BadMessage, NotPossible, StoreUnreachable
from casevac.fleet import waiting_of
from casevac.history import KEPT, united
from casevac.ids import Mint
from casevac.picture import empty, fold
from casevac.store import log, missions
from casevac.store.connection import connect
from casevac.terms import Capability, Category, ClockStatus, MissionKind, Outcome, Purpose, VehicleState
from casevac.view import View
from casevac.whereabouts import find
from tests.casevac.duty_scenes import DOOR, PAD, POI, Numbered, decision, option, planned, scene, seen
from tests.casevac.scenes import A, B, C, after, alert, event, leg, told

ALONE = replace(
    option(),
    vehicles=("HELI",),
    legs=(
        leg("HELI", Purpose.TO_PICKUP, (PAD, POI)),
        leg("HELI", Purpose.TO_FACILITY, (POI, DOOR), casualties=(A, B)),
    ),
)
ONLY_A = (
    (200, e.CasualtyLoaded(casualty=A, vehicle="HELI")),
    (900, e.CasualtyHandedOver(casualty=A, facility="F")),
)


def flown(*more):
    """HELI was to bring both."""
    picture = scene()
    free = replace(picture.mission.profile, approval={})
    picture = replace_profile(picture, free)
    made = orders.plan_task(picture, replace(decision(), options=(ALONE,)), "1", after(100), Numbered())
    return told(picture, *((100, body) for body in made), *more)


def replace_profile(picture, profile):
    return replace(picture, mission=replace(picture.mission, profile=profile))


def kinds(picture, at):
    return {one.id: one for one in alarms(seen(picture, at))}


def both_t1():
    return tuple((101, e.CasualtyTriaged(casualty=zap, category=Category.T1)) for zap in (A, B))


def test_who_was_left_behind_is_in_no_running_chain():
    before = View(flown(*both_t1(), *ONLY_A[:1]), after(300))
    assert before.chain_of(before.picture.casualties[B]).id == "C"
    picture = flown(*both_t1(), *ONLY_A)
    view = seen(picture, 901)
    assert view.chain_status["C"] == "active"
    assert view.chain_of(view.picture.casualties[B]) is None
    clocks = view.clocks(view.picture.casualties[B])
    assert {one.status for one in clocks[1:]} == {ClockStatus.NO_PLAN}
    assert [one.id for one in waiting_of(view, "R")] == [B]
    assert view.request_state("R") == "open"
    alarm = kinds(picture, 901)[f"left_behind:{B}"]
    assert (alarm.words, alarm.since) == ("left behind by HELI: it has no plan", after(900))
    assert f"unplanned:{B}" not in kinds(picture, 901)
    assert entities(picture, after(901))["casualties"][B]["state"] == "asset_warned"


def test_who_was_left_behind_stays_an_alarm_when_the_chain_ends_and_is_planned_again():
    picture = flown(*ONLY_A, (950, e.TaskFinished(task="T1")))
    assert f"left_behind:{B}" in kinds(picture, 960)
    other = replace(
        ALONE,
        vehicles=("FAR",),
        casualties=(B,),
        legs=(leg("FAR", Purpose.TO_FACILITY, (POI, DOOR), casualties=(B,)),),
    )
    for so_far in (flown(*ONLY_A), picture):
        made = orders.plan_task(so_far, replace(decision(), options=(other,)), "1", after(970), Numbered(5))
        assert made[0].left == (B,)
        again = told(so_far, *((970, body) for body in made))
        view = seen(again, 980)
        assert view.chain_of(view.picture.casualties[B]).id == made[0].chain
        assert f"left_behind:{B}" not in kinds(again, 980)


def test_who_missed_the_ground_leg_is_left_behind_though_the_aircraft_still_flies():
    moves = (
        (200, e.CasualtyLoaded(casualty=A, vehicle="V")),
        (400, e.CasualtyHandedOver(casualty=A, vehicle="HELI")),
    )
    view = seen(planned((110, e.LaunchApproved(authority="DMS", chain="C")), *moves), 500)
    assert view.left_by(view.picture.casualties[B]) == ("V", after(400))
    assert view.chain_of(view.picture.casualties[A]).id == "C"
    assert view.chain_of(view.picture.casualties[B]) is None


# --- nobody looks


def test_who_is_aboard_without_a_plan_is_an_alarm_at_once_and_who_waits_after_two_minutes():
    aboard = scene((50, e.CasualtyLoaded(casualty=A, vehicle="V")))
    found = kinds(aboard, 51)
    assert found[f"unplanned:{A}"].words == "is aboard V without a plan"
    assert f"unplanned:{B}" not in kinds(aboard, 120)
    assert f"unplanned:{B}" in kinds(aboard, 121)


def test_who_lies_where_not_all_can_be_done_is_an_alarm_until_the_facility_can():
    post = e.FacilityRegistered(id="M", name="M", lon=21.1, lat=6.0, capabilities=(Capability.RESUS,))
    lies = (*both_t1(), (150, post), (200, e.CasualtyHandedOver(casualty=A, facility="M")))
    assert f"unplanned:{A}" not in kinds(scene(*lies), 319)
    assert "cannot do all" in kinds(scene(*lies), 321)[f"unplanned:{A}"].words
    there = (*both_t1(), (200, e.CasualtyHandedOver(casualty=A, facility="F")))
    assert f"unplanned:{A}" not in kinds(scene(*there), 9000)


def test_a_vehicle_out_of_service_with_people_aboard_is_an_alarm():
    broken = (60, e.VehicleStatusChanged(state=VehicleState.OUT_OF_SERVICE, vehicle="V"))
    assert "stranded:V" not in kinds(scene(broken), 70)
    picture = scene((50, e.CasualtyLoaded(casualty=A, vehicle="V")), broken)
    alarm = kinds(picture, 70)["stranded:V"]
    assert (alarm.words, alarm.since) == (f"V is out of service with {A} aboard: send another", after(60))


def test_an_alert_is_an_alarm_until_it_is_acknowledged_or_planned():
    name = "unacknowledged:R"
    assert name not in kinds(scene(), 120)
    assert name in kinds(scene(), 121)
    assert name not in kinds(scene((60, e.AlertAcknowledged(request="R"))), 500)
    assert name not in kinds(scene((60, e.RequestStoodDown(request="R", reason="drill"))), 500)
    assert name not in kinds(planned(), 500)


def test_a_declined_task_is_an_alarm_until_its_casualties_have_a_plan():
    picture = flown((130, e.TaskDeclined(task="T1", reason="no fuel")))
    assert kinds(picture, 131)["declined:T1"].words == f"HELI declined its task: {A}, {B} without a plan"
    other = replace(
        ALONE, vehicles=("FAR",), legs=(leg("FAR", Purpose.TO_FACILITY, (POI, DOOR), casualties=(A, B)),)
    )
    made = orders.plan_task(picture, replace(decision(), options=(other,)), "1", after(140), Numbered(5))
    assert "declined:T1" not in kinds(told(picture, *((140, body) for body in made)), 150)


# --- wrong times


@pytest.mark.parametrize("spread", [None, 7200.0])
def test_an_injury_after_the_first_word_of_it_is_of_unknown_time_and_said_to_be(spread):
    late = e.CasualtyReported(
        lon=21.0, lat=6.0, casualty=A, injury_at=after(1200), injury_uncertainty_s=spread
    )
    picture = scene((1300, late))
    view = seen(picture, 1400)
    one = view.picture.casualties[A]
    assert injury_band(one, view.profile, view.now) == (after(-1800), after(0))
    (doubt,) = doubts(one, view.profile, view.now)
    assert "later than the first word of it at 09:00:00Z" in doubt


@pytest.mark.parametrize("kind", ["alert_raised", "casualty_reported", "mist_reported"])
@pytest.mark.parametrize(
    ("injury_at", "words"), [(after(200), "is in the future"), (after(-(10**9)), "is before 2000")]
)
def test_an_injury_of_the_future_or_of_another_age_is_refused(kind, injury_at, words):
    fields = {
        "alert_raised": {"who": "p", "what": "mine", "how_many": 1, "lon": 21.0, "lat": 6.0},
        "casualty_reported": {"lon": 21.0, "lat": 6.0, "casualty": A},
        "mist_reported": {"casualty": A, "mechanism": "mine"},
    }[kind]
    mint = Mint(lambda: A, lambda letter: f"{letter}-1")
    assert telling.tell(seen(scene(), 100), kind, {**fields, "injury_at": after(50).isoformat()}, mint)
    with pytest.raises(BadMessage, match=words):
        telling.tell(seen(scene(), 100), kind, {**fields, "injury_at": injury_at.isoformat()}, mint)


# --- doubts, ends, who acted


def test_two_facilities_in_a_row_without_a_vehicle_are_doubted():
    first = (200, e.CasualtyHandedOver(casualty=A, facility="F"))
    last = (400, e.CasualtyHandedOver(casualty=A, facility="G"))
    between = (300, e.CasualtyLoaded(casualty=A, vehicle="V"))
    words = f"handed over to G at {after(400):%H:%M:%SZ} while in F"
    for more, count in (((first, last), 1), ((first, between, last), 0), ((first, first), 0)):
        found = told_doubts(scene(*more))
        assert len([one for one in found if one.startswith(words)]) == count


@pytest.mark.parametrize(("lon", "count"), [(21.97, 0), (21.0, 1)])
def test_a_hand_over_without_a_vehicle_is_doubted_only_from_afar(lon, count):
    lies = (1, e.CasualtyReported(lon=lon, lat=6.0, casualty=A))
    handed = (400, e.CasualtyHandedOver(casualty=A, facility="F"))
    found = told_doubts(scene(lies, handed))
    assert len([one for one in found if "km from where it waited" in one]) == count
    by_vehicle = told_doubts(scene(lies, (300, e.CasualtyLoaded(casualty=A, vehicle="V")), handed))
    assert by_vehicle == []


def told_doubts(picture):
    return entities(picture, after(500))["casualties"][A]["doubts"]


def test_a_chain_whose_casualties_are_all_in_facilities_ends_its_tasks():
    moves = [(500, e.CasualtyHandedOver(casualty=zap, facility="G")) for zap in (A, B)]
    picture = flown(*moves)
    assert seen(picture, 501).chain_status["C"] == "finished"
    assert orders.follow_up(seen(picture, 619)) == ()
    assert orders.follow_up(seen(picture, 621)) == (e.TaskFinished(task="T1"),)


@pytest.mark.parametrize(
    "act",
    [
        e.AlertAcknowledged(request="R"),
        e.NineLineSent(request="R", remarks="two on litters"),
        e.MethaneSent(request="R", hazards="mines"),
    ],
)
def test_who_acknowledges_or_tells_more_acts(act):
    picture = scene((25, act), kind=MissionKind.EXERCISE)
    assert orders.unanswered(seen(scene(kind=MissionKind.EXERCISE), 31)) == ("R",)
    assert orders.unanswered(seen(picture, 54)) == ()
    assert orders.unanswered(seen(picture, 56)) == ("R",)


# --- long histories, merged ones


@pytest.mark.parametrize("backwards", [False, True])
def test_the_first_word_and_every_withdrawal_outlive_the_newest(backwards):
    words = [event(e.BleedingControlled(casualty=A), at=at) for at in range(KEPT + 50)]
    gone = [
        event(e.RecordWithdrawn(casualty=A, entry=f"x{at}", reason="r"), at=at) for at in range(KEPT + 50)
    ]
    told_in = [*words, *gone]
    one = fold(empty("M"), reversed(told_in) if backwards else told_in).casualties[A]
    assert (len(one.steps), one.bleeding_control_at, one.steps[-1].at) == (KEPT, after(0), after(KEPT + 49))
    assert one.steps[1].at == after(51)
    assert len(one.withdrawals) == KEPT + 50
    assert len(united(one.withdrawals[:300], one.withdrawals[300:], None)) == KEPT + 50


def test_the_merged_one_goes_on_with_the_chain_that_runs():
    later_plan = e.ChainPlanned(
        chain="OLD",
        request="R",
        decision="D",
        option="1",
        facility="F",
        vehicles=("V",),
        casualties=(C,),
        legs=(),
    )
    ended = (
        (150, alert("Q", C)),
        (160, later_plan),
        (160, e.VehicleTasked(task="T9", chain="OLD", request="R", vehicle="V", casualties=(C,), legs=())),
        (170, e.TaskCancelled(task="T9")),
    )
    picture = flown(*ended, (200, e.CasualtiesMerged(kept=A, merged=C)))
    view = seen(picture, 210)
    assert view.chain_of(view.picture.casualties[A]).id == "C"
    other_way = flown(*ended, (200, e.CasualtiesMerged(kept=C, merged=A)))
    view = seen(other_way, 210)
    assert view.chain_of(view.picture.casualties[C]).id == "C"


def test_a_duplicate_that_was_cancelled_does_not_cancel_the_person():
    cancelled = e.OutcomeDecided(casualty=B, outcome=Outcome.CANCELLED, reason="told twice")
    before = seen(scene((50, cancelled), (60, e.CasualtiesMerged(kept=A, merged=B))), 70)
    assert before.picture.casualties[A].outcome is None
    since = seen(scene((50, e.CasualtiesMerged(kept=A, merged=B)), (60, cancelled)), 70)
    assert since.picture.casualties[A].gone


# --- places


@pytest.mark.parametrize(("kind", "field"), [("nine_line_sent", "pickup"), ("methane_sent", "location")])
def test_a_place_by_its_name_stays_as_vague_as_it_was_found(kind, field):
    mint = Mint(lambda: C, lambda letter: f"{letter}-1")
    picture = scene()
    where = find(picture, "10 km NE of F")
    (body,) = telling.tell(seen(picture, 9), kind, {field: "10 km NE of F"}, mint)
    assert (body.lon, body.lat) == (where.place.lon, where.place.lat)
    assert body.uncertainty_m == where.uncertainty_m > 1000
    (exact,) = telling.tell(seen(picture, 9), kind, {field: "F"}, mint)
    assert exact.uncertainty_m is None
    (spoken,) = telling.tell(seen(picture, 9), kind, {field: "F", "speaker": "X"}, mint)
    assert spoken.uncertainty_m == picture.mission.profile.spoken_place_m


# --- on the real store


@pytest.fixture
def desk(database_url, mission, demo_bodies):
    """Desks of the demo's mission at so many seconds."""
    with closing(connect(database_url)) as db:
        with db:
            missions.open_mission(db, mission, after(-3600))
            log.append(db, [event(b, mission=mission.id, at=-3600) for b in demo_bodies[1:]])
        yield lambda seconds=0.0, on=db: Desk(on, mission.id, after(seconds), "keeper")


SCENE = {"who": "patrol", "what": "mine", "how_many": 2, "lon": 21.86721, "lat": 6.49951}


def ordered(desk, body, at):
    with desk().db as db:
        log.append(db, [event(body, mission=desk().mission, at=at)])


def test_who_was_left_behind_is_planned_again_while_the_chain_still_runs(desk, router):
    request = desk_work.raise_alert(desk(0), SCENE).body.request
    decided = desk_work.options(desk(10), router, request).body
    first = desk_work.task(desk(20), decided.decision, "1")[0].body
    taken, left = first.legs[-1].casualties
    vehicle = first.legs[-1].vehicle
    desk_work.tell(desk(30), "casualty_loaded", {"casualty": taken, "vehicle": vehicle})
    with pytest.raises(NotPossible):
        desk_work.options(desk(31), router, request)
    desk_work.tell(desk(40), "casualty_handed_over", {"casualty": taken, "facility": first.facility})
    again = desk_work.options(desk(50), router, request).body
    second = desk_work.task(desk(60), again.decision, "1")[0].body
    assert (second.casualties, second.left) == ((left,), (left,))
    view = View(desk_work.present(desk(61)), after(61))
    assert view.chain_of(view.picture.casualties[left]).id == second.chain
    with desk().db as db, db.cursor() as cursor:
        cursor.execute("SELECT chain FROM engaged WHERE id = %s", (left,))
        assert cursor.fetchall() == [(second.chain,)]


def test_an_order_waits_while_the_store_is_away(desk, router):
    request = desk_work.raise_alert(desk(0), SCENE).body.request
    ordered(desk, e.AnswerOrdered(request=request), 5)

    def away():
        raise StoreUnreachable("PostgreSQL does not answer")

    with pytest.raises(StoreUnreachable):
        settling.settle(desk(10), away)
    settled = [one for one in settling.settle(desk(20), lambda: router) if one.kind == "order_settled"]
    assert [one.body.done for one in settled] == [True]


def test_an_order_whose_vehicle_was_taken_meanwhile_is_computed_again(database_url, desk, router):
    for turn in range(6):
        at = turn * 100.0
        mine, theirs = (desk_work.raise_alert(desk(at), {**SCENE, "how_many": 1}).body.request for _ in "ab")
        decided = desk_work.options(desk(at + 1), router, theirs).body
        ordered(desk, e.AnswerOrdered(request=mine), at + 2)
        settled = []

        def settle(at=at, settled=settled):
            with closing(connect(database_url)) as own:
                settled += settling.settle(desk(at + 3, own), lambda: router)

        thread = Thread(target=settle)
        thread.start()
        with contextlib.suppress(AlreadyTasked):  # the order was faster
            desk_work.task(desk(at + 3), decided.decision, "1")
        thread.join(60)
        assert [one.body.done for one in settled if one.kind == "order_settled"] == [True]
        running = [task for task in desk_work.present(desk(at + 4)).tasks.values() if task.running]
        for chain in {task.chain for task in running}:
            desk_work.cancel(desk(at + 5), next(t.id for t in running if t.chain == chain), "next round")


def test_an_order_that_fails_says_what_was_ordered(desk, router):
    request = desk_work.raise_alert(desk(0), SCENE).body.request
    ordered(desk, e.AnswerOrdered(request=request, vehicle="NOBODY"), 5)
    ordered(desk, e.DivertOrdered(chain="C-NONE", facility="F", reason="full"), 6)
    ordered(desk, e.CancelOrdered(task="T-NONE"), 7)
    why = [one.body.why for one in settling.settle(desk(10), lambda: router) if one.kind == "order_settled"]
    assert why[0].startswith(f"answer request {request} with NOBODY: no option with NOBODY")
    assert why[1].startswith("divert chain C-NONE to F: ")
    assert why[2].startswith("cancel task T-NONE: ")


@pytest.mark.parametrize(("injury_at", "words"), [(100, "is in the future"), (-(10**9), "is before 2000")])
def test_an_alert_with_an_impossible_injury_is_refused(desk, injury_at, words):
    with pytest.raises(BadMessage, match=words):
        desk_work.raise_alert(desk(0), {**SCENE, "injury_at": after(injury_at).isoformat()})
    assert desk_work.raise_alert(desk(0), {**SCENE, "injury_at": after(50).isoformat()})

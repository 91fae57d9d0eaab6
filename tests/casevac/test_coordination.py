"""Commands on the real store: one chain from alert to hand-over, races, retries, recomputing."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from casevac import coordination as desk_work
from casevac import events as e
from casevac.coordination import COORDINATOR, Desk
from casevac.entities import entities
from casevac.errors import (
    AlreadyReserved,
    AlreadyTasked,
    BadMessage,
    CasevacError,
    NotPossible,
    Unknown,
    UnknownPlace,
)
from casevac.mission import Mission
from casevac.picture import empty
from casevac.store import finding, log, missions
from casevac.store.connection import Connection, connect
from casevac.terms import Capability, MissionKind, Source
from casevac.zap import is_zap
from geo.lonlat import LonLat
from geo.profile import with_speed_factor
from geo.routing import Router
from tests.casevac.scenes import NOW, after, assert_whole, event

SCENE = {"who": "patrol", "what": "mine", "how_many": 2, "lon": 21.86721, "lat": 6.49951}


@pytest.fixture
def db(database_url: str, mission: Mission, demo_bodies) -> Iterator[Connection]:
    connection = connect(database_url)
    early = NOW - timedelta(hours=1)
    with connection:
        missions.open_mission(connection, mission, early)
        log.append(connection, [event(b, mission=mission.id, at=early) for b in demo_bodies[1:]])
    yield connection
    connection.close()


@pytest.fixture
def desk(db: Connection, mission: Mission):
    def at(seconds: float = 0.0, **more) -> Desk:
        return Desk(db, mission.id, after(seconds), more.pop("actor", "keeper"), **more)

    return at


def asked(desk, router, seconds=10.0, **fields):
    request = desk_work.raise_alert(desk(0), {**SCENE, **fields}).body.request
    return request, desk_work.options(desk(seconds), router, request).body


def test_an_alert_opens_a_request_and_mints_its_ids(desk):
    stored = desk_work.raise_alert(desk(0), SCENE)
    assert stored.seq is not None
    assert stored.source == Source.PAGE
    assert all(is_zap(one) for one in stored.body.casualties)
    found = entities(desk_work.present(desk(1)), after(1))
    assert found["requests"][stored.body.request]["state"] == "open"
    assert set(found["casualties"]) == set(stored.body.casualties)


def test_an_alert_by_radio_has_its_speaker_and_a_radius(desk):
    stored = desk_work.raise_alert(desk(0), {**SCENE, "speaker": "Sgt"})
    assert (stored.source, stored.body.speaker, stored.body.uncertainty_m) == (Source.VOICE, "Sgt", 1000)


def test_an_alert_may_name_a_known_place(desk):
    fields = {"who": "p", "what": "w", "how_many": 1, "place": "Bria Level 2"}
    assert desk_work.raise_alert(desk(0), fields).body.lon == pytest.approx(21.98633)
    with pytest.raises(UnknownPlace):
        desk_work.raise_alert(desk(0), {**fields, "place": "Atlantis"})


def test_the_same_command_again_is_the_same_event(desk, router):
    first = desk_work.raise_alert(desk(0, key="k1"), SCENE)
    assert desk_work.raise_alert(desk(5, key="k1"), SCENE) == first
    request = first.body.request
    decided = desk_work.options(desk(9, key="k2"), router, request)
    assert desk_work.options(desk(12, key="k2"), router, request) == decided
    tasked = desk_work.task(desk(15, key="k3"), decided.body.decision, "1")
    assert desk_work.task(desk(16, key="k3"), decided.body.decision, "1") == tasked
    assert len(log.read(desk().db, desk().mission, kinds=["chain_planned"])) == 1


def test_a_decision_names_everything_it_rests_on(desk, router):
    _, decided = asked(desk, router)
    assert decided.hashes.network == router.digest
    assert all(len(one) == 64 for one in (decided.hashes.profile, decided.hashes.policy))
    assert decided.seen_seq == desk_work.present(desk(9)).seq - 1
    assert decided.now == after(10)


def test_the_second_coordinator_gets_already_tasked(desk, router):
    request, decided = asked(desk, router)
    rival = desk_work.options(desk(11), router, request).body
    desk_work.task(desk(12), decided.decision, "1")
    with pytest.raises(AlreadyTasked):
        desk_work.task(desk(13, actor="rival"), rival.decision, "1")
    assert len(log.read(desk().db, desk().mission, kinds=["chain_planned"])) == 1


def test_two_who_decide_on_the_same_picture_at_once(desk, router):
    """The second one's picture is from before the first one's task: the store stops it."""
    request, decided = asked(desk, router)
    rival = desk_work.options(desk(11), router, request).body
    before = desk_work.present(desk(11))
    desk_work.task(desk(12), decided.decision, "1")
    numbers = iter(f"X{i}" for i in range(9))
    late = desk_work.orders.plan_task(before, rival, "1", after(13), lambda: next(numbers))
    with pytest.raises(AlreadyTasked), desk().db:
        log.append(desk().db, [event(body, mission="demo", at=13) for body in late])


def test_from_alert_to_surgery(desk, router):
    request, decided = asked(desk, router, injury_at="2026-11-22T09:00:00Z")
    stored = desk_work.task(desk(20), decided.decision, "1")
    tasks = {one.body.vehicle: one.body.task for one in stored if one.kind == "vehicle_tasked"}
    (vehicle,) = tasks
    zaps = decided.options[0].casualties

    def call(at, kind, **fields):
        desk_work.voice(desk(at), kind, {**fields, "speaker": "crew"})

    def now(at):
        return entities(desk_work.present(desk(at)), after(at))

    assert now(21)["requests"][request]["state"] == "planned"
    call(30, "task_accepted", task=tasks[vehicle])
    call(160, "vehicle_status_changed", vehicle=vehicle, state="on_scene")
    for zap in zaps:
        call(200, "casualty_loaded", casualty=zap, vehicle=vehicle)
    found = now(210)
    assert found["vehicles"][vehicle]["aboard"] == sorted(zaps)
    assert found["facilities"]["mtf-bria"]["inbound"] == sorted(zaps)
    assert {clock["step"]: clock["status"] for clock in found["casualties"][zaps[0]]["clocks"]} == {
        "bleeding_control": "met", "advanced_care": "met", "surgery": "on_track",
    }  # fmt: skip
    for zap in zaps:
        call(400, "casualty_handed_over", casualty=zap, facility="mtf-bria")
    call(700, "surgery_started", casualty=zaps[0])
    found = now(710)
    assert next(iter(found["chains"].values()))["status"] == "finished"
    assert found["casualties"][zaps[0]]["clocks"][2]["status"] == "met"
    assert found["requests"][request]["state"] == "closed"
    assert [one.kind for one in desk_work.follow_up(desk(710))] == ["task_finished"]
    assert desk_work.follow_up(desk(720)) == []
    assert now(730)["vehicles"][vehicle]["task"] is None


def test_a_cancelled_task_opens_the_request_again(desk, router):
    request, decided = asked(desk, router)
    stored = desk_work.task(desk(20), decided.decision, "1")
    desk_work.cancel(desk(30), stored[-1].body.task, "bridge gone")
    assert entities(desk_work.present(desk(31)), after(31))["requests"][request]["state"] == "open"
    again = desk_work.options(desk(32), router, request).body
    assert desk_work.task(desk(33), again.decision, "1")


def test_what_is_not_there_is_named(desk, router):
    with pytest.raises(Unknown, match="request 'R-NONE'"):
        desk_work.options(desk(0), router, "R-NONE")
    with pytest.raises(Unknown, match="decision 'D-NONE'"):
        desk_work.task(desk(0), "D-NONE", "1")
    with pytest.raises(BadMessage, match="in the future"):
        desk_work.voice(desk(0), "casualty_triaged", {"speaker": "s"}, at=after(3600))


def test_the_built_in_coordinator_answers_an_exercise(desk, router):
    request = desk_work.raise_alert(desk(0), SCENE).body.request
    assert desk_work.answer(desk(29), router) == []
    stored = desk_work.answer(desk(30), router)
    told = [one.kind for one in stored if one.kind != "asset_warned"]
    assert told == ["options_computed", "chain_planned", "vehicle_tasked"]
    assert {one.actor for one in stored} == {COORDINATOR}
    assert entities(desk_work.present(desk(31)), after(31))["requests"][request]["state"] == "planned"
    assert [one.kind for one in desk_work.answer(desk(60), router)] == ["inbound_answered"]
    assert desk_work.answer(desk(61), router) == []


def test_the_built_in_coordinator_keeps_out_of_a_live_mission(db, router):
    real = Mission("real", "Real", MissionKind.LIVE, empty("real").mission.profile)
    with db:
        missions.open_mission(db, real, NOW)
    desk = Desk(db, "real", after(99), "keeper")
    desk_work.raise_alert(Desk(db, "real", NOW, "keeper"), SCENE)
    with pytest.raises(NotPossible, match="live mission"):
        desk_work.answer(desk, router)
    assert {one.kind for one in log.read(db, "real")} == {"mission_opened", "alert_raised"}


def test_nearest_by_the_desk(desk, router):
    found = desk_work.nearest(desk(0), router, LonLat(20.67, 5.77), (Capability.DCS,), 1)
    assert found[0].facility.id == "mtf-bria"
    assert found[0].arrive_p50_at > NOW
    assert all(one.reasons for one in found[1:])
    assert found[0].estimated == found[0].route.estimated == any(a.estimated for a in found[0].route.arcs)
    assert {one.estimated for one in found[1:]} == {None}


def ranking(options: Sequence[e.Option]) -> list[tuple[object, ...]]:
    return [
        (one.rank, one.vehicles, one.facility, one.casualties, one.pickup_p50_at, one.arrive_p50_at,
         one.arrive_p90_at, one.verdict)
        for one in options
    ]  # fmt: skip


def test_a_hundred_stored_decisions_recompute_to_the_same_ranking(desk, router, script):
    decided: list[str] = []
    seconds = 0.0
    known = desk_work.present(desk(0))
    while len(decided) < 100:
        known = desk_work.present(desk(seconds, known=known))
        incident = script.incidents[len(decided) % len(script.incidents)]
        fields = {**SCENE, "lon": incident.lon, "lat": incident.lat, "how_many": len(incident.casualties)}
        request = desk_work.raise_alert(desk(seconds, known=known), fields).body.request
        body = desk_work.options(desk(seconds + 1, known=known), router, request).body
        decided.append(body.decision)
        if len(decided) % 9 == 0 and body.options:
            desk_work.task(desk(seconds + 2, known=known), body.decision, body.options[0].id)
        seconds += 60
    assert sorted(finding.decisions(desk().db, "demo", 200)) == sorted(decided)
    rankings = set()
    for decision in decided:
        again = desk_work.recompute(desk(seconds + 999), router, decision)
        assert ranking(again.options) == ranking(again.stored.options)
        assert again.same_software
        assert again.options == again.stored.options
        rankings.add(tuple(option.vehicles for option in again.options))
    assert len(rankings) > len(script.incidents)  # tasked vehicles changed later answers


def test_a_decision_is_not_recomputed_on_other_vehicle_profiles(desk, router):
    _, decided = asked(desk, router)
    slower = Router(router.roads, with_speed_factor(router.profiles, 5.0), season=router.season)
    with pytest.raises(NotPossible, match="another profile"):
        desk_work.recompute(desk(50), slower, decided.decision)


def test_only_what_came_since_is_read(desk):
    first = desk_work.present(desk(0))
    desk_work.raise_alert(desk(1), SCENE)
    assert desk_work.present(desk(2, known=first)) == desk_work.present(desk(2))


def test_kinds_of_bodies_are_the_typed_ones(desk, router):
    _, decided = asked(desk, router)
    assert isinstance(decided, e.OptionsComputed)


def test_a_key_that_begins_like_another_is_another(desk):
    first = desk_work.raise_alert(desk(0, key="Q"), SCENE)
    nested = desk_work.raise_alert(desk(1, key="Q/0"), SCENE)
    assert nested.body.request != first.body.request
    assert desk_work.raise_alert(desk(2, key="Q"), SCENE) == first
    assert desk_work.raise_alert(desk(3, key="Q/0"), SCENE) == nested


def test_a_key_of_another_mission_is_another(db, desk):
    with db:
        missions.open_mission(db, Mission("two", "Two", MissionKind.LIVE, empty("two").mission.profile), NOW)
    here = desk_work.raise_alert(desk(0, key="k"), SCENE)
    there = desk_work.raise_alert(Desk(db, "two", NOW, "keeper", key="k"), {**SCENE, "what": "other"})
    assert (here.mission, there.mission) == (desk().mission, "two")
    assert there.body.what == "other"


def test_a_key_is_for_one_command_only(desk, router):
    request = desk_work.raise_alert(desk(0, key="k"), SCENE).body.request
    seq = desk_work.present(desk(1)).seq
    others = (
        lambda: desk_work.raise_alert(desk(1, key="k"), {**SCENE, "how_many": 3}),
        lambda: desk_work.options(desk(1, key="k"), router, request),
        lambda: desk_work.task(desk(1, key="k"), "D-1", "1"),
        lambda: desk_work.cancel(desk(1, key="k"), "T-1", ""),
        lambda: desk_work.voice(desk(1, key="k"), "bleeding_controlled", {"speaker": "x", "casualty": "0"}),
    )
    for other in others:
        with pytest.raises(NotPossible, match="this key was used for another command"):
            other()
    assert desk_work.present(desk(2)).seq == seq


def test_a_command_that_failed_leaves_its_key_free(desk, router):
    request = desk_work.raise_alert(desk(0), SCENE).body.request
    with pytest.raises(Unknown):
        desk_work.options(desk(1, key="k"), router, "R-NONE")
    assert desk_work.options(desk(2, key="k"), router, request).body.request == request


def test_a_long_key_is_kept_short(desk):
    stored = desk_work.raise_alert(desk(0, key="k" * 5000), SCENE)
    assert len(stored.key) < 120


def test_the_same_command_twice_at_once_is_one(database_url, desk, router):
    _, decided = asked(desk, router)
    stored = []

    def send() -> None:
        with closing(connect(database_url)) as own:
            stored.append(desk_work.task(replace(desk(20, key="k"), db=own), decided.decision, "1"))

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(stored) == len(threads)
    assert all(one == stored[0] for one in stored)
    assert len(log.read(desk().db, desk().mission, kinds=["chain_planned"])) == 1


def test_a_radio_call_cannot_be_of_another_century(desk):
    with pytest.raises(BadMessage, match="before 2000"):
        desk_work.voice(desk(0), "casualty_triaged", {"speaker": "s"}, at=NOW.replace(year=1999))


def test_every_command_leaves_events_with_all_their_facts(desk, router):
    _, decided = asked(desk, router)
    tasked = desk_work.task(desk(20), decided.decision, "1")
    call = {"speaker": "crew", "task": tasked[-1].body.task}
    desk_work.voice(desk(25), "task_accepted", call, at=after(24))
    desk_work.cancel(desk(30), tasked[-1].body.task, "")
    desk_work.answer(desk(99), router)
    stored = log.read(desk().db, desk().mission, after=desk_work.present(desk(0), upto=1).seq)
    mine = [one for one in stored if one.actor in ("keeper", COORDINATOR)]
    assert {one.kind for one in mine} == {
        "alert_raised", "options_computed", "chain_planned", "vehicle_tasked", "task_accepted",
        "task_cancelled", "asset_warned",
    }  # fmt: skip
    for one in mine:
        assert_whole(one)
    heard = next(one for one in mine if one.kind == "task_accepted")
    assert (heard.occurred_at, heard.sent_at) == (after(24), after(25))


def ordered(stored):
    """The plan and its tasks, without the warnings that go with them."""
    return [one for one in stored if one.kind in ("chain_planned", "vehicle_tasked")]


def test_a_chain_is_diverted_in_flight(desk, router):
    """The vehicle keeps its casualties, gets new orders, and may be tasked again when it is done."""
    request, decided = asked(desk, router, injury_at="2026-11-22T09:00:00Z")
    planned, *orders = ordered(desk_work.task(desk(20), decided.decision, "1", router))
    chain, vehicle, zaps = planned.body.chain, planned.body.vehicles[0], planned.body.casualties
    for zap in zaps:
        desk_work.voice(desk(120), "casualty_loaded", {"speaker": "x", "casualty": zap, "vehicle": vehicle})
    found = desk_work.divert_options(desk(130), router, chain).body
    assert found.replaces == chain
    assert planned.body.facility not in {one.facility for one in found.options}
    again, *more = ordered(desk_work.task(desk(140), found.decision, "1", router))
    assert (again.body.replaces, again.body.casualties) == (chain, zaps)
    assert again.body.facility != planned.body.facility
    ended = desk_work.follow_up(desk(150))
    assert [one.body.task for one in ended] == [one.body.task for one in orders]
    view = desk_work.looked_at(desk(151))
    assert view.chain_status == {chain: "replaced", again.body.chain: "active"}
    assert vehicle in {one.body.vehicle for one in more}
    with pytest.raises(NotPossible, match="runs no more"):
        desk_work.task(desk(152), found.decision, "1", router)
    with pytest.raises(NotPossible, match="is replaced already"):
        desk_work.divert_options(desk(153), router, chain)
    same = desk_work.recompute(desk(160), router, found.decision)
    assert ranking(same.options) == ranking(same.stored.options)
    assert request in view.requests


def test_orders_have_the_whole_way_and_the_decision_a_thin_one(desk, router):
    _, decided = asked(desk, router)
    planned, *orders = ordered(desk_work.task(desk(20), decided.decision, "1", router))
    thin = [len(leg.path) for leg in decided.options[0].legs]
    assert all(len(leg.path) >= few for leg, few in zip(planned.body.legs, thin, strict=True))
    assert [leg for one in orders for leg in one.body.legs] == list(planned.body.legs)


RADIO = "LINE 1 34NFN0939121654 LINE 2 38.65 PATROL 3 LINE 3 A1 C1 LINE 4 A LINE 5 L1 A1"


def test_a_9_line_alone_is_answered_with_options_until_it_is_stood_down(desk, router):
    (stored, *_) = desk_work.tell(desk(0), "nine_line_sent", {"raw": RADIO, "speaker": "PATROL 3"})
    request = stored.body.request
    assert (len(stored.body.casualties), stored.body.dialect) == (2, "us-atp")
    drawn = entities(desk_work.present(desk(1)), after(1))["requests"][request]
    assert (drawn["nine_line"]["launchable"], drawn["nine_line"]["verified"]) == (True, True)
    assert drawn["nine_line"]["lines"][2]["text"] == "A1 C1"
    chosen = desk_work.options(desk(10), router, request).body
    assert chosen.options[0].casualties
    desk_work.tell(desk(20), "request_stood_down", {"request": request, "reason": "false alarm"})
    with pytest.raises(NotPossible, match="was stood down: false alarm"):
        desk_work.options(desk(30), router, request)


def test_the_rest_of_a_9_line_follows_under_the_same_request(desk):
    request = desk_work.raise_alert(desk(0), SCENE).body.request
    desk_work.tell(desk(30), "alert_acknowledged", {"request": request})
    for at, raw in ((60, RADIO), (90, "6. P, WOUNDS: two blast 7. C, green")):
        desk_work.tell(desk(at), "nine_line_sent", {"raw": raw, "request": request})
    drawn = entities(desk_work.present(desk(99)), after(99))["requests"][request]
    assert [one["line"] for one in drawn["nine_line"]["lines"]] == [1, 2, 3, 4, 5, 6, 7]
    assert (drawn["alert_to_ack_s"], drawn["alert_to_request_s"]) == (30, 60)
    assert len(drawn["casualties"]) == SCENE["how_many"]
    with pytest.raises(BadMessage, match="line 7: 'Q' means nothing in us-atp"):
        desk_work.tell(desk(95), "nine_line_sent", {"raw": "LINE 7 Q", "request": request})


def at_once(database_url: str, commands) -> list:
    """What each command gave or raised, all sent at the same time on connections of their own."""
    gate, found = Barrier(len(commands)), [None] * len(commands)

    def send(index: int, command) -> None:
        with closing(connect(database_url)) as own:
            gate.wait(30)
            try:
                found[index] = command(own)
            except CasevacError as fault:
                found[index] = fault

    threads = [Thread(target=send, args=each) for each in enumerate(commands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_two_coordinators_who_want_the_last_bed_one_gets_it(database_url, desk):
    """Twenty rounds on real connections: never two, never none, and the other is told who has it."""
    zaps = desk_work.raise_alert(desk(0), {**SCENE, "how_many": 2}).body.casualties
    one_bed = {"facility": "mtf-bria", "beds": [{"bed": "ward", "free": 1}]}
    for number in range(20):
        start = 10.0 + 10 * number
        desk_work.tell(desk(start), "facility_status_reported", one_bed)

        def wanting(zap, start=start):
            fields = {"facility": "mtf-bria", "casualty": zap, "by": f"for {zap}"}
            return lambda own: desk_work.tell(replace(desk(start + 1), db=own), "bed_reserved", fields)

        found = at_once(database_url, [wanting(zap) for zap in zaps])
        (won,) = (one for one in found if isinstance(one, list))
        (lost,) = (one for one in found if isinstance(one, AlreadyReserved))
        body = won[0].body
        assert f"{body.casualty} ({body.reservation} by for {body.casualty})" in str(lost)
        kept = entities(desk_work.present(desk(start + 2)), after(start + 2))["facilities"]["mtf-bria"]
        assert [(one["id"], one["overbooked"]) for one in kept["reservations"]] == [(body.reservation, False)]
        desk_work.tell(desk(start + 3), "bed_released", {"reservation": body.reservation})


def test_two_coordinators_who_keep_a_bed_for_one_casualty_keep_one(database_url, desk):
    (zap,) = desk_work.raise_alert(desk(0), {**SCENE, "how_many": 1}).body.casualties
    fields = {"facility": "mtf-bria", "casualty": zap}
    found = at_once(
        database_url,
        [lambda own: desk_work.tell(replace(desk(5), db=own), "bed_reserved", fields)] * 3,
    )
    assert sum(isinstance(one, list) for one in found) == 1
    assert sum(isinstance(one, AlreadyReserved) for one in found) == 2

"""How far a casualty has come: no sequence of events breaks what must always hold."""

import random
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from casevac import events as e
from casevac.casualty import Casualty
from casevac.entities import entities
from casevac.picture import Picture, apply, empty, fold
from casevac.stages import ENDED, FOLLOWS, LOWERS, RANK, state_of
from casevac.stamp import entry
from casevac.terms import (
    Capability,
    CasualtyState,
    Category,
    ClockStatus,
    Outcome,
    Precedence,
    Purpose,
    VehicleState,
)
from casevac.view import View
from tests.casevac.scenes import A, B, after, alert, ambulance, event, leg, told

POI, DOOR = e.Stop("scene", 21.0, 6.0, "R"), e.Stop("F", 22.0, 6.0, "F")
S = CasualtyState
CORRECTIONS = ("record_withdrawn", "casualties_merged", "casualties_split")


def plan(chain: str, vehicle: str, *casualties: str) -> e.ChainPlanned:
    return e.ChainPlanned(
        chain=chain,
        request="R",
        decision="D",
        option="1",
        facility="F",
        vehicles=(vehicle,),
        casualties=casualties,
        legs=(
            leg(vehicle, Purpose.TO_PICKUP, (DOOR, POI)),
            leg(vehicle, Purpose.TO_FACILITY, (POI, DOOR), casualties=casualties),
        ),
    )


def tasked(task: str, made: e.ChainPlanned) -> e.VehicleTasked:
    return e.VehicleTasked(
        task=task,
        chain=made.chain,
        request="R",
        vehicle=made.vehicles[0],
        casualties=made.casualties,
        legs=made.legs,
    )


def says(state: VehicleState, vehicle: str = "V") -> e.VehicleStatusChanged:
    return e.VehicleStatusChanged(state=state, vehicle=vehicle)


def base() -> Picture:
    return told(
        empty("M"),
        (0, ambulance("V", medical_crew=True)),
        (0, ambulance("W")),
        *(
            (
                0,
                e.FacilityRegistered(
                    id=one, name=one, lon=22, lat=6, capabilities=(Capability.DCS,), tables=1, beds_free=9
                ),
            )
            for one in ("F", "G")
        ),
        (0, alert("R", A, B, injury_at=after(0))),
    )


def state(picture: Picture, zap: str = A) -> CasualtyState:
    view = View(picture, after(100_000))
    return state_of(view, view.casualty(zap) or Casualty(zap))


def test_the_whole_way_step_by_step():
    made = plan("C1", "V", A)
    lines = e.NineLineSent(
        request="R", frequency="38.9", precedences={Precedence.URGENT: 1}, equipment=(), litter=1, pickup="x"
    )
    way = [
        (e.CasualtyTriaged(casualty=A, category=Category.T1), S.ASSESSED),
        (lines, S.REQUESTED),
        (e.AssetWarned(request="R", asset="V"), S.ASSET_WARNED),
        (made, S.PLANNED),
        (tasked("T1", made), S.PLANNED),
        (e.LaunchDenied(chain="C1", authority="DMS", reason="weather"), S.DENIED),
        (e.LaunchApproved(chain="C1", authority="DMS"), S.APPROVED),
        (says(VehicleState.TO_PICKUP), S.LAUNCHED),
        (says(VehicleState.ON_SCENE), S.ON_SCENE),
        (e.CasualtyLoaded(casualty=A, vehicle="V"), S.LOADED),
        (says(VehicleState.TO_FACILITY), S.EN_ROUTE),
        (says(VehicleState.AT_FACILITY), S.ARRIVED),
        (e.CasualtyHandedOver(casualty=A, facility="F"), S.HANDED_OVER),
        (e.SurgeryStarted(casualty=A), S.IN_SURGERY),
        (e.OutcomeDecided(casualty=A, outcome=Outcome.STABILISED), S.STABILISED),
        (e.CasualtyLoaded(casualty=A, vehicle="W"), S.LOADED),  # the next leg
        (e.CasualtyHandedOver(casualty=A, facility="G"), S.HANDED_OVER),
        (e.OutcomeDecided(casualty=A, outcome=Outcome.EVACUATED_OUT), S.EVACUATED_OUT),
    ]
    picture = base()
    assert state(picture) == S.REPORTED
    for at, (body, expected) in enumerate(way, 1):
        picture = told(picture, (10.0 * at, body))
        assert state(picture) == expected, body


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ([(30, e.TaskCancelled(task="T1"))], S.REPORTED),
        ([(30, e.TaskDeclined(task="T1")), (31, e.AssetWarned(request="R", asset="W"))], S.ASSET_WARNED),
        (
            [(30, e.LaunchDenied(chain="C1", authority="a", reason="r")), (40, e.TaskCancelled(task="T1"))],
            S.DENIED,
        ),
        ([(30, e.LaunchApproved(chain="C1", authority="a", vehicle="W"))], S.PLANNED),  # of another vehicle
        (
            [
                (30, e.CasualtyLoaded(casualty=A, vehicle="V")),
                (31, says(VehicleState.AT_FACILITY)),
                (32, says(VehicleState.TO_FACILITY)),
            ],
            S.EN_ROUTE,
        ),  # turned away at the door
        (
            [(30, e.SurgeryStarted(casualty=A)), (40, e.CasualtyHandedOver(casualty=A, facility="F"))],
            S.IN_SURGERY,
        ),
        (
            [
                (30, e.OutcomeDecided(casualty=A, outcome=Outcome.DECEASED)),
                (40, e.CasualtyLoaded(casualty=A, vehicle="V")),
            ],
            S.DECEASED,
        ),
        (
            [
                (30, e.OutcomeDecided(casualty=A, outcome=Outcome.CANCELLED)),
                (40, e.OutcomeDecided(casualty=A, outcome=Outcome.STABILISED)),
            ],
            S.STABILISED,
        ),
    ],
)
def test_ways_that_turn(more, expected):
    made = plan("C1", "V", A)
    assert state(told(base(), (20, made), (20, tasked("T1", made)), *more)) == expected


def test_the_table_knows_every_state_and_lets_none_that_was_taken_wait_again():
    assert set(FOLLOWS) == set(S)
    assert all(FOLLOWS[one] <= {*ENDED, S.STABILISED} for one in ENDED)
    assert not any(
        RANK[later] < RANK[S.LOADED] for one in S if RANK[one] >= RANK[S.LOADED] for later in FOLLOWS[one]
    )
    assert set(LOWERS) <= set(e.KINDS)


zaps = st.sampled_from((A, B))
cars = st.sampled_from(("V", "W"))
doors = st.sampled_from(("F", "G"))


class Walk(RuleBasedStateMachine):
    """Anything may be told, one thing after another; what must hold is looked at after each."""

    STEPS: ClassVar[tuple[type[e.Body], ...]] = (
        e.BleedingControlled,
        e.AdvancedCareStarted,
        e.SurgeryStarted,
    )

    @initialize()
    def begin(self) -> None:
        self.at, self.chains, self.corrected = 10.0, 0, False
        self.events: list[e.Event] = []
        self.to_come: list[e.AnyBody] = []
        self.picture = self.start = base()
        self.seen = {zap: (S.REPORTED, self._clocks(zap)) for zap in (A, B)}

    def _clocks(self, zap: str) -> dict[str, ClockStatus]:
        view = View(self.picture, after(self.at))
        return {clock.step: clock.status for clock in view.clocks(view.picture.casualties[zap])}

    def _tell(self, body: e.AnyBody) -> None:
        self.at += 30.0
        one = event(body, at=self.at)
        self.events.append(one)
        self.picture = apply(self.picture, one)
        kind = one.kind
        view = View(self.picture, after(self.at))
        for zap, (before, clocks) in self.seen.items():
            now, ticking = state_of(view, view.picture.casualties[zap]), self._clocks(zap)
            if kind not in CORRECTIONS:
                assert now == before or now in FOLLOWS[before], (before, now, body)
                met = {step for step, status in clocks.items() if status == ClockStatus.MET}
                assert {step for step in met if ticking[step] != ClockStatus.MET} == set()
            assert RANK[now] >= RANK[before] or kind in LOWERS, (before, now, body)
            assert before not in ENDED or now == before or kind in ("outcome_decided", *CORRECTIONS)
            self.seen[zap] = (now, ticking)

    @rule(zap=zaps, category=st.sampled_from(Category), reason=st.sampled_from(("", "why")))
    def triage(self, zap, category, reason):
        if category not in (Category.DEAD,):  # the dead need no step, so their clocks stop
            self._tell(e.CasualtyTriaged(casualty=zap, category=category, reason=reason))

    @rule(zap=zaps, kind=st.sampled_from(STEPS))
    def step(self, zap, kind):
        self._tell(kind(casualty=zap))

    @rule(zap=zaps, car=cars)
    def load(self, zap, car):
        self._tell(e.CasualtyLoaded(casualty=zap, vehicle=car))

    @rule(zap=zaps, car=cars, door=doors, to_car=st.booleans())
    def hand_over(self, zap, car, door, to_car):
        self._tell(e.CasualtyHandedOver(casualty=zap, **({"vehicle": car} if to_car else {"facility": door})))

    @rule(car=cars, word=st.sampled_from(VehicleState))
    def vehicle(self, car, word):
        self._tell(says(word, car))

    @rule(car=cars, ones=st.sampled_from(((A,), (B,), (A, B))))
    def order(self, car, ones):
        self.chains += 1
        made = plan(f"C{self.chains}", car, *ones)
        self._tell(made)
        self._tell(tasked(f"T{self.chains}", made))
        self.to_come = [
            e.LaunchApproved(chain=made.chain, authority="a"),
            says(VehicleState.TO_PICKUP, car),
            says(VehicleState.ON_SCENE, car),
            *(e.CasualtyLoaded(casualty=one, vehicle=car) for one in ones),
            says(VehicleState.TO_FACILITY, car),
            says(VehicleState.AT_FACILITY, car),
            *(e.CasualtyHandedOver(casualty=one, facility="F") for one in ones),
            *(e.SurgeryStarted(casualty=one) for one in ones),
        ]

    @rule(
        word=st.sampled_from((e.TaskAccepted, e.TaskDeclined, e.TaskFinished, e.TaskCancelled)),
        back=st.integers(0, 2),
    )
    def task(self, word, back):
        self._tell(word(task=f"T{max(1, self.chains - back)}"))

    @rule(back=st.integers(0, 1), yes=st.booleans())
    def authority(self, back, yes):
        chain = f"C{max(1, self.chains - back)}"
        if yes:
            self._tell(e.LaunchApproved(chain=chain, authority="a"))
        else:
            self._tell(e.LaunchDenied(chain=chain, authority="a", reason="r"))

    @rule(car=cars)
    def warn(self, car):
        self._tell(e.AssetWarned(request="R", asset=car))

    @rule(steps=st.integers(1, 7))
    def as_planned(self, steps):
        """The newest plan goes on as it should, so many steps."""
        for _ in range(steps):
            if self.to_come:
                self._tell(self.to_come.pop(0))

    @rule(zap=zaps, outcome=st.sampled_from(Outcome), rarely=st.integers(0, 3))
    def outcome(self, zap, outcome, rarely):
        if not rarely:
            self._tell(e.OutcomeDecided(casualty=zap, outcome=outcome))

    @rule(zap=zaps, pick=st.randoms(use_true_random=False))
    def withdraw(self, zap, pick):
        one = self.picture.casualties[zap]
        known = [each.stamp for each in (*one.triages, *one.steps, *one.all_moves, *one.outcomes)]
        if known:
            self._tell(e.RecordWithdrawn(casualty=zap, entry=entry(pick.choice(known)), reason="slip"))

    @invariant()
    def each_is_in_exactly_one_place(self) -> None:
        view = View(self.picture, after(self.at))
        for one in view.picture.casualties.values():
            held = [
                key for lists in (view.aboard, view.patients) for key, zaps in lists.items() if one.id in zaps
            ]
            assert len(held) == (0 if one.waits else 1)
            assert [one.waits, bool(one.vehicle), bool(one.facility)].count(True) == 1

    @invariant()
    def the_page_can_be_drawn(self) -> None:
        found = entities(self.picture, after(self.at), only={"casualties": (A, B)})["casualties"]
        assert {one["state"] for one in found.values() if one} <= set(S)

    def teardown(self) -> None:
        if not getattr(self, "events", None):
            return
        again = [*self.events, *self.events[::3]]
        random.Random(len(again)).shuffle(again)
        other = fold(self.start, again)
        assert replace(other, oddities=()) == replace(self.picture, oddities=())
        view, turned = View(self.picture, after(self.at)), View(other, after(self.at))
        for zap in (A, B):
            assert state_of(view, view.picture.casualties[zap]) == state_of(
                turned, turned.picture.casualties[zap]
            )


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)

"""Hypothesis strategies: any event a small mission may meet, in any order."""

from datetime import timedelta

from hypothesis import strategies as st

from casevac import events as e
from casevac.terms import Capability, Category, Mode, Purpose, SiteKind, Source, VehicleKind, VehicleState
from tests.casevac.scenes import NOW, A, B, C

zaps = st.sampled_from((A, B, C))
vehicles = st.sampled_from(("AMB-1", "AMB-2", "HELI"))
facilities = st.sampled_from(("F", "G"))
requests = st.sampled_from(("R", "Q"))
tasks = st.sampled_from(("T1", "T2", "T3"))
lons, lats = st.floats(18, 23), st.floats(4, 8)
moments = st.integers(0, 40).map(lambda step: NOW + timedelta(seconds=30 * step))
legs = st.builds(
    e.Leg,
    mode=st.just(Mode.GROUND), vehicle=vehicles, purpose=st.sampled_from(Purpose),
    start=st.builds(e.Stop, name=st.just("a"), lon=lons, lat=lats),
    end=st.builds(e.Stop, name=st.just("b"), lon=lons, lat=lats),
    path=st.just(((20.0, 5.0), (21.0, 5.0))), metres=st.just(1000.0),
    seconds_p50=st.just(60.0), seconds_p90=st.just(90.0),
    depart_at=moments, arrive_p50_at=moments, arrive_p90_at=moments,
    casualties=st.lists(zaps, max_size=2, unique=True).map(tuple),
)  # fmt: skip
some_legs = st.lists(legs, max_size=3).map(tuple)
some_zaps = st.lists(zaps, max_size=3, unique=True).map(tuple)

reports: st.SearchStrategy[e.AnyBody] = st.one_of(
    st.builds(
        e.AlertRaised, who=st.just("p"), what=st.sampled_from(("mine", "crash")), how_many=st.just(2),
        lon=lons, lat=lats, request=requests, casualties=some_zaps,
        injury_at=st.none() | moments, injury_uncertainty_s=st.none() | st.floats(0, 900),
    ),
    st.builds(
        e.CasualtyReported, lon=lons, lat=lats, casualty=zaps, request=st.just("") | requests,
        category=st.sampled_from(Category), injury_at=st.none() | moments,
    ),
    st.builds(e.CasualtyTriaged, casualty=zaps, category=st.sampled_from(Category)),
    st.builds(e.BleedingControlled, casualty=zaps),
    st.builds(e.AdvancedCareStarted, casualty=zaps),
    st.builds(e.SurgeryStarted, casualty=zaps),
    st.builds(e.CasualtyLoaded, casualty=zaps, vehicle=vehicles),
    st.builds(
        e.CasualtyHandedOver, casualty=zaps, facility=st.none() | facilities, vehicle=st.none() | vehicles
    ),
    st.builds(e.VehicleStatusChanged, state=st.sampled_from(VehicleState), vehicle=vehicles),
    st.builds(e.TaskAccepted, task=tasks),
    st.builds(e.TaskDeclined, task=tasks),
    st.builds(e.TaskFinished, task=tasks),
    st.builds(e.TaskCancelled, task=tasks),
)  # fmt: skip

decisions: st.SearchStrategy[e.AnyBody] = st.one_of(
    st.builds(
        e.ChainPlanned, chain=st.sampled_from(("C1", "C2")), request=requests, decision=st.just("D"),
        option=st.just("1"), facility=facilities, vehicles=st.lists(vehicles, max_size=2).map(tuple),
        casualties=some_zaps, legs=some_legs,
    ),
    st.builds(
        e.VehicleTasked, task=tasks, chain=st.sampled_from(("C1", "C2")), request=requests,
        vehicle=vehicles, casualties=some_zaps, legs=some_legs,
    ),
)  # fmt: skip

registrations: st.SearchStrategy[e.AnyBody] = st.one_of(
    st.builds(
        e.FacilityRegistered, id=facilities, name=st.just("Hospital"), lon=lons, lat=lats,
        capabilities=st.lists(st.sampled_from(Capability), max_size=3).map(tuple),
        beds_free=st.integers(0, 3), tables=st.integers(0, 1), open=st.booleans(),
    ),
    st.builds(
        e.SiteRegistered, id=st.sampled_from(("S", "X")), name=st.just("Site"),
        site_kind=st.sampled_from(SiteKind), lon=lons, lat=lats,
    ),
    st.builds(
        e.VehicleRegistered, id=vehicles, callsign=st.just("call"), vehicle_kind=st.sampled_from(VehicleKind),
        profile=st.just("ambulance"), litters=st.integers(0, 2), device=st.none() | st.just("D-1"),
    ),
    st.builds(e.DeviceEnrolled, name=st.sampled_from(("D-1", "AMB-1")), vehicle=st.none() | vehicles),
    st.builds(e.RoadsChosen, name=st.just("roads"), digest=st.just("00")),
    st.builds(e.DeviceStatusChanged, online=st.booleans()),
)  # fmt: skip


def events_of(bodies: st.SearchStrategy[e.AnyBody]) -> st.SearchStrategy[e.Event]:
    return st.builds(
        e.Event, mission=st.just("M"), body=bodies, actor=st.just("a"), source=st.sampled_from(Source),
        occurred_at=moments, received_at=moments, device=st.none() | st.sampled_from(("D-1", "AMB-1", "D-9")),
        n=st.none() | st.integers(1, 3),
    )  # fmt: skip


any_event = events_of(reports | decisions | registrations)
any_report = events_of(reports | decisions)

"""Hypothesis strategies: any event a small mission may meet, in any order."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from casevac import events as e
from casevac.mission import Authority, Profile
from casevac.terms import (
    Accepting,
    Affiliation,
    AgeGroup,
    AssetKind,
    Bed,
    Capability,
    Category,
    Contamination,
    Equipment,
    HazardKind,
    Marking,
    MissionKind,
    Mode,
    Outcome,
    Precedence,
    Purpose,
    Security,
    SiteKind,
    Source,
    Stock,
    TeamKind,
    Treatment,
    Urgency,
    VehicleKind,
    VehicleState,
)
from tests.casevac.scenes import NOW, A, B, C

zaps = st.sampled_from((A, B, C))
vehicles = st.sampled_from(("AMB-1", "AMB-2", "HELI"))
facilities = st.sampled_from(("F", "G"))
requests = st.sampled_from(("R", "Q"))
tasks = st.sampled_from(("T1", "T2", "T3"))
teams = st.sampled_from(("AMET", "ESCORT"))
reservations = st.sampled_from(("B1", "B2", "B3"))
counts = st.none() | st.integers(0, 4)
lons, lats = st.floats(18, 23), st.floats(4, 8)
moments = st.integers(0, 40).map(lambda step: NOW + timedelta(seconds=30 * step))
chains = st.sampled_from(("C1", "C2"))
questions = st.sampled_from(("Q1", "Q2"))
assets = st.sampled_from(("AMB-1", "HELI", "F", "TEAM"))
authorities = st.sampled_from(("DMS", "dms ", "stranger"))
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

some_counts = st.integers(0, 6)
words = st.none() | st.sampled_from(("mine", "34NFN0939121654", "old bridge"))
requested: st.SearchStrategy[e.AnyBody] = st.one_of(
    st.builds(e.AlertAcknowledged, request=requests, by=st.sampled_from(("", "duty officer"))),
    st.builds(
        e.NineLineSent, request=requests, dialect=st.sampled_from(("", "us-atp")), pickup=words,
        lon=st.none() | lons, lat=st.none() | lats, frequency=words, callsign=words,
        precedences=st.none() | st.dictionaries(st.sampled_from(Precedence), some_counts, max_size=2),
        equipment=st.none() | st.lists(st.sampled_from(Equipment), max_size=2, unique=True).map(tuple),
        litter=st.none() | some_counts, ambulatory=st.none() | some_counts,
        security=st.none() | st.sampled_from(Security), wounds=words,
        marking=st.none() | st.sampled_from(Marking), marking_detail=st.sampled_from(("", "green")),
        patients=st.none() | st.dictionaries(st.sampled_from(("us_military", "x")), st.none() | some_counts),
        contamination=st.none() | st.sampled_from(Contamination), terrain=words, casualties=some_zaps,
    ),
    st.builds(
        e.MethaneSent, request=requests, major=st.none() | st.booleans(), standby=st.none() | st.booleans(),
        location=words, lon=st.none() | lons, lat=st.none() | lats, incident=words, hazards=words,
        casualties=st.none() | st.dictionaries(st.sampled_from(Category), some_counts, max_size=2),
        number=st.none() | some_counts, services=words, zaps=some_zaps,
    ),
    st.builds(e.RequestStoodDown, request=requests, reason=st.sampled_from(("false alarm", "walked home"))),
    st.builds(e.RequestsMerged, kept=requests, merged=requests),
    st.builds(e.RequestsSplit, kept=requests, merged=requests),
)  # fmt: skip
far = st.sampled_from(
    [datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-9))), datetime(1, 1, 1, tzinfo=UTC)]
)
instants = moments | far  # a slip of the pen must not stop anything
boards = st.builds(
    e.FacilityStatusReported, facility=st.none() | facilities,
    accepting=st.none() | st.sampled_from(Accepting), reason=st.sampled_from(("", "no power")),
    beds=st.lists(
        st.builds(e.BedCount, bed=st.sampled_from(Bed), staffed=counts, free=counts, occupied=counts),
        max_size=3,
    ).map(tuple),
    tables=counts, tables_busy_until=st.none() | st.lists(instants, max_size=3).map(tuple), queue=counts,
    stocks=st.dictionaries(st.sampled_from(Stock), st.floats(-1, 99), max_size=3),
    blood=st.none() | st.lists(
        st.builds(
            e.BloodStock, group=st.sampled_from(("O-", "A+")), units=st.integers(0, 9),
            expires_at=st.none() | instants,
        ), max_size=2,
    ).map(tuple),
    capabilities=st.none() | st.lists(st.sampled_from(Capability), max_size=3).map(tuple),
)  # fmt: skip
means: st.SearchStrategy[e.AnyBody] = st.one_of(
    boards,
    st.builds(
        e.BedReserved, facility=facilities, casualty=zaps, bed=st.sampled_from(Bed), reservation=reservations,
        until=st.none() | instants,
    ),
    st.builds(e.BedReleased, reservation=reservations),
    st.builds(
        e.VehicleConditionReported, vehicle=vehicles, range_km=st.none() | st.floats(0, 900),
        fuel_percent=st.none() | st.floats(0, 100), duty_ends_at=st.none() | instants,
        ready_in_s=st.none() | st.floats(0, 1e7), litters=counts, seats=counts,
        equipment=st.none() | st.lists(st.sampled_from(Equipment), max_size=2).map(tuple),
    ),
    st.builds(
        e.TeamStatusChanged, team=teams, ready=st.none() | st.booleans(), vehicle=st.none() | vehicles,
        left=st.booleans(), duty_ends_at=st.none() | instants,
    ),
    st.builds(
        e.HazardReported, id=st.sampled_from(("", "H1", "H2")), hazard_kind=st.sampled_from(HazardKind),
        lon=lons, lat=lats, since=st.none() | instants, until=st.none() | instants,
        severity=st.none() | st.floats(0, 100), speed_factor=st.none() | st.floats(0.01, 1),
        source=st.sampled_from(("", "drone")), affects=st.lists(st.sampled_from(Mode), max_size=3).map(tuple),
        line=st.lists(st.tuples(lons, lats), max_size=3).map(tuple),
        polygon=st.lists(st.tuples(lons, lats), max_size=4).map(tuple),
    ),
    st.builds(e.HazardLifted, id=st.sampled_from(("H1", "H2"))),
)  # fmt: skip

reports: st.SearchStrategy[e.AnyBody] = st.one_of(
    st.builds(
        e.AlertRaised, who=st.just("p"), what=st.sampled_from(("mine", "crash")), how_many=st.just(2),
        lon=lons, lat=lats, request=requests, casualties=some_zaps,
        injury_at=st.none() | instants, injury_uncertainty_s=st.none() | st.floats(0, 1e7),
    ),
    st.builds(
        e.CasualtyReported, lon=lons, lat=lats, casualty=zaps, request=st.just("") | requests,
        category=st.sampled_from(Category), injury_at=st.none() | instants,
        affiliation=st.sampled_from(Affiliation), age_group=st.sampled_from(AgeGroup),
    ),
    st.builds(
        e.CasualtyTriaged, casualty=zaps, category=st.sampled_from(Category),
        reason=st.sampled_from(("", "why")),
    ),
    st.builds(
        e.PrecedenceDecided, casualty=zaps, precedence=st.sampled_from(Precedence),
        reason=st.sampled_from(("", "why")),
    ),
    st.builds(
        e.MistReported, casualty=zaps, mechanism=st.none() | st.just("blast"),
        signs=st.none() | st.just("pale"), injury_at=st.none() | instants,
        age_group=st.none() | st.sampled_from(AgeGroup), stable=st.none() | st.booleans(),
    ),
    st.builds(
        e.VitalsTaken, casualty=zaps, pulse=st.none() | st.integers(0, 200).map(float),
        avpu=st.sampled_from("AVPU"),
    ),
    st.builds(
        e.TreatmentGiven, casualty=zaps, treatment=st.sampled_from(Treatment),
        site=st.sampled_from(("", "Left leg", "left leg")),
    ),
    st.builds(e.OutcomeDecided, casualty=zaps, outcome=st.sampled_from(Outcome)),
    st.builds(
        e.EligibilityDecided, casualty=zaps, eligible=st.booleans(), authority=st.just("a"),
        reason=st.just("r"),
    ),
    st.builds(e.RecordWithdrawn, casualty=zaps, entry=st.sampled_from(("x", "y")), reason=st.just("wrong")),
    st.builds(e.CasualtiesMerged, kept=zaps, merged=zaps),
    st.builds(e.CasualtiesSplit, kept=zaps, merged=zaps),
    st.builds(e.RequestsMerged, kept=requests, merged=requests),
    st.builds(e.RequestsSplit, kept=requests, merged=requests),
    st.builds(e.AssetWarned, request=requests, asset=vehicles),
    st.builds(e.LaunchApproved, chain=st.sampled_from(("C1", "C2")), authority=st.just("a")),
    st.builds(
        e.LaunchDenied, chain=st.sampled_from(("C1", "C2")), authority=st.just("a"), reason=st.just("r")
    ),
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
    st.builds(e.RecallAcknowledged, task=tasks),
    means,
    st.builds(
        e.AssetWarned, request=requests, asset=assets, asset_kind=st.sampled_from(AssetKind),
        chain=st.just("") | chains,
    ),
    st.builds(
        e.AssetAnswered, request=requests, ready=st.booleans(), asset=st.none() | assets,
        ready_at=st.none() | instants,
    ),
    st.builds(
        e.LaunchApproved, authority=authorities, chain=st.just("") | chains, request=st.just("") | requests,
        vehicle=st.just("") | vehicles,
    ),
    st.builds(
        e.LaunchDenied, authority=authorities, chain=chains, reason=st.just("no crew"),
        vehicle=st.just("") | vehicles,
    ),
    st.builds(e.InboundAnswered, chain=chains, accepts=st.booleans(), facility=st.none() | facilities),
    st.builds(e.EligibilityDecided, casualty=zaps, eligible=st.booleans(), authority=authorities,
        reason=st.just("alone")),
    st.builds(
        e.QuestionAsked, casualty=zaps, text=st.just("dose?"), question=questions,
        urgency=st.sampled_from(Urgency),
    ),
    st.builds(e.QuestionAnswered, question=questions, text=st.just("two")),
    st.builds(e.AnswerOrdered, request=requests),
    st.builds(e.DivertOrdered, chain=chains, reason=st.just("flood")),
    st.builds(e.CancelOrdered, task=tasks),
    st.builds(e.OrderSettled, order=st.sampled_from(("1", "2")), done=st.booleans(), chain=chains),
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

guarded = Profile(
    approval={"ground": ("DMS",)},
    authorities=(Authority("FMedO", ("air",)),),
    unplanned_s=60,
    approval_due_s=60,
)
registrations: st.SearchStrategy[e.AnyBody] = st.one_of(
    st.just(e.MissionOpened(name="M", mission_kind=MissionKind.LIVE, profile=guarded)),
    st.builds(
        e.VehicleProfileAdded, name=st.sampled_from(("quad", "ambulance")),
        values=st.sampled_from(({"name": "quad"}, {"name": "ambulance", "kind": "ground"})),
    ),
    st.builds(
        e.TeamRegistered, id=st.just("TEAM"), name=st.just("team"), team_kind=st.sampled_from(TeamKind),
        device=st.none() | st.just("D-1"), vehicle=st.none() | vehicles,
    ),
    st.builds(
        e.FacilityRegistered, id=facilities, name=st.just("Hospital"), lon=lons, lat=lats,
        capabilities=st.lists(st.sampled_from(Capability), max_size=3).map(tuple),
        beds_staffed=counts, beds_free=counts, tables=counts, open=st.booleans(),
        source_date=st.sampled_from(("", "2026-11", "2015-10-03", "yesterday", "0001-01-01")),
    ),
    st.builds(
        e.SiteRegistered, id=st.sampled_from(("S", "X")), name=st.just("Site"),
        site_kind=st.sampled_from(SiteKind), lon=lons, lat=lats,
    ),
    st.builds(
        e.VehicleRegistered, id=vehicles, callsign=st.just("call"), vehicle_kind=st.sampled_from(VehicleKind),
        profile=st.just("ambulance"), litters=st.integers(0, 2), device=st.none() | st.just("D-1"),
    ),
    st.builds(
        e.TeamRegistered, id=teams, name=st.just("Team"), team_kind=st.sampled_from(TeamKind),
        vehicle=st.none() | vehicles,
    ),
    st.builds(
        e.DeviceEnrolled, name=st.sampled_from(("D-1", "AMB-1")), vehicle=st.none() | vehicles,
        facility=st.none() | facilities,
    ),
    st.builds(e.RoadsChosen, name=st.just("roads"), digest=st.just("00")),
    st.builds(e.DeviceStatusChanged, online=st.booleans()),
)  # fmt: skip


def events_of(bodies: st.SearchStrategy[e.AnyBody]) -> st.SearchStrategy[e.Event]:
    return st.builds(
        e.Event, mission=st.just("M"), body=bodies, actor=st.just("a"), source=st.sampled_from(Source),
        occurred_at=moments, received_at=moments, device=st.none() | st.sampled_from(("D-1", "AMB-1", "D-9")),
        n=st.none() | st.integers(1, 3),
    )  # fmt: skip


any_event = events_of(reports | requested | decisions | registrations)
any_report = events_of(reports | requested | decisions)

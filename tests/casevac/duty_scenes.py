"""A mission in which aircraft need an approval, as small pictures."""

from dataclasses import dataclass

from casevac import events as e
from casevac import orders
from casevac.mission import Authority, Profile
from casevac.picture import Picture, empty
from casevac.terms import Affiliation, Capability, MissionKind, Purpose, TeamKind, VehicleKind
from casevac.view import View
from tests.casevac.scenes import NOW, A, B, after, alert, ambulance, leg, told

POI, PAD, DOOR = e.Stop("scene", 21.0, 6.0, "R"), e.Stop("pad", 21.2, 6.0, "S"), e.Stop("F", 22.0, 6.0, "F")
GUARDED = Profile(
    approval={"air": ("DMS", "FMedO")},
    authorities=(Authority("DMS", ("air",)), Authority("Force Commander", ("contingent",))),
    auto_answer_s=30.0,
)


def hospital(name: str, lon: float, **more) -> e.FacilityRegistered:
    fields = {"capabilities": (Capability.DCS, Capability.RESUS), "beds_free": 5, "tables": 1, **more}
    return e.FacilityRegistered(id=name, name=name, lon=lon, lat=6.0, **fields)


def helicopter(name: str, lon: float, **more) -> e.VehicleRegistered:
    return ambulance(name, lon=lon, lat=6.0, vehicle_kind=VehicleKind.AIR, profile="heli", **more)


def team(name: str, kind: TeamKind = TeamKind.AMET, **more) -> e.TeamRegistered:
    return e.TeamRegistered(id=name, name=name, team_kind=kind, **more)


MEANS = (
    hospital("F", 22.0), hospital("G", 25.0), ambulance("V", lon=21.1, lat=6.0),
    helicopter("HELI", 21.9), helicopter("FAR", 30.0),
    team("AMET-1", vehicle="HELI", device="MED"), team("ESC", TeamKind.ESCORT, lon=21.0, lat=6.0),
)  # fmt: skip


def scene(*more, kind=MissionKind.LIVE, profile: Profile = GUARDED) -> Picture:
    opened = e.MissionOpened(name="m", mission_kind=kind, profile=profile)
    means = ((0.0, body) for body in (opened, *MEANS))
    return told(empty("M"), *means, (0, alert("R", A, B, lon=21.0, lat=6.0)), *more)


def option() -> e.Option:
    """An ambulance brings both to the helicopter."""
    legs = (
        leg("V", Purpose.TO_PICKUP, (POI, POI)),
        leg("V", Purpose.TO_EXCHANGE, (POI, PAD), casualties=(A, B)),
        leg("HELI", Purpose.TO_EXCHANGE, (PAD, PAD)),
        leg("HELI", Purpose.TO_FACILITY, (PAD, DOOR), casualties=(A, B)),
    )
    return e.Option(
        id="1", rank=1, summary="s", vehicles=("V", "HELI"), facility="F", casualties=(A, B),
        pickup_p50_at=NOW, arrive_p50_at=NOW, arrive_p90_at=NOW, verdict="within 2 h", estimated=False,
        legs=legs,
    )  # fmt: skip


def decision() -> e.OptionsComputed:
    return e.OptionsComputed(
        decision="D", request="R", now=NOW, seen_seq=1, hashes=e.Hashes("n", "p", "h", "o", "s"),
        positions={}, options=(option(),),
    )  # fmt: skip


@dataclass
class Numbered:
    """Ids C, T1, T2, .. in order."""

    count: int = 0

    def __call__(self) -> str:
        self.count += 1
        return "C" if self.count == 1 else f"T{self.count - 1}"


def planned(*more, at: float = 100.0, **about) -> Picture:
    """The chain of the option, planned; its helicopter waits for approval."""
    picture = scene(**about)
    bodies = orders.plan_task(picture, decision(), "1", after(at), Numbered())
    return told(picture, *((at, body) for body in bodies), *more)


def outsider(zap: str, affiliation: Affiliation = Affiliation.LOCAL_CIVILIAN) -> e.CasualtyReported:
    return e.CasualtyReported(lon=21.0, lat=6.0, casualty=zap, request="R", affiliation=affiliation)


def seen(picture: Picture, at: float) -> View:
    return View(picture, after(at))

"""What follows from a picture at an instant: who is where, what is running, how the clocks stand."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cached_property

from casevac import care, clock, promise, surgery, vehicle
from casevac.casualty import Casualty, Place
from casevac.chain import Arrival
from casevac.clock import Clock, Expected, Outlook, Proof
from casevac.course import Course, Ids
from casevac.events import Leg
from casevac.mtf import Facility, Standing, theatre_free
from casevac.quality import spread_m
from casevac.surgery import Theatres
from casevac.team import Team
from casevac.terms import Capability, Category
from casevac.vehicle import Vehicle
from casevac.wards import Wards


class View(Course):
    """A picture looked at now: beside how all stands, what it means for each casualty and each means."""

    # --- one casualty

    def place_of(self, casualty: Casualty) -> Place | None:
        """Where the casualty is: with its facility, with its vehicle, else where it was reported."""
        if casualty.facility:
            facility = self.picture.facilities.get(casualty.facility)
            if facility is not None and facility.registered is not None:
                return Place(facility.card.lon, facility.card.lat, 0.0)
        if casualty.vehicle and (fix := self.positions.get(casualty.vehicle)) is not None:
            return Place(fix.lon, fix.lat, spread_m(fix))
        return casualty.place.value if casualty.place is not None else None

    def settled(self, casualty: Casualty) -> bool:
        """True when no clock of the casualty can move any more, told without looking at its chain."""
        if not casualty.facility:
            return False
        if casualty.surgery_at is not None:
            return True  # whoever is operated on is in advanced care
        needless = Capability.DCS not in casualty.needs(self.profile)
        return needless and self.advanced_care_at(casualty) is not None

    @cached_property
    def unsettled(self) -> tuple[Casualty, ...]:
        """The living whose care goes on and of whom a clock may still move."""
        moving = (one for one in self.picture.casualties.values() if not self.settled(one))
        return tuple(one for one in moving if self.ended_at(one) is None and one.triage != Category.DEAD)

    def clocks(self, casualty: Casualty) -> tuple[Clock, Clock, Clock]:
        """The casualty's three clocks."""
        care = self.care_proof(casualty)
        care_at, outlook = None if care is None else care.at, self.outlook(casualty)
        return clock.clocks(casualty, self.profile, self.now, care_at, outlook, care)

    def advanced_care_at(self, casualty: Casualty) -> datetime | None:
        """When medical personnel first had the casualty: as reported, or by whom it was with."""
        care = self.care_proof(casualty)
        return None if care is None else care.at

    def care_proof(self, casualty: Casualty) -> Proof | None:
        """What proves that medical personnel had the casualty; None when nothing does."""
        return care.proof(self.picture, casualty)

    def outlook(self, casualty: Casualty) -> Outlook:
        """What the running chain promises the casualty; those before it in the theatre are counted in."""
        found = self.ready(casualty)
        if found.surgery is None or not surgery.waits(casualty, self.profile):
            return found
        running = self.chain_of(casualty)
        door = running.plan.facility if running else casualty.facility
        begins = self.theatres.begins(door).get(casualty.id)
        return found if begins is None else found._replace(surgery=begins)

    def ready(self, casualty: Casualty) -> Outlook:
        """The same as if a table were free as soon as the casualty is ready for it."""
        running = self.chain_of(casualty)
        if casualty.facility and (running is None or casualty.facility == running.plan.facility):
            begins = clock.surgery_expected(casualty, self.profile, self.now, None)
            return Outlook(surgery=begins if care.operates(self.picture, casualty.facility) else None)
        if running is None:
            return clock.NOTHING
        _, arrivals = self.travelled(running)
        return self.promise(casualty, running.plan.legs, arrivals, running.plan.facility)

    def arrival(self, casualty: Casualty) -> Expected | None:
        """When the running chain brings the casualty to its door; None without one, or in a facility."""
        running = self.chain_of(casualty)
        if running is None or casualty.facility:
            return None
        legs, (_, arrivals) = running.plan.legs, self.travelled(running)
        mine = [at for leg, at in zip(legs, arrivals, strict=True) if casualty.id in leg.casualties]
        return Expected(*mine[-1][1:]) if mine else None

    def promise(
        self, casualty: Casualty, legs: Sequence[Leg], arrivals: Sequence[Arrival], facility: str
    ) -> Outlook:
        """What these legs promise the casualty: help, medical care, surgery."""
        return promise.of_legs(self.picture, casualty, legs, arrivals, facility)

    # --- vehicles, teams

    @cached_property
    def _teams_aboard(self) -> dict[str, tuple[Team, ...]]:
        found: defaultdict[str, tuple[Team, ...]] = defaultdict(tuple)
        for _, team in sorted(self.picture.teams.items()):
            found[team.vehicle] += (team,)
        return dict(found)

    def team_of(self, named: str) -> tuple[Team, ...]:
        """The teams aboard a vehicle."""
        return self._teams_aboard.get(named, ()) if named else ()

    def ready_at(self, vehicle_id: str) -> datetime:
        """When the vehicle, with the teams aboard, can set out if it is ordered now."""
        one = self.picture.vehicles.get(vehicle_id, Vehicle(vehicle_id))
        waits = [team.card.readiness_s for team in self.team_of(vehicle_id)]
        teams_at = self.now + timedelta(seconds=max(waits, default=0.0))
        return max(vehicle.ready_at(one, self.profile, self.now), teams_at)

    @cached_property
    def running_tasks(self) -> Ids:
        """Running tasks by vehicle."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for key in sorted(key for key, task in self.picture.tasks.items() if task.running):
            found[self.picture.tasks[key].vehicle].append(key)
        return dict(found)

    # --- facilities

    @cached_property
    def wards(self) -> Wards:
        """Who lies where, and for whom a bed is kept."""
        return Wards(self.picture, self.now, self.inbound, self.ended_at)

    def standing(self, facility: Facility, but: Collection[str] = ()) -> Standing:
        """The facility as it stands now for everybody but these casualties."""
        return Standing(facility, facility.board, self.wards.rooms(facility, but), self.now, self.profile)

    def free_beds(self, facility: Facility) -> int | None:
        """Free beds of all kinds, as last told less those who came since; None when nobody told."""
        if facility.registered is None:
            return 0
        known = [room.free for room in self.wards.rooms(facility).values() if room.free is not None]
        return max(0, sum(known)) if known else None

    @cached_property
    def theatres(self) -> Theatres:
        """The operating tables of each facility and its committed queue now."""
        return Theatres(self.picture, self.now, self._waiting_for_surgery)

    def _waiting_for_surgery(self, facility: str) -> list[tuple[Casualty, Expected | None]]:
        """Who is there or on the way, waits for surgery, and when each is ready for a table."""
        zaps = (*self.patients.get(facility, ()), *self.inbound.get(facility, ()))
        each = (self.picture.casualties[zap] for zap in zaps)
        waiting = (one for one in each if surgery.waits(one, self.profile) and self.ended_at(one) is None)
        return [(one, self.ready(one).surgery) for one in waiting]

    def theatre_free_at(self, facility_id: str, at: datetime, ahead: int) -> datetime | None:
        """When a table is free for one who comes at an instant after `ahead` others; None without one."""
        facility = self.picture.facilities.get(facility_id)
        return None if facility is None else theatre_free(facility.board, at, ahead, self.profile)

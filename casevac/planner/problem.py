"""What a plan is made for and what it says: arrays, in seconds since one epoch.

What the rescue chain does with it is told here in words; `simulate` is those words in numbers.

The rules of the chain

1. A vehicle stands at `start` and may leave from `free` on. Its trips are done in their order. Before the
   first one it needs `turnout` seconds; later ones begin as soon as the one before has ended.
2. On a trip it drives to the stop of each casualty in the order named and waits there until the casualty
   is: from `known` on at its own stop, or from when it was handed over at the exchange point. Loading
   takes `load` seconds for each, one after the other; consecutive casualties at one stop need no drive
   between them.
3. Then it drives to the trip's end. All aboard arrive when the vehicle does. Handing over takes `unload`
   seconds for each; the trip ends when all are handed over, and at an exchange point each can be loaded
   from that end on. Where a vehicle stands already, it needs no leg.
4. At no time has a vehicle more aboard than it carries: litters for those who lie; seats, then spare
   litters, for the others.
5. An aircraft flies from stop to stop. A leg that would be under way in the dark (any part of it within
   an interval of `dark`) is not begun by one of `day_only`: it waits until the first instant from which
   the leg is all in light. Nor does any aircraft land in the dark where `lit` is false: it waits
   likewise, so that it lands in light. Waiting is done before the leg, wherever it stands, and after
   refuelling. To touch the border of an interval is not to be in it.
6. An aircraft flies at most `reach` metres between refuellings. It is full at its start. Where the next
   leg would exceed what is left it refuels first, for `refuel` seconds, when the stop it stands at has
   `fuel`; else the trip cannot be done. (Planning reserves are in `reach` already.) Vehicles on the
   ground have reach inf.
7. A trip whose hand-over would end after `until`, and that could be done else, is not begun by that crew;
   nor any later one of that vehicle.
8. A casualty needs a facility that is `able` to do all of `need`. Each takes a bed, which is not given
   back: beds are counted in the order of the plan's rows. A trip to a facility that cannot do all that
   those aboard need, or that has fewer beds left than they are, cannot be done.
9. Theatre: who needs surgery is ready `prepare` seconds after arriving. A table that falls free takes the
   most urgent (smallest category, then the one ready first, then the smallest row) of those who are
   ready, else the next to be ready; nobody is taken off it; each case takes `case` seconds of that
   facility. Those in the committed queue (`queue_*`) are served by the same rule; in ties they go first,
   in their order.
10. Advanced care begins when a vehicle that `cares` has loaded the casualty, or at the arrival at a
    facility.
11. A trip that cannot be done is skipped with all its casualties, who stay where they are: they have no
    arrival (inf) and the vehicle stays as and where it was. So is one by
    a way of inf. Rows are done from first to last: who goes on from
    an exchange point must have been brought there by an earlier row, else that trip cannot be done. The
   first row that names a casualty loads it at its own stop; every later one must find it waiting at an
   exchange point and take it to a facility, also when the first was skipped; no row names it twice.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int32]
Marks = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint32]

NEVER = float("inf")
NOBODY = -1


class Casualties(NamedTuple):
    """C rows. `category`: 0 is the most urgent (P1), 1 P2, 2 P3, 3 who may wait for all others."""

    injured: Floats  # s
    known: Floats  # s: can be loaded at its stop from then on
    stop: Whole  # where it lies
    category: Whole
    lies: Marks  # on a litter; else it sits
    operated: Marks  # needs a table
    need: Bits  # capabilities that its facility must have, as bits
    ordered_vehicle: Whole  # who was sent for it by an order already given, or NOBODY
    ordered_end: Whole  # to where (as Plan.end), or NOBODY


class Vehicles(NamedTuple):
    """V rows."""

    start: Whole  # stop
    free: Floats  # s
    turnout: Floats  # s
    profile: Whole  # row of Roads
    litters: Whole
    seats: Whole
    load: Floats  # s a casualty
    unload: Floats  # s a casualty
    cares: Marks  # advanced care aboard
    flies: Marks
    day_only: Marks
    reach: Floats  # metres between refuellings; inf on the ground
    refuel: Floats  # s
    until: Floats  # s: end of duty; inf where there is none


class Facilities(NamedTuple):
    """F rows."""

    stop: Whole  # its door; where it has a landing site of its own, flights end there too
    able: Bits
    beds: Whole  # free ones
    prepare: Floats  # s from arrival until ready for surgery
    case: Floats  # s a case on a table
    tables: Floats  # (F, T) s: each table is free from then on; inf where there is no such table
    queue_facility: Whole  # Q rows: who is there or on the way already and waits for surgery
    queue_ready: Floats  # s
    queue_category: Whole


class Roads(NamedTuple):
    """Ways of K profiles between S stops; inf where there is none."""

    seconds: npt.NDArray[np.float32]  # (K, S, S) middle
    bound: npt.NDArray[np.float32]  # (K, S, S) that nine in ten keep
    metres: npt.NDArray[np.float32]  # (K, S, S)
    fuel: Marks  # (S,) aircraft can refuel
    lit: Marks  # (S,) aircraft may land in the dark
    dark: Floats  # (N, 2) s: intervals without daylight, in order


class Problem(NamedTuple):
    """Everything that one plan may choose from, as it is known at `now`.

    What is under way already is not in it: its vehicle is free where and when that trip ends, its
    casualties are in `queue_*` and have taken their beds.
    """

    now: float  # s
    casualties: Casualties
    vehicles: Vehicles
    facilities: Facilities
    exchange: Whole  # (X,) stops where one vehicle hands over to another
    roads: Roads


class Plan(NamedTuple):
    """Trips: `vehicle` (T,), `end` (T,) a facility's row, or F + row of `exchange`; the casualties of
    trip t are `who[first[t]:first[t + 1]]` in the order of loading. Trips of a vehicle are done in row order.

    A casualty is named once, or twice: by a trip to an exchange point and by one that goes on from there to a
    facility. Who is not named stays where it is.
    """

    vehicle: Whole
    end: Whole
    first: Whole  # (T + 1,)
    who: Whole


class Fates(NamedTuple):
    """C rows, s; inf where it never happens. `done` (T,): was the trip done; `begun`, `ended` (T,) when."""

    arrival: Floats  # at the facility
    care: Floats
    surgery: Floats  # begins; of who needs none it is the arrival
    facility: Whole  # row, or NOBODY
    done: Marks
    begun: Floats
    ended: Floats

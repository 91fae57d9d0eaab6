"""Orders of coordinators without a screen: carried out like a command, and settled exactly once."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from casevac import orders, reactions
from casevac.coordination import diversion, divert_options, options
from casevac.desk import Decide, Desk, asked, held, looked_at, present
from casevac.errors import AlreadyTasked, CasevacError, DiskFull, NotPossible, StoreUnreachable
from casevac.events import (
    AnswerOrdered,
    AnyBody,
    CancelOrdered,
    ChainPlanned,
    DivertOrdered,
    Event,
    OptionsComputed,
    OrderSettled,
)
from casevac.events.shape import LONGEST_TEXT
from casevac.ids import Mint
from casevac.picture import Picture
from casevac.reactions import Ordered
from casevac.terms import Source
from casevac.weigh import in_full
from geo.errors import GeoError
from geo.routing import Router

TRIES = 3  # an order is computed again so often when a vehicle of it was taken meanwhile
TAKEN = (AlreadyTasked, NotPossible)
DOWN = (StoreUnreachable, DiskFull)  # nothing is settled: the order is tried again


def settle(desk: Desk, router: Callable[[], Router]) -> list[Event]:
    """Decide out every order that waits; each ends as an OrderSettled that says what became of it.

    `router` is called only when an order needs one. What forbids an order is its answer and raises
    nothing here; faults of the store go up, then the order is tried again.
    """
    stored: list[Event] = []
    for key, ordered in reactions.pending(present(desk)):
        mine = replace(desk, source=Source.SYSTEM, key=None)
        stored += _decided_out(mine, router, key, ordered)
    return stored


def _decided_out(desk: Desk, router: Callable[[], Router], key: str, ordered: Ordered) -> list[Event]:
    """Carry the order out; computed again when somebody was faster, and settled as failed only then."""
    failed: CasevacError | GeoError = NotPossible("somebody was faster each time; order it again")
    for _ in range(TRIES):
        try:
            carry = _carry(desk, router, ordered)
        except DOWN:
            raise
        except (CasevacError, GeoError) as fault:
            failed = fault
            break
        try:
            return _settled(desk, key, ordered, carry)
        except TAKEN as fault:
            failed = fault
    return _settled(desk, key, ordered, _refusing(failed), last=True)


def _carry(desk: Desk, router: Callable[[], Router], ordered: Ordered) -> Decide:
    """How to carry the order out on the picture as it will be then; raises what forbids it already."""
    said = ordered.value
    if isinstance(said, CancelOrdered):
        return lambda picture, _: orders.cancel_task(picture, said.task, said.reason)
    if isinstance(said, AnswerOrdered):
        return _answering(desk, router(), said)
    return _diverting(desk, router(), said)


def _answering(desk: Desk, router: Router, said: AnswerOrdered) -> Decide:
    decided = options(desk, router, said.request).body
    if not isinstance(decided, OptionsComputed):
        raise NotPossible("no options could be computed")
    chosen = reactions.best_that_fits(decided.options, said.vehicle, said.facility)
    full = in_full(looked_at(desk), router, decided, chosen.id)
    return lambda picture, mint: orders.plan_task(picture, full, chosen.id, desk.now, lambda: mint.short("T"))


def _diverting(desk: Desk, router: Router, said: DivertOrdered) -> Decide:
    decided = divert_options(desk, router, said.chain)
    return diversion(looked_at(desk), router, decided, said.facility, said.reason)


def _refusing(fault: Exception) -> Decide:
    def refuse(_picture: Picture, _mint: Mint) -> Sequence[AnyBody]:
        raise fault

    return refuse


def _settled(desk: Desk, key: str, ordered: Ordered, carry: Decide, *, last: bool = False) -> list[Event]:
    """Decide out and settle in one transaction while nobody else can: the second who tries finds it done.

    Raises what somebody else has taken meanwhile, unless it is the last try.
    """

    def decide(picture: Picture, mint: Mint) -> Sequence[AnyBody]:
        known = picture.orders.get(key)
        if known is None or known.settled is not None:
            return ()
        try:
            done = carry(picture, mint)
        except DOWN:
            raise
        except (CasevacError, GeoError) as fault:
            if isinstance(fault, TAKEN) and not last and not isinstance(ordered.value, CancelOrdered):
                raise
            return (_word(key, ordered, why=f"{_what(ordered)}: {fault}"),)
        return (_word(key, ordered, done=done), *done)

    return held(desk, asked("settle", key), decide)


def _what(ordered: Ordered) -> str:
    """What was ordered, and for whom."""
    said = ordered.value
    if isinstance(said, CancelOrdered):
        return f"cancel task {said.task}"
    if isinstance(said, DivertOrdered):
        return f"divert chain {said.chain}" + (f" to {said.facility}" if said.facility else "")
    by = f" with {said.vehicle}" if said.vehicle else ""
    return f"answer request {said.request}{by}" + (f" to {said.facility}" if said.facility else "")


def _word(key: str, ordered: Ordered, why: str = "", done: Sequence[AnyBody] = ()) -> OrderSettled:
    said = ordered.value
    planned = next((body.chain for body in done if isinstance(body, ChainPlanned)), "")
    return OrderSettled(
        order=key,
        done=not why,
        why=why[:LONGEST_TEXT],
        request=said.request if isinstance(said, AnswerOrdered) else "",
        chain=planned or (said.chain if isinstance(said, DivertOrdered) else ""),
    )

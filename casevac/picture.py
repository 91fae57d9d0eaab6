"""The one fold: the picture of a mission after any event; live map, replay and export all read by it."""

from collections.abc import Iterable

from casevac import fold_casualty, fold_chain, fold_means, fold_plan, fold_request, fold_watch
from casevac.events import Event
from casevac.state import ODDITIES_KEPT, Draft, Folds, Picture, empty, vehicle_of

__all__ = ["FOLDS", "ODDITIES_KEPT", "Picture", "apply", "empty", "fold", "vehicle_of"]

FOLDS: Folds = {
    **fold_means.FOLDS,
    **fold_casualty.FOLDS,
    **fold_request.FOLDS,
    **fold_chain.FOLDS,
    **fold_watch.FOLDS,
    **fold_plan.FOLDS,
}
"""The fold of each kind; a test sees to it that no kind is missing."""


def apply(picture: Picture, event: Event) -> Picture:
    """The picture after one more event. Pure and total: it never raises on an event that was decoded.

    An event that was applied already (by `seq`) or belongs to another mission changes nothing.
    """
    return fold(picture, (event,))


def fold(picture: Picture, events: Iterable[Event]) -> Picture:
    """The picture after all of these events, in their order."""
    draft, mission, seq = Draft(picture), picture.mission.id, picture.seq
    for event in events:
        if event.mission != mission or (event.seq is not None and event.seq <= seq):
            continue
        FOLDS[type(event.body)](draft, event, event.body)
        seq = seq if event.seq is None else event.seq
    if seq != picture.seq:
        draft.set("seq", seq)
    return draft.done()

"""A request or a running chain weighed on the real roads: the options as a decision keeps them."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from casevac.divert import diverting
from casevac.drawn import drawn, thinned
from casevac.errors import NotPossible, Unknown
from casevac.events import Option, OptionsComputed, Refusal
from casevac.fleet import Choice, choice, nobody, placed
from casevac.plan import answer
from casevac.roadbook import travel
from casevac.view import View
from geo.routing import Router


class Weighed(NamedTuple):
    """Options with thin paths, what was refused, what would help, and the positions it all rests on."""

    options: tuple[Option, ...]
    refused: tuple[Refusal, ...]
    advice: tuple[str, ...]
    positions: Mapping[str, tuple[float, float]]


def weigh(view: View, router: Router, request: str) -> Weighed:
    """The options for a request; raises NotPossible when nobody of it waits."""
    wanted = choice(view, request)
    if wanted is None:
        raise NotPossible(nobody(view, request))
    return weighed(view, router, wanted)


def weigh_divert(view: View, router: Router, chain: str) -> Weighed:
    """The options to bring a running chain elsewhere; raises Unknown, NotPossible when it does not run."""
    known = view.picture.chains.get(chain)
    if known is None:
        raise Unknown(f"no chain {chain!r} in this mission")
    if view.chain_status[chain] != "active":
        raise NotPossible(f"chain {chain} is {view.chain_status[chain]} already")
    wanted = diverting(view, known)
    if wanted is None:
        raise NotPossible(f"nobody of chain {chain} is still on the way")
    return weighed(view, router, wanted)


def in_full(view: View, router: Router, decided: OptionsComputed, option: str) -> OptionsComputed:
    """The decision with the whole ways of one option, as its crews need them."""
    options = tuple(drawn(router, view, one) if one.id == option else one for one in decided.options)
    return replace(decided, options=options)


def weighed(view: View, router: Router, wanted: Choice) -> Weighed:
    """The options of a choice, drawn on the roads."""
    found = answer(view, wanted, travel(router, view, wanted))
    made = tuple(thinned(drawn(router, view, one)) for one in found.options)
    known = ((key, placed(view, key)) for key in sorted(view.positions))
    places = {key: (fix.lon, fix.lat) for key, fix in known if fix is not None}
    return Weighed(made, found.refused, found.advice, places)

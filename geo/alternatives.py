"""The best way between two places and others that are really different from it."""

from dataclasses import dataclass

from geo.answers import Route
from geo.lonlat import LonLat, check
from geo.plateaus import Limits, Search
from geo.routing import Router
from geo.writing import along, joined

__all__ = ["Alternative", "Limits", "alternatives"]


@dataclass(frozen=True)
class Alternative:
    """A way between two places.

    shared: the part of the best way's seconds that lies on roads of this one too (1 for the best itself);
    longer: how much costlier than the best one it is, as ways are compared (0.2: a fifth, threats included).
    """

    route: Route
    shared: float = 1.0
    longer: float = 0.0


def alternatives(
    router: Router, origin: LonLat, destination: LonLat, profile: str, limits: Limits | None = None
) -> tuple[Alternative, ...]:
    """The best way, as `Router.route` tells it, and others within the limits, the least costly first.

    All are ways under the router's hazards. Only the best way when there is no other worth telling: a road
    alone in the bush, a place round the corner. Raises BadPlace, OffNetwork, Unreachable, UnknownProfile.
    """
    best = router.route(origin, destination, profile)
    net, places = router.net(profile), (check(*origin), check(*destination))
    for anchors in router.met(net, *places) if best.arcs else ():
        ends = joined(net, anchors)
        if ends.direct is not None and len(best.arcs) == 1:
            break
        found = Search(net, ends, limits or Limits()).ways()
        if found:
            others = [Alternative(along(net, places, ends, each.way), *each[1:]) for each in found[1:]]
            return (Alternative(best), *others)
    return (Alternative(best),)

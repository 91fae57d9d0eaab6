"""What a decision rested on, as hashes: network, profiles, hazards, policy, software."""

import hashlib
from functools import cache
from pathlib import Path

import msgspec

import casevac
import geo
from casevac import hazard
from casevac.events import Hashes
from casevac.plan import POLICY
from casevac.view import View
from geo.routing import Router

NO_HAZARDS = "none"


def hashes(router: Router, view: View) -> Hashes:
    """The hashes of everything that a plan computed now rests on beside the log and the positions.

    The router is the one with nothing closed: what is closed goes by the hazards.
    """
    return Hashes(
        network=router.digest,
        profile=profiles_digest(router),
        hazards=hazard.digest(view.picture, view.now) or NO_HAZARDS,
        policy=_sha256(POLICY.encode() + msgspec.json.encode(view.profile)),
        software=software_digest(),
    )


def profiles_digest(router: Router) -> str:
    """Hash of every vehicle profile and of the season the router goes by."""
    told = [router.season, *(router.profiles[name].digest() for name in sorted(router.profiles))]
    return _sha256("\n".join(told).encode())


@cache
def software_digest() -> str:
    """Hash of the program text that decides: every module of the two lower floors."""
    found = hashlib.sha256(casevac.__version__.encode())
    for package in (geo, casevac):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            found.update(path.relative_to(root).as_posix().encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def _sha256(told: bytes) -> str:
    return hashlib.sha256(told).hexdigest()

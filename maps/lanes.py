"""Lanes: what the viewers of one pace are told of positions, made once for all of them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from casevac.plain import instant
from maps.frames import frame, positions_json
from maps.moves import Deltas, Row, row
from maps.pace import LANES_S
from maps.piece import Piece
from maps.scene import Scene

if TYPE_CHECKING:
    from maps.viewer import Viewer

SLACK_S = 0.05  # positions that come a little before their time are not kept for a whole turn


class Lane:
    """Positions every so many seconds, coalesced; `compact` as maps/moves.py, else whole as JSON.

    While nobody is on it, a lane holds nothing; who comes begins with a keyframe.
    """

    def __init__(self, index: int, *, compact: bool) -> None:
        self.index = index
        self.seconds = LANES_S[index]
        self.compact = compact
        self.viewers: set[Viewer] = set()
        self._deltas = Deltas()
        self._waiting: set[str] = set()
        self._due = 0.0
        self._key: tuple[object, Piece] | None = None

    def join(self, viewer: "Viewer", scene: Scene) -> None:
        """One viewer more; it needs a keyframe before the next frame."""
        if not self.viewers and self.compact:
            self._deltas, self._key = Deltas(), None
            self._deltas.frame(_rows(scene, scene.positions), None)
            self._waiting.clear()
        self.viewers.add(viewer)

    def moved(self, devices: Iterable[str]) -> None:
        """These are to be told when the time has come."""
        if self.viewers:
            self._waiting.update(devices)

    def hurry(self) -> None:
        """Whatever waits is told at the next tick."""
        self._due = 0.0

    def tick(self, scene: Scene, clock: float) -> Piece | None:
        """The next frame, when it is time for one and there is anything to tell."""
        if not self.viewers or not self._waiting or clock < self._due - SLACK_S:
            return None
        self._due = max(self._due + self.seconds, clock + self.seconds / 2)
        devices, self._waiting = self._waiting, set()
        if not self.compact:
            return _whole(scene, devices)
        told = self._deltas.frame(_rows(scene, devices), _now())
        return Piece(frame("moves", told)) if told else None

    def key(self, scene: Scene) -> Piece:
        """All positions as of the last frame, from which the next one goes on; made once a frame."""
        mark = self._deltas.n if self.compact else scene
        if self._key is None or (self._key[0] != mark if self.compact else self._key[0] is not mark):
            told = Piece(frame("moves", self._deltas.key(_now()))) if self.compact else _whole(scene, None)
            self._key = (mark, told)
        return self._key[1]


def _rows(scene: Scene, devices: Iterable[str]) -> dict[str, Row]:
    return {name: row(scene.picture, scene.positions[name]) for name in devices if name in scene.positions}


def _whole(scene: Scene, devices: Iterable[str] | None) -> Piece:
    """Positions as JSON; None: every one."""
    held = scene.positions
    fixes = held.values() if devices is None else [held[name] for name in devices if name in held]
    body = {"server_time": _now(), "positions": positions_json(scene.picture, fixes)}
    return Piece(frame("positions", body))


def _now() -> str | None:
    return instant(datetime.now(UTC))

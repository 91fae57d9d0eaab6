"""Keeps the picture of every minute as files that need no process: the newest, and a ring of older ones."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from casevac.brief import made, text
from casevac.entities import Json
from casevac.errors import BadFile, CasevacError
from casevac.picture import Picture
from casevac.store import networks
from casevac.view import View
from geo.drawing import roads_geojson
from geo.errors import GeoError
from maps import ground, sketched
from maps.keepsake_page import Told, page, sheet

KEPT = 60  # older pictures: an hour, one a minute
NEWEST, BRIEF = "picture.html", "brief.txt"
OWNER_ONLY = 0o600  # positions of casualties are targeting data
NO_ROADS: Json = {"type": "FeatureCollection", "features": []}


class Keepsake:
    """Writes HOME/picture; `static` is the built page, whose basemap is drawn."""

    def __init__(self, home: Path, static: Path, kept: int = KEPT) -> None:
        self._home = home
        self._static = static
        self._kept = kept
        self._roads: tuple[tuple[str, str], Json] = (("", ""), NO_ROADS)

    @property
    def folder(self) -> Path:
        """Where the pictures are."""
        return self._home / "picture"

    def write(self, view: View, trouble: Sequence[str] = ()) -> Path:
        """Write the picture of now; returns the newest file. Raises OSError when it cannot be written."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        on = sheet(view)
        told = page(view, Told(trouble, self._below(on), self._drawn(view.picture, on)))
        older = self.folder / f"picture-{view.now:%Y%m%dT%H%M%SZ}.html"
        _whole(older, told)
        _whole(self.folder / NEWEST, told)
        _whole(self.folder / BRIEF, text(made(view, parts=trouble)))
        for one in sorted(self.folder.glob("picture-*.html"))[: -self._kept or None]:
            one.unlink(missing_ok=True)
        return self.folder / NEWEST

    def _below(self, on: sketched.Sheet) -> ground.Ground | None:
        with suppress(BadFile):  # the page is not built: what is known is drawn all the same
            return sketched.below(self._static, on)
        return None

    def _drawn(self, picture: Picture, on: sketched.Sheet) -> Json:
        """The main roads of the mission, read once a network."""
        if picture.roads is None:
            return NO_ROADS
        chosen = (picture.roads.value.name, picture.roads.value.digest)
        if self._roads[0] != chosen:
            found = NO_ROADS
            with suppress(CasevacError, GeoError):
                roads = networks.open_network(self._home, chosen[0])
                found = roads_geojson(roads, bbox=on.box, limit=sketched.MOST_ROADS)
            self._roads = (chosen, found)
        return self._roads[1]


def _whole(path: Path, told: str) -> None:
    """Replace a file by a text, whole or not at all; only its owner may read it."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}.new")
    scratch.unlink(missing_ok=True)
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(told)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise

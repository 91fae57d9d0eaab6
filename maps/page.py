"""The built page's files: kept for good where the name carries a hash, sent packed to whoever can unpack."""

import asyncio
import gzip
from functools import lru_cache
from pathlib import Path

from fastapi import Response
from starlette.datastructures import Headers
from starlette.responses import FileResponse, PlainTextResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_YEAR = "public, max-age=31536000, immutable"
_TEXT = frozenset({".js", ".css", ".html", ".json", ".svg", ".txt"})
_SMALLEST = 512  # bytes; less is sent as it is
_FILES_PACKED = 600  # a page and all cells of its basemap


class Page(StaticFiles):
    """The page; the build leaves a brotli twin beside each text file, gzip is made here once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file of the page, or how to build it."""
        if path in (".", "index.html") and not (Path(str(self.directory)) / "index.html").is_file():
            return PlainTextResponse(
                "The page is not built yet: cd maps/web && npm ci && npm run build\n", 503
            )
        found = await super().get_response(path, scope)
        if isinstance(found, FileResponse):
            found = await _packed(found, Headers(scope=scope).get("accept-encoding", ""))
        if found.status_code in (200, 304):
            found.headers["cache-control"] = _YEAR if path.startswith("assets/") else "no-cache"
        return found


async def _packed(plain: FileResponse, accepted: str) -> Response:
    """The same file as short as the asker can read it."""
    file = Path(plain.path)
    size = int(plain.headers.get("content-length", "0"))
    if file.suffix not in _TEXT or size < _SMALLEST:
        return plain
    codings = {one.partition(";")[0].strip().lower() for one in accepted.split(",") if ";q=0" not in one}
    twin = file.with_name(f"{file.name}.br")
    found: Response = plain
    if "br" in codings and twin.is_file():
        found = FileResponse(twin, media_type=plain.media_type)
        found.headers["content-encoding"] = "br"
    elif "gzip" in codings:
        body = await asyncio.to_thread(_gzipped, str(file), plain.headers["etag"])
        found = Response(body, media_type=plain.media_type, headers={"content-encoding": "gzip"})
    if found is not plain:  # one thing in several codings has one weak tag
        found.headers["etag"] = f"W/{plain.headers['etag']}"
        found.headers["last-modified"] = plain.headers["last-modified"]
    found.headers["vary"] = "accept-encoding"
    return found


@lru_cache(_FILES_PACKED)
def _gzipped(path: str, _tag: str) -> bytes:
    """`_tag` changes with the file."""
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)

"""Answers that are asked for again and again over thin links: packed, and whole only when they changed."""

import gzip
import hashlib

from fastapi import Request, Response

from maps.piece import accepts_gzip

_SMALLEST = 1000  # bytes; less is not packed


def packed(request: Request, body: bytes, media_type: str, status: int = 200) -> Response:
    """The body with a tag of what it says; 304 to whoever has it, gzip for whoever can unpack it."""
    headers = {"cache-control": "no-cache, private", "vary": "accept-encoding, cookie"}
    if status == 200:
        headers["etag"] = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
    if len(body) > _SMALLEST and accepts_gzip(request.headers.get("accept-encoding", "")):
        body = gzip.compress(body, 6, mtime=0)
        headers["content-encoding"] = "gzip"
    return Response(body, status, headers=headers, media_type=media_type)

"""How much the page's first visit takes over a thin link, and how its files are sent."""

import gzip

import httpx
import pytest

from maps.server import STATIC
from tests.maps.browser import browsing, until
from tests.maps.door import Door
from tests.maps.test_page import LIVE

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
MOST = 550_000  # bytes in brotli, with the head of each answer
HEAD = 700
DRAWN = LIVE + " && performance.getEntriesByType('resource').some(one => one.name.includes('overview.json'))"


def packed(path: str) -> int:
    """What a file takes over the link."""
    file = STATIC / ("index.html" if path == "/" else path.removeprefix("/"))
    twin = file.with_name(f"{file.name}.br")
    return (twin if twin.is_file() else file).stat().st_size + HEAD


def test_the_first_visit_takes_at_most_550_kb(still_door: Door) -> None:
    """All that is asked for until the map can be used: page, styles, font, scripts, workers and basemap."""
    with browsing() as found:
        page = found.context.new_page()
        page.goto(still_door.url)
        until(page, DRAWN)
        asked = {httpx.URL(url).path for url in found.requests if url.startswith(still_door.url)}
    sizes = {path: packed(path) for path in asked if not path.startswith("/api/")}
    kinds = {path.rpartition(".")[2] for path in sizes}
    assert {"/", "js", "css", "woff2", "json", "svg"} <= kinds
    assert sum("worker" in path for path in sizes) == 2  # the map's and the live link's
    assert sum(sizes.values()) <= MOST, sizes


@pytest.mark.parametrize("accepts", ["br, gzip", "gzip", "identity", "br;q=0, gzip"])
def test_a_file_is_sent_as_short_as_the_asker_can_read_it(still_door: Door, accepts: str) -> None:
    script = next(path for path in STATIC.glob("assets/index-*.js"))
    path = f"/assets/{script.name}"
    coding = {"br, gzip": "br", "identity": None}.get(accepts, "gzip")
    with httpx.stream("GET", still_door.url + path, headers={"accept-encoding": accepts}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["vary"] == "accept-encoding"
    assert "immutable" in answer.headers["cache-control"]
    assert int(answer.headers["content-length"]) == len(raw)
    plain = script.read_bytes()
    if coding == "br":
        assert raw == script.with_name(f"{script.name}.br").read_bytes()
    else:
        assert (gzip.decompress(raw) if coding else raw) == plain
    again = {"accept-encoding": accepts, "if-none-match": answer.headers["etag"]}
    assert httpx.get(still_door.url + path, headers=again).status_code == 304


def test_what_has_no_hash_in_its_name_is_asked_for_again(still_door: Door) -> None:
    for path in ("/", "/sw.js", "/build.json", "/basemap/overview.json"):
        answer = httpx.get(still_door.url + path)
        assert answer.headers["cache-control"] == "no-cache", path

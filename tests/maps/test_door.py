"""Who may come in, what is answered to wrong questions, how the page's files are served."""

import json

import httpx
import psycopg2
import pytest

from casevac.store import asides
from maps.guard import MOST_BODY
from maps.server import STATIC
from tests.maps.door import Door, serving, wait_for
from tests.maps.mission import Story

ALERT = {"who": "PATROL 3", "what": "mine strike", "how_many": 1, "place": "19.1,5.75"}


def post_raw(door: Door, body: bytes, **headers: str) -> httpx.Response:
    return door.http.post(
        "/api/requests", content=body, headers={"content-type": "application/json"} | headers
    )


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1", "[::1]:8080", "LOCALHOST"])
def test_loopback_names_may_come_in(still_door: Door, host: str) -> None:
    found = still_door.http.get("/api/missions", headers={"host": host.format(port=still_door.port)})
    assert found.status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "", "localhost.evil:1"])
def test_another_host_is_refused(still_door: Door, host: str) -> None:
    found = still_door.http.get("/api/live/snapshot", headers={"host": host})
    assert found.status_code == 421 or (host == "" and found.status_code == 400)
    assert "entities" not in found.text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://[::1"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_a_foreign_page_cannot_command(still_door: Door, still: Story, headers: dict[str, str]) -> None:
    found = post_raw(still_door, json.dumps(ALERT).encode(), **headers)
    assert found.status_code == 403
    assert found.json()["error"] == "WrongOrigin"
    assert still.count("SELECT count(*) FROM events WHERE kind = 'alert_raised'") == 0


def test_our_own_page_can_command(door: Door) -> None:
    own = {"origin": door.url, "sec-fetch-site": "same-origin"}
    assert post_raw(door, json.dumps(ALERT).encode(), **own).status_code == 201


def test_a_form_of_another_kind_is_refused(still_door: Door) -> None:
    found = post_raw(still_door, b"who=x", **{"content-type": "text/plain"})
    assert found.status_code == 415


def test_a_large_body_is_refused_whether_it_says_so_or_not(still_door: Door) -> None:
    large = json.dumps(ALERT | {"what": "x" * MOST_BODY}).encode()
    assert post_raw(still_door, large).status_code == 413

    def bits():
        for start in range(0, len(large), 1000):
            yield large[start : start + 1000]

    found = still_door.http.post(
        "/api/requests", content=bits(), headers={"content-type": "application/json"}
    )
    assert found.status_code == 413
    assert found.json()["error"] == "TooLarge"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "not JSON"),
        (b"[]", "the body"),
        (json.dumps(ALERT | {"how_many": 0}).encode(), "how_many"),
        (json.dumps(ALERT | {"how_many": "many"}).encode(), "how_many"),
        (json.dumps(ALERT | {"lon": 1e400, "lat": 5}).encode(), "not a place"),
        (json.dumps(ALERT | {"lon": 19, "lat": 91}).encode(), "latitude 91"),
        (b'{"who":"a","what":"b","how_many":1,"lon":NaN,"lat":5}', "not a place"),
        (json.dumps({"who": "a", "what": "b", "how_many": 1}).encode(), "place"),
        (json.dumps({"what": "b", "how_many": 1, "place": "19,5"}).encode(), "who is missing"),
        (json.dumps(ALERT | {"ward": 1}).encode(), "ward"),
        (json.dumps(ALERT | {"injury_at": "2026-11-22T05:00:00"}).encode(), "injury_at"),
        (json.dumps(ALERT | {"place": "nowhere at all"}).encode(), "no place"),
        (json.dumps(ALERT | {"place": "19,91"}).encode(), "latitude 91"),
        (json.dumps(ALERT | {"what": "a\x00b"}).encode(), "no text may hold"),
        (b'{"who":"a","what":"\\ud800","how_many":1,"place":"19,5"}', "no text may hold"),
    ],
)
def test_a_wrong_alert_is_named_in_words(still_door: Door, still: Story, body: bytes, words: str) -> None:
    found = post_raw(still_door, body)
    assert found.status_code in (404, 422), found.text
    told = found.json()
    assert set(told) == {"error", "message"}
    assert words in told["message"]
    assert "\n" not in told["message"]
    assert still.count("SELECT count(*) FROM events WHERE kind = 'alert_raised'") == 0


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/nothing", 404, "nothing is at"),
        ("/api/route?from=19,5", 422, "to is missing"),
        ("/api/route?from=19,91&to=19,5", 422, "latitude 91"),
        ("/api/route?from=nan,5&to=19,5", 422, "not a place"),
        ("/api/route?from=18.55,4.36&to=-30,0", 422, "from the nearest road"),
        ("/api/route?from=18.55,4.36&to=19.1,5.75&profile=boat", 422, "boat"),
        ("/api/nearest?at=19.1,5.75&need=MAGIC", 422, "MAGIC"),
        ("/api/nearest?at=19.1,5.75&k=-1", 422, "k "),
        ("/api/casualties?mission=other", 404, "no mission 'other'"),
        ("/api/devices/nobody/reports", 404, "no device"),
        ("/api/devices/amb-1/reports?limit=0", 422, "limit"),
        ("/api/replay/picture?at=yesterday", 422, "at "),
        ("/api/place?text=", 404, "no place"),
        ("/api/place?text=%00", 400, "no text may hold"),
        ("/api/devices/%00/reports", 400, "no text may hold"),
    ],
)
def test_a_wrong_question_is_named_in_words(still_door: Door, path: str, status: int, words: str) -> None:
    found = still_door.http.get(path)
    assert found.status_code == status, found.text
    assert words in found.json()["message"]


def test_a_wrong_method_is_named(still_door: Door) -> None:
    assert post_raw(still_door, b"{}").status_code == 422
    found = still_door.http.post("/api/missions", json={})
    assert found.status_code == 405
    assert found.json()["error"] == "WrongMethod"


def test_the_contract_is_served_with_examples_and_no_foreign_page(still_door: Door) -> None:
    told = still_door.get("/openapi.json")
    paths = told["paths"]
    for path in ("/api/route", "/api/nearest", "/api/live/snapshot", "/api/requests", "/api/voice"):
        assert path in paths
    for path, methods in paths.items():
        for method, route in methods.items():
            good = next(answer for code, answer in route["responses"].items() if code.startswith("2"))
            contents = good["content"].values()
            assert all("example" in content for content in contents), (method, path)
    assert still_door.http.get("/docs").status_code == 404


def test_every_answer_carries_the_policy(still_door: Door) -> None:
    for path in ("/", "/api/health", "/api/nothing"):
        headers = still_door.http.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe-eval" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.skipif(not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build")
def test_hashed_files_are_kept_and_the_page_is_not(still_door: Door) -> None:
    assert still_door.http.get("/").headers["cache-control"] == "no-cache"
    asset = next((STATIC / "assets").iterdir()).name
    assert "immutable" in still_door.http.get(f"/assets/{asset}").headers["cache-control"]
    assert still_door.http.get("/../server.py").status_code == 404
    assert still_door.http.get("/%2e%2e/server.py").status_code == 404


def test_health_tells_parts_and_what_was_set_aside(story: Story) -> None:
    db = story.db()
    with db:
        asides.set_aside(db, [asides.Aside("casevac/v1/x/report", "x", None, "not JSON", b"\xff")])
    db.close()
    state = {"ingest": {"state": "ready"}, "database": {"state": "external"}}
    with serving(story, parts=lambda: state) as door:
        wait_for(lambda: door.get("/api/health")["status"] == "ok")
        wait_for(lambda: door.get("/api/health")["set_aside"] == 1)
        for word in ("starting", "unready"):
            state["ingest"] = {"state": word}
            wait_for(lambda: door.get("/api/health")["status"] == "degraded")
        state["ingest"], state["database"] = {"state": "ready"}, {"state": "unreachable"}
        wait_for(lambda: door.get("/api/health")["status"] == "degraded")


def test_health_answers_when_the_store_refuses_for_a_reason_of_its_own(story: Story) -> None:
    """A table that lost its column is no lost connection, and no reason to say nothing."""
    with serving(story) as door:
        wait_for(lambda: door.get("/api/health")["status"] == "ok")
        db = story.db()
        db.autocommit = True
        db.cursor().execute("ALTER TABLE store_identity RENAME COLUMN epoch TO era")
        db.close()
        # That this machine has no account is known by now or soon: its people are told what is wrong.
        assert wait_for(lambda: "epoch" in (door.get("/api/health").get("store", {}).get("trouble") or ""))
        assert door.get("/api/health")["status"] == "down"


def test_without_a_store_health_answers_and_the_rest_is_refused_by_name(story: Story) -> None:
    away = Story("postgresql://casevac@127.0.0.1:1/none", story.home)
    with serving(away) as door:
        assert door.get("/api/health")["status"] == "down"
        for path in ("/api/live/snapshot", "/api/live/events", "/api/casualties", "/api/missions"):
            found = door.http.get(path)
            assert found.status_code == 503
            assert found.json()["error"] == "StoreUnreachable"
        assert door.post("/api/requests", ALERT).status_code == 503


def test_a_store_without_tables_is_named(story: Story) -> None:
    db = psycopg2.connect(story.url)
    db.autocommit = True
    db.cursor().execute("CREATE DATABASE bare")
    bare = Story(story.url.replace(db.info.dbname, "bare"), story.home)
    with serving(bare) as door:
        assert door.get("/api/health")["status"] == "down"
        assert "not prepared" in door.http.get("/api/live/snapshot").json()["message"]
    db.cursor().execute("DROP DATABASE bare WITH (FORCE)")
    db.close()


def test_an_empty_store_says_that_no_mission_is_open(story: Story) -> None:
    db = psycopg2.connect(story.url)
    db.autocommit = True
    db.cursor().execute("CREATE DATABASE empty_one TEMPLATE casevac_template")
    empty = Story(story.url.replace(db.info.dbname, "empty_one"), story.home)
    with serving(empty) as door:
        wait_for(lambda: door.get("/api/health")["status"] == "ok")
        found = door.http.get("/api/live/snapshot")
        assert (found.status_code, found.json()["message"]) == (404, "no mission is open yet")
    db.cursor().execute("DROP DATABASE empty_one WITH (FORCE)")
    db.close()

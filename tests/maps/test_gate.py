"""Who may come in and do what: accounts at the door, as programs meet it."""

import json
import logging
import re
import threading
from pathlib import Path

import httpx
import pytest

from casevac.access import ROUTES, AccountRole
from casevac.store import attempts, sessions
from maps import login
from maps.gate import is_outer
from maps.server import create
from tests.maps.door import Door, Reader, serving, wait_for
from tests.maps.mission import Story
from tests.maps.people import PASSWORD, close, log_in, person, serving_tls, visiting, watching

ALERT = {"who": "PATROL 3", "what": "mine strike", "how_many": 1, "place": "19.1,5.75"}
VIEWER, MEDIC, WATCH_KEEPER, COORDINATOR = AccountRole


def refused(answer: httpx.Response, status: int, error: str) -> str:
    """The words of a refusal."""
    told = answer.json()
    assert (answer.status_code, told["error"]) == (status, error), answer.text
    return str(told["message"])


def actors(story: Story) -> list[tuple[str, str]]:
    db = story.db()
    with db, db.cursor() as cursor:
        cursor.execute("SELECT kind, actor FROM events WHERE source IN ('page', 'voice') ORDER BY seq")
        rows = cursor.fetchall()
    db.close()
    return rows


def routes(story: Story) -> list[tuple[str, str]]:
    """Method and path of every route that the app describes."""
    app = create(story.url, story.home)
    told = app.openapi()["paths"]
    return [(method.upper(), path) for path, methods in told.items() for method in methods]


def test_without_an_account_this_machine_is_let_in_as_before(door: Door, story: Story) -> None:
    told = door.get("/api/me")
    assert (told["name"], told["role"], told["door"]) == ("watch-keeper", "coordinator", "open")
    assert door.post("/api/requests", ALERT).status_code == 201
    assert actors(story)[0] == ("alert_raised", "watch-keeper")
    assert "no account yet" in refused(log_in(door, "amina"), 401, "WrongLogin")


def test_every_route_that_commands_is_in_the_table_of_rights(story: Story) -> None:
    posts = {path for method, path in routes(story) if method not in ("GET", "HEAD")}
    assert posts - login.OPEN - login.WATCHING == set(ROUTES)


def test_once_there_is_an_account_every_route_asks(door: Door, story: Story) -> None:
    person(story, "amina", COORDINATOR)
    for method, path in routes(story):
        if path in login.OPEN:
            continue
        place = re.sub(r"\{\w+\}", "x", path)
        told = door.http.request(method, place, json={} if method == "POST" else None)
        assert refused(told, 401, "LoginNeeded").startswith("log in first: POST /api/login"), path
    assert actors(story) == []


def test_strangers_see_the_page_and_one_word_of_the_health(door: Door, story: Story) -> None:
    assert "store" in door.get("/api/health")
    person(story, "amina", VIEWER)
    wait_for(lambda: set(door.get("/api/health")) == {"status"})  # at once, if the store answers within 0.8 s
    assert door.http.get("/").status_code in (200, 503)  # 503 says how to build it
    log_in(door, "amina")
    wait_for(lambda: "store" in door.get("/api/health"))


def test_who_may_look_is_not_known_before_the_store_answers_once(story: Story) -> None:
    """It may have accounts: nobody is let in by it, and the health is one word."""
    with serving(Story("postgresql://casevac@127.0.0.1:1/none", story.home)) as door:
        assert door.get("/api/health") == {"status": "down"}
        for path in ("/api/me", "/api/casualties", "/api/live/events", "/api/replay/range", "/api/devices"):
            assert "PostgreSQL does not answer" in refused(door.http.get(path), 503, "StoreUnreachable")
        assert "PostgreSQL" in refused(log_in(door, "amina"), 503, "StoreUnreachable")


def test_a_login_gives_a_cookie_that_no_script_and_no_other_site_can_use(door: Door, story: Story) -> None:
    person(story, "amina", MEDIC)
    told = log_in(door, "Amina")
    assert (told.json()["name"], told.json()["role"], told.json()["door"]) == ("amina", "medic", "asks")
    assert "casualty_triaged" in told.json()["may"]
    cookie = told.headers["set-cookie"]
    for word in ("HttpOnly", "SameSite=strict", "Path=/", f"Max-Age={sessions.SHIFT_S}"):
        assert word in cookie
    assert "Secure" not in cookie
    assert door.get("/api/me")["name"] == "amina"


@pytest.mark.parametrize(("name", "password"), [("amina", "green lamp 43"), ("nobody", PASSWORD)])
def test_a_wrong_login_does_not_say_what_is_wrong(door: Door, story: Story, name: str, password: str) -> None:
    person(story, "amina", MEDIC)
    told = log_in(door, name, password)
    assert refused(told, 401, "WrongLogin") == "name or password is wrong"
    assert "set-cookie" not in told.headers


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        '{"name":"amina"}',
        '{"name":"amina","password":12345678901}',
        '{"name":"a","password":"x","y":1}',
    ],
)
def test_what_is_no_login_is_refused_without_repeating_it(door: Door, story: Story, body: str) -> None:
    told = door.http.post("/api/login", content=body, headers={"content-type": "application/json"})
    assert "12345" not in refused(told, 422, "BadMessage")


def test_the_log_names_whoever_acts(door: Door, story: Story) -> None:
    person(story, "amina", COORDINATOR)
    person(story, "musa", MEDIC)
    log_in(door, "amina")
    request = door.post("/api/requests", ALERT).json()["request"]
    with visiting(door, "musa") as other:
        casualty = other.get("/api/casualties")[0]["id"]
        assert other.post(f"/api/casualties/{casualty}/triage", {"category": "T1"}).status_code == 201
        told = {"kind": "bleeding_controlled", "casualty": casualty, "speaker": "PATROL 3"}
        assert other.post("/api/voice", told).status_code == 201
    assert door.post(f"/api/requests/{request['id']}/options", {}).status_code == 200
    told_by = dict(actors(story))
    assert told_by["alert_raised"] == told_by["options_computed"] == "amina"
    assert told_by["casualty_triaged"] == told_by["bleeding_controlled"] == "musa"


def test_a_role_reaches_as_far_as_the_table_says(door: Door, story: Story) -> None:
    for role in AccountRole:
        person(story, f"the-{role.value}", role)
    story.alert()
    (request,) = [one["id"] for one in _as(door, "the-viewer").get("/api/requests")]
    body = {"decision": "D-1", "option": "1"}
    hazard = {"hazard_kind": "closure", "name": "bridge", "affects": ["ground"], "lon": 19.3, "lat": 5.8}
    spoken = {"kind": "position", "speaker": "x", "vehicle": "amb-1", "lon": 19.0, "lat": 5.7}

    viewer = _as(door, "the-viewer")
    assert (
        refused(viewer.post(f"/api/requests/{request}/task", body), 403, "NotAllowed")
        == "a viewer may not task a vehicle; ask a coordinator"
    )
    assert "ask a medic" in refused(viewer.post("/api/requests", ALERT), 403, "NotAllowed")
    assert "ask a watch-keeper" in refused(viewer.post("/api/voice", spoken), 403, "NotAllowed")

    medic = _as(door, "the-medic")
    assert medic.post("/api/requests", ALERT).status_code == 201
    assert "report a hazard" in refused(medic.post("/api/hazards", hazard), 403, "NotAllowed")
    spoken_hazard = {"kind": "hazard_reported", "speaker": "x", **hazard}
    assert "report a hazard" in refused(medic.post("/api/voice", spoken_hazard), 403, "NotAllowed")

    keeper = _as(door, "the-watch-keeper")
    assert keeper.post("/api/voice", spoken).status_code == 201
    assert keeper.post("/api/hazards", hazard | {"radius_m": 200}).status_code == 201
    assert keeper.post(f"/api/requests/{request}/options", {}).status_code == 200
    assert "task a vehicle" in refused(keeper.post(f"/api/requests/{request}/task", body), 403, "NotAllowed")
    assert "order a request" in refused(
        keeper.post(f"/api/requests/{request}/order", {"vehicle": "amb-1"}), 403, "NotAllowed"
    )

    chief = _as(door, "the-coordinator")
    decision = chief.post(f"/api/requests/{request}/options", {}).json()["decision"]
    chosen = {"decision": decision, "option": "1"}
    assert chief.post(f"/api/requests/{request}/task", chosen).status_code == 201
    assert refused(chief.post("/api/voice", {"kind": "nonsense", "speaker": "x"}), 422, "BadMessage")


def _as(door: Door, name: str) -> Door:
    assert log_in(door, name).status_code == 200
    return door


def test_too_many_wrong_logins_are_put_off_and_say_for_how_long(door: Door, story: Story) -> None:
    person(story, "amina", MEDIC)
    for _ in range(attempts.OF_ACCOUNT + 3):
        told = log_in(door, "amina", "wrong password")
        if told.status_code == 429:
            break
    assert "try again in" in refused(told, 429, "TooManyAttempts")
    assert int(told.headers["retry-after"]) >= 1
    wait_for(
        lambda: log_in(door, "amina").status_code == 200
    )  # the right person is kept out for a moment only


def test_logins_that_come_at_once_are_counted_before_they_are_looked_at(door: Door, story: Story) -> None:
    person(story, "amina", MEDIC)
    codes: list[int] = []

    def guess(number: int) -> None:
        told = httpx.post(
            f"{door.url}/api/login", json={"name": "amina", "password": f"guess {number} 12345"}, timeout=60
        )
        codes.append(told.status_code)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(codes) == 16
    assert codes.count(401) <= attempts.OF_ACCOUNT + 3  # a second or two may pass meanwhile
    assert codes.count(429) == 16 - codes.count(401)


def test_logging_out_ends_the_session_and_its_stream_at_once(door: Door, story: Story) -> None:
    person(story, "amina", MEDIC)
    log_in(door, "amina")
    token = dict(door.http.cookies)
    reader = watching(door)
    assert reader.status == 200
    assert door.http.post("/api/logout", json={}).json() == {"name": None}
    assert reader.ended.wait(60)
    assert "session has ended" in reader.of("reset")[0]["reason"]
    assert dict(door.http.cookies) == {}
    stolen = httpx.get(f"{door.url}/api/live/snapshot", cookies=token)
    assert refused(stolen, 401, "LoginNeeded")
    assert door.http.post("/api/logout", json={}).status_code == 200  # again is harmless
    assert door.http.post("/api/logout").status_code == 200  # no body, so no kind of it either
    assert door.http.post("/api/logout", data={"a": "b"}).json() == {"name": None}
    foreign = door.http.post("/api/logout", headers={"origin": "http://evil.example"})
    assert refused(foreign, 403, "WrongOrigin")


def test_a_closed_account_is_out_and_so_is_its_open_stream(door: Door, story: Story) -> None:
    person(story, "amina", COORDINATOR)
    person(story, "musa", VIEWER)
    log_in(door, "amina")
    with visiting(door, "musa") as other:
        mine, theirs = watching(door), watching(other)
        close(story, "musa")
        assert refused(other.http.get("/api/casualties"), 401, "LoginNeeded")
        assert theirs.ended.wait(60)
        assert not mine.ended.is_set()
        assert refused(log_in(other, "musa"), 401, "WrongLogin")
        mine.close()


def test_the_first_account_ends_the_streams_of_the_open_door(door: Door, story: Story) -> None:
    reader = Reader(door.url).start()
    person(story, "amina", VIEWER)
    assert reader.ended.wait(60)
    assert Reader(door.url).start().status == 401


def test_replay_asks_too(door: Door, story: Story) -> None:
    person(story, "amina", VIEWER)
    for path in ("/api/replay/range", "/api/replay/picture?at=2026-11-22T05:00:00Z"):
        assert refused(door.http.get(path), 401, "LoginNeeded")
    log_in(door, "amina")
    assert door.http.get("/api/replay/range").status_code == 200


def test_the_secure_door_always_asks_and_its_cookie_is_secure(story: Story, tmp_path: Path) -> None:
    with serving_tls(story, tmp_path) as door:
        assert "casevac account add" in refused(door.http.get("/api/casualties"), 401, "LoginNeeded")
        assert set(door.get("/api/health")) == {"status"}
        assert "casevac account add" in refused(door.http.get("/metrics"), 401, "LoginNeeded")
        assert "casevac account add" in refused(log_in(door, "amina"), 401, "WrongLogin")
        person(story, "amina", MEDIC)
        cookie = log_in(door, "amina").headers["set-cookie"]
        assert cookie.startswith(f"__Host-casevac-{door.port}=")
        assert "Secure" in cookie
        assert door.post("/api/requests", ALERT).status_code == 201
        assert actors(story)[0] == ("alert_raised", "amina")


@pytest.mark.parametrize(
    ("scheme", "client", "outer"),
    [
        ("http", ("127.0.0.1", 5), False),
        ("http", ("::1", 5), False),
        ("http", ("10.1.2.3", 5), True),
        ("https", ("127.0.0.1", 5), True),
        ("http", None, True),
        ("http", ("nonsense", 1), True),
    ],
)
def test_only_plain_requests_of_this_machine_are_inner(scheme: str, client: object, outer: bool) -> None:
    assert is_outer({"scheme": scheme, "client": client}) == outer


def test_a_caller_cannot_say_that_it_comes_from_elsewhere(door: Door, story: Story) -> None:
    lie = {"x-forwarded-for": "10.9.9.9", "x-forwarded-proto": "https"}
    assert door.http.get("/api/me", headers=lie).json()["door"] == "open"


def test_logins_and_changes_are_in_the_log_and_no_password_is(
    door: Door, story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "maps.gate")
    reader = Reader(door.url).start()
    person(story, "amina", MEDIC)
    assert reader.ended.wait(60)  # the gate has looked, and knows of amina
    log_in(door, "amina", "wrong password 1")
    log_in(door, "my password typed as name", "x")
    log_in(door, "amina")
    door.http.post("/api/logout", json={})
    close(story, "amina")
    wait_for(lambda: "account amina was closed" in caplog.text)
    person(story, "musa", VIEWER)
    wait_for(lambda: "account musa was made, as viewer" in caplog.text)
    for words in (
        "a login from 127.0.0.1 failed: of amina",
        "a login from 127.0.0.1 failed: of no account",
        "amina logged in as medic from 127.0.0.1",
        "amina logged out",
    ):
        wait_for(lambda words=words: words in caplog.text)
    assert "wrong password" not in caplog.text
    assert "my password" not in caplog.text
    assert json.dumps(PASSWORD)[1:-1] not in caplog.text


def test_a_guesser_does_not_fill_the_log(door: Door, story: Story, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "maps.gate")
    person(story, "amina", MEDIC)
    answers = [log_in(door, "amina", f"wrong password {n}").status_code for n in range(12)]
    assert set(answers) == {401, 429}
    lines = [record.getMessage() for record in caplog.records if record.name == "maps.gate"]
    assert sorted(lines) == [
        "a login from 127.0.0.1 failed: of amina",
        "a login from 127.0.0.1 was put off: too many failed",
    ]

"""The page against the real server and store, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from casevac.events import FIELD_KINDS, AlertRaised
from casevac.roof.home import Home
from casevac.store import asides
from casevac.store.connection import connect
from casevac.zap import zap
from maps.server import STATIC
from tests.maps.browser import Watched, browsing, shot, until
from tests.maps.door import Door, serving, wait_for
from tests.maps.mission import Story, begin

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
SLIDE = (
    "(slider, end) => { slider.value = slider[end];"
    " slider.dispatchEvent(new Event('input', { bubbles: true })); }"
)
REFUSED = "net::ERR_CONNECTION_REFUSED"  # what a page may ask now and then while its server is away
# Live, and the picture that came is drawn: the link may be there a moment before it.
LIVE = (
    "window.casevac && window.casevac.state().link === 'LIVE' && window.casevac.state().mission"
    " && document.querySelector('.wait').hidden"
)


def opened(watched: Watched, door: Door) -> Page:
    page = watched.context.new_page()
    page.goto(door.url)
    until(page, LIVE)
    return page


def test_a_stored_position_moves_the_mark_on_the_canvas(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    story.move("amb-1", 18.8, 5.1)
    page = opened(watched, door)
    expect(page.locator("body")).to_contain_text("EXERCISE", use_inner_text=True)
    until(page, "window.casevac.layer.assets().some(one => one.kind === 'vehicle' && one.id === 'amb-1')")
    before = page.evaluate("window.casevac.layer.assets().find(one => one.id === 'amb-1')")
    story.move("amb-1", 19.6, 6.2)
    until(
        page,
        "x => { const one = window.casevac.layer.assets().find(one => one.id === 'amb-1');"
        " return one && Math.abs(one.x - x) > 20; }",
        arg=before["x"],
    )
    shot(page, tmp_path / "live.png")


def test_a_stray_position_does_not_spoil_the_first_view(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    """A phone at 0,0 and a vehicle that jumped to another continent: the map opens on the mission."""
    story.move("amb-1", 19.6, 6.2)
    story.move("phone", 0.0, 0.0)
    story.move("heli-1", -70.0, 10.0, flags=("jump",))
    page = opened(watched, door)
    until(page, "window.casevac.layer.assets().some(one => one.id === 'amb-1')")
    width = page.locator(".assets-canvas").evaluate("one => one.clientWidth")
    x = {one["id"]: one["x"] for one in page.evaluate("window.casevac.layer.assets()")}
    assert 0 < x["bangui"] < x["amb-1"] < x["bria"] < width
    assert x["bria"] - x["bangui"] > width / 3  # both shown as large as they fit
    assert not 0 <= x.get("phone", -1.0) <= width
    assert not 0 <= x.get("heli-1", -1.0) <= width
    shot(page, tmp_path / "first.png")


@pytest.mark.parametrize("width", [1440, 1024, 360])
def test_the_state_of_a_casualty_is_never_cut(
    door: Door, story: Story, watched: Watched, tmp_path: Path, width: int
) -> None:
    alert = story.alert(many=2)
    first = alert.body.casualties[0]
    story.triage(first)
    story.load(first)
    page = opened(watched, door)
    page.set_viewport_size({"width": width, "height": 900})
    until(page, "document.querySelectorAll('.casualties .state').length === 2")
    cut = (
        "[...document.querySelectorAll('.casualties .state')].filter(one => {"
        " const [box, row] = [one, one.closest('button')].map(each => each.getBoundingClientRect());"
        " return one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight"
        " || box.right > row.right || getComputedStyle(one).textOverflow === 'ellipsis'; })"
        ".map(one => one.textContent)"
    )
    assert page.evaluate(cut) == []
    shot(page, tmp_path / f"states-{width}.png")


def test_eight_tabs_of_one_browser_stay_live(door: Door, story: Story, watched: Watched) -> None:
    pages = [opened(watched, door) for _ in range(8)]
    seq = story.alert().seq
    for page in pages:
        until(page, "seq => window.casevac.state().seq === seq", seq)
        until(page, LIVE)
    wait_for(lambda: door.get("/api/health")["live"]["viewers"] == 1)  # one stream, shared by all tabs


def test_an_alert_is_raised_by_keyboard_alone(door: Door, story: Story, watched: Watched) -> None:
    page = opened(watched, door)
    page.keyboard.press("a")
    for number, text in enumerate(("PATROL 3", "19.1,5.75", "2", "mine strike")):
        if number:
            page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    wait_for(lambda: len(door.get("/api/casualties")) == 2)
    until(page, "window.casevac.state().counts.casualties === 2")
    assert door.get("/api/requests")[0]["who"] == "PATROL 3"


def test_a_key_pressed_at_once_acts_on_what_was_clicked(door: Door, story: Story, watched: Watched) -> None:
    """Not on what a screen showed before: the click and the key come in one moment, as of a quick hand."""
    story.alert("leg", many=1)
    story.alert("arm", many=1)
    page = opened(watched, door)
    expect(page.locator("[data-testid=request-row]")).to_have_count(2)
    page.wait_for_timeout(300)  # nothing is waiting to be drawn any more
    asked = page.evaluate(
        """() => {
          const row = document.querySelector("[data-testid=request-row]");
          row.click();
          row.dispatchEvent(new KeyboardEvent("keydown", { key: "o", bubbles: true }));
          return row.dataset.id;
        }"""
    )
    expect(page.locator("[data-testid=task]").first).to_be_visible(timeout=30_000)
    expect(page.locator(".answer-head h3")).to_contain_text(asked)


def test_the_replay_slider_changes_the_picture(door: Door, story: Story, watched: Watched) -> None:
    story.move("amb-1", 18.8, 5.1)
    page = opened(watched, door)
    story.alert(many=3)
    until(page, "window.casevac.state().counts.casualties === 3")
    page.keyboard.press("y")
    until(page, "window.casevac.state().replay")
    page.wait_for_selector("[data-testid=replay-slider]")
    page.locator("[data-testid=replay-slider]").evaluate(SLIDE, "min")
    until(page, "!window.casevac.layer.assets().some(one => one.kind === 'casualty')")
    page.locator("[data-testid=replay-slider]").evaluate(SLIDE, "max")
    until(page, "window.casevac.layer.assets().some(one => one.kind === 'casualty')")


def test_the_page_comes_back_by_itself_after_the_server_was_gone(story: Story, watched: Watched) -> None:
    with serving(story) as door:
        page = opened(watched, door)
    until(page, "window.casevac.state().link === 'OFFLINE'")
    expect(page.get_by_test_id("stale-banner")).to_contain_text("No connection")
    alert = story.alert()
    with serving(story, door.port):
        until(page, LIVE)
        until(page, "seq => window.casevac.state().seq === seq", alert.seq)
        page.wait_for_selector(f"[data-testid=casualty-row][data-id='{zap(1000)}']")
        expect(page.get_by_test_id("stale-banner")).to_be_hidden()
        page.close()  # before its server goes, of which it would complain
    watched.complaints[:] = [one for one in watched.complaints if REFUSED not in one]


def test_a_server_without_a_mission_is_not_offline(database_url: str, home: Home) -> None:
    """And the page is live by itself once a mission is opened."""
    story = Story(database_url, home.path)
    with serving(story) as door, browsing() as watched:
        page = watched.context.new_page()
        page.goto(door.url)
        until(page, "window.casevac.state().link === 'EMPTY'")
        expect(page.locator(".wait")).to_contain_text("No mission is open")
        expect(page.get_by_test_id("stale-banner")).to_be_hidden()
        begin(database_url, home.path)
        until(page, LIVE)
        expect(page.locator(".wait")).to_be_hidden()


def test_the_page_says_that_its_times_are_estimates(door: Door, watched: Watched) -> None:
    page = opened(watched, door)
    for panel in (".desk > .left", ".desk > .right"):
        expect(page.locator(panel)).to_contain_text("Times are planning estimates", use_inner_text=True)


def test_what_is_heard_by_radio_is_entered_and_shown(door: Door, story: Story, watched: Watched) -> None:
    page = opened(watched, door)
    page.keyboard.press("v")
    form = page.locator("form", has=page.locator("select[name=kind]"))
    form.locator("select[name=kind]").select_option("casualty_reported")
    expect(form.locator("select[name=category]")).to_have_value("UNKNOWN")
    form.locator("input[name=where]").fill("19.1,5.75")
    form.locator("select[name=category]").select_option("T2")
    form.locator("input[name=injury_at]").fill("10")
    form.locator("input[name=speaker]").fill("PATROL 3")
    page.keyboard.press("Enter")
    (casualty,) = wait_for(lambda: door.get("/api/casualties"))
    assert (casualty["category"], casualty["source"], casualty["lon"]) == ("T2", "voice", 19.1)
    assert casualty["injury_at"]
    spoken = {"kind": "position", "speaker": "Sgt Ito", "vehicle": "amb-1", "lon": 18.9, "lat": 5.3}
    assert door.post("/api/voice", spoken).status_code == 201
    until(page, "window.casevac.layer.assets().some(one => one.id === 'amb-1')")
    place = page.evaluate("window.casevac.layer.assets().find(one => one.id === 'amb-1')")
    box = page.locator("canvas").last.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + place["x"], box["y"] + place["y"])
    until(page, "document.body.innerText.includes('by voice, Sgt Ito')")
    expect(page.locator("section.details")).to_contain_text("1000 m", use_inner_text=True)


def heard(page: Page, kind: str, **told: str) -> None:
    """Enter a radio call in the page's own form, by its kind and what is told."""
    page.keyboard.press("v")
    form = page.locator("form", has=page.locator("select[name=kind]"))
    form.locator("select[name=kind]").select_option(kind)
    for name, value in ({"speaker": "P"} | told).items():
        field = form.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    form.locator("input[name=speaker]").press("Enter")
    until(page, "!document.querySelector('[data-testid=voice-form]').open")


def test_the_page_has_a_form_for_every_kind_that_can_be_told(still_door: Door, watched: Watched) -> None:
    page = opened(watched, still_door)
    forms = {
        form["kind"]: [field["name"] for field in form["fields"]]
        for form in still_door.get("/api/voice/kinds")
    }
    assert set(forms) == FIELD_KINDS | {"position"}
    page.keyboard.press("v")
    kind = page.locator("select[name=kind]")
    until(page, "document.querySelectorAll('select[name=kind] option').length > 40")
    for one, fields in forms.items():
        kind.select_option(one)
        shown = page.locator("[data-testid=voice-form] .fields [name]").evaluate_all(
            "all => all.map(x => x.name)"
        )
        assert sorted(shown) == sorted(fields), one


def test_a_kind_of_report_is_found_by_typing_and_its_draft_is_kept(door: Door, watched: Watched) -> None:
    page = opened(watched, door)
    until(page, "document.querySelectorAll('select[name=kind] option').length > 40")
    page.keyboard.press("v")
    page.keyboard.type("hazard rep")
    page.keyboard.press("Enter")
    expect(page.locator("select[name=kind]")).to_have_value("hazard_reported")
    page.locator("[data-testid=voice-form] [name=name]").fill("bridge down")
    page.keyboard.press("Escape")
    page.reload()
    until(page, LIVE)
    until(page, "document.querySelectorAll('select[name=kind] option').length > 40")
    page.keyboard.press("v")
    page.keyboard.type("hazard rep")
    expect(page.locator("[data-testid=voice-form] [name=name]")).to_have_value("bridge down")
    page.locator("[data-testid=voice-form] [name=hazard_kind]").select_option("closure")
    page.locator("[data-testid=voice-form] [name=where]").fill("19.3,5.8")
    page.locator("[data-testid=voice-form] [name=radius_m]").fill("wide")
    page.locator("[data-testid=voice-form] [name=speaker]").fill("P")
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid=voice-form] .trouble")).to_contain_text("a number")
    page.locator("[data-testid=voice-form] [name=radius_m]").fill("800")
    page.keyboard.press("Enter")
    (hazard,) = wait_for(lambda: door.get("/api/hazards"))
    assert (hazard["kind"], hazard["name"], hazard["radius_m"]) == ("closure", "bridge down", 800.0)


def test_a_request_is_walked_by_voice_alone(database_url: str, home: Home, watched: Watched) -> None:
    """From the 9-line to the hand-over: every word entered in the page's own form."""
    story = begin(database_url, home.path, {"air": ("force headquarters",), "ground": ("sector",)})
    with serving(story) as door:
        page = opened(watched, door)
        until(page, "document.querySelectorAll('select[name=kind] option').length > 40")
        heard(page, "position", vehicle="amb-1", where="19.0,5.7")
        nine = {
            "pickup": "19.1,5.75",
            "where": "19.1,5.75",
            "frequency": "38.65",
            "callsign": "P 3",
            "precedences": "urgent_surgical 1",
            "equipment": "none",
            "litter": "1",
            "ambulatory": "0",
        }
        page.keyboard.press("v")
        page.locator("select[name=kind]").select_option("nine_line_sent")
        page.locator("[data-testid=voice-form] details summary").click()
        page.keyboard.press("Escape")
        heard(page, "nine_line_sent", **nine)
        (request,) = wait_for(lambda: door.get("/api/requests"))
        assert request["nine_line"]["missing"] == []
        (casualty,) = request["casualties"]
        heard(page, "alert_acknowledged", request=request["id"], by="watch")
        heard(page, "casualty_triaged", casualty=casualty, category="T1")
        heard(page, "treatment_given", casualty=casualty, treatment="tourniquet", site="left leg", ago="2")
        heard(page, "bleeding_controlled", casualty=casualty)
        heard(
            page, "mist_reported", casualty=casualty, raw="M: mine\nI: left leg\nS: pulse 130\nT: tourniquet"
        )
        heard(page, "answer_ordered", request=request["id"], vehicle="amb-1")
        wait_for(lambda: story.count("SELECT count(*) FROM events WHERE kind = 'answer_ordered'"))
        options = door.post(f"/api/requests/{request['id']}/options", {}).json()
        option = next(one for one in options["options"] if one["vehicles"] == ["amb-1"])
        chosen = {"decision": options["decision"], "option": option["id"]}
        chain = door.post(f"/api/requests/{request['id']}/task", chosen).json()["chain"]
        page.locator(f"[data-testid=request-row][data-id='{request['id']}']").click()
        page.wait_for_selector("[data-testid=approval]:has-text('AWAITING APPROVAL of sector for amb-1')")
        heard(page, "launch_approved", chain=chain["id"], authority="sector")
        page.wait_for_selector("[data-testid=approval]:has-text('approved by sector')")
        expect(page.locator("[data-testid=approve]")).to_be_hidden()
        task = wait_for(lambda: {v["id"]: v for v in door.get("/api/vehicles")}["amb-1"]["task"])
        until(page, f"document.querySelector('[data-id=\"{request['id']}\"]').innerText.includes('AMB 1')")
        heard(page, "task_accepted", task=task["id"])
        heard(page, "inbound_answered", chain=chain["id"], accepts="yes")
        heard(page, "vehicle_status_changed", vehicle="amb-1", state="on_scene")
        heard(page, "casualty_loaded", casualty=casualty, vehicle="amb-1")
        heard(page, "casualty_handed_over", casualty=casualty, facility=chain["facility"])
        wait_for(lambda: door.get(f"/api/casualties/{casualty}")["facility"] == chain["facility"])
        told = door.get(f"/api/casualties/{casualty}")
        assert (told["category"], told["mist"]["mechanism"]) == ("T1", "mine")
        assert told["tourniquets"][0]["site"] == "left leg"
        page.get_by_test_id("queue-badge").wait_for(state="hidden")
        page.close()


def test_a_launch_is_denied_on_the_page_and_says_why(database_url: str, home: Home, watched: Watched) -> None:
    story = begin(database_url, home.path, {"ground": ("sector",), "air": ("sector",)})
    story.move("amb-1", 19.0, 5.7)
    request = story.alert().body
    assert isinstance(request, AlertRaised)
    with serving(story) as door:
        page = opened(watched, door)
        page.locator(f"[data-testid=request-row][data-id='{request.request}']").click()
        page.keyboard.press("o")
        page.locator("[data-testid=task]").first.click()
        form = page.locator("[data-testid=chain] form")
        form.locator("[name=authority]").fill("sector")
        page.locator("[data-testid=deny]").click()
        expect(form.locator(".trouble")).to_contain_text("Reason")
        form.locator("[name=reason]").fill("under fire")
        page.locator("[data-testid=deny]").click()
        page.wait_for_selector("[data-testid=approval]:has-text('DENIED by sector · under fire')")
        (chain,) = [one for one in door.get("/api/chains") if one["request"] == request.request]
        assert chain["approval"]["state"] == "denied"
        page.close()


def test_alarms_are_counted_said_and_lead_to_their_subject(
    door: Door, story: Story, watched: Watched
) -> None:
    page = opened(watched, door)
    expect(page.get_by_test_id("alarm-count")).to_contain_text("0 alarms")
    call = {"kind": "casualty_reported", "speaker": "P", "lon": 19.1, "lat": 5.75}
    told = door.post("/api/voice", call | {"injury_at": "2020-01-01T00:00:00Z"}).json()
    (zap,) = told["entities"]["casualties"]
    page.wait_for_selector(f"[data-testid=alarm-row][data-id='clock:{zap}:surgery']", state="attached")
    expect(page.get_by_test_id("alarm-said")).to_contain_text(re.compile(f"{zap}|new alarms"))
    page.keyboard.press("w")
    page.keyboard.press("Enter")
    until(page, "zap => window.casevac.state().selected?.id === zap", zap)


def test_what_is_wrong_with_the_installation_is_shown_and_what_was_set_aside_can_be_read(
    story: Story, watched: Watched
) -> None:
    db = connect(story.url)
    with db:
        raw = b"<img src=x onerror=alert(1)>"
        asides.set_aside(db, [asides.Aside("casevac/v1/trk-9/report", "trk-9", None, "not JSON", raw)])
    db.close()
    figures: dict[str, object] = {}
    with serving(story, stages=lambda: figures) as door:
        page = opened(watched, door)
        banner = page.get_by_test_id("trouble-banner")
        expect(banner).to_be_hidden()
        held = {
            "stale": False,
            "backlog": 12,
            "fault": "the store's disk is full",
            "oldest_unacknowledged_s": 3,
        }
        figures["ingest"] = {"ingest": held}
        expect(banner).to_be_visible()
        expect(banner).to_contain_text("ingest holds 12 messages without receipt: the store's disk is full")
        figures.clear()
        banner.wait_for(state="hidden")
        page.keyboard.press("w")
        page.get_by_test_id("set-aside").locator("summary").click()
        shown = page.get_by_test_id("aside-row")
        expect(shown).to_contain_text("trk-9", use_inner_text=True)
        expect(shown).to_contain_text("<img src=x onerror=alert(1)>", use_inner_text=True)
        page.close()

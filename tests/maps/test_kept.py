"""A reload without network: what is shown, how old it is said to be, and when it is wiped."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from casevac.access import AccountRole
from maps.server import STATIC
from tests.maps.browser import CONTROLLED, Watched, browsing, shot, until
from tests.maps.door import serving
from tests.maps.mission import Story
from tests.maps.people import PASSWORD, person
from tests.maps.test_page import LIVE

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
KEPT = """async () => {
  const all = await indexedDB.databases();
  if (!all.some(one => one.name === "casevac")) return null;
  return await new Promise(done => {
    const asked = indexedDB.open("casevac");
    asked.onsuccess = () => {
      const db = asked.result;
      if (!db.objectStoreNames.contains("pictures")) { db.close(); done(null); return; }
      const request = db.transaction("pictures").objectStore("pictures").get("");
      request.onsuccess = () => { db.close(); done(request.result ? request.result.picture.seq : null); };
    };
  });
}"""


def ready(watched: Watched, url: str, seq: int) -> Page:
    """The page, live, kept whole on this machine up to an event."""
    page = watched.context.new_page()
    page.goto(url)
    until(page, LIVE)
    until(page, CONTROLLED)
    until(page, f"async seq => (await ({KEPT})()) === seq", seq)
    return page


def test_a_reload_without_network_shows_the_last_picture_marked_stale(story: Story, tmp_path: Path) -> None:
    story.move("amb-1", 18.8, 5.1)
    alert = story.alert(many=2)
    with browsing() as watched:
        with serving(story) as door:
            page = ready(watched, door.url, alert.seq or 0)
        page.reload()
        until(page, "window.casevac && window.casevac.state().link === 'OFFLINE'")
        expect(page.get_by_test_id("casualty-row")).to_have_count(2)
        until(page, "window.casevac.layer.assets().some(one => one.id === 'amb-1')")
        expect(page.get_by_test_id("stale-banner")).to_contain_text(
            re.compile(r"kept on this machine \d+ (s|min) ago")
        )
        before = page.locator(".casualties .left").first.inner_text()
        until(page, "text => document.querySelector('.casualties .left').innerText !== text", before)
        page.keyboard.press("a")
        for number, text in enumerate(("PATROL 3", "19.1,5.75", "1", "fall")):
            if number:
                page.keyboard.press("Tab")
            page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("queue-badge")).to_be_visible()
        page.reload()
        expect(page.get_by_test_id("queue-badge")).to_be_visible()
        shot(page, tmp_path / "kept.png")
        with serving(story, door.port):
            until(page, LIVE)
            expect(page.get_by_test_id("queue-badge")).to_be_hidden()
            expect(page.get_by_test_id("casualty-row")).to_have_count(3)
            page.close()


def test_logging_out_wipes_what_is_kept(story: Story) -> None:
    alert = story.alert()
    person(story, "amina", AccountRole.COORDINATOR)
    with browsing() as watched, serving(story) as door:
        page = watched.context.new_page()
        page.goto(door.url)
        page.locator("input[name=name]").fill("amina")
        page.locator("input[name=password]").fill(PASSWORD)
        page.keyboard.press("Enter")
        until(page, f"async seq => (await ({KEPT})()) === seq", alert.seq)
        page.get_by_test_id("log-out").click()
        until(page, f"async () => (await ({KEPT})()) === null")
        until(page, "window.casevac?.state().login")
        page.close()


def test_a_shared_machine_keeps_nothing(story: Story) -> None:
    """Neither from the login on, nor after the switch in the window of keys."""
    alert = story.alert()
    with browsing() as watched, serving(story) as door:
        page = ready(watched, door.url, alert.seq or 0)
        page.keyboard.press("?")
        page.get_by_test_id("kept").get_by_role("checkbox").check()
        expect(page.get_by_test_id("kept")).to_contain_text("Nothing of the picture is kept")
        until(page, f"async () => (await ({KEPT})()) === null")
        later = story.alert()
        until(page, "seq => window.casevac.state().seq === seq", later.seq)
        page.wait_for_timeout(5000)  # longer than the page waits between two that it keeps
        assert page.evaluate(KEPT) is None
        page.close()


def test_a_page_of_another_version_says_so(story: Story) -> None:
    story.alert()
    with browsing() as watched, serving(story) as door:
        page = watched.context.new_page()
        watched.context.route(
            re.compile(r"/build\.json$"), lambda route: route.fulfill(json={"build": "another"})
        )
        page.goto(door.url)
        until(page, LIVE)
        banner = page.get_by_test_id("newer-banner")
        expect(banner).to_contain_text("newer version")
        expect(banner.get_by_role("button")).to_be_visible()
        page.close()

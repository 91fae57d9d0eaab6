"""A coordinator without a mouse: every step by keyboard, and the focus never lost from sight."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from maps.server import STATIC
from tests.maps.browser import Watched, shot, until
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story
from tests.maps.test_page import LIVE
from tests.maps.test_watch import RINGS, alarmed, kinds, silenced

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
# What has the focus, if a person sees that it has: not the body, on the screen, with a ring round it.
FOCUS = """() => {
  const one = document.activeElement;
  if (one === null || one === document.body || !one.matches(":focus-visible")) return "";
  const box = one.getBoundingClientRect();
  const across = box.width > 0 && box.right > 0 && box.left < innerWidth;
  const down = box.height > 0 && box.bottom > 0 && box.top < innerHeight;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
  const ring = (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  return across && down && ring ? `${one.tagName} ${one.dataset.testid ?? one.name ?? one.className}` : "";
}"""


class Keyboard:
    """Hands that never leave the keys, and eyes that look for the focus after each step."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        """Press keys one after another; after each the focus is to be seen."""
        for key in keys:
            self.page.keyboard.press(key)
            self.steady()

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.steady()

    def steady(self) -> None:
        """Wait until what has the focus is to be seen."""
        until(self.page, FOCUS)

    def tab_to(self, test_id: str) -> None:
        """Press Tab until that has the focus, as often as there are things to stop at, at most."""
        for _ in range(60):
            if self.page.evaluate("document.activeElement.dataset.testid") == test_id:
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not lead to {test_id}")


def raised(keys: Keyboard, door: Door) -> str:
    """An alert typed in; the id of its request."""
    known = {one["id"] for one in door.get("/api/requests")}
    keys.press("a")
    for number, text in enumerate(("PATROL 3", "19.1,5.75", "1", "mine strike")):
        if number:
            keys.press("Tab")
        keys.type(text)
    keys.press("Enter")
    new = wait_for(lambda: {one["id"] for one in door.get("/api/requests")} - known)
    return str(new.pop())


def acknowledged(keys: Keyboard, story: Story) -> None:
    """Every alarm that rings: one by its button, the others by their key."""
    page = keys.page
    until(page, f"({RINGS}) !== ''")
    keys.press("w")
    keys.tab_to("ack")
    first = len(kinds(story, "alarm_acknowledged"))
    keys.press("Enter")
    wait_for(lambda: len(kinds(story, "alarm_acknowledged")) > first)
    keys.steady()
    silenced(page)
    keys.steady()


def test_from_the_alert_to_the_log_without_a_mouse(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    story.move("amb-1", 19.0, 5.6)
    alarmed(story)
    page = watched.context.new_page()
    page.goto(door.url)
    until(page, LIVE)
    keys = Keyboard(page)
    keys.press("Tab")  # the skip link: from here on something always has the focus
    request = raised(keys, door)
    mine = page.locator(f"[data-testid=request-row][data-id='{request}']")
    expect(mine).to_be_visible()

    keys.press("r", "Enter")
    while page.evaluate("document.activeElement.dataset.id") != request:
        keys.press("ArrowDown")
    keys.press("Enter")
    expect(mine).to_have_attribute("aria-pressed", "true")
    keys.tab_to("acknowledge")
    keys.press("Enter")
    wait_for(lambda: {one["id"]: one for one in door.get("/api/requests")}[request]["acknowledged_at"])
    expect(page.get_by_test_id("acknowledge")).to_be_hidden()
    keys.steady()

    keys.press("o")
    expect(page.get_by_test_id("option-card").first).to_be_visible()
    keys.press("1")
    shot(page, tmp_path / "options.png")
    keys.press("Enter")
    chain = wait_for(lambda: [one for one in door.get("/api/chains") if one["request"] == request])[0]
    expect(page.get_by_test_id("chain")).to_contain_text(chain["id"])
    keys.steady()

    keys.press("b")
    expect(page.get_by_test_id("board-facilities")).to_be_visible()
    keys.press("u")
    expect(page.get_by_test_id("board-vehicles")).to_be_visible()
    keys.press("u")
    expect(page.locator(".map-box")).to_be_visible()

    keys.press("l", "i")
    keys.type("told the ford to keep clear")
    keys.press("Control+Enter")
    expect(page.locator('[data-kind="watch_entry_made"]')).to_contain_text("keep clear")
    keys.steady()

    acknowledged(keys, story)
    shot(page, tmp_path / "done.png")

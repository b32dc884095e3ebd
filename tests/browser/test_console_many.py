"""Much at once: a thousand cards that scroll, three hundred that are cleared by few keys."""

import random
import time
from collections.abc import Callable, Iterator

from playwright.sync_api import CDPSession, Page, expect

from tests.browser.desk import Desk, Waiting, card, sign_in
from tests.browser.driving import EVENTUALLY_MS, Visit

THOUSAND = 1_000
# Of the main thread's own time, which others on the machine do not lengthen: a frame has 16.7.
FRAME_MS = 16.0
KEYS = 180
SEVERE = 6

# As fast as a wheel turns; gives how many frames that took.
_SCROLL = """async () => {
  let frames = 0;
  for (let at = 0; at < document.documentElement.scrollHeight - innerHeight && frames < 400; at += 120) {
    scrollTo({ top: at, behavior: 'instant' });
    await new Promise((resolve) => requestAnimationFrame(resolve));
    frames += 1;
  }
  return frames;
}"""


def _main_thread_ms(session: CDPSession) -> float:
    found = session.send("Performance.getMetrics")["metrics"]
    return next(1000 * float(metric["value"]) for metric in found if metric["name"] == "ThreadTime")


def test_a_thousand_waiting_comments_scroll_smoothly(
    visit: Visit, desk: Desk, record_property: Callable[[str, object], None]
) -> None:
    desk.seed(
        Waiting(f"Number {n} has something to say of the clock, at some length, twice.", 0.9 - n / 2000)
        for n in range(THOUSAND)
    )
    console = visit(viewport={"width": 1280, "height": 900}).open("/review")
    sign_in(console, desk.tokens["Mo"])
    while console.locator(".wide").is_visible():
        console.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        console.wait_for_timeout(50)
    expect(console.locator(".card")).to_have_count(THOUSAND)
    console.evaluate("scrollTo(0, 0)")
    session = console.context.new_cdp_session(console)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _main_thread_ms(session)
    frames = console.evaluate(_SCROLL)
    each = (_main_thread_ms(session) - before) / frames
    record_property("ms of the main thread for each frame", round(each, 1))
    assert each <= FRAME_MS
    card(console, "Number 0 has").focus()
    for _ in range(3):
        console.keyboard.press("j")
    expect(card(console, "Number 3 has")).to_be_focused()
    expect(card(console, "Number 3 has")).to_be_in_viewport()


class Hand:
    """A moderator who only has a keyboard, and whose presses are counted."""

    def __init__(self, page: Page) -> None:
        """Take the page."""
        self.page = page
        self.pressed = 0

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1


def _three_hundred() -> Iterator[Waiting]:
    chance = random.Random(6)
    for number in range(300):
        author, thread = f"reader{number % 12}", f"/article-{number % 3}"
        if number < 60:
            body = f"Cheap tickets at the corner shop, today only{'!' * (number % 5)}"
        else:
            who, what = chance.choice(["clowns", "liars"]), chance.choice(["bridge", "clock", "mill"])
            body = f"Number {number}: {who} decide about the {what}, {chance.getrandbits(64):x}"
        severe = 0.92 if number in range(60, 60 + SEVERE) else 0.01
        yield Waiting(body, round(chance.uniform(0.4, 0.95), 3), author, thread, severe)


def test_three_hundred_are_cleared_by_few_keys(
    visit: Visit, desk: Desk, record_property: Callable[[str, object], None]
) -> None:
    desk.seed(_three_hundred())
    console = visit(viewport={"width": 1280, "height": 900}).open("/review")
    sign_in(console, desk.tokens["Mo"])
    hand = Hand(console)
    # The menu's fifth view: groups. Then by author and by near-duplicate text.
    hand.press("Shift+5")
    expect(console.locator(".group").first).to_be_visible()
    hand.press("g", "g")
    expect(console.get_by_label("Group by")).to_have_value("likeness")
    expect(console.locator(".groups[aria-busy=false]")).to_be_attached()
    _clear(hand, desk, left=240)
    hand.press("g", "g", "g")
    expect(console.get_by_label("Group by")).to_have_value("author")
    expect(console.locator(".groups[aria-busy=false]")).to_be_attached()
    _clear(hand, desk, left=0)
    assert desk.comments("held") == {}
    rejected = desk.comments("rejected")
    assert len(rejected) == 300
    alone = [item for item in rejected.values() if item["scores"]["labels"]["threat"] > 0.8]
    assert len(alone) == SEVERE
    assert not any(item["trail"][-1].get("batch") for item in alone)
    record_property("key presses for 300 comments", hand.pressed)
    assert hand.pressed <= KEYS


_FOCUS = """() => {
  const at = document.activeElement;
  if (document.querySelector('dialog[open]') || document.querySelector('.group-body[aria-busy=true]')) return 'busy';
  if (at.closest('.card')) return at.closest('.card').querySelector('.cover') ? 'covered' : 'card';
  if (at.closest('.group.done') || !at.closest('.group')) return 'nowhere';
  return at.closest('.group').querySelector('.group-body').hidden ? 'closed' : 'open';
}"""


def _where(page: Page) -> str:
    """Say what has the focus, once nothing is being fetched."""
    deadline = time.monotonic() + EVENTUALLY_MS / 1000
    while (found := str(page.evaluate(_FOCUS))) == "busy" and time.monotonic() < deadline:
        page.wait_for_timeout(10)
    return found


def _clear(hand: Hand, desk: Desk, *, left: int) -> None:
    """Reject groups by the first house rule until so many wait; what is severe is read, one by one."""
    page = hand.page
    hand.press("j")
    while len(desk.comments("held")) > left:
        where = _where(page)
        if where == "nowhere":
            hand.press("j")
        elif where == "closed":
            hand.press("Enter")
        elif where == "covered":
            hand.press("v")
        else:
            hand.press("r")
            expect(page.get_by_role("dialog")).to_be_visible()
            hand.press("1")

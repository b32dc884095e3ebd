"""Every view of the console: accessible, as wide as the screen, small and quickly there."""

import gzip
import json
from collections.abc import Callable
from importlib.resources import files

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk, Waiting, sign_in
from tests.browser.driving import Gatepost, Visit

VIEWS = ("queue", "groups", "appeals", "reports", "audit", "blocks", "figures", "policy", "settings")
# The page as it opens, with the queue; and after every other view has loaded what it needs.
PAGE_BYTES = 60_000
VIEWS_BYTES = 75_000
PAINT_MS = 500
Record = Callable[[str, object], None]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
_FOUND = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ['violations'] });
  return violations.map(({ id, nodes }) => [id, nodes.slice(0, 2).map(({ html }) => html.slice(0, 200))]);
}"""


def _seed(desk: Desk) -> None:
    bodies = [Waiting(f"Number {n}: they are clowns, all of them.", 0.9 - n / 50, f"reader{n % 3}") for n in range(12)]
    desk.seed(
        [
            *bodies,
            Waiting("I know where you park your car.", threat=0.93),
            Waiting("All is well.", 0.1, status="approved"),
        ]
    )


def _open_everything(page: Page, view: str) -> None:
    """Open what a view folds away."""
    if view == "queue":
        page.locator("#filters summary").click()
        page.locator(".card .more").first.click()
        page.locator(".card").get_by_role("button", name="Trail").click()
    if view == "groups" and page.locator(".group-head").count():
        page.locator(".group-head").first.click()
        expect(page.locator(".group-body[aria-busy=false]").first).to_be_visible()


def _settled(page: Page, view: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    expect(page.locator(f".view-{view}")).to_be_visible()


def _violations(page: Page) -> list[object]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[object] = page.evaluate(_FOUND)
    return found


@pytest.mark.parametrize("width", [380, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_view(visit: Visit, desk: Desk, scheme: str, width: int) -> None:
    _seed(desk)
    page = visit(color_scheme=scheme, viewport={"width": width, "height": 900}).open("/review")
    found = {"sign-in": _violations(page)}
    sign_in(page, desk.tokens["Ana"])
    for view in VIEWS:
        page.goto(f"{desk.gatepost.url}/review#{view}")
        _settled(page, view)
        _open_everything(page, view)
        found[view] = _violations(page)
    page.keyboard.press("?")
    found["help"] = _violations(page)
    assert {view: faults for view, faults in found.items() if faults} == {}, json.dumps(found, indent=1)


# 640 CSS pixels are 1280 at 200 %.
@pytest.mark.parametrize("width", [320, 380, 640, 1280])
def test_no_view_is_wider_than_the_screen(visit: Visit, desk: Desk, width: int) -> None:
    _seed(desk)
    page = visit(viewport={"width": width, "height": 800}).open("/review")
    sign_in(page, desk.tokens["Ana"])
    wide = {}
    for view in VIEWS:
        page.goto(f"{desk.gatepost.url}/review#{view}")
        _settled(page, view)
        _open_everything(page, view)
        wide[view] = page.evaluate("document.documentElement.scrollWidth")
    assert max(wide.values()) <= width, wide


def test_every_control_has_a_name_and_shows_its_focus(visit: Visit, desk: Desk) -> None:
    _seed(desk)
    page = visit().open("/review")
    sign_in(page, desk.tokens["Ana"])
    seen: set[str] = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(() => { const at = document.activeElement; const look = getComputedStyle(at);"
            " return [at.tagName, at.getAttribute('aria-label') || at.innerText || at.labels?.[0]?.innerText || '',"
            " look.outlineStyle, parseFloat(look.outlineWidth)]; })()"
        )
        if focused[0] == "BODY":
            break
        assert focused[1].strip(), focused
        assert (focused[2], focused[3] >= 2) == ("solid", True), focused
        seen.add(focused[1].strip())
    assert all(any(name.startswith(wanted) for name in seen) for wanted in ("Filters", "Approve", "Reject…", "More")), (
        seen
    )


def test_the_page_is_small(visit: Visit, desk: Desk, gatepost: Gatepost, record_property: Record) -> None:
    _seed(desk)
    visitor = visit()
    asked: set[str] = set()
    visitor.context.on("request", lambda request: asked.add(request.url.split("#")[0]))
    page = visitor.open("/review")
    sign_in(page, desk.tokens["Ana"])
    page.keyboard.press("j")
    files_asked = {url for url in asked if "/v1/" not in url}
    size = sum(len(gzip.compress(gatepost.client.get(url).content, mtime=0)) for url in files_asked)
    for view in VIEWS:
        page.goto(f"{gatepost.url}/review#{view}")
        _settled(page, view)
    everything = {url for url in asked if "/v1/" not in url}
    whole = sum(len(gzip.compress(gatepost.client.get(url).content, mtime=0)) for url in everything)
    record_property("bytes gzipped with the queue, and with every view", (size, whole))
    assert len(files_asked) > 20
    assert size <= PAGE_BYTES
    assert whole <= VIEWS_BYTES


def test_the_first_paint_comes_at_once(visit: Visit, desk: Desk, record_property: Record) -> None:
    _seed(desk)
    visitor = visit()
    sign_in(visitor.open("/review"), desk.tokens["Mo"])
    paints = []
    for _ in range(3):
        page = visitor.open("/review")
        expect(page.locator(".card").first).to_be_visible()
        paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        page.close()
    record_property("ms to the first paint", sorted(paints))
    assert min(paints) <= PAINT_MS


def test_nothing_moves_for_those_who_want_no_motion(visit: Visit, desk: Desk) -> None:
    _seed(desk)
    page = visit(reduced_motion="reduce").open("/review")
    sign_in(page, desk.tokens["Mo"])
    moving = """[...document.querySelectorAll("*")].map((one) => getComputedStyle(one))
        .filter((look) => look.transitionDuration !== "0s" || look.animationName !== "none").length"""
    assert page.evaluate(moving) == 0

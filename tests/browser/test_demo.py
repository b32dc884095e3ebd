"""The comment box under the demo article, as readers use it."""

import json
import re

from playwright.sync_api import Page, Route, expect

from tests.browser.driving import ABUSE, GERMAN, PLAIN, Gatepost, Visit, write


def own(page: Page, status: str) -> None:
    expect(page.locator(f".own.{status}")).to_be_visible()


def test_an_empty_thread_invites(visit: Visit) -> None:
    page = visit().open()
    expect(page.get_by_text("There are no comments. Why not be the first?")).to_be_visible()
    page.get_by_role("button", name="Add your comment").click()
    expect(page.get_by_label("Your comment", exact=True)).to_be_focused()


def test_a_comment_appears_live_in_another_page(visit: Visit) -> None:
    author, reader = visit().open(), visit().open()
    write(author, PLAIN)
    expect(author.locator(".own")).to_be_focused()
    expect(author.get_by_text("Published. Everyone can read it now.", exact=True)).to_be_visible()
    expect(author.get_by_role("heading", name="1 comment")).to_be_visible()
    expect(reader.get_by_text(PLAIN)).to_be_hidden()
    reader.get_by_role("button", name="Show 1 new comment").click()
    expect(reader.get_by_text(PLAIN)).to_be_visible()
    expect(reader.locator("#thread .comment")).to_be_focused()
    expect(author.locator("#show-new")).to_be_hidden()


def test_abuse_is_not_published_and_its_author_reads_why(visit: Visit) -> None:
    author, reader = visit().open(), visit().open()
    write(author, ABUSE)
    expect(author.locator(".own.held, .own.rejected")).to_be_visible()
    expect(author.locator(".why li").first).to_have_text(re.compile(r"\w.*\."))
    expect(author.locator("#news")).to_have_text(re.compile("^Your comment: (This comment was not|A person will read)"))
    reader.reload()
    expect(reader.get_by_text("There are no comments.")).to_be_visible()


def test_faults_stand_beside_their_fields(visit: Visit) -> None:
    page = visit(expected=(422,)).open()
    write(page, " ", "")
    body, name = page.get_by_label("Your comment", exact=True), page.get_by_label("Your name")
    expect(page.locator("#say-body-fault")).to_have_text("Your comment is empty.")
    expect(page.locator("#say-name-fault")).to_have_text("Your name is empty.")
    expect(body).to_be_focused()
    expect(body).to_have_attribute("aria-invalid", "true")
    expect(body).to_have_accessible_description("Your comment is empty.")
    write(page, "a" * 10_001)
    expect(page.locator("#say-body-fault")).to_have_text("Your comment is longer than 10000 characters.")
    expect(page.locator("#say-name-fault")).to_be_hidden()
    expect(name).not_to_have_attribute("aria-invalid", "true")


def test_a_draft_survives_a_reload_with_its_key(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open()
    page.get_by_role("button", name="Add your comment").click()
    page.get_by_label("Your comment", exact=True).fill("Half a thought")
    kept = f"localStorage.getItem('gatepost:demo:{visitor.thread}:draft')"
    before = json.loads(page.evaluate(kept))
    page.reload()
    expect(page.get_by_label("Your comment", exact=True)).to_have_value("Half a thought")
    assert json.loads(page.evaluate(kept)) == before
    assert len(before["key"]) >= 16
    page.get_by_role("button", name="Cancel").click()
    assert page.evaluate(kept) is None


def test_a_lost_answer_makes_no_second_comment(visit: Visit, gatepost: Gatepost) -> None:
    visitor = visit(expected=(0,))
    page = visitor.open()
    lose_answers(page)
    write(page, PLAIN)
    expect(page.locator("#say-trouble")).to_have_text("The server cannot be reached. Your text is kept.")
    page.unroute("**/comments")
    page.get_by_role("button", name="Post comment").click()
    own(page, "approved")
    listing = gatepost.ask(
        "GET", "/v1/sites/demo/comments", token=gatepost.site_key, params={"thread": visitor.thread}
    ).json()
    assert [item["body"] for item in listing["items"]] == [PLAIN]


def test_a_text_changed_after_a_lost_answer_is_said_to_be_another(visit: Visit) -> None:
    page = visit(expected=(0, 422)).open()
    lose_answers(page)
    write(page, PLAIN)
    expect(page.locator("#say-trouble")).not_to_be_empty()
    page.unroute("**/comments")
    write(page, "A changed mind about the clock on the library.")
    expect(page.locator("#say-trouble")).to_contain_text("Your earlier text had already arrived.")
    expect(page.locator(".own .body")).to_have_text(PLAIN)
    page.get_by_role("button", name="Post comment").click()
    expect(page.locator(".own")).to_have_count(2)


def test_a_refusal_says_when_to_come_back(visit: Visit) -> None:
    page = visit(expected=(429,)).open()
    problem = {"type": "rate-limited", "title": "Too many requests.", "status": 429, "detail": "Five a minute."}
    page.route(
        "**/comments",
        lambda route: route.fulfill(
            status=429,
            body=json.dumps(problem),
            headers={"content-type": "application/problem+json", "retry-after": "12"},
        ),
    )
    write(page, PLAIN)
    expect(page.locator("#say-trouble")).to_have_text("Five a minute. You can try again in 12 s. Your text is kept.")
    expect(page.get_by_label("Your comment", exact=True)).to_have_value(PLAIN)


def test_an_answer_stands_under_what_it_answers(visit: Visit, gatepost: Gatepost) -> None:
    visitor = visit()
    gatepost.await_status(gatepost.post(visitor.thread, PLAIN), "approved")
    page = visitor.open()
    page.get_by_role("button", name="Reply to Bea").click()
    expect(page.get_by_role("form", name="Reply to Bea")).to_be_visible()
    write(page, "Thank you, that is good to know.")
    expect(page.locator("#thread > li > .thread .own.approved")).to_be_visible()


def test_a_withdrawn_comment_leaves_open_pages(visit: Visit, gatepost: Gatepost) -> None:
    visitor = visit()
    parent = gatepost.post(visitor.thread, PLAIN)
    gatepost.await_status(parent, "approved")
    answer = gatepost.post(visitor.thread, "Thank you for the good news.", name="Cy", parent=parent["id"])
    gatepost.await_status(answer, "approved")
    page = visitor.open()
    expect(page.get_by_role("heading", name="2 comments")).to_be_visible()
    gatepost.decide(parent, "reject")
    expect(page.get_by_text("This comment was removed.")).to_be_visible()
    expect(page.get_by_text(PLAIN)).to_be_hidden()
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    gatepost.decide(answer, "reject")
    expect(page.locator("#thread .comment")).to_have_count(0)


def test_what_waits_is_still_there_after_a_reload(visit: Visit) -> None:
    page = visit().open()
    write(page, GERMAN)
    own(page, "held")
    page.reload()
    own(page, "held")
    expect(page.get_by_text("Our software does not know this language well enough.")).to_be_visible()


def test_a_long_thread_comes_in_pages_without_gaps(visit: Visit, gatepost: Gatepost) -> None:
    visitor = visit()
    receipts = [gatepost.post(visitor.thread, f"{PLAIN} Day {day}.") for day in range(30)]
    for receipt in receipts:
        gatepost.await_status(receipt, "approved")
    page = visitor.open()
    expect(page.locator("#thread .comment")).to_have_count(25)
    last = gatepost.post(visitor.thread, "And on Sundays the library is closed all day.")
    gatepost.await_status(last, "approved")
    page.get_by_role("button", name="Show 1 new comment").click()
    expect(page.locator("#thread .comment")).to_have_count(31)
    page.get_by_label("Show").select_option("newest")
    expect(page.locator("#thread .comment").first).to_contain_text("Sundays")
    page.get_by_role("button", name="Load more comments").click()
    expect(page.locator("#thread .comment")).to_have_count(31)


def test_markup_is_text(visit: Visit) -> None:
    page = visit().open()
    hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script> hello"
    write(page, hostile, "<b>Ann</b>")
    expect(page.locator(".own .body")).to_have_text(hostile)
    expect(page.locator(".own strong")).to_have_text("<b>Ann</b>")
    assert "owned" not in page.title()


def test_a_browser_that_keeps_nothing_can_still_post(visit: Visit) -> None:
    visitor = visit()
    visitor.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
    )
    page = visitor.open()
    write(page, PLAIN)
    own(page, "approved")


def lose_answers(page: Page) -> None:
    """Let every submission arrive and its answer be lost."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/comments", lose)

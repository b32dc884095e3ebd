"""The review page, as moderators use it."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.driving import GERMAN, PLAIN, Gatepost, Visit, write


def sign_in(page: Page, token: str) -> None:
    page.get_by_label("Moderator token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def card(page: Page, text: str) -> Locator:
    return page.locator(".card").filter(has_text=text)


def test_a_moderator_publishes_while_the_author_watches(visit: Visit, gatepost: Gatepost) -> None:
    visitor = visit()
    author, desk = visitor.open(), visit().open("/review")
    body = f"{GERMAN} {visitor.thread}"
    write(author, body)
    expect(author.get_by_text("A person will read this before it appears.", exact=True)).to_be_visible()
    sign_in(desk, gatepost.moderator_token)
    held = card(desk, body)
    expect(held).to_contain_text("The classifier was not evaluated on this language (de)")
    expect(held.locator(".scores li")).to_have_count(6)
    expect(held.get_by_role("link")).to_have_attribute("href", f"{gatepost.url}/demo")
    held.get_by_role("button", name="Approve").click()
    expect(held).to_have_count(0)
    expect(author.get_by_text("Published. Everyone can read it now.", exact=True)).to_be_visible()
    desk.get_by_role("button", name="Undo").click()
    expect(card(desk, body)).to_be_focused()
    expect(author.locator(".own.held")).to_be_visible()
    card(desk, body).get_by_label("Reason, told to the author").fill("In English, please.")
    card(desk, body).get_by_role("button", name="Reject").click()
    expect(author.locator(".own.rejected")).to_contain_text("In English, please.")


def test_a_lost_race_names_the_winner(visit: Visit, gatepost: Gatepost) -> None:
    visitor = visit()
    receipt = gatepost.post(visitor.thread, f"{GERMAN} {visitor.thread}")
    gatepost.await_status(receipt, "held")
    desk = visitor.open("/review")
    sign_in(desk, gatepost.moderator_token)
    held = card(desk, visitor.thread)
    expect(held).to_be_visible()
    desk.route("**/v1/review/comments*", lambda route: route.abort())
    visitor.expected = (0,)
    gatepost.decide(receipt, "approve")
    held.get_by_role("button", name="Reject").click()
    expect(held).to_contain_text(re.compile(r"Somebody else was first: approved by moderator-\w+ just now\."))
    expect(held.get_by_role("button", name="Reject")).to_be_disabled()


def test_a_wrong_token_is_refused_in_words(visit: Visit) -> None:
    desk = visit(expected=(401,)).open("/review")
    desk.get_by_label("Moderator token").fill("gpm_" + "x" * 43)
    desk.get_by_role("button", name="Sign in").click()
    expect(desk.get_by_text("That token is not valid, or not any more.")).to_be_visible()
    expect(desk.get_by_label("Moderator token")).to_be_focused()


def test_an_unreachable_site_is_refused_in_words_and_nothing_waits_where_nothing_is(
    visit: Visit, gatepost: Gatepost
) -> None:
    desk = visit(expected=(403,)).open("/review")
    sign_in(desk, gatepost.moderator_token)
    desk.get_by_label("Status").select_option("pending")
    expect(desk.get_by_text("Nothing waits.")).to_be_visible()
    desk.get_by_label("Site").fill("elsewhere")
    desk.get_by_label("Site").press("Tab")
    expect(desk.get_by_text("This token does not reach that site.")).to_be_visible()


def test_the_keyboard_decides_and_a_refresh_leaves_the_focus(visit: Visit, gatepost: Gatepost) -> None:
    visitor = visit()
    for number in (1, 2):
        gatepost.await_status(gatepost.post(visitor.thread, f"{GERMAN} {visitor.thread} {number}"), "held")
    desk = visitor.open("/review")
    sign_in(desk, gatepost.moderator_token)
    desk.get_by_label("Order").select_option("newest")
    first, second = card(desk, f"{visitor.thread} 1"), card(desk, f"{visitor.thread} 2")
    expect(first).to_be_visible()
    desk.get_by_label("Order").blur()
    desk.keyboard.press("j")
    expect(second).to_be_focused()
    desk.keyboard.press("j")
    expect(first).to_be_focused()
    desk.keyboard.press("k")
    first.get_by_label("Reason").fill("half a sen")
    third = gatepost.post(visitor.thread, f"{GERMAN} {visitor.thread} 3")
    gatepost.await_status(third, "held")
    expect(card(desk, f"{visitor.thread} 3")).to_be_visible()
    expect(first.get_by_label("Reason")).to_be_focused()
    expect(first.get_by_label("Reason")).to_have_value("half a sen")
    second.focus()
    desk.keyboard.press("a")
    expect(second).to_have_count(0)
    expect(desk.get_by_text("Approved: the comment by Bea.")).to_be_visible()
    expect(first).to_be_focused()
    desk.keyboard.press("r")
    expect(first).to_have_count(0)
    desk.get_by_label("Status").select_option("approved")
    approved = card(desk, f"{visitor.thread} 2")
    approved.focus()
    desk.keyboard.press("h")
    expect(approved).to_have_count(0)


def test_a_session_ends_with_signing_out(visit: Visit, gatepost: Gatepost) -> None:
    visitor = visit()
    gatepost.await_status(gatepost.post(visitor.thread, PLAIN), "approved")
    desk = visitor.open("/review")
    sign_in(desk, gatepost.moderator_token)
    desk.reload()
    expect(desk.get_by_role("button", name="Sign out")).to_be_visible()
    desk.get_by_role("button", name="Sign out").click()
    desk.reload()
    expect(desk.get_by_label("Moderator token")).to_be_visible()
    assert visitor.context.cookies() == []

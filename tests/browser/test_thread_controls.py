"""What readers see of a thread that its moderators closed, or put a notice on."""

from playwright.sync_api import expect

from tests.browser.driving import PLAIN, Gatepost, Visit, write


def test_a_notice_and_a_closed_thread_are_told(visit: Visit, gatepost: Gatepost) -> None:
    visitor = visit(expected=(409,))
    page, late = visitor.open(), visitor.open()
    expect(page.locator("#notice")).to_be_hidden()
    # Who writes already keeps the form, whether or not the page hears of it before they post.
    late.get_by_role("button", name="Add your comment").click()
    path, token = f"/v1/sites/demo/threads?thread={visitor.thread}", gatepost.moderator_token
    notice = "<b>Be kind</b>: a person reads along."
    gatepost.ask("PATCH", path, token=token, json={"closed": True, "notice": notice})
    # Pages that are open hear of it.
    expect(page.locator("#notice")).to_have_text(notice)
    expect(page.get_by_text("No more comments are taken here.")).to_be_visible()
    expect(page.get_by_role("button", name="Add your comment")).to_be_hidden()
    expect(page.get_by_text("There are no comments. Why not be the first?")).to_be_hidden()
    # Whoever was writing is told on posting, and keeps their text.
    write(late, PLAIN)
    expect(late.locator("#say-trouble")).to_contain_text("takes no more comments")
    expect(late.get_by_label("Your comment", exact=True)).to_have_value(PLAIN)
    gatepost.ask("PATCH", path, token=token, json={"closed": False, "notice": ""})
    expect(page.get_by_text("No more comments are taken here.")).to_be_hidden()
    # Where the draft is now, for the browser is the same.
    write(page, PLAIN)
    expect(page.locator(".own")).to_be_visible()
    expect(page.locator("#notice")).to_be_hidden()

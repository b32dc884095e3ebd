"""The review console: signing in, a card, deciding and taking back."""

import re

from playwright.sync_api import expect

from tests.browser.desk import Desk, Waiting, card, said, sign_in
from tests.browser.driving import GERMAN, Gatepost, Visit, write


def test_a_moderator_publishes_while_the_author_watches(visit: Visit, gatepost: Gatepost) -> None:
    visitor = visit()
    author, console = visitor.open(), visit().open("/review")
    body = f"{GERMAN} {visitor.thread}"
    write(author, body)
    expect(author.get_by_text("A person will read this before it appears.", exact=True)).to_be_visible()
    sign_in(console, gatepost.moderator_token)
    held = card(console, body)
    expect(held).to_contain_text("The classifier was not evaluated on this language (de)")
    expect(held.locator(".scores li")).to_have_count(6)
    expect(held.get_by_role("link")).to_have_attribute("href", f"{gatepost.url}/demo")
    held.get_by_role("button", name="Approve").click()
    expect(held).to_have_count(0)
    expect(author.get_by_text("Published. Everyone can read it now.", exact=True)).to_be_visible()
    said(console).get_by_role("button", name="Undo").click()
    expect(card(console, body)).to_be_focused()
    expect(author.locator(".own.held")).to_be_visible()


def test_a_card_says_everything_and_marks_the_words(visit: Visit, desk: Desk) -> None:
    desk.seed([Waiting("They are clowns, all of them.", toxicity=0.71)])
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    shown = card(console, "They are")
    expect(shown.locator("mark")).to_have_text("clowns")
    expect(shown).to_contain_text("toxicity 0.71 is at or above the threshold to hold (0.20)")
    expect(shown.locator(".scores li").first).to_have_text(re.compile(r"toxicity\s*0.71"))
    expect(shown).to_contain_text("known by this browser")


def test_no_token_is_kept_in_the_page(visit: Visit, desk: Desk) -> None:
    visitor = visit()
    console = visitor.open("/review")
    sign_in(console, desk.tokens["Mo"])
    everything = (
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, document.documentElement.outerHTML])"
    )
    assert "gpm_" not in console.evaluate(everything).replace("It begins with gpm_", "")
    assert console.evaluate("document.cookie") == ""
    cookie = visitor.context.cookies(f"{desk.gatepost.url}/v1/")[0]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")


def test_a_wrong_token_is_refused_in_words(visit: Visit) -> None:
    console = visit(expected=(401,)).open("/review")
    console.get_by_role("button", name="Sign in").click()
    expect(console.get_by_text("The token is empty.")).to_be_visible()
    console.get_by_label("Moderator token").fill("gpm_" + "x" * 43)
    console.get_by_role("button", name="Sign in").click()
    expect(console.get_by_text("That token is not valid, or not any more.")).to_be_visible()
    expect(console.get_by_label("Moderator token")).to_be_focused()


def test_a_session_outlives_a_reload_and_ends_with_signing_out(visit: Visit, desk: Desk) -> None:
    visitor = visit()
    console = visitor.open("/review")
    sign_in(console, desk.tokens["Mo"])
    console.reload()
    console.get_by_role("button", name="Sign out").click()
    expect(console.get_by_label("Moderator token")).to_be_visible()
    console.reload()
    expect(console.get_by_label("Moderator token")).to_be_visible()
    assert visitor.context.cookies(f"{desk.gatepost.url}/v1/") == []


def test_the_keyboard_decides_and_u_takes_back(visit: Visit, desk: Desk) -> None:
    ids = desk.seed([Waiting("The first one.", 0.9), Waiting("The second one.", 0.8), Waiting("The third one.", 0.7)])
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    for key, text in (("j", "first"), ("j", "second"), ("k", "first")):
        console.keyboard.press(key)
        expect(card(console, f"The {text} one.")).to_be_focused()
    console.keyboard.press("a")
    expect(card(console, "The first one.")).to_have_count(0)
    expect(card(console, "The second one.")).to_be_focused()
    console.keyboard.press("r")
    expect(console.get_by_role("dialog")).to_contain_text("Be kind")
    console.keyboard.press("2")
    expect(said(console)).to_contain_text("Rejected: the comment by Bea.")
    expect(card(console, "The third one.")).to_be_focused()
    console.keyboard.press("u")
    expect(card(console, "The second one.")).to_be_focused()
    console.keyboard.press("u")
    expect(card(console, "The first one.")).to_be_focused()
    console.keyboard.press("r")
    with console.expect_response("**/v1/review/decisions"):
        console.keyboard.press("1")
    expect(card(console, "The first one.")).to_have_count(0)
    expect(console.locator("#state")).to_have_text("Live")
    rejected = desk.comments("rejected")
    assert list(rejected) == ids[:1]
    assert rejected[ids[0]]["trail"][-1]["house_rule"] == "kind"
    assert set(desk.comments("held")) == set(ids[1:])


def test_what_a_policy_wants_of_a_rejection_is_asked_for(visit: Visit, gatepost: Gatepost) -> None:
    visitor = visit()
    receipt = gatepost.post(visitor.thread, f"{GERMAN} {visitor.thread}")
    gatepost.await_status(receipt, "held")
    console = visitor.open("/review")
    sign_in(console, gatepost.moderator_token)
    card(console, visitor.thread).get_by_role("button", name="Reject").click()
    box = console.get_by_role("dialog")
    box.get_by_label("Your own words").fill("In English, please.")
    box.get_by_role("button", name="Reject").click()
    expect(card(console, visitor.thread)).to_have_count(0)
    assert "In English, please." in str(gatepost.await_status(receipt, "rejected")["reasons"])


def test_notes_escalation_and_leaving_to_others(visit: Visit, desk: Desk) -> None:
    ids = desk.seed([Waiting("One to note.", 0.9), Waiting("One to escalate.", 0.8), Waiting("One to leave.", 0.7)])
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    console.keyboard.press("j")
    console.keyboard.press("n")
    console.get_by_label("Note", exact=True).fill("He was warned.")
    console.get_by_role("button", name="Save").click()
    expect(card(console, "One to note.")).to_contain_text("He was warned.")
    console.keyboard.press("j")
    console.keyboard.press("e")
    console.keyboard.press("Enter")
    expect(card(console, "One to escalate.")).to_have_count(0)
    console.keyboard.press("h")
    expect(card(console, "One to leave.")).to_have_count(0)
    expect(said(console)).to_contain_text("Left to others")
    console.goto(f"{desk.gatepost.url}/review#queue?queue=escalated")
    expect(card(console, "One to escalate.")).to_contain_text("waits for a senior moderator")
    card(console, "One to escalate.").get_by_role("button", name="Approve").click()
    expect(said(console)).to_contain_text("senior")
    expect(card(console, "One to escalate.")).to_be_visible()
    assert len(desk.comments("held")) == len(ids)


def test_selected_ones_are_one_decision(visit: Visit, desk: Desk) -> None:
    ids = desk.seed(
        [*(Waiting(f"Number {n}.", 0.9 - n / 100) for n in range(4)), Waiting("I will find you.", threat=0.95)]
    )
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    for text in ("Number 1.", "Number 2."):
        card(console, text).focus()
        console.keyboard.press("x")
    severe = console.locator(".card", has=console.locator(".cover"))
    severe.focus()
    console.keyboard.press("x")
    expect(said(console)).to_contain_text("A severe comment is never decided with others.")
    expect(console.locator(".bulk")).to_contain_text("2 selected")
    console.keyboard.press("a")
    console.keyboard.press("Enter")
    expect(said(console)).to_contain_text("Approved: 2 comments.")
    assert set(desk.comments("approved")) == {ids[1], ids[2]}
    console.keyboard.press("u")
    expect(said(console)).to_contain_text("Undone.")
    expect(card(console, "Number 2.")).to_be_visible()
    assert desk.comments("approved") == {}


def test_every_key_is_explained_and_can_be_turned_off(visit: Visit, desk: Desk) -> None:
    desk.seed([Waiting("Still here.")])
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    console.keyboard.press("?")
    box = console.get_by_role("dialog", name="Keys")
    for key in "jkarheuxv/":
        expect(box.locator("kbd", has_text=re.compile(f"^{re.escape(key)}$"))).to_have_count(1)
    console.keyboard.press("Escape")
    console.goto(f"{desk.gatepost.url}/review#settings")
    console.get_by_label("Single keys decide").uncheck()
    console.goto(f"{desk.gatepost.url}/review#queue")
    card(console, "Still here.").focus()
    console.keyboard.press("a")
    expect(card(console, "Still here.")).to_be_visible()
    assert desk.comments("approved") == {}

"""What spares the people who read: covers, labels left out, few severe ones in a row, breaks, colours."""

import re

from playwright.sync_api import expect

from tests.browser.desk import Desk, Waiting, card, said, sign_in
from tests.browser.driving import Visit

THREAT = "I know where you park your car, and tonight I will be there."


def test_a_severe_text_is_covered_until_it_is_asked_for(visit: Visit, desk: Desk) -> None:
    desk.seed([Waiting(THREAT, threat=0.93), Waiting("The second one.", 0.5)])
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    covered = console.locator(".card", has=console.locator(".cover"))
    expect(covered).to_contain_text("Covered: threat 0.93")
    covered.hover()
    covered.locator(".cover").hover()
    covered.focus()
    assert THREAT not in console.content()
    console.keyboard.press("v")
    expect(card(console, THREAT)).to_be_focused()
    console.keyboard.press("v")
    expect(covered).to_be_visible()
    assert THREAT not in console.content()
    covered.get_by_role("button", name="Show the text").click()
    expect(card(console, THREAT)).to_be_visible()


def test_notes_on_a_severe_comment_are_covered_with_it(visit: Visit, desk: Desk) -> None:
    (comment,) = desk.seed([Waiting(THREAT, threat=0.93)])
    note = {"site": desk.site, "id": comment, "version": 2, "text": "He quoted the car again."}
    desk.ask("POST", "/v1/review/notes", json=note)
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    covered = console.locator(".card", has=console.locator(".cover"))
    expect(covered).to_be_visible()
    assert "quoted the car" not in console.content()
    covered.focus()
    console.keyboard.press("v")
    expect(console.locator(".card")).to_contain_text("He quoted the car again.")


def test_labels_left_out_are_left_to_others(visit: Visit, desk: Desk) -> None:
    desk.seed([Waiting(THREAT, threat=0.93), Waiting("The second one.", 0.5)])
    visitor = visit()
    console = visitor.open("/review#settings")
    console.get_by_label("Moderator token").fill(desk.tokens["Mo"])
    console.get_by_role("button", name="Sign in").click()
    console.get_by_label("threat", exact=True).check()
    console.goto(f"{desk.gatepost.url}/review#queue")
    expect(console.locator(".card")).to_have_count(1)
    expect(console.get_by_text("One comment is left out by your settings.")).to_be_visible()
    console.reload()
    expect(card(console, "The second one.")).to_be_visible()
    expect(console.locator(".card")).to_have_count(1)
    assert len(desk.comments("held")) == 2


def test_severe_ones_come_few_in_a_row(visit: Visit, desk: Desk) -> None:
    desk.seed(
        [*(Waiting(f"{THREAT} {n}", threat=0.95) for n in range(6)), *(Waiting(f"Mild {n}.", 0.4) for n in range(3))]
    )
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    expect(console.locator(".card")).to_have_count(9)
    kinds = console.locator(".card").evaluate_all(
        "cards => cards.map(card => card.querySelector('.cover') ? 'S' : '.').join('')"
    )
    assert kinds == "SSS.SSS.."


def test_a_break_is_offered_and_covers_the_page(visit: Visit, desk: Desk) -> None:
    desk.seed([Waiting("Still here.")])
    visitor = visit()
    console = visitor.context.new_page()
    console.clock.install()
    console.goto(f"{desk.gatepost.url}/review")
    sign_in(console, desk.tokens["Mo"])
    for _ in range(11):
        console.clock.run_for(5 * 60_000)
        console.keyboard.press("j")
    box = console.get_by_role("dialog", name="Time for a break?")
    console.clock.run_for(60_000)
    expect(box).to_contain_text(re.compile(r"You have been reading for 5\d minutes"))
    box.get_by_role("button", name="Take it").click()
    expect(console.get_by_text("The page is covered.")).to_be_visible()
    expect(console.locator(".card")).to_be_hidden()
    console.get_by_role("button", name="Go on").click()
    expect(card(console, "Still here.")).to_be_visible()


def test_colours_follow_the_system_or_the_settings(visit: Visit, desk: Desk) -> None:
    console = visit(color_scheme="light").open("/review#settings")
    console.get_by_label("Moderator token").fill(desk.tokens["Mo"])
    console.get_by_role("button", name="Sign in").click()
    paper = "getComputedStyle(document.body).backgroundColor"
    light = console.evaluate(paper)
    console.get_by_label("Colours").select_option("dark")
    dark = console.evaluate(paper)
    assert light != dark
    console.reload()
    expect(console.get_by_label("Colours")).to_have_value("dark")
    assert console.evaluate(paper) == dark
    console.get_by_label("Colours").select_option("auto")
    assert console.evaluate(paper) == light
    expect(said(console)).to_be_empty()

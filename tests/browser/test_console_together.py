"""Two moderators at once, and one without a connection."""

import re

from playwright.sync_api import Route, expect

from tests.browser.desk import Desk, Waiting, card, said, sign_in
from tests.browser.driving import Visit


def test_what_another_decides_goes_grey_with_their_name(visit: Visit, desk: Desk) -> None:
    desk.seed([Waiting("The first one.", 0.9), Waiting("The second one.", 0.8)])
    mo, ana = visit().open("/review"), visit().open("/review")
    sign_in(mo, desk.tokens["Mo"])
    sign_in(ana, desk.tokens["Ana"])
    desk.await_names()
    expect(mo.locator("#state")).to_have_text("Live")
    card(ana, "The first one.").get_by_role("button", name="Approve").click()
    lost = card(mo, "The first one.")
    expect(lost).to_contain_text("Ana decided: published.")
    expect(lost.get_by_role("button", name="Approve")).to_have_count(0)
    mo.keyboard.press("j")
    expect(card(mo, "The second one.")).to_be_focused()
    expect(mo.get_by_role("link", name=re.compile("^Held"))).to_have_text(re.compile(r"^Held\s*1$"))


def test_an_opened_card_is_claimed_for_others_to_see(visit: Visit, desk: Desk) -> None:
    ids = desk.seed([Waiting("The first one.", 0.9), Waiting("The second one.", 0.8)])
    mo, ana = visit().open("/review"), visit().open("/review")
    sign_in(mo, desk.tokens["Mo"])
    with mo.expect_response("**/v1/review/claims"):
        mo.keyboard.press("j")
    desk.await_names()
    sign_in(ana, desk.tokens["Ana"])
    expect(ana.locator("#state")).to_have_text("Live")
    expect(card(ana, "The first one.")).to_contain_text("Mo is reading this")
    taken = desk.ask("POST", "/v1/review/claims", by="Ana", json={"site": desk.site, "next": 5})
    assert [item["comment"]["id"] for item in taken["items"]] == ids[1:]
    mo.keyboard.press("a")
    expect(card(ana, "The first one.")).to_contain_text("Mo decided: published.")


def test_the_next_twenty_are_ones_own(visit: Visit, desk: Desk) -> None:
    desk.seed([Waiting(f"Number {n}.", 0.9 - n / 100) for n in range(25)])
    mo = visit().open("/review")
    sign_in(mo, desk.tokens["Mo"])
    mo.keyboard.press("m")
    expect(said(mo)).to_contain_text("20 comments are yours")
    expect(mo.locator(".card")).to_have_count(20)
    others = desk.ask("POST", "/v1/review/claims", by="Ana", json={"site": desk.site, "next": 20})
    assert len(others["items"]) == 5


def test_a_lost_race_names_the_winner(visit: Visit, desk: Desk) -> None:
    (comment,) = desk.seed([Waiting("The first one.")])
    visitor = visit(expected=(0,))
    mo = visitor.open("/review")
    mo.route("**/v1/review/stream*", lambda route: route.abort())
    sign_in(mo, desk.tokens["Mo"])
    expect(card(mo, "The first one.")).to_be_visible()
    desk.decide(comment, "approve")
    desk.await_names()
    card(mo, "The first one.").get_by_role("button", name="Reject").click()
    mo.keyboard.press("1")
    expect(card(mo, "The first one.")).to_contain_text("Ana was first: published just now.")
    expect(card(mo, "The first one.").get_by_role("button", name="Reject")).to_have_count(0)


def test_new_ones_are_told_and_shown_when_asked_for(visit: Visit, desk: Desk) -> None:
    desk.seed([Waiting("The first one.")])
    mo = visit().open("/review")
    sign_in(mo, desk.tokens["Mo"])
    expect(mo.locator("#state")).to_have_text("Live")
    card(mo, "The first one.").focus()
    desk.seed([Waiting("The second one."), Waiting("The third one.")])
    expect(mo.get_by_role("button", name="Show 2 new comments")).to_be_visible()
    expect(mo.locator(".card")).to_have_count(1)
    expect(card(mo, "The first one.")).to_be_focused()
    mo.get_by_role("button", name="Show 2 new comments").click()
    expect(mo.locator(".card")).to_have_count(3)


def test_decisions_outlive_a_lost_connection_in_their_order(visit: Visit, desk: Desk) -> None:
    ids = desk.seed([Waiting(f"Number {n}.", 0.9 - n / 100) for n in range(4)])
    visitor = visit(expected=(0,))
    mo = visitor.open("/review")
    sign_in(mo, desk.tokens["Mo"])
    sent: list[str] = []
    mo.on("request", lambda request: sent.append(request.post_data or "") if "decisions" in request.url else None)
    visitor.context.set_offline(True)
    mo.keyboard.press("j")
    for keys in ("a", "r1", "a"):
        for key in keys:
            mo.keyboard.press(key)
    expect(mo.locator("#state")).to_have_text("3 decisions wait for the connection")
    expect(mo.locator(".card")).to_have_count(1)
    mo.keyboard.press("u")
    expect(mo.locator("#state")).to_have_text("2 decisions wait for the connection")
    expect(card(mo, "Number 2.")).to_be_focused()
    assert len(desk.comments("held")) == 4
    sent.clear()
    visitor.context.set_offline(False)
    expect(mo.locator("#state")).to_have_text("Live")
    assert (set(desk.comments("approved")), set(desk.comments("rejected"))) == ({ids[0]}, {ids[1]})
    positions = [text.index(comment) for text in sent if ids[0] in text for comment in ids[:2]]
    assert positions == sorted(positions)


def test_decisions_outlive_a_reload_without_an_answer(visit: Visit, desk: Desk) -> None:
    ids = desk.seed([Waiting("The first one.", 0.9), Waiting("The second one.", 0.8)])
    visitor = visit(expected=(0,))
    mo = visitor.open("/review")
    mo.on("dialog", lambda dialog: dialog.accept())
    sign_in(mo, desk.tokens["Mo"])
    mo.route("**/v1/review/decisions", lambda route: route.abort())
    mo.keyboard.press("j")
    mo.keyboard.press("a")
    expect(mo.locator("#state")).to_have_text("One decision waits for the connection")
    mo.unroute("**/v1/review/decisions")
    mo.reload()
    expect(card(mo, "The second one.")).to_be_visible()
    expect(card(mo, "The first one.")).to_have_count(0)
    expect(mo.get_by_role("link", name=re.compile("^Held"))).to_have_text(re.compile(r"^Held\s*1$"))
    assert set(desk.comments("approved")) == {ids[0]}


def test_a_decision_whose_answer_was_lost_is_not_a_lost_race(visit: Visit, desk: Desk) -> None:
    ids = desk.seed([Waiting("The first one.")])
    visitor = visit(expected=(0,))
    mo = visitor.open("/review")
    sign_in(mo, desk.tokens["Mo"])

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    mo.route("**/v1/review/decisions", lose, times=1)
    card(mo, "The first one.").get_by_role("button", name="Approve").click()
    expect(mo.locator("#state")).to_have_text("One decision waits for the connection")
    expect(mo.locator("#state")).to_have_text("Live")
    expect(card(mo, "The first one.")).to_have_count(0)
    assert set(desk.comments("approved")) == set(ids)

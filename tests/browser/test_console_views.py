"""The views around the queue: groups, appeals, reports, blocks, threads, figures."""

import re

from playwright.sync_api import Page, expect

from tests.browser.desk import Desk, Waiting, card, said, sign_in
from tests.browser.driving import Gatepost, Visit


def _go(page: Page, desk: Desk, view: str) -> None:
    page.goto(f"{desk.gatepost.url}/review#{view}")
    expect(page.locator(f".view-{view.partition('?')[0]}")).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def test_a_range_of_scores_is_decided_as_one_and_taken_back(visit: Visit, desk: Desk) -> None:
    ids = desk.seed([*(Waiting(f"Number {n}.", n / 10) for n in range(3, 9)), Waiting("I know your car.", threat=0.95)])
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    _go(console, desk, "groups")
    console.locator(".group-head").click()
    expect(console.locator(".dot")).to_have_count(7)
    expect(console.locator(".dot.severe")).to_have_count(1)
    lowest = console.get_by_label("From score")
    lowest.focus()
    console.keyboard.press("End")
    for _ in range(25):
        console.keyboard.press("ArrowLeft")
    expect(console.locator(".chosen")).to_contain_text("One comment in the range 0.75 to 1.00")
    expect(console.locator(".samples li")).to_have_count(1)
    console.keyboard.press("r")
    console.keyboard.press("3")
    expect(said(console)).to_contain_text("Rejected: one comment.")
    assert set(desk.comments("rejected")) == {ids[5]}
    console.keyboard.press("u")
    expect(said(console)).to_contain_text("Undone.")
    assert desk.comments("rejected") == {}
    expect(console.locator(".chosen")).to_contain_text("6 comments in the range")
    expect(console.locator("[aria-busy=true]")).to_have_count(0)
    console.keyboard.press("a")
    console.keyboard.press("Enter")
    expect(said(console)).to_contain_text("Approved: 6 comments.")
    assert list(desk.comments("held")) == ids[6:]
    # What is left is severe, and waits to be read alone.
    expect(console.locator(".card .cover")).to_be_visible()


def test_samples_keep_severe_texts_covered(visit: Visit, desk: Desk) -> None:
    desk.seed([Waiting("Number 1."), Waiting("I know your car.", threat=0.95)])
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    _go(console, desk, "groups")
    console.locator(".group-head").click()
    expect(console.locator(".samples li")).to_have_count(2)
    assert "I know your car." not in console.locator(".samples").inner_html()
    console.locator(".samples").get_by_role("button", name="Show the text").click()
    expect(console.get_by_text("I know your car.")).to_be_focused()


def test_context_shows_the_thread_and_the_author(visit: Visit, desk: Desk) -> None:
    desk.seed(
        [
            Waiting("It was shown before.", status="approved"),
            Waiting("And this was rejected.", status="rejected"),
            Waiting("Number 1."),
        ]
    )
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    console.keyboard.press("j")
    expect(card(console, "Number 1.")).to_contain_text("1 published, 1 held, 1 rejected")
    console.keyboard.press("c")
    panel = console.get_by_role("region", name="Thread and author")
    expect(panel).to_be_focused()
    expect(panel).to_contain_text("It was shown before.")
    assert "And this was rejected." not in console.content()
    panel.get_by_role("button", name="Show this text").first.click()
    console.locator(".card").first.focus()
    console.keyboard.press("c")
    expect(panel).to_have_count(0)


def test_a_block_rejects_what_waits_and_is_lifted_by_undo(visit: Visit, desk: Desk) -> None:
    desk.seed([Waiting(f"Number {n}.", author="troll") for n in range(3)])
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    console.keyboard.press("j")
    console.keyboard.press("b")
    box = console.get_by_role("dialog", name="Block the author")
    box.get_by_label("Also reject what is waiting").check()
    box.get_by_role("button", name="Block", exact=True).click()
    expect(said(console)).to_contain_text("3 waiting comments were rejected")
    assert len(desk.comments("rejected")) == 3
    console.keyboard.press("u")
    expect(said(console)).to_contain_text("Lifted. Undone.")
    assert len(desk.comments("held")) == 3
    _go(console, desk, "blocks")
    expect(console.get_by_text("Nobody is blocked.")).to_be_visible()


def test_a_block_is_listed_and_lifted(visit: Visit, desk: Desk) -> None:
    desk.seed([Waiting("Number 1.", author="troll")])
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    console.keyboard.press("j")
    console.keyboard.press("b")
    console.get_by_role("button", name="Block", exact=True).click()
    expect(said(console)).to_contain_text("Blocked until")
    _go(console, desk, "blocks")
    console.get_by_role("button", name=re.compile("^Lift")).click()
    expect(console.get_by_text("Nobody is blocked.")).to_be_visible()


def test_a_thread_is_closed_from_a_card_and_opened_by_undo(visit: Visit, desk: Desk) -> None:
    desk.seed([Waiting("Number 1.", thread="/clock")])
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    console.keyboard.press("j")
    console.keyboard.press("t")
    box = console.get_by_role("dialog", name="Thread controls")
    box.get_by_label("Closed to new comments").check()
    box.get_by_label("Notice to readers").fill("Closed for the night.")
    box.get_by_role("button", name="Save").click()
    expect(said(console)).to_contain_text("The thread is changed.")
    path = f"/v1/sites/{desk.site}/threads"
    now = desk.ask("GET", path, params={"thread": "/clock"})
    assert (now["closed"], now["notice"]) == (True, "Closed for the night.")
    console.keyboard.press("u")
    expect(said(console)).to_contain_text("Undone.")
    now = desk.ask("GET", path, params={"thread": "/clock"})
    assert (now["closed"], now["notice"]) == (False, "")


def test_reports_are_dismissed_or_answered(visit: Visit, desk: Desk, gatepost: Gatepost) -> None:
    ids = desk.seed([Waiting("Number 1.", status="approved"), Waiting("Number 2.", status="approved")])
    for number, comment in enumerate(ids):
        report = {
            "kind": "rule",
            "house_rule": "kind",
            "text": "He always does this.",
            "device": f"device-{number}" * 4,
        }
        gatepost.client.post(f"/v1/sites/{desk.site}/comments/{comment}/reports", json=report).raise_for_status()
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    _go(console, desk, "reports")
    expect(card(console, "Number 1.")).to_contain_text("against “Be kind” He always does this.")
    card(console, "Number 1.").get_by_role("button", name="Dismiss the reports").click()
    expect(said(console)).to_contain_text("Dismissed.")
    card(console, "Number 2.").get_by_role("button", name="Reject…").click()
    with console.expect_response("**/v1/review/decisions"):
        console.keyboard.press("1")
    expect(said(console)).to_contain_text("Rejected")
    expect(console.get_by_text("Nothing waits here.")).to_be_visible()
    assert (set(desk.comments("approved")), set(desk.comments("rejected"))) == ({ids[0]}, {ids[1]})


def test_figures_are_drawn_and_told(visit: Visit, desk: Desk) -> None:
    ids = desk.seed([*(Waiting(f"Number {n}.", n / 10) for n in range(3, 9)), Waiting("Fine.", 0.1, status="approved")])
    desk.decide(ids[0], "approve")
    console = visit().open("/review")
    sign_in(console, desk.tokens["Ana"])
    _go(console, desk, "figures")
    chart = console.get_by_role("img", name=re.compile(r"published, .* in \d+ days"))
    expect(chart).to_be_visible()
    expect(console.get_by_role("img", name=re.compile("^toxicity: 5 comments"))).to_be_visible()
    expect(console.get_by_role("region", name="The queue now")).to_contain_text(
        re.compile(r"5\s*held comments|held comments\s*5")
    )
    expect(console.get_by_role("region", name="Decided by people")).to_contain_text("the team’s")
    console.get_by_label("Whose decisions").focus()
    console.get_by_label("Whose decisions").select_option("me")
    expect(console.get_by_role("region", name="Decided by people")).to_contain_text("my own")
    expect(console.get_by_label("Whose decisions")).to_be_focused()
    for form in ("CSV", "JSON lines"):
        with console.expect_download() as download:
            console.get_by_role("link", name=form).click()
        assert download.value.failure() is None


def test_thresholds_are_changed_seen_and_rolled_back(visit: Visit, desk: Desk) -> None:
    console = visit().open("/review")
    sign_in(console, desk.tokens["Ana"])
    _go(console, desk, "policy")
    expect(console.get_by_role("button", name="Put in force")).to_be_disabled()
    console.get_by_label("toxicity: hold from", exact=True).fill("0.45")
    expect(console.locator(".changes")).to_contain_text("/thresholds/toxicity/hold 0.2 → 0.45")
    console.get_by_role("button", name="Add a house rule").click()
    rule = console.locator(".rule-row").last
    rule.get_by_label("Id").fill("names")
    rule.get_by_label("Title (en)").fill("Real names")
    rule.get_by_label("Text (en)").fill("Write under your name.")
    console.get_by_role("button", name="Put in force").click()
    expect(said(console)).to_contain_text("In force as version 2.")
    expect(console.get_by_label("toxicity: hold from", exact=True)).to_have_value("0.45")
    stored = desk.ask("GET", f"/v1/sites/{desk.site}/policy")
    assert stored["thresholds"]["toxicity"]["hold"] == 0.45
    assert [rule["id"] for rule in stored["house_rules"]] == ["kind", "topic", "ads", "names"]
    console.get_by_role("button", name="Compare version 1 with now").click()
    expect(console.locator(".rows .changes")).to_contain_text("/thresholds/toxicity/hold 0.2 → 0.45")
    console.get_by_role("button", name="Go back to version 1").click()
    expect(said(console)).to_contain_text("In force as version 3.")
    assert desk.ask("GET", f"/v1/sites/{desk.site}/policy")["thresholds"]["toxicity"]["hold"] == 0.2


def test_a_rehearsal_stands_beside_the_thresholds(visit: Visit, desk: Desk) -> None:
    fine = Waiting("All is well.", 0.1, status="approved")
    ids = desk.seed([*(Waiting(f"Number {n}.", n / 10) for n in range(3, 9)), fine])
    desk.decide(ids[0], "approve")
    console = visit().open("/review")
    sign_in(console, desk.tokens["Ana"])
    _go(console, desk, "policy")
    console.get_by_label("toxicity: hold from", exact=True).fill("0.7")
    console.get_by_role("button", name="Rehearse").click()
    expect(console.locator(".rehearsal table")).to_be_visible()
    expect(console.locator(".rehearsal")).to_contain_text(re.compile("Replayed over [678] decisions"))
    expect(console.locator(".rehearsal")).to_contain_text("nobody has audited any such.")
    assert desk.ask("GET", f"/v1/sites/{desk.site}/policy")["version"] == 1


def test_an_appeal_is_read_under_its_cover_and_decided(visit: Visit, desk: Desk, gatepost: Gatepost) -> None:
    threat = "I know where you park your car."
    sent = {"thread": "/clock", "author": {"name": "Bea"}, "body": threat}
    receipt = gatepost.ask("POST", f"/v1/sites/{desk.site}/comments", token=desk.key, json=sent).json()
    desk.judge(receipt["id"], Waiting(threat, threat=0.93, status="rejected"))
    path = f"/v1/sites/{desk.site}/comments/{receipt['id']}/appeal"
    gatepost.ask("POST", path, token=receipt["token"], json={"text": "I only meant to help with the parking."})
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    _go(console, desk, "appeals")
    expect(console.locator(".card .cover")).to_be_visible()
    assert "help with the parking" not in console.content()
    console.keyboard.press("j")
    console.keyboard.press("v")
    expect(console.locator(".card")).to_contain_text("I only meant to help with the parking.")
    with console.expect_response("**/v1/review/decisions"):
        console.keyboard.press("a")
    expect(console.get_by_text("Nothing waits here.")).to_be_visible()
    assert list(desk.comments("approved")) == [receipt["id"]]


def test_an_audit_is_judged_blind(visit: Visit, desk: Desk) -> None:
    ids = desk.seed(
        [Waiting("They are clowns.", 0.15, status="approved"), Waiting("All is well.", 0.1, status="approved")]
    )
    desk.draw(ids)
    console = visit().open("/review")
    sign_in(console, desk.tokens["Mo"])
    _go(console, desk, "audit")
    expect(console.locator(".card .cover")).to_have_count(2)
    expect(console.locator(".scores")).to_have_count(0)
    console.keyboard.press("j")
    # Neither where it stands nor what was done with it: both would tell what the machine said.
    console.locator(".card").first.get_by_role("button", name="More").click()
    expect(console.locator(".further button").first).to_be_visible()
    expect(console.locator(".further")).not_to_contain_text("Thread and author")
    console.keyboard.press("c")
    expect(console.locator(".panels > *")).to_have_count(0)
    console.keyboard.press("v")
    expect(console.locator(".card").first).to_contain_text("They are clowns.")
    assert console.locator("mark").count() == 0
    console.keyboard.press("r")
    console.keyboard.press("1")
    expect(said(console)).to_contain_text("Judged otherwise than the machine, which had it published.")
    console.keyboard.press("v")
    console.keyboard.press("a")
    expect(said(console)).to_contain_text("Judged, as the machine had: published.")
    expect(console.get_by_text("Nothing waits here.")).to_be_visible()
    assert set(desk.comments("rejected")) == {ids[0]}

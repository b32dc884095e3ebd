"""Claims, bulk decisions, undo, notes and escalations over HTTP."""

from typing import Any

import httpx
import pytest

from service.domain.comment import Comment
from tests.builders import scores_of
from tests.integration.conftest import Town
from tests.integration.wire import COMMENTS, problem_of, wire
from tests.steps import applied, held, published, submitted

REVIEW = "/v1/review"
UNKNOWN = "01a20c46-23d2-7000-8016-70ad5b379ad1"


async def waiting(town: Town, *risks: float) -> list[Comment]:
    made = [await submitted(town.backend, town.writer) for _ in risks]
    return [await held(town.backend, town.writer, c, scores_of(r)) for c, r in zip(made, risks, strict=True)]


def post(http: httpx.Client, path: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = http.post(f"{REVIEW}/{path}", json={"site": "mill", **body}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    found: dict[str, Any] = answer.json()
    return found


def decide(http: httpx.Client, comment: dict[str, Any], action: str, **more: Any) -> dict[str, Any]:
    choice = {"site": "mill", "id": comment["id"], "version": comment["version"], "action": action, **more}
    answer = http.post(f"{REVIEW}/decisions", json={"decisions": [choice]})
    (result,) = answer.json()["results"]
    found: dict[str, Any] = result
    return found


async def test_a_moderator_claims_what_is_next_and_others_see_it(town: Town) -> None:
    made = await waiting(town, 0.6, 0.8, 0.7)
    with town.http("moderator-mill") as anna, town.http("moderator-both") as ben:
        mine = post(anna, "claims", {"next": 2})
        assert [item["comment"]["id"] for item in mine["items"]] == [made[1].id, made[2].id]
        assert mine["failed"] == []
        first = mine["items"][0]
        assert first["until"] == first["comment"]["claimed"]["until"]
        assert [item["comment"]["id"] for item in post(ben, "claims", {"next": 9})["items"]] == [made[0].id]
        listed = {c["id"]: c for c in ben.get(f"{REVIEW}/comments?site=mill&status=held").json()["items"]}
        claimed = listed[made[1].id]["claimed"]
        assert claimed["by"] == first["comment"]["claimed"]["by"] != listed[made[0].id]["claimed"]["by"]
        refused = post(ben, "claims", {"ids": [made[1].id, UNKNOWN]})
        slugs = [(f["id"], f["problem"]["type"]) for f in refused["failed"]]
        assert slugs == [(made[1].id, "lost-race"), (UNKNOWN, "unknown-comment")]
        assert refused["failed"][0]["problem"]["claimed_by"] == claimed["by"]
        lost = decide(ben, first["comment"], "approve")["problem"]
        assert (lost["type"], lost["claimed_by"]) == ("lost-race", claimed["by"])
        kept = {"site": "mill", "claims": [{"id": made[1].id, "claim": first["claim"]}, {"id": made[0].id, "claim": 1}]}
        renewed = anna.patch(f"{REVIEW}/claims", json=kept).json()["items"]
        assert [(item["ok"], item["until"] is None) for item in renewed] == [(True, False), (False, True)]
        assert decide(anna, first["comment"], "approve", claim=first["claim"])["ok"]
        assert anna.request("DELETE", f"{REVIEW}/claims", json=kept).status_code == 204
        assert anna.post(f"{REVIEW}/skips", json={"site": "mill", "id": made[2].id}).status_code == 204
        assert post(anna, "claims", {"next": 5})["items"] == []
        assert [item["comment"]["id"] for item in post(ben, "claims", {"next": 5})["items"]] == [made[2].id]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "claims", {}, 422),
        ("POST", "claims", {"next": 0}, 400),
        ("POST", "claims", {"next": 101}, 400),
        ("POST", "claims", {"next": 1, "ids": [UNKNOWN]}, 422),
        ("POST", "claims", {"ids": []}, 400),
        ("POST", "claims", {"next": "1"}, 400),
        ("POST", "claims", {"next": 1, "filters": {"label": "kindness"}}, 400),
        ("PATCH", "claims", {"claims": []}, 400),
        ("POST", "skips", {"id": UNKNOWN}, 404),
        ("POST", "bulk", {"items": [], "action": "approve"}, 400),
        ("POST", "bulk", {"items": [{"id": UNKNOWN, "version": 1}], "action": "delete"}, 400),
        ("POST", "bulk", {"items": [{"id": UNKNOWN, "version": 1}], "action": "reject", "reason": "a\x00"}, 422),
        ("POST", "bulk", {"items": [{"id": UNKNOWN, "version": 1}] * 2, "action": "approve"}, 422),
        ("POST", "undo", {}, 422),
        ("POST", "undo", {"batch": "0" * 16}, 404),
        ("POST", "undo", {"batch": "0" * 16, "decision": "x"}, 422),
        ("POST", "notes", {"id": UNKNOWN, "version": 1, "text": " "}, 422),
        ("POST", "notes", {"id": UNKNOWN, "version": 1, "text": "x" * 2_001}, 422),
        ("POST", "notes", {"id": UNKNOWN, "version": 1, "text": "x"}, 404),
        ("POST", "escalations", {"id": UNKNOWN, "version": 1, "note": "a\x00"}, 422),
    ],
)
async def test_what_is_no_request(town: Town, method: str, path: str, body: dict[str, Any], status: int) -> None:
    with town.http("moderator-mill") as http:
        answer = http.request(method, f"{REVIEW}/{path}", json={"site": "mill", **body})
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


async def test_many_are_decided_repeated_and_taken_back_as_one(town: Town) -> None:
    made = await waiting(town, 0.6, 0.7, 0.8)
    severe = (await waiting(town, 0.6))[0]
    severe = await held(
        town.backend, town.writer, await submitted(town.backend, town.writer), scores_of(0.9, threat=0.9)
    )
    items = [{"id": comment.id, "version": comment.version} for comment in (*made, severe)]
    body = {"items": items, "action": "approve"}
    with town.http("moderator-mill") as http:
        problem_of(
            http.post(f"{REVIEW}/bulk", json={"site": "mill", **body}, headers={"idempotency-key": "short"}),
            400,
            "invalid-idempotency-key",
        )
        done = [post(http, "bulk", body, **{"idempotency-key": "k" * 16}) for _ in range(2)]
        assert done[0] == done[1]
        assert done[0]["done"] == 3
        assert [(f["id"], f["problem"]["type"]) for f in done[0]["failed"]] == [(severe.id, "severe-needs-reading")]
        other = {**body, "action": "hold"}
        answer = http.post(f"{REVIEW}/bulk", json={"site": "mill", **other}, headers={"idempotency-key": "k" * 16})
        problem_of(answer, 422, "idempotency-mismatch")
        for _ in range(2):
            assert post(http, "undo", {"batch": done[0]["batch"]}) == {"undone": 3, "failed": []}
        listed = http.get(f"{REVIEW}/comments?site=mill&status=held").json()["items"]
        assert {c["id"] for c in listed} >= {comment.id for comment in made}
    with town.http("moderator-both") as http:
        answer = http.post(f"{REVIEW}/undo", json={"site": "mill", "batch": done[0]["batch"]})
        problem_of(answer, 403, "forbidden")


async def test_a_decision_is_taken_back_and_its_author_sees_what_was(town: Town) -> None:
    with town.http() as http:
        receipt = http.post(COMMENTS, json=wire()).json()
    comment = await town.backend.comments.load(town.mill, receipt["id"])
    assert comment is not None
    await applied(town.backend, town.writer, town.writer.judge(comment, "rejected"))
    path = f"{COMMENTS}/{receipt['id']}"
    with town.http("moderator-mill") as http, town.http(receipt["token"]) as author:
        before = author.get(path).json()
        done = decide(http, {"id": receipt["id"], "version": 2}, "approve", reason="Welcome.")
        assert done["decision"].startswith(f"{receipt['id']}.")
        noted = post(http, "notes", {"id": receipt["id"], "version": 3, "text": "Known to us.\nA neighbour."})
        assert (noted["status"], noted["version"]) == ("approved", 4)
        assert author.get(path).json()["decided_at"] != before["decided_at"]
        assert post(http, "undo", {"decision": done["decision"]}) == {"undone": 1, "failed": []}
        after = author.get(path).json()
        assert {**after, "version": before["version"]} == before
        assert "neighbour" not in author.get(path).text
        (card,) = http.get(f"{REVIEW}/comments?site=mill&status=rejected").json()["items"]
        assert [note["text"] for note in card["notes"]] == ["Known to us.\nA neighbour."]
        assert card["trail"][-1]["undoes"] == done["decision"].partition(".")[2]
        again = http.post(f"{REVIEW}/undo", json={"site": "mill", "decision": f"{receipt['id']}.{'0' * 16}"})
        problem_of(again, 404, "unknown-decision")


async def test_what_is_left_to_a_senior_is_refused_to_others(town: Town) -> None:
    (waits,) = await waiting(town, 0.6)
    shown = await published(town.backend, town.writer)
    with town.http("moderator-mill") as http:
        left = post(http, "escalations", {"id": waits.id, "version": waits.version, "note": "Please look."})
        card = {"id": waits.id, "version": left["version"]}
        assert decide(http, card, "approve")["problem"]["type"] == "needs-senior"
        body = {"site": "mill", "id": shown.id, "version": shown.version}
        problem_of(http.post(f"{REVIEW}/escalations", json=body), 409, "move-not-allowed")
        problem_of(http.post(f"{REVIEW}/notes", json={**body, "version": 1, "text": "x"}), 409, "lost-race")
        (listed,) = http.get(f"{REVIEW}/comments?site=mill&status=held").json()["items"]
        assert (listed["escalated"], listed["urgent"]) == (True, False)
        assert post(http, "undo", {"decision": left["decision"]})["undone"] == 1
        assert decide(http, {**card, "version": left["version"] + 1}, "approve")["ok"]

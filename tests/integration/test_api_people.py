"""What moderators and authors may do: decisions, rewriting and withdrawing."""

from typing import Any

import pytest

from tests.builders import scores_of
from tests.integration.conftest import Town
from tests.integration.wire import COMMENTS, problem_of, wire
from tests.steps import applied, held, published, submitted


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "gps_x", "Bearer " + "x" * 5_000])
async def test_a_header_that_is_no_bearer_token(town: Town, header: str) -> None:
    with town.http() as http:
        for method, path in (("GET", "/v1/sites/mill/policy"), ("POST", COMMENTS)):
            answer = http.request(method, path, json=wire(), headers={"authorization": header})
            problem_of(answer, 401, "unauthorised")


async def test_a_forged_author_token_opens_nothing(town: Town) -> None:
    with town.http() as http:
        receipt = http.post(COMMENTS, json=wire()).json()
        name, expiry, mac = receipt["token"].removeprefix("gpa_").split(".")
        for forged in (
            f"gpa_{name}.{int(expiry) + 1}.{mac}",
            f"gpa_{name}.{expiry}.{mac[:-1]}",
            f"gpa_{name}.{expiry}.",
            f"gpa_{name}.{expiry}",
            f"gpa_{name}..{mac}",
            f"gpa_{name}.-1.{mac}",
            f"gpa_{name}.{'9' * 400}.{mac}",
            "gpa_",
            "gpa_..",
        ):
            answer = http.get(f"{COMMENTS}/{receipt['id']}", headers={"authorization": f"Bearer {forged}"})
            problem_of(answer, 403, "forbidden")


async def test_what_an_author_may_do_with_their_comment(town: Town) -> None:
    comment_id, token = "", ""
    with town.http("key-mill") as http:
        receipt = http.post(COMMENTS, json=wire()).json()
        comment_id, token = receipt["id"], receipt["token"]
    path = f"{COMMENTS}/{comment_id}"
    with town.http(token) as http:
        problem_of(http.patch(path, json={"body": "Too early."}), 409, "move-not-allowed")
        comment = await town.backend.comments.load(town.mill, comment_id)
        assert comment is not None
        await applied(town.backend, town.writer, town.writer.judge(comment, "rejected"))
        seen = http.get(path).json()
        assert set(seen) == {"id", "status", "version", "created_at", "decided_at", "body", "reasons", "statement"}
        assert (seen["status"], seen["version"], seen["body"]) == ("rejected", 2, "A fine morning.")
        problem_of(http.patch(path, json={"body": " "}), 422, "invalid-field")
        again = http.patch(path, json={"body": "Better."}).json()
        assert (again["status"], again["version"], again["body"]) == ("pending", 3, "Better.")
        for _ in range(2):
            assert http.delete(path).status_code == 204
        gone = http.get(path).json()
        assert (gone["status"], gone["body"], gone["version"]) == ("deleted", "", 4)
    with town.http("moderator-mill") as http:
        problem = http.post("/v1/review/decisions", json=_decisions((comment_id, 4, "approve"))).json()["results"][0]
        assert problem["problem"]["type"] == "move-not-allowed"


def _decisions(*wanted: tuple[str, int, str], site: str = "mill") -> dict[str, Any]:
    return {"decisions": [{"site": site, "id": i, "version": v, "action": a} for i, v, a in wanted]}


async def test_decisions_are_answered_in_order_each_on_its_own(town: Town) -> None:
    first = await held(town.backend, town.writer, await submitted(town.backend, town.writer))
    second = await published(town.backend, town.writer)
    pending = await submitted(town.backend, town.writer)
    with town.http("moderator-both") as http:
        answer = http.post(
            "/v1/review/decisions",
            json={
                "decisions": [
                    *_decisions((first.id, 2, "approve"), (first.id, 2, "reject"), (second.id, 2, "hold"))["decisions"],
                    *_decisions((second.id, 3, "hold"), (pending.id, 1, "approve"), ("nonsense", 1, "hold"))[
                        "decisions"
                    ],
                    *_decisions((first.id, 3, "hold"), site="weir")["decisions"],
                    *_decisions((first.id, 3, "hold"), site="nowhere")["decisions"],
                    {"site": "mill", "id": first.id, "version": 3, "action": "hold", "reason": "a\x00b"},
                    {"site": "mill", "id": first.id, "version": 3, "action": "hold", "note": "Look again."},
                ]
            },
        )
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, no-store"
        results = answer.json()["results"]
        slugs = [result["status"] if result["ok"] else result["problem"]["type"] for result in results]
        assert slugs == [
            "approved",
            "lost-race",
            "held",
            "move-not-allowed",
            "move-not-allowed",
            "unknown-comment",
            "unknown-comment",
            "forbidden",
            "invalid-field",
            "held",
        ]
        ids = [first.id, first.id, second.id, second.id, pending.id, "nonsense"]
        assert [result["id"] for result in results][:6] == ids
        lost = results[1]["problem"]
        assert (lost["status"], lost["decided_to"], lost["version"]) == (409, "approved", 3)
        assert lost["decided_by"].startswith("moderator-")
        assert lost["decided_at"].endswith("Z")
        assert results[0]["version"] == 3
    assert town.backend.faults() == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"decisions": []},
        {"decisions": [{"site": "mill", "id": "x", "version": 1, "action": "hold"}] * 101},
        {"decisions": [{"site": "mill", "id": "x", "version": 1, "action": "delete"}]},
        {"decisions": [{"site": "mill", "id": "x", "version": "1", "action": "hold"}]},
        {"decisions": [{"site": "mill", "id": "x", "version": 1.5, "action": "hold"}]},
        {"decisions": [{"site": "mill", "id": "x", "version": 1, "action": "hold", "by": "me"}]},
        {"decisions": {"site": "mill"}},
    ],
)
async def test_decisions_of_another_form_are_refused_whole(town: Town, body: dict[str, Any]) -> None:
    with town.http("moderator-mill") as http:
        problem_of(http.post("/v1/review/decisions", json=body), 400, "invalid-request")


async def test_the_review_list_tells_moderators_what_authors_are_not_told(town: Town) -> None:
    waits = await held(
        town.backend, town.writer, await submitted(town.backend, town.writer), scores_of(0.7, insult=0.8)
    )
    await published(town.backend, town.writer)
    with town.http("moderator-mill") as http:
        page = http.get("/v1/review/comments?site=mill&sort=riskiest&label=insult&min_score=0.5").json()
        (item,) = page["items"]
        assert item["id"] == waits.id
        assert item["scores"] == {
            "labels": {"toxicity": 0.7, "insult": 0.8},
            "classifier": "toy",
            "version": "1",
            "hash": "00",
        }
        assert item["author"] == {
            "key": "anna",
            "strength": "claimed",
            "name": "Anna",
            "website": None,
            "staff": False,
        }
        assert item["trail"][0]["from"] == "pending"
        for query, slug in (
            ("site=mill&status=lost", "invalid-request"),
            ("site=mill&label=rude", "invalid-request"),
            ("site=mill&min_score=2", "invalid-request"),
            ("site=mill&min_score=nan", "invalid-request"),
            ("site=mill&limit=201", "invalid-request"),
            ("site=mill&sort=riskiest&status=approved", "invalid-request"),
            ("site=mill&cursor=W10", "invalid-cursor"),
            ("status=held", "invalid-request"),
        ):
            problem_of(http.get(f"/v1/review/comments?{query}"), 400, slug)
        first = http.get("/v1/review/comments?site=mill&limit=1").json()
        rest = http.get(f"/v1/review/comments?site=mill&limit=1&cursor={first['next_cursor']}").json()
        assert first["items"][0]["id"] < rest["items"][0]["id"]
        answer = http.get(f"/v1/review/comments?site=mill&sort=newest&cursor={first['next_cursor']}")
        problem_of(answer, 400, "invalid-cursor")

"""Who may do what: every route with every credential, decisions, and policies."""

from typing import Any

import httpx
import pytest

from tests.builders import THREAD, scores_of
from tests.integration.conftest import Town
from tests.integration.wire import COMMENTS, problem_of, wire
from tests.steps import applied, held, published, submitted

CREDENTIALS = (
    "none",
    "garbage",
    "key-mill",
    "key-weir",
    "moderator-mill",
    "moderator-weir",
    "moderator-both",
    "author",
    "author-of-another",
    "author-of-another-site",
)
# What each route answers to each credential; whom it does not name is told 401 without, or 403 with a credential.
ROUTES: dict[str, tuple[str, str, Any, dict[str, int]]] = {
    "list": ("GET", f"{COMMENTS}?thread={THREAD}", None, dict.fromkeys(CREDENTIALS, 200)),
    "counts": ("GET", f"/v1/sites/mill/counts?thread={THREAD}", None, dict.fromkeys(CREDENTIALS, 200)),
    "submit": (
        "POST",
        COMMENTS,
        wire(),
        {"none": 202, "key-mill": 202, "garbage": 401, "author": 401, "author-of-another": 401}
        | {"author-of-another-site": 401},
    ),
    "look": ("GET", f"{COMMENTS}/{{id}}", None, {"none": 200, "author": 200}),
    "rewrite": ("PATCH", f"{COMMENTS}/{{id}}", {"body": "Anew."}, {"author": 200}),
    "withdraw": ("DELETE", f"{COMMENTS}/{{id}}", None, {"author": 204}),
    "own stream": ("GET", f"{COMMENTS}/{{id}}/stream", None, {"author": 200}),
    "thread": (
        "GET",
        f"/v1/sites/mill/threads?thread={THREAD}",
        None,
        {"key-mill": 200, "moderator-mill": 200, "moderator-both": 200},
    ),
    "patch thread": (
        "PATCH",
        f"/v1/sites/mill/threads?thread={THREAD}",
        {"closed": False},
        {"key-mill": 200, "moderator-mill": 200, "moderator-both": 200},
    ),
    "policy": (
        "GET",
        "/v1/sites/mill/policy",
        None,
        {"key-mill": 200, "moderator-mill": 200, "moderator-both": 200},
    ),
    "review": (
        "GET",
        "/v1/review/comments?site=mill",
        None,
        {"moderator-mill": 200, "moderator-both": 200},
    ),
    "suggestions": (
        "GET",
        "/v1/review/suggestions?site=mill",
        None,
        {"moderator-mill": 200, "moderator-both": 200},
    ),
    "review of nowhere": ("GET", "/v1/review/comments?site=nowhere", None, {}),
}


@pytest.mark.parametrize("credential", CREDENTIALS)
async def test_every_route_with_every_credential(town: Town, credential: str) -> None:
    with town.http("key-mill") as mill, town.http("key-weir") as weir, town.http() as http:
        for route in ROUTES:
            own, other, foreign = (
                sender.post(f"/v1/sites/{site}/comments", json=wire()).json()
                for sender, site in ((mill, "mill"), (mill, "mill"), (weir, "weir"))
            )
            for receipt in (own, other):
                comment = await town.backend.comments.load(town.mill, receipt["id"])
                assert comment is not None
                await applied(town.backend, town.writer, town.writer.judge(comment, "approved"))
            tokens = {
                **town.tokens,
                "garbage": "gps_garbage",
                "author": own["token"],
                "author-of-another": other["token"],
                "author-of-another-site": foreign["token"],
            }
            before = await town.backend.comments.load(town.mill, own["id"])
            answer = ask(http, route, own["id"], tokens.get(credential))
            allowed = ROUTES[route][3]
            if credential in allowed:
                assert answer.status_code == allowed[credential], (route, answer.text)
                continue
            assert answer.status_code in ((401,) if credential == "none" else (401, 403)), (route, answer.text)
            problem_of(answer, answer.status_code, "unauthorised" if answer.status_code == 401 else "forbidden")
            assert (answer.headers.get("www-authenticate") == "Bearer") is (answer.status_code == 401)
            assert await town.backend.comments.load(town.mill, own["id"]) == before


def ask(http: httpx.Client, route: str, comment_id: str, token: str | None) -> httpx.Response:
    """Ask a route with a token; of a stream that opens only the head is read."""
    method, path, body, _ = ROUTES[route]
    headers = {"authorization": f"Bearer {token}"} if token else {}
    with http.stream(method, path.replace("{id}", comment_id), json=body, headers=headers) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.read()
        return answer


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
        assert set(seen) == {"id", "status", "version", "created_at", "decided_at", "body", "reasons"}
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
        assert item["author"] == {"key": "anna", "strength": "claimed", "name": "Anna", "website": None}
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

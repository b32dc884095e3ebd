"""Many held comments at once over HTTP: groups, a group's list, its scores and samples, and the audit trail."""

from typing import Any

import httpx
import pytest

from service.domain.comment import Reason
from service.domain.moves import judged
from service.domain.orders import Move
from service.domain.policy import Verdict
from service.domain.site import Rank, Thread
from service.settings import read_settings
from service.wiring import open_house
from service.workflow.sites import add_principal
from tests.builders import replaced, scores_of
from tests.integration.conftest import Town
from tests.integration.wire import problem_of
from tests.processes import environment
from tests.steps import applied, published, submitted

SPAM = "Earn five hundred a day from home, write to me for the secret of it"
Ids = dict[str, list[str]]


async def hold(town: Town, body: str, score: float, *, code: str = "links", threat: float = 0.0, **who: Any) -> str:
    """Have a comment held for a reason."""
    writer = town.writer
    urgent = who.pop("urgent", False)
    comment = await submitted(town.backend, writer, body, **who)
    verdict = Verdict(status="held", look=False, reasons=(Reason(rule="r", code=code),))
    scores = scores_of(score, threat=threat)
    after = judged(comment, verdict, scores, by="worker-1", at=writer.clock(), policy_version=1)
    await applied(town.backend, writer, Move(before=comment, after=replaced(after, urgent=urgent)))
    return comment.id


@pytest.fixture
async def held(town: Town) -> Ids:
    """Hold eight variants of an advertisement in one thread, and four in others: a threat, and an urgent one."""
    sport = Thread(key="/sport", title="Sport today", section="Sport")
    await town.backend.comments.patch_thread(town.mill, "/sport", changes=sport, fields=frozenset({"section", "title"}))
    made: Ids = {"spam": [], "rest": []}
    for number in range(8):
        body = f"{SPAM}{'!' * number} {number}"
        made["spam"].append(
            await hold(
                town, body, round(0.6 + number / 100, 4), thread="/sport", author=f"spammer{number % 2}", code="spam"
            )
        )
    texts = ["The weir leaks.", "My cat writes better.", "Go and drown in it.", "Who painted the mill?"]
    for number, body in enumerate(texts):
        threat = 0.9 if number == 2 else 0.0
        made["rest"].append(
            await hold(
                town,
                body,
                round(0.8 + number / 100, 4),
                thread=f"/t{number}",
                author="anna",
                threat=threat,
                urgent=number == 3,
            )
        )
    return made


async def token_of(town: Town, rank: Rank = "moderator", *sections: str) -> str:
    async with open_house(read_settings(environment(town.redis.url))) as house:
        _, token = await add_principal(house, role="moderator", sites=("mill",), rank=rank, sections=sections)
    return token


def got(http: httpx.Client, path: str) -> Any:
    answer = http.get(f"/v1/review/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_is_held_is_grouped_and_a_group_is_listed(town: Town, held: Ids) -> None:
    with town.http("moderator-mill") as http:
        threads = got(http, "groups?site=mill&by=thread")
        assert (threads["total"], threads["looked_at"], threads["complete"]) == (12, 12, True)
        first = threads["items"][0]
        assert (first["key"], first["title"], first["count"], first["severe"]) == ("/sport", "Sport today", 8, 0)
        assert first["sample_ids"] == held["spam"][:-4:-1]
        assert first["highest"] == 0.67
        authors = {group["key"]: group["count"] for group in got(http, "groups?site=mill&by=author")["items"]}
        assert authors == {"spammer0": 4, "spammer1": 4, "anna": 4}
        reasons = {group["key"]: group["severe"] for group in got(http, "groups?site=mill&by=reason")["items"]}
        assert reasons == {"spam": 0, "links": 2}
        alike = got(http, "groups?site=mill&by=likeness")["items"]
        assert [group["count"] for group in alike] == [8, 1, 1, 1, 1]
        assert alike[0]["title"].startswith(SPAM)
        key = alike[0]["key"]
        for asked, want in (
            (f"by_likeness={key}", held["spam"][::-1]),
            (f"by_likeness={key}&sort=oldest", held["spam"]),
            (f"by_likeness={key}&sort=newest&author=spammer1", held["spam"][:0:-2]),
            ("reason=links&status=held", [held["rest"][3], held["rest"][2], *held["rest"][1::-1]]),
            ("queue=urgent", held["rest"][3:]),
            ("queue=urgent&sort=oldest", held["rest"][3:]),
            ("status=held&max_score=0.61&sort=riskiest", held["spam"][1::-1]),
            ("status=held&min_score=0.8&max_score=0.81", held["rest"][1::-1]),
            ("queue=reported", []),
        ):
            found: list[str] = []
            cursor = ""
            while True:
                page = got(http, f"comments?site=mill&limit=3&{asked}{cursor}")
                found += [item["id"] for item in page["items"]]
                if page["next_cursor"] is None:
                    break
                cursor = f"&cursor={page['next_cursor']}"
            assert found == want, asked
        # A group is found by any of its comments, also by one that was decided meanwhile.
        choice = {"site": "mill", "id": key, "version": 2, "action": "approve"}
        assert http.post("/v1/review/decisions", json={"decisions": [choice]}).json()["results"][0]["ok"]
        again = got(http, f"comments?site=mill&by_likeness={key}")["items"]
        assert sorted(item["id"] for item in again) == sorted(set(held["spam"]) - {key})
        problem_of(http.get("/v1/review/comments?site=mill&by_likeness=x"), 404, "unknown-comment")
        assert got(http, "groups?site=mill&by=likeness")["items"][0]["count"] == 7


async def test_a_group_s_scores_are_drawn_and_sampled(town: Town, held: Ids) -> None:
    with town.http("moderator-mill") as http:
        drawn = got(http, "distribution?site=mill&label=toxicity")
        assert (drawn["label"], drawn["total"], drawn["complete"]) == ("toxicity", 12, True)
        scores = [point["score"] for point in drawn["points"]]
        assert scores == sorted(scores, reverse=True)
        assert {(point["version"], point["severe"]) for point in drawn["points"]} == {(2, False), (2, True)}
        of_thread = got(http, "distribution?site=mill&label=toxicity&thread=/sport")
        assert [point["id"] for point in of_thread["points"]] == held["spam"][::-1]
        assert got(http, "distribution?site=mill&label=obscene")["points"] == []
        ranged = "samples?site=mill&label=toxicity&min_score=0.62&max_score=0.66"
        seen = set()
        for _ in range(20):
            items = got(http, f"{ranged}&count=2")["items"]
            assert len({item["id"] for item in items}) == 2
            assert all(0.62 <= item["scores"]["labels"]["toxicity"] <= 0.66 for item in items)
            seen |= {item["id"] for item in items}
        assert seen == set(held["spam"][2:7])
        assert len(got(http, f"{ranged}&by_likeness={held['spam'][0]}")["items"]) == 5
        problem_of(http.get("/v1/review/samples?site=mill&label=toxicity&count=51"), 400, "invalid-request")


async def test_a_section_s_moderator_sees_and_decides_its_threads_alone(town: Town, held: Ids) -> None:
    with town.http(await token_of(town, "moderator", "Sport")) as http:
        for asked in ("", "&status=held", "&section=Sport", "&sort=newest"):
            items = got(http, f"comments?site=mill{asked}")["items"]
            assert {item["thread"] for item in items} == {"/sport"}
            assert len(items) == 8
        assert [group["key"] for group in got(http, "groups?site=mill&by=thread")["items"]] == ["/sport"]
        assert len(got(http, "distribution?site=mill&label=toxicity")["points"]) == 8
        assert len(got(http, "samples?site=mill&label=toxicity&count=50")["items"]) == 8
        for path in ("comments?site=mill", "groups?site=mill&by=thread", "distribution?site=mill&label=toxicity"):
            problem_of(http.get(f"/v1/review/{path}&section=Town"), 403, "forbidden")
        problem_of(http.get("/v1/sites/mill/threads?thread=/t0"), 403, "forbidden")
        problem_of(http.patch("/v1/sites/mill/threads?thread=/t0", json={"closed": True}), 403, "forbidden")
        assert http.get("/v1/sites/mill/threads?thread=/sport").status_code == 200
        choices = [
            {"site": "mill", "id": comment_id, "version": 2, "action": "approve"}
            for comment_id in (held["rest"][0], held["spam"][0])
        ]
        outside, inside = http.post("/v1/review/decisions", json={"decisions": choices}).json()["results"]
        assert (outside["problem"]["type"], inside["ok"]) == ("forbidden", True)
    with town.http("moderator-mill") as http:
        assert len(got(http, "comments?site=mill&section=Sport")["items"]) == 8


async def test_the_audit_trail_is_exported(town: Town, held: Ids) -> None:
    tokens = [await token_of(town, "senior"), town.tokens["moderator-mill"], await token_of(town, "senior", "Sport")]
    senior, plain, of_sport = (httpx.Client(base_url=town.url) for _ in tokens)
    with senior, plain, of_sport:
        ids = []
        for http, token, comment_id in zip((senior, plain, of_sport), tokens, held["spam"], strict=False):
            me = http.post("/v1/review/session", json={"token": token}).json()
            http.headers["x-gatepost-csrf"] = me["csrf"]
            ids.append(me["id"])
            choice = {"site": "mill", "id": comment_id, "version": 2, "action": "reject"}
            assert http.post("/v1/review/decisions", json={"decisions": [choice]}).json()["results"][0]["ok"]

        def trail(http: httpx.Client, asked: str = "") -> list[Any]:
            answer = http.get(f"/v1/review/trail?site=mill{asked}")
            assert answer.status_code == 200, answer.text
            return [httpx.Response(200, content=line).json() for line in answer.text.splitlines()]

        acts = trail(senior)
        assert [(act["by"], act["kind"]) for act in acts] == [
            (who, kind) for who in ids for kind in ("sign-in", "decision")
        ]
        assert acts[1]["what"]["comment"] == held["spam"][0]
        assert not any(SPAM in str(act) or "spammer" in str(act) for act in acts)
        assert trail(senior, f"&moderator={ids[1]}") == [act for act in acts if act["by"] == ids[1]]
        # Others see their own.
        for http, who in ((plain, ids[1]), (of_sport, ids[2])):
            assert trail(http) == trail(http, f"&moderator={who}") == [act for act in acts if act["by"] == who]
            problem_of(http.get(f"/v1/review/trail?site=mill&moderator={ids[0]}"), 403, "forbidden")
        assert trail(senior, "&from=2099-01-01T00:00:00Z") == trail(senior, "&to=2020-01-01T00:00:00Z") == []
        assert len(trail(senior, "&from=2020-01-01T00:00:00Z&to=2099-01-01T00:00:00Z")) == 6
        table = senior.get("/v1/review/trail?site=mill&format=csv")
        assert table.headers["content-type"].startswith("text/csv")
        assert table.headers["content-disposition"].startswith("attachment")
        assert len(table.text.splitlines()) == 7
        problem_of(senior.get("/v1/review/trail?site=mill&cursor=x"), 400, "invalid-cursor")


async def test_a_comment_s_surroundings_are_shown(town: Town, held: Ids) -> None:
    backend, writer = town.backend, town.writer
    around = [await published(backend, writer, f"Number {number}.", thread="/talk") for number in range(7)]
    asked = await hold(town, "What of number 2?", 0.7, thread="/talk", author="ben", parent=around[2].id)
    older = await hold(town, "Earlier.", 0.7, thread="/sport", author="ben")
    later = [await published(backend, writer, f"Then {number}.", thread="/talk") for number in range(2)]
    hidden = await hold(town, "Not shown.", 0.7, thread="/talk", author="cleo")
    with town.http("moderator-mill") as http:
        found = got(http, f"context?site=mill&id={asked}")
        assert found["thread"]["thread"] == "/talk"
        assert [comment["id"] for comment in found["before"]] == [comment.id for comment in around[2:]]
        assert [comment["id"] for comment in found["after"]] == [comment.id for comment in later]
        assert hidden not in str(found)
        assert found["parent"]["id"] == around[2].id
        author = found["author"]
        assert (author["key"], author["held"], author["approved"], author["rejected"]) == ("ben", 2, 0, 0)
        assert [(past["id"], past["status"], past["body"]) for past in author["last"]] == [(older, "held", "Earlier.")]
        problem_of(http.get(f"/v1/review/context?site=mill&id={asked[:-1]}x"), 404, "unknown-comment")
        assert got(http, f"context?site=mill&id={held['rest'][0]}")["parent"] is None
    with town.http(await token_of(town, "moderator", "Sport")) as http:
        problem_of(http.get(f"/v1/review/context?site=mill&id={asked}"), 403, "forbidden")
        # Nor is what the same author wrote elsewhere.
        assert got(http, f"context?site=mill&id={older}")["author"]["last"] == []

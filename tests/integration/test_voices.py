"""Reports, appeals, statements and figures over HTTP, as readers, authors and moderators meet them."""

from typing import Any

import httpx
import msgspec
import pytest

from service.domain.comment import Comment
from service.domain.reporting import A_BURST
from service.settings import read_settings
from service.storage import codec
from service.storage.directory_keys import CREDENTIALS
from service.wiring import open_house
from service.workflow.sites import add_principal
from tests.builders import scores_of
from tests.integration.conftest import MILL, Town
from tests.integration.wire import COMMENTS, problem_of, wire
from tests.processes import environment
from tests.steps import applied, held, published, submitted

DEVICE = "d" * 22


def reports_of(comment_id: str) -> str:
    return f"{COMMENTS}/{comment_id}/reports"


async def loaded(town: Town, comment_id: str) -> Comment:
    found = await town.backend.comments.load(town.mill, comment_id)
    assert found is not None
    return found


async def test_the_answer_to_a_report_is_always_the_same(town: Town) -> None:
    shown = await published(town.backend, town.writer)
    hidden = await held(town.backend, town.writer, await submitted(town.backend, town.writer))
    body = {"kind": "rule", "text": "Rude.", "device": DEVICE}
    with town.http() as http:
        answers = [
            http.post(reports_of(comment_id), json=sent, headers={"origin": MILL})
            for comment_id in (shown.id, hidden.id, "nonsense")
            for sent in (body, {**body, "kind": "illegal"})
        ]
        assert {(answer.status_code, answer.content) for answer in answers} == {(202, b'{"received":true}')}
        assert {answer.headers["access-control-allow-origin"] for answer in answers} == {MILL}
        foreign = http.post(reports_of(shown.id), json=body, headers={"origin": "https://evil.example"})
        problem_of(foreign, 403, "origin-not-allowed")
        for broken, slug in (
            ({**body, "kind": "rude"}, "invalid-request"),
            ({**body, "by": "me"}, "invalid-request"),
            ({**body, "device": "short"}, "invalid-field"),
            ({**body, "text": "x" * 1_001}, "invalid-field"),
            ({**body, "house_rule": "none"}, "invalid-field"),
        ):
            problem_of(http.post(reports_of(shown.id), json=broken), 422 if slug == "invalid-field" else 400, slug)
    reports = await town.backend.reports.of_comment(town.mill, shown.id)
    assert [(one.kind, one.text) for one in reports] == [("rule", "Rude.")]
    assert town.backend.faults() == []


async def test_too_many_reports_from_one_address_are_told_so(town: Town) -> None:
    with town.http() as http:
        codes = [http.post(reports_of("nonsense"), json={}).status_code for _ in range(A_BURST + 1)]
        assert codes == [202] * A_BURST + [429]
        late = http.post(reports_of("nonsense"), json={})
        problem_of(late, 429, "rate-limited")
        assert int(late.headers["retry-after"]) > 0
    with town.http("key-mill") as http:
        assert http.post(reports_of("nonsense"), json={}).status_code == 202


async def test_moderators_see_reports_and_dismiss_them(town: Town) -> None:
    shown, other = await published(town.backend, town.writer), await published(town.backend, town.writer)
    with town.http() as http:
        http.post(reports_of(shown.id), json={"device": DEVICE, "text": "Rude."})
        http.post(reports_of(other.id), json={"kind": "illegal", "text": "Against the law."})
    with town.http("moderator-mill") as http:
        items = http.get("/v1/review/reports?site=mill").json()["items"]
        assert [(item["comment"]["id"], item["urgent"]) for item in items] == [(other.id, True), (shown.id, False)]
        (report,) = items[1]["reports"]
        assert set(report) == {"kind", "house_rule", "text", "at", "weight"}
        (one,) = http.get(f"/v1/review/reports?site=mill&id={shown.id}").json()["items"]
        assert one == items[1]
        body = {"site": "mill", "id": shown.id, "action": "dismiss"}
        assert http.post("/v1/review/reports", json=body).json() == {"id": shown.id, "dismissed": 1}
        assert [item["comment"]["id"] for item in http.get("/v1/review/reports?site=mill").json()["items"]] == [
            other.id
        ]
        problem_of(http.post("/v1/review/reports", json={**body, "id": "nonsense"}), 404, "unknown-comment")
    with town.http() as http:
        assert http.post(reports_of(shown.id), json={"device": "e" * 22}).status_code == 202
    assert await town.backend.reports.of_comment(town.mill, shown.id) == []


async def rejected_by_a_moderator(town: Town) -> tuple[str, str]:
    """Have a comment submitted over HTTP and rejected; gives its id and its author's token."""
    with town.http("key-mill") as http:
        receipt = http.post(COMMENTS, json=wire()).json()
    comment = await loaded(town, receipt["id"])
    comment = await applied(town.backend, town.writer, town.writer.judge(comment, "held", scores=scores_of(0.7)))
    with town.http("moderator-mill") as http:
        decide(http, comment, "reject", reason="Please be kind.")
    return receipt["id"], receipt["token"]


def deciders(town: Town) -> list[str]:
    """Name every moderator and key that there is."""
    with town.redis.client() as opened:
        client: Any = opened
        return [codec.principal(record).id for record in client.hgetall(CREDENTIALS).values()]


def decide(http: httpx.Client, comment: Comment, action: str, **more: Any) -> None:
    choice = {"site": "mill", "id": comment.id, "version": comment.version, "action": action, **more}
    (result,) = http.post("/v1/review/decisions", json={"decisions": [choice]}).json()["results"]
    assert result["ok"], result


async def test_an_author_appeals_and_reads_what_came_of_it(town: Town) -> None:
    comment_id, token = await rejected_by_a_moderator(town)
    path = f"{COMMENTS}/{comment_id}"
    with town.http(token) as http:
        statement = http.get(path).json()["statement"]
        assert (statement["text"], statement["decided"], statement["detected"]) == (
            "Please be kind.",
            "human",
            "automatic",
        )
        assert (statement["appeal"]["possible"], statement["appeal"]["state"]) == (True, "possible")
        problem_of(http.post(f"{path}/appeal", json={"text": " "}), 422, "invalid-field")
        sent = http.post(f"{path}/appeal", json={"text": "It was a joke."})
        assert (sent.status_code, sent.json()) == (202, {"id": comment_id, "state": "waiting"})
        problem_of(http.post(f"{path}/appeal", json={"text": "Again."}), 409, "appeal-not-possible")
        assert http.get(path).json()["statement"]["appeal"]["state"] == "waiting"
    with town.http("moderator-mill") as http:
        (item,) = http.get("/v1/review/appeals?site=mill").json()["items"]
        assert (item["appeal"]["independent"], item["appeal"]["first_reason"]) == (False, "")
        assert item["comment"]["statement"] == ""
    with town.http("moderator-both") as http:
        (item,) = http.get("/v1/review/appeals?site=mill").json()["items"]
        assert (item["appeal"]["text"], item["appeal"]["independent"]) == ("It was a joke.", True)
        assert item["appeal"]["first_reason"] == "Please be kind."
        decide(http, await loaded(town, comment_id), "approve")
        assert http.get("/v1/review/appeals?site=mill").json() == {"items": []}
    with town.http(token) as http:
        answer = http.get(path)
        assert (answer.json()["status"], answer.json()["statement"]["appeal"]["state"]) == ("approved", "overturned")
        assert not [who for who in deciders(town) if who in answer.text]
    assert town.backend.faults() == []


async def test_figures_are_a_moderators_and_the_teams_a_seniors(town: Town) -> None:
    await rejected_by_a_moderator(town)
    await held(town.backend, town.writer, await submitted(town.backend, town.writer), scores_of(0.7))
    with town.http("moderator-mill") as http:
        figures = http.get("/v1/review/figures?site=mill&days=2").json()
        assert (len(figures["days"]), figures["queue"]["held"]) == (2, 1)
        assert figures["mine"]["rejected"] == 1
        assert sum(figures["labels"]["toxicity"]) == 1
        problem_of(http.get("/v1/review/figures?site=mill&moderator=all"), 403, "forbidden")
        for wrong in ("days=0", "days=367", "moderator=none"):
            problem_of(http.get(f"/v1/review/figures?site=mill&{wrong}"), 400, "invalid-request")
    async with open_house(read_settings(environment(town.redis.url))) as house:
        senior, token = await add_principal(house, role="moderator", sites=("mill",))
        await raise_rank(town, senior.id)
    with town.http(token) as http:
        team = http.get("/v1/review/figures?site=mill&moderator=all").json()
        assert team["team"] == {"approved": 0, "rejected": 1, "held": 0, "undone": 0}
        assert "mine" not in team


async def raise_rank(town: Town, principal_id: str) -> None:
    """Give a moderator the rank of a senior, as whoever adds moderators does."""
    with town.redis.client() as opened:
        client: Any = opened
        for hashed, record in client.hgetall(CREDENTIALS).items():
            principal = codec.principal(record)
            if principal.id == principal_id:
                client.hset(CREDENTIALS, hashed, codec.encode(msgspec.structs.replace(principal, rank="senior")))


@pytest.mark.parametrize("path", ["/v1/sites/mill/transparency", "/sites/mill/transparency"])
async def test_everybody_reads_what_became_of_comments(town: Town, path: str) -> None:
    await rejected_by_a_moderator(town)
    with town.http() as http:
        answer = http.get(path)
        assert answer.status_code == 200
        assert not [who for who in deciders(town) if who in answer.text]
        assert answer.headers["cache-control"] == "public, no-cache"
        if path.startswith("/v1"):
            (month,) = answer.json()["months"]
            assert month["outcomes"]["rejected"] == 1
            assert month["rules"]["rejected"] == {}
        else:
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert "script-src 'self'" in answer.headers["content-security-policy"]
            assert "<script" not in answer.text
            assert "style=" not in answer.text
            assert "<td>1</td>" in answer.text
        problem_of(http.get(path.replace("mill", "nowhere")), 404, "unknown-site")

"""A policy's life over HTTP: its schema, versions, house rules, audits and rehearsals."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from service.domain.auditing import AuditPlan, Drawn, day_of, entry_of
from service.domain.comment import Comment
from service.domain.status import Status
from tests.builders import scores_of
from tests.integration.conftest import Town
from tests.integration.wire import problem_of
from tests.processes import WorkerProcess, wait_until
from tests.steps import applied, held, judged, submitted

POLICY = "/v1/sites/mill/policy"
RULES = [
    {
        "id": "civil",
        "title": {"en": "Be civil", "de": "Höflich bleiben"},
        "text": {"en": "No insults.", "de": "Keine Beleidigungen."},
    }
]


def body(version: int, **changes: Any) -> dict[str, Any]:
    thresholds = {"toxicity": {"hold": 0.5, "reject": 0.9}}
    return {"version": version, "classifier": "embedded-fast", "mode": "hybrid", "thresholds": thresholds, **changes}


async def test_the_schema_is_public_cached_and_fits_the_policy_in_force(town: Town) -> None:
    with town.http() as http, town.http("key-mill") as site:
        found = http.get("/v1/policy-schema.json")
        assert found.headers["content-type"] == "application/schema+json"
        assert jsonschema_rs.is_valid(found.json(), site.get(POLICY).json())
        etag = found.headers["etag"]
        assert http.get("/v1/policy-schema.json", headers={"if-none-match": etag}).status_code == 304


async def test_versions_are_listed_compared_and_gone_back_to(town: Town) -> None:
    with town.http("moderator-mill") as http, town.http("key-mill") as site:
        assert http.put(POLICY, json=body(1, mode="pre")).json()["version"] == 2
        assert site.put(POLICY, json=body(2, mode="pre", undo_seconds=60)).json()["version"] == 3
        versions = http.get(f"{POLICY}/history").json()["items"]
        assert [row["version"] for row in versions] == [3, 2, 1]
        assert [row["by"].split("-")[0] for row in versions] == ["site", "moderator", "operator"]
        assert all(row["at"] for row in versions)
        assert http.get(f"{POLICY}/history/1").json()["mode"] == "hybrid"
        problem_of(http.get(f"{POLICY}/history/4"), 404, "unknown-version")
        problem_of(http.get(f"{POLICY}/history/0"), 400, "invalid-request")
        found = http.get(f"{POLICY}/diff", params={"from": 1, "to": 3}).json()
        assert (found["from"], found["to"], found["complete"]) == (1, 3, True)
        assert {"op": "replace", "path": "/mode", "before": "hybrid", "value": "pre"} in found["changes"]
        assert {"op": "replace", "path": "/undo_seconds", "before": 30, "value": 60} in found["changes"]
        problem_of(http.get(f"{POLICY}/diff", params={"from": 1, "to": 9}), 404, "unknown-version")
        problem_of(http.post(f"{POLICY}/rollback", json={"to": 9}), 404, "unknown-version")
        problem_of(
            http.post(f"{POLICY}/rollback", json={"to": 1}, headers={"if-match": '"2"'}), 412, "version-mismatch"
        )
        back = http.post(f"{POLICY}/rollback", json={"to": 1}, headers={"if-match": '"3"'})
        assert (back.headers["etag"], back.json()["version"], back.json()["mode"]) == ('"4"', 4, "hybrid")
        assert http.get(f"{POLICY}/history").json()["items"][0]["back_to"] == 1
        assert [c["path"] for c in http.get(f"{POLICY}/diff", params={"from": 1, "to": 4}).json()["changes"]] == []


async def test_house_rules_are_read_by_anyone_in_their_language(town: Town) -> None:
    path = "/v1/sites/mill/house-rules"
    with town.http("key-mill") as site, town.http() as http:
        assert http.get(path).json() == {"language": "en", "items": []}
        twice = problem_of(site.put(POLICY, json=body(1, house_rules=RULES * 2)), 422, "invalid-policy")
        assert [fault["path"] for fault in twice["errors"]] == ["$.house_rules[1].id"]
        assert site.put(POLICY, json=body(1, house_rules=RULES)).status_code == 200
        # The first answer may be as old as the directory's cache.
        wait_until(lambda: http.get(path).json()["items"], "the rules to be shown")
        found = http.get(path, params={"lang": "de"})
        assert found.headers["cache-control"] == "public, no-cache"
        assert found.json()["items"] == [{"id": "civil", "title": "Höflich bleiben", "text": "Keine Beleidigungen."}]
        etag = found.headers["etag"]
        assert http.get(path, params={"lang": "de"}, headers={"if-none-match": etag}).status_code == 304
        assert http.get(path, params={"lang": "en"}, headers={"if-none-match": etag}).status_code == 200
        assert http.get(path, params={"lang": "fr"}).json()["language"] == "en"
        problem_of(http.get(path, params={"lang": "English"}), 400, "invalid-request")
        problem_of(http.get("/v1/sites/nowhere/house-rules"), 404, "unknown-site")


async def drawn(town: Town, status: Status) -> Comment:
    scores = scores_of(0.95 if status == "rejected" else 0.01)
    made = await judged(town.backend, town.writer, await submitted(town.backend, town.writer), status, scores=scores)
    of = Drawn(size=40, sample=1, cut=1)
    plan = AuditPlan(day=day_of(made.id), approved=of, rejected=of)
    await town.backend.audits.settle(town.mill, plan)
    await town.backend.audits.place(town.mill, [entry_of(made, plan, status)])  # type: ignore[arg-type]
    return made


async def test_a_card_to_be_judged_shows_words_and_no_scores(town: Town) -> None:
    comments = [await drawn(town, status) for status in ("approved", "rejected", "approved")]
    with town.http("moderator-mill") as http:
        page = http.get("/v1/review/audits", params={"site": "mill", "limit": 2}).json()
        rest = http.get("/v1/review/audits", params={"site": "mill", "limit": 2, "cursor": page["next_cursor"]}).json()
    assert page["total"] == 3
    assert rest["next_cursor"] is None
    cards = page["items"] + rest["items"]
    assert [card["id"] for card in cards] == [comment.id for comment in comments]
    for card in cards:
        assert not {"scores", "reasons", "status", "trail", "look", "statement"} & set(card)
        assert not {"approved", "rejected"} & set(map(str, card.values()))
        assert card["body"] == "A fine morning."


async def test_a_judgement_tells_what_the_machine_said_and_moves_the_comment(town: Town) -> None:
    shown, turned = await drawn(town, "approved"), await drawn(town, "rejected")
    with town.http("moderator-mill") as http, town.http() as reader:

        def judge(comment: Comment, judgement: str, **more: Any) -> Any:
            sent = {"site": "mill", "id": comment.id, "version": comment.version, "judgement": judgement, **more}
            return http.post("/v1/review/audits", json=sent)

        assert reader.get(f"/v1/sites/mill/comments?thread={shown.thread}").json()["count"] == 1
        answer = judge(shown, "unfit").json()
        assert (answer["machine"], answer["contradicts"], answer["applied"]) == ("approved", True, True)
        assert (answer["status"], answer["scores"]["labels"]) == ("rejected", {"toxicity": 0.01})
        assert judge(shown, "unfit").json() == answer
        problem_of(judge(shown, "fit"), 409, "audit-over")
        problem_of(judge(turned, "unfit", house_rule="none"), 422, "invalid-field")
        assert judge(turned, "unfit").json()["applied"] is False
        assert reader.get(f"/v1/sites/mill/comments?thread={shown.thread}").json()["count"] == 0
        figure = http.get("/v1/review/audit-figure", params={"site": "mill"}).json()
        # Days count once they are over.
        assert figure["published_fit"]["n"] == 0


async def test_a_rehearsal_without_a_worker_says_so(town: Town) -> None:
    with town.http("key-mill") as http:
        problem_of(http.post(f"{POLICY}/rehearse", json={"policy": body(1)}), 503, "no-worker")
        problem_of(http.post(f"{POLICY}/rehearse", json={"policy": body(1, classifier="x")}), 422, "invalid-policy")
        problem_of(http.post(f"{POLICY}/rehearse", json={"policy": body(1), "days": 0}), 422, "invalid-field")
        problem_of(http.post(f"{POLICY}/rehearse", json={"policy": body(1), "days": "9"}), 400, "invalid-request")


@pytest.fixture
def worker_log(tmp_path: Path) -> Path:
    return tmp_path / "worker.log"


async def test_a_rehearsal_is_done_beside_a_worker(town: Town, worker_log: Path) -> None:
    for number in range(4):
        waiting = await held(town.backend, town.writer, await submitted(town.backend, town.writer), scores_of(0.6))
        if number:
            await applied(town.backend, town.writer, town.writer.decide(waiting, "approved"))
    await drawn(town, "approved")
    worker = WorkerProcess(town.redis.url, worker_log)
    worker.start()
    try:
        with town.http("moderator-mill") as http:
            draft = body(1, thresholds={"toxicity": {"hold": 0.7}}, rules={"links": {"most": 7}})

            def answered() -> Any:
                found = http.post(f"{POLICY}/rehearse", json={"policy": draft, "days": 2})
                assert found.status_code in (200, 503), found.text
                return found.json() if found.status_code == 200 else None

            wait_until(answered, "a worker to rehearse")
            found = answered()
    finally:
        worker.stop()
    assert (found["decided"], found["left_out"], found["days"]) == (5, 0, 2)
    assert {name: found["queue"][name] for name in ("now", "draft")} == {"now": 4, "draft": 0}
    assert (found["published"]["now"], found["published"]["draft"]) == (1, 5)
    assert found["published"]["share"] is None
    assert found["unaudited"] == [{"from": "approved", "to": "approved", "comments": 1}]
    assert found["not_replayed"] == ["/rules/links/most"]
    assert "rehears" not in worker.output()

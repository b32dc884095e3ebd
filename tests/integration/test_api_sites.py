"""What a site and its moderators set: the policy and the threads."""

from typing import Any

import httpx
import pytest

from tests.builders import THREAD
from tests.integration.conftest import Town
from tests.integration.wire import COMMENTS, problem_of, wire


def _policy(**changes: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "classifier": "embedded-fast",
        "mode": "hybrid",
        "thresholds": {"toxicity": {"hold": 0.5, "reject": 0.9}},
        "rules": {},
        **changes,
    }


async def test_a_policy_replaces_the_version_that_its_writer_saw(town: Town) -> None:
    path = "/v1/sites/mill/policy"
    with town.http("moderator-mill") as http:
        seen = http.get(path)
        assert seen.headers["etag"] == '"1"'
        stored = http.put(path, json=_policy(mode="pre"), headers={"if-match": seen.headers["etag"]})
        assert (stored.status_code, stored.headers["etag"], stored.json()["version"]) == (200, '"2"', 2)
        for header in ({"if-match": '"1"'}, {}, {"if-match": "*"}, {"if-match": '"x"'}, {"if-match": '"' + "9" * 99}):
            problem_of(http.put(path, json=_policy(), headers=header), 412, "version-mismatch")
        problem_of(http.put(path, json=_policy(version=0)), 428, "precondition-required")
        assert http.put(path, json=_policy(version=2)).json()["version"] == 3
        assert http.get(path).json()["mode"] == "hybrid"


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"thresholds": {"toxicity": {"hold": 0.0}}}, {"$.thresholds.toxicity.hold"}),
        ({"thresholds": {"toxicity": {"hold": 1.1, "reject": -1}}}, None),
        ({"thresholds": {"toxicity": {"hold": 0.9, "reject": 0.5}}}, {"$.thresholds.toxicity.reject"}),
        ({"thresholds": {"identity_attack": {"hold": 0.5, "reject": 0.9}}}, {"$.thresholds.identity_attack.reject"}),
        ({"thresholds": {"rudeness": {"hold": 0.5}}}, {"$.thresholds.rudeness", "$.thresholds"}),
        ({"thresholds": {}}, {"$.thresholds"}),
        ({"classifier": "nobody"}, {"$.classifier"}),
        ({"rules": {"rate": {"address_per_minute": 0}}}, {"$.rules.rate.address_per_minute"}),
    ],
)
async def test_a_bad_policy_is_refused_with_the_path_of_each_fault(
    town: Town, changes: dict[str, Any], paths: set[str] | None
) -> None:
    path = "/v1/sites/mill/policy"
    with town.http("key-mill") as http:
        problem = problem_of(http.put(path, json=_policy(**changes)), 422, "invalid-policy")
        found = {error["path"] for error in problem["errors"]}
        assert paths is None or found <= paths, found
        assert http.get(path).json()["version"] == 1


@pytest.mark.parametrize(
    "changes", [{"mode": "lenient"}, {"thresholds": {"toxicity": 0.5}}, {"extra": 1}, {"rules": {"rate": {"x": 1}}}]
)
async def test_a_policy_of_another_form_is_refused(town: Town, changes: dict[str, Any]) -> None:
    with town.http("key-mill") as http:
        answer: httpx.Response = http.put("/v1/sites/mill/policy", json=_policy(**changes))
        assert problem_of(answer, 400, "invalid-request")["errors"]


async def test_a_thread_is_closed_named_and_moved_by_its_site(town: Town) -> None:
    path = f"/v1/sites/mill/threads?thread={THREAD}"
    with town.http("key-mill") as http, town.http() as reader:
        problem_of(http.get(path), 404, "unknown-thread")
        made = http.patch(path, json={"closed": True, "title": "The mill", "mode": "pre"}).json()
        assert made == {
            "thread": THREAD,
            "url": "",
            "title": "The mill",
            "title_verified": True,
            "closed": True,
            "closes_at": None,
            "mode": "pre",
            "slow_seconds": None,
            "close_after_days": None,
            "notice": "",
            "section": "",
            "count": 0,
            "before": {"closed": False, "title": "", "mode": None},
        }
        problem_of(reader.post(COMMENTS, json=wire()), 409, "thread-closed")
        problem_of(http.patch(path, json={"url": "https://evil.example/"}), 422, "invalid-field")
        problem_of(http.patch(path, json={"count": 5}), 400, "invalid-request")
        assert http.patch(path, json={"closed": False}).json()["title"] == "The mill"
        assert reader.post(COMMENTS, json=wire()).status_code == 202

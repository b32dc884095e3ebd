"""Every route of the description, every credential, own and foreign site: what each is answered is this table.

Credentials are named from where they are asked: `key` is the key of the site in the request, `foreign-key` another
site's. Each is tried on both sites. A route without a row fails.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from service.domain.comment import Comment
from service.domain.ids import mint
from service.domain.site import Role, Site
from service.domain.tokens import AUTHOR_SECONDS, AuthorTokens
from service.settings import read_settings
from service.wiring import open_house
from service.workflow.sites import add_principal
from tests.builders import THREAD, Writer, replaced
from tests.integration.conftest import Town
from tests.integration.wire import problem_of, wire
from tests.processes import SECRET, environment
from tests.steps import approved, published

KINDS = ("none", "wrong", "author", "wrong-author", "key", "foreign-key", "moderator", "foreign-moderator", "compat")
ANYONE = (200,) * 9
#          none wrong author w.auth key  f.key mod  f.mod compat
AUTHOR = (401, 401, 200, 403, 401, 401, 401, 401, 401)
PEOPLE = (401, 401, 401, 401, 200, 403, 200, 403, 403)
REVIEW = (401, 401, 401, 401, 403, 403, 200, 403, 403)
SITES, REVIEWS = "/v1/sites/{site}", "/v1/review"
ONE = f"{SITES}/comments/{{comment_id}}"

TABLE: dict[tuple[str, str], tuple[int, ...]] = {
    ("get", f"{SITES}/comments"): ANYONE,
    ("post", f"{SITES}/comments"): (202, 401, 401, 401, 202, 403, 403, 403, 403),
    ("get", ONE): (200, *AUTHOR[1:]),
    ("patch", ONE): AUTHOR,
    ("delete", ONE): (401, 401, 204, 403, 401, 401, 401, 401, 401),
    ("get", f"{ONE}/stream"): AUTHOR,
    ("get", f"{SITES}/counts"): ANYONE,
    ("get", f"{SITES}/stream"): ANYONE,
    ("get", f"{SITES}/threads"): PEOPLE,
    ("patch", f"{SITES}/threads"): PEOPLE,
    ("get", f"{SITES}/policy"): PEOPLE,
    ("put", f"{SITES}/policy"): PEOPLE,
    ("get", f"{REVIEWS}/comments"): REVIEW,
    # Each decision has an answer of its own: a foreign moderator's says `forbidden` within a 200.
    ("post", f"{REVIEWS}/decisions"): (401, 401, 401, 401, 403, 403, 200, 200, 403),
    ("get", f"{REVIEWS}/suggestions"): REVIEW,
    ("get", "/v1/policy-schema.json"): ANYONE,
    ("get", f"{SITES}/house-rules"): ANYONE,
    ("get", f"{SITES}/policy/history"): PEOPLE,
    ("get", f"{SITES}/policy/history/{{version}}"): PEOPLE,
    ("get", f"{SITES}/policy/diff"): PEOPLE,
    ("post", f"{SITES}/policy/rollback"): PEOPLE,
    # No worker is there to rehearse: whoever may ask is told so.
    ("post", f"{SITES}/policy/rehearse"): tuple(503 if status == 200 else status for status in PEOPLE),
    ("get", f"{REVIEWS}/audits"): REVIEW,
    # Nothing was drawn: whoever may judge is told that this comment was not.
    ("post", f"{REVIEWS}/audits"): tuple(404 if status == 200 else status for status in REVIEW),
    ("get", f"{REVIEWS}/audit-figure"): REVIEW,
    ("post", f"{REVIEWS}/claims"): REVIEW,
    ("patch", f"{REVIEWS}/claims"): REVIEW,
    ("delete", f"{REVIEWS}/claims"): (*REVIEW[:6], 204, *REVIEW[7:]),
    ("post", f"{REVIEWS}/skips"): (*REVIEW[:6], 204, *REVIEW[7:]),
    ("post", f"{REVIEWS}/bulk"): REVIEW,
    # A moderator of the site is told that there is no such decision.
    ("post", f"{REVIEWS}/undo"): (*REVIEW[:6], 404, *REVIEW[7:]),
    ("post", f"{REVIEWS}/notes"): REVIEW,
    # What is not held is nobody's to leave to a senior.
    ("post", f"{REVIEWS}/escalations"): (*REVIEW[:6], 409, *REVIEW[7:]),
    # The token stands in the body.
    ("post", f"{REVIEWS}/session"): (401, 401, 401, 401, 403, 403, 200, 200, 403),
    ("delete", f"{REVIEWS}/session"): (401,) * 9,
    ("get", f"{REVIEWS}/me"): (401, 401, 401, 401, 403, 403, 200, 200, 403),
    ("get", f"{REVIEWS}/stream"): REVIEW,
    ("get", f"{REVIEWS}/trail"): REVIEW,
    ("get", f"{REVIEWS}/groups"): REVIEW,
    ("get", f"{REVIEWS}/distribution"): REVIEW,
    ("get", f"{REVIEWS}/samples"): REVIEW,
    ("get", f"{REVIEWS}/context"): REVIEW,
    # Nobody is there to score: whoever may ask is told so.
    ("post", "/v1/score"): (401, 401, 401, 401, 503, 403, 403, 403, 403),
    ("get", f"{SITES}/blocks"): PEOPLE,
    ("post", f"{SITES}/blocks"): PEOPLE,
    ("delete", f"{SITES}/blocks"): PEOPLE,
    # A report is received whoever's it is, as a submission is.
    ("post", f"{ONE}/reports"): (202, 401, 401, 401, 202, 403, 403, 403, 403),
    # The comment is approved: whoever may appeal is told that there is nothing to.
    ("post", f"{ONE}/appeal"): (401, 401, 409, 403, 401, 401, 401, 401, 401),
    ("get", f"{REVIEWS}/reports"): REVIEW,
    ("post", f"{REVIEWS}/reports"): REVIEW,
    ("get", f"{REVIEWS}/appeals"): REVIEW,
    ("get", f"{REVIEWS}/figures"): REVIEW,
    ("get", f"{SITES}/transparency"): ANYONE,
    ("get", "/health/live"): ANYONE,
    ("get", "/health/ready"): ANYONE,
    ("get", "/metrics"): ANYONE,
}
AUDITS, UNKNOWN = f"{REVIEWS}/audits", "unknown-comment"
PROBLEMS = {401: "unauthorised", 403: "forbidden", 404: "unknown-decision", 409: "move-not-allowed", 503: "no-worker"}
QUERIES: dict[str, Callable[[str], str]] = {
    f"{SITES}/policy/diff": lambda _: "?from=1&to=1",
    f"{REVIEWS}/audits": lambda site: f"?site={site}",
    f"{REVIEWS}/audit-figure": lambda site: f"?site={site}",
    f"{SITES}/comments": lambda _: f"?thread={THREAD}",
    f"{SITES}/counts": lambda _: f"?thread={THREAD}",
    f"{SITES}/stream": lambda _: f"?thread={THREAD}",
    f"{SITES}/threads": lambda _: f"?thread={THREAD}",
    f"{REVIEWS}/comments": lambda site: f"?site={site}",
    f"{SITES}/blocks": lambda _: "?id=0123456789abcdef",
    f"{REVIEWS}/suggestions": lambda site: f"?site={site}",
    f"{REVIEWS}/reports": lambda site: f"?site={site}",
    f"{REVIEWS}/appeals": lambda site: f"?site={site}",
    f"{REVIEWS}/figures": lambda site: f"?site={site}",
    f"{REVIEWS}/stream": lambda site: f"?site={site}",
    f"{REVIEWS}/context": lambda site: f"?site={site}&id=COMMENT",
    f"{REVIEWS}/groups": lambda site: f"?site={site}&by=thread",
    f"{REVIEWS}/distribution": lambda site: f"?site={site}&label=toxicity",
    f"{REVIEWS}/samples": lambda site: f"?site={site}&label=toxicity",
    f"{REVIEWS}/trail": lambda site: f"?site={site}",
}
# Credentials of each kind, asked for site mill and for site weir.
CREDENTIALS: dict[str, tuple[str, str]] = {
    "none": ("none", "none"),
    "garbage": ("wrong", "wrong"),
    "garbage that looks like a key": ("wrong", "wrong"),
    "garbage that looks like a moderator's": ("wrong", "wrong"),
    "no bearer": ("wrong", "wrong"),
    "author": ("author", "author"),
    "author of another comment": ("wrong-author", "wrong-author"),
    "author of the other site": ("wrong-author", "wrong-author"),
    "expired author": ("wrong-author", "wrong-author"),
    "forged author": ("wrong-author", "wrong-author"),
    "author by another secret": ("wrong-author", "wrong-author"),
    "key-mill": ("key", "foreign-key"),
    "key-weir": ("foreign-key", "key"),
    "revoked key": ("wrong", "wrong"),
    "moderator-mill": ("moderator", "foreign-moderator"),
    "moderator-weir": ("foreign-moderator", "moderator"),
    "moderator-both": ("moderator", "moderator"),
    "revoked moderator": ("wrong", "wrong"),
    "rotated moderator": ("wrong", "wrong"),
    "compat-mill": ("compat", "compat"),
}


@dataclass
class Scene:
    """The town with everybody who may ask."""

    town: Town
    tokens: dict[str, str]

    def site(self, name: str) -> Site:
        return self.town.mill if name == "mill" else self.town.weir

    async def comment(self, site: str, credential: str) -> Comment:
        """Make the comment that is asked for: an expired token is of one that is older than its token's life."""
        writer = Writer(self.town.backend.clock, self.site(site))
        if credential != "expired author":
            return await published(self.town.backend, writer)
        old = replaced(writer.comment(), id=mint(datetime.now(UTC) - timedelta(seconds=AUTHOR_SECONDS + 60)))
        await self.town.backend.comments.submit(writer.site, writer.order(old))
        return await approved(self.town.backend, writer, old)

    def token(self, credential: str, site: str, comment: Comment) -> str:
        signs = AuthorTokens((SECRET,))
        other = "weir" if site == "mill" else "mill"
        real = signs.sign(site, comment.id, signs.current)
        made = {
            "author": real,
            "author of another comment": signs.sign(site, mint(datetime.now(UTC)), signs.current),
            "author of the other site": signs.sign(other, comment.id, signs.current),
            "expired author": real,
            "forged author": real[:-2] + ("AA" if not real.endswith("AA") else "BB"),
            "author by another secret": AuthorTokens(("x" * 32,)).sign(site, comment.id, ""),
            "garbage": "x",
            "garbage that looks like a key": f"gps_{secrets.token_urlsafe(32)}",
            "garbage that looks like a moderator's": f"gpm_{secrets.token_urlsafe(32)}",
        }
        return made.get(credential) or self.tokens[credential]


@pytest.fixture
async def scene(town: Town) -> Scene:
    tokens = dict(town.tokens)
    async with open_house(read_settings(environment(town.redis.url))) as house:
        for name, role, site in (
            ("revoked key", "site", "mill"),
            ("revoked moderator", "moderator", "mill"),
            ("rotated moderator", "moderator", "mill"),
            ("compat-mill", "compat", "mill"),
        ):
            kind: Role = role  # type: ignore[assignment]
            principal, tokens[name] = await add_principal(house, role=kind, sites=(site,))
            if name.startswith("revoked"):
                assert await house.directory.revoke(principal.id)
            if name.startswith("rotated"):
                assert await house.directory.rotate(principal.id, "gpm_next", overlap=0)
    return Scene(town, tokens)


def body_of(method: str, path: str, comment: Comment, policy_version: int) -> Any:
    if path.endswith("/decisions"):
        choice = {"site": comment.site, "id": comment.id, "version": comment.version, "action": "hold"}
        return {"decisions": [choice]}
    if path.startswith(f"{REVIEWS}/"):
        return review_body(method, path.removeprefix(f"{REVIEWS}/"), comment)
    if path.endswith(("/policy", "/rehearse")):
        thresholds = {"toxicity": {"hold": 0.5}}
        policy = {
            "version": policy_version,
            "classifier": "embedded-fast",
            "mode": "hybrid",
            "thresholds": thresholds,
        }
        return policy if path.endswith("/policy") else {"policy": policy}
    small: dict[str, Any] = {
        "rollback": {"to": 1},
        "blocks": {"kind": "author", "key": "0" * 32},
        "threads": {"closed": False},
        "score": {"texts": ["A fine morning."], "site": comment.site},
        "reports": {"kind": "rule"},
        "appeal": {"text": "It was a joke."},
    }
    if path.rpartition("/")[2] in small:
        return small[path.rpartition("/")[2]]
    return wire() if method == "post" else {"body": "Anew."}


def review_body(method: str, name: str, comment: Comment) -> Any:
    version = {"id": comment.id, "version": comment.version}
    bodies: dict[str, dict[str, Any]] = {
        "claims": {"ids": [comment.id]} if method == "post" else {"claims": [{"id": comment.id, "claim": 1}]},
        "bulk": {"items": [version], "action": "hold"},
        "undo": {"decision": f"{comment.id}.{'0' * 16}"},
        "skips": {"id": comment.id},
        "notes": {**version, "text": "Seen."},
        "escalations": version,
        "reports": {"id": comment.id, "action": "dismiss"},
        "audits": {**version, "judgement": "fit"},
    }
    return {"token": ""} if name == "session" else {"site": comment.site, **bodies.get(name, {})}


def ask(http: httpx.Client, method: str, path: str, body: Any, header: dict[str, str]) -> httpx.Response:
    """Ask a route; of a stream that opens only the head is read."""
    sent = body if method in ("post", "patch", "put") or path.endswith("/claims") else None
    with http.stream(method.upper(), path, json=sent, headers=header) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.read()
        return answer


async def test_the_table_has_every_route_of_the_description(town: Town) -> None:
    with town.http() as http:
        paths = http.get("/openapi.json").json()["paths"]
    assert {(method, path) for path, operations in paths.items() for method in operations} == set(TABLE)


@pytest.mark.parametrize("site", ["mill", "weir"])
@pytest.mark.parametrize("credential", CREDENTIALS)
async def test_every_route_answers_every_credential_as_the_table_says(scene: Scene, credential: str, site: str) -> None:
    town, kind = scene.town, CREDENTIALS[credential][site == "weir"]
    comment = await scene.comment(site, credential)
    with town.http() as http, town.redis.client() as opened:
        client: Any = opened
        for (method, path), row in TABLE.items():
            want = row[KINDS.index(kind)]
            if comment.status != "approved" or (method, path) == ("get", ONE):
                comment = await scene.comment(site, credential)
            header = {}
            if credential == "no bearer":
                header = {"authorization": f"Basic {scene.tokens['key-mill']}"}
            elif credential != "none":
                header = {"authorization": f"Bearer {scene.token(credential, site, comment)}"}
            policy = await town.backend.directory.policy(scene.site(site))
            where = path.format(site=site, comment_id=comment.id, version=1) + (
                QUERIES[path](site) if path in QUERIES else ""
            )
            where = where.replace("COMMENT", comment.id)
            # Wrong ones are slowed after some: here the question is what each alone is told.
            for counted in client.scan_iter("gp:{dir}:attempts:*"):
                client.delete(counted)
            body = body_of(method, path, comment, policy.version)
            if path.endswith("/session"):
                body["token"] = header.pop("authorization", "").removeprefix("Bearer ")
            answer = ask(http, method, where, body, header)
            http.cookies.clear()
            assert answer.status_code == want, (method, path, answer.text)
            after = await town.backend.comments.load(scene.site(site), comment.id)
            if path.endswith("/decisions") and want == 200:
                (result,) = answer.json()["results"]
                assert result["ok"] is (kind == "moderator")
                assert kind == "moderator" or result["problem"]["type"] == "forbidden"
            elif want >= 400:
                slug = "appeal-not-possible" if path.endswith("/appeal") and want == 409 else PROBLEMS[want]
                problem_of(answer, want, UNKNOWN if (path, want) == (AUDITS, 404) else slug)
                assert (answer.headers.get("www-authenticate") == "Bearer") is (want == 401)
            if want >= 400 or (path.endswith("/decisions") and kind != "moderator"):
                assert after == comment, (method, path)
                assert await town.backend.directory.policy(scene.site(site)) == policy
            assert after is not None
            comment = after


async def test_nobody_learns_of_a_site_that_they_do_not_reach(scene: Scene) -> None:
    """A moderator's review of a foreign site and of one that never was is the same answer."""
    with scene.town.http("moderator-mill") as http:
        answers = {http.get(f"/v1/review/comments?site={site}").content for site in ("weir", "nowhere", "mill-2")}
    assert len(answers) == 1


async def test_a_comment_of_another_site_is_not_there_under_one_s_own(scene: Scene) -> None:
    """A moderator of mill asks for weir's comment under mill's name."""
    foreign = await scene.comment("weir", "none")
    choice = {"site": "mill", "id": foreign.id, "version": foreign.version, "action": "reject"}
    with scene.town.http("moderator-mill") as http:
        (result,) = http.post("/v1/review/decisions", json={"decisions": [choice]}).json()["results"]
        assert result["problem"]["type"] == "unknown-comment"
        problem_of(
            http.get(f"/v1/sites/mill/comments/{foreign.id}", headers={"authorization": ""}), 401, "unauthorised"
        )
    with scene.town.http() as http:
        problem_of(http.get(f"/v1/sites/mill/comments/{foreign.id}"), 404, "unknown-comment")
        problem_of(http.post("/v1/sites/mill/comments", json=wire(parent_id=foreign.id)), 404, "unknown-parent")
    assert await scene.town.backend.comments.load(scene.town.weir, foreign.id) == foreign

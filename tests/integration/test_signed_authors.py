"""Signed authors, forms and twins over HTTP, on the short way and on the framework's."""

import asyncio
import json
import time
from typing import Any

import httpx
import jwt
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from service.cli import main
from service.domain.comment import Comment
from service.domain.policy import Around
from service.domain.rule_settings import RateRule, Rules
from tests.audit import contents
from tests.builders import THREAD, policy_of
from tests.integration.conftest import Town
from tests.integration.wire import COMMENTS, problem_of, wire
from tests.processes import environment
from tests.steps import approved, entry_of, published

# The second is no plainest form, and takes the framework's way.
WAYS = ("application/json", "application/json; charset=utf-8")


async def typed(town: Town, *words: str) -> dict[str, Any]:
    """Type a command."""
    done = await asyncio.to_thread(CliRunner().invoke, main, [*words, "--json"], env=environment(town.redis.url))
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def token_of(key: str, **claims: Any) -> str:
    return jwt.encode({"sub": "reader-7", "exp": int(time.time()) + 600, **claims}, key, "HS256")


def post(http: httpx.Client, way: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    return http.post(COMMENTS, content=json.dumps(body).encode(), headers={"content-type": way, **headers})


async def stored(town: Town, answer: httpx.Response) -> Comment:
    assert answer.status_code == 202, answer.text
    comment = await town.backend.comments.load(town.mill, answer.json()["id"])
    assert comment is not None
    return comment


@pytest.mark.parametrize("way", WAYS)
async def test_whom_the_site_signs_is_shown_and_kept_as_such(town: Town, way: str) -> None:
    key = (await typed(town, "site", "signing-key", "mill"))["signing_key"]
    token = token_of(key, name="Anna of the desk", role="staff", aud="mill")
    with town.http() as http:
        comment = await stored(town, post(http, way, wire(author={"name": "typed", "device": "d" * 22, "jwt": token})))
        author = comment.author
        assert (author.strength, author.name, author.sub, author.staff) == (
            "signed",
            "Anna of the desk",
            "reader-7",
            True,
        )
        # The same person, whatever is typed; another site's is somebody else.
        again = await stored(town, post(http, way, wire(author={"name": "other", "jwt": token_of(key)})))
        assert (again.author.key, again.author.name, again.author.staff) == (author.key, "other", False)
        await approved(town.backend, town.writer, comment)
        await approved(town.backend, town.writer, again)
        shown = http.get(f"{COMMENTS}?thread={THREAD}").json()["items"]
        assert [item["author"] for item in shown] == [
            {"name": "Anna of the desk", "website": None, "staff": True},
            {"name": "other", "website": None, "staff": False},
        ]
    with town.redis.client() as client:
        kept = repr(contents(client))
        assert token.split(".")[1] not in kept
        assert key not in kept
    erased = await typed(town, "erase", "--site", "mill", "--sub", "reader-7")
    assert (erased["done"], erased["removed"]["comments"]) == (True, 2)
    with town.redis.client() as client:
        assert "reader-7" not in repr(contents(client))


async def test_who_reports_is_who_the_site_says(town: Town) -> None:
    key = (await typed(town, "site", "signing-key", "mill"))["signing_key"]
    shown = await published(town.backend, town.writer)
    with town.http() as http:
        theirs = await stored(town, post(http, WAYS[0], wire(author={"name": "Anna", "jwt": token_of(key)})))
        for device in ("d" * 22, "e" * 22):
            said = {"kind": "rule", "text": "Off topic.", "jwt": token_of(key), "device": device}
            assert http.post(f"{COMMENTS}/{shown.id}/reports", json=said).status_code == 202
        forged = {"kind": "rule", "jwt": token_of("x" * 43)}
        problem_of(http.post(f"{COMMENTS}/{shown.id}/reports", json=forged), 422, "author-not-signed")
    (report,) = await town.backend.reports.of_comment(town.mill, shown.id)
    assert report.reporter == theirs.author.key


@pytest.mark.parametrize("way", WAYS)
async def test_a_token_that_the_site_did_not_sign_is_refused_and_stored_nowhere(town: Town, way: str) -> None:
    with town.redis.client() as client, town.http() as http:
        before = contents(client)
        for token in ("x", token_of("x" * 43), "A" * 5_000, token_of("y" * 43, role="staff")):
            answer = post(http, way, wire(author={"name": "Anna", "jwt": token}))
            assert token not in problem_of(answer, 422, "author-not-signed")["detail"] or token == "x"
        assert contents(client) == before


@pytest.mark.parametrize("way", WAYS)
async def test_a_later_try_of_the_same_request_is_a_replay(town: Town, way: str) -> None:
    """A page that tries again has a newer token, and its form was open longer."""
    key = (await typed(town, "site", "signing-key", "mill"))["signing_key"]
    header = {"idempotency-key": "k" * 16}
    with town.http() as http:

        def sent(seconds: float, body: str = "A fine morning.", **claims: Any) -> httpx.Response:
            author = {"name": "Anna", "jwt": token_of(key, **claims)}
            return post(http, way, wire(author=author, body=body, form={"trap": "", "seconds": seconds}), **header)

        first, again = sent(7.0), sent(9.5, jti="another")
        assert (first.json()["id"], again.headers["idempotent-replayed"]) == (again.json()["id"], "true")
        problem_of(sent(7.0, body="Another morning."), 422, "idempotency-mismatch")
        problem_of(sent(7.0, sub="reader-8"), 422, "idempotency-mismatch")


@pytest.mark.parametrize("way", WAYS)
async def test_what_a_form_says_is_kept_until_a_worker_reads_it(town: Town, way: str) -> None:
    with town.http() as http:
        quick = await stored(town, post(http, way, wire(form={"trap": "https://pills.example", "seconds": 0.25})))
        assert quick.signals is not None
        assert (quick.signals.trap, quick.signals.seconds) == (True, 0.25)
        forms: tuple[Any, ...] = ({}, None, {"trap": "Anna"}, {"trap": "", "seconds": None}, {"seconds": -3})
        for number, form in enumerate(forms):
            author = {"name": "Anna", "device": f"{number}" * 22}
            plain = await stored(town, post(http, way, wire(author=author, form=form)))
            assert plain.signals is None
        problem_of(post(http, way, wire(form={"trap": 5})), 400, "invalid-request")
        problem_of(post(http, way, wire(form={"honey": "x"})), 400, "invalid-request")
        problem_of(post(http, way, wire(form={"trap": "x" * 2_001})), 422, "invalid-field")


@pytest.mark.parametrize("way", WAYS)
async def test_the_same_comment_again_is_refused_within_minutes(town: Town, way: str) -> None:
    rules = Rules(rate=RateRule(enabled=False))
    await town.backend.directory.put_policy(town.mill, policy_of(rules=rules, version=2), replaces=1)
    body = wire(thread=f"/twins/{way[-5:]}", author={"name": "Anna", "device": "d" * 22})
    with town.http() as http, town.http("key-mill") as site:

        def ask(**changes: Any) -> httpx.Response:
            return post(http, way, {**body, **changes})

        # An API process may remember the policy before for some seconds.
        until = time.monotonic() + 10
        while ask().status_code != 409:
            assert time.monotonic() < until
        problem_of(ask(), 409, "duplicate-comment")
        problem_of(ask(body="A  fine\nmorning. "), 409, "duplicate-comment")
        for changes in (
            {"body": "A fine evening."},
            {"thread": "/elsewhere"},
            {"author": {"name": "Anna", "device": "e" * 22}},
            {"author": {"name": "Anna"}},
        ):
            assert ask(**changes).status_code == 202
        # The site's own server knows what it sends.
        assert [post(site, way, body).status_code for _ in range(2)] == [202, 202]


async def test_repeats_are_counted_from_what_was_submitted_over_http(town: Town) -> None:
    text = "Visit the cheap pill shop at the corner, number %d!"
    with town.http("key-mill") as http:
        made = [await stored(town, post(http, WAYS[0], wire(body=text % n, thread=f"/{n}"))) for n in range(4)]
    entries = [await entry_of(town.backend, comment) for comment in made]
    context = await town.backend.queue.context({"mill": town.mill}, entries)
    assert [one.subject.around for one in context.waiting] == [Around(by_author=n, by_anyone=n) for n in range(1, 5)]
    assert len({comment.text_key for comment in made}) == 1
    assert "pill" not in made[0].text_key


async def test_a_signing_key_is_rotated_with_an_overlap(town: Town) -> None:
    first = await typed(town, "site", "signing-key", "mill")
    assert (first["generation"], first["previous_good_until"]) == (1, None)
    assert (await typed(town, "site", "signing-key", "mill")) == first
    second = await typed(town, "site", "signing-key", "mill", "--rotate", "--overlap", "1h")
    assert (second["generation"], second["signing_key"] != first["signing_key"]) == (2, True)
    assert second["previous_good_until"] is not None
    assert (await typed(town, "site", "signing-key", "weir"))["signing_key"] not in (
        first["signing_key"],
        second["signing_key"],
    )
    with pytest.raises(AssertionError, match="no site nowhere"):
        await typed(town, "site", "signing-key", "nowhere")
    assert replace(town.mill, signing=2).signing_generations(town.writer.clock()) == (2,)

"""The shell door against a real Redis: sites, people, threads, health and scores."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from tests.integration.shell import Shell
from tests.processes import environment
from tests.redis_server import RedisServer
from tests.toy_classifier import BrokenToy, ToyClassifier
from workers.classifiers import registry

ORIGIN = "https://www.example.org"
SHIPPED = ("embedded", "embedded-fast")


@pytest.fixture
def shell(own_redis: RedisServer) -> Shell:
    return Shell(own_redis.url)


def test_a_site_is_made_shown_listed_and_removed(shell: Shell) -> None:
    made = shell.ask("site", "add", "mill", "--origin", ORIGIN)
    assert made["api_key"].startswith("gps_")
    assert 'site="mill"' in made["tag"]
    shown = shell.ask("site", "show", "mill")
    assert (shown["origins"], shown["mode"], shown["classifier"]) == ([ORIGIN], "hybrid", "embedded")
    assert "api_key" not in shown
    assert [site["site"] for site in shell.ask("site", "list")["sites"]] == ["mill"]
    assert "already a site mill" in shell.refused("site", "add", "mill", "--origin", ORIGIN)
    assert shell.ask("site", "remove", "mill", "--yes") == {"site": "mill", "comments_removed": 0}
    assert shell.ask("site", "list") == {"sites": []}
    assert "no site mill" in shell.refused("site", "show", "mill")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("Mill!", "--origin", ORIGIN), "inner hyphens"),
        (("mill", "--origin", "www.example.org"), "not an origin"),
        (("mill", "--origin", f"{ORIGIN}/page"), "not an origin"),
        (("mill", "--origin", ORIGIN, "--language", "english"), "ISO 639"),
        (("mill", "--origin", ORIGIN, "--language", "de"), "only mode `pre`"),
        (("mill", "--origin", ORIGIN, "--lane", "a lane"), "lane"),
        (("mill", "--origin", ORIGIN, "--classifier", "crystal-ball"), "classifier"),
    ],
)
def test_what_cannot_be_a_site_is_refused_in_words(shell: Shell, words: tuple[str, ...], says: str) -> None:
    assert says in shell.refused("site", "add", *words)
    assert shell.ask("site", "list") == {"sites": []}


def test_a_language_that_is_not_covered_may_be_read_by_people(shell: Shell) -> None:
    shell.ask("site", "add", "muehle", "--origin", ORIGIN, "--language", "de", "--mode", "pre")
    assert shell.ask("site", "show", "muehle")["mode"] == "pre"


def test_a_moderator_comes_and_goes(shell: Shell) -> None:
    shell.ask("site", "add", "mill", "--origin", ORIGIN)
    made = shell.ask("moderator", "add", "Night desk", "--site", "mill")
    assert made["token"].startswith("gpm_")
    (listed,) = shell.ask("moderator", "list")["moderators"]
    of = {"moderator": made["moderator"], "name": "Night desk", "sites": ["mill"]}
    assert listed == {**of, "rank": "moderator", "sections": []}
    shell.ask("moderator", "revoke", made["moderator"])
    assert shell.ask("moderator", "list") == {"moderators": []}
    assert "nobody" in shell.refused("moderator", "revoke", made["moderator"])
    assert "no site weir" in shell.refused("moderator", "add", "Day desk", "--site", "weir")
    sport = ("--rank", "senior", "--section", "Sport", "--section", "Town hall")
    assert shell.ask("moderator", "add", "Sport", "--site", "mill", *sport)["rank"] == "senior"
    (listed,) = shell.ask("moderator", "list")["moderators"]
    assert (listed["rank"], listed["sections"]) == ("senior", ["Sport", "Town hall"])
    assert "section" in shell.refused("moderator", "add", "Day desk", "--site", "mill", "--section", "")


def test_a_site_s_key_is_rotated_with_an_overlap_and_revoked(shell: Shell) -> None:
    first = shell.ask("site", "add", "mill", "--origin", ORIGIN)["api_key"]
    made = shell.ask("site", "key", "rotate", "mill", "--overlap", "24h")
    assert made["token"].startswith("gps_")
    assert (made["token"] != first, made["overlap_seconds"]) == (True, 86_400)
    newest, older = shell.ask("site", "key", "list", "mill")["tokens"]
    assert newest["expires_at"] is None
    assert older["expires_at"] is not None
    assert shell.ask("site", "key", "revoke", "mill", older["token"])["revoked"]
    assert shell.ask("site", "key", "list", "mill")["tokens"] == [newest]
    assert "no token" in shell.refused("site", "key", "revoke", "mill", older["token"])
    shell.ask("site", "key", "revoke", "mill", newest["token"])
    assert shell.ask("site", "key", "list", "mill")["tokens"] == []
    assert shell.ask("site", "key", "rotate", "mill", "--overlap", "0")["token"].startswith("gps_")
    assert "no site weir" in shell.refused("site", "key", "rotate", "weir")
    for wrong in ("forever", "-1h", "1w", "99999999d", "1.5h"):
        assert shell.type("site", "key", "rotate", "mill", f"--overlap={wrong}").exit_code == 2


def test_a_moderator_s_token_is_rotated_and_they_stay_themselves(shell: Shell) -> None:
    key_of_mill = shell.ask("site", "add", "mill", "--origin", ORIGIN)["api_key"]
    made = shell.ask("moderator", "add", "Night desk", "--site", "mill", "--expires", "90d")
    moderator = made["moderator"]
    (only,) = shell.ask("moderator", "token", "list", moderator)["tokens"]
    assert only["expires_at"] is not None
    again = shell.ask("moderator", "token", "rotate", moderator, "--overlap", "15m", "--expires", "7d")
    assert again["token"].startswith("gpm_")
    assert made["token"] not in str(again)
    newest, older = shell.ask("moderator", "token", "list", moderator)["tokens"]
    assert older["expires_at"] < newest["expires_at"]
    assert [m["moderator"] for m in shell.ask("moderator", "list")["moderators"]] == [moderator]
    assert shell.ask("moderator", "token", "revoke", moderator, older["token"])["revoked"]
    (of_site,) = shell.ask("site", "key", "list", "mill")["tokens"]
    for words in (
        ("moderator", "token", "rotate", of_site["of"]),
        ("moderator", "token", "rotate", "moderator-00000000"),
        ("moderator", "token", "revoke", moderator, of_site["token"]),
    ):
        assert "There is no" in (said := shell.refused(*words)) or "is no moderator" in said or "nobody" in said
    assert key_of_mill.startswith("gps_")


def test_a_thread_is_closed_named_and_opened(shell: Shell) -> None:
    shell.ask("site", "add", "mill", "--origin", ORIGIN)
    assert "no such thread" in shell.refused("thread", "show", "mill", "/weir")
    closed = shell.ask("thread", "set", "mill", "/weir", "--closed", "--title", "The weir", "--mode", "pre")
    assert (closed["closed"], closed["title"], closed["title_verified"], closed["mode"]) == (
        True,
        "The weir",
        True,
        "pre",
    )
    opened = shell.ask("thread", "set", "mill", "/weir", "--open", "--mode", "policy")
    assert (opened["closed"], opened["title"], opened["mode"]) == (False, "The weir", None)
    assert shell.ask("thread", "show", "mill", "/weir") == opened
    assert "origins" in shell.refused("thread", "set", "mill", "/weir", "--url", "https://elsewhere.example/")


def test_health_is_an_exit_code(shell: Shell) -> None:
    assert "No healthy worker" in shell.refused("health", "worker")
    assert shell.ask("health", "all")["redis"] is True
    assert shell.type("health", "api", "--url", "http://127.0.0.1:1").exit_code == 1


def _lines(done: Result) -> list[dict[str, Any]]:
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_newcomer_s_scores_are_the_transformer_s(shell: Shell) -> None:
    (answer,) = _lines(shell.type("score", said=b'"you idiot"\n'))
    assert (answer["classifier"], len(answer["hash"])) == ("embedded", 16)
    assert answer["scores"]["toxicity"] > 0.5


@pytest.mark.parametrize("classifier", SHIPPED)
def test_scores_come_line_by_line_and_a_bad_line_stops_nothing(shell: Shell, classifier: str) -> None:
    bad = [
        b'{"x": 1}',
        b"not json",
        b'"\xff"',
        b'"\xc3("',
        b"",
        b"[" * 5000,
        b'"a\x00b"',
        b"\x00",
        b"3",
        b'{"text": null}',
    ]
    said = b"\n".join([b'"you idiot"', *bad, b'{"text": "hello"}', b""])
    answers = _lines(shell.type("score", "--classifier", classifier, said=said))
    assert ["error" in answer for answer in answers] == [False, *(True for _ in bad), False]
    assert all(set(answer) == {"error"} for answer in answers[1:-1])
    assert answers[0]["scores"]["toxicity"] > answers[-1]["scores"]["toxicity"]
    assert (answers[0]["classifier"], len(answers[0]["hash"])) == (classifier, 16)


@pytest.mark.parametrize("classifier", SHIPPED)
def test_every_odd_text_has_a_score(shell: Shell, classifier: str) -> None:
    odd = {
        "empty": "",
        "blank": " \t\u00a0\u3000",
        "emoji": "😂🔥👍🏽👩\u200d👩\u200d👧" * 40,
        "one letter": "a" * 10_000,
        "right to left": "\u202eyou\u202c \u200fidiot\u200e \u2067שלום\u2069" * 20,
        "long": "The council met on Tuesday. " * 1_800,
        "long without a space": "ab" * 25_000,
        "NUL": "a\0b\0 \0" * 10,
        "lone surrogate": "\ud800",
        "marks": "z" + "\u0301" * 2_000,
    }
    assert len(odd["long"]) >= 50_000
    said = "\n".join(json.dumps({"text": text}) for text in odd.values()).encode()
    answers = dict(zip(odd, _lines(shell.type("score", "--classifier", classifier, said=said)), strict=True))
    # JSON can write half a character, which no text holds: a line of its own that is wrong.
    assert [name for name, answer in answers.items() if "error" in answer] == ["lone surrogate"]
    for name, answer in answers.items():
        for score in answer.get("scores", {}).values():
            assert 0 <= score <= 1, name


def test_what_a_model_says_that_is_no_probability_is_an_error(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._LOADERS, "toy", ToyClassifier)
    texts = ["fine", "[nan]", "[above one]", "[short]", "[raise]", "a fool"]
    said = "\n".join(json.dumps(text) for text in texts).encode()
    answers = _lines(shell.type("score", "--classifier", "toy", said=said))
    assert ["error" in answer for answer in answers] == [False, True, True, True, True, False]
    assert answers[1] == {"error": "the classifier gave something that is no probability"}


def test_a_broken_classifier_scores_nothing_and_says_so(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._LOADERS, "toy-broken", BrokenToy)
    assert "toy cannot score the control text" in shell.refused("score", "--classifier", "toy-broken")


def test_a_secret_that_is_not_this_data_s_is_said_so(shell: Shell, own_redis: RedisServer) -> None:
    shell.ask("site", "add", "mill", "--origin", ORIGIN)
    env = environment(own_redis.url, GATEPOST_SECRET="another secret of more than thirty-two bytes".replace(" ", "-"))
    done = CliRunner().invoke(main, ["site", "list"], env=env)
    assert done.exit_code == 1
    assert "GATEPOST_SECRET" in done.output

"""What a reader may send."""

import string
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.comment import Submission
from service.domain.errors import Invalid
from service.domain.submission import body_faults, check, is_blank, thread_key_faults
from tests.builders import site_of
from tests.fakes.clock import Clock

SITE = site_of(Clock(), origins=("https://mill.example", "http://localhost:8080"))
PLAIN = Submission(thread="/mill", body="A fine morning.", author_name="Anna")
ANY_TEXT = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=60)


def faults_of(**changes: Any) -> set[str]:
    try:
        check(msgspec.structs.replace(PLAIN, **changes), SITE)
    except Invalid as error:
        return {fault.path for fault in error.faults}
    return set()


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, st.none() | ANY_TEXT, st.none() | ANY_TEXT, st.none() | ANY_TEXT)
def test_no_text_whatever_is_more_than_refused(
    body: str, thread: str, name: str, url: str | None, email: str | None, website: str | None
) -> None:
    faults_of(body=body, thread=thread, author_name=name, url=url, email=email, website=website, title=url)
    faults_of(parent_id=url, device=email)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=80))
def test_what_a_reader_can_see_is_accepted(text: str) -> None:
    if is_blank(text) or set(text) & {"\u2028", "\u2029"}:
        return
    assert faults_of(body=text, author_name=text) == set()


@given(st.sampled_from(["\x00", "\x08", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\ud800", "\udfff", "\uffff"]))
def test_control_characters_and_surrogates_are_refused_everywhere(char: str) -> None:
    text = f"a{char}b"
    assert faults_of(body=text) == {"$.body"}
    assert faults_of(author_name=text) == {"$.author.name"}
    assert faults_of(thread=text) == {"$.thread"}
    assert faults_of(title=text) == {"$.title"}


def test_lines_are_for_the_body_only() -> None:
    assert faults_of(body="One.\n\tTwo.\r\n") == set()
    assert faults_of(author_name="A\nB") == {"$.author.name"}
    assert faults_of(title="A\tB") == {"$.title"}


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u200b", "\u3164 \u2800", "\ufeff\u2060", "\U000e0041"])
def test_what_nobody_can_see_is_empty(text: str) -> None:
    assert is_blank(text)
    assert faults_of(body=text) == {"$.body"}
    assert faults_of(author_name=text) == {"$.author.name"}


def test_lengths_count_code_points_and_threads_count_bytes() -> None:
    assert list(body_faults("$", "😀" * 10_000)) == []
    assert len(list(body_faults("$", "😀" * 10_001))) == 1
    assert faults_of(author_name="😀" * 80) == set()
    assert faults_of(author_name="😀" * 81) == {"$.author.name"}
    assert list(thread_key_faults("$", "ä" * 256)) == []
    assert len(list(thread_key_faults("$", "ä" * 257))) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://mill.example",
        "https://mill.example/a?b=c#d",
        "https://mill.example:443/x",
        "HTTPS://MILL.EXAMPLE/x",
        "http://localhost:8080/x",
    ],
)
def test_a_page_on_the_site_is_accepted(url: str) -> None:
    assert faults_of(url=url) == set()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/relative",
        "//mill.example/x",
        "http://mill.example/x",
        "https://mill.example:8443/x",
        "https://mill.example.evil.example/",
        "https://mill.example@evil.example/",
        "https://evil.example/https://mill.example",
        "https://user@mill.example/",
        "https://mill.example\\@evil.example/",
        "javascript:alert(1)//https://mill.example",
        "https://[::1",
        "https://mill.example:port/",
        "http://localhost:8081/",
    ],
)
def test_a_page_elsewhere_is_refused(url: str) -> None:
    assert faults_of(url=url) == {"$.url"}


@pytest.mark.parametrize("website", ["javascript:alert(1)", "data:text/html,x", "ftp://a.example", "a.example", "//a"])
def test_a_website_is_http(website: str) -> None:
    assert faults_of(website=website) == {"$.author.website"}
    assert faults_of(website="https://a.example/~anna") == set()


@given(st.text(alphabet=string.ascii_letters + string.digits + "-_", min_size=22, max_size=128))
def test_a_device_key_is_128_bits_or_more(key: str) -> None:
    assert faults_of(device=key) == set()
    assert faults_of(device=key[:21]) == {"$.author.device"}


def test_every_fault_is_told_at_once() -> None:
    wrong = {"body": "", "thread": "", "author_name": "", "url": "x", "email": "x", "device": "x", "parent_id": "x"}
    assert faults_of(**wrong) == {
        "$.body",
        "$.thread",
        "$.author.name",
        "$.url",
        "$.author.email",
        "$.author.device",
        "$.parent_id",
    }

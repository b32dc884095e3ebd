"""What is a link, where it leads, and what the rule says of it."""

import time

import pytest

from service.domain.hosts import links_in, plain_host
from service.domain.rule_settings import LinksRule
from service.domain.rules.links import links
from tests.unit.domain.rule_facts import facts, found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://mill.example/a?b=c.", [("https://mill.example/a?b=c", "mill.example")]),
        ("(http://Mill.Example:8080)", [("http://Mill.Example:8080", "mill.example")]),
        ("[url=http://mill.example]x[/url]", [("http://mill.example]x[/url", "mill.example]x[")]),
        ("www.mill.museum and mill.com", [("www.mill.museum", "www.mill.museum"), ("mill.com", "mill.com")]),
        ("go to shop.mill.co.uk/x now", [("shop.mill.co.uk/x", "shop.mill.co.uk")]),
        ("http://allowed.example@mill.example/", [("http://allowed.example@mill.example/", "mill.example")]),
        ("http:\\\\mill.example\\x", [("http:\\\\mill.example\\x", "mill.example")]),
        ("hxxp://mill.example", [("hxxp://mill.example", "mill.example")]),
        ("HTTPS : //mill.example", [("HTTPS : //mill.example", "mill.example")]),
        ("mill[.]com, mill (dot) com", [("mill[.]com", "mill.com"), ("mill (dot) com", "mill.com")]),
        ("m\u200bill.com", [("m\u200bill.com", "mill.com")]),
        ("mill。com", [("mill。com", "mill.com")]),
        ("http://m%69ll.example/", [("http://m%69ll.example/", "mill.example")]),
        ("http://мельница.рф/", [("http://мельница.рф/", "xn--80ajjldi8d2b.xn--p1ai")]),
        ("мельница.рф", [("мельница.рф", "xn--80ajjldi8d2b.xn--p1ai")]),
        ("xn--80ajjldi8d2b.xn--p1ai", [("xn--80ajjldi8d2b.xn--p1ai", "xn--80ajjldi8d2b.xn--p1ai")]),
        ("youtu.be/abc and t.me/x", [("youtu.be/abc", "youtu.be"), ("t.me/x", "t.me")]),
        ("mill.com.We went", [("mill.com", "mill.com")]),
        ("anna@mill.com", []),
        ("first.last@mill.com", []),
        ("the end.So we went. The end.in fact e.g. i.e. U.S.A. node.js", []),
        ("It is 3.14 or 1.2.3.4 at 10.30.", []),
        ("no links: here / there", []),
    ],
)
def test_links_are_found_however_they_are_written(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(text[link.start : link.end], link.host) for link in links_in(text)] == expected


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("Mill.Example.", "mill.example"),
        ("ｍｉｌｌ．com", "mill.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("a" * 300, "a" * 253),
        ("ü" * 100 + ".com", "ü" * 100 + ".com"),
        ("", ""),
    ],
)
def test_a_host_is_compared_in_the_network_s_form(host: str, plain: str) -> None:
    assert plain_host(host) == plain


SETTINGS = LinksRule(most=1, allowed=("mill.example",), banned=("bad.com", "bücher.example"))


def test_links_are_counted_but_for_those_to_allowed_hosts() -> None:
    three = "https://mill.example https://www.mill.example/x https://other.example"
    assert found(links, three, links=SETTINGS) == {}
    four = f"{three} evilmill.example/x http://mill.example.org"
    (one,) = links(facts(four, links=SETTINGS))
    assert (one.outcome, one.reason.code, one.reason.count, one.reason.limit) == ("hold", "too-many-links", 2, 1)
    assert [four[a:b] for a, b in one.reason.spans] == ["https://other.example", "http://mill.example.org"]
    assert links(facts(four, links=LinksRule(enabled=False))) == ()


@pytest.mark.parametrize(
    "body", ["http://bad.com", "http://a.b.BAD.com/x", "bad.com/x", "www.bad.com", "http://BÜCHER.example"]
)
def test_a_banned_host_holds_with_all_below_it_and_never_rejects(body: str) -> None:
    (one,) = links(facts(body, links=SETTINGS))
    assert (one.outcome, one.reason.code, one.reason.count) == ("hold", "banned-host", 1)
    assert found(links, "http://notbad.com http://mill.example", links=SETTINGS) == {}


def test_the_author_s_page_may_not_be_on_a_banned_host() -> None:
    (one,) = links(facts("Hello", website="https://x.bad.com/me", links=SETTINGS))
    assert (one.outcome, one.reason.code, one.reason.spans) == ("hold", "banned-host-of-author", ())
    assert links(facts("Hello", website="https://good.example/bad.com", links=SETTINGS)) == ()


@pytest.mark.parametrize(
    "text",
    [
        "a." * 5_000,
        "http://" * 1_400,
        "a-" * 5_000,
        "a.b@" * 2_500,
        "www." * 2_500,
        "[.] " * 2_500,
        "é.é " * 2_500,
        "http://a" + "@" * 9_990,
        "a" * 10_000 + ".com",
        ".com" * 2_500,
        "a [dot] " * 1_250,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    links_in.__wrapped__(text)
    assert time.process_time() - began < 0.3

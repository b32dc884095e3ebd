"""How many links a comment has, and where they lead."""

from collections.abc import Iterator

from service.domain.comment import Reason
from service.domain.hosts import Link, among, host_of, links_in, plain_hosts
from service.domain.policy import Facts, Finding

SPANS = 20


def links(facts: Facts) -> tuple[Finding, ...]:
    """Hold for more links than allowed, and for one to a banned host or to a part of one, the author's page too."""
    settings = facts.policy.rules.links
    if not settings.enabled:
        return ()
    found = links_in(facts.body)
    return tuple(_in_body(facts, found)) + tuple(_website(facts))


def _in_body(facts: Facts, found: tuple[Link, ...]) -> Iterator[Finding]:
    settings = facts.policy.rules.links
    if not found:
        return
    allowed, banned = plain_hosts(settings.allowed), plain_hosts(settings.banned)
    unwanted = [link for link in found if among(link.host, banned)]
    if unwanted:
        reason = Reason(rule="links", code="banned-host", count=len(unwanted), spans=_spans(unwanted))
        yield Finding(outcome="hold", reason=reason)
    counted = [link for link in found if not among(link.host, allowed)]
    if len(counted) > settings.most:
        reason = Reason(
            rule="links", code="too-many-links", count=len(counted), limit=settings.most, spans=_spans(counted)
        )
        yield Finding(outcome="hold", reason=reason)


def _website(facts: Facts) -> Iterator[Finding]:
    website = facts.author.website if facts.author else ""
    banned = facts.policy.rules.links.banned
    if website and banned and among(host_of(website), plain_hosts(banned)):
        yield Finding(outcome="hold", reason=Reason(rule="links", code="banned-host-of-author"))


def _spans(found: list[Link]) -> tuple[tuple[int, int], ...]:
    return tuple((link.start, link.end) for link in found[:SPANS])

"""What a shadow classifier would have done, against what was done and what people did."""

from collections import Counter
from collections.abc import AsyncIterator, Collection
from datetime import datetime

import msgspec
from msgspec import Struct

from service.domain.catalogue import CLASSIFIERS
from service.domain.comment import Comment
from service.domain.errors import Refused
from service.domain.ids import first_id
from service.domain.policy import Facts, Policy, Threshold, decide
from service.domain.policy_check import classifier_kind
from service.domain.ports import CommentStore, ShadowFeed
from service.domain.rules.thresholds import thresholds
from service.domain.scores import Scores
from service.domain.site import Site
from service.domain.status import Status
from service.domain.views import Stretch

PAGE = 200
FURTHEST = 20


class Difference(Struct, frozen=True, kw_only=True):
    """A comment on which two models differ: by which label, and how far."""

    id: str
    thread: str
    label: str
    ours: float
    shadow: float
    verdicts: tuple[Status, Status]


class Progress(Struct, frozen=True, kw_only=True):
    """How many decisions of the site's lane a shadow has scored, and how many it missed."""

    scored: int
    missed: int


class ShadowReport(Struct, frozen=True, kw_only=True):
    """What `gatepost shadow report` says.

    `verdicts` counts pairs "ours/shadow", by score alone; `against_people` counts, for each model and each choice that
    a moderator made last, what the model's scores said; `shadows` are all that ever followed the site's lane, and
    `classifier` is the one of them that is reported on. `unreadable` records are not among the `comments`.
    """

    site: str
    classifier: str | None
    comments: int
    unreadable: int
    scored: int
    agreement: float | None
    verdicts: dict[str, int]
    against_people: dict[str, dict[str, int]]
    furthest: list[Difference]
    shadows: dict[str, Progress]


async def walk(
    store: CommentStore, site: Site, since: datetime, until: datetime, *, shadow: str | None = None
) -> AsyncIterator[Stretch]:
    """Read a site's decided comments made in a span of time, oldest first, in pages of 200."""
    first, last = first_id(since), first_id(until)
    while True:
        page = await store.between(site, first=first, last=last, limit=PAGE, shadow=shadow)
        if page.after is None:
            return
        yield page
        first = page.after


def choose(shadows: Collection[str], wanted: str | None) -> str | None:
    """Find the one shadow that is meant, by name, content hash or both as NAME@HASH.

    Without a wish it is the only one there is, and None where there is none. Raises Refused where it is not one.
    """
    found = [shadow for shadow in shadows if wanted is None or wanted in (shadow, *shadow.rsplit("@", 1))]
    if len(found) == 1:
        return found[0]
    if wanted is None and not found:
        return None
    there = ", ".join(sorted(shadows)) or "none"
    if not found:
        message = f"No shadow {wanted} has followed this site's lane; there is: {there}."
    else:
        message = f"More than one shadow is meant; choose one with --classifier NAME|HASH: {', '.join(sorted(found))}."
    raise Refused(message)


async def report(
    store: CommentStore,
    feed: ShadowFeed,
    site: Site,
    policy: Policy,
    *,
    since: datetime,
    until: datetime,
    classifier: str | None = None,
) -> ShadowReport:
    """Compare the stored scores of both models by the policy's thresholds, each model by those that belong to it.

    Raises Refused where `classifier` (a name, a content hash or NAME@HASH) does not tell which shadow is meant.
    """
    shadows = await feed.positions(site.lane)
    chosen = choose(shadows, classifier)
    seen, scored, same, unreadable = 0, 0, 0, 0
    verdicts: Counter[str] = Counter()
    people: dict[str, Counter[str]] = {}
    furthest: list[Difference] = []
    async for page in walk(store, site, since, until, shadow=chosen):
        seen += len(page.kept)
        unreadable += page.unreadable
        for kept in page.kept:
            comment, shadow = kept.comment, kept.shadow
            if comment.scores is None or shadow is None:
                continue
            scored += 1
            ours, theirs = by_score(comment, comment.scores, policy), by_score(comment, shadow, policy)
            same += ours == theirs
            verdicts[f"{ours}/{theirs}"] += 1
            choice = _last_choice(comment)
            if choice is not None:
                for who, verdict in (("ours", ours), ("shadow", theirs)):
                    people.setdefault(f"{who}, moderator {choice}", Counter())[verdict] += 1
            furthest.append(_difference(comment, comment.scores, shadow, (ours, theirs)))
        furthest = sorted(furthest, key=lambda d: -abs(d.ours - d.shadow))[:FURTHEST]
    return ShadowReport(
        site=site.id,
        classifier=chosen,
        comments=seen,
        unreadable=unreadable,
        scored=scored,
        agreement=round(same / scored, 4) if scored else None,
        verdicts=dict(verdicts),
        against_people={name: dict(counts) for name, counts in people.items()},
        furthest=furthest,
        shadows={name: Progress(scored=at.scored, missed=at.missed) for name, at in shadows.items()},
    )


def by_score(comment: Comment, scores: Scores, policy: Policy) -> Status:
    """Say what scores alone would decide: by the policy's thresholds where they are this model's, else by its own."""
    if scores.classifier != policy.classifier:
        facts = CLASSIFIERS.get(classifier_kind(scores.classifier))
        own = facts.thresholds if facts is not None else {}
        policy = msgspec.structs.replace(
            policy,
            classifier=scores.classifier,
            thresholds={label: Threshold(hold=hold, reject=reject) for label, (hold, reject) in own.items()},
        )
    judged = Facts(
        body=comment.body,
        scores=scores,
        name_scores={},
        uncovered=None,
        parent_shown=True,
        mode="hybrid",
        policy=policy,
    )
    return decide(judged, (thresholds,)).status


def _last_choice(comment: Comment) -> Status | None:
    choices = [decision.after for decision in comment.trail if decision.actor == "moderator"]
    return choices[-1] if choices else None


def _difference(comment: Comment, ours: Scores, shadow: Scores, verdicts: tuple[Status, Status]) -> Difference:
    shared = [label for label in ours.labels if label in shadow.labels]
    label = max(shared, key=lambda name: abs(ours.labels[name] - shadow.labels[name]), default="")
    return Difference(
        id=comment.id,
        thread=comment.thread,
        label=label,
        ours=ours.labels.get(label, 0.0),
        shadow=shadow.labels.get(label, 0.0),
        verdicts=verdicts,
    )

"""What moderators ask for, worked out from the records."""

from collections.abc import Callable, Mapping, Sequence

from service.domain.cards import labels_of, main_reason
from service.domain.comment import Comment
from service.domain.queues import risk_scores
from service.domain.views import QUEUE_INDEX, ReviewPage, ReviewQuery


def page_of(comments: Sequence[Comment], query: ReviewQuery, sections: Mapping[str, str]) -> ReviewPage:
    """Give a page of some comments, by whose id the section of each is known."""
    given = None if query.among is None else {comment_id: score for score, comment_id in query.among}
    rows = [
        ((_risk(c, query) if given is None else given[c.id], c.id), c)
        for c in comments
        if _matches(c, query)
        and (given is None or c.id in given)
        and (query.sections is None or sections[c.id] in query.sections)
    ]
    scored = query.sort in ("riskiest", "first")
    rows.sort(key=lambda row: row[0] if scored else row[0][1:], reverse=query.sort != "oldest")
    after = query.after
    if after is not None:
        beyond: Callable[[tuple[float, str]], bool] = {
            "oldest": lambda row: row[1] > after[1],
            "newest": lambda row: row[1] < after[1],
            "riskiest": lambda row: row < after,
            "first": lambda row: row < after,
        }[query.sort]
        rows = [row for row in rows if beyond(row[0])]
    page = rows[: query.limit]
    following = page[-1][0] if len(page) == query.limit else None
    return ReviewPage(comments=tuple(comment for _, comment in page), after=following)


def _risk(comment: Comment, query: ReviewQuery) -> float:
    if query.queue is not None:
        return _score(comment, None)
    if query.sort == "first":
        return _score(comment, None) + comment.urgent
    return _score(comment, query.label)


def _score(comment: Comment, label: str | None) -> float:
    labels = comment.scores.labels if comment.scores else {}
    return labels.get(label, 0.0) if label else max(labels.values(), default=0.0)


def _matches(comment: Comment, query: ReviewQuery) -> bool:
    labels = comment.scores.labels if comment.scores else {}
    return (
        query.status in (None, comment.status)
        and query.look in (None, comment.look)
        and query.thread in (None, comment.thread)
        and query.author in (None, comment.author.key)
        and (query.label is None or query.label in labels)
        and query.escalated in (None, comment.escalated)
        and labels_of(comment).isdisjoint(query.without)
        and (query.queue is None or (comment.status == "held" and QUEUE_INDEX[query.queue] in risk_scores(comment)))
        and query.reason in (None, main_reason(comment))
        and (query.max_score is None or _score(comment, query.label) <= query.max_score)
        and (query.min_score is None or _score(comment, query.label) >= query.min_score)
    )

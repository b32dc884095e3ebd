"""Whether what is stored in the end is what everybody was told: the promises, one check each; mends nothing."""

from collections.abc import Iterator

from service.domain.comment import Comment, Decision
from tests.audit import Lane
from tests.chaos.ledger import Ledger
from tests.chaos.texts import Draft, rewritten

# How long after an answer "withdrawn" or "rejected" a list may still show it.
GRACE_SECONDS = 0.5


def faults_of(lane: Lane, ledger: Ledger) -> list[str]:
    """List everything that is not as it was told; the lane's own consistency is the audit's affair."""
    stored = {comment.id: comment for comment in lane.comments.values()}
    return [
        *ledger.wrong,
        *_receipts(stored, ledger),
        *_verdicts(stored, ledger),
        *_changes(stored, ledger),
        *_shown(stored, ledger),
        *_hidden(ledger),
        *_books(lane, stored),
    ]


def _receipts(stored: dict[str, Comment], ledger: Ledger) -> Iterator[str]:
    """Every 202 exists exactly once, and nothing else does."""
    for key, ids in ledger.receipts.items():
        if len(ids) > 1:
            yield f"key {key}: answered with {len(ids)} comments: {sorted(ids)}"
    for comment_id in ledger.drafts.keys() - stored.keys():
        yield f"comment {comment_id}: a 202 named it and it is not stored"
    for comment_id in stored.keys() - ledger.drafts.keys():
        yield f"comment {comment_id}: is stored and no 202 named it"
    for comment_id in ledger.drafts.keys() & stored.keys():
        comment, draft = stored[comment_id], ledger.drafts[comment_id]
        if comment.thread != draft.thread:
            yield f"comment {comment_id}: is in thread {comment.thread}, not {draft.thread}"


def _deciding(comment: Comment) -> list[Decision]:
    return [decision for decision in comment.trail if decision.actor in ("worker", "system")]


def _texts(comment: Comment) -> int:
    """Count the texts that a comment has had, each of which is to be decided once."""
    return 1 + sum(decision.after == "pending" for decision in comment.trail)


def _verdicts(stored: dict[str, Comment], ledger: Ledger) -> Iterator[str]:
    """Every text has exactly one deciding entry on its trail, and the first is right."""
    for comment_id, draft in ledger.drafts.items():
        comment = stored.get(comment_id)
        if comment is None:
            continue
        deciding = _deciding(comment)
        if len(deciding) != _texts(comment):
            yield f"comment {comment_id}: {len(deciding)} deciding entries for {_texts(comment)} texts"
            continue
        first = deciding[0]
        if draft.verdict is None and first.actor == "worker":
            yield f"comment {comment_id}: a worker judged what cannot be judged: {first.after}"
        held_reply = comment_id in ledger.replies and first.after == "held"
        if first.actor == "worker" and draft.verdict not in (None, first.after) and not held_reply:
            yield f"comment {comment_id}: {first.after}, not {draft.verdict}"


def buried_though_harmless(lane: Lane, ledger: Ledger) -> int:
    """Count what was put before a human because those who tried it died of something else."""
    decided = [(comment.id, _deciding(comment)) for comment in lane.comments.values()]
    return sum(
        decisions[0].actor == "system" and ledger.drafts[comment_id].verdict is not None
        for comment_id, decisions in decided
        if decisions and comment_id in ledger.drafts
    )


def _changes(stored: dict[str, Comment], ledger: Ledger) -> Iterator[str]:
    """What authors and moderators were told is done is done once."""
    for comment_id, draft in ledger.drafts.items():
        comment = stored.get(comment_id)
        if comment is None:
            continue
        edits = sum(decision.after == "pending" for decision in comment.trail)
        if edits != (comment_id in ledger.rewritten):
            yield f"comment {comment_id}: rewritten {edits} times, told {int(comment_id in ledger.rewritten)}"
        if (comment.status == "deleted") != (comment_id in ledger.withdrawn):
            yield f"comment {comment_id}: is {comment.status}, withdrawn: {comment_id in ledger.withdrawn}"
        want = "" if comment.status == "deleted" else rewritten(draft) if edits else draft.body
        if comment.body != want:
            yield f"comment {comment_id}: has not the text that was sent"
    for (comment_id, version), status in ledger.decided.items():
        found = stored.get(comment_id)
        trail = found.trail if found else ()
        # The decision that made version n is the n-1st of the trail.
        decision = trail[version - 2] if 2 <= version < len(trail) + 2 else None
        if decision is None or (decision.actor, decision.after) != ("moderator", status):
            yield f"comment {comment_id}: a moderator was told that version {version} is {status}, and it is not"


def _approved_texts(comment: Comment, draft: Draft) -> set[str]:
    texts = [draft.body, rewritten(draft)]
    allowed, text = set(), 0
    for decision in comment.trail:
        text += decision.after == "pending"
        if decision.after == "approved" and text < len(texts):
            allowed.add(texts[text])
    return allowed


def _shown(stored: dict[str, Comment], ledger: Ledger) -> Iterator[str]:
    """No reader was ever shown what was not approved."""
    for comment_id, body in sorted(ledger.polled.keys() | ledger.streamed):
        comment, draft = stored.get(comment_id), ledger.drafts.get(comment_id)
        if comment is None or draft is None or body not in _approved_texts(comment, draft):
            yield f"comment {comment_id}: a reader was shown a text that was never approved"


def _hidden(ledger: Ledger) -> Iterator[str]:
    """Nothing that was withdrawn, rewritten or rejected is shown to those who ask after the answer."""
    for (comment_id, body), sent in ledger.polled.items():
        draft = ledger.drafts.get(comment_id)
        ends = [ledger.withdrawn.get(comment_id)]
        if draft is not None and body == draft.body:
            ends.append(ledger.rewritten.get(comment_id))
        if draft is not None and draft.later != "edit":
            ends.append(ledger.taken_down.get(comment_id))
        for end in ends:
            if end is not None and sent > end + GRACE_SECONDS:
                yield f"comment {comment_id}: still shown {sent - end:.2f} s after it was taken away"


def _books(lane: Lane, stored: dict[str, Comment]) -> Iterator[str]:
    """What is counted beside the records is what their trails say."""
    decisions = [decision for comment in stored.values() for decision in comment.trail]
    workers = sum(decision.actor == "worker" for decision in decisions)
    systems = sum(decision.actor == "system" for decision in decisions)
    if lane.decided != workers:
        yield f"{lane.decided} decisions of workers are counted, {workers} are on the trails"
    if lane.buried != systems:
        yield f"{lane.buried} entries are buried, {systems} are on the trails"

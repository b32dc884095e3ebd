"""What was around a comment when it was judged, as far as its reasons tell: for whoever judges it again."""

from service.domain.comment import Comment
from service.domain.policy import Around

# An author who was not held as new had approvals enough.
_ENOUGH = 1_000_000


def remembered(comment: Comment) -> Around:
    """Read from a judged comment's reasons what the rules about its surroundings found then.

    Judged again, a comment answers for the text and the record of its day: what its author did later, or that the
    counts have run out since, changes nothing.
    """
    counts = {reason.code: reason.count for reason in comment.reasons if reason.count is not None}
    return Around(
        approved=counts.get("first-comment", _ENOUGH),
        decided=(True,) * counts.get("often-rejected", 0),
        by_author=counts.get("repeated-by-author", 1),
        by_anyone=counts.get("repeated-by-anyone", 1),
    )

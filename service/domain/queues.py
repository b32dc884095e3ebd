"""Which queues of held comments a comment stands in, and by which score."""

from service.domain.appealing import held_by_reports, waits_on_appeal
from service.domain.comment import Comment


def risk_scores(comment: Comment) -> dict[str, float]:
    """Give the scores by which moderators find a held comment.

    One per label, the highest as `max`, and again under the name of every queue that it stands in: `~urgent`,
    `~escalated`, `~appeal`, `~reported`, and `~first` for all, where what is urgent stands before what is not.
    """
    labels = comment.scores.labels if comment.scores else {}
    highest = max(labels.values(), default=0.0)
    queues = {
        "~urgent": comment.urgent,
        # What is urgent is shown to seniors too, and anybody may decide it.
        "~escalated": comment.escalated or comment.urgent,
        "~appeal": waits_on_appeal(comment),
        "~reported": held_by_reports(comment),
    }
    standing = {name: highest for name, stands in queues.items() if stands}
    return {**labels, "max": highest, "~first": highest + comment.urgent, **standing}

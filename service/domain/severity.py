"""What a moderator should not have to read unprepared, and nobody may decide unread."""

from service.domain.comment import Comment

# Labels that name violence or hatred; insults and swear words are a moderator's daily bread.
SEVERE_LABELS = ("severe_toxicity", "threat", "identity_attack")
SEVERE_FROM = 0.8


def is_severe(comment: Comment) -> bool:
    """Tell whether a comment is covered until revealed, and kept out of bulk actions."""
    labels = comment.scores.labels if comment.scores else {}
    return comment.urgent or any(labels.get(label, 0.0) >= SEVERE_FROM for label in SEVERE_LABELS)

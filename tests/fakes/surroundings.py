"""What a verdict needs beside the comment, from memory."""

from service.domain.comment import Comment
from service.domain.site import Site
from service.domain.work import Subject
from tests.fakes.memory import Memory


def subject_of(memory: Memory, site: Site, comment: Comment) -> Subject:
    """Add to a comment its policy, its thread's mode and whether its parent is shown."""
    policy = memory.policies[site.id]
    parent = memory.records.get((site.id, comment.parent_id or ""))
    return Subject(
        comment=comment,
        site=site,
        policy=policy,
        mode="pre" if memory.freeze_of(site.id) else memory.threads[site.id, comment.thread].mode or policy.mode,
        parent_shown=comment.parent_id is None or (parent is not None and parent.status == "approved"),
    )

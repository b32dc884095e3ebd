"""What a verdict needs beside the comment, from memory."""

from msgspec.structs import replace

from service.domain.comment import Comment, rejected_by_people
from service.domain.policy import Around
from service.domain.remembering import remembered
from service.domain.site import Site
from service.domain.work import Subject
from tests.fakes.memory import Memory

KEPT, LOOKED = 64, 40


def around_of(memory: Memory, site: Site, comment: Comment) -> Around:
    """Count a waiting comment's text, and look at its author's record, as far as the policy asks."""
    rules = memory.policies[site.id].rules
    mine = sorted(
        (c for c in memory.records.values() if (c.site, c.author.key) == (site.id, comment.author.key)),
        key=lambda c: c.id,
        reverse=True,
    )
    others = [c for c in mine if c.id != comment.id and c.status != "deleted"][:LOOKED]
    decided = [rejected_by_people(c) for c in others if c.status in ("approved", "rejected")]
    around = Around(
        approved=sum(c.status == "approved" for c in others) if rules.first_comment.enabled else 0,
        decided=tuple(decided[: rules.record.of]) if rules.record.enabled else (),
    )
    if not (rules.repeats.enabled and comment.text_key):
        return around
    times, window = memory.texts[site.id, comment.text_key], rules.repeats.hours * 3600
    at = times.setdefault(comment.id, memory.clock.seconds)
    # In the order in which they came.
    for old in list(times)[:-KEPT]:
        del times[old]
    before = list(times)[: list(times).index(comment.id) + 1]
    same = [i for i in before if at - window < times[i]]
    authors = {c.id for c in mine}
    return replace(around, by_anyone=len(same), by_author=sum(i in authors for i in same))


def subject_of(memory: Memory, site: Site, comment: Comment, *, waits: bool) -> Subject:
    """Add to a comment its policy, its thread's mode, whether its parent is shown, and what is counted around it."""
    policy = memory.policies[site.id]
    parent = memory.records.get((site.id, comment.parent_id or ""))
    return Subject(
        comment=comment,
        site=site,
        policy=policy,
        mode="pre" if memory.freeze_of(site.id) else memory.threads[site.id, comment.thread].mode or policy.mode,
        parent_shown=comment.parent_id is None or (parent is not None and parent.status == "approved"),
        around=around_of(memory, site, comment) if waits else remembered(comment),
    )

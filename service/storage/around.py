"""What is around comments that wait: their authors' records, and how often their texts came lately."""

from collections.abc import Sequence
from typing import Any

from redis.exceptions import NoScriptError

from service.domain.authors import ACCOUNTABLE
from service.domain.comment import Comment
from service.domain.policy import Around, Policy
from service.storage.flights import Command
from service.storage.keys import LaneKeys
from service.storage.link import Link
from service.storage.scripts import AROUND

_HOUR_MS = 3_600_000


def question(keys: LaneKeys, comment: Comment, policy: Policy) -> Command | None:
    """Make the command that counts around a comment; nothing where no rule of its policy asks."""
    rules = policy.rules
    text = comment.text_key if rules.repeats.enabled else ""
    decisions = rules.record.of if rules.record.enabled else 0
    trusted = rules.first_comment.enabled and comment.author.strength in ACCOUNTABLE
    approvals = rules.first_comment.approved if trusted else 0
    if not (text or decisions or approvals):
        return None
    return (
        "EVALSHA",
        AROUND.sha,
        3,
        keys.comment(comment.site, comment.id),
        keys.author(comment.site, comment.author.key),
        keys.text(comment.site, text or "-"),
        comment.id,
        comment.version,
        text,
        rules.repeats.hours * _HOUR_MS,
        decisions,
        approvals,
    )


async def known(link: Link, commands: Sequence[Command], answers: list[Any]) -> list[Any]:
    """Ask anew, with the script's source, what a server could not answer that does not know the script."""
    missing = [i for i, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if not missing:
        return answers
    again = await link.pipeline([("EVAL", AROUND.source, *commands[i][2:]) for i in missing], raising=False)
    found = dict(zip(missing, again, strict=True))
    return [found.get(i, answer) for i, answer in enumerate(answers)]


def read(answer: Any) -> Around | None:  # noqa: ANN401 - what Redis answers
    """Read a script's answer; nothing for one that cannot be read."""
    if isinstance(answer, BaseException):
        return None
    approved, decided, by_author, by_anyone = answer
    return Around(
        approved=int(approved),
        decided=tuple(flag == ord("1") for flag in decided),
        by_author=int(by_author),
        by_anyone=int(by_anyone),
    )

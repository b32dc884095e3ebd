"""A reader reports a comment; enough of the proven ones hold it, and a moderator may find nothing wrong."""

import secrets
from dataclasses import dataclass

from service.domain import reporting
from service.domain.acts import ModeratorAct
from service.domain.authors import device_key, signed_key
from service.domain.comment import Comment
from service.domain.errors import Fault, Invalid, NotFound
from service.domain.ids import is_id
from service.domain.moves import reported
from service.domain.orders import Lost, Move
from service.domain.policy import Policy
from service.domain.reporting import Judged, Report, ReportKind, ReportOrder
from service.domain.site import Principal, Site
from service.domain.submission import device_faults, text_faults
from service.workflow import reach
from service.workflow.house import House
from service.workflow.submit import Sender

_TRIES = 5
# What is listed at once, and so how many records a list reads.
LISTED = 100


@dataclass(frozen=True)
class Complaint:
    """What a reader says of a comment; `sub` is who the site says they are, which counts before their device."""

    kind: ReportKind
    house_rule: str | None = None
    text: str = ""
    device: str | None = None
    sub: str | None = None


async def report(house: House, site: Site, comment_id: str, said: Complaint, *, sender: Sender) -> None:
    """Take a report; whatever becomes of it, the reader is told the same. Raises Invalid, TooMany.

    What they may not see, what is reported already, what a moderator approved: it is counted against their limits and
    kept nowhere. A notice of illegal content is kept for a human although a moderator approved the comment.
    """
    policy = await house.directory.recent_policy(site)
    _check(said, policy)
    for _ in range(_TRIES):
        comment = await house.comments.load(site, comment_id) if is_id(comment_id) else None
        order = await _order(house, site, comment, said, sender=sender, policy=policy)
        outcome = await house.reports.file(site, order)
        if outcome == "stored" and comment is not None:
            await _hold(house, site, comment, policy)
        if outcome != "moved":
            return


def _check(said: Complaint, policy: Policy) -> None:
    faults: list[Fault] = []
    if said.text:
        faults += text_faults("$.text", said.text, reporting.REPORT_POINTS)
    if said.house_rule is not None and said.house_rule not in {rule.id for rule in policy.house_rules}:
        faults.append(Fault(path="$.house_rule", message="is no house rule of this site"))
    faults += device_faults("$.device", said.device)
    if faults:
        raise Invalid(tuple(faults))


def _reporter(house: House, site: Site, said: Complaint, address: str) -> tuple[str, bool]:
    """Name who reports, and tell whether they have a key of their own: the same one by which they write."""
    if said.sub is not None:
        return signed_key(house.hasher, site.id, said.sub), True
    if said.device is not None:
        return device_key(house.hasher, site.id, said.device), True
    return house.hasher.hash("reporter", site.id, address), False


async def _order(
    house: House, site: Site, comment: Comment | None, said: Complaint, *, sender: Sender, policy: Policy
) -> ReportOrder:
    address = "" if sender.by_site else house.hasher.hash("address", site.id, sender.address)
    reporter, proven = _reporter(house, site, said, address)
    # Whoever brings no key of their own earns no trust: others have their address too.
    (record,) = await house.reports.records(site, [reporter]) if proven else [reporting.Record()]
    filed = Report(
        id=secrets.token_hex(8),
        reporter=reporter,
        address=address,
        kind=said.kind,
        at=house.now(),
        version=comment.version if comment is not None else 0,
        weight=reporting.weight_of(record),
        house_rule=said.house_rule,
        text=said.text,
    )
    kept = comment if comment is not None and _is_open(comment, said.kind, policy) else None
    return ReportOrder(
        report=filed,
        comment=kept.id if kept is not None else None,
        text_version=reporting.text_version(kept) if kept is not None else 0,
        limited=not sender.by_site,
    )


def _is_open(comment: Comment, kind: ReportKind, policy: Policy) -> bool:
    """Tell whether a report is kept: on what a reader may have seen, and no moderator has approved since."""
    if comment.status in ("deleted", "pending") or not reporting.was_public(comment):
        return False
    if kind == "illegal":
        return True
    return policy.rules.reports.enabled and comment.status == "approved" and not reporting.is_immune(comment)


async def _hold(house: House, site: Site, comment: Comment, policy: Policy) -> None:
    current = comment
    for _ in range(_TRIES):
        if current.status != "approved" or not policy.rules.reports.enabled or reporting.is_immune(current):
            return
        written = reporting.text_version(current)
        reports = [one for one in await house.reports.of_comment(site, current.id) if one.version >= written]
        if reporting.weight(reports) < policy.rules.reports.hold_at:
            return
        after = reported(current, reports=len(reports), at=house.now())
        result = await house.comments.move(site, Move(before=current, after=after))
        if not isinstance(result, Lost):
            return
        current = result.current


async def dismiss(house: House, moderator: Principal, site: Site, comment_id: str) -> int:
    """Find nothing wrong with what was reported, where it is: the reports are closed as wrong, and the text is immune.

    Returns how many were closed; raises NotFound or Forbidden.
    """
    comment = await house.comments.load(site, comment_id) if is_id(comment_id) else None
    if comment is None:
        message = "There is no such comment."
        raise NotFound(message, slug="unknown-comment")
    await reach.insist(house, moderator, site, comment.thread)
    reports = await house.reports.of_comment(site, comment.id)
    act = ModeratorAct(
        id=secrets.token_hex(8),
        at=house.now(),
        by=moderator.id,
        kind="reports",
        what={"comment": comment.id, "dismissed": str(len(reports))},
    )
    await house.acts.note(site, act)
    await house.reports.shield(site, comment.id, reporting.text_version(comment))
    judged = Judged(reporters=tuple(one.reporter for one in reports), verdict="wrong")
    return await house.reports.settle(site, comment.id, judged)


async def reported_comments(
    house: House, moderator: Principal, site: Site, comment_id: str | None
) -> list[tuple[Comment, list[Report], float]]:
    """List comments with open reports, what is most pressing first; or those of one comment."""
    if comment_id is not None:
        rows = [(comment_id, 0.0)] if is_id(comment_id) else []
    else:
        rows = await house.reports.open(site, offset=0, limit=LISTED)
    found = []
    for one, _ in rows:
        comment = await house.comments.load(site, one)
        if comment is None or comment.status in ("pending", "deleted"):
            continue
        written = reporting.text_version(comment)
        reports = [report for report in await house.reports.of_comment(site, one) if report.version >= written]
        if reports:
            found.append((comment, reports, reporting.priority(reports)))
    seen = {one.id for one in await reach.within(house, moderator, site, [row[0] for row in found])}
    return sorted((row for row in found if row[0].id in seen), key=lambda row: -row[2])

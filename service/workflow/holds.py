"""Legal holds: an order to keep one comment, until a day, whatever its author or the retention asks."""

from datetime import datetime

from service.domain.errors import Fault, Invalid
from service.domain.ids import is_id, mint
from service.domain.keeping import HoldEvent, LegalHold
from service.domain.site import Site
from service.domain.submission import is_blank, line_faults
from service.workflow.archive import Archive

_REASON_POINTS = 500
_NAME_POINTS = 80


async def place(archive: Archive, site: Site, comment: str, *, by: str, reason: str, until: datetime) -> LegalHold:
    """Hold a comment: nobody deletes, rewrites, erases or purges it until then; raises Invalid or NotFound."""
    now = archive.now()
    faults = [*line_faults("reason", reason, _REASON_POINTS), *line_faults("by", by, _NAME_POINTS)]
    faults += [
        Fault(path=path, message="is empty") for path, text in (("reason", reason), ("by", by)) if is_blank(text)
    ]
    if until <= now:
        faults.append(Fault(path="until", message="is not in the future"))
    if not is_id(comment):
        faults.append(Fault(path="comment", message="is not an id"))
    if faults:
        raise Invalid(tuple(faults))
    hold = LegalHold(id=mint(now), comment=comment, by=by, reason=reason, at=now, until=until)
    await archive.holds.add(site, hold)
    return hold


async def lift(archive: Archive, site: Site, comment: str, *, by: str) -> HoldEvent:
    """End a hold before its day; what its author asked for meanwhile is done by the erasure's chore.

    Raises Invalid, or NotFound when there is none.
    """
    now = archive.now()
    faults = [*line_faults("by", by, _NAME_POINTS)]
    if is_blank(by):
        faults.append(Fault(path="by", message="is empty"))
    if faults:
        raise Invalid(tuple(faults))
    event = HoldEvent(id=mint(now), action="remove", comment=comment, by=by, at=now)
    await archive.holds.remove(site, event)
    return event

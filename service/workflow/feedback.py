"""What foreign clients' moderators say of texts, kept without the texts."""

import re
from datetime import UTC

from service.domain.errors import Unavailable
from service.domain.foreign import Suggestion
from service.domain.site import Principal
from service.workflow.analyze import Unscorable, analyse
from service.workflow.house import House, find_site

MOST = 10_000
# An identifier has a digit or an underscore and no blank: words of a comment do not pass for one.
_IDENTIFIER = re.compile(r"(?=[A-Za-z:_-]*[0-9])[A-Za-z0-9:_-]{1,64}")


async def suggest(house: House, key: Principal, text: str, suggested: dict[str, float], *, reference: str) -> None:
    """Keep a human's judgement of a text beside our own, where a worker can give it; the text itself is not kept."""
    site = await house.directory.site(key.sites[0]) if key.sites else None
    scored: dict[str, float] = {}
    classifier = ""
    try:
        (analysis,) = await analyse(house, [text])
        scored, classifier = analysis.scores.labels, analysis.scores.classifier
    except (Unavailable, Unscorable):
        # What the human said is worth keeping alone. Without a storage, the next line says so.
        pass
    record = Suggestion(
        at=house.now().astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        key=key.id,
        text=house.hasher.hash("foreign text", text),
        suggested=suggested,
        scored=scored,
        classifier=classifier,
        reference=reference if _IDENTIFIER.fullmatch(reference) else "",
    )
    await house.feedback.add(site, record)


async def suggestions(house: House, *, site: str | None, key: str | None, limit: int) -> list[Suggestion]:
    """Read the newest suggestions of a site, or of all keys without a site; of one key alone, if it is named."""
    found = await house.feedback.latest(None if site is None else await find_site(house, site), limit=MOST)
    return [one for one in found if key is None or one.key == key][:limit]

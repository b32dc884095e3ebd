"""Sites and people: what the operator sets up."""

import re
import secrets

from service.domain.catalogue import CLASSIFIERS
from service.domain.errors import Fault, Invalid, NotFound
from service.domain.policy import Policy, Threshold
from service.domain.policy_check import check_policy, classifier_kind
from service.domain.rule_settings import Rules
from service.domain.site import LANE, SITE_ID, Mode, Principal, Rank, Role, Site, origin_of
from service.domain.submission import line_faults
from service.domain.tokens import MODERATOR_TOKEN, SITE_KEY, mint_token
from service.workflow.house import House, find_site

SECTION_POINTS = 64
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def default_policy(classifier: str, *, mode: Mode = "hybrid", rules: Rules | None = None) -> Policy:
    """Make the first policy of a site: the thresholds that belong to a classifier.

    Raises Invalid for a classifier that is not known.
    """
    facts = CLASSIFIERS.get(classifier_kind(classifier))
    if facts is None:
        fault = Fault(path="classifier", message=f"is none of {', '.join(sorted(CLASSIFIERS))}")
        raise Invalid((fault,), slug="invalid-policy")
    thresholds = {label: Threshold(hold=hold, reject=reject) for label, (hold, reject) in facts.thresholds.items()}
    return Policy(version=1, classifier=classifier, mode=mode, thresholds=thresholds, rules=rules or Rules())


async def add_site(
    house: House,
    site_id: str,
    *,
    origins: tuple[str, ...],
    languages: tuple[str, ...],
    lane: str,
    policy: Policy,
) -> tuple[Site, str]:
    """Make a site and its key, which is shown once; raises Invalid or Conflict."""
    faults = []
    if not SITE_ID.fullmatch(site_id):
        faults.append(Fault(path="site", message="is not 1 to 64 of a-z, 0-9 and inner hyphens"))
    if not LANE.fullmatch(lane):
        faults.append(Fault(path="lane", message="is not 1 to 32 of a-z, 0-9 and hyphens"))
    if not origins:
        faults.append(Fault(path="origin", message="is missing: a site has at least one"))
    faults += [
        Fault(path="origin", message=f"{origin} is not an origin such as https://example.org")
        for origin in origins
        if origin_of(origin) != origin
    ]
    faults += [
        Fault(path="language", message=f"{code} is not an ISO 639 code such as en")
        for code in languages
        if not _LANGUAGE.fullmatch(code)
    ]
    if faults:
        raise Invalid(tuple(faults))
    check_policy(policy, languages)
    site = Site(id=site_id, lane=lane, origins=origins, languages=languages, created_at=house.now())
    await house.directory.add_site(site, policy)
    _, key = await add_principal(house, role="site", sites=(site_id,))
    return site, key


async def add_principal(
    house: House,
    *,
    role: Role,
    sites: tuple[str, ...],
    name: str = "",
    seconds: int | None = None,
    rank: Rank = "moderator",
    sections: tuple[str, ...] = (),
) -> tuple[Principal, str]:
    """Make a site key or a moderator; returns who it is and the token, which is stored only as a hash.

    The token runs out after so many seconds, or never. A moderator of some sections sees no thread of another. Raises
    Invalid for a section that no thread can have.
    """
    faults = [
        Fault(path="section", message=f"is not 1 to {SECTION_POINTS} characters of one line")
        for section in sections
        if not section or any(line_faults("section", section, SECTION_POINTS))
    ]
    if faults:
        raise Invalid(tuple(faults))
    for site_id in sites:
        await find_site(house, site_id)
    token = mint_token(SITE_KEY if role == "site" else MODERATOR_TOKEN)
    principal_id = f"{role}-{secrets.token_hex(4)}"
    principal = Principal(
        id=principal_id,
        role=role,
        sites=sites,
        name=name,
        created_at=house.now(),
        rank=rank,
        sections=tuple(dict.fromkeys(sections)),
    )
    await house.directory.add_principal(principal, token, seconds=seconds)
    return principal, token


async def remove_site(house: House, site_id: str) -> int:
    """Remove a site with everything of it; returns the number of comments removed."""
    return await house.directory.remove_site(await find_site(house, site_id))


async def rotate_key(house: House, site_id: str, *, overlap: int, seconds: int | None = None) -> str:
    """Make a site another key; the older ones run out after `overlap` seconds. Returns the key; raises NotFound."""
    await find_site(house, site_id)
    holders = [p.id for p in await house.directory.principals() if p.role == "site" and p.sites == (site_id,)]
    if not holders:
        _, key = await add_principal(house, role="site", sites=(site_id,), seconds=seconds)
        return key
    key = await rotate(house, holders[0], prefix=SITE_KEY, overlap=overlap, seconds=seconds)
    # A site has one holder of its keys; where an older version made more, their keys end with the others.
    for other in holders[1:]:
        await rotate(house, other, prefix=SITE_KEY, overlap=overlap, seconds=1)
    return key


async def rotate(house: House, principal_id: str, *, prefix: str, overlap: int, seconds: int | None = None) -> str:
    """Make somebody another token; the older ones run out after `overlap` seconds. Returns it; raises NotFound."""
    token = mint_token(prefix)
    if not await house.directory.rotate(principal_id, token, overlap=overlap, seconds=seconds):
        raise _nobody(principal_id)
    return token


async def revoke(house: House, principal_id: str, credential_id: str = "") -> None:
    """Make somebody's tokens worthless, or one of them, everywhere within five seconds; raises NotFound."""
    if not await house.directory.revoke(principal_id, credential_id):
        raise _nobody(principal_id)


def _nobody(principal_id: str) -> NotFound:
    return NotFound(f"There is nobody with the id {principal_id} and such a token.")

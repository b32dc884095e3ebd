"""The demo site: made once, its credentials kept in DATA/demo.json."""

from collections.abc import Iterable

import msgspec

from service.domain.policy import Policy, Threshold
from service.domain.rule_settings import RateRule, Rules
from service.domain.site import Role, Site, origin_of
from service.domain.tokens import COMPAT_KEY, MODERATOR_TOKEN, SITE_KEY
from service.settings import Settings
from service.up.durable import write_private
from service.up.places import Places
from service.workflow import keys, sites
from service.workflow.house import House

SITE = "demo"
LANE = "main"
MODERATOR = "Demo moderator"
CLIENT = "Demo client"
# From where the demo turns comments away, so that its busy article shows all three outcomes. `embedded` gives the
# rudest comment there .92, and none of our own sentences that report, quote or reclaim abuse more than .85.
# `embedded-fast` does not tell these apart, and no other was scored here: they start higher.
REJECTS = {"embedded": 0.9}
REJECTS_ELSE = 0.97
_LOCAL = ("http://127.0.0.1", "http://localhost", "http://[::1]")


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """What scripts find in DATA/demo.json; `compat_key` opens Perspective's and OpenAI's surfaces."""

    url: str = ""
    redis_url: str = ""
    site: str = SITE
    api_key: str = ""
    moderator_token: str = ""
    compat_key: str = ""


def read_demo(places: Places) -> Demo:
    """Read what an earlier start wrote; an empty one where there is none that can be read."""
    try:
        return msgspec.json.decode(places.demo.read_bytes(), type=Demo)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Demo()


def demo_origins(url: str, public_url: str, port: int) -> tuple[str, ...]:
    """List where the demo's pages may be open: both names of this machine, and the address shown to others."""
    local = (f"{host}:{port}" for host in _LOCAL)
    found = (origin_of(candidate) for candidate in (*local, url, public_url))
    return tuple(dict.fromkeys(origin for origin in found if origin is not None))


async def ensure_demo(house: House, settings: Settings, places: Places, *, url: str, port: int) -> Demo:
    """Make the demo site, or bring it up to date; credentials that still work are kept."""
    known = read_demo(places)
    origins = demo_origins(url, settings.public_url, port)
    site = await house.directory.site(SITE)
    api_key = known.api_key
    policy = demo_policy(settings.classifier)
    if site is None:
        site, api_key = await sites.add_site(house, SITE, origins=origins, languages=("en",), lane=LANE, policy=policy)
    await _move(house, site, origins)
    await _follow(house, site, policy)
    if not await _works(house, api_key, SITE_KEY, "site"):
        _, api_key = await sites.add_principal(house, role="site", sites=(SITE,))
    moderator_token = known.moderator_token
    if not await _works(house, moderator_token, MODERATOR_TOKEN, "moderator"):
        _, moderator_token = await sites.add_principal(house, role="moderator", sites=(SITE,), name=MODERATOR)
    compat_key = known.compat_key
    if not await _works(house, compat_key, COMPAT_KEY, "compat"):
        _, compat_key = await keys.add_key(house, surfaces=("perspective", "openai"), site=SITE, name=CLIENT)
    demo = Demo(
        url=url,
        redis_url=settings.redis_url,
        api_key=api_key,
        moderator_token=moderator_token,
        compat_key=compat_key,
    )
    write_private(places.demo, msgspec.json.format(msgspec.json.encode(demo)).decode() + "\n")
    return demo


def demo_policy(classifier: str) -> Policy:
    """Make the demo site's policy: a classifier's default thresholds, no limits, and one threshold that rejects.

    No default threshold rejects (docs/CLASSIFIERS.md); the demo shows what a site sees that has chosen one.
    """
    policy = sites.default_policy(classifier, rules=Rules(rate=RateRule(enabled=False)))
    toxicity = policy.thresholds["toxicity"]
    reject = REJECTS.get(classifier, REJECTS_ELSE)
    rejecting = {"toxicity": Threshold(hold=toxicity.hold, reject=reject)}
    return msgspec.structs.replace(policy, thresholds={**policy.thresholds, **rejecting})


async def _follow(house: House, site: Site, policy: Policy) -> None:
    """Give the demo site another classifier's thresholds, unless somebody has made the policy their own."""
    stored = await house.directory.policy(site)
    if stored.version == 1 and stored.classifier != policy.classifier:
        await house.directory.put_policy(site, policy, replaces=1)


async def _move(house: House, site: Site, origins: Iterable[str]) -> None:
    """Let the site be used where it is now, and no longer on this machine's ports of earlier starts."""
    kept = (o for o in site.origins if not o.startswith(tuple(f"{host}:" for host in _LOCAL)) and o not in _LOCAL)
    wanted = tuple(dict.fromkeys((*origins, *kept)))
    if wanted != site.origins:
        await house.directory.put_site(msgspec.structs.replace(site, origins=wanted))


async def _works(house: House, token: str, prefix: str, role: Role) -> bool:
    if not token.startswith(prefix):
        return False
    principal = await house.directory.principal(token)
    return principal is not None and principal.role == role and principal.may(SITE)

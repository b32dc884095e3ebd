"""The port of the directory: sites, their policies, and who may do what."""

from typing import Protocol, runtime_checkable

from service.domain.policy import Policy
from service.domain.policy_history import PolicyChange
from service.domain.site import Credential, Principal, Site


@runtime_checkable
class Directory(Protocol):
    """Sites, policies and credentials; reads may be up to 5 seconds old."""

    async def site(self, site_id: str) -> Site | None:
        """Find a site."""
        ...

    async def sites(self) -> list[Site]:
        """List every site, by id."""
        ...

    async def lanes(self) -> list[str]:
        """List the lanes in use."""
        ...

    async def add_site(self, site: Site, policy: Policy) -> None:
        """Store a new site; raises Conflict when the id is taken."""
        ...

    async def put_site(self, site: Site) -> None:
        """Replace the record of a site that exists; its lane stays."""
        ...

    async def remove_site(self, site: Site) -> int:
        """Remove a site with everything of it; returns the number of comments removed."""
        ...

    async def policy(self, site: Site) -> Policy:
        """Read a site's policy as it is now."""
        ...

    async def recent_policy(self, site: Site) -> Policy:
        """Read a site's policy as it was at most 5 seconds ago."""
        ...

    async def put_policy(
        self, site: Site, policy: Policy, *, replaces: int, change: PolicyChange | None = None
    ) -> None:
        """Store a policy and its version's history; raises Precondition when `replaces` is not the stored version."""
        ...

    async def principal(self, token: str) -> Principal | None:
        """Find whom a credential speaks for, if it has not run out."""
        ...

    async def holder(self, credential: str) -> Principal | None:
        """Find whom the credential of a hash speaks for, if it has not run out."""
        ...

    async def add_principal(self, principal: Principal, token: str, *, seconds: int | None = None) -> None:
        """Store a new principal under its token's hash; the token runs out after so many seconds, or never."""
        ...

    async def rotate(self, principal_id: str, token: str, *, overlap: int, seconds: int | None = None) -> bool:
        """Give a principal another token; the older ones run out after `overlap` seconds, if not before.

        Tells whether there is such a principal; raises Refused where it has too many tokens already.
        """
        ...

    async def credentials(self) -> list[Credential]:
        """List every token that has not run out, by principal, the newest of each first."""
        ...

    async def principals(self) -> list[Principal]:
        """List every principal, by id."""
        ...

    async def names(self) -> dict[str, str]:
        """Read what the people are called, by id; up to 5 seconds old, and without those who have no token."""
        ...

    async def revoke(self, principal_id: str, credential_id: str = "") -> bool:
        """Remove a principal with all its tokens, or one of them; tells whether there was anything to remove."""
        ...

    async def count_bad_credential(self, who: str) -> int:
        """Count a credential that opened nothing; returns the seconds that its sender should wait, 0 for none."""
        ...

"""What a policy was: every version with who stored it and when, and how two of them differ."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec
from msgspec import UNSET, Struct, UnsetType

from service.domain.policy import Policy
from service.domain.site import Site

VERSIONS = 100
"""How many versions are kept; older ones go."""
MOST_CHANGES = 1_000


class PolicyChange(Struct, frozen=True, kw_only=True):
    """Who stores a policy and when; `back_to` is the older version that a rollback stores again."""

    by: str = ""
    at: datetime | None = None
    back_to: int | None = None


class PolicyVersion(Struct, frozen=True, kw_only=True):
    """One version of a policy, without its content; `at` is nothing where an older Gatepost stored it."""

    version: int
    by: str = ""
    at: datetime | None = None
    back_to: int | None = None


class Difference(Struct, frozen=True, kw_only=True):
    """One change, as a JSON Patch (RFC 6902) has it, and what stood there before."""

    op: Literal["add", "remove", "replace"]
    path: str
    before: Any | UnsetType = UNSET
    value: Any | UnsetType = UNSET


@runtime_checkable
class PolicyHistory(Protocol):
    """The versions of a site's policy; `Directory.put_policy` adds to them in the script that stores the policy."""

    async def versions(self, site: Site) -> list[PolicyVersion]:
        """List the kept versions, the newest first."""
        ...

    async def version(self, site: Site, version: int) -> Policy | None:
        """Read one version; nothing for one that is not kept."""
        ...


def differences(before: Policy, after: Policy) -> Iterator[Difference]:
    """Give the changes that, applied in order, make `after` of `before`; the version number is left out."""
    old, new = (msgspec.json.decode(msgspec.json.encode(policy)) for policy in (before, after))
    del old["version"], new["version"]
    yield from _between("", old, new)


def _between(path: str, old: Any, new: Any) -> Iterator[Difference]:  # noqa: ANN401 - whatever JSON holds
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _objects(path, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _arrays(path, old, new)
    elif old != new or isinstance(old, bool) is not isinstance(new, bool):
        yield Difference(op="replace", path=path, before=old, value=new)


def _objects(path: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    for name, value in old.items():
        if name in new:
            yield from _between(_below(path, name), value, new[name])
        else:
            yield Difference(op="remove", path=_below(path, name), before=value)
    for name, value in new.items():
        if name not in old:
            yield Difference(op="add", path=_below(path, name), value=value)


def _below(path: str, name: str) -> str:
    return f"{path}/{name.replace('~', '~0').replace('/', '~1')}"


def _arrays(path: str, old: list[Any], new: list[Any]) -> Iterator[Difference]:
    """Compare what stands between the common beginning and the common end: a list of 50,000 words stays quick."""
    begin, most = 0, min(len(old), len(new))
    while begin < most and old[begin] == new[begin]:
        begin += 1
    end = 0
    while end < most - begin and old[-1 - end] == new[-1 - end]:
        end += 1
    olds, news = old[begin : len(old) - end], new[begin : len(new) - end]
    both = min(len(olds), len(news))
    for place in range(both):
        yield from _between(f"{path}/{begin + place}", olds[place], news[place])
    for place in reversed(range(both, len(olds))):
        yield Difference(op="remove", path=f"{path}/{begin + place}", before=olds[place])
    for place in range(both, len(news)):
        yield Difference(op="add", path=f"{path}/{begin + place}", value=news[place])

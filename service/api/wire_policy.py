"""What goes over the wire about policies and house rules."""

from msgspec import Struct

from service.domain.house_rules import ShownRule
from service.domain.policy import Policy
from service.domain.policy_history import PolicyVersion
from service.domain.rehearsal import DAYS


class PolicyVersions(Struct, frozen=True, kw_only=True):
    """The kept versions of a policy, the newest first."""

    items: list[PolicyVersion]


class RollBack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which version to go back to."""

    to: int


class Rehearse(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A draft, and over how many of the last days to replay it."""

    policy: Policy
    days: int = DAYS


class HouseRules(Struct, frozen=True, kw_only=True):
    """A site's house rules in one language."""

    language: str
    items: list[ShownRule]

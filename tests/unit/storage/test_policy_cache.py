"""A stored policy is decoded once while its bytes are met, and never mistaken for another."""

import msgspec
import pytest

from service.domain.rule_settings import Rules, WordsRule
from service.storage import codec, policy_cache
from service.storage.policy_cache import Decoded
from tests.builders import policy_of


def record(version: int, *terms: str) -> bytes:
    return codec.encode(policy_of(version=version, rules=Rules(words=WordsRule(banned=terms))))


def test_the_same_bytes_are_the_same_policy_with_the_same_terms() -> None:
    first = policy_cache.policy(record(1, "mill"))
    again = policy_cache.policy(bytes(bytearray(record(1, "mill"))))
    assert again is first
    assert again.rules.words.banned is first.rules.words.banned
    # A site removed and made anew begins with version 1 again.
    assert policy_cache.policy(record(1, "weir")).rules.words.banned == ("weir",)


def test_what_is_kept_is_bounded_in_number_and_in_bytes() -> None:
    few = Decoded(kept=2)
    first = few.policy(record(1))
    few.policy(record(2))
    assert few.policy(record(1)) is first
    few.policy(record(3))
    assert few.policy(record(1)) is first
    few.policy(record(4))
    few.policy(record(5))
    assert few.policy(record(1)) is not first
    small = Decoded(kept_bytes=len(record(1)) + 10)
    first = small.policy(record(1))
    assert small.policy(record(1)) is first
    small.policy(record(2))
    assert small.policy(record(1)) is not first
    # One that is larger than all that may be kept is kept alone, or each batch would decode it anew.
    large = small.policy(record(3, "x" * 1_000))
    assert small.policy(record(3, "x" * 1_000)) is large


def test_what_cannot_be_read_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(msgspec.MsgspecError):
            policy_cache.policy(b"\xc1")

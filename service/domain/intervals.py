"""What a sample says of a whole: shares with 95 % intervals, also for few members and for shares near 0 and 1.

A share's interval is Clopper and Pearson's, on as many members as the weights leave of a sample (Kish) and as its part
of the whole makes of them (finite population), which is what Korn and Graubard (1998) do for surveys. A sum of shares
gets the interval of Zou and Donner (2008), which keeps the parts' own ends. tests/unit/workers/test_replay_coverage.py
shows that they cover the truth, and that the usual share ± 1.96 standard errors does not where hits are rare.
"""

import math
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

ERROR = 0.05
_TINY = 1e-300
_STEPS = 200
_PRECISION = 1e-7


class Share(Struct, frozen=True, kw_only=True):
    """An estimated share with its 95 % interval, and from how many judgements."""

    share: float
    low: float
    high: float
    n: int


class Group(Struct, frozen=True, kw_only=True):
    """Members of a sample that stand for equally many: `weight` each, `n` of them, `hits` of those with the trait."""

    weight: float
    n: int
    hits: int


class Part(Struct, frozen=True, kw_only=True):
    """A part of a whole: how many it has, and the share of them that is estimated; nothing where it is known exactly.

    `known` members have the trait for certain and are not among `size`.
    """

    size: int
    known: int = 0
    estimate: Share | None = None


def estimated(groups: Iterable[Group], *, of: int = 0) -> Share | None:
    """Estimate a share of `of` members, or as many as the weights say, from a weighted sample (Hájek).

    Nothing from an empty one.
    """
    found = [group for group in groups if group.n]
    n = sum(group.n for group in found)
    whole = sum(group.weight * group.n for group in found)
    if not n or whole <= 0:
        return None
    share = sum(group.weight * group.hits for group in found) / whole
    effective = whole**2 / sum(group.weight * group.weight * group.n for group in found)
    whole = max(whole, float(of))
    left = 1 - n / whole
    if left <= 1e-9:  # noqa: PLR2004 - every member was judged: nothing is estimated
        return Share(share=share, low=share, high=share, n=n)
    # More members than the whole has would say more than is known.
    low, high = binomial(round(share * min(effective / left, whole), 6), round(min(effective / left, whole), 6))
    return Share(share=share, low=min(low, share), high=max(high, share), n=n)


def total(parts: Iterable[Part]) -> tuple[float, float, float]:
    """Add up how many have the trait, with the 95 % interval of the sum."""
    middle, down, up = 0.0, 0.0, 0.0
    for part in parts:
        middle += part.known
        if part.estimate is not None:
            middle += part.size * part.estimate.share
            down += (part.size * (part.estimate.share - part.estimate.low)) ** 2
            up += (part.size * (part.estimate.high - part.estimate.share)) ** 2
    return middle, middle - math.sqrt(down), middle + math.sqrt(up)


@lru_cache(maxsize=65_536)
def binomial(hits: float, n: float, error: float = ERROR) -> tuple[float, float]:
    """Give the exact interval (Clopper and Pearson) of `hits` among `n`, which need not be whole numbers."""
    low = 0.0 if hits <= 0 else _beta_quantile(error / 2, hits, n - hits + 1)
    high = 1.0 if hits >= n else _beta_quantile(1 - error / 2, hits + 1, n - hits)
    return low, high


def _beta_quantile(probability: float, a: float, b: float) -> float:
    """Find it by Newton's steps, kept between what is known to be too low and too high."""
    low, high, x = 0.0, 1.0, a / (a + b)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    for _ in range(_STEPS):
        over = _beta(x, a, b) - probability
        low, high = (low, x) if over > 0 else (x, high)
        slope = math.exp(scale + (a - 1) * math.log(x) + (b - 1) * math.log1p(-x))
        following = x - over / slope if slope else low
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) < _PRECISION * x:
            return following
        x = following
    return x


def _beta(x: float, a: float, b: float) -> float:
    """Give the regularised incomplete beta function, by its continued fraction (Lentz)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d or _TINY)
    found = d
    for m in range(1, _STEPS):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + step * d or _TINY)
            c = 1 + step / c or _TINY
            found *= d * c
        if abs(d * c - 1) < 1e-10:  # noqa: PLR2004 - far below what is shown
            break
    return found

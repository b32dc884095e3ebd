"""Terms in normalised text, beside a reference that is as slow as it is plain."""

import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.matching import PHRASE_WORDS, Matcher, matcher
from service.domain.text import normalise

BOUND_SECONDS = 0.1
"""Twenty times what benchmarks/words.py measures: machines are noisy, a search that is not linear takes minutes."""


def naive(terms: list[str], text: str) -> list[tuple[int, int]]:
    """Look for one term after the other, by what its letters and stars say."""
    places = [match.span() for match in re.finditer(r"[^\W_]+", text)]
    words = [text[start:end] for start, end in places]
    hits = []
    for term in terms:
        wanted = re.findall(r"[^\W_]+", normalise(term.strip("*")))
        for at in range(len(words) - len(wanted) + 1) if wanted else ():
            seen = list(words[at : at + len(wanted)])
            goal = list(wanted)
            if term.startswith("*") and seen[0].endswith(goal[0]) and len(goal) > 1:
                seen[0] = goal[0]
            if term.endswith("*") and seen[-1].startswith(goal[-1]) and len(goal) > 1:
                seen[-1] = goal[-1]
            if len(goal) == 1:
                alike = {
                    (False, False): seen[0] == goal[0],
                    (True, False): seen[0].endswith(goal[0]),
                    (False, True): seen[0].startswith(goal[0]),
                    (True, True): goal[0] in seen[0],
                }[term.startswith("*"), term.endswith("*")]
            else:
                alike = seen == goal
            if alike:
                hits.append((places[at][0], places[at + len(goal) - 1][1]))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(hits):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


WORDS = st.text("abc", min_size=1, max_size=6)
TERMS = st.builds(
    lambda left, words, right: left + " ".join(words) + right,
    st.sampled_from(["", "*"]),
    st.lists(WORDS, min_size=1, max_size=3),
    st.sampled_from(["", "*"]),
)


@given(st.lists(TERMS, max_size=12), st.lists(WORDS, max_size=30))
def test_what_is_found_is_what_a_plain_search_finds(terms: list[str], words: list[str]) -> None:
    text = normalise(" ".join(words))
    assert Matcher(terms).find(text) == naive(terms, text)


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("mill", "the mill, a mill. Mills windmill", ["mill", "mill"]),
        ("mill*", "the mill, mills and a windmill", ["mill", "mills"]),
        ("*mill", "the mill, mills and a windmill", ["mill", "windmill"]),
        ("*mill*", "windmills turn", ["windmills"]),
        ("old mill", "an old, old mill by an old\nmill", ["old mill", "old mill"]),
        ("burn the mill*", "burn the mills", ["burn the mills"]),
        ("*burn the mill", "sunburn the mill", ["sunburn the mill"]),
        ("don't", "I don't", ["don't"]),
        ("hell", "he'll go", []),
        ("straße", "die Strasse", ["strasse"]),
        ("müll", "mull", ["mull"]),
        ("白痴", "你是白痴吗", ["你是白痴吗"]),
        ("गधा", "तू गधा है", ["गधा"]),
        ("мельница", "старая Мельница", [normalise("мельница")]),
        ("!!!", "what!!!", []),
    ],
)
def test_terms_are_whole_words_and_phrases_with_stars_at_their_ends(term: str, text: str, found: list[str]) -> None:
    plain = normalise(text)
    assert [plain[start:end] for start, end in Matcher([term]).find(plain)] == found


def many(numbers: random.Random) -> list[str]:
    """Make 50,000 terms of every kind."""
    words = ["".join(numbers.choices("abcdefgh", k=numbers.randint(3, 12))) for _ in range(50_000)]
    forms = ("{0}", "{0}*", "*{0}", "*{0}x*", "{0} {1} {2}", "*{0} {1}", "{0} {1}*")
    return [form.format(*words[at : at + 3]) for at, form in zip(range(50_000 - 3), forms * 8_000, strict=False)]


def nested() -> list[str]:
    """Make terms that all nearly are what the texts below say."""
    chains = [f"{'a' * size}b" for size in range(1, 90)] + [f"{'ab' * size}c" for size in range(1, 45)]
    starred = [f"{left}{term}{right}" for term in chains for left in ("", "*") for right in ("", "*")]
    phrases = [f"{'ab ' * size}{tail}" for size in range(1, PHRASE_WORDS) for tail in ("c", "abc*", "*")]
    return starred + phrases + [f"*b {'ab ' * size}abd*" for size in range(1, PHRASE_WORDS - 1)]


HARD = ("a" * 10_000, "ab" * 5_000, "ab " * 3_333, "ab" * 49 + " " + "ba " * 3_000, "a b " * 2_500, "aba " * 2_500)


def test_no_text_takes_long_whatever_the_terms_are() -> None:
    for terms in (many(random.Random(1)), nested()):
        made = Matcher(terms)
        for text in HARD:
            best = 9.0
            for _ in range(3):
                began = time.process_time()
                made.find(text[:10_000])
                best = min(best, time.process_time() - began)
            assert best < BOUND_SECONDS, text[:20]


def test_terms_are_made_ready_once_and_for_a_bounded_number_of_policies() -> None:
    lists = [(f"word{number}x",) for number in range(200)]
    first = matcher(lists[0])
    assert matcher(lists[0]) is first
    assert [matcher(terms).find("word7x") for terms in lists].count([(0, 6)]) == 1
    assert matcher(lists[0]) is not first
    assert matcher(lists[0]).find("word0x") == [(0, 6)]

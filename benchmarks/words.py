"""50,000 terms on a comment of 10,000 characters, beside a loop over the terms and an expression of all of them.

The texts are hard ones: nearly every word is another, and no term is in them, so that nothing ends early. What is
measured is CPU of one thread; a target holds for reading the comment (normaliser) and looking for the terms together.
"""

import random
import re
import statistics
import time
import tracemalloc
from collections.abc import Callable, Sequence

from benchmarks.findings import Figure, Findings, Options, command
from service.domain.comment import Author
from service.domain.matching import Matcher
from service.domain.policy import Facts, Policy
from service.domain.rule_settings import Rules, WordsRule
from service.domain.rules.words import words
from service.domain.scores import Scores
from service.domain.text import normalise

TERMS = 50_000
POINTS = 10_000
_TRIES = 5
_SYLLABLES = [a + b for a in "bcdfghjklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "is", "or", "un")]
# Of a hundred terms: words, phrases of two or three, and words with `*` behind, before and at both ends.
_FORMS = ("{0}",) * 70 + ("{0} {1}",) * 6 + ("{0} {1} {2}",) * 4 + ("{0}*",) * 8 + ("*{0}",) * 6 + ("*{0}*",) * 6
# What was made to hold a search up: one letter, one word, words that nearly are terms.
_HOSTILE = ("a" * POINTS, "ba" * (POINTS // 2), "ba " * (POINTS // 3), "b a " * (POINTS // 4))


def word(numbers: random.Random) -> str:
    """Make a word of two to five syllables."""
    return "".join(numbers.choices(_SYLLABLES, k=numbers.randint(2, 5)))


def terms_of(count: int) -> tuple[str, ...]:
    """Make so many terms of every form, the same at each run; none is in a text of `text_of`."""
    numbers = random.Random(1)
    made = (f"{word(numbers)}q" for _ in range(3 * count))
    return tuple(_FORMS[at % len(_FORMS)].format(next(made), next(made), next(made)) for at in range(count))


def text_of(numbers: random.Random, points: int = POINTS) -> str:
    """Make a text of so many characters, of words that are all syllables of the terms."""
    text = ""
    while len(text) < points:
        text += word(numbers).title() + numbers.choice((" ", " ", " ", ", ", ". "))
    return text[:points]


def _milliseconds(work: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """Measure each text, the best of five: what others do to the caches of the machine is no part of it."""
    return [min(_once(work, text) for _ in range(_TRIES)) for text in texts]


def _once(work: Callable[[str], object], text: str) -> float:
    began = time.process_time()
    work(text)
    return 1e3 * (time.process_time() - began)


def _facts(text: str, terms: tuple[str, ...]) -> Facts:
    policy = Policy(
        version=1, classifier="none", mode="hybrid", thresholds={}, rules=Rules(words=WordsRule(banned=terms))
    )
    return Facts(
        body=text,
        scores=Scores(labels={}, classifier="none", version="0", hash=""),
        name_scores={},
        uncovered=None,
        parent_shown=True,
        mode="hybrid",
        policy=policy,
        author=Author(key="0", strength="claimed", name="Anna"),
    )


def measure(options: Options) -> Findings:
    """Measure the words rule with 50,000 terms."""
    numbers = random.Random(2)
    texts = [text_of(numbers) for _ in range(options.of(10, 60))]
    terms = terms_of(TERMS)
    tracemalloc.start()
    Matcher(terms)
    held = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    began = time.process_time()
    ready = Matcher(terms)
    making = time.process_time() - began
    if any(ready.find(normalise(text, POINTS)) for text in texts):
        message = "a text was meant to hold none of the terms"
        raise ValueError(message)
    words(_facts(texts[0], terms))
    ours = statistics.median(_milliseconds(lambda text: words(_facts(text, terms)), texts))
    searching = statistics.median(_milliseconds(ready.find, [normalise(text, POINTS) for text in texts]))
    hostile = max(_milliseconds(lambda text: words(_facts(text, terms)), _HOSTILE))
    found = [f"{text[:-40]} {terms[0]} indeed" for text in texts]
    hit = statistics.median(_milliseconds(lambda text: words(_facts(text, terms)), found))
    plain = [term.strip("*") for term in terms]
    every = re.compile("|".join(map(re.escape, plain)))
    read = [normalise(text, POINTS) for text in texts[:2]]
    looping = min(_milliseconds(lambda text: [term for term in plain if term in text], read))
    alternation = min(_milliseconds(every.findall, read))
    return Findings(
        name="words",
        figures=(
            Figure(name="50,000 terms, 10,000 characters: CPU", measured=ours, unit="ms", target=5.0, better="less"),
            Figure(name="50,000 terms: CPU of the worst text made to harm", measured=hostile, unit="ms"),
            Figure(name="50,000 terms: CPU where one is found and shown", measured=hit, unit="ms"),
            Figure(name="50,000 terms: a loop over them by ours", measured=looping / searching),
            Figure(name="50,000 terms: `re` with all of them by ours", measured=alternation / searching),
            Figure(name="50,000 terms: CPU until ready, once a policy", measured=making, unit="s"),
            Figure(name="50,000 terms: memory, with what making it takes", measured=held, unit="MB"),
        ),
        detail={"milliseconds": ours, "searching": searching, "loop": looping, "alternation": alternation},
    )


main = command(measure)

if __name__ == "__main__":
    main()

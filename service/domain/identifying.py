"""Find what leads to a person: telephone numbers, e-mail and postal addresses, accounts and cards.

Each function gives code points [start, end). What has a check digit must pass it; what has none must look like nothing
else: years, prices, scores, ISBNs and numbers of orders are no telephone numbers.
"""

import re
from collections.abc import Callable, Iterator

Span = tuple[int, int]

# A number with its separators: at most 19 digits, entered only where a run of them begins.
_DIGITS = re.compile(r"(?<![\w+])\(?\+?\(?\d(?:[ \u00a0\u202f.\-\u2010-\u2013/()]{0,2}\d){6,18}+(?![\w%])")
# Begins with a digit and nothing else: quick to see that there is none.
_SEVEN = re.compile(r"\d(?:[ \u00a0\u202f.\-\u2010-\u2013/()]{0,2}\d){6}")
_CALLING = re.compile(
    r"1[2-9]|7[3-9]|20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-689]\d|3[578]\d|42\d|50\d|59\d"
    r"|6[789]\d|8[058]\d|96\d|97\d|99\d"
)
_DATE = re.compile(r"\(?(?:\d{1,2}[./-]\d{1,2}[./-](?:\d\d){1,2}|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2})(?!\d)")
_YEARS = re.compile(r"(?:\D{0,3}(?:1[5-9]|20)\d\d)+")
_AMOUNT = re.compile(r"\d{1,3}(?:([ .,\u00a0\u202f])\d{3})(?:\1\d{3})*(?:[.,]\d\d?)?")
_NORTH_AMERICAN = re.compile(r"(?:1[ .-]?)?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}")
# With the 0 that is dialled within a country; 10 or 11 digits where nothing parts them.
_TRUNK = re.compile(r"\(?0[1-9]\d{1,4}\)?(?:[ /-]{1,2}\d{2,8}){1,5}|0[1-9](?:[ .-]\d\d){4}|0[1-9]\d{8,9}")
_NOT_A_PHONE = re.compile(
    r"(?:[#№$€£¥=@&]|\b(?:isbn|issn|doi|order|invoice|ticket|case|ref|reference|id|no|nr|nummer|bestellung|article"
    r"|version|patent|item|serial|model|code|page|post|pmid|oclc|rfc|bug|usd|eur|gbp))[\s:.#°-]{0,3}$",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"\b(?:tel|tél|phone|telephone|call|text|sms|mobile|mob|cell|ring|whats\s?app|handy|mobil|telefon|fon|teléfono"
    r"|telefono)\b[^\w\n]{0,3}(?:(?:me|us|him|her|them|number|no|is|on|at|now|nr|it|s)\b[^\w\n]{0,3}){0,3}$",
    re.IGNORECASE,
)
_BEFORE = 40
# Digits of a telephone number: of any, by E.164, and of a national one with its 0.
_FEWEST, _MOST = 7, 15
_NATIONAL = range(9, 13)


def has_long_number(text: str) -> bool:
    """Tell whether there is any number that `phones` and `cards` could take for one: neither finds any without."""
    return _SEVEN.search(text) is not None


def phones(text: str) -> Iterator[Span]:
    """Find numbers with a country's code, in the shapes that countries use, or named as a number to call."""
    for match in _DIGITS.finditer(text):
        shown = match[0]
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        if _is_phone(shown, re.sub(r"\D", "", shown), before):
            yield match.span()


def _is_phone(shown: str, digits: str, before: str) -> bool:
    if not _FEWEST <= len(digits) <= _MOST or len(set(digits)) == 1:
        return False
    if _DATE.match(shown) or _YEARS.fullmatch(shown):
        return False
    if _PHONE.search(before):
        return True
    return not _NOT_A_PHONE.search(before) and not _AMOUNT.fullmatch(shown) and _shaped(shown, digits)


def _shaped(shown: str, digits: str) -> bool:
    if "+" in shown[:3]:
        return len(digits) > _FEWEST and _CALLING.match(digits) is not None
    if digits.startswith("00"):
        return len(digits) > _FEWEST + 3 and _CALLING.match(digits, 2) is not None
    if _NORTH_AMERICAN.fullmatch(shown):
        return True
    return _TRUNK.fullmatch(shown) is not None and len(digits) in _NATIONAL


_EMAIL = re.compile(
    r"(?<![\w.+/-])[\w.+-]{1,64}+@[a-z0-9-]{1,63}+(?:\.[a-z0-9-]{1,63}+)+"
    r"|(?<![\w.+-])[\w.+-]{1,64}+\s?[\[({]\s?(?:at|@)\s?[\])}]\s?[a-z0-9-]{1,63}+(?:\s?(?:\.|[\[({]\s?(?:dot|\.)\s?[\])}])\s?[a-z]{2,12})+"
    r"|(?<![\w.+-])[\w.+-]{1,64}+ at [a-z0-9-]{1,63}+(?: dot [a-z]{2,12})+",
    re.IGNORECASE,
)


_AT = re.compile(r"[\[({]\s?(?:[aA][tT]|@)\s?[\])}]")


def emails(text: str) -> Iterator[Span]:
    """Find e-mail addresses, also with `(at)` and `dot` spelt out."""
    if "@" not in text and " dot " not in text and _AT.search(text) is None:
        return
    for match in _EMAIL.finditer(text):
        if match[0].rpartition(".")[2].isalpha() or "@" not in match[0]:
            yield match.span()


_NAMES = r"(?:[A-ZÀ-ÖØ-Þ][\w'’.-]{1,30}+ ){1,3}"
_WAYS = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq|Terrace|Crescent"
    r"|Close|Way|Parkway|Pkwy|Highway|Hwy|Gardens|Grove)"
)
# A house's number comes before the street or behind it; both are looked at from the number, which is rare in a text.
_HOUSE = re.compile(r"\d(?<![\w.,$€£-]\d)\d{0,4}+(?!\d|[.,]\d)")
_BEHIND = re.compile(
    rf"\d{{1,5}}[A-Za-z]?,? (?:[NSEW]\.? )?{_NAMES}{_WAYS}(?!\w)"
    r"|\d{1,4}(?: bis| ter)?,? (?:rue|avenue|boulevard|impasse|chemin|allée|quai|place) (?:d[eu]s? |de la |d['’])?"
    r"[A-ZÀ-Ý][\w'’-]{1,30}"
)
_AHEAD = re.compile(
    r"(?<!\w)(?:[A-ZÄÖÜ][\wäöüß-]{1,30}?(?:straße|strasse|str\.|weg|gasse|allee|platz|straat|laan|plein|gracht)"
    r"|(?:Calle|C/|Avenida|Avda\.?|Via|Viale|Piazza|Corso|Rua) (?:de |del |della |da |do )?[A-ZÀ-Ý][\w'’-]{1,30}+"
    r"(?: [A-ZÀ-Ý][\w'’-]{1,30}+){0,2},?(?: n\.? ?º?)?) $"
)
# Addresses of the public: who names them points at nobody.
_PUBLIC = re.compile(r"(?:10|11|12) Downing St|1600 Pennsylvania Ave|221[bB],? Baker St|4 Privet Drive|5th Ave")
_STREET = 80


def addresses(text: str) -> Iterator[Span]:
    """Find a street with the number of a house, as English, German, Dutch and Romance languages write it."""
    done = 0
    for house in _HOUSE.finditer(text):
        start = house.start()
        if start < done:
            continue
        found = _BEHIND.match(text, start)
        if found is not None and not _PUBLIC.match(found[0]):
            done = found.end()
            yield start, done
        elif text[start - 2 : start - 1].isalpha() or text[start - 2 : start - 1] in {".", ",", "º"}:
            begin = max(done, start - _STREET)
            ahead = _AHEAD.search(text, begin, start)
            if ahead is not None:
                done = house.end()
                yield ahead.start(), done


# By country, how long an account's number is.
_IBAN_LENGTHS = {
    code: length
    for length, codes in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL SD FK", 19: "MK SI", 20: "AT BA EE KZ LT LU XK MN",
        21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ TL OM SO",
        24: "AD CZ ES MD PK RO SA SE SK TN VG DJ", 25: "PT ST LY", 26: "IS TR", 27: "FR GR IT MC MR SM BI",
        28: "AL AZ BY CY DO GT HU LB PL SV NI", 29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC",
        32: "LC", 33: "RU",
    }.items()
    for code in codes.split()
}  # fmt: skip
# From the digits, which are rarer than letters.
_CHECKED = re.compile(r"\d\d(?<=[A-Za-z]{2}\d\d)(?:[ \u00a0-]?[A-Za-z0-9]){3}")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d\d(?:[ \u00a0-]?[A-Z0-9]){11,30}", re.IGNORECASE)


def ibans(text: str) -> Iterator[Span]:
    """Find account numbers: of the country's length, and right by their check digits."""
    if _CHECKED.search(text) is None:
        return
    for match in _IBAN.finditer(text):
        ends = [offset for offset, char in enumerate(match[0], 1) if char.isalnum()]
        length = _IBAN_LENGTHS.get(match[0][:2].upper())
        if length is None or len(ends) < length:
            continue
        shown = match[0][: ends[length - 1]]
        number = re.sub(r"[^A-Z0-9]", "", shown.upper())
        if int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1:
            yield match.start(), match.start() + len(shown)


_CARD = re.compile(r"(?<![\w.,+/-])[2-6]\d(?:[ \u00a0-]?\d){11,17}+(?![\w/-]|[.,]\d)")
_CARD_GROUPS = {(4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 6, 5), (4, 6, 4), (4, 4, 5)}
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d*|3[47]\d{13}"
    r"|(?:6011|65\d\d|64[4-9]\d|35[2-8]\d|62\d\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|(?:50|5[6-9]|63|67)\d{14}"
)
_MASTERCARD = 16


def cards(text: str) -> Iterator[Span]:
    """Find payment cards: an issuer's number and length, grouped as on a card or not at all, right by Luhn's digit."""
    for match in _CARD.finditer(text):
        groups = re.split(r"\D", match[0])
        number = "".join(groups)
        if len(groups) > 1 and tuple(map(len, groups)) not in _CARD_GROUPS:
            continue
        issued = _ISSUERS.fullmatch(number) is not None and (number[0] not in "25" or len(number) == _MASTERCARD)
        if issued and len(set(number)) > 1 and _luhn(number):
            yield match.span()


def _luhn(number: str) -> bool:
    doubled = [int(digit) * 2 for digit in number[-2::-2]]
    return (sum(map(int, number[-1::-2])) + sum(value - 9 * (value > 9) for value in doubled)) % 10 == 0  # noqa: PLR2004


Finder = Callable[[str], Iterator[Span]]

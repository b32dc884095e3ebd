"""Whether a submission can be accepted, before anything is stored."""

import re
from collections.abc import Iterator

from service.domain.comment import Submission
from service.domain.errors import Fault, Invalid
from service.domain.ids import is_id
from service.domain.signals import TRAP_POINTS
from service.domain.site import Site, origin_of

BODY_POINTS = 10_000
NAME_POINTS = 80
THREAD_BYTES = 512
TITLE_POINTS = 300
URL_POINTS = 2_000
EMAIL_POINTS = 254
SUB_POINTS = 200

# A key of at least 128 bits: 22 characters of base64url or 32 hexadecimal digits reach it.
_DEVICE = re.compile(r"[A-Za-z0-9_-]{22,128}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
_CONTROL_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
# What looks like nothing: a comment of these alone is as empty as one of spaces.
_INVISIBLE = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]+"
)


def is_blank(text: str) -> bool:
    """Tell whether a reader would see nothing at all."""
    return _INVISIBLE.fullmatch(text) is not None or not text


def line_faults(path: str, text: str, limit: int) -> Iterator[Fault]:
    """Find what is wrong with a one-line field: its length in code points, and control characters."""
    if len(text) > limit:
        yield Fault(path=path, message=f"is longer than {limit} characters")
    if _CONTROL_LINE.search(text):
        yield Fault(path=path, message="contains control characters")


def thread_key_faults(path: str, key: str) -> Iterator[Fault]:
    """Find what is wrong with a thread key: empty, over 512 bytes of UTF-8, or control characters."""
    if not key.strip():
        yield Fault(path=path, message="is empty")
    if _CONTROL_LINE.search(key):
        yield Fault(path=path, message="contains control characters")
    elif len(key.encode()) > THREAD_BYTES:
        yield Fault(path=path, message=f"is longer than {THREAD_BYTES} bytes")


def body_faults(path: str, body: str, most: int = BODY_POINTS) -> Iterator[Fault]:
    """Find what is wrong with a comment's text, of which a site takes up to so many code points."""
    yield from text_faults(path, body, min(most, BODY_POINTS))


def text_faults(path: str, text: str, limit: int) -> Iterator[Fault]:
    """Find what is wrong with a text of several lines that must say something: its length in code points, and more."""
    if is_blank(text):
        yield Fault(path=path, message="is empty")
    if len(text) > limit:
        yield Fault(path=path, message=f"is longer than {limit} characters")
    if _CONTROL.search(text):
        yield Fault(path=path, message="contains control characters")


def url_faults(path: str, url: str, site: Site) -> Iterator[Fault]:
    """Find what is wrong with a page's URL: it must lie on one of the site's origins."""
    yield from line_faults(path, url, URL_POINTS)
    if not site.owns_url(url):
        yield Fault(path=path, message="is not on one of the site's origins")


def check(submission: Submission, site: Site, *, most: int = BODY_POINTS) -> None:
    """Refuse a submission that cannot be accepted; raises Invalid with every fault at once.

    `most` is how many code points the site's policy lets a comment have.
    """
    faults = [
        *thread_key_faults("$.thread", submission.thread),
        *body_faults("$.body", submission.body, most),
        *_author_faults(submission),
    ]
    if submission.url is not None:
        faults += url_faults("$.url", submission.url, site)
    if submission.title is not None:
        faults += line_faults("$.title", submission.title, TITLE_POINTS)
    if submission.parent_id is not None and not is_id(submission.parent_id):
        faults.append(Fault(path="$.parent_id", message="is not an id"))
    if faults:
        raise Invalid(tuple(faults))


def _author_faults(submission: Submission) -> Iterator[Fault]:
    signed, form = submission.signed, submission.form
    if signed is not None:
        yield from line_faults("$.author.jwt", signed.sub, SUB_POINTS)
        yield from line_faults("$.author.jwt", signed.name, NAME_POINTS)
        if is_blank(signed.sub):
            yield Fault(path="$.author.jwt", message="has an empty `sub`")
    if form is not None and len(form.trap) > TRAP_POINTS:
        yield Fault(path="$.form.trap", message=f"is longer than {TRAP_POINTS} characters")
    yield from line_faults("$.author.name", submission.author_name, NAME_POINTS)
    if is_blank(submission.author_name):
        yield Fault(path="$.author.name", message="is empty")
    if submission.email:
        yield from line_faults("$.author.email", submission.email, EMAIL_POINTS)
        if not _EMAIL.fullmatch(submission.email):
            yield Fault(path="$.author.email", message="is not an e-mail address")
    if submission.website:
        yield from line_faults("$.author.website", submission.website, URL_POINTS)
        if origin_of(submission.website) is None:
            yield Fault(path="$.author.website", message="is not an http or https URL")
    yield from device_faults("$.author.device", submission.device)


def device_faults(path: str, device: str | None) -> Iterator[Fault]:
    """Find what is wrong with the key that a browser keeps, if there is one."""
    if device is not None and not _DEVICE.fullmatch(device):
        yield Fault(path=path, message="is not 22 to 128 characters of base64url or hexadecimal")

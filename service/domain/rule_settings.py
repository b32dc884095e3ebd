"""What each rule of a policy can be told; every setting has a default, so that an old policy stays one."""

from typing import Literal

from msgspec import Struct

PersonalKind = Literal["phone", "email", "address", "iban", "card"]
# A reply to what was withdrawn is held whoever writes it.
SkippedRule = Literal[
    "language",
    "words",
    "links",
    "shouting",
    "personal_data",
    "spam",
    "repeats",
    "first_comment",
    "record",
    "automated",
    "names",
    "thresholds",
    "name",
]


class RateRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much one reader may send without the site's key."""

    enabled: bool = True
    address_per_minute: int = 10
    address_burst: int = 20
    author_per_minute: int = 5
    threads_per_hour: int = 10


class RetentionRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """After how many days in a status a comment is removed; None keeps it."""

    rejected_days: int | None = 30
    held_days: int | None = None
    approved_days: int | None = None
    deleted_days: int | None = None


class SizeRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a comment may be, in code points; what is longer is refused at once."""

    most: int = 10_000


class DuplicateRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Refuse at once what the same author sent to the same thread within the last minutes."""

    enabled: bool = True
    minutes: int = 10


class WordsRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Terms that reject (`banned`) or hold (`suspect`): whole words or phrases, `*` at either end for any letters."""

    banned: tuple[str, ...] = ()
    suspect: tuple[str, ...] = ()


class LinksRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold a comment with more links than `most`, those to `allowed` hosts not counted, or one to a `banned` host."""

    enabled: bool = True
    most: int = 2
    allowed: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()


class ShoutingRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold a comment of at least so many letters of which this share are capitals."""

    enabled: bool = True
    least: int = 30
    share: float = 0.7


class RepeatsRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold what was sent too often, to any thread, within some hours: by the same author, or by anyone.

    So many times are allowed. Texts count as the same by their letters alone; one of fewer than `least` letters says
    too little to be a repeat.
    """

    enabled: bool = True
    by_author: int = 2
    by_anyone: int = 4
    hours: int = 24
    least: int = 20


class FirstCommentRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold every comment of an author of whom fewer than `approved` were approved; typed names are always new."""

    enabled: bool = False
    approved: int = 1


class RecordRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold an author of whose last `of` decided comments this share was rejected by people."""

    enabled: bool = True
    of: int = 5
    rejected_share: float = 0.6


class PersonalDataRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold what shows somebody's data; the kinds looked for."""

    enabled: bool = True
    kinds: tuple[PersonalKind, ...] = ("phone", "email", "address", "iban", "card")


class SpamRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold what bears the marks of spam: bait to get in touch, links beside it, the same thing over and over."""

    enabled: bool = True


class AutomatedRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold what looks sent by a program: the trap was filled, or the form was open for less than so many seconds."""

    enabled: bool = True
    least_seconds: float = 2.0


class NamesRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names that only a signed author may bear, compared as a reader sees them."""

    reserved: tuple[str, ...] = ()
    action: Literal["hold", "reject"] = "hold"


class StaffRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules by name that do not hold or reject those whom the site signs as staff.

    `thresholds` leaves out the labels of violence and hatred all the same: those hold and reject anyone.
    """

    skips: tuple[SkippedRule, ...] = ()


# What people write who may harm themselves; compared as `domain/text.py` reads it.
SELF_HARM = (
    "kill myself",
    "killing myself",
    "end my life",
    "end it all tonight",
    "take my own life",
    "want to die",
    "better off dead",
    "no reason to live",
    "hurt myself",
    "cut myself again",
    "suicidal",
    "my suicide note",
    "overdose on pills",
)


class UrgentRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes before a human first: a threat from this probability, personal data, or words of self-harm.

    Words of self-harm hold a comment; a threat and personal data only put what is held before the rest.
    """

    enabled: bool = True
    threat: float | None = 0.5
    personal_data: bool = True
    self_harm: tuple[str, ...] = SELF_HARM


class HouseRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rejection names to its author; `title` and `text` by language."""

    id: str
    title: dict[str, str]
    text: dict[str, str]


class LateRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a comment that no worker has read after so many seconds: it waits on, or a human reads it."""

    action: Literal["wait", "hold"] = "wait"
    after_seconds: int = 300


class AuditRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many of a day's automatic decisions are shown to a human blind: a share, and at least so many."""

    enabled: bool = True
    share: float = 0.01
    least: int = 5


class ReportsRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which weight of proven reporters an approved comment is held."""

    enabled: bool = True
    hold_at: float = 3.0


class AppealsRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a rejection may be appealed, for how many days, and how often an author may in a day."""

    enabled: bool = True
    days: int = 14
    a_day: int = 5


class ThreadsRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a thread does that says nothing else: seconds between an author's comments, days until it closes."""

    slow_seconds: int = 0
    close_after_days: int | None = None


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of the rules that have any."""

    rate: RateRule = RateRule()
    size: SizeRule = SizeRule()
    duplicate: DuplicateRule = DuplicateRule()
    threads: ThreadsRule = ThreadsRule()
    words: WordsRule = WordsRule()
    links: LinksRule = LinksRule()
    shouting: ShoutingRule = ShoutingRule()
    repeats: RepeatsRule = RepeatsRule()
    first_comment: FirstCommentRule = FirstCommentRule()
    record: RecordRule = RecordRule()
    personal_data: PersonalDataRule = PersonalDataRule()
    spam: SpamRule = SpamRule()
    automated: AutomatedRule = AutomatedRule()
    names: NamesRule = NamesRule()
    staff: StaffRule = StaffRule()
    urgent: UrgentRule = UrgentRule()
    reports: ReportsRule = ReportsRule()
    appeals: AppealsRule = AppealsRule()
    audit: AuditRule = AuditRule()
    retention: RetentionRule = RetentionRule()

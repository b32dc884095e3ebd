"""The worker's rules, in the order in which their reasons are read."""

from service.domain.policy import Rule
from service.domain.rules.classifier_match import classifier_match
from service.domain.rules.fast_clear import fast_clear
from service.domain.rules.language import language
from service.domain.rules.links import links
from service.domain.rules.name import name
from service.domain.rules.parent import parent
from service.domain.rules.personal_data import personal_data
from service.domain.rules.shouting import shouting
from service.domain.rules.spam import spam
from service.domain.rules.thresholds import thresholds
from service.domain.rules.words import words

WORKER_RULES: tuple[Rule, ...] = (
    parent,
    language,
    words,
    links,
    shouting,
    personal_data,
    spam,
    thresholds,
    name,
    classifier_match,
    fast_clear,
)

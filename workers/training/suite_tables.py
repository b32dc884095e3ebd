"""Judge a classifier by the test sentences: per group, per kind of speech, and per disguise."""

import numpy as np
from sklearn.metrics import roc_auc_score

from workers.training.data import ABUSIVE, LABELS, Labelled
from workers.training.disguise import DISGUISES, all_disguised
from workers.training.evaluate import Classifier, chances
from workers.training.suites import HELD_OUT, cases, spoken

_WIKI = ("jigsaw", "jigsaw_lc")
_TOXICITY = LABELS.index("toxicity")


def identity(classifier: Classifier) -> dict[str, object]:
    """Return the ranking of hostile over neutral sentences, whole and per group, and how many neutral ones are flagged.

    BPSN of a group (Borkan and others, 2019): the AUC of its neutral sentences against hostile ones on other groups.
    """
    every = list(cases())
    toxicity = chances(classifier, [case.text for case in every])[:, _TOXICITY]
    hostile = np.array([case.hostile for case in every])
    groups = np.array([case.group for case in every])
    bpsn = {}
    for group in dict.fromkeys(case.group for case in every):
        chosen = (hostile & (groups != group)) | (~hostile & (groups == group))
        bpsn[group] = round(float(roc_auc_score(hostile[chosen], toxicity[chosen])), 4)
    neutral = toxicity[~hostile]
    return {
        "auc": round(float(roc_auc_score(hostile, toxicity)), 4),
        "bpsn": bpsn,
        "worst_bpsn": min(bpsn.values()),
        "worst_bpsn_held_out": min(bpsn[group] for group in HELD_OUT),
        "neutral_from_0.5": round(float((neutral >= 0.5).mean()), 4),  # noqa: PLR2004 - named so
        "neutral_from_0.8": round(float((neutral >= 0.8).mean()), 4),  # noqa: PLR2004 - named so
        "hostile_below_0.5": round(float((toxicity[hostile] < 0.5).mean()), 4),  # noqa: PLR2004 - named so
    }


def speech(classifier: Classifier) -> dict[str, dict[str, float | int]]:
    """Say per kind of sentence what the default thresholds do with it; nothing of it may be rejected."""
    table: dict[str, dict[str, float | int]] = {}
    for kind, texts in spoken().items():
        scores = chances(classifier, texts)
        held, rejected = np.zeros(len(texts), bool), np.zeros(len(texts), bool)
        for label, (hold, reject) in classifier.thresholds.items():
            column = scores[:, LABELS.index(label)]
            held |= column >= hold
            rejected |= (column >= reject) if reject is not None else False
        toxicity = scores[:, _TOXICITY]
        table[kind] = {
            "sentences": len(texts),
            "rejected": int(rejected.sum()),
            "held": int((held & ~rejected).sum()),
            "toxicity_from_0.5": int((toxicity >= 0.5).sum()),  # noqa: PLR2004 - named so
            "highest_toxicity": round(float(toxicity.max()), 4),
        }
    return table


def disguises(classifier: Classifier, rows: Labelled) -> dict[str, float]:
    """Return the AUC of toxicity on the Wikipedia rows, plain and with half of the words in each disguise."""
    chosen = [
        place for place, source in enumerate(rows.sources) if source in _WIKI and not np.isnan(rows.labels[place, 0])
    ]
    truth = rows.labels[chosen, 0] >= ABUSIVE
    texts = [rows.texts[place] for place in chosen]
    found = {"clean": round(float(roc_auc_score(truth, chances(classifier, texts)[:, _TOXICITY])), 4)}
    for way in DISGUISES:
        changed = all_disguised(texts, way)
        found[way] = round(float(roc_auc_score(truth, chances(classifier, changed)[:, _TOXICITY])), 4)
    return found

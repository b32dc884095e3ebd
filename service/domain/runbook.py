"""The symptoms that docs/RUNBOOK.md has an entry for: every 503, every worker exit and every finding names one."""

from typing import Literal

from service.domain.errors import GatepostError

Entry = Literal[
    "comments-stay-pending",
    "503-storage-unavailable",
    "503-queue-full",
    "503-streams-full",
    "worker-exits-2",
    "worker-exits-3",
    "worker-exits-70",
    "redis-exited-disk-full",
    "redis-out-of-memory",
    "redis-not-as-it-must-be",
    "buried-entries-grow",
    "clock-jumped",
    "thresholds-of-another-classifier",
    "counts-or-lists-wrong",
    "keys-of-no-site",
    "a-flood",
]

# Of the public problem types, those that are an operator's business.
PROBLEMS: dict[str, Entry] = {
    "storage-unavailable": "503-storage-unavailable",
    "queue-full": "503-queue-full",
    "streams-full": "503-streams-full",
    "site-closed": "a-flood",
    "overloaded": "a-flood",
    "no-worker": "comments-stay-pending",
    "scoring-late": "comments-stay-pending",
}


def named(entry: Entry) -> str:
    """Say where in the papers to read on."""
    return f"docs/RUNBOOK.md#{entry}"


def said(error: GatepostError) -> str:
    """Give an error's words, and where to read on if there is an entry for it."""
    entry = PROBLEMS.get(error.slug)
    return error.detail if entry is None else f"{error.detail} See {named(entry)}."

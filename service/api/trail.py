"""The audit trail as files: JSON lines, and CSV that a spreadsheet may open."""

import csv
import io
from collections.abc import Iterable, Mapping

import msgspec

from service.domain.acts import ModeratorAct

# What an act on a comment may say has a column of its own; all else stands in the last, as JSON.
_DETAILS = ("comment", "from", "to", "version", "codes", "house_rule", "batch", "undoes")
_COLUMNS = ("at", "by", "name", "kind", "id", *_DETAILS, "details")
# A cell that begins like this is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def as_lines(acts: Iterable[ModeratorAct], names: Mapping[str, str]) -> bytes:
    """Write acts as JSON lines."""
    rows = [{**msgspec.to_builtins(act), "name": names.get(act.by, "")} for act in acts]
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def as_csv(acts: Iterable[ModeratorAct], names: Mapping[str, str]) -> bytes:
    """Write acts as CSV (RFC 4180) with a head; no cell is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for act in acts:
        others = {name: value for name, value in act.what.items() if name not in _DETAILS}
        row = [act.at.isoformat(), act.by, names.get(act.by, ""), act.kind, act.id]
        row += [act.what.get(name, "") for name in _DETAILS]
        row.append(msgspec.json.encode(others).decode() if others else "")
        writer.writerow([_cell(value) for value in row])
    return out.getvalue().encode()


def _cell(text: str) -> str:
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text

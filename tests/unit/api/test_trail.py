"""The audit trail as files: whole, and safe to open in a spreadsheet."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from service.api.trail import as_csv, as_lines
from service.domain.acts import ModeratorAct

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)


def act_of(**what: str) -> ModeratorAct:
    return ModeratorAct(id="act-1", at=AT, by="moderator-1", kind="decision", what=what)


def cells(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def test_each_act_is_a_line_and_a_row() -> None:
    acts = [act_of(comment="c", to="held", slow="30"), act_of()]
    lines = [json.loads(line) for line in as_lines(acts, {"moderator-1": "Anna"}).splitlines()]
    assert [line["name"] for line in lines] == ["Anna", "Anna"]
    assert lines[0]["what"] == {"comment": "c", "to": "held", "slow": "30"}
    first, second = cells(as_csv(acts, {"moderator-1": 'Anna, "the" first'}))
    assert (first["comment"], first["to"], first["name"]) == ("c", "held", 'Anna, "the" first')
    assert json.loads(first["details"]) == {"slow": "30"}
    assert (second["details"], second["at"]) == ("", "2026-11-24T08:00:00+00:00")
    assert cells(as_csv([], {})) == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "  =", "\uff1d"])
def test_no_cell_is_a_formula(start: str) -> None:
    body = as_csv([act_of(codes=f"{start}cmd|' /C calc'!A0", other=start)], {"moderator-1": f"{start}1+1"})
    (row,) = cells(body)
    for value in row.values():
        assert not value.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"))
    assert row["name"] == f"'{start}1+1"

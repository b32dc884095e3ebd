"""`python -m benchmarks.rules`: what it counts, and where it writes."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

pytest.importorskip("pandas", reason="needs the optional extra `train`")
pytest.importorskip("pyarrow", reason="needs the optional extra `train`")

import pandas as pd

from benchmarks import rules
from workers.training import data


def test_the_table_on_the_page_is_counted_from_harmless_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loud = "THIS IS ALL WRITTEN IN CAPITALS BY ME"
    texts = ["A fine morning.", "Write to anna@mill.example", loud, "You fool", "Not read"]
    frame = pd.DataFrame(np.zeros((5, 6)), columns=list(data.LABELS))
    frame["text"], frame["src"], frame["dev"] = texts, "jigsaw", True
    frame.loc[3, "toxicity"], frame.loc[4, "toxicity"] = 0.9, np.nan
    frame.to_parquet(tmp_path / "train.parquet")
    page = tmp_path / "POLICY.md"
    page.write_text(f"before\n{rules.BEGIN}\nold\n{rules.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(rules, "PAGE", page)
    done = CliRunner().invoke(rules.main, ["--data", str(tmp_path), "--write", "--show", "email"])
    assert done.exit_code == 0, done.output
    assert "anna@mill.example" in done.stderr
    written = page.read_text(encoding="utf-8")
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "old" not in written
    for said in (
        "harmless (3)",
        "toxic (1)",
        "| `personal_data` | 33.33 % | 33.33 % | 0.00 % |",
        "| together | 66.67 % |",
    ):
        assert said in written
    assert rules.BEGIN in (Path(rules.__file__).parent.parent / "docs" / "POLICY.md").read_text(encoding="utf-8")

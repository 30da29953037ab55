"""Findings of any protocol on one page, and in one folder."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

import ephys
import ephys.io
from ephys.errors import ParameterError
from ephys.report import render_findings_report
from ephys.report.drawn import Drawing
from ephys.report.findings import drawings
from tests.report.reader import Reader


@dataclass(frozen=True)
class Weighed:
    """A finding that needs no animal: two things were weighed."""

    title: str = "Weights"
    unit: str = "mg"

    @property
    def columns(self) -> tuple[str, ...]:
        return ("thing", f"weight ({self.unit})")

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        return (("<b>salt</b>", "12 (11 to 13)"), ("base", "> 40"))

    @property
    def notes(self) -> tuple[str, ...]:
        return ("the balance was not levelled",)

    @property
    def methods(self) -> str:
        return "Things were weighed on a balance."

    def as_rows(self) -> list[dict[str, Any]]:
        return [
            {"thing": "salt", "weight": 12.0, "high": 13.0},
            {"thing": "base", "weight": 40.0, "high": float("inf")},
        ]

    def __str__(self) -> str:
        return "The salt weighs 12 mg.\nThe base is beyond the scale."


@drawings.register
def _weights(finding: Weighed) -> Iterator[Drawing]:
    ax = plt.figure().subplots()
    ax.plot([12.0, 40.0], "o")
    yield Drawing(ax, f"two weights in {finding.unit}", "Weights.")


def test_a_page_has_answer_doubts_figure_table_and_methods_of_each_finding() -> None:
    page = render_findings_report([Weighed(), Weighed("More weights")], title="Balance", provenance={"ephys": "1"})
    shown = Reader(page)
    assert [one["id"] for one in shown.all("section")] == ["finding-1", "finding-2", "methods", "provenance"]
    for text in (
        "The base is beyond the scale.",
        "the balance was not levelled",
        "12 (11 to 13)",
        "> 40",
        "<b>salt</b>",
    ):
        assert shown.text.count(text) == 2
    assert len(shown.all("b")) == 0
    assert [one["aria-label"] for one in shown.all("svg")] == ["two weights in mg"] * 2
    assert shown.text.count("Things were weighed on a balance.") == 2  # under either title


def test_a_folder_has_the_numbers_figures_methods_and_checksums(tmp_path: Path) -> None:
    table = tmp_path / "weights.csv"
    table.write_text("thing,weight\n", encoding="utf-8")
    folder = ephys.write_findings(
        [Weighed(), Weighed()], tmp_path / "out", title="Balance", inputs=[table], command="weigh",
        now=datetime(2020, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    assert sorted(path.name for path in folder.iterdir()) == [
        "methods.txt", "provenance.json", "report.html", "weights.csv", "weights.svg", "weights_2.csv", "weights_2.svg",
    ]  # fmt: skip
    with (folder / "weights.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file))[1] == {"thing": "base", "weight": "40.0", "high": ""}
    assert "Things were weighed on a balance." in (folder / "methods.txt").read_text(encoding="utf-8")
    known = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert known["inputs"][0]["sha256"] == ephys.io.source_of(table).sha256
    assert known["command"] == "weigh"
    assert known["ephys"] == ephys.__version__


def test_what_is_no_finding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="at least one"):
        ephys.write_findings([], tmp_path / "out", title="Nothing")
    with pytest.raises(ParameterError, match="title, rows, notes and methods; got 3"):
        ephys.write_findings([3], tmp_path / "out", title="A number")  # type: ignore[list-item]
    assert not (tmp_path / "out").exists()

"""Every public value shows itself in a notebook: well-formed, escaped, small, and with its units."""

from __future__ import annotations

import re
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import ephys
from ephys.errors import ParameterError
from ephys.jupyter import Shown, brief, heading, listed, rows_table, table
from ephys.model import Source
from tests.jupyter.gallery import NASTY, gallery, nasty_session

VALUES = sorted(name for name in ephys.__all__ if isinstance(getattr(ephys, name), type))

DRAWN = {"Curation"}
"""Holds figures, and is as large as these."""

WITHOUT_UNITS = {
    "CellClusters", "Cohort", "CohortAnimal", "CohortCheck", "CohortProblem", "CohortSettings", "CohortTemplate",
    "CurationLog", "CurveFit", "CurveFits", "Estimate", "Evidence", "Exclusions", "FiringComparison", "KeyFolder",
    "LearnedClassifier", "Lock", "Share", "Suggestion",
}  # fmt: skip
"""Counts, shares, names and files; curves in whatever unit the doses had."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """HTML of an instance of each."""
    values = gallery(tmp_path_factory.mktemp("cohort"))
    return {name: value._repr_html_() for name, value in values.items()}  # type: ignore[attr-defined]  # that is the test


@pytest.mark.parametrize("name", VALUES)
def test_every_public_value_shows_itself(name: str, shown: dict[str, str]) -> None:
    assert name in shown, "the gallery has no instance of it"
    element = ElementTree.fromstring(shown[name])
    assert element.tag == "div"
    assert "".join(element.itertext()).strip()
    assert all(head.get("scope") in ("col", "row") for head in element.iter("th"))


@pytest.mark.parametrize("name", VALUES)
def test_what_a_file_names_comes_out_as_text(name: str, shown: dict[str, str]) -> None:
    assert "<b>" not in shown[name]
    assert "&amp;lt;" not in shown[name], "escaped twice"
    assert "Html(" not in shown[name]


@pytest.mark.parametrize("name", sorted({*VALUES} - DRAWN))
def test_a_value_is_small_and_takes_the_theme_of_the_notebook(name: str, shown: dict[str, str]) -> None:
    assert len(shown[name].encode()) < 20_000
    tags = {element.tag for element in ElementTree.fromstring(shown[name]).iter()}
    assert not tags & {"script", "style", "link", "img", "iframe"}
    styles = "".join(re.findall(r'style="([^"]*)"', shown[name]))
    assert not re.search(r"color|background|url\(", styles)


@pytest.mark.parametrize("name", sorted({*VALUES} - WITHOUT_UNITS))
def test_a_value_says_its_units(name: str, shown: dict[str, str]) -> None:
    told = "".join(ElementTree.fromstring(shown[name]).itertext())
    assert re.search(r"[(\d] ?(s|ms|Hz|min|h|days|g|µm|µV|%|[µn]g/kg|[µn]mol/kg|nM|mV|-fold)\b|[(\d] ?%", told)


def test_the_names_with_tags_are_shown_as_they_were_typed(shown: dict[str, str]) -> None:
    for name in ("Session", "SessionAnalysis", "Unit", "GroupComparison", "CohortCell", "Event", "CurationLog"):
        assert NASTY in "".join(ElementTree.fromstring(shown[name]).itertext()), name


def test_a_session_shows_channels_units_doses_and_windows(shown: dict[str, str]) -> None:
    tables = dict(_tables(shown["Session"]))
    assert tables["channels"][0] == ["channel", "unit", "sampling (Hz)", "band (Hz)", "start (s)", "duration (s)"]
    assert tables["channels"][1] == [NASTY, "µV", "50", "0.1 to 5000", "0", "480"]
    assert [row[0] for row in tables["units"][1:]] == [NASTY, "fast"]
    assert tables["units"][0][:4] == ["unit", "spikes", "rate (Hz)", "recorded (s)"]
    doses = [row[6:8] for row in tables["doses"][1:] if row[0] == "ipsapirone"]
    assert doses == [["20 µg/kg", "20 µg/kg"], ["40 µg/kg", "60 µg/kg"], ["120 µg/kg", "180 µg/kg"]]
    assert tables["windows"][1][:3] == ["baseline", "0", "120"]
    assert f"{NASTY} is odd" in "".join(ElementTree.fromstring(shown["Session"]).itertext())


def test_an_analysis_shows_its_answer_and_each_cells_windows(shown: dict[str, str]) -> None:
    element = ElementTree.fromstring(shown["SessionAnalysis"])
    summary = next(rows for caption, rows in _tables(shown["SessionAnalysis"]) if caption == "units")
    assert summary[0] == ["unit", "rate (Hz)", "5-HT call", "ID50 (95 % CI)", "flags"]
    folds = [fold.findtext("summary") or "" for fold in element.iter("details")]
    assert f"windows of unit {NASTY}, ipsapirone: 5" in folds
    assert "administrations: 4" in folds
    heads = {head.text for head in element.iter("th")}
    assert {"rate (Hz)", "% of baseline (95 %)", "dose so far (µg/kg)", "from, to (s)"} <= heads


def _tables(html: str) -> list[tuple[str, list[list[str]]]]:
    """Caption and rows of each table that is not folded."""
    tables = ElementTree.fromstring(html).findall("table")
    return [
        (one.findtext("caption") or "", [["".join(cell.itertext()) for cell in row] for row in one.iter("tr")])
        for one in tables
    ]


def test_no_voltage_is_read_and_no_checksum_reckoned_to_show_a_session(tmp_path: Path) -> None:
    class Unread:
        shape = (1000, 1)

        def read(self, start: int, stop: int) -> Any:
            raise AssertionError(f"{start} to {stop} was read")

    def digest() -> str:
        raise AssertionError("the checksum was reckoned")

    recording = ephys.Recording(Unread(), 100.0, (ephys.model.Run(0, 1000, 0.0),), ("wire",))
    session = replace(nasty_session(), recording=recording, sources=(Source(str(tmp_path), digest),))
    for value in (session, session.recording, session.sources[0]):
        ElementTree.fromstring(value._repr_html_())  # type: ignore[union-attr]


def test_many_rows_are_folded_under_their_number_and_cut() -> None:
    assert "<details>" not in table(["unit"], [["1"]] * 12, name="units")
    assert table(["unit"], [["1"]] * 13, name="units").startswith("<details><summary>units: 13</summary>")
    long = table(["unit"], [["1"]] * 1000, name="units")
    assert "... and 950 more" in long
    assert len(long) < 20_000
    assert listed("notes", ["odd"] * 500).startswith("<details><summary>notes: 500</summary>")


def test_numbers_stand_on_the_right_and_words_on_the_left() -> None:
    row = ElementTree.fromstring(table(["a", "rate (Hz)", "note"], [["1", "0.5", "odd"], ["2", "–", ""]]))
    assert [cell.get("style") for cell in row.iter("td")] == [None, "text-align:left"] * 2


def test_an_estimate_stands_with_its_interval_in_one_cell() -> None:
    told = rows_table([{"group": "a", "id50": 118.4, "id50_low": 96.0, "id50_high": np.inf, "dose_unit": "ug/kg"}])
    assert ">ID50 (µg/kg)<" in told
    assert "<td>118 (96 to ∞)</td>" in told


@dataclass(frozen=True)
class _Measured(Shown):
    """A value without words of its own."""

    start_s: float
    depth_um: float
    trace_uv: Any
    notes: tuple[str, ...] = ()
    label: str = ""


def test_a_plain_value_is_a_row_for_each_field() -> None:
    told = _Measured(1234.5678, float("nan"), np.arange(50.0), ("<i>odd</i>",))._repr_html_()
    element = ElementTree.fromstring(told)
    rows = [["".join(cell.itertext()) for cell in row] for row in element.iter("tr")]
    assert rows == [["field", "value"], ["start (s)", "1234.568"], ["trace (µV)", "(50,), 0 to 49"]]
    text = "".join(element.itertext())
    assert "without a value: depth, label" in text
    assert text.endswith("notes<i>odd</i>")


def test_what_no_page_can_hold_is_replaced() -> None:
    told = _Measured(0.0, 1.0, None, label="\x00\x1b[1m")._repr_html_()
    assert "\N{REPLACEMENT CHARACTER}" in "".join(ElementTree.fromstring(told).itertext())


def test_a_mapped_file_is_told_by_its_shape(tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "voltage", dtype=np.int16, mode="w+", shape=(10, 2))
    assert brief(mapped) == "(10, 2) int16"


def test_units_are_taken_from_the_ends_of_names() -> None:
    assert [heading(name) for name in ("width_ms", "sampling_hz", "weight_g", "n_spikes", "dose_unit")] == [
        "width (ms)", "sampling (Hz)", "weight (g)", "n spikes", "dose unit",
    ]  # fmt: skip


def test_every_dataclass_of_the_rooms_is_shown_too() -> None:
    rooms = (ephys.model, ephys.firing, ephys.sorting, ephys.classification, ephys.pharmacology, ephys.simulation)
    named = [getattr(room, name) for room in rooms for name in room.__all__]
    values = [one for one in named if isinstance(one, type) and is_dataclass(one) and one.__name__ != "ArraySource"]
    assert len(values) > 100
    assert [one.__name__ for one in values if not issubclass(one, Shown)] == []
    assert not issubclass(ParameterError, Shown)

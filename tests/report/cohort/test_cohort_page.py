"""A cohort's page says what was found, of how many, and what was not; whatever the cohort is like, it is whole."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import ephys
from ephys.analysis import CohortAnalysis
from ephys.model import CohortCell
from ephys.report.cohort import FigureSection, draw_cohort, render_cohort_report
from ephys.report.cohort import page as page_module
from tests.report.reader import Reader

Make = Callable[..., CohortAnalysis]
Spec = Callable[..., Any]


def bare(analysis: CohortAnalysis, provenance: dict[str, Any], **options: Any) -> Reader:
    """The page without its figures, which take longer than all else."""
    return Reader(render_cohort_report(analysis, provenance=provenance, figures=(), **options))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where figures are written to."""
    return tmp_path_factory.mktemp("figures")


@pytest.fixture(scope="module")
def figures(two_groups: CohortAnalysis, folder: Path) -> tuple[FigureSection, ...]:
    return draw_cohort(two_groups, folder)


@pytest.fixture(scope="module")
def page(two_groups: CohortAnalysis, provenance: dict[str, Any], figures: tuple[FigureSection, ...]) -> str:
    reports = {"r1_c1": "sessions/r1_c1/report.html"}
    return render_cohort_report(
        two_groups, provenance=provenance, command="ephys batch cohort.csv", reports=reports, figures=figures
    )


@pytest.fixture(scope="module")
def reader(page: str) -> Reader:
    return Reader(page)


def test_the_answers_are_those_of_the_analysis(two_groups: CohortAnalysis, reader: Reader) -> None:
    (drug,) = two_groups.answers[0].drugs
    assert drug.fit is not None
    for found in drug.fit.id50.values():
        assert found.text in reader.text
    assert f"{drug.fit.fold_shift['chronic']}".partition(": ")[2] in reader.text
    assert "5 cells of 5 animals were found, and 4 cells of 4 animals are analysed" in reader.text


def test_what_failed_and_what_to_know_stands_in_the_summary_with_row_and_file(page: str) -> None:
    summary = page[page.index('id="summary"') : page.index('id="figures"')]
    assert "No numbers of t3_c1: t3 c1 (row 9), file late &amp; lost.smr: the file is cut short at 12 s" in summary
    assert "units of no row: 3" in summary


def test_sections_stand_in_their_order(page: str) -> None:
    found = re.findall(r'<section id="([a-z]+)"', page)
    expected = [
        "summary",
        "figures",
        "tables",
        "findings",
        "exclusions",
        "cells",
        "failures",
        "answers",
        "methods",
        "settings",
        "provenance",
    ]
    assert found == expected


def test_every_cell_has_a_row_with_its_fate_flags_and_why_it_is_left_out(reader: Reader, page: str) -> None:
    cells = page[page.index('id="cells"') : page.index('id="failures"')]
    assert cells.count('<th scope="row">') == 5
    assert "<li>drifts</li><li>one window flagged</li>" in cells
    assert "<li>unstable baseline (unstable)</li>" in cells
    assert [link["href"] for link in reader.all("a") if "#" not in link["href"]] == ["sessions/r1_c1/report.html"]


def test_every_figure_is_described_and_has_a_caption_with_its_numbers(
    figures: tuple[FigureSection, ...], page: str
) -> None:
    pictures = [picture for section in figures for picture in section.pictures]
    assert [section.title for section in figures] == ["Animals and cells", "ipsapirone", "Firing on the baseline"]
    assert [len(section.pictures) for section in figures] == [2, 6, 1]
    assert all(section.not_drawn == () for section in figures)
    assert page.count("<figcaption>") == len(pictures) == page.count('role="img"')
    assert all(re.search(r'aria-label="[^"]{40,}"', picture.svg) for picture in pictures)
    assert all(re.search(r"\d animals?|Every animal|Animals: [a-z]+ \d", picture.caption) for picture in pictures)


def test_points_of_cells_tell_cell_animal_and_value(figures: tuple[FigureSection, ...]) -> None:
    spots = [[spot.text for spot in picture.spots] for section in figures for picture in section.pictures]
    overview, flow, id50s, curves, percents, shares, forest, paired, firing = spots
    assert overview[0] == "r1, cell c1: 1.98 Hz on the baseline"
    assert flow == []
    assert any(text.startswith("r1, cell c1, control: ID50 ") for text in id50s)
    assert "t2, cell c1, chronic: never halved up to 300 µg/kg" in id50s
    assert any(text.startswith("t2, cell c1, chronic: 100 % at") for text in curves)
    assert len(curves) == 4 * 3
    assert any(text.startswith("r2, control: mean ") for text in percents)
    assert any("r2, cell c1" in text for text in shares)
    assert [text.partition(":")[0] for text in forest] == ["r1, c1", "r2, c1", "t1, c1"]
    assert len(paired) == 4 * 3
    assert any(text.startswith("t1 c1, chronic: firing rate") for text in firing)


def test_points_stand_within_their_figure(figures: tuple[FigureSection, ...]) -> None:
    for section in figures:
        for picture in section.pictures:
            size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture.svg)
            assert size
            assert all(0 < spot.x < float(size[1]) and 0 < spot.y < float(size[2]) for spot in picture.spots)


def test_tables_have_captions_and_headers_and_headings_are_in_order(reader: Reader, page: str) -> None:
    assert page.count("<table") == page.count("<caption>") > 8
    assert {attributes.get("scope") for attributes in reader.all("th")} == {"row", "col"}
    assert '<th scope="col"></th>' not in page
    levels = [int(tag[1]) for tag, _ in reader.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    identifiers = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))


def test_it_refers_to_nothing_outside_but_the_sessions_own_reports(page: str) -> None:
    outside = re.findall(r'(?:src|href|action)="(?!#|sessions/)([^"]+)"', page) + re.findall(r"url\((?!#)[^)]*\)", page)
    assert outside == []
    assert "@import" not in page


def test_settings_checksums_and_the_command_stand_at_the_end(reader: Reader) -> None:
    for text in ("ephys batch cohort.csv", "exclusions.rules.1", "r1_c1.smr", "cd" * 32, "units.csv", "ef" * 32):
        assert text in reader.text


def test_each_rule_is_told_with_how_many_cells_and_which(reader: Reader) -> None:
    assert "r3 c1: unstable" in reader.text
    assert "every cell: not stated" in reader.text


@pytest.mark.parametrize("name", ["<b>bold</b> & co", "{{ 7 * 7 }}", "</script><script>alert(1)</script>"])
def test_what_was_typed_is_text(make: Make, spec: Spec, provenance: dict[str, Any], name: str) -> None:
    analysis = make(spec("r1", name, drugs=()), notes=(name,), answered=False)
    figures = draw_cohort(analysis) if "bold" in name else ()
    shown = render_cohort_report(analysis, provenance=provenance, command=name, figures=figures)
    assert escape(name, quote=False) in shown
    assert "<b>bold" not in shown
    assert "49" not in re.findall(r">(\d+)<", shown)
    assert shown.count("<script>") == 1
    assert name in Reader(shown).text


def test_one_group_has_no_shift(make: Make, spec: Spec, provenance: dict[str, Any]) -> None:
    analysis = make(*(spec(animal, "control", id50) for animal, id50 in (("r1", 50.0), ("r2", 60.0), ("r3", 90.0))))
    shown = bare(analysis, provenance)
    assert "1 group: control" in shown.text
    assert "control / " not in shown.text
    assert "how many times" not in shown.text


def test_without_doses_firing_is_told(make: Make, spec: Spec, provenance: dict[str, Any]) -> None:
    analysis = make(*(spec(animal, "control", drugs=()) for animal in ("r1", "r2", "r3")))
    shown = bare(analysis, provenance)
    assert "Firing on the baseline" in shown.text
    assert "Asked: how the cells fire on their baseline" in shown.text
    assert "ID50 of" not in shown.text


def test_every_cell_left_out_is_a_page(make: Make, spec: Spec, provenance: dict[str, Any]) -> None:
    analysis = make(spec("r1", "control", facts={"label": "uncertain"}))
    page = render_cohort_report(analysis, provenance=provenance)
    shown = Reader(page)
    assert "1 cell of 1 animal was found, and 0 cells of 0 animals are analysed" in shown.text
    assert "ID50: no cell counts" in shown.text
    assert page.count("<figcaption>") == 2


def test_where_all_failed_the_failures_are_the_page(make: Make, provenance: dict[str, Any]) -> None:
    lost = [CohortCell(f"r{n}", "control", "c1", (Path(f"r{n}.smr"),), f"r{n}_1", row=n) for n in range(2, 17)]
    page = render_cohort_report(make(failed=lost), provenance=provenance)
    shown = Reader(page)
    assert "No cell was found that could be analysed. No group could be asked." in shown.text
    assert "5 more failures: the table of failures has every one" in shown.text
    assert page.count("the file is cut short at 12 s") >= 15
    assert page.count("<figcaption>") == 1


def test_nobody_is_a_page(make: Make, provenance: dict[str, Any]) -> None:
    assert "no cell was found" in Reader(render_cohort_report(make(), provenance=provenance)).text


def test_a_single_cell_is_told_with_what_cannot_be(make: Make, spec: Spec, provenance: dict[str, Any]) -> None:
    shown = bare(make(spec("r1", "control")), provenance)
    assert "ID50: one animal tells no scatter" in shown.text
    assert "too few cells" in shown.text
    assert "75 (60 to 90) µg/kg" in shown.text


@pytest.mark.slow
def test_three_groups_and_two_drugs_have_an_answer_each(make: Make, spec: Spec, provenance: dict[str, Any]) -> None:
    analysis = make(
        *(spec(f"{group}{n}", group, 90.0 * n, drugs=("ipsapirone", "lesopitron")) for group in "abc" for n in (1, 2))
    )
    shown = bare(analysis, provenance)
    for text in ("ipsapirone", "lesopitron", "b / a", "c / a", "3 groups: a, b and c", "any difference"):
        assert text in shown.text


def test_names_are_replaced_in_every_text_of_the_page(
    make: Make, spec: Spec, provenance: dict[str, Any], tmp_path: Path
) -> None:
    analysis = make(spec("r1", "control"))
    path = ephys.write_cohort_report(
        analysis,
        tmp_path / "report.html",
        provenance=provenance,
        command="ephys batch --drug ipsapirone",
        relabel=lambda text: text.replace("ipsapirone", "drug K").replace("way-100635", "drug B"),
    )
    page = path.read_text(encoding="utf-8")
    assert "drug K" in page
    assert "after drug B" in page
    assert page.count("<figcaption>") == 5  # of one cell: without a population
    assert [name for name in ("ipsapirone", "way-100635") if name in page] == []


def test_many_cells_stand_in_parts_and_the_page_says_so(
    make: Make, spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ephys.report.cohort.cell_figures._MOST_LINES", 2)
    parts = draw_cohort(make(*(spec(f"r{n}", "control", drugs=()) for n in range(5)), answered=False))[0].pictures
    assert [picture.caption.partition(".")[0] for picture in parts[:3]] == [
        "Part 1 of 3: animals r0 to r1",
        "Part 2 of 3: animals r2 to r3",
        "Part 3 of 3: animals r4 to r4",
    ]


def test_files_and_page_have_the_same_figures(figures: tuple[FigureSection, ...], folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["flow.svg", "id50_ipsapirone.svg", "overview.svg"]
    texts = ((folder / "flow.svg").read_text(encoding="utf-8"), figures[0].pictures[1].svg)
    sizes = [re.findall(r'viewBox="[^"]+"', text) for text in texts]
    assert sizes[0] == sizes[1] != []


def test_the_same_analysis_gives_the_same_page(two_groups: CohortAnalysis, provenance: dict[str, Any]) -> None:
    pages = [render_cohort_report(two_groups, provenance=provenance, figures=()) for _ in range(2)]
    assert pages[0] == pages[1]


def test_a_value_that_holds_texts_is_relabelled_to_its_last_one() -> None:
    value = {"a": ("x", ["x", {"b": "x"}]), "n": 1.0}
    assert page_module._relabelled(value, lambda text: text.replace("x", "y")) == {
        "a": ("y", ("y", {"b": "y"})),
        "n": 1.0,
    }
    assert math.isnan(page_module._relabelled(math.nan, str))

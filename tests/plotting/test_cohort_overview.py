"""A cohort on one page: every animal, every cell in its order, and no point where there is only a bound."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import ephys
from ephys.analysis import CellRecord, CohortAnalysis, FoundCell, SessionRecord
from ephys.analysis.cohort import SessionFailure
from ephys.analysis.overview import overview_of
from ephys.errors import ParameterError
from ephys.model import Cohort, CohortAnimal, CohortCell, Subject
from ephys.pharmacology import SeriesFacts, apply_exclusions
from ephys.plotting import DOUBLE_MM, house_style, plot_cohort_overview
from ephys.plotting.palette import DARK

NONE = math.nan


def cell(
    animal: str, name: str, *, status: str = "interpolated", id50: tuple[float, float, float] = (50.0, 40.0, 70.0),
    group: str = "control", hour: int = 0, rate_hz: float = 1.5, unit: str = "ug/kg", order: str = "", row: int = 0,
    **known: Any,
) -> FoundCell:  # fmt: skip
    """A cell under ipsapirone, as a cohort keeps it."""
    told = {"label": "serotonergic", "stability": "stable", "fate": "held", "n_doses": 4, **known}
    facts = SeriesFacts(f"{animal}_{name}", animal, group, name, "1", "ipsapirone", **told)
    fit = {"drug": "ipsapirone", "status": status, "dose_unit": unit} | dict(
        zip(("id50", "id50_low", "id50_high"), id50, strict=True)
    )
    doses = tuple({"drug": "ipsapirone", "role": "agonist", "cumulative_dose": dose} for dose in (25.0, 100.0, 400.0))
    record = CellRecord("1", {"baseline_rate_hz": rate_hz, "baseline_spikes": 100}, doses, (fit,), (), (facts,))
    started = datetime(2026, 3, 1, hour, tzinfo=UTC) if hour else None
    session = SessionRecord("key", facts.session, (), (record,), False, {}, started, 0.0, 600.0, (), ())
    planned = CohortCell(animal, group, name, (Path("a.smr"),), facts.session, order=order, row=row)
    return FoundCell(planned, name, session, record, (facts,))


def cohort(*cells: FoundCell, without: tuple[str, ...] = (), failed: tuple[CohortCell, ...] = ()) -> CohortAnalysis:
    """Animals of the cells, others without a cell, and cells that failed."""
    group_of = {one.planned.animal: one.planned.group for one in cells}
    group_of |= dict.fromkeys(without, "control") | {one.animal: one.group for one in failed}
    animals = tuple(CohortAnimal(Subject(name, group=group)) for name, group in group_of.items())
    facts = [one for found in cells for one in found.facts]
    failures = (SessionFailure("lost", failed, "session", "the file is cut short at 12 s"),) if failed else ()
    excluded = apply_exclusions(facts) if facts else ephys.batch.cohort.assemble(
        Cohort((), ()), ephys.Settings(), (), ephys.batch.Gathered({}, ())
    ).exclusions  # fmt: skip
    planned = (*(one.planned for one in cells), *failed)
    return CohortAnalysis(Cohort(planned, animals), ephys.Settings(), (), cells, excluded, (), failures, ())


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_each_animal_has_its_cells_in_the_order_of_the_clocks_then_of_the_table() -> None:
    timed = cohort(cell("r1", "b", hour=5, order="1"), cell("r1", "a", hour=3, order="2"))
    assert [one.cell for one in overview_of(timed)[0].animals[0].series] == ["a", "b"]
    numbered = cohort(cell("r1", "b", order="10"), cell("r1", "a", order="9"))
    assert [one.cell for one in overview_of(numbered)[0].animals[0].series] == ["a", "b"]
    listed = cohort(cell("r1", "b", row=2), cell("r1", "a", row=3))
    assert [one.cell for one in overview_of(listed)[0].animals[0].series] == ["b", "a"]


def test_headings_count_animals_and_cells() -> None:
    lost = CohortCell("r4", "control", "x", (Path("x.smr"),))
    found = cohort(cell("r1", "a"), cell("r2", "b", stability="unstable"), without=("r3",), failed=(lost,))
    assert overview_of(found)[0].heading == (
        "control: 4 animals, 2 cells recorded, 1 cell failed; 1 cell of 1 animal analysed"
    )
    shown = " ".join(texts(plot_cohort_overview(found)))
    for part in ("unstable baseline", "no cell", "failed: the file is cut short at 12 s", "open: left out"):
        assert part in shown


def test_identity_is_told_by_shape_and_word_and_what_is_left_out_is_open() -> None:
    figure = plot_cohort_overview(
        cohort(cell("r1", "a"), cell("r2", "b", label="uncertain"), cell("r3", "c", label=""))
    )
    marks = [line for line in figure.axes[0].lines if line.get_marker() not in ("None", None)][:3]
    assert [line.get_marker() for line in marks] == ["o", "D", "^"]
    assert [line.get_markerfacecolor() == line.get_markeredgecolor() for line in marks] == [True, False, False]
    for word in ("serotonergic", "uncertain", "not judged"):
        assert word in texts(figure)


def test_a_value_is_a_point_with_its_interval_and_a_bound_is_none() -> None:
    cells = (
        cell("r1", "a"),
        cell("r2", "b", status="above_top_dose", id50=(NONE, 350.0, NONE)),
        cell("r3", "c", status="below_lowest_dose", id50=(NONE, 0.0, 30.0)),
        cell("r4", "d", status="all_or_none", id50=(NONE, 25.0, 100.0)),
        cell("r5", "e", status="not_fitted", id50=(NONE, NONE, NONE)),
    )
    axes = plot_cohort_overview(cohort(*cells)).axes[2]
    points = [line for line in axes.lines if line.get_marker() == "o"]
    assert [float(line.get_xdata()[0]) for line in points] == [50.0]
    spans = [
        tuple(map(float, line.get_xdata()))
        for line in axes.lines
        if line.get_lw() == 1.0 and len(line.get_xdata()) == 2
    ]
    left, right = axes.get_xlim()
    assert spans == [(40.0, 70.0), (350.0, right), (left, 30.0), (25.0, 100.0)]
    assert [line.get_marker() for line in axes.lines if line.get_marker() in "<>"] == [">", "<"]


def test_rates_stand_where_they_are_silence_at_0_and_what_was_not_measured_is_told() -> None:
    figure = plot_cohort_overview(
        cohort(cell("r1", "a", rate_hz=2.5), cell("r2", "b", rate_hz=0.0), cell("r3", "c", rate_hz=NONE))
    )
    assert [float(line.get_xdata()[0]) for line in figure.axes[1].lines] == [2.5, 0.0]
    assert "Rate not measured: 1 cell." in " ".join(texts(figure))


def test_doses_of_two_units_have_an_axis_each() -> None:
    figure = plot_cohort_overview(cohort(cell("r1", "a"), cell("r2", "b", unit="nM")))
    assert [axes.get_xlabel() for axes in figure.axes[1:]] == ["rate (Hz)", "ID50 (µg/kg)", "IC50 (nM)"]


def test_where_everything_failed_the_failures_are_drawn() -> None:
    figure = plot_cohort_overview(cohort(failed=(CohortCell("r1", "control", "x", (Path("x.smr"),)),)))
    assert any(text.startswith("failed:") for text in texts(figure))
    assert len(figure.axes) == 2


def test_a_cohort_without_an_animal_is_refused() -> None:
    with pytest.raises(ParameterError, match="no animal"):
        plot_cohort_overview(cohort())


def test_names_are_replaced_before_they_are_broken_into_lines() -> None:
    figure = plot_cohort_overview(cohort(cell("r1", "a")), relabel=lambda text: text.replace("ipsapirone", "drug K"))
    assert "drug K" in texts(figure)
    assert not any("ipsapirone" in text for text in texts(figure))


def test_forty_animals_are_readable() -> None:
    states: tuple[dict[str, Any], ...] = (
        {}, {"label": "not_serotonergic"}, {"stability": "unstable"}, {"fate": "undetermined"}, {"multi_unit": True},
    )  # fmt: skip
    cells = [cell(f"rat{n:02d}", f"rat{n:02d}_{k}", group=("control", "chronic")[n % 2], **states[(n + k) % 5])
             for n in range(40) for k in range(1 + n % 2)]  # fmt: skip
    figure = plot_cohort_overview(cohort(*cells))
    assert 25.4 * figure.get_figwidth() == pytest.approx(DOUBLE_MM)
    figure.canvas.draw()
    drawn = [text.get_window_extent() for text in figure.axes[0].texts]
    x0, y0, x1, y1 = np.array([box.padded(-1.0).extents for box in drawn]).T
    touching = (x0 < x1[:, None]) & (x0[:, None] < x1) & (y0 < y1[:, None]) & (y0[:, None] < y1)
    assert touching.sum() == len(drawn), "each text touches itself alone"
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in drawn)
    assert {text.get_fontsize() for text in figure.axes[0].texts} <= {6.5, 6.0}


def test_on_dark_paper_no_text_is_dark() -> None:
    with house_style(theme="dark"):
        figure = plot_cohort_overview(cohort(cell("r1", "a")))
    assert {to_hex(text.get_color()) for text in figure.axes[0].texts} == {DARK.ink}

"""Where an antagonist came first, figures keep its baseline apart from that of the doses."""

from __future__ import annotations

import pytest

import ephys
from ephys.analysis import SessionAnalysis
from ephys.firing import rate_histogram
from ephys.plotting import plot_dose_response, plot_rate_histogram
from ephys.simulation import CellSpec, DoseSchedule


@pytest.fixture(scope="module")
def analysis() -> SessionAnalysis:
    schedule = DoseSchedule(pretreatment="way-100635", pretreatment_ug_kg=100.0)
    cell = CellSpec(name="cell", id50=240.0)
    return ephys.analyse_session(ephys.simulate_session(3, cells=[cell], schedule=schedule, with_voltage=False).session)


def test_the_curve_has_no_point_in_percent_of_another_baseline(analysis: SessionAnalysis) -> None:
    (fit,) = analysis.cells[0].fits
    ax = plot_dose_response(fit)
    names = [label.get_text() for label in ax.get_xticklabels()]
    assert names.count("way-100635") == 1, "the dose that ends the session, not the one that begins it"
    assert names.index("way-100635") > names.index("500")
    legend = ax.get_legend() or ax.figure.legends[0]
    assert "after way-100635 100 µg/kg i.v. (base)" in legend.get_title().get_text()


def test_the_histogram_has_both_baselines_and_says_which_is_which(analysis: SessionAnalysis) -> None:
    cell = analysis.cells[0]
    (untreated,) = [one for one in cell.windows if "before the antagonist" in one.flags]
    ax = plot_rate_histogram(rate_histogram(cell.unit), analysis.protocol, windows=cell.windows)
    told = {str(patch.get_label()): patch for patch in ax.patches}
    before = told[f"baseline before the antagonist ({untreated.count} spikes)"]
    first = before.get_extents().transformed(ax.transData.inverted())
    (after,) = [patch for name, patch in told.items() if name.startswith("baseline (")]
    second = after.get_extents().transformed(ax.transData.inverted())
    assert (first.x0, first.x1) == pytest.approx((0.0, 180.0))
    assert (second.x0, second.x1) == pytest.approx((300.0, 480.0))

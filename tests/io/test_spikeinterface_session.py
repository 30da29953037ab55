"""A whole session in SpikeInterface: what it says of our cells is what we say, and what it gives back is analysed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ephys
from ephys.model import Epoch
from ephys.sorting import assess_quality

si = pytest.importorskip("spikeinterface.core")


@pytest.fixture(scope="module")
def analysed() -> ephys.SessionAnalysis:
    return ephys.analyse_session(ephys.load_raw_session())


@pytest.fixture(scope="module")
def analyzer(analysed: ephys.SessionAnalysis) -> Any:
    return ephys.to_sorting_analyzer(analysed, metrics=("snr", "isi_violation", "firing_rate"))


def test_the_analyzer_says_of_each_cell_what_we_say(analysed: ephys.SessionAnalysis, analyzer: Any) -> None:
    sorting = analyzer.sorting
    assert list(sorting.unit_ids) == [cell.unit.id for cell in analysed.cells]
    assert list(sorting.get_property("call")) == [cell.final_label for cell in analysed.cells]
    assert list(sorting.get_property("id50")) == [cell.id50_text for cell in analysed.cells]
    assert list(sorting.get_property("rate_hz")) == [cell.rate_hz for cell in analysed.cells]
    assert list(sorting.get_property("label")) == ["single_unit"] * 3 + ["multi_unit"]


def test_its_peak_to_noise_and_short_intervals_are_ours(analysed: ephys.SessionAnalysis, analyzer: Any) -> None:
    theirs = analyzer.get_extension("quality_metrics").get_data()
    for cell in analysed.cells:
        unit = cell.unit
        if unit.multi_unit:
            continue  # of both polarities: its mean is no spike
        whole = Epoch(unit.support.start_s, unit.support.stop_s)
        ours = assess_quality(unit, within=whole)
        assert theirs.loc[unit.id, "snr"] == pytest.approx(ours.peak_to_noise, rel=0.15)
        assert theirs.loc[unit.id, "isi_violations_count"] == np.sum(np.diff(unit.times_s) < 0.0015)
        assert theirs.loc[unit.id, "firing_rate"] == pytest.approx(unit.n_spikes / unit.support.duration_s)


def test_its_similarity_of_templates_is_the_cosine(analyzer: Any) -> None:
    from spikeinterface.postprocessing.template_similarity import _compute_similarity_matrix_numpy

    templates = analyzer.get_extension("templates").get_data(operator="average")
    mask = np.ones((len(templates), 1), dtype=bool)
    theirs = 1.0 - _compute_similarity_matrix_numpy(templates, templates, 0, "cosine", mask, mask)[0]
    assert analyzer.get_extension("template_similarity").get_data() == pytest.approx(theirs, abs=1e-5)


def test_its_widgets_draw_our_units(analyzer: Any) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    from spikeinterface import widgets

    density = widgets.plot_unit_waveforms_density_map(analyzer, backend="matplotlib", unit_ids=["1"])
    heights = [np.asarray(line.get_ydata(), dtype=float) for ax in density.figure.axes for line in ax.lines]
    template = analyzer.get_extension("templates").get_unit_template("1")
    assert np.nanmax(np.concatenate(heights)) == pytest.approx(template.max(), rel=0.05)
    correlograms = widgets.plot_crosscorrelograms(analyzer, backend="matplotlib")
    assert len(correlograms.figure.axes) == 16
    plt.close("all")


@pytest.mark.slow
def test_units_brought_from_outside_are_analysed_and_provenance_says_so(analysed: ephys.SessionAnalysis) -> None:
    session = analysed.session
    assert session.recording is not None
    own = [cell.unit for cell in analysed.cells if not cell.unit.multi_unit]
    labels = np.concatenate([np.full(unit.n_spikes, i) for i, unit in enumerate(own)])
    frames = session.recording.samples(np.concatenate([unit.times_s for unit in own]))
    brought = ephys.from_spikeinterface(si.NumpySorting.from_samples_and_labels([frames], [labels], 20_000.0), session)
    again = ephys.analyse_session(ephys.with_units(session, brought))
    assert again.cells[0].final_label == analysed.cells[0].final_label == "serotonergic"
    ours, theirs = (one.cells[0].fits[0].id50 for one in (analysed, again))
    assert theirs == pytest.approx(ours, rel=0.02)
    assert "spikeinterface" in ephys.collect_provenance(again)["packages"]
    assert "spikeinterface" not in ephys.collect_provenance(analysed)["packages"]

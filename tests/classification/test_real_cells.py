"""Cells that somebody else measured: typed raphe units of the mouse, and identified noradrenergic cells of the rat."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.io import wavfile

from ephys.classification import (
    ClassificationSettings,
    classify_features,
    fit_preset,
    measure_features,
    measure_shape,
)
from ephys.io import write_preset
from ephys.model import Epoch, Recording, Unit, Waveform
from ephys.sorting import sort_units


@pytest.fixture(scope="module")
def typed_units(shared_data: Path) -> pd.DataFrame:
    folder = shared_data / "drn_osullivan" / "drn-interactions"
    types = pd.read_csv(folder / "neuron_types_single_unit.csv")
    return pd.read_csv(folder / "single_unit_dataset_tidied.csv").merge(types, on="id")


@pytest.mark.real_data
def test_agreement_with_the_authors_types_of_mouse_raphe_units(typed_units: pd.DataFrame) -> None:
    """The types were made from rate and CV2, not histology: this is agreement, not sensitivity."""
    calls = Counter(
        (row["neuron_type"], classify_features(_features(row), preset="mouse_in_vivo").label)
        for row in typed_units.to_dict("records")
    )
    assert sum(calls.values()) == 131
    assert calls["FF", "serotonergic"] == 0
    assert calls["SIR", "serotonergic"] <= 3
    # The bare rule of a rate of 0.1 to 3.5 Hz and a CV under 0.5 keeps 32 of the 70.
    assert calls["SR", "serotonergic"] > 32


@pytest.mark.real_data
def test_most_typed_units_called_neither_are_slow_irregular_or_fast(typed_units: pd.DataFrame) -> None:
    refused = Counter(
        row["neuron_type"]
        for row in typed_units.to_dict("records")
        if classify_features(_features(row), preset="mouse_in_vivo").label == "not_serotonergic"
    )
    assert refused["FF"] == 17
    assert refused["SIR"] > 0.8 * 44
    assert refused["SR"] < 0.15 * 70


@pytest.mark.real_data
@pytest.mark.parametrize("seed", range(3))
def test_limits_fitted_to_one_half_of_the_sessions_call_no_fast_cell_of_the_other(
    typed_units: pd.DataFrame, tmp_path: Path, seed: int
) -> None:
    """The band of these widths is not known: they are compared with widths of the same rig, and with no others."""
    sessions = np.random.default_rng(seed).permutation(typed_units["experiment"].unique())
    first = typed_units["experiment"].isin(sessions[::2])
    calls: Counter[tuple[str, str]] = Counter()
    for half in (first, ~first):
        vouched = typed_units[half & (typed_units["neuron_type"] == "SR")]
        vouched = vouched.rename(columns={"to_baseline": "total_ms", "to_troff": "peak_to_trough_ms"})
        rig = tmp_path / "rig.toml"
        write_preset(fit_preset(vouched, "rig", base="mouse_in_vivo"), rig)
        for row in typed_units[~half].to_dict("records"):
            call = classify_features(_features(row), preset=str(rig))
            assert call.basis == ("rate_and_regularity" if np.isnan(row["to_baseline"]) else "full")
            calls[row["neuron_type"], call.label] += 1
    assert calls["FF", "serotonergic"] == 0
    assert calls["SIR", "serotonergic"] == 0
    assert calls["SR", "serotonergic"] > 32


@pytest.mark.real_data
def test_the_evidence_calls_no_fast_and_no_irregular_cell(typed_units: pd.DataFrame) -> None:
    settings = ClassificationSettings(engine="evidence")
    calls = Counter(
        (row["neuron_type"], classify_features(_features(row), preset="mouse_in_vivo", settings=settings).label)
        for row in typed_units.to_dict("records")
    )
    assert calls["FF", "serotonergic"] == calls["SIR", "serotonergic"] == 0
    assert calls["SR", "serotonergic"] >= 20  # fewer than the rule: in vivo, plain CVs, and a prior of a third


@pytest.mark.real_data
def test_rates_and_half_widths_of_identified_cells_are_the_published_ones(shared_data: Path) -> None:
    cells = json.loads((shared_data / "lc_juxtacellular" / "data_electrophysiology.json").read_text())
    ours, published = [], []
    for cell, times in cells["spikes"].items():
        whole = Epoch(0.0, cells["recording_dur"][cell])
        unit = Unit.from_times(np.sort(times), support=whole, id=cell)
        assert measure_features(unit, whole).rate_hz == pytest.approx(cells["firing_rate"][cell], rel=1e-3)
        ours.append(measure_shape(_mean_waveform(cells, cell)).half_width_ms)
        published.append(cells["waveshape_FWHM"][cell])
    difference_ms = np.abs(np.array(ours) - np.array(published))
    assert difference_ms.max() < 0.1
    assert np.corrcoef(ours, published)[0, 1] > 0.99


@pytest.mark.real_data
def test_peak_to_trough_of_identified_cells_is_the_published_one(shared_data: Path) -> None:
    """Largest differences where the trough is a plateau of some 0.1 ms; cells without a trough of 20 % have none."""
    cells = json.loads((shared_data / "lc_juxtacellular" / "data_electrophysiology.json").read_text())
    ours = np.array([measure_shape(_mean_waveform(cells, cell)).peak_to_trough_ms for cell in cells["spikes"]])
    published = 1e3 * np.array([cells["waveshape_peakToTrough"][cell] for cell in cells["spikes"]])
    measured = np.isfinite(ours)
    assert measured.sum() >= 38
    assert np.abs(ours - published)[measured].max() < 0.08
    assert np.corrcoef(ours[measured], published[measured])[0, 1] > 0.998


@pytest.mark.real_data
def test_half_and_peak_to_trough_widths_of_an_expert_sorted_unit_agree_between_sweeps(shared_data: Path) -> None:
    folder = shared_data / "groundtruth" / "starling"
    shapes = []
    for sweep in (1, 2, 3):
        sampling_hz, counts = wavfile.read(folder / f"st11_1_2_A8_{sweep}.wav")
        # Its amplifier's band is not stated; taken for wide, since all three sweeps came through the same one.
        recording = Recording.from_array(
            counts[:, np.newaxis].astype(np.float64), sampling_hz=float(sampling_hz), band_hz=(0.0, None)
        )
        unit = max(sort_units(recording), key=lambda unit: unit.n_spikes)
        assert unit.waveform is not None
        shapes.append(measure_shape(unit.waveform))
    for name in ("half_width_ms", "peak_to_trough_ms"):
        assert np.ptp([getattr(shape, name) for shape in shapes]) < 0.05
    assert {(shape.polarity, shape.n_phases) for shape in shapes} == {("positive", 2)}


def _features(row: dict[str, float]) -> dict[str, float]:
    return {
        "rate_hz": row["firing_rate"],
        "cv": row["cv-isi"],
        "total_ms": row["to_baseline"],
        "peak_to_trough_ms": row["to_troff"],
    }


def _mean_waveform(cells: dict[str, dict[str, list[float]]], cell: str) -> Waveform:
    trace, time_s = np.array(cells["waveshape"][cell]), np.array(cells["waveshape_tv"][cell])
    pre_s = float(time_s[np.argmax(np.abs(trace))])
    return Waveform(trace[None, :, None], np.array([0]), 1 / float(np.diff(time_s).mean()), pre_s)

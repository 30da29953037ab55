"""Two templates of one unit know how far apart their phases lie, and features know which way a spike was moved."""

from __future__ import annotations

import numpy as np
import pytest

from ephys.model import Recording
from ephys.sorting.features import FeatureSpace
from ephys.sorting.joining import JoiningSettings
from ephys.sorting.learning import Crossings, Shown, _on_the_usual_phase, _templates
from ephys.sorting.sorter import _slope
from ephys.sorting.templates import Template
from ephys.sorting.waveforms import shift_snippets

FS, PRE, SAMPLES = 20000.0, 40, 121
RECORDING = Recording.from_array(np.zeros((1_000_000, 1), dtype=np.int8), sampling_hz=FS)


def two_phased(peak: int) -> np.ndarray:
    """Peak at a sample, and a trough nearly as large 14 samples (0.7 ms) behind it."""
    time = np.arange(SAMPLES) - peak
    return 100.0 * np.exp(-0.5 * (time / 4.0) ** 2) - 97.0 * np.exp(-0.5 * ((time - 14) / 4.5) ** 2)


def learn(counts: tuple[int, int]) -> list[Template]:
    """Templates of one cell, whose spikes are aligned on the peak, or on the trough."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], counts)
    centres = np.array([[12.0, 0.0], [-3.0, 10.0]])
    order = rng.permutation(len(labels))
    labels = labels[order]
    samples = np.sort(rng.choice(900, len(labels), replace=False)) * 1000.0
    features = centres[labels] + rng.normal(0.0, 1.0, (len(labels), 2))
    snippets = np.array([two_phased(PRE if label == 0 else PRE - 14) for label in labels])[:, :, np.newaxis]
    crossings = Crossings(samples, features, np.full(len(labels), 10.0))
    shown = Shown(np.arange(len(labels)), snippets.astype(np.float32))
    return _templates(crossings, shown, labels, RECORDING, JoiningSettings(), lambda _: np.zeros(2))


@pytest.mark.parametrize(("counts", "lags"), [((300, 60), [0.0, -14.0]), ((60, 300), [14.0, 0.0])])
def test_a_lag_leads_from_the_peak_of_a_template_to_that_of_its_unit(
    counts: tuple[int, int], lags: list[float]
) -> None:
    templates = learn(counts)
    assert [template.unit for template in templates] == [0, 0]
    assert [template.mean_uv[PRE, 0] > 0.0 for template in templates] == [True, False]
    assert [template.lag for template in templates] == lags


def test_of_several_units_each_has_a_usual_phase_of_its_own() -> None:
    track, mean = np.array([0.0, 1.0]), np.zeros((4, 1), dtype=np.float32)
    given = [(0, 0.0, 3.0), (1, 0.0, 5.0), (0, -9.0, 4.0), (1, 6.0, 2.0)]
    templates = [
        Template(unit, lag, mean, np.ones(2), track, np.ones(2), 0.1, 30.0, log_count) for unit, lag, log_count in given
    ]
    assert [template.lag for template in _on_the_usual_phase(templates)] == [9.0, 0.0, 0.0, 6.0]


def test_the_slope_is_what_reading_one_sample_later_does() -> None:
    mean = two_phased(PRE)[:, np.newaxis].astype(np.float32)
    columns = slice(20, 80)
    space = FeatureSpace(np.random.default_rng(1).normal(size=(60, 5)))
    by = 0.1
    later, earlier = (shift_snippets(mean[np.newaxis], np.array([shift]))[:, columns] for shift in (by, -by))
    change = (space.features(later) - space.features(earlier))[0] / (2.0 * by)
    np.testing.assert_allclose(_slope(mean, space, columns), change, atol=0.06 * np.abs(change).max())

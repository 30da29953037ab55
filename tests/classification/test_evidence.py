"""The probability of being serotonergic: calibrated, honest about what is missing, and moved by what it should be."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ephys.classification import ClassificationSettings, classify_features, load_classes, weigh_evidence
from ephys.errors import ParameterError
from ephys.firing import collapse_bursts, cv
from ephys.simulation import DrawnCell, add_doublets, draw_cells, renewal_train

RULE, EVIDENCE = ClassificationSettings(), ClassificationSettings(engine="evidence")
BASELINE_S = 180.0


def _measured(cell: DrawnCell, seed: int, *, doublets: float = 0.0) -> dict[str, float]:
    """Features of three minutes of a drawn cell's firing, and of its spike."""
    random = np.random.default_rng(seed)
    grid = np.array([0.0, BASELINE_S])
    rate_hz = min(cell.rate_hz, 50.0)
    events = renewal_train(grid, np.full(2, rate_hz), cv=float(np.clip(cell.cv, 0.05, 3.0)), seed=random)
    times, _ = add_doublets(events, share=doublets, seed=random)
    times = times[times < BASELINE_S]
    return {
        "rate_hz": times.size / BASELINE_S,
        "event_rate_hz": collapse_bursts(times).size / BASELINE_S,
        "cv": cv(collapse_bursts(times), min_intervals=50),
        "total_ms": cell.total_ms * math.exp(random.normal(0.0, 0.03)),
    }


@pytest.fixture(scope="module")
def measured() -> list[tuple[str, dict[str, float]]]:
    cells = draw_cells(20_000, seed=5)
    return [(cell.cell_class, _measured(cell, i)) for i, cell in enumerate(cells)]


@pytest.mark.slow
@pytest.mark.parametrize("names", [("rate_hz", "cv", "total_ms"), ("rate_hz", "cv"), ("rate_hz", "total_ms"), ("cv",)])
def test_the_probability_is_calibrated_in_every_decile_whatever_is_missing(
    names: tuple[str, ...], measured: list[tuple[str, dict[str, float]]]
) -> None:
    weighed = [
        (weigh_evidence({name: features[name] for name in names}).probability, kind == "serotonergic")
        for kind, features in measured
    ]
    known = np.array([pair for pair in weighed if not math.isnan(pair[0])])
    deciles = np.minimum((known[:, 0] * 10).astype(int), 9)
    for decile in range(10):
        inside = known[deciles == decile]
        if len(inside) < 300:  # a share of fewer is not known to 0.05
            continue
        assert inside[:, 1].mean() == pytest.approx(inside[:, 0].mean(), abs=0.05), f"decile {decile}"


def test_slow_and_wide_alone_is_about_even() -> None:
    assert weigh_evidence({"rate_hz": 1.6, "total_ms": 2.2}).probability == pytest.approx(0.5, abs=0.02)


def test_a_prior_of_ones_own_is_printed_with_its_origin() -> None:
    published = weigh_evidence({"rate_hz": 1.6})
    own = weigh_evidence({"rate_hz": 1.6}, settings=ClassificationSettings(prior_serotonergic=0.8))
    assert "12 of the 24 slow ones" in published.prior_source
    assert own.prior_source == "80 % serotonergic, set by the user"
    assert own.prior["slow irregular"] / own.prior["fast"] == pytest.approx(1.2)
    assert own.probability > 0.85


def test_published_standard_errors_become_the_spread_of_cells() -> None:
    serotonergic = next(one for one in load_classes("rat_in_vivo") if one.name == "serotonergic")
    rate = serotonergic.distributions_of["rate_hz"]
    assert (rate.mean, rate.sd, rate.n) == (1.7, pytest.approx(0.2 * math.sqrt(12)), 12)
    # A log-normal with these moments: its logarithm has mean ln(1.7) - s²/2, s² = ln(1 + 0.69²/1.7²).
    assert rate.log_sd == pytest.approx(math.sqrt(math.log(1 + (0.6928 / 1.7) ** 2)), rel=1e-3)
    assert math.exp(rate.log_mean + rate.log_sd**2 / 2) == pytest.approx(1.7)


def test_the_density_is_that_of_students_t() -> None:
    from scipy import stats

    rate = load_classes("rat_in_vivo")[0].distributions_of["rate_hz"]
    expected = stats.t.logpdf(math.log(3.0), 11, rate.log_mean, rate.log_sd * math.sqrt(1 + 1 / 12))
    assert rate.log_density(3.0) == pytest.approx(expected)
    assert rate.tail(3.0) == pytest.approx(
        2 * stats.t.sf(abs(math.log(3.0) - rate.log_mean) / (rate.log_sd * math.sqrt(13 / 12)), 11)
    )


def test_a_slow_cell_may_be_less_regular_than_a_faster_one() -> None:
    """CV falls with rate, in serotonergic cells too: the same CV says less against a slower one."""
    serotonergic = load_classes("rat_in_vivo")[0].distributions_of["cv"]
    slow, fast = serotonergic.predicted(-1.5)[0], serotonergic.predicted(1.5)[0]
    assert slow > fast
    assert serotonergic.predicted(1.5)[1] < serotonergic.predicted(None)[1]


def test_what_is_missing_says_nothing_and_is_named() -> None:
    full = weigh_evidence({"rate_hz": 1.6, "cv": 0.3})
    assert weigh_evidence({"rate_hz": 1.6, "cv": 0.3, "total_ms": math.nan}).probability == full.probability
    unjudged = classify_features({"rate_hz": 1.6, "cv": 0.3, "total_ms": 0.3}, settings=EVIDENCE)
    assert unjudged.evidence is not None
    assert unjudged.evidence.probability == full.probability
    assert unjudged.basis == "rate_and_regularity"
    assert any("width not weighed" in note for note in unjudged.evidence.notes)
    assert any("bursts not collapsed" in note for note in unjudged.evidence.notes)
    assert classify_features({"rate_hz": 1.6}, settings=EVIDENCE).label == "uncertain"


def test_a_cell_like_no_class_is_uncertain_and_says_why() -> None:
    call = classify_features({"rate_hz": 0.01, "cv": 0.3}, settings=EVIDENCE)
    assert call.label == "uncertain"
    assert call.reasons[0].startswith("a rate of 0.01 Hz is further out than 99.9 % of ")
    narrow = {"rate_hz": 1.7, "cv_collapsed": 0.3, "total_ms": 0.3}
    spike = classify_features(narrow, band_hz=(10.0, 8000.0), settings=EVIDENCE)
    assert spike.label == "uncertain"
    assert spike.evidence is not None
    assert math.isnan(spike.evidence.probability)
    assert spike.reasons[0].startswith("a width of 0.3 ms is further out than 99.9 % of serotonergic cells")


def test_where_nothing_is_published_nothing_is_weighed() -> None:
    call = classify_features({"rate_hz": 1.6, "cv": 0.3}, preset="rat_slice", settings=EVIDENCE)
    assert call.label == "uncertain"
    assert "no distributions are published" in " ".join(call.reasons)
    assert classify_features({"rate_hz": 1.6, "cv": 0.3}, preset="rat_slice").label == "serotonergic"


@pytest.mark.parametrize("cv", [0.02, 0.05, 0.09])
def test_what_breathes_is_not_called_by_the_evidence_either(cv: float) -> None:
    call = classify_features({"rate_hz": 1.4, "cv": cv}, settings=EVIDENCE)
    assert call.label == "uncertain"
    assert "rhythm artefact?" in call.reasons[0]


def test_as_regular_as_breathing_a_cell_would_be_probable_and_is_held_back() -> None:
    """What bars it is the rhythm: the distributions alone would have it."""
    call = classify_features({"rate_hz": 1.4, "cv": 0.09}, settings=EVIDENCE)
    assert call.evidence is not None
    assert call.evidence.probability > 0.8
    assert not call.is_serotonergic


@pytest.mark.slow
def test_bursting_serotonergic_cells_are_not_lost_by_either_engine() -> None:
    cells = [cell for cell in draw_cells(900, seed=11) if cell.cell_class == "serotonergic"]
    for settings in (RULE, EVIDENCE):
        called = {
            doublets: np.mean(
                [
                    classify_features(
                        _measured(cell, i, doublets=doublets), band_hz=(10.0, None), settings=settings
                    ).is_serotonergic
                    for i, cell in enumerate(cells)
                ]
            )
            for doublets in (0.0, 0.4)
        }
        assert called[0.0] > 0.5
        assert called[0.4] > called[0.0] - 0.08


def test_fast_cells_are_called_by_neither_engine() -> None:
    cells = [cell for cell in draw_cells(1500, seed=13) if cell.cell_class == "fast"]
    assert len(cells) > 400
    for settings in (RULE, EVIDENCE):
        called = [
            classify_features(_measured(cell, i), band_hz=(10.0, None), settings=settings).is_serotonergic
            for i, cell in enumerate(cells)
        ]
        assert np.mean(called) < 0.01


def test_thresholds_that_cross_are_refused() -> None:
    with pytest.raises(ParameterError, match="rejected_at < called_at"):
        ClassificationSettings(called_at=0.2, rejected_at=0.8)
    with pytest.raises(ParameterError, match="engine must be one of"):
        ClassificationSettings(engine="magic")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="prior_serotonergic is a share"):
        ClassificationSettings(prior_serotonergic=1.0)
    with pytest.raises(ParameterError, match="there are mouse_in_vivo, rat_in_vivo"):
        load_classes("cat")

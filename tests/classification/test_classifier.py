"""The classical rule: whom it calls, whom it does not, and what it says about it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ephys.classification import FeatureSettings, classify_features, classify_unit, measure_features
from ephys.errors import ParameterError
from ephys.model import Epoch, Support, Unit, Waveform

BASELINE = Epoch(0.0, 180.0, "baseline")
SESSION = Support.of(Epoch(0.0, 900.0))
WIDE, NARROW = 1.0, 0.35


def _train(rate_hz: float, cv: float, *, doublets: float = 0.0, seed: int = 0, stop_s: float = 900.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.gamma(cv**-2, cv**2 / rate_hz, int(stop_s * rate_hz * 1.5 + 50)))
    followed = times[rng.random(times.size) < doublets]
    times = np.sort(np.concatenate([times, followed + 0.008]))
    return times[times < stop_s]


def _waveform(n: int, stretch: float, *, low_hz: float | None = 100.0, **filters: Any) -> Waveform:
    time_ms = np.arange(-40, 120) / 20.0
    spike = 100 * np.exp(-0.5 * (time_ms / (0.3 * stretch)) ** 2)
    spike -= 45 * np.exp(-0.5 * ((time_ms - 1.2 * stretch) / (0.45 * stretch)) ** 2)
    snippets = spike[None, :, None] + np.random.default_rng(1).normal(0.0, 8.0, (n, time_ms.size, 1))
    given = {"order": 2, "phase": "zero", "source": "wide_band", **filters}
    return Waveform(snippets, np.arange(n), 20_000.0, 0.002, (low_hz, None), **given)


def _unit(times: np.ndarray, stretch: float | None = WIDE, **filters: Any) -> Unit:
    waveform = None if stretch is None else _waveform(len(times), stretch, **filters)
    return Unit("1", times, SESSION, waveform=waveform)


def _verdicts(unit: Unit, **choices: Any) -> dict[str, str]:
    return {c.name: c.verdict for c in classify_unit(unit, within=BASELINE, **choices).criteria}


@pytest.mark.parametrize("rate_hz", [0.5, 1.2, 2.5])
def test_a_slow_regular_wide_cell_is_called_on_the_full_rule(rate_hz: float) -> None:
    call = classify_unit(_unit(_train(rate_hz, 0.3)), within=BASELINE)
    assert (call.label, call.basis, call.is_serotonergic) == ("serotonergic", "full", True)
    assert [c.name for c in call.criteria] == ["rate", "regularity", "rhythm", "width", "soft refractory"]
    assert {c.verdict for c in call.criteria} == {"pass"}
    assert all(c.source for c in call.criteria)


def test_doublets_do_not_cost_a_cell_its_name() -> None:
    unit = _unit(_train(1.2, 0.3, doublets=0.35))
    features = measure_features(unit, BASELINE)
    assert features.cv > 0.5 > features.cv_collapsed
    assert features.burst_share > 0.4
    assert classify_unit(unit, within=BASELINE).is_serotonergic


@pytest.mark.parametrize(
    ("rate_hz", "cv", "stretch", "culprit"),
    [
        (12.0, 0.4, NARROW, "rate"),
        (12.0, 0.4, WIDE, "rate"),
        (1.2, 0.3, NARROW, "width"),
        (1.5, 1.1, WIDE, "regularity"),
    ],
)
def test_a_fast_or_narrow_or_irregular_cell_is_not_called_and_the_reason_is_named(
    rate_hz: float, cv: float, stretch: float, culprit: str
) -> None:
    call = classify_unit(_unit(_train(rate_hz, cv), stretch), within=BASELINE)
    assert call.label == "not_serotonergic"
    assert any(reason.startswith(f"{culprit} fails") for reason in call.reasons)


def test_a_doublet_is_one_event_of_a_slow_cell_and_a_fast_cell_is_no_single_burst() -> None:
    call = classify_unit(_unit(_train(2.9, 0.3, doublets=0.4)), within=BASELINE)
    rate = call.criteria[0]
    assert call.features.rate_hz > 3.5
    assert rate.verdict == "pass"
    assert rate.value == pytest.approx(2.9, abs=0.1)
    assert "with all spikes" in rate.note
    tonic = classify_unit(_unit(_train(70.0, 0.1)), within=BASELINE)
    assert tonic.features.event_rate_hz < 1
    assert tonic.criteria[0].verdict == "fail"


def test_a_cell_of_middling_regularity_is_uncertain() -> None:
    call = classify_unit(_unit(_train(1.5, 0.65)), within=BASELINE)
    assert call.label == "uncertain"
    assert call.reasons[0].startswith("regularity is borderline: 0.6")


@pytest.mark.parametrize("seed", range(5))
def test_the_drug_never_enters_spikes_after_the_baseline_change_nothing(seed: int) -> None:
    times = _train(1.4, 0.3, seed=seed)
    held = _unit(times)
    silenced = _unit(times[times < 200.0])
    scrambled = _unit(np.concatenate([times[times < 180.0], 180.0 + _train(15.0, 1.0, seed=seed, stop_s=700.0)]))
    calls = [json.dumps(classify_unit(unit, within=BASELINE).as_dict()) for unit in (held, silenced, scrambled)]
    assert calls[0] == calls[1] == calls[2]


@pytest.mark.parametrize(
    "filters",
    [
        {"low_hz": 300.0},
        {"low_hz": None},
        {"phase": "causal"},
        {"phase": "unknown"},
        {"low_hz": None, "source": "file"},
    ],
)
def test_a_width_that_the_filter_made_is_not_judged_and_the_basis_says_so(filters: dict[str, Any]) -> None:
    for stretch in (WIDE, NARROW):
        call = classify_unit(_unit(_train(1.2, 0.3), stretch, **filters), within=BASELINE)
        assert (call.label, call.basis) == ("serotonergic", "rate_and_regularity")
        width = next(c for c in call.criteria if c.name == "width")
        assert width.verdict == "not_judged"
        assert "not judged: " in width.note
    assert "on rate and regularity alone" in call.title


def test_an_unfiltered_width_needs_no_phase() -> None:
    unit = _unit(_train(1.2, 0.3), low_hz=0.0, order=0, phase="unknown")
    assert _verdicts(unit)["width"] == "pass"


@pytest.mark.parametrize("rate_hz", [0.9, 1.4, 2.2])
def test_an_artefact_that_breathes_is_never_serotonergic(rate_hz: float) -> None:
    for seed in range(5):
        call = classify_unit(_unit(_train(rate_hz, 0.05, seed=seed)), within=BASELINE)
        assert call.label == "uncertain"
        assert "rhythm artefact?" in call.reasons[0]


def test_silence_too_few_spikes_absence_and_multi_units_are_uncertain_each_with_its_reason() -> None:
    later = _train(1.4, 0.3) + 180.0
    silent = _unit(later[later < 900.0], None)
    assert "silent in the window (180 s)" in classify_unit(silent, within=BASELINE).reasons[0]
    sparse = _unit(_train(0.2, 0.3), None)
    assert "fewer than 50" in classify_unit(sparse, within=BASELINE).reasons[0]
    absent = Unit("1", np.array([500.0]), Support.of(Epoch(400.0, 900.0)))
    assert "nothing was recorded" in classify_unit(absent, within=BASELINE).reasons[0]
    mixed = replace(_unit(_train(1.4, 0.3)), multi_unit=True)
    assert "multi-unit" in classify_unit(mixed, within=BASELINE).reasons[0]
    for unit in (silent, sparse, absent, mixed):
        assert classify_unit(unit, within=BASELINE).label == "uncertain"


def test_a_second_cell_in_the_unit_shows_between_burst_and_afterhyperpolarisation() -> None:
    two = np.sort(np.concatenate([_train(1.6, 0.2, seed=1), _train(1.6, 0.2, seed=2)]))
    assert _verdicts(_unit(_train(1.6, 0.2)))["soft refractory"] == "pass"
    assert _verdicts(_unit(two))["soft refractory"] == "borderline"
    assert not classify_unit(_unit(two), within=BASELINE).is_serotonergic


def test_a_gap_in_the_baseline_does_not_make_a_regular_cell_irregular() -> None:
    support = Support.of(Epoch(0.0, 80.0), Epoch(120.0, 900.0))
    times = _train(1.4, 0.25)
    unit = Unit("1", times[support.mask(times)], support)
    features = measure_features(unit, BASELINE)
    assert features.rate_hz == pytest.approx(1.4, rel=0.05)
    assert features.cv_collapsed == pytest.approx(0.25, abs=0.05)


def test_the_shape_comes_from_the_baseline_or_not_at_all() -> None:
    times = _train(1.4, 0.3)
    waveform = _waveform(len(times), WIDE)
    late = np.flatnonzero(times >= 180.0)
    mixed = np.array(waveform.snippets_uv)
    mixed[late] = _waveform(len(late), NARROW).snippets_uv
    unit = Unit("1", times, SESSION, waveform=replace(waveform, snippets_uv=mixed))
    assert measure_features(unit, BASELINE).total_ms == pytest.approx(2.6, abs=0.15)
    only_late = replace(waveform, snippets_uv=mixed[late], spike_index=late)
    features = measure_features(replace(unit, waveform=only_late), BASELINE)
    assert features.shape is None
    assert np.isnan(features.total_ms)
    assert "0 snippets lie in the window" in features.notes[0]


def test_a_snippet_that_holds_the_next_spike_of_a_doublet_is_left_out() -> None:
    times = np.sort(np.concatenate([_train(1.2, 0.3), _train(1.2, 0.3)[::3] + 0.004]))
    waveform = _waveform(len(times), WIDE)
    snippets = np.array(waveform.snippets_uv)
    doubled = np.flatnonzero(np.diff(times, append=np.inf) < 0.006)
    snippets[doubled, 120:] += 80.0
    unit = Unit("1", times, SESSION, waveform=replace(waveform, snippets_uv=snippets))
    features = measure_features(unit, BASELINE)
    assert features.total_ms == pytest.approx(2.6, abs=0.15)
    assert features.shape is not None
    assert features.shape.n_spikes < 0.8 * np.count_nonzero(times < 180.0)


@pytest.mark.parametrize(
    "damage", [{"snippets_uv": np.zeros((1, 1, 1))}, {"pre_s": 0.0}, {"snippets_uv": np.zeros((1, 160, 0))}]
)
def test_a_waveform_that_cannot_be_measured_costs_the_width_and_not_the_call(damage: dict[str, Any]) -> None:
    times = _train(1.2, 0.3)
    whole = _waveform(len(times), WIDE)
    shaped = {k: np.repeat(v, len(times), axis=0) if k == "snippets_uv" else v for k, v in damage.items()}
    call = classify_unit(Unit("1", times, SESSION, waveform=replace(whole, **shaped)), within=BASELINE)
    assert (call.label, call.basis) == ("serotonergic", "rate_and_regularity")
    assert any("no shape" in note or "no waveform" in note for note in call.features.notes)


def test_triplets_throughout_are_slow_events_and_a_train_too_fast_for_any_count_is_refused() -> None:
    events = _train(1.7, 0.3)
    triplets = np.sort(np.concatenate([events, events + 0.008, events + 0.016]))
    call = classify_unit(_unit(triplets[triplets < 900.0], None), within=BASELINE)
    assert call.is_serotonergic
    assert call.criteria[0].value == pytest.approx(1.7, abs=0.15)
    clock = classify_unit(_unit(np.arange(0.0, 900.0, 0.01), None), within=BASELINE)
    assert clock.label == "not_serotonergic"
    assert clock.reasons[0].startswith("rate fails: 100")


def test_the_least_number_of_intervals_is_a_setting_and_the_verdict_says_so() -> None:
    unit = _unit(_train(0.22, 0.3), None)
    assert classify_unit(unit, within=BASELINE).criteria[1].verdict == "not_judged"
    lenient = classify_unit(unit, within=BASELINE, measuring=FeatureSettings(min_intervals=20))
    assert lenient.criteria[1].verdict == "pass"
    strict = classify_unit(_unit(_train(1.2, 0.3), None), within=BASELINE, measuring=FeatureSettings(min_intervals=999))
    assert "fewer than 999" in strict.reasons[0]
    for wrong in ({"min_intervals": 2}, {"level": 2.0}, {"n_resamples": 5}, {"min_snippets": 0}):
        with pytest.raises(ParameterError, match="features need"):
            FeatureSettings(**wrong)  # type: ignore[arg-type]


def test_what_a_call_measured_can_be_given_back() -> None:
    call = classify_unit(_unit(_train(1.2, 0.3)), within=BASELINE)
    again = classify_features(call.as_dict()["features"], band_hz=(100.0, None))
    assert [(c.name, c.verdict) for c in again.criteria] == [(c.name, c.verdict) for c in call.criteria]
    silent = classify_features({"rate_hz": 0.0})
    assert (silent.label, silent.reasons) == ("uncertain", ("silent in the window: there is no firing to judge",))


def test_features_measured_elsewhere_get_the_same_call_as_the_unit() -> None:
    unit = _unit(_train(1.2, 0.3))
    call = classify_unit(unit, within=BASELINE)
    names = ("rate_hz", "cv_collapsed", "soft_refractory_share", "total_ms", "peak_to_trough_ms", "n_intervals")
    again = classify_features({name: getattr(call.features, name) for name in names}, band_hz=(100.0, None))
    assert again.label == call.label
    assert [(c.name, c.verdict) for c in again.criteria] == [(c.name, c.verdict) for c in call.criteria]


def test_a_missing_feature_is_missing_not_zero() -> None:
    call = classify_features({"rate_hz": 1.4})
    assert call.label == "uncertain"
    assert call.reasons == ("regularity not judged",)
    assert classify_features({"rate_hz": 1.4, "cv": 0.3, "width_ms": float("nan")}).basis == "rate_and_regularity"
    assert "bursts not collapsed" in classify_features({"rate_hz": 1.4, "cv": 0.3}).criteria[1].note
    few = classify_features({"rate_hz": 1.4, "cv": 0.3, "n_intervals": 30})
    assert (few.label, few.criteria[1].verdict) == ("uncertain", "not_judged")


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ({"rate": 1.4}, "did you mean 'rate_hz'"),
        ({"width_ms": 1.0, "total_ms": 1.0}, "given twice"),
        ({"rate_hz": float("inf")}, "infinite: inf"),
        ({"rate_hz": -1.0}, "must not be negative"),
        ({"rate_hz": "slow"}, "must be a number, got 'slow'"),
    ],
)
def test_a_feature_that_cannot_be_is_refused(features: dict[str, float], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        classify_features(features)


def test_the_printed_table_is_narrow_and_the_html_escapes_what_the_file_named() -> None:
    named = replace(_unit(_train(1.2, 0.3), low_hz=300.0), id="<b>7")
    call = classify_unit(named, within=BASELINE)
    assert max(len(line) for line in str(call).splitlines()) < 100
    assert all(criterion.limit in str(call) for criterion in call.criteria)
    assert "<b>7" not in call._repr_html_()
    assert "&lt;b&gt;7" in call._repr_html_()
    assert json.loads(json.dumps(call.as_dict(), allow_nan=False))["criteria"][0]["name"] == "rate"

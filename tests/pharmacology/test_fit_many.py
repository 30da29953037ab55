"""Cells of one data set, which tell each other how far rates wander and how steep curves are."""

import math
from dataclasses import replace

import numpy as np
import pytest

from ephys.model import Epoch, Fate
from ephys.pharmacology import (
    DoseResponse,
    FitSettings,
    ReadoutSettings,
    ResponseWindow,
    fit_dose_response,
    fit_dose_responses,
    share_settings,
)
from ephys.pharmacology.counts.draw import draw_counts

DOSES = 12.5 * 2.0 ** np.arange(6)


def cell(name: str, counts: np.ndarray, *, drug: str = "ipsapirone", fano: float = 0.1) -> DoseResponse:
    """A response with these counts in its baseline (180 s) and after each dose (60 s)."""
    base = ResponseWindow(Epoch(0.0, 180.0), "baseline", "", math.nan, 0.0, int(counts[0]), 180.0, percent=100.0)
    windows = tuple(
        ResponseWindow(
            Epoch(210.0 + 90.0 * n, 270.0 + 90.0 * n), "agonist", drug, 180.0 + 90.0 * n, dose, int(k), 60.0,
            percent=100.0 * k / 60.0 / base.rate_hz,
        )
        for n, (dose, k) in enumerate(zip(DOSES.tolist(), counts[1:], strict=True))
    )  # fmt: skip
    held = Fate("held", 720.0, "simulated")
    return DoseResponse(name, drug, "ug/kg", "i.v.", "base", base, windows, fano, held, ReadoutSettings())


def data_set(n: int, *, tau: float, seed: int = 0, drug: str = "ipsapirone", emax: float = 1.0) -> list[DoseResponse]:
    """Cells with ID50s round 50 µg/kg."""
    random = np.random.default_rng(seed)
    seconds = np.array([180.0, *[60.0] * 6])
    dose = np.array([0.0, *DOSES])
    id50s = 50.0 * np.exp(0.3 * random.standard_normal(n))
    shares = [1.0 - emax * (1.0 - 1.0 / (1.0 + (dose / id50) ** 1.8)) for id50 in id50s]
    return [
        cell(str(k), draw_counts(1.6 * seconds * share, 0.1, tau, random), drug=drug) for k, share in enumerate(shares)
    ]


def test_a_data_set_tells_dispersion_and_slope_and_every_fit_says_so() -> None:
    responses = data_set(20, tau=0.03)
    fits = fit_dose_responses(responses)
    lone = fit_dose_responses(responses, share=False)
    assert fits[0].settings.shared_cells == 20
    assert fits[0].settings.dispersion < 0.06
    assert "estimated from 20 cells" in fits[0].settings.basis
    assert lone[0].settings == FitSettings()
    widths = [np.median([math.log(f.id50_high / f.id50_low) for f in some]) for some in (fits, lone)]
    assert widths[0] < 0.7 * widths[1]
    wide = fit_dose_responses(data_set(20, tau=0.2, seed=1))
    assert any("this data set wander by" in w.cause for w in wide[0].warnings)


def test_few_cells_keep_the_convention() -> None:
    responses = data_set(7, tau=0.03)
    assert share_settings(responses) == FitSettings()
    silent = [cell(str(k), np.array([300, *[100] * 6])) for k in range(12)]
    assert share_settings(silent) == FitSettings()


def test_drugs_are_taken_apart_and_the_order_is_kept() -> None:
    one, other = data_set(10, tau=0.03), data_set(10, tau=0.2, drug="lesopitron", seed=4)
    mixed = [r for pair in zip(one, other, strict=True) for r in pair]
    fits = fit_dose_responses(mixed)
    assert [f.response for f in fits] == mixed
    assert fits[0].settings.dispersion < 0.08 < fits[1].settings.dispersion


def test_many_at_once_are_what_they_are_one_by_one() -> None:
    responses = data_set(6, tau=0.1, seed=2)
    for ours, alone in zip(fit_dose_responses(responses), map(fit_dose_response, responses), strict=True):
        assert ours.status == alone.status
        assert ours.id50 == pytest.approx(alone.id50, rel=1e-6)
        assert ours.id50_high == pytest.approx(alone.id50_high, rel=1e-5)
        assert ours.warnings == alone.warnings


def test_a_cell_does_not_depend_on_the_length_of_the_others_series() -> None:
    short = cell("1", np.array([311, 108, 111, 96, 93, 90, 86]), fano=0.1)
    long = cell("2", np.array([300, 95, 80, 60, 40, 20, 8]))
    short = replace(short, windows=short.windows[:4])
    alone, beside = fit_dose_response(short), fit_dose_responses([short, long], share=False)[0]
    assert beside.no_effect_p == alone.no_effect_p
    assert beside.status == alone.status


def test_partial_agonists_do_not_make_each_others_slopes_shallow() -> None:
    """Emax 60 %: fitted at 100 % every curve looks shallow, and a shared prior would make that certain."""
    partial = data_set(24, tau=0.05, emax=0.6, drug="unheard-of")
    settings = share_settings(partial)
    assert settings.shared_cells == 24
    assert settings.shared_slopes == 0
    assert settings.dispersion < 0.12
    assert settings.free_emax == "always"
    fits = fit_dose_responses(partial)
    assert np.mean([fit.emax_low <= 60.0 <= fit.emax_high for fit in fits]) >= 0.85
    declared = fit_dose_responses(partial, FitSettings(free_emax="never"))
    assert all(fit.emax_percent == 100.0 for fit in declared)
    assert any(warning.name == "largest inhibition in doubt" for fit in declared for warning in fit.warnings)


def test_five_doses_of_a_partial_agonist_hold_the_absolute_id50() -> None:
    """Emax 60 %, relative ED50 round 50: the absolute one is 5**(1 / 1.8) times as large."""
    partial = [replace(one, windows=one.windows[:5]) for one in data_set(24, tau=0.02, emax=0.6, drug="unheard-of")]
    truths = 50.0 * np.exp(0.3 * np.random.default_rng(0).standard_normal(24)) * 5.0 ** (1 / 1.8)
    fits = fit_dose_responses(partial)
    assert np.mean([fit.id50_low <= truth <= fit.id50_high for fit, truth in zip(fits, truths, strict=True)]) >= 0.85


def test_cells_whose_silence_may_be_their_loss_tell_nothing_of_the_slope() -> None:
    held = data_set(10, tau=0.05)
    lost = [
        replace(
            cell(f"u{n}", np.array([300, 95, 90, 0, 0, 0, 0])), fate=Fate("undetermined", 400.0, "silent to the end")
        )
        for n in range(10)
    ]
    assert share_settings(held + lost) == share_settings(held)


def test_the_same_seed_gives_the_same_chance() -> None:
    weak = cell("1", np.array([300, 98, 96, 93, 95, 90, 88]), fano=0.3)
    first, second = (fit_dose_response(weak).no_effect_p for _ in range(2))
    assert first == second
    assert 0.05 < first < 1.0


def test_no_cells_give_no_fits() -> None:
    assert fit_dose_responses([]) == ()

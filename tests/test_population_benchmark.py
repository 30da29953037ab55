"""The study of two groups: its animals are what it says, the ways beside ours are right, and its page hides no run."""

import importlib
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from ephys.errors import PseudoreplicationWarning
from ephys.pharmacology import fit_curve, fit_curves, fit_population, fit_pseudoreplicated

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("population_study")


@pytest.fixture
def ways(study: ModuleType) -> ModuleType:  # noqa: ARG001 - it makes the folder known
    return importlib.import_module("population_ways")


@pytest.fixture
def page(study: ModuleType) -> ModuleType:  # noqa: ARG001 - it makes the folder known
    return importlib.import_module("population_page")


def test_half_of_the_treated_cells_of_a_fourfold_shift_lie_beyond_the_top_dose(study: ModuleType) -> None:
    truth = study.Truth.draw(study.Scenario(4000, (3, 3), 4.0), np.random.default_rng(1))
    beyond = truth.id50 > study.DOSES[-1]
    assert beyond[truth.treated].mean() == pytest.approx(0.5, abs=0.02)
    assert beyond[~truth.treated].mean() < 0.001
    logs = np.log(truth.id50[~truth.treated]).reshape(-1, 3)
    assert logs.std(axis=1, ddof=1).mean() * 1.1284 == pytest.approx(study.CELL_SD, rel=0.03)  # unbiased for three
    assert logs.var() == pytest.approx(study.ANIMAL_SD**2 + study.CELL_SD**2, rel=0.05)


def test_animals_of_unequal_size_have_one_to_five_cells(study: ModuleType) -> None:
    truth = study.Truth.draw(study.Scenario(200, (1, 5)), np.random.default_rng(1))
    assert set(np.bincount(truth.animal)) == {1, 2, 3, 4, 5}
    assert np.unique(truth.animal[truth.treated]).size == 200


def test_before_and_after_are_the_same_animals_and_other_cells(study: ModuleType) -> None:
    truth = study.Truth.draw(study.Scenario(4000, (1, 1), 3.0, paired=True), np.random.default_rng(1))
    assert (np.bincount(truth.animal) == 2).all()
    before, after = (np.log(truth.id50[truth.treated == treated]) for treated in (False, True))
    apart = after - before
    assert apart.mean() == pytest.approx(math.log(3.0), abs=0.02)
    assert apart.var() == pytest.approx(2 * study.CELL_SD**2 + study.EFFECT_SD**2, rel=0.06)
    assert before.var() == pytest.approx(study.ANIMAL_SD**2 + study.CELL_SD**2, rel=0.06)


def test_pairs_are_compared_by_the_paired_test(study: ModuleType, ways: ModuleType) -> None:
    groups = study.simulate(study.Scenario(6, (2, 2), paired=True), np.random.default_rng(2))
    log_id50, animals = np.log(np.arange(1.0, 25.0)), groups.animal
    log_id50[animals == 5] = np.where(groups.treated[animals == 5], np.nan, log_id50[animals == 5])
    kept = np.isfinite(log_id50)
    said = ways._by_pairs(log_id50[kept], animals[kept], groups.treated[kept], 1.0)
    means = [[log_id50[(animals == n) & (groups.treated == side)].mean() for n in range(5)] for side in (False, True)]
    test = stats.ttest_rel(means[1], means[0])
    assert said["p"] == pytest.approx(test.pvalue)
    assert math.log(said["fold"]) == pytest.approx(np.mean(means[1]) - np.mean(means[0]))
    assert said["covers"] == (test.confidence_interval(0.95).low <= 0.0)


def test_no_dose_is_given_once_a_cell_is_silent(study: ModuleType) -> None:
    counts = np.array([[300.0, 90, 30, 2, 2, 0], [300.0, 0, 5, 0, 0, 0], [300.0, 100, 99, 98, 97, 96]])
    given = study._until_silent(counts)
    assert np.isfinite(given).sum(axis=1).tolist() == [4, 2, 6]  # 3 in 60 s are the limit
    assert given[1, 1] == 0.0


def test_the_measured_fano_factor_errs_as_on_so_many_intervals(study: ModuleType) -> None:
    few, many = (
        study._measured_fano(np.full(4000, 0.3), np.full(4000, n + 1.0), np.random.default_rng(n)) for n in (60, 240)
    )
    assert many.mean() == pytest.approx(0.09, rel=0.02)
    assert few.std() / many.std() == pytest.approx(2.0, rel=0.08)
    assert np.isnan(study._measured_fano(np.array([0.3]), np.array([20.0]), np.random.default_rng(0))).all()


def test_trains_and_drawn_counts_scatter_alike(study: ModuleType) -> None:
    ratio = {}
    for trains in (False, True):
        random = np.random.default_rng(5)
        truth = study.Truth.draw(study.Scenario(20, (1, 1)), random)
        if trains:
            counts, fano = study._counts_of_trains(truth, random)
        else:
            counts = study.draw_counts(
                truth.rate_hz[:, np.newaxis] * study.EXPOSURE_S * truth.share,
                truth.cv[:, np.newaxis] ** 2,
                study.WANDER,
                random,
            )
            fano = study._measured_fano(truth.cv, counts[:, 0], random)
        expected = truth.rate_hz[:, np.newaxis] * study.EXPOSURE_S * truth.share
        firing = expected[:, :4] > 5
        ratio[trains] = ((counts - expected)[:, :4] / expected[:, :4])[firing].std(), np.log(fano / truth.cv**2).std()
    assert ratio[True][0] == pytest.approx(ratio[False][0], rel=0.2)
    assert ratio[True][1] == pytest.approx(ratio[False][1], rel=0.35)


@pytest.mark.parametrize("number", [0, 8])
def test_the_cells_least_squares_are_those_of_the_curve_engine(
    study: ModuleType, ways: ModuleType, number: int
) -> None:
    groups = study.simulate(study.SCENARIOS[number], np.random.default_rng(3))
    percent = groups.percent
    given = np.isfinite(percent)
    low = np.nanmin(percent, axis=1) < 50.0
    fits = fit_curves(
        groups.doses, np.where(given, percent, 0.0), model="LL2.2", fixed={"d": 100.0}, weights=given.astype(float)
    )
    expected = np.where(fits.converged & low, fits.estimate["e"], np.nan)
    np.testing.assert_allclose(ways.log_id50_of_cells(groups), expected, atol=1e-3)


def test_the_pooled_curve_is_that_of_the_curve_engine(study: ModuleType, ways: ModuleType) -> None:
    groups = study.simulate(study.SCENARIOS[1], np.random.default_rng(3))
    cell, dose = np.nonzero(np.isfinite(groups.percent))
    percent, doses, label = groups.percent[cell, dose], groups.doses[dose], np.where(groups.treated[cell], "t", "c")
    one = fit_curve(doses, percent, model="LL2.2", fixed={"d": 100.0})
    two = fit_curve(doses, percent, model="LL2.2", fixed={"d": 100.0}, curve=label, shared=["b"])
    points = ways._Points.of(groups)
    assert points.residual(0.0)[0] == pytest.approx(one.rss, rel=1e-6)
    with pytest.warns(PseudoreplicationWarning):
        pooled = fit_pseudoreplicated(groups.table(), reference="control").shifts["treated"]
    said = ways._by_pooled_curve(groups)
    assert (said["fold"], said["p"]) == pytest.approx((pooled.value, pooled.p), rel=1e-3)
    assert said["covers"] == (pooled.low <= groups.fold <= pooled.high)
    apart, shift = points.residual(None)
    assert apart == pytest.approx(two.rss, rel=1e-6)
    assert shift == pytest.approx(two.estimate["e:t"] - two.estimate["e:c"], abs=1e-4)


def test_the_interval_of_a_share_is_wilsons(study: ModuleType) -> None:  # noqa: ARG001 - it makes the folder known
    share = importlib.import_module("monte_carlo").Share
    for hits in (0, 3, 40):
        found = share.of_runs([True] * hits + [False] * (40 - hits))
        expected = proportion_confint(hits, 40, alpha=0.05, method="wilson")
        assert (found.low, found.high) == pytest.approx(expected, abs=1e-4)


def _row(seed: int, scenario: str, shift: float, **ours: Any) -> dict[str, Any]:
    said = {"fold": 2.0, "p": 0.5, "covers": True}
    return {
        "scenario": scenario, "seed": seed, "fold": shift, "cells": 10, "never_reached": 1, "no_best_fit": 0,
        "fitted_s": 1.0, "beside_s": 0.01, "drawn_s": 0.01,
        "ways": {way: dict(said) for way in ("two_stage", "cells", "animals", "pooled")} | {"ours": said | ours},
    }  # fmt: skip


def test_the_page_says_what_failed_and_which_promise_was_not_kept(page: ModuleType, tmp_path: Path) -> None:
    failure = {"fold": None, "p": None, "covers": None, "failed": "RuntimeError: no maximum after 200 steps"}
    kept = [_row(seed, "steady", 1.0, p=0.01 if seed < 5 else 0.5, covers=seed >= 5, lost=0.1) for seed in range(100)]
    poor = [_row(seed, "shifted", 3.0, covers=seed >= 20, lost=0.0 if seed == 7 else 0.1) for seed in range(100)]
    checked = [_row(100, "steady", 1.0, covers=True, interval=[1.2, 3.0])]
    rows = [*kept, *poor, *checked, _row(101, "steady", 1.0, **failure), _row(102, "steady", 1.0, **failure)]
    page.write_page(rows, [("steady", 1.0), ("shifted", 3.0)], tmp_path)
    text = (tmp_path / "population.md").read_text()
    assert "coverage meets 93 to 97 % in 1 of 2 scenarios; not in: shifted: 80.0 (" in text
    assert "null rejection meets 4 to 6 % in 1 of 1 scenarios." in text
    assert "in each way: population model 2 (2 × RuntimeError: no maximum after n steps)." in text
    assert "made in 1 runs and holds the true shift exactly where its test says so in 0" in text
    assert "In 1 of 203 runs a refit" in text
    table = page.summarise(rows, [("steady", 1.0)]).set_index("way")
    assert table.failed.to_dict() == {"ours": 2, "two_stage": 0, "cells": 0, "animals": 0, "pooled": 0}
    assert table.rejected["ours"] == pytest.approx(5 / 101)
    assert (tmp_path / "population.svg").stat().st_size > 1000


def test_a_run_tests_the_truth_as_the_profile_interval_does(
    study: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = study.Scenario(4, (1, 1), 3.0)
    monkeypatch.setattr(study, "SCENARIOS", [scenario])
    rows = study.work(tmp_path, runs=1, jobs=1)
    assert study.work(tmp_path, runs=1, jobs=1) == rows, "a run that is kept is not run again"
    ours, two_stage = rows[0]["ways"]["ours"], rows[0]["ways"]["two_stage"]
    low, high = ours["interval"]
    assert (low <= 3.0 <= high) == ours["covers"]
    random = np.random.default_rng([0, *scenario.name.encode()])
    fit = fit_population(study.simulate(scenario, random).table(), reference="control")
    assert ours["fold"] == pytest.approx(fit.fold_shift["treated"].value, rel=1e-6)
    assert two_stage["p"] == pytest.approx(fit.two_stage["treated"].p, rel=1e-6)
    assert math.isfinite(ours["lost"])

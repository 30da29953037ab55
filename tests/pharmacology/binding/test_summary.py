"""Several experiments: n is experiments, a bound is no number, and the error of a common Kd does not average out."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import stats

from ephys.errors import ParameterError
from ephys.pharmacology import BindingFit, cheng_prusoff, fit_binding, summarise_binding
from tests.pharmacology.binding.drawn_tubes import experiment, one_site


@cache
def template() -> BindingFit:
    """A fit, of which experiment and Ki are exchanged."""
    return fit_binding(experiment(one_site(30.0), ligand_nm=1.0, kd_nm=2.0))


def made(
    name: str, ic50_nm: float, *, ligand_nm: float = 1.0, kd_nm: float = 2.0, kd_se_nm: float = math.nan
) -> BindingFit:
    """A fit with this IC50 in an experiment of this name."""
    ki = cheng_prusoff(
        ic50_nm,
        ligand_nm=ligand_nm,
        kd_nm=kd_nm,
        kd_se_nm=kd_se_nm,
        ic50_low_nm=0.9 * ic50_nm,
        ic50_high_nm=1.1 * ic50_nm,
    )
    return replace(template(), experiment=replace(template().experiment, name=name), ki=ki)


def test_the_mean_is_geometric_and_its_interval_that_of_scipys_t_over_experiments() -> None:
    ic50s = (24.0, 33.0, 30.0, 41.0)
    mean = summarise_binding(made(f"e{n}", ic50) for n, ic50 in enumerate(ic50s)).means[0]
    logs = np.log(np.array(ic50s) / 1.5)
    ends = stats.t.interval(0.95, 3, loc=logs.mean(), scale=stats.sem(logs))
    assert (mean.ki_nm, mean.low_nm, mean.high_nm) == pytest.approx(tuple(np.exp([logs.mean(), *ends])))
    assert mean.n == 4
    assert mean.ln_sd == pytest.approx(logs.std(ddof=1))


def test_more_tubes_in_an_experiment_are_no_more_experiments() -> None:
    fits = [
        fit_binding(experiment(one_site(ic50), seed=3, replicates=replicates, ligand_nm=1.0, kd_nm=2.0, name=name))
        for replicates in (2, 12) for name, ic50 in (("e1", 20.0), ("e2", 40.0), ("e3", 30.0))
    ]  # fmt: skip
    few, many = (summarise_binding(part).means[0] for part in (fits[:3], fits[3:]))
    assert few.n == many.n == 3
    assert math.log(many.high_nm / many.low_nm) == pytest.approx(math.log(few.high_nm / few.low_nm), rel=0.15)


def test_one_experiment_has_no_interval_over_experiments() -> None:
    summary = summarise_binding([made("e1", 30.0)])
    assert summary.means[0].ki_text == "20 nM"
    assert any("fewer than 3 experiments" in note for note in summary.notes)


@pytest.mark.parametrize("common", [True, False])
def test_the_interval_holds_the_truth_whether_kd_is_common_or_each_experiments_own(common: bool) -> None:
    """Ki 20 nM; ln IC50 scatters by 0.1 between four experiments; Kd is known to 25 %, L is twice Kd."""
    rng = np.random.default_rng(7)
    held = held_without = 0
    runs = 600
    sd = math.sqrt(math.log1p(0.25**2))
    for _ in range(runs):
        errors = np.full(4, rng.normal(0.0, sd)) if common else rng.normal(0.0, sd, 4)
        ic50s = 20.0 * 3.0 * np.exp(rng.normal(0.0, 0.1, 4))
        kds = 2.0 * np.exp(errors)
        fits = [
            made(f"e{n}", float(ic50), ligand_nm=4.0, kd_nm=float(kd), kd_se_nm=0.25 * float(kd))
            for n, (ic50, kd) in enumerate(zip(ic50s, kds, strict=True))
        ]
        mean = summarise_binding(fits).means[0]
        held += mean.low_nm <= 20.0 <= mean.high_nm
        plain = summarise_binding(
            [replace(fit, ki=replace(fit.ki, kd_se_nm=math.nan)) for fit in fits if fit.ki is not None]
        ).means[0]
        held_without += plain.low_nm <= 20.0 <= plain.high_nm
    assert held / runs > 0.92
    assert (held_without / runs < 0.75) == common


def test_a_bound_among_the_experiments_leaves_no_mean() -> None:
    bound = fit_binding(experiment(one_site(1e6), seed=1, ligand_nm=1.0, kd_nm=2.0, name="e3"))
    summary = summarise_binding([made("e1", 27.0), made("e2", 30.0), bound])
    (mean,) = summary.means
    assert math.isnan(mean.ki_nm)
    assert mean.ki_text == "no mean, 2 of 3 experiments have a Ki: e3 > 6667 nM"
    assert summary.rows[0][-1] == "3"
    assert math.isnan(summary.as_rows()[0]["ki_nm"])
    assert summarise_binding([bound]).means[0].ki_text == "e3 > 6667 nM"


def test_receptors_are_kept_apart_and_what_cannot_be_put_together_is_refused() -> None:
    one, two = made("e1", 30.0), made("e2", 40.0)
    other = replace(two, experiment=replace(two.experiment, receptor="5-HT2"))
    assert [mean.receptor for mean in summarise_binding([one, other]).means] == ["", "5-HT2"]
    with pytest.raises(ParameterError, match="experiment 'e1' is there twice; n is independent experiments"):
        summarise_binding([one, one])
    with pytest.raises(ParameterError, match="fits differ in slope"):
        summarise_binding([one, replace(two, slope="one")])
    with pytest.raises(ParameterError, match="no Ki in experiment e2: state the radioligand's concentration and Kd"):
        summarise_binding([one, replace(two, ki=None)])
    with pytest.raises(ParameterError, match="no fit to summarise"):
        summarise_binding([])


@pytest.mark.parametrize(("kd_nm", "is_far"), [(4.0, False), (4.2, True), (0.9, True)])
def test_kds_more_than_twice_apart_are_the_first_thing_told(kd_nm: float, is_far: bool) -> None:
    one, two = made("e1", 30.0), made("e2", 30.0, kd_nm=kd_nm)
    first = summarise_binding([one, two]).notes[0]
    assert (f"e1 2 nM, e2 {kd_nm:g} nM" in first) == is_far
    elsewhere = replace(two, experiment=replace(two.experiment, receptor="5-HT2"))
    assert not any("Kd differs" in note for note in summarise_binding([one, elsewhere]).notes), "not in one mean"


def test_doubts_of_the_experiments_are_told_with_their_names_and_once() -> None:
    shallow = [
        fit_binding(experiment(one_site(30.0, 0.5), seed=seed, ligand_nm=1.0, kd_nm=2.0, name=f"e{seed}"))
        for seed in (1, 2, 3)
    ]
    notes = summarise_binding(shallow).notes
    assert sum("the slope is" in note for note in notes) == 3
    (unchecked,) = [note for note in notes if "ligand depletion not checked" in note]
    assert unchecked.startswith("compound A e1, compound A e2, compound A e3: ")
    assert sum("Kd is taken as exact" in note for note in notes) == 1
    assert "n is experiments" in summarise_binding(shallow).methods

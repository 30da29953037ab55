"""Cells in animals in groups: what R's lme4, metafor and t.test print, and statsmodels."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM

from ephys.errors import ParameterError
from ephys.pharmacology import NestedMeans, fit_nested_means, welch_animal_means


def reference(folder: Path) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Cases of the reference, and the ln ID50 of each neuron with its standard error."""
    found = json.loads((folder / "mixed_nlme.json").read_text(encoding="utf-8"))["cases"]
    cases = {case["id"]: case for case in found} if isinstance(found, list) else found
    table = cases["sim_drn_pct_perneuron_nls"]["table"]
    return cases, {name: [row[name] for row in table] for name in ("lid", "se_lid", "animal", "group")}


def fixed_effects(means: NestedMeans) -> list[float]:
    """Reference mean and difference, then their standard errors."""
    apart = means.differences[0]
    return [means.groups[0].value, apart.value, means.groups[0].se, apart.se]


@pytest.mark.reference
def test_unweighted_means_are_those_of_lmer(shared_reference: Path) -> None:
    cases, cells = reference(shared_reference)
    theirs = cases["sim_drn_pct_twostage_lmer_unweighted"]
    ours = fit_nested_means(cells["lid"], animal=cells["animal"], group=cells["group"])
    assert fixed_effects(ours) == pytest.approx([*theirs["fixef"].values(), *theirs["se"].values()], rel=1e-5)
    assert [ours.sd_animal, ours.sd_cell] == pytest.approx([part["sdcor"] for part in theirs["varcorr"]], rel=1e-5)
    assert -2.0 * ours.log_likelihood == pytest.approx(theirs["REMLcrit"], abs=1e-8)
    assert ours.df == 16  # 18 animals, 2 groups; the 33 neurons are no replicates


@pytest.mark.reference
def test_weighted_means_are_those_of_metafor(shared_reference: Path) -> None:
    cases, cells = reference(shared_reference)
    theirs = cases["sim_drn_pct_twostage_rma_mv"]
    ours = fit_nested_means(cells["lid"], animal=cells["animal"], group=cells["group"], error=cells["se_lid"])
    assert fixed_effects(ours) == pytest.approx([*theirs["beta"], *theirs["se"]], rel=1e-5)
    assert [ours.sd_animal**2, ours.sd_cell**2] == pytest.approx(theirs["sigma2"], rel=1e-4)


@pytest.mark.reference
def test_means_of_animals_are_those_of_welch(shared_reference: Path) -> None:
    cases, cells = reference(shared_reference)
    theirs = cases["sim_drn_pct_animal_means_welch"]
    ours = welch_animal_means(cells["lid"], animal=cells["animal"], group=cells["group"])
    apart = ours.differences[0]
    assert [group.value for group in ours.groups] == pytest.approx(theirs["estimate"], rel=1e-9)
    assert [-apart.high, -apart.low] == pytest.approx(theirs["conf.int"], rel=1e-9)
    assert [apart.p, apart.df] == pytest.approx([theirs["p"], theirs["df"]], rel=1e-9)


def cells_of(seed: int, *, sd_animal: float, n_animals: int = 12, blocked: bool = False) -> pd.DataFrame:
    """Cells of animals of two groups, unequally many, the second group higher by 0.5."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 6, n_animals)
    animal = np.repeat(np.arange(n_animals), sizes)
    table = pd.DataFrame({"animal": animal, "group": np.where(animal % 2 == 0, "control", "treated")})
    table["block"] = np.where(animal % 3 == 0, "urethane", "chloral hydrate") if blocked else "urethane"
    effect = 0.5 * (table.group == "treated") + 0.8 * (table.block == "urethane")
    table["y"] = effect + sd_animal * rng.normal(size=n_animals)[animal] + 0.4 * rng.normal(size=len(animal))
    return table


@pytest.mark.parametrize("blocked", [False, True])
def test_means_are_those_of_statsmodels(blocked: bool) -> None:
    table = cells_of(2, sd_animal=1.0, blocked=blocked)
    ours = fit_nested_means(table.y, animal=table.animal, group=table.group, block=table.block if blocked else None)
    columns = {"one": 1.0, "treated": (table.group == "treated").astype(float)}
    if blocked:  # coded to sum to 0, as ours: the group's mean is over the blocks, each once
        columns["block"] = np.where(table.block == table.block[0], 1.0, -1.0)
    design = pd.DataFrame(columns, index=table.index)
    theirs = MixedLM(table.y, design, groups=table.animal).fit(reml=True, method="powell")
    assert fixed_effects(ours)[:2] == pytest.approx(theirs.fe_params[:2].tolist(), rel=1e-4)
    # Its standard errors are those of the observed Hessian of all parameters; lmer's, and ours, are 0.2 % off.
    assert fixed_effects(ours)[2:] == pytest.approx(theirs.bse_fe[:2].tolist(), rel=3e-3)
    assert ours.sd_animal == pytest.approx(math.sqrt(float(theirs.cov_re.iloc[0, 0])), rel=1e-4)
    assert ours.sd_cell == pytest.approx(math.sqrt(theirs.scale), rel=1e-4)
    assert ours.df == 12 - 2 - blocked


def test_one_cell_per_animal_is_the_t_test() -> None:
    control, treated = [1.0, 1.3, 0.8, 1.6], [2.2, 1.7, 2.4, 1.9, 2.8]
    means = fit_nested_means([*control, *treated], animal=range(9), group=["control"] * 4 + ["treated"] * 5)
    known = stats.ttest_ind(treated, control)
    apart = means.differences[0]
    assert apart.p == pytest.approx(known.pvalue, rel=1e-9)
    assert (apart.low, apart.high) == pytest.approx(tuple(known.confidence_interval()), rel=1e-9)
    assert math.isnan(means.sd_cell)


def test_one_cell_per_animal_with_known_errors_is_the_random_effects_meta_analysis() -> None:
    """With equal errors, the variance between is that of the values less theirs."""
    y = np.array([0.2, 0.9, 0.4, 1.3, 0.1, 0.8])
    means = fit_nested_means(y, animal=range(6), group=["all"] * 6, error=np.full(6, 0.1))
    assert means.sd_animal**2 == pytest.approx(float(np.var(y, ddof=1)) - 0.01, rel=1e-6)
    assert means.groups[0].se == pytest.approx(math.sqrt(float(np.var(y, ddof=1)) / 6), rel=1e-6)


def test_animals_that_do_not_differ_have_no_scatter_between_them() -> None:
    """Cells of one animal further apart than animals are: the variance between animals is 0, not negative."""
    y = [1.0, 3.0, 1.1, 2.9, 0.9, 3.1, 2.0, 4.0, 2.1, 3.9, 1.9, 4.1]
    animal, group = np.repeat(range(6), 2), np.repeat(["a", "b"], 6)
    means = fit_nested_means(y, animal=animal.tolist(), group=group.tolist())
    assert means.sd_animal == 0.0
    assert means.differences[0].se == pytest.approx(math.sqrt(np.var(y[:6], ddof=1) / 6 + np.var(y[6:], ddof=1) / 6))


def test_precise_cells_count_for_more() -> None:
    equal = fit_nested_means([0.0, 1.0, 0.0, 1.0, 0.5, 0.4], animal=range(6), group=["a"] * 6, error=[0.1] * 6)
    sure_of_zeros = fit_nested_means(
        [0.0, 1.0, 0.0, 1.0, 0.5, 0.4], animal=range(6), group=["a"] * 6, error=[0.1, 2.0, 0.1, 2.0, 0.1, 0.1]
    )
    assert sure_of_zeros.groups[0].value < equal.groups[0].value


def test_two_animals_give_a_mean_and_no_p_value() -> None:
    means = fit_nested_means([1.0, 1.2, 0.9, 2.0, 2.1], animal=list("abcde"), group=["x"] * 3 + ["y"] * 2)
    assert means.groups[1].value == pytest.approx(2.05)
    assert math.isnan(means.differences[0].p)
    assert math.isnan(means.differences[0].low)
    assert "no interval and no p-value with y: 2 animals, at least 3 are needed" in str(means)


def test_one_animal_a_group_tells_nothing_of_how_animals_scatter() -> None:
    means = fit_nested_means([1.0, 1.2, 0.9, 2.0, 2.1], animal=list("aaabb"), group=list("xxxyy"))
    assert math.isnan(means.sd_animal)
    assert math.isnan(means.differences[0].se)
    assert means.differences[0].value == pytest.approx(2.05 - 3.1 / 3)


def test_equal_values_have_no_interval() -> None:
    means = fit_nested_means([1.0] * 6, animal=list("abcdef"), group=list("xxxyyy"))
    assert means.differences[0].value == pytest.approx(0.0, abs=1e-12)
    assert math.isnan(means.differences[0].p)
    assert "do not scatter" in str(means)


def test_several_groups_are_each_held_against_the_reference_and_adjusted() -> None:
    rng = np.random.default_rng(4)
    y = rng.normal(size=15) + np.repeat([0.0, 0.5, 2.0], 5)
    means = fit_nested_means(y, animal=range(15), group=np.repeat(["sal", "low", "high"], 5).tolist(), reference="sal")
    low, high = means.differences
    assert (low.group, high.group, low.reference) == ("low", "high", "sal")
    assert high.p_holm == pytest.approx(2 * high.p)
    assert low.p_holm == pytest.approx(max(low.p, high.p_holm))


def test_cells_taken_for_animals_reject_a_true_null_too_often() -> None:
    """Five cells of each of 4 + 4 animals that differ as much as their cells: 5 % by animals, far more by cells."""
    rng = np.random.default_rng(0)
    animal, group = np.repeat(range(8), 5).tolist(), np.repeat(["a", "b"], 20).tolist()
    runs, by_animals, by_cells = 150, 0, 0
    for _ in range(runs):
        y = rng.normal(size=8)[animal] + rng.normal(size=40)
        by_animals += fit_nested_means(y, animal=animal, group=group).differences[0].p < 0.05
        by_cells += stats.ttest_ind(y[:20], y[20:]).pvalue < 0.05
    assert by_animals / runs < 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)
    assert by_cells / runs > 0.2


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"animal": ["a", "a", "b", "a"]}, "animal 'a' is in the groups"),
        ({"reference": "z"}, "reference 'z' is no group; the groups are x, y"),
        ({"values": [1.0, math.nan, 2.0, 3.0]}, "got nan in row 2"),
        ({"error": [0.1, 0.1, 0.0, 0.1]}, "error must be above 0, got 0 in row 3"),
        ({"error": [0.1]}, "for each of the 4 values, got 1"),
        ({"group": ["x"]}, "group must have a name for each of the 4 values, got 1"),
        ({"block": ["u", "u", "v", "v"]}, "cannot be told apart"),
        ({"level": 95.0}, "level must lie between 0 and 1, got 95"),
    ],
)
def test_what_cannot_be_is_refused(changed: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"values": [1.0, 2.0, 3.0, 4.0], "animal": list("abcd"), "group": list("xxyy")} | changed
    with pytest.raises(ParameterError, match=message):
        fit_nested_means(given.pop("values"), **given)

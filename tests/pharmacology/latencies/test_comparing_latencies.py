"""Latencies with a cut-off: against a published example, statsmodels, scipy, and a sample whose truth is known."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from ephys.errors import ParameterError
from ephys.io import read_latencies
from ephys.pharmacology import Latencies, Latency, LatencyComparison, compare_latencies
from ephys.pharmacology.latencies.animals import animal_latencies
from ephys.pharmacology.latencies.log_rank import rank_test
from ephys.pharmacology.latencies.survival import median_latency, restricted_mean, survival_curve

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Weeks in remission of leukaemia under 6-mercaptopurine and placebo (Freireich 1963), as Gehan (1965) and Cox (1972)
# print them; + were still in remission.
MERCAPTOPURINE = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def remissions() -> tuple[FloatArray, BoolArray, BoolArray]:
    """Times, who relapsed, and who had the drug."""
    words = [*MERCAPTOPURINE.split(), *PLACEBO.split()]
    times = np.array([float(word.rstrip("+")) for word in words])
    return times, np.array([not word.endswith("+") for word in words]), np.arange(42) < 21


def latencies(cutoff_s: float = 180.0, **groups: list[float]) -> Latencies:
    """One trial for each animal; what equals the cut-off had not ended."""
    return Latencies(
        tuple(
            Latency(f"{group}{n}", group, min(s, cutoff_s), s >= cutoff_s, cutoff_s)
            for group, values in groups.items()
            for n, s in enumerate(values)
        )
    )


def permuted(times: FloatArray, ended: BoolArray, treated: BoolArray, test: Any, most: int = 1000) -> Any:
    return rank_test(times, ended, treated, test=test, most=most, random=np.random.default_rng(0))


def test_the_log_rank_test_of_the_remissions_is_the_published_one() -> None:
    """chi² 16.79; 9 relapses where 19.25 were expected (Kleinbaum & Klein, Survival Analysis, chapter 2)."""
    found = permuted(*remissions(), "log-rank")
    assert found.chi2 == pytest.approx(16.79, abs=0.005)
    assert (found.observed, found.expected) == (9.0, pytest.approx(19.25, abs=0.005))


@pytest.mark.parametrize(("test", "weights"), [("log-rank", None), ("rank", "gb")])
def test_both_tests_are_those_of_statsmodels(test: str, weights: str | None) -> None:
    from statsmodels.duration.survfunc import survdiff

    random = np.random.default_rng(3)
    for _ in range(5):
        times = np.minimum(random.exponential(20.0, 30).round(), 30.0)
        ended, treated = (times < 30.0) & (random.random(30) < 0.9), np.arange(30) < 12
        other = survdiff(times, ended.astype(int), treated.astype(int), weight_type=weights)
        found = permuted(times, ended, treated, test, most=10)
        assert (found.chi2, found.p_asymptotic) == pytest.approx(other)


def test_the_log_rank_test_is_scipys() -> None:
    times, ended, treated = remissions()
    own, other = (
        stats.CensoredData(uncensored=times[who & ended], right=times[who & ~ended]) for who in (treated, ~treated)
    )
    reference = stats.logrank(own, other)
    found = permuted(times, ended, treated, "log-rank")
    assert found.chi2 == pytest.approx(reference.statistic**2)
    assert found.p_asymptotic == pytest.approx(reference.pvalue)


def test_without_a_cut_off_the_rank_test_is_the_exact_test_of_mann_and_whitney() -> None:
    random = np.random.default_rng(1)
    for _ in range(5):
        times, treated = random.exponential(10.0, 11), np.arange(11) < 5
        other = stats.mannwhitneyu(times[treated], times[~treated], method="exact")
        found = permuted(times, np.ones(11, dtype=bool), treated, "rank")
        assert found.is_exact
        assert found.n == 462
        assert found.p == pytest.approx(other.pvalue)


def test_the_exact_log_rank_is_scipys_permutation_of_observed_less_expected() -> None:
    times = np.array([3.0, 5.0, 5.0, 9.0, 20.0, 11.0, 20.0, 20.0, 14.0])
    ended, treated = times < 20.0, np.arange(9) > 4

    def difference(labels: FloatArray) -> float:
        who = labels > 0
        return sum(
            (times[who & ended] == at).sum()
            - (times[ended] == at).sum() * (times[who] >= at).sum() / (times >= at).sum()
            for at in np.unique(times[ended])
        )

    from itertools import combinations

    drawn = [abs(difference(np.isin(np.arange(9), chosen).astype(float))) for chosen in combinations(range(9), 4)]
    expected = np.mean(np.array(drawn) >= abs(difference(treated.astype(float))) - 1e-9)
    assert permuted(times, ended, treated, "log-rank").p == pytest.approx(expected)


def test_curve_median_and_interval_are_those_of_statsmodels() -> None:
    from statsmodels.duration.survfunc import SurvfuncRight

    times, ended, treated = remissions()
    for who, median in ((treated, 23.0), (~treated, 8.0)):
        other = SurvfuncRight(times[who], ended[who].astype(int))
        curve = survival_curve(times[who], ended[who])
        np.testing.assert_allclose(curve.survival, other.surv_prob)
        np.testing.assert_array_equal(curve.at_risk, other.n_risk)
        estimate, is_bound = median_latency(curve, level=0.95)
        assert (estimate.value, is_bound) == (median, False)
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = other.quantile_ci(0.5, method="cloglog")
        assert (estimate.low, estimate.high) == (low, high)


def test_without_a_cut_off_the_median_is_the_plain_one() -> None:
    for values in ([3.0, 9.0, 4.0], [3.0, 9.0, 4.0, 20.0], [1.0, 2.0, 2.0, 2.0, 9.0]):
        curve = survival_curve(np.array(values), np.ones(len(values), dtype=bool))
        assert median_latency(curve, level=0.95)[0].value == np.median(values)


def test_a_median_that_was_not_reached_is_a_bound() -> None:
    found = compare_latencies(
        latencies(a=[5.0, 9.0, 12.0, 20.0], b=[180.0, 180.0, 180.0, 50.0], c=[5.0, 20.0, 180.0, 180.0])
    )
    assert [group.median_text.split(" (")[0] for group in found.groups] == ["10.5", "> 180", "> 20"]
    assert found.groups[1].median_text == "> 180 (50 to > 180)"


def test_up_to_a_common_cut_off_the_mean_is_plain_and_the_difference_welchs() -> None:
    groups = {"control": [3.0, 20.0, 44.0, 9.0, 61.0], "drug": [180.0, 90.0, 180.0, 33.0, 120.0, 180.0]}
    found = compare_latencies(latencies(**groups))
    other = stats.ttest_ind(groups["drug"], groups["control"], equal_var=False)
    ends = tuple(other.confidence_interval())
    assert found["drug"].mean_s == pytest.approx(np.mean(groups["drug"]) - np.mean(groups["control"]))
    assert (found["drug"].low_s, found["drug"].high_s) == pytest.approx(ends)
    assert found.groups[0].mean_s == pytest.approx(np.mean(groups["control"]))


def test_with_early_losses_the_restricted_mean_is_the_area_and_its_variance_greenwoods() -> None:
    """By hand: 1, 2+, 3, 4+ up to 4: S = 3/4 from 1, 3/8 from 3; area 1 + 1.5 + 0.375."""
    curve = survival_curve(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, False, True, False]))
    mean, squared = restricted_mean(curve, 4.0)
    assert mean == pytest.approx(2.875)
    assert squared == pytest.approx((1.875**2 / (4 * 3) + 0.375**2 / (2 * 1)) * 4 / 3)


def test_the_interval_of_the_difference_holds_the_truth_as_often_as_it_says() -> None:
    """Exponential latencies of means 30 and 90 s up to 60 s, 8 + 8 animals, 400 runs; truth: m (1 - exp(-60/m))."""
    random, inside = np.random.default_rng(2), 0
    truth = 90 * (1 - math.exp(-60 / 90)) - 30 * (1 - math.exp(-2))
    for _ in range(400):
        drawn = latencies(60.0, a=random.exponential(30.0, 8).tolist(), b=random.exponential(90.0, 8).tolist())
        pair = compare_latencies(drawn, permutations=1)["b"]
        inside += pair.low_s < truth < pair.high_s
    assert inside / 400 == pytest.approx(0.95, abs=0.03)


@pytest.fixture(scope="module")
def sample(request: pytest.FixtureRequest) -> Latencies:
    """The sample table."""
    folder: Path = request.getfixturevalue("sample_data")
    return read_latencies(folder / "protocols" / "latencies.csv")


def test_the_sample_gives_back_what_is_true_in_it(sample: Latencies) -> None:
    """Means of a trial are 8, 60 and 240 s: medians of exponential latencies ln 2 of that."""
    found = compare_latencies(sample, reference="control")
    assert [group.n_animals for group in found.groups] == [8, 8, 8]
    for group, mean_s in zip(found.groups, (8.0, 60.0, 240.0), strict=True):
        if group.group != "shorter":
            assert group.median_low_s < math.log(2) * mean_s < group.median_high_s
    assert found["longer"].p_holm < 0.01
    assert found["longer"].observed < found["longer"].expected
    assert "cut-off were kept as censored" in found.methods
    design = "Latencies of 24 animals (control 8, shorter 8, longer 8) were taken and read up to a cut-off of 180 s."
    assert found.methods.startswith(design)
    assert "3 trials" in found.methods


def test_trials_of_an_animal_count_once() -> None:
    """Three trials of three animals are three animals: at best p = 0.1."""
    trials = [
        Latency(f"{group}{n}", group, base + n + trial, cutoff_s=180.0, trial=trial)
        for group, base in (("control", 1.0), ("drug", 100.0))
        for n in range(3)
        for trial in (1, 2, 3)
    ]
    found = compare_latencies(Latencies(tuple(trials)))
    assert found["drug"].p == pytest.approx(0.1)
    assert [one.latency_s for one in found.animals[:3]] == [3.0, 4.0, 5.0]
    first = compare_latencies(Latencies(tuple(trials)), repeated="first")
    assert [one.latency_s for one in first.animals[:3]] == [2.0, 3.0, 4.0]
    assert any("smallest p-value" in note for note in found.notes)
    assert any("its first trial" in note for note in first.notes)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        ((40.0, 60.0, 180.0), "60"),
        ((40.0, 180.0, 180.0), "> 180"),
        ((40.0, 60.0, 90.0, 180.0), "75"),
        ((40.0, 60.0, 180.0, 180.0), "> 120"),
        ((40.0, 60.0), "50"),
    ],
)
def test_the_median_of_trials_is_a_bound_where_the_middle_had_not_ended(seconds: tuple[float, ...], told: str) -> None:
    trials = tuple(Latency("r1", "drug", s, s == 180.0, 180.0, n) for n, s in enumerate(seconds, start=1))
    (one,) = animal_latencies(Latencies(trials), repeated="median")
    assert one.text == told


def test_a_trial_that_was_broken_off_early_may_belong_above_the_middle() -> None:
    trials = tuple(
        Latency("r1", "g", s, c, 180.0, n) for n, (s, c) in enumerate(((20.0, True), (30.0, False), (40.0, False)), 1)
    )
    (one,) = animal_latencies(Latencies(trials), repeated="median")
    assert one.text == "> 30"


def test_cut_offs_that_differ_are_told_and_read_up_to_the_shortest() -> None:
    short = latencies(60.0, control=[3.0, 20.0, 60.0])
    long = latencies(180.0, drug=[50.0, 100.0, 180.0])
    found = compare_latencies(Latencies((*short.trials, *long.trials)))
    assert found.until_s == 60.0
    assert [one.text for one in found.animals] == ["3", "20", "> 60", "50", "> 60", "> 60"]
    assert any("cut-offs differ (60, 180 s): all are read up to the shortest" in note for note in found.notes)


def test_what_is_odd_is_told() -> None:
    def notes(*trials: Latency) -> str:
        return "; ".join(compare_latencies(Latencies(trials)).notes)

    control = tuple(Latency(f"c{n}", "control", 5.0 + n) for n in range(3))
    drug = tuple(Latency(f"d{n}", "drug", 180.0) for n in range(3))
    assert "3 animals at the longest latency, 180 s, and no cut-off is stated" in notes(*control, *drug)
    zero = Latency("z", "control", 0.0)
    assert "a latency of 0 s: z" in notes(*control, zero, *drug)
    fell = Latency("f", "drug", 90.0, censored=True, cutoff_s=180.0)
    assert "no longer watched before 180 s: f" in notes(
        *control, *drug[:2], fell, Latency("e", "drug", 180.0, True, 180.0)
    )
    stayed = tuple(Latency(f"s{n}", "drug", 180.0, True, 180.0) for n in range(3))
    assert "no latency ended in drug" in notes(*control, *stayed)


def test_under_three_animals_there_is_no_p_value_and_no_interval() -> None:
    found = compare_latencies(latencies(control=[3.0, 5.0, 9.0], drug=[90.0, 180.0]))
    pair = found["drug"]
    assert all(math.isnan(number) for number in (pair.p, pair.p_asymptotic, pair.low_s, pair.high_s))
    assert math.isnan(found.groups[1].mean_low_s)
    assert math.isnan(found.groups[1].median_low_s)
    assert "no p-value" in str(found)


def test_all_that_stay_to_the_cut_off_differ_in_nothing() -> None:
    found = compare_latencies(latencies(control=[180.0] * 3, drug=[180.0] * 3))
    assert found["drug"].p == 1.0
    assert math.isnan(found["drug"].chi2)
    assert math.isnan(found["drug"].low_s)
    assert [group.median_text for group in found.groups] == ["> 180"] * 2, "three animals place no median beyond"
    assert any("in any group" in note and "p = 1 says nothing" in note for note in found.notes)
    assert not any("rests on the other's" in note for note in found.notes)


def test_a_median_interval_says_no_more_than_a_sign_test_where_nothing_ended() -> None:
    for n, told in ((5, "> 180"), (6, "> 180 (> 180 to > 180)")):
        least = stats.binomtest(n, n).pvalue  # two-sided: all of n beyond the true median
        assert (least <= 0.05) == ("(" in told)
        found = compare_latencies(latencies(control=[5.0, 6.0, 7.0], drug=[180.0] * n))
        assert found.groups[1].median_text == told


def test_latencies_that_are_all_the_same_have_a_median_and_no_interval() -> None:
    found = compare_latencies(latencies(control=[5.0] * 5, drug=[9.0] * 5))
    assert [group.median_text for group in found.groups] == ["5", "9"]
    assert found.groups[0].median_s == 5.0


def test_an_animal_with_more_trials_than_the_others_is_told() -> None:
    once = latencies(control=[5.0, 6.0, 7.0], drug=[20.0, 30.0, 40.0])
    twice = Latencies((*once.trials, Latency("drug1", "drug", 30.0, False, 180.0, trial=2)))
    assert any("more trials than others: drug1 (2, else 1)" in note for note in compare_latencies(twice).notes)
    assert not any("more trials" in note for note in compare_latencies(once).notes)


def test_latencies_that_cannot_be_are_refused() -> None:
    one = latencies(control=[3.0, 5.0, 9.0])
    with pytest.raises(ParameterError, match="two groups are needed"):
        compare_latencies(one)
    with pytest.raises(ParameterError, match="test must be log-rank or rank, got 't'"):
        compare_latencies(one, test="t")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="reference 'vehicle' is no group"):
        compare_latencies(latencies(a=[1.0], b=[2.0]), reference="vehicle")
    with pytest.raises(ParameterError, match="beyond the cut-off of 180 s"):
        Latency("r1", "g", 200.0, cutoff_s=180.0)
    with pytest.raises(ParameterError, match="latency_s must be 0 or more, got -1"):
        Latency("r1", "g", -1.0)
    with pytest.raises(ParameterError, match="'r1' is in the groups 'a' and 'b'"):
        Latencies((Latency("r1", "a", 1.0), Latency("r1", "b", 1.0, trial=2)))
    with pytest.raises(ParameterError, match="has trial 1 twice"):
        Latencies((Latency("r1", "a", 1.0), Latency("r1", "a", 2.0)))


def test_the_table_has_what_was_compared() -> None:
    found: LatencyComparison = compare_latencies(latencies(a=[5.0, 9.0, 12.0], b=[50.0, 180.0, 180.0]))
    assert [row[:3] for row in found.rows] == [("a", "3", "3"), ("b", "3", "1")]
    assert all(len(row) == len(found.columns) for row in found.rows)
    assert [found.at_risk("a", s) for s in (0.0, 9.0, 9.5, 100.0)] == [3, 2, 1, 0]
    assert found.as_rows()[1]["difference_mean_s"] == found["b"].mean_s
    first, second = found.as_rows()
    assert first.keys() == second.keys()
    assert (second["reference"], second["level"], second["median_text"]) == ("a", 0.95, "> 180 (50 to > 180)")
    assert second["notes"] == "; ".join(found.notes)
    assert found == compare_latencies(latencies(a=[5.0, 9.0, 12.0], b=[50.0, 180.0, 180.0]))

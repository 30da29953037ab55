"""Power is that of the animals: analytic where counting is exact, and never bought with cells alone."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from ephys.errors import ParameterError
from ephys.pharmacology import (
    ExperimentPlan,
    PlannedDesign,
    PlannedVariation,
    PopulationFit,
    fit_population,
    plan_experiment,
)
from ephys.pharmacology.planning.means import animal_means, differences
from ephys.pharmacology.planning.pilot import mean_square_spread
from ephys.pharmacology.planning.question import Question
from ephys.pharmacology.planning.simulated import Simulated

FloatArray = NDArray[np.float64]

DOSES = (12.5, 25.0, 50.0, 100.0, 200.0)
ANIMAL, CELL = math.log(1.4), math.log(1.3)
RATES = PlannedVariation(rate_sd_animal=1.4, rate_sd_cell=1.3, dispersion=0.0, rate_hz=20.0, fano=0.05)
CELLS = PlannedVariation(sd_animal=1.4, sd_cell=1.3, id50=50.0, hill=1.8, dispersion=0.0, rate_hz=20.0, fano=0.05)
EXACT = PlannedDesign(animals=(6,), cells_per_animal=(1,), doses=DOSES, baseline_s=600.0, exposure_s=600.0)
USUAL = PlannedVariation(sd_animal=1.35, sd_cell=1.2, id50=50.0, hill=1.8, dispersion=0.1, rate_hz=1.5, fano=0.1)


def sd_of_means(cells: int) -> float:
    """SD between the means of animals."""
    return math.sqrt(ANIMAL**2 + CELL**2 / cells)


def draws_of_variance(n: int, points: int = 300) -> FloatArray:
    """Equally likely values of a sample variance of n, relative to the true one."""
    return np.asarray(stats.chi2.ppf((np.arange(points) + 0.5) / points, n - 1) / (n - 1))


def welch_power(n: int, ratio: float, *, sd: float, level: float = 0.95, margin: float | None = None) -> float:
    """Power of Welch's test, or of its two one-sided ones, given both sample variances and averaged over them."""
    first, second = np.meshgrid(draws_of_variance(n), draws_of_variance(n))
    error, true_error = sd * np.sqrt((first + second) / n), sd * math.sqrt(2.0 / n)
    df = (n - 1) * (first + second) ** 2 / (first**2 + second**2)
    if margin is None:
        reach = stats.t.ppf(0.5 + 0.5 * level, df) * error
        centre = math.log(ratio)
        return float(
            (stats.norm.sf((reach - centre) / true_error) + stats.norm.cdf((-reach - centre) / true_error)).mean()
        )
    room = math.log(margin) - stats.t.ppf(level, df) * error
    ends = [stats.norm.cdf((sign * room - math.log(ratio)) / true_error) for sign in (1.0, -1.0)]
    return float(np.where(room > 0, ends[0] - ends[1], 0.0).mean())


def one_sample_power(n: int, ratio: float, *, sd: float, level: float = 0.95) -> float:
    """Power of the one-sample test, from the noncentral t."""
    reach, away = float(stats.t.ppf(0.5 + 0.5 * level, n - 1)), math.log(ratio) * math.sqrt(n) / sd
    return float(stats.nct.sf(reach, n - 1, away) + stats.nct.cdf(-reach, n - 1, away))


def within_chance(plan: ExperimentPlan, animals: int, cells: int, expected: float) -> None:
    """Check a power to 3.5 standard errors of the simulation."""
    found = plan.of(animals=animals, cells=cells).power.value
    assert abs(found - expected) < 3.5 * math.sqrt(expected * (1 - expected) / plan.runs), (animals, cells, expected)


def test_noncentral_t_is_the_large_sample_limit_of_the_exact_power() -> None:
    sd, n = sd_of_means(1), 30
    reach, away = float(stats.t.ppf(0.975, 2 * n - 2)), math.log(1.4) / (sd * math.sqrt(2 / n))
    student = stats.nct.sf(reach, 2 * n - 2, away) + stats.nct.cdf(-reach, 2 * n - 2, away)
    assert welch_power(n, 1.4, sd=sd) == pytest.approx(student, abs=3e-3)


def test_power_of_a_rate_is_analytic_where_counting_is_exact() -> None:
    design = PlannedDesign(animals=(4, 6, 8), cells_per_animal=(1, 2))
    plan = plan_experiment("rate", fold=1.8, variation=RATES, design=design, runs=4000)
    for animals, cells in design.sizes:
        within_chance(plan, animals, cells, welch_power(animals, 1.8, sd=sd_of_means(cells)))


def test_power_of_one_group_is_that_of_the_noncentral_t() -> None:
    design = PlannedDesign(animals=(4, 8), cells_per_animal=(1, 3), n_groups=1)
    plan = plan_experiment("rate", fold=1.6, variation=RATES, design=design, runs=4000)
    for animals, cells in design.sizes:
        within_chance(plan, animals, cells, one_sample_power(animals, 1.6, sd=sd_of_means(cells)))
    assert plan.of(animals=8, cells=3).total_cells == 24


def test_power_of_a_shift_is_analytic_where_counting_is_exact() -> None:
    plan = plan_experiment(fold=1.8, variation=CELLS, design=EXACT, runs=300)
    within_chance(plan, 6, 1, welch_power(6, 1.8, sd=sd_of_means(1)))


def test_power_of_an_equivalence_is_analytic_where_counting_is_exact() -> None:
    design = replace(EXACT, cells_per_animal=(2,))
    plan = plan_experiment("equivalence", margin=1.9, variation=CELLS, design=design, runs=300)
    within_chance(plan, 6, 2, welch_power(6, 1.0, sd=sd_of_means(2), margin=1.9))
    assert plan.of(animals=6, cells=2).false_positives.low < 0.05


def test_where_there_is_nothing_to_find_one_experiment_in_twenty_finds_it() -> None:
    design = PlannedDesign(animals=(6, 12), cells_per_animal=(1, 3))
    plan = plan_experiment("rate", fold=1.5, variation=RATES, design=design, runs=2000)
    for row in plan.table:
        assert row.false_positives.low < 0.05
        assert 0.03 < row.false_positives.value < 0.065


def test_more_cells_cannot_replace_animals() -> None:
    design = PlannedDesign(animals=(4, 8), cells_per_animal=(1, 20))
    plan = plan_experiment("rate", fold=1.8, variation=RATES, design=design, runs=1000)
    many_cells, more_animals = plan.of(animals=4, cells=20), plan.of(animals=8, cells=1)
    assert many_cells.total_cells == 10 * more_animals.total_cells
    assert many_cells.power.high < more_animals.power.low
    endless = welch_power(4, 1.8, sd=ANIMAL)
    assert many_cells.power.value < endless + 0.03


def test_counting_noise_costs_power() -> None:
    design = PlannedDesign(animals=(8,), cells_per_animal=(1,), baseline_s=60.0)
    quiet = replace(RATES, rate_hz=0.2, fano=1.0, dispersion=0.2)
    clear, noisy = (
        plan_experiment("rate", fold=1.8, variation=one, design=design, runs=1000) for one in (RATES, quiet)
    )
    assert noisy.of(animals=8, cells=1).power.high < clear.of(animals=8, cells=1).power.low


def test_answer_of_a_design_does_not_depend_on_the_others_and_one_seed_gives_one_answer() -> None:
    alone = plan_experiment(
        "rate", fold=1.8, variation=RATES, design=PlannedDesign(animals=(6,), cells_per_animal=(2,))
    )
    among = plan_experiment("rate", fold=1.8, variation=RATES, design=PlannedDesign(animals=(4, 6, 9)))
    assert alone.of(animals=6, cells=2) == among.of(animals=6, cells=2)
    assert (
        plan_experiment("rate", fold=1.8, variation=RATES).table
        == plan_experiment("rate", fold=1.8, variation=RATES).table
    )
    other = plan_experiment("rate", fold=1.8, variation=RATES, design=alone.design, seed=1)
    assert other.of(animals=6, cells=2) != alone.of(animals=6, cells=2)


def test_cells_that_differ_in_slope_cost_power_that_a_common_slope_does_not_know() -> None:
    design = PlannedDesign(animals=(6,), cells_per_animal=(1,), doses=DOSES)
    alike, apart = (
        plan_experiment(fold=2.0, variation=replace(USUAL, sd_cell=1.22, dispersion=0.12, hill_spread=spread),
                        design=design, runs=300)
        for spread in (1.0, 1.5)
    )  # fmt: skip
    assert apart.table[0].power.high < alike.table[0].power.low
    assert apart.table[0].false_positives.low < 0.05
    assert "all cells share the slope; a spread of ×/÷ 1.2 between cells costs 5 to 10 points" in str(alike)
    assert "all cells share the slope" not in str(apart)
    assert "Hill 1.8 (cells ×/÷ 1.5)" in str(apart)


def test_slopes_of_cells_scatter_as_stated_and_change_nothing_else() -> None:
    design = PlannedDesign(animals=(4,), cells_per_animal=(1,), doses=DOSES, exposure_s=1e6, stop_below=0.0)
    alike, apart = (
        Simulated("shift", replace(CELLS, sd_animal=1.0, sd_cell=1.0, hill_spread=spread), design, runs=400, seed=1)
        .counts(treated=False, fold=1.0, animals=4, cells=1)
        for spread in (1.0, 1.3)
    )  # fmt: skip
    assert (alike[..., 0] == apart[..., 0]).all()  # the baselines
    left = apart[..., 4] / 1e6 / 20.0
    ln_hill = np.log(np.log(1.0 / left - 1.0) / math.log(100.0 / 50.0))
    assert ln_hill.mean() == pytest.approx(math.log(1.8), abs=0.03)
    assert ln_hill.std() == pytest.approx(math.log(1.3), rel=0.05)


def test_designs_that_mislead_are_passed_over() -> None:
    """ID50s of both groups far above the doses look alike, whatever they are."""
    design = PlannedDesign(animals=(6,), cells_per_animal=(1,), doses=DOSES)
    plan = plan_experiment(
        "equivalence", margin=2.5, variation=replace(USUAL, id50=750.0), design=design, power=0.3, runs=100
    )
    (row,) = plan.table
    assert row.false_positives.low > 0.05
    assert row.power.value > 0.3
    assert plan.fewest == {1: None}
    assert f"; where they differ 2.5-fold, in {row.false_positives}, more than 5 %" in str(plan)
    assert "6 animals a group with 1 cell each mislead" in str(plan)


@pytest.mark.parametrize("id50", [2500.0, 850.0, 2.6, 1.0])
def test_an_equivalence_beyond_the_doses_is_refused(id50: float) -> None:
    design = PlannedDesign(animals=(4,), cells_per_animal=(1,), doses=DOSES)
    with pytest.raises(ParameterError, match=r"10-fold or more outside the doses, 12\.5 to 200: cells are taken at"):
        plan_experiment("equivalence", margin=2.5, variation=replace(USUAL, id50=id50), design=design)


def test_false_positives_of_an_equivalence_are_those_of_the_worse_end_of_the_margin() -> None:
    question = Question.asked("equivalence", None, 2.5, 0.95)
    design = PlannedDesign(animals=(6,), cells_per_animal=(1,), doses=DOSES)
    known = replace(USUAL, id50=12.0)  # a group the margin below lies under the lowest dose
    plan = plan_experiment("equivalence", margin=2.5, variation=known, design=design, runs=100)
    simulated = Simulated("equivalence", known, design, runs=100, seed=0)
    control = animal_means(simulated.ln_values(simulated.counts(treated=False, fold=1.0, animals=6, cells=1)))
    ends = [
        question.answered(differences(
            animal_means(simulated.ln_values(simulated.counts(treated=True, fold=fold, animals=6, cells=1))), control
        )).mean()
        for fold in (2.5, 0.4)
    ]  # fmt: skip
    assert plan.table[0].false_positives.value == max(ends)


def test_what_is_not_enough_says_its_false_positives_too() -> None:
    few = plan_experiment("rate", fold=1.1, variation=RATES, design=PlannedDesign(animals=(4,), cells_per_animal=(1,)))
    assert f"of experiments; where there is none, in {few.table[0].false_positives}" in str(few)


def test_stopping_at_silence_and_cells_above_the_doses_still_give_an_answer() -> None:
    design = PlannedDesign(animals=(4,), cells_per_animal=(1,), doses=DOSES)
    plan = plan_experiment(fold=8.0, variation=USUAL, design=design, runs=60)
    assert plan.of(animals=4, cells=1).power.value > 0.95
    assert "the treated ID50, 400, lies above the top dose" in str(plan)


def test_fewest_animals_are_those_from_which_on_the_power_is_reached() -> None:
    plan = plan_experiment("rate", fold=1.8, variation=RATES, design=PlannedDesign(animals=(4, 8, 10, 12)), runs=1000)
    expected = {
        cells: next(n for n in (4, 8, 10, 12) if welch_power(n, 1.8, sd=sd_of_means(cells)) > 0.8)
        for cells in (1, 2, 3)
    }
    assert {cells: row.animals for cells, row in plan.fewest.items() if row} == expected
    few = plan_experiment("rate", fold=1.1, variation=RATES, design=PlannedDesign(animals=(4,), cells_per_animal=(1,)))
    assert few.fewest == {1: None}
    assert "are not enough: they find a 1.1-fold change of the rate in" in str(few)


def test_plan_reads_like_a_sentence() -> None:
    plan = plan_experiment("rate", fold=2.0, variation=RATES, design=PlannedDesign(animals=(8,), cells_per_animal=(2,)))
    row = plan.of(animals=8, cells=2)
    percent = f"{100 * row.power.value:.0f} % ({100 * row.power.low:.0f} to {100 * row.power.high:.0f})"
    assert str(plan).startswith(
        f"8 animals a group with 2 cells each (16 animals, 32 cells) find a 2-fold change of the rate in {percent} of "
        f"experiments; where there is none, in "
    )
    assert "between animals ×/÷ 1.4, cells ×/÷ 1.3; 20 Hz; stated" in str(plan)
    (entry,) = plan.as_rows()
    assert entry["animals"] == 16
    assert entry["power"] == row.power.value
    assert entry["power_at_upper"] is None


def test_welch_on_tables_is_scipys() -> None:
    random = np.random.default_rng(3)
    first, second = random.normal(0.8, 1.0, (50, 5)), random.normal(0.0, 2.0, (50, 7))
    found = differences(first, second)
    known = stats.ttest_ind(first, second, axis=1, equal_var=False)
    assert found.df == pytest.approx(known.df)
    assert found.value / found.error == pytest.approx(known.statistic)
    assert (found.found(0.95) == (known.pvalue < 0.05)).all()


def test_animal_without_a_usable_cell_is_no_animal() -> None:
    cells = np.array([[[1.0, 3.0], [np.nan, 4.0], [np.nan, np.nan]]])
    means = animal_means(cells)
    assert means[0, :2].tolist() == [2.0, 4.0]
    assert differences(means, 0.0).df.tolist() == [1.0]


def test_equivalence_is_two_one_sided_tests() -> None:
    random = np.random.default_rng(5)
    values, margin = random.normal(0.1, 0.4, (200, 8)), 1.5
    sides = [
        stats.ttest_1samp(values, sign * math.log(margin), axis=1, alternative=side).pvalue
        for sign, side in ((1.0, "less"), (-1.0, "greater"))
    ]
    question = Question.asked("equivalence", None, margin, 0.95)
    assert (question.answered(differences(values, 0.0)) == (np.maximum(*sides) < 0.05)).all()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"aim": "power"}, "aim must be one of"),
        ({"fold": None}, "state fold"),
        ({"fold": 1.0}, "state fold"),
        ({"margin": 2.0}, "margin belongs to an equivalence"),
        ({"aim": "equivalence"}, "an equivalence needs margin"),
        ({"aim": "equivalence", "fold": 2.0, "margin": 1.5}, "not within the margin"),
        ({"variation": None}, "state one of pilot"),
        ({"power": 80}, "power must be"),
        ({"runs": 5}, "runs must be"),
        ({"seed": -1}, "seed must be"),
        ({"runs": 50.5}, "runs must be a whole number, got 50.5"),
        ({"seed": 1.5}, "seed must be a whole number, got 1.5"),
        ({"level": 95}, "level must be"),
        ({"design": PlannedDesign()}, "at least two doses"),
        ({"variation": replace(USUAL, rate_hz=0.01)}, r"has 1\.8 spikes"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_refused(asked: dict[str, object], says: str) -> None:
    known = {"fold": 2.0, "variation": USUAL, "design": PlannedDesign(doses=DOSES)}
    with pytest.raises(ParameterError, match=says):
        plan_experiment(**(known | asked))  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("name", ["sd_cell", "id50", "hill", "dispersion", "rate_hz", "fano", "sd_animal"])
def test_what_is_not_stated_is_asked_for_and_never_assumed(name: str) -> None:
    with pytest.raises(ParameterError, match=f"never assumed: {name}"):
        plan_experiment(fold=2.0, variation=replace(USUAL, **{name: math.nan}), design=PlannedDesign(doses=DOSES))  # type: ignore[arg-type]  # one float


def test_rate_needs_spreads_of_the_rate() -> None:
    with pytest.raises(ParameterError, match=r"rate_sd_animal.*rate_sd_cell"):
        plan_experiment("rate", fold=2.0, variation=USUAL)


@pytest.mark.parametrize(
    "stated",
    [
        {"sd_animal": 0.3},
        {"sd_cell": math.inf},
        {"hill": 0.0},
        {"dispersion": -0.1},
        {"emax_percent": 120.0},
        {"hill_spread": 0.2},
        {"hill_spread": math.nan},
    ],
)
def test_variation_that_cannot_be_is_refused(stated: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match=next(iter(stated))):
        PlannedVariation(**stated)  # type: ignore[arg-type]  # floats


@pytest.mark.parametrize(
    "stated",
    [{"animals": (2, 4)}, {"animals": ()}, {"cells_per_animal": (0,)}, {"doses": (50.0, 25.0)}, {"baseline_s": 0.0},
     {"stop_below": 1.0}, {"n_groups": 3}, {"animals": 6}, {"animals": (math.nan,)}, {"animals": ("six",)},
     {"cells_per_animal": "2"}],
)  # fmt: skip
def test_design_that_cannot_be_is_refused(stated: dict[str, object]) -> None:
    with pytest.raises(ParameterError, match=next(iter(stated))):
        PlannedDesign(**stated)  # type: ignore[arg-type]  # wrong on purpose


def test_mean_squares_give_back_the_sds_that_made_them() -> None:
    random, animals, each = np.random.default_rng(2), 400, 4
    animal = np.repeat(np.arange(animals), each)
    values = 0.4 * random.standard_normal(animals)[animal] + 0.3 * random.standard_normal(animal.size)
    group = animal % 2
    spread = mean_square_spread(values + group, animal, group, noise=0.05, level=0.95)
    assert spread.animal == pytest.approx(0.4, rel=0.08)
    assert spread.cell == pytest.approx(math.sqrt(0.3**2 - 0.05), rel=0.08)
    assert spread.animal < spread.high < 1.15 * spread.animal


def pilot_table(cells: int, fold: float = 1.0) -> list[dict[str, object]]:
    """Counts of a small pilot; ID50s invented."""
    random = np.random.default_rng(11)
    rows: list[dict[str, object]] = []
    for animal in range(6):
        between = math.log(1.4) * random.standard_normal()
        for cell in range(cells):
            id50 = 50.0 * math.exp(between + math.log(1.2) * random.standard_normal()) * (fold if animal > 2 else 1.0)
            rate_hz = 1.5 * math.exp(0.3 * random.standard_normal())
            for dose, exposure_s in ((0.0, 120.0), *((dose, 45.0) for dose in DOSES)):
                mean = rate_hz * exposure_s / (1.0 + (dose / id50) ** 1.8)
                rows.append({
                    "animal": f"rat {animal}", "unit": str(cell), "group": "treated" if animal > 2 else "control",
                    "dose": dose, "dose_unit": "ug/kg", "count": int(random.poisson(mean)), "exposure_s": exposure_s,
                    "fano": 1.0,
                })  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def pilot() -> PopulationFit:
    """Six animals of two cells."""
    return fit_population(pilot_table(2), reference="control")


def test_pilot_says_how_cells_vary_and_at_worst(pilot: PopulationFit) -> None:
    known = PlannedVariation.from_pilot(pilot)
    assert (known.sd_animal, known.sd_cell) == pytest.approx((pilot.sd_animal, pilot.sd_cell))
    assert known.id50 == pytest.approx(pilot.id50["control"].value)
    assert known.source == "pilot of 6 animals, 12 cells, how cells of one differ known from 6 second cells only"
    assert known.upper is not None
    assert known.upper.sd_animal > 1.3 * known.sd_animal
    assert known.upper.sd_cell == known.sd_cell
    assert 1.0 < known.rate_hz < 2.2


def test_pilots_doses_windows_and_uncertainty_go_into_the_plan(pilot: PopulationFit) -> None:
    design = replace(PlannedDesign.from_pilot(pilot), animals=(6,), cells_per_animal=(1,))
    plan = plan_experiment(fold=2.0, pilot=pilot, design=design, runs=60)
    assert (plan.design.doses, plan.design.dose_unit) == (DOSES, "ug/kg")
    assert (plan.design.baseline_s, plan.design.exposure_s) == (120.0, 45.0)
    row = plan.of(animals=6, cells=1)
    assert row.power_at_upper is not None
    assert row.power_at_upper.value < row.power.value
    assert plan.fewest_at_upper == {1: None}
    assert row.false_positives_at_upper is not None
    assert row.false_positives_at_upper.value < 0.5 * row.power_at_upper.value
    assert str(plan).startswith("80 % power takes more than 6 animals with 1 cell each where animals differ as much as")
    assert "upper end of the 95 % interval of the SD, pilot of 6 animals, 12 cells" in str(plan)


def test_doses_of_a_plan_are_in_the_unit_of_the_pilots_id50(pilot: PopulationFit) -> None:
    design = PlannedDesign(animals=(4,), cells_per_animal=(1,), doses=DOSES)
    with pytest.raises(ParameterError, match=r"doses are in 'nmol/kg', and the pilot's ID50 in 'ug/kg'"):
        plan_experiment(fold=2.0, pilot=pilot, design=replace(design, dose_unit="nmol/kg"), runs=20)
    for unit in ("", "µg/kg"):
        assert replace(design, dose_unit=unit).for_aim("shift", pilot).dose_unit == "ug/kg"


def test_one_cell_of_each_animal_cannot_say_what_more_would_do() -> None:
    single = fit_population(pilot_table(1), reference="control")
    assert PlannedDesign.from_pilot(single).cells_per_animal == (1,)
    with pytest.raises(ParameterError, match="sd_animal"):
        plan_experiment(fold=2.0, pilot=single, design=PlannedDesign(cells_per_animal=(1, 2)))
    plan = plan_experiment("rate", fold=2.0, pilot=single)
    assert "between animals, one cell of each" in str(plan)


def test_pilot_of_responses_or_of_pairs_is_refused(pilot: PopulationFit) -> None:
    pairs = replace(pilot, model=replace(pilot.model, paired=True))
    responses = replace(pilot, model=replace(pilot.model, family="gaussian"))
    for fit, says in ((pairs, "pairs conditions"), (responses, "responses, not counts")):
        with pytest.raises(ParameterError, match=says):
            PlannedVariation.from_pilot(fit)


def test_one_likelihood_and_animal_means_agree_on_the_same_experiments() -> None:
    design = PlannedDesign(animals=(4,), cells_per_animal=(1,), doses=DOSES)
    plan = plan_experiment(fold=3.0, variation=USUAL, design=design, runs=20)
    check = plan.one_stage(animals=4, cells=1, runs=4)
    assert check.agree >= 0.75
    assert "one likelihood" in str(check)
    with pytest.raises(ParameterError, match="was not planned"):
        plan.one_stage(animals=5, cells=1)
    with pytest.raises(ParameterError, match=r"runs must be a whole number, got 3\.5"):
        plan.one_stage(animals=4, cells=1, runs=3.5)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(ParameterError, match="runs must be 1 to 20"):
        plan.one_stage(animals=4, cells=1, runs=21)


def test_an_experiment_is_analysed_as_the_population_fits_own_two_stages() -> None:
    design = PlannedDesign(animals=(4,), cells_per_animal=(2,), doses=DOSES)
    simulated = Simulated("shift", USUAL, design, runs=3, seed=4)
    counts = [simulated.counts(treated=treated, fold=1.0 + treated, animals=4, cells=2) for treated in (True, False)]
    ours = differences(*(animal_means(simulated.ln_values(group)) for group in counts))
    rows = [
        {"animal": f"{name} {animal}", "unit": str(cell), "group": name, "dose": dose, "count": count,
         "exposure_s": exposure_s, "fano": USUAL.fano}
        for name, group in zip(("treated", "control"), counts, strict=True)
        for animal in range(4) for cell in range(2)
        for dose, count, exposure_s in zip((0.0, *DOSES), group[1, animal, cell], simulated.exposure_s, strict=True)
        if np.isfinite(count)
    ]  # fmt: skip
    fixed = {"hill": USUAL.hill, "dispersion": USUAL.dispersion, "emax_percent": 100.0}
    known = fit_population(rows, reference="control", fixed=fixed).two_stage["treated"]
    assert math.exp(ours.value[1]) == pytest.approx(known.value, rel=0.01)
    assert ours.df[1] == pytest.approx(known.df, rel=0.02)
    assert 2.0 * stats.t.sf(abs(ours.value[1]) / ours.error[1], ours.df[1]) == pytest.approx(known.p, rel=0.1)


def test_rates_have_no_one_stage_check() -> None:
    plan = plan_experiment("rate", fold=2.0, variation=RATES, design=PlannedDesign(animals=(4,), cells_per_animal=(1,)))
    with pytest.raises(ParameterError, match="compares the ID50s of two groups"):
        plan.one_stage(animals=4, cells=1)


def test_design_is_named_if_it_was_not_planned() -> None:
    plan = plan_experiment("rate", fold=2.0, variation=RATES, design=PlannedDesign(animals=(4,), cells_per_animal=(1,)))
    with pytest.raises(ParameterError, match="animals=7, cells=1 was not planned"):
        plan.of(animals=7, cells=1)

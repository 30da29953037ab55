import math

import numpy as np
import pytest
from scipy import stats

from ephys.pharmacology import fit_curve
from ephys.pharmacology.cell_solving import EVIDENCE
from ephys.pharmacology.counts.draw import draw_counts
from ephys.pharmacology.counts.emax import climb_emax
from ephys.pharmacology.counts.model import CellCounts, HillModel, Values
from ephys.pharmacology.counts.profile import ends_on_grid
from ephys.pharmacology.counts.solve import HillFits, solve

DOSES = np.array([0.0, 12.5, 25.0, 50.0, 100.0, 200.0, 400.0])
SECONDS = np.array([180.0, *[60.0] * 6])


def cells(counts: np.ndarray, *, steady: float = 1.0, false_hz: float = 0.0, share: float = 1.0) -> CellCounts:
    """Cells with a count per dose."""
    counts = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    n = len(counts)
    minutes = np.array([0.0, 2.5, 4.0, 5.5, 7.0, 8.5, 10.0])
    table = [np.tile(row, (n, 1)) for row in (DOSES, SECONDS * share, SECONDS * false_hz, minutes)]
    return CellCounts(table[0], counts, table[1], table[2], table[3], np.full(n, steady))


def expected(*, rate: float = 1.6, id50: float = 50.0, hill: float = 1.8, emax: float = 1.0) -> np.ndarray:
    """Expected count at each dose, the ID50 being the relative one."""
    ratio = (DOSES / id50) ** hill
    return rate * SECONDS * (1.0 - emax * ratio / (1.0 + ratio))


def solved(counts: CellCounts, model: HillModel, **options: object) -> HillFits:
    settings: dict[str, object] = {"emax": np.ones(counts.n_cells), "level": 0.95, "replicates": 99, "seed": 0}
    return solve(counts, model, **{**settings, **options})  # type: ignore[arg-type]


WEAK = HillModel(0.1, math.log(1.5), 0.5)


@pytest.mark.parametrize("seed", range(4))
def test_without_a_prior_it_is_the_negative_binomial_fit_of_the_curve_engine(seed: int) -> None:
    tau = 0.15
    counts = draw_counts(expected(), 1.0, tau, np.random.default_rng(seed))
    ours = solved(cells(counts), HillModel(tau))
    theirs = fit_curve(DOSES, counts, model="LL.3", family="negbin", exposure=SECONDS, fixed={"dispersion": tau**2})
    assert math.exp(ours.id50[0][0]) == pytest.approx(theirs.estimate["e"], rel=1e-4)
    assert math.exp(ours.best["ln_hill"][0]) == pytest.approx(theirs.estimate["b"], rel=1e-4)
    assert math.exp(ours.best["ln_rate"][0]) == pytest.approx(theirs.estimate["d"], rel=1e-4)
    low, high = theirs.interval("e")
    assert math.exp(ours.id50[1][0]) == pytest.approx(low, rel=3e-3)
    assert math.exp(ours.id50[2][0]) == pytest.approx(high, rel=3e-3)


def test_a_free_largest_effect_is_the_lower_limit_of_the_curve_engine() -> None:
    tau = 0.1
    counts = draw_counts(expected(emax=0.75), 1.0, tau, np.random.default_rng(4))
    ours = solved(cells(counts), HillModel(tau), free_emax=True)
    theirs = fit_curve(DOSES, counts, model="LL.4", family="negbin", exposure=SECONDS, fixed={"dispersion": tau**2})
    assert math.exp(ours.ed50[0][0]) == pytest.approx(theirs.estimate["e"], rel=1e-3)
    assert ours.emax[0][0] == pytest.approx(1.0 - theirs.estimate["c"] / theirs.estimate["d"], abs=1e-3)
    low, high = theirs.interval("e")
    assert math.exp(ours.ed50[1][0]) == pytest.approx(low, rel=0.01)
    assert math.exp(ours.ed50[2][0]) == pytest.approx(high, rel=0.01)
    assert math.exp(ours.id50[0][0]) == pytest.approx(theirs.ed(50, kind="absolute").estimate, rel=1e-3)


@pytest.mark.parametrize("relative", [True, False])
def test_derivatives_of_the_curve_are_those_of_differences(relative: bool) -> None:
    model = HillModel(0.1, relative=relative)
    at = {"ln_id50": 4.0, "ln_hill": 0.4, "emax": 0.8, "ln_rate": 0.5, "drift": -0.03}
    values: Values = {name: np.array([value]) for name, value in at.items()}
    counts = cells(expected())
    by = model.expected(counts, values)[1]
    for name, value in at.items():
        up, down = (model.expected(counts, values | {name: np.array([value + step])})[0] for step in (1e-6, -1e-6))
        assert by[name][0] == pytest.approx((up - down)[0] / 2e-6, rel=1e-5, abs=1e-6)


def test_the_absolute_dose_halves_the_rate_and_the_relative_one_halves_the_effect() -> None:
    relative, absolute = HillModel(0.1, relative=True), HillModel(0.1)
    base = {"ln_hill": np.array([0.5]), "emax": np.array([0.8])}
    dose = np.array([[60.0]])
    assert absolute.share(dose, base | {"ln_id50": np.log([60.0])})[0][0, 0] == pytest.approx(0.5)
    assert relative.share(dose, base | {"ln_id50": np.log([60.0])})[0][0, 0] == pytest.approx(0.6)


def test_a_plateau_above_half_of_the_rate_has_no_absolute_id50() -> None:
    fits = solved(cells(expected(emax=0.35), steady=0.1), WEAK, free_emax=True)
    assert np.isnan(fits.id50[0][0])
    assert fits.id50[2][0] == np.inf
    assert fits.emax[0][0] == pytest.approx(0.35, abs=0.05)
    assert fits.emax[1][0] < 0.35 < fits.emax[2][0] < 1.0


def test_false_spikes_and_hidden_ones_are_reckoned_with() -> None:
    mean = 0.6 * expected() + 0.3 * SECONDS
    informed = solved(cells(mean, steady=0.1, false_hz=0.3, share=0.6), WEAK)
    assert math.exp(informed.id50[0][0]) == pytest.approx(50.0, rel=0.03)
    assert math.exp(informed.best["ln_rate"][0]) == pytest.approx(1.6, rel=0.02)
    naive = solved(cells(mean, steady=0.1), WEAK)
    assert math.exp(naive.id50[0][0]) > 70.0


def test_a_drift_that_vehicle_and_recovery_show_is_taken_off() -> None:
    counts = cells(expected(), steady=0.05)
    # The last window is the recovery, free of drug.
    dose = counts.dose.copy()
    dose[0, -1] = 0.0
    minutes = np.where(np.arange(7) == 6, 20.0, counts.minutes)
    drifted = 1.6 * SECONDS / (1.0 + (dose[0] / 50.0) ** 1.8) * np.exp(-0.03 * minutes[0])
    table = CellCounts(dose, drifted[np.newaxis], counts.exposure_s, counts.false_count, minutes, counts.steady)
    free = solved(table, WEAK, drift=True)
    assert free.drift[0][0] == pytest.approx(-0.03, abs=0.003)
    assert free.drift[1][0] < -0.03 < free.drift[2][0]
    assert math.exp(free.id50[0][0]) == pytest.approx(50.0, rel=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(("free_emax", "n"), [(False, 200), (True, 50)])
def test_the_chance_of_no_effect_is_even_where_there_is_none(free_emax: bool, n: int) -> None:
    random = np.random.default_rng(8)
    mean = np.tile(1.6 * SECONDS, (n, 1))
    counts = cells(draw_counts(mean, 0.3, 0.1, random), steady=0.3)
    chance = solved(counts, WEAK, replicates=199, free_emax=free_emax).chance
    error = 2.6 * math.sqrt(0.05 * 0.95 / n)
    assert abs(float(np.mean(chance <= 0.05)) - 0.05) <= error
    assert abs(float(np.mean(chance <= 0.2)) - 0.2) <= 2.6 * math.sqrt(0.16 / n)


def test_the_interval_of_a_drift_is_that_of_the_curvature() -> None:
    counts = cells(expected(), steady=0.3)
    dose = counts.dose.copy()
    dose[0, -1] = 0.0
    mean = 1.6 * SECONDS / (1.0 + (dose[0] / 50.0) ** 1.8)
    table = CellCounts(dose, mean[np.newaxis], counts.exposure_s, counts.false_count, counts.minutes, counts.steady)
    fits = solved(table, WEAK, drift=True)
    names = ("drift", "ln_id50", "ln_rate", "ln_hill")
    relative = HillModel(0.1, WEAK.ln_hill_mean, WEAK.ln_hill_sd, relative=True)
    at = np.array([fits.best[name][0] for name in names])

    def height(point: np.ndarray) -> float:
        values = fits.best | {name: np.array([value]) for name, value in zip(names, point, strict=True)}
        likelihood = relative.log_likelihood(table, relative.expected(table, values)[0])
        return float((likelihood + relative.log_prior(values))[0])

    step, basis = 1e-3, np.eye(4)
    hessian = np.array([
        [
            (height(at + step * (a + b)) - height(at + step * (a - b)) - height(at - step * (a - b))
             + height(at - step * (a + b))) / (4 * step**2)
            for b in basis
        ]
        for a in basis
    ])  # fmt: skip
    error = 1.96 * math.sqrt(np.linalg.inv(-hessian)[0, 0])
    assert fits.drift[2][0] - fits.drift[0][0] == pytest.approx(error, rel=0.05)


def test_a_full_effect_is_seldom_said_to_be_a_smaller_one() -> None:
    """With the evidence that frees it: about 1 of 100 by chance."""
    random = np.random.default_rng(3)
    table = cells(draw_counts(np.tile(expected(), (300, 1)), 0.3, 0.1, random), steady=0.3)
    fixed = solved(table, WEAK)
    gain = 2.0 * (climb_emax(table, WEAK, ())[1] - fixed.top)
    assert np.mean(gain > EVIDENCE) <= 0.03
    assert np.mean(gain > 0.1) > 0.1
    assert stats.chi2.sf(EVIDENCE, 1) / 2 == pytest.approx(0.01, rel=0.02)


def test_every_cell_of_many_gets_what_it_gets_alone() -> None:
    random = np.random.default_rng(5)
    table = cells(np.array([draw_counts(expected(id50=d), 0.2, 0.1, random) for d in (20.0, 60.0, 300.0)]), steady=0.2)
    together = solved(table, WEAK)
    for row in range(3):
        alone = solved(table.take(np.array([row])), WEAK)
        for ours, theirs in zip(alone.id50, together.id50, strict=True):
            assert ours[0] == pytest.approx(theirs[row], abs=1e-6)


def test_an_end_that_the_profile_never_reaches_is_open() -> None:
    grid = np.linspace(-3.0, 3.0, 61)[np.newaxis]
    height = -0.5 * np.minimum(grid, 0.4) ** 2
    low, high = ends_on_grid(grid, height, centre=np.zeros(1), top=np.zeros(1), drop=0.5 * 1.0)
    assert low[0] == pytest.approx(-1.0, abs=1e-9)
    assert high[0] == np.inf


def test_the_outermost_crossing_ends_the_interval() -> None:
    grid = np.linspace(-4.0, 4.0, 801)[np.newaxis]
    height = np.maximum(-2.0 * grid**2, -2.0 * (grid - 2.0) ** 2 - 0.2)
    _, high = ends_on_grid(grid, height, centre=np.zeros(1), top=np.zeros(1), drop=0.5)
    assert high[0] == pytest.approx(2.0 + math.sqrt(0.15), abs=1e-3)


def test_a_spike_where_a_steep_curve_leaves_nothing_is_no_trouble() -> None:
    """The rate there is 0 to the last digit; its likelihood is very small, and still a number to climb from."""
    counts = cells(np.array([288.0, 96.0, 95.0, 1.0, 0.0, 0.0, 1.0]), steady=0.1)
    at = {"ln_rate": 0.47, "ln_id50": math.log(0.3), "ln_hill": 3.0, "emax": 1.0, "drift": 0.0}
    values: Values = {name: np.array([value]) for name, value in at.items()}
    with np.errstate(all="raise", under="ignore"):
        height = WEAK.log_likelihood(counts, WEAK.expected(counts, values)[0])
    assert np.isfinite(height).all()
    assert height[0] < WEAK.log_likelihood(counts, WEAK.expected(counts, values | {"ln_id50": np.log([50.0])})[0])[0]

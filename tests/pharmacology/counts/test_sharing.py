import math

import numpy as np
import pytest

from ephys.pharmacology.counts.draw import draw_counts
from ephys.pharmacology.counts.model import CellCounts, HillModel
from ephys.pharmacology.counts.sharing import share_estimates

DOSES = np.array([0.0, 12.5, 25.0, 50.0, 100.0, 200.0])
SECONDS = np.array([180.0, *[60.0] * 5])
START = HillModel(0.1, math.log(1.5), 0.5)


def data_set(
    n: int, *, tau: float, steady: float, hill: float = 1.8, hill_sd: float = 0.0, seed: int = 0
) -> CellCounts:
    """Cells whose ID50s and slopes differ."""
    random = np.random.default_rng(seed)
    id50 = 50.0 * np.exp(0.3 * random.standard_normal((n, 1)))
    slope = hill * np.exp(hill_sd * random.standard_normal((n, 1)))
    mean = 1.6 * SECONDS / (1.0 + (DOSES / id50) ** slope)
    rows = [np.tile(row, (n, 1)) for row in (DOSES, SECONDS, 0.0 * SECONDS, 0.0 * SECONDS)]
    counts = draw_counts(mean, steady, tau, random)
    return CellCounts(rows[0], counts, rows[1], rows[2], rows[3], np.full(n, steady))


@pytest.mark.parametrize("tau", [0.0, 0.1, 0.2])
@pytest.mark.parametrize("steady", [0.09, 1.0])
def test_the_wander_of_a_data_set_is_found(tau: float, steady: float) -> None:
    found = [
        share_estimates(data_set(25, tau=tau, steady=steady, seed=seed), START, emax=np.ones(25))[0].dispersion
        for seed in range(3)
    ]
    assert np.mean(found) == pytest.approx(tau, abs=0.03)


def test_the_slopes_of_a_data_set_make_the_prior() -> None:
    alike, levels_off = share_estimates(data_set(40, tau=0.05, steady=0.1, hill=2.5), START, emax=np.ones(40))
    assert not levels_off
    assert math.exp(alike.ln_hill_mean) == pytest.approx(2.5, rel=0.05)
    assert alike.ln_hill_sd < 0.15
    unlike, _ = share_estimates(data_set(40, tau=0.05, steady=0.1, hill_sd=0.5), START, emax=np.ones(40))
    assert unlike.ln_hill_sd == pytest.approx(0.5, abs=0.15)


def test_few_cells_leave_the_prior_weaker_than_many_do() -> None:
    few, many = (share_estimates(data_set(n, tau=0.1, steady=0.3), START, emax=np.ones(n))[0] for n in (5, 60))
    assert few.ln_hill_sd > many.ln_hill_sd

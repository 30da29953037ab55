"""The distribution of cells' ID50s: a cell with only a bound is neither dropped nor given a value."""

import math

import numpy as np
import pytest
from scipy import optimize

from ephys.errors import ParameterError
from ephys.pharmacology import fit_population, id50_distribution
from ephys.pharmacology.population.id50_distribution import turnbull

DOSES = (0.0, 25.0, 50.0, 100.0, 200.0)


def rows(animal: str, id50: float, doses: tuple[float, ...] = DOSES, group: str = "control") -> list[dict[str, object]]:
    return [
        {"animal": animal, "unit": "1", "group": group, "dose": dose, "exposure_s": 60.0,
         "count": round(240 / (1 + (dose / id50) ** 2))}
        for dose in doses
    ]  # fmt: skip


def test_without_bounds_each_cell_is_a_step_of_its_own() -> None:
    fit = fit_population([row for n, id50 in enumerate((40.0, 60.0, 80.0, 120.0)) for row in rows(f"r{n}", id50)])
    found = id50_distribution(fit, group="control")
    np.testing.assert_allclose(found.id50, np.sort(fit.cell_id50))
    np.testing.assert_allclose(found.share, [0.25, 0.5, 0.75, 1.0])
    assert (found.n_animals, found.n_cells, found.above.size, found.below.size) == (4, 4, 0, 0)
    np.testing.assert_allclose(found.at([1.0, found.id50[1], 1e3]), [0.0, 0.5, 1.0])


def test_a_cell_that_was_lost_unhalved_hands_its_share_to_those_above_as_kaplan_and_meier_have_it() -> None:
    cells = [*rows("a", 40.0), *rows("b", 1e4, DOSES[:3]), *rows("c", 90.0), *rows("d", 1e4)]
    found = id50_distribution(fit_population(cells), group="control")
    np.testing.assert_allclose(found.share, [1 / 4, 1 - 3 / 4 * 1 / 2])
    assert found.above.tolist() == [50.0, 200.0]
    assert found.path[0, -1] == 200.0
    assert found.path[1, -1] == found.share[-1] < 1.0


def test_cells_below_their_first_dose_are_a_first_step_there_and_nothing_is_said_below() -> None:
    cells = [*rows("a", 4.0), *rows("b", 60.0), *rows("c", 90.0)]
    found = id50_distribution(fit_population(cells), group="control")
    assert found.below.tolist() == [25.0]
    assert found.path[0, 0] == 25.0
    np.testing.assert_allclose(found.path[1, :3], [1 / 3, 2 / 3, 1.0])


def test_a_group_without_effect_is_nought_up_to_its_last_dose() -> None:
    found = id50_distribution(fit_population([row for n in range(3) for row in rows(f"r{n}", 1e6)]), group="control")
    assert found.id50.size == 0
    assert found.path[:2].tolist() == [[25.0, 200.0], [0.0, 0.0]]
    assert math.isnan(found.ln_sd)


def test_two_animals_have_no_interval_and_three_have() -> None:
    three = [row for n, id50 in enumerate((40.0, 60.0, 80.0)) for row in rows(f"r{n}", id50)]
    assert np.isfinite(id50_distribution(fit_population(three), group="control").low[:-1]).all()
    assert np.isnan(id50_distribution(fit_population(three[:10]), group="control").low).all()


def test_a_first_dose_above_others_values_is_turnbulls_and_likelier_than_any_other_distribution() -> None:
    low = np.array([0.0, 0.0, 30.0, 45.0, 60.0, 50.0, 20.0])
    high = np.array([50.0, 70.0, 30.0, 45.0, 60.0, np.inf, np.inf])
    place, share = turnbull(low, high)

    def unlikely(free: np.ndarray) -> float:
        mass = np.exp(free) / np.exp(free).sum()
        found = 0.0
        for left, right in zip(low, high, strict=True):
            inside = (places == right) if left == right else (places > left) & (places <= right)
            found -= math.log(mass[inside].sum())
        return found

    places = np.unique(high)
    best = optimize.minimize(unlikely, np.zeros(places.size), method="BFGS")
    mass = np.exp(best.x) / np.exp(best.x).sum()
    expected = np.cumsum(mass)[np.searchsorted(places, place)]
    np.testing.assert_allclose(share, expected, atol=2e-3)
    mixed = [*rows("a", 30.0), *rows("b", 60.0), *rows("c", 50.0, (0.0, 100.0, 200.0))]
    found = id50_distribution(fit_population(mixed), group="control")
    assert found.share[-1] == pytest.approx(1.0)
    assert np.isnan(found.low).all()


def test_the_fitted_normal_is_half_at_the_groups_id50() -> None:
    fit = fit_population([row for n, id50 in enumerate((40.0, 60.0, 80.0)) for row in rows(f"r{n}", id50)])
    assert id50_distribution(fit, group="control").fitted(fit.id50["control"].value) == pytest.approx(0.5)
    with pytest.raises(ParameterError, match="one of its groups"):
        id50_distribution(fit, group="chronic")

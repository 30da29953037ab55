"""What a population shows in a notebook: bounds stay bounds, and what was not reached has no median."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ephys.pharmacology import id50_distribution, population_curve
from ephys.pharmacology.population.fit import PopulationFit
from ephys.pharmacology.population.fit_html import population_table
from ephys.pharmacology.population.fitting import fit_population
from tests.pharmacology.population.drawn_tables import drawn_rows


@pytest.fixture(scope="module")
def fit() -> PopulationFit:
    """Treated cells are halved near, or above, the top dose."""
    return fit_population(drawn_rows(1, animals=3, cells=1, fold=4.0), reference="control")


def test_an_end_of_an_interval_beyond_the_doses_is_printed_as_a_bound(fit: PopulationFit) -> None:
    own = fit.id50["treated"]
    assert own.high > own.top_dose
    table = population_table(fit)
    assert "ID50 (µg/kg, 95 % CI)" in table
    assert "&gt; 200" in table
    assert f"{own.high:.0f}" not in table


def test_a_curve_is_told_at_some_doses_with_its_unit(fit: PopulationFit) -> None:
    told = population_curve(fit, group="control")._repr_html_()
    assert "9 of 200 doses" in told
    assert "cumulative dose (µg/kg)" in told
    assert told.count('<th scope="row"') == 9


def test_a_band_without_a_value_is_no_value(fit: PopulationFit) -> None:
    curve = population_curve(fit, group="control", doses=[50.0])
    told = replace(curve, percent=np.array([math.nan]))._repr_html_()
    assert f"{curve.low[0]:.1f} to {curve.high[0]:.1f}, no value" in told


def test_the_median_is_the_dose_that_halves_half_of_the_cells(fit: PopulationFit) -> None:
    found = id50_distribution(fit, group="control")
    place = int(np.searchsorted(found.share, 0.5))
    assert f"median {found.id50[place]:.3g} µg/kg" in found._repr_html_()


def test_there_is_no_median_where_most_cells_were_not_halved(fit: PopulationFit) -> None:
    found = id50_distribution(fit, group="control")
    few = replace(found, id50=found.id50[:1], share=found.share[:1], low=found.low[:1], high=found.high[:1])
    told = replace(few, above=np.array([200.0, 200.0]))._repr_html_()
    assert "no median" in told
    assert "ID50 above its last dose: 2 cells" in told


def test_a_median_among_cells_halved_by_their_first_dose_is_at_most_that(fit: PopulationFit) -> None:
    found = id50_distribution(fit, group="control")
    below = replace(found, below=np.array([float(found.id50[-1])]))
    assert "median at most" in below._repr_html_()
    assert "ID50 below its first dose: 1 cell" in below._repr_html_()

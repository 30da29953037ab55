"""A potency is called by the unit of its doses, wherever it is printed."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import ephys
from ephys.errors import ParameterError
from ephys.io.cohort_files.dictionary import describe_column
from ephys.io.cohort_files.prism_tables import prism_sheets
from ephys.io.fits import fit_row
from ephys.jupyter import common_words, heading, potency_words
from ephys.model import Administration, DoseProtocol, Epoch, Support, Unit
from ephys.pharmacology.forest.rows import forest_rows
from ephys.pharmacology.planning.design import PlannedDesign
from ephys.plotting import plot_dose_response, plot_forest, plot_group_id50s, plot_id50_distribution, plot_population
from ephys.report.fits import fits_table
from tests.pharmacology.population.drawn_tables import drawn_rows

WHOLE = Epoch(0.0, 900.0)
IN_VIVO = re.compile(r"\bID50|\bED50|\bdoses?\b")


def fit_of(unit: str, route: str, *, doses: tuple[float, ...] = (10.0, 30.0, 100.0)) -> ephys.DoseResponseFit:
    """One cell that each step slows, given in a unit."""
    starts = [300.0 + 200.0 * n for n in range(len(doses))]
    given = tuple(
        Administration(
            "5-ct",
            start,
            None if route == "i.v." else start + 200.0,
            dose=dose,
            dose_unit=unit,
            route=route,
            form="base",
        )
        for start, dose in zip(starts, doses, strict=True)
    )
    trains = [np.arange(0.25, 300.0, 0.5)]
    trains += [np.arange(start + 0.25, start + 200.0, 0.6 + 0.9 * n**2) for n, start in enumerate(starts)]
    cell = Unit.from_times(np.concatenate(trains), support=WHOLE)
    response = ephys.dose_response(cell, DoseProtocol(given, Support.of(WHOLE)))
    return ephys.fit_dose_response(response)


@pytest.mark.parametrize(
    ("unit", "name", "dose"),
    [
        ("ug/kg", "ID50", "dose"), ("nmol/kg", "ID50", "dose"), ("", "ID50", "dose"), ("nM", "IC50", "concentration"),
        ("\N{MICRO SIGN}M", "IC50", "concentration"), ("\N{GREEK SMALL LETTER MU}M", "IC50", "concentration"),
        ("ug/l", "IC50", "concentration"), ("nA", "I50", "current"),
    ],
)  # fmt: skip
def test_the_unit_says_what_a_potency_is_called(unit: str, name: str, dose: str) -> None:
    assert ephys.potency_name(unit) == name
    assert potency_words(unit).dose == dose


def test_units_that_differ_are_both_named() -> None:
    assert common_words(["ug/kg", "nM"]).name == "ID50 or IC50"
    assert common_words(["nM", "nM"]).dose == "concentration"


def test_a_curve_in_nanomolar_says_ic50_and_concentration_and_never_id50_or_dose() -> None:
    fit = fit_of("nM", "bath")
    texts = [str(fit), plot_dose_response(fit).get_xlabel(), str(fits_table([fit]).rows), fit._repr_html_()]
    texts += [warning.text for warning in fit.warnings]
    legend = plot_dose_response(fit).get_legend()
    assert legend is not None
    texts += [text.get_text() for text in (*legend.get_texts(), legend.get_title())]
    assert "IC50 " in texts[0]
    assert "3 concentrations 10 to 100 nM" in texts[0]
    for text in texts:
        # a machine's names of fields, settings and warnings stay
        kept = re.sub(r"dose_unit", "", text)
        assert not IN_VIVO.search(re.sub(r"<[^>]*>", " ", kept)), IN_VIVO.search(kept)


def test_a_curve_in_nanoampere_is_that_of_this_electrode() -> None:
    fit = fit_of("nA", "iontophoresis")
    assert "I50, this electrode: " in str(fit)
    assert "3 currents 10 to 100 nA" in str(fit)
    legend = plot_dose_response(fit).get_legend()
    assert legend is not None
    assert "I50, this electrode: " in legend.get_title().get_text()


def test_a_curve_in_vivo_reads_as_it_did() -> None:
    assert str(fit_of("ug/kg", "i.v.")).startswith("unit 1: ID50 ")
    assert plot_dose_response(fit_of("ug/kg", "i.v.")).get_xlabel().startswith("cumulative dose of 5-ct")


def test_ic50_is_an_attribute_where_concentrations_were_given_and_an_error_elsewhere() -> None:
    bath = fit_of("nM", "bath")
    assert bath.ic50 == bath.id50 or math.isnan(bath.id50)
    with pytest.raises(ParameterError, match=r"doses in µg/kg give an ID50, no IC50: read fit\.id50"):
        _ = fit_of("ug/kg", "i.v.").ic50


def test_tables_keep_their_columns_and_say_what_they_hold() -> None:
    assert fit_row(fit_of("nM", "bath"))["potency"] == "IC50"
    assert fit_row(fit_of("ug/kg", "i.v."))["potency"] == "ID50"
    assert "IC50 of concentrations" in describe_column("fits", "potency").meaning
    assert heading("id50", {"id50": 30.0, "dose_unit": "nM"}) == "IC50 (nM)"


@pytest.fixture(scope="module")
def populations() -> dict[str, ephys.PopulationFit]:
    rows = [dict(row) | {"drug": "5-ct"} for row in drawn_rows(3)]
    return {unit: ephys.fit_population([row | {"dose_unit": unit} for row in rows]) for unit in ("ug/kg", "nM")}


def test_groups_are_told_by_the_unit_of_their_doses(populations: dict[str, ephys.PopulationFit]) -> None:
    bath = populations["nM"]
    assert ": IC50 " in str(bath)
    assert not IN_VIVO.search(str(bath))
    assert [row["potency"] for row in bath.as_rows()] == ["IC50"] * len(bath.groups)
    assert bath.ic50 == bath.id50
    with pytest.raises(ParameterError, match="no IC50"):
        _ = populations["ug/kg"].ic50


def test_figures_of_groups_are_told_by_the_unit_of_their_doses(populations: dict[str, ephys.PopulationFit]) -> None:
    bath = populations["nM"]
    assert plot_group_id50s(bath).get_ylabel() == "IC50 of 5-ct (nM)"
    assert plot_population(bath).get_xlabel() == "concentration of 5-ct (nM)"
    distribution = plot_id50_distribution(bath)
    assert distribution.get_xlabel() == "IC50 of 5-ct (nM)"
    assert distribution.get_ylabel() == "cells with an IC50 up to the concentration (%)"
    assert plot_forest(bath.id50.values()).get_xlabel() == "IC50 (nM)"
    shifts = bath.fold_shift.values()
    assert [row.ratio_of for row in forest_rows(shifts)] == ["IC50"] * len(shifts)
    assert plot_forest(shifts).get_xlabel() == "ratio of IC50s"


def test_a_plan_in_nanomolar_speaks_of_concentrations() -> None:
    design = PlannedDesign(doses=(10.0,), dose_unit="nM")
    with pytest.raises(ParameterError, match="an IC50 needs at least two concentrations"):
        design._with_enough_doses()
    plan = ephys.plan_experiment(
        "shift", fold=2.0, runs=20,
        variation=ephys.PlannedVariation(sd_animal=1.3, sd_cell=1.2, id50=50.0, hill=1.8, rate_hz=1.5,
                                         dispersion=0.1, fano=0.1),
        design=ephys.PlannedDesign(doses=(12.5, 25.0, 50.0, 100.0, 200.0), dose_unit="nM", animals=(4,)),
    )  # fmt: skip
    assert "shift of the IC50" in str(plan)
    assert "concentrations 12.5, 25, 50, 100, 200 nM" in str(plan)
    assert "ID50" not in str(plan)


def test_prism_tables_of_slices_are_titled_so() -> None:
    who = {"session": "s", "animal": "r1", "group": "a", "cell": "c1", "unit": "1", "drug": "5-ct", "dose_unit": "nM",
           "route": "bath", "form": "base"}  # fmt: skip
    fits = pd.DataFrame([who | {"id50": 30.0, "analysed": True}])
    points = pd.DataFrame([who | {"role": "agonist", "used": True, "cumulative_dose": 30.0, "percent": 50.0}])
    sheets, _ = prism_sheets({"fits": fits, "responses": points})
    titles = " ".join(sheet.title for sheet in sheets)
    assert "log10 IC50 (nM)" in titles
    assert "by concentration (nM)" in titles


def test_a_group_of_another_unit_has_its_own_name() -> None:
    fit = fit_of("nM", "bath")
    mass = replace(fit, response=replace(fit.response, dose_unit="ug/kg"))
    assert (fit.potency, mass.potency) == ("IC50", "ID50")

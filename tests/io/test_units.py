"""Doses as quantities, at the edge."""

from __future__ import annotations

import re

import pytest
import quantities as pq

import ephys
from ephys.errors import ParameterError
from ephys.io.units import (
    administration,
    convert,
    dose_in,
    dose_of,
    dose_quantity,
    nA,
    ng,
    nM,
    nmol,
    ug,
    uM,
    umol,
)
from ephys.model import DoseProtocol, Epoch, Support


@pytest.mark.parametrize(
    ("quantity", "dose"),
    [
        (0.02 * pq.mg / pq.kg, (20.0, "ug/kg")),
        (31.25 * ug / pq.kg, (31.25, "ug/kg")),
        (250 * ng / pq.kg, (0.25, "ug/kg")),
        (2 * nmol / pq.kg, (2.0, "nmol/kg")),
        (0.3 * umol / pq.kg, (300.0, "nmol/kg")),
        (300 * nM, (300.0, "nM")),
        (0.3 * uM, (300.0, "nM")),
        (50 * nA, (50.0, "nA")),
        (1 * pq.mL / pq.kg, (1.0, "ml/kg")),
    ],
)
def test_doses_are_quantities_at_the_edge(quantity: pq.Quantity, dose: tuple[float, str]) -> None:
    assert dose_of(quantity) == dose
    assert dose_of(dose_quantity(*dose)) == dose


@pytest.mark.parametrize("wrong", [3.0 * pq.s, 5 * pq.dimensionless, 5 * pq.percent, 5 * pq.rad, 5 * ug])
def test_a_dose_of_no_kind_is_refused(wrong: pq.Quantity) -> None:
    with pytest.raises(ParameterError, match=r"a dose must be one of ug/kg"):
        dose_of(wrong)


@pytest.mark.parametrize("wrong", [20, 20.0, "20 ug/kg", None])
def test_a_plain_number_is_no_dose_and_the_error_shows_a_quantity(wrong: object) -> None:
    shown = rf"asked for, got {re.escape(repr(wrong))}; write .*ephys\.units\.ug / quantities\.kg"
    with pytest.raises(ParameterError, match=shown):
        administration("ipsapirone", 10.0, dose=wrong)
    with pytest.raises(ParameterError, match=shown):
        dose_in(wrong, "ug/kg")


def test_an_administration_takes_a_quantity_and_gives_it_back() -> None:
    given = [
        administration("ipsapirone", 300.0 + 60 * i, dose=dose, route="i.v.")
        for i, dose in enumerate((20 * ug / pq.kg, 0.02 * pq.mg / pq.kg))
    ]
    assert [(a.amount, a.unit, a.dose, a.dose_unit, a.role, a.derivation) for a in given] == [
        (20.0, "ug/kg", 20.0, "ug/kg", "agonist", "typed"),
        (0.02, "mg/kg", 20.0, "ug/kg", "agonist", "typed, in mg/kg"),
    ]
    protocol = DoseProtocol(tuple(given), Support.of(Epoch(0.0, 600.0)))
    assert [step.cumulative for step in protocol.doses("ipsapirone")] == [20.0, 40.0]
    assert float(dose_quantity(given[1].dose, given[1].dose_unit).rescale(pq.mg / pq.kg)) == pytest.approx(0.02)


def test_the_role_is_the_compounds_unless_stated() -> None:
    assert administration("WAY-100635", 0.0, dose=0.1 * pq.mg / pq.kg).role == "antagonist"
    assert administration("saline", 0.0, dose=1 * pq.mL / pq.kg).role == "vehicle"
    assert administration("citalopram", 0.0, dose=1 * pq.mg / pq.kg, role="agonist").role == "agonist"
    assert administration("my-101", 0.0, dose=1 * pq.mg / pq.kg).role == "agonist"


def test_a_dose_for_a_fit_is_a_number_in_its_unit() -> None:
    assert dose_in(0.02 * pq.mg / pq.kg, "ug/kg") == 20.0
    with pytest.raises(ParameterError, match="a dose in nmol/kg is asked for"):
        dose_in(20 * ug / pq.kg, "nmol/kg")
    with pytest.raises(ParameterError, match="dose_unit must be one of"):
        dose_in(20 * ug / pq.kg, "mg/kg")


def test_quantities_convert_between_weight_and_amount() -> None:
    given = {"compound": "ipsapirone", "form": "hydrochloride"}
    assert float(convert(100 * ug / pq.kg, nmol / pq.kg, **given)) == pytest.approx(228.3, abs=0.05)
    as_umol = convert(0.1 * pq.mg / pq.kg, umol / pq.kg, **given)
    assert float(as_umol.rescale(nmol / pq.kg)) == pytest.approx(228.3, abs=0.05)
    assert float(convert(1 * ug / pq.mL, uM, **given)) == pytest.approx(2.283, abs=0.005)
    back = convert(as_umol, pq.mg / pq.kg, compound="ipsapirone", form="base", to_form="hydrochloride")
    assert float(back) == pytest.approx(0.1)
    with pytest.raises(ParameterError, match="what is converted must be one of ug/kg"):
        convert(3 * pq.s, nmol / pq.kg, **given)
    with pytest.raises(ParameterError, match="to must be a dose per kg"):
        convert(100 * ug / pq.kg, nM, **given)


@pytest.mark.slow
def test_the_effect_at_a_dose_and_the_id50_are_quantities_away() -> None:
    session = ephys.simulate_session(1, with_voltage=False).session
    drug = session.protocol.drugs[0]
    fit = ephys.fit_dose_response(ephys.dose_response(session.units[0], session.protocol, drug=drug))
    unit = fit.response.dose_unit
    id50 = dose_quantity([fit.id50, fit.id50_low, fit.id50_high], unit)
    assert id50.shape == (3,)
    half = fit.percent(dose_in(id50[0].rescale(pq.mg / pq.kg), unit))
    assert float(half) == pytest.approx(float(fit.percent(fit.id50)))
    assert 45.0 < float(half) < 55.0


def test_a_name_is_what_marks_and_tables_make_of_it() -> None:
    given = administration("IPSA HCl", 0.0, dose=20 * ug / pq.kg)
    assert (given.drug, given.form) == ("ipsapirone", "hydrochloride")
    with pytest.raises(ParameterError, match="a dose must be a finite number"):
        administration("ipsapirone", 0.0, dose=float("nan") * ug / pq.kg)

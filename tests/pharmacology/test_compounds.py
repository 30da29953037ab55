from __future__ import annotations

import math

import pytest

from ephys.errors import ParameterError
from ephys.pharmacology import COMPOUNDS, convert_dose, find_compound
from ephys.pharmacology.compounds.table import molar_mass


@pytest.mark.parametrize(
    ("name", "form", "grams"),
    [
        ("ipsapirone", "base", 401.5),
        ("ipsapirone", "hydrochloride", 437.9),
        ("lesopitron", "base", 320.83),
        ("lesopitron", "hydrochloride", 357.3),
        ("lesopitron", "dihydrochloride", 393.7),
        ("buspirone", "hydrochloride", 422.0),
        ("8-OH-DPAT", "hydrobromide", 328.3),
        ("WAY-100635", "maleate", 538.6),
        ("tandospirone", "citrate", 575.6),
        ("gepirone", "base", 359.5),
        ("flesinoxan", "hydrochloride", 451.9),
    ],
)
def test_the_molar_masses_are_the_published_ones(name: str, form: str, grams: float) -> None:
    compound = find_compound(name)
    assert compound is not None
    assert compound.molar_mass(form) == pytest.approx(grams, abs=0.06)


def test_a_salt_taken_for_base_shifts_the_dose_by_its_weight() -> None:
    for name, form, factor in (("lesopitron", "dihydrochloride", 1.227), ("ipsapirone", "hydrochloride", 1.091)):
        as_base = convert_dose(100.0, "ug/kg", to="ug/kg", compound=name, form=form)
        assert 100.0 / as_base == pytest.approx(factor, abs=5e-4)
        back = convert_dose(as_base, "ug/kg", to="ug/kg", compound=name, form="base", to_form=form)
        assert back == pytest.approx(100.0)


def test_a_mole_of_salt_holds_a_mole_of_base() -> None:
    for form in ("base", "hydrochloride", "dihydrochloride"):
        assert convert_dose(50.0, "nmol/kg", to="nmol/kg", compound="lesopitron", form=form, to_form=form) == 50.0
    base = convert_dose(32.083, "ug/kg", to="nmol/kg", compound="lesopitron", form="base")
    assert base == pytest.approx(100.0, abs=0.01)


def test_what_is_not_known_is_refused_with_what_is() -> None:
    with pytest.raises(ParameterError, match="compound 'aspirin' is not in the table of compounds; give your own"):
        convert_dose(1.0, "ug/kg", to="nmol/kg", compound="aspirin", form="base")
    with pytest.raises(ParameterError, match="form of lesopitron must be one of base, hydrochloride, dihydrochloride"):
        convert_dose(1.0, "ug/kg", to="nmol/kg", compound="lesopitron", form="maleate")
    with pytest.raises(ParameterError, match="to must be a dose per kg as ug/kg is, got 'nM'"):
        convert_dose(1.0, "ug/kg", to="nM", compound="lesopitron", form="base")
    with pytest.raises(ParameterError, match="is not a sum formula"):
        molar_mass("C15Xx2")
    assert find_compound("aspirin") is None


def test_every_number_of_the_table_has_its_source() -> None:
    for compound in COMPOUNDS.values():
        assert math.isnan(compound.emax_percent) == (not compound.emax_source), compound.name
        assert math.isnan(compound.half_life_min) == (not compound.half_life_source), compound.name
        assert math.isnan(compound.half_life_min) == (not compound.half_life_species), compound.name
    assert COMPOUNDS["ipsapirone"].emax_percent == 100.0
    assert math.isnan(COMPOUNDS["lesopitron"].emax_percent)

"""Drugs compared: amounts of base, never weights of salts; ED50s where a drug stops short."""

from __future__ import annotations

from typing import Any

import pytest

from ephys.errors import ParameterError
from ephys.pharmacology import COMPOUNDS, Compound, DrugComparison, compare_drugs, convert_dose
from tests.pharmacology.population.drawn_tables import drawn_rows

Rows = list[dict[str, Any]]


def two_drugs(*, form: str | None = "base", **how: Any) -> Rows:
    """Ipsapirone, and lesopitron at twice the dose (invented)."""
    settings: dict[str, Any] = {"animals": 4, "cells": 1, "fold": 2.0, **how}
    rows = drawn_rows(1, groups=("ipsapirone", "lesopitron"), **settings)
    stated = {} if form is None else {"form": form}
    return [{name: value for name, value in row.items() if name != "group"} | {"drug": row["group"]} | stated
            for row in rows]  # fmt: skip


@pytest.fixture(scope="module")
def found() -> DrugComparison:
    return compare_drugs(two_drugs(), reference="ipsapirone", margin=1.2)


def test_potency_is_a_ratio_of_amounts_and_not_of_weights(found: DrugComparison) -> None:
    potency, masses = found.potencies[0], [COMPOUNDS[name].molar_mass() for name in ("ipsapirone", "lesopitron")]
    ipsapirone, lesopitron = found.drugs
    assert potency.value == pytest.approx(ipsapirone.id50.value / lesopitron.id50.value)
    assert potency.by_weight == pytest.approx(potency.value * masses[0] / masses[1])
    assert potency.by_weight == pytest.approx(ipsapirone.by_weight.value / lesopitron.by_weight.value)
    assert potency.low < potency.value < potency.high
    assert found.fit.runs[0].dose_unit == "nmol/kg"
    turned = potency.pair.two_stage.turned
    assert turned.value == pytest.approx(potency.value, rel=0.1), "what stands beside it points the same way"
    assert turned.low < turned.value < turned.high
    assert f"relative potency in two stages: {turned}" in str(found)


def test_what_was_weighed_as_a_salt_is_as_potent_as_its_base(found: DrugComparison) -> None:
    as_salt = [
        row | {"form": "dihydrochloride", "dose": convert_dose(row["dose"], "ug/kg", to="ug/kg", compound="lesopitron",
                                                              form="base", to_form="dihydrochloride")}
        if row["drug"] == "lesopitron" else row
        for row in two_drugs()
    ]  # fmt: skip
    again = compare_drugs(as_salt, reference="ipsapirone")
    assert again.potencies[0].value == pytest.approx(found.potencies[0].value, rel=1e-4)


def test_a_form_may_be_told_once_for_all(found: DrugComparison) -> None:
    told = compare_drugs(
        two_drugs(form=None), reference="Ipsapirone", forms={"IPSAPIRONE": "base", "lesopitron": "base"}
    )
    assert told.potencies[0].value == pytest.approx(found.potencies[0].value, rel=1e-6)


def test_a_weight_of_an_unknown_form_is_no_amount() -> None:
    with pytest.raises(ParameterError, match=r"weighed as what\? State its form \(base, hydrochloride\)"):
        compare_drugs(two_drugs(form=None), reference="ipsapirone")


def test_a_weight_of_an_unknown_compound_is_no_amount() -> None:
    rows = [row | {"drug": "compound x" if row["drug"] == "lesopitron" else row["drug"]} for row in two_drugs()]
    with pytest.raises(ParameterError, match="compound x is not in the table of compounds"):
        compare_drugs(rows, reference="ipsapirone")
    without_formula = {**COMPOUNDS, "compound x": Compound("compound x")}
    with pytest.raises(ParameterError, match="compound x has no molar mass"):
        compare_drugs(rows, reference="ipsapirone", compounds=without_formula)


def test_concentrations_are_amounts_already_whatever_the_compound(found: DrugComparison) -> None:
    rows = [row | {"dose_unit": "uM", "drug": {"lesopitron": "compound x"}.get(row["drug"], row["drug"])}
            for row in two_drugs(form=None)]  # fmt: skip
    bath = compare_drugs(rows, reference="ipsapirone")
    assert bath.fit.runs[0].dose_unit == "nM"
    assert bath.potencies[0].value == pytest.approx(found.potencies[0].by_weight, rel=1e-3)
    assert "of base" not in f"{bath.drugs[1]}"


def test_doses_of_animals_and_concentrations_of_slices_are_not_compared() -> None:
    rows = [row | ({"dose_unit": "nM"} if row["drug"] == "lesopitron" else {}) for row in two_drugs()]
    with pytest.raises(ParameterError, match="doses in nM and nmol/kg are not compared"):
        compare_drugs(rows, reference="ipsapirone")


def test_an_ejecting_current_has_no_amount() -> None:
    rows = [row | {"dose_unit": "nA"} for row in two_drugs()]
    with pytest.raises(ParameterError, match="nA of two electrodes cannot be compared"):
        compare_drugs(rows, reference="ipsapirone")


def test_the_reference_turns_the_potency_round(found: DrugComparison) -> None:
    other = compare_drugs(two_drugs(), reference="lesopitron").potencies[0]
    assert other.value == pytest.approx(1 / found.potencies[0].value, rel=1e-3)
    assert other.low == pytest.approx(1 / found.potencies[0].high, rel=0.01)


def test_equivalence_of_drugs_is_that_of_their_id50s(found: DrugComparison) -> None:
    assert found.potencies[0].pair.equivalence is not None
    assert "equivalence not shown within 0.833 to 1.2" in f"{found}"


def test_the_ratio_of_a_partial_agonist_is_of_half_its_own_maximum() -> None:
    rows = two_drugs(emax=(1.0, 0.7), animals=5, id50=15.0)
    found = compare_drugs(rows, reference="ipsapirone", emax_percent={"lesopitron": 70.0})
    assert [drug.emax_percent for drug in found.drugs] == [100.0, 70.0]
    assert "a partial agonist is compared (Emax ipsapirone 100 %, lesopitron 70 %)" in f"{found}"
    assert any("reduced maximum" in doubt for doubt in found.doubts)
    molar_fold = 2.0 * COMPOUNDS["ipsapirone"].molar_mass() / COMPOUNDS["lesopitron"].molar_mass()
    assert found.potencies[0].low < 1 / molar_fold < found.potencies[0].high


def test_the_largest_effect_of_each_drug_may_be_estimated() -> None:
    rows = two_drugs(emax=(1.0, 0.7), animals=5, id50=15.0)
    fit = compare_drugs(rows, reference="ipsapirone", free_emax=True).fit
    assert fit.estimates["emax:lesopitron"] == pytest.approx(0.7, abs=0.1)
    assert fit.estimates["emax:ipsapirone"] > 0.95


def test_full_agonists_raise_no_doubt_of_their_maxima(found: DrugComparison) -> None:
    assert not any("partial" in doubt or "order" in doubt for doubt in found.doubts)


def test_the_second_drug_of_an_animal_follows_the_first() -> None:
    rows = two_drugs(paired=True)
    with pytest.raises(ParameterError, match="paired=True"):
        compare_drugs(rows, reference="ipsapirone")
    found = compare_drugs(rows, reference="ipsapirone", paired=True)
    assert any("the later one acted on what the earlier one left" in doubt for doubt in found.doubts)


def test_drugs_are_not_compared_across_treatments_unsaid() -> None:
    rows = [row | {"group": "treated" if row["animal"][-1] == "0" else "naive"} for row in two_drugs()]
    with pytest.raises(ParameterError, match="column 'group' mixes"):
        compare_drugs(rows, reference="ipsapirone")
    assert compare_drugs(rows, reference="ipsapirone", block=("group",)).potencies[0].pair.shift.df == 5


def test_one_drug_is_no_comparison() -> None:
    rows = [row for row in two_drugs() if row["drug"] == "ipsapirone"]
    with pytest.raises(ParameterError, match="all cells had ipsapirone; compare_groups"):
        compare_drugs(rows, reference="ipsapirone")


def test_a_row_of_a_potency_holds_its_numbers(found: DrugComparison) -> None:
    row = found.as_rows()[0]
    assert (row["drug"], row["reference"], row["dose_unit"], row["df"]) == ("lesopitron", "ipsapirone", "nmol/kg", 6)
    assert row["relative_potency"] == pytest.approx(row["id50_reference"] / row["id50"])


def test_forms_are_read_as_people_write_them_and_none_is_passed_over() -> None:
    short, whole = (
        compare_drugs(two_drugs(form=None), reference="ipsapirone", forms={"ipsapirone": salt, "lesopitron": "base"})
        for salt in ("HCl", "hydrochloride")
    )
    assert short.potencies[0].value == whole.potencies[0].value
    masses = COMPOUNDS["ipsapirone"].molar_mass("hydrochloride") / COMPOUNDS["ipsapirone"].molar_mass()
    base = compare_drugs(two_drugs(), reference="ipsapirone")
    assert short.potencies[0].value == pytest.approx(base.potencies[0].value / masses, rel=1e-3)
    with pytest.raises(ParameterError, match="forms has lesopitrone, which no cell was given"):
        compare_drugs(two_drugs(), reference="ipsapirone", forms={"lesopitrone": "base"})

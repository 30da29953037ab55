"""Published affinities: what the sources say, how far they were followed, and that nothing is ranked by them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ephys.errors import ParameterError
from ephys.model import Administration, DoseProtocol, Epoch, Unit
from ephys.pharmacology import (
    COMPOUNDS,
    PublishedAffinity,
    beside_affinity,
    dose_response,
    fit_dose_response,
    published_affinities,
)
from ephys.pharmacology.binding.published import AFFINITIES


def value(compound: str, target: str, measure: str) -> PublishedAffinity:
    """The one value of a compound."""
    table = published_affinities(compound, target=target)
    (found,) = [affinity for affinity in table.affinities if affinity.measure == measure]
    return found


@pytest.mark.parametrize(
    ("compound", "target", "ki_nm"),
    [
        ("ipsapirone", "5-HT1A", 10.0), ("lesopitron", "5-HT1A", 104.8), ("paroxetine", "SERT", 0.1),
        ("sertraline", "SERT", 0.4), ("fluoxetine", "SERT", 2.8), ("citalopram", "SERT", 5.7),
        ("fluvoxamine", "SERT", 6.2),
    ],
)  # fmt: skip
def test_values_of_the_vendor_guides_are_there_and_said_to_be_unchecked(
    compound: str, target: str, ki_nm: float
) -> None:
    found = value(compound, target, "Ki")
    assert found.value_nm == ki_nm
    assert found.standing == "vendor guide"
    assert "primary source not checked" in str(found)


def test_an_error_of_unstated_kind_and_an_assay_that_is_not_stated_are_printed_as_such() -> None:
    lesopitron = value("lesopitron", "5-HT1A", "Ki")
    assert lesopitron.value_text == "Ki 104.8 ± 10.6 (of unstated kind) nM"
    assert lesopitron.assay_text == "[3H]8-OH-DPAT, rat brain"
    assert value("ipsapirone", "5-HT1A", "Ki").assay_text == "radioligand not stated, species not stated"
    assert value("ipsapirone", "5-HT2", "Ki").value_text == "Ki > 1000 nM"


def test_sources_that_differ_stand_beside_one_another_with_their_own_measure() -> None:
    """Peroutka 1985 (abstract): IC50 9.5 nM of TVX Q 7821; table 2 of doi 10.1038/sj.bjp.0706428: Kd at human SERT."""
    assert value("ipsapirone", "5-HT1A", "IC50").value_nm == 9.5
    reviewed = {"citalopram": 1.2, "fluoxetine": 0.8, "fluvoxamine": 2.2, "paroxetine": 0.13, "sertraline": 0.29}
    for compound, kd_nm in reviewed.items():
        assert value(compound, "SERT", "Kd").value_nm == kd_nm
        assert published_affinities(compound).notes[-1].startswith("Ki, Kd and IC50 are not the same")


def test_every_value_has_a_source_and_a_compound_of_the_table() -> None:
    for affinity in AFFINITIES:
        assert affinity.compound in COMPOUNDS
        assert len(affinity.citation) > 10
        assert affinity.citation in str(affinity)
        assert math.isnan(affinity.error_nm) or affinity.error_nm < affinity.value_nm
    assert len({(a.compound, a.target, a.citation) for a in AFFINITIES}) == len(AFFINITIES)


def test_compounds_and_targets_are_found_by_any_name_and_unknown_ones_refused() -> None:
    assert published_affinities("TVX Q 7821").affinities == published_affinities("ipsapirone").affinities
    assert published_affinities(target="sert").affinities == published_affinities(target="SERT").affinities
    assert published_affinities().affinities == AFFINITIES
    assert published_affinities("clonidine").affinities == ()
    with pytest.raises(ParameterError, match="target must be one of 5-HT1A"):
        published_affinities(target="5-HT9")
    with pytest.raises(ParameterError, match=r"not in the table of compounds; did you mean ipsapirone\?"):
        published_affinities("ipsapiron")


def cell(drug: str, doses: tuple[float, ...]) -> object:
    """A cell that is halved at the second dose."""
    given = tuple(
        Administration(drug, 200.0 + 100.0 * n, dose=dose, dose_unit="ug/kg", route="i.v.", form="base")
        for n, dose in enumerate(doses)
    )
    rates = (2.0, 2.0, 1.5, 1.0, 0.3)
    times_s = np.concatenate([100.0 * n + (np.arange(round(100 * hz)) + 0.5) / hz for n, hz in enumerate(rates)])
    unit = Unit.from_times(times_s, support=Epoch(0.0, 500.0))
    return fit_dose_response(dose_response(unit, DoseProtocol(given, unit.support)))


def test_beside_an_id50_the_values_stand_as_they_are_and_in_their_own_order() -> None:
    weak, strong = (cell("ipsapirone", doses) for doses in ((500.0, 500.0, 3000.0), (0.5, 0.5, 3.0)))
    tables = [beside_affinity(fit) for fit in (weak, strong)]  # type: ignore[arg-type]
    assert tables[0].affinities == tables[1].affinities == published_affinities("ipsapirone").affinities
    assert tables[0].rows == tables[1].rows
    for table, fit in zip(tables, (weak, strong), strict=True):
        assert str(table).startswith(str(fit).splitlines()[0])
        assert "µg/kg" in table.beside
        assert "a binding constant is not a potency on firing" in str(table)
        assert "not compared with potencies" in table.methods
    file_order = [affinity.value_nm for affinity in published_affinities(target="SERT").affinities]
    assert file_order not in (sorted(file_order), sorted(file_order, reverse=True))


def test_a_drug_without_published_values_has_an_empty_table_and_says_so() -> None:
    for drug in ("clonidine", "lab compound 7"):
        table = beside_affinity(cell(drug, (1.0, 1.0, 6.0)))  # type: ignore[arg-type]
        assert table.rows == ()
        assert "none in the table" in str(table)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value_nm": 0.0}, "value and error must be positive"),
        ({"error_nm": -1.0}, "value and error must be positive"),
        ({"measure": "EC50"}, "measure must be one of Ki, Kd, IC50"),
        ({"standing": "recalled"}, "standing must be one of abstract, review, vendor guide"),
        ({"citation": ""}, "a citation must be given"),
    ],
)
def test_a_value_that_cannot_be_is_refused(change: dict[str, object], message: str) -> None:
    fields: dict[str, object] = {
        "compound": "x", "target": "y", "measure": "Ki", "value_nm": 1.0, "citation": "me", "standing": "abstract",
    }  # fmt: skip
    with pytest.raises(ParameterError, match=message):
        PublishedAffinity(**{**fields, **change})  # type: ignore[arg-type]

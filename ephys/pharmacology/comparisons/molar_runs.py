"""Curves of several drugs on one scale: amounts of base."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ephys.errors import ParameterError
from ephys.pharmacology.compounds.finding import find_compound, find_form, suggest_compounds
from ephys.pharmacology.compounds.spelling import BASE
from ephys.pharmacology.compounds.table import Compound
from ephys.pharmacology.compounds.units import convert_dose, nanomoles
from ephys.pharmacology.population.runs import Run


@dataclass(frozen=True)
class GivenDrug:
    """One of the drugs that are compared.

    Parameters
    ----------
    name : str
        As the table of compounds has it, or as it was written.
    compound : Compound or None
        Where it is known.
    """

    name: str
    compound: Compound | None

    @classmethod
    def of(cls, word: str, compounds: Mapping[str, Compound]) -> GivenDrug:
        """Drug of a word that somebody wrote."""
        compound = find_compound(word, compounds=compounds)
        return cls(compound.name if compound else word, compound)

    @property
    def base_mass(self) -> float:
        """Grams of base in a mole; NaN where it is not known."""
        return self.compound.molar_mass() if self.compound and self.compound.base else math.nan


def molar_runs(runs: Sequence[Run], *, forms: Mapping[str, str], compounds: Mapping[str, Compound]) -> list[Run]:
    """Curves with their drug as group and doses as amounts of base.

    Raises
    ------
    ParameterError
        If a drug, its unit, form or formula is not known, or doses by weight of animal and concentrations are mixed.
    """
    stated = {
        GivenDrug.of(word, compounds).name: find_form(f"{word} {form}", compounds=compounds) or form
        for word, form in forms.items()
    }
    unknown = set(stated) - {GivenDrug.of(run.drug, compounds).name for run in runs}
    if unknown:
        raise ParameterError(f"forms has {', '.join(sorted(unknown))}, which no cell was given")
    found = [_molar(run, GivenDrug.of(run.drug, compounds), stated, compounds) for run in runs]
    units = {run.dose_unit for run in found}
    if len(units) > 1:
        raise ParameterError(f"doses in {' and '.join(sorted(units))} are not compared: choose one kind of preparation")
    return found


def _molar(run: Run, drug: GivenDrug, stated: Mapping[str, str], compounds: Mapping[str, Compound]) -> Run:
    """One curve, regrouped and converted."""
    if not run.drug or not run.dose_unit:
        raise ParameterError(f"{run.name}: state the drug and the unit of its doses (columns drug and dose_unit)")
    to, factor = nanomoles(run.dose_unit)
    if math.isnan(factor):
        form = run.conditions.get("form", "") or find_form(run.drug, compounds=compounds) or stated.get(drug.name, "")
        compound, form = _weighed(run, drug, form)
        factor = convert_dose(1.0, run.dose_unit, to=to, compound=compound, form=form)
    return replace(
        run, group=drug.name, drug=drug.name, dose_unit=to, dose=run.dose * factor,
        decayed_dose=run.decayed_dose * factor, conditions={**run.conditions, "group": run.group},
    )  # fmt: skip


def _weighed(run: Run, drug: GivenDrug, form: str) -> tuple[Compound, str]:
    """Compound and form of a dose by weight.

    Raises
    ------
    ParameterError
        If either is not known, with what to state.
    """
    if drug.compound is None:
        close = suggest_compounds(run.drug)
        hint = f"is it {' or '.join(close)}?" if close else "give its formula in a file for read_compounds"
        raise ParameterError(
            f"{run.name}: {run.drug} is not in the table of compounds, so that {run.dose_unit} is no amount; {hint}"
        )
    if not form and drug.compound.salts:
        forms = ", ".join((BASE, *drug.compound.salts))
        raise ParameterError(
            f"{run.name}: {drug.name} in {run.dose_unit} was weighed as what? State its form ({forms}), in the doses "
            f"or as forms={{{drug.name!r}: '...'}}"
        )
    return drug.compound, form or BASE

"""Compounds: what a dose weighs as base or as a salt, how fast it leaves, and how far it can go."""

from ephys.pharmacology.compounds.finding import find_compound, find_form, suggest_compounds
from ephys.pharmacology.compounds.listing import list_compounds
from ephys.pharmacology.compounds.table import COMPOUNDS, Compound, CompoundRole, read_compounds
from ephys.pharmacology.compounds.units import convert_dose

__all__ = [
    "COMPOUNDS",
    "Compound",
    "CompoundRole",
    "convert_dose",
    "find_compound",
    "find_form",
    "list_compounds",
    "read_compounds",
    "suggest_compounds",
]

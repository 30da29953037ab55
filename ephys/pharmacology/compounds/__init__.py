"""Compounds: what a dose weighs as base or as a salt, how fast it leaves, and how far it can go."""

from ephys.pharmacology.compounds.table import COMPOUNDS, Compound, find_compound
from ephys.pharmacology.compounds.units import convert_dose

__all__ = ["COMPOUNDS", "Compound", "convert_dose", "find_compound"]

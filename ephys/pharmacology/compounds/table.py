"""The table of compounds, read from a data file in which every number has its source."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from types import MappingProxyType

from ephys.errors import ParameterError

_ATOMS = {
    "H": 1.008, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998403162, "S": 32.06, "Cl": 35.45, "Br": 79.904,
}  # fmt: skip
"""Conventional atomic weights (IUPAC 2021, doi 10.1515/pac-2019-0603)."""
_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d*)+")
_GROUP = re.compile(r"([A-Z][a-z]?)(\d*)")


def molar_mass(formula: str) -> float:
    """Grams per mole of a sum formula, with a leading count where there are several molecules.

    >>> round(molar_mass("C15H21ClN6"), 1), round(molar_mass("2 HCl"), 1)
    (320.8, 72.9)
    """
    count, _, body = formula.rpartition(" ")
    unknown = [atom for atom, _ in _GROUP.findall(body) if atom not in _ATOMS]
    if not _FORMULA.fullmatch(body) or unknown or (count and not count.isdigit()):
        raise ParameterError(f"formula {formula!r} is not a sum formula of {', '.join(_ATOMS)}")
    return int(count or 1) * math.fsum(_ATOMS[atom] * int(number or 1) for atom, number in _GROUP.findall(body))


@dataclass(frozen=True)
class Compound:
    """One substance.

    Parameters
    ----------
    name : str
        As it is printed.
    base : str
        Sum formula of the free base.
    salts : mapping of str to str
        What is weighed in beside each molecule of base, by the name of the salt.
    aliases : tuple of str
        Other names.
    emax_percent, emax_source : float, str
        Largest inhibition of firing, and who says so; NaN and empty where nobody does.
    half_life_min, half_life_species, half_life_route, half_life_source : float, str, str, str
        Elimination; NaN where no source is known.
    """

    name: str
    base: str
    salts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    aliases: tuple[str, ...] = ()
    emax_percent: float = math.nan
    emax_source: str = ""
    half_life_min: float = math.nan
    half_life_species: str = ""
    half_life_route: str = ""
    half_life_source: str = ""

    def molar_mass(self, form: str) -> float:
        """Grams per mole of base that are weighed in as a form.

        Parameters
        ----------
        form : str
            "base" or the name of a salt.

        Raises
        ------
        ParameterError
            Naming the forms that are known.

        Examples
        --------
        >>> lesopitron = find_compound("lesopitron")
        >>> round(lesopitron.molar_mass("dihydrochloride") / lesopitron.molar_mass("base"), 3)
        1.227
        """
        plain = form.strip().lower()
        if plain == "base":
            return molar_mass(self.base)
        if plain not in self.salts:
            raise ParameterError(f"form of {self.name} must be one of base, {', '.join(self.salts)}; got {form!r}")
        return molar_mass(self.base) + molar_mass(self.salts[plain])


def _read() -> Mapping[str, Compound]:
    """Read the data file."""
    text = (resources.files("ephys.pharmacology.compounds") / "compounds.toml").read_text(encoding="utf-8")
    table = {}
    for name, entry in tomllib.loads(text).items():
        salts = MappingProxyType(dict(entry.pop("salts", {})))
        table[name] = Compound(name, salts=salts, aliases=tuple(entry.pop("aliases", ())), **entry)
    return MappingProxyType(table)


COMPOUNDS: Mapping[str, Compound] = _read()
"""Every compound that is known, by its name in lower case."""


def find_compound(name: str) -> Compound | None:
    """Return a compound by its name or an alias, whatever the case; ``None`` where it is not in the table.

    >>> find_compound("E-4424").name
    'lesopitron'
    """
    plain = name.strip().lower()
    for compound in COMPOUNDS.values():
        if plain in (compound.name, *compound.aliases):
            return compound
    return None

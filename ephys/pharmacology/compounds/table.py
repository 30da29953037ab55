"""The table of compounds, read from a data file in which every number has its source."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.pharmacology.compounds.formulas import molar_mass
from ephys.pharmacology.compounds.spelling import BASE, plain_name

CompoundRole = Literal["agonist", "antagonist", "vehicle", "anaesthetic", "challenge"]


@dataclass(frozen=True)
class Compound(Shown):
    """One substance.

    Parameters
    ----------
    name : str
        As it is printed, in lower case.
    role : {"agonist", "antagonist", "vehicle", "anaesthetic", "challenge"}
        What it is in a session on dorsal raphe cells unless the user says otherwise.
    base : str
        Sum formula of the free base (or of the whole, where there is none); empty where it is not known.
    formula_source : str
        Who says so, of base and salts.
    salts : mapping of str to str
        What is weighed in beside each molecule of base, by the name of the salt.
    aliases : tuple of str
        Other names.
    abbreviations : tuple of str
        Short forms that people type. They mean this compound alone, but are no names.
    emax_percent, emax_source : float, str
        Largest inhibition of firing, and who says so; NaN and empty where nobody does.
    half_life_min, half_life_species, half_life_route, half_life_source : float, str, str, str
        Elimination; NaN where no source is known.

    Raises
    ------
    ParameterError
        For an unknown role, a formula that is none, a formula without its source, or a number without its source.
    """

    name: str
    role: CompoundRole = "agonist"
    base: str = ""
    formula_source: str = ""
    salts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    aliases: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()
    emax_percent: float = math.nan
    emax_source: str = ""
    half_life_min: float = math.nan
    half_life_species: str = ""
    half_life_route: str = ""
    half_life_source: str = ""
    spellings: frozenset[str] = field(init=False, repr=False)
    salt_spellings: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "salts", MappingProxyType(dict(self.salts)))
        words = (self.name, *self.aliases, *self.abbreviations)
        object.__setattr__(self, "spellings", frozenset(plain_name(word) for word in words))
        salts = {plain_name(salt): salt for salt in self.salts}
        object.__setattr__(self, "salt_spellings", MappingProxyType(salts))
        self._check()

    def _check(self) -> None:
        """Raise unless every formula is one, and every number has its source."""
        roles = get_args(CompoundRole)
        if self.role not in roles:
            raise ParameterError(f"{self.name}: role must be one of {', '.join(roles)}, got {self.role!r}")
        for formula in filter(None, (self.base, *self.salts.values())):
            molar_mass(formula)
        for number, stated, source in (
            ("base", bool(self.base), "formula_source"),
            ("emax_percent", not math.isnan(self.emax_percent), "emax_source"),
            ("half_life_min", not math.isnan(self.half_life_min), "half_life_source"),
        ):
            if stated != bool(getattr(self, source)):
                raise ParameterError(f"{self.name}: {number} and {source} are stated together or not at all")

    def is_abbreviated(self, word: str) -> bool:
        """Whether a word is a short form of the compound and not one of its names.

        >>> COMPOUNDS["ipsapirone"].is_abbreviated("IPSA")
        True
        """
        return plain_name(word) in {plain_name(short) for short in self.abbreviations}

    def molar_mass(self, form: str = BASE) -> float:
        """Grams of a form that hold one mole of base.

        Parameters
        ----------
        form : str, optional
            "base" or the name of a salt.

        Raises
        ------
        ParameterError
            Naming the forms that are known.

        Examples
        --------
        >>> lesopitron = COMPOUNDS["lesopitron"]
        >>> round(lesopitron.molar_mass("dihydrochloride") / lesopitron.molar_mass("base"), 3)
        1.227
        """
        if not self.base:
            raise ParameterError(
                f"{self.name} has no molar mass in the table of compounds; give its formula, with the source, in a "
                "file for read_compounds"
            )
        plain = form.strip().lower()
        if plain == BASE:
            return molar_mass(self.base)
        if plain not in self.salts:
            raise ParameterError(f"form of {self.name} must be one of {', '.join((BASE, *self.salts))}; got {form!r}")
        return molar_mass(self.base) + molar_mass(self.salts[plain])


def read_compounds(path: str | os.PathLike[str]) -> Mapping[str, Compound]:
    """Read a laboratory's own compounds, beside those of the table.

    Parameters
    ----------
    path : path
        A TOML file with a table per compound and the fields of `Compound`. A compound that is in the table already is
        replaced whole, so that no number ever stands beside a source that is not its own.

    Returns
    -------
    mapping of str to Compound
        `COMPOUNDS` and what the file holds, by name in lower case.

    Raises
    ------
    ParameterError
        If the file is no TOML, has an unknown field, or two compounds share a name.
    """
    try:
        own = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path} is no TOML file: {error}") from error
    return _checked({**COMPOUNDS, **_compounds(own)})


def _compounds(entries: Mapping[str, Any]) -> dict[str, Compound]:
    """Compounds of a data file, by their names in lower case."""
    known = {f.name for f in fields(Compound) if f.init} - {"name"}
    compounds = {}
    for name, entry in entries.items():
        if not isinstance(entry, dict):
            raise ParameterError(f"a compound is a table of its own, [{name}], got {name} = {entry!r}")
        unknown = sorted(set(entry) - known)
        if unknown:
            raise ParameterError(
                f"compound {name}: unknown {', '.join(unknown)}; its fields are {', '.join(sorted(known))}"
            )
        lists = {key: tuple(entry[key]) for key in ("aliases", "abbreviations") if key in entry}
        compounds[name.lower()] = Compound(name.lower(), **{**entry, **lists})
    return compounds


def _checked(compounds: dict[str, Compound]) -> Mapping[str, Compound]:
    """Raise if a name could mean two compounds."""
    owner: dict[str, str] = {}
    for compound in compounds.values():
        for spelling in compound.spellings:
            if owner.setdefault(spelling, compound.name) != compound.name:
                raise ParameterError(
                    f"{spelling!r} names both {owner[spelling]} and {compound.name} in the table of compounds"
                )
    return MappingProxyType(compounds)


def _shipped() -> Mapping[str, Compound]:
    """Read the data file."""
    text = (resources.files("ephys.pharmacology.compounds") / "compounds.toml").read_text(encoding="utf-8")
    return _checked(_compounds(tomllib.loads(text)))


COMPOUNDS: Mapping[str, Compound] = _shipped()
"""Every compound that is known, by its name in lower case."""

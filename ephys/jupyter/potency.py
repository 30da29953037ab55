"""What a potency is called, and what its doses are: by the unit of the doses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class PotencyWords:
    """How a potency, and what it is a potency of, are put in words.

    Parameters
    ----------
    name : str
        "ID50" of doses, "IC50" of concentrations, "I50" of currents.
    relative : str
        What halves the largest effect is called, where that takes away less than everything.
    title : str
        The name at the head of a curve. A current says nothing of what it ejects from another electrode.
    of_groups : str
        The name at the head of what several cells gave.
    dose, total, so_far : str
        What was given at one step, what stands on the axis of a curve, and what heads a column of windows: doses add
        up; a concentration, or a current, is what acts at its step.
    """

    name: str
    relative: str
    title: str
    of_groups: str
    dose: str
    total: str
    so_far: str

    @property
    def lead(self) -> str:
        """The name before a value.

        >>> potency_words("nM").lead, potency_words("nA").lead
        ('IC50 ', 'I50, this electrode: ')
        """
        return f"{self.name} " if self.title == self.name else f"{self.title}: "


_DOSE = PotencyWords("ID50", "ED50", "ID50", "ID50", "dose", "cumulative dose", "dose so far")
_CONCENTRATION = PotencyWords("IC50", "EC50", "IC50", "IC50", "concentration", "concentration", "concentration")
_CURRENT = PotencyWords("I50", "I50", "I50, this electrode", "I50 across electrodes", "current", "current", "current")

_MOLAR = ("pM", "nM", "uM", "mM", "M")
_BY_WEIGHT = ("ng/l", "ug/l", "mg/l", "ng/ml", "ug/ml", "mg/ml")
_BY_UNIT = dict.fromkeys((*_MOLAR, *_BY_WEIGHT), _CONCENTRATION) | dict.fromkeys(("pA", "nA", "uA"), _CURRENT)
_MICRO = ("\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}")


def potency_words(dose_unit: str) -> PotencyWords:
    """Words for what is potent, by the unit of its doses; an unknown unit is that of a dose.

    Parameters
    ----------
    dose_unit : str
        As it is held (``"uM"``) or printed (``"µM"``).

    Examples
    --------
    >>> potency_words("µM").dose, potency_words("ug/kg").total
    ('concentration', 'cumulative dose')
    """
    plain = dose_unit
    for micro in _MICRO:
        plain = plain.replace(micro, "u")
    return _BY_UNIT.get(plain, _DOSE)


def potency_name(dose_unit: str) -> str:
    """What the dose that takes away half of the rate is called, by its unit.

    Of a concentration it is an IC50, of an ejecting current an I50 (of one electrode: another ejects otherwise), of
    anything else, and where no unit is stated, an ID50. Names of columns and attributes stay ``id50``.

    Parameters
    ----------
    dose_unit : str
        ``"ug/kg"``, ``"nmol/kg"``, ``"nM"``, ``"nA"``...

    Returns
    -------
    str
        ``"ID50"``, ``"IC50"`` or ``"I50"``.

    Examples
    --------
    >>> [potency_name(unit) for unit in ("ug/kg", "nM", "nA", "")]
    ['ID50', 'IC50', 'I50', 'ID50']
    """
    return potency_words(dose_unit).name


def common_words(dose_units: Iterable[str]) -> PotencyWords:
    """Words over what has several units: those of all, else every name there is, of doses; of none, ID50.

    >>> common_words(["nM", "nM"]).name, common_words(["ug/kg", "nM"]).name, common_words([]).name
    ('IC50', 'ID50 or IC50', 'ID50')
    """
    found = list(dict.fromkeys(map(potency_words, dose_units))) or [_DOSE]
    if len(found) == 1:
        return found[0]
    joined = {
        part: " or ".join(getattr(one, part) for one in found) for part in ("name", "relative", "title", "of_groups")
    }
    return replace(_DOSE, **joined)

"""What is known of one cell under one agonist, as far as it can speak for leaving it out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ephys.errors import ParameterError
from ephys.firing.stability import Steadiness
from ephys.jupyter import Shown
from ephys.model import Histology
from ephys.model.unit import FateState

Where = Literal["", "baseline", "series"]
"""Part of the recording that a value belongs to; empty: all of it, or not stated."""

CellKey = tuple[str, str, str, str]
"""Session, animal, cell, unit."""

SeriesKey = tuple[str, str, str, str, str]
"""Session, animal, cell, unit, drug."""

_WORDS: dict[str, tuple[str, ...]] = {
    "label": ("", "serotonergic", "uncertain", "not_serotonergic"),
    "stability": ("", *get_args(Steadiness)),
    "fate": ("", *get_args(FateState)),
    "histology": get_args(Histology),
}
"""What each of these may be: a verdict that is spelt otherwise would exclude nothing."""


@dataclass(frozen=True, slots=True)
class Physiology(Shown):
    """One value of the animal's state.

    Parameters
    ----------
    kind : str
        What it is: temperature, respiration, blood pressure, heart rate...
    value : float
        NaN where it was not measured.
    unit : str
        Of `value`.
    where : {"", "baseline", "series"}
        Whether it is of the baseline or of the dose series; empty: of the whole recording.

    Raises
    ------
    ParameterError
        If `where` is something else.

    Examples
    --------
    >>> print(Physiology("temperature", 35.1, "°C", "baseline"))
    temperature 35.1 °C (baseline)
    """

    kind: str
    value: float
    unit: str
    where: Where = ""

    def __post_init__(self) -> None:
        if self.where not in get_args(Where):
            raise ParameterError(f"{self.kind}: where must be baseline, series or empty, got {self.where!r}")

    def __str__(self) -> str:
        """Kind, value, unit, where."""
        return f"{self.kind} {self.value:g} {self.unit}".rstrip() + (f" ({self.where})" if self.where else "")


@dataclass(frozen=True, slots=True)
class SeriesFacts(Shown):
    """What is known of one cell under one agonist, or of a cell without any. Empty or NaN means not stated.

    Parameters
    ----------
    session, animal, group, cell, unit : str
        Whose cell it is. Session, animal, cell and unit together are one cell.
    drug : str
        The agonist; empty for a cell that was recorded without any.
    label : {"", "serotonergic", "uncertain", "not_serotonergic"}
        The call that holds; empty: not judged.
    multi_unit : bool
        Whether the unit is several cells.
    by_hand : str
        Why a person left it out; empty: nobody did.
    stability : {"", "stable", "unclear", "unstable", "not_judged"}
        Verdict on the baseline; empty: there is none.
    baseline_change_percent : float
        What the baseline's trend makes of the mean rate.
    fate : {"", "held", "lost", "undetermined"}
        Whether the cell was there to the end; empty: not assessed.
    fate_evidence : str
        What tells it.
    earlier_drug : str
        Systemic drug that was given in an earlier recording of the animal, and which ("ipsapirone, rat05_1"); empty:
        none.
    pretreatment : str
        Antagonist that was given before every agonist of the recording; empty: none.
    histology : {"", "in", "out", "not recovered"}
        Of the electrode's mark.
    physiology : tuple of Physiology
        The animal's state.
    supplement_gap_s : float
        Seconds between the nearest supplement of the anaesthetic and a window that is used, 0 within one; NaN: none was
        given.
    last_dose_h : float
        Hours from the last dose of the chronic treatment to the recording.
    treated : bool
        Whether a chronic treatment is stated for the animal.
    n_doses : int
        Windows of the agonist that the fit takes.
    code_change : str
        Where the unit is a code that ends or begins midway while the cell goes on, with what tells it; empty: it is
        not, or there was nothing to tell it by.

    Raises
    ------
    ParameterError
        If a verdict is none of its words, a time is negative, or there is no animal.

    Examples
    --------
    >>> SeriesFacts("rat01_1", "rat01", "control", "1", "1", "ipsapirone", label="serotonergic", fate="held", n_doses=5)
    SeriesFacts('rat01_1', unit '1', 'ipsapirone')
    """

    session: str
    animal: str
    group: str
    cell: str
    unit: str
    drug: str = ""
    label: str = ""
    multi_unit: bool = False
    by_hand: str = ""
    stability: str = ""
    baseline_change_percent: float = math.nan
    fate: str = ""
    fate_evidence: str = ""
    earlier_drug: str = ""
    pretreatment: str = ""
    histology: str = ""
    physiology: tuple[Physiology, ...] = ()
    supplement_gap_s: float = math.nan
    last_dose_h: float = math.nan
    treated: bool = False
    n_doses: int = 0
    code_change: str = ""

    def __post_init__(self) -> None:
        if not self.animal:
            raise ParameterError(f"session {self.session!r}, cell {self.cell!r}: the animal is not stated")
        for name, words in _WORDS.items():
            if getattr(self, name) not in words:
                allowed = ", ".join(word or "'' (not stated)" for word in words)
                raise ParameterError(f"{self}: {name} must be one of {allowed}; got {getattr(self, name)!r}")
        for name in ("supplement_gap_s", "last_dose_h", "n_doses"):
            if getattr(self, name) < 0:
                raise ParameterError(f"{self}: {name} cannot be negative, got {getattr(self, name):g}")

    @property
    def cell_key(self) -> CellKey:
        """What makes the cell one cell, whatever was given."""
        return (self.session, self.animal, self.cell, self.unit)

    @property
    def key(self) -> SeriesKey:
        """What makes the series one series."""
        return (*self.cell_key, self.drug)

    @property
    def names(self) -> dict[str, Any]:
        """Session, animal, group, cell, unit and drug by name."""
        return {name: getattr(self, name) for name in ("session", "animal", "group", "cell", "unit", "drug")}

    def __str__(self) -> str:
        """Animal, session, cell, unit and drug."""
        under = f" under {self.drug}" if self.drug else ""
        return f"animal {self.animal}, session {self.session}, cell {self.cell}, unit {self.unit}{under}"

    def __repr__(self) -> str:
        """Session, unit, drug."""
        return f"SeriesFacts({self.session!r}, unit {self.unit!r}, {self.drug or 'no agonist'!r})"

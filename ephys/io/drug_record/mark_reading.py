"""What one mark says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ephys.jupyter import Shown


@dataclass(frozen=True, slots=True)
class MarkReading(Shown):
    """What a mark says was given, as far as it can be read.

    Parameters
    ----------
    text : str
        As it was typed.
    drug : str
        Name of the compound; empty where none is named, or it must be asked which.
    role : str
        Of the compound; empty where it is not known.
    form, route : str
        Empty where not stated.
    amount, unit : float, str
        NaN and empty where not stated, or not understood.
    concentration, concentration_unit : float, str
        Of the solution that a volume was drawn from.
    dose_kind : {"", "increment", "cumulative"}
        As the mark says.
    switch : {"", "on", "off"}
        Whether something began or ended.
    is_note : bool
        The mark is about the cell or the rig, and gives nothing.
    taken : tuple of str
        What was taken for granted, and what was left aside.
    doubts : tuple of str
        What a person must settle before the dose is used.
    asked : tuple of str
        Columns of the dose table that the person must fill in and that have nothing to be filled with.
    unread : tuple of str
        Words that were not understood, as they were typed.
    """

    text: str
    drug: str = ""
    role: str = ""
    form: str = ""
    amount: float = math.nan
    unit: str = ""
    concentration: float = math.nan
    concentration_unit: str = ""
    route: str = ""
    dose_kind: Literal["", "increment", "cumulative"] = ""
    switch: Literal["", "on", "off"] = ""
    is_note: bool = False
    taken: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def understood(self) -> str:
        """The reading in a line.

        >>> MarkReading("IPSA 0.02 mg/kg", "ipsapirone", "agonist", amount=0.02, unit="mg/kg").understood
        'ipsapirone 0.02 mg/kg, agonist'
        """
        if self.is_note:
            return "a note: nothing given"
        amount = "" if math.isnan(self.amount) else f"{self.amount:g} {self.unit or '(no unit)'}"
        stock = "" if math.isnan(self.concentration) else f"of {self.concentration:g} {self.concentration_unit}"
        what = (self.drug or "(which drug?)", self.form, amount, stock, self.route, self.dose_kind, self.switch)
        words = " ".join(word for word in what if word)
        role = f", {self.role}" if self.role else ""
        return words + role + (f" ({'; '.join(self.taken)})" if self.taken else "")

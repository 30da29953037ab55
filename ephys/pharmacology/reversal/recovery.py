"""Recovery without an antagonist, as a value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ephys.errors import TableError
from ephys.jupyter import UNKNOWN, Shown, shown, table, unit_text
from ephys.pharmacology.dose_text import figures
from ephys.pharmacology.reversal.returns import Return
from ephys.pharmacology.reversal.timing import Origin

RecoveryState = Literal["returned", "not back", "no inhibition", "not judged"]

ORIGINS: dict[Origin, str] = {
    "dose": "the last dose",
    "end": "the end of the last dose",
    "running": "the beginning of the last dose",
    "wash": "the wash",
}

_TEXTS = ("animal", "unit", "group", "drug", "dose_unit", "origin", "state", "reason")
_NUMBERS = ("dose", "return_s", "low_s", "high_s", "watched_s")


@dataclass(frozen=True, slots=True)
class Recovery(Shown):
    """How long one cell took to recover from its last dose, with nothing given against it.

    Parameters
    ----------
    animal, unit_id, group : str
        Which.
    drug, dose, dose_unit : str, float, str
        The agonist, and its cumulative dose.
    origin : {"dose", "end", "running", "wash"}
        What the time is counted from.
    state : {"returned", "not back", "no inhibition", "not judged"}
        "not back" is a bound: the return is later than what was watched.
    back : Return
        When, from the origin.
    levels : tuple of (float, float)
        From when on, counted from the origin, and the percent of baseline from then to the next.
    reason : str
        Why it was not judged, or until when it was watched.
    """

    animal: str
    unit_id: str
    group: str
    drug: str
    dose: float
    dose_unit: str
    origin: Origin
    state: RecoveryState
    back: Return
    levels: tuple[tuple[float, float], ...] = ()
    reason: str = ""

    @property
    def tells(self) -> bool:
        """Whether it says how long a recovery takes, if only at least."""
        return self.state in ("returned", "not back")

    def percent_at(self, after_s: float) -> float:
        """Rate in percent of baseline so long after the origin; NaN where it is not known."""
        begun = [percent for start_s, percent in self.levels if start_s <= after_s]
        return begun[-1] if begun and after_s < self.back.watched_s else math.nan

    @property
    def name(self) -> str:
        """The cell as it is printed."""
        return f"unit {self.unit_id} of animal {self.animal}" if self.animal else f"unit {self.unit_id}"

    @property
    def dose_text(self) -> str:
        """Drug with its dose."""
        return f"{self.drug} {figures(self.dose)} {unit_text(self.dose_unit)}"

    @property
    def title(self) -> str:
        """What the table is of."""
        return f"Recovery of {self.name} from {self.dose_text}, without an antagonist"

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings."""
        return RECOVERY_COLUMNS

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The one row."""
        return (recovery_row(self),)

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before it is used."""
        falls = self.back.fell_again_s
        again = (f"below the baseline again from {falls:.0f} s on",) if math.isfinite(falls) else ()
        return (*((self.reason,) if self.reason else ()), *again)

    @property
    def methods(self) -> str:
        """How it was measured, for a Methods section."""
        return (
            f"Recovery without antagonist was timed from {ORIGINS[self.origin]} to the step of the rate (change points "
            "by binary segmentation, Vostrikova 1981) into the first level back at baseline; recoveries that were not "
            "complete when watching ended were censored there."
        )

    def as_rows(self) -> list[dict[str, Any]]:
        """One row with every number, which `recoveries_from_rows` reads."""
        back = self.back
        return [{
            "animal": self.animal, "unit": self.unit_id, "group": self.group, "drug": self.drug, "dose": self.dose,
            "dose_unit": self.dose_unit, "origin": self.origin, "state": self.state, "return_s": back.value_s,
            "low_s": back.low_s, "high_s": back.high_s, "watched_s": back.watched_s,
            "levels": " ".join(f"{start_s:.0f}:{percent:.0f}" for start_s, percent in self.levels),
            "reason": self.reason,
        }]  # fmt: skip

    def __str__(self) -> str:
        """The answer in a line."""
        told = {
            "returned": f"back {self.back.text} after {ORIGINS[self.origin]}",
            "not back": f"not back {self.back.watched_s:.0f} s after {ORIGINS[self.origin]}",
        }
        return f"{self.name}, {self.dose_text}: {told.get(self.state, f'{self.state} ({self.reason})')}"

    def _repr_html_(self) -> str:
        """The row, for Jupyter."""
        parts = (table(self.columns, self.rows),)
        return shown(self, *parts, told=str(self), beside={"notes": self.notes})


RECOVERY_COLUMNS = ("animal", "unit", "group", "dose", "from", "back after (interval)", "watched (s)", "state")


def recovery_row(recovery: Recovery) -> tuple[str, ...]:
    """A recovery as a row of a table."""
    return (
        recovery.animal or UNKNOWN, recovery.unit_id, recovery.group or UNKNOWN, recovery.dose_text,
        ORIGINS[recovery.origin], recovery.back.text if recovery.tells else UNKNOWN,
        f"{recovery.back.watched_s:.0f}", recovery.state,
    )  # fmt: skip


def recoveries_from_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[Recovery, ...]:
    """Take recoveries from the rows of a table, as `Recovery.as_rows` gives them: those of earlier experiments, say.

    Parameters
    ----------
    rows : iterable of mapping
        Numbers may be text, and empty where unknown.

    Returns
    -------
    tuple of Recovery

    Raises
    ------
    TableError
        If a column is missing, or a value cannot be.

    Examples
    --------
    >>> row = dict(animal="r1", unit="1", group="", drug="ipsapirone", dose="100", dose_unit="ug/kg", origin="dose",
    ...            state="not back", return_s="", low_s="", high_s="", watched_s="600", levels="0:5 300:40", reason="")
    >>> print(recoveries_from_rows([row])[0])
    unit 1 of animal r1, ipsapirone 100 µg/kg: not back 600 s after the last dose
    """
    return tuple(_from_row(row, number) for number, row in enumerate(rows, start=1))


def _from_row(row: Mapping[str, Any], number: int) -> Recovery:
    """One recovery."""
    missing = [name for name in (*_TEXTS, *_NUMBERS, "levels") if row.get(name) is None]
    if missing:
        raise TableError(f"data row {number}: no column {', '.join(map(repr, missing))} of a recovery")
    numbers = {name: _number(row[name], name, number) for name in _NUMBERS}
    for name, known in (("origin", get_args(Origin)), ("state", get_args(RecoveryState))):
        if row[name] not in known:
            raise TableError(f"data row {number}: {name} must be one of {', '.join(known)}, got {row[name]!r}")
    state: RecoveryState = row["state"]
    times = {name: numbers[name] for name in ("low_s", "high_s", "watched_s")}
    back = Return(numbers["return_s"], **times, returned=state == "returned")
    if not back.watched_s >= 0 or not numbers["dose"] > 0:
        raise TableError(
            f"data row {number}: watched_s and dose must be numbers, got {row['watched_s']!r}, {row['dose']!r}"
        )
    if back.returned and not back.low_s <= back.value_s <= back.high_s:
        raise TableError(f"data row {number}: returned, and return_s does not lie between low_s and high_s")
    return Recovery(
        str(row["animal"]), str(row["unit"]), str(row["group"]), str(row["drug"]), numbers["dose"],
        str(row["dose_unit"]), row["origin"], state, back, _levels(str(row["levels"]), number), str(row["reason"]),
    )  # fmt: skip


def _number(value: Any, name: str, number: int) -> float:
    """A number, NaN where nothing stands."""
    try:
        return float(value) if str(value).strip() else math.nan
    except ValueError:
        raise TableError(f"data row {number}: {name} must be a number, got {value!r}") from None


def _levels(told: str, number: int) -> tuple[tuple[float, float], ...]:
    """Levels as they are written: ``0:5 300:40`` is 5 % from the start and 40 % from 300 s on."""
    try:
        pairs = [part.split(":") for part in told.split()]
        return tuple((float(start_s), float(percent)) for start_s, percent in pairs)
    except ValueError:
        raise TableError(f"data row {number}: levels must be like '0:5 300:40', got {told!r}") from None

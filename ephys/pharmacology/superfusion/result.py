"""What a slice was superfused with, and whether the cell came back: the value that `dose_response` gives beside."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ephys.jupyter import UNKNOWN, Shown, shown, table, unit_text
from ephys.pharmacology.groups.estimates import count_text
from ephys.pharmacology.readout import BathReference
from ephys.pharmacology.response_window import ResponseWindow

Design = Literal["single", "cumulative", "separate", "mixed"]

DESIGNS: dict[Design, str] = {
    "single": "one application",
    "cumulative": "cumulative: each concentration followed on the last without wash",
    "separate": "separate: wash between the applications",
    "mixed": "mixed: some applications followed on the last without wash",
}
"""What each design is, in words."""

UNKNOWN_DELAY = (
    "bath delay 0 s: nobody stated the dead time of the bath (readout.bath_delay_s); windows may begin and end too "
    "early, while the last solution still acts"
)
"""Said of every series in a bath whose dead time was left at 0."""


@dataclass(frozen=True, slots=True)
class Application(Shown):
    """One superfused concentration.

    Parameters
    ----------
    dose : float
        Concentration.
    given_s, arrives_s, leaves_s : float
        When the tap was turned; when the solution reached the cell, and when another took its place there (infinite
        where none did).
    window : ResponseWindow
        Where it was read.
    before : ResponseWindow or None
        Last stretch without drug before it: before the first of several that followed on one another.
    follows_on : bool
        Whether it followed on another concentration without wash.
    percent, percent_low, percent_high : float
        Rate of the window in percent of the session's baseline, with its 95 % interval.
    own_percent, own_low, own_high : float
        The same in percent of `before`; NaN where nothing was measured there.
    recovery : ResponseWindow or None
        Last stretch of the wash after it, in percent of the session's baseline; ``None`` without a wash.
    """

    dose: float
    given_s: float
    arrives_s: float
    leaves_s: float
    window: ResponseWindow
    before: ResponseWindow | None
    follows_on: bool
    percent: float
    percent_low: float
    percent_high: float
    own_percent: float = math.nan
    own_low: float = math.nan
    own_high: float = math.nan
    recovery: ResponseWindow | None = None

    def recovery_text(self, least: float) -> str:
        """How far the rate came back, and whether that is at least so many percent of baseline."""
        if self.recovery is None or math.isnan(self.recovery.percent):
            return "" if self.recovery is None else "not measured"
        came = _interval(self.recovery.percent, self.recovery.percent_low, self.recovery.percent_high)
        if self.recovery.percent >= least:
            return came
        doubt = "not recovered" if self.recovery.percent_high < least else "recovery in doubt"
        return f"{came}: {doubt}"


@dataclass(frozen=True, slots=True)
class Superfusion(Shown):
    """The applications of one drug to one cell of a slice.

    Parameters
    ----------
    unit_id, drug, dose_unit : str
    design : {"single", "cumulative", "separate", "mixed"}
        By the times: whether the drug was washed out between the applications.
    bath_delay_s : float
        Dead time of the bath.
    reference : {"session", "own"}
        What the concentrations were read against.
    recovered_percent : float
        Percent of baseline from which on a cell counts as recovered.
    solutions_s : tuple of float
        When the tap was turned to each solution of the bath, drug or not.
    applications : tuple of Application
        In order of time.

    Examples
    --------
    >>> import numpy as np
    >>> from ephys.model import Administration, DoseProtocol, Epoch, Support, Unit
    >>> from ephys.pharmacology import ReadoutSettings, dose_response
    >>> given = tuple(Administration("5-ct", t, t + 200.0, dose=nm, dose_unit="nM", route="bath")
    ...               for t, nm in ((200.0, 10.0), (800.0, 30.0)))
    >>> spikes = np.concatenate([np.arange(0.5, 240.0), np.arange(240.5, 440.0, 2.0), np.arange(440.5, 840.0),
    ...                          np.arange(840.5, 1040.0, 4.0), np.arange(1040.5, 1400.0)])
    >>> response = dose_response(
    ...     Unit.from_times(spikes, support=Epoch(0.0, 1400.0)), DoseProtocol(given, Support.of(Epoch(0.0, 1400.0))),
    ...     settings=ReadoutSettings(bath_delay_s=40.0))
    >>> print(response.superfusion)
    unit 1, 5-ct in the bath: 2 concentrations, separate: wash between the applications; bath delay 40 s
    after the last wash 100 % of baseline (73 to 135)
    >>> response.superfusion.rows[0][:4]
    ('10', '240 to 440', '50 (33 to 74)', '50 (31 to 79)')
    """

    unit_id: str
    drug: str
    dose_unit: str
    design: Design
    bath_delay_s: float
    reference: BathReference
    recovered_percent: float
    solutions_s: tuple[float, ...]
    applications: tuple[Application, ...]

    @property
    def title(self) -> str:
        """What it is of."""
        return f"Superfusion with {self.drug}, unit {self.unit_id}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings of `rows`."""
        return (
            f"concentration ({unit_text(self.dose_unit)})", "at the cell (s)", "% of baseline (95 %)",
            "% of the rate before it (95 %)", "% of baseline after wash-out (95 %)",
        )  # fmt: skip

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """A row for each application, as it is printed."""
        return tuple(self._row(one) for one in self.applications)

    def _row(self, one: Application) -> tuple[str, ...]:
        """One application."""
        until = f"to {one.leaves_s:.0f}" if math.isfinite(one.leaves_s) else "to the end"
        own = UNKNOWN if math.isnan(one.own_percent) else _interval(one.own_percent, one.own_low, one.own_high)
        return (
            f"{one.dose:g}",
            f"{one.arrives_s:.0f} {until}",
            UNKNOWN if math.isnan(one.percent) else _interval(one.percent, one.percent_low, one.percent_high),
            own,
            one.recovery_text(self.recovered_percent) or "no wash after it",
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know before a number is used."""
        return tuple(self._notes())

    def _notes(self) -> Iterator[str]:
        """Delay, order of the concentrations, recovery between them and at the end."""
        if self.bath_delay_s == 0:
            yield UNKNOWN_DELAY
        shortest_s = min((one.leaves_s - one.arrives_s for one in self.applications), default=math.inf)
        if self.bath_delay_s > shortest_s:
            yield (
                f"bath delay {self.bath_delay_s:g} s is longer than the shortest application, {shortest_s:g} s: its "
                "window lies after its tap was closed; is the delay in seconds?"
            )
        unit = unit_text(self.dose_unit)
        fallen = [
            f"{later.dose:g} after {earlier.dose:g} {unit}"
            for earlier, later in zip(self.applications, self.applications[1:], strict=False)
            if later.follows_on and later.dose <= earlier.dose
        ]
        if fallen:
            yield f"without wash, and not rising: {', '.join(fallen)}; what the higher one left may act"
        poor = [one for one in self.applications[:-1] if self._is_poor(one)]
        if poor:
            told = "; ".join(f"after {one.dose:g} {unit} {one.recovery_text(self.recovered_percent)}" for one in poor)
            yield (
                f"recovery between applications incomplete (under {self.recovered_percent:g} % of baseline): {told}. "
                "Desensitisation, run-down or drug that is left passes for, or hides, potency"
            )
        last = self.applications[-1].recovery if self.applications else None
        if last is None or math.isnan(last.percent):
            yield "recovery after wash-out not measured: a loss of the cell, or run-down, looks like an effect"
        elif self._is_poor(self.applications[-1]):
            yield f"after the last wash {self.applications[-1].recovery_text(self.recovered_percent)}"

    def _is_poor(self, one: Application) -> bool:
        """Whether a wash brought back less than it should."""
        return one.recovery is not None and one.recovery.percent < self.recovered_percent

    def as_rows(self) -> list[dict[str, Any]]:
        """A row for each application, every number in a column of its own."""
        return [
            {
                "unit": self.unit_id, "drug": self.drug, "concentration": one.dose, "dose_unit": self.dose_unit,
                "design": self.design, "bath_delay_s": self.bath_delay_s, "follows_on": one.follows_on,
                "given_s": one.given_s, "arrives_s": one.arrives_s,
                "leaves_s": one.leaves_s if math.isfinite(one.leaves_s) else math.nan,
                "percent": one.percent, "percent_low": one.percent_low, "percent_high": one.percent_high,
                "own_percent": one.own_percent, "own_low": one.own_low, "own_high": one.own_high,
                **_recovered(one.recovery), "notes": "; ".join(self.notes),
            }
            for one in self.applications
        ]  # fmt: skip

    @property
    def methods(self) -> str:
        """Sentences for a Methods section."""
        against = {
            "session": "the baseline of the session; percent of the rate just before each application stands beside",
            "own": "the last stretch without drug before it",
        }[self.reference]
        delay = (
            f"Solutions were taken to reach the cell {self.bath_delay_s:g} s after the tap was turned (dead time of "
            "the bath), in wash-in and wash-out."
            if self.bath_delay_s > 0
            else "The dead time of the bath was not taken into account."
        )
        return (
            f"{self.drug} was superfused in {count_text(len(self.applications), 'concentration')} "
            f"({DESIGNS[self.design]}). {delay} Each concentration was read against {against}. A cell whose rate after "
            f"wash-out was under {self.recovered_percent:g} % of baseline was flagged as not recovered."
        )

    def __str__(self) -> str:
        """Design, delay, and how far the cell came back."""
        number = count_text(len(self.applications), "concentration")
        told = f"{number}, {DESIGNS[self.design]}" if self.design != "single" else DESIGNS["single"]
        lines = [f"unit {self.unit_id}, {self.drug} in the bath: {told}; bath delay {self.bath_delay_s:g} s"]
        last = self.applications[-1].recovery if self.applications else None
        if last is not None and math.isfinite(last.percent):
            came = _interval(last.percent, last.percent_low, last.percent_high)
            lines.append(f"after the last wash {came.replace(' ', ' % of baseline ', 1)}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """A row for each application, for Jupyter."""
        return shown(self, table(self.columns, self.rows, name="applications"), beside={"notes": self.notes})


def _recovered(window: ResponseWindow | None) -> dict[str, float]:
    """Percent of baseline after a wash; NaN where there is none."""
    values = (math.nan,) * 5 if window is None else (
        window.epoch.start_s, window.epoch.stop_s, window.percent, window.percent_low, window.percent_high
    )  # fmt: skip
    names = ("recovery_start_s", "recovery_stop_s", "recovery_percent", "recovery_low", "recovery_high")
    return dict(zip(names, values, strict=True))


def _interval(value: float, low: float, high: float) -> str:
    """A percent with its interval."""
    return f"{value:.0f} ({low:.0f} to {high:.0f})" if math.isfinite(low) else f"{value:.0f}"

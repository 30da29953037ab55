"""What a simulated cell is like: how it fires, what its spikes look like, and how the drug acts on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.simulation.electrode import Place
from ephys.simulation.trains import RenewalLaw

CellType = Literal["serotonergic", "fast", "slow_irregular"]
TrueFate = Literal["held", "lost", "undetermined", "unstable"]

INVENTED_ID50_UG_KG = 80.0
"""Invented, and the same for every drug, so that nothing can be read into a comparison."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinetics(Shown):
    """How the effect comes and goes.

    Parameters
    ----------
    onset_s : float
        Time constant of the onset of each i.v. dose: at its plateau by 30 s (convention).
    half_life_s : float
        Elimination: about 100 min for ipsapirone in rats, after oral dosing (Caccia 1988, Eur J Pharmacol 151:365).
    reversal_s : float
        Time constant with which the antagonist takes the dose away: the rate is back within a minute (convention).

    Raises
    ------
    ParameterError
        If one is not positive.
    """

    onset_s: float = 8.0
    half_life_s: float = 6000.0
    reversal_s: float = 12.0

    def __post_init__(self) -> None:
        for name, seconds in (("onset", self.onset_s), ("half_life", self.half_life_s), ("reversal", self.reversal_s)):
            if not seconds > 0:
                raise ParameterError(f"{name}_s must be positive, got {seconds} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSpec(Shown):
    """One cell to simulate. Its ID50 is invented.

    Parameters
    ----------
    name : str
        Of the unit, in the session and in the truth.
    cell_type : {"serotonergic", "fast", "slow_irregular"}
        Decides the spike's shape.
    rate_hz : float
        Rate before any drug, doublets included (1.7 ± 0.2 Hz in labelled cells: Allers & Sharp 2003, Neuroscience
        122:193).
    cv : float
        Coefficient of variation of the intervals, doublets collapsed.
    doublet_share : float
        Share of the firing events that are doublets.
    law : {"gamma", "inverse_gaussian"}
        Distribution of the intervals.
    burst_continue : float
        Chance that a doublet goes on to a third spike, a triplet to a fourth, and so on.
    burst_decrement : float
        Size of each further spike of a doublet or burst against the one before (convention).
    amplitude_uv : float
        Main peak on the wide band, on the contact that sees it best, before any run-down.
    amplitude_drift_percent : float
        Change of the amplitude from the first second of the session to the last, in a straight line.
    place_um : tuple of float
        Where the cell lies, see `Electrode`; of no account on a single wire.
    width : float
        Stretches the shape of its type in time; 1 leaves it.
    trough : float
        Stretches the size of the phases after the first; 1 leaves them.
    phases : int
        2 or 3: with the last, small phase or without it.
    polarity : int
        1 for a positive first phase, -1 for a negative one.
    id50, hill, emax_percent : float
        Cumulative dose in µg/kg, or concentration in nM, at half of the largest effect, slope, and largest inhibition;
        with `emax_percent` 0 the drug does nothing.
    kinetics : Kinetics
        Onset, elimination and reversal.
    drift_percent_per_min : float
        Slow change of the rate that no drug causes.
    state_depth : float
        Share by which the rate follows the states of the anaesthesia, where the session has any (0 to 0.4).
    follows : str
        Another cell, whose spikes this one's overlap; empty for none.
    follow_share : float
        Share of that cell's spikes which are overlapped.
    follow_lag_ms : tuple of float
        Range of the lag, drawn evenly.
    rundown_from_s, lost_at_s : float, optional
        When the amplitude begins to fall, in a straight line, and when it meets the detection threshold.
    fate : {"held", "lost", "undetermined", "unstable"}
        What a reader should conclude; it must agree with the rest.

    Raises
    ------
    ParameterError
        If a value cannot be, or the fate does not agree with run-down and drift.

    Examples
    --------
    >>> CellSpec(name="1").cell_type
    'serotonergic'
    >>> CellSpec(name="2", fate="lost")
    Traceback (most recent call last):
    ...
    ephys.errors.ParameterError: cell 2: fate 'lost' and lost_at_s=None disagree; a cell is lost at a stated time
    """

    name: str
    cell_type: CellType = "serotonergic"
    rate_hz: float = 1.6
    cv: float = 0.3
    doublet_share: float = 0.0
    burst_continue: float = 0.0
    burst_decrement: float = 0.8
    law: RenewalLaw = "gamma"
    amplitude_uv: float = 120.0
    amplitude_drift_percent: float = 0.0
    place_um: Place = (0.0, 0.0, 0.0)
    width: float = 1.0
    trough: float = 1.0
    phases: Literal[2, 3] = 3
    polarity: Literal[1, -1] = 1
    id50: float = INVENTED_ID50_UG_KG
    hill: float = 1.8
    emax_percent: float = 100.0
    kinetics: Kinetics = Kinetics()
    drift_percent_per_min: float = 0.0
    state_depth: float = 0.0
    follows: str = ""
    follow_share: float = 0.0
    follow_lag_ms: tuple[float, float] = (-1.0, 1.0)
    rundown_from_s: float | None = None
    lost_at_s: float | None = None
    fate: TrueFate = "held"

    def __post_init__(self) -> None:
        for name in ("rate_hz", "cv", "amplitude_uv", "width", "id50", "hill", "burst_decrement"):
            if not getattr(self, name) > 0:
                raise ParameterError(f"cell {self.name}: {name} must be positive, got {getattr(self, name)}")
        for name in ("burst_continue", "state_depth", "follow_share"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ParameterError(f"cell {self.name}: {name} must lie in 0 to 1, got {getattr(self, name)}")
        if not self.amplitude_drift_percent > -100.0:
            raise ParameterError(
                f"cell {self.name}: amplitude_drift_percent must stay above -100, got {self.amplitude_drift_percent}"
            )
        if not 0.0 <= self.emax_percent <= 100.0:
            raise ParameterError(f"cell {self.name}: emax_percent must lie in 0 to 100, got {self.emax_percent}")
        if (self.fate == "lost") != (self.lost_at_s is not None):
            raise ParameterError(
                f"cell {self.name}: fate {self.fate!r} and lost_at_s={self.lost_at_s} disagree; "
                "a cell is lost at a stated time"
            )
        if (self.fate == "unstable") != (self.drift_percent_per_min != 0):
            raise ParameterError(
                f"cell {self.name}: fate {self.fate!r} and a drift of {self.drift_percent_per_min:g} %/min disagree"
            )
        if self.follows and (self.doublet_share > 0 or self.follows == self.name):
            raise ParameterError(
                f"cell {self.name}: a cell that follows {self.follows!r} must be another one and fire single spikes"
            )
        if self.lost_at_s is not None and self.amplitude_drift_percent:
            raise ParameterError(
                f"cell {self.name}: lost_at_s={self.lost_at_s:g} s already says how the amplitude falls; "
                "leave amplitude_drift_percent at 0"
            )
        if self.lost_at_s is not None and (self.rundown_from_s is None or not self.rundown_from_s < self.lost_at_s):
            raise ParameterError(
                f"cell {self.name}: rundown_from_s must come before lost_at_s, "
                f"got {self.rundown_from_s} and {self.lost_at_s}"
            )


DEFAULT_CELLS = (
    CellSpec(name="held", doublet_share=0.04),
    CellSpec(
        name="lost", rate_hz=1.2, cv=0.25, amplitude_uv=90.0, width=0.85, phases=2, rundown_from_s=200.0,
        lost_at_s=440.0, fate="lost",
    ),
    CellSpec(name="fast", cell_type="fast", rate_hz=12.0, cv=0.5, amplitude_uv=80.0, polarity=-1, emax_percent=0.0),
)  # fmt: skip
"""On one wire: a 5-HT cell that returns after the antagonist, one lost by run-down, and a fast cell that ignores it."""

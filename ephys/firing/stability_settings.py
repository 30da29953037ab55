"""When a baseline is called unstable, or unclear, and what is looked for before another is suggested."""

from __future__ import annotations

from dataclasses import dataclass

from ephys.errors import ParameterError
from ephys.jupyter import Shown


@dataclass(frozen=True, slots=True)
class StabilitySettings(Shown):
    """Limits of everything that is said of a baseline. Conventions, where no source is named.

    Parameters
    ----------
    bin_s, min_bins : float, int
        The slope is fitted to counts in bins of `bin_s`, shorter where the baseline would give fewer than `min_bins`.
    min_covered_s, min_spikes : float, int
        With less recorded time, or fewer spikes, nothing is judged.
    max_spikes : int
        No steps are looked for among more, which would take seconds: a baseline of minutes has fewer.
    max_change_percent : float
        A change smaller than this over the baseline is let pass, however certain it is. Papers allow 10 to 20 %.
    max_unseen_percent : float
        A baseline in which nothing is seen, but a larger change than this is not excluded, is unclear and not stable.
    alarm : float
        Chance of calling a steady baseline unstable; slope and steps have one half of it each.
    level : float
        Coverage of the intervals.
    max_drift_percent : float
        Per dose: what the slope would make of the rate is flagged where it is more than this.
    suggest_from_s, suggest_to_s, suggest_step_s : float
        Shortest and longest baseline that is suggested (the field's 2 min, and one cycle of urethane's states), and by
        how much two that are tried differ.
    supplement_s : float
        A supplement of the anaesthetic so long before the baseline is said: anaesthetics change responses to 5-HT
        (McCardle & Gartside 2012, Neuropharmacology).
    urethane_cycle_s : float
        One cycle of activated and deactivated states under urethane: about 11 min (Clement et al. 2008,
        PLoS ONE).

    Raises
    ------
    ParameterError
        If a limit makes no sense.
    """

    bin_s: float = 20.0
    min_bins: int = 6
    min_covered_s: float = 60.0
    min_spikes: int = 20
    max_spikes: int = 5000
    max_change_percent: float = 10.0
    max_unseen_percent: float = 50.0
    alarm: float = 0.05
    level: float = 0.95
    max_drift_percent: float = 2.0
    suggest_from_s: float = 120.0
    suggest_to_s: float = 660.0
    suggest_step_s: float = 60.0
    supplement_s: float = 600.0
    urethane_cycle_s: float = 660.0

    def __post_init__(self) -> None:
        # Three bins at least, or there is no scatter round a line.
        if not (0 < 3 * self.bin_s <= self.min_covered_s and self.min_bins >= 3 and 0 < self.level < 1):
            raise ParameterError(
                "stability needs 0 < 3 bin_s <= min_covered_s, min_bins of 3 or more and 0 < level < 1, "
                f"got {self.bin_s}, {self.min_covered_s}, {self.min_bins} and {self.level}"
            )
        # The chance of a step is known to 1 in 200 only.
        if not 0.01 <= self.alarm <= 0.1:
            raise ParameterError(f"stability needs an alarm of 0.01 to 0.1, got {self.alarm}")
        for name in ("max_change_percent", "max_drift_percent", "supplement_s"):
            if not getattr(self, name) >= 0:
                raise ParameterError(f"stability needs {name} of 0 or more, got {getattr(self, name)}")
        for name in ("max_unseen_percent", "suggest_step_s", "urethane_cycle_s"):
            if not getattr(self, name) > 0:
                raise ParameterError(f"stability needs {name} above 0, got {getattr(self, name)}")
        if not self.min_covered_s <= self.suggest_from_s <= self.suggest_to_s:
            raise ParameterError(
                "stability needs min_covered_s <= suggest_from_s <= suggest_to_s, "
                f"got {self.min_covered_s}, {self.suggest_from_s} and {self.suggest_to_s}"
            )

    @property
    def look_alarm(self) -> float:
        """Chance of a false alarm that each look, slope and steps, may spend."""
        return 0.5 * self.alarm

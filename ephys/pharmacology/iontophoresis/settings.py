"""How ejections are measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from ephys.errors import ParameterError
from ephys.jupyter import Shown

Control = Literal["shown", "subtracted"]

VALIDATED = "Validation of the I·T50 method, J Pharmacol Methods 1988;19:23, doi 10.1016/0160-5402(88)90041-1"
"""Where the range of currents comes from in which the charge to half depression is the same at every current."""


@dataclass(frozen=True, slots=True)
class IontophoresisSettings(Shown):
    """How ejections are measured. Where no source is named, a number is a convention.

    Parameters
    ----------
    baseline_s, min_baseline_s : float
        Baseline before each ejection, as far as nothing was given in it; with less than the second nothing is measured.
    recovered_share, recovery_window_s : float
        The cell has recovered with the end of the first window of this length after the ejection that has this share
        of the spikes that the baseline expects. A window that is looked at as it goes by is a stopping time: spikes
        suppressed up to its end are 0 on average where nothing happened.
    follow_s : float
        Until so long after an ejection recovery is waited for.
    fixed_ejection_s, fixed_after_s : float
        The fixed window beside: an ejection of this length, and so long after it.
    low_current_na : float
        I·T50 of an ejection below is flagged: it was validated for currents above 3 nA (5-HT on hippocampal pyramidal
        cells, J Pharmacol Methods 1988;19:23, doi 10.1016/0160-5402(88)90041-1).
    min_cover : float
        Windows of which less was recorded are not measured.
    control : {"shown", "subtracted"}
        Whether the spikes suppressed per nA by the control ejections of the electrode (role vehicle) stand beside, or
        are taken off before repeats are averaged and electrodes compared.
    bin_s : float
        Of the counts that are drawn around an ejection; no number rests on it.
    seed : int
        Of the chance of an onset.
    """

    baseline_s: float = 60.0
    min_baseline_s: float = 20.0
    recovered_share: float = 0.8
    recovery_window_s: float = 20.0
    follow_s: float = 300.0
    fixed_ejection_s: float = 50.0
    fixed_after_s: float = 50.0
    low_current_na: float = 3.0
    min_cover: float = 0.8
    control: Control = "shown"
    bin_s: float = 5.0
    seed: int = 0

    def __post_init__(self) -> None:
        lengths = {
            name: getattr(self, name)
            for name in (
                "baseline_s",
                "min_baseline_s",
                "recovery_window_s",
                "follow_s",
                "fixed_ejection_s",
                "fixed_after_s",
                "bin_s",
            )
        }
        for name, seconds in lengths.items():
            if not seconds > 0:
                raise ParameterError(f"{name} of ejections must be above 0 s, got {seconds}")
        if self.min_baseline_s > self.baseline_s or self.recovery_window_s > self.follow_s:
            raise ParameterError(
                f"min_baseline_s ({self.min_baseline_s:g}) is at most baseline_s ({self.baseline_s:g}), and "
                f"recovery_window_s ({self.recovery_window_s:g}) at most follow_s ({self.follow_s:g})"
            )
        if not (0 < self.recovered_share < 1 and 0 < self.min_cover <= 1 and self.low_current_na >= 0):
            raise ParameterError(
                "ejections need recovered_share between 0 and 1, min_cover above 0 and at most 1 and low_current_na "
                f"not negative, got {self.recovered_share}, {self.min_cover} and {self.low_current_na}"
            )
        if self.control not in get_args(Control):
            raise ParameterError(f"control must be {' or '.join(get_args(Control))}, got {self.control!r}")

"""What breathing and heartbeat do to a unit: how its spikes and their amplitudes follow each rhythm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ephys.jupyter import Shown

RhythmName = Literal["respiration", "heartbeat"]


@dataclass(frozen=True, slots=True)
class RhythmLocking(Shown):
    """How one unit follows one rhythm, with 95 % intervals. NaN means not measured.

    Parameters
    ----------
    rhythm : {"respiration", "heartbeat"}
        Which.
    source : str
        Where its phase comes from: ``"the wire"``, or a monitor by name.
    frequency_hz : float
        Of the rhythm.
    strength, low, high : float
        Vector strength of the spikes' phases, corrected for its bias: 0 for none, 1 for spikes at one phase only.
    chance : float
        Chance of such a strength in a train as regular as this one that has nothing to do with the rhythm.
    n_spikes : int
        Spikes that were looked at.
    depth, depth_low, depth_high : float
        Share by which the amplitude swings to either side of its mean with the phase.
    missed : tuple of float
        Share of the spikes below the threshold in each eighth of the cycle, from the signal's maximum on; empty where
        unknown.
    locked : bool
        True where the lower end of the interval reaches the limit of the settings, and chance does not explain it.
    """

    rhythm: RhythmName
    source: str
    frequency_hz: float
    strength: float
    low: float
    high: float
    chance: float
    n_spikes: int
    depth: float = math.nan
    depth_low: float = math.nan
    depth_high: float = math.nan
    missed: tuple[float, ...] = ()
    locked: bool = False

    @property
    def text(self) -> str:
        """The locking in words.

        >>> RhythmLocking("respiration", "the wire", 1.4, 0.97, 0.95, 0.98, 0.002, 250).text
        'respiration: vector strength 0.97 (0.95 to 0.98) at 1.40 Hz, from the wire'
        """
        interval = f"{self.strength:.2f} ({self.low:.2f} to {self.high:.2f})"
        return f"{self.rhythm}: vector strength {interval} at {self.frequency_hz:.2f} Hz, from {self.source}"


@dataclass(frozen=True, slots=True)
class UnitRhythms(Shown):
    """What the animal's rhythms have to do with one unit, on its baseline.

    Parameters
    ----------
    unit_id : str
        Whose.
    lockings : tuple of RhythmLocking
        One per rhythm that was found.
    slow_share : float
        Share of the energy of the mean wide-band waveform below 300 Hz; NaN where it cannot be told.
    artefact : tuple of str
        Why the unit may be a rhythm's artefact and no cell, in words; empty where nothing says so.
    flags : tuple of str
        What the rhythms do to a real unit, in words.
    not_judged : str
        Why no rhythm could be looked for; empty where one was.
    """

    unit_id: str
    lockings: tuple[RhythmLocking, ...] = ()
    slow_share: float = math.nan
    artefact: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    not_judged: str = ""

    def locking(self, rhythm: RhythmName) -> RhythmLocking | None:
        """How the unit follows one rhythm; ``None`` where that rhythm was not found."""
        return next((one for one in self.lockings if one.rhythm == rhythm), None)

"""Limits of what is suggested."""

from __future__ import annotations

from dataclasses import dataclass, field

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.sorting.contamination import FalseSpikeSettings


@dataclass(frozen=True, slots=True)
class SuggestionSettings(Shown):
    """When two units look like one cell, one like two, or one like none. Limits are conventions where nothing is said.

    Parameters
    ----------
    least_spikes : int
        Of a unit with fewer nothing is said.
    quiet : FalseSpikeSettings
        The times in which a cell does not fire twice: from the burst limit to the end of the after-hyperpolarisation,
        and the refractory time.
    refractory_ms : tuple of float
        Ends of further stretches of time, from the dead time on, in which a fast cell may be silent; the longest one
        that both units leave empty themselves is used.
    nearby_s : float
        Chance is reckoned from the rates within this time of each spike, so that a drug that silences two cells
        together does not make them one.
    chance : float
        What is said of two trains has at most this chance in independent ones (exact Poisson).
    emptiest_share : float
        A stretch of time says something if each unit's own train leaves at most this share of what chance would.
    independent_share : float
        Two units are not one cell if they certainly leave more than this share of the intervals that two independent
        trains would.
    burst_ms : tuple of float
        Intervals within a burst (20 ms: convention of the field).
    burst_share : float
        Least share of a unit's spikes that follow another's within a burst, beyond chance.
    alone_share : float
        From this share on, bursts alone make a suggestion; below it the other spikes must avoid the other unit's.
    burst_asymmetry : float
        So many times more spikes follow within a burst than lead.
    burst_size : float
        Spikes within a burst have at most this share of the size of those that they follow.
    same_shape, burst_shape : float
        Largest distance of two mean spikes of one cell, size set aside, as a share of their size, and of one cell
        within bursts.
    shape_ms : tuple of float
        Stretch of the spike that is compared.
    handover_spikes : int
        Spikes on either side of a hand-over, or of a step, whose sizes are compared.
    handover_size : float
        Largest ratio of the sizes there of one cell...
    jump_size, jump_intervals : float
        ...and of one cell whose electrode moved, if it goes on at once: after no more than so many usual intervals.
    step_size : float
        Least ratio of the sizes on the two sides of a step...
    steady_size : float
        ...and largest ratio of the sizes along either side: what changes slowly is no step.
    least_link_confidence : float
        A unit is cut in time where its shape changes so that it is one cell with a lower chance.
    most_refractory_share : float
        A unit is no single cell if certainly more of its intervals are shorter than the refractory time.
    most_false_share : float
        ...or if certainly more of its spikes are not its cell's by their intervals.
    mains_hz : tuple of float
        Frequencies of the mains.
    mains_strength : float
        Least vector strength of what is locked to the mains.
    clock_share : float
        Intervals that spread by less than this share of their median are a clock's. The most regular real cells
        known here spread by 0.06.
    rail_ms, rail_share : float
        Voltage that stays at the amplifier's rail for so long is no spike, however large: the widest are over by then.
        Least share of a unit's spikes at which it does.
    """

    least_spikes: int = 20
    quiet: FalseSpikeSettings = field(default_factory=FalseSpikeSettings)
    refractory_ms: tuple[float, ...] = (20.0, 10.0, 5.0, 3.0)
    nearby_s: float = 10.0
    chance: float = 0.001
    emptiest_share: float = 0.25
    independent_share: float = 0.5
    burst_ms: tuple[float, float] = (1.5, 20.0)
    burst_share: float = 0.1
    alone_share: float = 0.5
    burst_asymmetry: float = 3.0
    burst_size: float = 0.95
    same_shape: float = 0.2
    burst_shape: float = 0.35
    shape_ms: tuple[float, float] = (-0.8, 1.6)
    handover_spikes: int = 20
    handover_size: float = 1.3
    jump_size: float = 3.0
    jump_intervals: float = 5.0
    step_size: float = 1.5
    steady_size: float = 1.15
    least_link_confidence: float = 0.05
    most_refractory_share: float = 0.02
    most_false_share: float = 0.3
    mains_hz: tuple[float, ...] = (50.0, 60.0)
    mains_strength: float = 0.6
    clock_share: float = 0.01
    rail_ms: float = 3.0
    rail_share: float = 0.5

    def __post_init__(self) -> None:
        if self.least_spikes < 10:
            raise ParameterError(f"suggestions need least_spikes of at least 10, got {self.least_spikes}")
        for name in ("chance", "emptiest_share", "independent_share", "burst_share", "same_shape", "burst_shape"):
            if not 0 < getattr(self, name) < 1:
                raise ParameterError(f"{name} of the suggestions must lie between 0 and 1, got {getattr(self, name)}")
        if not self.nearby_s > self.quiet.longest_quiet_ms * 1e-3:
            raise ParameterError(f"nearby_s must be longer than the quiet time, got {self.nearby_s:g} s")

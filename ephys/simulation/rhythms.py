"""Breathing and heartbeat: they move the electrode, and can leave a pulse on the wire that looks like a slow cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model import Monitor
from ephys.simulation.spikes import SpikeShape, add_spikes
from ephys.simulation.states import UrethaneStates

FloatArray = NDArray[np.float64]

PULSE_CV = 0.1
"""Spread of the size of one pulse against the next (convention)."""

MONITOR_HZ = 100.0
"""Sampling rate of a simulated monitor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm(Shown):
    """One physiological rhythm. All its defaults are conventions of the simulator.

    Parameters
    ----------
    name : str
        What its monitor is called.
    frequency_hz : float
        1 to 2 Hz for breathing under urethane or chloral hydrate, 5 to 8 Hz for a rat's heart.
    cycle_cv : float
        Coefficient of variation of its cycles: more regular than any cell.
    movement : float
        Share by which spikes grow and shrink with the phase, as the electrode moves.
    pulse_uv : float
        Size of the pulse that each cycle leaves on the wire; 0 for none.
    pulse_ms : float
        Gaussian SD of the pulse's first phase: 0.35 ms passes for a wide spike, 3 ms lies below 300 Hz.
    slow_uv : float
        Amplitude of the slow potential at the rhythm's own frequency.
    state_share : float
        Share by which the frequency follows the anaesthetic state.
    monitored : bool
        True puts it on a monitor channel of the session.

    Raises
    ------
    ParameterError
        If a number is out of range.
    """

    name: str = "respiration"
    frequency_hz: float = 1.4
    cycle_cv: float = 0.03
    movement: float = 0.0
    pulse_uv: float = 0.0
    pulse_ms: float = 0.35
    slow_uv: float = 0.0
    state_share: float = 0.0
    monitored: bool = False

    def __post_init__(self) -> None:
        if not (self.frequency_hz > 0 and self.pulse_ms > 0 and self.cycle_cv >= 0):
            raise ParameterError(
                f"{self.name}: frequency_hz and pulse_ms must be positive and cycle_cv not negative, "
                f"got {self.frequency_hz}, {self.pulse_ms} and {self.cycle_cv}"
            )
        if not (0.0 <= self.movement < 1.0 and 0.0 <= self.state_share < 1.0):
            raise ParameterError(
                f"{self.name}: movement and state_share must lie in [0, 1), got {self.movement} and {self.state_share}"
            )

    @property
    def pulse_shape(self) -> SpikeShape:
        """Shape of its pulse: two phases, like a wide spike."""
        return SpikeShape((1.0, -0.4), (0.0, 4.0 * self.pulse_ms), (self.pulse_ms, 1.6 * self.pulse_ms))


@dataclass(frozen=True, eq=False)
class Beats(Shown):
    """When each cycle of a rhythm began, over a whole session and a little beyond.

    Parameters
    ----------
    rhythm : Rhythm
        Which.
    times_s : array (cycles,)
        Beginnings of its cycles, in order; the first lies before 0 s.
    pulses_uv : array (cycles,)
        Size of the pulse that each leaves.
    """

    rhythm: Rhythm
    times_s: FloatArray
    pulses_uv: FloatArray

    def cycles(self, times_s: FloatArray) -> FloatArray:
        """Cycles gone by at each time: the whole part counts them, the rest is the phase.

        >>> beats = draw_beats(Rhythm(frequency_hz=2.0, cycle_cv=0.0), stop_s=10.0)
        >>> float(np.diff(beats.cycles(np.array([1.0, 2.0])))[0].round(3))
        2.0
        """
        gone: FloatArray = np.interp(times_s, self.times_s, np.arange(len(self.times_s), dtype=np.float64))
        return gone

    def movement(self, times_s: FloatArray) -> FloatArray:
        """Factor on the size of a spike at each time: largest as a cycle begins."""
        factor: FloatArray = 1.0 + self.rhythm.movement * np.cos(2.0 * np.pi * self.cycles(times_s))
        return factor

    def slow_potential(self, times_s: FloatArray) -> FloatArray:
        """Slow voltage at each time, in µV."""
        voltage: FloatArray = self.rhythm.slow_uv * np.cos(2.0 * np.pi * self.cycles(times_s))
        return voltage

    def add_pulses(self, traces_uv: FloatArray, *, sampling_hz: float, start_s: float) -> None:
        """Add the pulses to a stretch of voltage, in place, as `add_spikes` does."""
        add_spikes(
            traces_uv,
            self.times_s,
            self.pulses_uv,
            shape=self.rhythm.pulse_shape,
            sampling_hz=sampling_hz,
            start_s=start_s,
            span_ms=(-5.0 * self.rhythm.pulse_ms, 12.0 * self.rhythm.pulse_ms),
        )

    def monitor(self, stop_s: float) -> Monitor:
        """The rhythm as a sensor on the chest would show it."""
        times_s = np.arange(0.0, stop_s, 1.0 / MONITOR_HZ)
        return Monitor(self.rhythm.name, np.cos(2.0 * np.pi * self.cycles(times_s)), MONITOR_HZ, unit="V")


def draw_beats(
    rhythm: Rhythm, *, stop_s: float, states: UrethaneStates | None = None, seed: int | np.random.Generator = 0
) -> Beats:
    """Let a rhythm run through a session.

    Parameters
    ----------
    rhythm : Rhythm
        Which.
    stop_s : float
        End of the session.
    states : UrethaneStates, optional
        Which the frequency follows.
    seed : int or numpy.random.Generator, optional
        Source of chance.

    Examples
    --------
    >>> beats = draw_beats(Rhythm(frequency_hz=1.4), stop_s=100.0)
    >>> intervals = np.diff(beats.times_s)
    >>> round(float(1.0 / intervals.mean()), 1), bool(intervals.std() / intervals.mean() < 0.05)
    (1.4, True)
    """
    rng = np.random.default_rng(seed)
    times_s = [-rng.random() / rhythm.frequency_hz - 1.0 / rhythm.frequency_hz]
    while times_s[-1] <= stop_s + 1.0 / rhythm.frequency_hz:
        level = states.level(np.array([max(times_s[-1], 0.0)]))[0] if states and rhythm.state_share else 0.0
        frequency_hz = rhythm.frequency_hz * (1.0 + rhythm.state_share * level)
        # A cycle shorter than a third of its mean does not occur, whatever the draw.
        times_s.append(times_s[-1] + max(1.0 / 3.0, rng.normal(1.0, rhythm.cycle_cv)) / frequency_hz)
    sizes = rhythm.pulse_uv * rng.normal(1.0, PULSE_CV, len(times_s))
    return Beats(rhythm, np.array(times_s), sizes)

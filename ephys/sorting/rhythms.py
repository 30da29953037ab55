"""Is a unit breathing, or a heart? Units that are a rhythm of the animal, and cells that it only modulates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model import Epoch, Monitor, RhythmLocking, Session, Unit, UnitRhythms
from ephys.model.monitor_kinds import MonitorKind
from ephys.model.rhythm import RhythmName
from ephys.sorting.locking import Strength, amplitude_swing, chance_of, vector_strength
from ephys.sorting.phases import (
    LEAST_WINDOW_S,
    SLOW_BAND_HZ,
    RhythmPhase,
    SlowTrace,
    follow_rhythm,
    in_step,
    read_monitor,
    read_wire,
    without_jumps,
    without_spikes,
)
from ephys.sorting.slow_energy import LOW_HZ, slow_share

FloatArray = NDArray[np.float64]

SHOWN: dict[RhythmName, tuple[MonitorKind, ...]] = {
    "respiration": ("respiration", "CO2", "airflow"),
    "heartbeat": ("ECG",),
}
"""Kinds of monitors that show one rhythm; what shows neither is searched for both."""

SHOWN_BY_NEITHER: tuple[MonitorKind, ...] = ("EEG", "LFP", "EMG", "temperature", "stimulus", "trigger", "command")
"""Kinds of monitors that show no such rhythm: cortical slow waves have the pace of breathing, stimuli their own."""

OWN_ECHO = 0.03
"""A rhythm on the wire smaller than this share of the unit's own spikes may be what they leave behind: an
after-potential of 3 % that lasts 0.2 s makes one of 1 %, an AC-coupled amplifier one of 0.1 % (simulated)."""


@dataclass(frozen=True, slots=True)
class RhythmSettings(Shown):
    """What counts as a rhythm, and as locked to it.

    Parameters
    ----------
    respiration_hz, heartbeat_hz : tuple of float
        Where their frequencies lie.
    least_prominence : float
        Least height of a rhythm's spectral peak above the floor; noise reaches it in 1 of 1080 windows of 40 to 180 s
        (simulated).
    locked_strength : float
        A unit is locked where the lower end of its vector strength reaches this. Simulated artefacts on a wire with a
        slow potential of 10 µV or more reach 0.91, with a seventh of foreign spikes 0.74; regular cells that know
        nothing of the rhythm at most 0.1, and modulated ones 0.3.
    most_chance : float
        Above this chance a locking or a modulation is not spoken of.
    most_slow_share : float
        A larger share of the waveform's energy below 300 Hz is no spike's: the widest simulated 5-HT cell has 0.5,
        identified noradrenergic cells up to 0.8, pulses of 1 ms SD and wider 0.94 and more.
    least_depth : float
        Amplitudes that swing by at least this share are flagged.
    least_spikes : int
        With fewer in the window nothing is said.
    """

    respiration_hz: tuple[float, float] = (0.7, 3.0)
    heartbeat_hz: tuple[float, float] = (4.0, 9.0)
    least_prominence: float = 6.0
    locked_strength: float = 0.6
    most_chance: float = 0.01
    most_slow_share: float = 0.9
    least_depth: float = 0.05
    least_spikes: int = 20

    def __post_init__(self) -> None:
        for low_hz, high_hz in (self.respiration_hz, self.heartbeat_hz):
            if not SLOW_BAND_HZ[0] < low_hz < high_hz < SLOW_BAND_HZ[1]:
                raise ParameterError(f"a rhythm must lie within {SLOW_BAND_HZ} Hz, got {low_hz} to {high_hz} Hz")
        if self.least_spikes < 20:
            raise ParameterError(f"a vector strength needs least_spikes of at least 20, got {self.least_spikes}")

    @property
    def ranges_hz(self) -> dict[RhythmName, tuple[float, float]]:
        """Range of each rhythm, by name."""
        return {"respiration": self.respiration_hz, "heartbeat": self.heartbeat_hz}


def assess_rhythms(
    session: Session,
    units: Sequence[Unit],
    *,
    within: Epoch,
    settings: RhythmSettings | None = None,
    seed: int = 0,
) -> tuple[UnitRhythms, ...]:
    """Say of each unit how it follows breathing and heartbeat, and whether it may be nothing else.

    The phase comes from a monitor where one shows the rhythm, else from what the wire does between 0.3 and 15 Hz,
    with the spikes of the unit itself cut out.

    Parameters
    ----------
    session : Session
        With voltage, monitors, both or neither.
    units : sequence of Unit
        Sorted here or elsewhere.
    within : Epoch
        Baseline: nothing outside it is looked at.
    settings : RhythmSettings, optional
        Limits.
    seed : int, optional
        Of the surrogates.

    Returns
    -------
    tuple of UnitRhythms
        One per unit.

    Examples
    --------
    >>> from ephys.model import DoseProtocol, Support
    >>> whole = Epoch(0.0, 180.0)
    >>> beats_s = np.cumsum(np.random.default_rng(0).normal(0.7, 0.05, 250))
    >>> times_s = np.arange(0.0, 180.0, 0.01)
    >>> belt = Monitor("resp", np.cos(2 * np.pi * np.interp(times_s, beats_s, np.arange(250.0))), 100.0)
    >>> session = Session("demo", DoseProtocol((), Support.of(whole)), monitors=(belt,))
    >>> pulse = Unit.from_times(beats_s[beats_s < 174], support=whole)
    >>> assess_rhythms(session, [pulse], within=whole)[0].artefact[0]
    "locked to respiration: vector strength 1.00 (0.99 to 1.00) at 1.45 Hz, from monitor 'resp'"
    """
    settings = settings or RhythmSettings()
    brief = within.duration_s < LEAST_WINDOW_S  # nothing is judged, and a filter may want more samples than there are
    monitored = {} if brief else _monitored(session.monitors, within, settings)
    wire, obstacle = (None, "") if brief else _wire(session, within)
    return tuple(_assess(unit, monitored, wire, obstacle, within, settings, seed) for unit in units)


def _wire(session: Session, within: Epoch) -> tuple[SlowTrace | None, str]:
    """The slow part of the voltage, or why there is none."""
    if session.recording is None:
        return None, "no voltage"
    low_hz = session.recording.band_hz[0]
    if low_hz is not None and low_hz > SLOW_BAND_HZ[1]:
        return None, f"the amplifier's band begins at {low_hz:g} Hz"
    trace = read_wire(session.recording, within)
    return (None, "the voltage of the window has gaps") if trace is None else (without_jumps(trace), "")


def _monitored(
    monitors: Sequence[Monitor], within: Epoch, settings: RhythmSettings
) -> dict[RhythmName, RhythmPhase | None]:
    """Each rhythm that a monitor shows: one that is named for it first, then the clearest of the others."""
    found: dict[RhythmName, RhythmPhase | None] = {}
    for rhythm, range_hz in settings.ranges_hz.items():
        ranked = []
        for monitor in monitors:
            rank = _rank(monitor.kind, rhythm)
            trace = read_monitor(monitor, within) if rank else None
            phase = trace and follow_rhythm(trace, rhythm, range_hz, least_prominence=settings.least_prominence)
            if phase:
                ranked.append((rank, phase.prominence, phase))
        found[rhythm] = max(ranked, key=lambda entry: entry[:2])[2] if ranked else None
    return found


def _rank(kind: MonitorKind, rhythm: RhythmName) -> int:
    """How well a monitor fits a rhythm: 2 by its kind, 1 where that says nothing, 0 where it shows another.

    >>> _rank("respiration", "respiration"), _rank("ECG", "respiration"), _rank("blood pressure", "heartbeat")
    (2, 0, 1)
    """
    if kind in SHOWN[rhythm]:
        return 2
    return 0 if kind in SHOWN_BY_NEITHER or any(kind in kinds for kinds in SHOWN.values()) else 1


def _assess(
    unit: Unit,
    monitored: dict[RhythmName, RhythmPhase | None],
    wire: SlowTrace | None,
    obstacle: str,
    within: Epoch,
    settings: RhythmSettings,
    seed: int,
) -> UnitRhythms:
    """Judge one unit."""
    inside = within.mask(unit.times_s)
    times_s, waveform = unit.times_s[inside], unit.waveform
    share = slow_share(waveform, inside[waveform.spike_index] if waveform else None)
    few = f"{len(times_s)} spikes in the window" if len(times_s) < settings.least_spikes else ""
    brief = f"a window of {within.duration_s:.3g} s" if within.duration_s < LEAST_WINDOW_S else ""
    if few or brief:
        return UnitRhythms(unit.id, (), share, _artefact((), share, settings), not_judged=few or brief)
    phases = _phases(times_s, monitored, wire, settings)
    lockings = tuple(_locking(unit, inside, phase, within, settings, seed) for phase in phases)
    unseen = "no monitor shows a rhythm, and " + obstacle if obstacle and not lockings else ""
    artefact = _artefact(lockings, share, settings)
    flags = () if artefact else tuple(text for one in lockings for text in _flags(one, settings))
    return UnitRhythms(unit.id, lockings, share, artefact, flags, unseen)


def _phases(
    times_s: FloatArray,
    monitored: dict[RhythmName, RhythmPhase | None],
    wire: SlowTrace | None,
    settings: RhythmSettings,
) -> list[RhythmPhase]:
    """Phase of each rhythm, from its monitor or from the wire without the unit's spikes; a harmonic is no rhythm."""
    own = without_spikes(wire, times_s) if wire and not all(monitored.values()) else None
    phases: list[RhythmPhase] = []
    for rhythm, range_hz in settings.ranges_hz.items():
        phase = monitored[rhythm]
        if phase is None and own is not None:
            phase = follow_rhythm(own, rhythm, range_hz, least_prominence=settings.least_prominence)
        if phase is not None and not any(in_step(phase, slower) for slower in phases):
            phases.append(phase)
    return phases


def _locking(
    unit: Unit, inside: NDArray[np.bool_], phase: RhythmPhase, within: Epoch, settings: RhythmSettings, seed: int
) -> RhythmLocking:
    """How the spikes of the window, and their amplitudes, follow one rhythm."""
    times_s, amplitudes_uv = unit.times_s[inside], unit.amplitudes_uv[inside]
    phase_rad = phase.at(times_s)
    strength = vector_strength(phase_rad)
    chance = chance_of(times_s, phase, within, seed=seed)
    known = np.isfinite(amplitudes_uv)
    locking = RhythmLocking(
        phase.rhythm,
        phase.source,
        phase.frequency_hz,
        strength.value,
        strength.low,
        strength.high,
        chance,
        len(times_s),
        locked=_is_locked(strength, chance, phase, amplitudes_uv[known], settings),
    )
    if np.count_nonzero(known) < settings.least_spikes:
        return locking
    swing = amplitude_swing(
        phase_rad[known], amplitudes_uv[known], threshold_uv=unit.threshold_uv, noise_uv=unit.noise_uv
    )
    if swing is None:
        return locking
    return replace(locking, depth=swing.depth, depth_low=swing.low, depth_high=swing.high, missed=swing.missed)


def _is_locked(
    strength: Strength, chance: float, phase: RhythmPhase, amplitudes_uv: FloatArray, settings: RhythmSettings
) -> bool:
    """Whether the spikes are the rhythm's: tightly in step, not by chance, and not with their own echo on the wire."""
    own_uv = float(np.median(amplitudes_uv)) if amplitudes_uv.size and phase.source == "the wire" else 0.0
    in_time = strength.low >= settings.locked_strength and chance <= settings.most_chance
    return in_time and phase.amplitude >= OWN_ECHO * own_uv


def _artefact(lockings: Sequence[RhythmLocking], share: float, settings: RhythmSettings) -> tuple[str, ...]:
    """Why the unit may be no cell; of two rhythms that it follows, the one that it follows better."""
    locked = sorted((one for one in lockings if one.locked), key=lambda one: -one.strength)
    reasons = [f"locked to {one.text}" for one in locked[:1]]
    if share >= settings.most_slow_share:
        reasons.append(f"{100 * share:.0f} % of its mean waveform's energy lies below {LOW_HZ:g} Hz")
    return tuple(reasons)


def _flags(locking: RhythmLocking, settings: RhythmSettings) -> list[str]:
    """What a rhythm does to a real unit."""
    flags = []
    if locking.low > 0 and locking.chance <= settings.most_chance:
        flags.append(f"follows {locking.text}")
    if locking.depth_low >= settings.least_depth:
        depths = f"{100 * locking.depth:.0f} % ({100 * locking.depth_low:.0f} to {100 * locking.depth_high:.0f} %)"
        lost = ""
        if locking.missed:
            lost = f"; {100 * min(locking.missed):.0f} to {100 * max(locking.missed):.0f} % of spikes missed by phase"
        flags.append(f"amplitude swings by {depths} with {locking.rhythm}{lost}")
    return flags

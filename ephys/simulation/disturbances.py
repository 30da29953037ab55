"""What disturbs a recording: hum, pops, injection transients, clipping, pauses, and the animal's own rhythms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model import Epoch, Support
from ephys.simulation.rhythms import Rhythm

FloatArray = NDArray[np.float64]

TAIL = 8.0
"""Time constants after which a transient is over."""

FAST_S = (0.0002, 0.003)
"""Range of the time constants within a volley, drawn evenly on a log scale (convention)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hum(Shown):
    """Mains hum and its harmonics. Sizes are conventions.

    Parameters
    ----------
    amplitude_uv : float
        Of the fundamental.
    frequency_hz : float
        50 or 60 Hz.
    harmonics : tuple of float
        Size of the 2nd, 3rd, 4th... harmonic against the fundamental; odd ones prevail, and a light dimmer reaches
        far into the spikes' band.
    swell : float
        Share by which the hum grows and shrinks over a minute, as people and lamps move.
    """

    amplitude_uv: float = 60.0
    frequency_hz: float = 50.0
    harmonics: tuple[float, ...] = (0.1, 0.5, 0.1, 0.3, 0.05, 0.2, 0.05, 0.12)
    swell: float = 0.2

    def __post_init__(self) -> None:
        if not (self.amplitude_uv >= 0 and self.frequency_hz > 0):
            raise ParameterError(
                f"hum needs amplitude_uv >= 0 and frequency_hz > 0, got {self.amplitude_uv} and {self.frequency_hz}"
            )

    def voltage(self, times_s: FloatArray) -> FloatArray:
        """Hum at each time, in µV.

        >>> Hum(amplitude_uv=10.0, harmonics=(), swell=0.0).voltage(np.array([0.0, 0.005])).round(1)
        array([ 0., 10.])
        """
        turns = 2.0 * np.pi * self.frequency_hz * times_s
        wave = np.sin(turns)
        for order, size in enumerate(self.harmonics, start=2):
            wave += size * np.sin(order * turns + 0.7 * order)
        hum: FloatArray = self.amplitude_uv * (1.0 + self.swell * np.sin(2.0 * np.pi * times_s / 60.0)) * wave
        return hum


@dataclass(frozen=True, slots=True, kw_only=True)
class Pops(Shown):
    """Steps of the electrode's potential that decay: a bad contact, a switch, a knock. Sizes are conventions.

    Parameters
    ----------
    per_min : float
        How often, at random.
    amplitude_uv : float
        Mean size, either sign.
    decay_ms : float
        Time constant.
    """

    per_min: float = 2.0
    amplitude_uv: float = 800.0
    decay_ms: float = 4.0

    def __post_init__(self) -> None:
        if self.per_min < 0 or not self.decay_ms > 0:
            raise ParameterError(f"pops need per_min >= 0 and decay_ms > 0, got {self.per_min} and {self.decay_ms}")


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectionArtefact(Shown):
    """What pressing the syringe does to the wire: a slow deflection with volleys of fast transients on it.

    Parameters
    ----------
    amplitude_uv : float
        Size of the transients (convention).
    duration_s : float
        From the injection on (convention).
    per_s : float
        Transients a second in that time (convention).
    """

    amplitude_uv: float = 300.0
    duration_s: float = 2.0
    per_s: float = 25.0

    def __post_init__(self) -> None:
        if not (self.duration_s > 0 and self.per_s >= 0):
            raise ParameterError(
                f"an injection artefact needs duration_s > 0 and per_s >= 0, got {self.duration_s} and {self.per_s}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbances(Shown):
    """All that disturbs a session; by default nothing does.

    Parameters
    ----------
    hum : Hum, optional
        Of the mains.
    pops : Pops, optional
        At random times.
    injection : InjectionArtefact, optional
        At every administration.
    rhythms : tuple of Rhythm
        Of the animal.
    gaps : tuple of Epoch
        When nothing was recorded.
    clip_uv : float, optional
        Range of the amplifier, either sign; ``None`` for no limit.

    Raises
    ------
    ParameterError
        If two gaps touch, or `clip_uv` is not positive.
    """

    hum: Hum | None = None
    pops: Pops | None = None
    injection: InjectionArtefact | None = None
    rhythms: tuple[Rhythm, ...] = ()
    gaps: tuple[Epoch, ...] = ()
    clip_uv: float | None = None

    def __post_init__(self) -> None:
        for before, after in pairwise(self.gaps):
            if not before.stop_s < after.start_s:
                raise ParameterError(f"gaps must be in order and apart, got {before} and {after}")
        if self.clip_uv is not None and not self.clip_uv > 0:
            raise ParameterError(f"clip_uv must be positive, got {self.clip_uv}")

    def recorded(self, stop_s: float) -> Support:
        """When a session from 0 to `stop_s` was recorded.

        >>> Disturbances(gaps=(Epoch(10.0, 20.0),)).recorded(60.0).duration_s
        50.0
        """
        edges = [0.0, *(edge for gap in self.gaps for edge in (gap.start_s, gap.stop_s)), stop_s]
        if any(not before < after for before, after in pairwise(edges)):
            raise ParameterError(f"gaps must lie within the session of {stop_s:g} s, got {self.gaps}")
        return Support(
            tuple(Epoch(start, stop, "recorded") for start, stop in zip(edges[::2], edges[1::2], strict=True))
        )


@dataclass(frozen=True, eq=False)
class Transients:
    """Decaying steps on the wire: pops, and the volleys of an injection.

    Parameters
    ----------
    times_s, sizes_uv, decays_s : array (transients,)
        When each begins, its size, and its time constant.
    spans : tuple of Epoch
        Stretches that they spoil, labelled ``"pop"`` or ``"injection"``: the truth for whoever excises them.
    """

    times_s: FloatArray
    sizes_uv: FloatArray
    decays_s: FloatArray
    spans: tuple[Epoch, ...]

    def add_to(self, traces_uv: FloatArray, *, sampling_hz: float, start_s: float) -> None:
        """Add them to a stretch of voltage, in place, as `add_spikes` does."""
        stop_s = start_s + len(traces_uv) / sampling_hz
        reach_s = TAIL * self.decays_s
        touching = np.flatnonzero((self.times_s < stop_s) & (self.times_s + reach_s > start_s))
        for i in touching:
            first = max(0, int(np.ceil((self.times_s[i] - start_s) * sampling_hz)))
            last = min(len(traces_uv), int((self.times_s[i] + reach_s[i] - start_s) * sampling_hz))
            since_s = start_s + np.arange(first, last) / sampling_hz - self.times_s[i]
            traces_uv[first:last] += self.sizes_uv[i] * np.exp(-since_s / self.decays_s[i])


def _log_uniform(rng: np.random.Generator, count: int) -> FloatArray:
    """Time constants of the fast transients."""
    shortest_s, longest_s = FAST_S
    spread: FloatArray = shortest_s * (longest_s / shortest_s) ** rng.random(count)
    return spread


def draw_transients(
    disturbances: Disturbances, given_s: Sequence[float], *, stop_s: float, seed: int | np.random.Generator = 0
) -> Transients:
    """Pops at random times, and a volley at each administration.

    Parameters
    ----------
    disturbances : Disturbances
        Which there are.
    given_s : sequence of float
        When something was given.
    stop_s : float
        End of the session.
    seed : int or numpy.random.Generator, optional
        Source of chance.

    Examples
    --------
    >>> drawn = draw_transients(Disturbances(injection=InjectionArtefact()), [30.0], stop_s=60.0)
    >>> drawn.spans, bool(drawn.times_s.min() >= 30.0)
    ((Epoch(start_s=30.0, stop_s=32.0, label='injection'),), True)
    """
    rng = np.random.default_rng(seed)
    times, sizes, decays, spans = [np.empty(0)], [np.empty(0)], [np.empty(0)], []
    pops, injection = disturbances.pops, disturbances.injection
    if pops is not None:
        n_pops = rng.poisson(pops.per_min * stop_s / 60.0)
        times.append(np.sort(rng.uniform(0.0, stop_s, n_pops)))
        sizes.append(pops.amplitude_uv * rng.uniform(0.5, 1.5, n_pops) * rng.choice([-1.0, 1.0], n_pops))
        decays.append(np.full(n_pops, pops.decay_ms * 1e-3))
        spans += [Epoch(at, min(at + TAIL * pops.decay_ms * 1e-3, stop_s), "pop") for at in times[-1]]
    if injection is not None:
        for at_s in given_s:
            until_s = min(at_s + injection.duration_s, stop_s)
            n_steps = rng.poisson(injection.per_s * (until_s - at_s))
            times.append(np.concatenate([[at_s], np.sort(rng.uniform(at_s, until_s, n_steps))]))
            fast = injection.amplitude_uv * rng.uniform(0.2, 1.0, n_steps) * rng.choice([-1.0, 1.0], n_steps)
            sizes.append(np.concatenate([[3.0 * injection.amplitude_uv], fast]))
            decays.append(np.concatenate([[injection.duration_s / TAIL], _log_uniform(rng, n_steps)]))
            spans.append(Epoch(at_s, until_s, "injection"))
    return Transients(np.concatenate(times), np.concatenate(sizes), np.concatenate(decays), tuple(spans))

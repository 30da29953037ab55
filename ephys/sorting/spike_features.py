"""Spikes of several units by the two directions in which their shapes differ most: how far units stand apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ephys.errors import ParameterError
from ephys.jupyter import Shown
from ephys.model import Isolation, Unit, Waveform
from ephys.model.unit import Phase
from ephys.sorting.features import FeatureSettings

FloatArray = NDArray[np.float64]

COMPONENTS = 2
"""Principal components that are kept: those of a plane."""

_FENCE = 3.0  # quartile ranges beyond the quartiles: Tukey's far outside


@dataclass(frozen=True, eq=False)
class SpikeFeatures(Shown):
    """Spikes of several units by the first two principal components of their kept shapes.

    Parameters
    ----------
    unit_ids : tuple of str
        Names of the units, those without shapes included.
    n_spikes : tuple of int
        Spikes of each unit, of which the shapes of some were kept.
    multi_unit : tuple of bool
        Whether the spikes of each cannot be isolated to one cell.
    isolation : tuple of (Isolation or None)
        How far each stands apart from the others by the sorter's account; ``None`` where unknown.
    scores_uv : array (kept, 2)
        Of each kept spike, in µV: its distance from the mean spike of all along either component.
    unit_of : array (kept,)
        Place in `unit_ids` of the unit that each is of.
    shares : array (2,)
        Share of the variance of the shapes that lies along each component; NaN where there is none.
    window_ms : tuple of float
        Stretch of the spike that was compared, from its peak.
    n_channels : int
        Channels of a shape, all compared; 0 without shapes.
    band_hz, phase
        Filter of the shapes, as `Waveform` has it.
    """

    unit_ids: tuple[str, ...]
    n_spikes: tuple[int, ...]
    multi_unit: tuple[bool, ...]
    isolation: tuple[Isolation | None, ...]
    scores_uv: FloatArray
    unit_of: NDArray[np.int64]
    shares: FloatArray
    window_ms: tuple[float, float]
    n_channels: int = 0
    band_hz: tuple[float | None, float | None] = (None, None)
    phase: Phase = "unknown"

    @property
    def n_kept(self) -> tuple[int, ...]:
        """Spikes of each unit whose shape was kept."""
        return tuple(np.bincount(self.unit_of, minlength=len(self.unit_ids)).tolist())

    @property
    def far_out(self) -> NDArray[np.bool_]:
        """Which spikes lie more than three quartile ranges beyond the quartiles of every unit (kept,).

        Overlaps and artefacts do, on whose account no unit should be drawn small.
        """
        out = np.ones(len(self.scores_uv), dtype=np.bool_)
        for unit in np.unique(self.unit_of):
            low, high = np.percentile(self.scores_uv[self.unit_of == unit], (25.0, 75.0), axis=0)
            reach = _FENCE * (high - low)
            out &= ~((self.scores_uv >= low - reach) & (self.scores_uv <= high + reach)).all(axis=1)
        return out


def spike_features(units: Sequence[Unit], *, window_ms: tuple[float, float] | None = None) -> SpikeFeatures:
    """Describe the kept spikes of several units by the two directions in which they differ most.

    The principal components are of all spikes together, about their mean and not whitened: what is seen to be apart
    is apart, but two cells that lie over one another may still differ in directions that are not drawn.

    Parameters
    ----------
    units : sequence of Unit
        With their `waveform`, all through one filter; of one without, it is said that nothing is known.
    window_ms : tuple of float, optional
        Stretch of the spike from its peak; by default the sorter's.

    Returns
    -------
    SpikeFeatures

    Raises
    ------
    ParameterError
        If the shapes differ in sampling rate, channels or filter, or do not hold the window.

    Examples
    --------
    >>> from ephys.model import Epoch, Support
    >>> def sized(name: str, size_uv: float) -> Unit:
    ...     sizes_uv = size_uv + np.random.default_rng(0).normal(0.0, 2.0, 50)
    ...     spikes = sizes_uv[:, None, None] * np.hanning(80)[None, :, None]
    ...     whole = Support.of(Epoch(0.0, 50.0))
    ...     return Unit(name, np.arange(50.0), whole, waveform=Waveform(spikes, np.arange(50), 20000.0, 0.002))
    >>> features = spike_features([sized("1", 100.0), sized("2", 60.0)])
    >>> features.n_kept, features.shares.round(3), [round(features.scores_uv[k, 0]) for k in (0, 50)]
    ((50, 50), array([1., 0.]), [104, -104])
    """
    window_ms = window_ms or FeatureSettings().window_ms
    held = [(place, unit, unit.waveform) for place, unit in enumerate(units) if unit.waveform is not None]
    shapes = [(place, unit, waveform) for place, unit, waveform in held if len(waveform.spike_index)]
    cuts = [_cut(unit, waveform, window_ms) for _, unit, waveform in shapes]
    _check_alike([(unit, waveform) for _, unit, waveform in shapes])
    scores_uv, shares = _components(np.concatenate(cuts) if cuts else np.empty((0, 1)))
    first = shapes[0][2] if shapes else None
    return SpikeFeatures(
        tuple(unit.id for unit in units),
        tuple(unit.n_spikes for unit in units),
        tuple(unit.multi_unit for unit in units),
        tuple(unit.isolation for unit in units),
        scores_uv,
        np.repeat([place for place, _, _ in shapes], [len(cut) for cut in cuts]).astype(np.int64),
        shares,
        window_ms,
        n_channels=first.snippets_uv.shape[2] if first else 0,
        band_hz=first.band_hz if first else (None, None),
        phase=first.phase if first else "unknown",
    )


def _cut(unit: Unit, waveform: Waveform, window_ms: tuple[float, float]) -> FloatArray:
    """Snippets in the window, laid out flat (kept, samples * channels)."""
    per_ms = waveform.sampling_hz * 1e-3
    peak = waveform.pre_s * waveform.sampling_hz
    first, last = round(peak + window_ms[0] * per_ms), round(peak + window_ms[1] * per_ms) + 1
    if not 0 <= first < last <= waveform.snippets_uv.shape[1]:
        held = waveform.time_ms
        raise ParameterError(
            f"unit {unit.id}: its snippets run from {held[0]:.2f} to {held[-1]:.2f} ms from the peak and do not hold "
            f"{window_ms[0]:g} to {window_ms[1]:g} ms; give a shorter window_ms"
        )
    return waveform.snippets_uv[:, first:last].reshape(len(waveform.snippets_uv), -1).astype(np.float64)


def _check_alike(shapes: Sequence[tuple[Unit, Waveform]]) -> None:
    """Raise unless all shapes went through one filter, at one rate, on as many channels."""
    for unit, waveform in shapes[1:]:
        first_unit, first = shapes[0]
        kinds = {
            "Hz": (first.sampling_hz, waveform.sampling_hz),
            "channels": (first.snippets_uv.shape[2], waveform.snippets_uv.shape[2]),
            "Hz band": (first.band_hz, waveform.band_hz),
            "phase": (first.phase, waveform.phase),
        }
        for kind, (one, other) in kinds.items():
            if one != other:
                raise ParameterError(
                    f"unit {unit.id} has shapes of {other} {kind}, unit {first_unit.id} of {one}; "
                    "only shapes through one filter can be compared: measure them again with measure_waveforms"
                )


def _components(shapes_uv: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Scores along the first two principal components (spikes, 2), and the share of the variance along each."""
    if not len(shapes_uv):
        return np.empty((0, COMPONENTS)), np.full(COMPONENTS, np.nan)
    centred = shapes_uv - shapes_uv.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    largest = vectors[:, ::-1][:, :COMPONENTS]
    # The sign of a component means nothing: its largest sample is made positive, so that one sorting gives one figure.
    largest = largest * np.sign(largest[np.abs(largest).argmax(axis=0), np.arange(largest.shape[1])])
    scores = np.zeros((len(shapes_uv), COMPONENTS))
    scores[:, : largest.shape[1]] = centred @ largest
    total = float(values.sum())
    shares = np.zeros(COMPONENTS)
    shares[: largest.shape[1]] = values[::-1][:COMPONENTS]
    return scores, np.maximum(shares, 0.0) / total if total > 0 else np.full(COMPONENTS, np.nan)

"""Units that are no spikes at all: the amplifier at its rail."""

from __future__ import annotations

import numpy as np

from ephys.model import Recording, Unit
from ephys.sorting.curation.operations import Delete
from ephys.sorting.curation.suggesting.costs import delete_cost
from ephys.sorting.curation.suggesting.settings import SuggestionSettings
from ephys.sorting.curation.suggestion import Suggestion

LOOKED_AT = 60
"""Spikes of a unit whose voltage is read, spread evenly (convention)."""

AROUND_MS, AT_MS = 50.0, 2.0
"""Voltage on either side of a spike in which the extremes are looked for, and how near a rail is the spike's own: marks
stand at the peak or at its beginning (conventions)."""


def suggest_clipped(unit: Unit, recording: Recording, settings: SuggestionSettings) -> Suggestion | None:
    """Suggest to delete a unit whose spikes are stretches at the rail: longer than any spike, all at one value."""
    picked = np.unique(np.linspace(0, unit.n_spikes - 1, LOOKED_AT).astype(int))
    stays = [_stay(recording, int(at)) for at in recording.samples(unit.times_s[picked]) if at >= 0]
    long = [(stay_ms, rail_uv) for stay_ms, rail_uv in stays if stay_ms >= settings.rail_ms]
    # One rail above and one below: what merely stands still has another level each time.
    rails = sorted({rail_uv for _, rail_uv in long})
    if not long or len(long) < settings.rail_share * len(stays) or len(rails) > 2:
        return None
    levels = " or ".join(f"{rail_uv:.0f}" for rail_uv in rails)
    median_ms = float(np.median([stay_ms for stay_ms, _ in long]))
    reason = (
        f"at {len(long)} of the {len(stays)} of its spikes that were looked at, the voltage stands at {levels} µV for "
        f"{settings.rail_ms:g} ms or more (median {median_ms:.1f} ms): the amplifier at its rail, no spike"
    )
    return Suggestion(Delete(unit.id), 0.5 + 0.5 * len(long) / len(stays), (reason,), (), delete_cost(unit))


def _stay(recording: Recording, sample: int) -> tuple[float, float]:
    """How long (ms) the voltage stays at its extreme at a spike, to the last bit, and at which; the longest channel."""
    fs = recording.sampling_hz
    reach, at = round(AROUND_MS * 1e-3 * fs), round(AT_MS * 1e-3 * fs)
    first = max(0, sample - reach)
    voltage_uv = recording.read(first, min(recording.n_samples, sample + reach))
    longest = (0.0, 0.0)
    for wire in voltage_uv.T:
        for extreme_uv in {float(wire.max()), float(wire.min())} - {float(np.median(wire))}:
            runs = np.flatnonzero(np.diff(wire == extreme_uv, prepend=False, append=False)).reshape(-1, 2)
            here = runs[(runs[:, 0] <= sample - first + at) & (runs[:, 1] >= sample - first - at)]
            stay_ms = 1e3 * int((here[:, 1] - here[:, 0]).max(initial=0)) / fs
            longest = max(longest, (stay_ms, extreme_uv))
    return longest

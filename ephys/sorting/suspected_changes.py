"""One code of a file ends where another of the same shape begins: suspected, where no voltage can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ephys.model import Unit, Waveform
from ephys.sorting.code_changes import CodeChange, label_changes

SAME_SHAPE = 0.25
"""Mean shapes differ by at most a quarter of their own size, noise taken off (convention)."""

_NEAREST = 50
"""Snippets on either side that are compared: a shape drifts (convention)."""

_FEWEST = 5
"""Fewer snippets have no mean shape (convention)."""


def suspect_code_changes(units: Sequence[Unit]) -> tuple[CodeChange, ...]:
    """Codes of a file that take turns once, and have the same shape: perhaps one cell.

    Parameters
    ----------
    units : sequence of Unit
        As they came with the file. Those without shapes, and those that are not one cell, are never suspected: a drug
        may silence one cell and wake another.

    Returns
    -------
    tuple of CodeChange
        On either side stand at least 20 spikes, 90 % of them of one code; the mean shapes of the 50 snippets before
        and after differ by at most a quarter of their size. The other explanation is that one cell fell silent as
        another began.

    Examples
    --------
    >>> from ephys.simulation import simulate_session
    >>> from ephys.model.unit_parts import choose_spikes
    >>> cell = simulate_session(1, with_voltage=False).session.units[0]
    >>> early = cell.times_s < 100.0
    >>> codes = [choose_spikes(cell, early, "1"), choose_spikes(cell, ~early, "2")]
    >>> [(change.before, change.after, round(change.at_s)) for change in suspect_code_changes(codes)]
    [('1', '2', 100)]
    """
    cells = [unit for unit in units if not unit.multi_unit and unit.waveform is not None]
    return tuple(change for pair in combinations(cells, 2) for change in _handovers(*pair))


def _handovers(one: Unit, other: Unit) -> Iterator[CodeChange]:
    """Where one of two codes ends and the other begins, if their shape is the same there."""
    times = np.concatenate([one.times_s, other.times_s])
    order = np.argsort(times, kind="stable")
    labels = np.repeat([1, 2], [one.n_spikes, other.n_spikes])[order]
    pair = {1: one, 2: other}
    changes = list(label_changes(times[order], labels, 3))
    if len(changes) != 1:  # codes that go to and fro are two cells
        return
    before, after, at, low, high, n_before, n_after = changes[0]
    first, second = pair[before], pair[after]
    if first.support.stop_s > high and second.support.start_s < low and _same_shape(first, second, at):
        yield CodeChange("", first.id, second.id, at, low, high, n_before, n_after, "suspected")


def _same_shape(first: Unit, second: Unit, at_s: float) -> bool:
    """Whether the last shapes of one unit are the first ones of another."""
    a, b = first.waveform, second.waveform
    if a is None or b is None or _cut(a) != _cut(b):
        return False
    last = a.snippets_uv[first.times_s[a.spike_index] <= at_s][-_NEAREST:].astype(np.float64)
    next_ = b.snippets_uv[second.times_s[b.spike_index] >= at_s][:_NEAREST].astype(np.float64)
    if min(len(last), len(next_)) < _FEWEST:
        return False
    means = last.mean(axis=0), next_.mean(axis=0)
    apart = float(((means[0] - means[1]) ** 2).sum()) - _noise(last) - _noise(next_)
    size = (float((means[0] ** 2).sum()) + float((means[1] ** 2).sum())) / 2
    return apart <= SAME_SHAPE**2 * size


def _cut(waveform: Waveform) -> tuple[object, ...]:
    """How snippets were cut: what must agree before they are compared."""
    return (waveform.snippets_uv.shape[1:], waveform.sampling_hz, waveform.pre_s, waveform.band_hz)


def _noise(snippets: NDArray[np.float64]) -> float:
    """Energy that noise alone leaves in a mean shape."""
    return float(snippets.var(axis=0, ddof=1).sum()) / len(snippets)
